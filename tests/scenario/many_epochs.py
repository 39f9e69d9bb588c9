#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""B2: a company's keys are renewed 40 times while packages of the first epoch wait, both ways and under another root: more than are
listed with it. All are received, by members from then and of later; a server that shows other former keys stops the client."""

from hostile import Liar, Lies, in_json
from instance import Instance, expect, main

RENEWALS = 40


def without_first(answer):
    answer["epochs"] = answer["epochs"][1:] or answer["epochs"]
    answer["epochs"][0] = answer["epochs"][-1]


def test():
    with Instance("many-epochs") as i:
        liar = Liar(i)
        i.url = liar.url
        try:
            lies = Lies(i, liar)
            owner = i.person("eva@kanzlei.example", "Eva", "Müller").register()
            jan = i.person("jan@kanzlei.example", "Jan", "Öztürk").register()
            anna = i.person("anna@kunde.example").register()
            i.company("kanzlei", owner)
            number = i.subscribe(anna, "kanzlei", owner)
            path = i.dir / "brief.txt"
            path.write_text("Grüße")
            first, second = (anna.cli("send", "--to", "kanzlei", path)["package"] for _ in range(2))
            back = owner.cli("send", "--to", number, path)["package"]
            for n in range(RENEWALS):
                done = owner.cli("member", "renew", *(["--root"] if n == 2 else []))
                expect(done["epoch"] == n + 2, "renewed to", done)
            anna.cli("keys", "accept", "kanzlei", done["fingerprint"])
            owner.admit(jan)
            former = r"/companies/kanzlei/epochs/\d+"
            for change in (without_first, lambda a: a.update(epochs=[]), lambda a: a.update(roots=a["roots"][:1])):
                lies.tell("other former keys", in_json(former, change), jan, "receive", first, "-o", i.dir / "lie")
            jan.cli("receive", first, "-o", i.dir / "first")
            owner.cli("receive", second, "-o", i.dir / "second")
            anna.cli("receive", back, "-o", i.dir / "back")
            for name in ("first", "second", "back"):
                expect((i.dir / name / "brief.txt").read_text() == "Grüße", name, "came out different")
        finally:
            liar.stop()


main(test)
