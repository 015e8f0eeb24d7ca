#!/usr/bin/python3
"""kill -9 in the middle of a batch, and start again: on fresh mailboxes and a fresh database each time.

kill9.py BINARY SERVERS-FOLDER SHEETS-FOLDER WORK-FOLDER [ROUNDS [SEED]]

Before the rounds one undisturbed run tells how long the batch takes; then the program is killed at a random moment
from its start on, again and again until it has made some cases, and started a last time. Cases are made in the first
half of that time or less, letters and their copies need all of it; so every other moment is drawn from the time until
the last mail is filed. What must hold then is in Round.books.
"""

import os
import random
import re
import sys
import time
from collections import defaultdict

from post import CONCIERGE, OFFICE, Failed, Program, Servers, agency, check, compose, message_id, wait

MAILS, AGENCIES = 50, 10
DONE = "受付済"


class Round:
    def __init__(self, binary, servers, sheets, work, name):
        self.servers, self.sheets = servers, sheets
        self.servers.wipe()
        self.program = Program(binary, os.path.join(work, name), servers, "all", False, [
            agency(f"SHINKIN-{i}", f"第{i}信用金庫", f"agency{i}.example", f"entry@agency{i}.example", ("窓口 担当", f"entry@agency{i}.example"))
            for i in range(AGENCIES)])
        self.ids = []

    def fill(self):
        mails = defaultdict(list)
        for i in range(MAILS):
            with open(os.path.join(self.sheets, f"batch-{i:03}.xlsx"), "rb") as f:
                sender = f"entry@agency{i % AGENCIES}.example"
                raw = compose(sender, "窓口 担当", f"エントリーシートの送付（{i}）", "お送りします。", [(f"エントリーシート{i}.xlsx", f.read())])
            mails[sender].append(raw)
            self.ids.append(message_id(raw))
        for sender, raws in mails.items():
            self.servers.send(sender, raws)
        wait("the batch to lie in the mailbox", 60, lambda: self.servers.count(OFFICE, "INBOX") == [MAILS])
        self.servers.settle()
        self.program.call("check", "--create")

    def finish(self):
        """Starts the program and lets it come to an end; returns the seconds until all was filed, and until the end."""
        began = time.monotonic()
        self.program.start()
        filed_after = 0

        def done():
            nonlocal filed_after
            self.program.running()
            inbox, filed, sent = done.state = self.servers.count(OFFICE, "INBOX", DONE, "Sent")
            if filed >= MAILS and not filed_after:
                filed_after = time.monotonic() - began
            return inbox == 0 and filed >= MAILS and sent >= 2 * MAILS
        wait("all mails to be filed, all letters to lie in Sent; INBOX, filed, Sent:", 90, done)
        took = time.monotonic() - began
        self.program.drain()
        self.servers.settle()
        return filed_after, took

    def cases(self):
        return self.program.objects("cases")

    def books(self):
        """One sheet, one case, one number; every letter at least once; every mail filed, none lost."""
        cases = self.cases()
        check(len(cases) == MAILS, f"{MAILS} cases", len(cases))
        check(len({c["company"] for c in cases}) == MAILS, "no company twice")
        numbers = sorted(c["registration"] for c in cases)
        check([int(n.split("-")[2]) for n in numbers] == list(range(1, MAILS + 1)), "numbers from 1 on without a gap", numbers)
        check(len({c["member"] for c in cases}) == MAILS, "as many member numbers")
        again = 0
        letters = {}
        for user in [f"entry@agency{i}.example" for i in range(AGENCIES)] + [CONCIERGE]:
            again += self.mailbox(user, cases, letters)
        check(len(letters) == 2 * MAILS, "a registered letter and a brief for each case, no others", len(letters))
        self.folders(letters)
        self.program.call("audit", "verify")
        check(not self.program.objects("outbox"), "nothing is left in the outbox", self.program.call("outbox"))
        return again

    def mailbox(self, user, cases, letters):
        """Each letter of a mailbox at least once, further copies the same byte for byte; returns how many those are."""
        copies = defaultdict(list)
        for x in self.servers.read(user):
            copies[x.id].append(x)
        if user == CONCIERGE:
            mine = [c["registration"] for c in cases]
        else:
            mine = [c["registration"] for c in cases if c["agency"] == "SHINKIN-" + re.search(r"\d", user).group()]
        told = sorted(re.match(r"\[登録 (\S+) ", xs[0].subject).group(1) for xs in copies.values())
        check(told == sorted(mine), f"{user} has one letter for each of its cases", told, mine)
        for xs in copies.values():
            check(len({x.without_trace() for x in xs}) == 1, "a second copy is the first one byte for byte", xs[0].subject)
            check(len(xs[0].files) == 1, "with its attachment", list(xs[0].files))
            letters[xs[0].id] = xs[0].without_trace()
        return sum(len(xs) - 1 for xs in copies.values())

    def folders(self, letters):
        filed = [x.id for x in self.servers.read(OFFICE, DONE)]
        check(sorted(filed) == sorted(self.ids), f"every mail lies in {DONE}, once", len(filed), len(set(filed)))
        rest = self.servers.count(OFFICE, "INBOX", "確認待ち", "自動応答", "Drafts")
        check(rest == [0, 0, 0, 0], "and nowhere else", rest)
        sent = self.servers.read(OFFICE, "Sent")
        check(sorted(x.id for x in sent) == sorted(letters), "every letter lies in Sent, once", len(sent))
        check(all(x.raw == letters[x.id] for x in sent), "the copy in Sent is the letter byte for byte")

    def killed(self, rng, longest):
        """Kills the program until it has made at least one case; returns the moments, and the cases of the last."""
        moments = []
        while len(moments) < 20:
            moments.append(rng.uniform(0.05, longest))
            self.program.start()
            time.sleep(moments[-1])
            self.program.running()
            self.program.kill()
            made = len(self.cases())
            if made:
                return moments, made
        raise Failed(f"20 runs of at most {longest:.2f} s made no case")


