#!/usr/bin/python3
"""Test data that lie beside the project: what `read` and `sheet` say of them, against what is known.

corpus.py BINARY SHARED-FOLDER
"""

import base64
import csv
import email
import email.policy
import glob
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile

TODAY = "2026-11-23"   # the day for which sheets/expected.json was written
MEMORY = 64 << 10      # KiB
ONE_MEMORY = 128 << 10 # KiB, for one bomb or broken file
ONE_SECONDS = 2.0      # likewise

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
    """mails/expected.json, and the files that open with the words of the mail that brings their password."""
    with open(f"{shared}/mails/expected.json", encoding="utf-8") as f:
        expected = json.load(f)
    objects, code, err, _ = call(binary, "read", "--json", *[f"{shared}/mails/{n}" for n in expected])
    report.check(code == 0 and len(objects) == len(expected), "read takes every mail", code, err)
    for (name, want), got in zip(expected.items(), objects):
        for key, value in want.items():
            if key in ("attachments", "inside"):
                have = names(got["attachments"])
                report.check(all(v in have for v in value), f"{name}: {key}", have, value)
            elif key == "opens":
                opened(binary, shared, report, name, value, got["text"])
            else:
                have = got.get(key)
                report.check((have.strip() if isinstance(have, str) else have) == value, f"{name}: {key}", have, value)
    print(f"mails: {len(expected)} compared")


def opened(binary, shared, report, brings, locked, text):
    words = [f"--password={w}" for w in re.findall(r"[!-~]{4,}", text)]
    (got,), _, _, _ = call(binary, "read", "--json", *words, f"{shared}/mails/{locked}")
    report.check(got["kind"] == "entry", f"{locked}: open with the words of {brings}", got["kind"], names(got["attachments"]))


def table(path):
    """A tab-separated file as a list of dicts by its first line."""
    with open(path, encoding="utf-8") as f:
        head, *rows = [line.rstrip("\n").split("\t") for line in f if line.strip()]
    return [dict(zip(head, row + [""] * len(head))) for row in rows]


def share(name, right, of, least):
    print(f"  {name:<12} {right:4} of {of:4}  {100 * right / of:5.1f} %  (at least {least} %)")
    return right * 100 >= least * of


def bounces(binary, shared, report):
    """Delivery reports: told as such, hard or soft, class of the status, recipients, as far as it is published."""
    folder = f"{shared}/corpus/bounce/sisimai+set-of-emails"
    rows = {}
    for row in table(f"{folder}/EXPECTED.tsv"):
        rows.setdefault(row["file"], row)  # the first of several recipients
    objects, _, _, _ = call(binary, "read", "--json", *[f"{folder}/{f}" for f in rows])
    tallies = {k: [0, 0] for k in ("told", "hard/soft", "status", "recipients")}

    def count(key, right, *found):
        tallies[key][0] += right
        tallies[key][1] += 1
        if not right:
            print(f"    {key}: {found}")

    for (name, want), got in zip(rows.items(), objects):
        if want["reason"] == "NOT-A-BOUNCE":
            report.check(got["kind"] != "bounce", f"{name} is no bounce", got.get("why"))
            continue
        count("told", got["kind"] == "bounce", name, got["kind"], got.get("why"))
        b = got.get("bounce")
        if not b:
            continue
        if want["hardbounce"]:
            count("hard/soft", b["hard"] == (want["hardbounce"] == "true"), name, b["status"], b.get("reason"), "published:", want["reason"])
        if want["status"]:
            count("status", b["status"][:1] == want["status"][:1], name, b["status"], "published:", want["status"])
        allowed = {r.lower() for r in want["recipients_in_dsn_fields(regex)"].split(",") if r}
        if allowed:
            have = {r.lower() for r in b["recipients"]}
            count("recipients", bool(have) and have <= allowed, name, have, "published:", allowed)
    print(f"bounces: {len(rows)} files")
    for key, least in (("told", 95), ("hard/soft", 90), ("status", 95), ("recipients", 95)):
        report.check(share(key, *tallies[key], least), f"bounces: {key}", tallies[key])


def vectors(binary, shared, report):
    """File names and subjects as mail programs have written them, in all the ways."""
    rows = table(f"{shared}/corpus/mail/_header-vectors/vectors.tsv")
    right = 0
    with tempfile.TemporaryDirectory() as folder:
        for row in rows:
            header = next(v for k, v in row.items() if k.startswith("header")).replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t")
            path = f"{folder}/vector.eml"
            with open(path, "w", encoding="utf-8", newline="") as f:
                f.write(f"From: a@example.jp\r\n{header}\r\n\r\nx\r\n")
            (got,), _, _, _ = call(binary, "read", "--json", path)
            have = got["subject"] if row["kind"] == "subject" else (names(got["attachments"]) + [""])[0]
            right += have == row["expected"]
            report.check(have == row["expected"], f"header vector: {row['point']}", have, row["expected"])
    print(f"header vectors: {right} of {len(rows)} right")
    report.check(len(rows) == 11, "the header vectors are there", len(rows))


