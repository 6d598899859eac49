# SPDX-License-Identifier: GPL-2.0-only
"""The HTML page: tables and plots in one file that needs nothing else, on screen (light, dark,
narrow) and on paper."""
import re
from html import escape

from .plot import INKS
from .rows import GROUPS
from .timeline import OWNERS
from .table import COUNTERS_TITLE, counter_table, heads, line_of, summary, warnings


def _variables(which):
    return "; ".join(f"--{name}: {colours[which]}" for name, colours in INKS.items())


STYLE = f"""
:root {{ color-scheme: light dark; {_variables(1)}; --soft: #5b6270; --good: #1a7a3c;
  --bad: #b3261e; --band: #f5f6f8 }}
@media (prefers-color-scheme: dark) {{
  :root {{ {_variables(2)}; --soft: #9aa2b1; --good: #6fce8f; --bad: #ff8f86; --band: #1e2128 }}
}}
* {{ box-sizing: border-box }}
body {{ margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 68rem; background: var(--paper);
  color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif }}
h1 {{ font-size: 1.5rem; line-height: 1.2; margin: 0 0 .3rem }}
h2 {{ font-size: 1.15rem; margin: 2.2rem 0 .5rem }}
p, ul {{ max-width: 46rem; margin: .5rem 0 }}
.soft {{ color: var(--soft) }}
.wide {{ overflow-x: auto; margin: .8rem 0 }}
table {{ border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums;
  font-size: .87rem; white-space: nowrap }}
th, td {{ padding: 4px 10px; line-height: 20px; text-align: right;
  border-bottom: 1px solid var(--grid) }}
th {{ font-weight: 600; color: var(--soft); vertical-align: bottom }}
th.l, td.l {{ text-align: left }}
td:first-child, th:first-child {{ position: sticky; left: 0; background: var(--paper);
  padding-left: 0 }}
tbody tr:hover td {{ background: var(--band) }}
.better {{ color: var(--good); font-weight: 600 }} .worse {{ color: var(--bad); font-weight: 600 }}
.key {{ display: inline-block; width: .75em; height: .75em; margin-right: .4em;
  border-radius: 2px }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0;
  font-size: .9rem }}
dt {{ color: var(--soft) }} dd {{ margin: 0; overflow-wrap: anywhere }}
figure {{ margin: 1.5rem 0; overflow-x: auto }}
figure svg {{ display: block; width: 100%; min-width: 36rem; max-width: 52rem; height: auto }}
.counters th {{ white-space: normal; min-width: 4.2em }}
nav {{ display: flex; flex-wrap: wrap; gap: 0 1em }}
nav a {{ color: inherit; white-space: nowrap }}
.missing li {{ color: var(--bad) }}
@media screen and (max-width: 40rem) {{
  .two :is(td, th):is(:nth-child(3), :nth-child(7)) {{ display: none }}
  figure svg {{ min-width: 32rem }}
  body {{ padding: 1rem .8rem 3rem }} th, td {{ padding: 4px 6px }} table {{ font-size: .78rem }}
}}
@media print {{
  @page {{ size: A4; margin: 12mm }}
  :root {{ {_variables(1)}; --soft: #444; --good: #1a7a3c; --bad: #b3261e }}
  body {{ max-width: none; padding: 0; font-size: 9.5pt }}
  table {{ font-size: 8pt }} dl {{ font-size: 8.5pt }}
  th, td {{ padding: 1px 5px; line-height: 1.4 }}
  .wide, figure {{ overflow: visible }} figure {{ margin: 3mm 0 }}
  figure svg {{ min-width: 0; width: 155mm; max-height: 250mm }}
  figure, tr, dl, table {{ break-inside: avoid }} h2, h2 + p {{ break-after: avoid }}
  h2 {{ margin: 6mm 0 2mm }} nav {{ display: none }}
  .counters table {{ font-size: 6.5pt; break-inside: auto }}
  .counters td, .counters th {{ padding: 1px 3px }}
  td:first-child, th:first-child {{ position: static }}
}}
"""
LEGEND = """<p class="soft">Each figure is the median of its rounds. <b>B/A</b> is the median of the
ratios round by round, with the smallest and the largest beside it. B counts as faster or slower
only when all its rounds lie on one side of all rounds of A, so far away that chance does not do it
in any of the rows; what may be chance has a question mark, the rest is noise. <b>A±</b> and
<b>B±</b>: largest minus smallest round, in percent of the median. <b>bare</b>: the same kernel
without a guest (loopback, veth and bridge, loop device), the ceiling. In the plots of bars the
thin line is the range of the rounds, the figure the median.</p>"""
OVERVIEW_NOTE = """<p class="soft">Each row as a multiple of A, turned so that to the right is
better. The dot is B, the thin line the range of its rounds. A full dot: the difference is certain;
an empty one: it may be chance. The square is the ceiling.</p>"""
LATENCY_NOTE = """<p class="soft">Of single operations: the thin line goes from the 1st to the 99th
percentile, which the triangle and the figure show; the thick part from the 10th to the 90th; the
dot is the median. Where a row brings no more than median and 99th percentile, the line goes from
one to the other.</p>"""


