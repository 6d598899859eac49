# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154  # head.sh sets them
# blk.*: a guest's virtual disks. ram: a brd device in Domain-0 behind the vbd; file: a file on
# tmpfs behind a loop device behind the vbd. On the bare kernel the same brd and loop devices are
# used directly, without a vbd.

# blk_device KIND: what the guest calls it.
blk_device() {
    case $LAB_HV-$1 in
        none-ram) echo /dev/ram0 ;;
        none-file) cat "$work/loop" ;;
        *-ram) echo /dev/xvda ;;
        *-file) echo /dev/xvdb ;;
    esac
}

# The same backing as the lab's guest_disk makes, for the bare kernel.
bare_disks() {
    modprobe -q brd rd_nr=16 rd_size=$((192 * 1024))
    mount | grep -q " $files " || mount -t tmpfs -o size=90% tmpfs "$files"
    truncate -s 192M "$files/bare.img"
    losetup -f --show "$files/bare.img" >"$work/loop" ||
        fail "bare kernel" "no loop device for $files/bare.img"
}

# fio_figures read|write: "iops MiB/s median-us p99-us requests [p1,p10,p50,p90,p99]" of fio's terse
# line, version 3; the last only where all five are there.
fio_figures() {
    grep '^3;' "$work/output" | tail -n 1 | awk -F';' -v way="$1" '
        function percentile(want,    i, part) {
            for (i = base + 12; i <= base + 31; i++) {
                split($i, part, "%=")
                if (part[1] + 0 == want) return part[2]
            }
            return ""
        }
        { base = way == "read" ? 6 : 47
          printf "%s %.6g %s %s %d", $(base + 2), $(base + 1) / 1024, percentile(50),
              percentile(99),
              $(base + 2) * $(base + 3) / 1000
          if (percentile(1) != "" && percentile(10) != "" && percentile(90) != "")
              printf " [%s,%s,%s,%s,%s]", percentile(1), percentile(10), percentile(50),
                  percentile(90), percentile(99)
          print "" }'
}

# blk_run KIND NAME RW BS DEPTH FIGURE: one fio job; FIGURE iops also gives the latency at depth 1,
# mib the throughput.
blk_run() {
    name=blk.$1.$2 way=${3#rand}
    due "$name" || return 0
    if ! measured 1 \
        "fio --name=b --filename=$(blk_device "$1") --rw=$3 --bs=$4 --iodepth=$5 --ioengine=libaio \
        --direct=1 --size=128M --runtime=$seconds --time_based --invalidate=0 \
        --output-format=terse --terse-version=3 2>&1"; then
        lack "$name" "fio: $why"
        return 0
    fi
    figures=$(fio_figures "$way")
    # shellcheck disable=SC2086  # words are meant
    set -- "$6" "$5" ${figures:-0 0 0 0 0}
    if [ "$1" = iops ]; then
        row "$name" IOPS higher "$3" "n=$7" "$(per_op "$7")"
        [ "$2" != 1 ] || row "$name.lat" us lower "$5" "p99=$6" "n=$7" "percentiles=${8:-}"
    else
        row "$name" MiB/s higher "$4" "n=$7" "$(per_op "$7")"
    fi
}

# Every block of 8 MiB written, half of them twice, all read back and compared: a row is only there
# when all are right.
blk_verify() {
    due "blk.$1.verified" || return 0
    if measured 1 "blkbench --file=$(blk_device "$1") --mode=verify --bs=4k --qd=32 --size=8m \
        --row=blk.$1 2>&1"; then
        take "$work/output" || lack "blk.$1.verified" "blkbench printed no row"
    else
        lack "blk.$1.verified" "blkbench: $why"
    fi
}

measure_blk() {
    if [ "$LAB_HV" = none ]; then bare_disks; fi
    need_guest 1
    stage "block"
    for kind in ram file; do
        # Written once before it is read: neither brd nor a sparse file has a page behind a block
        # never written.
        wants_any blk.$kind || continue
        late blk || inguest 1 "dd if=/dev/zero of=$(blk_device $kind) bs=1M count=128 conv=fsync" \
            >"$work/fill" 2>&1 ||
            lack blk.$kind "cannot be filled: $(tail -n 1 "$work/fill")"
        blk_run $kind randread.4k.qd1 randread 4k 1 iops
        blk_run $kind randread.4k.qd32 randread 4k 32 iops
        blk_run $kind randwrite.4k.qd1 randwrite 4k 1 iops
        blk_run $kind randwrite.4k.qd32 randwrite 4k 32 iops
        blk_run $kind read.64k read 64k 8 mib
        blk_run $kind write.64k write 64k 8 mib
        blk_run $kind read.1m read 1m 8 mib
        blk_run $kind write.1m write 1m 8 mib
        blk_verify $kind
    done
    stage script
}
