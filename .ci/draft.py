#!/usr/bin/python3
"""Draft mode on real servers: letters wait in Dovecot's Drafts folder, and a mail program that is not ours (imaplib,
smtplib, Python's email) looks at them, edits, sends, and deletes them, beside the running robot.

draft.py BINARY SERVERS-FOLDER SHEETS-FOLDER WORK-FOLDER
"""

import email
import email.message
import email.policy
import email.utils
import re
import smtplib
import sys
import time

from case import Case, HYOGO, NADA, NAMES, TANAKA, WINDOW, tag
from post import CLERK, CONCIERGE, OFFICE, Failed, Letter, check, compose, imap_name, wait
from story import tell

ROKKO = "okada@stranger.example"  # whom a person adds
ADDED = "追伸：お電話でもご案内いたします。"


class Desk:
    """The mail program of somebody in the office: logs in to the shared mailbox, sends by submission, keeps Sent itself."""

    def __init__(self, servers):
        self.servers = servers

    def imap(self, folder, work):
        c = self.servers.login(OFFICE)
        try:
            status, data = c.select('"' + imap_name(folder) + '"')
            check(status == "OK", f"the folder {folder} opens", data)
            return work(c)
        finally:
            c.logout()

    def drafts(self):
        """UID and letter of each draft."""
        def fetch(c):
            _, data = c.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[])")
            out = []
            for d in data:
                if isinstance(d, tuple):
                    check(rb"\Draft" in d[0], "a draft has the flag of one", d[0])
                    out.append((int(re.search(rb"UID (\d+)", d[0]).group(1)), Letter(d[1])))
            return out
        return self.imap("Drafts", fetch)

    def draft(self, to, words, seconds=30):
        def there():
            found = [d for d in self.drafts() if to in d[1].to and words in d[1].subject]
            return found[0] if found else None
        return wait(f"a draft to {to} with {words}", seconds, there)

    def delete(self, uid):
        def expunge(c):
            check(c.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)")[0] == "OK", "a draft can be deleted")
            check(c.uid("EXPUNGE", str(uid))[0] == "OK", "and expunged")
        self.imap("Drafts", expunge)

    def append(self, folder, raw, flags):
        def put(c):
            check(c.append('"' + folder + '"', flags, None, raw)[0] == "OK", f"a mail can be put into {folder}")
        self.imap(folder, put)

    def remade(self, letter, text, cc=()):
        """What many programs make of a draft that they edit: a new mail with the same words, people and files."""
        m = email.message.EmailMessage(policy=email.policy.SMTP)
        for field in ("From", "To", "Cc", "Subject", "In-Reply-To", "References"):
            if letter.mail[field]:
                m[field] = str(letter.mail[field])
        if cc:
            old = str(m["Cc"] or "")
            del m["Cc"]
            m["Cc"] = ", ".join([old] * bool(old) + list(cc))
        m["Date"] = email.utils.localtime()
        m["Message-ID"] = email.utils.make_msgid(domain="kobe.example")
        m.set_content(text, cte="base64")
        for name, data in letter.files.items():
            m.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
        return m.as_bytes()

    def send(self, uid, raw, bcc=()):
        """Submission, then the copy in Sent, then the draft goes: as mail programs do."""
        to = Letter(raw).to
        with smtplib.SMTP("127.0.0.1", self.servers.submission, local_hostname="desk.kobe.example") as c:
            c.starttls(context=self.servers.tls)
            c.login(OFFICE, self.servers.password)
            c.sendmail(OFFICE, [*to, *bcc], raw)
        self.append("Sent", raw, r"(\Seen)")
        self.delete(uid)


