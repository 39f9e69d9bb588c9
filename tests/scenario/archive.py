#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""B6: a company's archive, of one customer and of all: texts, taken-back ones, packages, former members; as FORMAT.md says; whole or not
there; for members alone. A long conversation needs no more memory than a short one
(TEST_LONG: 10,000 messages)."""

import concurrent.futures
import http.client
import json
import os
import secrets
import time

from archives import Archive, expect_all_used, left_behind
from instance import Instance, expect, main
from naughty import NAUGHTY
from wire import ask, context_of, token_of


def folder_with(instance, name, count):
    folder = instance.dir / name
    folder.mkdir()
    for i in range(count):
        (folder / f"Beleg {i:03}.txt").write_text(f"{name} {i}")
    return folder


def talk(instance, owner, agent, anna, otto, numbers):
    """Everything that can stand in a conversation. The agent leaves."""
    anna.cli("say", "--to", "kanzlei", "Annas erste Nachricht\nzweite Zeile")
    agent.cli("say", "--to", numbers[0], "Antwort vom Mitarbeiter")
    otto.cli("say", "--to", "kanzlei", "nur von Otto")
    for _, text, _ in NAUGHTY[:40]:
        anna.raw("say", "--to", "kanzlei", "-", stdin=text)
    gone = anna.cli("say", "--to", "kanzlei", "doch nicht gesagt")["seq"]
    expect(anna.raw("delete", "--with", "kanzlei", str(gone), "--yes").returncode == 0, "not taken back")
    many = folder_with(instance, "Belege", 45)
    got = anna.cli("send", "--to", "kanzlei", "--comment", "Die Belege, wie besprochen", many)["package"]
    owner.cli("receive", got, "-o", instance.dir / "got")
    agent.cli("send", "--to", numbers[0], many / "Beleg 000.txt")
    taken = owner.cli("send", "--to", numbers[0], many / "Beleg 001.txt")["package"]
    owner.cli("withdraw", taken, "--yes")
    agent_id = [m["account"] for m in owner.cli("member", "list") if m["role"] == "agent"][0]
    owner.cli("member", "remove", agent_id, "--yes")
    return gone


def all_customers(instance, owner, numbers, gone):
    said = owner.cli("archive", "-o", instance.dir / "alle.tar")
    a = Archive(instance.dir / "alle.tar")
    expect(said["conversations"] == 2 and said["entries"] == a.json("index.json")["entries"], "said", said)
    expect(a.folders() == sorted(numbers), "conversations", a.folders())
    expect(a.json("company.json")["name"] == "Kanzlei Müller & Söhne", "company is", a.json("company.json"))
    customers = {c["number"]: c for c in a.items("customers.json")}
    expect({c["state"] for c in customers.values()} == {"active", "pending"}, "customers", customers)
    expect(customers[numbers[0]]["company_name"] == "Schmidt GmbH" and "read" not in customers[numbers[0]], customers)
    expect(a.json("index.json")["kind"] == "company" and "Kundinnen" in a.files["README.txt"].decode(), "for whom?")
    entries = a.entries(numbers[0])
    texts = [e["text"] for e in entries if e["kind"] == "text" and not e.get("deleted")]
    expect("Annas erste Nachricht\nzweite Zeile" in texts and "Antwort vom Mitarbeiter" in texts, "texts are", texts)
    history = [(e["seq"], e["kind"], e.get("text", "")) for e in owner.cli("history", "--with", numbers[0], "--limit", "5000")]
    expect([(e["sequence"], e["kind"], e.get("text", "")) for e in entries] == history, "the history is another")
    # what a member wrote who has left; what was taken back
    left = [e for e in entries if e["from_company"] and e["former_member"]]
    expect(len(left) == 2 and all("first_name" not in e for e in left) and not a.has("Öztürk"), "former member", left)
    authors = {a.author(e["letter"]) for e in left}
    expect(authors == {"ehemaliges Mitglied (Kanzlei Müller & Söhne)"}, "letters are from", authors)
    trace = [e for e in entries if e["sequence"] == gone][0]
    expect(trace["deleted"] and "text" not in trace and not a.has("doch nicht gesagt"), "taken back", trace)
    # packages: all files by name, no contents, no provenance, no addresses
    packages = {e["package"]["state"]: e for e in entries if e["kind"] == "package"}
    expect(set(packages) == {"received", "waiting", "withdrawn"}, "packages", packages.keys())
    received = packages["received"]
    expect(len(received["files"]) == 46 == received["package"]["file_count"], "files are", received["files"])
    expect(received["package"]["received_by"] == "Eva Müller" and "Belege 7" not in str(a.files), "received", received)
    fingerprints = {f["name"]: f["fingerprint"] for f in owner.cli("inbox")[0]["files"]}
    for f in received["files"][:20]:
        expect(fingerprints[f["name"]] == f.get("fingerprint", fingerprints[f["name"]]), "fingerprint of", f)
    for canary in ("@kunde.example", "@kanzlei.example", "127.0.0.1", "user_agent"):
        expect(not a.has(canary), canary, "stands in", a.has(canary))


def one_customer(instance, owner, numbers):
    owner.cli("archive", "--with", numbers[1], "--company", "kanzlei", "-o", instance.dir)
    path = list(instance.dir.glob("provision-kanzlei-20??-??-??.tar"))
    expect(len(path) == 1, "called", path)
    a = Archive(path[0])
    expect(a.folders() == [numbers[1]] and [c["number"] for c in a.items("customers.json")] == [numbers[1]], "of", a.folders())
    expect(a.has("nur von Otto") and not a.has("Annas erste") and not a.has("Schmidt"), "the other customer is in it")
    # again: the same bytes but for when it was made
    owner.cli("archive", "--with", numbers[1], "-o", instance.dir / "noch.tar")
    b = Archive(instance.dir / "noch.tar")
    expect(a.names == b.names and all(a.files[n] == b.files[n] for n in a.names if n != "index.json"), "another archive")


def refused(instance, owner, agent, anna, numbers):
    target = instance.dir / "nie.tar"
    for person, words in ((anna, ()), (agent, ()), (agent, ("--company", "kanzlei"))):
        done = person.raw("archive", *words, "-o", target)
        expect(done.returncode in (66, 77), "taken from", person.first, done.returncode, done.stderr)
    expect(owner.raw("archive", "--with", "0000000000", "-o", target).returncode == 66, "an unknown customer")
    expect(not target.exists() and not left_behind(instance.dir), "something is left")
    before = (instance.dir / "alle.tar").read_bytes()
    expect(owner.raw("archive", "-o", instance.dir / "alle.tar").returncode == 73, "replaced a file")
    expect((instance.dir / "alle.tar").read_bytes() == before, "changed a file")
    expect(owner.raw("archive", "-o", instance.dir / "nirgends" / "x.tar").returncode == 66, "a folder that is not there")


def write_many(instance, person, count, size):
    """Texts of a customer, by eight connections at once."""
    token = token_of(instance, person)
    subscription = json.loads(ask(instance, "GET", "/api/v1/subscriptions", token=token)[2])["items"][0]["subscription"]
    path = f"/api/v1/subscriptions/{subscription}/messages"

    def work(part):
        connection = http.client.HTTPSConnection("localhost", instance.port, context=context_of(instance), timeout=30)
        for i in part:
            body = {"message": ids[i], "as_company": False, "text": f"Nachricht {i} " + "ä" * (size // 2)}
            status = 429
            while status == 429:      # one person writes 20 a second in the long run
                connection.request("POST", path, json.dumps(body).encode(),
                                   {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
                answer = connection.getresponse()
                status = answer.status
                answer.read()
                time.sleep(1 if status == 429 else 0)
            expect(status == 201, "answered", status)
    ids = ["".join("abcdefghijklmnopqrstuvwxyz234567"[b & 31] for b in secrets.token_bytes(25)) + "a" for _ in range(count)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [range(n, count, 8) for n in range(8)]))


def in_bounded_memory(instance, owner, otto, numbers):
    count, size = (5000, 500) if os.environ.get("TEST_LONG") else (200, 50000)
    resident, own, path = [], [], None
    for n in (1, 2):
        path = instance.dir / f"groß{n}.tar"
        write_many(instance, otto, count, size)
        resident.append(owner.measured("archive", "--with", numbers[1], "-o", path)[0])
        own.append(otto.measured("export", "-o", instance.dir / f"otto{n}.tar")[0])
    a = Archive(path, check=False)
    expect(len(a.entries(numbers[1])) == 2 * count + 2, "entries", len(a.entries(numbers[1])))
    expect(len([n for n in a.names if n.endswith(".eml")]) == 2 * count + 1, "letters")
    print(count, "and", 2 * count, f"messages of {size} bytes: resident {resident}, export {own} KiB, archive {path.stat().st_size >> 10} KiB")
    for first, second in (resident, own):
        # What a sanitizer keeps of its own counts as memory.
        is_small = second < first + 6144 or os.environ.get("NO_JAIL") == "1"
        expect(is_small, "memory follows the messages:", resident, own)
    letters = [n for n in Archive(instance.dir / "otto2.tar", check=False).names if n.endswith(".eml")]
    expect(len(letters) == 2 * count + 1, "letters of an export:", len(letters))


def test():
    with Instance("archive") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        agent = instance.person("jan@kanzlei.example", "Jan", "Öztürk").register()
        anna = instance.person("anna@kunde.example", "Anna", "Schmidt", "Schmidt GmbH").register()
        otto = instance.person("otto@fremd.example", "Otto", "Fremd").register()
        waiting = instance.person("max@wartet.example", "Max", "Wartet").register()
        instance.company("kanzlei", owner)
        owner.admit(agent)
        numbers = [instance.subscribe(anna, "kanzlei", owner)]
        personal = owner.cli("invite", "--reference", "M-4711")["link"]
        otto.cli("redeem", personal)
        numbers.append([c["number"] for c in owner.cli("customers") if c["first_name"] == "Otto"][0])
        waiting.cli("subscribe", "kanzlei")
        owner.cli("profile", "--locale", "de")
        gone = talk(instance, owner, agent, anna, otto, numbers)
        all_customers(instance, owner, numbers, gone)
        one_customer(instance, owner, numbers)
        refused(instance, owner, agent, anna, numbers)
        expect_all_used(("index.json", "company.json", "customers.json", "conversations/NAME/entries.json"), "former_roots", "address", "user_agent",
                        "word.receipt", "word.withdrawal", "word.statement", "word.kept")
        in_bounded_memory(instance, owner, otto, numbers)


main(test)
