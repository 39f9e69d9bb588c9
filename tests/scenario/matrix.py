#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""B1, B2, B5, C5: every operation that openapi.json describes, asked as every kind of person about every kind of object that
is not theirs to know of: the answer is byte for byte (ids, tokens and times masked, same length) that for an object which does
not exist, nothing changes, and no answer holds a word that this person may not read. A new operation is in by itself; one that
names an object in a way unknown here, or that looks at its body before it looks for the object, fails until it has its row."""

import base64
import json
import re

from api_forms import Request, any_token
from formats import b64
from instance import Failure, Instance, expect, main
from matrix_world import BODIES, NOBODYS, PUBLIC, SAME, SHOWN, TOLD_BACK, MatrixWorld
from openapi import BASE, Client, events_of

# Members of paths that name no object.
PLAIN = {"page", "before"}
# What names an object inside of an opaque body.
INSIDE = {"createPackage": ["subscription"]}
# Refusals that a request's form earns: nothing was looked for.
FORMAL = {"syntax", "limit", "unsupported", "version", "busy"}
MASKS = [(re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), b"T"), (re.compile(rb"\b[a-z2-7]{26}\b"), b"I"),
         (re.compile(rb"(?<=\")[A-Za-z0-9_-]{22,}(?=\")"), b"B")]


def masked(data):
    for pattern, letter in MASKS:
        data = pattern.sub(lambda m, letter=letter: letter * len(m.group()), data)
    return data


class Seen:
    """One answer, for comparing: everything but its date."""

    def __init__(self, status, headers, body):
        self.status, self.body = status, masked(body)
        fields = sorted((k, v) for k, v in headers.items() if k != "date")
        self.head = masked("\n".join(f"{k}: {v}" for k, v in fields).encode())
        self.raw = self.head + body

    def key(self):
        return self.status, self.head, self.body

    def __str__(self):
        return f"{self.status} {self.head!r} {self.body[:400]!r}"

    def problem(self):
        try:
            return json.loads(self.body)["type"].rsplit(":", 1)[1] if self.status >= 400 and self.body else None
        except (ValueError, KeyError):
            return None


class Row:
    """What one person saw of an object and of none. twin: None where there was only one question."""

    def __init__(self, operation, who, what, sent, real, twin=None):
        self.operation, self.who, self.what, self.sent, self.real, self.twin = operation, who, what, sent, real, twin

    def __str__(self):
        return f"{self.operation.id} as {self.who} about {self.what}"


# --- judging what was seen

def leaks_of(row, words):
    """words: (word, persons who may read it)."""
    for seen in filter(None, (row.real, row.twin)):
        for word, may in words:
            if row.who not in may and word.encode() in seen.raw and word.encode() not in row.sent:
                yield f"{row}: reads {word!r} in {seen}"
    if row.twin is None:
        return
    if row.real.key() != row.twin.key():
        yield f"{row}:\n    there: {row.real}\n    none:  {row.twin}"
    elif row.real.problem() in FORMAL:
        yield f"{row}: was refused for its form: {row.real}; it needs a body in matrix_world.py"


def judge(rows, words):
    return [leak for row in rows for leak in leaks_of(row, words)]


# --- asking

def members_of(description, operation):
    """Names of members, anywhere in the request, that name an object."""
    names = [p for p in operation.params if p not in PLAIN]
    names += [p["name"] for p in operation.item["parameters"] if p["in"] == "query" and p["name"] in NOBODYS]
    schema = operation.body_schema()
    if schema is not None:
        for name, member in description.resolve(schema)["properties"].items():
            if name in NOBODYS or "26" in description.resolve(member).get("pattern", ""):
                names.append(name)
    names += INSIDE.get(operation.id, [])
    for name in names:
        expect(name in NOBODYS, operation.id, "names an object by", name, "which the matrix does not know: matrix_world.py")
    return names


class Asker:
    def __init__(self, world, description, number, label, person):
        self.world, self.label, self.person, self.said = world, label, person, {}
        self.client = Client(world.instance, description, f"127.0.1.{number + 1}")

    def ask(self, operation, names, method=None):
        """(what was sent, answer). names: members that name objects."""
        request = Request(self.client.description, operation)
        path = operation.path
        for hole in operation.params:
            path = path.replace("{%s}" % hole, names.get(hole, "0"))
        query = "&".join(f"{n}={v}" for n, v in names.items() if n not in operation.params and operation.has_parameter("query", n))
        body = request.body
        if operation.id in BODIES:
            body = BODIES[operation.id](self.world, self.person, names)
        elif isinstance(body, dict):
            body = {**body, **{n: v for n, v in names.items() if n in body}}
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        headers = dict(request.headers)
        if isinstance(body, dict):
            headers["Content-Type"] = "application/json"
        if self.person is not None:
            headers["Authorization"] = "Bearer " + self.person.token
        target = BASE + path + ("?" + query if query else "")
        seen = Seen(*self.client.exchange(method or operation.method, target, data, headers))
        sent = target.encode() + (data or b"")
        self.said[operation.id] = self.said.get(operation.id, b"") + sent
        return sent + b"".join(self.said.get(o, b"") for o in TOLD_BACK.get(operation.id, ())), seen


class Matrix:
    def __init__(self, world, description):
        self.world, self.description, self.rows = world, description, []
        self.askers = [Asker(world, description, i, label, person) for i, (label, person) in enumerate(world.people.items())]
        self.labels = {p.address: label for label, p in world.people.items() if p is not None}
        self.words = [(word, {self.labels.get(a, a) for a in may}) for word, may in world.words]

    def knows(self, asker, kind, name):
        address = asker.person and asker.person.address
        return any(t.kind == SAME.get(kind, kind) and t.name == name and address in t.known for t in self.world.things)

    def pair(self, operation, asker, names, twin_names, what):
        for method in (["GET", "HEAD"] if operation.method == "GET" else [operation.method]):
            twin_sent, twin = asker.ask(operation, twin_names, method)
            sent, real = asker.ask(operation, names, method)
            self.rows.append(Row(operation, asker.label, f"{what} ({method})", sent + twin_sent, real, twin))

    def about(self, operation, asker, members, thing):
        """All of the ways to replace what the asker may not know of by what is not there."""
        member = next((m for m in members if SAME.get(m, m) == thing.kind), None)
        if member is None:
            return
        names = {m: NOBODYS[m]() for m in members if m in operation.params}
        names.update({m: v for m, v in thing.about.items() if m in members})
        names[member] = thing.name
        shown = SHOWN if operation.id in PUBLIC else ()
        foreign = [m for m in names if names[m] not in shown and not self.knows(asker, m, names[m])]
        if member not in foreign:
            return
        for replaced in ([member], foreign):
            twin = {m: NOBODYS[m]() if m in replaced else v for m, v in names.items()}
            self.pair(operation, asker, names, twin, f"{thing.kind} {thing.name}")

    def walk(self):
        for operation in self.description.operations.values():
            members = members_of(self.description, operation)
            # without a session it is all one who asks
            askers = self.askers if operation.needs_session else [a for a in self.askers if a.label in ("nobody", "customer")]
            for asker in askers:
                for thing in self.world.things:
                    self.about(operation, asker, members, thing)
                if not members and operation.method == "GET":
                    self.rows.append(Row(operation, asker.label, "nothing", *asker.ask(operation, {})))
            without = [o for o in self.rows if o.operation is operation]
            expect(without or not operation.needs_session or operation.method != "GET", operation.id, "was not asked")


def stale_is_nobody(matrix):
    """A session that is over is as one that never was, for every operation."""
    stale = next(a for a in matrix.askers if a.label == "stale session")
    for operation in matrix.description.operations.values():
        if not operation.needs_session:
            continue
        names = {m: NOBODYS[m]() for m in members_of(matrix.description, operation)}
        sent, real = stale.ask(operation, names)
        token, stale.person.token = stale.person.token, any_token()
        _, twin = stale.ask(operation, names)
        stale.person.token = token
        expect(real.status == 401, operation.id, "let a stale session in:", real)
        matrix.rows.append(Row(operation, stale.label, "a session", sent, real, twin))


class Program:
    """A mail program that has an app password: how it can present it to the API, as whom it tries to log in."""

    def __init__(self, address, password):
        padded = b64(password.encode().ljust(32, b"\0"))
        basic = base64.b64encode(f"{address}:{password}".encode()).decode()
        self.ways = {"bearer": "Bearer " + password, "padded bearer": "Bearer " + padded, "basic": "Basic " + basic}
        self.login = {"email": address, "auth_key": padded}
        self.recovery = {"email": address, "recovery_auth_key": padded}


def app_password_is_nobody(matrix):
    """A7: an app password is good for nothing here, in whatever way it is presented: as one that was never made."""
    world, client = matrix.world, matrix.askers[0].client
    good = Program(world.customer.address, world.app_password)
    wrong = Program(world.customer.address, "-".join(["aaaa"] * 5))

    def ask(operation, program, way):
        request = Request(matrix.description, operation)
        headers = {**request.headers, "Authorization": program.ways[way]}
        body = json.dumps(request.body).encode() if isinstance(request.body, dict) else request.body
        if isinstance(request.body, dict):
            headers["Content-Type"] = "application/json"
        return Seen(*client.exchange(operation.method, BASE + request.path, body, headers))

    for operation in matrix.description.operations.values():
        for way in good.ways if operation.needs_session else ():
            real, twin = ask(operation, good, way), ask(operation, wrong, way)
            expect(real.status == 401, operation.id, "let an app password in as", way, real)
            matrix.rows.append(Row(operation, "app password", way, b"", real, twin))
    for name, path in (("createSession", "/sessions"), ("openRecovery", "/recoveries")):
        answers = []
        for program in (good, wrong):
            body = json.dumps(program.login if name == "createSession" else program.recovery).encode()
            answers.append(Seen(*client.exchange("POST", BASE + path, body, {"Content-Type": "application/json"})))
        expect(answers[0].status == 401, name, "let an app password in:", answers[0])
        matrix.rows.append(Row(matrix.description.operations[name], "app password", "key", b"", *answers))
    expect(world.customer.good("GET", "/account/app-passwords").json()["items"], "there was none")


def is_read_by_its_own(matrix):
    """That those who may know of an object see more than of none: what proves nothing would pass, too."""
    told = set()
    for operation in matrix.description.operations.values():
        members = members_of(matrix.description, operation)
        for asker in matrix.askers if operation.method == "GET" and operation.needs_session else []:
            for thing in matrix.world.things:
                if thing.kind in map(lambda m: SAME.get(m, m), members) and matrix.knows(asker, thing.kind, thing.name):
                    member = next(m for m in members if SAME.get(m, m) == thing.kind)
                    names = {**{m: NOBODYS[m]() for m in members}, **thing.about, member: thing.name}
                    names = {m: v for m, v in names.items() if m in members}
                    real = asker.ask(operation, names)[1]
                    told |= {operation.id} if real.status == 200 else set()
    silent = {o.id for o in matrix.description.operations.values()
              if o.method == "GET" and o.needs_session and members_of(matrix.description, o)} - told
    expect(not silent, "nobody at all could read", silent)


def events_are_ones_own(matrix):
    """D5: everybody's stream from the beginning has events of their own subscriptions alone."""
    seen = set()
    operation = matrix.description.operations["followEvents"]
    for asker in [a for a in matrix.askers if a.person is not None]:
        _, answer = asker.ask(operation, {"after": "1"})
        for event in events_of(answer.raw) if answer.status == 200 else []:
            expect(event["kind"] != "resync" and matrix.knows(asker, "subscription", event["subscription"]) or event["kind"] == "ended",
                   asker.label, "was told", event)
            seen.add(asker.label)
    expect(len(seen) > 3, "only these were told anything:", seen)


