#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Idempotency keys: the store dies between commit and answer, the client asks again: with a key it happened once, without one
twice (the control). Every operation that takes a key answers again what it answered; another request under a used key is refused."""

import os
import signal
import subprocess
import threading
import time
import uuid

from api_rows import ending, new_address, proof
from api_world import World
from formats import b64, id_text, new_id
from instance import Instance, expect, main, wait_for
from openapi import Client

FIELD = "Idempotency-Key"


def key():
    return {FIELD: f'"{uuid.uuid4()}"'}


# --- crash

class Dying:
    """The store works as ever, but every answer of it is held back, until it is killed."""

    def __init__(self, instance):
        self.instance, self.pid = instance, instance.roles("store")[0]
        self.tracer = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=sendmsg", "-e",
                                        "inject=sendmsg:delay_enter=60000000", "-p", str(self.pid)],
                                       stderr=subprocess.DEVNULL)
        status = f"/proc/{self.pid}/status"
        wait_for(10, "strace", lambda: "TracerPid:\t0\n" not in open(status, encoding="ascii").read())

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        self.tracer.kill()
        self.tracer.wait(20)


def asked_of_a_dying_store(w, path, body, headers):
    """What the client sees of a write that was committed and not answered."""
    seen = []
    dying = Dying(w.instance)
    client = Client(w.instance, w.client.description)
    thread = threading.Thread(target=lambda: seen.append(client.ask("POST", path, body, token=w.customer.token, headers=headers)))
    thread.start()
    time.sleep(0.7)
    dying.kill()
    thread.join()
    wait_for(20, "the store", lambda: w.client.ask("GET", "/server").status == 200)
    expect(seen and seen[0].status == 503, "the store was not killed before its answer:", seen and seen[0].status)


def codes(w, address):
    """Mails with a code that were sent to address, or wait: one that the dying store had given away is not sent soon."""
    sent = len(w.instance.mailbox.to(address))
    waiting = sum(job["kind"] == "new-address" for job in w.instance.ctl("queue", "list"))
    # one on its way between the two is counted nowhere or twice
    return sent + waiting if sent == len(w.instance.mailbox.to(address)) else codes(w, address)


def effects(w, address, headers):
    """How many codes go to a new address when its client asks until it has an answer."""
    body, before = {"email": address}, codes(w, address)
    asked_of_a_dying_store(w, "/account/addresses", body, headers)
    first = w.customer.good("POST", "/account/addresses", body, headers=headers).json()
    again = w.customer.good("POST", "/account/addresses", body, headers=headers).json()
    time.sleep(1)
    return codes(w, address) - before, first == again


def check_crash(w):
    found, is_same = effects(w, "mit@kunde.example", key())
    expect((found, is_same) == (1, True), "with a key it happened", found, "times")
    found, is_same = effects(w, "ohne@kunde.example", {})
    expect((found, is_same) == (3, False), "the control: without a key it happened", found, "times, not three")


# --- every operation that takes a key

def requests(w):
    """(operationId, who asks, method, path, body, status of a repetition without a key)."""
    ida = w.person("ida@kunde.example").register()
    second = w.client.good("POST", "/sessions", {"email": ida.address, "auth_key": b64(ida.auth_key)}).json()["session"]
    listed = [s for s in ida.good("GET", "/sessions").json()["items"] if not s["current"]]
    expect(second and len(listed) == 1, "sessions are", listed)
    yield "endSession", ida, "DELETE", "/sessions/" + listed[0]["session"], None, 404
    yield "createAddress", ida, "POST", "/account/addresses", {"email": "ida@anders.example"}, 202
    _, method, path, action, fresh, body = new_address(w, ida, "ida@neu.example")
    yield "finishAddress", ida, method, path, {**body, "proof": proof(ida, action, *fresh)}, 404
    made = ida.good("POST", "/account/app-passwords", {"name": "Mutt", "proof": proof(ida, "app-password", b"Mutt", auth_key=b64(fresh[1]))})
    yield "endAppPassword", ida, "DELETE", "/account/app-passwords/" + made.json()["app_password"], None, 404
    yield "createSupportRequest", ida, "POST", "/support-requests", {"text": "Wo ist mein Paket?"}, 201
    filed = ida.good("POST", "/support-requests", {"text": "Wo ist mein anderes Paket?"}).json()["request"]
    yield "endSupportRequest", ida, "DELETE", "/support-requests/" + filed, None, 404
    vera = w.newcomer().turn_on()
    yield "endTotp", vera, "POST", "/account/totp/end", {"proof": vera.proof("totp-end", totp=vera.backup.pop())}, 422
    subscription, _ = w.company.subscribe(ida)
    yield "endSubscription", ida, "POST", f"/subscriptions/{subscription}/end", ending(ida, subscription), 404
    company = w.new_company().activate()
    company.add_agent(w.agent)
    yield "leaveCompany", w.agent, "POST", company.path + "/leave", company.signed(w.agent, "member-leave"), 404
    yield "revokeCustomerInvitation", w.owner, "DELETE", w.company.invite_customer()[0], None, 404
    yield "abortPackage", w.customer, "DELETE", w.sent().create().path, None, 404


def check_operations(w):
    wanted = {o.id for o in w.client.description.operations.values() if o.has_parameter("header", FIELD)}
    for name, person, method, path, body, without in requests(w):
        wanted.discard(name)
        headers = key()
        first = person.good(method, path, body, headers=headers)
        expect(first.operation.id == name, name, "is", first.operation.id)
        for _ in range(2):
            again = person.ask(method, path, body, headers=headers)
            expect((again.status, again.body) == (first.status, first.body), name, "answered", again.status, again.body)
        bare = {FIELD: headers[FIELD].strip('"')}
        expect(person.ask(method, path, body, headers=bare).body == first.body, name, "takes no bare key")
        other = person.ask("DELETE", "/sessions/" + id_text(new_id()), headers=headers)
        expect((other.status, other.problem(), other.field()) == (422, "conflict", FIELD), name, "key served again:", other.status, other.body)
        expect(person.ask(method, path, body).status == without, name, "without a key answered", person.ask(method, path, body).status)
    expect(not wanted, "take a key, and were not asked:", wanted)


def check_forms(w):
    for value in ('""', "a b", '"a', "a\\b", "x" * 65, "ä", ""):
        answer = w.customer.ask("POST", "/account/addresses", {"email": "x@y.example"}, headers={FIELD: value.encode()})
        expect((answer.status, answer.problem(), answer.field()) == (400, "syntax", FIELD), value, answer.status, answer.body)
    # where it means nothing it is nothing
    w.customer.good("GET", "/account", headers={FIELD: "a b"})


def test():
    with Instance("repeat") as instance:
        world = World(instance, Client(instance))
        for check in (check_operations, check_forms, check_crash):
            check(world)


main(test)
