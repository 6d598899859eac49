#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/hostile_guests.tap: what a working guest's network and disk cost beside two
# hostile ones. ROUNDS, WINDOW (s), KINDS (of attacks, joined by +), SEED.
# shellcheck disable=SC2016,SC2153  # the guest and wait_until expand; SEED comes with the run
. /lab/lib.sh
. /lab/domains.sh
# What is claimed: p99 so many times the plain hogs', and so many lines of log a window at most. The
# hypervisor's two limits, of lines that guests cause and of debug lines, let 20 and then 5 a second
# pass (console/printk.c), and each that passes may say in another how many did not.
TIMES=2 LINES=$((2 * 2 * (20 + 5 * (WINDOW + 10))))
LOST=20000       # ms, what a ping counts that no answer came to

note() { echo "# $*" >>/out/tap; say "$*"; }

# hostile_create NUMBER KIND: four vCPUs, of which two run and two never do; at it until it is
# destroyed.
hostile_create() {
    evil_create "hostile$1" "attack=$2 seed=$((SEED + window * 2 + $1)) seconds=3600" preserve ||
        return 1
    wait_until 20 "grep -aq '^# attack $2' /var/log/xen/console/guest-hostile$1.log"
}

# The k-th of a hundred parts of the sorted numbers of a file: percentile 99 FILE.
percentile() {
    sort -n "$2" |
        awk -v p="$1" '{v[NR] = $1}
            END {i = int(NR * p / 100 + 0.999); if (NR) print v[i < 1 ? 1 : i]}'
}
median() {
    sort -n "$1" |
        awk '{v[NR] = $1} END {if (NR) print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2}'
}

uptime_ms() { awk '{print int($1 * 1000)}' /proc/uptime; }

# Pings from Domain-0 and 4 KiB reads by the guest, both for one window; then blocks that the guest
# writes and reads back. Into /out/KIND.ping (ms), .fio (us), .xl (ms).
measure() {
    (while [ ! -e /tmp/enough ]; do
        _at=$(uptime_ms)
        xl list >/dev/null 2>&1
        echo $(($(uptime_ms) - _at)) >>"/out/$1.xl"
        sleep 1
    done) &
    _looker=$!
    ping -i 0.04 -w "$WINDOW" 10.9.0.11 >/tmp/ping 2>&1 &
    _pinger=$!
    LIMIT=$((WINDOW * 3 + 60)) guest_run 1 \
        "fio --name=b --filename=/dev/xvda --rw=randread --bs=4k --iodepth=1 --ioengine=libaio \
        --direct=1 --size=8M --runtime=$WINDOW --time_based --invalidate=0 \
        --output-format=terse --terse-version=3 2>&1" >/tmp/fio
    wait $_pinger
    touch /tmp/enough
    wait $_looker
    rm -f /tmp/enough
    sed -n 's/.*time=\([0-9.]*\) ms.*/\1/p' /tmp/ping >/tmp/pings
    _sent=$(sed -n 's/^\([0-9]*\) packets transmitted.*/\1/p' /tmp/ping)
    _lost=$((${_sent:-0} - $(grep -c . /tmp/pings)))
    # The last one may still be on its way
    for _ in $(seq 2 $_lost); do echo $LOST; done >>/tmp/pings
    percentile 99 /tmp/pings >>"/out/$1.ping"
    # Of terse version 3: percentiles of completion are fields 18 to 37, p99 one of them; requests
    # are rate times time.
    grep '^3;' /tmp/fio | tail -n 1 |
        awk -F';' '{for (i = 18; i <= 37; i++)
            if ($i ~ /^99\.000000%=/) {sub(/.*=/, "", $i); print $i}}' >/tmp/fio.p99
    [ -s /tmp/fio.p99 ] || { tail -n 2 /tmp/fio; echo $((LOST * 1000)) >/tmp/fio.p99; }
    cat /tmp/fio.p99 >>"/out/$1.fio"
    _done=$(grep '^3;' /tmp/fio | tail -n 1 | awk -F';' '{printf "%d", $8 * $9 / 1000}')
    LIMIT=300 guest_run 1 \
        "blkbench --file=/dev/xvda --mode=verify --bs=4k --qd=8 --size=256k --row=t 2>&1" \
        >/tmp/verify 2>&1 || {
        cat /tmp/verify
        wrong=$((wrong + 1))
    }
    note "window $window, $1: ping p99 $(tail -n 1 "/out/$1.ping") ms of ${_sent:-0} sent," \
        "$_lost without an answer; fio p99 $(cat /tmp/fio.p99) us of ${_done:-0} reads;" \
        "xl list at most $(sort -n "/out/$1.xl" | tail -n 1) ms"
}

said() { dmesg | wc -l; }

# It is there, and neither dying, crashed nor shut down.
at_it() { xl list "$1" 2>/dev/null | awk 'NR == 2 && $5 !~ /[scd]/ {good = 1} END {exit !good}'; }

