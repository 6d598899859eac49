#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154  # what lib/ sets
# What the guest discards reads as zeroes, and takes no room in the file.
. ../lib/test.sh
. ../lib/blk.sh
need xl xenstore-read dd sha1sum stat
plan 4
guest_start 1
file=$(disk_file discard.img 16)
disk_attach 1 xvdb "$file" rw; claim "a disk is attached"
[ "$(backend 1 vbd 51728 feature-discard)" = 1 ] ||
    skip_rest "the backend offers no discard for this file"
guest_has 1 blkdiscard || skip_rest "the guest has no blkdiscard, because this host has none"
try guest_run 1 'dd if=/dev/urandom of=/dev/xvdb bs=1M count=8 conv=fsync' &&
    room=$(stat -c %b "$file") && try guest_run 1 'blkdiscard -o 0 -l 8388608 /dev/xvdb'
claim "8 MiB are written, and discarded"
zeroes=$(dd if=/dev/zero bs=1M count=8 2>/dev/null | sha1sum | cut -c1-40)
[ "$(guest_sum 1 8)" = "$zeroes" ]; claim "they read as zeroes"
try guest_run 1 sync
now=$(stat -c %b "$file")
[ "$now" -lt "$room" ]; claim "the file takes less room ($room and $now blocks)"
finish
