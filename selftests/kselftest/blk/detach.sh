#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154  # what lib/ sets
# A disk is detached while it is idle, after it was busy; the guest's other disk goes on.
. ../lib/test.sh
. ../lib/blk.sh
need xl xenstore-read dd sha1sum
plan 5
guest_start 1
file=$(disk_file idle.img 16) other=$(disk_file other.img 16)
disk_attach 1 xvdb "$file" rw && disk_attach 1 xvdc "$other" rw; claim "two disks are attached"
try guest_run 1 'dd if=/dev/urandom of=/dev/xvdb bs=64k count=64 conv=fsync &&
    dd if=/dev/urandom of=/dev/xvdc bs=64k count=64 conv=fsync'
claim "the guest writes both"
try xl block-detach "${st_guest}1" xvdb &&
    wait_until 30 "! guest_run 1 'test -b /dev/xvdb' >/dev/null 2>&1" &&
    wait_until 30 "[ ! -e /sys/bus/xen-backend/devices/vbd-$(guest_id 1)-51728 ]"
claim "one is detached while it is idle"
try guest_run 1 'dd if=/dev/urandom of=/dev/xvdc bs=64k count=64 seek=64 conv=fsync &&
    echo 3 >/proc/sys/vm/drop_caches && dd if=/dev/xvdc of=/dev/null bs=1M count=8'
claim "the other one is written and read as before"
disk_attach 1 xvdb "$file" rw && [ "$(guest_sum 1 4)" = "$(sum "$file" 4)" ]
claim "attached again, the first one holds what was written"
finish
