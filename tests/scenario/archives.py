# SPDX-License-Identifier: MIT
"""Reads archives as another program would, by src/archive/FORMAT.md alone: whether each is whole, whether every name in its documents
stands there, and whether its letters say what the entries say."""

import email
import email.header
import email.policy
import email.utils
import json
import os
import pathlib
import re
import stat
import tarfile

from instance import expect

FORMAT = pathlib.Path(os.environ.get("TOP_SRCDIR", "../..")) / "src/archive/FORMAT.md"
NAME = re.compile(r"`([^`]+)`")


def described():
    """Document as headed in FORMAT.md -> names in its table."""
    found, current = {}, None
    for line in FORMAT.read_text().splitlines():
        if line.startswith("#"):
            current = line.removeprefix("### ").strip() if line.startswith("### ") else None
        elif current and line.startswith("|"):
            found.setdefault(current, set()).update(NAME.findall(line.split("|")[1]))
    return found


def kind_of(name):
    """conversations/kanzlei/entries.json -> conversations/NAME/entries.json"""
    return re.sub(r"^(conversations|packages)/[^/]+/", r"\1/NAME/", name)


def names_in(value, prefix=""):
    if isinstance(value, list):
        return set().union(*(names_in(v, prefix + "[]") for v in value)) if value and isinstance(value[0], dict) else {prefix}
    if isinstance(value, dict):
        return set().union(*(names_in(v, f"{prefix}.{k}" if prefix else k) for k, v in value.items())) if value else set()
    return {prefix}


class Archive:
    """What is in an archive; all of it in memory, so for small ones."""

    used = {}      # document -> names that were there, of all archives of a test

    def __init__(self, path, check=True):
        self.path = pathlib.Path(path)
        expect(stat.S_IMODE(self.path.stat().st_mode) == 0o600, path, "has mode", oct(self.path.stat().st_mode))
        with tarfile.open(path) as tar:
            members = tar.getmembers()
            expect(all(m.isfile() and m.mode == 0o600 and m.uid == m.gid == 0 for m in members), "other members than private files")
            self.files = {m.name: tar.extractfile(m).read() for m in members}
        self.names = [m.name for m in members]
        expect(len(set(self.names)) == len(self.names), "a name twice:", self.names)
        if check:
            self.check()

    def json(self, name):
        return json.loads(self.files[name])

    def items(self, name):
        return self.json(name)["items"]

    def entries(self, folder):
        return self.items(f"conversations/{folder}/entries.json")

    def folders(self):
        return sorted(n.split("/")[1] for n in self.names if n.endswith("/entries.json"))

    def letter(self, name):
        return email.message_from_bytes(self.files[name], policy=email.policy.SMTP)

    def author(self, name):
        """Display name of a letter's author. Python's new parser leaves a blank between encoded words (RFC 2047, 6.2)."""
        mail = email.message_from_bytes(self.files[name])
        shown = email.utils.parseaddr(mail["From"].replace("\r\n", ""))[0]
        return str(email.header.make_header(email.header.decode_header(shown)))

    def has(self, text):
        """Members in which a text stands; letters as they read, not as they are encoded."""
        found = [n for n, data in self.files.items() if n != "FORMAT.md" and text.encode() in data]
        for name in self.names:
            if name.endswith(".eml"):
                mail = self.letter(name)
                if any(text in str(v) for v in mail.values()) or text in mail.get_content():
                    found.append(name)
        return sorted(set(found))

    # --- by the description

    def check(self):
        tables = described()
        expect(self.names[:2] == ["README.txt", "FORMAT.md"] and self.names[-1] == "index.json", "order is", self.names)
        expect(self.files["FORMAT.md"] == FORMAT.read_bytes(), "FORMAT.md is another one")
        for name in self.names:
            if name.endswith(".json"):
                self.check_names(name, tables)
        index = self.json("index.json")
        expect((index["format"], index["version"]) == ("provision-archive", 1), "index says", index)
        listed = {d["name"]: d["items"] for d in index["documents"]}
        for name in (n for n in self.names if n.endswith(".json") and n != "index.json"):
            expect(name in listed, name, "is not in the index")
            expect(listed.pop(name) == len(self.json(name).get("items", [])), name, "has another number of items")
        expect(not listed, "only in the index:", listed)
        entries = [e for f in self.folders() for e in self.entries(f)]
        letters = [n for n in self.names if n.endswith(".eml")]
        count = {"conversations": len(self.folders()), "entries": len(entries), "letters": len(letters),
                 "packages": len([e for e in entries if e["kind"] == "package"])}
        expect({k: index[k] for k in count} == count, "counted", count, "index says", index)
        expect(sorted(e["letter"] for e in entries if "letter" in e) == sorted(letters), "letters are", letters)
        for folder in self.folders():
            for e in self.entries(folder):
                self.check_letter(folder, e)

    def check_names(self, name, tables):
        kind = kind_of(name)
        expect(kind in tables, kind, "is not described")
        document = self.json(name)
        names = names_in(document["items"], "")if "items" in document else names_in(document)
        names = {n.removeprefix("[]").lstrip(".") for n in names} - {""}
        plain = {n.removesuffix("[]") for n in names}
        expect(plain <= tables[kind], name, "has names that are not described:", plain - tables[kind])
        Archive.used.setdefault(kind, set()).update(plain)

    def check_letter(self, folder, e):
        has_letter = e["kind"] == "package" or (e["kind"] == "text" and not e.get("deleted"))
        expect(("letter" in e) == has_letter, "letter of", e)
        if not has_letter:
            return
        expect(e["letter"] == f"conversations/{folder}/messages/{e['sequence']:010}.eml", "letter is called", e["letter"])
        mail = self.letter(e["letter"])
        expect(not mail.defects and mail.get_content_type() == "text/plain", e["letter"], mail.defects)
        expect(email.utils.parsedate_to_datetime(mail["Date"]).strftime("%Y-%m-%dT%H:%M:%S") == e["time"][:19], mail["Date"], e)
        expect(re.fullmatch(rf"<[a-z2-7]{{26}}\.{e['sequence']}@provision\.invalid>", mail["Message-ID"]), mail["Message-ID"])
        for field in ("From", "To"):
            expect(mail[field].addresses[0].domain.endswith(".provision.invalid"), mail[field])
        is_company = mail["From"].addresses[0].username == "company"
        expect(is_company == e["from_company"] and (mail["To"].addresses[0].username == "company") != is_company, mail["From"], mail["To"])
        body = mail.get_content().replace("\r\n", "\n")
        if e["kind"] == "text":
            expect(body == e["text"] + ("" if e["text"].endswith("\n") else "\n"), f"{body!r} for {e['text']!r}")
        else:
            comment = e["package"].get("comment", "")
            expect(body.startswith(comment), f"{body!r} for {comment!r}")
            expect(all(f["name"] in body for f in e["files"][:20]), body, e["files"][:20])


def expect_all_used(kinds, *but):
    """Nothing is described of these documents that never comes; but: what this test cannot make."""
    tables = described()
    for kind in kinds:
        left = tables[kind] - Archive.used.get(kind, set()) - set(but)
        expect(not left, "described, but never seen in", kind, "-", left)


def left_behind(folder):
    return [p.name for p in pathlib.Path(folder).iterdir() if p.name.startswith(".tmp-")]
