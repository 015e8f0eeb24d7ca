"""What the runs against real servers share: mail in through Postfix, mailboxes read with imaplib, the built program."""

import base64
import email
import email.headerregistry
import email.message
import email.policy
import email.utils
import html
import imaplib
import json
import os
import re
import shutil
import signal
import smtplib
import ssl
import subprocess
import time
import urllib.parse

OFFICE = "entry@kobe.example"
CLERK = "clerk@kobe.example"
CONCIERGE = "concierge@kobe.example"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

imaplib._MAXLINE = 20_000_000


class Failed(Exception):
    """A rule that did not hold."""


def check(ok, rule, *found):
    if not ok:
        raise Failed(rule + "".join(f"\n    found: {f!r:.2000}" for f in found))


def wait(what, seconds, ready):
    """Asks until ready() gives something true, and returns it. What it saw last may be told by ready.state."""
    end = time.monotonic() + seconds
    while True:
        got = ready()
        if got:
            return got
        if time.monotonic() > end:
            raise Failed(f"waited {seconds} s for: {what} {getattr(ready, 'state', '')}".rstrip())
        time.sleep(0.05)


def imap_name(name):
    """Modified UTF-7, RFC 3501 section 5.1.3."""
    def word(m):
        b = base64.b64encode(m.group().encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        return f"&{b}-"
    return re.sub(r"[^\x20-\x7e]+", word, name.replace("&", "&-"))


class Letter:
    """One mail as a recipient's mail program sees it."""

    def __init__(self, raw):
        self.raw = raw
        self.mail = email.message_from_bytes(raw, policy=email.policy.default)
        self.id = (self.mail["Message-ID"] or "").strip()
        self.subject = str(self.mail["Subject"] or "")
        self.to = [a.addr_spec for h in ("To", "Cc") if self.mail[h] for a in self.mail[h].addresses]
        part = self.mail.get_body(("plain",))
        self.text = part.get_content() if part else ""
        part = self.mail.get_body(("html",))
        self.html = part.get_content() if part else ""
        self.files = {a.get_filename(): a.get_payload(decode=True) for a in self.mail.iter_attachments()}

    def without_trace(self):
        """The bytes as they were handed over: the servers' own fields stand above ours."""
        head, _, body = self.raw.partition(b"\r\n\r\n")
        fields = re.split(rb"\r\n(?![ \t])", head)
        trace = re.compile(rb"(?i)(return-path|delivered-to|x-original-to|received):")
        return b"\r\n".join(f for f in fields if not trace.match(f)) + b"\r\n\r\n" + body

    def links(self):
        """The subjects of its one-click links, as a mail program would fill them in."""
        out = []
        for href in re.findall(r'href="(mailto:[^"]*)"', self.html):
            url = urllib.parse.urlsplit(html.unescape(href))
            check(urllib.parse.unquote(url.path) == OFFICE, "a one-click link opens a mail to the office", href)
            subject = dict(p.split("=", 1) for p in url.query.split("&") if p).get("subject", "")
            out.append(urllib.parse.unquote(subject))
        return out

    def link(self, command):
        found = [s for s in self.links() if s.split(" ")[0] == command]
        check(found, f"the letter 「{self.subject}」 has a one-click link for {command}", self.links())
        check(found[0] in self.text, "the text part has the same line to copy", found[0], self.text)
        return found[0]


class Servers:
    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, "servers.json")) as f:
            vars(self).update(json.load(f))
        self.tls = ssl.create_default_context(cafile=self.ca)

    def send(self, sender, raws, to=OFFICE):
        """Mail from outside: over the port that takes mail from anybody for the local domains."""
        with smtplib.SMTP("127.0.0.1", self.mx, local_hostname="mail." + sender.partition("@")[2]) as c:
            for raw in raws:
                c.sendmail(sender, [to], raw)

    def login(self, user):
        c = imaplib.IMAP4_SSL("127.0.0.1", self.imaps, ssl_context=self.tls)
        c.login(user, self.password)
        return c

    def read(self, user, folder="INBOX"):
        """All mails of a folder in the order of their UIDs; flags stay as they are."""
        c = self.login(user)
        try:
            status, data = c.select('"' + imap_name(folder) + '"', readonly=True)
            check(status == "OK", f"{user} has the folder {folder}", data)
            status, data = c.uid("FETCH", "1:*", "(BODY.PEEK[])")
            check(status == "OK", f"{user} can read {folder}", data)
            return [Letter(d[1]) for d in data if isinstance(d, tuple)]
        finally:
            c.logout()

    def ids(self, user, folder):
        """The Message-IDs of a folder, without the mails."""
        c = self.login(user)
        try:
            status, data = c.select('"' + imap_name(folder) + '"', readonly=True)
            check(status == "OK", f"{user} has the folder {folder}", data)
            status, data = c.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
            check(status == "OK", f"{user} can read {folder}", data)
            return [re.sub(rb"(?i)^message-id:\s*|\s", b"", d[1]).decode() for d in data if isinstance(d, tuple)]
        finally:
            c.logout()

    def put(self, user, raws, age):
        """Lays mails into a mailbox that nobody has opened yet, as if they had arrived age seconds ago."""
        box = os.path.join(self.home, user, "Maildir")
        for sub in ("new", "cur", "tmp"):
            os.makedirs(os.path.join(box, sub))
        for i, raw in enumerate(raws):
            path = os.path.join(box, "new", f"{1_700_000_000 + i}.M{i:05}.old")
            with open(path, "wb") as f:
                f.write(raw)
            os.utime(path, (time.time() - age, time.time() - age))
        for root, folders, files in os.walk(os.path.join(self.home, user)):
            for name in [".", *folders, *files]:
                os.chown(os.path.join(root, name), 5000, 5000)

    def count(self, user, *folders):
        c = self.login(user)
        try:
            out = []
            for f in folders:
                status, data = c.status('"' + imap_name(f) + '"', "(MESSAGES)")
                check(status == "OK", f"{user} has the folder {f}", data)
                out.append(int(re.search(rb"MESSAGES (\d+)", data[0]).group(1)))
            return out
        finally:
            c.logout()

    def quiet(self):
        """Postfix has nothing left to deliver."""
        for queue in ("maildrop", "incoming", "active", "deferred"):
            for _, _, files in os.walk(os.path.join(self.folder, "spool", queue)):
                if files:
                    return False
        return True

    def settle(self):
        wait("Postfix's queue to be empty", 30, self.quiet)

    def wipe(self):
        """New mailboxes for everybody."""
        self.settle()
        for user in os.listdir(self.home):
            shutil.rmtree(os.path.join(self.home, user))


