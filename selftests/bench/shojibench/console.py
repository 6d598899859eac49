# SPDX-License-Identifier: GPL-2.0-only
"""Run a command in a guest over its console, where a root shell waits.

    console.py TTY SECONDS COMMAND      its output and exit code; 124: no answer in time

TTY is the console's end in Domain-0 (xenstore: /local/domain/ID/console/tty).
"""
import base64
import os
import re
import select
import sys
import termios
import time
import tty

MARK = "shoji-bench-end"


def ask(path, seconds, command):
    """(exit code, output); 124 when the end was not seen in time."""
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        before = termios.tcgetattr(fd)
        tty.setraw(fd)
        try:
            return _talk(fd, seconds, command)
        finally:
            termios.tcsetattr(fd, termios.TCSANOW, before)
    finally:
        os.close(fd)


def _talk(fd, seconds, command):
    # In base64, so that no line editor and no echo changes it; the marks are put together there, so
    # that the echo of this line has none.
    packed = base64.b64encode(command.encode()).decode()
    # ^U: what stands on the line already is nobody's command.
    line = (f"\x15m={MARK[:6]}; printf '\\n%s%s-begin\\n' $m {MARK[6:]}; "
            f"echo {packed} | base64 -d | sh 2>&1; "
            f"printf '\\n%s%s-%s-\\n' $m {MARK[6:]} $?\r")
    for at in range(0, len(line), 64):   # the ring to the guest is small
        os.write(fd, line[at:at + 64].encode())
        time.sleep(0.005)
    seen, end = "", time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([fd], [], [], 0.2)[0]:
            seen += os.read(fd, 65536).decode(errors="replace")
            found = re.search(rf"{MARK}-(\d+)-", seen)
            if found:
                text = seen[:found.start()].replace("\r", "")
                return int(found[1]), text.split(f"{MARK}-begin\n", 1)[-1].rstrip("\n") + "\n"
    return 124, "no shell answers on the console\n"


def main():
    """The command."""
    if len(sys.argv) != 4:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    code, text = ask(sys.argv[1], float(sys.argv[2]), sys.argv[3])
    sys.stdout.write(text)
    return code


if __name__ == "__main__":
    sys.exit(main())
