#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/pvh_save.tap: TAP lines into /out/tap.
# shellcheck disable=SC2016  # the guest and wait_until expand
. /lab/lib.sh
bridge_up

free_mib() { xl info | awk '/^free_memory/ {print $3}'; }
all_back() { [ "$(free_mib)" -ge $((before - 1)) ]; }
vcpus() { guest_run 1 nproc; }
# It answers, and has what it had.
kept() { [ "$(guest_run 1 'cat /tmp/kept')" = kept ]; }
export LIMIT=300

before=$(free_mib)
guest_create 1
guest_wait 1
# A value in a vector register at any time, on both vCPUs.
guest_run 1 'echo kept >/tmp/kept
    dd if=/dev/urandom of=/tmp/d bs=64k count=32 2>/dev/null
    dd if=/tmp/d of=/dev/xvda bs=64k oflag=direct 2>/dev/null; sync
    for i in 1 2 3; do
        regcheck 1 1 >/dev/null || break
        (while [ ! -e /tmp/stop ]; do regcheck 2 $((i * 1000000)) || echo lost; done \
            >/tmp/reg$i 2>&1) </dev/null >/dev/null 2>&1 &
    done'
xl save -c guest1 /mnt/guest1.save >/out/save-c.log 2>&1 && kept
claim "xl save -c: it goes on where it was"
for round in 1 2; do
    xl save guest1 /mnt/guest1.save >/out/save.log 2>&1 &&
        wait_until 20 '! xl list guest1 >/dev/null 2>&1'
    claim "xl save, $round: the domain is gone"
    xl restore /mnt/guest1.save >/out/restore.log 2>&1 && kept
    claim "xl restore, $round: it has what it had"
done
rm -f /mnt/guest1.save
[ "$(vcpus)" = 2 ] && guest_run 1 '(for i in 1 2 3 4; do
    dd if=/dev/zero bs=64k count=300 2>/dev/null | sha1sum & done; wait) | sort -u | wc -l' |
    grep -qx 1
claim "both vCPUs work"
guest_run 1 'touch /tmp/stop; sleep 4; cat /tmp/reg*' >/out/reg
grep -q 'lost 0' /out/reg && ! grep -qE 'lost( [1-9]|$)' /out/reg
claim "no vector register was lost"
guest_run 1 'dd if=/dev/xvda bs=64k count=32 iflag=direct 2>/dev/null | cmp - /tmp/d'
claim "its disk has what it wrote"
guest_run 1 'ping -c 3 -q 10.9.0.1' >/dev/null
claim "it reaches Domain-0"
xl trigger guest1 nmi && guest_run 1 'dmesg' | grep -qi nmi
claim "it takes an NMI"
xl vcpu-set guest1 1 && wait_until 30 '[ "$(vcpus)" = 1 ]'
claim "it gives a vCPU up"
xl vcpu-set guest1 2 && wait_until 30 '[ "$(vcpus)" = 2 ]'
claim "and takes it again"
xl dump-core guest1 /mnt/core >/out/core.log 2>&1 && [ "$(stat -c %s /mnt/core)" -gt 190000000 ] &&
    head -c 4 /mnt/core | grep -q ELF && kept
claim "xl dump-core writes its memory, and it goes on"
rm -f /mnt/core
! tail -c 20000 "$(guest_log 1)" | grep -E 'BUG:|WARNING:|Oops|Call Trace'
claim "its kernel complains of nothing"
xl destroy guest1 && wait_until 60 all_back
claim "all memory is back ($(free_mib) of $before MiB)"
claims_end
finish 0
