#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154  # what lib/ sets
# What Domain-0 put into the file the guest reads; what the guest writes the file holds.
. ../lib/test.sh
. ../lib/blk.sh
need xl xenstore-read dd sha1sum
plan 5
guest_start 1
file=$(disk_file verify.img 32)
dd if=/dev/urandom of="$file" bs=1M count=8 conv=notrunc 2>/dev/null
disk_attach 1 xvdb "$file" rw; claim "a disk with 8 MiB of random data is attached"
[ "$(guest_sum 1 8)" = "$(sum "$file" 8)" ]; claim "the guest reads what Domain-0 has written"
try guest_run 1 'dd if=/dev/urandom of=/dev/xvdb bs=64k count=64 conv=fsync'
claim "the guest writes 4 MiB, 64 KiB each"
seen=$(guest_sum 1 4)
try guest_run 1 'dd if=/dev/urandom of=/dev/xvdb bs=4k count=64 seek=4096 oflag=direct'
claim "and 64 blocks of 4 KiB past the page cache"
whole=$(guest_sum 1 24)
disk_detach 1 xvdb && [ "$(sum "$file" 4)" = "$seen" ] && [ "$(sum "$file" 24)" = "$whole" ]
claim "the file holds what the guest has written and read"
finish
