#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""G4: TLS 1.2 and 1.3 with forward secrecy and authenticated ciphers only; a new certificate at a reload, while connections
live on; a bad one is refused and the former stays, and that is said; strict headers on every answer."""

import http.client
import signal
import socket
import ssl
import warnings

from instance import Instance, expect, main, run, wait_for
from wire import ask

warnings.simplefilter("ignore", DeprecationWarning)     # old versions are asked for on purpose

GOOD = {"TLSv1.2": ["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"],
        "TLSv1.3": [None]}
BAD = {"TLSv1": ["ALL"], "TLSv1.1": ["ALL"],
       "TLSv1.2": ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-CCM", "AECDH-AES128-SHA", "AES128-GCM-SHA256",
                   "DHE-RSA-AES128-GCM-SHA256", "eNULL"]}
VERSIONS = {"TLSv1": ssl.TLSVersion.TLSv1, "TLSv1.1": ssl.TLSVersion.TLSv1_1, "TLSv1.2": ssl.TLSVersion.TLSv1_2,
            "TLSv1.3": ssl.TLSVersion.TLSv1_3}


def handshake(instance, version, cipher, groups=None):
    """What was agreed, or None."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(str(instance.authority))
    context.set_ciphers((cipher or "DEFAULT") + ":@SECLEVEL=0")
    context.minimum_version = context.maximum_version = VERSIONS[version]
    if groups:
        context.set_ecdh_curve(groups)
    try:
        with context.wrap_socket(socket.create_connection(("127.0.0.1", instance.port), 10), server_hostname="localhost") as s:
            return s.version(), s.cipher()[0]
    except (ssl.SSLError, OSError):
        return None


def only_modern_settings(instance):
    for version, ciphers in GOOD.items():
        for cipher in ciphers:
            agreed = handshake(instance, version, cipher)
            expect(agreed and agreed[0] == version and cipher in (None, agreed[1]), version, cipher, "became", agreed)
    for version, ciphers in BAD.items():
        for cipher in ciphers:
            agreed = handshake(instance, version, cipher)
            expect(agreed is None, version, cipher, "was accepted as", agreed)
    expect(handshake(instance, "TLSv1.3", None, "secp521r1") is None, "another curve was accepted")
    with socket.create_connection(("127.0.0.1", instance.port), 10) as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        expect(b"HTTP" not in s.recv(4096), "plain HTTP was answered")


class Held(http.client.HTTPSConnection):
    """A connection that is kept."""

    def __init__(self, instance):
        super().__init__("localhost", instance.port, context=ssl.create_default_context(cafile=str(instance.authority)), timeout=20)
        self.connect()
        self.serial = self.sock.getpeercert()["serialNumber"]

    def is_served(self):
        self.request("GET", "/api/v1/server")
        answer = self.getresponse()
        answer.read()
        return answer.status == 200


def serial(instance):
    held = Held(instance)
    held.close()
    return held.serial


def reload(instance):
    instance.daemon.send_signal(signal.SIGHUP)


def reloads(instance):
    return instance.log.read_text().count("reloaded program=provisiond")


def refusals(instance):
    return [line for line in instance.log.read_text().splitlines() if "reload-refused" in line]


def a_new_certificate(instance):
    held, old = [Held(instance) for _ in range(8)], serial(instance)
    instance.renew_certificate()
    reload(instance)
    wait_for(10, "the reload", lambda: reloads(instance) == 1)
    expect({serial(instance) for _ in range(20)} & {old} == set(), "the old certificate is still shown")
    expect(all(h.is_served() for h in held), "a connection did not outlive the reload")
    for h in held:
        h.close()
    expect(instance.roles("web") and not refusals(instance), "it was refused")


def make_other_key(d):
    run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", d / "other.key")
    (d / "other.key").chmod(0o600)


def bad_certificates(instance):
    d = instance.dir
    make_other_key(d)
    good = {name: (d / name).read_bytes() for name in ("server.pem", "server.key")}
    half = good["server.pem"][:len(good["server.pem"]) // 2]
    run("openssl", "x509", "-req", "-in", d / "server.csr", "-CA", d / "ca.pem", "-CAkey", d / "ca.key", "-days", "-1",
        "-extfile", d / "server.ext", "-out", d / "over.pem")
    bad = {
        "garbage": ("server.pem", b"no certificate\n", "not a PEM certificate chain"),
        "half": ("server.pem", half, "not a PEM certificate chain"),
        "empty": ("server.pem", b"", "0 bytes"),
        "of another key": ("server.key", (d / "other.key").read_bytes(), "is not the key of the certificate"),
        "over": ("server.pem", (d / "over.pem").read_bytes(), "has ended"),
        "gone": ("server.pem", None, "No such file"),
    }
    now, held = serial(instance), Held(instance)
    for n, (what, (name, content, words)) in enumerate(bad.items()):
        (d / name).unlink(missing_ok=True)
        if content is not None:
            (d / name).write_bytes(content)
            (d / name).chmod(0o600)
        reload(instance)
        line = wait_for(10, "the refusal of one that is " + what, lambda n=n: refusals(instance)[n:])[0]
        expect(words in line, what, "was refused as", line)
        expect(serial(instance) == now and held.is_served(), "one that is", what, "was put to use")
        (d / name).unlink(missing_ok=True)
        (d / name).write_bytes(good[name])
        (d / name).chmod(0o600)
    reload(instance)
    wait_for(10, "the good one again", lambda: reloads(instance) == 2)
    expect(len(refusals(instance)) == len(bad) and held.is_served(), "refusals:", refusals(instance))


def headers_are_strict(instance):
    for method, path, statuses in (("GET", "/", [200]), ("GET", "/health", [200]), ("GET", "/api/v1/server", [200]),
                                   ("GET", "/style.css", [200]), ("GET", "/none", [404]), ("PUT", "/", [405]),
                                   ("GET", "/api/v1/account", [401]), ("POST", "/api/v1/sessions", [400, 415])):
        status, fields, _ = ask(instance, method, path)
        expect(status in statuses, method, path, "answered", status)
        age = fields.get("strict-transport-security", "")
        expect(age.startswith("max-age=") and int(age[8:].split(";")[0]) >= 365 * 86400, path, "says HSTS", age)
        policy = fields.get("content-security-policy", "")
        expect("default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy, path, "says", policy)
        expect(fields.get("x-content-type-options") == "nosniff" and fields.get("referrer-policy") == "no-referrer", path, fields)
    expect(b"Strict-Transport" not in instance.health(), "HSTS over plain HTTP")


def test():
    with Instance("tls") as instance:
        only_modern_settings(instance)
        a_new_certificate(instance)
        bad_certificates(instance)
        headers_are_strict(instance)


main(test)
