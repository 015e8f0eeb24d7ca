#!/usr/bin/python3
"""Do the year's figures agree with the log, counted here anew, and does the workbook hold them as LibreOffice calculates it?

stats.py BINARY DATABASE FOLDER
"""

import collections
import datetime
import json
import os
import re
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as xml
import zipfile

from post import Failed, check

JST = datetime.timezone(datetime.timedelta(hours=9))
KINDS = {"sheet-received": "received", "case-registered": "registered", "sheet-returned": "returned", "entry-held": "held", "sheet-sent-again": "duplicates",
         "inquired": "inquired", "feedback-given": "reported", "jetro-proposed": "jetro", "case-closed": "closed", "case-withdrawn": "withdrawn",
         "case-merged": "merged", "entry-rejected": "rejected", "case-voided": "void"}
ONCE = {"support-passed": "passedOver", "consent-asked": "consentAsked", "referred": "referred", "host-named": "hosted"}  # for each support
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def events(path):
    """The log by case, without what 直前取消 took back: what came in the command's own mail at its own time."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    cases = collections.defaultdict(list)
    for case, kind, at, mail, data in db.execute("""SELECT e.case_id, e.kind, e.at, json_extract(a.data, '$.mail'), p.data FROM event e
            LEFT JOIN event_payload p USING (seq) LEFT JOIN actor a ON a.id = e.actor_id WHERE e.case_id > 0 ORDER BY e.seq"""):
        log = cases[case]
        if kind == "command-undone":
            began = max(i for i, e in enumerate(log) if e[0] == "command-began")
            own = log[began][1:3]
            cases[case] = log[:began] + [e for e in log[began:] if e[1:3] != own]
        else:
            log.append((kind, at, mail, json.loads(data)))
    companies = [name for name, in db.execute("SELECT DISTINCT company FROM case_row WHERE company <> ''")]
    still_open, = db.execute("SELECT count(*) FROM case_row WHERE open = 1").fetchone()
    return cases, companies, still_open


def recount(cases, year):
    """Counts of the year: in all, by month, by intake agency and by item."""
    total, months = collections.Counter(), collections.defaultdict(collections.Counter)
    agencies, items = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
    for log in cases.values():
        agency, entry, seen, mine = "", {}, set(), []
        for kind, at, _, data in log:
            agency = data.get("agency") or agency if kind in ("sheet-received", "sheet-replaced", "entry-approved", "case-registered") else agency
            entry = data.get("entry", entry) if kind in ("sheet-received", "sheet-replaced", "version-added") else entry
            keys = [KINDS[kind]] if kind in KINDS else []
            if kind == "case-registered" and data["newMember"]:
                keys.append("newMembers")
            once = (kind, data.get("support"), data.get("version") if kind == "consent-asked" else data.get("answer"))
            if kind == "inquiry-answered" and once not in seen:
                keys.append(data["answer"])
            if kind in ONCE and once not in seen:
                keys.append(ONCE[kind])
            seen.add(once)
            when = datetime.datetime.fromtimestamp(at / 1000, JST)
            mine += [(key, f"{when:%Y-%m}") for key in keys if when.year - (when.month < 4) == year]
        for key, month in mine:
            total[key] += 1
            months[month][key] += 1
            agencies[agency][key] += 1
            for item in sorted(set(entry["request"].get("items") or [])) or [0]:
                items[item][key] += 1
    return total, months, agencies, items


def agree(what, found, want):
    found = {k: n for k, n in found.items() if n and (k in want or k in {*KINDS.values(), *ONCE.values(), "newMembers", "available", "unavailable"})}
    check(found == {k: n for k, n in want.items() if n}, f"{what}: the figures are those of the log", found, want)


def book(path):
    """The cells of a workbook: sheet -> cell -> (value, formula)."""
    out = {}
    with zipfile.ZipFile(path) as z:
        def tree(name):
            return xml.fromstring(z.read(name))
        shared = ["".join(t.text or "" for t in s.iter(MAIN + "t")) for s in tree("xl/sharedStrings.xml")] if "xl/sharedStrings.xml" in z.namelist() else []
        files = {r.get("Id"): r.get("Target").removeprefix("/xl/") for r in tree("xl/_rels/workbook.xml.rels")}
        for sheet in tree("xl/workbook.xml").iter(MAIN + "sheet"):
            cells = out[sheet.get("name")] = {}
            for c in tree("xl/" + files[sheet.get(RELATION)]).iter(MAIN + "c"):
                value, formula = c.findtext(MAIN + "v"), c.findtext(MAIN + "f")
                if c.get("t") == "inlineStr":
                    value = "".join(t.text or "" for t in c.iter(MAIN + "t"))
                elif c.get("t") == "s":
                    value = shared[int(value)]
                if value or formula:
                    cells[c.get("r")] = (value, formula)
    return out


def convert(path, kind, folder):
    r = subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{folder}/office", "--convert-to", kind, "--outdir", folder, path],
                       capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=180)
    out = os.path.join(folder, os.path.splitext(os.path.basename(path))[0] + "." + kind)
    check(r.returncode == 0 and os.path.exists(out), f"LibreOffice makes {kind}", r.returncode, r.stdout, r.stderr)
    return out


def without_values(path, to):
    """A copy whose formulas have no values beside them, so that whoever reads it has to calculate."""
    formulas = 0
    with zipfile.ZipFile(path) as a, zipfile.ZipFile(to, "w") as b:
        for name in a.namelist():
            data = a.read(name)
            if name.startswith("xl/worksheets/"):
                data, n = re.subn(rb"(<f>[^<]*</f>)<v>[^<]*</v>", rb"\1", data)
                formulas += n
            b.writestr(name, data)
    return formulas


def main(binary, database, folder):
    now = datetime.datetime.now(JST)
    year = now.year - (now.month < 4)
    os.makedirs(folder, exist_ok=True)
    out = os.path.join(os.path.abspath(folder), "figures.xlsx")
    r = subprocess.run([binary, "stats", "--year", str(year), "--db", database, "--out", out, "--json"], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    check(r.returncode == 0, "stats ends with exit 0", r.returncode, r.stderr)
    figures = json.loads(r.stdout)
    cases, companies, still_open = events(database)
    total, months, agencies, items = recount(cases, year)
    check(total["received"] > 0, "the year has entries")
    agree("year", figures["total"]["counts"], total)
    check(figures["total"]["counts"]["open"] == still_open, "as many cases are open", figures["total"]["counts"], still_open)
    for row in figures["months"]:
        agree(row["key"], row["counts"], months.pop(row["key"], {}))
    for row in figures["agencies"]:
        agree(row.get("key"), row["counts"], agencies.pop(row.get("key", ""), {}))
    for row in figures["items"]:
        agree(row.get("key"), row["counts"], items.pop(int(row.get("key", 0)), {}))
    check(not months and not agencies and not items, "every row is there", months, agencies, items)

    written = book(out)
    formulas = without_values(out, calculated := os.path.join(folder, "calculated.xlsx"))
    os.makedirs(again := os.path.join(os.path.abspath(folder), "again"), exist_ok=True)
    read = book(convert(calculated, "xlsx", again))
    check(list(read) == list(written), "LibreOffice reads every sheet", list(read))
    differ = [(sheet, cell, formula, value, read[sheet].get(cell)) for sheet, cells in written.items() for cell, (value, formula) in cells.items()
              if formula and float((read[sheet].get(cell) or "x")[0]) != float(value)]
    check(formulas > 150 and not differ, "LibreOffice calculates what was counted", formulas, differ)
    texts = [value for cells in written.values() for value, _ in cells.values()]
    named = [c for c in companies if any(c in t for t in texts + [r.stdout])]
    check(companies and not named, "no company is named", named)
    pdf = convert(out, "pdf", again)
    pages = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True, timeout=60).stdout.split("\f")[:-1]
    check(len(pages) >= len(written) and all(any(name in re.sub(r"\s", "", p) for p in pages) for name in written), "every sheet is printed", len(pages))
    check("集計について" in pages[0], "the cover is one page", pages[0])
    print(f"{len(cases)} cases, {sum(total.values())} counts agree, {formulas} formulas, {len(pages)} pages")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Failed as e:
        print("FAILED:", e)
        sys.exit(1)
