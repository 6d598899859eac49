#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/pvh_guest.tap: TAP lines into /out/tap.
. /lab/lib.sh
bridge_up

free_mib() { xl info | awk '/^free_memory/ {print $3}'; }
memory_of() { xl list "$1" | awk 'NR == 2 {print $3}'; }
# But for pages of Domain-0's tables that only grow (debug key m).
all_back() { [ "$(free_mib)" -ge $((before - 1)) ]; }
smaller() { [ "$(memory_of guest1)" -le 130 ]; }
larger() { [ "$(memory_of guest1)" -ge 190 ]; }
restarted() { [ -n "$(guest_id 1)" ] && [ "$(guest_id 1)" != "$id" ]; }
# The exits of guest N so far, by reason: debug key v of Shoji.
exits() {
    xl dmesg -c >/dev/null
    xl debug-keys v
    xl dmesg
}

xl info | grep '^virt_caps' | grep -w pv | grep -w hvm | grep -qw hap
claim "xl info says that the machine runs PVH guests"
before=$(free_mib)
guest_create 1
guest_wait 1
claim "a PVH guest's user space answers"
[ "$LAB_HV" != shoji ] || exits >/out/exits.boot
guest_run 1 'cat /sys/hypervisor/guest_type' | grep -qx PVH
claim "its kernel knows that it is a PVH guest"
id=$(guest_id 1)
guest_run 1 'ping -c 3 -q 10.9.0.1' >/dev/null
claim "it reaches Domain-0 through the bridge"
guest_run 1 'dd if=/dev/urandom of=/tmp/d bs=64k count=32 2>/dev/null
    dd if=/tmp/d of=/dev/xvda bs=64k oflag=direct 2>/dev/null; sync; sha1sum </tmp/d' >/tmp/sum
dd if=/dev/ram0 bs=64k count=32 2>/dev/null | sha1sum >/tmp/sum0
[ -s /tmp/sum ] && cmp -s /tmp/sum /tmp/sum0
claim "what it writes to xvda is what the backing device holds"
tail -c 4000 "$(guest_log 1)" | grep -q 'guest1: user space after'
claim "xenconsoled keeps its console"
guest_run 1 'dmesg | grep -c "unchecked MSR"' | grep -qx 0
claim "its kernel finds the MSRs that it asks for"
xl mem-set guest1 128 && wait_until 20 smaller
claim "it gives memory back"
xl mem-set guest1 192 && wait_until 20 larger
claim "and takes it again"
xl pause guest1 && xl unpause guest1 && guest_run 1 true
claim "it goes on after a pause"
guest_run 1 'reboot -f' >/dev/null 2>&1 &
wait_until 60 restarted && guest_wait 1
claim "it restarts"
guest_create 2
guest_wait 2
claim "one with two vCPUs answers, beside the first"
[ "$(guest_run 2 nproc)" = 2 ]
claim "and has both"
guest_run 2 'for i in 1 2 3 4; do dd if=/dev/zero bs=64k count=300 2>/dev/null | sha1sum; done |
    sort -u | wc -l' | grep -qx 1
claim "which work"
xl shutdown -w guest2 >/dev/null 2>&1
wait_until 30 '! xl list guest2 >/dev/null 2>&1'
claim "xl shutdown ends it"
xl destroy guest1 && wait_until 20 '! xl list guest1 >/dev/null 2>&1'
claim "xl destroy ends the first"
wait_until 60 all_back
claim "all memory is back ($(free_mib) of $before MiB)"
claims_end
finish 0
