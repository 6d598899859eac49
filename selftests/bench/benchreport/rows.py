# SPDX-License-Identifier: GPL-2.0-only
"""Rows: what a measured run says, and what several runs say together.

A run is one file of JSON objects, one a line. A side is the list of the runs of one configuration:
"A", "B", or "bare" (no hypervisor, the ceiling). compare() turns sides into one dictionary a row,
which the table, the plots and the page only print: every figure that is shown is computed here.

Invariants:
 1. A value that reached compare() is finite and above zero, so that every ratio exists.
 2. A row has one unit and one direction in all runs.
 3. Nothing is filled in: a row that a run lacks is listed in `missing`, and its ratio covers the
    other rounds.
"""
import functools
import json
import math
import random
import re
import statistics

GROUPS = {
    "hv": "Hypervisor",
    "us": "User space",
    "net": "Network",
    "blk": "Block",
    "ctl": "Control plane",
}
PERCENTILES = (1, 10, 50, 90, 99)   # of single operations, where a program knows them
NAME = re.compile(r"[a-z]+(\.[A-Za-z0-9_+-]+)+")


class BadRows(Exception):
    """The input can't be used; the message names the file, the line and the fault."""


def _refuse_constant(text):
    # Python's parser accepts NaN and Infinity, which are not JSON and not measurements.
    raise ValueError(f"{text} is not a measurement")


def _number(row, key, lowest, where):
    value = row[key]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise BadRows(f"{where}: {key} is {value!r}, not a finite number")
    if value < lowest:
        raise BadRows(f"{where}: {key} is {value!r}, below {lowest}")
    return value


def _check_percentiles(row, where):
    """PERCENTILES of single operations: all of them, none below the one before it."""
    values = row.get("percentiles")
    if values is None:
        return
    if not isinstance(values, list) or len(values) != len(PERCENTILES):
        raise BadRows(f"{where}: percentiles is not a list of {len(PERCENTILES)}")
    for at, _ in enumerate(values):
        _number(values, at, values[at - 1] if at else 0, f"{where}: percentiles")


def _check(row, where):
    """The row as it may be used, or BadRows."""
    if not isinstance(row, dict):
        raise BadRows(f"{where}: not a JSON object")
    for key in ("row", "unit", "better", "value"):
        if key not in row:
            raise BadRows(f"{where}: no \"{key}\"")
    name = row["row"]
    if not isinstance(name, str) or not NAME.fullmatch(name) or name.split(".")[0] not in GROUPS:
        raise BadRows(f"{where}: row name {name!r} does not begin with one of {', '.join(GROUPS)}")
    where = f"{where}: {name}"
    if not isinstance(row["unit"], str) or not row["unit"]:
        raise BadRows(f"{where}: empty unit")
    if row["better"] not in ("higher", "lower"):
        raise BadRows(f"{where}: better is {row['better']!r}, neither \"higher\" nor \"lower\"")
    if _number(row, "value", 0, where) == 0:
        raise BadRows(f"{where}: value is 0: nothing was measured")
    for key in ("p99", "spread", "n"):
        if row.get(key) is not None:
            _number(row, key, 0, where)
    _check_percentiles(row, where)
    counters = row.get("counters") or {}
    if not isinstance(counters, dict):
        raise BadRows(f"{where}: counters is not an object")
    for key in counters:
        _number(counters, key, 0, f"{where}: counters")
    return row


def read_run(path):
    """Rows of one run by name. BadRows when the file is absent, empty or holds a line that isn't a
    good row."""
    rows = {}
    try:
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                where = f"{path}:{number}"
                try:
                    row = json.loads(line, parse_constant=_refuse_constant)
                except ValueError as fault:
                    raise BadRows(f"{where}: {fault}: {line.strip()[:80]}") from None
                row = _check(row, where)
                if row["row"] in rows:
                    raise BadRows(f"{where}: {row['row']} is there twice in one run")
                rows[row["row"]] = row
    except OSError as fault:
        raise BadRows(f"{path}: {fault.strerror}") from None
    if not rows:
        raise BadRows(f"{path}: no rows: this run measured nothing")
    return rows


def order_of(name):
    """Sort key: groups as in GROUPS; within one, numbers in a name by their size (net.tcp.4 before
    net.tcp.16)."""
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part)
             for part in re.findall(r"\d+|[^\d.]+", name)]
    return list(GROUPS).index(name.split(".")[0]), parts


def _median_of(rows, key):
    known = [row[key] for row in rows if row.get(key) is not None]
    return statistics.median(known) if known else None


def _side(runs, name):
    """What the rounds of one side say about a row, or None when no round has it."""
    rows = [run[name] for run in runs if name in run]
    if not rows:
        return None
    values = [row["value"] for row in rows]
    median = statistics.median(values)
    counters = {}
    for key in sorted({key for row in rows for key in row.get("counters") or {}}):
        counters[key] = _median_of([row.get("counters") or {} for row in rows], key)
    shapes = [row["percentiles"] for row in rows if row.get("percentiles")]
    return {
        # The same in rows and rounds: each percentile's median over the rounds that have them.
        "percentiles": [statistics.median(values) for values in zip(*shapes)] if shapes else None,
        "median": median, "min": min(values), "max": max(values),
        # Between rounds, as a share of the median: what a second look at the same thing gives.
        "round_spread": (max(values) - min(values)) / median if len(values) > 1 else None,
        "rounds": [run[name]["value"] if name in run else None for run in runs],
        "p99": _median_of(rows, "p99"), "spread": _median_of(rows, "spread"),
        "n": _median_of(rows, "n"),
        "counters": counters,
    }