class Program:
    """The built binary with a configuration of its own; settings are further lines by section, "" for the head,
    and "mode"."""

    def __init__(self, binary, folder, servers, start, secure, agencies, settings=None):
        self.binary, self.folder, self.process = binary, folder, None
        os.makedirs(folder, exist_ok=True)
        self.config = os.path.join(folder, "uketsuke.toml")
        self.data = os.path.join(folder, "data")
        self.log = os.path.join(folder, "run.log")
        with open(os.path.join(folder, "password"), "w", opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(servers.password + "\n")
        with open(self.config, "w") as f:
            f.write(configuration(servers, start, secure, agencies, settings or {}))

    def call(self, *args, ok=True):
        r = subprocess.run([self.binary, args[0], "--config", self.config, *args[1:]], capture_output=True, text=True,
                           stdin=subprocess.DEVNULL, timeout=120)
        with open(os.path.join(self.folder, "calls.log"), "a") as f:
            f.write(f"== {' '.join(args)}: exit {r.returncode}\n{r.stdout}{r.stderr}")
        if ok:
            check(r.returncode == 0, f"uketsuke {args[0]} ends with exit 0", r.returncode, r.stderr, r.stdout)
        return r.stdout

    def objects(self, *args):
        return [json.loads(line) for line in self.call(*args, "--json").splitlines()]

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.binary, "run", "--config", self.config], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def drain(self, seconds=30):
        """The first signal drains: exit 0."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"SIGTERM did not end the program within {seconds} s") from None
        check(code == 0, "SIGTERM drains and ends with exit 0", code)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.kill()

    def memory(self):
        """Resident memory now and at its peak, in MiB."""
        with open(f"/proc/{self.process.pid}/status") as f:
            kib = dict(re.findall(r"(VmHWM|VmRSS):\s*(\d+) kB", f.read()))
        return int(kib["VmRSS"]) / 1024, int(kib["VmHWM"]) / 1024

    def running(self):
        check(self.process.poll() is None, "the program goes on running", self.process.returncode)


def message_id(raw):
    return re.search(rb"(?im)^message-id:\s*(\S+)", raw).group(1).decode()


def agency(code, name, domain, window, *people):
    out = f'[[agency]]\ncode = "{code}"\nname = "{name}"\nwindow = "{window}"\nphone = "078-000-0100"\ndomains = ["{domain}"]\n'
    for who, mail in people:
        out += f'[[agency.person]]\nname = "{who}"\nmail = "{mail}"\n'
    return out + "\n"


def configuration(servers, start, secure, agencies, settings):
    more = lambda section: "".join(line + "\n" for line in settings.get(section, ()))
    login = f'user = "{OFFICE}"\npassword_file = "password"\n'
    if secure:
        imap = f'addr = "127.0.0.1:{servers.imaps}"\ntls = "tls"\nca_file = "{servers.ca}"\n' + login
        smtp = f'addr = "127.0.0.1:{servers.submission}"\ntls = "starttls"\nca_file = "{servers.ca}"\n' + login
    else:
        imap = f'addr = "127.0.0.1:{servers.imap}"\ntls = "none"\n' + login
        smtp = f'addr = "127.0.0.1:{servers.mx}"\ntls = "none"\nauth = "none"\n'
    return f"""data = "data"
