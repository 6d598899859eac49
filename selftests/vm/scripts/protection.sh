#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/protection.tap; TAP into /out/tap.
. /lab/lib.sh
good='; 0 writable and executable, 0 executable outside the text, 0 writable ways to text'
good="$good or constants, 0 open to ring 3; 2 of 2 stacks guarded"

# walk WHEN: what debug key w says.
walk() {
    xl dmesg -c >/dev/null
    xl debug-keys w
    xl dmesg >"/out/walk-${_claims:-0}"
    grep -qF "$good" "/out/walk-${_claims:-0}"
    claim "no rule is broken: $1"
}

xl dmesg | grep -q 'protection: SMEP on, SMAP on, UMIP on'
claim "SMEP, SMAP and UMIP are on"
walk "Domain-0 runs"
bridge_up
guest_create 1 && guest_create 2
claim "two guests start"
guest_run 1 'grep -o -w -e smep -e smap -e umip /proc/cpuinfo; true' >/out/flags
[ ! -s /out/flags ]
claim "and see none of the three"
walk "two guests run"
xl destroy guest1
walk "one of them is gone"
grep -q 'CPU 1 has used [0-9]* of [0-9]* bytes' /out/walk-*
claim "how much of the stacks was used is told"
claims_end
finish 0
