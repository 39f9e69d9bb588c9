#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""B5, A8: registering, logging in, recovering, inviting, subscribing for a known and for an unknown address (or company) can
not be told apart: same status, head, body and length, as many mails, and the same time, by a rank test (Mann-Whitney) over
1,000 interleaved pairs, or 10,000 with TEST_LONG. The control: one millisecond, planted, is found in every one of them."""

import json
import math
import os
import random
import time

from api_world import Company, World
from formats import b64
from instance import Failure, Instance, expect, main
from matrix import Seen
from openapi import BASE, Client

PAIRS = 10000 if os.environ.get("TEST_LONG") else 1000
# As many as are needed.
PLANTED_PAIRS = (100, 1000)
PEOPLE = 50
# Pairs that one client asks before the next one does: below what a client may try.
TURN = 10
SMALL_P = 1e-3
# Repeats an address that the asker's own request named before.
REPEATED = {"finishAddress"}


def p_of(a, b):
    """That two samples are of one distribution, by the ranks of their members (normal approximation, ties averaged)."""
    values = sorted([(v, 0) for v in a] + [(v, 1) for v in b])
    ranks, ties, i = 0.0, 0, 0
    while i < len(values):
        j = i
        while j < len(values) and values[j][0] == values[i][0]:
            j += 1
        ranks += sum(1 for v in values[i:j] if v[1] == 0) * (i + 1 + j) / 2
        ties += (j - i) ** 3 - (j - i)
        i = j
    n, m = len(a), len(b)
    total = n + m
    mean = n * (total + 1) / 2
    deviation = math.sqrt(n * m / 12 * (total + 1 - ties / (total * (total - 1))))
    return math.erfc(abs(ranks - mean) / deviation / math.sqrt(2))


def median(values):
    return sorted(values)[len(values) // 2]


class Question:
    """One operation: path(is_known, i) and body(is_known, i) about the i-th known or unknown subject."""

    def __init__(self, operation, method, path, body, about=""):
        self.operation, self.method, self.path, self.body, self.about = operation, method, path, body, about


class Crowd:
    """People with accounts, and addresses of nobody."""

    def __init__(self, instance, description):
        self.instance, self.description, self.sources = instance, description, 0
        self.world = World(instance, self.client())
        # what the directory does not show: not active yet, or active and unlisted
        hidden = [Company(self.world, f"verborgen-{i}", self.world.owner, "--unlisted").activate().slug for i in range(2)]
        self.slugs = ["leer", self.world.new_company().slug, *hidden]
        # a mailbox is sent only so many mails: those of resets and of new addresses go to thirds of their own
        self.known = [self.register(f"bekannt-{i:02}") for i in range(3 * PEOPLE)]
        self.unknown = [f"niemand-{i:02}@kunde.example" for i in range(3 * PEOPLE)]
        self.begins = {}
        # as many as a turn asks about
        self.guarded = [self.register(f"gesichert-{i:02}").turn_on() for i in range(TURN)]
        self.locked = [self.register(f"gesperrt-{i:02}") for i in range(TURN)]
        for person in self.locked:
            instance.ctl("account", "lock", person.address)

    def client(self):
        """From an address on loopback that has not been used."""
        self.sources += 1
        return Client(self.instance, self.description, f"127.{self.sources >> 16 & 255 | 1}.{self.sources >> 8 & 255}.{self.sources & 255}")

    def register(self, name):
        person = self.world.person(f"{name}@kunde.example")
        self.world.client = self.client()
        return person.register()

    def address(self, is_known, i, third=0):
        i = third * PEOPLE + i % PEOPLE
        return self.known[i].address if is_known else self.unknown[i]

    def slug(self, is_known, i):
        return self.slugs[i % len(self.slugs)] if is_known else f"niemand-{i % len(self.slugs)}"

    def registration(self, is_known, i):
        return self.world.person(self.address(is_known, i)).registration()

    def begun(self, path, body, is_known, i):
        """What somebody else has begun by a POST, in which the code is guessed: enough for so many guesses."""
        if path not in self.begins:
            begin = lambda known: [self.client().good("POST", path, body(known, i)).json()
                                   for i in range(-(-(2 * PAIRS + sum(PLANTED_PAIRS)) // 9))]
            self.begins[path] = {True: begin(True), False: begin(False)}
        of = self.begins[path][is_known]
        return of[i % len(of)]


def questions(crowd):
    key = lambda: b64(os.urandom(32))
    email = lambda k, i, **others: {"email": crowd.address(k, i), **others}
    registration = lambda k, i: crowd.begun("/registrations", crowd.registration, k, i)
    yield Question("getLoginParameters", "POST", lambda k, i: "/login-parameters", email)
    yield Question("createSession", "POST", lambda k, i: "/sessions", lambda k, i: email(k, i, auth_key=key()))
    # A7: nor whether a code will be asked for; A13: nor whether somebody is locked, not even with the right key
    others = lambda people, k, i, key: {"email": people[i % TURN].address if k else crowd.unknown[i % PEOPLE], "auth_key": key}
    yield Question("createSession", "POST", lambda k, i: "/sessions", lambda k, i: others(crowd.guarded, k, i, key()), "second factor")
    yield Question("createSession", "POST", lambda k, i: "/sessions",
                   lambda k, i: others(crowd.locked, k, i, b64(crowd.locked[i % TURN].auth_key)), "locked")
    yield Question("createRegistration", "POST", lambda k, i: "/registrations", crowd.registration)
    yield Question("verifyRegistration", "POST", lambda k, i: f"/registrations/{registration(k, i)['registration']}/verify",
                   lambda k, i: {"token": registration(k, i)["token"], "code": "AAAA-AAAA"})
    yield Question("createSubscription", "POST", lambda k, i: "/subscriptions", lambda k, i: {"slug": crowd.slug(k, i)})
    recovery = lambda k, i: email(k, i, recovery_auth_key=key())
    forgetful = lambda k, i: {"email": crowd.address(k, i, third=1)}
    reset = lambda k, i: crowd.begun("/resets", forgetful, k, i)
    yield Question("openRecovery", "POST", lambda k, i: "/recoveries", recovery)
    yield Question("finishRecovery", "POST", lambda k, i: "/recoveries/finish", lambda k, i: {
        **recovery(k, i), "auth_key": key(), "wrapped_keys": key(), "next_recovery_auth_key": key(),
        "next_recovery_wrapped_keys": key(), "ticket": b64(os.urandom(40)), **crowd.world.cost})
    yield Question("createReset", "POST", lambda k, i: "/resets", forgetful)
    yield Question("openReset", "POST", lambda k, i: f"/resets/{reset(k, i)['reset']}/open",
                   lambda k, i: {"token": reset(k, i)["token"], "code": "AAAA-AAAA"})
    yield Question("createAddress", "POST", lambda k, i: "/account/addresses", lambda k, i: {"email": crowd.address(k, i, third=2)})
    yield Question("getCompany", "GET", lambda k, i: "/companies/" + crowd.slug(k, i), lambda k, i: None)


class Measurement:
    """planted_s: waited once more for what is known."""

    def __init__(self, crowd, question, pairs, planted_s=0.0):
        self.crowd, self.question, self.planted_s = crowd, question, planted_s
        self.times, self.seen = {True: [], False: []}, {True: set(), False: set()}
        operation = crowd.description.operations[question.operation]
        # What the question needs is made first: a connection that waits for it may be closed as idle.
        for is_known in (True, False):
            question.path(is_known, 0), question.body(is_known, 0)
        for start in range(0, pairs, TURN):
            client, token = crowd.client(), crowd.known[start // TURN % PEOPLE].token if operation.needs_session else None
            client.exchange("GET", BASE + "/openapi.json")
            for i in range(start, start + TURN):
                for is_known in random.sample([True, False], 2):
                    self.ask(client, token, is_known, i)
            client.close()

    def ask(self, client, token, is_known, i):
        body = self.question.body(is_known, i)
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} if data else {}
        if token:
            headers["Authorization"] = "Bearer " + token
        target = BASE + self.question.path(is_known, i)
        start = time.perf_counter()
        if is_known and self.planted_s:
            time.sleep(self.planted_s)
        answer = client.exchange(self.question.method, target, data, headers)
        self.times[is_known].append(time.perf_counter() - start)
        self.seen[is_known].add(Seen(*answer).key())

    def p(self):
        return p_of(self.times[True], self.times[False])

    def check_same(self):
        statuses = {key[0] for keys in self.seen.values() for key in keys}
        expect(429 not in statuses, self.question.operation, "was slowed down: the test asks too often")
        expect(len(self.seen[True]) == 1 and self.seen[True] == self.seen[False], self.question.operation, "answers differ:",
               self.seen[True] ^ self.seen[False] or self.seen[True])

    def __str__(self):
        known, unknown = (median(self.times[k]) * 1000 for k in (True, False))
        return f"{self.question.operation} {self.question.about}: {known:.3f} ms known, {unknown:.3f} ms unknown, p = {self.p():.3g}"


def check_time(crowd, question):
    """A machine has its moods: what looks different must look so twice, in the same direction."""
    first = Measurement(crowd, question, PAIRS)
    first.check_same()
    print(first, flush=True)
    if first.p() < SMALL_P:
        second = Measurement(crowd, question, PAIRS)
        print(second, "(again)", flush=True)
        later = [median(m.times[True]) > median(m.times[False]) for m in (first, second)]
        expect(second.p() >= SMALL_P or later[0] != later[1], "known and unknown take differently long:", second)
    for pairs in PLANTED_PAIRS:
        planted = Measurement(crowd, question, pairs, planted_s=0.001)
        if planted.p() < SMALL_P:
            return
    raise Failure(f"a planted millisecond was not found: {planted}")


def check_mails(instance, crowd):
    """As many as a mailbox may be sent, whoever it is; the first to somebody known was for registering."""
    counts = {k: {len(instance.mailbox.to(crowd.address(k, i))) for i in range(PEOPLE)} for k in (True, False)}
    expect(len(counts[True]) == 1 and counts[True] == counts[False] and min(counts[True]) > 1, "mails to known and unknown:", counts)


def check_rows(description, rows):
    """Whatever takes an address is measured."""
    measured = {q.operation for q in rows}
    for operation in description.operations.values():
        schema = operation.body_schema()
        takes = schema is not None and "email" in description.resolve(schema)["properties"]
        expect(not takes or operation.id in measured | REPEATED, operation.id, "takes an address and is not measured")


def check_test_itself():
    """The rank test: nothing where there is nothing, something where there is."""
    dice = random.Random(1)
    noise = lambda shift: [dice.lognormvariate(0, 0.5) + shift for _ in range(1000)]
    small = sum(p_of(noise(0), noise(0)) < 0.01 for _ in range(200))
    expect(small <= 10, small, "of 200 samples of nothing were told apart")
    expect(p_of(noise(0), noise(0.2)) < 1e-6, "a shift was not found")
    expect(p_of([1, 1, 2, 2], [1, 2, 1, 2]) > 0.9, "ties")


def test():
    check_test_itself()
    with Instance("timing") as instance:
        crowd = Crowd(instance, Client(instance).description)
        rows = [q for q in questions(crowd) if q.operation in crowd.description.operations]
        check_rows(crowd.description, rows)
        wrong = []
        for question in rows:
            try:
                check_time(crowd, question)
            except Failure as problem:
                wrong.append(str(problem))
        expect(not wrong, "\n".join(wrong))
        time.sleep(1)
        check_mails(instance, crowd)


main(test)
