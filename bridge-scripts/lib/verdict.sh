# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
# What the block backend, and a guest that runs, say to a disk: the same as blkplug/verdict.c, whose
# head has the rules. Sourced after common.sh by block.
#
#   verdict_begin                  before the backend is told of the device: forget what was said of
#                                  an earlier one
#   verdict_wait DEVICE NUMBER     wait until both have taken it; fail if one of them refuses

# state FOLDER: the state there, in $value.
state() { value=$(xenstore-read "$1/state" 2>/dev/null) || value=0; }

# The "error" of a device, below its domain's folder as the device's own.
errors() {
    back_error=${XENBUS_PATH%%backend/*}error/backend/${XENBUS_PATH#*backend/}/error
    front_error=${xs_frontend%%device/*}error/device/${xs_frontend#*device/}/error
}

verdict_begin() {
    errors
    xenstore-rm "$back_error" 2>/dev/null
    [ -z "$xs_frontend" ] || xenstore-rm "$front_error" 2>/dev/null
    return 0
}

# refused WHO ERROR DEVICE
refused() {
    value=$(xenstore-read "$2" 2>/dev/null) || value="it does not say why (dmesg may)"
    case $value in -[0-9]*' '*) value="${value#* } (error ${value%% *})" ;; esac
    fail "$disk: $1 refuses $3: $value"
}

guest_runs() {
    state "$xs_frontend"
    [ "$value" -lt 3 ] || return 0
    value=$(xenstore-read "/local/domain/$domain/control/feature-poweroff" 2>/dev/null) || value=''
    [ "$value" = 1 ]
}

# Linux's backend and ours make this file when they have opened the device.
wait_backend() {
    local said='' file="$SHOJI_SYSFS/bus/xen-backend/devices/vbd-$domain-$vdev/physical_device"
    local left=$((SHOJI_VERDICT_MS / 100))
    while :; do
        { read -r said <"$file"; } 2>/dev/null
        [ "$said" != "$2" ] || return 0
        state "$XENBUS_PATH"
        case $value in [56]) refused "the block backend" "$back_error" "$1" ;; esac
        left=$((left - 1))
        uptime
        if [ $left -lt 0 ] || [ "$uptime" -ge "$end" ]; then
            note "$disk: the block backend has not said within $SHOJI_VERDICT_MS ms whether it" \
                "takes $1"
            return 0
        fi
        sleep 0.1
    done
}

wait_guest() {
    local left=100
    while [ $left -gt 0 ]; do
        state "$XENBUS_PATH"
        [ "$value" != 4 ] || return 0
        case $value in
            [56]) ;;
            *) state "$xs_frontend" ;;
        esac
        case $value in
            [56])
                ! xenstore-exists "$back_error" || refused "the block backend" "$back_error" "$1"
                refused "the guest" "$front_error" "$1"
                ;;
        esac
        left=$((left - 1))
        uptime
        [ "$uptime" -lt "$end" ] || left=0
        sleep 0.1
    done
    note "$disk: the guest has not connected to $1 within 10000 ms"
}

verdict_wait() {
    [ "$SHOJI_VERDICT_MS" -gt 0 ] || return 0
    case $xs_state in
        2) wait_backend "$1" "$2" ;;
        [56]) ;; # a guest may have refused it by its number, before there was a device
        *) return 0 ;;
    esac
    [ -z "$xs_frontend" ] || ! guest_runs || wait_guest "$1"
}
