# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154  # head.sh sets them
# net.*: guest 1, Domain-0 ($dom0_ip on the bridge) and guest 2. g2d: guest to Domain-0, d2g: the
# other way, g2g: guest 1 to guest 2. On the bare kernel the guests are network namespaces: the same
# bridge, veth pairs for the vifs.

# The servers stay up for all rows: started once, on the first need.
serve_in_dom0() {
    [ ! -e "$work/served.dom0" ] || return 0
    # shellcheck disable=SC2086  # words are meant
    iperf3 -s -D -p "$iperf_port" $listen >/dev/null 2>&1
    netbench server --port="$netbench_port" --seconds=3600 --background \
        >"$work/netbench.dom0" 2>&1 ||
        say "netbench server: $(cat "$work/netbench.dom0")"
    : >"$work/served.dom0"
    sleep 0.5
}

serve_in_guest() {
    [ ! -e "$work/served.$1" ] || return 0
    need_guest "$1"
    inguest "$1" \
        "iperf3 -s -D -p $iperf_port >/dev/null 2>&1
netbench server --port=$netbench_port --seconds=3600 --background; sleep 0.5" \
        >"$work/output" ||
        say "servers in guest $1: $(cat "$work/output")"
    : >"$work/served.$1"
}

# tcp NAME STREAMS ADDRESS [-R]: what the receiver got, in Mbit/s; counters for each 64 KiB that it
# got.
tcp() {
    name=net.tcp.$2.$1
    due "$name" || return 0
    stage "$name"
    if ! measured 1 "iperf3 -c $3 -p $iperf_port -P $2 -t $seconds -i 0 -f k $4 2>&1"; then
        lack "$name" "iperf3: $why"
        return 0
    fi
    kbits=$(awk '/receiver/ { for (i = 2; i <= NF; i++) if ($i == "Kbits/sec") last = $(i - 1) }
        END { print last }' "$work/output")
    row "$name" Mbit/s higher "$(awk -v k="$kbits" 'BEGIN { print k == "" ? "" : k / 1000 }')" \
        "$(per_op "$(awk -v k="${kbits:-0}" -v s="$seconds" \
            'BEGIN { print k * 1000 / 8 * s / 65536 }')")"
}

# Mean and p99 of 200 round trips, a fiftieth of a second apart, from the guest.
ping_rows() {
    wants net.ping.g2d.mean || wants net.ping.g2d || return 0
    due net.ping.g2d.median || return 0
    stage net.ping.g2d
    count=200
    [ "${QUICK:-0}" = 0 ] || count=100
    if ! measured 1 "$ping -n -i 0.02 -c $count -W 2 $dom0_ip |
        sed -n 's/.*time=\\([0-9.]*\\).*/\\1/p'"; then
        lack net.ping.g2d "ping: $why"
        return 0
    fi
    grep '^[0-9.]*$' "$work/output" >"$work/times"
    got=$(wc -l <"$work/times")
    if [ "$got" -lt $((count * 9 / 10)) ]; then
        lack net.ping.g2d "$got of $count echoes came back"
        return 0
    fi
    # shellcheck disable=SC2046  # words are meant
    set -- $(centre "$work/times")
    mean=$(awk '{ sum += $1 } END { print sum / NR }' "$work/times")
    row net.ping.g2d.median ms lower "$1" "p99=$2" "n=$4" \
        "percentiles=$(percentiles "$work/times")" "$(per_op "$4")"
    row net.ping.g2d.mean ms lower "$mean" "n=$4"
}

# small NAME ROLE ADDRESS: netbench's small packets and round trips; it names its rows after NAME.
small() {
    wants_any "$1" || return 0
    in_time "$1" || return 0
    stage "$1"
    if measured 1 "netbench $2 --to=$3 --port=$netbench_port --seconds=$seconds --row=$1 2>&1"; then
        take "$work/output" '' "$(per_op "$(operations "$work/output")")" ||
            lack "$1" "netbench printed no rows"
    else
        lack "$1" "netbench: $why"
    fi
}

measure_net() {
    need_guest 1
    serve_in_dom0
    for streams in 1 4 16; do
        tcp g2d $streams "$dom0_ip"
        tcp d2g $streams "$dom0_ip" -R
    done
    small net.udp64.g2d send "$dom0_ip"
    small net.udp64.d2g recv "$dom0_ip"
    small net.rr.g2d rr "$dom0_ip"
    ping_rows
    if wants_any net.tcp.1.g2g net.tcp.4.g2g net.tcp.16.g2g net.udp64.g2g net.rr.g2g; then
        late net || serve_in_guest 2
        for streams in 1 4 16; do tcp g2g $streams "$net.12"; done
        small net.udp64.g2g send "$net.12"
        small net.rr.g2g rr "$net.12"
    fi
    # Where no wire is at all: one kernel talking to itself.
    if [ "$LAB_HV" = none ] && wants net.tcp.1.loopback; then
        if iperf3 -c "$self_ip" -p "$iperf_port" -t "$seconds" -i 0 -f k >"$work/output" 2>&1; then
            row net.tcp.1.loopback Mbit/s higher "$(awk '/receiver/ {
                for (i = 2; i <= NF; i++) if ($i == "Kbits/sec") print $(i - 1) / 1000
            }' "$work/output")"
        else
            lack net.tcp.1.loopback "iperf3: $(tail -n 1 "$work/output")"
        fi
    fi
    stage script
}
