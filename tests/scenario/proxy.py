#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C4, A8: behind a trusted proxy the client's address is the one that its PROXY header or header field names, and nobody else
can set it: seen by whom the limiter slows. Connections that do not begin as they must end; metrics stay as they are."""

import http.client
import json
import os
import socket
import ssl
import struct
import urllib.request

from formats import b64
from instance import Instance, expect, main, wait_for
from wire import context_of

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
PROXY, INNER, STRANGER = "127.0.2.1", "127.0.3.1", "127.0.9.9"
TRIES = 12


def header(client, command=1):
    """A header of the PROXY protocol, version 2, with something behind the addresses."""
    if ":" in client:
        addresses = socket.inet_pton(socket.AF_INET6, client) + bytes(15) + b"\1" + struct.pack(">HH", 4711, 443)
    else:
        addresses = socket.inet_aton(client) + socket.inet_aton("192.0.2.80") + struct.pack(">HH", 4711, 443)
    block = addresses + b"\x04\0\3abc"
    return SIGNATURE + bytes([0x20 | command, 0x21 if ":" in client else 0x11]) + struct.pack(">H", len(block)) + block


class Connection(http.client.HTTPSConnection):
    """From an address on loopback, with bytes in front of TLS."""

    def __init__(self, instance, source, first=b"", piece=None):
        super().__init__("localhost", instance.port, context=context_of(instance), timeout=10)
        self.source, self.first, self.piece = source, first, piece or len(first)

    def connect(self):
        raw = socket.create_connection(("127.0.0.1", self.port), 10, (self.source, 0))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(self.first), self.piece or 1):
            raw.sendall(self.first[at:at + self.piece])
        self.sock = self._context.wrap_socket(raw, server_hostname="localhost")


class Way:
    """How requests reach the server; fields(i): header fields of the i-th one."""

    def __init__(self, instance, source, first=b"", fields=lambda i: {}, piece=None):
        self.instance, self.source, self.first, self.fields, self.piece = instance, source, first, fields, piece

    def tries(self, address, count=TRIES):
        """Statuses of logging in with a wrong password."""
        connection = Connection(self.instance, self.source, self.first, self.piece)
        statuses = []
        for i in range(count):
            body = json.dumps({"email": address, "auth_key": b64(os.urandom(32))})
            connection.request("POST", "/api/v1/sessions", body, {"Content-Type": "application/json", **self.fields(i)})
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        connection.close()
        return statuses

    def is_cut(self):
        try:
            self.tries("x@kunde.example", 1)
        except (OSError, ssl.SSLError, http.client.HTTPException):
            return True
        return False


def is_slowed(way, address):
    return way.tries(address, 1) == [429]


def exhausts(way, address):
    statuses = way.tries(address)
    expect(statuses[0] == 401 and statuses[-1] == 429, "tries were answered", statuses)


def check_header(instance):
    """Who is named is slowed, and only who is named."""
    for n, client in enumerate(("192.0.2.1", "2001:db8::1")):
        mail, other = f"eins-{n}@kunde.example", ("192.0.2.2", "2001:db8:1::1")[n]
        exhausts(Way(instance, PROXY, header(client)), mail)
        expect(is_slowed(Way(instance, PROXY, header(client), piece=1), mail), client, "is not slowed any more")
        expect(not is_slowed(Way(instance, PROXY, header(other)), mail), other, "is slowed for", client)
        expect(is_slowed(Way(instance, "127.0.2.77", header(client)), mail), "another proxy's word does not count")
    # the proxy's own connections are its own
    exhausts(Way(instance, PROXY, header("192.0.2.1", command=0)), "zwei@kunde.example")
    expect(not is_slowed(Way(instance, PROXY, header("192.0.2.1")), "zwei@kunde.example"), "LOCAL counts for who is named")


def check_fields(instance):
    """From the right, through proxies that are trusted, to the first that is not."""
    chain = lambda *addresses: lambda i: {"X-Forwarded-For": ", ".join(("6.6.6.%d" % i,) + addresses)}
    inner = header(INNER)
    exhausts(Way(instance, PROXY, inner, chain("192.0.2.7")), "drei@kunde.example")
    expect(is_slowed(Way(instance, PROXY, inner, chain("192.0.2.7", "127.0.3.9")), "drei@kunde.example"), "one proxy more hides")
    expect(not is_slowed(Way(instance, PROXY, inner, chain("192.0.2.8")), "drei@kunde.example"), "the field does not count")
    expect(is_slowed(Way(instance, PROXY, header("192.0.2.7")), "drei@kunde.example"), "header and field name different clients")
    # a client that the PROXY header names sets nothing by a field of its own
    exhausts(Way(instance, PROXY, header("192.0.2.9"), chain("192.0.2.10")), "vier@kunde.example")


def check_strangers(instance):
    # a field that is another one each time: slowed all the same
    exhausts(Way(instance, STRANGER, fields=lambda i: {"X-Forwarded-For": f"192.0.2.{i}", "Forwarded": f"for=192.0.2.{i}"}),
             "fuenf@kunde.example")
    expect(Way(instance, STRANGER, header("192.0.2.1")).is_cut(), "a stranger's PROXY header was taken")
    expect(not Way(instance, STRANGER).is_cut(), "a stranger needs a PROXY header")


def check_malformed(instance):
    ways = {"none": b"", "version 1": b"PROXY TCP4 192.0.2.1 192.0.2.80 4711 443\r\n", "too long": SIGNATURE + b"\x21\x11\xff\xff",
            "another family": SIGNATURE + b"\x21\x12\0\x0c" + bytes(12), "too short": SIGNATURE + b"\x21\x11\0\4" + bytes(4),
            "twice": header("192.0.2.1") * 2, "nobody's": header("::")}
    for what, first in ways.items():
        expect(Way(instance, PROXY, first).is_cut(), "a trusted proxy's header was taken:", what)
    expect(not Way(instance, PROXY, header("192.0.2.1")).is_cut(), "a good header was refused")


def check_many(instance):
    """Open connections are counted for who is behind the proxy, not for the proxy."""
    held = []
    for i in range(150):
        connection = Connection(instance, PROXY, header(f"198.51.{i}.1"))
        connection.connect()
        held.append(connection)
    for connection in held:
        connection.close()


def metrics(instance):
    with urllib.request.urlopen(f"http://127.0.0.1:{instance.metrics_port}/metrics", timeout=5) as answer:
        return answer.read()


def test():
    options = {"trusted_proxies": "127.0.2.0/24 127.0.3.0/24", "proxy_protocol": "v2", "address_field": "x-forwarded-for"}
    with Instance("proxy", options) as instance:
        for check in (check_header, check_fields, check_strangers, check_malformed, check_many):
            check(instance)
        expect(b"provision" in metrics(instance), "no metrics")
        wait_for(5, "health", instance.is_healthy)
    # trusted, and nothing is asked of it: its word means nothing
    with Instance("proxy-off", {"trusted_proxies": PROXY}) as instance:
        exhausts(Way(instance, PROXY, fields=lambda i: {"X-Forwarded-For": f"192.0.2.{i}"}), "sechs@kunde.example")
        expect(Way(instance, PROXY, header("192.0.2.1")).is_cut(), "a PROXY header was taken where none is expected")


main(test)
