#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C10: what is wrong with a table is told with its place before anything is sent; a dry run sends nothing; a customer with another key
fails alone; a changed table or file is noticed; what was sent is not sent again, by nobody of the company; the report says all."""

import csv
import fcntl
import io
import json
import os
import pty
import re
import subprocess

from clientele import Clientele
from instance import PASSWORD, Instance, expect, instance_program, main, wait_for


class Sender:
    """A table beside its files, and runs with it."""

    def __init__(self, company, name, verb="send"):
        self.company, self.verb, self.person = company, verb, company.owner
        self.folder = company.instance.dir / name
        self.folder.mkdir()
        self.table = self.folder / "versand.csv"
        self.journal = self.folder / "versand.csv.journal"
        self.report = self.folder / "bericht.csv"

    def file(self, name, text="Brief"):
        (self.folder / name).write_text(text)

    def write(self, *rows):
        self.table.write_text("".join(",".join(r) + "\n" for r in rows))

    def run(self, code, *words):
        """Exit code as asked for; gives (JSON, standard error)."""
        done = self.person.raw(self.verb, "--batch", self.table, *words, "--json")
        expect(done.returncode == code, self.table.read_bytes(), words, "exited", done.returncode, "not", code, done.stderr.decode())
        return json.loads(done.stdout) if done.stdout.strip() else None, done.stderr.decode().replace(str(self.folder) + "/", "")

    def states(self, answer):
        return [r["state"] for r in answer["rows"]]


def refused_tables(company):
    s = Sender(company, "falsch")
    s.file("a.txt")
    a, b = company.references[:2]
    for text, told in (
            ("", "versand.csv is empty"),
            ("to,file\n", 'versand.csv:1: column 2: "file" is none of: to, files, comment'),
            ("to,to,files\n", "versand.csv:1: column 2: to is there twice"),
            ("files,comment\n", "there is no to"),
            ("to,files\n", "has no row"),
            (f'to,files\n{a},"a.txt\n', "versand.csv:2:9: this quotation mark is never closed"),
            (f"to,files\n{a},a.txt,x\n", "versand.csv:2: this row has 3 cells, the first one 2"),
            (f"to,files\n{a},\n", "versand.csv:2: files: no file is named"),
            (f"to,files\n,a.txt\n", "versand.csv:2: column 1, to: is empty"),
            (f"to,files\n{a},/etc/hosts\n", "column 2, files: names something outside"),
            (f"to,files\n{a},x/../../b\n", "column 2, files: names something outside"),
            (f"to,files\n{a},b.txt\n", "b.txt: No such file"),
            (f"to,files\nM-99999,a.txt\n", "versand.csv:2: there is no customer M-99999"),
            (f"to,files\nk1@kunde.example,a.txt\n", "never an e-mail address"),
            (f"to,files,comment\n{a},a.txt,{'x' * 8193}\n", "column 3, comment: must be"),
            (f"to,files\n{a},a.txt\n{b},a.txt\n{a},a.txt\n", "versand.csv:4: the same as line 2"),
            (f"to,files\n{a},a.txt\n{company.numbers[0]},a.txt\n", "versand.csv:3: the same as line 2")):
        s.table.write_text(text)
        _, errors = s.run(65)
        expect(told in errors, repr(text[:60]), "was told as", errors)
        expect(not s.journal.exists(), "a journal of a batch that was refused")
    s.table.write_bytes(f"to,files\n{a},B\xfccher.txt\n".encode("latin-1"))
    expect("versand.csv:2:10: this is not UTF-8" in s.run(65)[1], "Latin-1 was told as", s.run(65)[1])
    # everything at once, not the first alone
    s.write(["to", "files"], ["M-99999", "a.txt"], [a, "b.txt"], [b, "/c"])
    _, errors = s.run(65)
    expect("3 problems: nothing was sent" in errors and errors.count("versand.csv:") == 3, "all problems:", errors)
    for words in (["--report", s.table], ["--to", a], ["--changed", "--anew"], ["a.txt"]):
        s.run(64, *words)
    expect(all(not company.inbox(n) for n in range(len(company.people))), "something was sent")


def dry_run(company):
    s = Sender(company, "probe")
    s.file("a.txt", "12345")
    s.table.write_bytes("\ufeffTo;#Name;Files;Comment;Files\r\n{};egal;a.txt;\"Guten\r\nTag\";\r\n;;;;\r\n{};;\"a.txt\nb\";;c\r\n".format(
        company.references[0], company.numbers[1]).encode())
    s.file("b", "1")
    s.file("c", "22")
    answer, errors = s.run(0, "--dry-run")
    expect(answer["dry_run"] and answer["planned"] == 2 and answer["bytes"] == 5 + 5 + 1 + 2 and answer["files"] == 4, "the plan is", answer)
    expect([r["line"] for r in answer["rows"]] == [2, 5] and [r["key"] for r in answer["rows"]] == ["new", "new"], "rows are", answer["rows"])
    expect("Nothing was sent" in errors and not s.journal.exists() and not company.inbox(0), "a dry run did something")
    shown = company.owner.raw("send", "--batch", s.table, "--dry-run").stdout.decode()
    expect(re.search(rf"2  {company.references[0]} +planned +1 +5", shown), "shown is", shown)
    answer, _ = s.run(0)
    expect(s.states(answer) == ["sent", "sent"], "sent is", answer)
    row = company.inbox(0)[0]
    expect(row["comment"] == "Guten\nTag" and company.inbox(1)[0]["file_count"] == 3, "arrived:", row)


def one_fails(company):
    """Somebody whose key changed fails alone, until the new key is accepted."""
    instance, owner = company.instance, company.owner
    anna = instance.person("anna@kunde.example").register()
    number = instance.subscribe(anna, "kanzlei", owner)
    s = Sender(company, "schlüssel")
    s.file("a.txt")
    s.write(["to", "files"], [company.references[2], "a.txt"], [number, "a.txt"], [company.references[3], "a.txt"])
    lost = anna.lose(PASSWORD + "!")
    answer, errors = s.run(75, "--report", s.report)
    expect(s.states(answer) == ["sent", "failed", "sent"] and (answer["sent"], answer["failed"]) == (2, 1), "with another key:", answer)
    expect(answer["rows"][1]["error"] == "trust" and answer["rows"][1]["key"] == "changed", "the row says", answer["rows"][1])
    expect(f"versand.csv:3: the key of {number} has changed" in errors and "CHANGED" in errors, "it was told as", errors)
    rows = list(csv.DictReader(io.StringIO(s.report.read_text())))
    expect([(r["line"], r["to"], r["state"], r["error"]) for r in rows] == [
        ("2", company.references[2], "sent", ""), ("3", number, "failed", "trust"), ("4", company.references[3], "sent", "")], "report:", rows)
    expect("has changed" in rows[1]["reason"] and rows[0]["package"] == answer["rows"][0]["package"], "report:", rows)
    owner.cli("keys", "accept", number, lost["fingerprint"])
    answer, _ = s.run(0)
    expect(s.states(answer) == ["sent-before", "sent", "sent-before"], "continued:", answer)
    expect(len(anna.cli("inbox")) == 1 == len(company.inbox(2)), "arrived twice or not at all")
    # only to keys that people compared
    s.file("b.txt")
    s.write(["to", "files"], [company.references[2], "b.txt"], [number, "b.txt"])
    answer, errors = s.run(75, "--verified-only", "--anew")
    expect(s.states(answer) == ["failed", "sent"] and "is not verified" in errors, "verified only:", answer, errors)
    anna.cli("unsubscribe", "kanzlei", "--yes")


def changes(company):
    s = Sender(company, "änderung")
    refs = company.references
    for name in "abcd":
        s.file(name)
    s.write(["to", "files"], [refs[0], "a"], [refs[1], "b"])
    s.run(0)
    before = [len(company.inbox(n)) for n in range(4)]
    # what was sent may be put away
    (s.folder / "b").rename(s.folder / "fort")
    expect(s.run(0)[0]["sent"] == 0, "sent again")
    s.write(["to", "files"], [refs[0], "a"], [refs[2], "c"])
    _, errors = s.run(65)
    expect("versand.csv:3: this row is new" in errors and "versand.csv:3: the row that stood here was sent, and is gone" in errors, errors)
    answer, _ = s.run(0, "--changed")
    expect(s.states(answer) == ["sent-before", "sent"], "with --changed:", answer)
    # put back: it was sent
    s.write(["to", "files"], [refs[0], "a"], [refs[1], "b"], [refs[2], "c"])
    answer, _ = s.run(0, "--changed")
    expect(s.states(answer) == ["sent-before"] * 3, "put back:", answer)
    s.file("a", "ein anderer")
    expect("versand.csv:2: this was sent, and its files changed since" in s.run(65)[1], "a changed file")
    expect("are not sent again" in s.run(65, "--dry-run")[1], "a dry run saw no change")
    expect(s.run(0, "--changed")[0]["sent"] == 0, "sent again")
    expect([len(company.inbox(n)) for n in range(4)] == [before[0], before[1], before[2] + 1, before[3]], "arrived:", before)
    s.file("b")
    expect(s.run(0, "--anew")[0]["sent"] == 3 and len(company.inbox(0)) == before[0] + 1, "anew sent nothing")


def break_off(sender, *words):
    """Kills a run of one large package on its way."""
    (sender.folder / "groß").write_bytes(os.urandom(1 << 20) * 150)
    sender.write(["to", "files"], [sender.company.references[4], "groß"])
    with sender.person.start("send", "--batch", sender.table, *words) as running:
        wait_for(30, "the upload", lambda: running.poll() is not None or list(sender.person.home.glob("sending-*.sent")), 0.001)
        expect(running.poll() is None, "it was done before it could be killed")
        running.kill()
    expect('"begins"' in sender.journal.read_text().splitlines()[-1], "it was killed too late")


def broken_off(company, jan):
    """What was kept for going on is lost, or is another member's: it is sent anew, once."""
    s = Sender(company, "abgebrochen")
    before = len(company.inbox(4))
    break_off(s)
    for kept in s.person.home.glob("sending-*"):
        kept.unlink()
    expect(s.run(0)[0]["sent"] == 1 and len(company.inbox(4)) == before + 1, "not sent, or twice")
    expect(all(r["state"] != "arriving" for r in company.owner.cli("inbox", "--sent")), "something arrives for ever")
    break_off(s, "--anew")
    s.person = jan
    expect(s.run(0, "--changed")[0]["sent"] == 1, "another member's was not sent")
    s.person = company.owner
    expect(s.run(0)[0]["sent_before"] == 1 and len(company.inbox(4)) == before + 2, "not sent, or twice")


