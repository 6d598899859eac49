#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/device_churn.tap: vif and vbd come and go together; what is left is counted.
. /lab/lib.sh
. /lab/domains.sh
: >/out/detail

check() { echo "--- $*" >>/out/detail; "$@" >>/out/detail 2>&1; }
# Memory that the kernels hold for themselves, KiB.
# shellcheck disable=SC2016  # awk's
slab='/^(SUnreclaim|VmallocUsed):/ {sum += $2} END {print sum}'
# What the guest could give to a program, KiB.
guest_memory() { guest_run 1 "sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo"; }
# What the guest has granted, which Shoji only tells.
guest_entries() {
    [ "$LAB_HV" != shoji ] || {
        xl debug-keys g && xl dmesg |
            sed -n "s/.*d$(guest_id 1): .* frames, \([0-9]*\) entries .*/\1/p" | tail -n 1
    }
}
all_counts() {
    echo "$(counts) interrupts=$(grep -c . /proc/interrupts) slab=$(awk "$slab" /proc/meminfo)" \
        "guest-entries=$(guest_entries)" \
        "guest-interrupts=$(guest_run 1 'grep -c . /proc/interrupts')" \
        "guest-slab=$(guest_run 1 "awk '$slab' /proc/meminfo") guest-memory=$(guest_memory)"
}

# shellcheck disable=SC2016  # the guest's
answered='d=$(grep -l 00:16:3e:00:01:01 /sys/class/net/eth*/address | cut -d/ -f5)
    ip addr add 10.8.0.2/24 dev $d; ip link set $d up
    for i in 1 2 3 4 5 6 7 8; do ping -c 1 -W 2 -q 10.8.0.1 && exit 0; done; exit 1'

# By xl, with data: a written disk is read back, and the guest is answered.
with_data() {
    check xl network-attach guest1 mac=00:16:3e:00:01:01 bridge=xenbr0 &&
        check xl block-attach guest1 'phy:/dev/ram15,xvdi,w' &&
        wait_until 20 "guest_run 1 'test -b /dev/xvdi'" &&
        check guest_run 1 \
        'blkbench --file=/dev/xvdi --mode=verify --bs=16k --qd=8 --size=2m --row=t' &&
        check guest_run 1 "$answered" &&
        check xl network-detach guest1 00:16:3e:00:01:01 && check xl block-detach guest1 xvdi &&
        wait_until 20 "[ \"\$(find /sys/bus/xen-backend/devices/ -name 'v??-*' | wc -l)\" = 2 ]"
}

# COUNT cycles, ten at a time, then one by xl.
round() {
    n=0
    while [ $n -lt "$1" ]; do
        devcycle "$(guest_id 1)" 10 xenbr0 /usr/lib/shoji/scripts/vifplug >/out/cycles 2>&1 || break
        n=$((n + 10))
        say "$((${done:-0} + n)) cycles: the guest has $(guest_memory) KiB;" \
            "$(tail -n 1 /out/cycles)"
    done
    cat /out/cycles >>/out/detail
    [ $n -ge "$1" ] && with_data && return 0
    check xenstore-ls "/local/domain/$(guest_id 1)/device"
    check guest_run 1 'ls /sys/bus/xen/devices; dmesg | tail -n 40'
    return 1
}

bridge_up
ip addr add 10.8.0.1/24 dev xenbr0
guest_create 1
guest_wait 1
# The first cycles fill caches and tables that stay.
round 20 || fail devices "the first devices did not come and go" /out/detail
sleep 5
before=$(all_counts)
say "before: $before"
done=0
while [ $done -lt "$CYCLES" ] && round 100; do
    done=$((done + 100))
    say "$done cycles: $(all_counts | tee -a /out/counts)"
done
[ $done -ge "$CYCLES" ]
claim "a vif and a vbd are attached and detached $CYCLES times ($done), with data through them" \
    "each hundredth time"
settled "$(echo "$before" | cut -d' ' -f1-7)" 20
after=$(all_counts)
for what in pages channels mappings entries vifs loops interrupts guest-entries guest-interrupts; do
    [ "$(count $what "$before")" = "$(count $what "$after")" ]
    claim "XSA-441, -457: as many $what as before ($(count $what "$before")," \
        "$(count $what "$after"))"
done
for what in slab guest-slab; do
    [ $(($(count $what "$after") - $(count $what "$before"))) -lt 1024 ]
    claim "$what memory drifts by less than 1 MiB ($(count $what "$before")," \
        "$(count $what "$after") KiB)"
done
[ $(($(count guest-memory "$before") - $(count guest-memory "$after"))) -lt 4096 ]
claim "the guest loses less than 4 MiB ($(count guest-memory "$before")," \
    "$(count guest-memory "$after") KiB are left to it)"
! dmesg | grep -E 'BUG|WARNING|Oops|g.e. 0x|Call Trace' >>/out/detail
claim "no complaint in Domain-0's log"
! guest_run 1 'dmesg | grep -E "BUG|WARNING|Oops|g.e. 0x|Call Trace"' >>/out/detail
claim "nor in the guest's"
claims_end
finish 0
