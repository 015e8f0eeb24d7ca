#!/usr/bin/python3
"""A whole case by mail on real servers: two inquiries, consents, referral, meeting, feedback, closing; then one that
JETRO supports itself. Everybody answers from a mail program of their own, by one-click links and by plain replies, and
what they got is held against programs that are not ours.

case.py BINARY SERVERS-FOLDER SHEETS-FOLDER WORK-FOLDER
"""

import base64
import datetime
import json
import os
import re
import subprocess
import sys
import time
import unicodedata
from collections import defaultdict

from ics import series
from locked import mso
from post import CLERK, CONCIERGE, OFFICE, Program, Servers, agency, check, compose, wait
from story import Story, tell

TANAKA, WINDOW = "tanaka@minato-bank.example", "window@minato-bank.example"
HYOGO, SHINKIN = "kaigai@hyogo-cci.example", "entry@agency0.example"
NADA = "suzuki@nada-sake.example"  # of the company, as its sheet says
NAMES = {TANAKA: "田中 一郎", HYOGO: "国際課", SHINKIN: "窓口 担当", NADA: "鈴木 花子", CONCIERGE: "高橋 恵"}
PARTIES = {TANAKA: "intake", WINDOW: "intake", HYOGO: "hyogo", SHINKIN: "shinkin", NADA: "company", CONCIERGE: "concierge",
           CLERK: "clerk"}
PROVIDERS = (HYOGO, SHINKIN)
INFO_FORM = "追加情報フォーム.xlsx"
PASSWORD = re.compile(r"\b[2-9a-z]{4}(?:-[2-9a-z]{4}){3}\b")
ALLOWED = {"company.industry", "company.countries", "request.items"}  # of an inquiry, beside the size


def tag(letter):
    """The case tag of a letter's subject, with its reader's code."""
    return re.search(r"\[[^\]]*\]", letter.subject).group()


def squeezed(text):
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


