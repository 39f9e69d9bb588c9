#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C4, C8: which file it was, proved by either side and by nobody else; the same file has another fingerprint in every package and place."""

import os
import shutil

from instance import Instance, expect, main

NOT_IT, NOTHING_KEPT = 66, 66


def test():
    with Instance("prove") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        agent = instance.person("jan@kanzlei.example", "Jan", "Öztürk").register()
        customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        instance.company("kanzlei", owner)
        agent.cli("member", "join", owner.cli("member", "invite", "--role", "agent")["link"])
        owner.cli("member", "confirm")
        instance.subscribe(customer, "kanzlei", owner)

        folder = instance.dir / "akte"
        folder.mkdir()
        large = os.urandom(3_500_000)
        for name, content in (("a.bin", large), ("b.bin", large), ("c.txt", "Grüße".encode()), ("leer", b"")):
            (folder / name).write_bytes(content)
        package = customer.cli("send", "--to", "kanzlei", folder)["package"]
        files = {f["name"]: f["fingerprint"] for f in customer.cli("inbox", "--sent")[0]["files"]}
        expect(files["akte/a.bin"] != files["akte/b.bin"], "the service sees that two files are the same")

        # the sender, before and after it was received; the recipient, from the files that came
        for name in ("a.bin", "c.txt", "leer"):
            proved = customer.cli("prove", package, folder / name)
            expect(proved["name"] == f"akte/{name}" and proved["fingerprint"] == files[f"akte/{name}"], name, "proved as", proved)
        expect(owner.raw("prove", package, folder / "c.txt").returncode == NOTHING_KEPT, "proved before it was received")
        owner.cli("receive", package, "-o", instance.dir / "got")
        for person, file in ((owner, instance.dir / "got" / "akte" / "a.bin"), (customer, folder / "a.bin")):
            expect(person.cli("prove", package, file)["fingerprint"] == files["akte/a.bin"], "not proved after the receipt")

        # any other file is not: one byte, one place, one size
        other = instance.dir / "other.bin"
        for changed in (large[:-1] + bytes([large[-1] ^ 1]), bytes([large[0] ^ 1]) + large[1:], large + b"x", large[:-1], b"x"):
            other.write_bytes(changed)
            done = customer.raw("prove", package, other)
            expect(done.returncode == NOT_IT and b"is not in this package" in done.stderr, "proved:", len(changed), done.stderr)

        # the same file sent again: another fingerprint, and each is proved by its own package only
        again = customer.cli("send", "--to", "kanzlei", folder / "a.bin")["package"]
        proved = customer.cli("prove", again, folder / "a.bin")
        expect(proved["fingerprint"] not in files.values(), "the same fingerprint in another package")

        # a colleague sees the record, and cannot test a guess; nor can who takes what is kept without the account's keys
        expect(agent.cli("inbox")[-1]["files"][0]["fingerprint"] in files.values(), "the colleague sees no record")
        expect(agent.raw("prove", package, folder / "a.bin").returncode == NOTHING_KEPT, "a colleague without the key proved")
        shutil.copy(customer.home / f"package-{package}", agent.home)
        stolen = agent.raw("prove", package, folder / "a.bin")
        expect(stolen.returncode != 0 and b"cannot be opened" in stolen.stderr, "proved with a stolen record:", stolen.stderr)
        # what is kept is held against the service's record: another package's is not taken for this one
        shutil.copy(customer.home / f"package-{package}", customer.home / f"package-{again}")
        expect(customer.raw("prove", again, folder / "a.bin").returncode not in (0, NOT_IT), "another package's record was taken")


main(test)
