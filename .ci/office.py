#!/usr/bin/python3
"""A day of the office on real servers: mails in through Postfix into Dovecot, the built program beside them, and the
answers read back from everybody's mailboxes by a client of its own.

office.py BINARY SERVERS-FOLDER SHEETS-FOLDER WORK-FOLDER
"""

import io
import os
import re
import subprocess
import sys
import time
import urllib.parse
import zipfile

from post import CLERK, CONCIERGE, OFFICE, Program, Servers, agency, check, compose, compose_outlook, message_id, wait
from story import Story, tell

TANAKA, WINDOW, STRANGER = "tanaka@minato-bank.example", "window@minato-bank.example", "suzuki@stranger.example"
DONE, ASIDE, MACHINE = "受付済", "確認待ち", "自動応答"
REGISTRATION, MEMBER = r"\d{4}-[A-Z]{3}-\d{5}-\d", r"M-\d{5}-\d"


class Day(Story):
    def __init__(self, binary, servers, sheets, work):
        servers = Servers(servers)
        servers.wipe()
        super().__init__(servers, Program(binary, os.path.join(work, "office"), servers, "now", True, [
            agency("MINATO-BANK", "みなと銀行", "minato-bank.example", WINDOW, ("田中 一郎", TANAKA))]))
        self.work, self.sheets = work, sheets
        self.seen = {}       # letters read so far, by mailbox
        self.numbers = []    # registration numbers given so far

    def sheet(self, name):
        with open(os.path.join(self.sheets, name + ".xlsx"), "rb") as f:
            return f.read()

    def new(self, user, count=1, seconds=30):
        """The next letters to a mailbox; more than were asked for is a failure, too."""
        have = self.seen.setdefault(user, [])

        def arrived():
            self.program.running()
            letters = self.servers.read(user)
            return letters if len(letters) >= len(have) + count else None
        letters = wait(f"{count} more letter(s) to {user}, beside {[x.subject for x in have]}", seconds, arrived)
        check(len(letters) == len(have) + count, f"{user} gets {count} letter(s), not more", [x.subject for x in letters[len(have):]])
        fresh = letters[len(have):]
        self.seen[user] = letters
        return fresh if count > 1 else fresh[0]

    # the mails of the day, in order

    def old_mail(self):
        self.send(TANAKA, compose(TANAKA, "田中 一郎", "昨年度のエントリーシート", "送ります。", [("旧.xlsx", self.sheet("pair-2"))]))
        wait("the old mail to lie in the office's mailbox", 20, lambda: self.servers.count(OFFICE, "INBOX") == [1])
        time.sleep(1.1)  # the mailbox knows only whole seconds

    def check_command(self):
        print(self.program.call("check", "--create").rstrip())
        for folder in (DONE, ASIDE, MACHINE):
            self.servers.count(OFFICE, folder)

    def complete_entry(self):
        """An Outlook mail in ISO-2022-JP; returns the registered letter."""
        data = self.sheet("complete")
        self.send(TANAKA, compose_outlook(TANAKA, "田中 一郎", "新輸出大国コンソーシアム エントリーシートの送付",
                                          "エントリーシートをお送りします。\n田中\n", "エントリーシート（株式会社灘酒造）.xlsx", data))
        letter = self.new(TANAKA)
        self.registered(letter, TANAKA, "株式会社灘酒造")
        check(WINDOW in letter.to, "the agency's window gets a copy", letter.to)
        check(self.new(WINDOW).id == letter.id, "the window's copy is the same letter")
        self.brief(self.new(CONCIERGE), "株式会社灘酒造", "エントリーシート（株式会社灘酒造）.xlsx", data)
        return letter

    def registered(self, letter, to, company):
        """A registered letter with a number and a certificate; returns the member number."""
        check("コンソーシアム登録のお知らせ" in letter.subject, "the letter is the registered one", letter.subject)
        check(to in letter.to, "it goes to the sender", letter.to)
        number = re.search(r"^\[登録 (" + REGISTRATION + r") \w+\]", letter.subject)
        check(number, "its subject has the case tag", letter.subject)
        check(company not in letter.subject, "no company's name in a subject", letter.subject)
        number, member = number.group(1), re.search(MEMBER, letter.text).group()
        for part in (letter.text, letter.html):
            for word in (number, member, company, "高橋 恵", "078-000-0001"):
                check(word in part, f"text and HTML say {word}", part)
        auto = "auto-replied" if letter.mail["In-Reply-To"] else "auto-generated"
        for field, want in (("Auto-Submitted", auto), ("X-Auto-Response-Suppress", "All")):
            check(letter.mail[field] == want, f"{field} is {want}", letter.mail[field])
        check(all(b < 0x80 for b in letter.raw), "a letter is 7-bit")
        pdfs = [(n, b) for n, b in letter.files.items() if n.endswith(".pdf")]
        check(len(pdfs) == 1 and len(letter.files) == 1, "the certificate is its only attachment", list(letter.files))
        self.certificate(*pdfs[0], company, member)
        if number not in self.numbers:
            self.numbers.append(number)
        return member

    def certificate(self, name, data, company, member):
        path = os.path.join(self.work, "certificate.pdf")
        with open(path, "wb") as f:
            f.write(data)
        text = re.sub(r"\s", "", run("pdftotext", "-layout", path, "-"))
        for word in (company, member, "みなと銀行", "会員証", "新輸出大国コンソーシアム", "ジェトロ神戸", "高橋恵"):
            check(word in text, f"the certificate {name} says {word}", text)
        info = run("pdfinfo", path)
        check(re.search(r"Pages:\s+1\b", info) and "(A4)" in info, "the certificate is one page of A4", info)
        fonts = run("pdffonts", path).splitlines()[2:]
        check(fonts and all(re.search(r"\byes\s+yes\s+yes\b", f) for f in fonts), "its fonts are embedded, subset, with Unicode", fonts)
        run("pdftoppm", "-r", "150", "-png", "-singlefile", path, path[:-4])
        code = urllib.parse.urlsplit(run("zbarimg", "-q", "--raw", path[:-4] + ".png").strip())
        subject = urllib.parse.unquote(urllib.parse.parse_qs(code.query.replace("+", "%2B")).get("subject", [""])[0])
        check(code.scheme == "mailto" and urllib.parse.unquote(code.path) == OFFICE and subject == "会員確認 " + member,
              "the QR code opens a 会員確認 mail to the office", code.geturl())

    def brief(self, letter, company, file_name, data):
        check("担当案件のお知らせ" in letter.subject, "the concierge gets a brief", letter.subject)
        check(letter.to == [CONCIERGE], "the brief goes to the concierge alone", letter.to)
        check(company in letter.text and company in letter.html, "the brief names the company", letter.text)
        check(letter.files.get(file_name) == data, "the sheet arrives byte for byte, with its name", list(letter.files))
        check("MINATO-BANK" in letter.text and "状況" in " ".join(letter.links()), "the brief tells agency and next steps", letter.text)

    def returned_entry(self):
        """A sheet with two questions; returns the letter that gives it back."""
        data = self.sheet("incomplete")
        self.send(TANAKA, compose(TANAKA, "田中 一郎", "エントリーシート（明石蛸様）", "お送りいたします。",
                                  [("エントリーシート（株式会社明石蛸）.xlsx", data)]))
        letter = self.new(TANAKA)
        self.new(WINDOW)
        check("ご確認のお願い（2件）" in letter.subject, "two questions are asked", letter.subject)
        check(re.search(r"^\[受付 E\d\d-\d{5} \w+\]", letter.subject), "the receipt number stands in the subject", letter.subject)
        check(not re.search(REGISTRATION + "|" + MEMBER, letter.text + letter.html), "no number before registration", letter.text)
        check(not re.search("不備|誤り", letter.text + letter.html), "no blame", letter.text)
        books = [b for n, b in letter.files.items() if n.endswith(".xlsx")]
        check(len(books) == 1 == len(letter.files), "the marked workbook is its only attachment", list(letter.files))
        self.marked(data, books[0], letter)
        return letter

    def marked(self, before, after, letter):
        """The sender's own workbook, marked: what is not needed for the marks is byte-equal, LibreOffice shows the rest."""
        old, new = (dict((i.filename, z.read(i)) for i in z.infolist()) for z in map(lambda b: zipfile.ZipFile(io.BytesIO(b)), (before, after)))
        changed = {n for n in old if new.get(n) != old[n]}
        allowed = re.compile(r"\[Content_Types\]\.xml|xl/styles\.xml|xl/worksheets/sheet1\.xml|xl/worksheets/_rels/sheet1\.xml\.rels")
        check(changed and all(allowed.fullmatch(n) for n in changed), "only parts that the marks need have changed", changed)
        check(all(re.fullmatch(r"xl/(comments|drawings)/?.*|xl/worksheets/_rels/sheet1\.xml\.rels", n) for n in set(new) - set(old)),
              "only comments were added", set(new) - set(old))
        path = os.path.join(self.work, "marked.xlsx")
        with open(path, "wb") as f:
            f.write(after)
        for kind in ("pdf", "fods"):
            run("soffice", f"-env:UserInstallation=file://{self.work}/libreoffice", "--headless", "--convert-to", kind,
                "--outdir", self.work, path)
        text = re.sub(r"\s", "", run("pdftotext", path[:-5] + ".pdf", "-"))
        check("株式会社明石蛸" in text and "エントリーシート" in text, "LibreOffice prints the marked workbook", text[:300])
        with open(path[:-5] + ".fods", encoding="utf-8") as f:
            notes = re.findall(r"<office:annotation\b.*?</office:annotation>", f.read(), re.S)
        notes = [re.sub(r"<[^>]+>|\s", "", n) for n in notes]
        check(len(notes) == 2, "LibreOffice finds a comment at each of the two cells", notes)
        cells = re.findall(r"\b[A-Z]{1,2}\d{1,3}\b(?!-)", letter.text)
        refs = re.findall(rb'<comment [^>]*ref="([A-Z]+\d+)"', b"".join(v for n, v in new.items() if "comments" in n))
        check(sorted(set(cells)) == sorted(r.decode() for r in refs), "the letter names the marked cells", cells, refs)
        check(all(len(n) > 5 for n in notes), "each comment says what is asked", notes)

    def corrected_entry(self, letter):
        data = self.sheet("corrected")
        self.send(TANAKA, compose(TANAKA, "田中 一郎", "Re: " + letter.subject, "訂正しました。\n\n> " + letter.text[:200],
                                  [("エントリーシート（株式会社明石蛸）.xlsx", data)], reply_to=letter))
        answer = self.new(TANAKA)
        self.new(WINDOW)
        self.registered(answer, TANAKA, "株式会社明石蛸")
        self.brief(self.new(CONCIERGE), "株式会社明石蛸", "エントリーシート（株式会社明石蛸）.xlsx", data)
        receipt = re.search(r"E\d\d-\d{5}", letter.subject).group()
        check([c["registration"] for c in self.program.objects("cases") if c["receipt"] == receipt] == [self.numbers[-1]],
              "the corrected sheet goes on with the same receipt number", self.program.call("cases", "--json"))

    def stranger_entry(self):
        data = self.sheet("stranger")
        self.send(STRANGER, compose(STRANGER, "鈴木 次郎", "エントリーシート", "はじめまして。", [("ES.xlsx", data)]))
        held = self.new(CLERK)
        check("ご判断のお願い" in held.subject and "[受付 " in held.subject, "the clerk is asked", held.subject)
        check(STRANGER in held.text and "MINATO-BANK" in held.text, "with the sender and the nearest agency", held.text)
        check(held.files.get("ES.xlsx") == data, "and the sheet as it came", list(held.files))
        self.click(CLERK, "佐藤 恵子", held, "承認")
        self.confirm(CLERK, "佐藤 恵子", self.new(CLERK))
        answer = self.new(CLERK)
        letter = self.new(WINDOW)
        self.registered(letter, WINDOW, "株式会社須磨海苔")
        check(STRANGER not in letter.to, "the answer goes to the rostered address, not to who sent it", letter.to)
        self.brief(self.new(CONCIERGE), "株式会社須磨海苔", "ES.xlsx", data)
        check(self.numbers[-1] in answer.text, "the clerk hears the number", answer.text)

    def duplicate(self, first):
        self.send(TANAKA, compose(TANAKA, "田中 一郎", "再送", "念のため、再度お送りします。", [("ES.xlsx", self.sheet("complete"))]))
        again = self.new(TANAKA)
        self.new(WINDOW)
        check(again.subject.split()[1] == first.subject.split()[1] and again.id != first.id, "the first answer again", again.subject)
        check([b for n, b in again.files.items() if n.endswith(".pdf")], "with the certificate", list(again.files))

    def two_sheets(self):
        files = [("A.xlsx", self.sheet("pair-1")), ("B.xlsx", self.sheet("pair-2"))]
        self.send(TANAKA, compose(TANAKA, "田中 一郎", "2社分のエントリーシート", "2社分です。", files))
        companies = ("株式会社兵庫刃物", "有限会社淡路瓦")
        number = lambda letter: letter.subject  # letters of two cases may arrive in either order
        for letter, company in zip(sorted(self.new(TANAKA, 2), key=number), companies):
            self.registered(letter, TANAKA, company)
        self.new(WINDOW, 2)
        for letter, company, (name, data) in zip(sorted(self.new(CONCIERGE, 2), key=number), companies, files):
            self.brief(letter, company, name, data)

    def locked_files(self):
        """A locked workbook and its password in a mail of its own, in either order: answered once it is open, and both filed."""
        told = compose(TANAKA, "田中 一郎", "パスワードのご連絡", "先ほどお送りしたファイルのパスワードは下記の通りです。\n\nパスワード：Kobe-2026\n\nよろしくお願いいたします。")
        for name, company in (("locked-1", "株式会社三木刃物"), ("locked-2", "有限会社赤穂塩業")):
            data = self.sheet(name)
            check(data.startswith(b"\xd0\xcf\x11\xe0"), "the sheet is locked")
            self.send(TANAKA, compose(TANAKA, "田中 一郎", "エントリーシート（パスワードは別送）", "お送りいたします。", [("ES.xlsx", data)]))
            if name == "locked-1":  # the second opens with the word that came before it
                wait("the locked file to be listed as waiting", 20, lambda: "locked, waiting for its password: ES.xlsx" in self.program.call("cases"))
                self.send(TANAKA, told)
            letter = self.new(TANAKA)
            self.registered(letter, TANAKA, company)
            self.new(WINDOW)
            brief = self.new(CONCIERGE)
            check(brief.files["ES.xlsx"].startswith(b"PK"), "the concierge can open the sheet")
        check("waiting for its password" not in self.program.call("cases"), "nothing waits any more")

    def machines_and_questions(self, letter):
        """Machines hear nothing; a question stays in INBOX for the people."""
        self.send(TANAKA, compose(TANAKA, "田中 一郎", "不在通知 Re: " + letter.subject, "出張のため不在にしております。",
                                  headers=[("Auto-Submitted", "auto-replied")]))
        self.send(OFFICE, letter.raw)  # the robot's own letter comes back: a loop
        self.sent.pop()
        self.send(STRANGER, compose(STRANGER, "鈴木 次郎", "お尋ね", "制度についてお伺いしたいのですが。"))
        self.send(STRANGER, compose(STRANGER, "鈴木 次郎", "一覧", ""))
        wait("the machines' mails to be filed", 30, lambda: self.servers.count(OFFICE, MACHINE) == [2])

    def commands(self, letter, brief):
        self.click(TANAKA, "田中 一郎", letter, "状況")
        status = self.new(TANAKA)
        check(self.numbers[0] in status.text and "高橋 恵" in status.text, "状況 tells the case", status.text)
        self.click(CONCIERGE, "高橋 恵", brief, "引受")
        answer = self.new(CONCIERGE)
        check("引受" in answer.subject, "引受 is answered", answer.subject)
        self.send(CLERK, compose(CLERK, "佐藤 恵子", "一覧", ""))
        self.confirm(CLERK, "佐藤 恵子", self.new(CLERK))
        table = self.new(CLERK)
        check(all(n in table.text for n in self.numbers), "一覧 has every case", table.text)

    def restart(self):
        """The first signal drains; what comes while nobody runs is done after the next start."""
        self.program.drain()
        self.send(WINDOW, compose(WINDOW, "みなと銀行 国際部", "会員確認 " + self.member, ""))
        self.servers.settle()
        self.program.start()
        self.confirm(WINDOW, "みなと銀行 国際部", self.new(WINDOW))
        answer = self.new(WINDOW)
        check(self.member in answer.text, "会員確認 is answered", answer.text)

    def books(self):
        """Everything has its place, and the log and the letters agree with what everybody got."""
        self.program.drain()
        self.servers.settle()
        check(self.servers.count(STRANGER, "INBOX") == [0], "a stranger hears nothing")
        lies = {f: self.servers.read(OFFICE, f) for f in ("INBOX", DONE, ASIDE, MACHINE)}
        check(sorted(x.subject for x in lies["INBOX"]) == sorted(["昨年度のエントリーシート", "お尋ね", "一覧"]),
              "what is nobody's stays in INBOX", [x.subject for x in lies["INBOX"]])
        check(lies[ASIDE] == [], "nothing had to be put aside", [x.subject for x in lies[ASIDE]])
        filed = [x.id for letters in lies.values() for x in letters]
        ours = {x.id for letters in self.seen.values() for x in letters}
        want = sorted(map(message_id, self.sent))
        check(sorted(i for i in filed if i not in ours) == want, "every mail lies in a folder, once", filed, want)
        copies = self.servers.read(OFFICE, "Sent")
        got = {x.id: x.without_trace() for letters in self.seen.values() for x in letters}
        check(sorted(x.id for x in copies) == sorted(got), "every letter lies in Sent, once", [x.subject for x in copies])
        check(all(x.raw == got[x.id] for x in copies), "the copy in Sent is the letter byte for byte")
        check(self.numbers == sorted(self.numbers) and [int(n.split("-")[2]) for n in self.numbers] == list(range(1, len(self.numbers) + 1)),
              "numbers without a gap, in order", self.numbers)
        cases = self.program.objects("cases")
        check(sorted(c["registration"] for c in cases) == self.numbers, "cases lists them", cases)
        timeline = self.program.call("case", self.numbers[0])
        check("TAKAHASHI" in timeline and "unverified" in timeline, "case tells why and on what evidence", timeline)
        self.program.call("audit", "verify")
        with open(self.program.log) as f:
            log = f.read()
        check("level=ERROR" not in log, "the log has no error", *re.findall(r".*level=ERROR.*", log)[:5])
        check(not re.search("灘酒造|tanaka@|secret", log), "the log has nothing personal", *re.findall(".*(?:灘酒造|tanaka@|secret).*", log)[:5])
        print(f"{len(self.sent)} mails in, {len(got)} letters out, {len(cases)} cases")

    def run(self):
        self.check_command()
        self.old_mail()
        super().run()

    def story(self):
        first = self.told(self.complete_entry)
        self.member = re.search(MEMBER, first.text).group()
        brief = self.seen[CONCIERGE][0]
        back = self.told(self.returned_entry)
        self.told(self.corrected_entry, back)
        self.told(self.stranger_entry)
        self.told(self.duplicate, first)
        self.told(self.two_sheets)
        self.told(self.locked_files)
        self.told(self.machines_and_questions, first)
        self.told(self.commands, first, brief)
        self.told(self.restart)
        self.told(self.books)


def run(*args):
    r = subprocess.run(args, capture_output=True, stdin=subprocess.DEVNULL, timeout=180)
    check(r.returncode == 0, f"{args[0]} ends with exit 0", r.returncode, r.stderr)
    return r.stdout.decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(tell(Day(*sys.argv[1:5])))