def attached(folder, name, data):
    """A mail that brings a file."""
    path = f"{folder}/mail.eml"
    with open(path, "wb") as f:
        f.write(b"From: a@example.jp\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=\"" + name.encode() +
                b"\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data))
    return path


def read_file(binary, folder, path, *flags, data=None):
    """What `read` says of a file as an attachment, within the bounds for one."""
    if data is None:
        with open(path, "rb") as f:
            data = f.read()
    mail, began = attached(folder, os.path.basename(path), data), time.monotonic()
    (got,), _, err, peak = call(binary, "read", "--json", *flags, mail)
    return got, time.monotonic() - began, peak, err


def within(report, name, seconds, peak, err):
    report.check(seconds < ONE_SECONDS and peak < ONE_MEMORY and "panic" not in err, f"{name}: answered within bounds",
                 f"{seconds:.2f} s, {peak / 1024:.0f} MiB", err[:300])


# Archives whose own directory is wrong on purpose.
BROKEN_ZIPS = {"zipWithTooBigCDirSizeField.zip", "zipWithTooBigCDirSizeField64.zip"}
NAMED = {".lzh": "archive", ".cab": "archive", ".7z": "archive", ".rar": "archive"}


def archives(binary, shared, report):
    """ZIPs: every file in them found, locked ones open with their password and not without; others named."""
    passwords = {r["path"]: r["password"] for r in table(f"{shared}/corpus/zip/PASSWORDS.tsv")}
    files = sorted(f for f in glob.glob(f"{shared}/corpus/zip/**", recursive=True) if os.path.isfile(f) and not f.endswith(".tsv"))
    counts = {"opened": 0, "locked": 0, "named": 0, "broken": 0}
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            name, rel = os.path.basename(path), os.path.relpath(path, f"{shared}/corpus")
            got, seconds, peak, err = read_file(binary, folder, path)
            within(report, rel, seconds, peak, err)
            kind = got["attachments"][0]["kind"]
            if os.path.splitext(name)[1] in NAMED:
                counts["named"] += 1
                report.check(kind == NAMED[os.path.splitext(name)[1]], f"{rel}: named", kind)
                continue
            if not name.endswith(".zip"):
                continue
            if name in BROKEN_ZIPS:
                counts["broken"] += 1
                report.check(kind == "unreadable", f"{rel}: unreadable", kind)
                continue
            if rel in passwords:
                counts["locked"] += 1
                report.check(kind == "locked", f"{rel}: locked without its password", kind)
                got, seconds, peak, err = read_file(binary, folder, path, "--password", "wrong", "--password", passwords[rel])
                within(report, rel, seconds, peak, err)
            inside = got["attachments"][0].get("inside") or []
            with zipfile.ZipFile(path) as z:
                sizes = sorted(i.file_size for i in z.infolist() if not i.is_dir() and not i.filename.startswith("__MACOSX/") and (i.external_attr >> 16) & 0o170000 != 0o120000)
            opened = got["attachments"][0]["kind"] == "archive"
            counts["opened"] += opened
            report.check(opened and sorted(f["bytes"] for f in inside) == sizes, f"{rel}: every file inside", got["attachments"][0]["kind"],
                         [(f["name"], f["bytes"]) for f in inside], sizes)
    print(f"archives: {counts}")


def winmail(binary, shared, report):
    """TNEF: the files that are known to be inside, byte for byte."""
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(glob.glob(f"{shared}/corpus/tnef/**/*.*", recursive=True)):
            if not path.endswith((".dat", ".tnef")):
                continue
            got, seconds, peak, err = read_file(binary, folder, path)
            within(report, os.path.basename(path), seconds, peak, err)
            inside = {f["name"]: f["bytes"] for a in got["attachments"] for f in a.get("inside") or []}
            contents = glob.glob(path.replace("-winmail.dat", "-contents") + "/*") if path.endswith("quick-winmail.dat") else []
            for c in contents:
                if not c.endswith(".rtf"):  # the body
                    found += 1
                    report.check(inside.get(os.path.basename(c)) == os.path.getsize(c), f"winmail.dat holds {os.path.basename(c)}", inside)
    print(f"winmail.dat: {found} known files compared")
    report.check(found >= 5, "the contents of a winmail.dat are known", found)


def nested_zip(data, times):
    for i in range(times):
        b = io.BytesIO()
        with zipfile.ZipFile(b, "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr(f"{i}.zip", data)
        data = b.getvalue()
    return data


def zip_of(count, size):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w", zipfile.ZIP_DEFLATED) as z:
        for i in range(count):
            z.writestr(str(i), b"\0" * size)
    return b.getvalue()


def bombs(binary, shared, report):
    """Bombs and broken files, each alone: two seconds, 128 MiB."""
    made = {"zeros.zip": zip_of(1, 200 << 20), "wide.zip": zip_of(100, 10 << 20), "many.zip": zip_of(30_000, 0),
            "deep.zip": nested_zip(zip_of(1, 100), 40), "nested.zip": nested_zip(zip_of(10, 60 << 20), 3), "full.zip": zip_of(3, 3 << 20)}
    names_in = [f for f in glob.glob(f"{shared}/corpus/**", recursive=True) if re.search(r"(?i)bomb|oom|clusterfuzz|crash|timeout", os.path.basename(f))]
    worst = [0, 0]
    with tempfile.TemporaryDirectory() as folder:
        for path, data in [*made.items(), *((f, None) for f in sorted(names_in))]:
            _, seconds, peak, err = read_file(binary, folder, path, data=data)
            within(report, os.path.basename(path), seconds, peak, err)
            worst = [max(worst[0], seconds), max(worst[1], peak)]
    print(f"bombs: {len(made)} made, {len(names_in)} found, at most {worst[0]:.2f} s and {worst[1] / 1024:.0f} MiB")


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
    for part in (sheets, workbooks, mails, vectors, bounces, archives, winmail, bombs, corpus):
        part(sys.argv[1], sys.argv[2], report)
    print(f"{report.faults} faults")
    sys.exit(1 if report.faults else 0)