def one_at_a_time(company):
    """A second run is refused, and nothing is sent twice by a colleague either."""
    s = Sender(company, "kollegen")
    s.file("a")
    s.write(["to", "files"], [company.references[4], "a"], [company.references[5], "a"])
    s.run(0)
    before = len(company.inbox(4))
    with open(s.journal, "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        expect("another command is working on this batch" in s.run(75)[1], "two at once")
    jan = company.instance.person("jan@kanzlei.example", "Jan", "Öztürk").register()
    company.owner.admit(jan)
    s.person = jan
    expect(s.run(0)[0]["sent_before"] == 2 and len(company.inbox(4)) == before, "a colleague sent it again")
    s.journal.write_bytes(s.journal.read_bytes()[:-20])
    expect(s.run(0)[0]["sent_before"] == 2 and len(company.inbox(4)) == before, "sent again after its note was cut short")
    expect('"state":"sent"' in s.journal.read_text().splitlines()[-1], "the note was not made again")
    s.journal.write_bytes(b"x\n" + s.journal.read_bytes())
    expect("versand.csv.journal:1: this journal is damaged" in s.run(65)[1], "a damaged journal")
    broken_off(company, jan)


def in_doubt(company):
    """What a journal can say after a break, planted: the service is asked before anything is sent again."""
    s = Sender(company, "zweifel")
    for name in "abc":
        s.file(name)
    s.write(["to", "files"], [company.references[4], "a"], [company.references[5], "b"], [company.references[5], "c"])
    answer, _ = s.run(0)
    before = [len(company.inbox(n)) for n in (4, 5)]
    ids = [r["package"] for r in answer["rows"]]
    whole = s.journal.read_text()

    def plant(*states):
        """The journal without its ends, and of each row: (state, id of the package)."""
        lines = [line for line in whole.splitlines() if '"row"' not in line]
        keys = [json.loads(line)["plan"] for line in lines if '"plan"' in line]
        for key, (state, package) in zip(keys, states):
            lines.append(json.dumps({"row": key, "state": state, "id": package, "seq": 0, "time": "2026-01-01T00:00:00.000Z"}))
        s.journal.write_text("\n".join(lines) + "\n")

    # delivered, and killed before that was noted; the files may be gone
    plant(("begins", ids[0]), ("completes", ids[1]), ("sent", ids[2]))
    (s.folder / "b").unlink()
    answer, _ = s.run(0)
    expect(s.states(answer) == ["sent-before"] * 3 and [r["package"] for r in answer["rows"]] == ids, "delivered ones:", answer)
    expect(s.journal.read_text().count('"sent"') == 3, "what the service knew was not noted")
    # the service knows nothing of it: begun ones are begun anew, of one that may have been delivered nobody knows
    s.file("b")
    os.utime(s.folder / "b", ns=(0, 0))
    unknown = "a" * 26
    plant(("sent", ids[0]), ("begins", unknown), ("completes", unknown))
    answer, errors = s.run(75, "--changed")
    expect(s.states(answer) == ["sent-before", "sent", "failed"] and "whether package" in errors, "unknown ones:", answer, errors)
    expect([len(company.inbox(n)) for n in (4, 5)] == [before[0], before[1] + 1], "arrived:", before)


def texts(company):
    s = Sender(company, "texte", "say")
    refs = company.references
    s.table.write_text(f"to,text\n{refs[0]},\"Guten Tag,\nGrüße\"\n{refs[1]},Hallo\n{refs[0]},Noch eins\n")
    answer, errors = s.run(0)
    expect(answer["sent"] == 3 and errors.count("personal data") == 1, "said", answer, errors)
    expect(company.texts(0)[::-1] == ["Guten Tag,\nGrüße", "Noch eins"] and company.texts(1) == ["Hallo"], "arrived", company.texts(0))
    first, _, third = answer["rows"]
    expect(third["seq"] == first["seq"] + 1 and first["message"] != third["message"], "rows", answer["rows"])
    s.write(["to", "text"], [refs[0], "x" * 65537], [refs[1], ""])
    _, errors = s.run(65, "--anew")
    expect("versand.csv:2: column 2, text: has more than 64 KiB" in errors and "versand.csv:3: column 2, text: is empty" in errors, errors)
    elsewhere = s.folder / "anderswo"
    s.write(["to", "text"], [refs[2], "Dort"])
    expect(s.run(0, "--journal", elsewhere)[0]["sent"] == 1 and elsewhere.exists(), "no journal elsewhere")


def at_a_terminal(company):
    s = Sender(company, "terminal")
    s.file("a")
    s.write(["to", "files"], *([r, "a"] for r in company.references[:6]))
    ours, theirs = pty.openpty()
    shown, words = b"", [instance_program("provision"), "send", "--batch", s.table]
    with subprocess.Popen([str(w) for w in words], env=company.owner.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        try:
            while piece := os.read(ours, 4096):
                shown += piece
        except OSError:
            pass
    os.close(ours)
    expect(process.returncode == 0 and b"sending   0 % (0 of 6)" in shown, "shown was", shown)


def test():
    with Instance("batch-rows") as instance:
        company = Clientele(instance, 6)
        refused_tables(company)
        dry_run(company)
        one_fails(company)
        changes(company)
        one_at_a_time(company)
        in_doubt(company)
        texts(company)
        at_a_terminal(company)


main(test)
