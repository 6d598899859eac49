#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The script that `timeline` runs in Domain-0: guest 1 reads 4 KiB at a time from its RAM-backed
# disk, while the kernels of both domains record by ftrace when a request passes. All domains use
# the same clock, the processor's TSC.
# Results: /out/guest.events and /out/dom0.events, a line "COUNTER EVENT" each; /out/about,
# key=value.
. /lab/env
. /lab/lib.sh

requests=${REQUESTS:-400}

# Of block devices' events only those of this disk; of interrupts only the block drivers'.
# tracer DEVICE EVENT...: the commands that a shell in either domain runs to prepare its kernel.
tracer() {
    cat <<SETUP
[ -e /sys/kernel/tracing/trace ] || mount -t tracefs tracefs /sys/kernel/tracing || exit 1
cd /sys/kernel/tracing || exit 1
echo 0 >tracing_on
echo x86-tsc >trace_clock && echo 8192 >buffer_size_kb || exit 1
echo 'p:shoji/notify notify_remote_via_irq' >kprobe_events || exit 1
echo 'name ~ "*blk*"' >events/irq/irq_handler_entry/filter || exit 1
SETUP
    device=$1
    shift
    for event in "$@"; do
        case $event in block/*) echo "echo 'dev == $device' >events/$event/filter || exit 1" ;; esac
        echo "echo 1 >events/$event/enable || exit 1"
    done
}

# The trace as "COUNTER EVENT": the name without what follows it.
# shellcheck disable=SC2016  # awk's own
lines='echo 0 >/sys/kernel/tracing/tracing_on
    awk '\''!/^#/ { for (i = 2; i < NF; i++) if ($i ~ /^[0-9]+:$/) {
        name = $(i + 1); sub(/[:(].*/, "", name); sub(/:$/, "", $i); print $i, name; break
    } }'\'' /sys/kernel/tracing/trace'

bridge_up
guest_config 1
# Xen's default for a guest on a machine without an invariant counter is to emulate it: no two
# domains' counters compare then.
echo "tsc_mode = 'native'" >>/tmp/guest-1.cfg
xl create /tmp/guest-1.cfg >/var/log/xen/create-1.log 2>&1 ||
    fail toolstack "xl create of guest1 failed" /var/log/xen/create-1.log
guest_wait 1
stage "the disk"
guest_run 1 "dd if=/dev/zero of=/dev/xvda bs=1M count=16 conv=fsync" >/tmp/fill 2>&1 ||
    fail block "the disk cannot be filled" /tmp/fill

stage "requests, not traced"
load="blkbench --file=/dev/xvda --mode=randread --bs=4k --qd=1 --size=16m"
load="$load --total=$((requests * 4))k"
guest_run 1 "$load >/dev/null 2>&1; $load 2>/dev/null" >/tmp/plain ||
    fail block "blkbench failed" /tmp/plain

stage "requests, traced"
tracer $((1 << 20)) shoji/notify irq/irq_handler_entry block/block_bio_queue \
    block/block_bio_complete >/tmp/dom0.setup
tracer $((202 << 20)) shoji/notify irq/irq_handler_entry block/block_rq_issue \
    block/block_rq_complete syscalls/sys_enter_io_submit \
    syscalls/sys_exit_io_getevents >/tmp/guest.setup
sh /tmp/dom0.setup >/tmp/setup.log 2>&1 ||
    fail trace "Domain-0's kernel cannot be asked for these events" /tmp/setup.log
guest_run 1 "$(cat /tmp/guest.setup)" >/tmp/setup.log 2>&1 ||
    fail trace "the guest's kernel cannot be asked for these events" /tmp/setup.log
echo 1 >/sys/kernel/tracing/tracing_on
guest_run 1 "echo 1 >/sys/kernel/tracing/tracing_on; $load 2>/dev/null; $lines" >/tmp/guest.out ||
    fail block "blkbench failed" /tmp/guest.out
sh -c "$lines" >/out/dom0.events
grep '^[0-9]' /tmp/guest.out >/out/guest.events

latency() { sed -n 's/.*\.latency","unit":"us".*"value":\([0-9.e+]*\).*/\1/p' "$1" | head -n 1; }
{
    echo "mhz=$(xl info | awk -F': *' '$1 ~ /^cpu_mhz/ {print $2}')"
    echo "kernel_mhz=$(awk -F': *' '/^cpu MHz/ {print $2; exit}' /proc/cpuinfo)"
    echo "requests=$requests"
    echo "plain_us=$(latency /tmp/plain)"
    echo "traced_us=$(latency /tmp/guest.out)"
} >/out/about
say "$(wc -l </out/guest.events) events in the guest, $(wc -l </out/dom0.events) in Domain-0"
finish 0
