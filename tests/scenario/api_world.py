# SPDX-License-Identifier: MIT
"""The people and things that the API's rows are about: an owner and an agent of a company, a customer, and a stranger who
owns another company; packages in every state. Everything is made over the API itself, by literal requests."""

import base64
import os

from formats import AGENT, OWNER, CompanyKeys, Keys, Parcel, b64, id_bytes, id_text, new_id, unb64
from instance import expect
from totp import App

TUS = {"Tus-Resumable": "1.0.0"}
OCTETS = {**TUS, "Content-Type": "application/offset+octet-stream"}
ROLES = {"owner": OWNER, "agent": AGENT}


def metadata(part):
    return "part " + base64.b64encode(part.encode()).decode()


class Person:
    def __init__(self, world, address, first, last):
        self.world, self.address, self.first, self.last = world, address, first, last
        self.keys, self.auth_key, self.recovery_key, self.token = Keys(), os.urandom(32), os.urandom(32), None
        self.id = id_text(self.keys.account)

    def ask(self, method, path, body=None, **options):
        return self.world.client.ask(method, path, body, token=self.token, **options)

    def good(self, method, path, body=None, **options):
        return self.world.client.good(method, path, body, token=self.token, **options)

    def registration(self, **changes):
        """The body of a registration."""
        return {"email": self.address, "first_name": self.first, "last_name": self.last, "locale": "de",
                "time_zone": "Europe/Berlin", "account": self.id, "auth_key": b64(self.auth_key),
                "statement": b64(self.keys.statement), "wrapped_keys": b64(os.urandom(111)),
                "recovery_auth_key": b64(self.recovery_key), "recovery_wrapped_keys": b64(os.urandom(111)),
                "pins": b64(os.urandom(64)), "pin_page": b64(os.urandom(64)), "recovery_checked": False, **self.world.cost, **changes}

    def begin(self, **changes):
        """Registers; gives path and body of the verification, with the mailed code."""
        mailbox = self.world.instance.mailbox
        before = len(mailbox.to(self.address))
        begun = self.world.client.good("POST", "/registrations", self.registration(**changes)).json()
        return f"/registrations/{begun['registration']}/verify", {"token": begun["token"], "code": mailbox.code(self.address, before)}

    def register(self):
        path, body = self.begin()
        opened = self.world.client.good("POST", path, body).json()
        expect(opened["account"] == self.id, "the account is", opened["account"])
        self.token = opened["session"]
        return self


    def proof(self, action, *changes, **other):
        """The person asked again; other replaces what the proof says."""
        nonce = self.good("POST", "/nonces", {"action": action}).json()["nonce"]
        return {"auth_key": b64(self.auth_key), "nonce": nonce,
                "signature": b64(self.keys.action(action, bytes(16), unb64(nonce), *changes)), **other}

    def turn_on(self):
        """The second factor; self.backup: the codes that are left."""
        self.app = App(self.good("POST", "/account/totp", {"proof": self.proof("totp-begin")}).json()["secret"])
        codes = self.good("POST", "/account/totp/confirm", {"totp": self.app.code()}).json()["codes"]
        self.backup = [c["code"] for c in codes]
        return self


class Company:
    def __init__(self, world, slug, owner, *options):
        self.world, self.slug, self.owner = world, slug, owner
        self.path = "/companies/" + slug
        self.code = world.instance.ctl("company", "add", slug, "--name", slug.title(), "--contact",
                                       f"kontakt@{slug}.example", *options)["enrolment_code"]
        self.keys = CompanyKeys(id_bytes(self.code[:26]))

    def activation(self, **changes):
        return {"enrolment": self.code, "root": b64(self.keys.root), "epoch": b64(self.keys.epoch),
                "certificate": b64(self.keys.certificate(self.owner.keys, OWNER)), "sealed_root": b64(os.urandom(139)),
                "sealed_epoch": b64(os.urandom(171)), **changes}

    def activate(self):
        self.owner.good("POST", self.path + "/activation", self.activation())
        return self

    def invite(self, role="agent"):
        invitation = id_text(new_id())
        self.owner.good("POST", self.path + "/invitations", {"invitation": invitation, "role": role})
        return f"{self.path}/invitations/{invitation}"

    def sealing(self, person, role="agent", certificate=None):
        body = {"certificate": b64(certificate or self.keys.certificate(person.keys, ROLES[role])),
                "sealed_epoch": b64(os.urandom(171))}
        return body if role == "agent" else {**body, "sealed_root": b64(os.urandom(139))}

    def join(self, person):
        """An invitation that the person has taken, not sealed yet."""
        place = self.invite()
        person.good("POST", place + "/join", {"mac": b64(os.urandom(32))})
        return place

    def add_agent(self, person):
        self.owner.good("POST", self.join(person) + "/seal", self.sealing(person))

    def renewed(self, person, role, keys):
        """A member from now on; keys: the next epoch's."""
        body = {"account": person.id, "role": role, "certificate": b64(keys.certificate(person.keys, ROLES[role])),
                "sealed_epoch": b64(os.urandom(171))}
        return body if role == "agent" else {**body, "sealed_root": b64(os.urandom(139))}

    def renewal(self, members, removed=(), keys=None, **changes):
        """The successor epoch; members: (person, role)."""
        keys = keys or self.keys.successor()
        return {"epoch": b64(keys.epoch), "members": [self.renewed(p, r, keys) for p, r in members], "older": self.older(keys),
                "removed": [b64(p.keys.account) for p in removed], **self.signed(self.owner, "company-renew"), **changes}

    @staticmethod
    def coded(code):
        """What a renewal brings with a new recovery key."""
        return {"recovery": b64(code.statement), "recovery_epoch": b64(os.urandom(171)), "recovery_root": b64(os.urandom(139))}

    @staticmethod
    def older(keys):
        """Keys of ended epochs as sealed to the next one: of the one before."""
        return [{"number": keys.number - 1, "sealed": b64(os.urandom(171))}]

    def signed(self, person, action):
        subject = self.code[:26]
        nonce = person.good("POST", "/nonces", {"action": action, "subject": subject}).json()["nonce"]
        return {"nonce": nonce, "signature": b64(person.keys.action(action, id_bytes(subject), unb64(nonce)))}

    def invite_customer(self, person=None, **changes):
        """A personal invitation: (path, body of its redemption)."""
        body = {"invitation": id_text(new_id()), "token": b64(os.urandom(32)), "reference": "4711", **changes}
        (person or self.owner).good("POST", self.path + "/customer-invitations", body)
        return f"{self.path}/customer-invitations/{body['invitation']}", {"token": body["token"]}

    def customers(self):
        return self.owner.good("GET", self.path + "/customers?limit=100").json()["items"]

    def ask_for(self, person):
        """A pending subscription: (id, number)."""
        subscription = person.good("POST", "/subscriptions", {"slug": self.slug}).json()["subscription"]
        return subscription, [c["number"] for c in self.customers() if c["subscription"] == subscription][0]

    def subscribe(self, person):
        subscription, number = self.ask_for(person)
        self.owner.good("POST", f"{self.path}/customers/{number}/decision", {"accept": True})
        return subscription, number


