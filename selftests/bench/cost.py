# SPDX-License-Identifier: GPL-2.0-only
"""Instructions per operation, from the plugin's markers and the programs' operation counts (called
by `cost`)."""
import json
import statistics
import sys

WORKS = {
    "hypercall": "a hypercall (xen_version)",
    "syscall": "a null system call in Domain-0",
    "pagefault": "a page fault in Domain-0",
    "block": "a 4 KiB block request (read, depth 1)",
    "tcp": "64 KiB of TCP, guest to Domain-0",
    "datagram": "a 64-byte datagram, guest to Domain-0",
}
PARTS = ("total", "hypervisor", "kernel", "user")


def read_markers(path):
    """Counters by marker id. Each id is there once, or the run isn't what we think it is."""
    markers = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            word, *numbers = line.split()
            if word != "marker":
                continue
            mark, *counters = map(int, numbers)
            if mark in markers:
                raise SystemExit(f"cost: {path}: marker {mark} was executed twice")
            markers[mark] = counters
    return markers


def read_round(folder, number):
    """{work: {part: [instructions per operation, one for each repetition]}}."""
    markers = read_markers(f"{folder}/markers-{number}")
    found = {}
    with open(f"{folder}/ops-{number}", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            begin, end = markers.get(row["mark"]), markers.get(row["mark"] + 1)
            if not begin or not end:
                raise SystemExit(f"cost: the plugin saw no markers {row['mark']} and "
                                 f"{row['mark'] + 1} for {row['cost']}")
            parts = found.setdefault(row["cost"], {part: [] for part in PARTS})
            for part, first, last in zip(PARTS, begin, end):
                parts[part].append((last - first) / row["ops"])
    missing = [work for work in WORKS if work not in found]
    if missing:
        raise SystemExit(f"cost: round {number} counted nothing for: {', '.join(missing)}")
    return found


def summary(rounds):
    """A row for each work: the median over the rounds of each round's mean, and how far the rounds
    are apart."""
    rows = []
    for work in WORKS:
        row = {"row": f"cost.{work}", "unit": "instructions", "better": "lower"}
        for part in PARTS:
            values = [statistics.mean(found[work][part]) for found in rounds]
            row["value" if part == "total" else part] = round(statistics.median(values), 1)
            if part == "total":
                row["rounds"] = [round(value, 1) for value in values]
                row["deviation"] = round((max(values) - min(values)) / statistics.median(values), 5)
                each = [value for found in rounds for value in found[work][part]]
                row["range"] = [round(min(each), 1), round(max(each), 1)]
        rows.append(row)
    return rows


def print_table(rows, what):
    print(f"Instructions for each operation ({what})")
    print(f"{'':40} {'total':>10} {'hypervisor':>11} {'kernels':>10} {'user':>7} {'deviation':>10}")
    for row in rows:
        deviation = f"{100 * row['deviation']:.2f} %" if len(row["rounds"]) > 1 else "-"
        print(f"{WORKS[row['row'].split('.')[1]]:40} {row['value']:10.0f} {row['hypervisor']:11.0f}"
              f" {row['kernel']:10.0f} {row['user']:7.0f} {deviation:>10}")


def main():
    folder, count, limit, path, what = sys.argv[1:6]
    count, limit = int(count), float(limit)
    rows = summary([read_round(folder, number) for number in range(1, count + 1)])
    print_table(rows, what)
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"what": what, "limit": limit / 100, "rows": rows}, out, indent=1)
        out.write("\n")
    print(f"written: {path}")
    wide = [row["row"] for row in rows if row["deviation"] > limit / 100]
    if wide:
        raise SystemExit(f"cost: the rounds differ by more than {limit:g} %: {', '.join(wide)}")


main()
