#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A server that lies: between each command line and the real server stands one that changes what it likes. Every lie ends in a
visible stop of the client with the documented exit code, nothing is sent to a wrong key, no file is written. The tables in
src/package/FORMAT.md and src/trust/FORMAT.md name what stops each."""

import json
import os
import pathlib
import re

from nacl.public import PublicKey, SealedBox

from formats import AGENT, CompanyKeys, Keys, b64, blake, id_bytes, unb64
from instance import Failure, Instance, expect, main, run
from wire import Recorder

TRUST, LOGIN, DAMAGED, TEMPORARY = 76, 77, 65, 75
CHUNK = (1 << 20) + 28


class Liar(Recorder):
    """lie(method, path, answer bytes) gives what the client gets to see instead; kept: answers, for replays."""

    def __init__(self, instance):
        self.lie, self.lies, self.kept = None, 0, {}
        super().__init__(instance)

    def rows(self, path):
        """Of the last list that was given as it is."""
        return json.loads(self.kept[("GET", path)][3])["items"]

    def answer(self, method, path, answer):
        _line, _headers, head, body = answer
        path = path.removeprefix("/api/v1")
        key = (method, path.split("?")[0])
        lie = self.lie(method, path, body) if self.lie else None
        if lie is None:
            self.kept[key] = answer
            return head + body
        self.lies += 1
        if isinstance(lie, tuple):
            return lie[2] + lie[3]
        length = re.sub(rb"(?im)^content-length: *\d+", b"Content-Length: %d" % len(lie), head)
        return re.sub(rb"(?im)^content-range: [^\r]*", b"Content-Range: bytes 0-%d/%d" % (len(lie) - 1, len(lie)), length) + lie


class Lies:
    """Tells them one after another. Exit status 0 is for controls, and where nothing can be checked and the client says so."""

    def __init__(self, instance, liar):
        self.instance, self.liar, self.count = instance, liar, 0

    def tell(self, what, lie, person, *words, code=TRUST, stdin=""):
        before, self.liar.lie = self.liar.lies, lie
        try:
            done = person.raw(*words, stdin=stdin)
        finally:
            self.liar.lie = None
        expect(self.liar.lies > before, what, ": no lie was told")
        codes = code if isinstance(code, tuple) else (code,)
        is_told = done.returncode == 0 or done.stderr.strip()
        expect(done.returncode in codes and is_told, what, ": exit", done.returncode, done.stderr.decode())
        self.count += 1
        return done

    def fetch(self, what, lie, person, package, code=TRUST):
        folder = self.instance.dir / f"lie-{self.count}"
        self.tell(what, lie, person, "receive", package, "-o", folder, code=code)
        expect(not folder.exists() or not list(folder.iterdir()), what, ": files were written")


def in_json(pattern, change):
    """A lie about JSON answers to GET of paths that match; change alters the object in place."""
    def lie(_method, path, body):
        if not re.fullmatch(pattern, path.split("?")[0]):
            return None
        answer = json.loads(body)
        change(answer)
        return json.dumps(answer).encode()
    return lie


def in_bytes(pattern, change):
    return lambda _m, path, body: change(body) if re.fullmatch(pattern, path) else None


def company_as(keys, epochs=None):
    """All rows of a company show these keys."""
    def change(answer):
        rows = [answer.get("company")] + [i.get("company", i) for i in answer.get("items", [])]
        for row in rows:
            if row and "root" in row:
                row["root"] = b64(keys.root)
                row["epochs"] = epochs(row) if epochs else [b64(keys.epoch)]
    return change


def statement_as(account, number=1):
    def change(answer):
        for row in answer["items"]:
            if row.get("statement"):
                row["statement"] = b64(Keys(account, number=number).statement)
    return change


def lies_about_companies(i, liar, lies, owner, anna, path):
    company = unb64(json.loads(liar.kept[("GET", "/companies/kanzlei")][3])["company"]["root"])[6:22]
    fake = CompanyKeys(company)
    link = owner.cli("invite")["link"]
    otto = i.person("otto@fremd.example", "Otto", "Fremd").register()
    lies.tell("root swapped at first contact by link", in_json("/companies/kanzlei", company_as(fake)), otto, "subscribe", link)
    rows = "/subscriptions|/companies/kanzlei"
    send = ("send", "--to", "kanzlei", path)
    lies.tell("root swapped later", in_json(rows, company_as(fake)), anna, *send)

    def forged(answer):
        for item in answer["items"]:
            item["company"]["epochs"].append(b64(fake.successor().epoch))
    lies.tell("epoch forged", in_json("/subscriptions", forged), anna, *send)
    old = json.loads(liar.kept[("GET", "/subscriptions")][3])["items"][0]["company"]["epochs"]
    owner.cli("member", "renew")
    anna.cli(*send)

    def rolled_back(answer):
        for item in answer["items"]:
            item["company"]["epochs"] = old
    lies.tell("epoch rolled back", in_json("/subscriptions", rolled_back), anna, *send)
    return company


def lies_about_people(i, liar, lies, owner, anna, number, path):
    account = id_bytes(anna.account)
    customers = "/companies/kanzlei/customers"
    lies.tell("customer's key swapped", in_json(customers, statement_as(account)), owner, "send", "--to", number, path)
    lies.tell("password reset claimed", in_json(customers, statement_as(account, 2)), owner, "send", "--to", number, path)
    new = i.person("max@kanzlei.example", "Max", "Neu").register()
    new.cli("member", "join", owner.cli("member", "invite", "--role", "agent")["link"])

    def one_swapped(answer):
        for row in answer["items"]:
            if row.get("account") == new.account:
                row["statement"] = b64(Keys(id_bytes(new.account)).statement)
    lies.tell("keys of one new member swapped", in_json("/companies/kanzlei/members", one_swapped), owner, "member", "confirm")
    owner.cli("member", "confirm")
    return new


def lies_about_members(liar, lies, company, owner, gone):
    members = "/companies/kanzlei/members"
    before = json.loads(liar.kept[("GET", members)][3])["items"]
    row = [r for r in before if r.get("account") == gone.account]
    owner.cli("member", "list")
    shown = [r for r in json.loads(liar.kept[("GET", members)][3])["items"] if r.get("account") == gone.account]
    expect(row and shown, "no such member")

    def swapped_keys(answer):
        for item in answer["items"]:
            if item.get("account") == gone.account:
                item["statement"] = b64(Keys(id_bytes(gone.account), number=2).statement)
    lies.tell("a member's keys swapped at a renewal", in_json(members, swapped_keys), owner, "member", "renew")
    owner.cli("member", "remove", gone.account, "--yes")
    lies.tell("removed member shown again", in_json(members, lambda a: a["items"].append(shown[0])), owner, "member", "renew")
    stranger, fake = Keys(), CompanyKeys(company)
    made = {"account": shown[0]["account"], "role": "agent", "first_name": "M", "last_name": "M",
            "statement": b64(stranger.statement), "certificate": b64(fake.certificate(stranger, AGENT))}
    lies.tell("membership forged", in_json(members, lambda a: a["items"].append(made)), owner, "member", "renew")


def lies_about_codes(liar, lies, company, owner):
    """The company's recovery key: withheld, swapped, an old one; and other keys sealed to the true one."""
    owner.cli("company", "recovery-code")
    owner.cli("company", "recovery-code", "status")
    old = json.loads(liar.kept[("GET", "/memberships")][3])["items"][0]["recovery"]
    code = owner.cli("company", "recovery-code")["recovery_code"]
    fake = CompanyKeys(company)

    def shown(recovery):
        def change(answer):
            for item in answer["items"]:
                item["recovery"] = recovery
        return in_json("/memberships", change)
    for what, recovery in (("withheld", ""), ("swapped", b64(fake.recovery_key().statement)), ("replaced by an old one", old)):
        for words in (("member", "renew"), ("company", "recovery-code", "status")):
            lies.tell(f"recovery key {what}", shown(recovery), owner, *words)
    owner.cli("company", "recovery-code", "status")
    true = json.loads(liar.kept[("GET", "/memberships")][3])["items"][0]["recovery"]
    forged = CompanyKeys(company, recovery=blake("provision/1/company-recovery", unb64(true)[:-64]))
    lies.tell("a forged company behind the true code", in_json("/memberships", company_as(forged)), owner, "company", "recover",
              stdin=code + "\n")
    sealed = b64(bytes(SealedBox(PublicKey(unb64(true)[54:86])).encrypt(b"PVsk" + os.urandom(87))))
    lies.tell("something else sealed to the code", in_json("/companies/kanzlei/recovery", lambda a: a.update(sealed_root=sealed)), owner,
              "company", "recover", stdin=code + "\n")
    done = owner.raw("company", "recover", stdin=code + "\n")
    expect(done.returncode == 0, "control: the true keys were not taken", done)


