#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""E3, A9, B4, A13, E5 from the command line: reset, deletion and the end of a subscription, by the person and by the operator. What
goes for whom, what stays, what the other side still sees, and receipts that a third person can check."""

import base64
import json
import subprocess

from instance import BUILD, Instance, expect, main, text_of, wait_for

STRANGER = "erika@kunde.example"


def converse(instance, customer, number, staff):
    """Texts and packages both ways: one received, one waiting."""
    path = instance.dir / f"{customer.last}.pdf"
    path.write_text("Inhalt")
    customer.cli("say", "--to", "kanzlei", f"Guten Tag, hier schreibt {customer.last}")
    staff.cli("say", "--to", number, f"Guten Tag, {customer.last}")
    customer.cli("send", "--to", "kanzlei", "--comment", f"Kommentar von {customer.last}", path)
    package = staff.cli("send", "--to", number, path)["package"]
    customer.cli("receive", package, "-o", instance.dir / f"got-{customer.last}")


def verify(person, path, *words):
    return person.raw("verify-receipt", *words, path, "--json")


def check_receipt(person, stranger, path, answer):
    """What is printed is what the file proves, for anybody; a changed copy proves nothing."""
    proved = json.loads(verify(stranger, path).stdout)
    expect(proved.pop("known") == "" and all(proved[k] == answer[k] for k in proved), "proved is", proved, "not", answer)
    text = path.read_text()
    lines = text.splitlines()
    data = bytearray(base64.urlsafe_b64decode("".join(lines[1:-1]) + "=="))
    bad = path.with_suffix(".bad")
    for at in range(0, len(data), 7):
        data[at] ^= 4
        spoiled = base64.urlsafe_b64encode(bytes(data)).decode().rstrip("=")
        bad.write_text("\n".join([lines[0], spoiled, lines[-1]]))
        done = verify(stranger, bad)
        expect(done.returncode != 0 and b"proves nothing" in done.stderr or b"newer" in done.stderr, "byte", at, "changed:", done.stderr)
        data[at] ^= 4
    for spoiled in (text[:200], text.replace("BEGIN", "BEGUN"), ""):
        bad.write_text(spoiled)
        expect(verify(stranger, bad).returncode != 0, "taken:", spoiled)
    expect(verify(person, path, "--known").returncode == 0, "the key is not the known one")


def check_mail(instance, stranger, address, answer, language):
    """The same receipt comes by mail, and a saved mail does for a file."""
    def look():
        return [m for m in instance.mailbox.to(address) if "ERASURE RECEIPT" in text_of(m)]
    mail = wait_for(15, "the receipt by mail", look)[-1]
    path = instance.dir / "saved.eml"
    path.write_bytes(bytes(mail))
    proved = json.loads(verify(stranger, path).stdout)
    expect(proved["receipt"] == answer["receipt"], "the mail has", proved)
    expect(language in text_of(mail), "the mail says", text_of(mail))
    return mail


def seen_by(staff):
    """Everything the company's command line shows."""
    shown = [staff.raw(*words, "--json").stdout.decode() for words in (
        ["customers"], ["inbox"], ["inbox", "--sent"], ["member", "list"], ["invite", "list"], ["keys"], ["companies"])]
    for row in staff.cli("customers"):
        shown.append(staff.raw("history", "--with", row["number"], "--json").stdout.decode())
    return "\n".join(shown)


def expect_unseen(instance, staff, words, mails_before):
    shown = seen_by(staff)
    for word in words:
        expect(word not in shown, word, "is still shown to the company:", shown)
    for mail in instance.mailbox.mails[mails_before:]:
        if "kontakt@kanzlei.example" in mail.recipients or staff.address in mail.recipients:
            for word in words:
                expect(word not in text_of(mail) + str(mail["Subject"]), word, "is in a mail to the company:", text_of(mail))


def told(instance, number, since):
    """The one notice that the company gets, by the number alone."""
    def look():
        return [m for m in instance.mailbox.mails[since:] if "kontakt@kanzlei.example" in m.recipients and number in str(m["Subject"])]
    return wait_for(15, "the notice to the company", look)


def refusals(instance, owner, customer):
    done = customer.raw("reset", "--json", stdin=customer.password + "\n")
    expect(done.returncode == 64, "not asked:", done.returncode, done.stderr)
    done = customer.raw("reset", "--yes", stdin="falsch\n")
    expect(done.returncode == 77 and b"password is wrong" in done.stderr, "a wrong password:", done.returncode, done.stderr)
    out = instance.dir / "there"
    out.write_text("already")
    done = customer.raw("reset", "--yes", "-o", out, stdin=customer.password + "\n")
    expect(done.returncode != 0 and out.read_text() == "already", "a file was replaced:", done.stderr)
    for verb in ("reset", "delete-account"):
        done = owner.raw(verb, "--yes", stdin=owner.password + "\n")
        expect(done.returncode == 65 and b"last owner" in done.stderr, "the last owner:", done.returncode, done.stderr)
    expect(len(customer.cli("history", "--with", "kanzlei")) > 0, "something was erased")


