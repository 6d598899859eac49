# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC1090,SC1091,SC2034  # sourced files are those of the place
# Functions that every part of the battery uses. shojibench/battery.py joins head.sh, the parts and
# main.sh into one script for Domain-0, and sets ONLY (beginnings of row names, comma-separated) and
# QUICK (0 or 1) before it.
#
# Results: $out/rows.jsonl, a JSON object a line; $out/failed.txt, "row TAB reason" for each row
# that could not be measured; $out/about.txt, key=value. A row that fails does not end the run: the
# report names it as missing.
#
# BATTERY_PLACE names the file of the place where it runs (here.sh). A place has say, stage, fail,
# bridge_up, guest_create, guest_wait, guest_run and guest_id, LAB_HV, LAB_SMP, LAB_BACK and
# LAB_FRONT, and may set the variables that follow it.
. "$BATTERY_PLACE"

: "${out:=/out}" "${work:=/tmp/battery}" # folders: of the results, for the battery's own files
: "${bridge:=xenbr0}" "${guest:=guest}"  # the bridge; what guest N's name begins with
: "${net:=10.9.0}"                       # guest N is $net.(10+N)
: "${dom0_ip:=$net.1}"                   # Domain-0, on the bridge
: "${self_ip:=127.0.0.1}"                # Domain-0 for itself, in the row without a wire
: "${listen:=}"                          # iperf3's option for the address where it listens
: "${iperf_port:=5201}" "${netbench_port:=5300}"
: "${files:=/mnt}"                       # tmpfs with the images of disks
: "${netns:=g}" "${veth:=vif}"           # the bare kernel's namespaces and interfaces begin so
: "${sys:=/sys}" "${ping:=/usr/bin/ping}"
: "${guest_dir:=/tmp}"                   # a guest's folder for the battery's files
: "${hvbench_ko:=/lib/modules/hvbench.ko}" "${guest_hvbench_ko:=$hvbench_ko}"
if [ -z "${seconds:-}" ]; then
    if [ "${QUICK:-0}" = 1 ]; then seconds=2; else seconds=3; fi
fi
mkdir -p "$work" "$out"
: >"$out/rows.jsonl"

# wants ROW: is it asked for? A prefix ends where a part of the name ends: net.tcp.1 is not
# net.tcp.16.
wants() {
    [ -n "${ONLY:-}" ] || return 0
    for prefix in $(echo "$ONLY" | tr , ' '); do
        case $1 in "$prefix" | "$prefix".*) return 0 ;; esac
    done
    return 1
}

# late ROW: is the time of its group over? BATTERY_UNTIL ("net=SECOND blk=SECOND") says after which
# second since boot no measurement of a group begins. The first of a group does in any case, so that
# a slow start leaves no group without a row.
late() {
    grep -qsE "^(\{\"row\":\")?${1%%.*}\\." "$out/rows.jsonl" "$out/failed.txt" || return 1
    for until in ${BATTERY_UNTIL:-}; do
        [ "${until%%=*}" = "${1%%.*}" ] || continue
        read -r up _ </proc/uptime
        [ "${up%.*}" -lt "${until#*=}" ] || return 0
    done
    return 1
}

# in_time ROW: is there time for it? The report names it when there is none.
in_time() {
    late "$1" || return 0
    printf '%s\tthe time that --time gave was over\n' "$1" >>"$out/failed.txt"
    return 1
}

# due ROW: is it asked for, and is there time for it?
due() { wants "$1" && in_time "$1"; }

# wants_any PREFIX...: is any row asked for that begins with one of them?
wants_any() {
    [ -n "${ONLY:-}" ] || return 0
    for begin in "$@"; do
        for prefix in $(echo "$ONLY" | tr , ' '); do
            case $prefix in "$begin" | "$begin".*) return 0 ;; esac
            case $begin in "$prefix" | "$prefix".*) return 0 ;; esac
        done
    done
    return 1
}

# lack ROW WHY: the row is not there, for this reason (one line).
lack() {
    printf '%s\t%s\n' "$1" "$(printf '%s' "$2" | tr '\n\t' '  ' | cut -c1-300)" >>"$out/failed.txt"
    say "$1: FAILED: $2"
}

