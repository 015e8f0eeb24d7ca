"""What the runs share that tell a story of the office: mails in from outside, one-click links, what each mailbox got."""

import time

from post import Failed, check, compose, wait


class Story:
    def __init__(self, servers, program):
        self.servers, self.program = servers, program
        self.sent = []  # raw mails from outside, all of them

    def send(self, sender, raw):
        self.sent.append(raw)
        self.servers.send(sender, [raw])

    def click(self, sender, name, letter, command, text=""):
        """Presses a one-click link and sends the mail that opens: as it is, or with words in its body."""
        self.send(sender, compose(sender, name, letter.link(command), text))

    def confirm(self, sender, name, letter):
        """With evidence = none nobody checks who sent a mail: the program asks back, and the word is sent by a click."""
        check("ご本人確認" in letter.subject, "the sender is asked to confirm", letter.subject)
        self.click(sender, name, letter, "確認")

    def told(self, step, *args):
        began = time.monotonic()
        out = step(*args)
        print(f"ok {step.__name__} {time.monotonic() - began:.2f} s", flush=True)
        return out

    def run(self):
        """Starts the program, tells the story, and stops the program whatever comes."""
        self.program.start()
        try:
            time.sleep(1)
            self.story()
        finally:
            self.program.stop()


def tell(story):
    """Runs a story; returns the exit code."""
    try:
        story.run()
    except Failed as e:
        print("FAILED:", e)
        return 1
    return 0
