# SPDX-License-Identifier: MIT
"""A machine of its own for one test: this machine's files under an overlay that ends with it, and a real systemd as the
first process of namespaces of its own (processes, mounts, network, control groups). Nothing outside is touched."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from instance import Instance, expect, instance_program, run, wait_for

SERVICE, SOCKETS = "provisiond.service", ["provisiond.socket", "provisiond-metrics.socket"]
SYSTEMD = pathlib.Path("/lib/systemd/systemd")

# $1: an empty folder; becomes the first process when everything is mounted.
MOUNT = r"""
set -e
mount -t tmpfs -o mode=755 tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/tree" "$1/control"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/tree"
mount -t cgroup2 cgroup2 "$1/control"
mkdir "$1/control/$2"
echo $$ > "$1/control/$2/cgroup.procs"
exec unshare --cgroup --pid --net --uts --ipc --fork --kill-child /bin/sh -c "$3" sh "$1/tree"
"""
BEGIN = r"""
set -e
cd "$1"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for node in null:3 zero:5 full:7 random:8 urandom:9; do
	mknod -m 666 "dev/${node%:*}" c 1 "${node#*:}"
done
mknod -m 666 dev/tty c 5 0
ln -s null dev/console
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mkdir dev/shm dev/pts dev/old
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
for folder in "$TOP_SRCDIR" "$TOP_BUILDDIR"; do
	mkdir -p ".$folder"
	mount --bind "$folder" ".$folder"
