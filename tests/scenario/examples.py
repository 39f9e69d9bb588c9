#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""G8: the manual's examples are good: nginx runs with its file in front of the daemon and the main job goes through it, the
client's address as it should be; HAProxy, Postfix and promtool accept theirs. The manual knows every metric there is."""

import http.client
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import urllib.request

from instance import Instance, USERS, expect, free_port, instance_program, main, run, wait_for

TOP = pathlib.Path(os.environ["TOP_SRCDIR"])
EXAMPLES = TOP / "contrib/examples"
MAIN = """daemon off;
worker_processes 1;
pid {dir}/nginx.pid;
error_log {dir}/nginx.log info;
events {{ }}
http {{
    client_body_temp_path {dir}/nginx-body;
    proxy_temp_path {dir}/nginx-proxy;
    fastcgi_temp_path {dir}/nginx-fastcgi;
    uwsgi_temp_path {dir}/nginx-uwsgi;
    scgi_temp_path {dir}/nginx-scgi;
    include {dir}/site.conf;
}}
"""


def program(name):
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not found:
        print("there is no", name, "here: its example was not tried")
    return found


class Nginx:
    """The example with this machine's ports and files."""

    def __init__(self, instance, binary, port):
        d = instance.dir
        site = (EXAMPLES / "nginx.conf").read_text()
        changes = {"listen 443 ssl": f"listen 127.0.0.1:{port} ssl", "    listen [::]:443 ssl;\n": "", "provision.example.org": "localhost",
                   "/etc/provision/certificate.pem": str(d / "server.pem"), "/etc/provision/certificate.key": str(d / "server.key"),
                   "127.0.0.1:8443": f"127.0.0.1:{instance.port}", "/etc/ssl/certs/ca-certificates.crt": str(instance.authority)}
        for old, new in changes.items():
            expect(old in site, "the example has no", old)
            site = site.replace(old, new)
        (d / "site.conf").write_text(site)
        (d / "nginx.conf").write_text(MAIN.format(dir=d))
        run(binary, "-t", "-c", d / "nginx.conf", "-e", d / "nginx.log")
        self.process = subprocess.Popen([binary, "-c", str(d / "nginx.conf"), "-e", str(d / "nginx.log")], stderr=subprocess.DEVNULL)
        wait_for(10, "nginx", lambda: socket.socket().connect_ex(("127.0.0.1", port)) == 0)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def through_nginx(binary):
    port = free_port()
    options = {"url": f"https://localhost:{port}", "trusted_proxies": "127.0.0.1", "address_field": "x-forwarded-for"}
    with Instance("examples", options) as instance:
        instance.url = options["url"]
        nginx = Nginx(instance, binary, port)
        try:
            owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
            customer = instance.person("anna@kunde.example", "Anna", "Schmidt").register()
            instance.company("kanzlei", owner)
            instance.subscribe(customer, "kanzlei", owner)
            path = instance.dir / "akte.bin"
            path.write_bytes(os.urandom(40 << 20))
            package = customer.cli("send", "--to", "kanzlei", path)["package"]
            owner.cli("receive", package, "-o", owner.home / "got")
            expect((owner.home / "got/akte.bin").read_bytes() == path.read_bytes(), "the file changed on its way")
            left = [p for p in instance.dir.glob("nginx-*/**/*") if p.is_file()]
            expect(not left, "nginx kept", left)
            a_client_cannot_choose_its_address(instance, port)
            metrics_are_in_the_manual(instance)
        finally:
            nginx.stop()


def a_client_cannot_choose_its_address(instance, port):
    """Twelve tries to log in, each with another address in the field: all are one client."""
    context, statuses = ssl.create_default_context(cafile=str(instance.authority)), []
    connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=10, source_address=("127.0.9.9", 0))
    for i in range(12):
        connection.request("POST", "/api/v1/sessions", json.dumps({"email": "x@kunde.example", "auth_key": "A" * 43}),
                           {"Content-Type": "application/json", "X-Forwarded-For": f"192.0.2.{i}"})
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
    connection.close()
    expect(statuses[0] == 401 and statuses[-1] == 429, "tries were answered", statuses)


