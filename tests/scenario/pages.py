#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""C5: the page a link leads to says how to fetch a package and nothing about anyone: the same for every id, German and
English, strict policy. Where Chromium is installed a picture of each goes to build/screenshots/."""

import os
import pathlib
import shutil
import subprocess

from instance import Instance, expect, main
from wire import ask

IDS = ["a" * 26, "b" * 25 + "a"]
PAGES = ["/", "/p/" + IDS[0], "/v", "/i/kanzlei", "/u/" + "a" * 52]


def screenshot(instance, path, name):
    browser = shutil.which("chromium")
    if not browser:
        print("no picture: chromium is not installed")
        return
    folder = pathlib.Path(os.environ.get("TOP_BUILDDIR", ".")) / "screenshots"
    folder.mkdir(exist_ok=True)
    done = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                           "--disable-background-networking", "--disable-component-update", "--disable-sync",
                           "--ignore-certificate-errors", f"--user-data-dir={instance.dir}/browser", "--window-size=800,900",
                           f"--screenshot={folder / name}.png", instance.url + path],
                          capture_output=True, check=False, timeout=60)
    expect((folder / f"{name}.png").exists(), "chromium made no picture", done.stderr.decode()[-500:])


def test():
    with Instance("pages") as instance:
        for path in PAGES:
            bodies = {}
            for language in ("de", "en"):
                status, headers, body = ask(instance, "GET", path, headers={"Accept-Language": language + ",fr;q=0.5"})
                expect(status == 200, path, "answered", status)
                expect(headers["content-language"] == language, path, "is in", headers["content-language"])
                expect("default-src 'none'" in headers["content-security-policy"], "weak policy", headers)
                expect("strict-transport-security" in headers and "set-cookie" not in headers, "header fields", headers)
                expect(f'lang="{language}"'.encode() in body and b"{" not in body, "a hole was left open in", path)
                bodies[language] = body
            expect(bodies["de"] != bodies["en"], path, "is not translated")
        first, second = (ask(instance, "GET", "/p/" + i, headers={"Accept-Language": "de"})[2] for i in IDS)
        expect(first == second, "the page depends on the package")
        for path in ("/p/x", "/nothing", "/p/" + "a" * 26 + "/x"):
            expect(ask(instance, "GET", path)[0] == 404, path, "is not 404")
        link = "/u/" + "a" * 52
        status, headers, body = ask(instance, "POST", link, b"List-Unsubscribe=One-Click", headers={
            "Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "en"})
        expect(status == 200 and b"Notices are off" in body and "location" not in headers, "one click", status, headers)
        expect(ask(instance, "POST", "/u/x", b"", headers={"Accept-Language": "en"})[2] == body, "the answer depends on the token")
        screenshot(instance, PAGES[1], "page-package")
        screenshot(instance, link, "page-notices")


main(test)
