#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C3, C6, must-show 1: a large package both ways, broken ten times at random by killing the client, the server's processes or the
connection; downloads cut at random offsets. Nothing is lost, nothing removed early, and after no single break more than one
chunk goes again. Controls: the same checks fail when a sending begins anew, when a stored byte is lost, when the stream is
removed before the receipt. TEST_LONG=1: 10 GiB and 10,000 cuts; TEST_MIB: another size."""

import hashlib
import os
import random
import signal
import ssl
import socket
import sys
import time

from api_world import World
from cutting import CuttingProxy
from formats import padded
from instance import Failure, Instance, expect, main, wait_for
from openapi import Client
from wire import context_of

LONG = os.environ.get("TEST_LONG") == "1"
MIB = 1024 * 1024
SANITIZED = os.environ.get("NO_JAIL") == "1"
SIZE = (10 * 1024 if LONG else int(os.environ.get("TEST_MIB", "128" if SANITIZED else "1024"))) * MIB
CONTROL_SIZE = 64 * MIB
# Slower than the service: else the buffers of its sockets hold megabytes that were passed on and are lost when it is killed.
RATE = (16 if SANITIZED else 64) * MIB
CUTS = 10_000 if LONG else 1_000
SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
CHANCE = random.Random(SEED)
# TLS: 22 bytes a record of 16 KiB.
RECORD = 1 + 22 / 16384
# What is fetched again by every new process (seal, file records, account), and what lies between the two ends when it is counted.
BETWEEN = MIB // 2
# Seconds between two looks: the recipient writes whole chunks, and only right after one is little on the way.
OFTEN = 0.005


def digest(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while piece := f.read(MIB):
            h.update(piece)
    return h.hexdigest()


def size_below(folder):
    """Of what is there while somebody works on it: a folder or a file may go in between."""
    total = 0
    for path, _folders, files in os.walk(folder):
        for name in files:
            try:
                total += os.stat(os.path.join(path, name)).st_size
            except FileNotFoundError:
                pass
    return total


def body_of(size):
    """The body as it travels, with its padding."""
    return padded(size + 28 * (size // MIB))


def seal_of(size):
    return 32 * (size // MIB) + 4096


def waits_whole(instance):
    """A package is there: manifest, body and seal. A file that is being renamed may be missed once, not for long."""
    if len(instance.spool_files()) != 3:
        try:
            wait_for(1, "three files", lambda: len(instance.spool_files()) == 3)
        except Failure:
            raise Failure("removed early: the spool has", len(instance.spool_files())) from None


class Meter:
    """What had to go again after each break. passed(): bytes that went through the proxy; place(): bytes of the body that are where they
    should be. Their difference is never less than what went twice; its lowest value between two breaks is near to that."""

    def __init__(self, passed, place):
        self.passed, self.place, self.lows = passed, place, [float("inf")]

    def look(self):
        place = self.place()
        self.lows[-1] = min(self.lows[-1], self.passed() / RECORD - place)
        return place

    def broken(self):
        self.lows.append(float("inf"))

    def end(self, body):
        self.lows[-1] = self.passed() / RECORD - body
        return [max(0, b - max(0, a)) for a, b in zip(self.lows, self.lows[1:])]


class Breaker:
    """Runs a command until it is done, and breaks it at random places meanwhile."""

    def __init__(self, instance, proxy, person, words, size, meter):
        self.instance, self.proxy, self.person, self.words, self.size, self.meter = instance, proxy, person, words, size, meter
        self.running, self.done = None, []

    def start(self):
        self.running = self.person.start(*self.words)

    def kill_client(self):
        self.running.send_signal(signal.SIGKILL)
        self.running.communicate()
        self.start()

    def kill_role(self, name):
        for pid in self.instance.roles(name):
            os.kill(pid, signal.SIGKILL)

    def kill_provisiond(self):
        pids = self.instance.roles("web") + self.instance.roles("store") + self.instance.roles("courier")
        self.instance.daemon.kill()
        self.instance.daemon.wait()
        wait_for(20, "the roles to end", lambda: not any(os.path.exists(f"/proc/{p}") for p in pids))
        self.instance.start()

    def broken_by(self, what):
        {"client": self.kill_client, "connection": self.proxy.cut, "web": lambda: self.kill_role("web"),
         "store": lambda: self.kill_role("store"), "provisiond": self.kill_provisiond}[what]()
        self.done.append(what)
        self.meter.broken()

    def run(self, kinds, sabotage=None):
        """Gives what the command printed. sabotage(): what is done to the store after the first break, in controls."""
        places = sorted(CHANCE.sample(range(2, 97), len(kinds)))
        self.start()
        for place, kind in zip(places, kinds):
            wait_for(900, f"{place} %", lambda p=place: self.running.poll() is not None or self.meter.look() >= self.size * p // 100,
                     every=OFTEN)
            expect(self.running.poll() is None, "it ended before it was broken:",
                   self.running.stderr.read().decode() if self.running.poll() else place)
            self.broken_by(kind)
            if sabotage and len(self.done) == 1:
                sabotage()
        wait_for(900, "the end", lambda: self.running.poll() is not None or self.meter.look() < 0, every=OFTEN)
        out, err = self.running.communicate()
        expect(self.running.returncode == 0, "lost: after", self.done, "it failed:", err.decode())
        return out.decode()

    def judge(self, what, seconds):
        """The worst single break, not their mean."""
        again = self.meter.end(body_of(self.size))
        worst = max(range(len(again)), key=again.__getitem__)
        print(f"{what}: {self.size // MIB} MiB in {seconds:.0f} s, {len(again)} breaks, sent again "
              f"{sum(again) / MIB:.2f} MiB in all, {again[worst] / MIB:.2f} MiB after the worst ({self.done[worst]})", flush=True)
        expect(again[worst] <= MIB + BETWEEN + seal_of(self.size), what, "again after one break:",
               [(k, round(a / MIB, 2)) for k, a in zip(self.done, again)])


def ten():
    kinds = ["client", "connection", "web", "store", "provisiond"] * 2
    CHANCE.shuffle(kinds)
    return kinds


class BothWays:
    """One file sent by the customer and received by the owner, everything through a proxy."""

    def __init__(self, size, kinds, rate=None):
        self.size, self.kinds, self.rate = size, kinds, rate

    def __enter__(self):
        self.instance = i = Instance("broken", {"package_max_bytes": 64 * 1024 * MIB} if LONG else None).__enter__()
        self.proxy = CuttingProxy(i.port, self.rate)
        self.owner = i.person("eva@kanzlei.example", "Eva", "Müller")
        self.customer = i.person("anna@kunde.example", "Anna", "Schmidt")
        for person in (self.owner, self.customer):
            person.environment["PROVISION_URL"] = f"https://localhost:{self.proxy.port}"
            person.register()
        i.company("kanzlei", self.owner)
        i.subscribe(self.customer, "kanzlei", self.owner)
        self.path, self.out = i.dir / "groß.bin", i.dir / "ziel"
        with open(self.path, "wb") as f:
            for _ in range(self.size // MIB):
                f.write(CHANCE.randbytes(MIB))
        return self

    def __exit__(self, *error):
        self.proxy.stop()
        self.instance.__exit__(*error)

    def spool(self):
        return size_below(self.instance.state / "packages")

    def written(self):
        """What the recipient has. Until all of it is in place nothing may be gone from the server."""
        if not self.out.joinpath(self.path.name).exists():
            waits_whole(self.instance)
        return size_below(self.out) * (1 + 28 / MIB) if self.out.exists() else 0

    def send(self):
        begun, self.proxy.up = time.monotonic(), 0
        meter = Meter(lambda: self.proxy.up, self.spool)
        sending = Breaker(self.instance, self.proxy, self.customer, ["send", "--to", "kanzlei", self.path], self.size, meter)
        package = sending.run(self.kinds()).split()[-1]
        sending.judge("sending", time.monotonic() - begun)
        rows = self.customer.cli("inbox", "--sent")
        expect([r["state"] for r in rows] == ["waiting"], "sent are", rows)
        return package

    def receive(self, package, sabotage=None):
        begun, self.proxy.down = time.monotonic(), 0
        meter = Meter(lambda: self.proxy.down, self.written)
        receiving = Breaker(self.instance, self.proxy, self.owner, ["receive", package, "-o", self.out], self.size, meter)
        receiving.run(self.kinds(), sabotage)
        receiving.judge("receiving", time.monotonic() - begun)
        expect(digest(self.out / self.path.name) == digest(self.path), "the file came out different")
        row = self.customer.cli("inbox", "--sent")[0]
        expect(row["state"] == "received" and [p.name for p in self.out.iterdir()] == [self.path.name], "at the end", row,
               list(self.out.iterdir()))
        wait_for(5, "the spool to be empty", lambda: not self.instance.spool_files())


def must_fail(what, said, check):
    """A control: the check sees it, and says so."""
    try:
        check()
    except Failure as failure:
        expect(said in str(failure), what, "was seen as something else:", failure)
        return
    raise Failure(what, ": nothing saw it")


def body_in(instance):
    return max(instance.spool_files(), key=lambda p: p.stat().st_size)


def zero_out(path):
    """The second half; the length stays."""
    half = path.stat().st_size // 2
    with open(path, "r+b") as f:
        f.seek(half)
        f.write(bytes(half))


def controls():
    """The checks are not blind."""
    with BothWays(CONTROL_SIZE, lambda: ["client"], RATE) as w:
        sending = Breaker(w.instance, w.proxy, w.customer, ["send", "--to", "kanzlei", w.path], w.size,
                          Meter(lambda: w.proxy.up, w.spool))

        def begin_anew(start=sending.start):
            for kept in w.customer.home.glob("sending-*"):
                kept.unlink()
            start()
        w.proxy.up, sending.start = 0, begin_anew
        sending.run(["client"])
        must_fail("a sending that begins anew", "again after one break", lambda: sending.judge("control", 0))
    for what, said, change in (("a stream removed before the receipt", "removed early", os.unlink),
                               ("the end of a stream lost", "lost: ", lambda p: os.truncate(p, p.stat().st_size // 2)),
                               ("stored bytes lost", "lost: ", zero_out)):
        with BothWays(CONTROL_SIZE, lambda: ["connection"], RATE) as w:
            package = w.customer.cli("send", "--to", "kanzlei", w.path)["package"]
            must_fail(what, said, lambda: w.receive(package, lambda: change(body_in(w.instance))))
    print("controls: seen")


def cut_download(context, proxy, head, offset, length, most):
    """One GET from offset, cut after most bytes of the body; gives what came."""
    raw = socket.create_connection(("127.0.0.1", proxy.port), 30)
    with context.wrap_socket(raw, server_hostname="localhost") as stream:
        stream.sendall((head + f"Range: bytes={offset}-{length - 1}\r\n\r\n").encode())
        data = b""
        while b"\r\n\r\n" not in data:
            piece = stream.recv(4096)
            if not piece:
                return b""
            data += piece
        fields, _, body = data.partition(b"\r\n\r\n")
        status = fields.split(b" ")[1]
        if status in (b"429", b"503"):
            return None
        expect(status == b"206", "removed early: answered", fields)
        while len(body) < min(most, length - offset):
            piece = stream.recv(min(65536, most - len(body)))
            if not piece:
                break
            body += piece
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    return body


def cut_at_random(w, sent, count):
    truth, proxy = sent.parcel.body, CuttingProxy(w.instance.port)
    head = f"GET /api/v1{sent.path}/body HTTP/1.1\r\nHost: localhost:{w.instance.port}\r\nAuthorization: Bearer {w.owner.token}\r\n"
    context, empty = context_of(w.instance), 0
    for i in range(count):
        offset, most = CHANCE.randrange(len(truth)), CHANCE.randrange(1, 400_000)
        body = None
        while body is None:
            try:
                body = cut_download(context, proxy, head, offset, len(truth), most)
            except (ssl.SSLError, OSError) as problem:
                raise AssertionError(f"download {i}") from problem
        expect(truth[offset:offset + len(body)] == body, "lost: wrong bytes at", offset)
        empty += not body
        if i % 10 == 0:
            proxy.cut()
        if i % 100 == 0:
            waits_whole(w.instance)
    proxy.stop()
    expect(empty == 0, empty, "answers without bytes")
    w.client.connection.close()   # it was idle for longer than the service waits, in the long run
    row = w.owner.good("GET", sent.path).json()["row"]
    expect(row["state"] == "waiting", "removed early: after all cuts it is", row["state"])
    waits_whole(w.instance)


def cut_downloads():
    with Instance("cuts") as instance:
        w = World(instance, Client(instance))
        sent, begun = w.sent(size=3 * MIB + 12345).create().complete(), time.monotonic()
        cut_at_random(w, sent, CUTS)
        print(CUTS, "downloads cut in", round(time.monotonic() - begun), "s")
        # controls: what was lost is seen, and so is a receipt of who has not the whole; only that removes it, and it does
        zero_out(body_in(instance))
        must_fail("stored bytes lost", "lost: ", lambda: cut_at_random(w, sent, 50))
        sent.receive()
        must_fail("a receipt before the end", "removed early", lambda: cut_at_random(w, sent, 50))
        wait_for(5, "the spool to be empty", lambda: not instance.spool_files())


def both_ways(tries=2):
    """Of a process that got no time, what waits in the kernel when it is killed counts as sent again. A defect shows twice."""
    try:
        with BothWays(SIZE, ten, RATE) as w:
            w.receive(w.send())
    except Failure as failure:
        if tries == 1 or "again after one break" not in str(failure):
            raise
        print("once more:", failure, flush=True)
        both_ways(tries - 1)


def test():
    print("seed", SEED, flush=True)
    both_ways()
    controls()
    cut_downloads()
    sys.stdout.flush()


main(test)
