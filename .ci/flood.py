#!/usr/bin/python3
"""What must bring no letter to the outside, and must not be lost: a mailbox full of old mail at the first start, a
stranger's sheet, the robot's own letter coming back, 1,000 automatic replies, a mail of 60 MB.

flood.py BINARY SERVERS-FOLDER SHEETS-FOLDER WORK-FOLDER
"""

import os
import sys
import time

from post import CLERK, CONCIERGE, OFFICE, Failed, Program, Servers, agency, check, compose, message_id, wait

TANAKA, WINDOW, STRANGER = "tanaka@minato-bank.example", "window@minato-bank.example", "suzuki@stranger.example"
OLD, REPLIES = 1000, 1000
DONE, ASIDE, MACHINE = "受付済", "確認待ち", "自動応答"
MOST = 96  # MiB


def main(binary, folder, sheets, work):
    servers = Servers(folder)
    servers.wipe()
    with open(os.path.join(sheets, "complete.xlsx"), "rb") as f:
        complete = f.read()
    with open(os.path.join(sheets, "stranger.xlsx"), "rb") as f:
        stranger = f.read()
    program = Program(binary, os.path.join(work, "flood"), servers, "now", False, [
        agency("MINATO-BANK", "みなと銀行", "minato-bank.example", WINDOW, ("田中 一郎", TANAKA))])
    old = [compose(TANAKA, "田中 一郎", f"エントリーシート（{i}）", "お送りします。", [("ES.xlsx", complete)]) for i in range(OLD)]
    servers.put(OFFICE, old, 30 * 86400)
    program.call("check", "--create")
    program.start()
    try:
        flood(servers, program, old, stranger)
    finally:
        program.stop()


def flood(servers, program, old, sheet):
    time.sleep(2)
    program.running()
    idle, _ = program.memory()
    sent = [compose(STRANGER, "鈴木 次郎", "エントリーシート", "はじめまして。", [("ES.xlsx", sheet)])]
    servers.send(STRANGER, sent)
    held = wait("the clerk to be asked about the stranger's sheet", 30, lambda: servers.read(CLERK))
    check(len(held) == 1, "the old mail brings no letter, the stranger's sheet one to the clerk", [x.subject for x in held])
    servers.send(CLERK, [held[0].raw])  # our own letter comes back
    replies = [compose(TANAKA, "田中 一郎", "自動応答", "不在です。", headers=[("Auto-Submitted", "auto-replied")]) for _ in range(REPLIES)]
    began = time.monotonic()
    servers.send(TANAKA, replies)
    filed = 1 + REPLIES

    def done():
        program.running()
        return servers.count(OFFICE, MACHINE) == [filed]
    wait(f"{filed} machines' mails to be filed", 120, done)
    took = time.monotonic() - began
    large = compose(TANAKA, "田中 一郎", "大きなファイル", "お送りします。", [("ES.xlsx", os.urandom(60_000_000 * 3 // 4))])
    servers.send(TANAKA, [large])
    wait("the clerk to be told of the large mail", 60, lambda: len(servers.read(CLERK)) == 2)
    wait("the large mail to be put aside", 30, lambda: servers.count(OFFICE, ASIDE) == [1])
    _, peak = program.memory()
    program.drain()
    servers.settle()
    books(servers, program, old, sent + replies + [large], held[0], large)
    print(f"{OLD} old mails, {REPLIES} automatic replies ({took:.1f} s), {len(large) / 1e6:.0f} MB in one mail: "
          f"idle {idle:.1f} MiB, peak {peak:.1f} MiB; 2 letters, both to the clerk")
    check(peak < MOST, f"peak memory under {MOST} MiB", f"{peak:.1f} MiB")


def books(servers, program, old, sent, held, large):
    for user in (TANAKA, WINDOW, STRANGER, CONCIERGE):
        if os.path.isdir(os.path.join(servers.home, user)):
            check(servers.count(user, "INBOX") == [0], f"no letter to {user}")
    check(len(servers.ids(OFFICE, "Sent")) == 2, "two letters were sent", servers.ids(OFFICE, "Sent"))
    check(sorted(servers.ids(OFFICE, "INBOX")) == sorted(map(message_id, old)), "the old mail stays where it is")
    got = [i for f in (DONE, ASIDE, MACHINE) for i in servers.ids(OFFICE, f)]
    check(sorted(got) == sorted([*map(message_id, sent), held.id]), "every mail lies in a folder, once", len(got))
    check(servers.ids(OFFICE, ASIDE) == [message_id(large)], "the large mail is put aside for a person")
    sizes = [os.path.getsize(os.path.join(root, f)) for root, _, files in os.walk(program.data) for f in files]
    check(max(sizes) >= len(large), "the large mail is kept, whole", max(sizes), len(large))
    check(not program.objects("outbox"), "nothing is left in the outbox")
    program.call("audit", "verify")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Failed as e:
        print("FAILED:", e)
        sys.exit(1)
