#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""G5: the metrics are those of all processes in Prometheus' text format, and move with what they count; the health check says
yes or no on both listeners; provisionctl has the detail."""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time

from instance import PASSWORD, Instance, expect, free_port, main, wait_for
from wire import ask

SAMPLE = re.compile(r'([a-z_:][a-z0-9_:]*)(?:\{((?:[a-z_]+="[^"\\]*",?)*)\})? ([0-9.]+)')
LOGINS = 120


def scrape(instance):
    """{name: {labels: value}}, after the form was checked."""
    with socket.create_connection(("127.0.0.1", instance.metrics_port), 10) as s:
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: s.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    expect(b" 200 " in head and b"text/plain; version=0.0.4" in head, "scraped:", head)
    return parse(body.decode())


def parse(text):
    """Each family once, help and type first, no sample twice."""
    families, current, values = {}, None, {}
    for line in text.splitlines():
        if line.startswith("# HELP "):
            current = line.split()[2]
            expect(current not in families, current, "comes twice")
            families[current] = None
        elif line.startswith("# TYPE "):
            name, families[current] = line.split()[2:]
            expect(name == current, "the type of", name, "after the help of", current)
        else:
            m = SAMPLE.fullmatch(line)
            expect(m, "not a sample:", line)
            name = m.group(1)
            family = re.sub("_(bucket|sum|count)$", "", name) if families.get(current) == "histogram" else name
            expect(family == current and families[current], name, "stands under", current)
            expect(families[current] != "counter" or name.endswith("_total"), name, "is a counter")
            labels = m.group(2) or ""
            expect(labels not in values.setdefault(name, {}), name, labels, "comes twice")
            values[name][labels] = float(m.group(3))
    return values


def promtool_agrees(instance):
    if not shutil.which("promtool"):
        print("no promtool here: its word is missing")
        return
    with socket.create_connection(("127.0.0.1", instance.metrics_port), 10) as s:
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        body = b"".join(iter(lambda: s.recv(65536), b"")).partition(b"\r\n\r\n")[2]
    done = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, check=False)
    expect(done.returncode == 0 and not done.stderr, "promtool says", done.stderr.decode())


def total(values, name, part=""):
    return sum(v for labels, v in values.get("provision_" + name, {}).items() if part in labels)


def requests_of_all_processes(instance):
    """Sums over the processes are exact once each has reported; nobody else asks for these."""
    for _ in range(40):
        expect(ask(instance, "GET", "/api/v1/openapi.json")[0] == 200, "no answer")
    for _ in range(LOGINS):
        ask(instance, "POST", "/api/v1/sessions", {"email": "nobody@kunde.example", "auth_key": "A" * 43})
    ask(instance, "GET", "/nothing")

    def moved(part):
        return total(scrape(instance), "web_requests_total", part)
    wait_for(10, "the reports of both", lambda: moved('operation="openapi",status="200"') == 40)
    wait_for(10, "the logins of both", lambda: moved('operation="createSession"') == LOGINS)
    now = scrape(instance)
    limited = total(now, "web_requests_total", 'operation="createSession",status="429"')
    expect(0 < limited == total(now, "store_limited_total"), "limits hit:", limited, total(now, "store_limited_total"))
    expect(moved('operation="none",status="404"') == 1, "an unknown path was not counted")
    processes = set(re.findall('process="(web-[0-9]+)"', " ".join(now["provision_web_requests_total"])))
    expect(processes == {"web-0", "web-1"}, "counts come from", processes)
    answers = total(now, "store_answer_seconds_count")
    expect(answers >= 40 and total(now, "store_answer_seconds_bucket", 'le="+Inf"') == answers, "answers of the store:", answers)
    expect(0 < total(now, "store_answer_seconds_sum") < 60, "they took", total(now, "store_answer_seconds_sum"))


def values_are_true(instance):
    now = scrape(instance)
    disk = os.statvfs(instance.state)
    free = disk.f_bavail * disk.f_frsize
    expect(abs(total(now, "disk_free_bytes") - free) < 1 << 30, "disk:", total(now, "disk_free_bytes"), free)
    context = ssl.create_default_context(cafile=str(instance.authority))
    with context.wrap_socket(socket.create_connection(("127.0.0.1", instance.port), 10), server_hostname="localhost") as s:
        ends = ssl.cert_time_to_seconds(s.getpeercert()["notAfter"])
    expect(set(now["provision_certificate_expires_timestamp_seconds"].values()) == {ends}, "the certificate ends another time")
    expect(total(now, "mails_sent_total") >= 2 and total(now, "mails_failed_total") == 0, "mails were not counted")
    expect(total(now, "store_up") == 1 and total(now, "reload_refused") == 0, "it is not up")


def reload(instance, values):
    instance.write_configuration(values)
    instance.daemon.send_signal(signal.SIGHUP)


def mails_that_cannot_go(instance):
    """Nobody listens where the relay is said to be."""
    reload(instance, {**instance.values, "relay_port": free_port()})
    time.sleep(1)
    instance.person("paul@kunde.example", "Paul", "Vogel").raw(
        "register", "--email", "paul@kunde.example", "--first-name", "Paul", "--last-name", "Vogel", stdin=PASSWORD + "\n")
    now = wait_for(20, "a deferred mail", lambda: (lambda v: total(v, "mails_deferred_total") and v)(scrape(instance)))
    expect(total(now, "mails_waiting") == 1, "mails that wait:", total(now, "mails_waiting"))


def deaths_are_counted(instance):
    for name, label in (("web", "web-"), ("store", "store")):
        before = total(scrape(instance), "process_restarts_total", label)
        os.kill(instance.roles(name)[0], signal.SIGKILL)
        wait_for(20, "the death of " + name, lambda label=label, before=before:
                 total(scrape(instance), "process_restarts_total", label) == before + 1)


def health_is_yes_or_no(instance):
    def both():
        https = ask(instance, "GET", "/health")
        return int(instance.health().split()[1]), https[0], https[2]
    wait_for(10, "health", lambda: both() == (200, 200, b"ok\n"))
    free = os.statvfs(instance.state)
    reload(instance, {**instance.values, "disk_reserve_bytes": str(free.f_blocks * free.f_frsize // 1024) + "KiB"})
    wait_for(15, "no health", lambda: both() == (503, 503, b"unavailable\n"))
    expect(instance.ctl("status")["accepting"] is False, "provisionctl says otherwise")
    reload(instance, {k: v for k, v in instance.values.items() if k != "disk_reserve_bytes"})
    wait_for(15, "health again", lambda: both() == (200, 200, b"ok\n"))


def a_refused_reload_is_told(instance):
    good = dict(instance.values)
    reload(instance, {**good, "package_max_bytes": "much"})
    wait_for(10, "the refusal", lambda: total(scrape(instance), "reload_refused") == 1)
    reload(instance, good)
    wait_for(10, "the reload", lambda: total(scrape(instance), "reload_refused") == 0)


def ctl_tells_more(instance):
    status = instance.ctl("status")
    expect({p["process"] for p in status["processes"]} == {"store", "web-0", "web-1", "courier"}, "processes:", status["processes"])
    expect(status["mails_waiting"] == 1 and "certificate_expires" in status, "status is", status)
    there = instance.ctl("statistics")
    expect(there["accounts"] == 2 and there["companies"] == 1 and there["subscriptions"] == 1, "statistics are", there)
    expect(there["packages_waiting"] == 1 and there["bytes_waiting"] > 1 << 20 and there["registrations"] == 1, "statistics are", there)


def test():
    with Instance("metrics") as instance:
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
        instance.company("kanzlei", owner)
        instance.subscribe(customer, "kanzlei", owner)
        path = instance.dir / "akte.bin"
        path.write_bytes(os.urandom(1 << 20))
        customer.cli("send", "--to", "kanzlei", path)
        instance.mailbox.wait("kontakt@kanzlei.example")
        requests_of_all_processes(instance)
        values_are_true(instance)
        promtool_agrees(instance)
        mails_that_cannot_go(instance)
        ctl_tells_more(instance)
        deaths_are_counted(instance)
        health_is_yes_or_no(instance)
        a_refused_reload_is_told(instance)
        promtool_agrees(instance)


main(test)
