#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Quotas: what a sender has waiting is counted from its beginning until its content is gone, by every way in which it can go,
never wrongly after a crash, refused with what is full, and limited otherwise by the operator for some."""

import os
import signal
import threading

from api_rows import ending, withdraw
from api_world import TUS, World, metadata
from instance import Instance, expect, main, wait_for
from openapi import Client

MIB = 1 << 20


def used(w, **party):
    (kind, name), = party.items()
    return w.instance.ctl("quota", "show", "--" + kind, name)


def expect_used(w, packages, size, **party):
    found = used(w, **party)
    expect((found["packages"], found["bytes"]) == (packages, size), party, "has", found, "and not", packages, size)


def seal_room(sent):
    """The longest seal that the header allows."""
    return 4096 + 40 + 32 * sent.parcel.chunks


def size_of(sent):
    return len(sent.parcel.manifest) + len(sent.parcel.body) + seal_room(sent)


def check_full(w, answer, field, **party):
    expect(answer.status == 507 and answer.problem() == "full" and answer.field() == field, "answered", answer.status, answer.body)
    expect("waiting" in answer.json()["detail"], "says nothing:", answer.body)
    name = field.removeprefix("quota_")
    of = used(w, **(party or {"account": w.customer.address}))
    expect((answer.json()["limit"], answer.json()["used"]) == (of[name + "_max"], of[name]), "says", answer.body, "and has", of)


def refused(w, sent, field):
    check_full(w, sent.author.ask("POST", "/packages", sent.body()), field)


def check_ways_to_go(w):
    """Given up, received, withdrawn, and ended."""
    anna = {"account": w.customer.address}
    first, second, third = (w.sent(size=n).create() for n in (5, 70000, 300000))
    total = sum(map(size_of, (first, second, third)))
    expect_used(w, 3, total, **anna)
    second.create()     # the same once more
    expect_used(w, 3, total, **anna)
    w.customer.good("DELETE", second.path)
    expect_used(w, 2, total - size_of(second), **anna)
    third.complete().receive()
    expect_used(w, 1, size_of(first), **anna)
    taken_back = w.sent().create().complete()
    expect_used(w, 2, size_of(first) + size_of(taken_back), **anna)
    expect(withdraw(w.customer, taken_back).status == 204, "not withdrawn")
    expect_used(w, 1, size_of(first), **anna)
    reply = w.sent_by_owner().create()
    expect_used(w, 1, size_of(reply), company="kanzlei")
    expect_used(w, 1, size_of(first), **anna)
    w.customer.good("POST", f"/subscriptions/{w.subscription}/end", ending(w.customer, w.subscription))
    wait_for(5, "everything to be released", lambda: used(w, **anna)["packages"] + used(w, company="kanzlei")["packages"] == 0)
    expect_used(w, 0, 0, **anna)
    expect_used(w, 0, 0, company="kanzlei")
    w.subscription, w.number = w.company.subscribe(w.customer)


def check_limits(w):
    anna = {"account": w.customer.address}
    kept = [w.sent().create() for _ in range(3)]
    refused(w, w.sent(), "quota_packages")
    kept[0].create()    # an answer that was lost is given again
    answer = w.instance.ctl("quota", "set", "--account", w.customer.address, "--packages", "10")
    expect(answer["packages_max"] == 10 and answer["bytes_max"] == MIB, "set", answer)
    refused(w, w.sent(size=MIB), "quota_bytes")
    w.instance.ctl("quota", "set", "--account", w.customer.address, "--bytes", str(4 * MIB))
    kept.append(w.sent(size=MIB).create())
    begun = kept[1].begin("body", len(kept[1].parcel.body))
    # a limit below what waits refuses more and takes nothing away
    w.instance.ctl("quota", "set", "--account", w.customer.address, "--bytes", "1", "--packages", "0")
    check_full(w, upload(kept[1], "manifest"), "quota_packages")
    expect(kept[1].begin("body", len(kept[1].parcel.body)) == begun, "what was begun does not go on")
    w.instance.ctl("quota", "set", "--account", w.customer.address, "--packages", "4")
    check_full(w, upload(kept[1], "manifest"), "quota_bytes")
    w.instance.ctl("quota", "set", "--account", w.customer.address, "--packages", "0")
    refused(w, w.sent(), "quota_packages")
    expect_used(w, 4, sum(map(size_of, kept)), **anna)
    expect(used(w, **anna)["packages_max"] == 3, "0 is not as configured")
    w.sent_by_owner().create()      # the company's own
    for sent in kept:
        w.customer.good("DELETE", sent.path)
    refused(w, w.sent(), "quota_bytes")
    w.instance.ctl("quota", "set", "--account", w.customer.address, "--bytes", "0")
    expect_used(w, 0, 0, **anna)


def upload(sent, part):
    headers = {**TUS, "Upload-Length": str(len(getattr(sent.parcel, part))), "Upload-Metadata": metadata(part)}
    return sent.author.ask("POST", sent.path + "/parts", headers=headers)


def check_seals(w):
    """A seal is counted from the beginning, by what the header says it can be: no longer one is taken."""
    w.instance.ctl("quota", "set", "--account", w.customer.address, "--bytes", str(16 * MIB))
    sent = w.sent(size=3 << 20).create()
    expect_used(w, 1, size_of(sent), account=w.customer.address)
    headers = {**TUS, "Upload-Metadata": metadata("seal")}
    ask = lambda n: w.customer.ask("POST", sent.path + "/parts", headers={**headers, "Upload-Length": str(n)})
    answer = ask(seal_room(sent) + 1)
    expect((answer.status, answer.problem()) == (413, "limit"), "answered", answer.status, answer.body)
    expect(ask(seal_room(sent)).status == 201, "the longest seal is refused")
    w.customer.good("DELETE", sent.path)
    # the last byte that is allowed
    fits = w.sent(size=70000)
    w.instance.ctl("quota", "set", "--account", w.customer.address, "--bytes", str(size_of(fits) - 1))
    refused(w, fits, "quota_bytes")
    w.instance.ctl("quota", "set", "--account", w.customer.address, "--bytes", str(size_of(fits)))
    fits.create().complete()
    w.instance.ctl("quota", "set", "--account", w.customer.address, "--bytes", str(16 * MIB))
    expect(withdraw(w.customer, fits).status == 204, "not withdrawn")
    expect_used(w, 0, 0, account=w.customer.address)


def check_command_line(i):
    """Who is refused is told how much there may be, and how much there is."""
    owner, customer = i.person("olga@voll.example", "Olga", "Voll").register(), i.person("kai@voll.example", "Kai", "Voll").register()
    i.company("voll", owner)
    i.subscribe(customer, "voll", owner)
    (i.dir / "brief.txt").write_text("Grüße")
    for _ in range(3):
        customer.cli("send", "--to", "voll", i.dir / "brief.txt")
    done = customer.raw("send", "--to", "voll", i.dir / "brief.txt")
    expect(done.returncode == 73 and b"(3 of 3 used)" in done.stderr, "said", done.returncode, done.stderr)
    i.ctl("quota", "set", "--account", customer.address, "--packages", "10", "--bytes", "20480")
    done = customer.raw("send", "--to", "voll", i.dir / "brief.txt")
    expect(done.returncode == 73 and b"of 20.0 KiB used)" in done.stderr, "said", done.returncode, done.stderr)


def check_crashes(w):
    """The store is killed while packages come and go; what is counted is what there is."""
    w.instance.ctl("quota", "set", "--account", w.customer.address, "--packages", "100000", "--bytes", str(1 << 40))
    for _ in range(5):
        made, is_over = [], threading.Event()

        def work(made=made, is_over=is_over):
            client = Client(w.instance, w.client.description)
            while not is_over.is_set():
                sent = w.sent()
                try:
                    done = client.ask("POST", "/packages", sent.body(), token=w.customer.token).status == 201
                    if done and len(made) % 2:
                        client.ask("DELETE", sent.path, token=w.customer.token)
                except OSError:
                    pass
                made.append(sent)

        thread = threading.Thread(target=work)
        thread.start()
        wait_for(20, "some packages", lambda made=made: len(made) > 30)
        os.kill(w.instance.roles("store")[0], signal.SIGKILL)
        wait_for(20, "more packages", lambda made=made: len(made) > 40)
        is_over.set()
        thread.join()
        wait_for(20, "the store", lambda: w.client.ask("GET", "/server").status == 200)
        there = [sent for sent in made if w.customer.ask("GET", sent.path).status == 200]
        expect_used(w, len(there), sum(map(size_of, there)), account=w.customer.address)
        for sent in there:
            w.customer.good("DELETE", sent.path)
        expect_used(w, 0, 0, account=w.customer.address)


def test():
    options = {"quota_account_packages": 3, "quota_account_bytes": "1MiB"}
    with Instance("quota", options) as instance:
        world = World(instance, Client(instance))
        for check in (check_ways_to_go, check_limits, check_seals, check_crashes):
            check(world)
        check_command_line(instance)


main(test)
