#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C6, C7, must-shows 1 and 3: forged receipts and withdrawals, shown to a real client by a server that lies, made with what the server, a member without the
epoch's key, a removed member and the sender really have. Each is a visible stop, none is called received or withdrawn. Control: the
same made by who may is taken. The table in src/package/FORMAT.md names what stops each."""

import hashlib
import json
import os

from nacl.public import SealedBox

from api_world import World
from formats import AGENT, OWNER, CompanyKeys, Keys, b64, id_bytes, receipt, u32, unb64, withdrawal
from hostile import TRUST, Liar, Lies, in_json
from instance import Instance, expect, main
from openapi import Client


def keyed(key, purpose, data):
    return hashlib.blake2b(purpose.encode() + b"\0" + data, digest_size=32, key=key).digest()


class Sent:
    """A package of a real client, and what the service and the recipient's side know of it."""

    def __init__(self, w, person, package):
        answer = w.owner.good("GET", f"/packages/{package}").json()
        self.w, self.id, self.package = w, package, id_bytes(package)
        self.subscription, header = id_bytes(answer["row"]["subscription"]), unb64(answer["header"])
        self.header_hash = hashlib.blake2b(b"provision/1/package-header\0" + header, digest_size=32).digest()
        records = w.owner.good("GET", f"/packages/{package}/files/0").json()["files"]
        content = b"".join(u32(len(p)) + p + int(f["size"]).to_bytes(8, "big") + u32(len(h)) + h
                           for f in records for p, h in [(unb64(f["path"]), unb64(f["fingerprint"]))])
        self.root = hashlib.sha256(b"provision/1/package-content\0" + u32(len(records)) + content).digest()
        self.box, self.person = header[-80:], person

    def proof(self, epoch_key):
        """What only who opens the package can make."""
        key = SealedBox(epoch_key).decrypt(self.box)
        receipt_key = keyed(key, "provision/1/package-receipt-key", self.package)
        return keyed(receipt_key, "provision/1/package-proof", self.header_hash + self.root)

    def receipt(self, keys, company, role=AGENT, **changes):
        facts = {"package": self.package, "subscription": self.subscription, "header_hash": self.header_hash, "root": self.root,
                 "receiver": company.as_sender(keys), "signer": keys.sign, "certificate": company.certificate(keys, role), **changes}
        return receipt(**facts)


def shown_as(state, word, only=None):
    """All packages of the inbox, or one, are said to be so."""
    def change(answer):
        for item in answer["items"]:
            if only in (None, item["row"]["package"]):
                item["row"].update(state=state, received=item["row"]["created"], ended=item["row"]["created"])
                item["word"].update(word)
    return change


def noted_as(package, state, word):
    """The same in a conversation."""
    def change(answer):
        for entry in answer["items"]:
            if entry.get("package", {}).get("package") == package:
                entry["package"]["state"] = state
                entry["word"].update(word)
    return change


class Forger:
    def __init__(self, lies, person):
        self.lies, self.person = lies, person

    def inbox(self, what, state, word, *options, code=TRUST, only=None):
        """Gives the first row as the client shows it."""
        lie = in_json("/inbox", shown_as(state, {k: b64(v) if v else "" for k, v in word.items()}, only))
        done = self.lies.tell(what, lie, self.person, "inbox", *options, "--json", code=code)
        rows = [r for r in json.loads(done.stdout) if only in (None, r["package"])]
        expect(rows and (code == 0) == (rows[0]["state"] == state), what, "is shown as", rows)
        return rows[0]


def receipts(i, lies, w, anna):
    path = i.dir / "brief.txt"
    path.write_text("Grüße")
    company, other = w.company.keys, anna.cli("send", "--to", "kanzlei", path)["package"]
    sent, second = (Sent(w, anna, p) for p in (anna.cli("send", "--to", "kanzlei", path)["package"], other))
    forger, true = Forger(lies, anna), sent.receipt(w.owner.keys, company, OWNER, proof=sent.proof(company.box))

    def forged(what, word, code=TRUST):
        row = forger.inbox(what, "received", {"receipt": word}, "--sent", code=code, only=sent.id)
        expect(row["proof"] == ("proved" if code == 0 else "wrong"), what, "is", row["proof"])
        lie = in_json("/subscriptions/[a-z2-7]{26}/entries", noted_as(sent.id, "received", {"receipt": b64(word)}))
        done = lies.tell(what + ", in the conversation", lie, anna, "history", "--with", "kanzlei", "--json", code=code)
        noted = [e for e in json.loads(done.stdout) if e.get("package") == sent.id][0]
        expect((noted["state"], noted["proof"], noted["received_by"]) == (row["state"], row["proof"], row["received_by"]), what, "is noted as", noted)
        lie = in_json(f"/packages/{sent.id}", lambda a: (a["row"].update(state="received"), a["word"].update(receipt=b64(word))))
        lies.tell(what + ", receipt asked for", lie, anna, "receipt", sent.id, code=code)
    forged("control: the true receipt", true, code=0)
    fake, stranger = CompanyKeys(company.company), Keys(w.owner.keys.account)
    forged("receipt by the server alone, under a root of its own", sent.receipt(stranger, fake, OWNER))
    forged("receipt by the server alone, with the owner's certificate",
           sent.receipt(stranger, company, certificate=company.certificate(w.owner.keys, OWNER)))
    forged("receipt by the server alone, by no company's member",
           sent.receipt(w.owner.keys, company, receiver=w.stranger.keys.as_sender(), signer=w.stranger.keys.sign, certificate=b""))
    forged("no receipt", b"")
    forged("receipt by a member without the epoch's key", sent.receipt(w.agent.keys, company))
    forged("receipt with the proof of another package", sent.receipt(w.owner.keys, company, OWNER, proof=second.proof(company.box)))
    forged("receipt of another package", second.receipt(w.owner.keys, company, OWNER, proof=second.proof(company.box)))
    forged("receipt over another content root", sent.receipt(w.owner.keys, company, OWNER, root=os.urandom(32)))
    forged("receipt over another header", sent.receipt(w.owner.keys, company, OWNER, header_hash=os.urandom(32)))
    forged("receipt changed", true[:60] + bytes([true[60] ^ 1]) + true[61:])

    # what the client kept is withheld, or another package's: no lie is seen, and it is not called received either
    agents = sent.receipt(w.agent.keys, company)
    for what, change in (("what was kept withheld", {"kept": ""}), ("what was kept changed", {"kept": b64(os.urandom(211))})):
        def lie(answer, change=change):
            shown_as("received", {"receipt": b64(agents), **change}, sent.id)(answer)
        done = lies.tell(what, in_json("/inbox", lie), anna, "inbox", "--sent", "--json", code=0)
        row = [r for r in json.loads(done.stdout) if r["package"] == sent.id][0]
        expect(row["state"] == "received-unproved" and row["proof"] == "unproved", what, "is shown as", row)
        done = lies.tell(what + ", as text", in_json("/inbox", lie), anna, "inbox", "--sent", code=0)
        expect(b"received, not proved" in done.stdout, what, "is shown as", done.stdout)
    return sent


