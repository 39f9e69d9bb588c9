# SPDX-License-Identifier: MIT
"""Who the matrix asks as, and what about: people in every relation to a company, objects of every kind with who may know of
each, words that only some may ever read, and real bodies for requests that look at theirs before they look for an object."""

import os

from api_rows import finishing, new_keys, recovery
from api_world import Company, World
from formats import Keys, Parcel, b64, id_bytes, id_text, new_id, unb64, withdrawal

# Member names of paths, queries and bodies that name an object, and a maker of a name that names nothing.
NOBODYS = {
    "slug": lambda: "nie-da", "company": lambda: "nie-da", "invitation": lambda: id_text(new_id()),
    "subscription": lambda: id_text(new_id()), "package": lambda: id_text(new_id()), "upload": lambda: id_text(new_id()),
    "session": lambda: id_text(new_id()), "registration": lambda: id_text(new_id()), "reset": lambda: id_text(new_id()), "change": lambda: id_text(new_id()),
    "app_password": lambda: id_text(new_id()), "request": lambda: id_text(new_id()),
    "account": lambda: id_text(new_id()), "subject": lambda: id_text(new_id()),
    "message": lambda: id_text(new_id()), "sequence": lambda: str(900000 + os.urandom(1)[0]),
    "number": lambda: str(int.from_bytes(os.urandom(4), "big")).zfill(8)[:8],
    "email": lambda: f"niemand-{os.urandom(4).hex()}@kunde.example",
}
# A kind's objects may stand under another member name, too.
SAME = {"company": "slug", "subject": "package"}
# What was sent to these is told back by another operation: no leak there.
TOLD_BACK = {"listHeld": ("createAddress", "joinCompany")}
# What everybody may know: these operations tell of the directory's companies.
PUBLIC, SHOWN = {"getCompany", "getEpochs", "createSubscription"}, ("kanzlei", "andere")


class Thing:
    """An object: the members that name it, and who may know that it exists. about: others named on the way, known or not."""

    def __init__(self, kind, name, known=(), **about):
        self.kind, self.name, self.known, self.about = kind, name, set(known), about

    def names(self):
        return {self.kind: self.name, **self.about}