def _cell(text, tag="td", name=""):
    return f"<{tag}{f' class={chr(34)}{name}{chr(34)}' if name else ''}>{escape(text)}</{tag}>"


def _row_html(row, two):
    cells = line_of(row, two)
    verdict = row["ratio"]["verdict"] if row["ratio"] else ""
    out = []
    for column, text in enumerate(cells):
        name = "l" if column in (0, 1, 2) else ""
        if two and column == 7:
            name = f"l {verdict}" if verdict in ("better", "worse") else "l soft"
        if two and column == 5 and verdict in ("better", "worse"):
            name = verdict
        out.append(_cell(text.replace("-", "–") if two and column == 6 and row["ratio"] else text,
                         name=name))
    return "<tr>" + "".join(out) + "</tr>"


def _table(rows, two):
    names = [head.replace("+-", "±") for head in heads(two)]
    left = (0, 1, 2, 7) if two else (0, 1, 2)
    head = "".join(_cell(name, "th", "l" if column in left else "")
                   for column, name in enumerate(names))
    body = "\n".join(_row_html(row, two) for row in rows)
    wide = "wide two" if two else "wide"
    return (f'<div class="{wide}"><table><thead><tr>{head}</tr></thead>\n'
            f'<tbody>{body}</tbody></table></div>')


def _counters(rows, two):
    names, lines = counter_table(rows, two)
    if not lines:
        return ""
    head = "".join(_cell(name, "th", "l" if column < 2 else "")
                   for column, name in enumerate(names))
    body = "\n".join("<tr>" + "".join(_cell(text, name="l" if column < 2 else "")
                                      for column, text in enumerate(line)) + "</tr>"
                     for line in lines)
    title, _, note = COUNTERS_TITLE.partition(": ")
    return (f'<section id="counters"><h2>{title}</h2>'
            f'<p class="soft">{note[0].upper() + note[1:]}.</p>'
            f'<div class="wide counters"><table><thead><tr>{head}</tr></thead>\n'
            f'<tbody>{body}</tbody></table></div></section>')


def _of_side(result, side):
    words = result["sides"].get(side, "")
    return f"{words}, " if words else ""


def _sides(result):
    out = []
    for side in ("A", "B", "bare"):
        count = result["rounds"][side]
        if count:
            style = f"background: var(--{side.lower()})"
            out.append(f'<dt><span class="key" style="{style}"></span>{side}</dt>'
                       f"<dd>{escape(_of_side(result, side))}{count} "
                       f"round{'s' * (count > 1)}</dd>")
    out += [f"<dt>{escape(key)}</dt><dd>{escape(str(value))}</dd>"
            for key, value in result["machine"].items()]
    return "<dl>" + "\n".join(out) + "</dl>"


def _nav(body):
    """Where to go: a link for each section that is there."""
    return "<nav>" + "".join(f'<a href="#{name}">{title}</a>' for name, title in
                             re.findall(r'<section id="(\w+)"><h2>([^<]*)</h2>', body)) + "</nav>"


