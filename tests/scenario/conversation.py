#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""D1, D4 to D6: text messages both ways with the command line; any Unicode survives exactly, except what D6 names; pages and
days; taken back; told once a conversation; still there after a restart. No text lies on the disk or in a mail."""

import datetime

from instance import Instance, expect, main, text_of, wait_for
from naughty import NAUGHTY


def history(person, whom, *options):
    return person.cli("history", "--with", whom, *options)


def both_ways(customer, agent, number):
    said = customer.raw("say", "--to", "kanzlei", "Guten Tag", "--json")
    expect(b"put no personal data in" in said.stderr, "the composer did not warn:", said.stderr)
    expect(b"personal data" not in customer.raw("say", "--to", "kanzlei", "Noch etwas").stderr, "it warned twice")
    expect(b"personal data" in agent.raw("say", "--to", number, "-", stdin="Grüß Gott\n").stderr, "the company was not warned")
    mine, theirs = history(customer, "kanzlei"), history(agent, number)
    expect([e["kind"] for e in mine] == ["system", "text", "text", "text"], "the customer sees", mine)
    expect([e["seq"] for e in mine] == [1, 2, 3, 4] == [e["seq"] for e in theirs], "numbers are", mine)
    expect([e.get("text") for e in mine] == [None, "Guten Tag", "Noch etwas", "Grüß Gott\n"], "texts are", mine)
    expect(mine[3]["from"] == "Kanzlei Müller & Söhne (Jan Öztürk)" and mine[1]["from"] == "Anna Schmidt", "from is", mine)
    expect([e["own"] for e in mine] == [False, True, True, False] and theirs[3]["own"], "own are", mine, theirs)
    expect(mine[0]["event"] == "accepted", "the first is", mine[0])


def exactly(customer, agent, number):
    for name, text, kept in NAUGHTY:
        done = customer.raw("say", "--to", "kanzlei", "-", stdin=text)
        expect(done.returncode == 0, name, "was refused:", done.stderr)
        got = history(agent, number, "--limit", "1")[0]["text"]
        expect(got == kept, f"{name}: {got!r} instead of {kept!r}")
        shown = agent.raw("history", "--with", number, "--limit", "1").stdout.decode()
        bad = [c for c in shown if (ord(c) < 0x20 and c != "\n") or 0x7f <= ord(c) < 0xa0 or 0x202a <= ord(c) <= 0x202e or 0x2066 <= ord(c) <= 0x2069]
        expect(not bad, f"{name} shows {bad!r} on a terminal")
    for what, text in (("not UTF-8", b"\xff"), ("a surrogate", b"\xed\xa0\x80"), ("nothing", b""), ("too much", b"x" * 65537)):
        done = customer.raw("say", "--to", "kanzlei", "-", stdin=text)
        expect(done.returncode in (64, 65), what, "was taken:", done.returncode, done.stderr)
    done = customer.raw("say", "--to", "kanzlei", "-", stdin=b"\x01\r")
    expect(done.returncode == 65 and b"text" in done.stderr, "controls alone:", done.returncode, done.stderr)


def pages(customer, agent, number):
    everything = history(agent, number, "--limit", "5000")
    newest = everything[-1]["seq"]
    expect([e["seq"] for e in everything] == list(range(1, newest + 1)), "not all, or not in order")
    expect(history(agent, number, "--before", "4", "--limit", "2") == everything[1:3], "before 4")
    expect(history(agent, number, "--after", str(newest - 3)) == everything[-3:], "behind", newest - 3)
    today, tomorrow = datetime.date.today(), datetime.date.today() + datetime.timedelta(1)
    expect(history(agent, number, "--date", str(today), "--limit", "5000") == everything, "not all of today")
    expect(history(agent, number, "--date", str(tomorrow)) == [], "something of tomorrow")
    expect(agent.raw("history", "--with", number, "--date", "2026-02-30").returncode == 64, "took a day that is none")
    own = history(customer, "kanzlei", "--origin", "--after", "1", "--limit", "3")
    expect(own[0]["address"] == "127.0.0.1" and "provision" in own[0]["user_agent"] and "address" not in own[2], "origin is", own)


def taken_back(customer, agent, number):
    said = customer.cli("say", "--to", "kanzlei", "an den Falschen geschrieben")["seq"]
    customer.cli("say", "--to", "kanzlei", "danach")
    expect(agent.raw("delete", "--with", number, str(said), "--yes").returncode == 77, "the other side could")
    expect(customer.raw("delete", "--with", "kanzlei", str(said)).returncode != 0, "deleted without being asked")
    customer.raw("delete", "--with", "kanzlei", str(said), "--yes")
    for entries in (history(customer, "kanzlei", "--limit", "2"), history(agent, number, "--limit", "2")):
        expect(entries[0]["deleted"] and not entries[0]["text"] and entries[1]["text"] == "danach", "left is", entries)


def told_once(instance, customer, agent, number):
    def count():
        return len([m for m in instance.mailbox.to("anna@kunde.example") if "has written to you" in m["subject"]])
    history(customer, "kanzlei")
    before = count()
    for text in ("erstes Geheimwort", "zweites Geheimwort"):
        agent.cli("say", "--to", number, text)
    wait_for(15, "the notice", lambda: count() == before + 1)
    expect(all("Geheimwort" not in text_of(m) for m in instance.mailbox.to("anna@kunde.example")), "a text stands in a mail")
    history(customer, "kanzlei")
    agent.cli("say", "--to", number, "drittes")
    wait_for(15, "the next notice", lambda: count() == before + 2)


def on_disk(instance):
    words = ["Geheimwort", "an den Falschen geschrieben", "Grüß Gott"]
    for path in [p for p in instance.dir.rglob("*") if p.is_file() and ("state" in p.parts or p.suffix == ".log")]:
        data = path.read_bytes()
        for word in words:
            expect(word.encode() not in data, word, "stands in", path)


def test():
    with Instance("conversation") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        agent = instance.person("jan@kanzlei.example", "Jan", "Öztürk").register()
        customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        instance.company("kanzlei", owner)
        agent.cli("member", "join", owner.cli("member", "invite", "--role", "agent")["link"])
        owner.cli("member", "confirm")
        instance.subscribe(customer, "kanzlei", owner)
        number = owner.cli("customers")[0]["number"]
        both_ways(customer, agent, number)
        exactly(customer, agent, number)
        pages(customer, agent, number)
        taken_back(customer, agent, number)
        told_once(instance, customer, agent, number)
        before = history(customer, "kanzlei", "--limit", "5000")
        instance.stop()
        instance.start()
        expect(history(customer, "kanzlei", "--limit", "5000") == before, "after a restart it is another")
        on_disk(instance)
        print(len(NAUGHTY), "naughty texts,", len(before), "entries")


main(test)
