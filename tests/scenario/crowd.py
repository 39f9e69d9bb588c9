# SPDX-License-Identifier: MIT
"""Many notices: a state directory with a crowd of customers for each of whom a package waits, relays that do what they should
not, and the check that every notice came exactly once."""

import collections
import os
import pathlib
import re
import socket
import threading

from instance import BUILD, Instance, expect, free_port, run, wait_for

SEED = pathlib.Path(os.environ.get("TOP_BUILDDIR", BUILD.parent)).resolve() / "tests/courier/seed"
MESSAGE_ID = re.compile(rb"(?im)^Message-ID: *<([^>]+)>")


def crowd(count):
    return {f"{n}@kunde.example" for n in range(count)}


class Crowded(Instance):
    """An instance that begins with count notices in its queue."""

    def __init__(self, name, count, relay_port, options=None, jail=True):
        super().__init__(name, {"relay_port": relay_port, **(options or {})}, jail)
        run("chown", "-R", str(os.geteuid()), self.state)
        run(SEED, self.state, self.dir / "master.key", count)
        if os.geteuid() == 0:
            run("chown", "-R", self.values["user_store"] + ":", self.state)

    def queue(self):
        return self.ctl("queue", "list")

    def drain(self, seconds=60):
        """Until nothing waits any more but what was given up; what is to be tried later is tried now."""
        def done():
            rows = [r for r in self.queue() if r["state"] != "failed"]
            if rows and all(r["state"] == "retrying" for r in rows):
                self.ctl("queue", "flush")
            return not rows
        wait_for(seconds, "the queue to be empty", done)


class Relay:
    """Accepts connections, a thread each. What it has taken stands in taken: (recipient, message id). Subclasses change what is
    said."""

    def __init__(self, port=None):
        self.lock = threading.Lock()
        self.taken, self.seen = [], collections.Counter()
        self.port = port or free_port()
        self.sock = None

    def start(self):
        self.sock = socket.create_server(("127.0.0.1", self.port), backlog=64)
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def stop(self):
        if self.sock is not None:
            self.sock.shutdown(socket.SHUT_RDWR)
            self.sock.close()
        self.sock = None

    def accept(self):
        listening = self.sock
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            try:
                self.talk(connection, connection.makefile("rb"))
            except (OSError, EOFError):
                pass

    # what is said: an answer, or EOFError to hang up

    def on_connect(self, _c):
        return "220 relay.example ESMTP"

    def on_mail(self, _c):
        return "250 2.1.0 Ok"

    def on_rcpt(self, _c, _address):
        return "250 2.1.5 Ok"

    def on_message(self, _c, address, message_id):
        self.take(address, message_id)
        return "250 2.0.0 Ok"

    def take(self, address, message_id):
        with self.lock:
            self.taken.append((address, message_id))

    def count(self, what):
        """How often it was seen before."""
        with self.lock:
            self.seen[what] += 1
            return self.seen[what] - 1

    def talk(self, c, stream):
        address = None
        c.sendall(self.on_connect(c).encode() + b"\r\n")
        for line in stream:
            verb = line[:4].upper()
            if verb == b"RCPT":
                address = line[line.index(b"<") + 1:line.index(b">")].decode()
                answer = self.on_rcpt(c, address)
            elif verb == b"MAIL":
                answer = self.on_mail(c)
            elif verb == b"DATA":
                c.sendall(b"354 go on\r\n")
                text = b""
                while not text.endswith(b"\r\n.\r\n"):
                    more = stream.readline()
                    if not more:
                        raise EOFError
                    text += more
                answer = self.on_message(c, address, MESSAGE_ID.search(text)[1].decode())
            else:
                answer = "221 2.0.0 bye" if verb == b"QUIT" else "250 2.0.0 Ok"
            c.sendall(answer.encode() + b"\r\n")
            if answer.startswith(("221", "421")):
                return


def judge(taken, wanted):
    """What is wrong: (lost, twice, twice and not the same, strangers)."""
    ids = collections.defaultdict(list)
    for address, message_id in taken:
        ids[address].append(message_id)
    return (sorted(wanted - set(ids)), sorted(a for a in ids if len(ids[a]) > 1),
            sorted(a for a in ids if len(set(ids[a])) > 1), sorted(set(ids) - wanted))


def once(taken, wanted, twice_is_allowed=False):
    lost, twice, different, strangers = judge(taken, wanted)
    expect(not lost, len(lost), "were lost:", lost[:5])
    expect(not different, "came twice as two mails:", different[:5])
    expect(not strangers, "to nobody's address:", strangers[:5])
    expect(twice_is_allowed or not twice, len(twice), "came twice:", twice[:5])
    return len(twice)
