#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Issue 4, must-show 1: runs bench/conversation on a stock of its own, and against a whole daemon with 16 customers.

    conversation.py [SUBSCRIPTIONS MESSAGES]        by default 1000 1000000; run it in the build folder's tests/"""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scenario"))

from api_world import World
from instance import Instance
from openapi import Client

CLIENTS, SECONDS = 16, 6
PROGRAM = str(pathlib.Path("bench/conversation").resolve())


def say():
    with Instance("bench") as instance:
        w = World(instance, Client(instance))
        lines = []
        for i in range(CLIENTS):
            customer = w.person(f"kunde{i}@kunde.example").register()
            subscription, _ = w.company.subscribe(customer)
            lines.append(f"{subscription} {customer.token}\n")
        path = instance.dir / "clients"
        path.write_text("".join(lines))
        return subprocess.run([PROGRAM, "say", instance.url, str(instance.authority), str(SECONDS), str(path)], check=False).returncode


failed = say()
sys.exit(subprocess.run([PROGRAM, "stock", *sys.argv[1:]], check=False).returncode or failed)
