# SPDX-License-Identifier: MIT
"""Which requests provoke which refusals: a row an operation and problem, a function that gives one answer for every way
that leads there. What follows from a request's form alone is in api_forms.py."""

import os
import socket
import time

from api_world import OCTETS, TUS, metadata
from formats import AGENT, OWNER, CompanyKeys, Keys, b64, id_bytes, id_text, new_id, u8, unb64
from instance import expect
from sse import Stream
from totp import App
from wire import context_of

ROWS = []


class Row:
    def __init__(self, operation, problem, function, field=None):
        self.operation, self.problem, self.function, self.field = operation, problem, function, field


def row(operation, problem, field=None):
    """The function below provokes this problem of this operation; it yields answers."""
    def add(function):
        ROWS.append(Row(operation, problem, function, field))
        return function
    return add


def changed(data, at=-1):
    """One bit is another."""
    data = bytearray(data)
    data[at] ^= 1
    return bytes(data)


# --- accounts and sessions

@row("getLoginParameters", "syntax")
def _(w):
    for address in ("keine Adresse", "a@b@c", "@kunde.example", "x@" + "a" * 70 + ".example"):
        yield w.client.ask("POST", "/login-parameters", {"email": address})


@row("createRegistration", "syntax")
def _(w):
    person = w.person("neu@kunde.example")
    for wrong in ({"email": "keine Adresse"}, {"locale": "fr"}, {"time_zone": "Mitte!"},
                  {"statement": b64(person.keys.statement[:-1])}, {"statement": b64(Keys(version=0).statement)}):
        yield w.client.ask("POST", "/registrations", person.registration(**wrong))


@row("createRegistration", "unsupported")
def _(w):
    yield w.client.ask("POST", "/registrations", w.person("neu@kunde.example").registration(memory_kib=8))


@row("createRegistration", "version")
def _(w):
    person = w.person("neu@kunde.example")
    yield w.client.ask("POST", "/registrations", person.registration(
        statement=b64(Keys(person.keys.account, version=2).statement)))


@row("createRegistration", "trust")
def _(w):
    person = w.person("neu@kunde.example")
    for statement in (Keys().statement, Keys(person.keys.account, number=2).statement, changed(person.keys.statement),
                      changed(person.keys.statement, 60)):
        yield w.client.ask("POST", "/registrations", person.registration(statement=b64(statement)))


@row("verifyRegistration", "login")
def _(w):
    path, body = w.person("drei@kunde.example").begin()
    yield w.client.ask("POST", path, {**body, "code": "AAAA-AAAA"})
    yield w.client.ask("POST", path, {**body, "token": b64(os.urandom(32))})
    yield w.client.ask("POST", f"/registrations/{id_text(new_id())}/verify", body)
    # B5: an address that has an account looks the same, up to the mail
    taken = w.person(w.customer.address)
    begun = w.client.good("POST", "/registrations", taken.registration()).json()
    yield w.client.ask("POST", f"/registrations/{begun['registration']}/verify", {"token": begun["token"], "code": "AAAA-AAAA"})


@row("verifyRegistration", "conflict")
def _(w):
    first, second = w.person("eins@kunde.example"), w.person("zwei@kunde.example")
    second.keys, second.id = first.keys, first.id
    begun = second.begin()
    first.register()
    yield w.client.ask("POST", *begun)


@row("createSession", "login")
def _(w):
    for address in (w.customer.address, "niemand@kunde.example"):
        yield w.client.ask("POST", "/sessions", {"email": address, "auth_key": b64(os.urandom(32))})


@row("deleteSession", "login")
def _(w):
    body = {"email": w.customer.address, "auth_key": b64(w.customer.auth_key)}
    token = w.client.good("POST", "/sessions", body).json()["session"]
    w.client.good("DELETE", "/sessions/current", token=token)
    yield w.client.ask("DELETE", "/sessions/current", token=token)


@row("putPins", "conflict")
def _(w):
    version = w.customer.good("GET", "/account/pins").json()["version"]
    for wrong in (0, version, version + 2, (1 << 63) - 1):
        yield w.customer.ask("PUT", "/account/pins", {"version": wrong, "pins": b64(b"x"), "pages": [{"at": 0, "page": b64(b"x")}]})


@row("getPinPages", "conflict")
def _(w):
    version = w.customer.good("GET", "/account/pins").json()["version"]
    for wrong in (0, version + 1):
        yield w.customer.ask("GET", f"/account/pins/pages?version={wrong}&at=0&count=1")


# --- how the account is opened

def proof(person, action, *changes, **other):
    return person.proof(action, *changes, **other)


def not_proven(person, method, path, action, changes, body):
    """The same request with every proof that does not hold: (problem, answer)."""
    good = proof(person, action, *changes)
    yield "denied", person.ask(method, path, {**body, "proof": {**good, "auth_key": b64(os.urandom(32))}})
    for wrong in ({"nonce": b64(os.urandom(32))}, {"signature": b64(os.urandom(64))},
                  {"signature": proof(person, "another-action", *changes)["signature"]},
                  proof(person, action, *changes, b"more"), proof(person, "another-action", *changes)):
        yield "trust", person.ask(method, path, {**body, "proof": {**good, **wrong}})


def proof_rows(operation, request):
    """request(w) gives the arguments of not_proven()."""
    for problem in ("denied", "trust"):
        @row(operation, problem)
        def _(w, problem=problem):
            for expected, answer in not_proven(*request(w)):
                if expected == problem:
                    yield answer


def without_code(person, method, path, action, changes, body):
    """The same request where only the second factor is not given, or wrong."""
    for code in ({}, {"totp": person.app.other()}):
        yield person.ask(method, path, {**body, "proof": proof(person, action, *changes, **code)})


def second_row(operation, request):
    """request(w) gives the arguments of without_code() about w.guarded()."""
    @row(operation, "second-factor")
    def _(w):
        yield from without_code(*request(w))


def new_password(w, person, **changes):
    fresh = [os.urandom(32), os.urandom(111)]
    body = {"auth_key": b64(fresh[0]), "wrapped_keys": b64(fresh[1]), **w.cost, **changes}
    return person, "POST", "/account/password", "password-change", fresh, body


proof_rows("changePassword", lambda w: new_password(w, w.agent))


# --- what ends for good

def resetting(w, person, version=1):
    """Another pin store than the present one; version: how many versions later."""
    fresh = [os.urandom(64), os.urandom(64)]
    present = person.good("GET", "/account/pins").json()["version"]
    body = {"pins": b64(fresh[0]), "pin_page": b64(fresh[1]), "pins_version": present + version}
    return person, "POST", "/account/reset", "account-reset", fresh, body


def deleting(_w, person):
    return person, "POST", "/account/delete", "account-delete", [], {}


for operation, request in (("resetAccount", resetting), ("deleteAccount", deleting)):
    proof_rows(operation, lambda w, request=request: request(w, w.newcomer()))
    second_row(operation, lambda w, request=request: request(w, w.newcomer().turn_on()))

    @row(operation, "state")
    def _(w, request=request):
        """The last owner of a company (B2)."""
        person, method, path, action, changes, body = request(w, w.owner)
        yield person.ask(method, path, {**body, "proof": proof(person, action, *changes)})


