# SPDX-License-Identifier: GPL-2.0-only
"""Plots: one SVG for each group and unit, drawn by gnuplot, and one for the latencies whose p99 is
known.

gnuplot writes fixed colours. The page wants them to follow the reader's light or dark setting, so
each colour is drawn as a number that occurs nowhere else (INKS) and replaced afterwards: by a CSS
variable in the page's copy, by the light colour in the file of its own.
"""
import math
import re
import subprocess

from .rows import GROUPS, figure
from .timeline import OWNERS

#       name      drawn as   light      dark
INKS = {
    "paper": ("#fefdfc", "#ffffff", "#16181d"),
    "ink": ("#010203", "#22262e", "#d8dce4"),
    "grid": ("#040506", "#dfe2e7", "#333842"),
    "a": ("#070809", "#3f72a8", "#6fa3d8"),
    "b": ("#0a0b0c", "#dd7a1f", "#f0a050"),
    "bare": ("#0d0e0f", "#b4b9c2", "#626976"),
    "whisker": ("#101112", "#22262e", "#e8ebf0"),
    "guest": ("#131415", "#2f8f6b", "#5cc49c"),
    "hypervisor": ("#161718", "#c4483f", "#ee8078"),
    "dom0": ("#191a1b", "#7a5fb0", "#ab92dd"),
    "shared": ("#1c1d1e", "#9aa0aa", "#7d8492"),
}
WIDTH, BAR = 760, 15
# A larger factor between smallest and largest hides the small bars on a linear axis.
LOG_BEYOND = 20


class NoGnuplot(Exception):
    """gnuplot is absent or failed; the message says what to do."""


def _ink(name):
    return f'rgb "{INKS[name][0]}"'


def _quoted(text):
    return '"' + text.replace("\\", "").replace('"', "") + '"'


def _slots(rows, sides):
    """(y, row, side) of each bar, the first row on top, a gap of half a bar between rows."""
    slots, y = [], 0.0
    for row in rows:
        for side in sides:
            slots.append((-y, row, side))
            y += 1
        y += 0.6
    return slots, y


def _axis(values):
    """gnuplot's range and scale, and where the bars begin."""
    low, high = min(values), max(values)
    if high / low > LOG_BEYOND:
        start = 10 ** math.floor(math.log10(low / 1.5))
        # Room on the right for the figure behind the longest bar: a share of the decades on a
        # logarithmic axis.
        end = high * (high / start) ** 0.16
        return f"set logscale x 10\nset xrange [{start:g}:{end:g}]", start, " (logarithmic)"
    return f"set xrange [0:{high * 1.16:g}]", 0, ""


def _head(title, name, height, labels, low, high, axis, note):
    """What all plots have in common. Title and key stand in the middle of the picture, not of the
    axes: long names of rows push the axes to the right, and a long title out of the picture with
    them."""
    tics = ", ".join(f"{_quoted(text)} {y:g}" for text, y in labels)
    return f"""set terminal svg size {WIDTH},{height} dynamic noenhanced font "sans-serif,12" \\
    name "{name}" background "{INKS['paper'][0]}"
set output
set label {_quoted(title + note)} at screen 0.5, screen 1 center offset 0,-1 font ",13" \\
    textcolor {_ink('ink')}
set border 1 linecolor {_ink('grid')}
set tmargin 2.5
set xtics nomirror textcolor {_ink('ink')} scale 0 format "%g"
set ytics scale 0 textcolor {_ink('ink')} ({tics})
set grid xtics linetype 1 linecolor {_ink('grid')}
set style fill solid 1 noborder
set bars small
set key at screen 0.5, screen 0 bottom center horizontal Left reverse \\
    textcolor {_ink('ink')} samplen 1.5
set bmargin 3.7
set yrange [{low:g}:{high:g}]
{axis}
"""


def _labels_of(rows, slots, sides):
    """One label a row, at the middle of its bars."""
    middle = (len(sides) - 1) / 2
    tops = {}
    for y, row, _ in slots:
        tops.setdefault(row["row"], y)
    return [(row["row"], tops[row["row"]] - middle) for row in rows]


