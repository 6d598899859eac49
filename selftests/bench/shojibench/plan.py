# SPDX-License-Identifier: GPL-2.0-only
"""What a run of shoji-bench will do, and how long that takes: decided and said before it begins."""
import dataclasses
import textwrap

from . import battery, host
from .leftovers import PREFIX
from .rounds import clock

MOST_ROUNDS = 9


@dataclasses.dataclass
class Plan:
    """Filled by make(); `here` carries it out."""
    sides: dict                  # {"A": {"back": words, "front": words}, ...}
    only: str                    # what the user asked for
    without: dict                # {beginning of rows: why it is left out}
    bare: bool
    rounds: int = 3
    seconds: int = battery.SECONDS
    limit: float = None          # --time, seconds
    alone: str = ""              # the groups of rows of the ceiling where it is all (--bare)
    notes: list = dataclasses.field(default_factory=list)
    boots: bool = True           # guests of our own

    def steps_of(self, side):
        """What a run of this side measures, as battery.STEPS."""
        steps = [step for step in battery.wanted(self.only)
                 if not any(battery.touches(prefix, step[0]) for prefix in self.without)]
        if side == "bare" or self.alone:
            groups = (self.alone or "net blk").split()
            return [step for step in steps if step[0].split(".")[0] in groups]
        return [step for step in steps if step[0] != battery.LOOPBACK]

    def seconds_of(self, side):
        """What one run of this side takes, about."""
        return battery.run_seconds(self.steps_of(side), self.seconds,
                                   self.boots and side != "bare" and not self.alone)

    def shares(self, side):
        """{group: the part of a run's time, 0 to 1, after which it has to be through}, in the order
        in which the battery measures; the start of the guests belongs to the first."""
        steps, total = self.steps_of(side), self.seconds_of(side)
        spent = total - sum(battery.step_seconds(step, self.seconds) for step in steps)
        out = {}
        for step in steps:
            spent += battery.step_seconds(step, self.seconds)
            out[step[0].split(".")[0]] = spent / total
        return out

    def runs(self):
        """[(side, number, configuration)], in the order they run."""
        runs = [("bare", 1, {})] if self.bare and self.steps_of("bare") else []
        for number in range(1, self.rounds + 1):
            runs += [(side, number, self.sides[side]) for side in self.sides]
        return runs

    def total(self):
        """What all of it takes, about: seconds."""
        return 5 + sum(self.seconds_of(side) for side, _, _ in self.runs())

    def groups(self):
        """The groups of rows that are measured."""
        return list(dict.fromkeys(step[0].split(".")[0] for step in self.steps_of("A")))


def fit(plan, options):
    """Rounds and seconds of a measurement: as asked, or the most that --time has room for."""
    rounds = options.rounds
    if rounds:
        plan.rounds = rounds
    if options.quick:
        plan.seconds = battery.QUICK_SECONDS
    if not plan.limit:
        return
    choices = [rounds] if rounds else range(MOST_ROUNDS, 0, -1)
    best = [(count, seconds) for count in choices for seconds in (3, 2, 1)]
    # Three rounds of short measurements tell more than one of long ones; more than three only
    # where long ones fit.
    best.sort(key=lambda pair: (min(pair[0], 3), pair[1], pair[0]), reverse=True)
    for plan.rounds, plan.seconds in best:
        if plan.total() <= plan.limit:
            return
    plan.rounds, plan.seconds = rounds or 1, 1
    if plan.bare:
        plan.bare = False
        plan.notes.append("the ceiling is left out, for --time has no room for it")
        if plan.total() <= plan.limit:
            return
    plan.notes.append(f"--time has room for less than this: about {clock(plan.total())} would be "
                      "needed; rows that do not fit are left out and named")


def _wrapped(title, text):
    return textwrap.fill(text, 96, initial_indent=f"  {title:<8}",
                         subsequent_indent=" " * 10, break_long_words=False)


def text(plan, what, makes, folder):
    """The announcement. what: this host in a line; makes: what is made in the system."""
    lines = [f"shoji-bench measures {what}"]
    for side, config in plan.sides.items():
        lines.append(_wrapped(side, config["shown"]))
    if plan.bare and plan.steps_of("bare"):
        lines.append(_wrapped("bare", "the ceiling: network namespaces and loop devices on the "
                              "same kernel, without a guest"))
    order = ", ".join((["bare once"] if plan.runs()[0][0] == "bare" else []) +
                      [f"{' and '.join(plan.sides)} {plan.rounds} times"
                       + (" in turns" if len(plan.sides) > 1 else "")])
    lines.append(_wrapped("rows", f"{', '.join(plan.groups())}: {len(plan.steps_of('A'))} "
                          f"measurements of {plan.seconds} s; {order}"))
    lines.append(_wrapped("makes", makes))
    left_out = {}
    for prefix, why in plan.without.items():
        if any(battery.touches(prefix, step[0]) for step in battery.wanted(plan.only)):
            left_out.setdefault(why, []).append(prefix)
    lines += [_wrapped("without", f"{', '.join(prefixes)}: {why}")
              for why, prefixes in left_out.items()]
    lines += [_wrapped("note", note) for note in plan.notes]
    lines.append(_wrapped("results", folder))
    lines.append(_wrapped("takes", f"about {clock(plan.total())}"))
    return "\n".join(lines)


def makes(plan, net, memory):
    """What a run with guests of its own makes."""
    count = max(battery.guests(plan.steps_of("A")), 1)
    third = any(step[0].startswith("ctl.") for step in plan.steps_of("A"))
    names = " and ".join(f"{PREFIX}{number}" for number in range(1, count + 1))
    if third:
        names += f", and {PREFIX}3 that is created and destroyed"
    return (f"the bridge {host.BRIDGE} ({net}.1/24), guests {names} of {memory} MiB, a RAM disk "
            "and a file on tmpfs behind their disks, network namespaces; all of it is taken away "
            "at the end, and nothing of yours is touched")


def makes_bare(net):
    """What a run of the ceiling alone makes."""
    return (f"the bridge {host.BRIDGE} ({net}.1/24), network namespaces, a RAM disk and a loop "
            "device on a file on tmpfs; all of it is taken away at the end, and nothing of yours "
            "is touched")
