#!/usr/bin/python3
"""Test data that lie beside the project: what `read` and `sheet` say of them, against what is known.

corpus.py BINARY SHARED-FOLDER
"""

import csv
import email
import email.policy
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import time

TODAY = "2026-11-23"   # the day for which sheets/expected.json was written
MEMORY = 64 << 10      # KiB

# Mails whose non-blank text part, as Python sees it, is rightly not shown, each with the reason.
BLANK = {}


class Report:
    def __init__(self):
        self.faults = 0

    def check(self, ok, rule, *found):
        if not ok:
            self.faults += 1
            print(f"FAILED: {rule}" + "".join(f"\n    found: {f!r:.1000}" for f in found), flush=True)


def call(binary, *args):
    """The objects that a command prints, its exit code, standard error, and peak memory in KiB."""
    with tempfile.NamedTemporaryFile("r") as t:
        r = subprocess.run(["/usr/bin/time", "-o", t.name, "-f", "%M", binary, *args], capture_output=True, timeout=300,
                           stdin=subprocess.DEVNULL)
        peak = int(t.read().split()[-1])
    lines = r.stdout.decode("utf-8").splitlines()
    return [json.loads(x) for x in lines], r.returncode, r.stderr.decode("utf-8", "replace"), peak


def is_mail(path):
    name = os.path.basename(path)
    return name.endswith((".eml", ".raw", ".mox", ".mbox")) or "." not in name and name != "LICENSE"


def python_text(raw):
    """The first non-blank text part that Python's email package finds, or ''."""
    for policy in (email.policy.default, email.policy.compat32):
        try:
            m = email.message_from_bytes(raw, policy=policy)
            for part in m.walk():
                if part.get_content_type() not in ("text/plain", "text/html") or part.get_filename() or part.get_content_disposition() == "attachment":
                    continue
                data = part.get_payload(decode=True) or b""
                try:
                    text = data.decode(part.get_content_charset() or "utf-8", "replace")
                except LookupError:
                    text = data.decode("latin-1")
                if part.get_content_type() == "text/html":
                    text = re.sub(r"(?is)<(style|script|head|title)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>|&(nbsp|zwnj|#\d+|#x[0-9a-f]+);", " ", text)
                if re.sub(r"[\s\u200b\ufeff\u00a0\0]", "", text):
                    return text
            return ""
        except Exception:  # Python's own faults on broken mails: try the other policy, then say nothing
            continue
    return ""


def corpus(binary, shared, report):
    """A line for each file, no panic, bounded memory, and text wherever Python finds some."""
    files = sorted(f for d in ("mail", "bounce") for f in glob.glob(f"{shared}/corpus/{d}/**", recursive=True)
                   if os.path.isfile(f) and is_mail(f))
    report.check(len(files) > 400, "the corpus has its mails", len(files))
    objects, code, err, peak = call(binary, "read", "--json", *files)
    report.check([o["file"] for o in objects] == files or [os.path.basename(o["file"]) for o in objects] == [os.path.basename(f) for f in files],
                 "one line for each file, in order", len(objects), len(files))
    report.check(code in (0, 1), "exit 0, or 1 where a file cannot be read", code)
    unreadable = [o["file"] for o in objects if o["kind"] == "unreadable"]
    report.check((code == 1) == bool(unreadable) or code == 0, "exit code", code, unreadable)
    report.check("panic" not in err and not any("panic" in o.get("error", "") for o in objects), "no panic", err[:500],
                 [o["file"] for o in objects if "panic" in o.get("error", "")])
    report.check(peak < MEMORY, "peak memory under 64 MiB", f"{peak / 1024:.1f} MiB")
    found, blank = 0, []
    for path, o in zip(files, objects):
        with open(path, "rb") as f:
            text = python_text(f.read())
        if not text:
            continue
        found += 1
        if not (o.get("text") or "").strip() and not (o.get("quoted") or "").strip():
            blank.append((os.path.relpath(path, f"{shared}/corpus"), o["kind"], text.strip()[:80]))
    for name, kind, text in blank:
        if name in BLANK:
            print(f"blank for a reason: {name}: {BLANK[name]}")
        else:
            report.check(False, "text or quoted is not blank where Python finds a text", name, kind, text)
    kinds = {}
    for o in objects:
        kinds[o["kind"]] = kinds.get(o["kind"], 0) + 1
    print(f"corpus: {len(objects)} mails, peak {peak / 1024:.1f} MiB, {found} with text for Python, {len(blank)} of them blank here; {kinds}")


def names(attachments):
    """Attachment names at any depth."""
    return [n for a in attachments for n in [a["name"], *names(a.get("inside") or [])]]