def _bars_script(title, name, rows, sides, key_names):
    slots, depth = _slots(rows, sides)
    present = [(y, row[side], side) for y, row, side in slots if row[side]]
    axis, start, note = _axis([value for _, data, _ in present
                               for value in (data["min"], data["max"])])
    height = int(depth * BAR + 112)
    script = _head(title, name, height, _labels_of(rows, slots, sides), -depth + 0.4, 0.8, axis,
                   note)
    plots = []
    for side in sides:
        points = [(y, data) for y, data, owner in present if owner == side]
        if not points:
            continue
        lines = [f"{start:g} {y:g} {data['median']:g} {data['min']:g} {data['max']:g} "
                 f"{_quoted(figure(data['median']))}"
                 for y, data in points]
        script += f"${side} << EOD\n" + "\n".join(lines) + "\nEOD\n"
        plots.append(f"${side} using 1:2:1:3:($2-0.44):($2+0.44) with boxxyerror "
                     f"linecolor {_ink(side.lower())} title {_quoted(key_names[side])}")
        plots.append(f"${side} using 3:2:4:5 with xerrorbars pointtype 0 linewidth 1 "
                     f"linecolor {_ink('whisker')} notitle")
        plots.append(f"${side} using 5:2:6 with labels left offset 0.6,0 font \",11\" "
                     f"textcolor {_ink('ink')} notitle")
    return script + "plot " + ", \\\n     ".join(plots) + "\n"


def _tail(data):
    """(low, p10, middle, p90, p99) of single operations; what a row does not know collapses into
    its neighbour."""
    if data["percentiles"]:
        return tuple(data["percentiles"])
    return data["median"], data["median"], data["median"], data["median"], data["p99"]


def _latency_script(title, name, rows, sides, key_names):
    """A row and side: a thin line from the 1st to the 99th percentile, a thick part from the 10th
    to the 90th, a dot at the median. From a row that knows no more than median and p99, the line
    between them."""
    slots, depth = _slots(rows, sides)
    present = [(y, _tail(row[side]), side) for y, row, side in slots
               if row[side] and row[side]["p99"]]
    axis, _, note = _axis([value for _, tail, _ in present
                           for value in (max(tail[0], tail[4] / 1e5), tail[4])])
    height = int(depth * BAR + 112)
    script = _head(title, name, height, _labels_of(rows, slots, sides), -depth + 0.4, 0.8, axis,
                   note)
    plots = []
    for side in sides:
        points = [(y, tail) for y, tail, owner in present if owner == side]
        if not points:
            continue
        lines = [f"{low:g} {p10:g} {middle:g} {p90:g} {p99:g} {y:g} {_quoted(figure(p99))}"
                 for y, (low, p10, middle, p90, p99) in points]
        script += f"${side} << EOD\n" + "\n".join(lines) + "\nEOD\n"
        colour = _ink(side.lower())
        plots.append(f"${side} using 1:6:($5-$1):(0) with vectors nohead linewidth 1.5 linecolor "
                     f"{colour} notitle")
        plots.append(f"${side} using 3:6:2:4:($6-0.3):($6+0.3) with boxxyerror linecolor {colour} "
                     f"title {_quoted(key_names[side])}")
        plots.append(f"${side} using 3:6 with points pointtype 7 pointsize 0.45 linecolor "
                     f"{_ink('whisker')} notitle")
        plots.append(f"${side} using 5:6 with points pointtype 9 pointsize 0.5 linecolor {colour} "
                     "notitle")
        plots.append(f"${side} using 5:6:7 with labels left offset 0.9,0 font \",11\" "
                     f"textcolor {_ink('ink')} notitle")
    return script + "plot " + ", \\\n     ".join(plots) + "\n"


def _against_a(row):
    """Where B, the range of its rounds and the ceiling stand when A is 1 and more is better: (B,
    low, high, ceiling or None)."""
    ratio, up = row["ratio"], row["better"] == "higher"
    low, high = (ratio["min"], ratio["max"]) if up else (1 / ratio["max"], 1 / ratio["min"])
    ceiling = None
    if row["bare"]:
        ceiling = row["bare"]["median"] / row["A"]["median"]
        ceiling = ceiling if up else 1 / ceiling
    return ratio["speedup"], low, high, ceiling


