#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""E4, E5, G3: a backup while people write; the restored service serves all that was acknowledged before it began. What is erased
afterwards stays erased: with every key left today, yesterday's backup opens nothing of it. Control: with yesterday's slots it would.
Refused: a missing, foreign or older mirror, a directory in use or not empty, a damaged backup."""

import os
import pathlib
import shutil
import subprocess
import sys
import threading

from instance import Instance, USERS, expect, instance_program, main, wait_for

EX_DATAERR, EX_NOINPUT, EX_CANTCREAT, EX_TEMPFAIL, EX_CONFIG = 65, 66, 73, 75, 78


class Talker:
    """Says one thing after the other and remembers what was acknowledged."""

    def __init__(self, person):
        self.person, self.said, self.is_ending = person, [], False
        self.thread = threading.Thread(target=self.talk)
        self.thread.start()

    def talk(self):
        while not self.is_ending:
            text = f"Satz {len(self.said)}"
            self.person.cli("say", "--to", "kanzlei", text)
            self.said.append(text)

    def stop(self):
        self.is_ending = True
        self.thread.join()


def store_folder(path):
    path.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(path, USERS["user_store"])
    return path


def texts(person, whom):
    done = person.raw("history", "--with", whom, "--json")
    return done.stdout.decode() if done.returncode == 0 else ""


def ctl(instance, code, *words, says=""):
    """provisionctl with the exit code and the words it must end with."""
    done = subprocess.run([str(instance_program("provisionctl")), "-c", str(instance.conf), *[str(w) for w in words]],
                          capture_output=True, check=False, timeout=120)
    expect(done.returncode == code and says in done.stderr.decode(), "provisionctl", words, "exited", done.returncode, done.stderr)


def clear(instance, mirror=None):
    """An empty state directory, with another mirror if one is named."""
    shutil.rmtree(instance.state)
    store_folder(instance.state)
    if mirror is not None:
        instance.write_configuration({**instance.values, "key_mirror_dir": mirror})


def restart_from(instance, backup, mirror, *flags):
    instance.stop()
    clear(instance, mirror)
    report = instance.ctl("restore", backup, *flags)
    instance.start()
    return report


class World:
    def __init__(self, instance):
        self.instance = instance
        self.owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        self.stays = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        self.goes = instance.person("otto@kunde.example", "Otto", "Vogel").register()
        instance.company("kanzlei", self.owner)
        self.staying_number = instance.subscribe(self.stays, "kanzlei", self.owner)
        self.going_number = instance.subscribe(self.goes, "kanzlei", self.owner)
        # a conversation of its own: a text that is taken back after the backup takes up to 63 neighbours with it
        self.regrets = instance.person("rita@kunde.example", "Rita", "Klein").register()
        self.regretting_number = instance.subscribe(self.regrets, "kanzlei", self.owner)
        self.file = instance.dir / "akte.bin"
        self.file.write_bytes(os.urandom(3_000_000))
        self.stays.cli("say", "--to", "kanzlei", "bleibt stehen")
        self.taken_back = self.regrets.cli("say", "--to", "kanzlei", "wird zurückgenommen")["seq"]
        self.goes.cli("say", "--to", "kanzlei", "wird vergessen")
        self.kept = self.stays.cli("send", "--to", "kanzlei", self.file)["package"]
        self.withdrawn = self.stays.cli("send", "--to", "kanzlei", self.file)["package"]
        self.ended = self.goes.cli("send", "--to", "kanzlei", self.file)["package"]

    def erase(self):
        """Today, after the backup."""
        self.goes.cli("unsubscribe", "kanzlei", "--yes")
        self.stays.cli("withdraw", self.withdrawn, "--yes")
        self.regrets.cli("delete", "--with", "kanzlei", str(self.taken_back), "--yes")

    def receives(self, package):
        out = self.instance.dir / f"got-{package}"
        shutil.rmtree(out, ignore_errors=True)
        done = self.owner.raw("receive", package, "-o", out)
        return done.returncode == 0 and (out / "akte.bin").read_bytes() == self.file.read_bytes()

    def erased_things(self):
        """What can be had of it, with everybody's private keys."""
        found = [p for p in (self.withdrawn, self.ended) if self.receives(p)]
        found += [t for t in ("wird zurückgenommen", "wird vergessen")
                  if t in texts(self.regrets, "kanzlei") + texts(self.goes, "kanzlei") + texts(self.owner, self.regretting_number)
                  + texts(self.owner, self.going_number)]
        if "Vogel" in self.owner.raw("customers", "--json").stdout.decode():
            found.append("the customer's name")
        return found


