#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""B2: one person in several companies, as customer and as member: --company is asked for where it is needed, and nothing of one
company is done in the other. What only owners may do, and what agents may; the last owner stays."""

import os

from instance import Instance, expect, main

USAGE, DENIED, STATE = 64, 77, 65


def refused(person, code, *words):
    done = person.raw(*words)
    expect(done.returncode == code and done.stderr.strip(), words, "by", person.address, "gave", done)
    return done.stderr.decode()


def several(i, eva, jan, anna, path):
    """Jan is a member of both companies, Anna a customer of both."""
    package = {}
    for slug in ("kanzlei", "praxis"):
        package[slug] = anna.cli("send", "--to", slug, path)["package"]
    for words in (("customers",), ("invite",), ("member", "list"), ("accept", "1"), ("send", "--to", anna.numbers["praxis"], path)):
        expect("--company" in refused(jan, USAGE, *words), words, "do not say what is missing")
    for slug in ("kanzlei", "praxis"):
        rows = jan.cli("customers", "--company", slug)
        expect([r["number"] for r in rows] == [anna.numbers[slug]], "customers of", slug, rows)
        rows = jan.cli("inbox", "--company", slug)
        expect([(r["package"], r["company"]) for r in rows] == [(package[slug], slug)], "inbox of", slug, rows)
        back = jan.cli("send", "--to", anna.numbers[slug], "--company", slug, path)["package"]
        anna.cli("receive", back, "-o", i.dir / f"back-{slug}")
    # both inboxes at once, and each package is opened with its own company's key
    expect({r["package"] for r in jan.cli("inbox")} == set(package.values()), "both inboxes", jan.cli("inbox"))
    for slug in ("kanzlei", "praxis"):
        jan.cli("receive", package[slug], "-o", i.dir / f"got-{slug}")
        expect((i.dir / f"got-{slug}" / path.name).read_bytes() == path.read_bytes(), "a file came out different")
    # a customer's number of one company means nobody at the other; nor is one a member of a third
    refused(jan, 66, "send", "--to", anna.numbers["kanzlei"], "--company", "praxis", path)
    refused(jan, 66, "customers", "--company", "nie-da")
    refused(eva, 66, "customers", "--company", "praxis")
    # leaving one leaves the other alone
    expect("--company" in refused(jan, USAGE, "member", "leave", "--yes"), "left one of two unasked")
    jan.cli("member", "leave", "--yes", "--company", "praxis")
    expect([r["number"] for r in jan.cli("customers")] == [anna.numbers["kanzlei"]], "the other company is gone too")


def powers(i, eva, jan, anna, path):
    """Everything that changes members, keys or settings is an owner's; customers and packages are every member's."""
    invited = eva.cli("member", "invite", "--role", "agent")["invitation"]
    for words in (("member", "invite", "--role", "agent"), ("member", "confirm"), ("member", "confirm", invited), ("member", "list"),
                  ("member", "remove", eva.account, "--yes"), ("member", "role", jan.account, "owner"), ("member", "renew"),
                  ("company", "settings", "--unlisted"), ("company", "recovery-code"), ("company", "recovery-code", "status"),
                  ("company", "recover")):
        refused(jan, DENIED, *words)
    expect([m["role"] for m in eva.cli("member", "list") if m["account"] == jan.account] == ["agent"], "the agent's role")
    otto = i.person("otto@fremd.example", "Otto", "Fremd").register()
    otto.cli("subscribe", "kanzlei")
    number = [c["number"] for c in jan.cli("customers") if c["state"] == "pending"][0]
    jan.cli("accept", number)
    jan.cli("receive", otto.cli("send", "--to", "kanzlei", path)["package"], "-o", i.dir / "otto")
    jan.cli("send", "--to", number, path)
    jan.cli("unsubscribe", number, "--yes")
    jan.cli("redeem", eva.cli("invite", "--reference", "x")["link"])
    expect(jan.cli("invite", "--reference", "M-1")["link"], "no personal invitation by an agent")


def last_owner(eva, jan):
    expect("last owner" in refused(eva, STATE, "member", "leave", "--yes"), "the last owner left")
    refused(eva, STATE, "member", "role", eva.account, "agent")
    refused(eva, STATE, "member", "remove", eva.account, "--yes")
    # handed over, they may
    eva.cli("member", "role", jan.account, "owner")
    eva.cli("member", "leave", "--yes")
    refused(eva, DENIED, "customers")
    expect("last owner" in refused(jan, STATE, "member", "leave", "--yes"), "nobody is left")


def test():
    with Instance("powers") as i:
        eva = i.person("eva@kanzlei.example", "Eva", "Müller").register()
        pia = i.person("pia@praxis.example", "Pia", "Röhl").register()
        jan = i.person("jan@kanzlei.example", "Jan", "Öztürk").register()
        anna = i.person("anna@kunde.example").register()
        i.company("kanzlei", eva)
        i.company("praxis", pia, "Praxis Röhl")
        anna.numbers = {slug: i.subscribe(anna, slug, staff) for slug, staff in (("kanzlei", eva), ("praxis", pia))}
        eva.admit(jan)
        pia.admit(jan)
        path = i.dir / "brief.txt"
        path.write_bytes("Grüße ".encode() + os.urandom(8))
        several(i, eva, jan, anna, path)
        powers(i, eva, jan, anna, path)
        last_owner(eva, jan)


main(test)
