# SPDX-License-Identifier: GPL-2.0-only
"""Runs in turns, and what they leave in the benchmark's folder: rounds/SIDE-N.jsonl, about.json,
and the report. What a run is, a subclass says: one of the lab's machines, or a pass of the battery
in this Domain-0."""
import json
import shutil
import sys
import time

from benchreport import result, rows

from .stop import Stop


def clock(seconds):
    """Seconds for people."""
    return (f"{int(seconds) // 60} min {int(seconds) % 60:02d} s" if seconds >= 60
            else f"{int(seconds)} s")


class Rounds:
    """One benchmark: its folder, its steps, and what is known so far.

    steps: [(side, number, configuration)] in the order they run. name: the program's, for messages.
    """

    name = "bench"
    plots = True    # is a report without plots a failure?

    def __init__(self, folder, steps, about):
        self.folder, self.steps = folder, steps
        self.about = {**about, "failed": {}, "others": {}}
        self.took = []
        self.began = time.monotonic()
        # Only what an earlier benchmark wrote: the folder may hold other things, too.
        shutil.rmtree(folder / "rounds", ignore_errors=True)
        for pattern in ("*.svg", "results.json", "table.txt", "report.html", "about.json",
                        "timeline.json"):
            for old in folder.glob(pattern):
                old.unlink()
        (folder / "rounds").mkdir(parents=True)
        self.keep_about()

    def say(self, text):
        """A line of progress."""
        print(f"{self.name}: {text}", flush=True)

    def run(self, index):
        """Step `index`, with its rows brought home. Stop when it, or a row, is bad."""
        raise NotImplementedError

    def keep_about(self):
        """Write what is known of the benchmark, for the report."""
        text = json.dumps(self.about, indent=1) + "\n"
        (self.folder / "about.json").write_text(text, encoding="utf-8")

    def rows_file(self, side, number):
        """Where the rows of a round are."""
        return self.folder / "rounds" / f"{side}-{number}.jsonl"

    def bring_home(self, side, number, out):
        """Check the run's rows before they count as measured; note what it says of itself and of
        its failures."""
        try:
            rows.read_run(out / "rows.jsonl")
        except rows.BadRows as fault:
            raise Stop(f"{side} round {number} brought no usable rows: {fault}", 3) from None
        shutil.copyfile(out / "rows.jsonl", self.rows_file(side, number))
        failed = {}
        if (out / "failed.txt").exists():
            text = (out / "failed.txt").read_text(encoding="utf-8", errors="replace")
            for line in text.splitlines():
                row, _, why = line.partition("\t")
                failed[row] = why
            for why in dict.fromkeys(failed.values()):
                named = ", ".join(row for row in failed if failed[row] == why)
                self.say(f"{side} round {number}: {named} failed: {why}")
        if failed:
            self.about["failed"][f"{side}-{number}"] = failed
        if number == 1 and (out / "about.txt").exists():
            text = (out / "about.txt").read_text(encoding="utf-8", errors="replace")
            for line in text.splitlines():
                key, equals, value = line.partition("=")
                if equals:
                    self.about["machine"][f"{side} {key}"] = value
        self.keep_about()

    def report(self):
        """Table, JSON, pictures and page of what is measured so far; report.py's exit code."""
        return result.report(self.folder, self.plots)

    def measure(self):
        """All runs, then the report; the exit code. A failed run ends the benchmark, but the rounds
        before it are reported."""
        stop = None
        try:
            for index in range(len(self.steps)):
                self.run(index)
        except KeyboardInterrupt:
            stop = Stop("interrupted", 130)
        except Stop as fault:
            stop = fault
        if stop:
            kept = sorted(path.stem for path in (self.folder / "rounds").glob("*.jsonl"))
            if "A-1" in kept:
                self.report()
            print(f"{self.name}: stopped: {stop}", file=sys.stderr)
            print(f"{self.name}: kept in {self.folder}/rounds: {', '.join(kept) or 'nothing'}",
                  file=sys.stderr)
            return stop.code
        code = self.report()
        self.say(f"{len(self.steps)} runs in {clock(time.monotonic() - self.began)}")
        return code
