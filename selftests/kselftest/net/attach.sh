#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154  # what lib/ sets
# A vif comes with its guest: on the bridge, both ends Connected; it goes with the guest.
. ../lib/test.sh
. ../lib/net.sh
need xl xenstore-read ip ping
plan 5
guest_start 1
vif=$(vif_of 1)
wait_until 20 "on_bridge $vif"; claim "the vif is a port of the bridge and forwards"
[ "$(backend 1 vif 0 state)" = 4 ] && [ "$(frontend 1 vif 0 state)" = 4 ]
claim "both ends are Connected"
[ "$(backend 1 vif 0 hotplug-status)" = connected ]; claim "the hotplug script has said so"
echoes 1; claim "the guest answers over it"
guest_destroy 1 && wait_until 20 "! ip link show $vif >/dev/null 2>&1"
claim "interface and backend device go with the guest"
finish
