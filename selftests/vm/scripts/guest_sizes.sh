#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/guest_sizes.tap: guests with many vCPUs, much memory, several vifs and vbds.
. /lab/lib.sh
. /lab/domains.sh

# memory_used N MIB: guest N fills so much with bytes that are different in every page, and finds
# them again.
# shellcheck disable=SC2016  # the guest's shell expands them
memory_used() {
    LIMIT=240 guest_run "$1" "mkdir -p /big && mount -t tmpfs -o size=100% big /big
        head -c 1048576 /dev/urandom >/big/one && sum=\$(md5sum </big/one) || exit 1
        i=0; while [ \$i -lt $2 ]; do cp /big/one /big/\$i || exit 1; i=\$((i + 1)); done
        for f in /big/0 /big/$(($2 / 2)) /big/$(($2 - 1)); do
            [ \"\$(md5sum <\$f)\" = \"\$sum\" ] || exit 1
        done
        i=0; while [ \$i -lt $2 ]; do cmp /big/one /big/\$i || exit 1; i=\$((i + 32)); done
        umount /big"
}

# disks_right N DEVICE...: what guest N writes to each is what is read from it, past the guest's
# cache.
# shellcheck disable=SC2016
disks_right() {
    _n=$1
    shift
    guest_run "$_n" "for d in $*; do
            head -c 8388608 /dev/urandom >/tmp/\$d &&
            dd if=/tmp/\$d of=/dev/\$d bs=1M oflag=direct || exit 1
        done
        for d in $*; do
            dd if=/dev/\$d bs=1M count=8 iflag=direct | cmp - /tmp/\$d || exit 1
            rm /tmp/\$d
        done"
}

# vifs_right N COUNT: each vif of guest N, by a network of its own (10.9.I.0/24 on the one bridge),
# answers.
vifs_right() {
    _i=1
    while [ $_i -lt "$2" ]; do
        guest_run "$1" "ip addr add 10.9.$_i.$((10 + $1))/24 dev eth$_i && ip link set eth$_i up" ||
            return 1
        wait_until 10 "ping -c 1 -W 1 -q -I xenbr0 10.9.$_i.$((10 + $1)) >/dev/null" || return 1
        _i=$((_i + 1))
    done
    ping -c 3 -q "10.9.0.$((10 + $1))" >/dev/null
}

bridge_up
ip addr add 10.9.1.1/24 dev xenbr0
ip addr add 10.9.2.1/24 dev xenbr0
before=$(steady)
guest_create 1
guest_wait 1
claim "a guest of $BIG MiB with 4 vCPUs, 3 vifs and 3 vbds starts (6.1)"
guest_create 2; guest_wait 2; claim "beside it one with 3 vCPUs, 2 vifs and 2 vbds (6.12)"
[ "$(guest_run 1 nproc)" = 4 ] && [ "$(guest_run 2 nproc)" = 3 ]; claim "they see their vCPUs"
guest_run 1 'for i in 1 2 3 4; do (timeout 2 sh -c "while :; do :; done" &) ; done; sleep 3
    grep ^cpu[0-3] /proc/stat' >/out/stat
[ "$(awk '$2 + $3 > 10' /out/stat | wc -l)" = 4 ]; claim "all four run"
total=$(guest_run 1 "sed -n 's/MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo")
[ "$total" -gt $((BIG * 1024 * 90 / 100)) ]; claim "the memory is there ($total kB)"
memory_used 1 $((BIG * 80 / 100)) >>/out/detail 2>&1; claim "four fifths of it hold what is written"
memory_used 2 256 >>/out/detail 2>&1; claim "half of the other's too"
disks_right 1 xvda xvdb xvdc >>/out/detail 2>&1
claim "three vbds, on memory and on a file, keep their data"
disks_right 2 xvda xvdb >>/out/detail 2>&1; claim "the other's two as well"
vifs_right 1 3; claim "three vifs answer"
vifs_right 2 2; claim "the other's two as well"
guest_run 1 'ping -c 5 -i 0.2 -q -s 8000 10.9.0.12' >>/out/detail 2>&1
claim "guest to guest over the bridge"
guest_run 1 'ping -c 5 -i 0.2 -q -s 8000 10.9.1.12' >>/out/detail 2>&1
claim "and by their second vifs"
xl vcpu-list >>/out/detail
xl destroy guest1 && xl destroy guest2 && wait_until 30 'gone guest1 && gone guest2'
claim "they go"
settled "$before" 5
now=$(cat /tmp/counts)
for what in vifs loops domains; do
    [ "$(count $what "$before")" = "$(count $what "$now")" ]
    claim "as many $what as before ($(count $what "$before"), $(count $what "$now"))"
done
# The first guests fill tables of Domain-0 that only grow, here by a few pages; on Xen the unit is
# MiB.
[ $(($(count pages "$before") - $(count pages "$now"))) -le 64 ]
claim "the memory came back (free before: $(count pages "$before"), now: $(count pages "$now"))"
! dmesg | grep -E 'BUG|WARNING|Oops|Call Trace'; claim "no complaint in Domain-0's log"
claims_end
finish 0
