#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/blk_*.tap: TAP lines into /out/tap. Guest 1 has a brd disk and a file behind
# a loop device. PARTS (joined by +) chooses the parts, PAIR is the name of the pairing in the
# claims, CYCLES the number of attaches.
. /lab/lib.sh
told() { claim "$(echo "$PAIR" | tr _ ' '): $*"; }

verify() {
    guest_run "$1" "blkbench --file=/dev/$2 --mode=verify --bs=$3 --qd=$4 --size=$5 --row=t 2>&1" \
        >/tmp/verify 2>&1 || {
        cat /tmp/verify
        return 1
    }
}
stat() { cat "/sys/bus/xen-backend/devices/vbd-$(guest_id "$1")-$2/statistics/$3"; }
new_device() {
    xl block-attach "guest$1" "$2" && wait_until 20 "guest_run $1 'test -b /dev/$3' >/dev/null"
}

# What is left when a vbd has gone: nodes of its backend, event channels, grants that Domain-0 maps,
# threads.
# shellcheck disable=SC2009  # there is no pgrep here
left_over() {
    echo "$(xenstore-ls /local/domain/0/backend 2>/dev/null | wc -l) $(lsevtchn 0 | wc -l)" \
        "$(ps | grep -c '\[vbd[0-9]') $(find /sys/bus/xen-backend/devices/ -type l | wc -l)"
}

part_pool() {
    dmesg | grep 'connected: domain 1,' | grep -q 'pool ring'
    claim "our two halves agree on the pool ring"
}

part_pair() {
    verify 1 xvda 4k 32 16m; told "4 KiB blocks, 32 at a time, are as they were written"
    verify 1 xvda 1m 8 64m; told "1 MiB requests"
    verify 1 xvdb 64k 8 32m; told "64 KiB requests to a file behind a loop device"
}

part_features() {
    before=$(stat 1 51728 f_req)
    guest_run 1 "dd if=/dev/zero of=/dev/xvdb bs=64k count=1 conv=fsync 2>/dev/null"
    [ "$(stat 1 51728 f_req)" -gt "$before" ]; told "fsync reaches the backend as a flush"

    guest_run 1 "dd if=/dev/urandom of=/dev/xvdb bs=64k count=16 conv=fsync 2>/dev/null
        blkdiscard -o 0 -l 1048576 /dev/xvdb && echo 3 >/proc/sys/vm/drop_caches
        dd if=/dev/zero bs=64k count=16 2>/dev/null >/tmp/zero
        dd if=/dev/xvdb bs=64k count=16 2>/dev/null | cmp - /tmp/zero"
    told "what is discarded on a file reads as zeroes"
    [ "$(stat 1 51728 ds_req)" -gt 0 ]; told "discards are counted"

    new_device 1 'phy:/dev/ram12,xvdf,r' xvdf; told "a read-only disk can be attached"
    guest_run 1 "! dd if=/dev/zero of=/dev/xvdf bs=4k count=1 oflag=direct 2>/dev/null" &&
        guest_run 1 "dd if=/dev/xvdf of=/dev/null bs=4k count=1 2>/dev/null"
    told "it can be read and not written"
    xl block-detach guest1 xvdf; told "it can be detached"

    truncate -s 256M /mnt/guest1-1.img && losetup -c "$(losetup -j /mnt/guest1-1.img | cut -d: -f1)"
    wait_until 20 "[ \"\$(guest_run 1 'cat /sys/block/xvdb/size')\" = 524288 ]"
    told "a file that grew is a disk that grew, without a restart"
}