class Case(Story):
    def __init__(self, binary, servers, sheets, work, **settings):
        servers = Servers(servers)
        servers.wipe()
        form = self.file(sheets, "info-form")
        with open(os.path.join(work, INFO_FORM), "wb") as f:
            f.write(form)
        super().__init__(servers, Program(binary, work, servers, "now", True, [
            agency("MINATO-BANK", "みなと銀行", "minato-bank.example", WINDOW, ("田中 一郎", TANAKA)),
            agency("HYOGO-CCI", "兵庫商工会議所", "hyogo-cci.example", HYOGO),
            agency("SHINKIN-0", "第0信用金庫", "agency0.example", SHINKIN),
        ], {"": [f'info_form = "{INFO_FORM}"'], "imap": ['poll = "5s"'],
            "sending": ['hold = "2s"', "per_person_hour = 500", "per_case_day = 500"]} | settings))
        self.sheets = sheets
        self.taken = defaultdict(list)  # letters read so far, by mailbox
        self.passwords = []
        self.began = time.monotonic()

    @staticmethod
    def file(folder, name):
        with open(os.path.join(folder, name + ".xlsx"), "rb") as f:
            return f.read()

    # the vocabulary

    def expect(self, who, words, seconds=60):
        """The oldest letter to somebody that was not read before and whose subject has the words."""
        def arrived():
            self.program.running()
            unread = [x for x in self.servers.read(who) if x.id not in {t.id for t in self.taken[who]}]
            arrived.state = [x.subject for x in unread]
            return next((x for x in unread if words in x.subject), None)
        letter = wait(f"a letter to {who} with {words}, beside", seconds, arrived)
        self.taken[who].append(letter)
        return letter

    def press(self, who, letter, command, text=""):
        self.click(who, NAMES[who], letter, command, text)

    def write(self, who, subject, text="", files=()):
        self.send(who, compose(who, NAMES[who], subject, text, files))

    def reply(self, who, letter, text, files=()):
        quoted = "".join("> " + line + "\n" for line in letter.text.splitlines()[:12])
        self.send(who, compose(who, NAMES[who], "Re: " + letter.subject, f"{text}\n\n{quoted}", files, reply_to=letter))

    def command(self, who, subject, text=""):
        """A command whose answer is awaited."""
        self.write(who, subject, text)
        return self.expect(who, "お手続きのご報告（" + subject.split()[0])

    def confirmed(self, who, subject):
        """A command that needs more than its code."""
        self.write(who, subject)
        self.confirm(who, NAMES[who], self.expect(who, "ご本人確認"))
        return self.expect(who, "お手続きのご報告（" + subject.split()[0])

    # the case, in order

    def enter(self, sheet, company):
        """A sheet is registered, and its concierge takes the case; returns the letter to the agency, and the answer."""
        data = self.file(self.sheets, sheet)
        self.send(TANAKA, compose(TANAKA, NAMES[TANAKA], "エントリーシートの送付", "お送りいたします。", [("エントリーシート.xlsx", data)]))
        registered, brief = self.expect(TANAKA, "コンソーシアム登録のお知らせ"), self.expect(CONCIERGE, "担当案件のお知らせ")
        check(company in registered.text and company in brief.text, "both letters name the company", registered.text)
        self.press(CONCIERGE, brief, "引受")
        return registered, self.expect(CONCIERGE, "お手続きのご報告（引受")

    def consultation(self):
        self.registered, self.taking = self.enter("complete", "株式会社灘酒造")
        self.tag = tag(self.taking)
        for command, line in (("連絡方法", "連絡方法 直接"), ("連絡先確認", "連絡先確認")):
            check(self.taking.link(command).startswith(line), "the next step is offered: " + line, self.taking.links())
            self.press(CONCIERGE, self.taking, command)
            self.expect(CONCIERGE, f"お手続きのご報告（{command}")

    def talk(self):
        """A plain reply reaches the concierge with its file, and the concierge's reply goes back."""
        note = b"%PDF-1.4 candidate days"
        self.reply(TANAKA, self.registered, "初回面談の候補日をお送りします。", [("候補日.pdf", note)])
        passed = self.expect(CONCIERGE, "お取り次ぎ")
        check("候補日をお送りします" in passed.text and TANAKA in passed.text, "the concierge reads who wrote what", passed.text)
        check(passed.files.get("候補日.pdf") == note, "with the file", list(passed.files))
        self.reply(CONCIERGE, passed, "ありがとうございます。12日でお願いします。")
        back = self.expect(TANAKA, "お取り次ぎ")
        check("12日でお願いします" in back.text, "the reply goes back to whose mail it was", back.text)

    def inquiries(self):
        self.command(CONCIERGE, "打診 HYOGO-CCI 第0信用金庫 " + self.tag, "日本酒の輸入元を探しております。ご検討をお願いいたします。")
        inquiry, other = self.expect(HYOGO, "[照会 Q"), self.expect(SHINKIN, "[照会 Q")
        for letter in (inquiry, other):
            self.anonymous(letter)
        self.press(SHINKIN, other, "受入不可", "本年度の枠が埋まっております。")
        self.expect(SHINKIN, "お手続きのご報告（受入不可")
        answer = self.expect(CONCIERGE, "ご照会への回答のお知らせ")
        check("第0信用金庫" in answer.text and "枠が埋まって" in answer.text, "the concierge reads the reason", answer.text)
        self.reply(HYOGO, inquiry, "受入可\n\n12月から承れます。")  # the exact word as the first line
        self.expect(HYOGO, "お手続きのご報告（受入可")
        answer = self.expect(CONCIERGE, "ご照会への回答のお知らせ")
        check("兵庫商工会議所" in answer.text and "12月から承れます" in answer.text, "and the other's words", answer.text)

    def anonymous(self, letter):
        """No value of the sheet but the allowed ones, in any part of the mail."""
        html = re.sub(r"<[^>]+>", "", letter.html)
        everything = squeezed(letter.subject + letter.text + html + str(letter.mail["To"]))
        check(not letter.files, "an inquiry has no attachment", list(letter.files))
        sheet = self.values()
        found = {}
        for key, value in sheet["values"].items():
            if key in ALLOWED:
                continue
            for text in (value, sheet["cells"].get(key, {}).get("raw", "")):
                words = (str(text), str(text).partition("@")[2])
                found.update({key: w for w in words if len(w) > 3 and squeezed(w) in everything})
        check(not found, "an inquiry has no value of the sheet", found)
        check(len(sheet["values"]) > 30, "the sheet has values", len(sheet["values"]))
        for word in ("-KOB-", "M-00001", "みなと", "灘", "信用金庫" if HYOGO in letter.to else "商工会議所"):
            check(word not in everything, "an inquiry says nothing of " + word, letter.text)
        check("ご検討をお願いいたします" in letter.text and "ベトナム" in letter.text, "it says what is asked", letter.text)

    def values(self):
        """What the program reads in the sheet, and from which words."""
        path = os.path.join(self.sheets, "complete.xlsx")
        r = subprocess.run([self.program.binary, "sheet", "--json", path], capture_output=True, check=True)
        return json.loads(r.stdout)

    def consents(self):
        self.write(CONCIERGE, "回付 HYOGO-CCI " + self.tag)
        self.confirm(CONCIERGE, NAMES[CONCIERGE], self.expect(CONCIERGE, "ご本人確認"))
        refused = self.expect(CONCIERGE, "お手続きについてのお尋ね")
        check("ご了承が得られていないため" in squeezed(refused.text), "no referral before the consents", refused.text)
        self.command(CONCIERGE, "了承依頼 HYOGO-CCI " + self.tag, "ベトナムに拠点があり、食品の実績が豊富です。")
        asked = self.expect(NADA, "ご紹介に関するお願い")
        self.expect(TANAKA, "ご紹介に関するお願い")
        check("信用金庫" not in asked.text + asked.html, "no other candidate in a consent request", asked.text)
        self.press(NADA, asked, "了承")
        self.confirm(NADA, NAMES[NADA], self.expect(NADA, "ご本人確認"))
        self.expect(NADA, "お手続きのご報告（了承")
        self.expect(CONCIERGE, "ご了承")
        self.confirmed(CONCIERGE, "了承 紹介元 電話 " + self.tag)
        check("電話" in self.expect(TANAKA, "ご回答の記録").text, "who was called reads of it")

    def referral(self):
        self.confirmed(CONCIERGE, "回付 HYOGO-CCI " + self.tag)
        self.referred = letter = self.expect(HYOGO, "エントリーシート送付のご案内")
        told = self.expect(CONCIERGE, "パスワード")
        password = PASSWORD.search(told.text).group()
        self.passwords.append(password)
        check(len(letter.files) == 1, "the sheet is the only attachment", list(letter.files))
        (name, data), = letter.files.items()
        check("灘" not in letter.subject + name, "the company stands in no subject and no file name", letter.subject, name)
        check("M-00001" in letter.text, "the member number is told", letter.text)
        check(password not in letter.text + letter.html, "the password goes its own way")
        check(mso(data, password) == ("agile", self.file(self.sheets, "complete")),
              "msoffcrypto-tool opens it, byte for byte the sheet that came")
        check(mso(data, password + "x")[1] is None, "and not with another password")
        for who in (NADA, TANAKA):
            check("兵庫商工会議所" in self.expect(who, "支援機関").text, f"{who} reads who supports")
        self.nowhere(password)

    def nowhere(self, password):
        """A password that was sent stands neither in the office's folder nor in its mailbox, in no encoding of mail."""
        self.servers.settle()
        plain = password.encode()
        forms = {plain, password.encode("utf-16-le"), plain.replace(b"-", b"=2D")}
        for shift in range(3):  # whatever stands before it in base64
            forms.add(base64.b64encode(b"\0" * shift + plain)[4 if shift else 0:-4])
        for root in (self.program.folder, os.path.join(self.servers.home, OFFICE)):
            for folder, _, files in os.walk(root):
                for name in files:
                    with open(os.path.join(folder, name), "rb") as f:
                        data = f.read()
                    data += re.sub(rb"\r?\n", b"", data)
                    check(not any(x in data for x in forms), "a sent password stands nowhere", name)

    def hosted(self):
        lines = "部署：国際課\n担当者：山口 誠\n初回連絡方法：来週お電話いたします"
        self.reply(HYOGO, self.referred, "よろしくお願いいたします。")
        passed = self.expect(CONCIERGE, "お取り次ぎ")
        self.reply(CONCIERGE, passed, "受入担当をお知らせください。")
        self.expect(HYOGO, "お取り次ぎ")
        self.press(HYOGO, self.referred, "受入担当", lines)
        self.expect(HYOGO, "お手続きのご報告（受入担当")
        for who in (NADA, TANAKA, CONCIERGE):
            check("山口 誠" in self.expect(who, "ご担当者").text, f"{who} reads who takes the company in")

    def meeting(self):
        """Invites, and moves once; each has a calendar file."""
        self.invites = defaultdict(list)
        self.days = [datetime.date.today() + datetime.timedelta(days=n) for n in (10, 11)]
        for text, at in zip(("{0.month}/{0.day} 14時", "{0:%Y-%m-%d} 15:30"), self.days):
            answer = self.command(CONCIERGE, f"面談 HYOGO-CCI {text.format(at)} 兵庫商工会議所 3階 {self.tag}")
            check(f"{at.year}年{at.month}月{at.day}日" in answer.text, "the date is echoed in full", answer.text)
            self.invited()

    def invited(self):
        for who in (NADA, HYOGO, TANAKA, CONCIERGE):
            letter = self.expect(who, "ご面談の")
            parts = [p for p in letter.mail.walk() if p.get_content_type() == "text/calendar" and not p.get_filename()]
            check([p.get_payload(decode=True) for p in parts] == [letter.files.get("invite.ics")], "invitation and file are the same",
                  list(letter.files))
            self.invites[who].append((f"{PARTIES[who]} {len(self.invites[who])}", letter.files["invite.ics"]))

    def feedback(self):
        today = datetime.date.today()
        filled = f"支援日：{today.month}/{today.day}\n支援内容：輸入元2社をご紹介しました。\n進捗状況：商談中です。\n手段：面談"
        for words, said in ((filled, "輸入元2社"), ("輸入元1社と契約の見込みです。", "契約の見込み")):
            self.press(HYOGO, self.referred, "進捗", words)
            self.expect(HYOGO, "お手続きのご報告（進捗")
            for who in (CONCIERGE, TANAKA):
                check(said in self.expect(who, "支援").text, f"{who} reads the report")

    def status(self):
        """What each may see: the concierge all, the provider its own."""
        self.press(CONCIERGE, self.taking, "状況")
        seen = self.expect(CONCIERGE, "案件の経過")
        check("第0信用金庫" in seen.text and "枠が埋まって" in seen.text, "the concierge sees both supports", seen.text)
        self.press(HYOGO, self.referred, "状況")
        seen = self.expect(HYOGO, "案件の経過")
        check("信用金庫" not in seen.text + seen.html, "a provider sees no other", seen.text)
        self.press(TANAKA, self.registered, "状況")
        seen = self.expect(TANAKA, "案件の経過")
        check("信用金庫" not in seen.text + seen.html and "山口 誠" in seen.text, "the intake agency sees who supports", seen.text)
        self.write(CONCIERGE, "ヘルプ " + self.tag)
        self.expect(CONCIERGE, "ご案内")

    def ends(self):
        self.write(CONCIERGE, "案件終了 " + self.tag)
        asked = self.expect(CONCIERGE, "お手続きについてのお尋ね")
        check("進行中の支援が1件" in squeezed(asked.text), "a case with an open support ends on repetition only", asked.text)
        self.command(CONCIERGE, "案件終了 " + self.tag)
        self.invited()  # the meeting that lies ahead is called off
        for who in (NADA, TANAKA, HYOGO):
            self.expect(who, "終了")

    def jetro(self):
        """JETRO supports the company itself, through the intake agency, with the additional-information form."""
        here = tag(self.enter("pair-1", "株式会社兵庫刃物")[1])
        self.command(CONCIERGE, "ジェトロ支援 海外販路開拓専門家 " + here, "お申し込みは当事務所の窓口で承ります。")
        for _ in range(2):  # the agency's own, and the company's to hand on
            check("海外販路開拓専門家" in self.expect(TANAKA, "ご提案").text, "the service is named")
        self.command(CONCIERGE, "追加情報 企業 " + here)
        form = self.expect(TANAKA, "追加情報フォーム")
        check(form.files.get(INFO_FORM) == self.file(self.sheets, "info-form"), "the form is attached as it is", list(form.files))
        filled = self.file(self.sheets, "info-form-filled")
        self.reply(TANAKA, form, "記入しましたのでお送りします。", [("追加情報フォーム（記入済）.xlsx", filled)])
        back = self.expect(CONCIERGE, "お取り次ぎ")
        check(back.files.get("追加情報フォーム（記入済）.xlsx") == filled, "the filled form comes back byte for byte", list(back.files))
        self.command(CONCIERGE, "進捗 " + here, "支援内容：専門家との面談を行いました。")
        check("専門家との面談" in self.expect(TANAKA, "支援").text, "the intake agency reads the report")
        self.write(CONCIERGE, "案件終了 " + here)
        self.expect(CONCIERGE, "お手続きについてのお尋ね")
        self.command(CONCIERGE, "案件終了 " + here)
        for _ in range(2):
            self.expect(TANAKA, "終了")

    def calendars(self):
        uids = set()
        for who, files in self.invites.items():
            uid, told = series(files)
            uids.add(uid)
            check([(m, n) for m, n, _ in told] == [("REQUEST", 0), ("REQUEST", 1), ("CANCEL", 2)], f"{who} is invited, moved, called off", told)
            check([at.date() for _, _, at in told] == [*self.days, self.days[1]], "on the days that were said", told)
        check(len(uids) == 1, "it is one appointment for all", uids)

    def books(self):
        """Everybody got what was expected and nothing else; no code and no company went astray."""
        self.program.drain()
        self.servers.settle()
        self.letters = {who: self.servers.read(who) for who in PARTIES}
        for who, letters in self.letters.items():
            expected = {x.id for x in self.taken[TANAKA if who == WINDOW else who]}
            more = [x.subject for x in letters if x.id not in expected]
            check(not more, f"{who} got nothing that nobody expected", more)
        check(self.servers.count(OFFICE, "INBOX", "確認待ち") == [0, 0], "every mail was dealt with")
        self.codes_stay()
        for who in PROVIDERS:
            for x in self.letters[who]:
                names = x.subject + "".join(x.files)
                check(not re.search(r"灘|\d{4}-KOB|兵庫刃物", names),
                      "no company and no registration number in a provider's subject or file name", names)
        for password in self.passwords:
            self.nowhere(password)
        sent = {x.id for x in self.servers.read(OFFICE, "Sent")}
        got = {x.id for letters in self.letters.values() for x in letters}
        check(got - sent == {x.id for x in self.letters[CONCIERGE] if PASSWORD.search(x.text)} and sent <= got,
              "every letter but the password's lies in Sent", got ^ sent)
        self.records()
        self.total = len(got)

    def codes_stay(self):
        """The code of a letter's tag stands in no letter to anybody else."""
        owners = {}
        for who, letters in self.letters.items():
            for x in letters:
                found = re.match(r"\[\S+ \S+ (\w+)\]", x.subject)
                if found:
                    owners.setdefault(found.group(1), set()).add(PARTIES[who])
        check(len(owners) >= 7 and all(len(o) == 1 for o in owners.values()), "a code belongs to one party", owners)
        for who, letters in self.letters.items():
            for x in letters:
                parts = b"\n".join(p.get_payload(decode=True) or b"" for p in x.mail.walk() if not p.is_multipart())
                text = "".join(f"{k}: {v}\n" for k, v in x.mail.items()) + parts.decode("utf-8", "replace")
                stray = [c for c, (o,) in owners.items() if o != PARTIES[who] and c in text]
                check(not stray, f"{who} reads no code of somebody else's", x.subject, stray)

    def records(self):
        cases = {c["company"]: c for c in self.program.objects("cases")}
        for company, words in (("株式会社灘酒造", ("打診", "受入不可", "受入可", "了承", "回付", "受入担当", "面談", "進捗", "終了")),
                               ("株式会社兵庫刃物", ("ジェトロ", "追加情報", "終了"))):
            timeline = self.program.call("case", cases[company]["registration"])
            check(all(w in timeline for w in words), "case shows the timeline", [w for w in words if w not in timeline], timeline)
            check(cases[company]["stage"] == "closed", "the case has ended", cases[company])
        self.program.call("audit", "verify")
        with open(self.program.log) as f:
            log = f.read()
        check("level=ERROR" not in log, "the log has no error", *re.findall(r".*level=ERROR.*", log)[:5])
        check(not re.search("灘|刃物|@minato|@nada|@hyogo|" + "|".join(self.passwords), log), "the log has nothing personal")

    def run(self):
        self.program.call("check", "--create")
        super().run()

    def story(self):
        for step in (self.consultation, self.talk, self.inquiries, self.consents, self.referral, self.hosted, self.meeting,
                     self.feedback, self.status, self.ends, self.jetro, self.calendars, self.books):
            self.told(step)
        print(f"{len(self.sent)} mails in, {self.total} letters out, {sum(map(len, self.letters.values()))} copies in "
              f"{len(self.letters)} mailboxes, {time.monotonic() - self.began:.0f} s")


if __name__ == "__main__":
    sys.exit(tell(Case(*sys.argv[1:5])))
