# SPDX-License-Identifier: GPL-2.0-only
"""The command line of shoji-bench."""
import argparse
import os
import re
import time

from benchreport import rows

from . import battery
from .stop import Stop

USAGE = """shoji-bench [OPTION]...            measure in this Domain-0
       shoji-bench diff A.json B.json     compare two results: machines, kernels, drivers
       shoji-bench report DIR             make the report of DIR again
       shoji-bench clean                  take away what a run that was killed left behind"""
DESCRIPTION = """Measures this Domain-0, on Xen or Shoji, with a bridge, guests and disks of its
own, and ends with a table, an HTML page and JSON. No guest, bridge or disk that is there is
touched."""


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Stop(f"{message} (shoji-bench --help)", 2)


def seconds_of(text):
    """90, 90s, 10m, 1h: seconds."""
    found = re.fullmatch(r"([1-9][0-9]{0,4})([smh]?)", text)
    if not found:
        raise Stop(f"--time: '{text}' is no time: 90s, 10m, 1h", 2)
    return int(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]


def _measure_parser():
    parser = _Parser(prog="shoji-bench", usage=USAGE, description=DESCRIPTION, allow_abbrev=False)
    add = parser.add_argument
    add("--only", default="", metavar="ROW[,ROW...]",
        help="measure only rows that begin so: net,blk.ram")
    add("--time", metavar="TIME", help="take about so long: 90s, 10m, 1h")
    add("--rounds", type=int, metavar="N", help="rounds of each side (default 3, or by --time)")
    add("--compare", choices=["drivers"],
        help="our drivers against the kernel's own, in turns, in Domain-0 and guest")
    add("--front", choices=["stock", "shoji"],
        help="the guest's drivers (default: ours where they are there for its kernel)")
    add("--guest", metavar="NAME",
        help="measure this guest of yours, as far as it needs no device of ours")
    add("--ssh", metavar="USER@HOST", help="where --guest answers (default root@NAME)")
    add("--guest-kernel", metavar="FILE", help="the kernel of our guest (default: this host's)")
    add("--guest-vcpus", type=int, default=1, metavar="N", help="its vCPUs (default 1)")
    add("--guest-memory", type=int, metavar="MIB",
        help="its memory (default: what its initial RAM disk needs)")
    add("--quick", action="store_true", help="shorter measurements, fewer samples")
    add("--bare", action="store_true",
        help="the ceiling alone, on a kernel with or without a hypervisor")
    add("--no-bare", action="store_true",
        help="leave the ceiling out: network namespaces and loop, without a guest")
    add("--output", metavar="DIR", help="where the results go (default shoji-bench-DATE)")
    add("--yes", action="store_true", help="do not ask before it starts")
    return parser


def _check(options):
    bad = battery.unknown(options.only)
    if bad is not None:
        raise Stop(f"--only: no row begins with '{bad}': the groups are {', '.join(rows.GROUPS)}; "
                   "shoji-bench(1) lists the rows", 2)
    if options.rounds is not None and not 1 <= options.rounds <= 99:
        raise Stop(f"--rounds: {options.rounds} is not a number from 1 to 99", 2)
    options.time = seconds_of(options.time) if options.time else None
    if options.ssh and not options.guest:
        raise Stop("--ssh says where --guest answers, and there is no --guest", 2)
    if options.guest and (options.compare or options.guest_kernel or options.front):
        raise Stop("--guest measures a guest as it is: --compare, --front and --guest-kernel are "
                   "for guests of our own", 2)
    if options.ssh and not re.fullmatch(r"[A-Za-z0-9_.@:%-]+", options.ssh):
        raise Stop(f"--ssh: '{options.ssh}' is no USER@HOST", 2)
    if options.guest_kernel and not os.path.isfile(options.guest_kernel):
        raise Stop(f"--guest-kernel: there is no file {options.guest_kernel}", 2)
    for name, value, least, most in (("vcpus", options.guest_vcpus, 1, 64),
                                     ("memory", options.guest_memory, 64, 65536)):
        if value is not None and not least <= value <= most:
            raise Stop(f"--guest-{name}: {value} is not a number from {least} to {most}", 2)
    if options.bare and (options.no_bare or options.compare or options.guest):
        raise Stop("--bare measures without a guest: --no-bare, --compare and --guest do not go "
                   "with it", 2)
    if options.compare and options.front:
        raise Stop("--compare drivers uses both: --front does not go with it", 2)
    options.output = os.path.abspath(options.output
                                     or time.strftime("shoji-bench-%Y%m%d-%H%M%S"))
    if os.path.exists(options.output) and os.listdir(options.output):
        raise Stop(f"--output: {options.output} is there and not empty", 2)


def parse(arguments):
    """(command, its options): ("diff", [A, B]), ("report", DIR), ("clean", None) or ("measure",
    options). Stop with code 2 for what is not understood."""
    command = arguments[0] if arguments else ""
    if command == "diff":
        if len(arguments) != 3:
            raise Stop("usage: shoji-bench diff A.json B.json", 2)
        return "diff", arguments[1:]
    if command == "report":
        if len(arguments) != 2:
            raise Stop("usage: shoji-bench report DIR", 2)
        return "report", arguments[1]
    if command == "clean":
        if len(arguments) != 1:
            raise Stop("usage: shoji-bench clean", 2)
        return "clean", None
    options = _measure_parser().parse_args(arguments)
    _check(options)
    return "measure", options
