# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC1090,SC2154
# Functions for a test, which sources this file from its collection's folder (`. ../lib/test.sh`).
# POSIX sh. The test prints KTAP and exits with 0 (passed), 1 (failed) or 4 (skipped).
#
#   skip_all WHY                 end: the test cannot run here
#   need PROGRAM...              skip_all unless Domain-0 has these programs
#   plan N                       the number of results, before the first of them
#   claim TEXT...                a result: did the command before it succeed?
#   skip TEXT WHY                a result: this cannot be tested here
#   skip_rest WHY                all results that are missing
#   finish                       the end; its exit code follows from the results
#   try COMMAND...               run it; what it prints is shown when the next claim is false
#   guest_start N [VCPUS]        create guest N (1 or 2) and wait until it answers; a failure is a
#                                failed result and ends the test
#   guest_run N COMMAND          run it in guest N: its output and exit code (LIMIT=seconds)
#   guest_has N PROGRAM          does guest N have the program?
#   guest_id N, guest_ip N       its domain id; its address on the bridge
#   guest_destroy N              destroy it, and wait until its devices are gone
#   vif_of N [DEVICE]            the name of its interface in Domain-0
#   backend N TYPE DEVICE KEY    a key of the backend of its device (vif 0, vbd 51728)
#   frontend N TYPE DEVICE KEY   a key of the frontend
#   served_by TYPE N DEVICE      the module that serves the device, or "the kernel"
#   disk_file NAME MIB           make a file for a disk; its path
#   disk_attach N VDEV FILE MODE [KEY=VALUE]
#                                attach it to the guest that runs, and wait until the guest has it
#   disk_detach N VDEV           detach it, and wait until both ends have lost it
#   wait_until SECONDS COMMAND   0 as soon as it succeeds, 1 when the time is over
#
# Variables: st_bridge (the bridge), st_net (Domain-0 is $st_net.1 there), st_files (a folder that
# goes at the end). The place (lib/host.sh, lib/lab.sh) sets them. What a test makes beside guests
# and files it notes as a command by `at_end COMMAND`, which runs at its end, the last first.
st_count=0 st_bad=0 st_passed=0 st_plan='' st_undo='' st_guests=''
st_lib=$(cd ../lib && pwd)
export LC_ALL=C PATH="$PATH:${st_lib%/lib}/bin:/usr/sbin:/sbin"

# ---- results ----

skip_all() {
    echo "KTAP version 1"
    echo "1..0 # SKIP $*"
    exit 4
}

need() {
    for st_each in "$@"; do
        command -v "$st_each" >/dev/null || skip_all "Domain-0 has no $st_each"
    done
}

plan() {
    st_plan=$1
    echo "KTAP version 1"
    echo "1..$1"
}

claim() {
    st_ok=$?
    st_count=$((st_count + 1))
    if [ $st_ok -eq 0 ]; then
        st_passed=$((st_passed + 1))
        echo "ok $st_count $*"
    else
        st_bad=$((st_bad + 1))
        echo "not ok $st_count $*"
        [ ! -s "$st_log" ] || tail -n 12 "$st_log" | sed 's/^/# /'
    fi
    : >"$st_log"
}

skip() {
    st_count=$((st_count + 1))
    echo "ok $st_count $1 # SKIP $2"
}

skip_rest() {
    while [ $st_count -lt "$st_plan" ]; do skip "result $((st_count + 1))" "$*"; done
    finish
}

# bail WHY: what the rest of the test stands on is not there.
bail() {
    false
    claim "$*"
    exit 1
}

finish() {
    if [ "$st_count" -ne "$st_plan" ]; then
        echo "# $st_plan results were planned, $st_count were given"
        exit 1
    fi
    [ $st_bad -eq 0 ] || exit 1
    [ $st_passed -gt 0 ] || exit 4
    exit 0
}

try() {
    echo "\$ $*" >>"$st_log"
    "$@" >>"$st_log" 2>&1
}

wait_until() {
    st_tries=$(($1 * 5))
    until eval "$2"; do
        st_tries=$((st_tries - 1))
        [ $st_tries -gt 0 ] || return 1
        sleep 0.2
    done
}

# ---- the end ----

at_end() {
    st_undo="$*
$st_undo"
}

