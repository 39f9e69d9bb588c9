#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C3: a sending that was broken off goes on in another process: same command, --resume, after a new login; a file that
changed meanwhile is sent anew; a receiving that was killed goes on with what is on disk already."""

import hashlib
import os
import random
import signal

from instance import Instance, expect, main, wait_for

MIB = 1024 * 1024


def make_file(path, size, seed=1):
    path.write_bytes(random.Random(seed).randbytes(size))
    return path


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def spool_bytes(instance):
    total = 0
    for path in instance.spool_files():
        try:
            total += path.stat().st_size
        except OSError:
            pass
    return total


def break_off(instance, person, words, enough):
    """Starts a command and kills it as soon as enough() says so."""
    running = person.start(*words)
    try:
        wait_for(60, "the command to be on its way", lambda: running.poll() is not None or enough())
        expect(running.poll() is None, "it was done before it could be killed", running.stderr.read().decode() if running.poll() else "")
    finally:
        running.send_signal(signal.SIGKILL)
        running.communicate()


def said(done):
    return done.stderr.decode()


def break_sending(instance, person, words, least):
    before = spool_bytes(instance)
    break_off(instance, person, words, lambda: spool_bytes(instance) - before >= least)


def sending(instance, customer, staff):
    path = make_file(instance.dir / "groß.bin", 160 * MIB)
    words = ["send", "--to", "kanzlei", "--comment", "Akte 7", path]
    break_sending(instance, customer, words, 40 * MIB)
    sets = [p.name for p in customer.home.glob("sending-*")]
    expect(len([n for n in sets if "." not in n]) == 1, "what is kept is", sets)
    for kept in customer.home.glob("sending-*"):
        expect(b"kanzlei" not in kept.read_bytes() and "groß".encode() not in kept.read_bytes(), kept.name, "shows what is sent")
    # the same command goes on, with the same package, and sends only what is missing
    had = spool_bytes(instance)
    done = customer.raw(*words)
    expect(done.returncode == 0 and "going on with package" in said(done), "resumed said", said(done))
    package = done.stdout.decode().split()[-1]
    expect(had >= 40 * MIB, "only", had, "had arrived")
    expect(not list(customer.home.glob("sending-*")), "something was kept of what was delivered")
    got = instance.dir / "got"
    staff.cli("receive", package, "-o", got)
    expect(digest(got / path.name) == digest(path), "the file came out different")
    # the same command once more sends another package: the first one was delivered
    again = customer.cli(*words)["package"]
    expect(again != package, "the same package twice")
    staff.cli("receive", again, "-o", instance.dir / "again")


def sending_after_login(instance, customer, staff):
    path = make_file(instance.dir / "zwei.bin", 160 * MIB, 2)
    break_sending(instance, customer, ["send", "--to", "kanzlei", path], 40 * MIB)
    customer.cli("logout")
    refused = customer.raw("send", "--resume")
    expect(refused.returncode != 0, "resumed without a login")
    customer.cli("login", "--email", customer.address, stdin=customer.password + "\n")
    done = customer.raw("send", "--resume")
    expect(done.returncode == 0 and "going on with package" in said(done), "resumed said", said(done))
    staff.cli("receive", done.stdout.decode().split()[-1], "-o", instance.dir / "zwei")
    expect(digest(instance.dir / "zwei" / path.name) == digest(path), "the file came out different")
    expect(customer.raw("send", "--resume").returncode == 66, "something is left to resume")


def changed_file(instance, customer, staff):
    """Control for all of it: a file that is not the same any more is noticed."""
    path = make_file(instance.dir / "drei.bin", 160 * MIB, 3)
    words = ["send", "--to", "kanzlei", path]
    break_sending(instance, customer, words, 40 * MIB)
    stat = path.stat()
    with open(path, "r+b") as f:
        f.seek(5 * MIB)
        f.write(b"changed")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))   # the time alone does not hide it
    done = customer.raw(*words)
    expect(done.returncode == 0 and "changed since" in said(done) and "begins anew" in said(done), "said", said(done))
    package = done.stdout.decode().split()[-1]
    staff.cli("receive", package, "-o", instance.dir / "drei")
    expect(digest(instance.dir / "drei" / path.name) == digest(path), "the file came out mixed")
    rows = [r for r in customer.cli("inbox", "--sent") if r["state"] == "arriving"]
    expect(not rows, "the one before is still there", rows)
    # a file more in a folder
    folder = instance.dir / "ordner"
    folder.mkdir()
    make_file(folder / "a.bin", 160 * MIB, 4)
    break_sending(instance, customer, ["send", "--to", "kanzlei", folder], 40 * MIB)
    (folder / "b.txt").write_text("neu")
    done = customer.raw("send", "--resume")
    expect(done.returncode == 0 and "the files changed" in said(done), "said", said(done))
    answer = staff.cli("receive", done.stdout.decode().split()[-1], "-o", instance.dir / "vier")
    expect(len(answer["files"]) == 2, "files", answer)


def staged(folder):
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) if folder.exists() else 0


def receiving(instance, customer, staff):
    folder = instance.dir / "akten"
    folder.mkdir()
    for i in range(4):
        make_file(folder / f"{i}.bin", 50 * MIB + i, 10 + i)
    (folder / "leer").write_bytes(b"")
    package = customer.cli("send", "--to", "kanzlei", folder)["package"]
    out = instance.dir / "ziel"
    break_off(instance, staff, ["receive", package, "-o", out], lambda: staged(out) >= 70 * MIB)
    expect([p.name for p in out.iterdir()] == [".provision-" + package], "in the target is", list(out.iterdir()))
    expect(staff.cli("inbox")[0]["state"] == "waiting", "removed early")
    # one byte that is not what was signed any more: it is fetched again from there
    first = sorted((out / (".provision-" + package)).rglob("0.bin"))[0]
    with open(first, "r+b") as f:
        f.seek(20 * MIB)
        f.write(b"?")
    done = staff.raw("receive", package, "-o", out)
    expect(done.returncode == 0 and "going on: 20.0 MiB" in said(done), "said", said(done))
    for i in range(4):
        expect(digest(out / "akten" / f"{i}.bin") == digest(folder / f"{i}.bin"), i, "came out different")
    expect([p.name for p in out.iterdir()] == ["akten"], "something is left in the target", list(out.iterdir()))
    expect(staff.cli("inbox")[0]["state"] == "received", "no receipt")


def receipt_open(instance, customer, staff):
    """Killed between the files' being in place and the receipt: only the receipt is sent then."""
    path = make_file(instance.dir / "f.bin", 20 * MIB, 20)
    package = customer.cli("send", "--to", "kanzlei", path)["package"]
    out = instance.dir / "fertig"
    # as it is then: the folder of what is whole, empty, and the file in place
    out.mkdir()
    (out / f".provision-{package}.whole").mkdir(mode=0o700)
    (out / "f.bin").write_bytes(b"not this one" + path.read_bytes()[12:])
    done = staff.raw("receive", package, "-o", out)
    expect(done.returncode != 0 and "changed since" in said(done), "another file counts as received:", said(done))
    expect(staff.cli("inbox")[0]["state"] == "waiting", "a receipt for something else")
    (out / f".provision-{package}.whole").mkdir(mode=0o700, exist_ok=True)
    (out / "f.bin").write_bytes(path.read_bytes())
    staff.cli("receive", package, "-o", out)
    expect(staff.cli("inbox")[0]["state"] == "received" and [p.name for p in out.iterdir()] == ["f.bin"], list(out.iterdir()))


def test():
    with Instance("resume") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        instance.company("kanzlei", owner)
        instance.subscribe(customer, "kanzlei", owner)
        sending(instance, customer, owner)
        sending_after_login(instance, customer, owner)
        changed_file(instance, customer, owner)
        receiving(instance, customer, owner)
        receipt_open(instance, customer, owner)


main(test)
