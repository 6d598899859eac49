# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A Domain-0 with xapid in it, for vm/xapid.tap and vm/xe.tap, which source this and then call
# xapid_dom0. On Xen with the stock drivers; XAPID_HV=shoji: on Shoji with ours.
. selftests/scripts/tap.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
extra=$work/extra
mkdir -p "$extra/usr/bin" "$extra/usr/lib/xapid" "$extra/etc/pam.d"

# must COMMAND...: or the test ends with what it said.
must() {
    "$@" >"$work/log" 2>&1 && return
    sed 's/^/# /' "$work/log"
    exit 1
}

# xapid_dom0 NAME: run scripts/NAME.sh there, and print its results. The programs for it are in
# $extra/usr/bin.
xapid_dom0() {
    local hv=${XAPID_HV:-xen} drivers=stock
    [ "$hv" = xen ] || drivers=shoji
    must make -s -C toolstack/xapid
    cp build/xapid/xapid "$extra/usr/bin/"
    # The libraries that the image may lack.
    ldd "$extra"/usr/bin/* | awk '$2 == "=>" {print $3}' | sort -u |
        grep -vE '/lib(c|m|pthread|xen[a-z]*)\.so|libxenlight|libyajl' |
        xargs cp -L -t "$extra/usr/lib/xapid"
    HV=$hv BACK=$drivers FRONT=$drivers GUESTS="front=$drivers,disks=ram" NAME=$1 \
        DOM0_EXTRA=$extra SCRIPT=selftests/vm/scripts/$1.sh \
        selftests/lab/lab run >"$work/log" 2>&1 ||
        sed 's/^/# /' "$work/log"
    results "$(run_out "$1")/tap"
}
