#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A4 to A7: a password is changed and all other sessions end; sessions are seen and ended."""

from instance import Instance, expect, main, text_of

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


def test():
    with Instance("accounts") as instance:
        anna = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        other = elsewhere(instance, anna)
        sessions(instance, anna, other)
        password(instance, anna, other)


main(test)