# window KIND: two guests of that kind, or none (idle), beside the working one. Their creation is
# not counted as logged.
window() {
    window=$((window + 1))
    if [ "$1" != idle ]; then
        if ! hostile_create 1 "$1" || ! hostile_create 2 "$1"; then
            missed=$((missed + 1))
            note "window $window: no pair of kind $1"
        fi
        sleep 1
    fi
    xl dmesg -c >>/out/hv.log
    _kernel=$(said)
    # Beside every pair, so that what Domain-0 has to do is no difference between them.
    [ "$1" = idle ] || for _k in 1 2; do
        grantask "$(xl domid hostile$_k)" 8 "$WINDOW" >>"/out/grants.$1" 2>&1 &
    done
    measure "$1"
    xl dmesg -c >/tmp/hv.said
    cat /tmp/hv.said >>/out/hv.log
    echo $(($(grep -c . /tmp/hv.said) + $(said) - _kernel)) >>"/out/$1.lines"
    if [ "$1" != idle ]; then
        for _k in 1 2; do
            if ! at_it hostile$_k; then
                ended=$((ended + 1))
                note "window $window: hostile$_k has ended:" \
                    "$(tail -n 1 /var/log/xen/console/guest-hostile$_k.log | tr -d '\r')"
            fi
            xl destroy hostile$_k
            cat /var/log/xen/console/guest-hostile$_k.log >>/out/hostile.log
            rm -f /var/log/xen/console/guest-hostile$_k.log
        done
    fi
    wait
}

# ratio WHAT KIND: 100 times the median p99 of its windows, for one of the plain hogs'.
ratio() {
    awk -v a="$(median "/out/$2.$1")" -v b="$(median "/out/spin.$1")" \
        'BEGIN {print (b > 0 ? int(a * 100 / b) : 99999)}'
}

within_of() {
    for _kind in $KINDS; do
        _times=$(ratio "$1" "$_kind")
        [ "${_times:-99999}" -le $((TIMES * 100)) ]
        claim "$2: p99 beside $_kind is within $TIMES times that beside plain hogs" \
            "($(median "/out/$_kind.$1") and $(median "/out/spin.$1") $3: $_times %)"
    done
}

bridge_up
stage "the working guest"
guest_create 1
guest_wait 1
LIMIT=300 guest_run 1 '
    blkbench --file=/dev/xvdb --mode=fill --bs=64k --qd=8 --size=32m --seed=5 --row=t &&
    blkbench --file=/dev/xvda --mode=write --bs=64k --total=8m --size=8m' >/tmp/fill 2>&1
claim "the working guest has filled a disk"
KINDS=$(echo "$KINDS" | tr + ' ') window=0 wrong=0 missed=0 ended=0 round=0
before=$(steady)
stage "windows"
window idle
while [ $round -lt "$ROUNDS" ]; do
    window spin
    for kind in $KINDS; do window "$kind"; done
    round=$((round + 1))
done
window spin
note "plain hogs, all windows: ping p99 $(sort -n /out/spin.ping | tr '\n' ' ')ms;" \
    "fio p99 $(sort -n /out/spin.fio | tr '\n' ' ')us"
[ $missed -eq 0 ]; claim "every hostile guest started"
[ $ended -eq 0 ]; claim "and was at it to the end"
within_of ping "pings to the working guest" ms
within_of fio "its 4 KiB reads" us
for kind in spin $KINDS; do
    most=$(sort -n "/out/$kind.lines" | tail -n 1)
    [ "$most" -le $LINES ]
    claim "$kind: $most lines were logged in a window, of all levels, by hypervisor and Domain-0" \
        "($LINES at most)"
done
cat /out/grants.eagain /out/grants.mixed >/tmp/grants 2>/dev/null
note "grants: $(awk '{c += $2; e += $6; o += $8; if ($10 > l) l = $10}
    END {print c " copies, " e " to be tried again, " o " refused; the longest batch " l " us"}
' /tmp/grants)"
case " $KINDS " in *" eagain "* | *" mixed "*)
    [ -s /tmp/grants ] && awk '{c += $4; e += $6} END {exit !(c > 1000 && e == 0)}' /tmp/grants
    claim "Domain-0 copies by entries that never rest, and is never told to try again" ;;
esac
[ $wrong -eq 0 ]; claim "what the working guest wrote beside them it read back"
LIMIT=300 guest_run 1 \
    'blkbench --file=/dev/xvdb --mode=check --bs=64k --qd=8 --size=32m --seed=5 --row=t' \
    >/tmp/check 2>&1
claim "its other disk is as it was filled"
claims_left "$before" "the hostile guests have gone"
! grep -v 'command line' /out/hv.log | grep -qiE 'panic|assert|broken:|\bbug\b'
claim "the hypervisor has nothing to say against itself"
! dmesg | grep -E 'BUG:|WARNING:|Oops|Call Trace|scheduling while atomic'
claim "Domain-0's kernel complains of nothing"
claims_end
finish 0
