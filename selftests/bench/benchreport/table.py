# SPDX-License-Identifier: GPL-2.0-only
"""The text table: the same figures as the page, for a terminal."""
from .rows import GROUPS, chance_apart, figure

COUNTERS_TITLE = ("Counters: for one request, packet, round trip or 64 KiB of a stream (mean, "
                  "lost, sent, received: of the run)")


def percent(share):
    return "-" if share is None else f"{share * 100:.0f}%"


def ratio_cells(row):
    """B/A, its range, and what that means for the user: better and worse only when chance does not
    do that; "?" when it may."""
    ratio = row["ratio"]
    if not ratio:
        return ["-", "-", "missing in " + ("B" if row["A"] else "A")]
    meaning = {"better": f"{ratio['speedup']:.2f}x faster",
               "worse": f"{1 / ratio['speedup']:.2f}x slower",
               "same": "noise", "unknown": "one round"}[ratio["verdict"].removeprefix("maybe ")]
    if ratio["verdict"].startswith("maybe"):
        meaning += "?"
    return [f"{ratio['median']:.2f}", f"{ratio['min']:.2f}-{ratio['max']:.2f}", meaning]


def median_of(row, side):
    return row[side]["median"] if row[side] else None


def p99_of(row, side):
    return row[side]["p99"] if row[side] else None


def spread_of(row, side):
    return row[side]["round_spread"] if row[side] else None


def line_of(row, two):
    """The cells of one row. two: A and B were measured."""
    cells = [row["row"], row["unit"], row["better"], figure(median_of(row, "A"))]
    if two:
        cells += [figure(median_of(row, "B"))]
        cells += ratio_cells(row) if row["A"] or row["B"] else ["-", "-", "bare only"]
        cells += [percent(spread_of(row, "A")), percent(spread_of(row, "B"))]
    else:
        cells += [percent(spread_of(row, "A")), figure(p99_of(row, "A"))]
    return cells + [figure(median_of(row, "bare"))]


def heads(two):
    if two:
        return ["row", "unit", "better", "A", "B", "B/A", "range", "B is", "A+-", "B+-", "bare"]
    return ["row", "unit", "better", "A", "A+-", "p99", "bare"]


def _print_aligned(lines):
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    left = {column for column, head in enumerate(lines[0])
            if head in ("row", "side", "unit", "better", "B is")}
    out = []
    for line in lines:
        cells = [cell.ljust(width) if column in left else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(line, widths))]
        out.append("  ".join(cells).rstrip())
    return out


def counter_table(rows, two):
    """Head and lines: a line for each row and side that has counters, a column for each counter."""
    sides = ["A", "B"] if two else ["A"]
    having = [(row, side) for row in rows for side in sides if row[side] and row[side]["counters"]]
    keys = sorted({key for row, side in having for key in row[side]["counters"]})
    lines = [[row["row"], side] + [figure(row[side]["counters"].get(key)) for key in keys]
             for row, side in having]
    return ["row", "side"] + keys, lines


# Share of the CPUs that others may take before a run says more about them than about us.
DISTURBED = 0.05


def warnings(result):
    """A sentence when other programs took part in the measurement."""
    disturbed = {run: share for run, share in result["others"].items() if share > DISTURBED}
    if not disturbed:
        return []
    listed = ", ".join(f"{run} {share * 100:.0f}%" for run, share in sorted(disturbed.items()))
    return [f"WARNING: other programs used this machine's CPUs during the runs ({listed}): measure "
            "again on a quiet machine."]


def summary(rows, missing, rounds):
    """The closing sentences: how many rows are better, worse, alike, missing; what chance alone
    would give."""
    compared = [row["ratio"]["verdict"] for row in rows if row["ratio"]]
    out = []
    if "unknown" in compared:
        out.append("A row with one round on a side is not judged: take 3 rounds or more.")
    compared = [verdict for verdict in compared if verdict != "unknown"]
    if compared:
        better, worse = compared.count("better"), compared.count("worse")
        by_chance = len(compared) * chance_apart(rounds["A"], rounds["B"])
        maybe = sum(verdict.startswith("maybe") for verdict in compared)
        out.append(f"{len(compared)} rows compared: B is faster in {better}, slower in {worse}, "
                   f"within noise in {len(compared) - better - worse}. Of these {maybe} are marked "
                   "\"?\": their rounds lie apart, as chance alone does it in about "
                   f"{by_chance:.1f} of {len(compared)} rows with {rounds['A']} and {rounds['B']} "
                   "rounds.")
    return out + _gaps(missing)


def _gaps(missing):
    """What is missing: a sentence for all rows that lack the same rounds for the same reason."""
    rows = {}
    for gap in missing:
        which = ("every round" if len(gap["rounds"]) == gap["of"]
                 else "round " + ", ".join(gap["rounds"]))
        where = f"in {gap['side']} ({which} of {gap['of']})"
        rows.setdefault(where + (f": {gap['why']}" if gap.get("why") else ""),
                        []).append(gap["row"])
    return [f"MISSING: {', '.join(names)} {where}" for where, names in rows.items()]


def rows_text(rows, two):
    """The lines of the rows below their heads, each group with its title."""
    lines, titles = [heads(two)], {}
    for group, title in GROUPS.items():
        members = [row for row in rows if row["group"] == group]
        if members:
            titles[len(lines)] = title
            lines += [line_of(row, two) for row in members]
    aligned = _print_aligned(lines)
    out = [aligned[0]]
    for number, line in enumerate(aligned[1:], 1):
        if number in titles:
            out += ["", titles[number]]
        out.append(line)
    return out


def text(result):
    """table.txt as one string."""
    rows, rounds = result["rows"], result["rounds"]
    two = rounds["B"] > 0
    out = [f"Shoji benchmark, {result['machine'].get('date', 'date unknown')}"]
    out += [f"  {key}: {value}" for key, value in result["machine"].items() if key != "date"]
    for side in ("A", "B", "bare"):
        if rounds[side]:
            out.append(f"{side}: {result['sides'].get(side, '')} ({rounds[side]} "
                       f"round{'s' * (rounds[side] > 1)})")
    out += [""] + rows_text(rows, two)
    out += [""] + summary(rows, result["missing"], rounds) + warnings(result)
    return "\n".join(out).rstrip() + "\n"


def counters_text(result):
    """The counters as a second part of table.txt; too wide for most terminals."""
    head, lines = counter_table(result["rows"], result["rounds"]["B"] > 0)
    if not lines:
        return ""
    return "\n".join(["", COUNTERS_TITLE] + _print_aligned([head] + lines)) + "\n"
