# SPDX-License-Identifier: MIT
"""A real Postfix of the system, with configuration, queue and data of its own in a private folder, on a loopback port; and its
smtp-sink. Postfix wants root and its user; where it cannot run, the reason is what missing() says."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

from instance import expect, free_port, run, wait_for

DAEMONS = "/usr/lib/postfix/sbin"
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
retry unix - - n - - error
error unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def missing():
    if os.geteuid() != 0:
        return "only root can start Postfix"
    return None if shutil.which("postfix") and shutil.which("smtp-sink") else "Postfix is not installed"


class Postfix:
    def __init__(self, folder, **parameters):
        self.dir, self.port = pathlib.Path(folder) / "postfix", free_port()
        for name in ("", "queue", "data"):
            (self.dir / name).mkdir(mode=0o755)
        shutil.chown(self.dir / "data", "postfix")
        self.parameters = {
            "compatibility_level": "3.6", "queue_directory": self.dir / "queue", "data_directory": self.dir / "data",
            "command_directory": "/usr/sbin", "daemon_directory": DAEMONS, "mail_owner": "postfix", "setgid_group": "postdrop",
            "myhostname": "relay.test.example", "mydestination": "", "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4",
            "mynetworks": "127.0.0.0/8", "alias_maps": "", "alias_database": "", "local_recipient_maps": "", "maillog_file": self.dir / "log",
            "maillog_file_prefixes": self.dir, "smtpd_relay_restrictions": "permit_mynetworks,reject", "smtputf8_enable": "no",
            **parameters}
        (self.dir / "master.cf").write_text(MASTER.format(port=self.port))
        self.configure()
        self.process = None

    def configure(self, **changes):
        self.parameters.update(changes)
        (self.dir / "main.cf").write_text("".join(f"{k} = {v}\n" for k, v in self.parameters.items()))

    def command(self, *words):
        run("postfix", "-c", self.dir, *words)

    def start(self):
        self.process = subprocess.Popen(["postfix", "-c", str(self.dir), "start-fg"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)

        def is_up():
            expect(self.process.poll() is None, "Postfix ended:", self.log())
            return "daemon started" in self.log()
        wait_for(20, "Postfix", is_up)
        return self

    def log(self):
        path = self.dir / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self):
        if self.process is not None:
            self.command("stop")
            self.process.wait(30)
        self.process = None


class Sink:
    """smtp-sink; count() is how many messages it has."""

    def __init__(self, folder):
        self.port = free_port()
        self.out = pathlib.Path(folder) / f"sink-{self.port}"
        with open(self.out, "wb") as out:
            self.process = subprocess.Popen(["smtp-sink", "-u", "postfix", "-c", f"127.0.0.1:{self.port}", "1000"], stdout=out, stderr=out)
        wait_for(10, "smtp-sink", self.is_up)

    def is_up(self):
        expect(self.process.poll() is None, "smtp-sink ended:", self.out.read_text())
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def count(self):
        found = re.findall(rb"mesg=(\d+)", self.out.read_bytes()[-400:])
        return int(found[-1]) if found else 0

    def wait(self, count, seconds):
        """Seconds between the first message and the count-th, looked at often."""
        wait_for(seconds, "the first message", self.count)
        begin, first = time.monotonic(), self.count()
        wait_for(seconds, f"{count} messages", lambda: self.count() >= count)
        return (time.monotonic() - begin) * count / max(1, count - first)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