def state_of(w):
    """What those see whose things they are."""
    views = [(w.owner, "/companies/kanzlei/customers?limit=100"), (w.owner, "/companies/kanzlei/members"),
             (w.owner, "/inbox?company=kanzlei"), (w.owner, "/memberships"), (w.stranger, "/companies/andere/customers"),
             (w.customer, "/subscriptions"), (w.customer, "/inbox"), (w.customer, "/inbox?outgoing=1"), (w.customer, "/account"),
             (w.berta, "/inbox"), (w.declined, "/subscriptions"), (w.customer, w.arriving.path), (w.customer, w.waiting.path),
             (w.customer, f"/subscriptions/{w.subscription}/entries"), (w.owner, f"/subscriptions/{w.subscription}/read-state")]
    return [(path, person.good("GET", path).body) for person, path in views]


# --- the control

def tampered(seen, change):
    copy = object.__new__(Seen)
    copy.status, copy.head, copy.body, copy.raw = seen.status, seen.head, seen.body, seen.raw
    change(copy)
    return copy


PLANTS = {
    "another status": lambda s: setattr(s, "status", s.status + 1),
    "one byte more": lambda s: setattr(s, "body", s.body + b" "),
    "one byte else": lambda s: setattr(s, "head", s.head[:-1] + bytes([s.head[-1] ^ 1])),
    "a header field": lambda s: setattr(s, "head", s.head + b"\nx-there: yes"),
    "a name": lambda s: setattr(s, "raw", s.raw + b"Bergmann"),
}


