#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Wrong starts: provisiond with bad words, configurations, certificates, keys, addresses and state directories, checked and
really started, and its roles started by hand. Each ends with its exit code and says what is wrong and where; the state
directory stays as it was."""

import os
import shutil
import socket

from instance import BUILD, USERS, Instance, expect, free_port, instance_program, main
from refusals import CANTCREATE, CONFIG, DATA, DENIED, IO, NOINPUT, TRY_AGAIN, UNAVAILABLE, USAGE, Refusals

IS_ROOT = os.geteuid() == 0
NOBODY = 65534


class Starts:
    """Rows of provisiond; the instance is stopped, its state is full of life."""

    def __init__(self, instance):
        self.instance, self.good = instance, dict(instance.values)
        self.rows = Refusals(instance.state)
        # Where anybody can walk to them: the build may lie in root's home.
        self.program = shutil.copy2(instance_program("provisiond"), instance.dir)
        for role in ("store", "web", "courier"):
            shutil.copy2(instance_program(f"provision-{role}"), instance.dir)

    def configure(self, more="", without=None, **values):
        self.instance.write_configuration({k: v for k, v in {**self.good, **values}.items() if k != without})
        with open(self.instance.conf, "a", encoding="utf-8") as f:
            f.write(more)

    def lines(self):
        return len(self.instance.conf.read_text().splitlines())

    def refuses(self, what, words, code, *said, **options):
        return self.rows.run(f"provisiond {what}", [self.program, *words], code, *said, **options)

    def checked(self, what, code, *said, **options):
        return self.refuses(f"--check-config: {what}", ["-c", self.instance.conf, "--check-config"], code, *said, **options)

    def started(self, what, code, *said, **options):
        words = ["-c", self.instance.conf] + ([] if self.instance.jail else ["--no-jail"])
        return self.refuses(f"started: {what}", words, code, *said, **options)

    def both(self, what, code, *said, **options):
        self.checked(what, code, *said, **options)
        self.started(what, code, *said, **options)


def words(t):
    conf, control = t.instance.conf, "/nirgends/\x1b[2J"
    before = conf.read_bytes()
    for what, given, code, said in [
            ("unknown option", ["--frob"], USAGE, ["--frob", "--help"]),
            ("unknown letter", ["-c", conf, "-x"], USAGE, ["option: -x\n"]),
            ("unknown letters", ["-xyz"], USAGE, ["option: -x\n"]),
            ("control characters", ["--f\x1b[2J"], USAGE, ["--f\\x1b[2J"]),
            ("no UTF-8", [b"\xff\xfe"], USAGE, ["\\xff\\xfe"]),
            ("a value for none", ["--no-jail=yes"], USAGE, ["takes no value", "--no-jail=yes"]),
            ("value missing", ["-c"], USAGE, ["missing", "-c"]),
            ("a word", ["start"], USAGE, ["start"]),
            ("two at a time", ["--check-config", "--version"], USAGE, ["--version", "one of these"]),
            ("no configuration", ["-c", "/nirgends/provision.conf"], NOINPUT, ["/nirgends/provision.conf"]),
            ("no configuration with controls", ["-c", control], NOINPUT, ["/nirgends/\\x1b[2J"]),
            ("configuration through a file", ["-c", f"{conf}/x"], NOINPUT, [f"{conf}/x"]),
            ("configuration is a folder", ["-c", t.instance.dir], IO, [t.instance.dir]),
            ("key exists", ["--make-master-key", conf], CANTCREATE, [conf, "exists"]),
            ("key nowhere", ["--make-master-key", control], NOINPUT, ["/nirgends/\\x1b[2J"]),
            ("key without a name", ["--make-master-key", ""], NOINPUT, ['""'])]:
        t.refuses(what, given, code, *said)
    expect(conf.read_bytes() == before, "an existing file was overwritten with a key")


def options(t):
    """The configuration's text: the file and the line, the option, what it must be."""
    conf = t.instance.conf
    for what, values, said in [
            ("unknown option", {"nonsense": 1}, ["nonsense"]),
            ("no number", {"web_processes": "viele"}, ["web_processes", '"viele"', "whole number from 0 to 64"]),
            ("too large", {"web_processes": 65}, ["web_processes", '"65"', "64"]),
            ("no size", {"package_max_bytes": "2XiB"}, ["package_max_bytes", '"2XiB"', "1MiB to 16TiB"]),
            ("no https", {"url": "http://localhost"}, ["url", '"http://localhost"', "https://HOST"]),
            ("a name for an address", {"listen": ["localhost:443"]}, ["listen", '"localhost:443"', "numeric"]),
            ("metrics for all", {"metrics_listen": "0.0.0.0:1"}, ["metrics_listen", '"0.0.0.0:1"', "loopback"]),
            ("relative path", {"state_dir": "state"}, ["state_dir", '"state"', "absolute path"]),
            ("no language", {"default_locale": "fr"}, ["default_locale", '"fr"', "de, en"]),
            ("a plain relay elsewhere", {"relay_host": "mail.example"}, ["relay_security"]),
            ("control characters", {"service_name": "a\x1b[2Jb"}, ["service_name", "a\\x1b[2Jb", "control"])]:
        t.configure(**values)
        t.both(what, CONFIG, conf, *said)
    t.configure(without="url")
    t.both("missing", CONFIG, conf, "url", "missing")
    t.configure(more='web_processes = 3\n')
    t.both("twice", CONFIG, f"{conf}:{t.lines()}", "web_processes", "already")
    t.configure(more='mail_from = "a\n')
    t.both("open quote", CONFIG, f"{conf}:{t.lines()}", "quote")
    conf.write_bytes(b"\xff\xfe\0\0")
    t.both("binary", CONFIG, f"{conf}:1", "UTF-8")
    conf.write_bytes(b"#" * 300000)
    t.both("huge", CONFIG, conf, "larger")


