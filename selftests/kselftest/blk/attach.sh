#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154  # what lib/ sets
# A file becomes a disk of a guest that runs, and is none after it was detached; twice.
. ../lib/test.sh
. ../lib/blk.sh
need xl xenstore-read dd
plan 7
guest_start 1
file=$(disk_file attach.img 48)
for round in 1 2; do
    disk_attach 1 xvdb "$file" rw; claim "attached, round $round: the guest has the disk"
    [ "$(backend 1 vbd 51728 state)" = 4 ] && [ "$(frontend 1 vbd 51728 state)" = 4 ]
    claim "both ends are Connected (vbd by $(served_by vbd 1 51728))"
    [ $round = 2 ] || {
        [ "$(guest_run 1 'cat /sys/block/xvdb/size')" = 98304 ]
        claim "it has the file's size"
    }
    disk_detach 1 xvdb && wait_until 20 \
        "! grep -qsxF '$file' /sys/block/loop*/loop/backing_file"
    claim "detached, round $round: device, backend and loop device are gone"
done
finish
