#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""B6: all members of a company lose their passwords while packages wait. The recovery code brings the keys back: everything that
waits is received, customers are asked nothing. A wrong code, a replaced one, the operator with the whole state, the master key and
everybody's mail: none of them gets anything."""

import re

from instance import Instance, expect, main, run, text_of, wait_for

CODE = re.compile(r"([A-Z2-7]{4}-){6}[A-Z2-7]{4}")
NEW = ("neun gelbe Fahrräder im Schuppen", "zwölf graue Gänse im Nebel", "elf rote Kähne auf dem See", "acht blaue Hüte im Regen")


def make_code(i, owner, *owners):
    """Makes a code; every owner and the contact are told."""
    told = [p.address for p in (owner, *owners)] + ["kontakt@kanzlei.example"]
    before = [len(i.mailbox.to(a)) for a in told]
    made = owner.cli("company", "recovery-code")
    expect(CODE.fullmatch(made["recovery_code"]), "the code is", made)
    for address, count in zip(told, before):
        text = text_of(i.mailbox.wait(address, count + 1))
        expect("Wiederherstellungscode" in text or "recovery code" in text.lower(), address, "was told", text)
    return made["recovery_code"]


def check(owner, code, exit_code):
    done = owner.raw("company", "recovery-code", "check", stdin=code + "\n")
    expect(done.returncode == exit_code, "checking a code:", done)


def codes(i, eva, olaf, jan, anna):
    """Made, asked back, replaced; who goes takes no valid code along."""
    none = eva.raw("company", "recovery-code", "status")
    expect(none.returncode == 66 and b"has no recovery code" in none.stderr, "without a code:", none)
    expect(jan.raw("company", "recovery-code").returncode == 77, "an agent made a code")
    first = make_code(i, eva, olaf)
    expect(eva.cli("company", "recovery-code", "status")["made"].startswith("20"), "no date")
    check(olaf, first.lower().replace("-", " "), 0)
    check(eva, eva.recovery_code, 77)
    check(eva, first[:-1] + ("A" if first[-1] != "A" else "B"), 65)
    gone = eva.raw("member", "remove", olaf.account, "--yes", "--json")
    expect(gone.returncode == 0 and b"replace it with" in gone.stderr, "no word about the code that an owner may know:", gone)
    check(eva, first, 0)
    anna.cli("keys", "accept", "kanzlei", anna.cli("companies")[0]["fingerprint"])
    second = make_code(i, eva)
    check(eva, first, 77)
    check(eva, second, 0)
    expect(olaf.raw("company", "recover", stdin=first + "\n").returncode != 0, "a removed owner recovered the company")
    return first, second


def copy_of(i):
    """The operator's own service, from everything there is on disk. Both are running then."""
    copy = Instance("company-copy")
    i.stop()
    run("rm", "-rf", copy.state)
    run("cp", "-a", i.state, copy.state)
    run("cp", "-a", i.dir / "master.key", copy.dir / "master.key")
    i.start()
    return copy


def recover(person, code, *words):
    return person.raw("company", "recover", *words, stdin=code + "\n")


def operator(i, eva, code, old):
    """Whoever has state, master key and mail becomes the owner, and yet opens nothing; with the code it would be open."""
    with copy_of(i) as copy:
        as_eva = copy.person(eva.address, "Eva", "Müller")
        as_eva.lose(NEW[3])
        rows = as_eva.cli("inbox", "--company", "kanzlei")
        expect(rows, "nothing waits")
        for words in (("receive", rows[0]["package"], "-o", copy.dir / "got"), ("member", "renew"), ("member", "invite", "--role", "agent"),
                      ("company", "recovery-code")):
            expect(as_eva.raw(*words).returncode != 0, "the operator could", words)
        expect(not (copy.dir / "got").exists(), "files without the code")
        for wrong in (old, eva.recovery_code, "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA"):
            expect(recover(as_eva, wrong).returncode in (65, 77), "the operator recovered with", wrong)
        control = recover(as_eva, code)
        expect(control.returncode == 0, "control: with the code it is not open either", control)
        as_eva.cli("receive", rows[0]["package"], "-o", copy.dir / "opened")


def recovered(i, eva, jan, anna, code, waiting):
    told = {a: len(i.mailbox.to(a)) for a in (eva.address, "kontakt@kanzlei.example")}
    expect(recover(eva, eva.recovery_code).returncode == 77, "another code")
    done = recover(eva, code)
    expect(done.returncode == 0, "not recovered:", done)
    for address, count in told.items():
        wait_for(15, "mail to " + address, lambda a=address, n=count: any("benutzt" in m["Subject"] or "was used" in m["Subject"]
                                                                            for m in i.mailbox.to(a)[n:]))
    for n, package in enumerate(waiting):
        eva.cli("receive", package, "-o", i.dir / f"back-{n}")
        expect((i.dir / f"back-{n}" / "brief.txt").read_text() == "Grüße", "a file came out different")
    # a customer goes on, and is asked nothing; so do answers
    sent = anna.raw("send", "--to", "kanzlei", i.dir / "brief.txt")
    expect(sent.returncode == 0 and b"accept" not in sent.stderr, "a customer was asked:", sent)
    back = eva.cli("send", "--to", anna.number, i.dir / "brief.txt")["package"]
    anna.cli("receive", back, "-o", i.dir / "answer")
    # others come back by invitation
    eva.admit(jan)
    jan.cli("receive", sent.stdout.decode().split()[-1], "-o", i.dir / "jan")


def newer_root(i, eva, code):
    """The code vouches for the root it was made under, not for one that came later."""
    root = eva.cli("member", "renew", "--root")["fingerprint"]
    eva.lose(NEW[2])
    stopped = recover(eva, code)
    expect(stopped.returncode == 76 and b"newer than the code" in stopped.stderr, "a root was taken unseen:", stopped)
    expect(recover(eva, code, ("a" if root[0] != "a" else "b") + root[1:]).returncode == 76, "another fingerprint was taken")
    expect(recover(eva, code, root).returncode == 0, "not recovered with the fingerprint")


def test():
    with Instance("company-recovery") as i:
        eva = i.person("eva@kanzlei.example", "Eva", "Müller").register()
        olaf = i.person("olaf@kanzlei.example", "Olaf", "Ohm").register()
        jan = i.person("jan@kanzlei.example", "Jan", "Öztürk").register()
        anna = i.person("anna@kunde.example").register()
        i.company("kanzlei", eva)
        anna.number = i.subscribe(anna, "kanzlei", eva)
        eva.admit(olaf, "owner")
        eva.admit(jan)
        path = i.dir / "brief.txt"
        path.write_text("Grüße")
        waiting = [anna.cli("send", "--to", "kanzlei", path)["package"]]
        old, code = codes(i, eva, olaf, jan, anna)
        waiting.append(anna.cli("send", "--to", "kanzlei", path)["package"])
        # everybody's password is gone
        jan.lose(NEW[0])
        eva.lose(NEW[1])
        expect(eva.raw("receive", waiting[0], "-o", i.dir / "x").returncode != 0, "received without keys")
        expect(eva.raw("member", "renew").returncode != 0, "renewed without keys")
        waiting.append(anna.cli("send", "--to", "kanzlei", path)["package"])
        operator(i, eva, code, old)
        recovered(i, eva, jan, anna, code, waiting)
        newer_root(i, eva, code)


main(test)
