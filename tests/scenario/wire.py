# SPDX-License-Identifier: MIT
"""Plain HTTPS for tests: a client that says exactly what it is told, and a recorder between a command line and
the server that keeps every request it passes on (so that a test can repeat and change them)."""

import http.client
import json
import socket
import ssl
import threading

from instance import free_port


def context_of(instance):
    return ssl.create_default_context(cafile=str(instance.authority))


def ask(instance, method, path, body=None, token=None, headers=None):
    """One request; gives (status, header fields in lower case, body bytes)."""
    connection = http.client.HTTPSConnection("localhost", instance.port, context=context_of(instance), timeout=30)
    fields = dict(headers or {})
    if token:
        fields["Authorization"] = "Bearer " + token
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
        fields.setdefault("Content-Type", "application/json")
    try:
        connection.request(method, path, body=body, headers=fields)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def token_of(instance, person):
    """The token of one more session of somebody with a command line."""
    recorder, home = Recorder(instance), instance.dir / f"home-recorded-{person.home.name}"
    home.mkdir(mode=0o700, exist_ok=True)
    recorded = instance.person(person.address)
    recorded.environment.update(PROVISION_HOME=str(home), PROVISION_URL=recorder.url)
    recorded.cli("login", "--email", person.address, stdin=person.password + "\n")
    recorded.cli("companies")
    recorder.stop()
    return recorder.token()


class Recorded:
    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body

    def json(self):
        return json.loads(self.body)

    def token(self):
        return self.headers.get("authorization", "").removeprefix("Bearer ") or None


def read_message(stream, has_body=True):
    """Head and body of one HTTP/1.1 message, or None at the end."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = stream.readline()
        if not byte:
            return None
        head += byte
    lines = head.decode("latin-1").split("\r\n")
    headers = dict((k.lower(), v.strip()) for k, v in (line.split(":", 1) for line in lines[1:] if line))
    body = stream.read(int(headers.get("content-length", 0))) if has_body else b""
    return lines[0], headers, head, body


class Recorder:
    def __init__(self, instance):
        self.instance = instance
        self.port = free_port()
        self.requests = []
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(instance.dir / "server.pem", instance.dir / "server.key")
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.context = server
        threading.Thread(target=self._accept, daemon=True).start()
        self.url = f"https://localhost:{self.port}"

    def _accept(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw):
        try:
            with self.context.wrap_socket(raw, server_side=True) as client, \
                 socket.create_connection(("127.0.0.1", self.instance.port)) as plain, \
                 context_of(self.instance).wrap_socket(plain, server_hostname="localhost") as upstream:
                wanted, given = client.makefile("rb"), upstream.makefile("rb")
                while message := read_message(wanted):
                    line, headers, head, body = message
                    method, path, _ = line.split(" ")
                    self.requests.append(Recorded(method, path, headers, body))
                    upstream.sendall(head + body)
                    answer = read_message(given, method != "HEAD")
                    if answer is None:
                        return
                    client.sendall(self.answer(method, path, answer))
        except (OSError, ValueError):
            pass

    def answer(self, _method, _path, answer):
        """What the client gets to see of a server's message."""
        return answer[2] + answer[3]

    def last(self, method, path):
        """The newest recorded request whose path ends so."""
        return [r for r in self.requests if r.method == method and r.path.split("?")[0].endswith(path)][-1]

    def token(self):
        return [r for r in self.requests if r.token()][-1].token()

    def stop(self):
        self.listener.close()
