#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A12: everything that is held about a person, in one call: a canary in every field of a customer, another customer and a member; all of one's own
are in the export, none of another's beyond what conversations show; packages that wait lie in it as they lie on the disk."""

import json

from archives import Archive, described, expect_all_used, left_behind
from instance import Instance, expect, main, wait_for
from wire import ask, token_of

UUID = "canary"


def canary(who, what):
    return f"{who}-{what}-{UUID}"


class Subject:
    """Somebody whose every field says whose and what it is."""

    def __init__(self, instance, who):
        self.who = who
        self.person = instance.person(f"{canary(who, 'mail')}@kunde.example", canary(who, "vor"), canary(who, "nach"),
                                      canary(who, "firma")).register()
        self.token = token_of(instance, self.person)

    def all(self, *whats):
        return [canary(self.who, w) for w in whats]


def call(instance, token, method, path, body=None, agent="x"):
    status, _, answer = ask(instance, method, "/api/v1" + path, body, token=token, headers={"User-Agent": agent})
    expect(status < 300, method, path, "answered", status, answer)
    return json.loads(answer) if answer else None


def file_of(instance, name):
    path = instance.dir / f"{name}.txt"
    path.write_text("Inhalt von " + name)
    return path


def correspond(instance, s, slug, staff):
    """A customer's part; each text, comment, file name and user agent is a canary."""
    subscription = call(instance, s.token, "GET", "/subscriptions")["items"][0]["subscription"]
    call(instance, s.token, "POST", f"/subscriptions/{subscription}/messages",
         {"message": ("abcdefghijklmnopqrstuvwxy" if s.who == "anna" else "yxwvutsrqponmlkjihgfedcba") + "a", "as_company": False,
          "text": canary(s.who, "text")}, agent=canary(s.who, "agent"))
    gone = s.person.cli("say", "--to", slug, canary(s.who, "gelöscht"))["seq"]
    s.person.raw("delete", "--with", slug, str(gone), "--yes")
    sent = s.person.cli("send", "--to", slug, "--comment", canary(s.who, "kommentar"), file_of(instance, canary(s.who, "datei")))
    staff.person.cli("receive", sent["package"], "-o", instance.dir / f"got-{s.who}")
    s.person.cli("send", "--to", slug, file_of(instance, canary(s.who, "wartet")))
    taken = s.person.cli("send", "--to", slug, file_of(instance, canary(s.who, "zurück")))["package"]
    s.person.cli("withdraw", taken, "--yes")
    number = call(instance, s.token, "GET", "/subscriptions")["items"][0]["number"]
    staff.person.cli("say", "--to", number, canary(s.who, "antwort"))
    staff.person.cli("send", "--to", number, "--comment", canary(s.who, "antwortkommentar"), file_of(instance, canary(s.who, "fürsie")))
    return number


def prepare(instance, s):
    """What is kept of an account beside its conversations."""
    s.person.cli("app-password", "add", canary(s.who, "programm"), stdin=s.person.password + "\n")
    call(instance, s.token, "POST", "/account/addresses", {"email": f"{canary(s.who, 'neu')}@kunde.example"})
    status, _, answer = ask(instance, "POST", "/api/v1/resets", {"email": s.person.address})
    expect(status == 202, "reset:", status, answer)
    stranger = instance.person(s.person.address, canary("fremd", "vor"), canary("fremd", "nach"))
    stranger.environment["PROVISION_HOME"] = str(instance.dir / f"home-fremd-{s.who}")
    stranger.cli("register", "--email", s.person.address, "--first-name", canary("fremd", "vor"), "--last-name", canary("fremd", "nach"),
                 stdin=stranger.password + "\n")
    call(instance, s.token, "POST", "/support-requests", {"text": canary(s.who, "frage")})
    # a mail that waits
    s.person.cli("profile", "--quiet-hours", "00:00-23:59")


OWN = ("mail", "vor", "nach", "firma", "programm", "neu", "text", "kommentar", "datei", "wartet", "agent", "antwort", "antwortkommentar", "fürsie", "frage")


def export(s, instance, *options):
    path = instance.dir / f"{s.who}.tar"
    path.unlink(missing_ok=True)
    s.person.cli("export", "-o", path, *options)
    return Archive(path)


def customers(instance, anna, otto, eva):
    a, b = export(anna, instance), export(otto, instance)
    for own, other, archive in ((anna, otto, a), (otto, anna, b)):
        for word in own.all(*OWN):
            expect(archive.has(word), word, "is not in the export")
        # nothing of another customer, nothing of who registers with that address, nothing that was taken back
        for word in (other.who, canary("fremd", ""), canary(own.who, "gelöscht"), "Inhalt von"):
            expect(not archive.has(word.removesuffix(UUID)), word, "stands in", archive.has(word))
        # of the company's people the names under what they wrote, nothing else
        for word in eva.all("mail", "firma", "programm", "neu", "agent"):
            expect(not archive.has(word), word, "stands in", archive.has(word))
        shown = {n.split("/")[-1] for n in archive.has(canary("eva", "vor")) if not n.endswith(".eml")}
        expect(shown - {"seal"} == {"entries.json"}, "the owner's name stands in", shown)      # a seal has the certificate
        for e in archive.entries("kanzlei"):
            expect("address" not in e or e["own"], "from where somebody else wrote:", e)
        texts = [e for e in archive.entries("kanzlei") if e["own"] and e["kind"] == "text"]
        expect(texts and all(e["address"] == "127.0.0.1" for e in texts), "provenance of", texts)
        expect(archive.json("account.json")["email"] == own.person.address, "account", archive.json("account.json"))
        expect(len(archive.items("sessions.json")) == 2, "sessions", archive.items("sessions.json"))
        kinds = {h["kind"] for h in archive.items("held.json")}
        expect({"usage", "registration", "reset", "address-change", "mail"} <= kinds, "held are", kinds)
        expect(not kinds & {"text", "package", "receipt", "membership", "read"}, "held are", kinds)
        state = {e["package"]["state"]: e for e in archive.entries("kanzlei") if e["kind"] == "package" and e["own"]}
        expect("receipt" in state["received"]["word"] and "receipt" not in state["waiting"]["word"], "words", state)
    return a


