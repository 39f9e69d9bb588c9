#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Bad input of the tools: every row is refused with its exit code, says what was wrong and where, and changes nothing: not
the folder of the person, not the folder of the files, not the spool, not what the other side sees."""

import os
import shutil

from instance import Instance, expect, main
from refusals import CANTCREATE, CONFIG, DATA, DENIED, IO, NOINPUT, TRUST, UNAVAILABLE, USAGE, Refusals, Scene, Tool

WEAK = [("", "empty"), ("passwort", "common words"), ("P4ssw0rd!", "common words"), ("äääääääääääääää", "too weak"),
        ("abcdefghijkl", "sequence"), ("qwertzuiop", "too weak"), ("Schmidt1987", "too weak"), ("x" * 5000, "longer than 1024 bytes"),
        ("\udcff\udcfe eins zwei", "UTF-8")]
NOBODY = "a" * 26


def command_lines(tool):
    for what, words, said in [
            ("no command", [], ["a command is missing", "usage"]),
            ("unknown command", ["frobnicate"], ['"frobnicate"', "--help"]),
            ("half a command", ["member"], ['"member"']),
            ("unknown option", ["inbox", "--frob"], ["inbox", '"--frob"']),
            ("unknown letter", ["inbox", "-x"], ['"-x"']),
            ("option of another command", ["inbox", "--to", "kanzlei"], ['"--to"']),
            ("control characters", ["inbox", "--a\x1b[31mb\x07"], ["\\x1b[31mb\\x07"]),
            ("no UTF-8", ["inbox", b"--\xff\xfe"], ["\\xff\\xfe"]),
            ("value that is none", ["inbox", "--sent=yes"], ["takes no value", '"--sent=yes"']),
            ("value missing", ["send", "x", "--to"], ["--to", "needs a value"]),
            ("value empty", ["send", "x", "--to="], ["--to", "must not be empty"]),
            ("given twice", ["send", "x", "--to", "a", "--to", "b"], ["--to", "given twice"]),
            ("option missing", ["send", "x"], ["send", "--to WHOM", "missing"]),
            ("argument missing", ["send", "--to", "kanzlei"], ["send", "missing: FILE..."]),
            ("argument missing", ["receive"], ["receive", "missing: PACKAGE"]),
            ("argument empty", ["receive", ""], ["receive", "empty"]),
            ("too many arguments", ["receive", NOBODY, "zuviel\x1b"], ["too many", '"zuviel\\x1b"']),
            ("wrong e-mail address", ["login", "--email", "keine Adresse"], ["--email", "keine Adresse"]),
            ("wrong language", ["register", "--email", "a@b.example", "--first-name", "A", "--last-name", "B", "--locale", "fr"],
             ["--locale", "de or en", "fr"]),
            ("wrong name", ["register", "--email", "a@b.example", "--first-name", "A\x1bB", "--last-name", "B"],
             ["--first-name", "control", "\\x1b"]),
            ("wrong role", ["member", "invite", "--role", "boss"], ["--role", "owner or agent", "boss"]),
            ("wrong slug", ["customers", "--company", "Große Firma"], ["--company", "short name", "Große Firma"]),
            ("wrong id", ["receive", "../../etc/passwd"], ['"../../etc/passwd"', "package"]),
            ("wrong id", ["receive", "x\x1b[2J"], ["\\x1b[2J"]),
            ("wrong comment", ["send", "--to", "kanzlei", "--comment", "\x07", "x"], ["--comment", "control"]),
            ("comment too long", ["send", "--to", "kanzlei", "--comment", "x" * 9000, "x"], ["--comment", "8192"]),
            ("wrong code", ["verify-address", "nein!"], ["code"]),
            ("wrong fingerprint", ["keys", "accept", "kanzlei", "kurz"], ["fingerprint", "52"]),
            ("wrong invitation", ["member", "join", "https://"], ["invitation link"]),
            ("e-mail address for whom", ["send", "--to", "eva@kanzlei.example", "x"], ["eva@kanzlei.example", "never"]),
            ("no answer possible", ["unsubscribe", "kanzlei"], ["--yes"])]:
        if words[:1] == ["send"] and words[-1] == "x":
            words = [*words[:-1], "/etc/hostname"]
        tool.refuses(what, words, USAGE, *said)


def profiles(s, rows):
    """The person's own folder, and the way to the server."""
    home = s.instance.dir / "bad-home"
    shutil.copytree(s.customer.home, home)
    tool = Tool(rows, "provision", {**s.customer.environment, "PROVISION_HOME": str(home)})
    profile = (home / "profile").read_bytes()
    for what, text, code in [("garbage", b"\0\1\2", DATA), ("cut", profile[:-10], DATA), ("newer", b'{"version":9,"pins_version":0}', DATA),
                             ("huge", b" " * 20000, DATA),
                             ("wrong type", profile.replace(b'"email":"', b'"email":7,"x":"'), DATA)]:
        (home / "profile").write_bytes(text)
        tool.refuses(f"profile {what}", ["inbox"], code, home / "profile", unchanged=[home])
    (home / "profile").write_bytes(profile)
    session = (home / "session").read_bytes()
    (home / "session").write_bytes(session[:-1] + bytes([session[-1] ^ 1]))
    tool.refuses("damaged session", ["inbox"], DATA, "session", "provision login", unchanged=[home])
    (home / "session").unlink()
    tool.refuses("not logged in", ["inbox"], DENIED, "not logged in", "provision login", unchanged=[home])
    home.chmod(0o755)
    tool.refuses("open folder", ["inbox"], DENIED, home, "700", unchanged=[home])
    home.chmod(0o700)
    tool.refuses("folder is a file", ["inbox"], NOINPUT, home / "profile", unchanged=[home],
                 environment={"PROVISION_HOME": str(home / "profile")})
    if os.geteuid() == 0:
        os.chown(home, 65534, 65534)
        tool.refuses("somebody else's folder", ["inbox"], DENIED, home, "yours alone", unchanged=[home])
    tool = Tool(rows, "provision", s.customer.environment)
    garbage = s.instance.dir / "garbage.pem"
    garbage.write_bytes(b"-----BEGIN CERTIFICATE-----\nnein\n")
    for what, name, value, code, said in [
            ("address of no server", "PROVISION_URL", "http://localhost", CONFIG, ["http://localhost", "https://"]),
            ("address with a control character", "PROVISION_URL", "https://\x1b[2J", CONFIG, ["\\x1b[2J"]),
            ("other server", "PROVISION_URL", "https://anders.example", DENIED, ["localhost", "anders.example", "login"]),
            ("no authority", "PROVISION_CA", "/nirgends/ca.pem", NOINPUT, ["/nirgends/ca.pem"]),
            ("authority is garbage", "PROVISION_CA", str(garbage), CONFIG, [garbage]),
            ("authority is a folder", "PROVISION_CA", str(s.files), CONFIG, [s.files]),
            ("proxy of no form", "PROVISION_PROXY", "nein:::", CONFIG, ["nein:::"])]:
        tool.refuses(what, ["inbox"], code, *said, environment={name: value})
    tool.refuses("authority of somebody else", ["inbox"], TRUST, "localhost", "certificate", environment={
        "PROVISION_CA": "/etc/ssl/certs/ca-certificates.crt"})


