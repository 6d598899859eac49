#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154  # what lib/ sets
# TCP between Domain-0 and a guest, and between guests: every byte is right.
. ../lib/test.sh
. ../lib/net.sh
need xl xenstore-read
need_checked
plan 4
guest_start 1
guest_start 2
checked_start 1 && checked_start 2
claim "the server runs in both guests"
checked 1 4; claim "4 MiB to a guest and back"
streams 1 4; claim "four streams at once"
if [ "$(cat /proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null)" = 1 ]; then
    skip "guest to guest over the bridge, both ways" \
        "br_netfilter gives bridged packets to this host's firewall"
else
    try guest_run 1 "netcheck send $(guest_ip 2) 2 && netcheck recv $(guest_ip 2) 2"
    claim "guest to guest over the bridge, both ways"
fi
finish