@row("resetAccount", "conflict")
def _(w):
    for version in (0, 2):
        person, method, path, action, changes, body = resetting(w, w.agent, version)
        yield person.ask(method, path, {**body, "proof": proof(person, action, *changes)})


@row("createNonce", "second-factor")
def _(w):
    """Where the request itself has no proof."""
    person = w.guarded()
    for action in ("subscription-end", "company-renew", "member-leave", "anything-else"):
        yield person.ask("POST", "/nonces", {"action": action})
    yield person.ask("POST", "/nonces", {"action": "subscription-end", "totp": person.app.other()})


second_row("changePassword", lambda w: new_password(w, w.guarded()))


@row("changePassword", "unsupported")
def _(w):
    person, method, path, action, fresh, body = new_password(w, w.agent, passes=64)
    yield person.ask(method, path, {**body, "proof": proof(person, action, *fresh)})


@row("endSession", "not-found")
def _(w):
    others = w.customer.good("GET", "/sessions").json()["items"]
    yield w.agent.ask("DELETE", "/sessions/" + others[0]["session"])
    yield w.agent.ask("DELETE", "/sessions/" + id_text(new_id()))


def profile(person, **changes):
    return {"first_name": person.first, "last_name": person.last, "company_name": "", "locale": "de",
            "time_zone": "Europe/Berlin", **changes}


@row("putProfile", "syntax", "locale")
def _(w):
    yield w.agent.ask("PUT", "/account/profile", profile(w.agent, locale="fr"))


@row("putProfile", "syntax", "time_zone")
def _(w):
    yield w.agent.ask("PUT", "/account/profile", profile(w.agent, time_zone="Mitte!"))


@row("createAddress", "syntax", "email")
def _(w):
    yield w.agent.ask("POST", "/account/addresses", {"email": "keine Adresse"})


def new_address(w, person, address, **changes):
    """A change with its mailed code: arguments of not_proven()."""
    before = len(w.instance.mailbox.to(address))
    begun = person.good("POST", "/account/addresses", {"email": address}).json()
    code = w.instance.mailbox.code(address, before)
    fresh = [address.encode(), os.urandom(32), os.urandom(111)]
    body = {"code": code, "email": address, "auth_key": b64(fresh[1]), "wrapped_keys": b64(fresh[2]), **w.cost, **changes}
    return person, "POST", f"/account/addresses/{begun['change']}/finish", "address-change", fresh, body


proof_rows("finishAddress", lambda w: new_address(w, w.agent, f"jan-{os.urandom(4).hex()}@neu.example"))


second_row("finishAddress", lambda w: new_address(w, w.guarded(), "gerda@neu.example"))


@row("finishAddress", "unsupported", "memory_kib")
def _(w):
    person, method, path, action, fresh, body = new_address(w, w.agent, "jan-billig@neu.example", passes=64)
    yield person.ask(method, path, {**body, "proof": proof(person, action, *fresh)})


@row("finishAddress", "not-found")
def _(w):
    person, method, path, action, fresh, body = new_address(w, w.agent, "jan-falsch@neu.example")
    body["proof"] = proof(person, action, *fresh)
    for wrong in ({"code": "AAAA-AAAA"}, {"email": "jan-anders@neu.example"}):
        yield person.ask(method, path, {**body, **wrong})
    yield person.ask(method, f"/account/addresses/{id_text(new_id())}/finish", body)
    yield w.owner.ask(method, path, body)
    # B5: an address that has an account
    begun = person.good("POST", "/account/addresses", {"email": w.customer.address}).json()
    yield person.ask(method, f"/account/addresses/{begun['change']}/finish", {**body, "email": w.customer.address, "code": "AAAA-AAAA"})


# --- the second factor, and passwords for programs

@row("createSession", "second-factor")
def _(w):
    person = w.guarded()
    for code in ({}, {"totp": ""}, {"totp": person.app.other()}):
        yield w.client.ask("POST", "/sessions", {"email": person.address, "auth_key": b64(person.auth_key), **code})


def on(_w, person):
    return person, "POST", "/account/totp", "totp-begin", [], {}


def codes(_w, person):
    return person, "POST", "/account/totp/backup-codes", "backup-codes", [], {}


def off(_w, person):
    return person, "POST", "/account/totp/end", "totp-end", [], {}


def app_password(_w, person, name="Thunderbird"):
    return person, "POST", "/account/app-passwords", "app-password", [name.encode()], {"name": name}


def proven(person, method, path, action, changes, body, **other):
    return person.ask(method, path, {**body, "proof": proof(person, action, *changes, **other)})


for _operation, _request in (("beginTotp", on), ("createBackupCodes", codes), ("endTotp", off), ("createAppPassword", app_password)):
    proof_rows(_operation, lambda w, request=_request: request(w, w.newcomer()))
    if _operation != "beginTotp":
        second_row(_operation, lambda w, request=_request: request(w, w.guarded()))


@row("beginTotp", "state")
def _(w):
    yield proven(*on(w, w.guarded()), totp=w.guarded().backup.pop())


@row("createBackupCodes", "state")
def _(w):
    yield proven(*codes(w, w.agent))


@row("endTotp", "state")
def _(w):
    yield proven(*off(w, w.agent))


@row("confirmTotp", "state")
def _(w):
    for person in (w.agent, w.guarded()):
        yield person.ask("POST", "/account/totp/confirm", {"totp": "123456"})


@row("confirmTotp", "second-factor")
def _(w):
    begun = proven(*on(w, w.owner)).json()
    yield w.owner.ask("POST", "/account/totp/confirm", {"totp": App(begun["secret"]).other()})


@row("createAppPassword", "state")
def _(w):
    for i in range(20):
        expect(proven(*app_password(w, w.stranger, f"Programm {i}")).status == 201, "not made")
    yield proven(*app_password(w, w.stranger))


@row("endAppPassword", "not-found")
def _(w):
    made = proven(*app_password(w, w.customer)).json()["app_password"]
    yield w.owner.ask("DELETE", "/account/app-passwords/" + made)
    yield w.customer.ask("DELETE", "/account/app-passwords/" + id_text(new_id()))
    w.customer.good("DELETE", "/account/app-passwords/" + made)
    yield w.customer.ask("DELETE", "/account/app-passwords/" + made)


# --- support

def ask(person, text="Wo ist mein Paket?"):
    return person.ask("POST", "/support-requests", {"text": text})


@row("createSupportRequest", "state")
def _(w):
    for _i in range(20):
        expect(ask(w.stranger).status == 201, "not filed")
    yield ask(w.stranger)


def asked_for(w, method):
    """Somebody else's, nobody's, and one that was taken back."""
    made = ask(w.customer).json()["request"]
    yield w.owner.ask(method, "/support-requests/" + made)
    yield w.customer.ask(method, "/support-requests/" + id_text(new_id()))
    w.customer.good("DELETE", "/support-requests/" + made)
    yield w.customer.ask(method, "/support-requests/" + made)


