#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""F1: 1,000 notices through a real Postfix, STARTTLS required and its certificate checked, into a maildir: each once, with the header
fields they ought to have. With another name than the certificate's not one goes through."""

import email
import email.policy
import os
import pathlib
import re
import shutil
import signal
import sys
import tempfile
import time

from crowd import Crowded, crowd, once
from instance import expect, main, wait_for
from postfix import Postfix, missing

COUNT = int(os.environ.get("TEST_COUNT", "1000"))
TOKEN = "[a-z2-7]"


def check(mail):
    """What a receiving server and a mail program look at."""
    to = mail["Delivered-To"]
    fields = {"Auto-Submitted": "auto-generated", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
              "Content-Language": "de" if int(to.split("@")[0]) % 2 == 0 else "en"}
    for name, value in fields.items():
        expect(mail[name] == value, to, name, mail[name])
    expect(mail["To"].addresses[0].addr_spec == to, "to", mail["To"], "delivered to", to)
    expect(re.fullmatch(rf"<b\.{TOKEN}{{45}}@test\.example>", mail["Return-Path"]), "sender", mail["Return-Path"])
    expect(re.fullmatch(rf"<https://localhost:\d+/u/{TOKEN}{{52}}>", mail["List-Unsubscribe"].strip()), mail["List-Unsubscribe"])
    expect(mail["Date"].datetime.utcoffset() is not None and mail["Date"].endswith(("+0100", "+0200")), "date", mail["Date"])
    expect("TLSv1.3" in mail["Received"] or "TLSv1.2" in mail["Received"], "not over TLS:", mail["Received"])
    expect([p.get_content_type() for p in mail.iter_parts()] == ["text/plain", "text/html"], "parts", mail.get_content_type())


def deliver(folder):
    options = {"relay_host": "localhost", "relay_security": "starttls", "relay_name": "relay.other.example"}
    instance = Crowded("postfix", COUNT, 1, options)
    mail = folder / "mail"
    mail.mkdir()
    shutil.chown(mail, "nobody")
    for name in ("server.pem", "server.key"):
        shutil.copy(instance.dir / name, folder)
    postfix = Postfix(folder, smtpd_tls_security_level="encrypt", smtpd_tls_cert_file=folder / "server.pem",
                      smtpd_tls_key_file=folder / "server.key", smtpd_tls_received_header="yes",
                      virtual_mailbox_domains="kunde.example", virtual_mailbox_base=mail, virtual_mailbox_maps="static:all/",
                      virtual_uid_maps="static:65534", virtual_gid_maps="static:65534")
    instance.write_configuration({**instance.values, "relay_port": postfix.port})
    new = mail / "all/new"
    try:
        postfix.start()
        with instance:
            wait_for(30, "all to be tried", lambda: all(r["state"] == "retrying" for r in instance.queue()))
            reasons = {r["reason"] for r in instance.queue()}
            expect(len(reasons) == 1 and "certificate was refused" in reasons.copy().pop(), "reasons", reasons)
            expect(not new.exists(), "a mail went to a relay with another name")
            instance.write_configuration({**instance.values, "relay_name": "localhost"})
            instance.daemon.send_signal(signal.SIGHUP)
            wait_for(10, "the reload", lambda: "reload" in instance.log.read_text())
            begin = time.monotonic()
            instance.drain(120)
            wait_for(120, "all to be delivered", lambda: new.exists() and len(os.listdir(new)) >= COUNT)
            print(f"{COUNT} through Postfix in {time.monotonic() - begin:.1f} s")
            time.sleep(0.5)
            mails = [email.message_from_bytes(p.read_bytes(), policy=email.policy.default) for p in new.iterdir()]
            once([(m["Delivered-To"], m["Message-ID"]) for m in mails], crowd(COUNT))
            for m in mails:
                check(m)
    finally:
        postfix.stop()


def test():
    if missing():
        print("skipped:", missing())
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="provision-postfix-") as folder:
        os.chmod(folder, 0o755)
        deliver(pathlib.Path(folder))


main(test)
