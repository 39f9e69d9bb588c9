#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C9: fingerprints in letters, words and as a QR code; what people compared is marked, remembered and shown; a key that changed
without its predecessor's word stops everything until it is accepted."""

import os
import pathlib
import threading

from instance import Instance, expect, main, run


def crowd(i, owner, number):
    """A pin store of many pages: looked up, changed, by several commands at once, and listed in full."""
    before = owner.cli("keys")
    run(pathlib.Path(os.environ["TOOLS"]) / "pin_crowd", "add", 1500, env=owner.environment)
    seen = owner.cli("keys", "show", number)
    expect(seen["verified"], "not found among many", seen)
    people = [i.person(f"neu{n}@kunde.example", "Neu", str(n)).register() for n in range(3)]
    numbers = [i.subscribe(p, "kanzlei", owner) for p in people]
    at_once = [threading.Thread(target=owner.cli, args=("keys", "verify", n, p.cli("keys", "show")["fingerprint"]))
               for n, p in zip(numbers, people)]
    for thread in at_once:
        thread.start()
    for thread in at_once:
        thread.join()
    after = owner.cli("keys")
    expect(len(after) == len(before) + 1500 + 3, "the list has", len(after), "instead of", len(before), "more")
    expect({k["fingerprint"] for k in before} <= {k["fingerprint"] for k in after}, "pins were lost")
    expect(all(k["verified"] for k in after if k["whom"] in numbers), "what was done at once is not all there")
    expect([k["kind"] for k in after[1:]] == sorted(k["kind"] for k in after[1:]), "the list is in no order")
    owner.cli("logout")
    owner.cli("login", "--email", owner.address, stdin=owner.password + "\n")
    expect(owner.cli("keys", "show", number)["verified"], "another login does not find it")


def test():
    with Instance("keys") as i:
        owner = i.person("eva@kanzlei.example", "Eva", "Müller").register()
        anna = i.person("anna@kunde.example").register()
        i.company("kanzlei", owner)
        number = i.subscribe(anna, "kanzlei", owner)
        path = i.dir / "brief.txt"
        path.write_text("Grüße")
        # both sides read the same words
        mine, theirs = owner.cli("keys", "show", "kanzlei"), anna.cli("keys", "show", "kanzlei")
        expect(mine["words"] == theirs["words"] and len(mine["words"].split()) == 24, "words", mine, theirs)
        expect(mine["verified"] and not theirs["verified"], "verified", mine, theirs)
        own, seen = anna.cli("keys", "show"), owner.cli("keys", "show", number)
        expect(own["words"] == seen["words"] and own["fingerprint"] == seen["fingerprint"], "fingerprints", own, seen)
        shown = anna.raw("keys", "show", "kanzlei").stdout.decode()
        rows = [line for line in shown.split("\n") if "█" in line]
        expect(len(rows) > 15 and len({len(r) for r in rows}) == 1, "no QR code in", shown)
        # wrong words mark nothing
        wrong = anna.raw("keys", "verify", "kanzlei", *own["words"].split())
        expect(wrong.returncode == 76 and not anna.cli("keys", "show", "kanzlei")["verified"], "wrong words were taken", wrong)
        expect(anna.raw("keys", "verify", "kanzlei", "abandon", "ability").returncode == 64, "two words were enough")
        expect(anna.raw("keys", "verify", "kanzlei").returncode == 64, "nobody was asked, and yet")
        anna.cli("keys", "verify", "kanzlei", *theirs["words"].upper().split())
        owner.cli("keys", "verify", number, own["fingerprint"])
        expect(anna.cli("keys", "show", "kanzlei")["verified"] and owner.cli("keys", "show", number)["verified"], "not marked")
        expect([k["verified"] for k in anna.cli("keys") if k["whom"] == "kanzlei"] == [True], "the list says", anna.cli("keys"))
        sent = owner.raw("send", "--to", number, path)
        expect(b"key verified" in sent.stderr, "sending says", sent.stderr)
        package = sent.stdout.decode().split()[-1]
        expect(anna.cli("receive", package, "-o", i.dir / "a")["verified"], "a package of a verified company is not")
        # the inbox shows the mark, each side its own
        anna.cli("send", "--to", "kanzlei", path)
        berta = i.person("berta@kunde.example", "Berta", "Braun").register()
        other = i.subscribe(berta, "kanzlei", owner)
        berta.cli("send", "--to", "kanzlei", path)
        rows = {r["whom"]: r["verified"] for r in owner.cli("inbox", "--company", "kanzlei")}
        expect(rows == {number: True, other: False}, "the company's inbox says", rows)
        expect([r["verified"] for r in anna.cli("inbox")] == [True], "the customer's inbox says", anna.cli("inbox"))
        expect([r["verified"] for r in berta.cli("inbox", "--sent")] == [False], "what Berta has sent is", berta.cli("inbox", "--sent"))
        # a new epoch changes nothing, a new root stops until it is accepted
        owner.cli("member", "renew")
        expect(anna.cli("keys", "show", "kanzlei")["verified"], "a new epoch took the mark away")
        new = owner.cli("member", "renew", "--root")["fingerprint"]
        for words in (("keys", "show", "kanzlei"), ("send", "--to", "kanzlei", path), ("keys", "verify", "kanzlei", new)):
            expect(anna.raw(*words).returncode == 76, "a changed key did not stop", words)
        expect(anna.raw("keys", "accept", "kanzlei", mine["fingerprint"]).returncode == 76, "another fingerprint was accepted")
        anna.cli("keys", "accept", "kanzlei", new)
        anna.cli("send", "--to", "kanzlei", path)
        crowd(i, owner, number)


main(test)
