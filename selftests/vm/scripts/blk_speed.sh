#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The in-tree pair and our pair on a RAM disk and on a file, one after the other in the same
# machine: guest 1 has our frontend, guest 2 Linux's. Writes lines "PAIR WHAT VALUE UNIT" into
# /out/speed, with the events of both domains a request and the guest's CPU time. "own" is a RAM
# disk in the guest itself: the ceiling of every split driver.
#   BACK=shoji DRIVERS=blk GUESTS="front=shoji,disks=ram+file;front=stock,disks=ram+file"
#   SCRIPT=selftests/vm/scripts/blk_speed.sh
. /lab/lib.sh
seconds=${SPEED_SECONDS:-4}

put() { echo "$*" >>/out/speed; say "$*"; }
# shellcheck disable=SC2016  # awk's
sum='{for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) sum += $i} END {print sum + 0}'
events() { awk "/blkback|blkif-backend|vbd/ $sum" /proc/interrupts; }
guest_events() { guest_run "$1" "awk '/blkfront|blkif/ $sum' /proc/interrupts"; }
# User, system (with interrupts), idle (with waiting for a disk), stolen: ticks.
cpu_ticks() {
    guest_run "$1" "awk '/^cpu / {print \$2 + \$3, \$4 + \$7 + \$8, \$5 + \$6, \$9 + 0}' /proc/stat"
}
cpu_share() {
    echo "$1 $2" | awk '{
        for (i = 1; i <= 4; i++) sum += d[i] = $(i + 4) - $i
        if (!sum) sum = 1
        printf "user %d %%, system %d %%, idle %d %%, stolen %d %%", 100 * d[1] / sum,
            100 * d[2] / sum, 100 * d[3] / sum, 100 * d[4] / sum
    }'
}
requests() {
    cat /sys/bus/xen-backend/devices/vbd-"$(guest_id "$1")"-*/statistics/??_req |
        awk '{sum += $1} END {print sum + 0}'
}

# job NAME GUEST DISK RW BS DEPTH [SIZE]
job() {
    _cpu=$(cpu_ticks "$2") _e=$(events) _g=$(guest_events "$2") _r=$(requests "$2")
    guest_run "$2" "fio --name=b --filename=/dev/$3 --rw=$4 --bs=$5 --iodepth=$6 --ioengine=libaio \
        --direct=1 --size=${7:-128M} --runtime=$seconds --time_based --invalidate=0 \
        --output-format=terse --terse-version=3 2>&1" >/tmp/output
    _e=$(($(events) - _e)) _g=$(($(guest_events "$2") - _g)) _r=$(($(requests "$2") - _r))
    _cpu=$(cpu_share "$_cpu" "$(cpu_ticks "$2")")
    put "$pair $1 $(grep '^3;' /tmp/output | awk -F';' -v rw="$4" -v e=$_e -v g=$_g -v r=$_r '{
        base = rw ~ /write/ ? 47 : 6
        printf "%d IOPS %.1f MiB/s; requests %d, for each: events to Domain-0 %.3f, ",
            $(base + 2), $(base + 1) / 1024, r, e / (r ? r : 1)
        printf "to the guest %.3f", g / (r ? r : 1)
    }'); CPU of the guest: $_cpu"
}

measure() { # PAIR GUEST
    pair=$1
    stage "speed of $1"
    guest_create "$2"
    guest_wait "$2"
    # shellcheck disable=SC2016  # the guest expands it
    guest_run "$2" 'for d in xvda xvdb; do
            dd if=/dev/zero of=/dev/$d bs=1M count=128 oflag=direct
        done' >/dev/null 2>&1
    job 4k.qd1 "$2" xvda read 4k 1
    job 4k.qd32 "$2" xvda randread 4k 32
    job 4k.qd32.write "$2" xvda randwrite 4k 32
    job 1m.qd8 "$2" xvda read 1m 8
    job 1m.qd8.write "$2" xvda write 1m 8
    job file.4k.qd32 "$2" xvdb randread 4k 32
    guest_run "$2" 'modprobe brd rd_nr=1 rd_size=24576 &&
        dd if=/dev/zero of=/dev/ram0 bs=1M count=24' >/dev/null 2>&1 &&
        job own.4k.qd32 "$2" ram0 randread 4k 32 24M
    grep . /sys/bus/xen-backend/devices/vbd-"$(guest_id "$2")"-*/statistics/* \
        >>"/out/statistics.$pair" 2>/dev/null
    xl destroy "guest$2"
    wait_until 10 '! find /sys/bus/xen-backend/devices/ -name "vbd*" | grep -q .'
}

bridge_up
case ${PAIRS:-both} in both | stock)
    rmmod shoji_blkback
    modprobe xen-blkback
    measure stock 2
    rmmod xen-blkback
    insmod /lab/back/shoji-blkback.ko "poll_us=${POLL_US:-200}"
esac
case ${PAIRS:-both} in both | ours) measure ours 1 ;; esac
finish 0
