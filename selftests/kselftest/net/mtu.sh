#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154  # what lib/ sets
# Frames of 9000 bytes, and of 1500 again.
. ../lib/test.sh
. ../lib/net.sh
need xl xenstore-read ip ping
need_checked
plan 4
guest_start 1
at_end ip link set "$st_bridge" mtu 1500
try ip link set "$(vif_of 1)" mtu 9000 && try ip link set "$st_bridge" mtu 9000 &&
    try guest_run 1 'ip link set eth0 mtu 9000'
claim "bridge, vif and the guest's interface take an MTU of 9000"
echoes 1 -M "do" -s 8972; claim "echoes of 8972 bytes that may not be fragmented"
checked_start 1 && checked 1 2; claim "streams: every byte right"
try guest_run 1 'ip link set eth0 mtu 1500' && try ip link set "$st_bridge" mtu 1500 &&
    try ip link set "$(vif_of 1)" mtu 1500 &&
    ! try ping -c 1 -W 2 -M "do" -s 8972 "$(guest_ip 1)" && checked 1 1
claim "at 1500 again: large echoes are refused, streams go on"
finish