@row("getSupportRequest", "not-found")
def _(w):
    yield from asked_for(w, "GET")


@row("endSupportRequest", "not-found")
def _(w):
    yield from asked_for(w, "DELETE")


# --- a forgotten password

def recovery(person, **changes):
    return {"email": person.address, "recovery_auth_key": b64(person.recovery_key), **changes}


def opened(w, person):
    """The keys are fetched: what finishing it needs."""
    return {"ticket": w.client.good("POST", "/recoveries", recovery(person)).json()["ticket"]}


def finishing(w, person, **changes):
    """A recovery with the code, and the new one."""
    return recovery(person, ticket=b64(bytes(40)), auth_key=b64(os.urandom(32)), wrapped_keys=b64(os.urandom(111)),
                    next_recovery_auth_key=b64(os.urandom(32)), next_recovery_wrapped_keys=b64(os.urandom(111)), **w.cost) | changes


@row("openRecovery", "login")
def _(w):
    for person, code in ((w.agent, b64(os.urandom(32))), (w.person("niemand@kunde.example"), b64(w.agent.recovery_key))):
        yield w.client.ask("POST", "/recoveries", recovery(person, recovery_auth_key=code))


@row("finishRecovery", "login")
def _(w):
    for person, code in ((w.agent, b64(os.urandom(32))), (w.person("niemand@kunde.example"), b64(w.agent.recovery_key))):
        yield w.client.ask("POST", "/recoveries/finish", finishing(w, person, recovery_auth_key=code))


@row("finishRecovery", "unsupported", "memory_kib")
def _(w):
    yield w.client.ask("POST", "/recoveries/finish", finishing(w, w.agent, memory_kib=8, **opened(w, w.agent)))


@row("finishRecovery", "trust", "ticket")
def _(w):
    ticket = unb64(opened(w, w.agent)["ticket"])
    for wrong in (bytes(40), changed(ticket), changed(ticket, 0), unb64(opened(w, w.owner)["ticket"])):
        yield w.client.ask("POST", "/recoveries/finish", finishing(w, w.agent, ticket=b64(wrong)))


@row("openRecovery", "second-factor")
def _(w):
    person = w.guarded()
    for code in ({}, {"totp": person.app.other()}):
        yield w.client.ask("POST", "/recoveries", recovery(person, **code))


@row("openRecovery", "syntax", "email")
def _(w):
    yield w.client.ask("POST", "/recoveries", recovery(w.agent, email="keine Adresse"))


@row("finishRecovery", "syntax", "email")
def _(w):
    yield w.client.ask("POST", "/recoveries/finish", finishing(w, w.agent, email="keine Adresse"))


@row("checkRecovery", "denied")
def _(w):
    yield w.customer.ask("POST", "/account/recovery-code", {"recovery_auth_key": b64(os.urandom(32))})


def mailed_code(w, person):
    """A reset of the person's: (path, token, code)."""
    mailbox = w.instance.mailbox
    before = len(mailbox.to(person.address))
    begun = w.client.good("POST", "/resets", {"email": person.address}).json()
    return f"/resets/{begun['reset']}", {"token": begun["token"], "code": mailbox.code(person.address, before)}


def new_keys(w, keys, **changes):
    return {"auth_key": b64(os.urandom(32)), "statement": b64(keys.statement), "wrapped_keys": b64(os.urandom(111)),
            "recovery_auth_key": b64(os.urandom(32)), "recovery_wrapped_keys": b64(os.urandom(111)), "pins": b64(os.urandom(64)),
            "pin_page": b64(os.urandom(64)), **w.cost, **changes}


@row("finishReset", "second-factor")
def _(w):
    path, body = mailed_code(w, w.guarded())
    for code in ({}, {"totp": w.guarded().app.other()}):
        yield w.client.ask("POST", path + "/finish", {**body, **new_keys(w, Keys(w.guarded().keys.account, number=2)), **code})


@row("createReset", "syntax", "email")
def _(w):
    yield w.client.ask("POST", "/resets", {"email": "keine Adresse"})


def bad_codes(w, request):
    """B5: what does not open a reset, that of an unknown address among it."""
    path, body = mailed_code(w, w.owner)
    yield request(path, {**body, "code": "AAAA-AAAA"})
    yield request(path, {**body, "token": b64(os.urandom(32))})
    yield request(f"/resets/{id_text(new_id())}", body)
    nobodys = w.client.good("POST", "/resets", {"email": "niemand@kunde.example"}).json()
    yield request(f"/resets/{nobodys['reset']}", {"token": nobodys["token"], "code": "AAAA-AAAA"})


@row("openReset", "login")
def _(w):
    yield from bad_codes(w, lambda path, body: w.client.ask("POST", path + "/open", body))


@row("finishReset", "login")
def _(w):
    keys = Keys(w.owner.keys.account, number=2)
    yield from bad_codes(w, lambda path, body: w.client.ask("POST", path + "/finish", {**body, **new_keys(w, keys)}))


def bad_keys(w, person, *changes):
    """A right code, and something else than good keys."""
    path, body = mailed_code(w, person)
    good = new_keys(w, Keys(person.keys.account, number=2))
    for bad in changes:
        yield w.client.ask("POST", path + "/finish", {**body, **good, **bad})


@row("finishReset", "unsupported", "memory_kib")
def _(w):
    yield from bad_keys(w, w.agent, {"memory_kib": 8})


@row("finishReset", "version", "statement")
def _(w):
    yield from bad_keys(w, w.agent, {"statement": b64(Keys(w.agent.keys.account, number=2, version=2).statement)})


@row("finishReset", "syntax", "statement")
def _(w):
    yield from bad_keys(w, w.customer, {"statement": b64(w.customer.keys.statement[:-1])})


@row("finishReset", "trust", "statement")
def _(w):
    account = w.customer.keys.account
    yield from bad_keys(w, w.customer, *({"statement": b64(s)} for s in (
        w.customer.keys.statement, Keys(number=2).statement, Keys(account, number=3).statement,
        changed(Keys(account, number=2).statement))))


# --- companies and members

@row("listCompanies", "syntax")
def _(w):
    for cursor in (b"x", os.urandom(16)):
        yield w.customer.ask("GET", "/companies?cursor=" + b64(cursor))


@row("getCompany", "not-found")
def _(w):
    for path in ("/companies/nie-da", w.idle.path, f"{w.idle.path}?invitation={id_text(new_id())}"):
        yield w.customer.ask("GET", path)


@row("activateCompany", "not-found")
def _(w):
    yield w.owner.ask("POST", w.idle.path + "/activation", w.idle.activation(enrolment=w.idle.code[:-1] + "!"))
    yield w.owner.ask("POST", w.idle.path + "/activation", w.idle.activation(enrolment=w.company.code))
    yield w.owner.ask("POST", "/companies/nie-da/activation", w.idle.activation())
    # used: for everybody but the owner it is as if there were none
    yield w.stranger.ask("POST", w.company.path + "/activation", w.company.activation())