def _ratio(a, b, better):
    """B/A round by round, the same turned so that above 1 is better, and how far the sides are
    apart."""
    pairs = [y / x for x, y in zip(a["rounds"], b["rounds"]) if x is not None and y is not None]
    if not pairs:
        return None
    median = statistics.median(pairs)
    turned = [pair if better == "higher" else 1 / pair for pair in pairs]
    return {"median": median, "min": min(pairs), "max": max(pairs), "pairs": len(pairs),
            "speedup": statistics.median(turned),
            "distance": min(distance(a["rounds"], b["rounds"]), 1e9),
            "up": (b["median"] > a["median"]) == (better == "higher")}


def _judge(rows):
    """Each row's verdict: better or worse when chance does not do that in any of so many rows;
    "maybe better" and "maybe worse" when it does it now and then; same; unknown, since one round
    says nothing about its own noise."""
    compared = [row for row in rows if row["ratio"]]
    count = sum(row["ratio"]["pairs"] > 1 for row in compared)
    for row in compared:
        ratio = row["ratio"]
        up = ratio.pop("up")
        rounds = [sum(value is not None for value in row[side]["rounds"]) for side in ("A", "B")]
        if ratio["pairs"] < 2:
            ratio["verdict"] = "unknown"
        elif ratio["distance"] <= 1:
            ratio["verdict"] = "same"
        else:
            ratio["verdict"] = "better" if up else "worse"
            if ratio["distance"] <= needed_distance(*rounds, count):
                ratio["verdict"] = "maybe " + ratio["verdict"]


def _one_meaning(sides):
    """Unit and direction of every row; BadRows when two runs disagree."""
    meaning = {}
    for side, runs in sides.items():
        for number, run in enumerate(runs, 1):
            for name, row in run.items():
                mine = (row["unit"], row["better"])
                if meaning.setdefault(name, mine) != mine:
                    raise BadRows(f"{name}: {mine[0]} ({mine[1]} is better) in {side} round "
                                  f"{number}, {meaning[name][0]} ({meaning[name][1]}) before: runs "
                                  "of different programs?")
    return meaning


def compare(sides):
    """(rows, missing). sides: {"A": runs, "B": runs (may be empty), "bare": runs (may be
    empty)}."""
    meaning = _one_meaning(sides)
    rows, missing = [], []
    measured = {side: runs for side, runs in sides.items() if runs and side != "bare"}
    for name in sorted(meaning, key=order_of):
        unit, better = meaning[name]
        row = {"row": name, "group": name.split(".")[0], "unit": unit, "better": better}
        for side in ("A", "B", "bare"):
            row[side] = _side(sides.get(side, []), name)
        row["ratio"] = _ratio(row["A"], row["B"], better) if row["A"] and row["B"] else None
        rows.append(row)
        if not row["A"] and not row["B"]:
            continue    # only the ceiling has it (loopback): nothing is missing
        for side, runs in measured.items():
            lacking = [str(number) for number, run in enumerate(runs, 1) if name not in run]
            if lacking:
                missing.append({"row": name, "side": side, "rounds": lacking, "of": len(runs)})
    _judge(rows)
    return rows, missing


def distance(rounds_a, rounds_b):
    """How far two sides are apart: the gap of their medians in units of the larger spread of one
    side's own rounds. 0 when any round of one lies among those of the other."""
    a, b = ([value for value in side if value is not None] for side in (rounds_a, rounds_b))
    if not (max(a) < min(b) or max(b) < min(a)):
        return 0.0
    spread = max(max(a) - min(a), max(b) - min(b))
    return abs(statistics.median(a) - statistics.median(b)) / spread if spread else math.inf


@functools.lru_cache(maxsize=None)
def _distances_by_chance(rounds_a, rounds_b):
    """Distances of pairs of sides that do not differ, in falling order: counted on normally
    distributed noise."""
    dice, tries = random.Random(1), 20000
    return sorted((distance([dice.gauss(0, 1) for _ in range(rounds_a)],
                            [dice.gauss(0, 1) for _ in range(rounds_b)])
                   for _ in range(tries)), reverse=True)


def chance_apart(rounds_a, rounds_b):
    """Share of rows that lie apart (distance above 1) although nothing differs."""
    if not rounds_a or not rounds_b:
        return 0.0
    found = _distances_by_chance(rounds_a, rounds_b)
    return sum(value > 1 for value in found) / len(found)


def needed_distance(rounds_a, rounds_b, count):
    """The distance at which chance sets not even a quarter of one row apart, among `count` rows
    that are looked at."""
    found = _distances_by_chance(rounds_a, rounds_b)
    return max(1.0, found[min(int(len(found) * 0.25 / max(count, 1)), len(found) - 1)])


def figure(value):
    """Three digits that matter, for people; None becomes a dash."""
    if value is None:
        return "-"
    if value >= 1000:
        return f"{value:,.0f}"
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3g}"