def reset(instance, owner, anna, number, stranger):
    path, before = instance.dir / "anna.receipt", len(instance.mailbox.mails)
    answer = anna.cli("reset", "--yes", "-o", path, stdin=anna.password + "\n")
    expect(answer["erased"] == "reset" and answer["complete"] and answer["asked_by"] == "person", "receipt", answer)
    expect(answer["gone"] == {"subscriptions": 1, "entries": 5, "packages": 2}, "gone", answer["gone"])
    expect(answer["subject"] == anna.account and answer["stays"] == [], "receipt", answer)
    # the account stays as it was, and can begin anew
    expect(anna.cli("profile")["last_name"] == "Schmidt", "the profile is gone")
    expect([c["state"] for c in anna.cli("companies")] == ["none"] and anna.cli("inbox") == [], "not ended")
    check_receipt(anna, stranger, path, {k: v for k, v in answer.items() if k != "written"})
    expect(not [f for f in anna.home.iterdir() if f.name.startswith(("seen-", "sending-", "package-"))], "kept here:", list(anna.home.iterdir()))
    told(instance, number, before)
    expect_unseen(instance, owner, ["Schmidt", "anna@"], before)
    check_mail(instance, stranger, anna.address, answer, "zurückgesetzt")
    anna.cli("logout")
    anna.cli("login", "--email", anna.address, stdin=anna.password + "\n")
    expect([k["kind"] for k in anna.cli("keys")] == ["account", "server"], "known keys:", anna.cli("keys"))
    fresh = instance.subscribe(anna, "kanzlei", owner)
    expect(fresh != number, "the same number again")
    expect(len(anna.cli("history", "--with", "kanzlei")) == 1, "something came back")
    return fresh


def delete(instance, owner, emil, number, stranger):
    path, before = instance.dir / "emil.receipt", len(instance.mailbox.mails)
    answer = emil.cli("delete-account", "--yes", "-o", path, stdin=emil.password + "\n")
    expect(answer["erased"] == "account deleted" and answer["gone"]["accounts"] == 1, "receipt", answer)
    expect({s["what"].split()[0] for s in answer["stays"]} == {"address", "hash"}, "stays", answer["stays"])
    told(instance, number, before)
    expect_unseen(instance, owner, ["Endres", "emil@"], before)
    check_mail(instance, stranger, emil.address, answer, "letzte Mail")
    expect(emil.raw("profile").returncode != 0, "still logged in")
    done = emil.raw("login", "--email", emil.address, stdin=emil.password + "\n")
    expect(done.returncode != 0, "logged in to nothing")
    # address and folder are free
    emil.register()
    expect([c["state"] for c in emil.cli("companies")] == ["none"], "remembers")


def member(instance, owner, agent, customer, number):
    """What a member wrote for the company stays, by a former member (E3)."""
    agent.cli("say", "--to", number, "im Namen der Kanzlei")
    answer = agent.cli("delete-account", "--yes", stdin=agent.password + "\n")
    expect(answer["gone"]["memberships"] == 1, "receipt", answer)
    entry = customer.cli("history", "--with", "kanzlei")[-1]
    expect(entry["text"] == "im Namen der Kanzlei" and "Jan" not in json.dumps(entry), "the customer sees", entry)
    expect("Jansen" not in seen_by(owner), "the company sees the name")


def end(instance, owner, customer, number, stranger):
    """B4, from the company's side."""
    path = instance.dir / "end.receipt"
    answer = owner.cli("unsubscribe", number, "--yes", "-o", path)
    expect(answer["erased"] == "subscription ended" and answer["gone"]["subscriptions"] == 1, "receipt", answer)
    expect(json.loads(verify(stranger, path).stdout)["receipt"] == answer["receipt"], "the file is another")
    expect([c["state"] for c in customer.cli("companies")] == ["none"], "not ended")


def operate(instance, owner, customer):
    """A13: by the operator, in the place of a person who cannot log in."""
    number = instance.subscribe(customer, "kanzlei", owner)
    answer = instance.ctl("account", "reset", "--yes", customer.address)
    expect(answer["asked_by"] == "operator" and answer["gone"]["subscriptions"] == 1, "receipt", answer)
    expect(number not in seen_by(owner), "not ended")
    expect(customer.cli("profile")["last_name"] == "Schmidt", "the account is gone")
    answer = instance.ctl("account", "delete", "--yes", customer.address)
    expect(answer["erased"] == "account deleted", "receipt", answer)
    expect(customer.raw("profile").returncode != 0, "still there")
    done = subprocess.run([str(BUILD / "provisionctl"), "-c", str(instance.conf), "account", "delete", "--yes", owner.address],
                          capture_output=True, check=False)
    expect(done.returncode == 65 and b"last owner" in done.stderr, "the last owner:", done.returncode, done.stderr)
    expect("account-deleted" in instance.log.read_text(), "not logged")


def test():
    with Instance("reset") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        agent = instance.person("jan@kanzlei.example", "Jan", "Jansen").register()
        anna = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        emil = instance.person("emil@kunde.example", "Emil", "Endres").register()
        stranger = instance.person(STRANGER, "Erika", "Fremd")
        for person in (anna, emil):
            person.cli("profile", "--locale", "de")
        instance.company("kanzlei", owner)
        owner.admit(agent)
        numbers = [instance.subscribe(person, "kanzlei", owner) for person in (anna, emil)]
        for person, number in zip((anna, emil), numbers):
            converse(instance, person, number, owner)
        refusals(instance, owner, anna)
        fresh = reset(instance, owner, anna, numbers[0], stranger)
        delete(instance, owner, emil, numbers[1], stranger)
        member(instance, owner, agent, anna, fresh)
        end(instance, owner, anna, fresh, stranger)
        operate(instance, owner, anna)
        wait_for(20, "the spool to be empty", lambda: not instance.spool_files())


main(test)