def removed(lies, w, anna, sent):
    """Removed while a package waits: even with its epoch's key, which was the agent's too."""
    before = w.company.keys
    after = before.successor()
    w.owner.good("POST", w.company.path + "/renewal", w.company.renewal([(w.owner, "owner")], removed=[w.agent], keys=after))
    w.company.keys = after
    late = sent.receipt(w.agent.keys, before, proof=sent.proof(before.box))
    Forger(lies, anna).inbox("receipt by a removed member, with the epoch's key", "received", {"receipt": late}, "--sent", only=sent.id)
    true = sent.receipt(w.owner.keys, after, OWNER, proof=sent.proof(before.box))
    Forger(lies, anna).inbox("control: by who stayed", "received", {"receipt": true}, "--sent", code=0, only=sent.id)


def withdrawals(i, lies, w, anna):
    """To a customer: the company's, by a member; to a company: the customer's."""
    owner = i.person("eva@zweite.example", "Eva", "Müller").register()
    i.company("zweite", owner, "Zweite")
    number = i.subscribe(anna, "zweite", owner)
    path = i.dir / "bescheid.txt"
    path.write_text("Bescheid")
    package, other = (owner.cli("send", "--to", number, path)["package"] for _ in range(2))
    owner.cli("withdraw", other, "--yes")
    anna.cli("inbox")
    subscription = id_bytes([s["row"]["subscription"] for s in lies.liar.rows("/inbox") if s["row"]["package"] == package][0])
    stranger = Keys()
    fake = CompanyKeys(os.urandom(16))
    replay = unb64([s["word"]["withdrawal"] for s in lies.liar.rows("/inbox") if s["row"]["package"] == other][0])
    expect(anna.cli("inbox")[0]["state"] == "withdrawn", "control: a true withdrawal is not shown")
    for what, word in (("withdrawn, says the server", {}), ("withdrawal of another package", {"withdrawal": replay}),
                       ("withdrawal by nobody's member", {"withdrawal": withdrawal(
                           id_bytes(package), subscription, fake.as_sender(stranger), stranger.sign, fake.certificate(stranger, AGENT))}),
                       ("withdrawal by a customer", {"statement": w.customer.keys.statement, "withdrawal": withdrawal(
                           id_bytes(package), subscription, w.customer.keys.as_sender(), w.customer.keys.sign)})):
        Forger(lies, anna).inbox(what, "withdrawn", word, only=package)
        answer = {k: b64(v) for k, v in word.items()}

        def lie(reply, answer=answer):
            reply["row"]["state"], reply["header"] = "withdrawn", ""
            reply["word"].update(answer)
        lies.fetch(what + ", fetched", in_json(f"/packages/{package}", lie), anna, package)
    anna.cli("receive", package, "-o", i.dir / "bescheid")
    # the other way round
    mine = anna.cli("send", "--to", "zweite", path)["package"]
    for what, word in (("withdrawn by the customer, says the server", {}),
                       ("withdrawal by another customer", {"statement": stranger.statement, "withdrawal": withdrawal(
                           id_bytes(mine), subscription, stranger.as_sender(), stranger.sign)})):
        Forger(lies, owner).inbox(what, "withdrawn", word, "--company", "zweite", only=mine)
    anna.cli("withdraw", mine, "--yes")
    row = owner.cli("inbox", "--company", "zweite")[0]
    expect(row["package"] == mine and row["state"] == "withdrawn" and row["proof"] == "signed", "control: shown as", row)


def test():
    with Instance("forged") as i:
        w = World(i, Client(i))
        liar = Liar(i)
        i.url = liar.url
        try:
            lies = Lies(i, liar)
            anna = i.person("anna@zwei.example").register()
            anna.cli("subscribe", "kanzlei")
            number = [c["number"] for c in w.company.customers() if c["state"] == "pending"][0]
            w.owner.good("POST", f"{w.company.path}/customers/{number}/decision", {"accept": True})
            sent = receipts(i, lies, w, anna)
            removed(lies, w, anna, sent)
            withdrawals(i, lies, w, anna)
            expect(lies.count >= 36, "only", lies.count, "lies were told")
            print(lies.count, "lies and controls")
        finally:
            liar.stop()


if __name__ == "__main__":
    main(test)