def mails(binary, shared, report):
    """mails/expected.json for the mails that need no password and no archive."""
    with open(f"{shared}/mails/expected.json", encoding="utf-8") as f:
        expected = json.load(f)
    later = {f"m{n:02}" for n in range(7, 12)}  # locked files and archives
    expected = {k: v for k, v in expected.items() if k[:3] not in later}
    objects, code, err, _ = call(binary, "read", "--json", *[f"{shared}/mails/{n}" for n in expected])
    report.check(code == 0 and len(objects) == len(expected), "read takes every mail", code, err)
    for (name, want), got in zip(expected.items(), objects):
        for key, value in want.items():
            if key == "attachments":
                have = names(got["attachments"])
                report.check(all(v in have for v in value), f"{name}: {key}", have, value)
            else:
                have = got.get(key)
                report.check((have.strip() if isinstance(have, str) else have) == value, f"{name}: {key}", have, value)
    print(f"mails: {len(expected)} compared")


def sheets(binary, shared, report):
    """sheets/expected.json; a locked one is locked without its password."""
    with open(f"{shared}/sheets/expected.json", encoding="utf-8") as f:
        expected = json.load(f)
    files = [f"{shared}/sheets/{n}" for n in expected]
    without, _, _, _ = call(binary, "sheet", "--json", "--at", TODAY, *files)
    passwords = sorted({v["password"] for v in expected.values() if "password" in v})
    objects, code, err, _ = call(binary, "sheet", "--json", "--at", TODAY, "--password", "falsch", *[x for p in passwords for x in ("--password", p)], *files)
    report.check(code == 0 and len(objects) == len(expected), "sheet takes every workbook", code, err)
    for (name, want), got in zip(sorted(expected.items()), sorted(objects, key=lambda o: os.path.basename(o["file"]))):
        report.check(got["password"] == ("password" in want), f"{name}: password", got["password"])
        report.check(got["kind"] == want["kind"], f"{name}: kind", got["kind"], want["kind"])
        errors = sorted(p["field"] for p in got.get("problems") or [] if p["severity"] == "error")
        report.check(errors == sorted(want.get("errors", [])), f"{name}: errors", errors, want.get("errors"))
        for key, value in want.get("values", {}).items():
            report.check(got["values"].get(key) == value, f"{name}: {key}", got["values"].get(key), value)
    for (name, want), got in zip(expected.items(), without):
        if "password" in want:
            report.check(got["kind"] == "locked" and not got["password"], f"{name}: locked without its password", got)
    print(f"sheets: {len(expected)} compared")


def workbooks(binary, shared, report):
    """A line for each workbook of the corpus, at once and in bounded memory; locked ones open with their password only."""
    with open(f"{shared}/corpus/MANIFEST.tsv", encoding="utf-8") as f:
        manifest = {r["path"]: r["expected_property"] for r in csv.DictReader(f, delimiter="\t") if r["path"].startswith("excel/") and not r["path"].endswith(".tsv")}
    files = [f"{shared}/corpus/{p}" for p in manifest]
    began = time.monotonic()
    objects, code, err, peak = call(binary, "sheet", "--json", *files)
    took = time.monotonic() - began
    report.check(len(objects) == len(files) > 100 and code == 0, "one line for each workbook", len(objects), len(files), code, err[:500])
    report.check(not any("panic" in o.get("error", "") for o in objects), "no panic", [o["file"] for o in objects if "panic" in o.get("error", "")])
    report.check(peak < 2 * MEMORY and took < 60, "within 128 MiB and a minute", f"{peak / 1024:.1f} MiB, {took:.1f} s")
    for path, o in zip(manifest, objects):
        what, name = manifest[path], os.path.basename(path)
        if "BIFF8" in what and "ENCRYPTED" not in what and "xlrd:" not in what:
            report.check(o["kind"] == "other-workbook", f"{name}: an old workbook is read", o)
        if "ENTITY" in what:
            report.check(o["kind"] == "unreadable", f"{name}: entities are refused", o)
    with open(f"{shared}/corpus/excel/PASSWORDS.tsv", encoding="utf-8") as f:
        locked = list(csv.DictReader(f, delimiter="\t"))
    opened = 0
    for r in locked:
        if os.path.splitext(r["path"])[1] not in (".xls", ".xlsx") or "XOR" in r["encryption_class"]:
            continue
        file, name = f"{shared}/corpus/{r['path']}", os.path.basename(r["path"])
        without = call(binary, "sheet", "--json", "--password", "falsch", file)[0][0]
        right = call(binary, "sheet", "--json", "--password", "falsch", "--password", r["password"], file)[0][0]
        unasked = r["password"] == "VelvetSweatshop"
        report.check(unasked or without["kind"] == "locked", f"{name}: locked without its password", without)
        report.check(right["kind"] == "other-workbook" and right["password"] != unasked, f"{name}: opens with its password", right)
        opened += right["kind"] == "other-workbook"
    kinds = {}
    for o in objects:
        kinds[o["kind"]] = kinds.get(o["kind"], 0) + 1
    print(f"workbooks: {len(objects)}, peak {peak / 1024:.1f} MiB, {took:.1f} s, {opened} opened with their passwords; {kinds}")


if __name__ == "__main__":
    report = Report()
    for part in (sheets, workbooks, mails, corpus):
        part(sys.argv[1], sys.argv[2], report)
    print(f"{report.faults} faults")
    sys.exit(1 if report.faults else 0)
