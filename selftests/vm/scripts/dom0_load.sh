#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC1091,SC2016,SC2094,SC2154
# In Domain-0: MINUTES of disk, network and process load at once, all of it verified, and the clock
# before and after. TAP in /out/tap.
. /lab/env
. /lab/lib.sh
# rounds NAME COMMAND: repeat it until the time is over; /out/NAME.rounds counts, /out/NAME.bad
# tells of a failure.
rounds() {
    _count=0
    while [ "$(cut -d. -f1 /proc/uptime)" -lt "$end" ]; do
        if ! eval "$2" >"/tmp/$1.log" 2>&1; then
            { echo "round $_count:"; tail -n 20 "/tmp/$1.log"; } >>"/out/$1.bad"
            break
        fi
        _count=$((_count + 1))
    done
    echo $_count >"/out/$1.rounds"
}

echo_check() {
    head -c 1048576 /dev/urandom >/tmp/sent
    timeout 60 busybox nc 10.0.2.100 7 </tmp/sent | head -c 1048576 | cmp /tmp/sent -
}

processes() {
    [ "$(for i in $(seq 200); do (echo "$i"); done | awk '{s += $1} END {print s}')" = 20100 ]
}

stage "Domain-0 under load"
modprobe -q -a ahci sd_mod e1000
wait_until 10 "[ -b /dev/sda ]"
for path in /sys/class/net/*; do
    [ "$(basename "$(readlink "$path/device/driver")" 2>/dev/null)" = e1000 ] && card=${path##*/}
done
ip addr add 10.0.2.15/24 dev "$card" && ip link set "$card" up
wait_until 10 "ping -q -c 1 -W 1 10.0.2.2 >/dev/null 2>&1"
iperf3 -s -D >/dev/null 2>&1
before=$(rtcedge)
began=$(cut -d. -f1 /proc/uptime)
end=$((began + MINUTES * 60))
say "load for $MINUTES min: fio with checksums on AHCI, streams through the e1000, iperf3," \
    "processes"

rounds fio 'cd /tmp && fio --name=v --filename=/dev/sda --size=48m --bsrange=4k-64k \
    --rw=randwrite --direct=1 --ioengine=libaio --iodepth=8 --verify=crc32c \
    --verify_fatal=1 --randseed=$_count' &
rounds echo echo_check &
rounds iperf 'iperf3 -c 127.0.0.1 -t 10 && iperf3 -c 127.0.0.1 -t 5 -R' &
rounds fork processes &
while [ "$(cut -d. -f1 /proc/uptime)" -lt "$end" ]; do
    sleep 20
    say "$((($(cut -d. -f1 /proc/uptime) - began) / 60)) of $MINUTES min"
done
wait_until 60 '[ -s /out/fio.rounds ] && [ -s /out/echo.rounds ] && [ -s /out/iperf.rounds ] &&
    [ -s /out/fork.rounds ]'
after=$(rtcedge)
for part in "fio:blocks read back from AHCI are those written" \
    "echo:streams through the e1000 come back as sent" \
    "iperf:iperf3 runs both ways" "fork:processes start, talk through pipes and end"; do
    name=${part%%:*} count=$(cat "/out/${part%%:*}.rounds" 2>/dev/null)
    [ ! -e "/out/$name.bad" ] && [ "${count:-0}" -gt 0 ]
    claim "${part#*:} (${count:-no} rounds)"
done
echo "$before $after" >/out/clock
ppm=$(echo "$before $after" |
    awk '{d = $3 - $1; if (d < 0) d += 86400; printf "%.1f", (($4 - $2) / 1e9 - d) / d * 1e6}')
awk "BEGIN {exit !($ppm < 100 && $ppm > -100)}"
claim "the clock is $ppm ppm off the machine's"
! dmesg -r | sed -n 's/^<[0-4]>\[[^]]*\] //p' |
    grep -iE 'clocksource|stall|soft lockup|hung task|BUG|timed out' >/out/complaints
claim "the kernel complains of no stall, lockup, time-out or clock"
claims_end
finish 0
