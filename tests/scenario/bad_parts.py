#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Malformed headers, manifests, seals, certificates and receipts: from a hostile client, which gets a problem document with
4xx and leaves nothing behind; from a hostile server, whose packages are changed on disk below it: no file, no receipt, and
the true package can still be fetched."""

import os

from api_world import TUS, World, metadata
from formats import AGENT, OWNER, b64, u16
from instance import Instance, expect, main, wait_for
from openapi import Client
from refusals import DATA, IO, Refusals, Tool


# --- a hostile client

def spoiled(data):
    """A record made wrong in every simple way."""
    yield "empty", b""
    yield "one byte", b"x"
    yield "cut", data[:-1]
    yield "half", data[:len(data) // 2]
    yield "longer", data + b"x"
    yield "another magic", b"XXXX" + data[4:]
    yield "version 0", data[:4] + u16(0) + data[6:]
    yield "version 2", data[:4] + u16(2) + data[6:]
    yield "all ones", data[:6] + b"\xff" * (len(data) - 6)
    yield "all zeros", data[:6] + bytes(len(data) - 6)
    yield "random", os.urandom(len(data))


class Hostile:
    def __init__(self, w):
        self.w, self.wrong, self.count = w, [], 0

    def check(self, what, answer, problems):
        self.count += 1
        if not 400 <= answer.status < 500 or answer.headers.get("content-type") != "application/problem+json":
            self.wrong.append(f"{what}: answered {answer.status} {answer.body[:200]}")
        elif answer.problem() not in problems:
            self.wrong.append(f"{what}: said {answer.body[:300]}")
        elif answer.problem() in ("trust", "version", "syntax") and answer.field() != what.split()[0]:
            self.wrong.append(f"{what}: blamed {answer.field()}")


def headers(h):
    w, sent = h.w, h.w.sent()
    for what, header in spoiled(sent.parcel.header):
        answer = w.customer.ask("POST", "/packages", sent.body(header=b64(header)))
        h.check(f"header {what}", answer, ("syntax", "version", "trust", "limit"))
        gone = w.customer.ask("GET", sent.path)
        expect(gone.problem() == "not-found", "a package was made by a header that is", what)


def parts(h):
    """Manifest and seal are judged when the package is to be complete."""
    w = h.w
    sent = w.sent().create()
    good = {"manifest": sent.parcel.manifest, "seal": sent.parcel.seal(sent.sequence)}
    for part in good:
        for what, data in spoiled(good[part]):
            other = w.sent().create()
            other.upload("body", other.parcel.body)
            w.customer.good("PUT", other.path + "/files/0", {"files": other.parcel.files()})
            third = "seal" if part == "manifest" else "manifest"
            other.upload(third, other.parcel.manifest if third == "manifest" else other.parcel.seal(other.sequence))
            if part == "manifest" and len(data) != len(other.parcel.manifest):
                answer = w.customer.ask("POST", other.path + "/parts", headers={**TUS, "Upload-Length": str(len(data)), "Upload-Metadata": metadata(part)})
                h.check(f"manifest {what}", answer, ("conflict", "syntax", "limit"))
            else:
                if data:
                    other.upload(part, data)
                h.check(f"{part} {what}", w.customer.ask("POST", other.path + "/complete", {}), ("trust", "version", "syntax", "state"))
            row = w.customer.good("GET", other.path).json()["row"]
            expect(row["state"] == "arriving", part, what, "was taken:", row)
            w.customer.good("DELETE", other.path)
    w.customer.good("DELETE", sent.path)


def certificates(h):
    w = h.w
    place = w.company.join(w.customer)
    for what, data in spoiled(w.company.keys.certificate(w.customer.keys, AGENT)):
        answer = w.owner.ask("POST", place + "/seal", w.company.sealing(w.customer, certificate=data or b"\0"))
        h.check(f"certificate {what}", answer, ("trust", "version", "syntax", "limit"))
    company = w.new_company()
    keys = company.keys
    for field, data in (("root", keys.root), ("epoch", keys.epoch), ("certificate", keys.certificate(w.owner.keys, OWNER))):
        for what, bad in spoiled(data):
            h.check(f"{field} {what}", w.owner.ask("POST", company.path + "/activation", company.activation(**{field: b64(bad)})),
                    ("trust", "version", "syntax", "limit", "busy"))
    expect(len(w.owner.good("GET", w.company.path + "/members").json()["items"]) == 3, "somebody became a member")


def receipts(h):
    w = h.w
    sent = w.sent().create().complete()
    for what, data in spoiled(sent.parcel.receipt(*w.as_owner())):
        answer = w.owner.ask("POST", sent.path + "/receipt", {"receipt": b64(data)})
        h.check(f"receipt {what}", answer, ("trust", "version", "syntax", "limit"))
    expect(w.owner.good("GET", sent.path).json()["row"]["state"] == "waiting", "a bad receipt was taken")
    sent.receive()


def hostile_client(instance):
    w = World(instance, Client(instance))
    h = Hostile(w)
    for table in (headers, parts, certificates, receipts):
        table(h)
    expect(not h.wrong, f"{len(h.wrong)} of {h.count}:\n " + "\n ".join(h.wrong))
    wait_for(5, "the spool to be empty", lambda: not instance.spool_files())
    print(h.count, "malformed records refused, nothing kept")


# --- a hostile server

def damages(data):
    """What happens to a file, the exit code of who receives it, what must be said. The server itself refuses another length."""
    n = len(data)
    for at in (0, n // 3, n // 2, n - 1):
        yield f"bit at {at}", data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1:], DATA, "package"
    yield "zeros", bytes(n), DATA, "package"
    for what, bad in (("cut", data[:-1]), ("empty", b""), ("longer", data + b"x")):
        yield what, bad, IO, "localhost"


def hostile_server(instance):
    owner = instance.person("uta@amt.example", "Uta", "Amt").register()
    customer = instance.person("ben@kunde.example", "Ben", "Kunde").register()
    instance.company("amt", owner)
    instance.subscribe(customer, "amt", owner)
    path = instance.dir / "akte.bin"
    path.write_bytes(os.urandom(3 << 20))
    for _ in range(2):      # whom one meets is kept at the first one
        package = customer.cli("send", "--to", "amt", path)["package"]
        owner.cli("receive", package, "-o", instance.dir / "vorher", "--force")
    package = customer.cli("send", "--to", "amt", path)["package"]
    target = instance.dir / "ziel"
    target.mkdir()
    wait_for(5, "three parts", lambda: len(instance.spool_files()) == 3)
    tool = Tool(Refusals(owner.home, target), "provision", owner.environment)
    for name in [p.name for p in instance.spool_files()]:
        def find(name=name):
            return [p for p in instance.spool_files() if p.name == name][0]
        good = find().read_bytes()
        for what, bad, code, said in damages(good):
            find().write_bytes(bad)
            seen = owner.cli("inbox")
            tool.refuses(f"{len(good)} bytes, {what}", ["receive", package, "-o", target], code, said)
            expect(owner.cli("inbox") == seen and len(instance.spool_files()) == 3, "a receipt was sent for", what)
            find().write_bytes(good)
    tool.rows.end()
    got = owner.cli("receive", package, "-o", target)
    expect((target / "akte.bin").read_bytes() == path.read_bytes(), "another content:", got)


def test():
    with Instance("bad-parts") as instance:
        hostile_client(instance)
        hostile_server(instance)


main(test)