class MatrixWorld(World):
    """Of the company: owner, agent, customer; beside them whoever else there can be. Who is nobody has no token."""

    def __init__(self, instance, client):
        super().__init__(instance, client)
        self.hidden = self.make_hidden()
        self.berta = self.person("berta@kunde.example", "Berta", "Bergmann").register()
        self.declined = self.person("dieter@kunde.example", "Dieter", "Dorn").register()
        self.ended = self.person("ende@kunde.example", "Emil", "Endres").register()
        self.invited = self.person("ida@kunde.example", "Ida", "Imhof").register()
        self.pending = self.person("paul@kunde.example", "Paul", "Pelz").register()
        self.removed = self.make_removed()
        self.things = []
        self.make_customers()
        self.make_packages()
        self.make_messages()
        self.make_companies()
        self.people = {"nobody": None, "other customer": self.berta, "declined": self.declined, "ended": self.ended,
                       "invited": self.invited, "pending": self.pending, "member of another": self.stranger,
                       "removed member": self.removed,
                       "agent": self.agent, "customer": self.customer, "owner": self.owner, "stale session": self.stale()}
        self.make_app_password()
        self.make_support_request()
        self.words = list(self.make_words())

    def add(self, kind, name, *known, **about):
        self.things.append(Thing(kind, name, [p.address for p in known], **about))

    def make_hidden(self):
        """Active, and not in the directory."""
        company = Company(self, "verborgen", self.owner, "--unlisted")
        return company.activate()

    def make_removed(self):
        """A member until the company's present epoch."""
        person = self.person("rudi@kanzlei.example", "Rudi", "Rauch").register()
        self.company.add_agent(person)
        code = self.company.keys.recovery_key()
        keys = self.company.keys.successor(recovery=code)
        members = [(self.owner, "owner"), (self.agent, "agent")]
        self.owner.good("POST", self.company.path + "/renewal",
                        self.company.renewal(members, removed=[person], keys=keys, **self.company.coded(code)))
        self.company.keys = keys
        return person

    def make_customers(self):
        staff = (self.owner, self.agent)
        rows = [(self.customer, self.subscription, self.number), (self.berta, *self.company.subscribe(self.berta)),
                (self.pending, *self.company.ask_for(self.pending))]
        for person, subscription, number in rows:
            self.add("subscription", subscription, person, *staff)
            self.add("number", number, person, *staff, slug="kanzlei")
        self.of_berta = rows[1][1]
        subscription, number = self.company.ask_for(self.declined)
        self.owner.good("POST", f"{self.company.path}/customers/{number}/decision", {"accept": False})
        self.add("subscription", subscription, self.declined)
        # who declined has seen the number
        self.add("number", number, self.declined, *staff, slug="kanzlei")
        subscription, number = self.company.subscribe(self.ended)
        self.end(self.ended, subscription)
        self.add("subscription", subscription)
        self.add("number", number, slug="kanzlei")
        self.mine = {self.customer: self.subscription, self.berta: self.of_berta, self.owner: self.subscription,
                     self.agent: self.subscription}
        subscription, _ = self.other.subscribe(self.declined)
        self.mine[self.declined] = self.mine[self.stranger] = subscription
        self.add("subscription", subscription, self.declined, self.stranger)

    def end(self, person, subscription):
        nonce = person.good("POST", "/nonces", {"action": "subscription-end", "subject": subscription}).json()["nonce"]
        signature = person.keys.action("subscription-end", id_bytes(subscription), unb64(nonce))
        person.good("POST", f"/subscriptions/{subscription}/end", {"nonce": nonce, "signature": b64(signature)})

    def make_packages(self):
        sides = (self.customer, self.owner, self.agent)
        self.arriving = self.sent(size=71000).create()
        path = self.arriving.begin("body", len(self.arriving.parcel.body))
        self.add("upload", path.removeprefix("/uploads/"), self.customer)
        self.add("package", self.arriving.id, self.customer)
        self.waiting = self.sent(size=123456).create().complete()
        self.received = self.sent(size=95000).create().complete().receive()
        self.outgoing = self.sent_by_owner().create().complete()
        for sent in (self.waiting, self.received, self.outgoing):
            self.add("package", sent.id, *sides)

    def make_messages(self):
        """Entries stand under their conversation."""
        for person, as_company, text in ((self.customer, False, "Kanarienwort vom Kunden"), (self.agent, True, "Kanarienwort der Kanzlei")):
            said = person.good("POST", f"/subscriptions/{self.subscription}/messages",
                               {"message": id_text(new_id()), "as_company": as_company, "text": text}).json()
            self.add("sequence", str(said["sequence"]), self.customer, self.owner, self.agent, subscription=self.subscription)

    def make_companies(self):
        self.add("slug", "leer", self.owner)
        self.add("slug", "verborgen", self.owner)
        self.add("slug", "kanzlei", self.owner, self.agent)
        self.add("slug", "andere", self.stranger)
        # one that nobody has taken yet is for whoever was given its name: no object of the matrix
        for company, owner in ((self.company, self.owner), (self.hidden, self.owner)):
            place = company.join(self.invited)
            self.add("invitation", place.split("/")[-1], owner, self.invited, slug=company.slug)
        self.add("invitation", self.company.invite_customer()[0].split("/")[-1], self.owner, self.agent, slug="kanzlei")
        begun = self.client.good("POST", "/registrations", self.person("rita@kunde.example").registration()).json()
        self.add("registration", begun["registration"])
        change = self.berta.good("POST", "/account/addresses", {"email": "berta@neu.example"}).json()["change"]
        self.add("change", change, self.berta)
        self.add("reset", self.client.good("POST", "/resets", {"email": self.berta.address}).json()["reset"])
        for person in (self.customer, self.owner):
            self.add("session", person.good("GET", "/sessions").json()["items"][0]["session"], person)
        for person in (self.customer, self.owner, self.berta):
            self.add("email", person.address, person)
            self.add("account", person.id, *(self.customer, self.owner, self.agent, self.berta))

    def make_app_password(self):
        body = {"name": "Mutt im Büro", "proof": self.customer.proof("app-password", "Mutt im Büro".encode())}
        made = self.customer.good("POST", "/account/app-passwords", body).json()
        self.app_password = made["password"]
        self.add("app_password", made["app_password"], self.customer)

    def make_support_request(self):
        made = self.customer.good("POST", "/support-requests", {"text": "Kanarienwort an den Betreiber"}).json()["request"]
        self.add("request", made, self.customer)

    def stale(self):
        """The customer, logged out."""
        person = self.person(self.customer.address)
        person.keys, person.id, person.auth_key = self.customer.keys, self.customer.id, self.customer.auth_key
        body = {"email": person.address, "auth_key": b64(person.auth_key)}
        person.token = self.client.good("POST", "/sessions", body).json()["session"]
        person.good("DELETE", "/sessions/current")
        person.address = "stale"
        return person

    def make_words(self):
        """(word, addresses of those who may read it)."""
        staff = {self.owner.address, self.agent.address}
        others = {self.declined: {self.stranger.address}, self.ended: set()}
        for person in (self.customer, self.berta, self.pending, self.declined, self.ended):
            may = {person.address} | others.get(person, staff)
            yield person.address, {person.address}
            yield person.last, may
            yield b64(person.keys.statement), may
        yield self.invited.last, {self.invited.address, self.owner.address}
        for thing in self.things:
            if thing.kind in ("subscription", "package", "upload", "invitation", "registration", "reset", "change", "number", "app_password", "request"):
                yield thing.name, thing.known
        for sent in (self.waiting, self.received, self.outgoing, self.arriving):
            may = {self.customer.address} | (set() if sent is self.arriving else staff)
            yield b64(sent.parcel.fingerprint), may
            yield b64(sent.parcel.header), may
            if sent.parcel.size > 5:
                yield f":{sent.parcel.size}", may
                yield f":{len(sent.parcel.body)}", may
        for word in ("Kanarienwort vom Kunden", "Kanarienwort der Kanzlei"):
            yield word, {self.customer.address} | staff
        yield "verborgen", {self.owner.address}
        yield "Mutt im Büro", {self.customer.address}
        yield "Kanarienwort an den Betreiber", {self.customer.address}
        yield self.app_password, set()