st_end() {
    st_code=$?
    trap '' INT TERM
    echo "$st_undo" | while read -r st_line; do
        [ -z "$st_line" ] || eval "$st_line"
    done >/dev/null 2>&1
    for st_each in $st_guests; do guest_destroy "$st_each" >/dev/null 2>&1; done
    rm -rf "$st_work"
    exit $st_code
}

# ---- guests ----

guest_id() { xl domid "$st_guest$1" 2>/dev/null; }
guest_ip() { echo "$st_net.$((10 + $1))"; }
vif_of() { echo "vif$(guest_id "$1").${2:-0}"; }
backend() { xenstore-read "/local/domain/0/backend/$2/$(guest_id "$1")/$3/$4" 2>/dev/null; }
frontend() { xenstore-read "/local/domain/$(guest_id "$1")/device/$2/$3/$4" 2>/dev/null; }
guest_has() { guest_run "$1" "command -v $2" >/dev/null 2>&1; }

guest_run() {
    st_n=$1
    shift
    labagent run "$(guest_id "$st_n" || echo 0)" "${LIMIT:-60}" "$*"
}

served_by() {
    st_driver=/sys/bus/xen-backend/devices/$1-$(guest_id "$2")-$3/driver/module
    if [ -e "$st_driver" ]; then basename "$(readlink -f "$st_driver")"; else echo "the kernel"; fi
}

st_config() { # N VCPUS
    cat <<END
name = '$st_guest$1'
type = 'pv'
kernel = '$st_kernel'
ramdisk = '$st_ramdisk'
memory = $st_memory
vcpus = $2
extra = 'console=hvc0 loglevel=5 panic=-1 $(place_extra "$1")'
vif = [ 'mac=$st_mac:0$1,bridge=$st_bridge' ]
on_poweroff = 'destroy'
on_reboot = 'destroy'
on_crash = 'preserve'
END
}

guest_start() {
    st_guests="$st_guests $1"
    st_config "$1" "${2:-1}" >"$st_work/guest-$1.cfg"
    try xl create "$st_work/guest-$1.cfg" || bail "xl create makes guest $1"
    st_left=60
    until labagent wait "$(guest_id "$1" || echo 0)" 4; do
        case $(xl list "$st_guest$1" 2>/dev/null | awk 'NR == 2 {print $5}') in
            '') bail "guest $1 starts: its domain is gone" ;;
            *c*) bail "guest $1 starts: it crashed" ;;
        esac
        st_left=$((st_left - 1))
        [ $st_left -gt 0 ] || bail "guest $1 starts: its user space answers within 240 s"
    done >/dev/null 2>&1
    echo "# guest $1: vif by $(served_by vif "$1" 0)"
}

guest_destroy() {
    st_id=$(guest_id "$1") || return 0
    xl destroy "$st_guest$1" || return 1
    wait_until 20 "! ls -d /sys/bus/xen-backend/devices/*-$st_id-* >/dev/null 2>&1"
}

# ---- disks ----

disk_file() {
    rm -f "$st_files/$1"
    dd if=/dev/zero of="$st_files/$1" bs=1M count=0 seek="$2" 2>/dev/null
    echo "$st_files/$1"
}

# xvdb is device 51728.
disk_attach() {
    st_vdev=$2 st_n=$1
    try xl block-attach "$st_guest$1" "format=raw,vdev=$2,access=$4${5:+,$5},target=$3" &&
        wait_until 30 "guest_run $st_n 'test -b /dev/$st_vdev' >/dev/null 2>&1"
}

disk_detach() {
    st_vdev=$2 st_n=$1
    try xl block-detach "$st_guest$1" "$2" &&
        wait_until 30 "! guest_run $st_n 'test -b /dev/$st_vdev' >/dev/null 2>&1" &&
        wait_until 30 "! ls -d /sys/bus/xen-backend/devices/vbd-$(guest_id "$1")-* >/dev/null 2>&1"
}

# ---- begin ----

[ -z "${SHOJI_SELFTEST_SKIP:-}" ] || skip_all "$SHOJI_SELFTEST_SKIP"
case ${SHOJI_SELFTEST_PLACE:-} in
    host | lab) . "$st_lib/$SHOJI_SELFTEST_PLACE.sh" ;;
    *) skip_all "run it by shoji-selftest, which makes the bridge and the guests' files" ;;
esac
st_work=$(mktemp -d) || exit 1
st_log=$st_work/log
: >"$st_log"
trap st_end EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
