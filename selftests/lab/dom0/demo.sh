#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The demo's script in Domain-0: two guests on one bridge, each with a vif and a vbd; shows them,
# and measures them.
. /lab/lib.sh

# in_guest N FILE COMMAND: its output in FILE. When it fails, the exit code and the guest's last
# messages join the output, so that the host shows whether the program complained or was killed.
in_guest() {
    LIMIT=60 guest_run "$1" "$3" >"$2" && return 0
    { echo "exit code $?"; tail -n 30 "$(guest_log "$1")"; } >>"$2"
    return 1
}

# row NAME TITLE VALUE UNIT BETTER: a row as the benchmark has them (selftests/bench/README.md).
# What is no figure ends the demo.
rows=/out/rows.jsonl
row() {
    case $3 in '' | *[!0-9.]* | 0) fail bench "$2: its figure is '$3'" ;; esac
    printf '{"row":"%s","title":"%s","value":%s,"unit":"%s","better":"%s"}\n' "$1" "$2" "$3" "$4" \
        "$5" >>$rows
}
show() { while IFS= read -r line; do say "    $line"; done; }
seconds() { cut -d' ' -f1 /proc/uptime; }
since() { awk -v a="$1" -v b="$(seconds)" 'BEGIN {printf "%.1f", b - a}'; }

# The rate in Mbit/s of iperf3's last line that says "receiver".
mbits() {
    awk '/receiver/ {v = $7; if ($8 ~ /^G/) v *= 1000; if ($8 ~ /^K/) v /= 1000}
        END {if (v == "") exit 1; printf "%.1f", v}'
}

say "creating the bridge xenbr0"
bridge_up
begin=$(seconds)
for n in 1 2; do
    say "xl create guest$n: one vif on xenbr0, one vbd"
    stage toolstack
    guest_create $n
done
# The second is built while the first one boots.
for n in 1 2; do
    stage "guest $n"
    guest_wait $n 180
    took=$(since "$begin")
    say "guest$n is up, $took s after the first xl create"
done
row ctl.create.two "xl create of two guests to user space" "$took" s lower

stage toolstack
say "xl list"
xl list | show
say "bridge link"
bridge link | show
for n in 1 2; do
    bridge link | grep -q "vif$(guest_id $n).0.*master xenbr0" ||
        fail toolstack "vif$(guest_id $n).0 is not on xenbr0"
done
say "xl block-list guest1"
xl block-list guest1 | show

stage "guest 1"
say "guest1 pings guest2"
in_guest 1 /out/ping.txt 'ping -c 12 -i 0.2 -q 10.9.0.12' ||
    fail "guest 1" "guest1 cannot ping guest2" /out/ping.txt
row net.ping.g2g.mean "ping guest to guest, mean" \
    "$(sed -n 's,.*= [^/]*/\([^/]*\)/.*,\1,p' /out/ping.txt)" ms lower

stage bench
say "iperf3: guest1 to Domain-0, Domain-0 to guest1, guest1 to guest2 (2 s each)"
iperf3 -s -D
guest_run 2 'iperf3 -s -D >/dev/null 2>&1' || fail bench "iperf3 does not start in guest2"
for way in "g2d|guest to Domain-0|10.9.0.1|" "d2g|Domain-0 to guest|10.9.0.1|-R" \
    "g2g|guest to guest|10.9.0.12|"; do
    short=${way%%|*} rest=${way#*|}
    name=${rest%%|*} rest=${rest#*|}
    in_guest 1 /out/iperf.txt "iperf3 -f m -t 2 -c ${rest%%|*} ${rest#*|}" ||
        fail bench "iperf3 ($name) failed" /out/iperf.txt
    row "net.tcp.1.$short" "TCP $name, 1 stream" \
        "$(mbits </out/iperf.txt || echo '?')" Mbit/s higher
done

say "fio in guest1, on its vbd (2 s each)"
# Written first: a RAM disk has no pages that were never written, and reads them for nothing.
in_guest 1 /out/fill.txt 'dd if=/dev/zero of=/dev/xvda bs=1M count=64 conv=fsync' ||
    fail bench "guest1 cannot fill its disk" /out/fill.txt
for job in "4 KiB random read, QD1|randread|4k|1|randread.4k.qd1" \
    "4 KiB random read, QD32|randread|4k|32|randread.4k.qd32" \
    "1 MiB read, QD8|read|1m|8|read.1m" "1 MiB write, QD8|write|1m|8|write.1m"; do
    name=${job%%|*} rest=${job#*|}
    rw=${rest%%|*} rest=${rest#*|}
    bs=${rest%%|*} rest=${rest#*|}
    in_guest 1 /out/fio.txt "fio --name=j --filename=/dev/xvda --direct=1 --ioengine=libaio \
        --rw=$rw --bs=$bs --iodepth=${rest%|*} --size=64M --runtime=2 --time_based \
        --output-format=terse" || fail bench "fio ($name) failed" /out/fio.txt
    # Terse version 3: fields 7 and 48 are the bandwidth in KiB/s, 8 and 49 the IOPS, of reads and
    # of writes.
    case $name in
        4*)
            row "blk.ram.${rest#*|}" "vbd $name" \
                "$(awk -F';' '/^3;/ {printf "%.0f", $8}' /out/fio.txt)" IOPS higher ;;
        *)
            row "blk.ram.${rest#*|}" "vbd $name" \
                "$(awk -F';' '/^3;/ {printf "%.1f", ($7 + $48) / 1024}' /out/fio.txt)" MiB/s \
                higher ;;
    esac
done

stage toolstack
say "shutting the guests down"
xl destroy guest1 &
xl destroy guest2 || fail toolstack "xl destroy guest2 failed"
wait $! || fail toolstack "xl destroy guest1 failed"
# shellcheck disable=SC2016  # wait_until evaluates it
wait_until 20 '[ "$(xl list | wc -l)" -eq 2 ]' || fail toolstack "a guest is left after xl destroy"
xl list | show
finish 0
