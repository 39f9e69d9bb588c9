#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C3, C6, must-show 1: a large package both ways, broken ten times at random by killing the client, the server's processes or the
connection; downloads cut at random offsets. Nothing is lost, nothing removed early, and at most one chunk goes twice
for each break. TEST_LONG=1: 10 GiB and 10,000 cuts; TEST_MIB: another size."""

import hashlib
import os
import random
import signal
import ssl
import socket
import sys

from api_world import World
from cutting import CuttingProxy
from formats import padded
from instance import Instance, expect, main, wait_for
from openapi import Client
from wire import context_of

LONG = os.environ.get("TEST_LONG") == "1"
MIB = 1024 * 1024
SIZE, RATE = (10 * 1024 * MIB, None) if LONG else (int(os.environ.get("TEST_MIB", "128")) * MIB, 40 * MIB)
CUTS = 10_000 if LONG else 1_000
BREAKS = 10
SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
CHANCE = random.Random(SEED)
# The body as it travels, with its padding; and what TLS, heads and control requests add.
BODY, EXTRA = padded(SIZE + 28 * (SIZE // MIB)), 0.005


def digest(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while piece := f.read(MIB):
            h.update(piece)
    return h.hexdigest()


def size_below(folder):
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            pass
    return total


class Breaker:
    """Runs a command until it is done, and breaks it at random places meanwhile."""

    def __init__(self, instance, proxy, person, words, progress):
        self.instance, self.proxy, self.person, self.words, self.progress = instance, proxy, person, words, progress
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

    def run(self):
        """Gives what the command printed."""
        kinds = ["client", "connection", "web", "store", "provisiond"] * (BREAKS // 5)
        CHANCE.shuffle(kinds)
        places = sorted(CHANCE.sample(range(2, 97), BREAKS))
        self.start()
        for place, kind in zip(places, kinds):
            wait_for(600, f"{place} %", lambda p=place: self.running.poll() is not None or self.progress() >= SIZE * p // 100)
            expect(self.running.poll() is None, "it ended before it was broken:",
                   self.running.stderr.read().decode() if self.running.poll() else place)
            self.broken_by(kind)
        out, err = self.running.communicate(timeout=900)
        expect(self.running.returncode == 0, "after", self.done, "it failed:", err.decode())
        return out.decode()


def again(passed, what):
    """How much went twice, for each break."""
    twice = max(0, passed - BODY * (1 + EXTRA)) / BREAKS
    print(f"{what}: {SIZE // MIB} MiB, {BREAKS} breaks, sent again {twice / MIB:.2f} MiB a break")
    expect(twice <= MIB, what, "again for each break:", twice)


def both_ways(instance, proxy, customer, owner):
    path = instance.dir / "groß.bin"
    with open(path, "wb") as f:
        for _ in range(SIZE // MIB):
            f.write(CHANCE.randbytes(MIB))
    proxy.up = 0
    sending = Breaker(instance, proxy, customer, ["send", "--to", "kanzlei", path], lambda: size_below(instance.state / "packages"))
    package = sending.run().split()[-1]
    again(proxy.up, "sending")
    expect([r["state"] for r in customer.cli("inbox", "--sent")] == ["waiting"], "sent are", customer.cli("inbox", "--sent"))
    out = instance.dir / "ziel"
    proxy.down = 0

    def progress():
        expect(len(instance.spool_files()) == 3 or out.joinpath(path.name).exists(), "removed early")
        return size_below(out) if out.exists() else 0

    receiving = Breaker(instance, proxy, owner, ["receive", package, "-o", out], progress)
    receiving.run()
    again(proxy.down, "receiving")
    expect(digest(out / path.name) == digest(path), "the file came out different")
    row = customer.cli("inbox", "--sent")[0]
    expect(row["state"] == "received" and [p.name for p in out.iterdir()] == [path.name], "at the end", row, list(out.iterdir()))
    wait_for(5, "the spool to be empty", lambda: not instance.spool_files())


def control(instance, customer):
    """The measure is not blind: begun anew after a break, everything before the break goes twice."""
    path = instance.dir / "groß.bin"
    proxy = CuttingProxy(instance.port, RATE)
    customer.environment["PROVISION_URL"] = f"https://localhost:{proxy.port}"
    customer.cli("login", "--email", customer.address, stdin=customer.password + "\n")
    proxy.up = 0
    running = customer.start("send", "--to", "kanzlei", path)
    wait_for(600, "half of it", lambda: running.poll() is not None or proxy.up >= SIZE // 2)
    running.kill()
    running.communicate()
    for kept in customer.home.glob("sending-*"):
        kept.unlink()
    package = customer.cli("send", "--to", "kanzlei", path, timeout=900)["package"]
    expect(proxy.up - BODY * (1 + EXTRA) > SIZE // 4, "the count does not see what goes twice:", proxy.up)
    customer.cli("withdraw", package, "--yes")
    proxy.stop()


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
        if b" 206 " not in fields.split(b"\r\n")[0]:
            return None
        while len(body) < min(most, length - offset):
            piece = stream.recv(min(65536, most - len(body)))
            if not piece:
                break
            body += piece
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    return body


def cut_downloads():
    with Instance("cuts") as instance:
        w = World(instance, Client(instance))
        sent = w.sent(size=3 * MIB + 12345).create().complete()
        truth, proxy = sent.parcel.body, CuttingProxy(instance.port)
        head = f"GET /api/v1{sent.path}/body HTTP/1.1\r\nHost: localhost:{instance.port}\r\nAuthorization: Bearer {w.owner.token}\r\n"
        context, empty = context_of(instance), 0
        for i in range(CUTS):
            offset, most = CHANCE.randrange(len(truth)), CHANCE.randrange(1, 400_000)
            body = None
            while body is None:
                try:
                    body = cut_download(context, proxy, head, offset, len(truth), most)
                except (ssl.SSLError, OSError) as problem:
                    raise AssertionError(f"download {i}") from problem
            expect(truth[offset:offset + len(body)] == body, "wrong bytes at", offset)
            empty += not body
            if i % 10 == 0:
                proxy.cut()
            if i % 100 == 0:
                expect(len(instance.spool_files()) == 3, "removed early, after", i)
        expect(empty == 0, empty, "answers without bytes")
        row = w.owner.good("GET", sent.path).json()["row"]
        expect(row["state"] == "waiting" and len(instance.spool_files()) == 3, "after all cuts it is", row["state"])
        # control: only the receipt removes it, and it does
        sent.receive()
        wait_for(5, "the spool to be empty", lambda: not instance.spool_files())
        proxy.stop()
        print(CUTS, "downloads cut")


def test():
    print("seed", SEED)
    with Instance("broken", {"package_max_bytes": 64 * 1024 * MIB} if LONG else None) as instance:
        proxy = CuttingProxy(instance.port, RATE)
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller")
        customer = instance.person("anna@kunde.example", "Anna", "Schmidt")
        for person in (owner, customer):
            person.environment["PROVISION_URL"] = f"https://localhost:{proxy.port}"
            person.register()
        instance.company("kanzlei", owner)
        instance.subscribe(customer, "kanzlei", owner)
        both_ways(instance, proxy, customer, owner)
        proxy.stop()
        control(instance, customer)
    cut_downloads()
    sys.stdout.flush()


main(test)
