#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# What `cost` runs in Domain-0: each work once to warm up, then several times between markers. The programs print how
# many operations lay between them; the emulator's plugin writes the instruction counters at the markers.
. /lab/lib.sh

# counted NAME FIRST REPEATS COMMAND...: repetition R carries the markers FIRST + 2R and FIRST + 2R + 1.
counted() {
    _name=$1 _first=$2 _repeats=$3 _repeat=0
    shift 3
    stage "$_name"
    while [ $_repeat -lt "$_repeats" ]; do
        _mark=$((_first + 2 * _repeat))
        "$@" --mark=$_mark >/tmp/row 2>&1
        grep -q '"ops":' /tmp/row || fail "$_name" "the program did not count its operations" /tmp/row
        grep '"ops":' /tmp/row | head -n 1 | sed "s/^{/{\"cost\":\"$_name\",\"mark\":$_mark,/" >>/out/ops.jsonl
        _repeat=$((_repeat + 1))
    done
    say "$_name: counted $_repeats times"
}

in_guest() { guest_run 1 "$*"; }

bridge_up
guest_create 1
guest_wait 1 200
# Domain-0's one vCPU has the first CPU (see `cost`), the guest's the second: where a vCPU happens to be placed
# would change a block request by 8 per cent.
xl vcpu-pin guest1 all 1 >/tmp/pin 2>&1 || fail toolstack "xl vcpu-pin guest1 all 1 failed" /tmp/pin

insmod /usr/lib/modules/hvbench.ko || fail hypercall "insmod of hvbench.ko failed"
hvbench local --only=hypercall --samples=20 >/tmp/warm 2>&1
counted hypercall 0 3 hvbench local --only=hypercall --samples=2000

# Written before it is read: a RAM disk has no page behind a block that was never written.
in_guest blkbench --file=/dev/xvda --mode=write --bs=64k --total=4m >/tmp/warm 2>&1
in_guest blkbench --file=/dev/xvda --mode=read --total=400k --size=4m >/tmp/warm 2>&1
counted block 16 3 in_guest blkbench --file=/dev/xvda --mode=read --bs=4k --qd=1 --total=8m --size=4m

netbench server --background --seconds=3600 >/tmp/server 2>&1 ||
    fail network "netbench server did not start" /tmp/server
# A connection finds its own rhythm of segments and acknowledgements, and two of them can be 3 per cent apart:
# many of them, so that their mean repeats.
in_guest netbench stream --to=10.9.0.1 --count=256 >/tmp/warm 2>&1
counted tcp 32 16 in_guest netbench stream --to=10.9.0.1 --count=512
in_guest netbench send --to=10.9.0.1 --count=320 >/tmp/warm 2>&1
# The same for datagrams: how many of them an interrupt finds differs by 2 per cent between two runs.
counted datagram 96 16 in_guest netbench send --to=10.9.0.1 --count=6400
finish 0
