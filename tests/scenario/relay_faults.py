#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""F1: 1,000 notices through relays that are down, slow, greylist, refuse recipients, say 421 in the middle, drop after the final
dot: each comes once, twice only where the protocol leaves no other way and then with the same Message-ID; what is refused for good
is visible. A relay that loses one and doubles one shows that the check can see it."""

import os
import time

from crowd import Crowded, Relay, crowd, judge, once
from instance import Failure, expect, instance_program, main, run, wait_for

COUNT = int(os.environ.get("TEST_COUNT", "1000"))


class Slow(Relay):
    """Says nothing at first, and now and then not at once."""
    def on_connect(self, c):
        time.sleep(2)
        return super().on_connect(c)

    def on_message(self, c, address, message_id):
        if self.count("mails") % 100 == 0:
            time.sleep(0.5)
        return super().on_message(c, address, message_id)


class Greylisting(Relay):
    """Everybody is told to come back, once."""
    def on_rcpt(self, c, address):
        return super().on_rcpt(c, address) if self.count(address) else "451 4.7.1 greylisted, come back later"


class Refusing(Relay):
    """One in ten is not known here."""
    def on_rcpt(self, c, address):
        return "550 5.1.1 user unknown" if address.split("@")[0].endswith("7") else super().on_rcpt(c, address)


class Leaving(Relay):
    """Seven mails, then 421 in the middle of the eighth."""
    def on_rcpt(self, c, address):
        return super().on_rcpt(c, address) if self.count(c) < 7 else "421 4.3.2 shutting down"


class Dropping(Relay):
    """Takes one mail in twenty without saying so, the first time."""
    def on_message(self, c, address, message_id):
        first = self.count(address) == 0
        answer = super().on_message(c, address, message_id)
        if first and int(address.split("@")[0]) % 20 == 3:
            raise EOFError
        return answer


class Liar(Relay):
    """Loses one and doubles one."""
    def on_message(self, c, address, message_id):
        if address == "5@kunde.example":
            return "250 2.0.0 Ok"
        if address == "6@kunde.example":
            self.take(address, message_id)
        return super().on_message(c, address, message_id)


def by_hand(instance, jobs):
    """What an operator does about mails that were given up."""
    expect(instance.ctl("queue", "show", jobs[0])["state"] == "failed", "shown")
    run(instance_program("provisionctl"), "-c", instance.conf, "queue", "drop", jobs[0])
    run(instance_program("provisionctl"), "-c", instance.conf, "queue", "retry", jobs[1])
    wait_for(10, "another try", lambda: instance.ctl("queue", "show", jobs[1])["tries"] == 2)
    expect(jobs[0] not in [r["job"] for r in instance.queue()], "dropped, and still there")


def sent_through(relay, name, options=None):
    """Notices that the relay has, after everything was tried as often as it takes; and the rows that were given up."""
    begin = time.monotonic()
    with Crowded(name, COUNT, relay.port, options) as instance:
        instance.drain()
        given_up = instance.queue()
        if given_up:
            by_hand(instance, [r["job"] for r in given_up])
    relay.stop()
    print(f"{name}: {len(relay.taken)} taken, {len(given_up)} given up, {time.monotonic() - begin:.1f} s")
    return given_up


def test_good_and_bad():
    for relay in (Relay(), Slow(), Greylisting(), Leaving()):
        expect(sent_through(relay.start(), "relay-" + type(relay).__name__.lower()) == [], "given up")
        once(relay.taken, crowd(COUNT))


def test_down():
    """Down, then up; and another one in its place."""
    relay = Relay()
    with Crowded("relay-down", COUNT, relay.port) as instance:
        deadline = time.monotonic() + 30
        while any(r["state"] in ("new", "sending") for r in instance.queue()):
            expect(time.monotonic() < deadline, "not tried")
            time.sleep(0.1)
        reasons = {r["reason"] for r in instance.queue()}
        expect(reasons == {"connecting: not reachable"}, "reasons", reasons)
        relay.start()
        instance.drain()
    relay.stop()
    once(relay.taken, crowd(COUNT))
    down, relay = Relay(), Relay().start()
    expect(sent_through(relay, "relay-second", {"relay_port": down.port, "relay_fallback": f"127.0.0.1:{relay.port}"}) == [], "given up")
    once(relay.taken, crowd(COUNT))


def test_refusing():
    relay = Refusing().start()
    given_up = sent_through(relay, "relay-refusing")
    refused = {a for a in crowd(COUNT) if a.split("@")[0].endswith("7")}
    once(relay.taken, crowd(COUNT) - refused)
    expect(len(given_up) == len(refused) and {(r["state"], r["code"], r["status"]) for r in given_up} == {("failed", 550, "5.1.1")},
           "given up", len(given_up), given_up[:2])


def test_dropping():
    relay = Dropping().start()
    expect(sent_through(relay, "relay-dropping") == [], "given up")
    twice = once(relay.taken, crowd(COUNT), twice_is_allowed=True)
    expect(twice == sum(n % 20 == 3 for n in range(COUNT)), "came twice", twice)


def test_control():
    relay = Liar().start()
    sent_through(relay, "relay-liar")
    lost, twice, _, _ = judge(relay.taken, crowd(COUNT))
    expect((lost, twice) == (["5@kunde.example"], ["6@kunde.example"]), "the control was not seen", lost, twice)
    for wrong in (relay.taken[1:], relay.taken + [(relay.taken[0][0], "another@test.example")], relay.taken + [("x@y.example", "z")]):
        try:
            once(wrong, crowd(COUNT) - {"5@kunde.example"}, True)
        except Failure:
            continue
        raise Failure("a wrong outcome was not seen")


def test():
    test_good_and_bad()
    test_down()
    test_refusing()
    test_dropping()
    test_control()


main(test)
