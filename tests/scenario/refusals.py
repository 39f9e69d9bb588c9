# SPDX-License-Identifier: MIT
"""Rows of bad input: what is wrong, the command, the exit code it must end with, the words that must stand in what it says,
and the folders that must be afterwards as they were before."""

import hashlib
import os
import stat
import subprocess

from instance import expect, instance_program

USAGE, DATA, NOINPUT, UNAVAILABLE, CANTCREATE, IO, TRY_AGAIN, TRUST, DENIED, CONFIG = 64, 65, 66, 69, 73, 74, 75, 76, 77, 78


# Beyond this a file is told by its size and time.
LARGE = 4 << 20


def content_of(path, st):
    if not stat.S_ISREG(st.st_mode):
        return None
    return (st.st_size, st.st_mtime_ns, st.st_ino) if st.st_size > LARGE else hashlib.sha256(path.read_bytes()).digest()


def look(*roots):
    """Kinds, modes, owners and contents of what is in folders, by name; what is not there counts, too."""
    found = {}
    for root in roots:
        for path in [root, *root.rglob("*")] if root.is_dir() else [root]:
            try:
                st = os.lstat(path)
                found[str(path)] = (st.st_mode, st.st_uid, st.st_gid, content_of(path, st))
            except FileNotFoundError:
                found[str(path)] = None
    return found


def changes(before, after):
    return sorted(ascii(name) for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def is_raw(output):
    """Whether a terminal would take some of it for more than text."""
    try:
        text = output.decode()
    except UnicodeDecodeError:
        return True
    return any((ord(c) < 0x20 and c != "\n") or 0x7f <= ord(c) < 0xa0 or 0x202a <= ord(c) <= 0x202e for c in text)


class Refusals:
    """Counts what was refused. unchanged: folders that no row may change; spool: one in which only files count, as the store
    keeps empty folders there."""

    def __init__(self, *unchanged, spool=None):
        self.unchanged, self.spool, self.wrong, self.count = list(unchanged), spool, [], 0

    def _look(self, unchanged):
        found = look(*unchanged)
        if self.spool is not None:
            found.update({name: row for name, row in look(self.spool).items() if row is None or row[3] is not None})
        return found

    def _check(self, code, words, done, before, unchanged):
        text = done.stderr.decode(errors="replace")
        if done.returncode != code:
            yield f"exited {done.returncode}, not {code}"
        yield from (f"does not say {w!r}" for w in words if str(w) not in text)
        if not text.strip() or len(text.splitlines()) > 80:
            yield "says nothing or a novel"
        if is_raw(done.stderr) or is_raw(done.stdout):
            yield "shows raw bytes"
        if done.stdout:
            yield f"has a result: {done.stdout[:200]}"
        changed = changes(before, self._look(unchanged))
        if changed:
            yield f"changed {changed}"

    def run(self, what, command, code, *words, stdin=b"", unchanged=(), **options):
        """One row. All rows are run, so that all that is wrong is told at once by end()."""
        unchanged = [*self.unchanged, *unchanged]
        before = self._look(unchanged)
        self.count += 1
        try:
            done = subprocess.run([c if isinstance(c, bytes) else str(c) for c in command], input=stdin, capture_output=True,
                                  check=False, timeout=30, **options)
        except subprocess.TimeoutExpired:
            self.wrong.append(f"{what}: was not refused, or not soon")
            return None
        problems = list(self._check(code, words, done, before, unchanged))
        if problems:
            self.wrong.append(f"{what}: {'; '.join(problems)}\n    it said: {done.stderr.decode(errors='backslashreplace')}")
        return done

    def end(self):
        expect(not self.wrong, f"{len(self.wrong)} of {self.count}:\n " + "\n ".join(self.wrong))
        expect(self.count, "nothing was tried")
        print(f"{self.count} refused, each with its code and reason, nothing changed")


class Scene:
    """A company, its owner, a customer, one whose subscription has ended, and a folder of files of every bad kind."""

    def __init__(self, instance):
        self.instance = instance
        self.owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        self.customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        self.former = instance.person("otto@fremd.example", "Otto", "Fremd").register()
        instance.company("kanzlei", self.owner)
        self.number = instance.subscribe(self.customer, "kanzlei", self.owner)
        self.former_number = instance.subscribe(self.former, "kanzlei", self.owner)
        self.files = instance.dir / "files"
        self.files.mkdir()
        self.good = self.files / "brief.txt"
        self.good.write_text("Grüße")
        self.package = self.customer.cli("send", "--to", "kanzlei", self.good)["package"]
        # a first one that is received: whom one meets is kept then
        self.owner.cli("receive", self.package, "-o", instance.dir / "first")
        self.waiting = self.customer.cli("send", "--to", "kanzlei", self.good)["package"]
        self.former.cli("unsubscribe", "kanzlei", "--yes")
        self.spool = instance.state / "packages"
        self.folders = [self.files, instance.state / "keys"] + [
            p.home for p in (self.owner, self.customer, self.former)]

    def seen(self):
        """All that anybody can see."""
        companies = self.instance.ctl("company", "list")
        return [companies, self.owner.cli("customers"), self.owner.cli("inbox"), self.owner.cli("keys"),
                self.customer.cli("companies"), self.customer.cli("inbox", "--sent"), self.former.cli("companies")]


class Tool:
    """Rows of one program."""

    def __init__(self, rows, program, environment=None):
        self.rows, self.program, self.environment = rows, program, environment

    def refuses(self, what, words, code, *said, environment=None, **options):
        changed = {**(self.environment or os.environ), **(environment or {})}
        return self.rows.run(f"{self.program}: {what}", [instance_program(self.program), *words], code, *said, env=changed, **options)