def _overview_script(title, name, rows):
    """All rows that both sides have, in one picture: a full dot for a difference that is certain,
    an empty one otherwise, a square for the ceiling, a line for A."""
    depth = len(rows)
    points, ceilings, figures, values = {"sure": [], "open": []}, [], [], [0.8, 1.25]
    for y, row in enumerate(rows):
        middle, low, high, ceiling = _against_a(row)
        sure = row["ratio"]["verdict"] in ("better", "worse")
        points["sure" if sure else "open"].append(f"{middle:g} {-y} {low:g} {high:g}")
        figures.append(_quoted(f"{middle:.2f}x"))
        values += [low, high]
        if ceiling:
            ceilings.append(f"{ceiling:g} {-y}")
            values.append(ceiling)
    low, high = min(values) / 1.2, max(values) * (max(values) / min(values)) ** 0.16
    tics = [digit * 10.0 ** power for power in range(-9, 10) for digit in (1, 2, 5)]
    tics = [f'"{tic:g}x" {tic:g}' for tic in tics if low <= tic <= high]
    axis = (f"set logscale x 10\nset xrange [{low:g}:{high:g}]\n"
            f"set xtics ({', '.join(tics)})\n"
            f"set arrow from 1, graph 0 to 1, graph 1 nohead linewidth 1.5 linecolor {_ink('a')}")
    script = _head(title, name, int(depth * BAR + 112),
                   [(row["row"], -y) for y, row in enumerate(rows)], -depth + 0.3, 0.7, axis,
                   " (logarithmic)")
    plots = []
    if ceilings:
        script += "$ceiling << EOD\n" + "\n".join(ceilings) + "\nEOD\n"
        plots.append("$ceiling using 1:2 with points pointtype 5 pointsize 0.5 linecolor "
                     f"{_ink('bare')} title \"bare kernel (ceiling)\"")
    for kind, mark, words in (("open", 6, "B, may be chance"), ("sure", 7, "B, certain")):
        if points[kind]:
            script += f"${kind} << EOD\n" + "\n".join(points[kind]) + "\nEOD\n"
            plots.append(f"${kind} using 1:2:3:4 with xerrorbars pointtype {mark} pointsize 0.6 "
                         f"linewidth 1 linecolor {_ink('b')} title {_quoted(words)}")
    # The figures stand in a column of their own: behind the lines they would meet the squares.
    script += ("$figures << EOD\n" +
               "\n".join(f"{high:g} {-y} {text}" for y, text in enumerate(figures)) + "\nEOD\n")
    plots.append("$figures using 1:2:3 with labels right offset -0.3,0 font \",11\" textcolor "
                 f"{_ink('ink')} notitle")
    plots.append(f"1/0 with lines linewidth 1.5 linecolor {_ink('a')} title \"A\"")
    return script + "plot " + ", \\\n     ".join(plots) + "\n"


def _timeline_script(title, name, timelines):
    """For each side a lane for each owner; a box for each step, with its length where there is
    room, so that one sees who has the request when."""
    used = {step["owner"] for line in timelines.values() for step in line["steps"]}
    lanes = {owner: number
             for number, owner in enumerate(owner for owner in OWNERS if owner in used)}
    end = max(line["total"] for line in timelines.values())
    labels, boxes, texts = [], {owner: [] for owner in lanes}, []
    for at, (side, line) in enumerate(timelines.items()):
        top = -at * (len(lanes) + 1.9)
        texts.append((0, top + 1.35, f"{side}: {line['side']}, {line['total']:.0f} us"))
        labels += [(OWNERS[owner], top - lane) for owner, lane in lanes.items()]
        for step in line["steps"]:
            y = top - lanes[step["owner"]]
            until = step["begin"] + max(step["us"] - end / 500, end / 1000)
            boxes[step["owner"]].append(f"{step['begin']:g} {y:g} {until:g}")
            if step["us"] > end / 18:
                texts.append((step["begin"], y + 0.62, figure(step["us"])))
    depth = len(timelines) * (len(lanes) + 1.9)
    axis = (f"set xrange [0:{end * 1.03:g}]\nset xlabel \"us since the program asked\" textcolor "
            f"{_ink('ink')}\nunset key")
    script = _head(title, name, int(depth * 24 + 110), labels, -depth + 1, 2, axis, "")
    plots = []
    for owner, lines in boxes.items():
        if lines:
            script += f"${owner} << EOD\n" + "\n".join(lines) + "\nEOD\n"
            plots.append(f"${owner} using 1:2:1:3:($2-0.3):($2+0.3) with boxxyerror linecolor "
                         f"{_ink(owner)} notitle")
    script += ("$texts << EOD\n" +
               "\n".join(f"{x:g} {y:g} {_quoted(words)}" for x, y, words in texts) + "\nEOD\n")
    plots.append("$texts using 1:2:3 with labels left font \",11\" textcolor "
                 f"{_ink('ink')} notitle")
    return script + "plot " + ", \\\n     ".join(plots) + "\n"


