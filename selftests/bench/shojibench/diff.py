# SPDX-License-Identifier: GPL-2.0-only
"""Compare two results.json: side A of each, as A and B of one table."""
import json

from benchreport import rows, table

from .stop import Stop

KEYS = ("p99", "spread", "n", "percentiles")


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        if found["schema"] != 1 or not isinstance(found["rows"], list):
            raise ValueError(f"schema {found['schema']} is not known")
        return found
    except OSError as fault:
        raise Stop(f"{path}: {fault.strerror}", 2) from None
    except (ValueError, KeyError, TypeError) as fault:
        raise Stop(f"{path} is no results.json of a benchmark: {fault}", 2) from None


def _runs(found, side):
    """The rounds of one side as they were measured, from what the file says of each row."""
    count = found["rounds"].get("A", 0)
    runs = [{} for _ in range(count)]
    for row in found["rows"]:
        data = row[side]
        if not data:
            continue
        for number, value in enumerate(data["rounds"]):
            if value is not None:
                runs[number][row["row"]] = {
                    "row": row["row"], "unit": row["unit"], "better": row["better"],
                    "value": value, **{key: data.get(key) for key in KEYS}}
    return runs


def _about(name, found):
    machine = found.get("machine", {})
    words = [f"{key}: {machine[key]}" for key in ("CPU", "memory", "date", "A kernel",
                                                  "A hypervisor") if key in machine]
    return [f"{name}: {found.get('sides', {}).get('A', '')}"] + [f"   {word}" for word in words]


def compare(path_a, path_b):
    """The table, as text."""
    found = {"A": _read(path_a), "B": _read(path_b)}
    try:
        sides = {name: _runs(each, "A") for name, each in found.items()}
        compared, missing = rows.compare({**sides, "bare": []})
    except rows.BadRows as fault:
        raise Stop(f"{path_a} and {path_b} cannot be compared: {fault}", 2) from None
    except (KeyError, IndexError, TypeError, AttributeError) as fault:
        raise Stop(f"{path_a} or {path_b} is damaged: {fault!r}", 2) from None
    both = [row for row in compared if row["A"] and row["B"]]
    if not both:
        raise Stop(f"{path_a} and {path_b} have no row in common", 2)
    rounds = {side: len(runs) for side, runs in sides.items()}
    lines = [line for name, each in found.items() for line in _about(name, each)]
    lines += ["", *table.rows_text(both, True), ""]
    gaps = [gap for gap in missing if gap["row"] in {row["row"] for row in both}]
    lines += table.summary(both, gaps, rounds)
    for name, other in (("A", "B"), ("B", "A")):
        alone = [row["row"] for row in compared if row[name] and not row[other]]
        if alone:
            lines.append(f"Only in {name}: {', '.join(alone)}")
    return "\n".join(lines) + "\n"
