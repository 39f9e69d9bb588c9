#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Must-show 3: no 16-byte piece of a file, no password, private key or package key, raw, base64 or hex, in
the state directory, the logs, or what the roles say to the store. Control: the same search over the same
run with a client whose encryption is stubbed finds the file's pieces in the spool."""

import base64
import json
import os
import pathlib
import subprocess
import sys
import time

import instance as harness
from instance import Instance, expect, main
from wire import ask

PIECE = 16


def spellings(piece):
    """How a piece of bytes may lie around: raw, hex, and base64 at each of the three alignments."""
    yield piece
    yield piece.hex().encode()
    yield piece.hex().upper().encode()
    for pad in range(3):
        text = base64.b64encode(b"\0" * pad + piece)
        # what does not depend on the neighbours
        yield text[4 if pad else 0:len(text) // 4 * 4 - 4]
        yield base64.urlsafe_b64encode(b"\0" * pad + piece)[4 if pad else 0:len(text) // 4 * 4 - 4]


def haystacks(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()


def search(needles, hay):
    return [name for name, piece in needles for s in spellings(piece) if len(s) >= 12 and s in hay]


class Tap:
    """Everything the web processes send on their links, by strace."""

    def __init__(self, instance):
        self.out = instance.dir / "tap"
        self.tracers = []
        for pid in instance.roles("web"):
            command = ["strace", "-f", "-qq", "-e", "trace=sendmsg,sendto,write,pwrite64", "-e", "signal=none", "-xx", "-s", "200000",
                       "-p", str(pid), "-o", f"{self.out}.{pid}"]
            self.tracers.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE))
        time.sleep(1)
        for tracer in self.tracers:
            expect(tracer.poll() is None, "strace did not start")

    def bytes(self):
        for tracer in self.tracers:
            tracer.terminate()
            tracer.wait(10)
        all_bytes = b""
        for path in self.out.parent.glob("tap.*"):
            for piece in path.read_text().split('"')[1::2]:
                if piece.startswith("\\x"):
                    all_bytes += bytes.fromhex(piece.replace("\\x", "")) + b"\n"
        return all_bytes


def one_run(program):
    """Sends and receives a file; gives what was found of it, and of secrets, and how many bytes were searched."""
    content = os.urandom(300_000)
    marker = b"CANARY-" + os.urandom(32)
    with Instance("canary") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        customer = instance.person("anna@kunde.example", "Anna", "Schmidt", password="Kanarienvogel im Bergwerk 1906").register()
        instance.company("kanzlei", owner)
        instance.subscribe(customer, "kanzlei", owner)
        tap = Tap(instance)
        path = instance.dir / "akte.bin"
        path.write_bytes(content + marker)
        usual = harness.instance_program
        harness.instance_program = lambda name: program if name == "provision" and program else usual(name)
        customer.cli("send", "--to", "kanzlei", path)
        harness.instance_program = usual
        waiting = b"".join(data for _, data in haystacks(instance.state))
        if not program:
            package = owner.cli("inbox")[0]["package"]
            owner.cli("receive", package, "-o", instance.dir / "got")
            expect((instance.dir / "got" / "akte.bin").read_bytes() == content + marker, "file came out different")
        keys = [] if program else [package_key_of_answer(instance, owner, customer, path)]
        said = tap.bytes()
        stored = waiting + b"".join(data for _, data in haystacks(instance.state)) + instance.log.read_bytes()
        files = [("file", content[at:at + PIECE]) for at in range(0, len(content) - PIECE, 20_000)]
        files += [("file", marker[i:i + PIECE]) for i in range(0, len(marker) - PIECE, 8)]
        secrets = [("password", customer.password.encode())]
        secrets += [("private key", key) for key in dump_secrets(customer) + dump_secrets(owner)]
        secrets += [("package key", key) for key in keys]
        expect(len(secrets) == 5 + len(keys), "the test has no private keys to look for")
        return search(files, stored), search(secrets, stored + said) + search(files, said), len(stored), len(said)


def dump_secrets(person, *words):
    """Private keys of a logged-in person, or what else is asked for, by a test-only program that opens the profile."""
    out = harness.run(pathlib.Path(os.environ["TOOLS"]) / "profile_secrets", *words, env=person.environment)
    return [bytes.fromhex(line) for line in out.decode().split()]


def package_key_of_answer(instance, owner, customer, path):
    """Sends a package the other way; its key, as only the customer can open it."""
    number = owner.cli("customers")[0]["number"]
    package = owner.cli("send", "--to", number, path)["package"]
    token = harness.run(pathlib.Path(os.environ["TOOLS"]) / "profile_secrets", "token", env=customer.environment).decode().strip()
    answer = json.loads(ask(instance, "GET", "/api/v1/packages/" + package, token=token)[2])
    return dump_secrets(customer, answer["header"])[0]


def test():
    found, found_secret, stored, said = one_run(None)
    print(f"searched {stored} bytes stored, {said} bytes said to the store")
    expect(said > 10_000, "the tap saw only", said, "bytes")
    expect(not found and not found_secret, "found", set(found), set(found_secret))
    stub = pathlib.Path(os.environ["TOOLS"]) / "provision_stubbed"
    found, _, stored, _ = one_run(stub)
    expect(found, "the control run found nothing: the search proves nothing")
    print(f"control: found {len(found)} pieces in {stored} bytes")


main(test)
