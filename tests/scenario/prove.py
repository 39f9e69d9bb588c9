#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C4, C6, C8: which file it was, and who received it, proved by either side, on any machine of the person, and by nobody else; the same file has another
fingerprint in every package and place. Receipts as files, checked without the service."""

import os

from instance import Instance, expect, main

NOT_IT, NOTHING_KEPT, NOT_YET, TRUST, NO_LOGIN = 66, 66, 65, 76, 77


def elsewhere(instance, person):
    """The same person on another machine, after a login there."""
    other = instance.person(f"{person.address.split('@')[0]}-zwei@egal.example", person.first, person.last)
    other.address = person.address
    other.cli("login", "--email", person.address, stdin=person.password + "\n")
    return other


def which_file(instance, owner, agent, customer):
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
    expect(customer.raw("receipt", package).returncode == NOT_YET, "a receipt before it was received")
    owner.cli("receive", package, "-o", instance.dir / "got")
    people = ((owner, instance.dir / "got" / "akte" / "a.bin"), (customer, folder / "a.bin"))
    for person, file in people + tuple((elsewhere(instance, p), f) for p, f in people):
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

    # a colleague sees the record, and cannot test a guess
    expect(agent.cli("inbox")[-1]["files"][0]["fingerprint"] in files.values(), "the colleague sees no record")
    expect(agent.raw("prove", package, folder / "a.bin").returncode == NOTHING_KEPT, "a colleague without the key proved")
    expect(not [p for p in customer.home.iterdir() if p.name.startswith("package-")], "something is kept on the machine")
    return package


def receipts(instance, owner, agent, customer, package):
    row = customer.cli("inbox", "--sent")[-1]
    expect(row["state"] == "received" and row["proof"] == "proved" and "Eva" in row["received_by"], "the sender sees", row)
    file = instance.dir / "quittung.pvr"
    shown = elsewhere(instance, customer).cli("receipt", package, "-o", file)
    expect(shown["package"] == package and "Eva" in shown["received_by"] and shown["received_for"] == "company" and shown["service_time"],
           "the receipt shows", shown)
    expect(customer.raw("receipt", package, "-o", file).returncode != 0, "a file was replaced")
    expect(owner.cli("receipt", package)["received"] == shown["received"], "the receiver sees another receipt")
    expect(agent.raw("receipt", package).returncode == NOTHING_KEPT, "a colleague without the key proved the receipt")

    # who has the file needs neither service nor login; with one, the key is compared
    stranger = instance.person("otto@fremd.example", "Otto", "Fremd")
    stranger.environment["PROVISION_URL"] = "https://127.0.0.1:1"
    checked = stranger.cli("verify-receipt", file)
    expect(checked["package"] == package and checked["key"] == shown["key"] and checked["known"] == "" and
           [f["name"] for f in checked["files"]] == ["akte/a.bin", "akte/b.bin", "akte/c.txt", "akte/leer"], "the file shows", checked)
    words = stranger.raw("verify-receipt", file)
    expect(words.returncode == 0 and b"Not proved" in words.stderr and b"file: akte/c.txt" in words.stdout, "said", words.stdout, words.stderr)
    expect(stranger.raw("verify-receipt", file, "--known").returncode == NO_LOGIN, "compared without a login")
    expect(customer.cli("verify-receipt", file, "--known")["known"] == "known", "the customer does not know the company's key")
    content = file.read_bytes()
    for at in (10, 200, len(content) // 2, len(content) - 40):
        file.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1:])
        expect(stranger.raw("verify-receipt", file).returncode in (TRUST, 65), "a changed receipt is one, at", at)
    file.write_bytes(content[:-1])
    expect(stranger.raw("verify-receipt", file).returncode == 65, "a cut receipt is one")


def by_a_customer(instance, agent, owner, customer):
    """From the company: its own sender proves it, a colleague sees that the customer signed."""
    path = instance.dir / "bescheid.txt"
    path.write_text("Bescheid")
    number = owner.cli("customers")[0]["number"]
    package = agent.cli("send", "--to", number, path)["package"]
    customer.cli("receive", package, "-o", instance.dir / "bescheid")
    mine, theirs = agent.cli("inbox", "--sent")[0], owner.cli("inbox", "--sent")[0]
    expect(mine["state"] == theirs["state"] == "received" and (mine["proof"], theirs["proof"]) == ("proved", "signed"), mine, theirs)
    # C4: where it was sent from is for the one who sent it
    expect(mine["address"] == "127.0.0.1" and mine["user_agent"].startswith("provision/"), "sent from", mine)
    seen = customer.cli("inbox")[0]
    expect(not theirs.get("address") and not theirs.get("user_agent") and not seen.get("address"), "shown to others:", theirs, seen)
    file = instance.dir / "kunde.pvr"
    expect(agent.cli("receipt", package, "-o", file)["received_for"] == "customer", "the receipt is a company's")
    expect(agent.cli("verify-receipt", file, "--known")["known"] == "known", "the customer's key is not known")


def test():
    with Instance("prove") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        agent = instance.person("jan@kanzlei.example", "Jan", "Öztürk").register()
        customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        instance.company("kanzlei", owner)
        agent.cli("member", "join", owner.cli("member", "invite", "--role", "agent")["link"])
        owner.cli("member", "confirm")
        instance.subscribe(customer, "kanzlei", owner)
        package = which_file(instance, owner, agent, customer)
        receipts(instance, owner, agent, customer, package)
        by_a_customer(instance, agent, owner, customer)


main(test)
