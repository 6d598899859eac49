# SPDX-License-Identifier: GPL-2.0-only
"""From the folder of a benchmark to results.json, table.txt, *.svg and report.html (report.py says
what the folder holds)."""
import json
import re
import sys

from . import page, plot, rows, table


def read_sides(folder):
    """{"A": [run, ...], "B": [...], "bare": [...]}: every rounds file is read, and none is
    skipped."""
    sides = {"A": [], "B": [], "bare": []}
    found = {}
    for path in (folder / "rounds").glob("*.jsonl"):
        match = re.fullmatch(r"(A|B|bare)-(\d+)\.jsonl", path.name)
        if not match:
            raise rows.BadRows(f"{path}: name is not A-N.jsonl, B-N.jsonl or bare-N.jsonl")
        found[match[1], int(match[2])] = path
    for (side, number), path in sorted(found.items()):
        if number != len(sides[side]) + 1:
            raise rows.BadRows(f"{path}: round {len(sides[side]) + 1} of {side} is not there: "
                               "rounds are counted from 1")
        sides[side].append(rows.read_run(path))
    if not sides["A"]:
        raise rows.BadRows(f"{folder}/rounds: no A-1.jsonl: nothing was measured; run `make bench` "
                           "first")
    return sides


def read_about(folder):
    """The run's description; a report without one is possible and says less."""
    try:
        return json.loads((folder / "about.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as fault:
        raise rows.BadRows(f"{folder}/about.json: {fault}") from None


def read_timeline(folder):
    """What `timeline` found, or nothing: it is a measurement of its own."""
    try:
        found = json.loads((folder / "timeline.json").read_text(encoding="utf-8"))
        return {side: found[side] for side in ("A", "B") if found.get(side)}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as fault:
        raise rows.BadRows(f"{folder}/timeline.json: {fault}") from None


def gather(folder):
    """All that is known, as results.json holds it."""
    sides, about = read_sides(folder), read_about(folder)
    compared, missing = rows.compare(sides)
    failed = about.get("failed", {})
    for gap in missing:
        whys = [failed.get(f"{gap['side']}-{number}", {}).get(gap["row"])
                for number in gap["rounds"]]
        gap["why"] = "; ".join(dict.fromkeys(why for why in whys if why))
    # A row that no run brought can't be seen as missing from the rows: the runs' own lists of
    # failures name it.
    seen = {(gap["row"], gap["side"]) for gap in missing}
    for run, faults in sorted(failed.items()):
        side, _, number = run.partition("-")
        for name, why in sorted(faults.items()):
            if (name, side) not in seen and sides.get(side):
                missing.append({"row": name, "side": side, "rounds": [number],
                                "of": len(sides[side]), "why": why})
    return {"schema": 1, "place": about.get("place", "lab"),
            "machine": about.get("machine", {}), "sides": about.get("sides", {}),
            "rounds": {side: len(runs) for side, runs in sides.items()},
            "others": about.get("others", {}),
            "rows": compared, "missing": missing, "timeline": read_timeline(folder)}


def write(folder, result):
    """The files; False when the plots could not be drawn: then the page has none, and says so."""
    text = table.text(result)
    (folder / "results.json").write_text(json.dumps(result, indent=1, allow_nan=False) + "\n",
                                         encoding="utf-8")
    (folder / "table.txt").write_text(text + table.counters_text(result), encoding="utf-8")
    print(text, end="")
    try:
        pictures, lack = plot.draw_all(result, folder), ""
    except plot.NoGnuplot as fault:
        pictures, lack = [], str(fault)
        print(f"report: {fault}; the page has no plots", file=sys.stderr)
    (folder / "report.html").write_text(page.page(result, pictures, lack), encoding="utf-8")
    return not lack


def report(folder, plots=True):
    """Make the report. 0: done; 1: done, but rows are missing, or the plots where they are called
    for; 2: the input can't be used, nothing was written."""
    try:
        result = gather(folder)
        drawn = write(folder, result)
    except rows.BadRows as fault:
        print(f"report: {fault}", file=sys.stderr)
        return 2
    print(f"\nreport: {folder}/report.html (also table.txt, results.json"
          f"{', *.svg' if drawn else ''})")
    return 1 if result["missing"] or (plots and not drawn) else 0
