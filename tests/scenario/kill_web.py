#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Must-show 6: each of two web processes killed 20 times during 50 concurrent sends. Every package arrives
once, nobody logs in again, and back-off starts only after several early deaths."""

import os
import signal
import time

from instance import Instance, expect, main, wait_for

SENDS, KILLS, AT_ONCE = 50, 20, 10


def kill_one(instance, index):
    """Kills the index-th web process and waits for its successor; how long that took."""
    before = wait_for(40, "two web processes", lambda: len(instance.roles("web")) == 2 and instance.roles("web"))
    os.kill(before[index], signal.SIGKILL)
    start = time.monotonic()
    wait_for(40, "the successor", lambda: len(instance.roles("web")) == 2 and set(instance.roles("web")) != set(before))
    return time.monotonic() - start


def test():
    with Instance("kill-web") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        instance.company("kanzlei", owner)
        instance.subscribe(customer, "kanzlei", owner)
        sessions = instance.log.read_text().count("session-open")
        path = instance.dir / "akte.bin"
        path.write_bytes(os.urandom(8 << 20))
        waiting, running, sent, gaps = SENDS, [], [], []
        kills = 0
        while waiting or running or kills < 2 * KILLS:
            while waiting and len(running) < AT_ONCE:
                running.append(customer.start("send", "--to", "kanzlei", "--json", path))
                waiting -= 1
            if kills < 2 * KILLS:
                gaps.append(kill_one(instance, kills % 2))
                kills += 1
            for process in [p for p in running if p.poll() is not None]:
                out, err = process.communicate()
                expect(process.returncode == 0, "a send failed:", err.decode())
                sent.append(out)
                running.remove(process)
            time.sleep(0.05)
        rows = owner.cli("inbox")
        expect(len(rows) == SENDS, "sent", SENDS, "and", len(rows), "arrived")
        expect(len({r["package"] for r in rows}) == SENDS, "a package arrived twice")
        expect(instance.log.read_text().count("session-open") == sessions, "somebody had to log in again")
        print(f"{2 * KILLS} kills, {SENDS} packages; successor after {min(gaps):.2f} to {max(gaps):.2f} s")


main(test)