# A disk of 4096-byte sectors: the guest learns of them, and what it writes is there.
part_sectors() {
    truncate -s 32M /mnt/large.img && large=$(losetup -f) &&
        losetup -b 4096 "$large" /mnt/large.img &&
        new_device 1 "phy:$large,xvdh,w" xvdh && verify 1 xvdh 4k 8 8m
    told "what is written to a disk of 4096-byte sectors is there"
    size="$(cat "/sys/block/${large#/dev/}/queue/logical_block_size")"
    size="$size $(guest_run 1 'cat /sys/block/xvdh/queue/logical_block_size')"
    [ "$size" = "4096 4096" ]; told "the guest knows of its sectors ($size)"
    xl block-detach guest1 xvdh && losetup -d "$large"; told "and detached"
}

# One queue a vCPU. Each vCPU writes by itself: the events of two queues are counted.
queues_of() { guest_run 1 "ls /sys/block/$1/mq | wc -l"; }
busy_queues() {
    guest_run 1 "awk '/shoji-blkfront/ {
        n = 0
        for (i = 2; i <= NF && \$i ~ /^[0-9]+\$/; i++) n += \$i
        print n
    }' /proc/interrupts"
}

# Our two halves have their queues in one node, which begins with their number.
queues_published() {
    line=$(xenstore-read "$1/queue-line" 2>/dev/null) ||
        line=$(xenstore-read "$1/multi-queue-num-queues")
    echo "${line%% *}"
}

part_queues() {
    dir=/local/domain/$(guest_id 1)/device/vbd/51712
    [ "$(queues_of xvda)" = 2 ] && [ "$(queues_published "$dir")" = 2 ]
    told "two vCPUs give two queues"
    busy_queues >/tmp/before
    # shellcheck disable=SC2016  # the guest expands it
    guest_run 1 'for cpu in 1 2; do
            taskset $cpu dd if=/dev/zero of=/dev/xvda bs=64k count=100 oflag=direct 2>/dev/null &
        done
        wait'
    busy_queues >/tmp/after
    # 100 writes a queue; the other disk's pool may have been made smaller meanwhile, by an event.
    used=$(paste /tmp/before /tmp/after | awk '$2 > $1 + 20 {n++} END {print n + 0}')
    [ "$used" = 2 ]; told "and both are used ($used)"
    # shellcheck disable=SC2016
    guest_run 1 'for part in 1 2; do
            taskset $part blkbench --file=/dev/xvd$(echo ab | cut -c$part) --mode=verify \
                --bs=16k --qd=16 --size=16m --row=t &
        done
        wait $!' &&
        verify 1 xvda 4k 32 16m
    told "what both write at a time is there"
}

# Without the line, as with a backend or a frontend of ours that does not know it, the queues are in
# keys of their own. The backend of xvdb is made to deny the line while no frontend is there.
rebound() { # LINE
    guest_run 1 "echo vbd-51728 >/sys/bus/xen/drivers/vbd/unbind" &&
        wait_until 20 "[ \"\$(xenstore-read $back/state)\" -gt 4 ]" &&
        xenstore-write "$back/feature-queue-line" "$1" &&
        guest_run 1 'echo vbd-51728 >/sys/bus/xen/drivers/vbd/bind' &&
        wait_until 20 "guest_run 1 'test -b /dev/xvdb' >/dev/null"
}
nodes_of() { xenstore-ls -f "$1" | wc -l; }

part_line() {
    back=/local/domain/0/backend/vbd/$(guest_id 1)/51728
    dir=/local/domain/$(guest_id 1)/device/vbd/51728
    with=$(nodes_of "$dir")
    xenstore-read "$dir/queue-line" && ! xenstore-ls -f "$dir" | grep -E 'ring-ref|queue-[0-9]'
    told "the queues are published in one node ($with of the guest)"
    rebound 0 && verify 1 xvdb 64k 8 16m && ! xenstore-read "$dir/queue-line" &&
        [ "$(xenstore-read "$dir/multi-queue-num-queues")" = 2 ]
    told "a disk whose backend denies that has keys, and works ($(nodes_of "$dir") nodes)"
    rebound 1 && verify 1 xvdb 64k 8 16m && xenstore-read "$dir/queue-line" &&
        ! xenstore-ls -f "$dir" | grep 'queue-[0-9]'
    told "and one node again when the backend has it ($(nodes_of "$dir"))"
}

