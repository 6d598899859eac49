# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The bridge by NetworkManager: a copy of the card's profile for the bridge, and one that puts the
# card on it. NetworkManager keeps them in memory until the confirmation, so that a restart puts
# everything back. Uses `work`, `bridge`, `card`.

# Settings of the address that the bridge's profile takes from the card's.
nm_settings=(ipv4.method ipv4.addresses ipv4.gateway ipv4.routes ipv4.route-metric ipv4.dns
    ipv4.dns-search ipv4.dhcp-client-id ipv4.dhcp-hostname ipv4.ignore-auto-dns
    ipv6.method ipv6.addresses ipv6.gateway ipv6.routes ipv6.route-metric ipv6.dns
    ipv6.dns-search ipv6.ip6-privacy ipv6.addr-gen-mode)

quoted() { printf "'%s'" "${1//\'/\'\\\'\'}"; }

nm_profile_of() {
    nmcli -g GENERAL.CON-UUID device show "$1" 2>/dev/null | head -n 1
}

plan_nm() {
    local old='' setting value words=''
    if [ "$card" = none ]; then
        words=" ipv4.method disabled ipv6.method disabled"
    else
        old=$(nm_profile_of "$card")
        [ -n "$old" ] && [ "$old" != -- ] ||
            die "NetworkManager manages $card, but no profile is active on it: connect it first"
        words=" bridge.mac-address $(cat "$sys/$card/address")"
        for setting in "${nm_settings[@]}"; do
            value=$(nmcli -e no -g "$setting" connection show "$old" 2>/dev/null) || continue
            [ -z "$value" ] || [ "$value" = -- ] ||
                words+=" $setting $(quoted "${value//, /,}")"
        done
    fi
    {
        echo "nmcli connection add save no type bridge con-name shoji-$bridge ifname $bridge" \
            "bridge.stp no connection.autoconnect-slaves 1$words"
        if [ "$card" != none ]; then
            echo "nmcli connection add save no type ethernet con-name shoji-$bridge-$card" \
                "ifname $card master $bridge slave-type bridge connection.autoconnect-priority 10"
            echo "nmcli connection modify --temporary $old connection.autoconnect no"
            echo "nmcli --wait 30 connection up shoji-$bridge-$card"
        else
            echo "nmcli --wait 30 connection up shoji-$bridge"
        fi
    } >"$work/go"
    {
        [ "$card" = none ] || echo "nmcli connection delete shoji-$bridge-$card"
        echo "nmcli connection delete shoji-$bridge"
        if [ "$card" != none ]; then
            echo "nmcli connection modify $old connection.autoconnect yes"
            echo "nmcli --wait 30 connection up $old"
        fi
    } >"$work/back"
    {
        echo "nmcli connection modify shoji-$bridge connection.autoconnect yes"
        if [ "$card" != none ]; then
            echo "nmcli connection modify shoji-$bridge-$card connection.autoconnect yes"
            echo "nmcli connection modify $old connection.autoconnect no"
        fi
    } >"$work/save"
}
