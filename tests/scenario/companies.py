#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""B2, B3: members go and roles change while packages wait; the one who went opens nothing new, even with the old device and
the whole state; who remains and who comes later opens everything that waits; personal invitations; unlisted companies."""

import re
import shutil

from instance import Instance, expect, main, text_of


def account_of(owner, person):
    return [m["account"] for m in owner.cli("member", "list") if m["account"] == person.account][0]


def removal(i, owner, agent, later, customer, path):
    """An agent goes while packages wait."""
    waiting = customer.cli("send", "--to", "kanzlei", path)["package"]
    before = i.dir / "home-before"
    shutil.copytree(agent.home, before)
    epoch = owner.cli("member", "remove", account_of(owner, agent), "--yes")
    expect(epoch["epoch"] == 2 and not epoch["new_root"], "removing gave", epoch)
    # at once, also for the old device
    agent.home.rename(i.dir / "home-away")
    before.rename(agent.home)
    for words in (("inbox", "--company", "kanzlei"), ("receive", waiting, "-o", i.dir / "x"), ("customers",)):
        expect(agent.raw(*words).returncode != 0, "a removed member can still", words)
    mail = i.mailbox.wait(agent.address, 2)
    expect("Kanzlei Müller" in text_of(mail), "the removed member's mail says", text_of(mail))
    # the customer is asked nothing, and the next package is for the new epoch
    new = customer.raw("send", "--to", "kanzlei", path)
    expect(new.returncode == 0 and b"accept" not in new.stderr, "the new epoch was not taken silently:", new.stderr)
    new = new.stdout.decode().split()[-1]
    # who comes later opens what waits under either epoch
    owner.admit(later)
    for n, package in enumerate((waiting, new)):
        later.cli("receive", package, "-o", i.dir / f"later-{n}")
        expect((i.dir / f"later-{n}" / "brief.txt").read_text() == "Grüße", "a file came out different")


def roles(i, owner, second, customer, path):
    """The last owner stays; a second owner leaves: then there is a new root that all confirm."""
    last = owner.raw("member", "leave", "--yes")
    expect(last.returncode == 65 and b"last owner" in last.stderr, "the last owner left:", last)
    expect(second.raw("member", "invite", "--role", "agent").returncode == 77, "an agent invited a member")
    owner.cli("member", "role", second.account, "owner")
    expect([m["role"] for m in owner.cli("member", "list") if m["account"] == second.account] == ["owner"], "no owner yet")
    waiting = customer.cli("send", "--to", "kanzlei", path)["package"]
    back = second.cli("send", "--to", customer.number, path)["package"]
    second.cli("member", "leave", "--yes")
    expect(second.raw("inbox", "--company", "kanzlei").returncode != 0, "left, and sees the inbox")
    i.mailbox.wait("kontakt@kanzlei.example", 3)
    renewed = owner.cli("member", "renew")
    expect(renewed["new_root"], "an owner left, and the root is the same", renewed)
    stopped = customer.raw("send", "--to", "kanzlei", path)
    expect(stopped.returncode == 76 and b"keys accept kanzlei" in stopped.stderr, "a new root was taken silently:", stopped)
    customer.cli("keys", "accept", "kanzlei", renewed["fingerprint"])
    customer.cli("send", "--to", "kanzlei", path)
    # what was sealed and signed under the former root is good all the same
    customer.cli("receive", back, "-o", i.dir / "back")
    owner.cli("receive", waiting, "-o", i.dir / "former")


def invitations(i, owner, customer, other, path):
    shown = owner.cli("company", "settings")
    expect(shown == {"listed": True, "text_mail": True, "notices": "link", "quiet_hours": "none"}, "settings", shown)
    shown = owner.cli("company", "settings", "--unlisted", "--forbid-text-mail", "--notices", "none", "--quiet-hours", "22:00-06:30")
    expect(shown == {"listed": False, "text_mail": False, "notices": "none", "quiet_hours": "22:00-06:30"}, "settings", shown)
    shown = owner.cli("company", "settings", "--allow-text-mail")
    expect(shown == {"listed": False, "text_mail": True, "notices": "none", "quiet_hours": "22:00-06:30"}, "settings", shown)
    owner.cli("company", "settings", "--notices", "link", "--quiet-hours", "none")
    for wrong in (("--listed", "--unlisted"), ("--allow-text-mail", "--forbid-text-mail"), ("--notices", "text"), ("--quiet-hours", "22-7")):
        expect(owner.raw("company", "settings", *wrong).returncode == 64, "taken:", wrong)
    expect("kanzlei" not in [c["slug"] for c in other.cli("companies")], "an unlisted company is in the directory")
    hidden, none = other.raw("subscribe", "kanzlei"), other.raw("subscribe", "nie-da")
    expect(hidden.stderr.replace(b"kanzlei", b"X") == none.stderr.replace(b"nie-da", b"X"), "an unlisted company can be told")
    revoked = owner.cli("invite", "--reference", "M-7")
    owner.cli("invite", "revoke", revoked["invitation"])
    expect(other.raw("redeem", revoked["link"]).returncode == 66, "a revoked invitation was redeemed")
    invitation = owner.cli("invite", "--reference", "Mandant 4711")
    expect(re.fullmatch(r"https://\S+/i/kanzlei/[a-z2-7]{26}#[a-z2-7]{26}\.[a-z2-7]{52}", invitation["link"]), invitation)
    expect([r["reference"] for r in owner.cli("invite", "list")] == ["Mandant 4711"], owner.cli("invite", "list"))
    forged = invitation["link"][:-1] + ("a" if invitation["link"][-1] != "a" else "q")
    expect(other.raw("redeem", forged).returncode == 76, "a forged fingerprint was followed")
    answer = other.cli("redeem", invitation["link"])
    expect(answer["state"] == "active" and answer["verified"], "redeeming gave", answer)
    expect(customer.raw("redeem", invitation["link"]).returncode == 66, "an invitation was redeemed twice")
    row = [c for c in owner.cli("customers") if c["reference"] == "Mandant 4711"][0]
    expect(row["first_name"] == "Otto" and row["state"] == "active", "the customer is", row)
    expect("4711" not in str(other.cli("companies")), "the customer sees the reference")
    other.cli("receive", owner.cli("send", "--to", "Mandant 4711", path)["package"], "-o", i.dir / "otto")
    expect("Otto" in text_of(i.mailbox.wait("kontakt@kanzlei.example", 4)), "no mail about the invitation")


def test():
    with Instance("companies") as i:
        owner = i.person("eva@kanzlei.example", "Eva", "Müller").register()
        agent = i.person("jan@kanzlei.example", "Jan", "Öztürk").register()
        later = i.person("ida@kanzlei.example", "Ida", "Neu").register()
        customer = i.person("anna@kunde.example").register()
        other = i.person("otto@fremd.example", "Otto", "Fremd").register()
        i.company("kanzlei", owner)
        customer.number = i.subscribe(customer, "kanzlei", owner)
        path = i.dir / "brief.txt"
        path.write_text("Grüße")
        owner.admit(agent)
        removal(i, owner, agent, later, customer, path)
        roles(i, owner, later, customer, path)
        invitations(i, owner, customer, other, path)


main(test)
