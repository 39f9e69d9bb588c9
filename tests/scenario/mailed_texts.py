#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""F1, with message text: words come by mail to who has chosen that, within 5 s, bursts together, in the languages and clocks of the
recipient; what was taken back is in no mail; one click ends it; a company may forbid it; whatever is written stays text."""

import datetime
import re
import time
import zoneinfo

from instance import Instance, expect, main, wait_for
from instance import text_of as raw_text_of
from naughty import NAUGHTY
from wire import ask


def count(instance, person):
    return len(instance.mailbox.to(person.address))


def text_of(mail):
    return raw_text_of(mail).replace("\r\n", "\n")


def page_of(mail):
    return mail.get_body(("html",)).get_content()


def next_mail(instance, person, before, seconds=6):
    return instance.mailbox.wait(person.address, before + 1, seconds)


def flushed(instance):
    """What is gathered goes now, instead of in a minute."""
    instance.ctl("queue", "flush")


def told(instance, anna, staff, number):
    """At once and with its words; who wrote it, when, and how to end it, in two languages."""
    for locale, heading, foot in (("de", "Kanzlei Müller & Söhne, Olga Owner, {day}. ", "weil Sie das so gewählt haben"),
                                  ("en", "Kanzlei Müller & Söhne, Olga Owner, {day} ", "because you chose that")):
        anna.cli("profile", "--locale", locale)
        before, begin = count(instance, anna), time.monotonic()
        staff.cli("say", "--to", number, f"Grüße, Straße 5 ({locale})\nzweite Zeile")
        flushed(instance)
        mail = next_mail(instance, anna, before)
        expect(time.monotonic() - begin < 6, "it took", time.monotonic() - begin)
        now = datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Berlin"))
        text = text_of(mail)
        expect(f"\n  Grüße, Straße 5 ({locale})\n  zweite Zeile\n" in text, "no text:", text)
        expect(heading.format(day=now.day) in text and re.search(r", \d\d:\d\d:\n", text), "by whom and when:", text)
        expect(foot in text.replace("\n", " "), "how to end it:", text)
        expect(f"Grüße, Straße 5 ({locale})<br>zweite Zeile</div>" in page_of(mail), "no text in HTML")
        expect("Grüße" not in mail["Subject"] and mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click", "head", mail.items())
    anna.cli("profile", "--locale", "de")
    return mail


def gathered(instance, anna, staff, number):
    """Texts soon after a mail come in one, in order, without the one that was taken back."""
    before = count(instance, anna)
    for text in ("erstens", "zweitens", "vertippt", "drittens"):
        staff.cli("say", "--to", number, text)
    wrong = next(e for e in staff.cli("history", "--with", number) if e.get("text") == "vertippt")
    staff.cli("delete", str(wrong["seq"]), "--with", number, "--yes")
    time.sleep(1)
    expect(count(instance, anna) == before, "not gathered")
    row = [r for r in instance.ctl("queue", "list") if r["kind"] == "texts"]
    expect(len(row) == 1 and row[0]["state"] == "new", "in the queue", row)
    flushed(instance)
    text = text_of(next_mail(instance, anna, before))
    expect(re.findall(r"\n  (\w+)\n", text) == ["erstens", "zweitens", "drittens"], "gathered", text)


def hostile(instance, anna, staff, number):
    """Nothing that is written adds a field, a tag or a line of ours."""
    plain = None
    for name, text, kept in NAUGHTY:
        if len(text) > 2000:
            continue
        before = count(instance, anna)
        staff.cli("say", "--to", number, "-", stdin=text)
        flushed(instance)
        mail = next_mail(instance, anna, before)
        tags = re.findall(r"<[^>]*>", page_of(mail).split('class="said"')[0] + page_of(mail).split("</div>")[-1])
        plain = plain or (mail.keys(), tags)
        expect((mail.keys(), tags) == plain and mail.defects == [], "changed by", name, mail.keys())
        said = page_of(mail).split('pre-wrap">')[1].split("</div>")[0]
        expect(set(re.findall(r"<[^>]*>", said)) <= {"<br>"}, "tags of", name, said)
        lines = text_of(mail).split("geschrieben:\n")[1].split("\nUnterhaltung öffnen:\n")[0].split("\n")
        expect(all(line == "" or line.startswith("  ") for line in lines[3:]), "a line of its own:", name, lines)
        for word in re.findall(r"[a-zA-ZäöüÄÖÜß]{3,}", kept):
            expect(word in "".join(lines), "lost of", name, word)


def longest(instance, anna, staff, number):
    text = "".join(f"{i:7}\n" for i in range(8192))
    before = count(instance, anna)
    staff.cli("say", "--to", number, "-", stdin=text)
    flushed(instance)
    mail = text_of(next_mail(instance, anna, before))
    expect(re.findall(r"\n   +(\d+)(?=\n)", mail) == [str(i) for i in range(8192)], "64 KiB are not whole")


def ended(instance, anna, staff, number, mail):
    """Not to whom it is forbidden, and one click ends it."""
    staff.cli("company", "settings", "--forbid-text-mail")
    before = count(instance, anna)
    staff.cli("say", "--to", number, "verboten")
    mail = next_mail(instance, anna, before)
    expect("verboten" not in text_of(mail) + page_of(mail), "words in spite of the company")
    expect([c["text_mail"] for c in anna.cli("companies")] == [False], "not shown")
    staff.cli("company", "settings", "--allow-text-mail")
    path = "/" + mail["List-Unsubscribe"].strip().strip("<>").split("/", 3)[3]
    expect(ask(instance, "POST", path, b"List-Unsubscribe=One-Click",
               headers={"Content-Type": "application/x-www-form-urlencoded"})[0] == 200, "one click")
    expect(anna.cli("profile")["notices"] == "none", "one click did nothing")
    staff.cli("say", "--to", number, "niemandem")
    flushed(instance)
    time.sleep(1)
    expect(count(instance, anna) == before + 1, "mailed all the same")


def test():
    with Instance("mailed_texts") as instance:
        staff = instance.person("olga@kanzlei.example", "Olga", "Owner").register()
        anna = instance.person("anna@kunde.example").register()
        instance.company("kanzlei", staff)
        number = instance.subscribe(anna, "kanzlei", staff)
        wait_for(5, "the mail about the subscription", lambda: count(instance, anna) > 0)
        anna.cli("profile", "--notices", "text")
        mail = told(instance, anna, staff, number)
        gathered(instance, anna, staff, number)
        hostile(instance, anna, staff, number)
        longest(instance, anna, staff, number)
        ended(instance, anna, staff, number, mail)


main(test)
