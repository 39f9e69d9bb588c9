#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A4 to A7: a password is changed and all other sessions end; sessions are seen and ended; a forgotten password is replaced with
the recovery code, and without it: then what waited is lost, its sender is told, and nobody sends before the new key is accepted."""

import json
import subprocess

from instance import Instance, expect, instance_program, main, text_of, wait_for

NEW = "neun gelbe Fahrräder im Schuppen"


def mail(instance, person, count, words):
    text = " ".join(text_of(instance.mailbox.wait(person.address, count)).split())
    expect(words in text, "the mail does not say", words, "but", text)
    return text


def elsewhere(instance, person):
    """The same person at another machine."""
    other = instance.person(person.address, person.first, person.last, password=person.password)
    other.home = instance.dir / (person.home.name + "-2")
    other.home.mkdir(mode=0o700, exist_ok=True)
    other.environment["PROVISION_HOME"] = str(other.home)
    return other


def login(person, *codes):
    return person.raw("login", "--email", person.address, stdin="\n".join([person.password, *codes]) + "\n")


def sessions(instance, anna, other):
    expect(login(other).returncode == 0, "no login at another machine")
    rows = anna.cli("sessions")
    expect([r["this_one"] for r in rows] == [True, False] and rows[1]["address"] == "127.0.0.1", "sessions", rows)
    expect(all("provision/" in r["user_agent"] for r in rows), "user agents", rows)
    anna.cli("sessions", "end", rows[1]["session"])
    expect(other.raw("inbox").returncode == 77, "an ended session is good")
    expect(anna.raw("sessions", "end", rows[1]["session"]).returncode == 66, "ended twice")
    expect(login(other).returncode == 0, "no login again")
    anna.cli("sessions", "end-others")
    expect(other.raw("inbox").returncode == 77 and len(anna.cli("sessions")) == 1, "others are not ended")


def password(instance, anna, other):
    expect(login(other).returncode == 0, "no login")
    wrong = anna.raw("password", stdin="falsch wie nie zuvor\n" + NEW + "\n")
    expect(wrong.returncode == 77 and b"password is wrong" in wrong.stderr, "a wrong password", wrong)
    weak = anna.raw("password", stdin=anna.password + "\nanna1234\n")
    expect(weak.returncode == 65, "a weak password", weak)
    expect(other.raw("inbox").returncode == 0, "ended by nothing")
    anna.cli("password", stdin=anna.password + "\n" + NEW + "\n")
    mail(instance, anna, 2, "Your password for Provision Test has just been changed")
    expect(anna.cli("inbox") == [] and other.raw("inbox").returncode == 77, "other sessions go on")
    expect(login(other).returncode == 77, "the old password is good")
    anna.password = other.password = NEW
    expect(login(other).returncode == 0, "the new password is not good", login(other).stderr)


def recovery(instance, anna, other):
    expect(anna.raw("recovery-code", "check", stdin="AAAA\n").returncode == 65, "no code was taken")
    wrong = anna.raw("recovery-code", "check", stdin="BXAJXGU7PVQFYQP2MZKHMZDXYXAX\n")
    expect(wrong.returncode != 0, "another code was taken", wrong)
    expect(b"recovery-code check" in login(other).stderr, "a login does not remind of the recovery code")
    anna.cli("recovery-code", "check", stdin=anna.recovery_code + "\n")
    expect(b"recovery-code check" not in login(other).stderr, "a login still reminds of the recovery code")
    # forgotten: the keys stay
    before = anna.cli("login", "--email", anna.address, stdin=anna.password + "\n")["fingerprint"]
    old, anna.password = anna.recovery_code, "zehn blaue Boote am Steg"
    answer = anna.cli("recover", "--email", anna.address, stdin=old + "\n" + anna.password + "\n")
    expect(answer["fingerprint"] == before and answer["recovery_code"] != old, "recovered", answer)
    anna.recovery_code, other.password = answer["recovery_code"], anna.password
    expect(other.raw("inbox").returncode == 77 and login(other).returncode == 0, "sessions after the recovery")
    again = anna.raw("recover", "--email", anna.address, stdin=old + "\nelf neue Wörter hier\n")
    nobody = anna.raw("recover", "--email", "niemand@kunde.example", stdin=old + "\nelf neue Wörter hier\n")
    expect(again.returncode == 77 and again.stderr == nobody.stderr, "a used code", again, nobody)
    mail(instance, anna, 3, "has just been changed")


def profile(instance, anna, other):
    row = anna.cli("profile", "--last-name", "Schmidt-Ö", "--no-company-name", "--locale", "de")
    expect((row["first_name"], row["last_name"], row["company_name"], row["locale"]) == ("Anna", "Schmidt-Ö", "", "de"), "profile", row)
    anna.cli("profile", "--last-name", "Schmidt", "--locale", "en")
    expect((row["notices"], row["quiet_hours"]) == ("link", "none"), "notices", row)
    row = anna.cli("profile", "--notices", "none", "--quiet-hours", "22:30-07:05")
    expect((row["notices"], row["quiet_hours"]) == ("none", "22:30-07:05"), "notices", row)
    for choice in ("text", "link"):
        row = anna.cli("profile", "--notices", choice)
        expect((row["notices"], row["quiet_hours"]) == (choice, "22:30-07:05"), "notices", row)
    anna.cli("profile", "--quiet-hours", "none")
    for wrong in ("24:00-07:00", "22:00-07:60", "22:00", "07:00-07:00", "7:00-8:00", ""):
        expect(anna.raw("profile", "--quiet-hours", wrong).returncode == 64, "quiet hours", wrong)
    expect(anna.raw("profile", "--notices", "all").returncode == 64, "notices that do not exist")
    # a new address: a code to it, the password, a notice to the old one
    old, new = anna.address, "anna@neu.example"
    before = len(instance.mailbox.to(old))
    expect(login(other).returncode == 0, "no login")
    words = [str(instance_program("provision")), "profile", "--json", "--email", new]
    with subprocess.Popen(words, env=anna.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as running:
        code = instance.mailbox.code(new)
        out, errors = running.communicate(f"{code}\n{anna.password}\n", timeout=60)
        expect(running.returncode == 0 and json.loads(out)["email"] == new, "no new address:", out, errors)
    mail(instance, anna, before + 1, "now has another e-mail address")
    expect(other.raw("inbox").returncode == 77 and login(other).returncode == 77, "the old address is good")
    anna.address = other.address = new
    expect(login(other).returncode == 0 and anna.cli("inbox") == [], "the new address is not good")
    # one that has an account: nothing tells, and no mail
    otto = instance.person("otto@fremd.example", "Otto", "Fremd").register()
    taken = anna.raw("profile", "--email", otto.address, stdin="AAAA-AAAA\n" + anna.password + "\n")
    free = anna.raw("profile", "--email", "nina@fremd.example", stdin="AAAA-AAAA\n" + anna.password + "\n")
    expect(taken.returncode == free.returncode == 66 and taken.stderr == free.stderr.replace(b"nina", b"otto"), "told apart", taken, free)
    expect(len(instance.mailbox.to(otto.address)) == 1, "a mail to somebody who has an account")


def lost(instance, anna):
    owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
    instance.company("kanzlei", owner)
    number = instance.subscribe(anna, "kanzlei", owner)
    path = instance.dir / "brief.txt"
    path.write_text("Grüße")
    first = owner.cli("send", "--to", number, path)["package"]
    sent = anna.cli("send", "--to", "kanzlei", path)["package"]
    before = anna.cli("login", "--email", anna.address, stdin=anna.password + "\n")["fingerprint"]
    answer = anna.lose("zwölf graue Gänse im Nebel")
    expect(answer["fingerprint"] != before, "the same keys", answer)
    text = " ".join(text_of(wait_for(60, "the sender to be told", lambda: again_mail(instance))).split())
    expect("Anna Schmidt" in text, "send again says", text)
    expect(anna.raw("receive", first, "-o", instance.dir / "old").returncode != 0, "received with other keys")
    # both sides read it in the conversation, once
    for side, other in ((owner, number), (anna, "kanzlei")):
        noted = [e["event"] for e in side.cli("history", "--with", other) if e["kind"] == "system"]
        expect(noted == ["accepted", "customer-key"], "the events are", noted)
    states = {r["package"]: r["state"] for r in owner.cli("inbox", "--sent")}
    expect(states == {first: "unreadable"}, "the sender sees", states)
    # what the person sent before is still good; what is sent now waits until the new key is accepted
    stopped = owner.raw("receive", sent, "-o", instance.dir / "got")
    expect(stopped.returncode == 76 and b"has changed" in stopped.stderr, "a changed key was taken", stopped)
    stopped = owner.raw("send", "--to", number, path)
    expect(stopped.returncode == 76 and b"keys accept" in stopped.stderr, "sent to a changed key", stopped)
    owner.cli("keys", "accept", number, answer["fingerprint"])
    second = owner.cli("send", "--to", number, path)["package"]
    # the pins are gone with the keys: the company is met anew
    got = anna.raw("receive", second, "-o", instance.dir / "new")
    expect(got.returncode == 0 and b"not verified" in got.stderr, "not received", got)
    # B5: an unknown address is asked like a known one, and gets no mail
    nobody = anna.raw("recover", "--lost", "--yes", "--email", "niemand@kunde.example", stdin="AAAA-AAAA\nx\n")
    wrong = anna.raw("recover", "--lost", "--yes", "--email", anna.address, stdin="AAAA-AAAA\nx\n")
    expect(nobody.returncode == wrong.returncode == 77, "codes", nobody, wrong)
    expect(nobody.stderr == wrong.stderr.replace(anna.address.encode(), b"niemand@kunde.example"), "told apart", nobody, wrong)
    expect(not instance.mailbox.to("niemand@kunde.example"), "a mail to nobody")


def again_mail(instance):
    return next((m for m in instance.mailbox.to("kontakt@kanzlei.example") if "neu" in m["Subject"] or "again" in m["Subject"]), None)


def test():
    with Instance("accounts") as instance:
        anna = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        other = elsewhere(instance, anna)
        sessions(instance, anna, other)
        password(instance, anna, other)
        recovery(instance, anna, other)
        profile(instance, anna, other)
        lost(instance, anna)


main(test)
