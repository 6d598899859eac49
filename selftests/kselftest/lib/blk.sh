# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Functions of the blk collection's tests. Sourced after lib/test.sh.
#
#   counted N WHAT        requests of xvdb that the backend has counted: rd_req, wr_req, f_req
#   sum FILE MIB          the checksum of a file's beginning, in Domain-0
#   guest_sum N MIB       that of guest N's xvdb, read from the device

counted() {
    cat "/sys/bus/xen-backend/devices/vbd-$(guest_id "$1")-51728/statistics/$2" 2>/dev/null
}
sum() { dd if="$1" bs=1M count="$2" 2>/dev/null | sha1sum | cut -c1-40; }
guest_sum() {
    guest_run "$1" "echo 3 >/proc/sys/vm/drop_caches
        dd if=/dev/xvdb bs=1M count=$2 2>/dev/null | sha1sum" | cut -c1-40
}
