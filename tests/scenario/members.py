#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""B1, B2, B4, B5: a second member is invited and sealed in and opens what waits; subscribe by link with the root's
fingerprint; a forged fingerprint stops; decline; ending is at once and for both."""

import re

from instance import Instance, expect, main, text_of, wait_for


def test():
    with Instance("members") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        agent = instance.person("jan@kanzlei.example", "Jan", "Öztürk").register()
        customer = instance.person("anna@kunde.example", "Anna", "Schmidt", "Schmidt GmbH").register()
        stranger = instance.person("otto@fremd.example", "Otto", "Fremd").register()
        instance.company("kanzlei", owner)

        # the link carries the root's fingerprint; another one is refused before anything is sent
        link = owner.cli("invite")["link"]
        expect(re.fullmatch(r"https://\S+/i/kanzlei#[a-z2-7]{52}", link), "link", link)
        forged = link[:-1] + ("a" if link[-1] != "a" else "b")
        refused = stranger.raw("subscribe", forged)
        expect(refused.returncode != 0 and not owner.cli("customers"), "a forged link was followed", refused.stderr)
        answer = customer.cli("subscribe", link)
        expect(answer["state"] == "pending" and answer["verified"] is True, "subscribe said", answer)
        rows = owner.cli("customers")
        expect([(r["first_name"], r["last_name"], r["company_name"]) for r in rows] == [("Anna", "Schmidt", "Schmidt GmbH")],
               "the company sees", rows)
        # nothing flows before the company accepts
        path = instance.dir / "brief.txt"
        path.write_text("Grüße")
        expect(customer.raw("send", "--to", "kanzlei", path).returncode != 0, "a pending customer could send")
        asked = instance.mailbox.wait("kontakt@kanzlei.example")
        expect("Anna Schmidt" in text_of(asked), "the company's mail names nobody:", text_of(asked))
        owner.cli("accept", rows[0]["number"])
        instance.mailbox.wait(customer.address, 2)

        # declined: sees so, cannot send
        stranger.cli("subscribe", "kanzlei")
        number = [c["number"] for c in owner.cli("customers") if c["state"] == "pending"][0]
        owner.cli("decline", number)
        expect(stranger.raw("send", "--to", "kanzlei", path).returncode != 0, "a declined customer could send")

        # a package waits; the new member, sealed in afterwards, opens it
        package = customer.cli("send", "--to", "kanzlei", path)["package"]
        expect(agent.raw("inbox", "--company", "kanzlei").returncode != 0, "no member, and sees the inbox")
        invitation = owner.cli("member", "invite", "--role", "agent")["link"]
        agent.cli("member", "join", invitation)
        expect(agent.raw("receive", package, "-o", instance.dir / "early").returncode != 0, "opened before being sealed in")
        expect(len(owner.cli("member", "confirm")) == 1, "nobody to confirm")
        expect({m["role"] for m in owner.cli("member", "list")} == {"owner", "agent"}, "members", owner.cli("member", "list"))
        agent.cli("receive", package, "-o", instance.dir / "got")
        expect((instance.dir / "got" / "brief.txt").read_text() == "Grüße", "file came out different")
        expect(agent.raw("member", "list").returncode != 0, "an agent sees what only owners may")

        # ending: at once, for both, files too
        waiting = customer.cli("send", "--to", "kanzlei", path)["package"]
        customer.cli("unsubscribe", "kanzlei", "--yes")
        wait_for(5, "the spool to be empty", lambda: not instance.spool_files())
        expect(owner.raw("receive", waiting, "-o", instance.dir / "gone").returncode != 0, "received after the end")
        expect("Anna" not in owner.raw("customers").stdout.decode(), "the company still sees the customer")
        expect(customer.raw("send", "--to", "kanzlei", path).returncode != 0, "sent after the end")
        instance.mailbox.wait("kontakt@kanzlei.example", 4)

        # B5: unknown companies and inactive ones look the same
        instance.ctl("company", "add", "leer", "--name", "Leer", "--contact", "x@leer.example")
        a, b = stranger.raw("subscribe", "leer"), stranger.raw("subscribe", "nie-da")
        expect(a.returncode == b.returncode and a.stderr.replace(b"leer", b"X") == b.stderr.replace(b"nie-da", b"X"),
               "an inactive company can be told from none:", a.stderr, b.stderr)


main(test)
