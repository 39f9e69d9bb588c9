#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Full disks, on small file systems of the test's own: the server's (what adds is refused in clear words, what frees still
works, all comes back with the room), the recipient's and the sender's, and where a key is made. Nothing half-done stays.
Needs root, or a user namespace of one's own."""

import os
import shutil
import sys

from instance import Instance, expect, instance_program, main, run, wait_for
from refusals import CANTCREATE, Refusals, Tool, look

INSIDE = "PROVISION_DISK_TEST"
MIB = 1 << 20
STATE_BYTES, RESERVE_BYTES = 160 * MIB, 16 * MIB


def enter_namespace():
    """Mounts are seen by this process and its children alone."""
    if os.environ.get(INSIDE) == "1":
        return
    if os.geteuid() != 0 or os.system("unshare -m --propagation unchanged true 2>/dev/null") != 0:
        print("skipped: mounting needs root and the right to make a mount namespace")
        sys.exit(77)
    os.environ[INSIDE] = "1"
    # The root of a chroot is no mount point: what is mounted here is made private on its own (mount()).
    os.execvp("unshare", ["unshare", "-m", "--propagation", "unchanged", sys.executable, *sys.argv])


MOUNTED = []


def mount(path, options, owner=None):
    MOUNTED.extend((path, path))
    path.mkdir(exist_ok=True)
    run("mount", "--bind", path, path)
    run("mount", "--make-private", path)
    run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path)
    if owner:
        shutil.chown(path, owner)
    return path


def free(path):
    v = os.statvfs(path)
    return v.f_bavail * v.f_frsize


def fill(path, leave=0):
    """Takes all but so many bytes."""
    with open(path / "filler", "ab") as f:
        while free(path) > leave:
            try:
                f.write(b"\xaa" * min(MIB, free(path) - leave))
                f.flush()
            except OSError:
                return


def make_file(path, size):
    with open(path, "wb") as f:
        f.write(os.urandom(size))
    return path


def said(done, *words):
    text = done.stderr.decode()
    expect(done.returncode == CANTCREATE, "exited", done.returncode, text)
    for word in words:
        expect(str(word) in text, "does not say", word, "but", text)


def parts(instance):
    """What is in the spool, wherever it was moved to when it was fetched."""
    return sorted(p.name for p in instance.spool_files())


# --- the server's disk

