#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every refusal of the HTTP layer itself is problem+json, too (RFC 9457): whatever is wrong about a request before anybody
looks at what it asks for. And every POST that is sent again, byte for byte, makes nothing twice."""

import json
import socket

from api_rows import MAC, finishing, mailed_code, new_keys, opened
from api_world import World
from formats import Keys, id_text, new_id
from instance import Instance, expect, main, wait_for
from openapi import Client
from wire import context_of

HOST = "Host: localhost\r\n"
JSON = HOST + "Content-Type: application/json\r\n"
# what, the bytes, the status, the problem
ROWS = [
    ("not HTTP", "HELO there\r\n\r\n", 400, "syntax"),
    ("a bare line feed", "GET /api/v1/server HTTP/1.1\n\n", 400, "syntax"),
    ("no host", "GET /api/v1/server HTTP/1.1\r\n\r\n", 400, "syntax"),
    ("two hosts", f"GET /api/v1/server HTTP/1.1\r\n{HOST}{HOST}\r\n", 400, "syntax"),
    ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "syntax"),
    ("an unknown method", f"BREW /api/v1/server HTTP/1.1\r\n{HOST}\r\n", 400, "syntax"),
    ("two lengths", f"POST /api/v1/sessions HTTP/1.1\r\n{JSON}Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "syntax"),
    ("length and chunks", f"POST /api/v1/sessions HTTP/1.1\r\n{JSON}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "syntax"),
    ("dots", f"GET /api/v1/../server HTTP/1.1\r\n{HOST}\r\n", 400, "syntax"),
    ("a long head", f"GET /api/v1/server HTTP/1.1\r\n{HOST}" + "X: " + "a" * 20000 + "\r\n\r\n", 431, "limit"),
    ("many fields", f"GET /api/v1/server HTTP/1.1\r\n{HOST}" + "X: a\r\n" * 100 + "\r\n", 431, "limit"),
    ("a long target", "GET /" + "a" * 5000 + f" HTTP/1.1\r\n{HOST}\r\n", 431, "limit"),
    ("nowhere", f"GET /api/v1/nowhere HTTP/1.1\r\n{HOST}\r\n", 404, "not-found"),
    ("outside of the API", f"GET /nowhere HTTP/1.1\r\n{HOST}\r\n", 404, "not-found"),
    ("another method", f"DELETE /api/v1/server HTTP/1.1\r\n{HOST}\r\n", 405, "unsupported"),
    ("a page posted to", f"POST / HTTP/1.1\r\n{HOST}Content-Length: 0\r\n\r\n", 405, "unsupported"),
    ("a long body", f"POST /api/v1/sessions HTTP/1.1\r\n{JSON}Content-Length: 99999999\r\n\r\n", 413, "limit"),
    ("no JSON", f"POST /api/v1/sessions HTTP/1.1\r\n{HOST}Content-Type: text/plain\r\nContent-Length: 1\r\n\r\nx", 415, "unsupported"),
    ("no login", f"GET /api/v1/account HTTP/1.1\r\n{HOST}\r\n", 401, "login"),
]


def answer_to(instance, text):
    """(status, header fields, body) of what is answered to bytes."""
    with socket.create_connection(("127.0.0.1", instance.port), 10) as raw, \
         context_of(instance).wrap_socket(raw, server_hostname="localhost") as stream:
        stream.sendall(text.encode())
        data = b""
        while b"\r\n\r\n" not in data:
            piece = stream.recv(65536)
            expect(piece, "closed without an answer to", text[:60])
            data += piece
        head, body = data.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        fields = dict((k.lower(), v.strip()) for k, v in (line.split(":", 1) for line in lines[1:]))
        while len(body) < int(fields["content-length"]):
            body += stream.recv(65536)
        return int(lines[0].split(" ")[1]), fields, body


def check_problems(instance):
    wrong = []
    for what, text, status, problem in ROWS:
        found, fields, body = answer_to(instance, text)
        try:
            document = json.loads(body)
            good = (found, document["status"], document["type"]) == (status, status, "urn:provision:problem:" + problem)
            good = good and fields["content-type"] == "application/problem+json" and document["title"] and "set-cookie" not in fields
        except (ValueError, KeyError):
            good = False
        if not good:
            wrong.append(f"{what}: {found} {fields.get('content-type')} {body[:200]}")
    expect(not wrong, "\n".join(wrong))


# --- the same once more

# Answers 201 each time on purpose: what is made is told to nobody else, and ends by itself; two questions are two.
FRESH = {"createSession", "createNonce", "createSupportRequest"}
# What they were given is used up: refused as if it had never been; the lists say what became of it.
USED_UP = {"verifyRegistration", "finishRecovery", "finishReset"}
# Each brings a proof with a nonce of its own, which serves once (api_rows.py).
PROVEN = {"createAppPassword", "beginTotp"}


class Nobody:
    def __init__(self, world):
        self.ask = world.client.ask


def repeated(w):
    """(operation, who asks, path, body) of POSTs that make something."""
    sent, invitation = w.sent(), id_text(new_id())
    newcomer = w.person("neu@kunde.example").begin()
    company = w.new_company()
    ida = w.person("ida@kunde.example").register()
    path, token = w.company.invite_customer()
    redemption = path + "/redemption", token
    place = f"{w.company.path}/invitations/{invitation}"
    nobody = Nobody(w)
    yield "createRegistration", nobody, "/registrations", w.person("rita@kunde.example").registration()
    yield "createSubscription", w.stranger, "/subscriptions", {"slug": "kanzlei"}
    yield "createPackage", w.customer, "/packages", sent.body()
    yield "inviteMember", w.owner, w.company.path + "/invitations", {"invitation": invitation, "role": "agent"}
    yield "joinCompany", ida, place + "/join", MAC
    yield "sealMember", w.owner, place + "/seal", w.company.sealing(ida)
    yield "activateCompany", w.owner, company.path + "/activation", company.activation()
    yield "decideCustomer", w.owner, f"{w.company.path}/customers/{w.number}/decision", {"accept": True}
    said = {"message": id_text(new_id()), "as_company": False, "text": "Guten Tag"}
    yield "createMessage", w.customer, f"/subscriptions/{w.subscription}/messages", said
    yield "completePackage", w.customer, w.sent_whole.path + "/complete", {}
    yield "receivePackage", w.owner, w.sent_whole.path + "/receipt", {"receipt": w.sent_whole.receipt()}
    yield "redeemCustomerInvitation", ida, *redemption
    yield "finishRecovery", nobody, "/recoveries/finish", finishing(w, ida, **opened(w, ida))
    path, code = mailed_code(w, ida)
    yield "finishReset", nobody, path + "/finish", {**code, **new_keys(w, Keys(ida.keys.account, number=2))}
    yield "verifyRegistration", nobody, *newcomer


def wait_for_note(w):
    """A job notes other keys in Ida's conversation, behind the entry that the company accepted."""
    rows = lambda: w.owner.good("GET", "/companies/kanzlei/customers").json()["items"]
    wait_for(15, "the note of other keys", lambda: any(row.get("reference") and row["newest"] == 2 for row in rows()))