def accounts(s, rows):
    empty = s.instance.dir / "empty-home"
    empty.mkdir(mode=0o700)
    tool = Tool(rows, "provision", {**s.customer.environment, "PROVISION_HOME": str(empty)})
    words = ["register", "--email", "neu@kunde.example", "--first-name", "Anna", "--last-name", "Schmidt"]
    for password, reason in WEAK:
        tool.refuses(f"password {password[:20]!r}", words, DATA, reason, unchanged=[empty],
                     stdin=(password + "\n").encode(errors="surrogateescape"))
    tool.refuses("no password", words, USAGE, "standard input", unchanged=[empty])
    tool.refuses("code for nothing", ["verify-address", "ABCD-EFGH"], DATA, "no registration", unchanged=[empty])
    tool = Tool(rows, "provision", s.customer.environment)
    tool.refuses("second account", words, CANTCREATE, "anna@kunde.example", "PROVISION_HOME", stdin=b"x\n")
    tool.refuses("wrong password", ["login", "--email", s.customer.address], DENIED, "password is wrong", stdin="falsch\n".encode())


def companies(s, rows):
    customer, owner = Tool(rows, "provision", s.customer.environment), Tool(rows, "provision", s.owner.environment)
    former = Tool(rows, "provision", s.former.environment)
    link = s.owner.cli("invite")["link"]
    for what, tool, words, code, said in [
            ("unknown company", customer, ["subscribe", "nie-da"], NOINPUT, ["nie-da"]),
            ("unknown company", customer, ["send", "--to", "nie-da", s.good], NOINPUT, ["nie-da"]),
            ("unknown company", customer, ["unsubscribe", "nie-da", "--yes"], NOINPUT, ["nie-da"]),
            ("whom with controls", customer, ["send", "--to", "x\x1b[2Jy", s.good], NOINPUT, ["x\\x1b[2Jy"]),
            ("company of somebody else", customer, ["customers", "--company", "kanzlei"], NOINPUT, ["kanzlei", "member"]),
            ("no company", customer, ["customers"], DENIED, ["not a member"]),
            ("forged link", former, ["subscribe", link[:-2] + ("aa" if link[-2:] != "aa" else "ba")], TRUST, ["kanzlei"]),
            ("cut link", former, ["subscribe", link[:-1]], USAGE, ["invitation link"]),
            ("link of another service", former, ["subscribe", link.replace("localhost", "anders")], USAGE, ["anders", "localhost"]),
            ("ended subscription", former, ["send", "--to", "kanzlei", s.good], NOINPUT, ["kanzlei"]),
            ("ended subscription", former, ["unsubscribe", "kanzlei", "--yes"], NOINPUT, ["kanzlei"]),
            ("ended subscription", owner, ["send", "--to", s.former_number, s.good], NOINPUT, [s.former_number]),
            ("ended subscription", owner, ["accept", s.former_number], NOINPUT, [s.former_number]),
            ("decided already", owner, ["decline", s.number], DATA, [s.number, "active"]),
            ("unknown customer", owner, ["accept", "1"], NOINPUT, ["1", "provision customers"]),
            ("unknown customer", owner, ["send", "--to", "99999999", s.good], NOINPUT, ["99999999"]),
            ("used code", owner, ["company", "activate", "kanzlei", "A" * 52], USAGE, ["enrolment code"]),
            ("nobody to confirm", owner, ["member", "confirm"], NOINPUT, ["nobody waits"]),
            ("wrong invitation", owner, ["member", "confirm", "x"], USAGE, ["invitation"]),
            ("other fingerprint", customer, ["keys", "accept", "kanzlei", "a" * 52], TRUST, ["kanzlei"]),
            ("unknown package", customer, ["receive", NOBODY], NOINPUT, [NOBODY]),
            ("package of somebody else", former, ["receive", s.package], NOINPUT, [s.package]),
            ("own package", customer, ["receive", s.package], DATA, ["sent from your side"])]:
        tool.refuses(what, words, code, *said, cwd=s.files)


