#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""F1, C5: a notice comes within 5 s, once until the person has looked, with a link that turns notices off in one click and not by being
looked at; security mails come all the same, without that link; quiet hours."""

import datetime
import os
import pty
import time
import zoneinfo

from instance import Instance, expect, instance_program, main, text_of, wait_for
from wire import ask

NEW_PASSWORD = "neun Igel fahren 3 grüne Räder"


def count(instance, person):
    return len(instance.mailbox.to(person.address))


def quiet(instance, person, before, seconds=2):
    """Nothing comes."""
    time.sleep(seconds)
    expect(count(instance, person) == before, "a mail came", [m["Subject"] for m in instance.mailbox.to(person.address)[before:]])


def link_of(mail):
    expect(mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click", "one click", mail["List-Unsubscribe-Post"])
    link = mail["List-Unsubscribe"].strip().strip("<>")
    expect(link in text_of(mail) and link in mail.get_body(("html",)).get_content(), "the link is not in the mail")
    return link


def at_a_terminal(person, *words, answers=()):
    """Runs provision with a terminal of its own; gives what stood there at the end."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(instance_program("provision"), ["provision", *words], person.environment)
    shown = b""
    try:
        for answer in answers:
            while b"Enter is link]" not in shown:
                shown += os.read(terminal, 4096)
            shown = shown.replace(b"Enter is link]", b"")
            os.write(terminal, answer.encode() + b"\n")
        while more := os.read(terminal, 4096):
            shown += more
    except OSError:
        pass      # the other end is closed
    os.close(terminal)
    expect(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, "not subscribed:", shown.decode())
    return shown


def asked_once(instance, staff):
    """At the first subscription, at a terminal, until the answer is one; never again."""
    bruno = instance.person("bruno@kunde.example", "Bruno").register()
    at_a_terminal(bruno, "subscribe", "kanzlei", answers=("maybe", "none"))
    expect(bruno.cli("profile")["notices"] == "none", "the answer is not kept")
    expect(b"Enter is link]" not in at_a_terminal(bruno, "subscribe", "kanzlei"), "asked again")
    doris = instance.person("doris@kunde.example", "Doris").register()
    at_a_terminal(doris, "subscribe", "kanzlei", answers=("",))
    expect(doris.cli("profile")["notices"] == "link", "Enter alone is not link")
    carla = instance.person("carla@kunde.example", "Carla").register()
    carla.cli("subscribe", "kanzlei", "--notices", "none")
    expect(carla.cli("profile")["notices"] == "none" and len(staff.cli("customers")) == 4, "said on the command line")


def test():
    with Instance("notices") as instance:
        staff = instance.person("olga@kanzlei.example", "Olga", "Owner").register()
        anna = instance.person("anna@kunde.example").register()
        instance.company("kanzlei", staff)
        number = instance.subscribe(anna, "kanzlei", staff)
        (instance.dir / "file").write_text("content")

        def send():
            staff.cli("send", "--to", number, str(instance.dir / "file"))
        before = count(instance, anna)
        wait_for(5, "the mail about the subscription", lambda: count(instance, anna) > 0)
        time.sleep(1)
        before = count(instance, anna)
        begin = time.monotonic()
        send()
        mail = instance.mailbox.wait(anna.address, before + 1, 6)
        expect(time.monotonic() - begin < 6, "a notice took", time.monotonic() - begin)
        send()
        quiet(instance, anna, before + 1)
        anna.cli("inbox")
        time.sleep(0.5)
        send()
        instance.mailbox.wait(anna.address, before + 2, 6)

        # looking at the page does nothing, one click does
        path = "/" + link_of(mail).split("/", 3)[3]
        expect(ask(instance, "GET", path, headers={"Accept-Language": "de"})[0] == 200, "the page")
        expect(anna.cli("profile")["notices"] == "link", "looking at the page turned notices off")
        status, headers, _ = ask(instance, "POST", path, b"List-Unsubscribe=One-Click",
                                 headers={"Content-Type": "application/x-www-form-urlencoded"})
        expect(status == 200 and "location" not in headers, "one click", status, headers)
        expect(anna.cli("profile")["notices"] == "none", "one click did nothing")
        anna.cli("inbox")
        time.sleep(0.5)
        send()
        quiet(instance, anna, before + 2)

        # security comes all the same
        anna.cli("password", stdin=f"{anna.password}\n{NEW_PASSWORD}\n")
        mail = instance.mailbox.wait(anna.address, before + 3)
        expect(mail["List-Unsubscribe"] is None and "/u/" not in text_of(mail), "a security mail can be turned off")

        # quiet hours around now hold it back
        now = datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Berlin"))
        start, end = ((now + datetime.timedelta(hours=h)).strftime("%H:%M") for h in (-2, 2))
        anna.cli("profile", "--notices", "link", "--quiet-hours", f"{start}-{end}")
        anna.cli("inbox")
        time.sleep(0.5)
        send()
        quiet(instance, anna, before + 3)
        row = next(r for r in instance.ctl("queue", "list") if r["kind"] == "package")
        expect(row["state"] == "new" and 110 < (datetime.datetime.fromisoformat(row["next"].replace("Z", "+00:00")) - now).total_seconds() / 60 < 122,
               "held until", row["next"])
        asked_once(instance, staff)


main(test)
