#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Processes and bad input of the daemon: reload of certificate without dropping connections, clean stop that finishes what
is in flight, recovery after kill -9 of every process, and each wrong start refused with its exit code and a sentence."""

import contextlib
import os
import signal
import shutil
import ssl
import socket
import subprocess
import time

from instance import Instance, expect, instance_program, main, wait_for

EX_CONFIG, EX_UNAVAILABLE, EX_NOINPUT, EX_DATAERR = 78, 69, 66, 65


def serial(instance):
    context = ssl.create_default_context(cafile=str(instance.authority))
    with socket.create_connection(("127.0.0.1", instance.port)) as raw, \
         context.wrap_socket(raw, server_hostname="localhost") as s:
        return s.getpeercert()["serialNumber"]


def reload_keeps_connections(instance, customer, path):
    before = serial(instance)
    sending = customer.start("send", "--to", "kanzlei", path)
    time.sleep(0.3)
    instance.renew_certificate()
    instance.daemon.send_signal(signal.SIGHUP)
    wait_for(10, "the new certificate", lambda: serial(instance) != before)
    out, err = sending.communicate(timeout=120)
    expect(sending.returncode == 0, "a send was broken by the reload:", err.decode())
    # a bad certificate is refused and the old one stays
    now = serial(instance)
    good = (instance.dir / "server.pem").read_bytes()
    (instance.dir / "server.pem").write_text("no certificate\n")
    instance.daemon.send_signal(signal.SIGHUP)
    time.sleep(1)
    expect(serial(instance) == now, "a bad certificate was put to use")
    (instance.dir / "server.pem").write_bytes(good)


def every_process_comes_back(instance, customer, path):
    for name in ("web", "courier", "store"):
        for pid in instance.roles(name)[:1]:
            with contextlib.suppress(ProcessLookupError):       # the courier ends by itself after each batch
                os.kill(pid, signal.SIGKILL)
        customer.cli("send", "--to", "kanzlei", path)
    wait_for(10, "all roles", lambda: len(instance.roles("web")) == 2 and instance.roles("store") and instance.roles("courier"))


def stop_finishes(instance, customer, path):
    sending = customer.start("send", "--to", "kanzlei", path)
    time.sleep(0.5)
    instance.stop()
    sending.kill()
    sending.communicate()
    instance.start()
    expect(customer.cli("inbox", "--sent"), "what was sent before the stop is gone")


def refused(instance, code, *words, arguments=()):
    """A start that must end with this exit code and say these words."""
    command = [str(instance_program("provisiond")), "-c", str(instance.conf), *arguments] + ([] if instance.jail else ["--no-jail"])
    done = subprocess.run(command, capture_output=True, check=False, timeout=30)
    text = (done.stderr + done.stdout).decode()
    expect(done.returncode == code, arguments, "exited", done.returncode, "instead of", code, text[-2000:])
    for word in words:
        expect(word in text, "no", repr(word), "in", text[-2000:])


def wrong_starts(instance):
    values = dict(instance.values)

    def with_values(**changed):
        instance.write_configuration({**values, **changed})

    refused(instance, EX_UNAVAILABLE, str(instance.port))                     # running already: address in use
    instance.stop()
    with_values(state_dir=instance.dir / "none")
    refused(instance, EX_CONFIG, "state_dir")
    with_values(private_key_file=instance.dir / "none.key")
    refused(instance, EX_NOINPUT, "none.key")
    with_values(certificate_file=instance.authority)
    refused(instance, EX_CONFIG, "certificate")
    (instance.dir / "short.key").write_bytes(b"short")
    (instance.dir / "short.key").chmod(0o600)
    with_values(master_key_file=instance.dir / "short.key")
    refused(instance, EX_CONFIG, "short.key")
    shutil.copy(instance.dir / "master.key", instance.dir / "other.key")
    (instance.dir / "other.key").write_bytes(os.urandom(32))
    with_values(master_key_file=instance.dir / "other.key")
    refused(instance, EX_DATAERR, "master key")
    with_values(nonsense=1)
    refused(instance, EX_CONFIG, "nonsense")
    with_values()
    refused(instance, 64, "--nonsense", arguments=("--nonsense",))
    os.chmod(instance.state, 0o755)
    refused(instance, EX_DATAERR, "0700")
    os.chmod(instance.state, 0o700)
    instance.start()


def test():
    with Instance("daemon") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        instance.company("kanzlei", owner)
        instance.subscribe(customer, "kanzlei", owner)
        path = instance.dir / "akte.bin"
        path.write_bytes(os.urandom(64 << 20))
        reload_keeps_connections(instance, customer, path)
        every_process_comes_back(instance, customer, path)
        stop_finishes(instance, customer, path)
        wrong_starts(instance)
        expect(customer.cli("inbox", "--sent"), "the state suffered from wrong starts")


main(test)