class Drafts(Case):
    def __init__(self, binary, servers, sheets, work):
        live = ("returned", "inquiry", "consent", "consent-recorded", "answer", "refusal", "confirm", "passed-on", "status")
        super().__init__(binary, servers, sheets, work, mode="draft", drafts=[
            "own_people = true", "live = [" + ", ".join(f'"{k}"' for k in live) + "]", 'deleted_after = "1s"'])
        self.desk = Desk(self.servers)

    # what the program says

    def outbox(self, state):
        return self.program.objects("outbox", "--state", state)

    def timeline(self, company, kind):
        numbers = {c["company"]: c.get("registration") or c["receipt"] for c in self.program.objects("cases")}
        (case,) = self.program.objects("case", numbers[company])
        return [e for e in case["timeline"] if e["kind"] == kind]

    def noticed(self, company, kind, count=1):
        got = wait(f"{count} events {kind} of {company}", 30, lambda: len(self.timeline(company, kind)) >= count and self.timeline(company, kind))
        check(len(got) == count, f"{kind} is recorded once", got)
        return got[-1]

    # the steps

    def says(self):
        text = self.program.call("check")
        check("wait in Drafts for a person" in text and "consent-recorded" in text and "clerks and concierges" in text, "check says what waits", text)

    def enter(self, sheet, company):
        """The letter to the agency waits; a person edits it, under a new Message-ID, and sends it."""
        data = self.file(self.sheets, sheet)
        self.send(TANAKA, compose(TANAKA, NAMES[TANAKA], "エントリーシートの送付", "お送りいたします。", [("エントリーシート.xlsx", data)]))
        brief = self.expect(CONCIERGE, "担当案件のお知らせ")  # the office's own people get theirs
        uid, letter = self.desk.draft(TANAKA, "コンソーシアム登録のお知らせ")
        check(not self.servers.read(TANAKA) or letter.id not in self.servers.ids(TANAKA, "INBOX"), "the letter itself has not left")
        edited = self.desk.remade(letter, letter.text + "\n" + ADDED + "\n")
        self.desk.send(uid, edited)
        event = self.noticed(company, "draft-sent")
        check(event["data"]["changed"] and "異なる部分" in event["text"], "the edit is noticed", event)
        check(event["data"]["messageId"] in Letter(edited).id, "the sent mail is the one that the case knows", event)
        registered = self.expect(TANAKA, "コンソーシアム登録のお知らせ")
        check(ADDED in registered.text, "the agency got what the person wrote", registered.text)
        copies = [x.id for x in self.servers.read(OFFICE, "Sent") if x.subject == letter.subject]
        check(copies == [Letter(edited).id], "and Sent has one copy, the person's", copies)
        self.press(CONCIERGE, brief, "引受")
        return registered, self.expect(CONCIERGE, "お手続きのご報告（引受")

    def thread(self):
        """A reply to the edited mail finds the case by the Message-ID that the person's program gave it."""
        self.send(TANAKA, compose(TANAKA, NAMES[TANAKA], "御礼", "ご登録をありがとうございます。", reply_to=self.registered))
        check("ご登録をありがとうございます" in self.expect(CONCIERGE, "お取り次ぎ").text, "the reply reaches the concierge")

    def entered(self, sheet):
        data = self.file(self.sheets, sheet)
        self.send(TANAKA, compose(TANAKA, NAMES[TANAKA], "エントリーシートの送付", "お送りいたします。", [("エントリーシート.xlsx", data)]))
        self.expect(CONCIERGE, "担当案件のお知らせ")
        return self.desk.draft(TANAKA, "コンソーシアム登録のお知らせ")

    def as_it_is(self):
        """Unedited, with a blind copy to the office: noticed once, and nothing is said to have changed."""
        uid, letter = self.entered("pair-1")
        self.desk.send(uid, letter.raw, bcc=[OFFICE])
        event = self.noticed("株式会社兵庫刃物", "draft-sent")
        check("changed" not in event["data"] and "added" not in event["data"], "it is sent as it was", event)
        check(self.expect(TANAKA, "コンソーシアム登録のお知らせ").id == letter.id, "with our Message-ID")
        wait("our own copy to be filed", 30, lambda: self.servers.count(OFFICE, "自動応答") == [1])
        self.noticed("株式会社兵庫刃物", "draft-sent")

    def deleted_and_edited(self):
        """One draft is deleted. Another a mail program saves: a new one is put in, the old one deleted; it waits on."""
        uid, gone = self.entered("corrected")
        missing = self.company_of(gone)
        self.desk.delete(uid)
        uid, letter = self.entered("pair-2")
        company = self.company_of(letter)
        for n in range(2):
            raw = self.desk.remade(letter, letter.text + "\n" + ADDED * (n + 1) + "\n")
            self.desk.append("Drafts", raw, r"(\Draft \Seen)")
            self.desk.delete(uid)
            uid, letter = self.desk.draft(TANAKA, "コンソーシアム登録のお知らせ")
            time.sleep(1)
        self.noticed(missing, "draft-deleted")
        (row,) = [x for x in self.outbox("withdrawn") if x["kind"] == "registered"]
        check("deleted" in row["error"], "the outbox says why it was not sent", row)
        check(gone.id not in self.servers.ids(TANAKA, "INBOX"), "nothing was sent")
        time.sleep(5)
        check(not self.timeline(company, "draft-deleted") and len(self.outbox("drafted")) == 1, "it is not called deleted", self.outbox("drafted"))
        self.desk.send(uid, self.desk.remade(letter, letter.text, cc=[ROKKO]))
        event = self.noticed(company, "draft-sent")
        check(event["data"]["added"] == [ROKKO], "who was added is recorded", event)
        alarm = self.expect(CLERK, "追加された宛先")
        check(ROKKO in alarm.text, "and the clerk is told", alarm.text)
        self.expect(TANAKA, "コンソーシアム登録のお知らせ")

    def company_of(self, letter):
        (newest, *_) = self.program.objects("cases")
        check(newest["registration"] in letter.subject, "the draft is the newest case's", newest, letter.subject)
        return newest["company"]

    def referral(self):
        """The password and what tells of the referral leave once a person has sent it."""
        self.confirmed(CONCIERGE, "回付 HYOGO-CCI " + self.tag)
        uid, letter = self.desk.draft(HYOGO, "エントリーシート送付のご案内")
        time.sleep(1)
        check([d[1].subject for d in self.desk.drafts()] == [letter.subject], "the password lies in no folder", self.desk.drafts())
        check(len(self.outbox("waiting")) == 3, "it waits, and so does what tells of the referral", self.outbox("waiting"))
        self.desk.send(uid, letter.raw)
        self.noticed("株式会社灘酒造", "draft-sent", 2)
        self.expect(HYOGO, "エントリーシート送付のご案内")
        self.expect(CONCIERGE, "パスワード")
        for who in (NADA, TANAKA):
            uid, told = self.desk.draft(who, "支援機関")
            self.desk.send(uid, told.raw)
            self.expect(who, "支援機関")

    def withdrawn(self):
        """A consent is withdrawn while the sheet waits in Drafts: the draft is taken out, a person's own draft is not."""
        self.confirmed(CONCIERGE, "回付 HYOGO-CCI 再送 " + self.tag)
        _, letter = self.desk.draft(HYOGO, "エントリーシート送付のご案内")
        own = compose(OFFICE, "神戸", "Re: " + letter.subject, "追ってご連絡いたします。", to=HYOGO)
        self.desk.append("Drafts", own, r"(\Draft \Seen)")
        self.confirmed(CONCIERGE, "辞退 紹介元 電話 HYOGO-CCI " + self.tag)
        told = self.expect(CONCIERGE, "下書きの取り下げ")
        check("エントリーシート送付のご案内" in told.text, "the concierge is told", told.text)
        wait("the draft to be gone", 30, lambda: [d[1].id for d in self.desk.drafts()] == [Letter(own).id])
        self.noticed("株式会社灘酒造", "draft-withdrawn")
        self.noticed("株式会社灘酒造", "draft-sent", 4)
        self.expect(TANAKA, "ご回答の記録")
        check(letter.id not in self.servers.ids(HYOGO, "INBOX"), "nothing was sent")
        check(not self.outbox("drafted") and not self.outbox("waiting"), "nothing waits", self.outbox("drafted"), self.outbox("waiting"))

    def books(self):
        self.program.drain()
        self.servers.settle()
        for who in (TANAKA, HYOGO, NADA, CONCIERGE, CLERK):
            expected = {x.id for x in self.taken[who]}
            more = [x.subject for x in self.servers.read(who) if x.id not in expected]
            check(not more, f"{who} got nothing that nobody expected", more)
        check(self.servers.count(OFFICE, "INBOX", "確認待ち") == [0, 0], "every mail was dealt with")
        self.program.call("audit", "verify")
        with open(self.program.log) as f:
            log = f.read()
        check("level=ERROR" not in log, "the log has no error", *re.findall(r".*level=ERROR.*", log)[:5])

    def story(self):
        for step in (self.says, self.consultation, self.thread, self.as_it_is, self.deleted_and_edited, self.inquiries, self.consents,
                     self.referral, self.withdrawn, self.books):
            self.told(step)
        print(f"draft mode: {time.monotonic() - self.began:.0f} s")


if __name__ == "__main__":
    sys.exit(tell(Drafts(*sys.argv[1:5])))
