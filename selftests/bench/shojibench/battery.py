# SPDX-License-Identifier: GPL-2.0-only
"""The battery: the script that measures in Domain-0, made of battery/*.sh, and the list of what it
measures, by which a run is announced and its time is estimated."""
import pathlib
import re
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
ORDER = ("head.sh", "us.sh", "hv.sh", "net.sh", "blk.sh", "ctl.sh", "main.sh")
QUICK_SECONDS, SECONDS = 2, 3

LOOPBACK = "net.tcp.1.loopback"   # on the bare kernel alone

def _steps():
    """[(row, unit of time, count)]: each measurement that the battery makes, in its order, by the
    row (or the beginning of the rows) that it brings. "timed": count times the seconds of a
    measurement, and the start of its programs; "fixed": count seconds; "guest": starts of a
    guest."""
    steps = [("us.dom0", "fixed", 8), ("hv.dom0", "fixed", 6), ("us.guest", "fixed", 8),
             ("hv.guest", "fixed", 6), ("hv.evtchn", "fixed", 3), ("hv.grant", "fixed", 5)]
    steps += [(f"net.tcp.{streams}.{way}", "timed", 1)
              for streams in (1, 4, 16) for way in ("g2d", "d2g")]
    steps += [(f"net.{row}", "timed", 1) for row in ("udp64.g2d", "udp64.d2g", "rr.g2d")]
    steps.append(("net.ping.g2d", "fixed", 5))
    steps += [(f"net.{row}", "timed", 1)
              for row in ("tcp.1.g2g", "tcp.4.g2g", "tcp.16.g2g", "udp64.g2g", "rr.g2g")]
    steps.append((LOOPBACK, "timed", 1))
    for disk in ("ram", "file"):
        steps += [(f"blk.{disk}.{way}.4k.qd{depth}", "timed", 1)
                  for way in ("randread", "randwrite") for depth in (1, 32)]
        steps += [(f"blk.{disk}.{way}.{size}", "timed", 1)
                  for size in ("64k", "1m") for way in ("read", "write")]
        steps.append((f"blk.{disk}.verified", "fixed", 2))
    return steps + [("ctl.network-attach", "fixed", 8), ("ctl.block-attach", "fixed", 5),
                    ("ctl.create", "guest", 5), ("ctl.destroy", "fixed", 5)]


STEPS = _steps()
# What a guest's start and the start of a measurement's programs take on a fast machine, and on
# others for each second that starting a program takes.
GUEST_SECONDS, GUEST_FACTOR = 4, 500
START_SECONDS, START_FACTOR = 0.4, 50


class Pace:
    """How fast this machine starts programs, seconds: estimates go by it."""
    start = 0.004

    @classmethod
    def look(cls, tries=5):
        """Measure it."""
        began = time.monotonic()
        for _ in range(tries):
            subprocess.run(["sh", "-c", "exit 0"], check=False)
        cls.start = min((time.monotonic() - began) / tries, 0.1)

    @classmethod
    def guest(cls):
        """A guest's start, seconds."""
        return GUEST_SECONDS + GUEST_FACTOR * cls.start

    @classmethod
    def programs(cls):
        """The start of a measurement's programs, seconds."""
        return START_SECONDS + START_FACTOR * cls.start


def touches(prefix, row):
    """Does one of the two names begin with the other, at the end of a part of a name?"""
    return f"{row}.".startswith(f"{prefix}.") or f"{prefix}.".startswith(f"{row}.")


def wanted(only):
    """The steps that ONLY (beginnings of rows, comma-separated) asks for; all when it is empty."""
    prefixes = [prefix for prefix in only.split(",") if prefix]
    return [step for step in STEPS
            if not prefixes or any(touches(prefix, step[0]) for prefix in prefixes)]


def unknown(only):
    """The first of ONLY's beginnings that no row has, or None."""
    for prefix in filter(None, only.split(",")):
        if not re.fullmatch(r"[A-Za-z0-9_.+-]+", prefix) or not wanted(prefix):
            return prefix
    return None


def selection(steps, only):
    """ONLY for a run of these steps: of a step, the part that `only` asks for."""
    prefixes = [prefix for prefix in only.split(",") if prefix]
    chosen = []
    for step in steps:
        deeper = [prefix for prefix in prefixes if f"{prefix}.".startswith(f"{step[0]}.")]
        chosen += deeper or [step[0]]
    return ",".join(dict.fromkeys(chosen))


def guests(steps):
    """How many guests these steps need at the same time."""
    rows = [step[0] for step in steps]
    if any(row.endswith(".g2g") for row in rows):
        return 2
    return int(any(not row.startswith(("us.dom0", "hv.dom0")) for row in rows))


def step_seconds(step, seconds):
    """What a step takes, about, with measurements of `seconds`."""
    _, unit, count = step
    if unit == "timed":
        return count * (seconds + Pace.programs())
    return count * (Pace.guest() if unit == "guest" else 1)


def run_seconds(steps, seconds, boots=True):
    """What one run of these steps takes, about."""
    boot = guests(steps) * Pace.guest() if boots else 1
    return boot + sum(step_seconds(step, seconds) for step in steps)


def write_script(path, only, quick=False):
    """The battery as one file for Domain-0, with this benchmark's settings at its head."""
    parts = ["#!/bin/sh\n# SPDX-License-Identifier: GPL-2.0-only\n",
             f"ONLY='{only}'\nQUICK={int(quick)}\n"]
    parts += [(HERE / "battery" / name).read_text(encoding="utf-8") for name in ORDER]
    path.write_text("".join(parts), encoding="utf-8")
    path.chmod(0o755)