def files(t):
    """Certificate, keys, password."""
    d = t.instance.dir
    for name, content in (("leer", b""), ("text", b"kein PEM\n"), ("kurz", b"x" * 31), ("zweizeilig", b"a\nb\n")):
        (d / name).write_bytes(content)
        (d / name).chmod(0o600)
    for option in ("certificate_file", "private_key_file", "master_key_file"):
        for what, path, code, said in [("not there", "/nirgends/x", NOINPUT, []), ("through a file", t.instance.conf / "x", NOINPUT, []),
                                       ("a folder", d, CONFIG, ["not a file"]), ("empty", d / "leer", CONFIG, ["0 bytes"])]:
            t.configure(**{option: path})
            t.both(f"{option} {what}", code, option, path, *said)
    for what, values, said in [
            ("no PEM", {"certificate_file": d / "text"}, ["certificate_file", d / "text", "PEM"]),
            ("no PEM", {"private_key_file": d / "text"}, ["private_key_file", d / "text", "PEM"]),
            ("another key", {"private_key_file": d / "ca.key"}, ["private_key_file", d / "ca.key", d / "server.pem"]),
            ("short", {"master_key_file": d / "kurz"}, ["master_key_file", d / "kurz", "31 bytes, not 32"]),
            ("two lines", {"relay_user": "x", "relay_password_file": d / "zweizeilig"}, ["relay_password_file", d / "zweizeilig"])]:
        t.configure(**values)
        t.both(what, CONFIG, *said)
    t.configure(relay_user="x", relay_password_file="/nirgends/x")
    t.both("no password", NOINPUT, "relay_password_file", "/nirgends/x")
    t.configure()
    for option, path in (("private_key_file", d / "server.key"), ("master_key_file", d / "master.key")):
        path.chmod(0o644)
        t.both(f"{option} open", CONFIG, option, path, "0644", "chmod")
        path.chmod(0o600)
        if IS_ROOT:
            os.chown(path, NOBODY, NOBODY)
            t.both(f"{option} of somebody else", CONFIG, option, path, str(NOBODY))
            os.chown(path, 0, 0)
    somebody = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if IS_ROOT else {}
    for option, name in (("private_key_file", "server.key"), ("certificate_file", "server.pem")):
        t.configure(roles_dir=d)
        (d / name).chmod(0 if not IS_ROOT else 0o600)
        t.both(f"{option} unreadable", DENIED, option, d / name, "Permission denied", **somebody)
        (d / name).chmod(0o600)


def programs(t):
    t.configure(roles_dir="/nirgends")
    t.both("no programs", UNAVAILABLE, "roles_dir", "/nirgends/provision-store")
    t.configure(admin_group="gibtsnicht")
    t.both("no group", CONFIG, "admin_group", "gibtsnicht")
    if IS_ROOT:
        for what, values, said in [("no user", {"user_web": "gibtsnicht"}, "gibtsnicht"), ("root", {"user_web": "root"}, "root"),
                                   ("user of two", {"user_web": USERS["user_store"]}, USERS["user_store"])]:
            t.configure(**values)
            t.both(what, CONFIG, "user_web", said)


def addresses(t):
    i = t.instance
    for option, port in (("listen", i.port), ("metrics_listen", i.metrics_port)):
        t.configure()
        with socket.create_server(("127.0.0.1", port)):
            t.started(f"{option} in use", UNAVAILABLE, option, f"127.0.0.1:{port}", "in use")
    t.configure(listen=["203.0.113.9:4433"])
    t.started("an address of nobody here", UNAVAILABLE, "listen", "203.0.113.9:4433")
    t.configure(control_socket=i.conf)
    t.started("control socket is a file", CANTCREATE, "control_socket", i.conf, "not a socket")
    t.configure(control_socket="/nirgends/control")
    t.started("control socket nowhere", NOINPUT, "control_socket", "/nirgends/control")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
        path = i.dir / "belegt"
        other.bind(str(path))
        other.listen()
        t.configure(control_socket=path)
        t.started("control socket in use", UNAVAILABLE, "control_socket", path, "another provisiond")