# --- real bodies: function(world, person, names) gives (body, header fields)

def parcel_of(w, person, names):
    """In a subscription of the person's own, or in the one that is asked about."""
    own = w.mine.get(person, id_text(bytes(range(16))))
    keys = person.keys if person else Keys()
    parcel = Parcel(subscription=id_bytes(names.get("subscription", own)), sender=keys.as_sender(),
                    recipient=w.company.keys.as_recipient(), signer=keys.sign)
    if person is w.stranger:
        certificate = w.other.keys.certificate(keys, 1)
        parcel = Parcel(subscription=id_bytes(names.get("subscription", own)), sender=w.other.keys.as_sender(keys),
                        recipient=w.declined.keys.as_recipient(), signer=keys.sign, certificate=certificate)
    if "package" in names:
        parcel.id = id_bytes(names["package"])
        parcel.header = parcel.make_header()
    return parcel


def package_body(w, person, names):
    parcel = parcel_of(w, person, names)
    return {"package": id_text(parcel.id), "header": b64(parcel.header)}


def registration_body(w, _person, names):
    newcomer = w.person(names.get("email", f"neu-{os.urandom(4).hex()}@kunde.example"), "Nora", "Neu")
    if "account" in names:
        newcomer.keys, newcomer.id = Keys(id_bytes(names["account"])), names["account"]
    return newcomer.registration()