class Sent:
    """A package on its way, step by step. Uploads are kept by part."""

    def __init__(self, world, author, parcel):
        self.world, self.author, self.parcel = world, author, parcel
        self.id = id_text(parcel.id)
        self.path = "/packages/" + self.id
        self.sequence, self.uploads = None, {}

    def body(self, **changes):
        return {"package": self.id, "header": b64(self.parcel.header), "comment": "Für Sie", **changes}

    def create(self):
        self.sequence = self.author.good("POST", "/packages", self.body()).json()["sequence"]
        return self

    def begin(self, part, length):
        headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": metadata(part)}
        location = self.author.good("POST", self.path + "/parts", headers=headers).headers["location"]
        self.uploads[part] = location.removeprefix("/api/v1")
        return self.uploads[part]

    def upload(self, part, data):
        path = self.begin(part, len(data))
        self.author.good("PATCH", path, data, headers={**OCTETS, "Upload-Offset": "0"})
        return self

    def fill(self, seal=None):
        """Everything but completing."""
        self.upload("manifest", self.parcel.manifest).upload("body", self.parcel.body)
        self.author.good("PUT", self.path + "/files/0", {"files": self.parcel.files()})
        return self.upload("seal", seal or self.parcel.seal(self.sequence))

    def complete(self):
        self.fill().author.good("POST", self.path + "/complete", {})
        return self

    def receipt(self, **changes):
        return b64(self.parcel.receipt(*self.world.as_owner(), **changes))

    def receive(self):
        """By the company's owner."""
        self.world.owner.good("POST", self.path + "/receipt", {"receipt": self.receipt()})
        return self


class World:
    def __init__(self, instance, client):
        self.instance, self.client, self.companies, self.guarded_one = instance, client, 0, None
        server = client.good("GET", "/server").json()
        self.cost = {"memory_kib": server["memory_kib"], "passes": server["passes"]}
        self.owner = self.person("eva@kanzlei.example", "Eva", "Müller").register()
        self.agent = self.person("jan@kanzlei.example", "Jan", "Öztürk").register()
        self.customer = self.person("anna@kunde.example", "Anna", "Schmidt").register()
        self.stranger = self.person("otto@fremd.example", "Otto", "Fremd").register()
        self.company = Company(self, "kanzlei", self.owner).activate()
        self.other = Company(self, "andere", self.stranger).activate()
        self.idle = Company(self, "leer", self.owner)
        self.company.add_agent(self.agent)
        self.subscription, self.number = self.company.subscribe(self.customer)

    def person(self, address, first="Max", last="Muster"):
        return Person(self, address, first, last)

    def newcomer(self):
        """Somebody who has not been asked for a password yet."""
        return self.person(f"neu-{os.urandom(4).hex()}@kunde.example").register()

    def guarded(self):
        """Somebody whose second factor is on."""
        if self.guarded_one is None:
            self.guarded_one = self.person("gerda@zwei.example", "Gerda", "Zwei").register().turn_on()
        return self.guarded_one

    def new_company(self):
        """One more that is not active, as enrolment codes can be tried only so often at one."""
        self.companies += 1
        return Company(self, f"neu-{self.companies}", self.owner)

    def as_owner(self):
        """How the owner signs for the company: (sender, key, certificate)."""
        certificate = self.company.keys.certificate(self.owner.keys, OWNER)
        return self.company.keys.as_sender(self.owner.keys), self.owner.keys.sign, certificate

    def parcel(self, **changes):
        """From the customer to the company; changes replace arguments of Parcel()."""
        usual = {"subscription": id_bytes(self.subscription), "sender": self.customer.keys.as_sender(),
                 "recipient": self.company.keys.as_recipient(), "signer": self.customer.keys.sign}
        return Parcel(**{**usual, **changes})

    def sent(self, author=None, **changes):
        return Sent(self, author or self.customer, self.parcel(**changes))

    def sent_by_owner(self):
        """From the company to the customer."""
        sender, signer, certificate = self.as_owner()
        return self.sent(self.owner, sender=sender, recipient=self.customer.keys.as_recipient(), signer=signer,
                         certificate=certificate)