def chunks(body):
    return [body[n:n + CHUNK] for n in range(0, 3 * CHUNK, CHUNK)], body[3 * CHUNK:]


def swapped(body):
    (a, b, c), rest = chunks(body)
    return b + a + c + rest


def repeated(body):
    (a, _, c), rest = chunks(body)
    return a + a + c + rest


def flipped(body, at=CHUNK + 5000):
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]


def lies_about_packages(i, liar, lies, owner, anna, number):
    big, small = i.dir / "drei.bin", i.dir / "klein.txt"
    big.write_bytes(os.urandom(3 << 20))
    small.write_text("Grüße")
    package = owner.cli("send", "--to", number, big, small)["package"]
    other = owner.cli("send", "--to", number, small)["package"]
    anna.cli("receive", other, "-o", i.dir / "other")
    kept = {part: liar.kept[("GET", f"/packages/{other}{part}")] for part in ("", "/seal", "/manifest", "/body", "/files/0")}
    at = f"/packages/{package}"
    body = re.escape(at + "/body")
    for what, change in (("chunk changed", flipped), ("chunks swapped", swapped), ("chunk repeated", repeated),
                         ("padding changed", lambda b: flipped(b, len(b) - 1)), ("end cut", lambda b: b[:-1]),
                         ("bytes appended", lambda b: b + b"x")):
        lies.fetch(what, in_bytes(body, change), anna, package, (DAMAGED, TRUST))
    for part in ("/seal", "/manifest"):
        lies.fetch(f"{part[1:]} of another package", lambda m, p, b, part=part: kept[part] if p == at + part else None, anna, package,
                   (DAMAGED, TRUST))
        lies.fetch(f"{part[1:]} changed", in_bytes(re.escape(at + part), lambda b: flipped(b, len(b) // 2)), anna, package,
                   (DAMAGED, TRUST))

    def header(answer):
        answer["header"] = json.loads(kept[""][3])["header"]
    lies.fetch("header of another package", in_json(re.escape(at), header), anna, package, (DAMAGED, TRUST))

    def named(answer):
        answer["files"][0]["path"] = b64(b"anders.bin")
    lies.fetch("another name in the record", in_json(re.escape(at) + "/files/0", named), anna, package)

    def fewer(answer):
        answer["files"].pop()
    lies.fetch("a file missing in the record", in_json(re.escape(at) + "/files/0", fewer), anna, package)
    replay = {f"/packages/{other}{part}": answer for part, answer in kept.items()}
    lies.fetch("old package again", lambda m, p, b: replay.get(p.split("?")[0]), anna, other)
    anna.cli("receive", package, "-o", i.dir / "good")
    expect((i.dir / "good" / "drei.bin").read_bytes() == big.read_bytes(), "the true package came out different")


def pages_as(items):
    """No page with the root of the pin store, and these where pages are asked for; None: a conflict."""
    def lie(_method, path, body):
        if path == "/account/pins":
            return json.dumps({k: v for k, v in json.loads(body).items() if k != "pin_page"}).encode()
        if not path.startswith("/account/pins/pages?"):
            return None
        if items is None:
            problem = json.dumps({"type": "urn:provision:problem:conflict", "title": "Conflict", "status": 409}).encode()
            head = b"HTTP/1.1 409 Conflict\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\n\r\n" % len(problem)
            return None, None, head, problem
        return json.dumps({"items": items}).encode()
    return lie


def lies_about_pages(liar, lies, owner, number):
    """A pin store of many pages."""
    run(pathlib.Path(os.environ["TOOLS"]) / "pin_crowd", "add", 1500, env=owner.environment)
    pages = "/account/pins/pages"
    fingerprint = owner.cli("keys", "show", number)["fingerprint"]
    old = json.loads(liar.kept[("GET", pages)][3])["items"]
    owner.cli("keys", "verify", number, fingerprint)
    show = ("keys", "show", number)
    lies.tell("old page among many", in_json(pages, lambda a: a.update(items=old)), owner, *show)
    owner.cli("keys")
    others = [p["page"] for p in json.loads(liar.kept[("GET", pages)][3])["items"] if p["at"] != old[0]["at"]]
    lies.tell("pages swapped", in_json(pages, lambda a: a["items"][0].update(page=others[0])), owner, *show)
    lies.tell("a page missing in the list of keys", in_json(pages, lambda a: a["items"].pop()), owner, "keys")
    lies.tell("control: all pages", in_json(pages, lambda a: None), owner, "keys", code=0)


def lies_about_accounts(liar, lies, anna, path):
    anna.cli("keys", "accept", "kanzlei", anna.cli("companies")[0]["fingerprint"])
    send = ("send", "--to", "kanzlei", path)
    for person_first in (1, 2):
        expect(anna.raw(*send).returncode == 0, "sending", person_first)
    old, present = (json.loads(body) for body in (anna.old_pins, liar.kept[("GET", "/account/pins")][3]))
    expect(present["pin_page"] and present["version"] > old["version"], "the pins have not changed")

    def pins(**changes):
        return in_json("/account/pins", lambda answer: answer.update(changes))
    lies.tell("old pin store", pins(**old), anna, *send)
    lies.tell("old pin store with the present version", pins(**{**old, "version": present["version"]}), anna, *send)
    lies.tell("empty pin store", pins(pins=""), anna, *send, code=(DAMAGED, TRUST))
    lies.tell("old page of the pin store under the present root", pins(pin_page=old["pin_page"]), anna, *send)
    lies.tell("page of the pin store changed", pins(pin_page=b64(flipped(unb64(present["pin_page"]), 40))), anna, *send)
    lies.tell("root of the pin store instead of its page", pins(pin_page=present["pins"]), anna, *send)
    only = {"at": 0, "page": present["pin_page"]}
    for what, items in (("old page", [{**only, "page": old["pin_page"]}]), ("page missing", []), ("page of another place", [{**only, "at": 1}])):
        lies.tell(what + " when it is asked for", pages_as(items), anna, *send)
        lies.tell(what + " in the list of keys", pages_as(items), anna, "keys")
    lies.tell("pin store said to change all the time", pages_as(None), anna, *send, code=TEMPORARY)
    lies.tell("control: the page when it is asked for", pages_as([only]), anna, *send, code=0)
    anna.cli("logout")
    login = ("login", "--email", anna.address)
    for field, value in (("memory_kib", 8), ("passes", 1), ("memory_kib", 1 << 22)):
        lies.tell(f"password cost {field} {value}", in_json("/login-parameters", lambda a, f=field, v=value: a.update({f: v})), anna,
                  *login, stdin=anna.password + "\n", code=(DAMAGED, TRUST))
    lies.tell("salt chosen", in_json("/login-parameters", lambda a: a.update(salt=b64(bytes(16)))), anna, *login,
              stdin=anna.password + "\n", code=LOGIN)

    def other_keys(answer):
        answer["wrapped_keys"] = b64(b"PVaw\0\1\1" + os.urandom(104))
    lies.tell("wrapped keys swapped", in_json("/sessions", other_keys), anna, *login, stdin=anna.password + "\n",
              code=(DAMAGED, TRUST))


def test():
    with Instance("hostile") as i:
        liar = Liar(i)
        i.url = liar.url
        try:
            lies = Lies(i, liar)
            owner = i.person("eva@kanzlei.example", "Eva", "Müller").register()
            anna = i.person("anna@kunde.example").register()
            i.company("kanzlei", owner)
            path = i.dir / "brief.txt"
            path.write_text("Grüße")
            number = i.subscribe(anna, "kanzlei", owner)
            anna.cli("send", "--to", "kanzlei", path)
            anna.old_pins = liar.kept[("GET", "/account/pins")][3]
            company = lies_about_companies(i, liar, lies, owner, anna, path)
            gone = lies_about_people(i, liar, lies, owner, anna, number, path)
            lies_about_members(liar, lies, company, owner, gone)
            lies_about_codes(liar, lies, company, owner)
            lies_about_packages(i, liar, lies, owner, anna, number)
            lies_about_pages(liar, lies, owner, number)
            lies_about_accounts(liar, lies, anna, path)
            expect(lies.count >= 55, "only", lies.count, "lies were told")
            print(lies.count, "lies, each stopped")
        finally:
            liar.stop()


if __name__ == "__main__":
    main(test)
