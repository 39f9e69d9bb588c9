#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C7: the sender takes back what nobody has received; both see it. Receipt and withdrawal at the same moment: one wins."""

import os

from instance import Instance, expect, main, wait_for

ROUNDS = 6


def withdrawn(instance, customer, owner, agent):
    path = instance.dir / "brief.txt"
    path.write_text("Grüße")
    package = customer.cli("send", "--to", "kanzlei", path)["package"]
    expect(owner.raw("withdraw", package, "--yes").returncode != 0, "the recipient could withdraw")
    expect(customer.raw("withdraw", package).returncode != 0, "withdrawn without being asked")
    expect(owner.cli("inbox")[0]["state"] == "waiting", "gone already")
    customer.cli("withdraw", package, "--yes")
    wait_for(5, "the spool to be empty", lambda: not instance.spool_files())
    for row in (owner.cli("inbox")[0], customer.cli("inbox", "--sent")[0]):
        expect(row["package"] == package and row["state"] == "withdrawn" and row["ended"], "shown as", row)
    late = owner.raw("receive", package, "-o", instance.dir / "late")
    expect(late.returncode != 0 and b"withdrawn" in late.stderr and not (instance.dir / "late").exists(), "received:", late.stderr)
    expect(customer.raw("withdraw", package, "--yes").returncode == 65, "withdrawn twice")
    # for a company: any member, and who received it is shown
    number = owner.cli("customers")[0]["number"]
    package = owner.cli("send", "--to", number, path)["package"]
    agent.cli("withdraw", package, "--yes")
    expect(customer.cli("inbox")[0]["state"] == "withdrawn", "a colleague could not withdraw")
    package = customer.cli("send", "--to", "kanzlei", path)["package"]
    agent.cli("receive", package, "-o", instance.dir / "got")
    row = customer.cli("inbox", "--sent")[0]
    expect(row["state"] == "received" and row["received"] and "Jan" in row["received_by"], "the sender sees", row)
    expect(customer.raw("withdraw", package, "--yes").returncode == 65, "withdrawn after the receipt")


def one_wins(instance, customer, owner):
    wins = {"received": 0, "withdrawn": 0}
    path = instance.dir / "akte.bin"
    path.write_bytes(os.urandom(200_000))
    for i in range(ROUNDS):
        package = customer.cli("send", "--to", "kanzlei", path)["package"]
        out = instance.dir / f"race-{i}"
        receiving = owner.start("receive", package, "-o", out)
        if i % 3:
            wait_for(10, "the receiver", lambda: out.exists() or receiving.poll() is not None)
        withdrawing = customer.start("withdraw", package, "--yes")
        receiving.communicate()
        withdrawing.communicate()
        state = customer.cli("inbox", "--sent")[0]["state"]
        expect(owner.cli("inbox")[0]["state"] == state and state in wins, "the two sides differ", state)
        expect((withdrawing.returncode == 0) == (state == "withdrawn"), "told the withdrawer otherwise:", state)
        expect((receiving.returncode == 0) == (state == "received"), "told the receiver otherwise:", state)
        wins[state] += 1
    print("races:", wins)


def test():
    with Instance("withdraw") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        agent = instance.person("jan@kanzlei.example", "Jan", "Öztürk").register()
        customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        instance.company("kanzlei", owner)
        agent.cli("member", "join", owner.cli("member", "invite", "--role", "agent")["link"])
        owner.cli("member", "confirm")
        instance.subscribe(customer, "kanzlei", owner)
        withdrawn(instance, customer, owner, agent)
        one_wins(instance, customer, owner)


main(test)