def metrics_are_in_the_manual(instance):
    def families():
        with urllib.request.urlopen(f"http://127.0.0.1:{instance.metrics_port}/metrics", timeout=5) as answer:
            return set(re.findall(r"^# TYPE provision_(\S+)", answer.read().decode(), re.M))
    wait_for(10, "the report of who answered", lambda: "web_requests_total" in families())
    shown = families()
    manual = (TOP / "contrib/provision-admin.7").read_text()
    part = manual[manual.index("All metrics begin"):manual.index("The log goes to the journal")]
    told = set(re.findall(r"[a-z]+(?:_[a-z]+)+", part)) - {"provision_"}
    expect(shown == told, "only shown:", shown - told, "only in the manual:", told - shown)
    rules = (EXAMPLES / "prometheus-rules.yml").read_text()
    unknown = set(re.findall(r"provision_([a-z_]+)", rules)) - shown
    expect(not unknown, "alerts on metrics that are not there:", unknown)


def commands_of(section):
    """Those for the operator's tools in the blocks of a section of the manual, in order."""
    manual = (TOP / "contrib/provision-admin.7").read_text()
    part = manual[manual.index(f".Sh {section}"):]
    part = part[:part.index("\n.Sh ", 1)]
    blocks = "".join(re.findall(r"\.Bd -literal[^\n]*\n(.*?)\.Ed", part, re.S))
    return [line.split() for line in blocks.splitlines()]


def backup_as_in_the_manual():
    """Its commands in their order, with this machine's paths; those of systemd and of install by what they mean."""
    with Instance("examples-backup") as instance:
        mirror, backups = instance.dir / "mirror", instance.dir / "backups"
        paths = {"/srv/backup/": f"{backups}/", "/var/lib/provision": str(instance.state), "/etc/provision/": f"{instance.dir}/"}
        user = pwd.getpwnam(USERS["user_store"]) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        backups.mkdir()
        instance.stop()
        mirror.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(mirror, USERS["user_store"])
        instance.write_configuration({**instance.values, "key_mirror_dir": mirror, "next_master_key_file": instance.dir / "next-master.key"})
        instance.start()
        owner = instance.person("eva@kanzlei.example", "Eva", "Müller").register()
        done = []
        for words in commands_of("BACKUP AND RESTORE") + commands_of("THE MASTER KEY"):
            for old, new in paths.items():
                words = [w.replace(old, new) for w in words]
            if words[0] == "systemctl":
                if words[1] != "start":
                    instance.stop()
                if words[1] != "stop":
                    instance.start()
            elif words[0] in ("provisionctl", "provisiond"):
                configuration = ["-c", instance.conf] if words[0] == "provisionctl" else []
                run(instance_program(words[0]), *configuration, *words[1:])
            else:
                run(*[w.replace("provision-store", str(user.pw_uid if words[i - 1] == "-o" else user.pw_gid)) for i, w in enumerate(words)])
            done.append(" ".join(words[:2]))
        expect("provisionctl backup" in done and "provisionctl restore" in done and "provisionctl key" in done, "did only", done)
        expect(owner.cli("sessions"), "nobody gets in")


def files_are_accepted(folder):
    if program("haproxy"):
        run(program("haproxy"), "-c", "-f", EXAMPLES / "haproxy.cfg")
    if program("postconf"):
        shutil.copy(EXAMPLES / "postfix-main.cf", folder / "main.cf")
        (folder / "master.cf").touch()
        done = subprocess.run([program("postconf"), "-c", str(folder), "-n"], capture_output=True, check=False)
        expect(done.returncode == 0 and not done.stderr, "postconf says", done.stderr.decode())
    if program("promtool"):
        run(program("promtool"), "check", "rules", EXAMPLES / "prometheus-rules.yml")


def test():
    with tempfile.TemporaryDirectory() as folder:
        files_are_accepted(pathlib.Path(folder))
    backup_as_in_the_manual()
    binary = program("nginx")
    if binary:
        through_nginx(binary)


main(test)
