#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Bad files of the tools: what cannot be sent, what changes meanwhile, what stands where something is to be written, and
names that a stranger chose to do harm."""

import os
import shutil
import threading
import time

from instance import Instance, expect, main
from refusals import CANTCREATE, DATA, DENIED, NOINPUT, TRY_AGAIN, USAGE, Refusals, Scene, Tool, is_raw


def make_bad_files(folder):
    (folder / "ordner" / "tief").mkdir(parents=True)
    (folder / "ordner" / "tief" / "brief.txt").write_text("x")
    (folder / "verweis").symlink_to("brief.txt")
    os.mkfifo(folder / "röhre")
    (folder / "zu").write_text("x")
    (folder / "zu").chmod(0)
    deep = folder / "abgrund"
    for _ in range(70):
        deep /= "t"
    deep.mkdir(parents=True)


def sends(s, rows):
    make_bad_files(s.files)
    tool = Tool(rows, "provision", s.customer.environment)
    for what, names, code, said in [
            ("file not there", [s.files / "fehlt"], NOINPUT, [s.files / "fehlt"]),
            ("file not there, name with controls", [str(s.files) + "/a\nb\x1b[2Jc"], NOINPUT, ["a\\x0ab\\x1b[2Jc"]),
            ("file not there, no UTF-8", [os.fsencode(s.files) + b"/\xff\xfe"], NOINPUT, ["\\xff\\xfe"]),
            ("folder not there", [s.files / "fehlt" / "brief.txt"], NOINPUT, ["fehlt/brief.txt"]),
            ("good and bad", [s.good, s.files / "fehlt"], NOINPUT, [s.files / "fehlt"]),
            ("file as a folder", [s.good / "x"], NOINPUT, [s.good / "x"]),
            ("symbolic link", [s.files / "verweis"], DATA, [s.files / "verweis", "symbolic link"]),
            ("pipe", [s.files / "röhre"], DATA, [s.files / "röhre", "neither"]),
            ("device", ["/dev/zero"], DATA, ["/dev/zero", "neither"]),
            ("twice", [s.good, s.files / "ordner/tief/brief.txt"], CANTCREATE, ["brief.txt", "two files"]),
            ("too deep", [s.files / "abgrund"], DATA, ["abgrund/t/t", "deep"]),
            ("name too long", [s.files / ("x" * 256)], NOINPUT, ["xxx", "too long"]),
            ("root", ["/"], USAGE, ["root folder"])]:
        tool.refuses(what, ["send", "--to", "kanzlei", *names], code, *said)
    if os.geteuid() != 0:
        tool.refuses("unreadable", ["send", "--to", "kanzlei", s.files / "zu"], DENIED, s.files / "zu")
    big = s.instance.dir / "gross"
    big.mkdir()
    with open(big / "kiste.bin", "wb") as f:
        f.truncate(3 << 20)
    tool.refuses("package too large", ["send", "--to", "kanzlei", big / "kiste.bin"], DATA, "3.1 MiB", "2.0 MiB", unchanged=[big])


class Writer(threading.Thread):
    """Changes a file again and again until it is told to stop."""

    def __init__(self, path):
        super().__init__()
        self.path, self.is_done = path, threading.Event()

    def run(self):
        n = 0
        while not self.is_done.is_set():
            with open(self.path, "r+b") as f:
                f.write(b"%d" % n)
            n += 1
            time.sleep(0.0005)


def changing(s, rows):
    """A file that changes while it is sent. Only the spool can be compared: the file is what changes."""
    path = s.instance.dir / "waechst \x1b[2J.bin"
    path.write_bytes(os.urandom(1 << 20))
    writer = Writer(path)
    writer.start()
    try:
        Tool(rows, "provision", s.customer.environment).refuses(
            "a file that changes", ["send", "--to", "kanzlei", path], TRY_AGAIN, "waechst \\x1b[2J.bin", "changed", "nothing was delivered")
    finally:
        writer.is_done.set()
        writer.join()


def targets(s, rows):
    """Where received files go."""
    tool, place = Tool(rows, "provision", s.owner.environment), s.instance.dir / "ziel"
    place.mkdir()
    good = ["receive", s.waiting, "-o"]
    (place / "brief.txt").write_text("von mir")
    tool.refuses("file exists", [*good, place], CANTCREATE, place / "brief.txt", "--force", unchanged=[place])
    (place / "brief.txt").unlink()
    (place / "brief.txt").symlink_to("/etc/hostname")
    tool.refuses("link exists", [*good, place], CANTCREATE, place / "brief.txt", unchanged=[place])
    (place / "brief.txt").unlink()
    (place / "brief.txt").mkdir()
    tool.refuses("folder exists", [*good, place], CANTCREATE, place / "brief.txt", unchanged=[place])
    tool.refuses("folder exists, by force", [*good, place, "--force"], CANTCREATE, place / "brief.txt", "meet", unchanged=[place])
    (place / "brief.txt").rmdir()
    tool.refuses("target is a file", [*good, s.good], CANTCREATE, s.good, "not a folder", unchanged=[place])
    tool.refuses("target in nothing", [*good, place / "a" / "b"], NOINPUT, place / "a" / "b", unchanged=[place])
    tool.refuses("target with controls", [*good, str(place) + "/a\x1b[2J/b"], NOINPUT, "a\\x1b[2J/b", unchanged=[place])


# what is sent, how it is written
HOSTILE = [(b"zwei\nZeilen.txt", "zwei%0AZeilen.txt"), (b"rot\x1b[31m.txt", "rot%1B[31m.txt"), (b"-rf", "-rf"),
           (b"\xff\xfekein utf8", "%FF%FEkein utf8"), (b"..%2f..%2fetc", "..%2f..%2fetc"), (b"C:\\boot.ini", "C%3A%5Cboot.ini"),
           ("um\u202egekehrt.exe".encode(), "um%E2%80%AEgekehrt.exe"), (b"CON", "CON_"), (b"punkt.", "punkt%2E"),
           (b"x" * 255, "x" * 255), (b"\x01" * 255, None), (b"...", "..%2E"), (b"~root", "~root"), (b"$(reboot)", "$(reboot)")]


def hostile_names(s):
    """A stranger's names: never raw on a terminal, never outside of the folder, never lost."""
    source, place = s.instance.dir / "namen", s.instance.dir / "namen-ziel"
    source.mkdir()
    for name, _ in HOSTILE:
        with open(os.path.join(os.fsencode(source), name), "wb") as f:
            f.write(name)
    for way in (["--json"], []):
        sent = s.customer.raw("send", "--to", "kanzlei", source)
        expect(sent.returncode == 0, "hostile names cannot be sent:", sent.stderr)
        package = sent.stdout.decode().split()[-1]
        looked = [s.owner.raw("inbox", *way), s.customer.raw("inbox", "--sent", *way), s.owner.raw("receive", package, "-o", place, *way)]
        expect(all(d.returncode == 0 for d in looked), "hostile names cannot be received:", [d.stderr for d in looked])
        for done in (sent, *looked):
            for out in (done.stdout, done.stderr):
                raw = [piece for piece in out.split(b",") if is_raw(piece)]
                expect(not raw, "raw bytes on the terminal:", raw)
        names = {p.name for p in (place / "namen").iterdir()}
        expect(len(names) == len(HOSTILE), "some files are missing:", names)
        missing = {n for _, n in HOSTILE if n} - names
        expect(not missing, "not written as expected:", missing, "but", names)
        contents = sorted(p.read_bytes() for p in (place / "namen").iterdir())
        expect(contents == sorted(n for n, _ in HOSTILE), "contents differ")
        expect([p.name for p in place.iterdir()] == ["namen"], "something lies beside:", list(place.iterdir()))
        shutil.rmtree(place)


def test():
    with Instance("bad-files", {"package_max_bytes": "2MiB"}) as instance:
        s = Scene(instance)
        before = s.seen()
        rows = Refusals(*s.folders, spool=s.spool)
        targets(s, rows)
        rows.unchanged.remove(s.files)
        sends(s, rows)
        changing(s, rows)
        rows.end()
        expect(s.seen() == before, "others see a change:", before, s.seen())
        hostile_names(s)


main(test)
