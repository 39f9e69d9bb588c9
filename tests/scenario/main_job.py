#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A1-A3, B1, C1, C2, C4-C6: the main job, both ways, on real files; who sees what; prompt removal."""

import filecmp
import os
import re
import time

from instance import Instance, expect, main, text_of, wait_for

NAMES = ["Übergabe Protokoll.pdf", "leer.txt", "Fotos/Straße & Größe 😀.jpg", "Fotos/tief/a.bin", "mit 'Anführung' $HOME.txt"]


def make_files(folder):
    for i, name in enumerate(NAMES):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"" if name == "leer.txt" else os.urandom(3_000_000 * (i + 1) + i))
    (folder / "leerer Ordner").mkdir()


def same_tree(a, b):
    compared = filecmp.dircmp(a, b)
    stack = [compared]
    while stack:
        c = stack.pop()
        expect(not c.left_only and not c.right_only and not c.funny_files, "trees differ", c.left_only, c.right_only)
        _, different, errors = filecmp.cmpfiles(c.left, c.right, c.common_files, shallow=False)
        expect(not different and not errors, "files differ", different, errors)
        stack += c.subdirs.values()


def one_way(instance, sender, recipient, whom, mails_to, folder):
    before = len(instance.mailbox.to(mails_to))
    package = sender.cli("send", "--to", whom, "--comment", "Die Unterlagen für Größe 5 €", folder)["package"]
    mail = instance.mailbox.wait(mails_to, before + 1)
    link = re.search(r"https://\S+/p/([a-z2-7]{26})", text_of(mail))
    expect(link and link.group(1) == package, "no link to the package in", text_of(mail))
    rows = [r for r in recipient.cli("inbox") if r["package"] == package]
    expect(len(rows) == 1 and rows[0]["state"] == "waiting", "inbox shows", rows)
    expect(instance.spool_files(), "nothing is in the spool before the receipt")
    target = recipient.home / ("got-" + package)
    got = recipient.cli("receive", package, "-o", target)
    expect(got["comment"] == "Die Unterlagen für Größe 5 €", "comment became", got["comment"])
    same_tree(folder, target / folder.name)
    received = time.monotonic()
    wait_for(5, "the package to leave the spool", lambda: not instance.spool_files())
    print(f"removed from the spool {time.monotonic() - received:.1f} s after the receipt")
    sent = [r for r in sender.cli("inbox", "--sent") if r["package"] == package]
    expect(sent and sent[0]["state"] == "received", "sender sees", sent)
    again = recipient.raw("receive", package, "-o", target)
    expect(again.returncode != 0, "a package could be received twice")


def test():
    with Instance("main") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        customer = instance.person("anna.schmidt@kunde.example", "Anna", "Schmidt").register()
        instance.company("kanzlei", owner)
        number = instance.subscribe(customer, "kanzlei", owner)
        folder = instance.dir / "Unterlagen für Sie"
        folder.mkdir()
        make_files(folder)
        one_way(instance, customer, owner, "kanzlei", "kontakt@kanzlei.example", folder)
        one_way(instance, owner, customer, number, customer.address, folder)
        seen = owner.raw("customers").stdout + owner.raw("inbox").stdout + owner.raw("customers", "--json").stdout
        expect(customer.address.encode() not in seen, "the company sees the customer's address")
        for mail, raw in zip(instance.mailbox.mails, instance.mailbox.raw):
            expect(customer.address in mail.recipients or customer.address.encode() not in raw,
                   "a mail to", mail.recipients, "names the customer's address")


main(test)
