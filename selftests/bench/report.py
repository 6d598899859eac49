#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Turn the rows of a benchmark's runs into results.json, table.txt, *.svg and report.html.

    report.py [FOLDER]          FOLDER: build/bench

Reads FOLDER/rounds/SIDE-N.jsonl (SIDE: A, B, bare; N: 1, 2, ...) and, where there is one,
FOLDER/about.json with {"machine": {..}, "sides": {"A": "HV=xen ..."}, "failed": {"A-2": {"row":
"why"}}, "others": {"A-2": 0.03}} (others: the share of the CPUs that other programs took during
that run), and FOLDER/timeline.json, as `timeline` wrote it.

Exit: 0 done; 1 done, but some rows are missing (they are named); 2 the input can't be used, nothing
was written.
"""
import os
import pathlib
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
# pylint: disable=wrong-import-position
from benchreport import result  # noqa: E402


def main():
    if len(sys.argv) > 2 or "-h" in sys.argv or "--help" in sys.argv:
        print(__doc__.strip())
        return 0 if len(sys.argv) == 2 else 2
    return result.report(pathlib.Path(sys.argv[1] if len(sys.argv) == 2 else "build/bench"))


if __name__ == "__main__":
    sys.exit(main())
