# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154  # head.sh sets them
# ctl.*: the time that a command of the administrator takes, REPEATS times each. value is the
# median, p99 the longest.

repeats=5

# Hundredths of a second since boot; /proc/uptime, because reading it starts no process.
uptime_cs() {
    read -r up _ </proc/uptime
    echo "${up%.*}${up#*.}"
}

# ctl_row NAME FILE: FILE holds hundredths of a second, one a line.
ctl_row() {
    if ! figures=$(awk '{print $1 * 10}' "$2" | grep -v '^0$' |
        { cat >"$work/ms"; centre "$work/ms"; }); then
        lack "$1" "no repetition succeeded"
        return 0
    fi
    # shellcheck disable=SC2086  # words are meant
    set -- "$1" $figures
    if [ "$5" -lt $repeats ]; then
        lack "$1" "only $5 of $repeats repetitions succeeded"
        return 0
    fi
    row "$1" ms lower "$2" "p99=$3" "spread=$4" "n=$5"
}

# create: from the command to the answer of the guest's user space; destroy: until the command is
# back.
ctl_create() {
    : >"$work/create"
    : >"$work/destroy"
    [ -e "$sys/class/net/$bridge" ] || bridge_up
    count=0
    while [ $count -lt $repeats ]; do
        count=$((count + 1))
        stage "create guest 3, $count of $repeats"
        began=$(uptime_cs)
        guest_create 3
        guest_wait 3
        echo $(($(uptime_cs) - began)) >>"$work/create"
        began=$(uptime_cs)
        if xl destroy "${guest}3" >"$work/ctl.log" 2>&1; then
            echo $(($(uptime_cs) - began)) >>"$work/destroy"
        else
            fail toolstack "xl destroy of ${guest}3 failed" "$work/ctl.log"
        fi
        say "guest 3: $count of $repeats created and destroyed: $(tail -n 1 "$work/create")0 ms," \
            "$(tail -n 1 "$work/destroy")0 ms"
    done
    ! wants ctl.create || ctl_row ctl.create "$work/create"
    ! wants ctl.destroy || ctl_row ctl.destroy "$work/destroy"
}

# device_ready TYPE DOMAIN DEVICE: the backend says connected (4).
device_ready() {
    [ "$(xenstore-read "/local/domain/0/backend/$1/$2/$3/state" 2>/dev/null)" = 4 ]
}

# new_device TYPE DOMAIN: the highest device number that the store has for it.
new_device() {
    xenstore-list "/local/domain/0/backend/$1/$2" 2>/dev/null | sort -n | tail -n 1
}

# ctl_attach NAME TYPE COMMAND...: xl attaches a device to guest 1 until the backend is connected (a
# vif: and is a port of the bridge); it is detached again outside the measured time.
ctl_attach() {
    name=$1 type=$2 count=0
    shift 2
    due "$name" || return 0
    domain=$(guest_id 1)
    : >"$work/attach"
    while [ $count -lt $repeats ]; do
        count=$((count + 1))
        stage "$name, $count of $repeats"
        began=$(uptime_cs)
        if ! "$@" >"$work/ctl.log" 2>&1; then
            lack "$name" "$(tail -n 1 "$work/ctl.log")"
            return 0
        fi
        device=$(new_device "$type" "$domain")
        tries=400
        until device_ready "$type" "$domain" "$device" &&
            { [ "$type" != vif ] || [ -e "$sys/class/net/vif$domain.$device/brport" ]; }; do
            tries=$((tries - 1))
            if [ $tries -eq 0 ]; then
                why=$(xenstore-read "/local/domain/0/backend/$type/$domain/$device/state" 2>&1)
                lack "$name" "device $device was not connected (state $why)"
                return 0
            fi
            sleep 0.02
        done
        echo $(($(uptime_cs) - began)) >>"$work/attach"
        case $type in
            vif) xl network-detach "${guest}1" "$device" ;;
            vbd) xl block-detach "${guest}1" "$device" ;;
        esac >"$work/ctl.log" 2>&1 || {
            lack "$name" "detach: $(tail -n 1 "$work/ctl.log")"
            break
        }
    done
    ctl_row "$name" "$work/attach"
}

measure_ctl() {
    if wants_any ctl.network-attach ctl.block-attach; then
        need_guest 1
        ctl_attach ctl.network-attach vif xl network-attach "${guest}1" "bridge=$bridge"
        ctl_attach ctl.block-attach vbd xl block-attach "${guest}1" phy:/dev/ram15 xvdp w
    fi
    ! wants_any ctl.create ctl.destroy || ! in_time ctl.create || ctl_create
    stage script
}
