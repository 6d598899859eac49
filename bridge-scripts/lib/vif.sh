# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The vif of this call: its device, its interface, its name. Sourced after common.sh.
#
#   vif_begin ACTION [type_if=TYPE]    parse the toolstack's call: sets action (online, offline),
#                                      domain, device, tap, dev
#   vif_take                           find the device's interface and give it its configured name
#   vif_own                            succeed if there is an interface; dev is its name

vif_begin() {
    tap='' dev=''
    case ${1:-} in
        online | add) action=online ;;
        offline | remove) action=offline ;;
        *)
            fail "'${1:-}' is no action: the toolstack calls this with online, offline," \
                "add or remove" ;;
    esac
    case ${2:-} in type_if=tap) tap=-emu ;; esac
    value=${XENBUS_PATH:-}
    case $value in
        *backend/vif/*[!0-9/]* | *backend/vif/*/*/*) value='' ;;
        *backend/vif/?*/?*) value=${value##*backend/vif/} ;;
        *) value='' ;;
    esac
    [ -n "$value" ] ||
        fail "XENBUS_PATH='${XENBUS_PATH:-}' is no vif's folder in xenstore: the toolstack sets" \
            "it when it runs this"
    domain=${value%/*} device=${value#*/}
    if [ -n "$tap" ]; then first=${INTERFACE:-}; else first=${vif:-}; fi
    first=${first:-vif$domain.$device$tap}
    xs_load bridge vlan vifname ip mac mtu frontend gatewaydev script ||
        [ "$action" = offline ] ||
        fail "$first: $XENBUS_PATH cannot be read from xenstore (is xenstored running," \
            "and the vif configured?)"
    wanted=$first
    if [ -n "$xs_vifname" ]; then
        wanted=$xs_vifname$tap
        case $xs_vifname in *[!A-Za-z0-9._-]* | . | ..) wanted='' ;; esac
        if [ -z "$wanted" ] || [ ${#wanted} -gt 15 ]; then
            fail "$first: vifname=$xs_vifname is no name for an interface (15 letters, digits," \
                "dots, dashes and underscores at most)"
        fi
    fi
}

exists() { [ -e "/sys/class/net/$1" ]; }

# owner NAME: the xenstore folder of the device that the interface hangs on, in $value.
owner() {
    value=''
    ! read -r value 2>/dev/null <"$SHOJI_SYSFS/class/net/$1/device/nodename"
}

# A name proves nothing: vifname= can name any interface of the host.
is_own() {
    exists "$1" || return 1
    if [ -n "$tap" ]; then
        [ -e "/sys/class/net/$1/tun_flags" ]
        return
    fi
    ! owner "$1" || return 1
    case $XENBUS_PATH in "$value" | */"$value") [ -n "$value" ] ;; *) return 1 ;; esac
}

described() {
    owner "$1"
    if [ -n "$value" ]; then
        value="the interface of $value"
    else
        value="an interface that belongs to no vif"
    fi
}

vif_own() {
    for dev in "$wanted" "$first"; do
        ! is_own "$dev" || return 0
    done
    dev=''
    return 1
}

vif_take() {
    local left=$((SHOJI_WAIT_MS / 100))
    while ! vif_own; do
        left=$((left - 1))
        if [ $left -lt 0 ]; then
            exists "$first" ||
                fail "$first: there is no such interface (is the backend driver, xen-netback or" \
                    "shoji-netback, loaded in this domain?)"
            described "$first"
            fail "$first: the interface of that name is not the one of $XENBUS_PATH, but $value:" \
                "nothing was changed"
        fi
        sleep 0.1
    done
    before=$dev
    [ "$dev" != "$wanted" ] || return 0
    if exists "$wanted"; then
        described "$wanted"
        fail "$dev: the name $wanted of vifname= is taken by $value (choose another vifname=)"
    fi
    value=$(ip link set dev "$dev" name "$wanted" 2>&1) ||
        fail "$dev: it cannot be renamed to $wanted (vifname=): $value"
    dev=$wanted
}

# The name that it had, for scripts' undo.
vif_name_back() {
    [ -z "${before:-}" ] || [ "$dev" = "$before" ] || ip link set dev "$dev" name "$before"
}

# The guest may use a larger MTU than 1500 only if it is told so.
vif_tell_mtu() {
    [ "$1" -eq 1500 ] || [ -z "$xs_frontend" ] || xenstore-write "$xs_frontend/mtu" "$1"
}

# vif_mtu FALLBACK: mtu= of the configuration, or the fallback, in $value.
vif_mtu() {
    value=${xs_mtu:-$1}
    case $value in *[!0-9]* | ??????*) value=0 ;; esac
    if [ "$value" -lt 68 ] || [ "$value" -gt 65535 ]; then
        fail "$first: mtu=$xs_mtu is no number from 68 to 65535 (correct the guest's vif line)"
    fi
}
