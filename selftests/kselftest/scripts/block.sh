#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154  # what lib/ sets
# The script block: a file as a disk, and refusals with their reason.
. ../lib/test.sh
. ../lib/scripts.sh
need xl xenstore-read losetup
need_script block
plan 5
guest_start 1
guest_start 2
file=$(disk_file block.img 16)
disk_attach 1 xvdb "$file" rw "script=$script"; claim "a file is attached"
! disk_attach 2 xvdb "$file" rw "script=$script" && said "is in use by domain $(guest_id 1)"
claim "a second writer is refused, and told who has it"
xl block-detach "${st_guest}2" xvdb >/dev/null 2>&1
! disk_attach 2 xvdc "$st_files/nothing.img" rw "script=$script" &&
    grep -qE 'nothing.img.*(does not exist|No such file)' "$st_log"
claim "a file that is not there is refused by name"
xl block-detach "${st_guest}2" xvdc >/dev/null 2>&1
disk_detach 1 xvdb && wait_until 20 "! grep -qsxF '$file' /sys/block/loop*/loop/backing_file"
claim "the loop device goes with the disk"
disk_attach 2 xvdd "$file" rw "script=$script"; claim "then the other guest may have it"
finish
