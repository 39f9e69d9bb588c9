#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""G5: after a whole scenario with everything at level debug, no name, address, file name, comment, password or token stands in
the daemon's log, its metrics, or what provisionctl tells without being asked about somebody. Control: what the daemon itself
logs of a planted name is found, however it is quoted."""

import json
import os
import pathlib
import signal
import socket
import urllib.parse

import instance as harness
from instance import PASSWORD, Instance, expect, main, wait_for
from wire import ask

CLIENT = "203.0.113.77"
STRANGERS = ["quirin.quastel@kunde.example", "Quirin", "Quastel"]
AGENT = "Zwirbelbrowser/7.1"


class Picky:
    """Refuses one recipient, with the address in its words, as relays do."""

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address.startswith("quirin"):
            return f"550 5.1.1 <{address}>: no such user {address}"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"


def spellings(text):
    """As it is, as the log escapes it, as addresses in URLs are, and in lower case."""
    for form in {text, text.lower()}:
        raw = form.encode()
        yield raw
        yield "".join(chr(b) if 0x20 <= b < 0x7f else f"\\x{b:02x}" for b in raw).encode()
        yield urllib.parse.quote(form).encode()
        yield raw.hex().encode()


def found(needles, hay):
    low = hay.lower()
    return sorted({n for n in needles for s in spellings(n) if s in hay or s.lower() in low})


def metrics(instance):
    with socket.create_connection(("127.0.0.1", instance.metrics_port), 10) as s:
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: s.recv(65536), b""))


def token_of(person):
    return harness.run(pathlib.Path(os.environ["TOOLS"]) / "profile_secrets", "token", env=person.environment).decode().strip()


def rude_requests(instance, token):
    """What a client can say wrongly, with names in every place."""
    fields = {"X-Forwarded-For": CLIENT, "User-Agent": AGENT}
    address = STRANGERS[0]
    for method, path, body in (
            ("POST", "/api/v1/sessions", {"email": address, "auth_key": "A" * 43}), ("POST", "/api/v1/sessions", {"email": address}),
            ("POST", "/api/v1/sessions", {address: 1}), ("POST", "/api/v1/sessions", {"email": STRANGERS[1] + "\n", "auth_key": "A" * 43}),
            ("GET", "/" + address, None), ("GET", "/p/" + STRANGERS[2], None), ("GET", "/api/v1/server?" + STRANGERS[1] + "=" + address, None),
            ("GET", "/api/v1/companies/" + STRANGERS[1], None), ("PUT", "/i/" + STRANGERS[2].lower(), None)):
        ask(instance, method, path, body, headers=fields)
    ask(instance, "GET", "/api/v1/account", token=token[:-4] + "AAAA", headers=fields)
    ask(instance, "GET", "/api/v1/account", token=token, headers=fields)
    for line in (b"GET /%s\r\n\r\n" % address.encode(), b"\x16\x03" + address.encode() * 10):
        with socket.create_connection(("127.0.0.1", instance.port), 10) as s:
            s.sendall(line)


def everybody(instance):
    owner = instance.person("eva.zwetschgenbaum@kanzlei-nord.example", "Evamaria", "Zwetschgenbäumle").register()
    customer = instance.person("anna.groessmann@kunde.example", "Annalena", "Größmann-Yilmaz", company="Kürbis & Töchter").register()
    instance.company("kanzlei-nord", owner, "Kanzlei Nordlicht Müller & Söhne")
    number = instance.subscribe(customer, "kanzlei-nord", owner)
    return owner, customer, number


def a_scenario(instance):
    """Gives what must not be found."""
    owner, customer, number = everybody(instance)
    folder = instance.dir / "Steuererklärung 2025"
    folder.mkdir()
    (folder / "Lohnabrechnung Größmann.pdf").write_bytes(os.urandom(300_000))
    package = customer.cli("send", "--to", "kanzlei-nord", "--comment", "Bitte vertraulich behandeln, Größmann", folder)["package"]
    instance.mailbox.wait("kontakt@kanzlei-nord.example")
    owner.cli("receive", package, "-o", owner.home / "got")
    owner.cli("send", "--to", number, folder)
    instance.mailbox.wait(customer.address, 2)
    customer.cli("profile", "--last-name", "Größmann-Öztürk")
    stranger = instance.person(*STRANGERS)
    stranger.raw("register", "--email", STRANGERS[0], "--first-name", STRANGERS[1], "--last-name", STRANGERS[2], stdin=PASSWORD + "\n")
    wait_for(20, "the relay's refusal", lambda: [m for m in instance.ctl("queue", "list") if m["state"] == "failed"])
    token = token_of(customer)
    rude_requests(instance, token)
    for role in ("web", "store", "courier"):
        pids = instance.roles(role)
        if pids:
            os.kill(pids[0], signal.SIGKILL)
        wait_for(20, "health", instance.is_healthy)
    instance.daemon.send_signal(signal.SIGHUP)
    owner.cli("inbox")
    customer.cli("logout")
    needles = [CLIENT, AGENT, PASSWORD, token, "Bitte vertraulich", "Lohnabrechnung", "Steuererklärung", "kanzlei-nord", "Nordlicht",
               "Kürbis", "Öztürk", "kontakt@", owner.recovery_code, customer.recovery_code, *STRANGERS]
    for person in (owner, customer):
        needles += [person.address, person.address.split("@")[0], person.first, person.last]
    return needles


def what_is_said(instance):
    pieces = {"log": instance.log.read_bytes(), "metrics": metrics(instance)}
    for words in (("status",), ("statistics",)):
        pieces[" ".join(words)] = json.dumps(instance.ctl(*words), ensure_ascii=False).encode()
    return pieces


class Planted(Instance):
    """Its configuration has a name in its path, which provisiond logs."""

    def __init__(self, name, planted):
        super().__init__(name)
        self.conf = self.conf.rename(self.dir / (planted + ".conf"))


def test():
    with Instance("logs", {"log_level": "debug", "trusted_proxies": "127.0.0.1", "address_field": "x-forwarded-for"}) as instance:
        instance.mailbox.handle_RCPT = Picky().handle_RCPT
        needles = a_scenario(instance)
        said = what_is_said(instance)
        print(", ".join(f"{len(text)} bytes of {what}" for what, text in said.items()), "searched for", len(needles), "pieces")
        expect(len(said["log"]) > 5_000 and b" debug " in said["log"], "the log is too short for a whole scenario")
        for what, text in said.items():
            expect(not found(needles, text), "in the", what, "stands", found(needles, text))
    for planted in ("Zwetschgenbäumle", "Annalena Größmann-Yilmaz"):
        with Planted("logs-control", planted) as instance:
            expect(found([planted], instance.log.read_bytes()), "the control was not found:", planted)


main(test)