# What the device can do arrives in the guest, and what the guest asks for at the device.
flushes_of() { awk '{print $16}' "/sys/block/$1/stat"; }

part_kinds() {
    loop=$(losetup -j /mnt/guest1-1.img | cut -d: -f1) loop=${loop#/dev/}
    guest_run 1 'cat /sys/block/xvdb/queue/write_zeroes_max_bytes' | grep -qv '^0$' &&
        before=$(stat 1 51728 wr_req) &&
        guest_run 1 "dd if=/dev/urandom of=/dev/xvdb bs=64k count=16 conv=fsync 2>/dev/null &&
            blkask zeroes /dev/xvdb 1048576 && echo 3 >/proc/sys/vm/drop_caches
            dd if=/dev/zero bs=64k count=16 2>/dev/null >/tmp/zero
            dd if=/dev/xvdb bs=64k count=16 2>/dev/null | cmp - /tmp/zero"
    told "what is written over with zeroes reads as such"
    before=$(stat 1 51728 wr_sect) requests=$(stat 1 51728 wr_req)
    guest_run 1 'blkask zeroes /dev/xvdb 16777216'
    sectors=$(($(stat 1 51728 wr_sect) - before)) requests=$(($(stat 1 51728 wr_req) - requests))
    [ $sectors -eq 32768 ] && [ $requests -le 2 ]
    told "16 MiB of zeroes are $requests requests and no data ($sectors sectors)"

    before=$(flushes_of "$loop") asked=$(stat 1 51728 f_req)
    guest_run 1 'blkask fua /dev/xvdb 20'
    made=$(($(flushes_of "$loop") - before)) asked=$(($(stat 1 51728 f_req) - asked))
    # A kernel that flushes after each of them, too, does so with requests of their own.
    [ $((made - asked)) -eq 20 ]
    told "20 writes with FUA are 20 flushes of a device that has no FUA" \
        "($made, and $asked were asked for)"

    # NAME STATE, six of CPU and memory, VCPUS NETS NETTX NETRX VBDS VBD_OO VBD_RD VBD_WR VBD_RSECT
    # VBD_WSECT
    top=$(xentop -b -i 1 | awk '$1 == "guest1" {print $13, $15, $16, $17, $18}')
    sums=$(for what in rd_req wr_req rd_sect wr_sect; do
        echo $(($(stat 1 51712 $what) + $(stat 1 51728 $what)))
    done | tr '\n' ' ')
    [ "$top " = "2 $sums" ]; told "xentop shows the disks, and what they did ($top; $sums)"

    modprobe -a sd_mod crc-t10dif
    insmod /lab/scsi_debug.ko dev_size_mb=32 physblk_exp=3 && wait_until 10 '[ -b /dev/sda ]' &&
        new_device 1 'phy:/dev/sda,xvdm,w' xvdm &&
        [ "$(guest_run 1 'cd /sys/block/xvdm/queue && cat logical_block_size physical_block_size' |
            tr '\n' ' ')" = "512 4096 " ] && verify 1 xvdm 4k 8 8m
    told "a disk with physical sectors of 4096 bytes is known as such"
    xl block-detach guest1 xvdm && wait_until 20 'rmmod scsi_debug'; told "it can be detached"
}

# Our two halves without the pool ring: indirect requests, on persistent grants.
part_indirect() {
    echo 0 >/sys/module/shoji_blkback/parameters/max_pool_pages
    new_device 1 'phy:/dev/ram13,xvdg,w' xvdg
    echo 4096 >/sys/module/shoji_blkback/parameters/max_pool_pages
    guest_run 1 \
        'cat /sys/block/xvdg/queue/max_hw_sectors_kb >/sys/block/xvdg/queue/max_sectors_kb' &&
        verify 1 xvdg 4m 2 32m && verify 1 xvdg 4k 32 8m
    told "without the pool ring, requests of any size: what is written is there"
    most=$(guest_run 1 'cat /sys/block/xvdg/queue/max_sectors_kb')
    before=$(stat 1 51808 wr_req) sectors=$(stat 1 51808 wr_sect)
    guest_run 1 'dd if=/dev/zero of=/dev/xvdg bs=32M count=1 oflag=direct 2>/dev/null'
    before=$(($(stat 1 51808 wr_req) - before)) sectors=$(($(stat 1 51808 wr_sect) - sectors))
    [ "$most" -ge 4000 ] && [ $sectors -ge $((before * 4096)) ]
    told "up to $most KiB: 32 MiB are $before requests"
    xl block-detach guest1 xvdg; told "it can be detached"
}

# Requests of up to 4 MiB: 16 blocks, written twice. The block layer makes a write of that size of
# four bios and merges them; with 1 MiB at most there would be four requests a write. A pool that
# has not grown sends pieces, so the first round makes it grow.
part_large() {
    guest_run 1 "echo 4096 >/sys/block/xvda/queue/max_sectors_kb &&
        cat /sys/block/xvda/queue/max_sectors_kb" | grep -q 4096 &&
        verify 1 xvda 4m 2 64m &&
        before=$(stat 1 51712 wr_req) && verify 1 xvda 4m 2 64m && after=$(stat 1 51712 wr_req) &&
        echo "4 MiB writes: 32, requests: $((after - before))" && [ $((after - before)) -le 48 ]
    told "requests of more than 1 MiB, up to 4"
    histogram=/sys/bus/xen-backend/devices/vbd-$(guest_id 1)-51712/statistics/latency_write
    slow=$(tr ' ' '\n' <"$histogram" | awk '{sum += $1} END {print sum}')
    [ "${slow:-0}" -gt 0 ] && [ "$slow" = "$(stat 1 51712 wr_req)" ]
    told "every write is in the latency histogram ($slow)"
}

part_cycles() {
    new_device 1 'phy:/dev/ram13,xvdg,w' xvdg && verify 1 xvdg 4k 8 1m &&
        xl block-detach guest1 xvdg
    sleep 1
    before=$(left_over) good=0 i=0
    while [ $i -lt "${CYCLES:-3}" ]; do
        new_device 1 'phy:/dev/ram13,xvdg,w' xvdg && xl block-detach guest1 xvdg &&
            good=$((good + 1))
        i=$((i + 1))
    done
    [ $good -eq "${CYCLES:-3}" ]; told "attached and detached ${CYCLES:-3} times"
    wait_until 5 "[ \"\$(left_over)\" = '$before' ]"
    claim "nothing is left over ($before; now $(left_over))"
}

# A bound driver holds its module: the vbds are unbound first, which leaves them connected as far as
# the guest knows.
unload() {
    for device in /sys/bus/xen-backend/drivers/vbd/vbd-*; do
        echo "${device##*/}" >/sys/bus/xen-backend/drivers/vbd/unbind || return 1
    done
    rmmod shoji_blkback
}

# The guest writes all the time; the backend goes away under it and comes back. The agent does one
# thing at a time, so the writer is left behind in the background.
part_reload() {
    guest_run 1 "rm -f /tmp/fill.code
        (blkbench --file=/dev/xvdb --mode=fill --bs=16k --qd=16 --size=96m --seed=9 --row=t
            echo \$? >/tmp/fill.code) >/tmp/fill 2>&1 </dev/null &"
    # And to the other disk, as fast as it can.
    guest_run 1 "(blkbench --file=/dev/xvda --mode=write --bs=4k --qd=32 --size=16m --seconds=15 \
        --row=t) >/dev/null 2>&1 </dev/null &"
    sleep 1
    unload; unloaded=$?
    guest_run 1 "! test -s /tmp/fill.code" && [ $unloaded -eq 0 ]; running=$?
    sleep 1
    insmod /lab/back/shoji-blkback.ko && [ $running -eq 0 ]
    told "the backend is unloaded while the guest writes, and loaded again"
    wait_until 180 "guest_run 1 'test -s /tmp/fill.code'" &&
        [ "$(guest_run 1 'cat /tmp/fill.code')" = 0 ] &&
        guest_run 1 "blkbench --file=/dev/xvdb --mode=check --bs=16k --qd=16 --size=96m --seed=9 \
            --row=t 2>&1"
    told "nothing that was written is lost"
}

part_cdrom() {
    new_device 1 'phy:/dev/ram12,xvdo:cdrom,r' xvdo && guest_run 1 'cdromcheck /dev/xvdo'
    told "a CD-ROM answers what blkid, udev and mount ask of one"
    guest_run 1 'cdromcheck /dev/xvda; test $? = 2'; told "a disk says that it is none"
    guest_run 1 "! dd if=/dev/zero of=/dev/xvdo bs=4k count=1 oflag=direct 2>/dev/null"
    told "a CD-ROM cannot be written (XSA-142, XSA-266)"
    xl block-detach guest1 xvdo; told "it can be detached"
}

none_mapped() { [ "$(stat 1 51712 mapped)" = 0 ]; }

# A stock frontend's persistent grants: unmapped when idle, and a queue that may keep few works on.
part_idle() {
    at=/sys/module/shoji_blkback/parameters
    echo 3 >$at/persistent_grant_unused_seconds
    verify 1 xvda 4k 32 8m && mapped=$(stat 1 51712 mapped) && [ "$mapped" -gt 0 ] &&
        wait_until 30 none_mapped
    told "persistent grants ($mapped) are unmapped when nobody uses them (XSA-371)"
    verify 1 xvda 4k 32 8m && [ "$(stat 1 51712 mapped)" -gt 0 ]
    told "and mapped again when they are used"
    echo 60 >$at/persistent_grant_unused_seconds
    echo 16 >$at/max_persistent_grants
    new_device 1 'phy:/dev/ram13,xvdl,w' xvdl && verify 1 xvdl 64k 8 8m &&
        mapped=$(stat 1 51888 mapped) && [ "$mapped" -gt 0 ] && [ "$mapped" -le 16 ]
    told "with 16 of them at most ($mapped are mapped) the data are right"
    echo 4096 >$at/max_persistent_grants
    xl block-detach guest1 xvdl; told "it can be detached"
}

gone_lines() { dmesg | grep -c 'the device [0-9]*:[0-9]* has gone'; }
both_told() { [ "$(gone_lines)" = 2 ]; }

# Disks of Domain-0 that are deleted, one under load and one idle. (scsi_debug's disks share their
# memory: one is written.)
part_gone() {
    modprobe -a sd_mod crc-t10dif
    insmod /lab/scsi_debug.ko dev_size_mb=32 num_tgts=2 &&
        wait_until 10 '[ -b /dev/sda ] && [ -b /dev/sdb ]' &&
        new_device 1 'phy:/dev/sda,xvdm,w' xvdm && verify 1 xvdm 4k 8 8m &&
        new_device 1 'phy:/dev/sdb,xvdn,w' xvdn
    told "two SCSI disks of Domain-0 are the guest's"
    guest_run 1 "(blkbench --file=/dev/xvdm --mode=write --bs=16k --qd=8 --size=16m --seconds=100 \
        --row=t; echo \$? >/tmp/gone.code) >/tmp/gone 2>&1 </dev/null &"
    sleep 2
    guest_run 1 '! test -s /tmp/gone.code' && echo 1 >/sys/block/sda/device/delete &&
        wait_until 40 "guest_run 1 'test -s /tmp/gone.code'" &&
        [ "$(guest_run 1 'cat /tmp/gone.code')" != 0 ]
    told "one is deleted while the guest writes: it gets errors, at once" \
        "($(guest_run 1 'tail -n 1 /tmp/gone'))"
    echo 1 >/sys/block/sdb/device/delete
    wait_until 20 both_told; sleep 6
    both_told; told "the log names each once ($(gone_lines) lines)"
    ! dmesg | grep 'request refused'; told "and complains of no request"
    [ "$(guest_run 1 'cat /sys/block/xvdm/size /sys/block/xvdn/size' | tr '\n' ' ')" = \
        "65536 65536 " ]
    told "the guest's disks keep their sizes"
    guest_run 1 '! dd if=/dev/xvdn of=/dev/null bs=4k count=1 2>/dev/null'
    told "reading the idle one is an error"
    verify 1 xvda 4k 32 8m && verify 1 xvdb 64k 8 8m; told "the disks beside them work"
    xl block-detach guest1 xvdm && xl block-detach guest1 xvdn; told "they can be detached"
    wait_until 20 'rmmod scsi_debug'; told "and nothing holds them any more"
}

# A disk with room for one request, which takes a second for each: blkback's thread sleeps over the
# next ones.
part_slow() {
    modprobe -a sd_mod crc-t10dif
    insmod /lab/scsi_debug.ko dev_size_mb=16 max_queue=1 && wait_until 10 '[ -b /dev/sda ]' &&
        new_device 1 'phy:/dev/sda,xvdq,w' xvdq &&
        verify 1 xvdq 4k 8 1m && echo 250 >/sys/bus/pseudo/drivers/scsi_debug/delay # of 4 ms
    told "a disk that does one thing at a time is the guest's"
    # shellcheck disable=SC2016  # the guest expands it
    guest_run 1 'rm -f /tmp/ends; for i in 1 2 3 4 5 6 7 8 9 10; do
            (dd if=/dev/xvdq of=/dev/null bs=4k count=1 skip=$((i * 100)) iflag=direct 2>/dev/null
            cut -d. -f1 /proc/uptime >>/tmp/ends) & done; wait'
    # shellcheck disable=SC2016
    apart=$(guest_run 1 'echo $(($(tail -n 1 /tmp/ends) - $(head -n 1 /tmp/ends)))')
    [ "${apart:-0}" -ge 7 ]
    told "of ten reads that take a second each the guest has each when it is done" \
        "(the first and the last are $apart s apart)"
    echo 1 >/sys/bus/pseudo/drivers/scsi_debug/delay
    xl block-detach guest1 xvdq && wait_until 20 'rmmod scsi_debug'; told "it can be detached"
}

# How many bios the device $1 has been given and has not answered.
under_way() { awk '{print $1 + $2}' "/sys/block/$1/inflight"; }

# A disk that takes 8 KiB of a range at a time, and then hangs: a device of the device mapper over
# one that is suspended. The first has no limit of its own, so what is under way there is what the
# backend lets a guest have: 64 pieces of ranges, and the read that the guest asks for too.
part_ranges() {
    modprobe -a sd_mod crc-t10dif
    insmod /lab/dm-mod.ko
    insmod /lab/scsi_debug.ko dev_size_mb=32 lbpu=1 unmap_max_blocks=16 write_same_length=16 &&
        wait_until 10 '[ -b /dev/sda ]' && dmlinear create below /dev/sda &&
        top=$(dmlinear create top /dev/dm-0) && top=${top#/dev/}
    [ "$(cd "/sys/block/$top/queue" && cat discard_max_bytes write_zeroes_max_bytes |
        tr '\n' ' ')" = "8192 8192 " ] &&
        new_device 1 "phy:/dev/$top,xvdr,w" xvdr && verify 1 xvdr 64k 8 32m
    told "a disk that takes ranges of 8 KiB at a time is the guest's"
    for kind in "discards:blkdiscard -o 0 -l 16777216 /dev/xvdr" \
        "zeroes:blkask zeroes /dev/xvdr 16777216"; do
        guest_run 1 'dd if=/dev/urandom of=/dev/xvdr bs=64k count=320 conv=fsync 2>/dev/null
            echo 3 >/proc/sys/vm/drop_caches
            dd if=/dev/xvdr bs=64k skip=256 count=64 2>/dev/null | sha1sum >/tmp/behind'
        guest_run 1 'echo 3 >/proc/sys/vm/drop_caches'
        dmlinear suspend below
        guest_run 1 "rm -f /tmp/ranges.code
            (${kind#*:}; echo \$? >/tmp/ranges.code) >/tmp/ranges 2>&1 </dev/null &
            (dd if=/dev/xvdr of=/tmp/behind.data bs=64k skip=256 count=64 iflag=direct
                echo \$? >/tmp/read.code) >/dev/null 2>&1 </dev/null &"
        sleep 3
        most=$(under_way "$top")
        [ "$most" -gt 8 ] && [ "$most" -le 65 ]
        told "of 2,048 ${kind%%:*} of 8 KiB that a guest asks for at once $most are under way on" \
            "a disk that hangs"
        verify 1 xvda 4k 32 8m; told "meanwhile the disk beside it works"
        dmlinear resume below
        wait_until 60 "guest_run 1 'test -s /tmp/ranges.code && test -s /tmp/read.code'" &&
            [ "$(guest_run 1 'cat /tmp/ranges.code /tmp/read.code' | tr '\n' ' ')" = "0 0 " ]
        told "when it goes on all ${kind%%:*} are done"
        guest_run 1 'rm -f /tmp/read.code; sha1sum </tmp/behind.data | cmp - /tmp/behind &&
            echo 3 >/proc/sys/vm/drop_caches
            dd if=/dev/zero bs=64k count=256 2>/dev/null | sha1sum >/tmp/zero
            dd if=/dev/xvdr bs=64k count=256 2>/dev/null | sha1sum | cmp - /tmp/zero'
        told "the range reads as zeroes, and what is behind it is as it was"
    done
    xl block-detach guest1 xvdr && wait_until 20 'dmlinear remove top' && dmlinear remove below &&
        rmmod scsi_debug
    told "it can be detached"
}

let_go() { dmesg | grep -q 'has answered: it is let go'; }

# A disk of Domain-0 that takes 80 s for each answer, and a guest that is destroyed while it waits
# for one. What holds Domain-0's one thread for xenstore meanwhile would hold the other guest's new
# disk too.
part_hang() {
    guest_create 2
    guest_wait 2
    modprobe -a sd_mod crc-t10dif
    insmod /lab/scsi_debug.ko dev_size_mb=16 && wait_until 10 '[ -b /dev/sda ]' &&
        new_device 1 'phy:/dev/sda,xvdp,w' xvdp &&
        # Of 4 ms
        verify 1 xvdp 4k 8 1m && echo 150 >/sys/block/sda/device/timeout &&
        echo 20000 >/sys/bus/pseudo/drivers/scsi_debug/delay
    told "a disk that answers after 80 s is the guest's"
    guest_run 1 \
        '(dd if=/dev/xvdp of=/dev/null bs=64k count=1 iflag=direct) >/dev/null 2>&1 </dev/null &'
    sleep 1
    began=$(cut -d. -f1 /proc/uptime)
    xl destroy guest1 && new_device 2 'phy:/dev/ram13,xvdh,w' xvdh && verify 2 xvdh 4k 8 1m &&
        ! let_go
    told "the guest is destroyed and another one gets a disk, while it has not answered" \
        "($(($(cut -d. -f1 /proc/uptime) - began)) s)"
    dmesg | grep -q 'has not answered all requests of domain'
    told "the log names the disk that is waited for"
    wait_until 120 let_go; told "it is let go when it has answered"
    echo 1 >/sys/bus/pseudo/drivers/scsi_debug/delay
    wait_until 60 'rmmod scsi_debug'; told "and nothing holds it any more"
    wait_until 30 '! xl list | grep -q null'; told "nor the guest's memory"
}

# What an administrator may get wrong, or run out of: the log says what it is.
part_faults() {
    truncate -s 1M /mnt/readonly.img && loop=$(losetup -f) && losetup -r "$loop" /mnt/readonly.img
    xl block-attach guest1 "phy:$loop,xvdk,w"
    wait_until 10 "dmesg | grep -q 'for domain 1: it is read-only: attach it with mode r'"
    told "a read-only device is not attached to be written (XSA-142)"
    xl block-detach guest1 xvdk
    wait_until 20 "losetup -d $loop"; told "and is let go"

    mkdir -p /full && mount -t tmpfs -o size=16m tmpfs /full && truncate -s 64M /full/disk.img &&
        loop=$(losetup -f) && losetup "$loop" /full/disk.img &&
        new_device 1 "phy:$loop,xvde,w" xvde
    told "a file of 64 MiB on a file system of 16 is a disk"
    guest_run 1 "! dd if=/dev/zero of=/dev/xvde bs=1M count=32 oflag=direct 2>/dev/null"
    told "the guest gets an error where there is no more room"
    dmesg | grep -qE \
        "the device 7:.* failed \(write\) at sector .*(file system may be full|no space is left)"
    told "and the log says what may be the reason"
    mount -t tmpfs -o remount,size=80m tmpfs /full && verify 1 xvde 64k 8 32m
    told "with more room it works on"
    xl block-detach guest1 xvde && wait_until 10 "losetup -d $loop" && umount /full
    told "it can be detached"
}

# Save the guest while it writes, put another backend in place, restore it. Requests of 4 MiB are
# under way.
moved() { # PARAMETERS OF THE NEW BACKEND
    guest_run 1 "rm -f /tmp/fill.code
        (for i in 1 2 3 4; do
                blkbench --file=/dev/xvdb --mode=fill --bs=4m --qd=4 --size=128m --seed=11 \
                    --row=t || { echo 1 >/tmp/fill.code; exit; }
            done
            echo 0 >/tmp/fill.code) >/tmp/fill 2>&1 </dev/null &"
    sleep 1
    guest_run 1 '! test -s /tmp/fill.code' && xl save guest1 /mnt/guest1.save &&
        wait_until 30 'rmmod shoji_blkback' &&
        insmod /lab/back/shoji-blkback.ko "$@" && xl restore /mnt/guest1.save || return 1
    rm -f /mnt/guest1.save
    wait_until 300 "guest_run 1 'test -s /tmp/fill.code'" &&
        [ "$(guest_run 1 'cat /tmp/fill.code')" = 0 ] &&
        guest_run 1 "blkbench --file=/dev/xvdb --mode=check --bs=4m --qd=2 --size=128m --seed=11 \
            --row=t 2>&1"
}

part_move() {
    guest_run 1 'echo 4096 >/sys/block/xvdb/queue/max_sectors_kb &&
        cat /sys/block/xvdb/queue/max_sectors_kb' | grep -q 4096
    told "requests of 4 MiB are made"
    moved max_pool_pages=0 max_indirect_segments=0 max_ring_page_order=0 max_queues=1
    told "saved while it writes, restored with a backend that takes 44 KiB at a time:" \
        "nothing is lost"
    [ "$(guest_run 1 'cat /sys/block/xvdb/queue/max_hw_sectors_kb /sys/block/xvdb/queue/fua' |
        tr '\n' ' ')" = "44 0 " ]
    told "the guest knows its limits"
    queues=$(xenstore-read "/local/domain/$(guest_id 1)/device/vbd/51712/multi-queue-num-queues")
    verify 1 xvda 64k 8 16m && [ "$queues" = 1 ]; told "and works on with them, in $queues queue"
    moved; told "and back to one that takes 4 MiB"
    [ "$(guest_run 1 'cat /sys/block/xvdb/queue/max_hw_sectors_kb /sys/block/xvdb/queue/fua' |
        tr '\n' ' ')" = "4096 1 " ]
    told "the guest knows that too"
}

bridge_up
stage "guest"
guest_create 1
guest_wait 1
for part in $(echo "$PARTS" | tr + ' '); do
    stage "$part"
    "part_$part"
done
! dmesg | grep -E 'BUG:|WARNING:|Oops|Call Trace'; claim "Domain-0's kernel complains of nothing"
cat /var/log/xen/console/* >/tmp/consoles && [ -s /tmp/consoles ] &&
    ! grep -E 'BUG:|WARNING:|Oops|Call Trace' /tmp/consoles
claim "nor does the guest's"
claims_end
finish 0