def _key_rows(result):
    """What the reader came for: the rows where the sides differ most."""
    apart = [row for row in result["rows"]
             if row["ratio"] and row["ratio"]["verdict"] in ("better", "worse")]
    apart.sort(key=lambda row: row["ratio"]["speedup"])
    worst = [row for row in apart if row["ratio"]["verdict"] == "worse"][:5]
    best = [row for row in reversed(apart) if row["ratio"]["verdict"] == "better"][:5]
    if not worst and not best:
        return ""
    return "<h2>The largest differences</h2>" + _table(best + worst, True)


def _timeline(result, pictures):
    """Where the time of one request goes: the picture, and the same in figures."""
    lines = result.get("timeline")
    if not lines:
        return ('<h2>Where the microseconds of one request go</h2><p class="soft">Not measured: '
                "<code>make timeline</code> with the same A and B adds it.</p>")
    drawn = "".join(f"<figure>{svg}</figure>" for owner, _, svg in pictures if owner == "timeline")
    tables = []
    for side, line in lines.items():
        body = "\n".join("<tr>" + _cell(step["text"], name="l") +
                         '<td class="l"><span class="key" style="background: '
                         f'var(--{step["owner"]})"></span>{escape(OWNERS[step["owner"]])}</td>'
                         + _cell(f"{step['begin']:.1f}") + _cell(f"{step['us']:.1f}")
                         + _cell(f"{100 * step['us'] / line['total']:.0f}%") + "</tr>"
                         for step in line["steps"])
        head = _cell(f"{side}: {line['side']}", "th", "l") + _cell("who", "th", "l") + "".join(
            _cell(name, "th") for name in ("from, us", "us", "share"))
        tables.append(f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n'
                      f'<tbody>{body}</tbody></table></div>'
                      f'<p class="soft">{line["alike"]} of {line["began"]} requests; median by the '
                      f'program\'s clock {line["traced_us"]:.0f} us while traced, '
                      f'{line["plain_us"]:.0f} us without.</p>')
    return ('<section id="timeline"><h2>Where the microseconds of one request go</h2>'
            '<p class="soft">A guest reads 4 KiB at a time from a RAM-backed virtual disk; the '
            "kernels of guest and Domain-0 note by the processor's counter when a request passes. "
            "Means over the middle half of the requests that passed the same places. Tracing "
            "makes each step longer. The hypervisor's part is all between one kernel's "
            "notification and the other's interrupt handler, that kernel's entry included.</p>"
            + drawn + "".join(tables) + "</section>")


def page(result, pictures, lack=""):
    """report.html as one string. lack: why there are no pictures."""
    rows, rounds = result["rows"], result["rounds"]
    two = rounds["B"] > 0
    said = summary(rows, result["missing"], rounds)
    gaps = [line for line in said if line.startswith("MISSING")]
    parts = ["<h1>Shoji benchmark</h1>", _sides(result)]
    parts += [f"<p><b>{escape(line)}</b></p>" for line in said if line not in gaps]
    gaps += warnings(result)
    if lack:
        gaps.append(f"No plots: {lack}, then make the report again.")
    if gaps:
        parts.append('<ul class="missing">' + "".join(f"<li>{escape(gap)}</li>" for gap in gaps) +
                     "</ul>")
    parts.append(LEGEND)
    if two:
        parts.append(_key_rows(result))
    parts += ['<section id="overview"><h2>All rows at a glance</h2>'
              f"{OVERVIEW_NOTE}<figure>{svg}</figure></section>"
              for owner, _, svg in pictures if owner == "overview"]
    for group, title in list(GROUPS.items()) + [("latency", "Latency distributions")]:
        members = [row for row in rows if row["group"] == group]
        drawn = [f"<figure>{svg}</figure>" for owner, _, svg in pictures if owner == group]
        if members or drawn:
            parts.append(f'<section id="{group}"><h2>{title}</h2>' +
                         LATENCY_NOTE * (group == "latency"))
            parts += ([_table(members, two)] if members else []) + drawn + ["</section>"]
    if result.get("place", "lab") == "lab" or result.get("timeline"):
        parts.append(_timeline(result, pictures))
    parts.append(_counters(rows, two))
    parts.insert(1, _nav("\n".join(parts)))
    body = "\n".join(parts)
    return ('<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>Shoji benchmark</title>\n<style>{STYLE}</style></head>\n"
            f"<body>\n{body}\n</body></html>\n")
