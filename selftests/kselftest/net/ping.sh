#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154  # what lib/ sets
# Echoes of all sizes: the smallest, a whole frame, the largest datagram in fragments.
. ../lib/test.sh
. ../lib/net.sh
need xl xenstore-read ping
plan 4
guest_start 1
echoes 1 -s 0; claim "echoes without data"
echoes 1 -s 1472 -M "do"; claim "echoes that fill a frame of 1500 bytes"
echoes 1 -s 20000; claim "echoes of 20000 bytes, in fragments"
echoes 1 -s 65507; claim "echoes of 65507 bytes, the largest"
finish