def states(t):
    """The state directory itself. Said by the store, in the log."""
    i = t.instance
    st = i.state.stat()
    t.configure(state_dir="/nirgends/state")
    t.checked("no state", CONFIG, "state_dir: /nirgends/state", "0700")
    t.started("no state", CONFIG, "state_dir=/nirgends/state")
    t.configure(state_dir=i.conf)
    t.checked("state is a file", NOINPUT, f"state_dir: {i.conf}", "not a folder")
    t.started("state is a file", NOINPUT, f"state_dir={i.conf}")
    t.configure()
    i.state.chmod(0o755)
    t.checked("state is open", DATA, f"state_dir: {i.state}", "0700")
    t.started("state is open", DATA, f"state_dir={i.state}", "0700")
    i.state.chmod(0o700)
    if IS_ROOT:
        os.chown(i.state, NOBODY, NOBODY)
        t.checked("state of somebody else", DENIED, f"state_dir: {i.state}", "store's user")
        t.started("state of somebody else", DENIED, f"state_dir={i.state}", "store's user")
        i.state.chmod(0o777)
        t.checked("state of somebody else, open", DATA, f"state_dir: {i.state}", "store's user")
        t.started("state of somebody else, open", DATA, f"state_dir={i.state}", "another user")
        i.state.chmod(0o700)
        os.chown(i.state, st.st_uid, st.st_gid)
    for name in ("index", "keys", "packages"):
        away = i.dir / "away"
        (i.state / name).rename(away)
        (i.state / name).write_text("kein Ordner")
        os.chown(i.state / name, st.st_uid, st.st_gid)
        t.started(f"{name} is a file", CANTCREATE, f"state_dir={i.state}", f"folder {name}")
        (i.state / name).unlink()
        away.rename(i.state / name)


def contents(t):
    """What can be judged only when the index is open: it may write its log anew, nothing else changes."""
    i = t.instance
    t.rows.unchanged = [i.state / "keys", i.state / "packages"]
    (i.dir / "other.key").write_bytes(os.urandom(32))
    (i.dir / "other.key").chmod(0o600)
    t.configure(master_key_file=i.dir / "other.key")
    t.started("another master key", DATA, "not the master key")
    t.configure()
    t.configure(relay_security="tls", relay_name="localhost", ca_file="/nirgends/ca.pem")
    t.checked("no authorities for the relay", NOINPUT, "ca_file: ", "/nirgends/ca.pem")
    t.started("no authorities for the relay", NOINPUT, "/nirgends/ca.pem")
    t.configure(relay_security="tls", relay_name="localhost", ca_file=i.dir / "text")
    t.checked("no authorities in their file", CONFIG, "ca_file: ", i.dir / "text")
    t.started("no authorities in their file", CONFIG, i.dir / "text")
    t.configure()
    slots = i.state / "keys" / "slots"
    good = slots.read_bytes()
    for what, bad, said in (("damaged", os.urandom(64) + good[64:], "damaged"), ("cut", good[:10], "keys/slots")):
        slots.write_bytes(bad)
        t.started(f"slots {what}", DATA, said)
        slots.write_bytes(good)


def second(t):
    """A second daemon on a state directory that is in use."""
    i = t.instance
    t.configure()
    i.start()
    t.rows.unchanged = [i.state / "keys", i.state / "packages"]
    t.configure(listen=[f"127.0.0.1:{free_port()}"], metrics_listen=f"127.0.0.1:{free_port()}", control_socket=i.dir / "second")
    t.started("state in use", TRY_AGAIN, f"state_dir={i.state}", "another store")
    t.configure()
    t.started("address in use", UNAVAILABLE, "listen", f"127.0.0.1:{i.port}", "in use")
    expect(i.is_healthy(), "the first daemon suffered")


def roles(t):
    for role in ("store", "web", "courier"):
        program = BUILD / f"provision-{role}"
        for given in ([], ["start"], ["--frob"], ["\x1b[2J"]):
            t.rows.run(f"{role} by hand {given}", [program, *given], USAGE, f"provision-{role}", "provisiond(8)")
        for what, datagrams in (("nothing", []), ("garbage", [b"\xff" * 100]), ("too much", [b"\0" * 60000])):
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            for datagram in datagrams:
                ours.send(datagram)
            ours.close()
            t.rows.run(f"{role} whose supervisor says {what}", ["/bin/sh", "-c", f'exec "$0" 3<&{theirs.fileno()}', program], UNAVAILABLE,
                       "supervisor-gone", pass_fds=[theirs.fileno()])
            theirs.close()


def test():
    with Instance("bad-start") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        instance.company("kanzlei", owner)
        instance.subscribe(customer, "kanzlei", owner)
        (instance.dir / "brief.txt").write_text("Grüße")
        package = customer.cli("send", "--to", "kanzlei", instance.dir / "brief.txt")["package"]
        instance.stop()
        t = Starts(instance)
        for table in (words, options, files, programs, addresses, states, contents, roles, second):
            table(t)
        t.rows.end()
        got = owner.cli("receive", package, "-o", instance.dir / "got")
        expect([f["name"] for f in got["files"]] == ["brief.txt"], "the package suffered:", got)


main(test)