@row("activateCompany", "state")
def _(w):
    keys = CompanyKeys(id_bytes(w.company.code[:26]))
    yield w.owner.ask("POST", w.company.path + "/activation", w.company.activation(root=b64(keys.root)))


@row("activateCompany", "trust")
def _(w):
    company = w.new_company()
    good, path = company.keys, company.path + "/activation"
    other, second = CompanyKeys(new_id()), CompanyKeys(good.company, epoch_number=2)
    for wrong in ({"root": b64(changed(good.root))}, {"epoch": b64(changed(good.epoch))}, {"epoch": b64(other.epoch)},
                  {"root": b64(other.root), "epoch": b64(other.epoch), "certificate": b64(other.certificate(w.owner.keys, OWNER))},
                  {"root": b64(second.root), "epoch": b64(second.epoch), "certificate": b64(second.certificate(w.owner.keys, OWNER))},
                  {"certificate": b64(good.certificate(w.agent.keys, OWNER))},
                  {"certificate": b64(good.certificate(w.owner.keys, AGENT))},
                  {"certificate": b64(changed(good.certificate(w.owner.keys, OWNER)))}):
        yield w.owner.ask("POST", path, company.activation(**wrong))


@row("activateCompany", "version")
def _(w):
    company = w.new_company()
    keys, path = CompanyKeys(company.keys.company, root_version=2), company.path + "/activation"
    yield w.owner.ask("POST", path, company.activation(root=b64(keys.root)))
    certificate = company.keys.certificate(w.owner.keys, OWNER, version=2)
    yield w.owner.ask("POST", path, company.activation(certificate=b64(certificate)))


@row("activateCompany", "syntax")
def _(w):
    company = w.new_company()
    yield w.owner.ask("POST", company.path + "/activation", company.activation(root=b64(company.keys.root[:-1])))


def invitation(role="agent"):
    return {"invitation": id_text(new_id()), "role": role}


@row("inviteMember", "not-found")
def _(w):
    for person, company in ((w.stranger, w.company), (w.customer, w.company), (w.owner, w.other), (w.owner, w.idle)):
        yield person.ask("POST", company.path + "/invitations", invitation())
    yield w.owner.ask("POST", "/companies/nie-da/invitations", invitation())


@row("inviteMember", "denied")
def _(w):
    yield w.agent.ask("POST", w.company.path + "/invitations", invitation())


@row("inviteMember", "exists")
def _(w):
    path, body = w.company.path + "/invitations", invitation()
    for _ in range(2):
        w.owner.good("POST", path, body)
    yield w.owner.ask("POST", path, {**body, "role": "owner"})
    yield w.stranger.ask("POST", w.other.path + "/invitations", body)


MAC = {"mac": b64(bytes(32))}


@row("joinCompany", "not-found")
def _(w):
    place = w.company.join(w.stranger)
    w.stranger.good("POST", place + "/join", MAC)
    yield w.customer.ask("POST", place + "/join", MAC)
    yield w.stranger.ask("POST", f"{w.company.path}/invitations/{id_text(new_id())}/join", MAC)
    yield w.stranger.ask("POST", place.replace("kanzlei", "leer") + "/join", MAC)


@row("joinCompany", "state")
def _(w):
    yield w.agent.ask("POST", w.company.invite() + "/join", MAC)


@row("sealMember", "not-found")
def _(w):
    place = w.company.join(w.customer)
    for person in (w.stranger, w.customer):
        yield person.ask("POST", place + "/seal", w.company.sealing(w.customer))
    yield w.owner.ask("POST", f"{w.company.path}/invitations/{id_text(new_id())}/seal", w.company.sealing(w.customer))


@row("sealMember", "denied")
def _(w):
    yield w.agent.ask("POST", w.company.join(w.customer) + "/seal", w.company.sealing(w.customer))


@row("sealMember", "state")
def _(w):
    yield w.owner.ask("POST", w.company.invite() + "/seal", w.company.sealing(w.customer))


@row("sealMember", "trust")
def _(w):
    place, keys = w.company.join(w.customer), w.company.keys
    for certificate in (keys.certificate(w.stranger.keys, AGENT), keys.certificate(w.customer.keys, OWNER),
                        w.other.keys.certificate(w.customer.keys, AGENT), changed(keys.certificate(w.customer.keys, AGENT)),
                        keys.certificate(w.customer.keys, AGENT, key=w.other.keys.root_key)):
        yield w.owner.ask("POST", place + "/seal", w.company.sealing(w.customer, certificate=certificate))


@row("sealMember", "version")
def _(w):
    certificate = w.company.keys.certificate(w.customer.keys, AGENT, version=2)
    yield w.owner.ask("POST", w.company.join(w.customer) + "/seal", w.company.sealing(w.customer, certificate=certificate))


@row("sealMember", "syntax")
def _(w):
    place, body = w.company.join(w.customer), w.company.sealing(w.customer)
    yield w.owner.ask("POST", place + "/seal", {**body, "sealed_root": b64(bytes(139))})


@row("listMembers", "not-found")
def _(w):
    for person in (w.stranger, w.customer):
        yield person.ask("GET", w.company.path + "/members")


@row("listMembers", "denied")
def _(w):
    yield w.agent.ask("GET", w.company.path + "/members")


# --- customers

@row("listCustomers", "not-found")
def _(w):
    for person in (w.stranger, w.customer):
        yield person.ask("GET", w.company.path + "/customers")


@row("listCustomers", "syntax")
def _(w):
    yield w.owner.ask("GET", w.company.path + "/customers?cursor=" + b64(b"x"))


@row("decideCustomer", "not-found")
def _(w):
    path = f"{w.company.path}/customers/%s/decision"
    for person, number in ((w.stranger, w.number), (w.customer, w.number), (w.owner, "1"), (w.owner, "x" * 17)):
        yield person.ask("POST", path % number, {"accept": True})


@row("decideCustomer", "state")
def _(w):
    path = f"{w.company.path}/customers/{w.number}/decision"
    w.agent.good("POST", path, {"accept": True})
    yield w.owner.ask("POST", path, {"accept": False})


@row("createSubscription", "not-found")
def _(w):
    for person, slug in ((w.customer, "nie-da"), (w.customer, "leer"), (w.owner, "leer")):
        yield person.ask("POST", "/subscriptions", {"slug": slug})


@row("listSubscriptions", "syntax")
def _(w):
    yield w.customer.ask("GET", "/subscriptions?cursor=" + b64(b"x"))


def ending(person, subscription, name="subscription-end", subject=None):
    """A signed end of a subscription, with a nonce made for it."""
    nonce = person.good("POST", "/nonces", {"action": name, "subject": subject or subscription}).json()["nonce"]
    return {"nonce": nonce, "signature": b64(person.keys.action(name, id_bytes(subscription), unb64(nonce)))}


