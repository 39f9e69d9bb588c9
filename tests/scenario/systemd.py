#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""G1: the units under a real systemd, on a machine of its own (machine.py): sockets before the daemon, credentials, an own user
for every process, notifications, reload, the watchdog, restarts without a refused connection, the journal; and the main job."""

import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import time

import machine
from instance import expect, instance_program, main, run, wait_for
from machine import SERVICE, SOCKETS, Knocking, Managed, journal, show
from wire import ask

EXPOSURE_MAX = 2.3
WATCHDOG_S = 3
JANITOR = "provision-janitor.service"


def connect(instance):
    context = ssl.create_default_context(cafile=str(instance.authority))
    return context.wrap_socket(socket.create_connection(("127.0.0.1", instance.port), 10), server_hostname="localhost")


def serial(instance):
    with connect(instance) as s:
        return s.getpeercert()["serialNumber"]


def processes():
    """Pid and name of each process of the service."""
    pids = pathlib.Path("/sys/fs/cgroup" + show("ControlGroup") + "/cgroup.procs").read_text().split()
    return {int(p): os.path.basename(os.readlink(f"/proc/{p}/exe")) for p in pids}


def field(pid, name):
    return re.search(rf"^{name}:\s*(.*)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M).group(1)


def everybody_has_its_place(instance):
    """Users, capabilities, locks, secrets."""
    users = {}
    for pid, name in processes().items():
        users.setdefault(name, set()).add(int(field(pid, "Uid").split()[0]))
        capabilities = {"provisiond": (1 << 5) | (1 << 6) | (1 << 7)}.get(name, 0)
        expect(int(field(pid, "CapEff"), 16) == capabilities, name, "has capabilities", field(pid, "CapEff"))
        expect(field(pid, "NoNewPrivs") == "1" and field(pid, "Seccomp") == "2", name, "is not jailed")
    expect(set(users) == {"provisiond", "provision-store", "provision-web", "provision-courier"}, "processes are", users)
    expect(users["provisiond"] == {0} and len(set.union(*users.values())) == 4, "users are", users)
    expect(show("MemorySwapMax") == "0" and int(show("LimitMEMLOCK")) >= 128 << 20, "memory may be swapped")
    expect(instance.state.stat().st_mode & 0o777 == 0o700, "the state directory is open")
    key = (instance.conf.parent / "master.key").read_bytes()
    lost = [p for p in processes() if key in pathlib.Path(f"/proc/{p}/environ").read_bytes()]
    expect(not lost, "the master key is in the environment")
    # the resolver works without netlink
    pathlib.Path("/run/systemd/system/resolve.service").write_text(
        "[Service]\nType=oneshot\nRestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX\nExecStart=/usr/bin/getent ahosts localhost\n")
    run("systemctl", "start", "resolve.service")


def exposure_is_small():
    said = run("systemd-analyze", "security", "--no-pager", SERVICE).decode()
    level = float(re.search(r"exposure level for \S+: ([0-9.]+)", said).group(1))
    expect(level <= EXPOSURE_MAX, "exposure is", level)
    print("exposure", level)


def main_job(instance, owner, customer):
    path = instance.dir / "akte.bin"
    path.write_bytes(os.urandom(5 << 20))
    package = customer.cli("send", "--to", "kanzlei", path)["package"]
    instance.mailbox.wait("kontakt@kanzlei.example")
    owner.cli("receive", package, "-o", owner.home / package)
    expect((owner.home / package / "akte.bin").read_bytes() == path.read_bytes(), "the file changed on its way")


def administrators_are_told(instance):
    words = [instance_program("provisionctl"), "-c", instance.conf, "status"]
    run(*words)
    run("setpriv", "--reuid=nobody", "--regid=nogroup", "--groups=provision-admin", *words)
    for user in ("nobody", "provision-web"):
        done = subprocess.run(["setpriv", f"--reuid={user}", "--regid=nogroup", "--clear-groups", *map(str, words)],
                              capture_output=True, check=False)
        expect(done.returncode == 77, user, "was answered", done.returncode, done.stdout, done.stderr)


def reload_changes_the_certificate(instance):
    before, pid = serial(instance), show("MainPID")
    held = connect(instance)
    instance.renew_certificate()
    run("systemctl", "reload", SERVICE)
    expect(serial(instance) != before, "the certificate is the old one")
    held.sendall(b"GET /api/v1/server HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    expect(b" 200 " in held.recv(4096), "a connection did not outlive the reload")
    expect(show("MainPID") == pid and show("ActiveState") == "active", "it was started again")


def nobody_is_refused(instance):
    """Connections wait in the socket while the daemon is away."""
    with Knocking(instance):
        run("systemctl", "restart", SERVICE)
    status, _, _ = ask(instance, "GET", "/api/v1/server")
    expect(status == 200, "after the restart it answers", status)


def a_hanging_daemon_is_replaced():
    before = int(show("MainPID"))
    os.kill(before, 19)
    wait_for(4 * WATCHDOG_S, "a new daemon", lambda: show("ActiveState") == "active" and int(show("MainPID")) not in (0, before))
    expect(show("NRestarts") == "1", "restarts:", show("NRestarts"))


def a_wrong_configuration_is_said_once(instance):
    good = dict(instance.values)
    run("systemctl", "stop", *SOCKETS, SERVICE)
    instance.write_configuration({**good, "package_max_bytes": "much"})
    done = subprocess.run(["systemctl", "start", SERVICE], capture_output=True, check=False)
    expect(done.returncode != 0, "a wrong configuration was taken")
    time.sleep(3)
    expect(show("ActiveState") == "failed" and show("ExecMainStatus") == "78" and show("NRestarts") == "0",
           "state", show("ActiveState"), show("ExecMainStatus"), show("NRestarts"))
    expect("package_max_bytes" in journal(), "the journal does not name the option")
    instance.write_configuration(good)
    run("systemctl", "reset-failed", SERVICE)


def an_encrypted_key_is_taken(instance):
    key, sealed = instance.conf.parent / "master.key", instance.conf.parent / "master.key.cred"
    run("systemd-creds", "encrypt", "--with-key=host", "--name=master-key", key, sealed)
    key.unlink()
    drop_in("credential.conf", f"[Service]\nLoadCredential=\nLoadCredential=certificate-key\n"
            f"LoadCredentialEncrypted=master-key:{sealed}\n")
    instance.start()


def the_journal_has_priorities():
    lines = journal("--output", "cat", "--priority", "5..5").splitlines()
    expect(any(line.startswith("ready program=provisiond") for line in lines), "no line of priority 5 says ready:", lines[:5])
    expect(not any(line.startswith("<") for line in journal("--output", "cat").splitlines()), "a priority was not understood")


def the_janitor_runs(instance):
    """G2: by its unit, in its sandbox: over the control socket, and with a store of its own while the daemon is stopped."""
    run("systemctl", "start", JANITOR)
    wait_for(5, "the janitor's report", lambda: "janitor-run" in journal("--output", "cat"))
    instance.stop()
    run("systemctl", "start", JANITOR)
    said = run("journalctl", "--no-pager", "--unit", JANITOR, "--output", "cat").decode()
    expect(said.count("all done: yes") == 2, "the janitor said", said)
    instance.start()
    run("systemctl", "start", JANITOR.replace(".service", ".timer"))


def it_stops_well():
    run("systemctl", "stop", *SOCKETS, SERVICE)
    expect(show("Result") == "success" and show("ExecMainStatus") == "0", "it ended with", show("Result"), show("ExecMainStatus"))


def drop_in(name, text):
    folder = pathlib.Path(f"/etc/systemd/system/{SERVICE}.d")
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    run("systemctl", "daemon-reload")


def inside():
    drop_in("watchdog.conf", f"[Service]\nWatchdogSec={WATCHDOG_S}\n")
    with Managed("systemd") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        instance.company("kanzlei", owner)
        instance.subscribe(customer, "kanzlei", owner)
        everybody_has_its_place(instance)
        exposure_is_small()
        main_job(instance, owner, customer)
        administrators_are_told(instance)
        reload_changes_the_certificate(instance)
        nobody_is_refused(instance)
        a_hanging_daemon_is_replaced()
        main_job(instance, owner, customer)
        the_janitor_runs(instance)
        a_wrong_configuration_is_said_once(instance)
        an_encrypted_key_is_taken(instance)
        main_job(instance, owner, customer)
        the_journal_has_priorities()
        it_stops_well()


def test():
    machine.check()
    with machine.Machine() as m:
        m.run_inside(__file__, 120)


main(inside if sys.argv[1:] == ["--inside"] else test)
