#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC1091,SC2154
# In Domain-0: a disk and a network card of its own, with verified data. Settings: DISK (the block
# device), NIC (the card's driver), KIND (what /proc/interrupts must call its interrupts). TAP in
# /out/tap.
. /lab/env
. /lab/lib.sh
stage "Domain-0's devices"
modprobe -q -a ahci sd_mod e1000 e1000e virtio_net virtio_blk
wait_until 10 "[ -b $DISK ]"
blkbench --file="$DISK" --mode=verify --bs=64k --qd=16 --size=48m >/out/blkbench.txt 2>&1
claim "$DISK keeps 48 MiB as written"

card=
for path in /sys/class/net/*; do
    [ "$(basename "$(readlink "$path/device/driver")" 2>/dev/null)" = "$NIC" ] && card=${path##*/}
done
ip addr add 10.0.2.15/24 dev "$card" && ip link set "$card" up
wait_until 10 "ping -q -c 1 -W 1 10.0.2.2 >/dev/null 2>&1"
claim "a $NIC reaches the host"
head -c 4194304 /dev/urandom >/tmp/sent
timeout 60 busybox nc 10.0.2.100 7 </tmp/sent | head -c 4194304 >/tmp/got
cmp /tmp/sent /tmp/got >/out/cmp.txt 2>&1
claim "4 MiB through it come back as they were sent"
cat /proc/interrupts >/out/interrupts.txt
grep -E "xen-pirq +-$KIND " /proc/interrupts | grep -q . &&
    ! { [ "$KIND" = ioapic-level ] && grep -qE 'xen-pirq +-msi' /proc/interrupts; }
claim "its interrupts are of the kind $KIND"
dmesg -r | sed -n 's/^<[0-4]>\[[^]]*\] //p' >/out/warnings.txt
finish 0