# What follows an answer a little later.
FOLLOWED = {"finishReset": wait_for_note}


def views(w):
    return [w.owner.good("GET", path).body for path in (
        "/companies/kanzlei/customers", "/companies/kanzlei/members", "/inbox?company=kanzlei", "/memberships")] + [
        w.customer.good("GET", path).body for path in ("/inbox?outgoing=1", "/subscriptions")] + [
        w.stranger.good("GET", "/subscriptions").body]


def check_again(w):
    w.sent_whole = w.sent().create().fill()
    done = FRESH | PROVEN
    for name, person, path, body in repeated(w):
        done.add(name)
        first = person.ask("POST", path, body)
        expect(first.status < 300 and first.operation.id == name, name, "answered", first.status, first.body)
        FOLLOWED.get(name, lambda w: None)(w)
        before = views(w)
        again = person.ask("POST", path, body)
        after = views(w)
        expect(after == before, name, "made something twice:", [pair for pair in zip(before, after) if pair[0] != pair[1]])
        if name not in USED_UP:
            expect((again.status, again.body) == (first.status, first.body), name, "answered", again.status, again.body,
                   "and before", first.status, first.body)
    sent = w.sent().create()
    upload = sent.begin("seal", 400)
    expect(sent.begin("seal", 400) == upload, "the same upload has another id")
    making = {o.id for o in w.client.description.operations.values() if o.method == "POST" and "201" in o.item["responses"]}
    expect(making <= done | {"createUpload"}, "make something, and were not asked twice:", making - done)


def test():
    with Instance("problems") as instance:
        check_problems(instance)
        check_again(World(instance, Client(instance)))


main(test)
