#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A7, A8, A13: the second factor through the command line: turned on, asked for after the right password only, a code good once
(also after a restart), backup codes, clock steps, recovery and a lost password with it; app passwords; the operator's lock."""

import json
import os
import subprocess
import time

from instance import CODE, Instance, expect, instance_program, main, text_of, wait_for
from totp import STEP_S, App, settle

NEW = "neun gelbe Fahrräder im Schuppen"
NEWER = "zwölf graue Gänse im Nebel"


class Fresh:
    """Codes of an app that have not been used: the present step's, or the next one's when that is used up, after a wait."""

    def __init__(self, app):
        self.app, self.used = app, int(time.time()) // STEP_S

    def code(self):
        while int(time.time()) // STEP_S + 1 <= self.used:
            time.sleep(0.2)
        self.used = max(self.used + 1, int(time.time()) // STEP_S)
        return self.app.code(self.used - int(time.time()) // STEP_S)


def mail(instance, person, before, words):
    """One of the mails after so many says that; their order is nobody's promise."""
    def look():
        for m in instance.mailbox.to(person.address)[before:]:
            if words in " ".join(text_of(m).split()):
                return m
        return None
    found = wait_for(15, f"a mail that says {words!r}", look)
    expect("nsubscribe" not in str(found.items()), "can be unsubscribed")


def mails(instance, person):
    return len(instance.mailbox.to(person.address))


def running(person, *words):
    """A verb whose input depends on what it prints."""
    return subprocess.Popen([str(instance_program("provision")), *words], env=person.environment, stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def turn_on(instance, anna):
    before = mails(instance, anna)
    settle()
    with running(anna, "totp", "on") as verb:
        verb.stdin.write(anna.password + "\n")
        verb.stdin.flush()
        shown = b""         # as it comes: nothing may stay in a buffer here
        while shown.count(b"\n") < 20 and (more := os.read(verb.stdout.fileno(), 65536)):
            shown += more
        expect(shown.startswith(b"secret: "), "no secret but", shown)
        app = App(shown.split()[1].decode())
        out, errors = verb.communicate(app.code() + "\n", timeout=60)
    expect(verb.returncode == 0 and "█" in shown.decode(), "not turned on:", out, errors)
    backup = [line.split()[-1] for line in out.splitlines() if line.startswith("backup code")]
    expect(len(set(backup)) == 10, "backup codes", out)
    mail(instance, anna, before, "second step has just been turned on")
    state = anna.cli("totp", "status")
    expect(state["on"] and state["backup_codes"] == 10, "state", state)
    again = anna.raw("totp", "on", stdin=f"{anna.password}\n{backup.pop()}\n")
    expect(again.returncode == 65 and b"on already" in again.stderr, "turned on twice", again)
    return app, backup


def login(person, *lines, password=None):
    return person.raw("login", "--email", person.address, stdin="\n".join([password or person.password, *lines]) + "\n")


def logins(instance, anna, fresh, backup):
    # the code that turned it on is used; with a wrong password nothing asks for one
    used = login(anna, fresh.app.code())
    expect(used.returncode == 77 and b"code is wrong" in used.stderr, "a used code", used)
    settle()
    good = fresh.code()
    wrong = login(anna, good, password="falsch wie nie zuvor")
    expect(wrong.returncode == 77 and b"password is wrong" in wrong.stderr, "a wrong password", wrong)
    none = login(anna)
    expect(none.returncode == 64, "without a code", none)
    # the wrong password has not used it up
    expect(login(anna, f"{good[:3]} {good[3:]}").returncode == 0, "the right code was not taken")
    expect(login(anna, good).returncode == 77, "a code was taken twice")
    instance.stop()
    instance.start()
    expect(login(anna, good).returncode == 77, "a code was taken again after a restart")
    # steps: one late, one early, not two
    settle()
    expect(login(anna, fresh.app.code(-2)).returncode == 77, "two steps late")
    expect(login(anna, fresh.app.code(2)).returncode == 77, "two steps early")
    before = mails(instance, anna)
    code = backup.pop()
    expect(login(anna, code.lower()).returncode == 0, "a backup code was not taken")
    mail(instance, anna, before, "backup codes has just been used")
    expect(login(anna, code).returncode == 77, "a backup code was taken twice")


def proofs(anna, backup):
    """Everything that asks for the password again."""
    without = anna.raw("password", stdin=f"{anna.password}\n{NEW}\n")
    expect(without.returncode == 64, "no code was asked for", without)
    made = anna.cli("totp", "codes", stdin=f"{anna.password}\n{backup.pop()}\n")["backup_codes"]
    expect(len(made) == 10 and login(anna, backup[0]).returncode == 77, "the old backup codes are good")
    backup[:] = made
    anna.cli("password", stdin=f"{anna.password}\n{NEW}\n{backup.pop()}\n")
    anna.password = NEW


def app_passwords(instance, anna, backup):
    before = mails(instance, anna)
    made = anna.cli("app-password", "add", "Mutt zu Hause", stdin=f"{anna.password}\n{backup.pop()}\n")
    mail(instance, anna, before, "app password has just been made")
    expect(len(made["password"]) == 24, "password", made)
    rows = anna.cli("app-password", "list")
    expect([r["name"] for r in rows] == ["Mutt zu Hause"], "rows", rows)
    expect(login(anna, backup[-1], password=made["password"]).returncode == 77, "an app password logs in")
    for words, code in ((("revoke", made["app_password"]), 0), (("revoke", made["app_password"]), 66), (("revoke", "x"), 64)):
        done = anna.raw("app-password", *words)
        expect(done.returncode == code, words, done)
    expect(anna.cli("app-password", "list") == [], "is not revoked")
    anna.cli("app-password", "add", "Thunderbird", stdin=f"{anna.password}\n{backup.pop()}\n")


def cannot_be_undone(instance, anna, backup):
    """What is signed without the password asks for a code, too."""
    owner = instance.person("otto@werk.example", "Otto", "Werk").register()
    instance.company("werk", owner)
    number = instance.subscribe(anna, "werk", owner)
    without = anna.raw("unsubscribe", "werk", "--yes")
    expect(without.returncode == 64, "no code was asked for", without)
    wrong = anna.raw("unsubscribe", "werk", "--yes", stdin="000-000\n")
    expect(wrong.returncode == 77 and b"code is wrong" in wrong.stderr, "a wrong code", wrong)
    expect([c["number"] for c in owner.cli("customers")] == [number], "it has ended without a code")
    anna.cli("unsubscribe", "werk", "--yes", stdin=backup.pop() + "\n")
    expect(owner.cli("customers") == [], "it goes on")


def recover(instance, anna, fresh, backup):
    without = anna.raw("recover", "--email", anna.address, stdin=f"{anna.recovery_code}\n")
    expect(without.returncode == 64, "no code was asked for", without)
    wrong = anna.raw("recover", "--email", anna.address, stdin=f"{anna.recovery_code}\n{fresh.app.other()}\n{NEWER}\n")
    expect(wrong.returncode == 77 and b"code is wrong" in wrong.stderr, "a wrong code", wrong)
    answer = anna.cli("recover", "--email", anna.address, stdin=f"{anna.recovery_code}\n{backup.pop()}\n{NEWER}\n")
    anna.password, anna.recovery_code = NEWER, answer["recovery_code"]
    expect(anna.cli("app-password", "list") == [], "app passwords outlive the password")
    expect(anna.cli("totp", "status")["on"], "recovery turned it off")


def lose(instance, anna, backup):
    before = mails(instance, anna)
    with running(anna, "recover", "--lost", "--yes", "--json", "--email", anna.address) as verb:
        code = instance.mailbox.code(anna.address, before)
        out, errors = verb.communicate(f"{code}\n{NEW}\n{backup.pop()}\n", timeout=60)
    expect(verb.returncode == 0, "not reset:", errors)
    anna.password, anna.recovery_code = NEW, json.loads(out)["recovery_code"]
    expect(anna.cli("totp", "status")["on"], "the reset turned it off")


def turn_off(instance, anna, fresh):
    before = mails(instance, anna)
    expect(anna.raw("totp", "off", stdin=f"{anna.password}\n{fresh.app.other()}\n").returncode == 77, "turned off with a wrong code")
    anna.cli("totp", "off", stdin=f"{anna.password}\n{fresh.code()}\n")
    mail(instance, anna, before, "second step to log in to your account")
    expect(login(anna).returncode == 0, "a code is still asked for")
    expect(anna.raw("totp", "off", stdin=anna.password + "\n").returncode == 65, "turned off twice")


def lock(instance, anna):
    """A13; B5: to everybody who tries, a locked person is nobody."""
    owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
    instance.company("kanzlei", owner)
    number = instance.subscribe(anna, "kanzlei", owner)
    seen = [owner.cli("customers"), owner.cli("member", "list")]
    before = mails(instance, anna)
    anna.cli("app-password", "add", "Mutt", stdin=anna.password + "\n")
    mail(instance, anna, before, "app password has just been made")
    state = instance.ctl("account", "show", anna.address)
    expect((state["account"], state["locked"], state["app_passwords"]) == (anna.account, False, 1), "shown", state)
    before = mails(instance, anna)
    expect(instance.ctl("account", "lock", anna.address)["sessions"] == 0, "sessions go on")
    mail(instance, anna, before, "has locked your account")
    expect(anna.raw("inbox").returncode == 77, "a session goes on")
    nobody = instance.person("niemand@kunde.example", password=anna.password)
    for words, lines in ((("login",), anna.password), (("recover",), anna.recovery_code), (("recover", "--lost", "--yes"), "AAAA-AAAA")):
        locked, unknown = (p.raw(*words, "--email", p.address, stdin=lines + "\n") for p in (anna, nobody))
        same = unknown.stderr.replace(nobody.address.encode(), anna.address.encode())
        expect(locked.returncode == 77 and locked.stderr == same, "told apart", locked, unknown)
    expect(not any(CODE.search(text_of(m)) for m in instance.mailbox.to(anna.address)[before:]), "a code was mailed")
    # others see no difference
    path = instance.dir / "brief.txt"
    path.write_text("Grüße")
    expect([owner.cli("customers"), owner.cli("member", "list")] == seen, "others see it")
    sent = owner.cli("send", "--to", number, path)["package"]
    instance.stop()
    instance.start()
    expect(login(anna).returncode == 77, "a restart unlocks")
    expect(instance.ctl("account", "unlock", anna.account)["locked"] is False, "not unlocked")
    wait_for(15, "the mail", lambda: any("unlocked" in m["Subject"] for m in instance.mailbox.to(anna.address)))
    expect(login(anna).returncode == 0 and anna.cli("app-password", "list") == [], "not as it should be")
    anna.cli("receive", sent, "-o", instance.dir / "got")
    log = instance.log.read_text()
    expect("account-locked program=store" in log and anna.account in log and anna.address not in log, "the log")


def test():
    with Instance("second") as instance:
        anna = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        app, backup = turn_on(instance, anna)
        fresh = Fresh(app)
        logins(instance, anna, fresh, backup)
        proofs(anna, backup)
        cannot_be_undone(instance, anna, backup)
        app_passwords(instance, anna, backup)
        recover(instance, anna, fresh, backup)
        lose(instance, anna, backup)
        turn_off(instance, anna, fresh)
        lock(instance, anna)
        log = instance.log.read_text()
        expect(not any(secret in log for secret in (anna.password, *backup)), "a secret in the log")


main(test)
