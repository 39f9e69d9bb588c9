#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A real HAProxy in front, as operators have it: passing TLS on with send-proxy-v2, and ending TLS with a header field of its
own. The client's address is the one that reached HAProxy: seen by whom the limiter slows, and in the list of sessions."""

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys

from api_world import World
from formats import b64
from instance import Instance, expect, free_port, main, wait_for
from openapi import Client

PASS, END = "127.0.4.1", "127.0.4.2"      # HAProxy's own addresses towards the server
CONF = """
global
    maxconn 100
    ssl-server-verify required
defaults
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend passed
    mode tcp
    bind 127.0.0.1:{passed}
    default_backend passed
backend passed
    mode tcp
    source {pass_source}
    server provision 127.0.0.1:{port} send-proxy-v2
frontend ended
    mode http
    bind 127.0.0.1:{ended} ssl crt {pem}
    http-request set-header X-Forwarded-For %[src]
    default_backend ended
backend ended
    mode http
    source {end_source}
    server provision 127.0.0.1:{port} ssl ca-file {ca} sni str(localhost) verifyhost localhost {extra}
"""


class Front:
    def __init__(self, instance, extra=""):
        self.passed, self.ended = free_port(), free_port()
        pem = instance.dir / "front.pem"
        pem.write_bytes((instance.dir / "server.pem").read_bytes() + (instance.dir / "server.key").read_bytes())
        conf = instance.dir / "haproxy.cfg"
        conf.write_text(CONF.format(passed=self.passed, ended=self.ended, port=instance.port, pem=pem, ca=instance.authority,
                                    pass_source=PASS, end_source=END, extra=extra))
        self.instance = instance
        self.process = subprocess.Popen(["haproxy", "-db", "-f", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for port in (self.passed, self.ended):
            wait_for(10, "HAProxy", lambda port=port: self.is_open(port))

    @staticmethod
    def is_open(port):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    def close(self):
        self.process.terminate()
        self.process.wait(10)

    def ask(self, port, source, method, path, body=None, headers=None):
        """(status, JSON) of one request by way of HAProxy."""
        context = ssl.create_default_context(cafile=str(self.instance.authority))
        connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=20, source_address=(source, 0))
        connection.request(method, "/api/v1" + path, body and json.dumps(body), {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        found = answer.status, json.loads(answer.read() or b"null")
        connection.close()
        return found


def check(instance, front, port, world, name):
    """Two clients behind one proxy."""
    mail = f"{name}@kunde.example"
    login = lambda source, headers=None: front.ask(port, source, "POST", "/sessions", {"email": mail, "auth_key": b64(os.urandom(32))}, headers)[0]
    statuses = [login("127.0.9.1") for _ in range(12)]
    expect(statuses[0] == 401 and statuses[-1] == 429, name, "tries were answered", statuses)
    expect(login("127.0.9.2") == 401, name, "another client is slowed, too")
    # what the client itself says of its address
    lies = {"X-Forwarded-For": "127.0.9.3", "Forwarded": "for=127.0.9.3"}
    expect(login("127.0.9.1", lies) == 429, name, "a client set its own address")
    person = world.customer
    status, session = front.ask(port, "127.0.9.77", "POST", "/sessions", {"email": person.address, "auth_key": b64(person.auth_key)})
    expect(status == 201, name, "login answered", status)
    rows = person.good("GET", "/sessions").json()["items"]
    address = [r["address"] for r in rows][-1]
    plain = b64(socket.inet_aton("127.0.9.77")), b64(bytes(10) + b"\xff\xff" + socket.inet_aton("127.0.9.77"))
    expect(address in plain, name, "the session came from", address)
    status, account = front.ask(port, "127.0.9.77", "GET", "/account", headers={"Authorization": "Bearer " + session["session"]})
    expect(status == 200 and account["email"] == person.address, name, "the account is", account)


def test():
    if shutil.which("haproxy") is None:
        print("no haproxy, skipped")
        sys.exit(77)
    for name, options, extra in (("passed", {"proxy_protocol": "v2"}, ""), ("ended", {"address_field": "x-forwarded-for"}, ""),
                                 ("both", {"proxy_protocol": "v2", "address_field": "x-forwarded-for"}, "send-proxy-v2")):
        with Instance("haproxy-" + name, {"trusted_proxies": f"{PASS} {END}", **options}) as instance:
            world = World(instance, Client(instance))
            front = Front(instance, extra)
            try:
                check(instance, front, front.passed if name == "passed" else front.ended, world, name)
            finally:
                front.close()


main(test)