@row("endSubscription", "not-found")
def _(w):
    path = "/subscriptions/%s/end"
    yield w.stranger.ask("POST", path % w.subscription, ending(w.stranger, w.subscription))
    yield w.customer.ask("POST", path % id_text(new_id()), ending(w.customer, w.subscription))


@row("endSubscription", "trust")
def _(w):
    path, good = f"/subscriptions/{w.subscription}/end", ending(w.customer, w.subscription)
    foreign = ending(w.owner, w.subscription)
    for body in ({**good, "nonce": b64(os.urandom(32))}, {**good, "signature": b64(os.urandom(64))},
                 {**good, "signature": foreign["signature"]}, foreign, ending(w.customer, w.subscription, "account-delete"),
                 ending(w.customer, w.subscription, subject=id_text(new_id()))):
        yield w.customer.ask("POST", path, body)


# --- membership changes, personal invitations

def renewing(w, **changes):
    return w.company.renewal([(w.owner, "owner"), (w.agent, "agent")], **changes)


@row("renewCompany", "not-found")
def _(w):
    body = renewing(w)
    for person, path in ((w.stranger, w.company.path), (w.customer, w.company.path), (w.owner, "/companies/nie-da")):
        yield person.ask("POST", path + "/renewal", body)


@row("renewCompany", "denied")
def _(w):
    yield w.agent.ask("POST", w.company.path + "/renewal", renewing(w))


@row("renewCompany", "state")
def _(w):
    path = w.company.path + "/renewal"
    yield w.owner.ask("POST", path, w.company.renewal([(w.owner, "agent"), (w.agent, "owner")]))
    yield w.owner.ask("POST", path, w.company.renewal([(w.agent, "owner")], removed=[w.owner]))


@row("renewCompany", "conflict")
def _(w):
    path = w.company.path + "/renewal"
    yield w.owner.ask("POST", path, w.company.renewal([(w.owner, "owner")]))
    yield w.owner.ask("POST", path, w.company.renewal([(w.owner, "owner"), (w.agent, "agent")], removed=[w.agent]))
    yield w.owner.ask("POST", path, w.company.renewal([(w.owner, "owner"), (w.agent, "agent"), (w.stranger, "agent")]))
    for older in ([], [{"number": 2, "sealed": b64(os.urandom(171))}]):
        yield w.owner.ask("POST", path, renewing(w, older=older))


@row("renewCompany", "trust")
def _(w):
    path, keys = w.company.path + "/renewal", w.company.keys
    good = renewing(w)
    foreign = w.other.keys.successor()
    for wrong in ({"epoch": b64(changed(keys.successor().epoch))}, {"epoch": b64(foreign.epoch)},
                  {"epoch": b64(keys.successor().successor().epoch)}, {"signature": b64(os.urandom(64))},
                  {"nonce": b64(os.urandom(32))}, w.company.signed(w.owner, "member-leave"), {"root": b64(w.other.keys.root)}):
        yield w.owner.ask("POST", path, {**good, **wrong})
    # by somebody else's root, and for the epoch before
    members = [w.company.renewed(w.owner, "owner", keys), w.company.renewed(w.agent, "agent", keys)]
    yield w.owner.ask("POST", path, {**good, "members": members})
    # a recovery key that the epoch does not name, of another company or root, and a proof without one
    strange = (keys.recovery_key(company=w.other.keys.company), keys.recovery_key(root=os.urandom(32)))
    yield w.owner.ask("POST", path, renewing(w, **w.company.coded(keys.recovery_key())))
    for other in strange:
        yield w.owner.ask("POST", path, renewing(w, keys=keys.successor(recovery=other), **w.company.coded(other)))
    yield w.owner.ask("POST", path, renewing(w, proof=b64(os.urandom(64))))


@row("renewCompany", "version")
def _(w):
    code = w.company.keys.recovery_key(version=2)
    yield w.owner.ask("POST", w.company.path + "/renewal", renewing(w, keys=w.company.keys.successor(recovery=code),
                                                                    **w.company.coded(code)))
    yield w.owner.ask("POST", w.company.path + "/renewal", renewing(w, keys=w.company.keys.successor(version=2)))


@row("renewCompany", "syntax")
def _(w):
    path, coded = w.company.path + "/renewal", w.company.coded(w.company.keys.recovery_key())
    good = renewing(w)
    yield w.owner.ask("POST", path, {**good, "members": [{**m, "sealed_root": ""} for m in good["members"]]})
    # a recovery key without what is sealed to it, and the other way
    for missing in (("recovery",), ("recovery_epoch",), ("recovery_root",), ("recovery_epoch", "recovery_root"), ("recovery", "recovery_root")):
        yield w.owner.ask("POST", path, {**good, **{k: v for k, v in coded.items() if k not in missing}})


@row("getEpochs", "not-found")
def _(w):
    for path in ("/companies/nie-da/epochs/2", "/companies/leer/epochs/2"):
        yield w.customer.ask("GET", path)


@row("getCompanyRecovery", "not-found")
def _(w):
    for person, path in ((w.stranger, w.company.path), (w.customer, w.company.path), (w.owner, "/companies/nie-da"), (w.owner, w.company.path)):
        yield person.ask("GET", path + "/recovery")


@row("getCompanyRecovery", "denied")
def _(w):
    yield w.agent.ask("GET", w.company.path + "/recovery")


@row("leaveCompany", "not-found")
def _(w):
    body = w.company.signed(w.stranger, "member-leave")
    for person, path in ((w.stranger, w.company.path), (w.customer, w.company.path), (w.owner, "/companies/nie-da")):
        yield person.ask("POST", path + "/leave", body)


@row("leaveCompany", "state")
def _(w):
    yield w.owner.ask("POST", w.company.path + "/leave", w.company.signed(w.owner, "member-leave"))


@row("leaveCompany", "trust")
def _(w):
    good = w.company.signed(w.agent, "member-leave")
    for wrong in ({"signature": b64(os.urandom(64))}, {"nonce": b64(os.urandom(32))}, w.company.signed(w.agent, "company-renew")):
        yield w.agent.ask("POST", w.company.path + "/leave", {**good, **wrong})


SETTINGS = {"listed": True, "forbids_text_mail": False, "notices": "link", "quiet_start": 0, "quiet_end": 0}


@row("putCompanySettings", "not-found")
def _(w):
    for person, path in ((w.stranger, w.company.path), (w.customer, w.company.path), (w.owner, "/companies/nie-da")):
        yield person.ask("PUT", path + "/settings", SETTINGS)


@row("putCompanySettings", "denied")
def _(w):
    yield w.agent.ask("PUT", w.company.path + "/settings", {**SETTINGS, "listed": False})


@row("getCompanySettings", "not-found")
def _(w):
    for person, path in ((w.stranger, w.company.path), (w.customer, w.company.path), (w.owner, "/companies/nie-da")):
        yield person.ask("GET", path + "/settings")


@row("getCompanySettings", "denied")
def _(w):
    yield w.agent.ask("GET", w.company.path + "/settings")


INVITED = "/customer-invitations"