# row NAME UNIT BETTER VALUE [p99=X] [spread=X] [n=X] [percentiles=[..]] [counters={..}]: anything
# but a number above zero is a failure.
row() {
    row_name=$1 row_unit=$2 row_better=$3 row_value=$4 row_more=''
    shift 4
    if ! echo "$row_value" |
        awk '{exit !($1 ~ /^[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$/ && $1 + 0 > 0)}'; then
        lack "$row_name" "its figure is '$row_value'"
        return 1
    fi
    for pair in "$@"; do
        [ -z "${pair#*=}" ] || row_more="$row_more,\"${pair%%=*}\":${pair#*=}"
    done
    printf '{"row":"%s","unit":"%s","better":"%s","value":%s%s}\n' \
        "$row_name" "$row_unit" "$row_better" "$row_value" "$row_more" >>"$out/rows.jsonl"
    say "$row_name $row_value $row_unit"
}

# take FILE [INSERT] [COUNTERS]: rows that a program printed itself, as far as they are asked for.
# INSERT ("dom0.") goes behind the group's name; COUNTERS, as per_op gives them, are added to the
# first. Fails when there is no row at all.
take() {
    grep '^{"row":"' "$1" >"$work/printed" || return 1
    extra=${3:-}
    extra=${extra#counters=\{}
    while IFS= read -r line; do
        line=$(printf '%s' "$line" | sed "s/^{\"row\":\"\([a-z]*\)\./&${2:-}/")
        name=${line#*\"row\":\"}
        name=${name%%\"*}
        wants "$name" || continue
        if [ -n "$extra" ]; then
            case $line in
                *'"counters":{'*)
                    rest=${line#*\"counters\":\{}
                    line=${line%%\"counters\":\{*}\"counters\":\{${extra%\}},$rest ;;
                *) line=${line%\}},\"counters\":\{$extra\} ;;
            esac
            extra=''
        fi
        printf '%s\n' "$line" >>"$out/rows.jsonl"
        printf '%s\n' "$line" |
            sed 's/^{"row":"\([^"]*\)","unit":"\([^"]*\)".*"value":\([^,}]*\).*/\1 \3 \2/' \
            >"$work/said"
        say "$(cat "$work/said")"
    done <"$work/printed"
}

# operations FILE: how many the program did, by its first row: datagrams received, or samples of one
# operation each.
operations() {
    sed -n 's/.*"received":\([0-9]*\).*/\1/p; t
        s/.*"n":\([0-9]*\).*/\1/p' "$1" | head -n 1
}

# ---- the guest, or what stands for it on the bare kernel: a network namespace of the same kernel
# ----

guests_up=''

# need_guest N...: created and answering, one after the other: under load two boots at a time trip
# libxl's limits. On the bare kernel: a namespace behind a veth pair on the same bridge.
need_guest() {
    for wanted in "$@"; do
        case $guests_up in *" $wanted "*) continue ;; esac
        [ -e "$sys/class/net/$bridge" ] || bridge_up
        stage "create guest $wanted"
        if [ "$LAB_HV" = none ]; then
            bare_guest "$wanted"
        else
            guest_create "$wanted"
            guest_wait "$wanted"
        fi
        guests_up="$guests_up $wanted "
        inguest "$wanted" "cat >$guest_dir/snap <<'END'
$snap_text
END"
        say "guest $wanted is up"
    done
    stage script
}

bare_guest() {
    modprobe -q veth
    if ! {
        ip netns add "$netns$1" &&
            ip link add "$veth$1.0" type veth peer name eth0 netns "$netns$1" &&
            ip link set "$veth$1.0" master "$bridge" up &&
            ip -n "$netns$1" addr add "$net.$((10 + $1))/24" dev eth0 &&
            ip -n "$netns$1" link set eth0 up &&
            ip -n "$netns$1" link set lo up
    }; then
        fail "guest $1" "the network namespace that stands for it cannot be made"
    fi
}

# inguest N COMMAND: its output and exit code.
inguest() {
    if [ "$LAB_HV" = none ]; then
        target=$1
        shift
        ip netns exec "$netns$target" sh -c "$*" 2>&1
    else
        guest_run "$@"
    fi
}

# ---- counters ----

# Events of Xen's dynamic channels, interrupts of every kind, context switches; all since boot.
# shellcheck disable=SC2016  # awk's own
snap_text='awk '\''/xen-dyn/ { for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) e += $i }
    /^intr / { q = $2 } /^ctxt / { c = $2 }
    END { print "snap", e + 0, q + 0, c + 0 }'\'' /proc/interrupts /proc/stat'
