# SPDX-License-Identifier: GPL-2.0-only
"""What the figures were measured on: the host, from /proc and the tools themselves, never from
memory."""
import os
import platform
import resource
import subprocess
import time


def _first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    lines = done.stdout.strip().splitlines()
    return lines[0] if done.returncode == 0 and lines else "unknown"


def _field(path, key):
    try:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                name, _, value = line.partition(":")
                if name.strip() == key:
                    return value.strip()
    except OSError:
        pass
    return "unknown"


def describe_here():
    """The same of a run in this system itself."""
    memory = _field("/proc/meminfo", "MemTotal").split()
    return {
        "date": time.strftime("%Y-%m-%d %H:%M %Z"),
        "CPU": f"{_field('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores",
        "memory": f"{int(memory[0]) // 1024} MiB" if memory[0].isdigit() else "unknown",
    }


def describe():
    """Ordered key: value pairs for the head of the report of the lab's runs."""
    return {
        **describe_here(),
        "host kernel": platform.release(),
        "QEMU": _first_line([os.environ.get("QEMU") or "qemu-system-x86_64", "--version"]),
    }


class Watch:
    """How much of the machine went to others while our children ran: a benchmark beside other work
    measures that work."""

    def __init__(self):
        self.began, self.busy, self.ours = time.monotonic(), self._busy(), self._ours()

    @staticmethod
    def _busy():
        # user, nice, system, irq, softirq and steal of all CPUs; idle and iowait are nobody's.
        try:
            with open("/proc/stat", encoding="utf-8") as lines:
                fields = [int(field) for field in lines.readline().split()[1:9]]
        except (OSError, ValueError):
            return 0.0
        return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def _ours():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    def others(self):
        """The others' share of all CPUs since the beginning, 0 to 1. Call it when the children have
        been waited for."""
        room = (time.monotonic() - self.began) * (os.cpu_count() or 1)
        share = (self._busy() - self.busy - (self._ours() - self.ours)) / room
        # The kernel counts in ticks: a full machine can come out above 1.
        return min(1.0, max(0.0, share))