def finds_what_is_planted(matrix):
    """In what was recorded, once for every operation and each kind of leak."""
    rows, done = [r for r in matrix.rows if r.twin is not None and r.who == "member of another"], set()
    for row in rows:
        if row.operation.id in done:
            continue
        done.add(row.operation.id)
        for what, change in PLANTS.items():
            planted = Row(row.operation, row.who, row.what, row.sent, tampered(row.real, change), row.twin)
            expect(judge([planted], matrix.words), "does not find", what, "in", row)
    expect(len(done) > 20, "leaks were planted in", len(done), "operations only")
    return len(done) * len(PLANTS)


def test():
    with Instance("matrix") as instance:
        client = Client(instance)
        world = MatrixWorld(instance, client)
        matrix = Matrix(world, client.description)
        before = state_of(world)
        matrix.walk()
        stale_is_nobody(matrix)
        app_password_is_nobody(matrix)
        events_are_ones_own(matrix)
        leaks = judge(matrix.rows, matrix.words)
        if leaks:
            raise Failure(f"{len(leaks)} of {len(matrix.rows)}:\n" + "\n".join(leaks[:40]))
        for (path, old), (_, new) in zip(before, state_of(world)):
            expect(old == new, path, "is another after foreign requests:", old, new)
        is_read_by_its_own(matrix)
        planted = finds_what_is_planted(matrix)
        print(f"{len(client.description.operations)} operations, {len(matrix.rows)} comparisons, {planted} planted leaks found")


if __name__ == "__main__":
    main(test)
