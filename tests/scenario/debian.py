#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The Debian packages on a machine of their own (machine.py): installed, configured, started by systemd, upgraded without a
refused connection, removed, installed again, purged. DEBS is the folder that contrib/build-deb filled."""

import os
import pathlib
import subprocess
import sys

import machine
from instance import expect, main, run, wait_for
from machine import SERVICE, SOCKETS, Knocking, Managed, show

ETC, STATE = pathlib.Path("/etc/provision"), pathlib.Path("/var/lib/provision")
PLACE = pathlib.Path("/root/debs")
PREPARE = 'rm -f usr/sbin/policy-rc.d; mkdir -p root/debs; cp "$TOP_BUILDDIR"/*.deb root/debs; rm -f root/debs/*dbgsym*'


class Packaged(Managed):
    """With the key that the package made, and the programs it installed."""

    def _make_configuration(self, options):
        key = (ETC / "master.key").read_bytes()
        (ETC / "master.key").unlink()
        super()._make_configuration(options)
        (ETC / "master.key").write_bytes(key)
        (ETC / "master.key").chmod(0o600)

    def stop(self):
        if pathlib.Path("/lib/systemd/system", SERVICE).exists():
            super().stop()

    def ctl(self, *words):
        return run("/usr/sbin/provisionctl", *words).decode()


def install(name):
    run("dpkg", "--install", PLACE / name, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def debs():
    """Package name to file name."""
    return {p.name.split("_")[0]: p.name for p in PLACE.glob("*.deb")}


def newer(name):
    """The same package with a higher version."""
    folder = PLACE / "newer"
    run("dpkg-deb", "--raw-extract", PLACE / name, folder)
    control = folder / "DEBIAN/control"
    control.write_text(control.read_text().replace("\nVersion: ", "\nVersion: 1:"))
    run("dpkg-deb", "--build", folder, PLACE / "newer.deb")
    return "newer.deb"


def is_well_installed():
    for user in ("provision-store", "provision-web", "provision-courier"):
        run("id", user)
    key = ETC / "master.key"
    expect(key.stat().st_size == 32 and key.stat().st_mode & 0o7777 == 0o600 and key.stat().st_uid == 0, "the key is", key.stat())
    expect(STATE.stat().st_mode & 0o7777 == 0o700, "the state directory is open")
    expect(show("ActiveState") == "inactive" and show("NRestarts") == "0", "without a configuration it is", show("ActiveState"))
    for program in ("/usr/bin/provision", "/usr/sbin/provisiond", "/usr/sbin/provisionctl"):
        run(program, "--version")


def is_served(instance, company):
    wait_for(20, "the daemon", lambda: show("ActiveState") == "active" and instance.is_healthy())
    expect(company in instance.ctl("company", "list"), "the company is gone")


def inside():
    names = debs()
    install(names["provisiond"])
    install(names["provision"])
    is_well_installed()
    with Packaged("debian") as instance:
        instance.ctl("company", "add", "kanzlei", "--name", "Kanzlei", "--contact", "kontakt@kanzlei.example")
        instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        key, before = (ETC / "master.key").read_bytes(), show("MainPID")
        with Knocking(instance):
            install(newer(names["provisiond"]))
        is_served(instance, "kanzlei")
        expect(show("MainPID") != before and (ETC / "master.key").read_bytes() == key, "the upgrade changed too little or too much")
        run("dpkg", "--remove", "provisiond")
        expect(show("ActiveState") != "active" and STATE.exists() and (ETC / "provision.conf").exists(), "removing went wrong")
        install(names["provisiond"])
        run("systemctl", "start", *SOCKETS, SERVICE)
        is_served(instance, "kanzlei")
        run("dpkg", "--purge", "provisiond", "provision")
        left = [str(p) for p in (ETC, STATE, pathlib.Path("/usr/libexec/provision"), pathlib.Path("/run/provision")) if p.exists()]
        units = list(pathlib.Path("/etc/systemd/system").rglob("provisiond*"))
        expect(not left and not units, "after the purge there are", left, units)
        done = subprocess.run(["pgrep", "-x", "provisiond"], capture_output=True, check=False)
        expect(done.returncode == 1, "it still runs after the purge:", done.stdout)


def test():
    folder = os.environ.get("DEBS")
    if not folder:
        machine.skip("DEBS names no folder with packages: contrib/check deb makes them")
    machine.check()
    os.environ["TOP_BUILDDIR"] = folder
    with machine.Machine(PREPARE) as m:
        m.run_inside(__file__, 180)


main(inside if sys.argv[1:] == ["--inside"] else test)
