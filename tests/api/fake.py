# SPDX-License-Identifier: MIT
"""A server that misbehaves on purpose, for tests/api. Makes an authority and a certificate for "localhost" in the folder
given, listens on 127.0.0.1, prints its port, serves until its standard input ends.

Calls are told apart by their path. Of packages the first byte of the id says how they are treated."""

import base64
import hashlib
import json
import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import threading

FOLDER = sys.argv[1]
SIZE = 1_000_003
BODY = b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(SIZE // 32 + 1))[:SIZE]
JSON = "application/json"
PROBLEM = "application/problem+json"

lock = threading.Lock()
counts = {}
stored = {}


def openssl(*words):
    subprocess.run(["openssl", *words], cwd=FOLDER, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_certificates():
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for name in ("ca", "other"):
        openssl("req", "-x509", *key, "-days", "2", "-subj", "/CN=" + name, "-keyout", name + ".key", "-out", name + ".pem")
    openssl("req", *key, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
    with open(FOLDER + "/server.ext", "w", encoding="ascii") as f:
        f.write("subjectAltName=DNS:localhost\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2", "-extfile", "server.ext",
            "-out", "server.pem")


def count(key):
    with lock:
        counts[key] = counts.get(key, 0) + 1
        return counts[key]


class Broken(Exception):
    """Cut the connection now, without the end that TLS wants."""


class Reset(Broken):
    """The same, with everything that is under way thrown away."""


class Request:
    def __init__(self, stream):
        line = stream.readline(8192).decode("ascii")
        if not line:
            raise Broken
        self.method, self.path, _ = line.split()
        self.fields = {}
        while (line := stream.readline(8192).decode("latin-1").strip()):
            name, value = line.split(":", 1)
            self.fields[name.lower()] = value.strip()
        self.length = int(self.fields.get("content-length", "0"))
        self.unread = self.length
        self.stream = stream

    def read(self, n):
        data = b""
        self.unread -= n
        while len(data) < n:
            piece = self.stream.read(n - len(data))
            if not piece:
                raise Broken
            data += piece
        return data


def scenario(text):
    return base64.b32decode(text.upper() + "=" * (-len(text) % 8))[0]


def call(r):
    body = r.read(r.length).decode()
    path, n = r.path[len("/api/v1"):], count(r.path)
    if path == "/ok":
        return 200, {}, b'{"answer":42}'
    if path == "/empty":
        return 204, {}, b""
    if path == "/echo":
        answer = {"method": r.method, "authorization": r.fields.get("authorization", ""), "body": body,
                  "type": r.fields.get("content-type", ""), "agent": r.fields["user-agent"]}
        return 200, {}, json.dumps(answer).encode()
    if path == "/flaky" and n <= 2:
        raise Broken
    if path == "/busy" and n <= 2:
        return 503, {"Retry-After": "0"}, b""
    if path in ("/flaky", "/busy"):
        return 200, {}, b'{"answer":%d}' % n
    if path == "/never":
        return 503, {"Retry-After": "3000"}, b""
    if path == "/refused":
        return 409, {"Content-Type": PROBLEM}, (b'{"type":"urn:provision:problem:state","title":"x","status":409,'
                                               b'"detail":"not \x1b[31mnow","field":"files[0].name"}').replace(b"\x1b", b"\\u001b")
    if path == "/html":
        return 500, {"Content-Type": "text/html"}, b"<html>"
    if path == "/latin":
        return 200, {}, b'{"items":[{"text":"gr\xfc\xdfe"}]}'
    if path == "/huge":
        return 200, {}, b'{"a":"' + b"x" * (5 << 20) + b'"}'
    if path == "/text":
        return 200, {"Content-Type": "text/plain"}, b"hello"
    if path == "/redirect":
        return 302, {"Location": "/api/v1/ok"}, b""
    if path.startswith("/companies/"):
        company = {"company": "a" * 26, "slug": "x", "name": path, "epochs": [], "former_roots": [], "active": True,
                   "forbids_text_mail": False, "later": 1}
        if "broken" in path:
            del company["name"]
        return 200, {}, json.dumps({"company": company}).encode()
    if path.startswith("/subscriptions/"):
        # broken once; the same call brings its key again, another call another one
        key = r.fields.get("idempotency-key", "")
        is_same = key == stored.get(path, key)
        stored[path] = key
        if n == 1:
            raise Broken
        return (204 if re.fullmatch('"[a-z2-7]{26}"', key) and is_same == (n == 2) else 400), {}, b""
    if path == "/nonces":
        return (400 if "idempotency-key" in r.fields else 201), {}, b'{"nonce":"' + b"A" * 43 + b'"}'
    if path == "/login-parameters":
        good = json.loads(body) == {"email": "änna@x.example"}
        return (200, {}, b'{"salt":"AAAAAAAAAAAAAAAAAAAAAA","memory_kib":131072,"passes":3}') if good else (400, {}, b"")
    return 404, {"Content-Type": PROBLEM}, b'{"type":"urn:provision:problem:not-found","title":"x","status":404}'


def upload(r, package, kind):
    upload_id = r.path.split("/")[-1]
    if r.method == "POST":
        metadata = r.fields["upload-metadata"].split()
        assert metadata[0] == "part" and base64.b64decode(metadata[1]) == b"body" and r.fields["tus-resumable"] == "1.0.0"
        if kind != 8 or package not in stored:   # 8: what an earlier process sent is still there
            stored[package] = b""
        return 201, {"Location": "https://else.example/" + package if kind == 6 else "/api/v1/uploads/" + package}, b""
    have = stored[upload_id]
    if r.method == "HEAD":
        return 200, {"Upload-Offset": str(10 ** 9 if kind == 3 and have else len(have))}, b""
    assert r.fields["content-type"] == "application/offset+octet-stream" and int(r.fields["upload-offset"]) == len(have)
    n = count("patch" + upload_id)
    if kind == 4:
        r.read(r.length)
        return 204, {"Upload-Offset": str(len(have))}, b""
    if kind == 5 and n == 1:
        return 409, {}, b""
    if kind == 7:
        return 507, {"Content-Type": PROBLEM}, b'{"type":"urn:provision:problem:full","title":"x","status":507}'
    if kind in (2, 3) and n <= 3:
        stored[upload_id] = have + r.read(100_000)[:70_000]
        raise Broken
    stored[upload_id] = have + r.read(r.length)
    return 204, {"Upload-Offset": str(len(stored[upload_id]))}, b""


def download(r, package, kind):
    first, last = map(int, re.fullmatch(r"bytes=(\d+)-(\d+)", r.fields["range"]).groups())
    n = count("get" + package)
    if kind == 6:
        return 410, {"Content-Type": PROBLEM}, b'{"type":"urn:provision:problem:erased","title":"x","status":410}'
    if n > 1:
        assert r.fields["if-range"] == '"one"', "no If-Range"
    if kind == 3 and n == 2:
        return 200, {"ETag": '"two"'}, BODY
    shift = 1 if kind == 4 else 0
    head = {"ETag": '"one"', "Content-Range": f"bytes {first + shift}-{last}/{SIZE}"}
    piece = BODY[first:last + 1]
    if kind == 5:
        return 206, head, piece + b"more"
    if kind in (2, 3):
        return 206, head, piece, 150_000
    return 206, head, piece


def event(number, kind="entry"):
    return f'id: {number}\nevent: {kind}\ndata: {{"number":{number},"kind":"{kind}","sequence":3,"later":1}}\n\n'.encode()


def outage(n, stream):
    """A service whose processes die and come back one after the other; then one that may not be seen any more."""
    if n == 1:
        raise Broken
    if n == 3:
        raise Reset
    if n in (5, 6):
        return (503, 502)[n - 5], {"Content-Type": "text/html"}, b"<html>"
    if n <= 8:
        return 200, stream, b":\n\n" + b"x" * 100, (20, 1, 0)[n // 2 % 3]
    if n == 9:
        return 200, stream, event(101)
    return 403, {"Content-Type": PROBLEM}, b'{"type":"urn:provision:problem:denied","title":"x","status":403}'


def events(r):
    """The n-th stream: cut within an event, ended, refused; then others whose data is none of ours. Behind 100 an outage, behind 200 one
    without an end."""
    last = r.fields.get("last-event-id")
    stream = {"Content-Type": "text/event-stream"}
    assert r.fields["accept"] == "text/event-stream"
    if last == "200":
        raise Broken
    if last in ("100", "101"):
        n = count("outage")
        assert last == "100" or n > 9, (n, last)
        return outage(n, stream)
    n = count("/events")
    if n == 1:
        assert last == "4", last
        whole = b"retry: 10\n\nid: 5\n\n:\n\n" + event(6) + event(7)
        return 200, stream, whole + event(8) + b"x" * 100, len(whole) + len(event(8)) - 10
    if n == 2:
        assert last == "7", last
        return 200, stream, event(8) + event(9, "resync")
    if n == 3:
        assert last == "9", last
        return 401, {"Content-Type": PROBLEM}, b'{"type":"urn:provision:problem:login","title":"x","status":401}'
    assert last is None, last
    return 200, stream, [b"data: {}\n\n", b"data: x\n\n", b"data: \xff\n\n", b"id: 1\n" * 30000 + b"data: " + b"y" * 70000,
                         event(1)][n - 4]


def answer(r):
    if r.path == "/api/v1/events":
        return events(r)
    found = re.fullmatch(r"/api/v1/(packages|uploads)/([a-z2-7]{26})(/parts|/body)?", r.path)
    if not found:
        return call(r)
    package = found.group(2)
    return (download if found.group(3) == "/body" else upload)(r, package, scenario(package))


def serve(stream):
    """One connection. An answer's fourth member says after how many bytes of its body to cut."""
    file = stream.makefile("rb")
    while True:
        r = Request(file)
        try:
            status, fields, body, *cut = answer(r)
        except Reset:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise
        fields.setdefault("Content-Type", JSON)
        if status != 204:
            fields["Content-Length"] = str(len(body))
        head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n"
        stream.sendall(head.encode() + (b"" if r.method == "HEAD" else body[:cut[0]] if cut else body))
        if cut and len(body) > cut[0] or r.unread > 0:
            raise Broken


def connection(context, plain):
    try:
        serve(context.wrap_socket(plain, server_side=True))
    except (Broken, OSError):
        pass
    finally:
        plain.close()


def main():
    make_certificates()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(FOLDER + "/server.pem", FOLDER + "/server.key")
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            plain, _ = listener.accept()
            threading.Thread(target=connection, args=(context, plain), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()
    os._exit(0)


main()