mode = "{settings.get('mode', 'live')}"
start = "{start}"
{more("")}
[office]
code = "KOB"
name = "ジェトロ神戸"
phone = "078-000-0000"
mailbox = "{OFFICE}"
mailbox_name = "ジェトロ神戸 受付窓口"
area = "兵庫県"

[imap]
{imap}{more("imap")}
[smtp]
{smtp}
[sending]
{more("sending")}
[drafts]
{more("drafts")}
[digest] # what comes of a mail is not to depend on the hour at which this runs
concierge = false
clerk = false
office = ""
agency_day = 0

[evidence]
method = "none"

[[clerk]]
name = "佐藤 恵子"
mail = "{CLERK}"

[[concierge]]
code = "TAKAHASHI"
name = "高橋 恵"
mail = "{CONCIERGE}"
phone = "078-000-0001"
office = "ジェトロ神戸"
prefectures = ["兵庫県"]
items = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]

""" + "".join(agencies)


def compose(sender, name, subject, text, files=(), reply_to=None, to=OFFICE, headers=()):
    """A mail in UTF-8 as Python's own mail package writes it (file names by RFC 2231)."""
    m = email.message.EmailMessage(policy=email.policy.SMTP)
    m["From"] = email.headerregistry.Address(name, addr_spec=sender)
    m["To"] = to
    m["Subject"] = subject
    m["Date"] = email.utils.localtime()
    m["Message-ID"] = email.utils.make_msgid(domain=sender.partition("@")[2])
    if reply_to is not None:
        m["In-Reply-To"] = reply_to.id
        m["References"] = reply_to.id
    for k, v in headers:
        m[k] = v
    m.set_content(text, cte="base64")
    for file_name, data in files:
        kind, _, sub = XLSX.partition("/")
        m.add_attachment(data, maintype=kind, subtype=sub, filename=file_name)
    return m.as_bytes()


def compose_outlook(sender, name, subject, text, file_name, data):
    """A mail as Japanese Outlooks wrote it for decades: ISO-2022-JP, the file's name as an encoded word in quotes."""
    def word(s):
        return "=?iso-2022-jp?B?" + base64.b64encode(s.encode("iso2022_jp")).decode() + "?="
    b = "----=_NextPart_000_0001_01DC5A00.6F2A1B40"
    quoted = '"' + "\r\n\t".join(word(file_name[i:i + 12]) for i in range(0, len(file_name), 12)) + '"'
    head = [f"From: {word(name)} <{sender}>", f"To: <{OFFICE}>",
            "Subject: " + "\r\n ".join(word(subject[i:i + 12]) for i in range(0, len(subject), 12)),
            f"Date: {email.utils.format_datetime(email.utils.localtime())}",
            f"Message-ID: {email.utils.make_msgid(domain=sender.partition('@')[2])}", "MIME-Version: 1.0",
            f'Content-Type: multipart/mixed; boundary="{b}"', "X-Mailer: Microsoft Outlook 16.0", ""]
    body = [f"--{b}", 'Content-Type: text/plain; charset="iso-2022-jp"', "Content-Transfer-Encoding: 7bit", "",
            text.replace("\n", "\r\n").encode("iso2022_jp").decode("ascii"), f"--{b}", f"Content-Type: {XLSX};", f"\tname={quoted}",
            "Content-Transfer-Encoding: base64", "Content-Disposition: attachment;", f"\tfilename={quoted}", "",
            base64.encodebytes(data).decode().replace("\n", "\r\n"), f"--{b}--", ""]
    return "\r\n".join(head + body).encode("ascii")
