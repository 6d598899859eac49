# SPDX-License-Identifier: GPL-2.0-only
"""Where the microseconds of one block request go: the events that the kernels of guest and Domain-0
noted, put together.

A request is followed by time alone, which works because one is under way at a time. It counts when
it passed all places that every request must pass, in this order, before the next one began. Events
that the drivers may save (a notification, an interrupt: who looks anyway need not be told) are
steps where they are there.

Invariant: the durations of the steps sum to the whole, since they are means over the same requests.
"""
import statistics

#  side, event, must be there
PLACES = (
    ("guest", "sys_io_submit", True),
    ("guest", "block_rq_issue", True),
    ("guest", "notify", False),
    ("dom0", "irq_handler_entry", False),
    ("dom0", "block_bio_queue", True),
    ("dom0", "block_bio_complete", True),
    ("dom0", "notify", False),
    ("guest", "irq_handler_entry", False),
    ("guest", "block_rq_complete", True),
    ("guest", "sys_io_getevents", True),
)
# What happens before a place is reached, and whose time it is. A step that crosses from one domain
# to the other is the hypervisor's (with the kernels' entry of an event), whatever it ends at.
STEPS = (
    None,
    ("guest", "system call, block layer"),
    ("guest", "frontend puts the request on the ring"),
    ("hypervisor", "event, Domain-0 is woken"),
    ("dom0", "backend reads the ring, takes the pages"),
    ("dom0", "the disk behind it (brd)"),
    ("dom0", "backend answers"),
    ("hypervisor", "event, the guest is woken"),
    ("guest", "frontend reads the answer"),
    ("guest", "program is woken, system call returns"),
)
OWNERS = {"guest": "guest", "hypervisor": "hypervisor and event entry", "dom0": "Domain-0",
          "shared": "not told apart"}


class BadEvents(Exception):
    """The events can't be used; the message says why."""


def read_events(path, side):
    """[(counter, side, event)] of one kernel."""
    events = []
    try:
        with open(path, encoding="ascii") as lines:
            for number, line in enumerate(lines, 1):
                counter, _, name = line.strip().partition(" ")
                if not counter.isdigit() or not name:
                    raise BadEvents(f"{path}:{number}: '{line.strip()[:60]}' is no counter with an "
                                    "event")
                events.append((int(counter), side, name))
    except OSError as fault:
        raise BadEvents(f"{path}: {fault.strerror}") from None
    if not events:
        raise BadEvents(f"{path}: no events: was the kernel traced?")
    return events


def _follow(events):
    """The counters at which one request passed the PLACES (None: it did not), or None when it can't
    be followed. events: all that both kernels noted from its beginning to that of the next."""
    passed, at = [], 0
    for place, (side, name, needed) in enumerate(PLACES):
        # A place that may be missing counts only before the next one that must be there.
        limit = len(events)
        if not needed:
            following = next(other for other in PLACES[place:] if other[2])
            limit = next((index for index in range(at, len(events))
                          if events[index][1:] == following[:2]), len(events))
        found = next((index for index in range(at, limit) if events[index][1:] == (side, name)),
                     None)
        if found is None and needed:
            return None
        passed.append(None if found is None else events[found][0])
        if found is not None:
            at = found + 1
    return passed


def follow_all(guest, dom0):
    """The requests that can be followed, and how many began."""
    events = sorted(guest + dom0)
    begins = [index for index, event in enumerate(events) if event[1:] == PLACES[0][:2]]
    followed = []
    for begin, end in zip(begins, begins[1:] + [len(events)]):
        passed = _follow(events[begin:end])
        if passed:
            followed.append(passed)
    return followed, len(begins)


def _step_name(before, place):
    """Who has the time between two places, and what it is called; some between them may be
    missing."""
    owner, text = STEPS[place]
    skipped = place - before > 1
    if PLACES[before][0] != PLACES[place][0]:
        told = before in (2, 6)
        text = "event; " * told + "; ".join(STEPS[step][1] for step in range(before + 1, place + 1)
                                            if not told or STEPS[step][0] == owner) \
            if skipped else text
        owner = "shared" if skipped else "hypervisor"
    elif skipped:
        text = "; ".join(STEPS[step][1] for step in range(before + 1, place + 1)
                         if STEPS[step][0] == owner)
    return owner, text


def summarise(guest, dom0, mhz):
    """{"began", "followed", "alike", "total", "steps": [{"owner", "text", "us", "begin"}]}: the
    means of the middle half (by length) of those requests that passed the same places as most of
    them did."""
    followed, began = follow_all(guest, dom0)
    if not mhz > 0:
        raise BadEvents("the processor's frequency is not known")
    if not followed:
        raise BadEvents(f"none of {began} requests passed all places that a request must pass")
    kinds = [tuple(counter is not None for counter in passed) for passed in followed]
    kind = max(sorted(set(kinds)), key=kinds.count)
    alike = sorted((passed for passed, mine in zip(followed, kinds) if mine == kind),
                   key=lambda passed: passed[-1] - passed[0])
    middle = alike[len(alike) // 4: len(alike) - len(alike) // 4]
    places = [place for place, there in enumerate(kind) if there]
    steps, begin = [], 0.0
    for before, place in zip(places, places[1:]):
        owner, text = _step_name(before, place)
        us = statistics.mean(passed[place] - passed[before] for passed in middle) / mhz
        steps.append({"owner": owner, "text": text, "us": round(us, 2), "begin": round(begin, 2)})
        begin += us
    return {"began": began, "followed": len(followed), "alike": len(alike),
            "total": round(begin, 2), "steps": steps}


def text(timelines):
    """The table for a terminal. timelines: {"A": summary with "side", "plain_us", "traced_us"}."""
    out = ["Where the time of a 4 KiB read goes (depth 1; us; mean of the middle half of the "
           "requests)"]
    for side, line in timelines.items():
        out += ["", f"{side}: {line['side']}: {line['alike']} of {line['began']} requests"]
        out += [f"  {step['begin']:9.1f} {step['us']:9.1f}  {OWNERS[step['owner']]:26}  "
                f"{step['text']}" for step in line["steps"]]
        out.append(f"  {line['total']:9.1f}            in all; median by the program's clock "
                   f"{line['traced_us']:.1f} traced, {line['plain_us']:.1f} not traced")
    return "\n".join(out) + "\n"
