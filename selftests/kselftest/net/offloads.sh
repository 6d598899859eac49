#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154  # what lib/ sets
# With and without segmentation and checksum offloads at each end: every byte is right.
. ../lib/test.sh
. ../lib/net.sh
need xl xenstore-read ethtool
need_checked
plan 5
guest_start 1
checked_start 1 && checked 1 2; claim "as the drivers begin: every byte right"
try ethtool -K "$(vif_of 1)" tso off gso off tx off && checked 1 2
claim "without offloads of the vif in Domain-0"
try ethtool -K "$(vif_of 1)" tx on tso on gso on && checked 1 2; claim "and with them again"
if guest_has 1 ethtool; then
    try guest_run 1 'ethtool -K eth0 tso off gso off tx off sg off' && checked 1 2
    claim "without offloads of the guest's interface"
    try guest_run 1 'ethtool -K eth0 sg on tx on tso on gso on' && checked 1 2
    claim "and with them again"
else
    skip_rest "the guest has no ethtool, because this host has none to give it"
fi
finish
