#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/net_churn.tap: a second vif comes and goes 20 times; what is left is
# counted.
. /lab/lib.sh

# What a cycle could leave behind, in Domain-0 and in the guest: event channels, interrupts, slab
# memory (KiB).
channels() { lsevtchn 0 | grep -c .; }
interrupts() { grep -c . /proc/interrupts; }
slab() { awk '/^(SUnreclaim|VmallocUsed):/ {sum += $2} END {print sum}' /proc/meminfo; }
guest_slab() {
    guest_run 1 "awk '/^(SUnreclaim|VmallocUsed):/ {sum += \$2} END {print sum}' /proc/meminfo"
}
guest_interrupts() { guest_run 1 'grep -c . /proc/interrupts'; }
state() {
    echo "channels $(channels) interrupts $(interrupts) slab $(slab)" \
        "guest-interrupts $(guest_interrupts) guest-slab $(guest_slab)" | tee -a /out/detail
}

cycle() {
    xl network-attach guest1 mac=00:16:3e:00:01:01 bridge=xenbr0 >>/out/detail 2>&1 || return 1
    wait_until 20 "bridge link | grep -q $vif.*forwarding" || return 1
    guest_run 1 \
        'ip addr add 10.8.0.2/24 dev eth1 && ip link set eth1 up && ping -c 1 -W 5 -q 10.8.0.1' \
        >>/out/detail 2>&1 || return 1
    xl network-detach guest1 1 >>/out/detail 2>&1 || return 1
    wait_until 20 \
        "! ip link show $vif >/dev/null 2>&1 && ! guest_run 1 'test -e /sys/class/net/eth1'"
}

bridge_up
ip addr add 10.8.0.1/24 dev xenbr0
guest_create 1
guest_wait 1
vif=vif$(guest_id 1).1
# The first cycles fill caches that stay.
cycle && cycle && cycle
before=$(state)
done=0
while [ $done -lt "${CYCLES:-20}" ] && cycle; do
    done=$((done + 1))
    [ $((done % 5)) -ne 0 ] || state
done
[ $done -eq "${CYCLES:-20}" ]
claim "a vif is attached, answers, and is detached ${CYCLES:-20} times ($done)"
sleep 2
after=$(state)
field() { echo "$1" | tr ' ' '\n' | grep -A 1 "^$2\$" | tail -n 1; }
for what in channels interrupts guest-interrupts; do
    [ "$(field "$before" $what)" = "$(field "$after" $what)" ]
    claim "XSA-441, -457: no $what are left over ($(field "$before" $what)," \
        "$(field "$after" $what))"
done
for what in slab guest-slab; do
    [ $(($(field "$after" $what) - $(field "$before" $what))) -lt 1024 ]
    claim "$what memory drifts by less than 1 MiB ($(field "$before" $what)," \
        "$(field "$after" $what) KiB)"
done
! dmesg | grep -E 'BUG|WARNING|Oops|g.e. 0x'; claim "no complaint in Domain-0's log"
! guest_run 1 'dmesg | grep -E "BUG|WARNING|Oops|g.e. 0x"'; claim "nor in the guest's"
claims_end
finish 0
