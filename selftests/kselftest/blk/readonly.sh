#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154  # what lib/ sets
# A disk that is attached read-only can be read and not written.
. ../lib/test.sh
. ../lib/blk.sh
need xl xenstore-read dd sha1sum
plan 4
guest_start 1
file=$(disk_file readonly.img 16)
dd if=/dev/urandom of="$file" bs=1M count=4 conv=notrunc 2>/dev/null
before=$(sum "$file" 16)
disk_attach 1 xvdb "$file" ro; claim "a read-only disk is attached"
[ "$(guest_sum 1 16)" = "$before" ]; claim "the guest reads it"
[ "$(guest_run 1 'cat /sys/block/xvdb/ro')" = 1 ] &&
    ! try guest_run 1 'dd if=/dev/zero of=/dev/xvdb bs=4k count=1 oflag=direct'
claim "the guest knows that it is read-only, and cannot write it"
[ "$(sum "$file" 16)" = "$before" ]; claim "the file is as it was"
finish
