# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
# Functions of the net collection's tests. Sourced after lib/test.sh.
#
#   on_bridge VIF             the interface is a port of the bridge and forwards
#   echoes N [OPTION...]      guest N answers Domain-0's echoes, all of them
#   checked_start N           netcheck serves in guest N (Domain-0 listens on nothing of ours, and
#                             so its firewall is no part of the test)
#   checked N MIB             streams to guest N and back, in which every byte is right
#   streams N COUNT           as many streams of 1 MiB to guest N at once, every byte right
#   need_checked              skip_all unless netcheck can run in Domain-0

on_bridge() {
    [ "$(basename "$(readlink -f "/sys/class/net/$1/master")")" = "$st_bridge" ] &&
        [ "$(cat "/sys/class/net/$1/brport/state")" = 3 ]
}

echoes() {
    st_to=$(guest_ip "$1")
    shift
    ping -c 3 -i 0.3 -W 5 -q "$@" "$st_to" >"$st_work/ping" 2>&1
    cat "$st_work/ping" >>"$st_log"
    grep -q ' 0% packet loss' "$st_work/ping"
}

need_checked() {
    command -v netcheck >/dev/null || skip_all "netcheck is not installed beside the tests"
    [ -e /proc/net/if_inet6 ] || skip_all "netcheck uses IPv6 sockets, and this kernel has none"
}

checked_start() { try guest_run "$1" 'netcheck serve'; }

checked() {
    try netcheck send "$(guest_ip "$1")" "$2" && try netcheck recv "$(guest_ip "$1")" "$2"
}

streams() {
    st_pids='' st_i=0
    while [ $st_i -lt "$2" ]; do
        st_i=$((st_i + 1))
        netcheck send "$(guest_ip "$1")" 1 >>"$st_log" 2>&1 &
        st_pids="$st_pids $!"
    done
    st_i=0
    for st_each in $st_pids; do wait "$st_each" || st_i=1; done
    return $st_i
}