def back_up(instance, world, backup):
    """While people write; what was acknowledged before it began."""
    talker = Talker(world.stays)
    wait_for(20, "some talk", lambda: len(talker.said) > 3)
    acknowledged = list(talker.said)
    report = instance.ctl("backup", backup)
    wait_for(20, "more talk", lambda: len(talker.said) > len(acknowledged) + 3)
    talker.stop()
    names = sorted(str(p.relative_to(backup)) for p in backup.rglob("*") if p.is_file())
    expect(report["files"] == len(names) - 1 and "manifest" in names, "the report says", report, "and there are", names)
    expect(all(n == "manifest" or n.startswith(("index/", "packages/")) for n in names), "in the backup lies", names)
    expect(report["linked"] == len([n for n in names if n.startswith("packages/")]) > 0, "not linked:", report)
    expect(not list(instance.dir.glob("*.unfinished")), "something is left over")
    expect(oct(backup.stat().st_mode & 0o777) == "0o700", "others may look into the backup")
    ctl(instance, EX_CANTCREAT, "backup", backup, says="is there already")
    return acknowledged


def refusals(instance, world, backup, old_mirror, today):
    empty, foreign = store_folder(instance.dir / "no-mirror"), store_folder(instance.dir / "foreign")
    clear(instance)
    instance.write_configuration({**instance.values, "key_mirror_dir": empty})
    ctl(instance, EX_DATAERR, "restore", backup, says="no slots are left")
    ctl(instance, EX_DATAERR, "restore", backup, "--accept-lost-erasures", says="no slots are left")
    instance.write_configuration({**instance.values, "key_mirror_dir": old_mirror})
    ctl(instance, EX_DATAERR, "restore", backup, says="older than the backup")
    slots = bytearray((today / "slots").read_bytes())
    slots[200] ^= 1
    (foreign / "slots").write_bytes(slots)
    instance.write_configuration({**instance.values, "key_mirror_dir": foreign})
    ctl(instance, EX_DATAERR, "restore", backup, says="no slots are left")
    expect([p.name for p in instance.state.iterdir()] == ["lock"], "something was restored", list(instance.state.iterdir()))
    instance.write_configuration({**instance.values, "key_mirror_dir": today})
    (instance.state / "other").write_text("x")
    ctl(instance, EX_CANTCREAT, "restore", backup, says="other lies there")
    (instance.state / "other").unlink()
    ctl(instance, EX_NOINPUT, "restore", instance.dir / "nowhere")
    ctl(instance, EX_NOINPUT, "restore", instance.state, says="no manifest")
    # damaged, then whole again: begins anew; a store would not start in between
    damaged = backup / "index/meta"
    content = damaged.read_bytes()
    damaged.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    ctl(instance, 75, "restore", backup, says="the backup is damaged: index/meta")
    words = [str(instance_program("provisiond")), "-c", str(instance.conf)] + ([] if instance.jail else ["--no-jail"])
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as daemon:
        said, _ = daemon.communicate(timeout=60)
    expect(daemon.returncode != 0 and b"a restore has not come to its end" in said, "the store started on half a restore", said)
    damaged.write_bytes(content)


def test():
    with Instance("backup") as instance:
        mirror = store_folder(instance.dir / "mirror")
        ctl(instance, EX_CONFIG, "backup", instance.dir / "none", says="no key_mirror_dir")
        instance.stop()
        instance.write_configuration({**instance.values, "key_mirror_dir": mirror})
        instance.start()
        world = World(instance)
        before = pathlib.Path(shutil.copytree(mirror, instance.dir / "mirror-before"))
        backup = instance.dir / "yesterday"
        acknowledged = back_up(instance, world, backup)
        with_slots = pathlib.Path(shutil.copytree(mirror, instance.dir / "mirror-then"))
        for folder in (before, with_slots):
            subprocess.run(["chown", "-R", "--reference", str(mirror), str(folder)], check=True)
        world.erase()
        expect(not world.erased_things(), "not erased:", world.erased_things())
        ctl(instance, EX_TEMPFAIL, "restore", backup, says="stop provisiond first")
        instance.stop()
        refusals(instance, world, backup, before, mirror)

        report = instance.ctl("restore", backup)
        expect(report["directory"] == str(instance.state), "restore said", report)
        instance.start()
        expect(not world.erased_things(), "the backup brought back", world.erased_things())
        history = texts(world.stays, "kanzlei")
        expect(all(t in history for t in acknowledged + ["bleibt stehen"]), "lost:", acknowledged, history)
        expect(world.receives(world.kept), "a package from the backup cannot be received")
        world.stays.cli("say", "--to", "kanzlei", "weiter geht es")
        expect("weiter geht es" in texts(world.owner, world.staying_number), "the restored service takes nothing new")
        instance.stop()

        # the control: slots of then open what keys of today do not
        clear(instance, with_slots)
        instance.ctl("restore", backup)
        instance.start()
        found = world.erased_things()
        expect(len(found) == 5, "the attack would not have found it: only", found)
        print("with the slots of then:", len(found), "erased things; with those of today: none")


if __name__ == "__main__":
    sys.exit(main(test))
