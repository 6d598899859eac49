# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The host's network interfaces: what they are, who manages them, which can be on a bridge.
# Uses `root` and `bridge`.

sys=${SHOJI_SYSFS:-/sys}/class/net

# Network interfaces that are hardware, or that stand for it: no loopback, bridge or guest's vif.
cards() {
    local path name
    for path in "$sys"/*; do
        name=${path##*/}
        [ -e "$path/type" ] && [ "$(cat "$path/type")" = 1 ] && [ ! -e "$path/bridge" ] &&
            [[ $name != vif[0-9]*.[0-9]* ]] || continue
        echo "$name"
    done
}

driver_of() {
    local driver
    if [ -e "$sys/$1/bridge" ]; then
        echo bridge
    else
        driver=$(readlink "$sys/$1/device/driver") || driver=-
        echo "${driver##*/}"
    fi
}

addresses_of() {
    ip -o addr show dev "$1" scope global 2>/dev/null |
        awk '{printf "%s%s", sep, $4; sep = " "}'
}

# The card of the default route, if there is one.
default_card() {
    ip -4 route show default 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1
}

nm_manages() {
    local state
    state=$(nmcli -g GENERAL.STATE device show "$1" 2>/dev/null) || return 1
    # 10 is unmanaged, 20 unavailable (no cable); a number comes before the words.
    [ "${state%% *}" -gt 10 ] 2>/dev/null
}
networkd_manages() {
    networkctl --no-legend --no-pager list "$1" 2>/dev/null |
        awk -v name="$1" '$2 == name && $5 !~ /^(unmanaged|n\/a)$/ {found = 1}
            END {exit !found}'
}
ifupdown_manages() {
    local files
    mapfile -t files < <(ifupdown_files)
    [ ${#files[@]} -gt 0 ] &&
        awk -v name="$1" '$1 == "iface" && $2 == name {found = 1} END {exit !found}' "${files[@]}"
}

# manager_of INTERFACE: nm, networkd, ifupdown or none.
manager_of() {
    if nm_manages "$1"; then
        echo nm
    elif networkd_manages "$1"; then
        echo networkd
    elif ifupdown_manages "$1"; then
        echo ifupdown
    else
        echo none
    fi
}

# Who configures this host's network, where no card decides it.
host_manager() {
    local name
    if nmcli -g RUNNING general 2>/dev/null | grep -qx running; then
        echo nm
        return
    fi
    for name in $(cards); do
        networkd_manages "$name" && echo networkd && return
    done
    if [ -e "$root/etc/network/interfaces" ]; then
        echo ifupdown
    else
        echo none
    fi
}

no_manager() {
    if [ "$1" = none ]; then
        echo "neither NetworkManager nor systemd-networkd runs, and there is no" \
            "/etc/network/interfaces: it is unknown what configures this host's network"
    else
        echo "$1 is managed by none of ifupdown, systemd-networkd and NetworkManager: configure" \
            "it with one of them first"
    fi
}

# Stop with the reason for which this card cannot become a port of the bridge.
refuse_card() {
    local path=$sys/$1 master kind
    is_interface_name "$1" && [ -e "$path" ] || die "there is no interface $1"
    kind=$(sed -n 's/^DEVTYPE=//p' "$path/uevent")
    if [ -e "$path/wireless" ] || [ -e "$path/phy80211" ] || [ "$kind" = wlan ]; then
        die "$1 is a wireless card: an access point accepts frames of one address only, so that" \
            "it cannot be on a bridge. Use a cable, --card none, or vif-nat for the guests"
    fi
    [ "$(cat "$path/type")" = 1 ] || die "$1 is no Ethernet card"
    [ ! -e "$path/bridge" ] || die "$1 is itself a bridge: name it with --bridge"
    master=$(readlink "$path/master") || master=
    master=${master##*/}
    if [ -e "$path/brport" ]; then
        die "$1 is a port of the bridge $master already"
    elif [ -e "$path/bonding_slave" ]; then
        die "$1 is a slave of the bond $master"
    elif [ -n "$master" ]; then
        die "$1 belongs to $master already"
    fi
    case $kind in
        bond | vlan | macvlan)
            die "$1 is a $kind: shoji-setup puts plain cards on a bridge only; do it by hand" ;;
    esac
}

show_interfaces() {
    local path name
    printf '%-15s %-8s %-24s %-14s %s\n' interface state address driver "managed by"
    for path in "$sys"/*; do
        name=${path##*/}
        [ -e "$path/operstate" ] && [ "$name" != lo ] || continue
        printf '%-15s %-8s %-24s %-14s %s\n' "$name" "$(cat "$path/operstate")" \
            "$(addresses_of "$name")" "$(driver_of "$name")" \
            "$(manager_of "$name" | sed 's/^nm$/NetworkManager/; s/^none$/-/')"
    done
}
