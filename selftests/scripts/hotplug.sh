# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A world for hotplug scripts: a network namespace, a fake xenstored, a fake sysfs for who owns an
# interface. Sourced.
#
#   hotplug_world "$@"     re-runs the test inside; skips everything where that cannot be
#   xs KEY VALUE...        keys of the device's folder;   xs_get KEY;   xs_gone KEY
#   vif_new D.N [NAME]     an interface that is the vif of D.N: a veth whose other end is guestD.N
#   as D.N                 the device that the next calls are about
#   call SCRIPT ARGS       run it: status, and what it said in $log
#   said TEXT              did it fail with a cause in xenstore that begins with TEXT, and in the
#                          log?
#   quiet                  is the interface in no bridge, and down?

scripts=$PWD/bridge-scripts
base=/local/domain/0/backend

hotplug_world() {
    if [ "${1:-}" != inside ]; then
        if ! unshare -n -m true 2>/dev/null || ! command -v xenstore-read >/dev/null ||
            ! command -v nft >/dev/null; then
            echo "1..1"
            echo "ok 1 - the scripts in a network namespace" \
                "# SKIP not root, or xenstore-utils or nftables are missing"
            exit 0
        fi
        exec unshare -n -m "$0" inside
    fi
    mount -t sysfs sysfs /sys
    ip link set lo up
    work=$(mktemp -d)
    log=$work/said
    export XENSTORED_PATH=$work/xenstored
    export SHOJI_RUN=$work/run SHOJI_LOG=$work/log SHOJI_SYSFS=$work/sys
    export SHOJI_HOOKS=$work/hooks SHOJI_CONF=$work/conf SHOJI_WAIT_MS=100 SHOJI_LOCK_SECONDS=5
    unset XENBUS_PATH vif INTERFACE
    selftests/scripts/fake-xenstored "$XENSTORED_PATH" &
    server=$!
    trap 'kill $server; wait $server 2>/dev/null; clean_up; rm -rf "$work"' EXIT
    for _ in $(seq 50); do [ -S "$XENSTORED_PATH" ] && break; sleep 0.1; done
}

clean_up() { :; }

as() {
    export XENBUS_PATH=$base/$kind/${1/.//}
    [ "$kind" != vif ] || export vif=vif$1
}

xs() {
    while [ $# -gt 0 ]; do
        xenstore-write "$XENBUS_PATH/$1" "$2"
        shift 2
    done
}

xs_get() { xenstore-read "$XENBUS_PATH/$1" 2>/dev/null; }
xs_gone() { ! xenstore-exists "$XENBUS_PATH/$1"; }

owner() {
    mkdir -p "$SHOJI_SYSFS/class/net/$1/device"
    echo "backend/vif/${2/.//}" >"$SHOJI_SYSFS/class/net/$1/device/nodename"
}

vif_new() {
    ip link add "${2:-vif$1}" type veth peer name "guest$1"
    owner "${2:-vif$1}" "$1"
}

vif_delete() {
    ip link del "$1"
    rm -rf "$SHOJI_SYSFS/class/net/$1"
}

# A fresh device: no keys but those given.
fresh() {
    xenstore-rm "$XENBUS_PATH" 2>/dev/null
    : >"$SHOJI_LOG"
    xs "$@"
}

call() {
    "$@" >"$log" 2>&1
    status=$?
    { echo "exit $status"; xs_get hotplug-error; cat "$SHOJI_LOG"; } >>"$log" 2>/dev/null
}

said() {
    [ "$status" -eq 1 ] && [ "$(xs_get hotplug-status)" = error ] &&
        [[ "$(xs_get hotplug-error)" == "$*"* ]] && has "$*" "$SHOJI_LOG"
}

connected() {
    [ "$status" -eq 0 ] && [ "$(xs_get hotplug-status)" = connected ] && xs_gone hotplug-error
}
in_bridge() { [ "$(basename "$(readlink "/sys/class/net/$1/master")")" = "$2" ]; }
up() { [ $(($(cat "/sys/class/net/$1/flags") & 1)) -eq 1 ]; }
quiet() { [ ! -e "/sys/class/net/$1/master" ] && ! up "$1"; }
