#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""G3: verify finds nothing wrong in a state directory after every kind of work, and names what is wrong in one that was
tampered with: foreign and lost files, modes, slots, the mirror. A backup is held against its manifest."""

import json
import os
import shutil
import subprocess

from instance import Instance, USERS, expect, instance_program, main

EX_DATAERR, EX_NOINPUT, EX_TEMPFAIL = 65, 66, 75


def verify(instance, *words, code=0):
    command = [str(instance_program("provisionctl")), "-c", str(instance.conf), "verify", *[str(w) for w in words], "--json"]
    if not instance.jail and not words:
        command.append("--no-jail")
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    expect(done.returncode == code, "verify", words, "exited", done.returncode, done.stderr.decode(), done.stdout.decode()[-2000:])
    return json.loads(done.stdout) if done.stdout.strip() else {}


def work(instance):
    """Some of everything, and endings."""
    owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
    agent = instance.person("jan@kanzlei.example", "Jan", "Öztürk").register()
    customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
    leaving = instance.person("otto@kunde.example", "Otto", "Vogel").register()
    instance.company("kanzlei", owner)
    owner.admit(agent)
    number = instance.subscribe(customer, "kanzlei", owner)
    instance.subscribe(leaving, "kanzlei", owner)
    path = instance.dir / "akte.bin"
    path.write_bytes(os.urandom(300_000))
    customer.cli("say", "--to", "kanzlei", "Guten Tag")
    gone = customer.cli("say", "--to", "kanzlei", "nicht so")["seq"]
    customer.cli("delete", "--with", "kanzlei", str(gone), "--yes")
    agent.cli("receive", customer.cli("send", "--to", "kanzlei", path)["package"], "-o", instance.dir / "got")
    customer.cli("send", "--to", "kanzlei", path)
    owner.cli("send", "--to", number, path)
    leaving.cli("send", "--to", "kanzlei", path)
    leaving.cli("unsubscribe", "kanzlei", "--yes")
    owner.cli("invite", "--reference", "M-1")
    customer.raw("register", "--email", "niemand@kunde.example", "--first-name", "N", "--last-name", "N", stdin=customer.password + "\n")


def tampered(instance, mirror):
    """Each with what verify must say of it, and how it is put right."""
    some = instance.spool_files()[0]
    content = some.read_bytes()
    slots = [p / "slots" for p in (instance.state / "keys", mirror)]
    was = [p.read_bytes() for p in slots]
    owner = some.stat()

    def put(path, data):
        path.write_bytes(data)
        os.chown(path, owner.st_uid, owner.st_gid)
        path.chmod(0o600)

    def flip_slots():
        for p, data in zip(slots, was):
            changed = bytearray(data)
            for at in reversed(range(512 + 40, len(changed), 128)):
                if changed[at - 40]:
                    changed[at] ^= 1
                    break
            p.write_bytes(changed)

    return [
        ("a foreign file", lambda: put(instance.state / "notes.txt", b"x"), lambda: (instance.state / "notes.txt").unlink(),
         "nothing of that name belongs here"),
        ("a foreign stream", lambda: put(some.parent / "x.tmp", b"x"), lambda: (some.parent / "x.tmp").unlink(),
         "nothing of that name belongs here"),
        ("a mode", lambda: some.chmod(0o644), lambda: some.chmod(0o600), "its mode is not as it should be"),
        ("a lost package", some.unlink, lambda: put(some, content), "a part of the package is not there"),
        ("a cut package", lambda: put(some, content[:-1]), lambda: put(some, content), "a part of the package has another size"),
        ("a damaged slot", flip_slots, lambda: None, "its slot does not open"),
    ]


def test():
    with Instance("verify") as instance:
        instance.stop()
        mirror = instance.dir / "mirror"
        mirror.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(mirror, USERS["user_store"])
        instance.write_configuration({**instance.values, "key_mirror_dir": mirror})
        instance.start()
        work(instance)
        verify(instance, code=EX_TEMPFAIL)
        backup = instance.dir / "backup"
        instance.ctl("backup", backup)
        instance.stop()

        report = verify(instance)
        counts = {c["subject"]: c for c in report["counts"]}
        expect(report["wrong"] == 0 and not report["findings"] and report["checked"] > 100, "found", report)
        expect(counts["account"]["checked"] == 5 and counts["streams"]["checked"] == 6 and counts["event"]["erased"] > 0,
               "counted", {k: c for k, c in counts.items() if c["checked"]})
        expect(counts["slots"]["checked"] == counts["mirror"]["checked"] == counts["keys"]["checked"], "slots", counts["slots"])
        for name, spoil, mend, says in tampered(instance, mirror):
            spoil()
            found = [f["what"] for f in verify(instance, code=EX_DATAERR)["findings"]]
            expect(says in found, name, "is called", found)
            mend()

        expect(verify(instance, backup)["wrong"] == 0, "the backup")
        target = backup / "index/account"
        content = target.read_bytes()
        target.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        verify(instance, backup, code=EX_DATAERR)
        (backup / "manifest").unlink()
        verify(instance, backup, code=EX_NOINPUT)


main(test)
