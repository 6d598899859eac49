#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The in-tree pair and our pair, one after the other in the same machine: guest 1 has our frontend,
# guest 2 Linux's. Writes lines "PAIR WHAT VALUE UNIT" into /out/speed, with events, wake-ups and
# grant operations a packet.
. /lab/lib.sh
seconds=${SPEED_SECONDS:-4}

put() { echo "$*" >>/out/speed; say "$*"; }
counter() {
    ethtool -S "$1" 2>/dev/null | awk -v name="$2" '$1 ~ name {sum += $2} END {print sum + 0}'
}
events() {
    awk -v vif="$1" \
        '$0 ~ vif {for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) sum += $i} END {print sum + 0}' \
        /proc/interrupts
}
guest_events() {
    guest_run "$1" "awk '/eth0|vif0/ {for (i = 2; i <= NF && \$i ~ /^[0-9]+\$/; i++) sum += \$i}
        END {print sum + 0}' /proc/interrupts"
}
packets() { awk -F'[: ]+' -v vif="$1" '{sub(/^ +/, "")} $1 == vif {print $3 + $11}' /proc/net/dev; }

# around NAME VIF GUEST COMMAND: run it in the guest; what it cost a packet on the vif.
around() {
    _what=$1 _vif=$2 _guest=$3
    shift 3
    _p=$(packets "$_vif") _e=$(events "$_vif") _g=$(guest_events "$_guest")
    _h=$(counter "$_vif" '_notifies|_grant_calls')
    guest_run "$_guest" "$*" >/tmp/output 2>&1
    _p=$(($(packets "$_vif") - _p)) _e=$(($(events "$_vif") - _e))
    _g=$(($(guest_events "$_guest") - _g))
    _h=$(($(counter "$_vif" '_notifies|_grant_calls') - _h))
    awk -v pair="$pair" -v what="$_what" -v p=$_p -v e=$_e -v g="$_g" -v h=$_h 'BEGIN {
        if (!p) p = 1
        printf "%s %s packets %d, for each: events to Domain-0 %.4f, to the guest %.4f, ",
            pair, what, p, e / p, g / p
        printf "hypercalls counted here %.4f\n", h / p
    }' >>/out/speed
}

tcp() { # NAME VIF GUEST OPTIONS
    around "$1" "$2" "$3" "iperf3 -c 10.9.0.1 -t $seconds -i 0 -f m $4"
    put "$pair $1 $(awk '/receiver/ {for (i = 2; i <= NF; i++) if ($i == "Mbits/sec") v = $(i - 1)}
        END {print v + 0}' /tmp/output) Mbit/s"
}

udp() { # NAME VIF GUEST ROLE
    around "$1" "$2" "$3" "netbench $4 --to=10.9.0.1 --seconds=$seconds --row=$1"
    _rate=$(sed -n 's/.*"row":"[^"]*","unit":"1\/s".*"value":\([0-9.]*\).*/\1/p' /tmp/output |
        head -n 1)
    put "$pair $1 $_rate 1/s $(tr '\n' ' ' </tmp/output | cut -c1-300)"
}

measure() { # PAIR GUEST
    pair=$1
    stage "speed of $1"
    guest_create "$2"
    guest_wait "$2"
    vif=vif$(guest_id "$2").0
    [ -z "${guest_poll:-}" ] ||
        guest_run "$2" "echo $guest_poll >/sys/module/shoji_netfront/parameters/poll_usecs"
    # DEFER=ns: after a poll the NAPI contexts look again so much later, by a timer, before they ask
    # for an event.
    if [ -n "${DEFER:-}" ] && [ "$pair" != stock ]; then
        guest_run "$2" "echo 1 >/sys/class/net/eth0/napi_defer_hard_irqs
            echo $DEFER >/sys/class/net/eth0/gro_flush_timeout"
        echo 1 >"/sys/class/net/$vif/napi_defer_hard_irqs"
        echo "$DEFER" >"/sys/class/net/$vif/gro_flush_timeout"
    fi
    tcp tcp.g2d "$vif" "$2" ''
    tcp tcp.d2g "$vif" "$2" -R
    tcp tcp4.g2d "$vif" "$2" '-P 4'
    tcp tcp4.d2g "$vif" "$2" '-P 4 -R'
    udp udp64.g2d "$vif" "$2" send
    udp udp64.d2g "$vif" "$2" recv
    guest_run "$2" "/usr/bin/ping -n -i 0.02 -c 100 -q 10.9.0.1" | tail -n 1 >/tmp/output
    put "$pair ping $(cut -d= -f2 /tmp/output)"
    ethtool -S "$vif" | grep -v ': 0$' >"/out/counters.$pair"
    guest_run "$2" 'ethtool -S eth0' | grep -v ': 0$' >"/out/counters.$pair.guest"
    guest_run "$2" 'dmesg | grep shoji' >>"/out/counters.$pair.guest"
    xl destroy "guest$2"
}

bridge_up
iperf3 -s -D >/dev/null 2>&1
netbench server --seconds=3600 --background >/dev/null 2>&1
case ${PAIRS:-both} in both | stock)
    rmmod shoji_netback
    modprobe xen-netback
    measure stock 2
    rmmod xen-netback
    insmod /lab/back/shoji-netback.ko
esac
case ${PAIRS:-both} in both | ours) measure ours 1 ;; esac
for poll in ${POLLS-}; do
    echo "$poll" >/sys/module/shoji_netback/parameters/poll_usecs
    guest_poll=$poll
    measure "ours.poll$poll" 1
done
dmesg | grep shoji >>/out/speed
finish 0
