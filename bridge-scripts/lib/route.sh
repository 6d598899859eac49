# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
# A vif that is routed and not bridged: what vif-route and vif-nat share. Sourced after vif.sh.
#
#   uplink               the interface towards the world: gatewaydev=, or the one of the default
#                        route, in $uplink
#   route_join SOURCE    start the vif, with SOURCE (an IPv4 address, or '') as this domain's
#                        address on it
#   route_to ADDRESS     the guest has this address (or network)
#   route_leave          undo what is in $routed, and the start

uplink() {
    uplink=$xs_gatewaydev
    if [ -z "$uplink" ]; then
        value=$(ip route show default 2>/dev/null)
        case $value in
            *" dev "*) uplink=${value#* dev } && uplink=${uplink%%[!A-Za-z0-9._-]*} ;;
        esac
        [ -n "$uplink" ] ||
            fail "$first: no interface leads to the world (set gatewaydev= in the guest's vif" \
                "line, or a default route)"
    fi
    exists "$uplink" ||
        fail "$first: gatewaydev $uplink does not exist (correct gatewaydev= in the guest's vif" \
            "line)"
    read -r value <"/proc/sys/net/ipv4/conf/$uplink/forwarding"
    [ "$value" = 1 ] ||
        note "$first: $uplink does not forward, so no answer will reach the guest" \
            "(sysctl net.ipv4.conf.$uplink.forwarding=1)"
}

# setting NAME VALUE: of the vif, in the kernel's IPv4.
setting() {
    echo "$2" >"/proc/sys/net/ipv4/conf/$dev/$1" || fail "$dev: the kernel does not take $1=$2"
}

route_join() {
    read -r value <"/sys/class/net/$dev/flags"
    [ $((value & 1)) -eq 1 ] || joined=1 # else it is there already, and stays if this fails
    value=$(ip link set dev "$dev" mtu "$mtu" up 2>&1) ||
        fail "$dev: it cannot be started with MTU $mtu: $value"
    # The guest asks for its gateway, whichever that is, and this domain answers; what it sends must
    # come from its address.
    setting proxy_arp 1
    setting rp_filter 1
    setting forwarding 1
    [ -z "$1" ] || value=$(ip addr replace "$1" dev "$dev" scope link 2>&1) ||
        fail "$dev: the address $1 cannot be set: $value"
}

# proxy COMMAND ADDRESS: this domain answers for the guest on the uplink; a network is left to the
# router behind it.
proxy() {
    case $2 in
        */*) ;;
        *:*)
            [ "$1" = del ] || echo 1 >"/proc/sys/net/ipv6/conf/$uplink/proxy_ndp"
            ip -6 neigh "$1" proxy "$2" dev "$uplink" 2>/dev/null
            ;;
        *) ip neigh "$1" proxy "$2" dev "$uplink" 2>/dev/null ;;
    esac
    return 0
}

route_to() {
    local family=-4
    case $1 in *:*) family=-6 ;; esac
    if value=$(ip $family route add "$1" dev "$dev" 2>&1); then
        routed="$routed $1"
    else
        case $value in
            *exists*) ;;
            *) fail "$dev: $1 cannot be routed: $value (correct ip= in the guest's vif line)" ;;
        esac
        value=$(ip $family route show "$1")
        case "$value " in
            *" dev $dev "*) ;;
            *)
                fail "$dev: $1 is routed elsewhere already: $value (choose another ip= in the" \
                    "guest's vif line)" ;;
        esac
    fi
    [ -z "$uplink" ] || proxy replace "$1"
}

route_leave() {
    local address family
    for address in $routed; do
        family=-4
        case $address in *:*) family=-6 ;; esac
        [ -z "$uplink" ] || proxy del "$address"
        [ -z "$dev" ] || ip $family route del "$address" dev "$dev" 2>/dev/null
    done
    [ -z "$dev" ] || [ -z "$joined" ] || {
        ip addr flush dev "$dev" && ip link set dev "$dev" down
    } 2>/dev/null
    return 0
}
