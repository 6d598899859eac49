#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The script that `cost` runs in Domain-0: each operation once to warm up, then several times
# between markers. The programs print how many operations lay between the markers; the emulator's
# plugin writes the instruction counters at the markers.
. /lab/lib.sh

# counted NAME FIRST REPEATS COMMAND...: repetition R carries the markers FIRST + 2R and FIRST + 2R
# + 1.
counted() {
    _name=$1 _first=$2 _repeats=$3 _repeat=0
    shift 3
    stage "$_name"
    while [ $_repeat -lt "$_repeats" ]; do
        _mark=$((_first + 2 * _repeat))
        "$@" --mark=$_mark >/tmp/row 2>&1
        grep -q '"ops":' /tmp/row ||
            fail "$_name" "the program did not count its operations" /tmp/row
        grep '"ops":' /tmp/row | head -n 1 |
            sed "s/^{/{\"cost\":\"$_name\",\"mark\":$_mark,/" >>/out/ops.jsonl
        _repeat=$((_repeat + 1))
    done
    say "$_name: counted $_repeats times"
}

in_guest() { guest_run 1 "$*"; }

# cmos REGISTER [VALUE]: writes a register of the clock chip, or prints it, as three octal digits.
cmos() {
    # shellcheck disable=SC2059 # the format is the byte
    printf "\\$(printf %03o "$1")" | dd of=/dev/port bs=1 seek=112 conv=notrunc 2>/dev/null ||
        return 1
    if [ $# -gt 1 ]; then
        # shellcheck disable=SC2059
        printf "\\$2" | dd of=/dev/port bs=1 seek=113 conv=notrunc 2>/dev/null
    else
        dd if=/dev/port bs=1 skip=113 count=1 2>/dev/null | od -An -to1 | tr -d ' '
    fi
}

# The emulator lets one CPU run until any timer of the machine is due, then the next one. With the
# kernels' timers alone the CPUs take turns of milliseconds, at a phase that is another one after
# each start: 64 KiB of TCP cost 2.7 per cent more after one start than after the next. So a timer
# runs whose interrupt nobody takes: the clock chip's own, 8192 times a second.
short_turns() {
    for _clock in /sys/bus/pnp/drivers/rtc_cmos/*:*; do
        [ -e "$_clock" ] && echo "${_clock##*/}" >/sys/bus/pnp/drivers/rtc_cmos/unbind
    done
    # Register A: the divider for 32768 Hz, and rate 3; register B: a clock of 24 hours, and the
    # periodic interrupt.
    cmos 10 043
    cmos 11 102
    # The highest bit of register A comes and goes by itself; reading register C clears it.
    if [ "$((0$(cmos 10) & 0177))" -ne 35 ] || [ "$(cmos 11)" != 102 ]; then
        fail "short turns" \
            "the clock chip did not take its settings: register A is '$(cmos 10)', B '$(cmos 11)'"
    fi
    cmos 12 >/dev/null
    sleep 1
    [ "$((0$(cmos 12) & 0100))" -ne 0 ] || fail "short turns" "the clock chip's timer does not run"
}

bridge_up
guest_create 1
guest_wait 1 200
short_turns
# Domain-0's one vCPU has the first CPU (see `cost`), the guest's the second: where a vCPU happens
# to be placed would change a block request by 8 per cent.
xl vcpu-pin guest1 all 1 >/tmp/pin 2>&1 || fail toolstack "xl vcpu-pin guest1 all 1 failed" /tmp/pin

insmod /usr/lib/modules/hvbench.ko || fail hypercall "insmod of hvbench.ko failed"
hvbench local --only=hypercall --samples=20 >/tmp/warm 2>&1
counted hypercall 0 3 hvbench local --only=hypercall --samples=2000

usbench --samples=20 >/tmp/warm 2>&1
counted syscall 128 3 usbench --only=syscall --samples=20
counted pagefault 136 3 usbench --only=pagefault --samples=8

# Written before it is read: a RAM disk has no page behind a block that was never written.
in_guest blkbench --file=/dev/xvda --mode=write --bs=64k --total=4m >/tmp/warm 2>&1
in_guest blkbench --file=/dev/xvda --mode=read --total=400k --size=4m >/tmp/warm 2>&1
counted block 16 3 in_guest blkbench --file=/dev/xvda --mode=read --bs=4k --qd=1 --total=8m \
    --size=4m

netbench server --background --seconds=3600 >/tmp/server 2>&1 ||
    fail network "netbench server did not start" /tmp/server
# A connection finds its own rhythm of segments and acknowledgements, and two of them can be 3 per
# cent apart: many of them, so that their mean repeats.
in_guest netbench stream --to=10.9.0.1 --count=256 >/tmp/warm 2>&1
counted tcp 32 16 in_guest netbench stream --to=10.9.0.1 --count=512
in_guest netbench send --to=10.9.0.1 --count=320 >/tmp/warm 2>&1
# The same for datagrams: how many of them an interrupt finds differs by 2 per cent between two
# runs.
counted datagram 96 16 in_guest netbench send --to=10.9.0.1 --count=6400
finish 0
