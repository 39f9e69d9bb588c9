#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C10: a batch of packages and one of messages, to many customers, each killed ten times at random moments (the client, in some rounds
the store or the web processes too) and continued: each customer gets theirs exactly once. Controls: without the journal some
get theirs twice. 60 customers, with TEST_LONG 400."""

import csv
import json
import os
import random
import signal
import time

from clientele import Clientele
from formats import unb64
from instance import Instance, expect, main

CUSTOMERS = 400 if os.environ.get("TEST_LONG") else 60
KILLS = 10
CONTROL = 8
SEED = int(os.environ.get("TEST_SEED", random.SystemRandom().randrange(1 << 32)))


def write_table(path, rows):
    with open(path, "w", encoding="utf-8-sig", newline="") as f:
        csv.writer(f, delimiter=";").writerows(rows)
    return path


def whom(company, n):
    """By number or by reference, in turn."""
    return company.numbers[n] if n % 2 else company.references[n]


def packages(company, folder, count):
    folder.mkdir()
    rows = [["to", "comment", "files", "files"]]
    for n in range(count):
        (folder / f"brief-{n}.txt").write_text(f"Brief {n}")
        (folder / f"anlage-{n}.bin").write_bytes(os.urandom(1000 + n * 100))
        rows.append([whom(company, n), f"Brief Nummer {n}", f"brief-{n}.txt", f"anlage-{n}.bin"])
    return write_table(folder / "versand.csv", rows)


def messages(company, folder, count):
    folder.mkdir()
    return write_table(folder / "texte.csv", [["to", "text"]] + [[whom(company, n), f"Guten Tag,\nNummer {n}"] for n in range(count)])


def noted(table):
    """How many rows the journal calls sent."""
    journal = table.with_name(table.name + ".journal")
    try:
        return journal.read_bytes().count(b'"state":"sent"')
    except OSError:
        return 0


def kill_role(instance, name):
    for pid in instance.roles(name):
        os.kill(pid, signal.SIGKILL)


def kill_at(company, words, table, rows, moment, role=None):
    """Starts the run and kills it a moment after so many rows are noted; a role before, if one is named. False: it was done before."""
    running = company.owner.start(*words)
    while running.poll() is None and noted(table) < rows:
        time.sleep(0.002)
    if role and running.poll() is None:
        kill_role(company.instance, role)
    time.sleep(moment)
    was_running = running.poll() is None
    running.kill()
    running.communicate()
    return was_running


def broken_off(company, words, table, count, dice):
    """The run, killed again and again, until it ends by itself: (kills, roles killed, the last run's answer)."""
    killed, roles = 0, []
    for rows in sorted(dice.randrange(count) for _ in range(KILLS)):
        role = dice.choice([None, None, "store", "web"])
        if kill_at(company, words, table, max(rows, noted(table)), dice.random() * 0.1, role):
            killed += 1
            roles += [role] if role else []
    done = company.owner.raw(*words, "--json")
    expect(done.returncode == 0, "the last run exited", done.returncode, done.stderr.decode())
    return killed, roles, json.loads(done.stdout)


def check_answer(answer, count):
    expect(answer["total"] == count == answer["sent"] + answer["sent_before"] and answer["failed"] == 0, "the report says",
           {k: v for k, v in answer.items() if k != "rows"})
    expect(answer["sent_before"] > 0 and len({r["to"] for r in answer["rows"]}) == count, "nothing was sent before the last run")


def wrong_packages(company, count):
    """Customers whose inbox is not exactly the one package."""
    wrong = {}
    for n in range(count):
        rows = company.inbox(n)
        names = [sorted(unb64(f["path"]).decode() for f in r["files"]) for r in rows]
        if names != [[f"anlage-{n}.bin", f"brief-{n}.txt"]] or rows[0]["state"] != "waiting" or rows[0]["comment"] != f"Brief Nummer {n}":
            wrong[n] = names
    return wrong


def wrong_texts(company, count):
    texts = {n: company.texts(n) for n in range(count)}
    return {n: got for n, got in texts.items() if got != [f"Guten Tag,\nNummer {n}"]}


def run(company, what, table, words, wrong, dice):
    start = time.monotonic()
    killed, roles, answer = broken_off(company, words, table, CUSTOMERS, dice)
    seconds = time.monotonic() - start
    expect(killed >= KILLS // 2, "only", killed, "runs were killed before they were done")
    check_answer(answer, CUSTOMERS)
    bad = wrong(company, CUSTOMERS)
    expect(not bad, len(bad), what, "did not arrive exactly once:", dict(list(bad.items())[:5]))
    print(f"{CUSTOMERS} {what}, killed {killed} times ({roles.count('store')} with the store, {roles.count('web')} with web), each exactly "
          f"once; {seconds:.1f} s in all")
    again = company.owner.cli(*words)
    expect(again["sent"] == 0 and again["sent_before"] == CUSTOMERS and not wrong(company, CUSTOMERS), "run once more, it sent again")


def control(company, what, table, words, rows_of):
    """Killed and continued without its journal: the harness must see that some came twice."""
    kill_at(company, words, table, CONTROL // 2, 0)
    table.with_name(table.name + ".journal").unlink()
    before = sum(len(rows_of(n)) for n in range(CONTROL))
    done = company.owner.raw(*words)
    expect(done.returncode == 0, "the control exited", done.returncode, done.stderr.decode())
    total = sum(len(rows_of(n)) for n in range(CONTROL))
    expect(total > before and any(len(rows_of(n)) > 2 for n in range(CONTROL)), "without a journal nothing of", what, "came twice")


def forgetful(company, table, words, rows_of):
    """Messages: what became of the rows is lost, but not which batch it was. The same ids: nothing comes twice."""
    journal = table.with_name(table.name + ".journal")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(line for line in lines if not line.startswith(b'{"row"')))
    before = [len(rows_of(n)) for n in range(CUSTOMERS)]
    done = company.owner.cli(*words)
    expect(done["sent"] == CUSTOMERS and [len(rows_of(n)) for n in range(CUSTOMERS)] == before, "a message came twice:", done["sent"])


def test():
    dice = random.Random(SEED)
    print("seed", SEED)
    with Instance("batch") as instance:
        start = time.monotonic()
        company = Clientele(instance, CUSTOMERS)
        print(f"{CUSTOMERS} customers in {time.monotonic() - start:.1f} s")
        table = packages(company, instance.dir / "pakete", CUSTOMERS)
        run(company, "packages", table, ["send", "--batch", table], wrong_packages, dice)
        texts = messages(company, instance.dir / "texte", CUSTOMERS)
        run(company, "messages", texts, ["say", "--batch", texts], wrong_texts, dice)
        forgetful(company, texts, ["say", "--batch", texts], company.texts)
        table = packages(company, instance.dir / "ohne", CONTROL)
        control(company, "packages", table, ["send", "--batch", table], company.inbox)
        texts = messages(company, instance.dir / "ohne-texte", CONTROL)
        control(company, "messages", texts, ["say", "--batch", texts], company.texts)


main(test)