def ending_body(_w, person, names):
    if person is None or person.address == "stale":
        return {"nonce": b64(os.urandom(32)), "signature": b64(os.urandom(64))}
    subject = names["subscription"]
    nonce = person.good("POST", "/nonces", {"action": "subscription-end", "subject": subject}).json()["nonce"]
    return {"nonce": nonce, "signature": b64(person.keys.action("subscription-end", id_bytes(subject), unb64(nonce)))}


def company_signed(person, action):
    """For a company that nobody has."""
    if person is None or person.address == "stale":
        return {"nonce": b64(os.urandom(32)), "signature": b64(os.urandom(64))}
    subject = id_text(bytes(range(16)))
    nonce = person.good("POST", "/nonces", {"action": action, "subject": subject}).json()["nonce"]
    return {"nonce": nonce, "signature": b64(person.keys.action(action, id_bytes(subject), unb64(nonce)))}


def renewal_body(w, person, _names):
    keys = w.company.keys.successor()
    return {"epoch": b64(keys.epoch), "members": [w.company.renewed(person or w.customer, "owner", keys)], "removed": [],
            "older": w.company.older(keys),
            **company_signed(person, "company-renew")}


def withdrawal_body(w, person, names):
    keys = (person or w.customer).keys
    package = id_bytes(names.get("package", id_text(w.waiting.parcel.id)))
    return {"withdrawal": b64(withdrawal(package, w.waiting.parcel.subscription, keys.as_sender(), keys.sign))}


BODIES = {
    "createRegistration": registration_body,
    "createPackage": package_body,
    "activateCompany": lambda w, person, names: w.idle.activation(enrolment="falsch"),
    "sealMember": lambda w, person, names: w.company.sealing(person or w.customer),
    "joinCompany": lambda w, person, names: {"mac": b64(os.urandom(32))},
    "inviteMember": lambda w, person, names: {"invitation": names.get("invitation", id_text(new_id())), "role": "agent"},
    "endSubscription": ending_body,
    "renewCompany": renewal_body,
    "leaveCompany": lambda w, person, names: company_signed(person, "member-leave"),
    # the id is the caller's choice: what it makes there is a thing of its own
    "inviteCustomer": lambda w, person, names: {"invitation": id_text(new_id()), "token": b64(os.urandom(32))},
    "redeemCustomerInvitation": lambda w, person, names: {"token": b64(os.urandom(32))},
    "putFiles": lambda w, person, names: {"files": w.arriving.parcel.files()},
    "withdrawPackage": withdrawal_body,
    "createMessage": lambda w, person, names: {"message": names.get("message", id_text(new_id())), "as_company": False, "text": "Guten Tag"},
    "putReadState": lambda w, person, names: {"sequence": 1},
    "receivePackage": lambda w, person, names: {"receipt": w.waiting.receipt()},
    "createSession": lambda w, person, names: {"email": names.get("email", "niemand@kunde.example"), "auth_key": b64(os.urandom(32))},
    "getLoginParameters": lambda w, person, names: {"email": names.get("email", "niemand@kunde.example")},
    "createNonce": lambda w, person, names: {"action": "subscription-end", **names},
    "createSubscription": lambda w, person, names: {"slug": names.get("slug", "nie-da")},
    "createAddress": lambda w, person, names: {"email": names.get("email", "niemand@kunde.example")},
    "openRecovery": lambda w, person, names: recovery(w.person("x@kunde.example"), **names),
    "finishRecovery": lambda w, person, names: finishing(w, w.person("x@kunde.example"), **names),
    "createReset": lambda w, person, names: {"email": names.get("email", "niemand@kunde.example")},
    "openReset": lambda w, person, names: {"token": b64(os.urandom(32)), "code": "AAAA-AAAA"},
    "finishReset": lambda w, person, names: {"token": b64(os.urandom(32)), "code": "AAAA-AAAA", **new_keys(w, Keys())},
    "verifyRegistration": lambda w, person, names: {"token": b64(os.urandom(32)), "code": "AAAA-AAAA"},
}
