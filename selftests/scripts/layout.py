#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Whether files have the layout that selftests/README.md describes. For style.tap.

    layout.py width|shell|c|own|guard <LIST

LIST has a path a line. A line of the output is a breach: PATH:LINE: what is wrong.
"""

import fnmatch
import pathlib
import re
import sys

COLUMNS = 100
SPDX = "SPDX-License-Identifier: GPL-2.0-only"
# What is still to be brought to 100 columns: patterns of paths. One without a wide file left is a
# breach, too, so that it leaves the list.
TO_DO = ()
# Headers without a guard, and why.
NO_GUARD = {
    "hypervisor/x86/include/x86/hidden.h": "the compiler's -include, once for each source",
    "selftests/hosted/abi_list.h": "a list of macro calls, included with other macros each time",
    "selftests/hosted/net_list.h": "the same",
    "selftests/hosted/asm-offsets.h": "stands in for a header that the build writes",
}


def lines_of(path):
    """The lines of a text file; none of one that is not text."""
    try:
        return path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError:
        return []


def wide_lines(path, lines):
    """Tabs are eight columns. Rows of a Markdown table and links cannot be broken."""
    for number, line in enumerate(lines, 1):
        width = len(line.expandtabs(8))
        whole = path.suffix == ".md" and re.match(r"\s*(\||\[[^]]*\]: |https?://\S+$)", line)
        if width > COLUMNS and not whole:
            yield number, f"{width} columns"


def width(files):
    """No line is wider than 100 columns, but for those in files that are still to be done."""
    wide_in_list = set()
    for path in files:
        pattern = next((pattern for pattern in TO_DO
                        if fnmatch.fnmatchcase(str(path), pattern)), None)
        for number, why in wide_lines(path, lines_of(path)):
            if pattern:
                wide_in_list.add(pattern)
            else:
                yield path, number, why
    for pattern in TO_DO if len(files) > 100 else ():
        if pattern not in wide_in_list:
            yield pattern, 0, "is done: take it out of TO_DO"


def first_statement(lines):
    """The first line that is neither a comment nor empty, with its number."""
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            return number, line
    return len(lines), ""


def shell(files):
    """A program's first line, licence, purpose, then `set` in bash."""
    for path in files:
        lines = lines_of(path)
        program = lines[0].startswith("#!")
        head = lines[1:] if program else lines
        if not program and re.search(r"^(\. |source )", "\n".join(lines[:3])):
            yield path, 1, "no #! line"
        if SPDX not in head[0]:
            yield path, 1 + program, "the licence line is not here"
        purpose = next((line for line in head[1:] if not line.startswith("# shellcheck")), "")
        if not re.match(r"# \S+ \S+", purpose):
            yield path, 2 + program, "no comment says what the file is for"
        number, statement = first_statement(lines)
        if program and "bash" in lines[0] and not re.match(
                r"set -e?uo? ?(pipefail)?$|\. /lab/(lib\.sh|env)$", statement):
            yield path, number, "the first statement is no `set -u`"


def c(files):
    """Licence in the first line, then a comment that says what the file is for."""
    for path in files:
        lines = lines_of(path)
        if lines[0] not in (f"// {SPDX}", f"/* {SPDX} */"):
            yield path, 1, "the licence line is not here"
        if len(lines) < 2 or not re.match(r"/[*/]", lines[1]):
            yield path, 2, "no comment says what the file is for"


def own(files):
    """foo.c includes foo.h before all others, which proves that foo.h stands alone."""
    headers = {path.stem for path in files if path.suffix == ".h"}
    for path in files:
        if path.suffix != ".c" or path.stem not in headers:
            continue
        found = [(number, match[1]) for number, line in enumerate(lines_of(path), 1)
                 if (match := re.match(r'#include\s+[<"]([^>"]+)[>"]', line))]
        names = [pathlib.PurePath(name).name for _, name in found]
        if path.stem + ".h" in names[1:] and names[0] != path.stem + ".h":
            yield path, found[names.index(path.stem + ".h")][0], "its own header is not the first"


def guard(files):
    """A header's guard is its name behind folders of its path, or the project's name."""
    for path in files:
        text = "\n".join(lines_of(path))
        if path.suffix != ".h" or str(path) in NO_GUARD:
            continue
        if not re.search(r"^(?!#include|//|/\*| \*)\S", text, re.MULTILINE):
            continue    # nothing but another header
        found = re.search(r"^#ifndef (\w+)\n#define (\w+)$", text, re.MULTILINE)
        if not found or found[1] != found[2]:
            yield path, 1, "no guard"
            continue
        name = re.sub(r"\W", "_", path.name).upper()
        folders = re.sub(r"\W", "_", str(path.parent)).upper().split("_")
        front = found[1].removesuffix(name)
        if front == found[1] or set(front.split("_")) - {"", "SHOJI", "HV", *folders}:
            yield path, text[:found.start()].count("\n") + 1, f"guard {found[1]} is not its path"


def main():
    """Print each breach of one kind."""
    kinds = {"width": width, "shell": shell, "c": c, "own": own, "guard": guard}
    if len(sys.argv) != 2 or sys.argv[1] not in kinds:
        sys.exit(f"usage: layout.py {'|'.join(kinds)} <LIST")
    files = [pathlib.Path(line.rstrip("\n")) for line in sys.stdin]
    files = [path for path in files if path.is_file() and not path.is_symlink()]
    for path, number, why in kinds[sys.argv[1]](files):
        print(f"{path}:{number}: {why}")


main()