@row("inviteCustomer", "not-found")
def _(w):
    for person, path in ((w.stranger, w.company.path), (w.customer, w.company.path), (w.owner, "/companies/nie-da")):
        yield person.ask("POST", path + INVITED, {"invitation": id_text(new_id()), "token": b64(os.urandom(32))})


@row("inviteCustomer", "exists")
def _(w):
    path, _ = w.company.invite_customer()
    yield w.agent.ask("POST", w.company.path + INVITED, {"invitation": path.split("/")[-1], "token": b64(os.urandom(32))})


@row("listCustomerInvitations", "not-found")
def _(w):
    for person in (w.stranger, w.customer):
        yield person.ask("GET", w.company.path + INVITED)


@row("listCustomerInvitations", "syntax")
def _(w):
    yield w.owner.ask("GET", w.company.path + INVITED + "?cursor=" + b64(b"x"))


@row("revokeCustomerInvitation", "not-found")
def _(w):
    path, _ = w.company.invite_customer()
    for person in (w.stranger, w.customer):
        yield person.ask("DELETE", path)
    yield w.owner.ask("DELETE", w.company.path + INVITED + "/" + id_text(new_id()))
    w.agent.good("DELETE", path)
    yield w.agent.ask("DELETE", path)


@row("redeemCustomerInvitation", "not-found")
def _(w):
    path, body = w.other.invite_customer()
    yield w.agent.ask("POST", path + "/redemption", {"token": b64(os.urandom(32))})
    yield w.agent.ask("POST", path.replace("andere", "nie-da") + "/redemption", body)
    first = w.agent.good("POST", path + "/redemption", body).json()
    expect(w.agent.good("POST", path + "/redemption", body).json() == first, "the same person's second answer differs")
    yield w.agent.ask("POST", path + "/redemption", {"token": b64(os.urandom(32))})
    yield w.customer.ask("POST", path + "/redemption", body)


# --- packages, until they are complete

@row("createPackage", "not-found")
def _(w):
    for author, sent in ((w.stranger, w.sent()), (w.customer, w.sent(subscription=new_id()))):
        yield author.ask("POST", "/packages", sent.body())


@row("createPackage", "state")
def _(w):
    subscription, _ = w.company.ask_for(w.stranger)
    sent = w.sent(w.stranger, subscription=id_bytes(subscription), sender=w.stranger.keys.as_sender())
    yield w.stranger.ask("POST", "/packages", sent.body())


@row("createPackage", "trust")
def _(w):
    company, customer = w.company.keys, w.customer.keys
    later = CompanyKeys(company.company)
    sender, _, _ = w.as_owner()
    for person, changes in ((w.customer, {"sender": w.stranger.keys.as_sender()}), (w.customer, {"sender": sender}),
                            (w.customer, {"sender": Keys(customer.account).as_sender()}),
                            (w.customer, {"sender": u8(3) + bytes(32) + bytes(customer.sign.verify_key)}),
                            (w.customer, {"recipient": w.other.keys.as_recipient()}),
                            (w.customer, {"recipient": later.as_recipient()}),
                            (w.customer, {"recipient": customer.as_recipient()}),
                            (w.owner, {"recipient": customer.as_recipient()}),
                            (w.owner, {"sender": sender, "recipient": Keys(customer.account).as_recipient()}),
                            (w.agent, {"sender": sender, "recipient": customer.as_recipient()})):
        yield person.ask("POST", "/packages", w.sent(**changes).body())
    yield w.customer.ask("POST", "/packages", w.sent().body(package=id_text(new_id())))
    sent = w.sent()
    sent.parcel.id = new_id()
    sent.parcel.header = sent.parcel.make_header()
    yield w.customer.ask("POST", "/packages", sent.body(package=id_text(sent.parcel.id)))


@row("createPackage", "version")
def _(w):
    yield w.customer.ask("POST", "/packages", w.sent(version=2).body())


@row("createPackage", "syntax")
def _(w):
    sent = w.sent()
    for header in (sent.parcel.header[:-1], sent.parcel.header + b"x", changed(sent.parcel.header, 0), b"x"):
        yield w.customer.ask("POST", "/packages", sent.body(header=b64(header)))


@row("createPackage", "conflict")
def _(w):
    sent = w.sent().create()
    expect(sent.sequence == sent.create().sequence, "asked again it has another sequence number")
    sent.parcel.header = sent.parcel.make_header()
    yield w.customer.ask("POST", "/packages", sent.body())
    sender, signer, certificate = w.as_owner()
    theirs = w.sent_by_owner()
    theirs.parcel.id, theirs.id = sent.parcel.id, sent.id
    theirs.parcel.header = theirs.parcel.make_header()
    yield w.owner.ask("POST", "/packages", theirs.body())


# for each operation on a package that is being built: the request, given the package
BUILDING = {
    "putFiles": lambda p, s: p.ask("PUT", s.path + "/files/0", {"files": s.parcel.files()}),
    "createUpload": lambda p, s: p.ask("POST", s.path + "/parts", headers={
        **TUS, "Upload-Length": str(len(s.parcel.body)), "Upload-Metadata": metadata("body")}),
    "headUpload": lambda p, s: p.ask("HEAD", s.uploads["body"], headers=TUS),
    "patchUpload": lambda p, s: p.ask("PATCH", s.uploads["body"], b"x", headers={**OCTETS, "Upload-Offset": "0"}),
    "deleteUpload": lambda p, s: p.ask("DELETE", s.uploads["body"], headers=TUS),
    "completePackage": lambda p, s: p.ask("POST", s.path + "/complete", {}),
    "abortPackage": lambda p, s: p.ask("DELETE", s.path),
}


def building_not_found(operation):
    def provoke(w):
        sent = w.sent().create()
        sent.begin("body", len(sent.parcel.body))
        for person in (w.stranger, w.owner, w.agent):
            yield BUILDING[operation](person, sent)
        nowhere = w.sent()
        nowhere.uploads["body"] = "/uploads/" + id_text(new_id())
        yield BUILDING[operation](w.customer, nowhere)
    return provoke


def building_denied(operation):
    def provoke(w):
        yield BUILDING[operation](w.owner, w.complete)
    return provoke


def building_state(operation):
    def provoke(w):
        yield BUILDING[operation](w.customer, w.complete)
    return provoke


for _name in BUILDING:
    row(_name, "not-found")(building_not_found(_name))
    row(_name, "denied")(building_denied(_name))
    if _name != "completePackage":
        row(_name, "state")(building_state(_name))


@row("putFiles", "state")
def _(w):
    sent = w.sent().create()
    yield w.customer.ask("PUT", sent.path + "/files/1", {"files": sent.parcel.files()})


@row("putFiles", "not-found")
def _(w):
    sent = w.sent().create()
    yield w.customer.ask("PUT", sent.path + "/files/65536", {"files": sent.parcel.files()})


@row("putFiles", "conflict")
def _(w):
    sent = w.sent().create()
    files = sent.parcel.files()
    for _ in range(2):
        w.customer.good("PUT", sent.path + "/files/0", {"files": files})
    yield w.customer.ask("PUT", sent.path + "/files/0", {"files": [{**files[0], "size": 6}]})
    yield w.customer.ask("PUT", sent.path + "/files/0", {"files": files * 2})


