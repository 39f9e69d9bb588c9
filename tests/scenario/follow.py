#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""--follow of the command line: what was there, then each as it comes, once, over kills of every process; Ctrl-C ends it by that
signal with nothing half written."""

import json
import os
import signal
import subprocess
import threading
import time

from instance import Instance, expect, main, wait_for

AT_ONCE_S = 2


class Following:
    """A command line that stays, and what it has printed."""

    def __init__(self, person, *words):
        self.process, self.lines = person.start(*words), []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    def wait(self, count, seconds=AT_ONCE_S):
        """All lines so far, once there are so many."""
        return wait_for(seconds, f"{count} lines, there are {self.lines}", lambda: len(self.lines) >= count and list(self.lines))

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            expect(False, "Ctrl-C did not end it")
        expect(self.process.returncode == -signal.SIGINT, "ended with", self.process.returncode)
        said = self.process.stderr.read()
        expect(not said, "said", said)


def kill(instance, name):
    for pid in instance.roles(name):
        os.kill(pid, signal.SIGKILL)


def inbox(instance, owner, customer):
    path = instance.dir / "akte.txt"
    path.write_text("Akte")
    sent = [customer.cli("send", "--to", "kanzlei", path)["package"] for _ in range(2)]
    lines, text = Following(owner, "inbox", "--follow", "--json"), Following(owner, "inbox", "--follow")
    of_sender = Following(customer, "inbox", "--follow", "--sent", "--json")
    expect([json.loads(line)["package"] for line in lines.wait(2)] == sent, "what was there is", lines.lines)
    for role in (None, "store", "web", None):
        if role:
            kill(instance, role)
        sent.append(customer.cli("send", "--to", "kanzlei", path)["package"])
        lines.wait(len(sent), AT_ONCE_S if role is None else 10)
    time.sleep(1)            # for one that comes twice
    for following in (lines, of_sender):
        expect([json.loads(line)["package"] for line in following.wait(len(sent))] == sent, "printed were", following.lines)
    ids = [line.decode().removeprefix("package: ").strip() for line in text.lines if line.startswith(b"package: ")]
    expect(ids == sent, "printed as text were", ids)
    for following in (lines, text, of_sender):
        following.interrupt()
    return len(sent)


def history(instance, owner, customer, number):
    """Both sides follow; what they say comes to both, a text that is taken back once more."""
    texts = ["Vorher"]
    customer.cli("say", "--to", "kanzlei", texts[0])
    late = Following(owner, "history", "--with", number, "--follow", "--limit", "0")
    while not late.lines:
        texts.append(f"Probe {len(texts)}")
        customer.cli("say", "--to", "kanzlei", texts[-1])
    sides = [Following(customer, "history", "--with", "kanzlei", "--follow", "--json"),
             Following(owner, "history", "--with", number, "--follow", "--json")]
    first = 1 + len(texts)          # and that the company has accepted
    for side in sides:
        side.wait(first, 10)
    for i in range(5):
        if i in (1, 3):
            kill(instance, ("store", "web")[i == 3])
        texts.append(f"Nachricht {i}")
        owner.cli("say", "--to", number, texts[-1]) if i % 2 else customer.cli("say", "--to", "kanzlei", texts[-1])
    rows = [[json.loads(line) for line in side.wait(first + 5, 10)] for side in sides]
    for side in rows:
        expect([r["text"] for r in side if r["kind"] == "text"] == texts, "the texts are", side)
        expect([r["seq"] for r in side] == sorted({r["seq"] for r in side}), "the numbers are", [r["seq"] for r in side])
    last = rows[0][-1]["seq"]
    customer.cli("delete", "--with", "kanzlei", last, "--yes")
    for side in sides:
        again = json.loads(side.wait(first + 6)[-1])
        expect((again["seq"], again["deleted"]) == (last, True), "a text that was taken back is shown as", again)
    wait_for(10, "the last of it", lambda: b"    (taken back)\n" in late.lines)
    expect(b"    Vorher\n" not in late.lines, "with --limit 0 was shown", late.lines)
    for following in (*sides, late):
        following.interrupt()
    refused = owner.raw("history", "--with", number, "--follow", "--date", "2026-01-31")
    expect(refused.returncode == 64, "--follow with --date is exit status", refused.returncode)


def pins(instance, owner, customer, number):
    """What the person says of a key with another command counts from the next line on."""
    following = Following(owner, "inbox", "--follow", "--json")
    shown = [json.loads(line)["verified"] for line in following.wait(len(owner.cli("inbox")), 10)]
    expect(not any(shown), "verified are", shown)
    fingerprint = customer.cli("keys", "show")["fingerprint"]
    owner.cli("keys", "verify", number, fingerprint)
    customer.cli("send", "--to", "kanzlei", instance.dir / "akte.txt")
    expect(json.loads(following.wait(len(shown) + 1, 10)[-1])["verified"], "a key that was compared meanwhile is not")
    following.interrupt()


def outage(instance, owner, customer, count):
    """The whole service is away: who stops meanwhile reads nothing of the network, who stays is told once, after some seconds, and goes
    on afterwards."""
    lines, other = (Following(owner, "inbox", "--follow", "--json") for _ in range(2))
    lines.wait(count, 10)
    other.wait(count, 10)
    instance.stop()
    time.sleep(1)
    other.interrupt()
    said = lines.process.stderr.readline()
    expect(b"does not answer" in said and b"an hour" in said, "after some seconds is said", said)
    instance.start()
    path = instance.dir / "akte.txt"
    sent = customer.cli("send", "--to", "kanzlei", path)["package"]
    expect(json.loads(lines.wait(count + 1, 20)[-1])["package"] == sent, "printed were", lines.lines)
    lines.interrupt()


def test():
    with Instance("follow") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        instance.company("kanzlei", owner)
        number = instance.subscribe(customer, "kanzlei", owner)
        history(instance, owner, customer, number)
        count = inbox(instance, owner, customer)
        outage(instance, owner, customer, count)
        pins(instance, owner, customer, number)
        # who is logged out is told, and it ends
        following = Following(customer, "inbox", "--follow")
        time.sleep(0.5)
        customer.cli("logout")
        expect(following.process.wait(10) == 77, "a session that ended is exit status", following.process.returncode)


if __name__ == "__main__":
    main(test)
