#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The completions that the programs print complete when a person presses Tab: in a bash, and in a zsh where there is one."""

import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(os.environ["BUILD"])
NAMES = {"provision": "_provision", "provisionctl": "_provisionctl"}
# What is typed, and what stands there after Tab.
CASES = [
    ("provisionctl comp", "provisionctl company "),
    ("provisionctl company a", "provisionctl company add "),
    ("provisionctl statis", "provisionctl statistics "),
    ("provisionctl company add kanzlei --una", None),
    ("provisionctl company add kanzlei --unl", "provisionctl company add kanzlei --unlisted "),
    ("provisionctl company add kanzlei --locale d", "provisionctl company add kanzlei --locale de "),
    ("provisionctl --js", "provisionctl --json "),
    ("provisionctl -c Unter", "provisionctl -c Unterlagen.pdf "),
    ("provisionctl --socket Unter", "provisionctl --socket Unterlagen.pdf "),
    ("provision verify-add", "provision verify-address "),
    ("provision send --to kanzlei Unter", "provision send --to kanzlei Unterlagen.pdf "),
    ("provision send --comm", "provision send --comment "),
    ("provision inbox --se", "provision inbox --sent "),
    ("provision keys acc", "provision keys accept "),
    ("provision zzz", None),
]


class Shell:
    def __init__(self, words, begin, folder):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            environment = {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": folder, "LANG": "C.UTF-8"}
            os.execvpe(words[0], words, environment)
        self.say(begin + "\n")
        self.wait("READY-1")

    def say(self, text):
        os.write(self.fd, text.encode())

    def wait(self, until, seconds=20):
        said, end = "", time.monotonic() + seconds
        while until not in said:
            if time.monotonic() > end:
                sys.exit(f"FAILED: waited for {until!r}, the shell said {said!r}")
            if select.select([self.fd], [], [], 0.2)[0]:
                said += os.read(self.fd, 4096).decode(errors="replace")
        return said

    def complete(self, typed):
        """What the line is after Tab: then it is made the argument of a command that prints it."""
        self.say(typed + "\t")
        time.sleep(0.2)
        self.say("\x01printf '<%s>EN%s\\n' '\x05|' D\n")
        return re.findall(r"<([^<>%]*)\|>END", self.wait("|>END"))[-1]

    def end(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def print_completions(folder):
    for program, name in NAMES.items():
        for shell, file in (("bash", program), ("zsh", name)):
            with open(folder / file, "wb") as to:
                subprocess.run([BUILD / program, "--print-completion", shell], stdout=to, check=True)
    if subprocess.run([BUILD / "provision", "--print-completion", "fish"], capture_output=True, check=False).returncode != 64:
        sys.exit("FAILED: a shell that is not known was taken")


def tabs(shell, begin, words):
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "Unterlagen.pdf").touch()
        process = Shell(words, begin, folder)
        for typed, wanted in CASES:
            got = process.complete(typed)
            # zsh takes the blank back when a line goes on elsewhere
            if got.rstrip() != (wanted or typed).rstrip():
                sys.exit(f"FAILED: in {shell}, {typed!r} became {got!r} instead of {wanted!r}")
        process.end()
    print(f"{shell}: {len(CASES)} lines completed")


with tempfile.TemporaryDirectory() as where:
    print_completions(pathlib.Path(where))
    tabs("bash", f"bind 'set bell-style none'; source {where}/provision; source {where}/provisionctl; echo READY-$((1))",
         ["bash", "--norc", "--noprofile", "-i"])
    if shutil.which("zsh"):
        tabs("zsh", f"bindkey -e; fpath=({where} $fpath); autoload -Uz compinit; compinit -u -D; setopt no_beep; echo READY-$((1))",
             ["zsh", "-f", "-i"])
    else:
        print("there is no zsh here: its completion was not tried")
