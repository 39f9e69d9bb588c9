# SPDX-License-Identifier: MIT
"""A whole Provision on loopback for one test: authority, certificate, configuration, daemon, receiving
SMTP server, people with their command lines. Everything lives in one temporary folder and ends with it."""

import email
import email.policy
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from aiosmtpd.controller import Controller

BUILD = pathlib.Path(os.environ.get("BUILD", "../src")).resolve()
# Base users of every Debian system, one for each role, so that a test makes none.
USERS = {"user_store": "man", "user_web": "nobody", "user_courier": "games"}
# As codes are mailed.
CODE = re.compile(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}\b")
PASSWORD = "vier Eulen zählen 17 blaue Kähne"


class Failure(Exception):
    """The product did not do what the test asks for."""


def expect(condition, *words):
    if not condition:
        raise Failure(" ".join(str(w) for w in words))


def wait_for(seconds, what, probe, every=0.05):
    """The first true answer of probe(), or a failure after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        answer = probe()
        if answer:
            return answer
        expect(time.monotonic() < end, "waited", seconds, "s for", what)
        time.sleep(every)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, check=False, **options)
    expect(done.returncode == 0, command, "exited", done.returncode, done.stdout, done.stderr)
    return done.stdout


class Mailbox:
    """A real SMTP server (aiosmtpd) that keeps what it gets, parsed and raw."""

    def __init__(self):
        self.lock = threading.Lock()
        self.mails = []
        self.raw = []
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self.controller.start()
        self.port = self.controller.port

    async def handle_DATA(self, _server, _session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        mail.recipients = list(envelope.rcpt_tos)
        with self.lock:
            self.mails.append(mail)
            self.raw.append(envelope.content)
        return "250 2.0.0 taken"

    def to(self, address):
        with self.lock:
            return [m for m in self.mails if address in m.recipients]

    def wait(self, address, count=1, seconds=15):
        """The newest mail to an address once it has got that many."""
        return wait_for(seconds, f"mail {count} to {address}",
                        lambda: len(self.to(address)) >= count and self.to(address)[-1])

    def code(self, address, before=0, seconds=15):
        """The code in the first mail with one among those that came after so many others."""
        def look():
            codes = [CODE.search(text_of(m)) for m in self.to(address)[before:]]
            return next((c.group(0) for c in codes if c), None)
        return wait_for(seconds, f"a code to {address}", look)

    def stop(self):
        self.controller.stop()


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


class Person:
    """Somebody with a command line of their own."""

    def __init__(self, instance, address, first, last, company=None, password=PASSWORD):
        self.instance, self.address, self.password = instance, address, password
        self.first, self.last, self.company = first, last, company
        self.home = instance.dir / ("home-" + address.split("@")[0])
        self.home.mkdir(mode=0o700, exist_ok=True)
        self.environment = dict(os.environ, PROVISION_HOME=str(self.home), PROVISION_URL=instance.url,
                                PROVISION_CA=str(instance.authority))

    def start(self, *words, **options):
        return subprocess.Popen([str(instance_program("provision"))] + [str(w) for w in words], env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def raw(self, *words, stdin="", timeout=300):
        return subprocess.run([str(instance_program("provision"))] + [str(w) for w in words], env=self.environment,
                              input=stdin.encode() if isinstance(stdin, str) else stdin, capture_output=True, check=False,
                              timeout=timeout)

    def measured(self, *words):
        """Runs a verb and gives its largest resident size in KiB, and the lines it printed. wait4() would count this interpreter, from
        which the verb's process was made."""
        peak = 0
        with open(self.home / "said", "w+b") as out, open(self.home / "warned", "w+b") as err:
            with subprocess.Popen([str(instance_program("provision")), *map(str, words)], env=self.environment,
                                  stdin=subprocess.DEVNULL, stdout=out, stderr=err) as process:
                while process.poll() is None:
                    try:
                        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
                    except OSError:
                        continue
                    found = re.search(r"^VmHWM:\s+(\d+)", status, re.M)
                    if found and status.startswith("Name:\tprovision\n"):
                        peak = max(peak, int(found.group(1)))
                    time.sleep(0.005)
            expect(process.returncode == 0, words[0], "failed:", (self.home / "warned").read_text())
            out.seek(0)
            return peak, out.read().decode().strip().splitlines()

    def cli(self, *words, stdin="", timeout=300):
        """Runs a verb with --json and gives what it printed; a failure of the verb fails the test."""
        done = self.raw(*words, "--json", stdin=stdin, timeout=timeout)
        expect(done.returncode == 0, "provision", words, "exited", done.returncode, done.stderr.decode())
        return json.loads(done.stdout) if done.stdout.strip() else None

    def register(self):
        words = ["register", "--email", self.address, "--first-name", self.first, "--last-name", self.last]
        if self.company:
            words += ["--company-name", self.company]
        before = len(self.instance.mailbox.to(self.address))
        answer = self.cli(*words, stdin=self.password + "\n")
        self.recovery_code = answer["recovery_code"]
        self.account = self.cli("verify-address", self.instance.mailbox.code(self.address, before))["account"]
        return self

    def admit(self, person, role="agent"):
        """Makes somebody a member of the only company that one owns."""
        person.cli("member", "join", self.cli("member", "invite", "--role", role)["link"])
        self.cli("member", "confirm")

    def lose(self, password):
        """Password and recovery code are lost: the code from the mail, typed into the command that asks for it."""
        mailbox, before = self.instance.mailbox, len(self.instance.mailbox.to(self.address))
        words = [instance_program("provision"), "recover", "--lost", "--yes", "--json", "--email", self.address]
        with subprocess.Popen([str(w) for w in words], env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as running:
            out, errors = running.communicate(f"{mailbox.code(self.address, before)}\n{password}\n", timeout=60)
            expect(running.returncode == 0, "not reset:", errors)
        self.password = password
        return json.loads(out)


def instance_program(name):
    """provisiond lies in the folder of its name."""
    path = BUILD / name
    return path / name if path.is_dir() else path


class Instance:
    def __init__(self, name, options=None, jail=True):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"provision-{name}-"))
        self.dir.chmod(0o755)
        self.jail = jail and os.environ.get("NO_JAIL") != "1"
        self.mailbox = Mailbox()
        self.port, self.metrics_port = free_port(), free_port()
        self.url = f"https://localhost:{self.port}"
        self.state = self.dir / "state"
        self.log = self.dir / "provisiond.log"
        self.conf = self.dir / "provision.conf"
        self.authority = self.dir / "ca.pem"
        self.daemon = None
        self._make_certificates()
        self._make_configuration(options or {})

    # --- preparation

    def _make_certificates(self):
        d = self.dir
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=Provision test authority", "-keyout", d / "ca.key", "-out", self.authority)
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
            "-keyout", d / "server.key", "-out", d / "server.csr")
        self.renew_certificate()

    def renew_certificate(self):
        d = self.dir
        (d / "server.ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        run("openssl", "x509", "-req", "-in", d / "server.csr", "-CA", self.authority, "-CAkey", d / "ca.key", "-days", "2",
            "-extfile", d / "server.ext", "-out", d / "server.pem")

    def _make_configuration(self, options):
        run(instance_program("provisiond"), "--make-master-key", self.dir / "master.key")
        self.state.mkdir(mode=0o700)
        values = {
            "service_name": "Provision Test", "url": self.url, "mail_domain": "test.example",
            "operator_mail": "operator@test.example", "state_dir": self.state, "master_key_file": self.dir / "master.key",
            "control_socket": self.dir / "control", "roles_dir": BUILD,
            "listen": [f"127.0.0.1:{self.port}"], "metrics_listen": f"127.0.0.1:{self.metrics_port}",
            "certificate_file": self.dir / "server.pem", "private_key_file": self.dir / "server.key", "web_processes": 2,
            "relay_host": "127.0.0.1", "relay_port": self.mailbox.port, "relay_security": "plain",
            "ca_file": self.authority,
        }
        if os.geteuid() == 0:
            values.update(USERS)
            shutil.chown(self.state, USERS["user_store"])
        values.update(options)
        self.write_configuration(values)

    def write_configuration(self, values):
        def literal(v):
            if isinstance(v, list):
                return "{" + ", ".join(literal(i) for i in v) + "}"
            return str(v) if isinstance(v, int) else '"' + str(v) + '"'
        self.values = values
        self.conf.write_text("".join(f"{k} = {literal(v)}\n" for k, v in values.items()))

    # --- the daemon

    def start(self, is_ready=None):
        """is_ready(): as long as the daemon is to be waited for; until it is healthy where nothing is said."""
        words = [instance_program("provisiond"), "-c", self.conf] + ([] if self.jail else ["--no-jail"])
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen([str(w) for w in words], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        wait_for(30, "the daemon to be ready", is_ready or self.is_healthy)
        return self

    def health(self):
        """What the health check answers; b"" if nothing does."""
        expect(self.daemon.poll() is None, "provisiond exited", self.daemon.returncode, self.log.read_text()[-3000:])
        try:
            with socket.create_connection(("127.0.0.1", self.metrics_port), 2) as s:
                s.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return s.recv(4096)
        except OSError:
            return b""

    def is_healthy(self):
        return b" 200 " in self.health()

    def roles(self, name):
        """Pids of a role's processes."""
        pids = []
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                head, tail = stat.read_text().rsplit(")", 1)
            except (OSError, ValueError):
                continue
            pid, program = head.split(" (", 1)
            if int(tail.split()[1]) == self.daemon.pid and program == f"provision-{name}"[:15]:
                pids.append(int(pid))
        return sorted(pids)

    def stop(self):
        if self.daemon is not None and self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGTERM)
            try:
                code = self.daemon.wait(40)
            except subprocess.TimeoutExpired:
                self.daemon.kill()
                raise Failure("provisiond did not stop") from None
            expect(code == 0, "provisiond stopped with", code, self.log.read_text()[-3000:])
        self.daemon = None

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close(False)
            raise

    def __exit__(self, kind, _value, _trace):
        self.close(kind is None)

    def close(self, is_good):
        try:
            self.stop()
        except Failure:
            is_good = False
            raise
        finally:
            self.mailbox.stop()
            if not is_good and self.log.exists():
                sys.stderr.write("--- last lines of the daemon's log\n" + self.log.read_text(errors="replace")[-6000:])
            if is_good or os.environ.get("KEEP") != "1":
                shutil.rmtree(self.dir, ignore_errors=True)

    # --- people

    def ctl(self, *words):
        done = run(instance_program("provisionctl"), "-c", self.conf, *words, "--json")
        return json.loads(done)

    def person(self, address, first="Anna", last="Schmidt", company=None, password=PASSWORD):
        return Person(self, address, first, last, company, password)

    def company(self, slug, owner, name="Kanzlei Müller & Söhne"):
        """A company with its owner's keys, ready for customers."""
        code = self.ctl("company", "add", slug, "--name", name, "--contact", f"kontakt@{slug}.example")["enrolment_code"]
        owner.cli("company", "activate", slug, code)

    def subscribe(self, customer, slug, staff):
        """Asks and accepts; gives the customer's number."""
        customer.cli("subscribe", slug)
        number = [c["number"] for c in staff.cli("customers") if c["state"] == "pending"][0]
        staff.cli("accept", number)
        return number

    def spool_files(self):
        return [p for p in (self.state / "packages").rglob("*") if p.is_file()]


def main(test):
    """Runs one scenario; the exit code is the result."""
    try:
        test()
    except Failure as problem:
        sys.stderr.write(f"FAILED: {problem}\n")
        sys.exit(1)
    print("passed")