@row("putFiles", "limit")
def _(w):
    sent = w.sent().create()
    yield w.customer.ask("PUT", sent.path + "/files/0", {"files": sent.parcel.files() * 2})


def creation(length, part, **headers):
    return {**TUS, "Upload-Length": str(length), "Upload-Metadata": metadata(part), **headers}


@row("createUpload", "conflict")
def _(w):
    sent = w.sent().create()
    sent.begin("seal", 400)
    for part, length in (("body", 1), ("manifest", 1), ("seal", 401)):
        yield w.customer.ask("POST", sent.path + "/parts", headers=creation(length, part))


@row("createUpload", "limit")
def _(w):
    yield w.customer.ask("POST", w.sent().create().path + "/parts", headers=creation(34 << 20, "seal"))


@row("createUpload", "unsupported", field="Upload-Length")
def _(w):
    yield w.customer.ask("POST", w.sent().create().path + "/parts", headers=creation(5, "seal", **{"Upload-Defer-Length": "1"}))


@row("patchUpload", "conflict", field="Upload-Offset")
def _(w):
    sent = w.sent().create()
    yield w.customer.ask("PATCH", sent.begin("seal", 10), b"x", headers={**OCTETS, "Upload-Offset": "1"})


@row("patchUpload", "state")
def _(w):
    sent = w.sent().create().upload("seal", b"x" * 10)
    yield w.customer.ask("PATCH", sent.uploads["seal"], b"", headers={**OCTETS, "Upload-Offset": "10"})


@row("patchUpload", "limit")
def _(w):
    sent = w.sent().create()
    yield w.customer.ask("PATCH", sent.begin("seal", 10), b"x" * 11, headers={**OCTETS, "Upload-Offset": "0"})


@row("patchUpload", "unsupported", field="Content-Type")
def _(w):
    sent = w.sent().create()
    yield w.customer.ask("PATCH", sent.begin("seal", 10), b"x", headers={**TUS, "Upload-Offset": "0", "Content-Type": "text/plain"})


@row("patchUpload", "busy")
def _(w):
    """While somebody writes nobody else may; when the writer has gone the offset is what had come."""
    sent = w.sent().create()
    path = sent.begin("seal", 10)
    head = "".join(f"{k}: {v}\r\n" for k, v in {**OCTETS, "Upload-Offset": "0", "Content-Length": "10", "Host": "localhost",
                                                "Authorization": "Bearer " + w.customer.token}.items())
    with socket.create_connection(("127.0.0.1", w.instance.port)) as raw, \
         context_of(w.instance).wrap_socket(raw, server_hostname="localhost") as writer:
        writer.sendall(f"PATCH /api/v1{path} HTTP/1.1\r\n{head}Expect: 100-continue\r\n\r\n".encode())
        expect(b" 100 " in writer.recv(100), "no 100 for a writer that waits for it")
        yield w.customer.ask("PATCH", path, b"x" * 10, headers={**OCTETS, "Upload-Offset": "0"})


@row("completePackage", "state")
def _(w):
    sent = w.sent().create()
    yield w.customer.ask("POST", sent.path + "/complete", {})
    sent.upload("manifest", sent.parcel.manifest).upload("body", sent.parcel.body)
    sent.upload("seal", sent.parcel.seal(sent.sequence))
    yield w.customer.ask("POST", sent.path + "/complete", {})


@row("completePackage", "trust")
def _(w):
    seals = (lambda s: s.parcel.seal(s.sequence + 1), lambda s: s.parcel.seal(s.sequence, root=os.urandom(32)),
             lambda s: changed(s.parcel.seal(s.sequence), -400), lambda s: changed(s.parcel.seal(s.sequence)),
             lambda s: s.parcel.seal(s.sequence) + b"x")
    for seal in seals:
        sent = w.sent().create()
        sent.fill(seal(sent))
        yield w.customer.ask("POST", sent.path + "/complete", {})
    sent = w.sent(signer=w.stranger.keys.sign).create().fill()
    yield w.customer.ask("POST", sent.path + "/complete", {})
    sent = w.sent().create()
    sent.parcel.manifest = os.urandom(4136)
    sent.fill()
    yield w.customer.ask("POST", sent.path + "/complete", {})


def completed_with_version(version):
    def provoke(w):
        sent = w.sent().create()
        sent.fill(sent.parcel.seal(sent.sequence, version=version))
        yield w.customer.ask("POST", sent.path + "/complete", {})
    return provoke


row("completePackage", "version")(completed_with_version(2))
row("completePackage", "syntax")(completed_with_version(0))


# --- packages that are complete

@row("getPackage", "not-found")
def _(w):
    yield w.stranger.ask("GET", w.complete.path)
    yield w.owner.ask("GET", w.sent().create().path)
    yield w.customer.ask("GET", w.sent().path)


@row("getFiles", "not-found")
def _(w):
    yield w.stranger.ask("GET", w.complete.path + "/files/0")
    for page in (1, 65535, 65536, (1 << 63) - 1):
        yield w.owner.ask("GET", f"{w.complete.path}/files/{page}")


def part_rows(operation, part):
    @row(operation, "not-found")
    def _(w):
        yield w.stranger.ask("GET", f"{w.complete.path}/{part}")
        yield w.customer.ask("GET", f"{w.sent().path}/{part}")

    @row(operation, "denied")
    def _(w):
        yield w.customer.ask("GET", f"{w.complete.path}/{part}")

    @row(operation, "erased")
    def _(w):
        yield w.owner.ask("GET", f"{w.received.path}/{part}")

    @row(operation, "limit")
    def _(w):
        yield w.owner.ask("GET", f"{w.complete.path}/{part}", headers={"Range": "bytes=99999999-"})


for _part in ("manifest", "body", "seal"):
    part_rows("get" + _part.title(), _part)


@row("receivePackage", "not-found")
def _(w):
    yield w.stranger.ask("POST", w.complete.path + "/receipt", {"receipt": w.complete.receipt()})
    yield w.owner.ask("POST", w.sent().path + "/receipt", {"receipt": w.complete.receipt()})


@row("receivePackage", "denied")
def _(w):
    yield w.customer.ask("POST", w.complete.path + "/receipt", {"receipt": w.complete.receipt()})


@row("receivePackage", "state")
def _(w):
    """Only who is of both sides can see a package that still arrives, and receive."""
    subscription, _ = w.company.subscribe(w.owner)
    sent = w.sent(w.owner, subscription=id_bytes(subscription), sender=w.owner.keys.as_sender()).create()
    yield w.owner.ask("POST", sent.path + "/receipt", {"receipt": sent.receipt()})


@row("receivePackage", "conflict")
def _(w):
    yield w.owner.ask("POST", w.received.path + "/receipt", {"receipt": w.received.receipt()})


