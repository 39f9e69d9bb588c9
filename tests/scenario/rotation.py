#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""G3: the master key is changed while people work: nothing is lost, the old key opens nothing any more and its file is
overwritten, backups from before are restored as before. Killed in the middle, it goes on at the next start with both keys."""

import os
import shutil
import signal
import subprocess

from instance import Instance, USERS, expect, instance_program, main, run, wait_for

EX_DATAERR = 65


def new_key(instance):
    run(instance_program("provisiond"), "--make-master-key", instance.dir / "next.key")
    return (instance.dir / "next.key").read_bytes()


def restart(instance):
    instance.stop()
    instance.start()


def starts_with(instance, key):
    """Whether the daemon starts on this master key alone."""
    other = instance.dir / "other.key"
    other.write_bytes(key)
    other.chmod(0o600)
    values = instance.values
    instance.write_configuration({**values, "master_key_file": other, "next_master_key_file": instance.dir / "none"})
    words = [str(instance_program("provisiond")), "-c", str(instance.conf)] + ([] if instance.jail else ["--no-jail"])
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as daemon:
        instance.daemon = daemon
        try:
            said, _ = daemon.communicate(timeout=4)
            started = False
        except subprocess.TimeoutExpired:
            started = True
            daemon.send_signal(signal.SIGTERM)
            said, _ = daemon.communicate(timeout=30)
    instance.daemon = None
    instance.write_configuration(values)
    return started, said.decode()


def changed(instance, owner, customer, number):
    old = (instance.dir / "master.key").read_bytes()
    done = subprocess.run([str(instance_program("provisionctl")), "-c", str(instance.conf), "key", "rotate"], capture_output=True, check=False)
    expect(done.returncode == EX_DATAERR and b"no new master key" in done.stderr, "rotated without a key:", done)
    backup = instance.dir / "backup"
    instance.ctl("backup", backup)
    new = new_key(instance)
    restart(instance)
    report = instance.ctl("key", "rotate")
    expect(report["rewrapped"] > 5 and report["damaged"] == 0 and report["replaced"] is True, "reported", report)
    expect((instance.dir / "master.key").read_bytes() == new and not (instance.dir / "next.key").exists(), "the files are not in order")
    # still the same process, then another one
    customer.cli("say", "--to", "kanzlei", "unter dem neuen Schlüssel")
    for _ in range(2):
        texts = [e.get("text") for e in owner.cli("history", "--with", number)]
        expect("unter dem alten Schlüssel" in texts and "unter dem neuen Schlüssel" in texts, "lost:", texts)
        os.kill(instance.roles("store")[0], signal.SIGKILL)
        wait_for(20, "the store", lambda: instance.roles("store") and instance.is_healthy())
    instance.stop()
    started, said = starts_with(instance, old)
    expect(not started and "not the master key" in said, "the old key still opens", said[-500:])
    for path in (instance.state, instance.dir / "mirror"):
        expect(all(old not in p.read_bytes() for p in path.rglob("*") if p.is_file()), "the old key lies in", path)
    # a backup holds no keys: it does not matter under which one it was made
    shutil.rmtree(instance.state)
    instance.state.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(instance.state, USERS["user_store"])
    instance.ctl("restore", backup)
    instance.start()
    texts = [e.get("text") for e in owner.cli("history", "--with", number)]
    expect("unter dem alten Schlüssel" in texts, "not restored:", texts)


def killed(instance, owner, number):
    """At some moment within the change; the store's supervisor starts it again, with both keys."""
    old = (instance.dir / "master.key").read_bytes()
    new_key(instance)
    restart(instance)
    with subprocess.Popen([str(instance_program("provisionctl")), "-c", str(instance.conf), "key", "rotate", "--json"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as rotating:
        os.kill(instance.roles("store")[0], signal.SIGKILL)
        rotating.communicate(timeout=60)
    wait_for(20, "the store", lambda: instance.roles("store") and instance.is_healthy())
    report = instance.ctl("key", "rotate")
    expect(report["replaced"] is True and (instance.dir / "master.key").read_bytes() != old, "reported", report)
    expect(owner.cli("history", "--with", number), "nothing opens")
    restart(instance)
    expect(owner.cli("history", "--with", number), "nothing opens after a restart")


def test():
    with Instance("rotation") as instance:
        instance.stop()
        mirror = instance.dir / "mirror"
        mirror.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(mirror, USERS["user_store"])
        instance.write_configuration({**instance.values, "key_mirror_dir": mirror, "next_master_key_file": instance.dir / "next.key"})
        instance.start()
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        instance.company("kanzlei", owner)
        number = instance.subscribe(customer, "kanzlei", owner)
        customer.cli("say", "--to", "kanzlei", "unter dem alten Schlüssel")
        changed(instance, owner, customer, number)
        killed(instance, owner, number)


main(test)
