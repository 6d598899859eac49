# SPDX-License-Identifier: GPL-2.0-only
"""--guest: a guest of the user's, as far as it needs no device of ours: by ssh, or by its console
where a root shell waits."""
import os
import pathlib
import subprocess

from . import console, host
from .stop import Stop

# What needs a second guest, a disk, our module, or the toolstack's commands on the guest.
WITHOUT = {"us.dom0": "it is not the guest's", "hv": "they need our module in the guest",
           "blk": "they need a disk of ours", "ctl": "they attach devices to the guest"}
PROGRAMS = ("usbench", "netbench")
SSH = ("ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5")


class Guest:
    """How the guest is reached, and what it has."""

    def __init__(self, name, target, programs, root=""):
        self.name, self.root, self.programs = name, root, programs
        self.domain = host.said("xl", "domid", name)
        if not self.domain:
            raise Stop(f"--guest: there is no guest {name} (xl list)", 2)
        self.bridge = host.said("xenstore-read",
                                f"/local/domain/0/backend/vif/{self.domain}/0/bridge")
        self.address = self._address()
        self.folder = None
        self.via, self.target = self._reach(target)

    def _address(self):
        """Domain-0's IPv4 address on the guest's bridge, or None."""
        words = host.said("ip", "-o", "-4", "addr", "show", "dev", self.bridge).split() \
            if self.bridge else []
        return words[words.index("inet") + 1].split("/")[0] if "inet" in words else None

    def _reach(self, target):
        ssh = target or f"root@{self.name}"
        done = subprocess.run([*SSH, ssh, "true"], capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
        if done.returncode == 0:
            return "ssh", ssh
        tty = host.said("xenstore-read", f"/local/domain/{self.domain}/console/tty")
        if not target and tty and os.path.exists(tty):
            try:
                if console.ask(tty, 4, "echo here")[0] == 0:
                    return "console", tty
            except OSError:
                pass
        raise Stop(f"guest {self.name} cannot be reached: ssh {ssh} says: "
                   f"{done.stderr.strip()[-200:]}; and no root shell waits on its console "
                   "(--ssh USER@HOST names another address)", 3)

    def run(self, command, data=None):
        """(exit code, output) of a command in the guest."""
        if self.via == "console":
            return console.ask(self.target, 60, command)
        done = subprocess.run([*SSH, self.target, command], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, input=data or b"", check=False)
        return done.returncode, done.stdout.decode(errors="replace")

    def without(self):
        """{beginning of rows: why it is left out}."""
        out = dict(WITHOUT)
        for row in ("net.tcp.1.g2g", "net.tcp.4.g2g", "net.tcp.16.g2g", "net.udp64.g2g",
                    "net.rr.g2g"):
            out[row] = "it needs a second guest"
        if not self.address:
            out["net"] = ("Domain-0 has no IPv4 address on the guest's bridge "
                          f"{self.bridge or '(none)'}")
        for program, rows in (("iperf3", [f"net.tcp.{n}.{way}" for n in (1, 4, 16)
                                          for way in ("g2d", "d2g")]), ("ping", ["net.ping"])):
            if self.run(f"command -v {program}")[0]:
                out.update({row: f"the guest has no {program}" for row in rows})
        if self.via == "console":
            for row in ("us.guest", "net.udp64", "net.rr"):
                out[row] = "our programs reach the guest by ssh only"
        return out

    def put_programs(self, note):
        """Our programs into a folder of their own in the guest. note(words): before it is made."""
        self.folder = f"/tmp/shoji-bench.{os.getpid()}"
        note("guestdir" if self.via == "ssh" else "guestconsole", self.target, self.folder)
        code, said = self.run(f"mkdir {self.folder}")
        for name in PROGRAMS if code == 0 and self.via == "ssh" else ():
            data = pathlib.Path(self.programs[name]).read_bytes()
            code, said = self.run(f"cat >{self.folder}/{name} && chmod 755 {self.folder}/{name}",
                                  data)
            if code:
                break
        if code:
            raise Stop(f"our programs cannot be copied into {self.name}: {said[-200:]}", 4)