def waiting(instance, anna, a):
    """Byte by byte as on the disk; and left out on demand."""
    incoming = [e["package"] for e in a.entries("kanzlei") if e["kind"] == "package" and not e["own"]]
    expect(len(incoming) == 1 and incoming[0]["state"] == "waiting", "incoming", incoming)
    folder = f"packages/{incoming[0]['package']}"
    parts = {n.split("/")[-1]: a.files[n] for n in a.names if n.startswith("packages/")}
    expect(set(parts) == {"header", "manifest", "body", "seal"} and all(n.startswith(folder) for n in a.names if n.startswith("packages/")),
           "packages", [n for n in a.names if n.startswith("packages/")])
    stored = {p.read_bytes() for p in instance.spool_files()}
    expect({parts["manifest"], parts["body"], parts["seal"]} <= stored, "not as they lie on the disk")
    b = export(anna, instance, "--without-packages")
    expect(not [n for n in b.names if n.startswith("packages/")], "packages although they were left out")
    # it still can be received
    anna.person.cli("receive", incoming[0]["package"], "-o", instance.dir / "danach")


def member(instance, eva, jan, anna, otto):
    """Of what a member does for the company only that, when and from where."""
    for s in (eva, jan):
        a = export(s, instance)
        for word in s.all("mail", "vor", "nach", "firma", "programm", "neu"):
            expect(a.has(word), word, "is not in the export")
        for other in (anna, otto):
            number = call(instance, other.token, "GET", "/subscriptions")["items"][0]["number"]
            expect(not a.has(other.who + "-") and not a.has(number), "of a customer stands in", a.has(other.who + "-"), a.has(number))
        held = [h for h in a.items("held.json") if h["kind"] in ("text", "package", "receipt")]
        expect(all(h["slug"] == "kanzlei" and h["time"] for h in held), "held", held)
        count = {k: len([h for h in held if h["kind"] == k]) for k in ("text", "package", "receipt")}
        expect(count == ({"text": 2, "package": 2, "receipt": 2} if s is eva else {"text": 0, "package": 0, "receipt": 0}), s.who, "did", count)
        expect(all(h["address"] == "127.0.0.1" and h["user_agent"] for h in held if h["kind"] != "receipt"), "from where", held)
        expect({m["role"] for m in a.items("memberships.json")} == {"owner" if s is eva else "agent"}, a.items("memberships.json"))
        expect([h["time"] for h in a.items("held.json") if h["kind"] == "membership"], "since when", a.items("held.json"))
    expect([h for h in export(eva, instance).items("held.json") if h["kind"] == "read"], "how far it was read")
    expect(export(jan, instance).json("totp.json") == {"on": False, "backup_codes": 0}, "a second factor")


def by_the_operator(instance, anna, eva):
    """The same without keys and contents, and the log says so."""
    own = export(anna, instance, "--without-packages")
    path = instance.dir / "operator.tar"
    instance.ctl("account", "export", anna.person.address, "-o", path)
    a = Archive(path)
    expect(set(own.names) - set(a.names) == {"pins.json"} and set(a.names) <= set(own.names), "differ:", set(own.names) ^ set(a.names))
    for name in ("account.json", "app-passwords.json", "totp.json", "memberships.json", "support.json", "subscriptions.json",
                 "conversations/kanzlei/entries.json"):
        expect(a.json(name) == own.json(name), name, "is another for the operator")
    expect(not any(s["current"] for s in a.items("sessions.json")), "whose session?")
    logged = [line for line in instance.log.read_text().splitlines() if "account-exported" in line]
    expect(len(logged) == 1 and anna.person.account in logged[0], "the log says", logged)
    by_id = instance.ctl("account", "export", eva.person.account, "-o", instance.dir)
    expect(Archive(by_id["archive"]).items("memberships.json")[0]["role"] == "owner", "by its id", by_id)


def refused(instance, anna):
    path = instance.dir / "anna.tar"
    before = path.read_bytes()
    expect(anna.person.raw("export", "-o", path).returncode == 73 and path.read_bytes() == before, "replaced a file")
    anna.person.cli("logout")
    expect(anna.person.raw("export", "-o", instance.dir / "nie.tar").returncode == 77, "without a login")
    expect(not (instance.dir / "nie.tar").exists() and not left_behind(instance.dir), "something is left")


def test():
    with Instance("export") as instance:
        eva, jan, anna, otto = (Subject(instance, who) for who in ("eva", "jan", "anna", "otto"))
        instance.company("kanzlei", eva.person)
        eva.person.admit(jan.person)
        for s in (anna, otto):
            instance.subscribe(s.person, "kanzlei", eva.person)
        for s in (eva, jan, anna, otto):
            prepare(instance, s)
        for s in (anna, otto):
            correspond(instance, s, "kanzlei", eva)
        eva.person.cli("history", "--with", eva.person.cli("customers")[0]["number"])
        wait_for(10, "the notices", lambda: len(instance.ctl("queue", "list")) >= 2)
        waiting(instance, anna, customers(instance, anna, otto, eva))
        member(instance, eva, jan, anna, otto)
        by_the_operator(instance, anna, eva)
        refused(instance, anna)
        expect_all_used([n for n in described() if n not in ("company.json", "customers.json")], "former_roots", "since", "answered", "answer")


main(test)