def administration(s, rows):
    tool, conf = Tool(rows, "provisionctl"), ["-c", s.instance.conf]
    add = ["company", "add", "neu", *conf, "--name", "Neu", "--contact", "a@b.example"]
    dead = s.instance.dir / "toter socket"
    dead.write_text("")
    bad = s.instance.dir / "bad.conf"
    bad.write_text(s.instance.conf.read_text() + "nonsense = 1\n")
    lines = len(bad.read_text().splitlines())
    for what, words, code, said in [
            ("no command", [], USAGE, ["a command is missing"]),
            ("unknown command", ["frob\x1b"], USAGE, ['"frob\\x1b"']),
            ("unknown option", ["status", "--frob"], USAGE, ["status", '"--frob"']),
            ("option missing", ["company", "add", "neu", *conf], USAGE, ["--name NAME", "missing"]),
            ("argument missing", ["company", "add", *conf, *add[5:]], USAGE, ["missing: SLUG"]),
            ("wrong address", [*add[:-1], "keine"], USAGE, ["--contact", "keine"]),
            ("wrong language", [*add, "--locale", "fr"], USAGE, ["--locale", "fr"]),
            ("wrong name", [*add[:6], "a\nb", *add[7:]], USAGE, ["--name", "\\x0a"]),
            ("wrong slug", ["company", "add", "Große Firma", *add[3:]], DATA, ["slug", "Große Firma"]),
            ("slug with controls", ["company", "add", "x\x1b[2J", *add[3:]], DATA, ["slug", "\\x1b[2J"]),
            ("slug too long", ["company", "add", "x" * 64, *add[3:]], DATA, ["slug", "63"]),
            ("company exists", ["company", "add", "kanzlei", *add[3:]], CANTCREATE, ["kanzlei"]),
            ("no configuration", ["status", "-c", "/nirgends/provision.conf"], NOINPUT, ["/nirgends/provision.conf"]),
            ("no configuration, with controls", ["status", "-c", "/n\x1b[2J"], NOINPUT, ["/n\\x1b[2J"]),
            ("configuration is a folder", ["status", "-c", s.files], IO, [s.files]),
            ("bad configuration", ["status", "-c", bad], CONFIG, [f"{bad}:{lines}", "nonsense"]),
            ("no socket", ["status", "--socket", "/nirgends/socket"], UNAVAILABLE, ["/nirgends/socket"]),
            ("no socket, with controls", ["status", "--socket", "/n\x1b[2J"], UNAVAILABLE, ["/n\\x1b[2J"]),
            ("nobody listens", ["status", "--socket", dead], UNAVAILABLE, [dead]),
            ("path too long", ["status", "--socket", "/" + "x" * 200], USAGE, ["xxx", "107"])]:
        tool.refuses(what, words, code, *said)


def test():
    with Instance("bad-input", {"package_max_bytes": "2MiB"}) as instance:
        s = Scene(instance)
        before = s.seen()
        rows = Refusals(*s.folders, spool=s.spool)
        command_lines(Tool(rows, "provision", s.customer.environment))
        for table in (profiles, accounts, companies, administration):
            table(s, rows)
        rows.end()
        expect(s.seen() == before, "others see a change:", before, s.seen())


main(test)
