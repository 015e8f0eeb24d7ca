#!/usr/bin/python3
"""Does the demo's summary agree with what it left in its folder?

demo.py BINARY FOLDER SUMMARY.json
"""

import glob
import json
import os
import re
import subprocess
import sys

from post import Failed, Letter, check


def lines(*args):
    r = subprocess.run(args, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    check(r.returncode == 0, f"{' '.join(args)} ends with exit 0", r.returncode, r.stderr)
    return r.stdout.splitlines()


def main(binary, folder, summary):
    with open(summary, encoding="utf-8") as f:
        s = json.load(f)
    db = os.path.join(folder, "uketsuke.db")
    kinds = dict(x.split("|") for x in lines("sqlite3", db, "select kind, count(*) from event group by kind"))
    data = lines("sqlite3", db, "select count(*) from event join event_payload using (seq) where json_valid(data)")
    check(data == [str(sum(map(int, kinds.values())))], "the event log can be read with sqlite3", data, kinds)
    cases = [json.loads(x) for x in lines(binary, "cases", "--json", "--db", db)]
    registered = sorted(c["registration"] for c in cases if c.get("registration"))
    letters = sorted(glob.glob(os.path.join(folder, "letters", "*.eml")))
    certificates = sorted(os.listdir(os.path.join(folder, "certificates")))
    sheets = os.listdir(os.path.join(folder, "sheets"))
    check(s["dir"] == folder, "it names its folder", s["dir"])
    check(s["mails"] >= 10 and s["held"] >= 1 and s["returned"] >= 1 and s["duplicates"] >= 1, "it shows every fate", s)
    check(s["lettersSent"] == len(letters), "as many letters as were sent", s["lettersSent"], len(letters))
    check(certificates == [n + ".pdf" for n in registered] and registered, "a certificate for each registration", certificates, registered)
    check(int(kinds["case-registered"]) == len(registered), "as many registrations as the log has", kinds)
    check(int(kinds["sheet-returned"]) == s["returned"] == len(sheets), "a marked sheet for each sheet returned", kinds, sheets, s)
    check(int(kinds["entry-held"]) == s["held"], "as many held as the log has", kinds, s)
    check(0 < s["maxRSSBytes"] < 96 << 20 and s["seconds"] < 30, "memory and time", s)
    for path in letters:
        with open(path, "rb") as f:
            letter = Letter(f.read())
        check(letter.id and letter.subject and letter.text and not letter.mail.defects, "every letter is a whole mail", path)
    for name in registered:
        text = "".join(lines("pdftotext", os.path.join(folder, "certificates", name + ".pdf"), "-"))
        check("会員証" in re.sub(r"\s", "", text), "every certificate can be read", name)
    lines(binary, "audit", "verify", "--db", db)
    print(f"{s['mails']} mails, {len(registered)} registered, {len(letters)} letters, {len(certificates)} certificates, {len(sheets)} marked sheets")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Failed as e:
        print("FAILED:", e)
        sys.exit(1)
