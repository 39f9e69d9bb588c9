#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Must-show 6: each of two web processes killed 20 times during 50 concurrent sends. Every package arrives
once, nobody logs in again, and back-off starts only after several early deaths."""

import os
import signal
import time

from instance import Instance, expect, main, wait_for

SENDS, KILLS, AT_ONCE = 50, 20, 10
# A process that lived so long did not die early (provisiond/table.c).
SETTLED_S = 2.1


class Webs:
    """The two web processes by age: which may be killed without it being an early death."""

    def __init__(self, instance):
        self.instance, self.seen, self.gaps = instance, {}, []

    def look(self):
        pids = self.instance.roles("web")
        self.seen = {pid: self.seen.get(pid, time.monotonic()) for pid in pids}
        return pids

    def kill_settled(self):
        """Kills the oldest one if it has settled; waits for its successor."""
        pids = self.look()
        settled = [p for p in pids if time.monotonic() - self.seen[p] > SETTLED_S]
        if len(pids) < 2 or not settled:
            return 0
        self.kill(min(settled, key=self.seen.get))
        return 1

    def kill(self, pid):
        before = set(self.look())
        start = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        wait_for(40, "the successor", lambda: len(set(self.look()) - before) == 1)
        self.gaps.append(time.monotonic() - start)
        return (set(self.look()) - before).pop()


def sends_survive(instance, owner, customer):
    sessions = instance.log.read_text().count("session-open")
    path = instance.dir / "akte.bin"
    path.write_bytes(os.urandom(8 << 20))
    webs, waiting, running, kills = Webs(instance), SENDS, [], 0
    while waiting or running or kills < 2 * KILLS:
        while waiting and len(running) < AT_ONCE and kills * SENDS >= (SENDS - waiting - AT_ONCE) * 2 * KILLS:
            running.append(customer.start("send", "--to", "kanzlei", "--json", path))
            waiting -= 1
        kills += webs.kill_settled() if kills < 2 * KILLS else 0
        for process in [p for p in running if p.poll() is not None]:
            _, err = process.communicate()
            expect(process.returncode == 0, "a send failed:", err.decode())
            running.remove(process)
        time.sleep(0.02)
    rows = owner.cli("inbox")
    expect(len(rows) == SENDS, "sent", SENDS, "and", len(rows), "arrived")
    expect(len({r["package"] for r in rows}) == SENDS, "a package arrived twice")
    expect(instance.log.read_text().count("session-open") == sessions, "somebody had to log in again")
    expect(max(webs.gaps) < 2, "a restart took", max(webs.gaps), "s")
    print(f"{kills} kills, {SENDS} packages; successor after {min(webs.gaps):.2f} to {max(webs.gaps):.2f} s")


def early_deaths_back_off(instance):
    webs = Webs(instance)
    pid = webs.look()[0]
    for _ in range(5):
        pid = webs.kill(pid)
    expect(max(webs.gaps[:2]) < 1 and max(webs.gaps) > 0.9, "waits between early deaths:", webs.gaps)
    print("waits after early deaths:", ", ".join(f"{g:.1f}" for g in webs.gaps), "s")


def test():
    with Instance("kill-web") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        instance.company("kanzlei", owner)
        instance.subscribe(customer, "kanzlei", owner)
        sends_survive(instance, owner, customer)
        early_deaths_back_off(instance)


main(test)