def _draw(script):
    try:
        done = subprocess.run(["gnuplot"], input=script, capture_output=True, text=True,
                              check=False)
    except FileNotFoundError:
        raise NoGnuplot("gnuplot is not installed: apt-get install gnuplot-nox") from None
    if done.returncode or "</svg>" not in done.stdout:
        raise NoGnuplot(f"gnuplot failed (exit {done.returncode}): {done.stderr.strip()[-400:]}")
    return done.stdout


def _recolour(svg, choose):
    """Replace the drawn-as colours; choose(name) gives the new one."""
    for name, (drawn, _, _) in INKS.items():
        red, green, blue = (int(drawn[at:at + 2], 16) for at in (1, 3, 5))
        svg = re.sub(rf"rgb\(\s*{red},\s*{green},\s*{blue}\)|{drawn}", choose(name), svg,
                     flags=re.IGNORECASE)
    return svg


def _inline(svg, name, title):
    """The page's copy: no XML head, colours from the page, ids of its own, a name for screen
    readers."""
    svg = svg[svg.index("<svg"):]
    svg = re.sub(r"<title>[^<]*</title>|<desc>[^<]*</desc>", "", svg)
    svg = re.sub(r"(id=['\"]|href=['\"]#)", rf"\1{name}_", svg)
    svg = svg.replace("<svg", f'<svg role="img" aria-label="{title}"', 1)
    return _recolour(svg, lambda ink: f"var(--{ink})")


def _key_name(side, words):
    """A side's name in the key, short enough for three of them in a line: a picture is understood
    without its page."""
    value = dict(word.split("=", 1) for word in words.split() if "=" in word)
    if side == "bare":
        return "bare kernel (ceiling)"
    if not {"HV", "BACK", "FRONT"} <= set(value):
        return side
    drivers = (value["BACK"] if value["BACK"] == value["FRONT"]
               else f"{value['BACK']}/{value['FRONT']}")
    return f"{side}: {value['HV']}, {drivers} drivers"


def charts(result):
    """[(name, group, title, script)] for all that is worth a picture."""
    two = result["rounds"]["B"] > 0
    names = {side: _key_name(side, result["sides"].get(side, "")) for side in ("A", "B", "bare")}
    found = []
    compared = [row for row in result["rows"] if row["ratio"]]
    if compared:
        heading = "B and the ceiling where A is 1: to the right is better"
        found.append(("overview", "overview", heading,
                      _overview_script(heading, "overview", compared)))
    for group, title in GROUPS.items():
        members = [row for row in result["rows"] if row["group"] == group]
        for unit in dict.fromkeys(row["unit"] for row in members):
            rows = [row for row in members if row["unit"] == unit]
            sides = [side for side in ("A", "B", "bare") if any(row[side] for row in rows)]
            better = " and ".join(dict.fromkeys(row["better"] for row in rows))
            name = re.sub(r"[^a-z0-9]+", "_", f"{group}-{unit}".lower()).strip("_")
            heading = f"{title}: {unit}, {better} is better"
            found.append((name, group, heading, _bars_script(heading, name, rows, sides, names)))
    # One for each group, so that each fits on a page of paper.
    for group, unit in dict.fromkeys((row["group"], row["unit"]) for row in result["rows"]):
        rows = [row for row in result["rows"]
                if (row["group"], row["unit"], row["better"]) == (group, unit, "lower")
                and any(row[side] and row[side]["p99"] for side in ("A", "B"))]
        sides = ["A", "B"] if two else ["A"]
        if any(row["bare"] and row["bare"]["p99"] for row in rows):
            sides.append("bare")
        if rows:
            name = re.sub(r"[^a-z0-9]+", "_", f"latency-{group}-{unit}".lower()).strip("_")
            heading = f"{GROUPS[group]}, single operations: {unit}, lower is better"
            found.append((name, "latency", heading,
                          _latency_script(heading, name, rows, sides, names)))
    if result.get("timeline"):
        heading = "One 4 KiB read from a guest, at depth 1"
        found.append(("timeline", "timeline", heading,
                      _timeline_script(heading, "timeline", result["timeline"])))
    return found


def draw_all(result, folder):
    """Write FOLDER/*.svg; returns [(group, title, inline svg)]."""
    for old in folder.glob("*.svg"):
        old.unlink()
    pictures = []
    for name, group, title, script in charts(result):
        svg = _draw(script)
        (folder / f"{name}.svg").write_text(_recolour(svg, lambda ink: INKS[ink][1]),
                                            encoding="utf-8")
        pictures.append((group, title, _inline(svg, name, title)))
    return pictures