done
ip link set lo up
# Nothing of this machine's own is mounted, waited for or started.
: > etc/fstab
: > etc/crypttab
rm -rf etc/systemd/system/*.wants etc/systemd/system/*.requires usr/local/etc/provision
for unit in usr/lib/systemd/system/sysinit.target.wants/*; do
	case $(basename "$unit") in
	systemd-journald.service | systemd-sysusers.service | systemd-tmpfiles-setup.service) ;;
	*) ln -sf /dev/null "etc/systemd/system/$(basename "$unit")" ;;
	esac
done
printf '[Unit]\nRequires=sysinit.target\n' > etc/systemd/system/machine.target
eval "$PREPARE" >dev/shm/prepare.log 2>&1 || { cat dev/shm/prepare.log >&2; exit 1; }
pivot_root . dev/old
cd /
umount -l dev/old
mount --make-rshared /
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin container=machine \
    /lib/systemd/systemd --unit=machine.target --show-status=no >/dev/null 2>&1
"""


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def check():
    """Ends the test where there can be no such machine, and says why."""
    if os.geteuid() != 0:
        skip("only root can start a systemd of its own")
    if not SYSTEMD.exists():
        skip("there is no systemd on this machine")
    if os.environ.get("NO_JAIL") == "1":
        skip("the unit's sandbox allows no sanitizer")
    words = ["unshare", "--mount", "--cgroup", "--pid", "--net", "--uts", "--ipc", "--fork", "--propagation", "private", "/bin/sh", "-ec",
             "mount -t tmpfs tmpfs /mnt; mkdir /mnt/u /mnt/w /mnt/t /mnt/c; mount -t cgroup2 cgroup2 /mnt/c; "
             "mount -t overlay -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w overlay /mnt/t"]
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode != 0:
        skip("this machine gives no namespaces, overlay or control groups: " + done.stderr.decode().strip()[-200:])


class Machine:
    """prepare: shell words, run in the new root before it starts."""

    def __init__(self, prepare='make -s -C "$TOP_BUILDDIR" install DESTDIR="$PWD"'):
        self.prepare = prepare

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="provision-machine-")
        self.group = os.path.basename(self.dir)
        words = ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", MOUNT, "sh", self.dir, self.group, BEGIN]
        environment = {k: os.environ[k] for k in ("TOP_SRCDIR", "TOP_BUILDDIR", "PATH")}
        environment["PREPARE"] = self.prepare
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, env=environment)
        self.pid = wait_for(60, "the first process", self.first)
        return self

    def first(self):
        """What became of unshare's child: its pid once it is systemd."""
        expect(self.process.poll() is None, "the machine ended with", self.process.returncode)
        for pid in pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            try:
                if os.path.basename(os.readlink(f"/proc/{pid}/exe")) == "systemd":
                    return int(pid)
            except FileNotFoundError:       # it has just ended, and unshare will
                pass
        return None

    def inside(self, *words):
        return ["nsenter", "-t", str(self.pid), "--mount", "--root", "--wdns=/", "--uts", "--ipc", "--net", "--pid", "--cgroup", *map(str, words)]

    def __exit__(self, *_reason):
        self.process.kill()
        self.process.wait()
        self.remove_group()
        shutil.rmtree(self.dir, ignore_errors=True)

    def remove_group(self):
        """The empty control groups it leaves."""
        script = ('mount -t cgroup2 cgroup2 /mnt; for i in 1 2 3 4 5 6 7 8 9; do '
                  'find "/mnt/$1" -depth -type d -exec rmdir {} + 2>/dev/null; [ -e "/mnt/$1" ] || exit 0; sleep 0.2; done')
        subprocess.run(["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script, "sh", self.group], check=False)

    def run_inside(self, script, timeout):
        """The same script once more, inside, with --inside."""
        ready = ["systemctl", "is-system-running"]
        wait_for(30, "systemd", lambda: subprocess.run(self.inside(*ready), capture_output=True, check=False).returncode == 0)
        done = subprocess.run(self.inside(sys.executable, os.path.abspath(script), "--inside"), check=False, timeout=timeout)
        expect(done.returncode == 0, "inside, the test ended with", done.returncode)


# --- inside

def show(name):
    return run("systemctl", "show", "--property", name, "--value", SERVICE).decode().strip()


def journal(*words):
    return run("journalctl", "--no-pager", "--unit", SERVICE, *words).decode()


class Managed(Instance):
    """The installed daemon, by its units."""

    def _make_configuration(self, options):
        unit = run("systemctl", "cat", SERVICE).decode()
        self.conf = pathlib.Path(re.search(r"^ExecStart=\S+ -c (\S+)", unit, re.M).group(1))
        self.port, self.metrics_port, self.url = 443, 9464, "https://localhost"
        run(instance_program("provisiond"), "--make-master-key", self.conf.parent / "master.key")
        pathlib.Path("/etc/credstore").mkdir(mode=0o700, exist_ok=True)
        shutil.move(self.dir / "server.key", "/etc/credstore/certificate-key")
        self.state = pathlib.Path(re.search(r"^ReadWritePaths=(\S+)", unit, re.M).group(1))
        self.write_configuration({
            "service_name": "Provision Test", "url": self.url, "mail_domain": "test.example", "web_processes": 2,
            "operator_mail": "operator@test.example", "certificate_file": self.conf.parent / "server.pem", "state_dir": self.state,
            "admin_group": "provision-admin", "relay_host": "127.0.0.1", "relay_port": self.mailbox.port,
            "relay_security": "plain", "log_level": "debug", **options})
        self.renew_certificate()

    def renew_certificate(self):
        super().renew_certificate()
        if hasattr(self, "values"):
            shutil.copy(self.dir / "server.pem", self.values["certificate_file"])    # the unit has a /tmp of its own

    def start(self, is_ready=None):
        run("systemctl", "start", *SOCKETS)
        run("systemctl", "start", SERVICE)
        wait_for(5, "health of what systemd calls ready", self.is_healthy)
        return self

    def health(self):
        status, _, _ = plain(self, "/health")
        return f" {status} ".encode()

    def stop(self):
        run("systemctl", "stop", *SOCKETS, SERVICE)

    def close(self, is_good):
        self.log.write_text(journal())
        super().close(is_good)


def plain(instance, path):
    with socket.create_connection(("127.0.0.1", instance.metrics_port), 20) as s:
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: s.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head, body


class Knocking:
    """Connects again and again; none of it may fail."""

    def __init__(self, instance):
        self.port, self.failed, self.ended = instance.port, [], threading.Event()
        self.thread = threading.Thread(target=self.knock)

    def knock(self):
        while not self.ended.is_set():
            try:
                with socket.create_connection(("127.0.0.1", self.port), 10):
                    time.sleep(0.01)
            except OSError as problem:
                self.failed.append(problem)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_reason):
        self.ended.set()
        self.thread.join()
        expect(not self.failed, "connections failed meanwhile:", self.failed[:3])
