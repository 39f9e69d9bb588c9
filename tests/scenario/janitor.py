#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""G2, E6: provision-janitor with a running daemon and without one, and the lock that decides between them."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import time

from instance import Instance, expect, instance_program, main, wait_for
from openapi import Client

EX_USAGE, EX_NOINPUT, EX_TEMPFAIL, EX_NOPERM, EX_CONFIG = 64, 66, 75, 77, 78


def janitor(instance, *words, user=None):
    # Where anybody can walk to it: the build may lie in root's home.
    program = shutil.copy2(instance_program("provision-janitor"), instance.dir)
    command = [program, "-c", str(instance.conf), *map(str, words), "--json"]
    if not instance.jail:
        command.append("--no-jail")
    return subprocess.run(command, capture_output=True, check=False, timeout=120, user=user)


def good(instance, *words):
    done = janitor(instance, *words)
    expect(done.returncode == 0, "provision-janitor", words, "exited", done.returncode, done.stderr)
    return json.loads(done.stdout)


def with_daemon(instance):
    """Over the control socket; the report is in the daemon's log and the metrics."""
    expect(good(instance, "--plan") == [], "something is due already")
    report = good(instance)
    expect(report["all_done"] and report["failed"] == 0, "the run says", report)
    wait_for(5, "the report in the log", lambda: "janitor-run" in instance.log.read_text())
    said = instance.ctl("status")["janitor_last_run_timestamp_seconds"]
    expect(abs(said - time.time()) < 60, "the last run was", said)


def why_and_how_long(instance, anna):
    """The rules, by three ways, and one account's."""
    rules = instance.ctl("retention")
    seconds = {r["rule"]: r["seconds"] for r in rules}
    expect(seconds["history"] == 365 * 86400 and seconds["account"] == 0, "rules are", rules)
    public = Client(instance).good("GET", "/retention").json()["rules"]
    expect({r["rule"]: r["seconds"] for r in public} == seconds, "the public rules are", public)
    before = instance.values
    instance.write_configuration(dict(before, history_days=90))
    instance.daemon.send_signal(signal.SIGHUP)
    wait_for(5, "the new time", lambda: instance.ctl("retention")[0]["seconds"] == 90 * 86400)
    wait_for(5, "the notice of a shorter time", lambda: "retention-shortened" in instance.log.read_text())
    instance.write_configuration(before)
    reasons = good(instance, "--explain", anna.account)
    expect(reasons[0]["what"] == "account" and "deletes the account" in reasons[0]["from"], "the account:", reasons)
    done = janitor(instance, "--explain", anna.account[:-4] + "aaaa")
    expect(done.returncode == EX_NOINPUT, "an unknown id:", done)
    done = janitor(instance, "--explain", "wer?")
    expect(done.returncode == EX_USAGE, "no id:", done)


def only_the_operator(instance):
    if os.geteuid() != 0:
        return
    done = janitor(instance, "--plan", user=pwd.getpwnam("nobody").pw_uid)
    expect(done.returncode == EX_NOPERM, "somebody was let in:", done.returncode, done.stderr)


def not_beside_a_daemon(instance):
    """Its socket is not found, but its store has the state directory."""
    done = janitor(instance, "--plan", "--socket", instance.dir / "nowhere")
    expect(done.returncode == EX_TEMPFAIL, "a second store ran:", done.returncode, done.stderr)
    expect(b"and yet a store runs on" in done.stderr, "said", done.stderr)
    expect(instance.is_healthy(), "the daemon suffered")


def without_daemon(instance):
    report = good(instance)
    expect(report["all_done"], "the run says", report)
    expect(good(instance, "--plan") == [], "something is left")


def killed_offline(instance):
    """Wherever it dies, the next one starts."""
    for wait_s in (0.0, 0.05, 0.2, 0.5):
        command = [str(instance_program("provision-janitor")), "-c", str(instance.conf)] + ([] if instance.jail else ["--no-jail"])
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            time.sleep(wait_s)
            running.send_signal(signal.SIGKILL)
        wait_for(10, "a run after a killed one", lambda: janitor(instance, "--plan").returncode == 0)


def no_key(instance):
    key = instance.dir / "master.key"
    away = key.rename(instance.dir / "away.key")
    done = janitor(instance, "--plan")
    away.rename(key)
    expect(done.returncode == EX_CONFIG and b"master_key_file: cannot read" in done.stderr, "without a key:", done)


def test():
    with Instance("janitor") as instance:
        anna = instance.person("anna@example.org").register()
        with_daemon(instance)
        why_and_how_long(instance, anna)
        only_the_operator(instance)
        not_beside_a_daemon(instance)
        instance.stop()
        without_daemon(instance)
        killed_offline(instance)
        no_key(instance)
        instance.start()
        expect(anna.cli("companies") == [], "the session did not survive")


main(test)