def main(binary, folder, sheets, work, rounds="10", seed=None):
    servers = Servers(folder)
    seed = int(seed) if seed else random.SystemRandom().randrange(1 << 32)
    rng = random.Random(seed)
    calm = Round(binary, servers, sheets, work, "calm")
    try:
        calm.fill()
        filed, took = calm.finish()
        check(calm.books() == 0, "without a kill no letter arrives twice")
    finally:
        calm.program.stop()
    print(f"undisturbed: {MAILS} mails filed after {filed:.2f} s, {2 * MAILS} letters and copies after {took:.2f} s; seed {seed}", flush=True)
    ends = [min(1.5, max(0.2, filed)), min(1.5, max(0.2, took))]
    middle = 0
    for n in range(1, int(rounds) + 1):
        r = Round(binary, servers, sheets, work, f"round-{n}")
        try:
            r.fill()
            moments, made = r.killed(rng, ends[n % 2])
            filed, copies = servers.count(OFFICE, DONE, "Sent")
            sent, flying = (len(r.program.objects("outbox", "--state", x)) for x in ("sent", "attempting"))
            r.finish()
            again = r.books()
        finally:
            r.program.stop()
        middle += made < MAILS or filed < MAILS or copies < 2 * MAILS
        print(f"round {n}: kill -9 after {', '.join(f'{m:.3f}' for m in moments)} s with {made} cases, {filed} mails filed, {sent} letters sent, "
              f"{flying} on their way, {copies} copies in Sent; then {MAILS} cases, {MAILS} numbers, {again} letters a second time", flush=True)
    check(2 * middle >= int(rounds), "at least half of the kills came before the batch was finished", middle)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Failed as e:
        print("FAILED:", e)
        sys.exit(1)
