# SPDX-License-Identifier: MIT
"""A client of live events for tests, independent of the product's own: reads server-sent events as the WHATWG standard says,
off a TLS connection of its own, and says why a stream ended."""

import json
import socket

from instance import expect
from wire import context_of


class Ended(Exception):
    """The stream is over: in good order (the last chunk came), or not."""

    def __init__(self, is_orderly):
        super().__init__("in good order" if is_orderly else "cut")
        self.is_orderly = is_orderly


class Event:
    def __init__(self, number, name, data):
        self.id, self.name, self.data = number, name, json.loads(data)

    def __repr__(self):
        return f"{self.id} {self.name} {self.data}"


class Stream:
    """One connection. last: what is sent as Last-Event-ID."""

    def __init__(self, instance, token, last=None, query="", seconds=20, source=None, port=None, headers=""):
        self.last, self.comments, self.buffer, self.chunk, self.is_over = last, 0, b"", 0, False
        raw = socket.create_connection(("localhost", port or instance.port), seconds, source)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context_of(instance).wrap_socket(raw, server_hostname="localhost")
        head = f"GET /api/v1/events{query} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n" + headers
        if token:
            head += f"Authorization: Bearer {token}\r\n"
        if last is not None:
            head += f"Last-Event-ID: {last}\r\n"
        self.socket.sendall(head.encode() + b"\r\n")
        answer = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        self.status = int(answer[0].split()[1])
        self.headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in answer[1:] if line)}

    # --- bytes

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            raise
        except OSError as problem:
            raise Ended(False) from problem
        if not data:
            raise Ended(self.is_over)
        self.buffer += data

    def _until(self, mark):
        while mark not in self.buffer:
            self._more()
        taken, self.buffer = self.buffer.split(mark, 1)
        return taken

    def body(self):
        """Of an answer that is no stream."""
        while len(self.buffer) < int(self.headers["content-length"]):
            self._more()
        return self.buffer

    def _chunk(self):
        """Chunks are as they were written: whole events."""
        size = int(self._until(b"\r\n"), 16)
        while len(self.buffer) < size + 2:
            self._more()
        taken, self.buffer = self.buffer[:size], self.buffer[size + 2:]
        if size == 0:
            self.is_over = True
            raise Ended(True)
        return taken

    # --- events

    def next(self, seconds=20):
        """The next event; TimeoutError, Ended."""
        self.socket.settimeout(seconds)
        while True:
            if not hasattr(self, "lines"):
                self.lines, self.name, self.data, self.seen = b"", "", [], self.last
            while b"\n" in self.lines:
                line, self.lines = self.lines.split(b"\n", 1)
                event = self._line(line.decode())
                if event:
                    return event
            self.lines += self._chunk()

    def _line(self, line):
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if line == "":
            event = Event(self.seen, self.name, "\n".join(self.data)) if self.data else None
            self.last, self.name, self.data = self.seen, "", []
            return event
        if field == "":
            self.comments += 1
        elif field == "id":
            self.seen = value
        elif field == "event":
            self.name = value
        elif field == "data":
            self.data.append(value)
        return None

    def begin(self, seconds=20):
        """Reads up to where the stream says where it begins; gives self."""
        expect(self.status == 200, "a stream was answered", self.status)
        expect(self.headers["content-type"] == "text/event-stream", "the stream's type is", self.headers["content-type"])
        self.socket.settimeout(seconds)
        self.lines, self.name, self.data, self.seen = self._chunk(), "", [], self.last
        while self.last is None:
            line, self.lines = self.lines.split(b"\n", 1)
            expect(self._line(line.decode()) is None, "an event before the beginning")
        return self

    def quiet(self, seconds=0.5):
        """Nothing comes."""
        try:
            expect(False, "unexpected", self.next(seconds))
        except TimeoutError:
            return

    def end(self, seconds=20):
        """Waits for the end; gives the events before it."""
        events = []
        while True:
            try:
                events.append(self.next(seconds))
            except Ended as problem:
                expect(problem.is_orderly, "the stream was cut")
                return events

    def close(self):
        self.socket.close()