@row("receivePackage", "trust")
def _(w):
    sender, signer, certificate = w.as_owner()
    agent = w.company.keys.certificate(w.agent.keys, AGENT)
    parcel = w.complete.parcel
    for receipt in (parcel.receipt(sender, w.stranger.keys.sign, certificate), changed(parcel.receipt(sender, signer, certificate)),
                    parcel.receipt(w.owner.keys.as_sender(), signer), parcel.receipt(sender, signer, agent),
                    parcel.receipt(w.company.keys.as_sender(w.agent.keys), w.agent.keys.sign, agent),
                    w.sent().parcel.receipt(sender, signer, certificate)):
        yield w.owner.ask("POST", w.complete.path + "/receipt", {"receipt": b64(receipt)})


@row("receivePackage", "version")
def _(w):
    yield w.owner.ask("POST", w.complete.path + "/receipt", {"receipt": w.complete.receipt(version=2)})


@row("receivePackage", "syntax")
def _(w):
    yield w.owner.ask("POST", w.complete.path + "/receipt", {"receipt": b64(b"x")})


def withdrawing(person, sent, keys=None, **changes):
    """The customer's signed withdrawal, or by other keys."""
    keys = keys or person.keys
    return {"withdrawal": b64(sent.parcel.withdrawal(keys.as_sender(), keys.sign, **changes))}


def withdraw(person, sent, body=None):
    return person.ask("POST", sent.path + "/withdraw", body or withdrawing(person, sent))


@row("withdrawPackage", "not-found")
def _(w):
    yield withdraw(w.stranger, w.complete)
    yield withdraw(w.customer, w.sent())


@row("withdrawPackage", "denied")
def _(w):
    yield withdraw(w.owner, w.complete)


@row("withdrawPackage", "state")
def _(w):
    yield withdraw(w.customer, w.received)
    yield withdraw(w.customer, w.sent().create())


@row("withdrawPackage", "conflict")
def _(w):
    sent = w.sent().create().complete()
    w.customer.good("POST", sent.path + "/withdraw", withdrawing(w.customer, sent))
    time.sleep(0.01)
    yield withdraw(w.customer, sent)


@row("withdrawPackage", "trust")
def _(w):
    sender, signer, certificate = w.as_owner()
    parcel = w.complete.parcel
    for forged in (changed(parcel.withdrawal(w.customer.keys.as_sender(), w.customer.keys.sign)),
                   parcel.withdrawal(w.customer.keys.as_sender(), w.stranger.keys.sign), parcel.withdrawal(sender, signer, certificate),
                   w.sent().parcel.withdrawal(w.customer.keys.as_sender(), w.customer.keys.sign)):
        yield withdraw(w.customer, w.complete, {"withdrawal": b64(forged)})
    yield withdraw(w.customer, w.complete, withdrawing(w.customer, w.complete, w.stranger.keys))


@row("withdrawPackage", "version")
def _(w):
    yield withdraw(w.customer, w.complete, withdrawing(w.customer, w.complete, version=2))


@row("withdrawPackage", "syntax")
def _(w):
    yield withdraw(w.customer, w.complete, {"withdrawal": b64(b"x")})


@row("listInbox", "not-found")
def _(w):
    for person, slug in ((w.stranger, "kanzlei"), (w.customer, "kanzlei"), (w.owner, "nie-da")):
        yield person.ask("GET", "/inbox?company=" + slug)


@row("listInbox", "syntax")
def _(w):
    yield w.customer.ask("GET", "/inbox?cursor=" + b64(b"x"))


@row("followEvents", "syntax", "after")
def _(w):
    for wrong in ("x", "-1", "01", "9" * 19):
        yield w.customer.ask("GET", "/events?after=" + wrong)
        yield w.customer.ask("GET", "/events", headers={"Last-Event-ID": wrong})


@row("followEvents", "busy")
def _(w):
    person = w.person("viele@kunde.example").register()
    streams = [Stream(w.instance, person.token).begin() for _ in range(16)]
    yield person.ask("GET", "/events")
    for stream in streams:
        stream.close()


# --- conversations

def say(person, subscription, text="Guten Tag", **changes):
    return person.ask("POST", f"/subscriptions/{subscription}/messages",
                      {"message": id_text(new_id()), "as_company": False, "text": text, **changes})


@row("createMessage", "not-found")
def _(w):
    yield say(w.stranger, w.subscription)
    yield say(w.customer, id_text(new_id()))


@row("createMessage", "denied")
def _(w):
    yield say(w.customer, w.subscription, as_company=True)
    yield say(w.agent, w.subscription)


@row("createMessage", "state")
def _(w):
    subscription, _ = w.company.ask_for(w.person("wartet@kunde.example").register())
    yield say(w.owner, subscription, as_company=True)


@row("createMessage", "conflict")
def _(w):
    message = id_text(new_id())
    first = say(w.customer, w.subscription, message=message).json()
    expect(say(w.customer, w.subscription, message=message).json() == first, "asked again it is another entry")
    yield say(w.customer, w.subscription, "Anders", message=message)
    yield say(w.agent, w.subscription, message=message, as_company=True)


@row("createMessage", "syntax", "text")
def _(w):
    for text in ("", "\r\x01"):
        yield say(w.customer, w.subscription, text)
    for text in (b"\xff", b"\xed\xa0\x80", b"\\ud800"):
        body = b'{"message":"%s","text":"%s"}' % (id_text(new_id()).encode(), text)
        yield w.customer.ask("POST", f"/subscriptions/{w.subscription}/messages", body, headers={"Content-Type": "application/json"})


@row("createMessage", "limit", "text")
def _(w):
    yield say(w.customer, w.subscription, "x" * 65537)


@row("listHistory", "not-found")
def _(w):
    yield w.stranger.ask("GET", f"/subscriptions/{w.subscription}/entries")
    yield w.customer.ask("GET", f"/subscriptions/{id_text(new_id())}/entries")


@row("listHistory", "syntax")
def _(w):
    for query in ("cursor=" + b64(b"x"), "from=gestern", "before=x", "origin=ja"):
        yield w.customer.ask("GET", f"/subscriptions/{w.subscription}/entries?{query}")


@row("deleteMessage", "not-found")
def _(w):
    theirs = say(w.customer, w.subscription).json()["sequence"]
    yield w.stranger.ask("DELETE", f"/subscriptions/{w.subscription}/entries/{theirs}")
    yield w.customer.ask("DELETE", f"/subscriptions/{w.subscription}/entries/999999")
    yield w.customer.ask("DELETE", f"/subscriptions/{w.subscription}/entries/1")


@row("deleteMessage", "denied")
def _(w):
    theirs = say(w.customer, w.subscription).json()["sequence"]
    yield w.agent.ask("DELETE", f"/subscriptions/{w.subscription}/entries/{theirs}")


@row("getReadState", "not-found")
def _(w):
    yield w.stranger.ask("GET", f"/subscriptions/{w.subscription}/read-state")


@row("putReadState", "not-found")
def _(w):
    yield w.stranger.ask("PUT", f"/subscriptions/{w.subscription}/read-state", {"sequence": 1})
