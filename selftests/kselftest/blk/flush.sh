#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154  # what lib/ sets
# fsync in the guest is a flush at the backend.
. ../lib/test.sh
. ../lib/blk.sh
need xl xenstore-read dd
plan 3
guest_start 1
disk_attach 1 xvdb "$(disk_file flush.img 16)" rw; claim "a disk is attached"
[ "$(backend 1 vbd 51728 feature-flush-cache)" = 1 ] ||
    skip_rest "the backend offers no flush for this disk"
[ "$(guest_run 1 'cat /sys/block/xvdb/queue/write_cache')" = "write back" ]
claim "the guest knows that the disk has a write cache"
before=$(counted 1 f_req)
[ -n "$before" ] || skip_rest "this backend counts no requests"
try guest_run 1 'dd if=/dev/zero of=/dev/xvdb bs=64k count=1 conv=fsync' &&
    [ "$(counted 1 f_req)" -gt "$before" ]
claim "fsync reaches the backend as a flush"
finish
