#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Must-show 4: sending and receiving 1 GiB keeps the client and every role under 64 MiB resident (the store:
40 MiB + cache + 16). With TEST_LONG, a quarter of it otherwise."""

import os
import pathlib
import subprocess

from instance import Instance, expect, main
from machine import skip

# TEST_LONG: the size the requirement names.
SIZE = (1024 if os.environ.get("TEST_LONG") else 256) << 20
LIMIT_KIB = 64 << 10
STORE_LIMIT_KIB = (40 + 16 + 16) << 10


def peak_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0


def reset_peak(pid):
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")


def test():
    if os.environ.get("NO_JAIL") == "1":
        skip("what a sanitizer keeps of its own counts as memory")
    with Instance("memory") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        instance.company("kanzlei", owner)
        instance.subscribe(customer, "kanzlei", owner)
        path = instance.dir / "gross.bin"
        with open(path, "wb") as f:
            for _ in range(SIZE >> 20):
                f.write(os.urandom(1 << 20))
        pids = {name: instance.roles(name) for name in ("store", "web")}
        for pid in pids["web"] + pids["store"]:
            reset_peak(pid)
        send_kib, lines = customer.measured("send", "--to", "kanzlei", path)
        receive_kib, _ = owner.measured("receive", lines[-1], "-o", instance.dir / "got")
        expect(subprocess.run(["cmp", path, instance.dir / "got" / "gross.bin"], check=False).returncode == 0, "bytes differ")
        figures = {"send": send_kib, "receive": receive_kib}
        for name, of_role in pids.items():
            figures[name] = max(peak_kib(pid) for pid in of_role)
        print(f"{SIZE >> 20} MiB both ways, resident KiB: {figures}")
        for name, kib in figures.items():
            expect(kib < (STORE_LIMIT_KIB if name == "store" else LIMIT_KIB), name, "took", kib, "KiB")


main(test)
