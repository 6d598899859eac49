#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154  # what lib/ sets
# A vif is detached from a guest that runs and attached again, three times.
. ../lib/test.sh
. ../lib/net.sh
need xl xenstore-read ip ping
plan 6
guest_start 1
id=$(guest_id 1)

gone() {
    ! ip link show "vif$id.0" >/dev/null 2>&1 &&
        ! guest_run 1 'test -e /sys/class/net/eth0' >/dev/null 2>&1
}

# The guest may name the device eth0 or eth1; it has one.
back() {
    guest_run 1 "dev=\$(ls /sys/class/net | grep -v lo | head -n 1)
        [ -n \"\$dev\" ] && ip addr replace $(guest_ip 1)/24 dev \$dev && ip link set \$dev up"
}

for round in 1 2 3; do
    try xl network-detach "${st_guest}1" 0 && wait_until 30 gone
    claim "detached, round $round: both interfaces are gone"
    try xl network-attach "${st_guest}1" "mac=$st_mac:01" "bridge=$st_bridge" &&
        wait_until 30 "back >/dev/null 2>&1" && vif=$(ls -d /sys/class/net/vif"$id".*) &&
        wait_until 20 "on_bridge ${vif##*/}" && wait_until 20 "echoes 1"
    claim "attached, round $round: the guest answers"
    [ "${vif##*.}" = 0 ] || break
done
[ "$st_count" -eq 6 ] || skip_rest "the toolstack gave the vif another number"
finish
