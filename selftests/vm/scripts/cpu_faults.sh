#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/cpu_faults_*.tap; TAP into /out/tap. PART=open: a CPU with open faults;
# PART=accepted: the same with the risk accepted; PART=all: every mitigation on.
. /lab/lib.sh
kernel=/lab/guest-kit/test.elf

small() {
    printf "name='%s'\ntype='pv'\nkernel='%s'\nmemory=16\nvcpus=2\nextra='%s'\n" "$1" $kernel \
        "$2" >"/tmp/$1.cfg"
}

small idle1 idle=1
xl dmesg | grep -q 'processor faults:'
claim "xl dmesg shows the block"
case $PART in
open)
    for _ in 1 2 3 4 5 6; do xl create -q /tmp/idle1.cfg >>/tmp/create.log 2>&1; done
    ! xl domid idle1 >/dev/null 2>&1
    claim "a DomU is refused"
    xl dmesg | grep 'a DomU is refused' | grep 'Spectre v2' | grep -q allow_unsafe
    claim "with a line that says why, and which option accepts it"
    [ "$(xl dmesg | grep -c 'a DomU is refused, for')" -lt 6 ]
    claim "which six attempts do not repeat six times"
    ;;
*)
    xl create -q /tmp/idle1.cfg && xl domid idle1 >/dev/null
    claim "a DomU is created"
    ! xl dmesg | grep -q 'a DomU is refused, for'
    claim "and nothing is said against it"
    xl destroy idle1
    ;;
esac
if [ "$PART" = all ]; then
    xl dmesg | grep -q 'entry and exit: RSB BHB VERW DIV; indirect branches: retpoline'
    claim "the blocks of the entry code run, and retpolines"
    bridge_up >/dev/null && guest_create 1 >/tmp/create.log 2>&1 && guest_wait 1 &&
        guest_run 1 'uname -r'
    claim "a Linux guest runs with them"
fi
claims_end
finish 0