def server_runs_full(s):
    """From outside, until the reserve is reached."""
    i = s.instance
    fill(i.state, RESERVE_BYTES // 2)
    wait_for(15, "the disk to be nearly full", lambda: i.ctl("status")["accepting"] is False)
    rows = Refusals(spool=i.state / "packages")
    customer, stranger = Tool(rows, "provision", s.customer.environment), Tool(rows, "provision", s.stranger.environment)
    customer.refuses("send", ["send", "--to", "kanzlei", s.small], CANTCREATE, "localhost", "disk", "full")
    customer.refuses("subscribe", ["subscribe", "andere"], CANTCREATE, "disk", "full")
    stranger.refuses("register", ["register", "--email", s.stranger.address, "--first-name", "O", "--last-name", "F"], CANTCREATE, "full",
                     stdin=(s.stranger.password + "\n").encode())
    Tool(rows, "provisionctl").refuses("company", ["company", "add", "neu", "-c", i.conf, "--name", "N", "--contact", "a@b.example"],
                                       CANTCREATE, "disk", "full")
    rows.end()
    # what frees goes on, as do sessions
    s.customer.cli("login", "--email", s.customer.address, stdin=s.customer.password + "\n")
    s.owner.cli("receive", s.waiting, "-o", i.dir / "got-full")
    wait_for(5, "room by the receipt", lambda: not i.spool_files())
    comes_back(s)


def comes_back(s):
    (s.instance.state / "filler").unlink()
    wait_for(15, "the server to come back", lambda: s.instance.ctl("status")["accepting"])
    package = s.customer.cli("send", "--to", "kanzlei", s.small)["package"]
    s.owner.cli("receive", package, "-o", s.instance.dir / ("got-" + package))


def package_does_not_fit(s):
    """Faster than the server looks at its disk: it is full while somebody writes."""
    i = s.instance
    before, inbox = i.spool_files(), s.owner.cli("inbox")
    said(s.customer.raw("send", "--to", "kanzlei", s.large), "full", "nothing was delivered")
    expect(i.daemon.poll() is None, "the daemon has ended")
    wait_for(15, "the room of what was given up", lambda: i.spool_files() == before and free(i.state) > 2 * RESERVE_BYTES)
    wait_for(15, "the server to come back", lambda: i.ctl("status")["accepting"])
    expect(s.owner.cli("inbox") == inbox, "something half-done is seen", s.owner.cli("inbox"))
    expect(len(i.roles("store")) == 1 and "process-end" not in s.new_log(), "a process has died:", s.new_log()[-2000:])
    package = s.customer.cli("send", "--to", "kanzlei", s.small)["package"]
    s.owner.cli("receive", package, "-o", i.dir / ("got-" + package))


def start_on_full(s):
    """A daemon that finds its disk full starts, or says why not; with room all is as before."""
    i = s.instance
    waiting = s.customer.cli("send", "--to", "kanzlei", s.small)["package"]
    i.stop()
    fill(i.state)
    i.start(lambda: b" 503 " in i.health())
    expect(i.ctl("status")["accepting"] is False, "a full disk takes what comes")
    got = i.dir / "got-start"
    s.owner.cli("receive", waiting, "-o", got)
    expect((got / s.small.name).read_bytes() == s.small.read_bytes(), "another content")
    comes_back(s)


# --- the disks of people

def receiver_is_full(s):
    """The package is larger than the disk, in bytes, in blocks, in names; it waits on and can be fetched elsewhere."""
    i, tool = s.instance, Tool(Refusals(), "provision", s.owner.environment)
    many = i.dir / "viele"
    many.mkdir()
    for n in range(400):
        (many / f"{n}.txt").write_text(str(n))
    for what, thing, options, words in [
            ("bytes", s.middle, "size=1m", ["not enough room"]), ("blocks", many, "size=1m", ["viele", "full"]),
            ("names", many, "size=64m,nr_inodes=50", ["viele/"])]:
        package = s.customer.cli("send", "--to", "kanzlei", thing)["package"]
        target = mount(i.dir / f"klein-{what}", options)
        wait_for(5, "the parts of this package alone", lambda: len(i.spool_files()) == 3)
        seen, spool = s.owner.cli("inbox"), parts(i)
        tool.refuses(f"receive, no {what}", ["receive", package, "-o", target], CANTCREATE, target, *words, unchanged=[target])
        expect(list(target.iterdir()) == [], "half-written files remain:", list(target.iterdir()))
        expect(parts(i) == spool, "the spool has", parts(i), "not", spool)
        expect(s.owner.cli("inbox") == seen, "the inbox has", s.owner.cli("inbox"), "not", seen)
        s.owner.cli("receive", package, "-o", i.dir / f"gross-{what}")
    tool.rows.end()


def people_are_full(s):
    """The folder of a person's keys and numbers has no room left."""
    i = s.instance
    home = mount(i.dir / "voll", "size=256k")
    for path in s.customer.home.iterdir():
        shutil.copy2(path, home)
    home.chmod(0o700)
    tool = Tool(Refusals(spool=i.state / "packages"), "provision", {**s.customer.environment, "PROVISION_HOME": str(home)})
    seen = s.owner.cli("inbox")
    fill(home)
    tool.refuses("send", ["send", "--to", "kanzlei", s.small], CANTCREATE, home, "full", unchanged=[home])
    expect(s.owner.cli("inbox") == seen, "something was delivered")
    tool.refuses("login", ["login", "--email", s.customer.address], CANTCREATE, home, unchanged=[home],
                 stdin=(s.customer.password + "\n").encode())
    tool.rows.end()
    (home / "filler").unlink()
    run(instance_program("provision"), "send", "--to", "kanzlei", s.small, env=tool.environment)


def receipt_is_not_noted(s):
    """The files arrive elsewhere, only the number cannot be kept."""
    i = s.instance
    package = s.customer.cli("send", "--to", "kanzlei", s.small)["package"]
    home = mount(i.dir / "voll-owner", "size=256k")
    for path in s.owner.home.iterdir():
        shutil.copy2(path, home)
    home.chmod(0o700)
    fill(home)
    tool = Tool(Refusals(), "provision", {**s.owner.environment, "PROVISION_HOME": str(home)})
    target, spool = i.dir / "ungezählt", parts(i)
    tool.refuses("receive", ["receive", package, "-o", target], CANTCREATE, home, "full", unchanged=[home, target])
    tool.rows.end()
    expect(parts(i) == spool, "the package is gone")


def keys_are_full(s):
    """provisiond --make-master-key leaves no half a key."""
    place = mount(s.instance.dir / "schlüssel", "size=64k")
    fill(place)
    rows = Refusals(place)
    rows.run("make a key", [instance_program("provisiond"), "--make-master-key", place / "key"], CANTCREATE, place / "key", "No space")
    rows.end()


class Scene:
    def __init__(self, instance):
        self.instance = instance
        self.owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        self.customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        self.stranger = instance.person("otto@fremd.example", "Otto", "Fremd")
        instance.company("kanzlei", self.owner)
        instance.company("andere", instance.person("max@andere.example", "Max", "Muster").register())
        instance.subscribe(self.customer, "kanzlei", self.owner)
        self.small = make_file(instance.dir / "klein.bin", 1000)
        self.middle = make_file(instance.dir / "mittel.bin", 3 * MIB)
        self.large = make_file(instance.dir / "groß.bin", STATE_BYTES)
        self.waiting = self.customer.cli("send", "--to", "kanzlei", self.small)["package"]
        self.logged = 0

    def new_log(self):
        """What was logged since asked last."""
        text = self.instance.log.read_text(errors="replace")
        new, self.logged = text[self.logged:], len(text)
        return new


def test():
    enter_namespace()
    instance = Instance("bad-disk", {"disk_reserve_bytes": "16MiB", "store_cache_bytes": "1MiB"})
    owner = instance.values.get("user_store")
    mount(instance.state, f"size={STATE_BYTES},mode=700", owner)
    try:
        with instance:
            s = Scene(instance)
            for part in (server_runs_full, package_does_not_fit, start_on_full, receiver_is_full, people_are_full, receipt_is_not_noted,
                         keys_are_full):
                s.new_log()
                part(s)
    finally:
        for path in MOUNTED:
            os.system(f"umount -l '{path}'")
        shutil.rmtree(instance.dir, ignore_errors=True)


main(test)
