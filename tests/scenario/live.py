#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""D5: live events. 200 of them while web, the store and the whole daemon are killed and connections cut: who goes on with
Last-Event-ID sees exactly those that were written, once and in order; who does not misses some (the control). A session's end
ends its streams, memberships and subscriptions count as they are, a stop is orderly, silence is broken by heartbeats."""

import http.client
import os
import random
import signal
import threading
import time

from api_rows import ending
from api_world import World
from cutting import CuttingProxy
from formats import id_text, new_id
from instance import Instance, expect, main, wait_for
from openapi import Client, events_of
from sse import Ended, Stream

PACKAGES, TEXTS = 50, 100  # a package arrives, and is received: two events
BEAT_S = 25


class Reader(threading.Thread):
    """Follows over every break, as a browser does; without a memory it begins anew each time."""

    def __init__(self, instance, token, port, last=None, is_forgetful=False):
        super().__init__(daemon=True)
        self.instance, self.token, self.port, self.last, self.is_forgetful = instance, token, port, last, is_forgetful
        self.seen, self.breaks, self.is_ending, self.problem = [], 0, False, None
        self.start()

    def run(self):
        while not self.is_ending and self.problem is None:
            try:
                self.follow()
            except (Ended, OSError, ValueError, IndexError):     # also what is cut within a head
                self.breaks += 1
                time.sleep(0.3 if self.is_forgetful else random.random() / 20)

    def follow(self):
        stream = Stream(self.instance, self.token, None if self.is_forgetful else self.last, port=self.port)
        if stream.status == 401:
            self.problem = "the session is over"
        if stream.status != 200:
            raise Ended(True)
        stream.begin()
        try:
            while not self.is_ending:
                try:
                    event = stream.next(0.2)
                    self.seen.append(key(event.data))
                except TimeoutError:
                    pass
                self.last = stream.last
        finally:
            self.last = stream.last
            stream.close()

    def end(self, count):
        """Once it has seen so many, or can see no more."""
        wait_for(20, f"{count} events, there are {len(self.seen)}", lambda: len(self.seen) >= count or self.problem)
        time.sleep(0.5)
        self.is_ending = True
        self.join(10)
        expect(self.problem is None, self.problem)
        return self.seen


def key(event):
    return event["number"], event["kind"], event.get("package") or event["sequence"]


def say(client, w, token, as_company):
    """Gives the number of the entry."""
    body = {"message": id_text(new_id()), "as_company": as_company, "text": "Guten Tag"}
    return client.good("POST", f"/subscriptions/{w.subscription}/messages", body, token=token).json()["sequence"]


class Patient(Client):
    """Asks again until it is answered: every request here may be repeated."""

    def exchange(self, *words, **options):
        end = time.monotonic() + 40
        while True:
            try:
                answer = super().exchange(*words, **options)
                if answer[0] not in (429, 503, 504):
                    return answer
            except (OSError, http.client.HTTPException):
                self.close()
            expect(time.monotonic() < end, "no answer to", words[:2])
            time.sleep(0.05)


class Chaos(threading.Thread):
    """Kills each of the three kinds of processes, and cuts connections all the time."""

    def __init__(self, instance, proxy):
        super().__init__(daemon=True)
        self.instance, self.proxy, self.kills, self.cuts = instance, proxy, [], 0
        self.start()

    def run(self):
        for name in ("web", "store", "web", "daemon", "store", "web"):
            self.cut_for(0.7)
            if name == "daemon":
                self.kill_daemon()
            else:
                for pid in self.instance.roles(name):
                    os.kill(pid, signal.SIGKILL)
            self.kills.append(name)
        self.cut_for(1)

    def cut_for(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(random.random() / 4)
            self.proxy.cut()
            self.cuts += 1

    def kill_daemon(self):
        roles = [pid for name in ("web", "store", "courier") for pid in self.instance.roles(name)]
        self.instance.daemon.kill()
        self.instance.daemon.wait()
        wait_for(20, "the roles to end", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in roles))
        self.instance.start()


def exactly_once(instance, w):
    """Gives how many events there were."""
    start = Stream(instance, w.customer.token).begin()
    parcels = [w.sent().create().fill() for _ in range(PACKAGES)]
    start.quiet(0.1)
    writer, proxy = Patient(instance, w.client.description), CuttingProxy(instance.port)
    readers = {name: Reader(instance, token, proxy.port, start.last) for name, token in
               (("customer", w.customer.token), ("owner", w.owner.token), ("agent", w.agent.token))}
    forgetful = Reader(instance, w.customer.token, proxy.port, is_forgetful=True)
    wait_for(10, "the forgetful one", lambda: forgetful.last)
    chaos, written = Chaos(instance, proxy), []
    for i in range(TEXTS):
        as_company = i % 3 == 0
        written.append(("entry", say(writer, w, (w.agent if as_company else w.customer).token, as_company)))
        if i < PACKAGES:
            sent = parcels[i]
            writer.good("POST", sent.path + "/complete", {}, token=w.customer.token)
            writer.good("POST", sent.path + "/receipt", {"receipt": sent.receipt()}, token=w.owner.token)
            written += [("entry", sent.path.split("/")[-1]), ("changed", sent.path.split("/")[-1])]
        if chaos.is_alive():
            time.sleep(0.05)
    chaos.join(120)
    expect(not chaos.is_alive(), "the kills took too long:", chaos.kills)
    seen = {name: reader.end(len(written)) for name, reader in readers.items()}
    forgetful.is_ending = True
    forgetful.join(10)
    proxy.stop()
    for name, events in seen.items():
        expect([e[1:] for e in events] == written, name, "saw", len(events), "events that are not those", len(written))
        expect([e[0] for e in events] == sorted({e[0] for e in events}), name, "saw numbers twice or out of order")
        expect(events == seen["customer"], name, "saw other numbers than the customer")
        expect(readers[name].breaks > 10, name, "had only", readers[name].breaks, "breaks")
    expect(len(set(forgetful.seen)) < len(written), "who forgets missed nothing: this test shows nothing")
    # who comes late is told the same from the log
    late = Stream(instance, w.customer.token, last=start.last).begin()
    expect([key(late.next().data) for _ in written] == seen["customer"], "the log has other events")
    print(f"{len(written)} events over {len(chaos.kills)} kills and {chaos.cuts} cuts, at most "
          f"{max(r.breaks for r in readers.values())} breaks a reader; who forgot saw {len(set(forgetful.seen))}")


def rights_count(instance, w):
    """What ends, begins and changes while a stream stands."""
    joining = w.person("neu@kanzlei.example", "Nele", "Neu").register()
    other = w.person("zwei@kunde.example", "Zoe", "Zwei").register()
    agent, new, stranger = (Stream(instance, p.token).begin() for p in (w.agent, joining, w.stranger))
    # a new member hears of the company from then on
    w.company.add_agent(joining)
    subscription, _ = w.company.subscribe(other)
    for stream in (agent, new):
        told = [stream.next().data["kind"] for _ in range(3)]
        expect(sorted(told) == ["entry", "subscription", "subscription"], "a member was told", told)
    customer = Stream(instance, other.token).begin()
    # a new configuration and certificate: streams that stand, stay
    instance.renew_certificate()
    instance.daemon.send_signal(signal.SIGHUP)
    wait_for(10, "the reload", lambda: " reloaded" in instance.log.read_text())
    # a text that is taken back
    sequence = say(w.client, w, w.customer.token, False)
    w.customer.good("DELETE", f"/subscriptions/{w.subscription}/entries/{sequence}")
    for stream in (agent, new):
        told = [stream.next().data for _ in range(2)]
        expect([(e["kind"], e["sequence"]) for e in told] == [("entry", sequence), ("changed", sequence)], "of a text was told", told)
    customer.quiet(0.1)
    # what a person has read is told to its other clients, to nobody else
    mine = Stream(instance, w.customer.token).begin()
    w.customer.good("PUT", f"/subscriptions/{w.subscription}/read-state", {"sequence": sequence})
    event = mine.next().data
    expect((event["kind"], event["sequence"], event["subscription"]) == ("read", sequence, w.subscription), "reading was told as", event)
    for stream in (agent, new):
        stream.quiet(0.1)
    mine.close()
    # one who has left does not
    w.agent.good("POST", w.company.path + "/leave", w.company.signed(w.agent, "member-leave"))
    other.good("POST", f"/subscriptions/{subscription}/end", ending(other, subscription))
    for stream in (customer, new):
        event = stream.next().data
        expect((event["kind"], event["subscription"]) == ("ended", subscription), "the end was told as", event)
    agent.quiet()
    stranger.quiet()
    again = [e["kind"] for e in events_of(w.agent.good("GET", "/events?after=1").body)]
    expect(not again, "who has left reads", again)
    # a session that ends ends its streams, whoever ends it, and only its own
    second = w.client.good("POST", "/sessions", {"email": other.address, "auth_key": w.auth(other)}).json()["session"]
    of_second = Stream(instance, second).begin()
    w.client.good("DELETE", "/sessions/current", token=second)
    start = time.monotonic()
    expect(of_second.end() == [], "something was told at the end")
    expect(time.monotonic() - start < 2, "a stream outlived its session by", time.monotonic() - start, "s")
    customer.quiet()
    expect(Stream(instance, second).status == 401, "an ended session may listen")
    # and so does the operator's lock
    instance.ctl("account", "lock", other.address)
    expect(customer.end() == [], "a locked account was told something")
    return stranger


def silence_is_broken(stream, since):
    """A quiet stream's heartbeat keeps it; nothing else comes."""
    while stream.comments == 0:
        expect(time.monotonic() - since < BEAT_S + 10, "no heartbeat")
        stream.quiet(0.5)


def stop_is_orderly(instance, streams):
    instance.stop()
    for stream in streams:
        expect(stream.end() == [], "something was told at the stop")


class LiveWorld(World):
    def auth(self, person):
        """What logs a person in."""
        return person.registration()["auth_key"]


def test():
    random.seed(20261123)
    with Instance("live") as instance:
        w = LiveWorld(instance, Client(instance))
        exactly_once(instance, w)
        w.client.close()          # its connection was to a process that was killed
        since = time.monotonic()
        stranger = rights_count(instance, w)
        silence_is_broken(stranger, since)
        stop_is_orderly(instance, [stranger])


if __name__ == "__main__":
    main(test)
