#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Show what a demo measured, beside what earlier demos on this machine did.

    demo_report.py FOLDER ROWS CONFIGURATION

FOLDER (build/demo): FOLDER/kept/*.jsonl has the rows of the last demo of each configuration,
FOLDER/bare-KERNEL.jsonl those of the bare kernel, where it was measured. ROWS: the rows.jsonl of
this demo, each with a "title". CONFIGURATION: "HV=.. BACK=.. FRONT=.. KERNEL=..". Prints the table
and writes FOLDER/report.html, by report.py.

Exit: 0 done; 2 the rows can't be used.
"""
import contextlib
import io
import json
import os
import pathlib
import re
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
# pylint: disable=wrong-import-position
from benchreport import machine, result, rows  # noqa: E402

REFERENCE = "HV=xen BACK=stock FRONT=stock"
OURS = "HV=shoji BACK=shoji FRONT=shoji"


def kept(folder, configuration):
    """The file of the last demo of a configuration; it may not be there."""
    return folder / "kept" / (re.sub(r"[^A-Za-z0-9.]+", "-", configuration) + ".jsonl")


def columns(folder, configuration):
    """[(heading, rows by name)]: this demo, the one that it is compared with, the bare kernel;
    those that there are."""
    sides, _, kernel = configuration.rpartition(" KERNEL=")
    files = [("this run", kept(folder, configuration))]
    if sides != REFERENCE:
        files.append(("Xen + Linux's", kept(folder, f"{REFERENCE} KERNEL={kernel}")))
    else:
        files.append(("Shoji", kept(folder, f"{OURS} KERNEL={kernel}")))
    files.append(("bare kernel", folder / f"bare-{kernel}.jsonl"))
    return [(heading, rows.read_run(file)) for heading, file in files if file.exists()]


def table(configuration, shown):
    """The last lines of the demo."""
    lines = [f"  {configuration:<50} " + "".join(f"{heading:>14}" for heading, _ in shown)]
    for name, row in shown[0][1].items():
        figures = [measured[name]["value"] if name in measured else None for _, measured in shown]
        lines.append(f"  {row['title']:<42} {row['unit']:>7} " +
                     "".join(f"{rows.figure(value):>14}" for value in figures))
    return "\n".join(lines)


def write_report(folder, configuration, shown):
    """report.html: the reference is A where it is known, the other one B; report.py says the
    rest."""
    named = {"this run": configuration, "Xen + Linux's": REFERENCE, "Shoji": OURS}
    order = sorted((heading for heading, _ in shown if heading in named),
                   key=lambda heading: not named[heading].startswith(REFERENCE))
    used = dict(zip(order, "AB")) | {"bare kernel": "bare"}
    rounds = folder / "rounds"
    shutil.rmtree(rounds, ignore_errors=True)
    rounds.mkdir()
    for heading, measured in shown:
        lines = [json.dumps(row) + "\n" for name, row in measured.items() if name in shown[0][1]]
        (rounds / f"{used[heading]}-1.jsonl").write_text("".join(lines), encoding="utf-8")
    about = {"machine": machine.describe(),
             "sides": {used[heading]: named.get(heading, "HV=none") for heading, _ in shown}}
    (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
    with contextlib.redirect_stdout(io.StringIO()):
        result.write(folder, result.gather(folder))


def main():
    """The command."""
    if len(sys.argv) != 4:
        print(__doc__.strip())
        return 2
    folder, measured = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    configuration = sys.argv[3]
    try:
        rows.read_run(measured)
        file = kept(folder, configuration)
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(measured, file)
        shown = columns(folder, configuration)
        print(table(configuration, shown))
        write_report(folder, configuration, shown)
    except rows.BadRows as fault:
        print(f"demo: {fault}", file=sys.stderr)
        return 2
    print(f"\nlab: the report is {folder}/report.html (measured one after the other, once: "
          "`make bench` compares)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
