#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154  # what lib/ sets
# Datagrams to a guest and back: every byte is right, and no more than a tenth is lost.
. ../lib/test.sh
. ../lib/net.sh
need xl xenstore-read
need_checked
plan 4
guest_start 1
checked_start 1; claim "the server runs in the guest"
try netcheck udp "$(guest_ip 1)" 200 1; claim "200 datagrams of one byte"
try netcheck udp "$(guest_ip 1)" 200 1472; claim "200 datagrams that fill a frame"
try netcheck udp "$(guest_ip 1)" 40 20000; claim "40 datagrams of 20000 bytes, in fragments"
finish