printf '%s\n' "$snap_text" >"$work/snap"

# The hypervisor's own counts, where it has some (Shoji, by a debug key): hypercalls, flushes,
# switches of all vCPUs.
hv_snap() {
    [ "$LAB_HV" = shoji ] || return 0
    xl debug-keys s
    xl dmesg | awk '
        / key .s.: / { h = f = s = 0 }
        / stat / { for (i = 1; i <= NF; i++) {
            split($i, p, "=")
            if (p[1] ~ /^hypercall[0-9]/) h += p[2]
            if (p[1] == "flushes") f += p[2]
            if (p[1] == "switches") s += p[2]
        } }
        END { print "snap", h, f, s }'
}

# measured N COMMAND: run it in guest N with counters taken around it, in the guest, in Domain-0 and
# in the hypervisor. The output goes to "$work/output"; on failure $why says what happened and 1 is
# returned.
measured() {
    hv_snap >"$work/hv.counts"
    sh "$work/snap" >"$work/dom0.counts"
    inguest "$1" "sh $guest_dir/snap; $2
code=\$?; sh $guest_dir/snap; exit \$code" >"$work/all"
    code=$?
    sh "$work/snap" >>"$work/dom0.counts"
    hv_snap >>"$work/hv.counts"
    grep '^snap ' "$work/all" >"$work/guest.counts"
    grep -v '^snap ' "$work/all" >"$work/output"
    [ $code -eq 0 ] && return 0
    why="exit code $code: $(tail -n 2 "$work/output" | tr '\n' ' ')"
    return 1
}

# per_op OPERATIONS: "counters={...}" for one operation, from the counts around the last measured
# command. On the bare kernel there are no events and the guest's counts are Domain-0's: nothing is
# said.
per_op() {
    [ "$LAB_HV" != none ] || return 0
    awk -v ops="$1" '
        FNR == 1 {
            side = FILENAME ~ /guest.counts$/ ? "guest" : FILENAME ~ /hv.counts$/ ? "hv" : "dom0"
            for (i = 2; i <= 4; i++) first[i] = $i
        }
        FNR == 2 { for (i = 2; i <= 4; i++) {
            if (i == 4) name = "switches"
            else if (side == "hv") name = i == 2 ? "hypercalls" : "flushes"
            else name = i == 2 ? "events" : "interrupts"
            out = out sprintf("%s\"%s %s\":%.4g", out == "" ? "" : ",", side, name,
                ($i - first[i]) / ops)
        } }
        END { if (ops > 0 && out != "") printf "counters={%s}", out }' \
            "$work/dom0.counts" "$work/guest.counts" "$work/hv.counts"
}

# ---- statistics ----

# centre FILE: "median p99 spread n" of one number a line; spread is (max - min) / median.
centre() {
    sort -n "$1" | awk '
        { v[NR] = $1 }
        END {
            if (NR == 0) exit 1
            median = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
            at = int(NR * 0.99 + 0.999999); if (at > NR) at = NR
            printf "%.6g %.6g %.3g %d\n", median, v[at],
                (median > 0 ? (v[NR] - v[1]) / median : 0), NR
        }'
}

# percentiles FILE: "[p1,p10,p50,p90,p99]" of one number a line; nothing for less than 20.
percentiles() {
    sort -n "$1" | awk '
        function at(percent,    rank) {
            rank = int(percent / 100 * (NR - 1) + 0.5) + 1
            return v[rank]
        }
        { v[NR] = $1 }
        END { if (NR >= 20) printf "[%s,%s,%s,%s,%s]", at(1), at(10), at(50), at(90), at(99) }'
}
