#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A11: a support request through both command lines: the operator is told by mail that there is one and nothing of what it says,
reads it and answers; the person is told by mail that there is an answer. Taken back it is gone for both."""

import subprocess

from instance import Instance, expect, instance_program, main, run, text_of, wait_for

OPERATOR = "operator@test.example"
QUESTION = "Meine Nachricht an die Kanzlei zeigt \u201ewartet\u201c.\nWas tun?"
ANSWER = "Bitte warten Sie noch einen Tag.\n\nIhr Betreiber"


def mail_to(instance, address, words):
    def look():
        return next((m for m in instance.mailbox.to(address) if words in " ".join(text_of(m).split())), None)
    return wait_for(15, f"a mail to {address} that says {words!r}", look)


def ctl(instance, *words):
    command = [str(instance_program("provisionctl")), "-c", str(instance.conf), *words]
    return subprocess.run(command, capture_output=True, timeout=60, check=False)


def check_ask(instance, anna):
    request = anna.cli("support", "file", "-", stdin=QUESTION)["request"]
    mail = mail_to(instance, OPERATOR, "provisionctl support show " + request)
    expect("Anna Schmidt" in mail["Subject"] and "Was tun" not in mail.as_string() and "nsubscribe" not in str(mail.items()),
           "the operator's mail is", mail.as_string())
    rows = instance.ctl("support", "list", "--open")
    expect([r["request"] for r in rows] == [request] and rows[0]["account"] == anna.account, "listed", rows)
    shown = instance.ctl("support", "show", request)
    expect((shown["text"], shown["name"], shown["state"]) == (QUESTION, "Anna Schmidt", "open"), "shown", shown)
    return request


def check_answer(instance, anna, request):
    run(instance_program("provisionctl"), "-c", instance.conf, "support", "answer", request, ANSWER)
    mail_to(instance, anna.address, "has been answered")
    expect(instance.ctl("support", "list", "--open") == [], "still open")
    shown = anna.cli("support", "show", request)
    expect((shown["text"], shown["answer"], shown["state"]) == (QUESTION, ANSWER, "answered"), "shown", shown)
    plain = anna.raw("support", "list").stdout.decode()
    expect(request in plain, "the list is", plain)


def check_end(instance, anna, request):
    anna.raw("support", "withdraw", request)
    expect(anna.cli("support", "list") == [] and instance.ctl("support", "list") == [], "is not gone")
    for done in (anna.raw("support", "show", request), ctl(instance, "support", "show", request),
                 ctl(instance, "support", "answer", request, "x")):
        expect(done.returncode == 66 and b"no such support request" in done.stderr, "answered", done)


def check_bad(instance, anna):
    for words, stdin, code, says in (
            (("file", "-"), "", 64, b"nothing to ask"), (("file", "-"), "x" * 8193, 65, b"at most 8 KiB"),
            (("show", "x"), "", 64, b"not the id"), (("withdraw", "x"), "", 64, b"not the id")):
        done = anna.raw("support", *words, stdin=stdin)
        expect(done.returncode == code and says in done.stderr, words, "answered", done)
    for words in (("show", "x"), ("answer", "x", "y")):
        done = ctl(instance, "support", *words)
        expect(done.returncode == 64 and b"no support request's id" in done.stderr, words, "answered", done)


def test():
    with Instance("support") as instance:
        anna = instance.person("anna@kunde.example")
        anna.register()
        request = check_ask(instance, anna)
        check_answer(instance, anna, request)
        check_end(instance, anna, request)
        check_bad(instance, anna)


main(test)
