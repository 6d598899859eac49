# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154,SC2034
# nftables rules that keep a guest to its own addresses, the same as vifplug's. Sourced.
#
#   guard_raise DEV     install the rules, if SHOJI_ANTISPOOF and ip= ask for any
#   guard_lower         remove the rules, if a note below SHOJI_RUN says that there are any
#
# One table serves all vifs: a map from the interface to its chain, and a chain for each, refilled
# in one transaction. The rules apply before the bridge learns an address: in prerouting, and in
# input for frames that never pass prerouting. A script whose vifs pass no Linux bridge sets
# guard_family=netdev: each vif then has a chain at its own ingress.
guard_family=bridge

guard_frame() {
    local hook
    if [ "$guard_family" = netdev ]; then
        echo "add table netdev shoji"
        echo "add chain netdev shoji $chain" \
            "{ type filter hook ingress device \"$1\" priority -300 ; }"
        echo "flush chain netdev shoji $chain"
        return
    fi
    echo "add table bridge shoji"
    echo "add map bridge shoji vifs { type ifname : verdict ; }"
    for hook in prerouting input; do
        echo "add chain bridge shoji $hook { type filter hook $hook priority -300 ; }"
        echo "flush chain bridge shoji $hook"
        echo "add rule bridge shoji $hook iifname vmap @vifs"
    done
    echo "add chain bridge shoji $chain"
    echo "flush chain bridge shoji $chain"
    echo "add element bridge shoji vifs { \"$1\" : jump $chain }"
}

guard_bad() { fail "$first: '$1' in ip= is no address (correct the guest's vif line)"; }

# groups TEXT ADDRESS: the text's groups of four hexadecimal digits are appended to $hex; how many,
# in $count.
groups() {
    local group old_ifs=$IFS
    count=0
    IFS=:
    for group in $1; do
        case $group in *[!0-9A-Fa-f]* | ?????* | '') guard_bad "$2" ;; esac
        hex=$hex$(printf %04x "0x$group")
        count=$((count + 1))
    done
    IFS=$old_ifs
}

# hex6 ADDRESS: its 32 digits, in $hex. nft has no name for the target of a neighbour advertisement.
hex6() {
    local before after
    hex=''
    case $1 in
        *::*::* | *:::*) guard_bad "$1" ;;
        *::*)
            groups "${1#*::}" "$1"
            after=$hex hex='' before=$count
            groups "${1%%::*}" "$1"
            before=$((before + count))
            while [ $before -lt 8 ]; do hex=${hex}0000 before=$((before + 1)); done
            hex=$hex$after
            ;;
        *) groups "$1" "$1" ;;
    esac
    [ ${#hex} -eq 32 ] || guard_bad "$1"
}

# check_prefix ADDRESS BITS
check_prefix() {
    case $1 in
        */*)
            case ${1#*/} in
                '' | *[!0-9]* | ????*) guard_bad "$1" ;;
                *) [ "${1#*/}" -le "$2" ] || guard_bad "$1" ;;
            esac ;;
    esac
}

check_ip4() {
    local part old_ifs=$IFS
    check_prefix "$1" 32
    case ${1%/*} in *[!0-9.]* | *..* | .* | *.) guard_bad "$1" ;; esac
    IFS=.
    # shellcheck disable=SC2086  # words, parted by dots
    set -- "$1" ${1%/*}
    IFS=$old_ifs
    [ $# -eq 5 ] || guard_bad "$1"
    for part in "$2" "$3" "$4" "$5"; do
        case $part in ????*) guard_bad "$1" ;; esac
        [ "$part" -le 255 ] || guard_bad "$1"
    done
}

# The words of ip= into $ip4 and $ip6, checked; the neighbour discovery targets into $targets, "any"
# for a network.
guard_addresses() {
    local word list
    ip4='' ip6='' targets=''
    list=$(echo "$xs_ip" | tr ',\t' '  ')
    for word in $list; do
        case $word in
            *:*)
                check_prefix "$word" 128
                hex6 "${word%/*}"
                ip6="$ip6 $word"
                case $word in */128) ;; */*) targets=any ;; esac
                [ "$targets" = any ] || targets="$targets 0x$hex,"
                ;;
            *)
                check_ip4 "$word"
                ip4="$ip4 $word"
                ;;
        esac
    done
    [ -n "$ip6" ] || return 0
    # The link-local address that a guest makes from its MAC: its neighbours are resolved with it.
    value=$(echo "$xs_mac" | tr -d :)
    word=$(printf 'fe80::%02x%s:%sff:fe%s:%s' \
        $((0x${value%??????????} ^ 2)) "$(echo "$value" | cut -c3-4)" \
        "$(echo "$value" | cut -c5-6)" "$(echo "$value" | cut -c7-8)" "$(echo "$value" |
        cut -c9-12)")
    hex6 "$word"
    ip6="$ip6 $word"
    [ "$targets" = any ] || targets="$targets 0x$hex,"
}

guard_rules() {
    local rule="add rule $guard_family shoji $chain" word
    guard_frame "$1"
    echo "$rule ether saddr != $xs_mac counter drop"
    echo "$rule arp saddr ether != $xs_mac counter drop"
    if [ -n "$ip4" ]; then
        # A probe for a double address comes from 0.0.0.0, and so does the search for a DHCP server.
        echo "$rule arp saddr ip 0.0.0.0 accept"
        echo "$rule ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept"
    fi
    for word in $ip4; do
        echo "$rule arp saddr ip $word accept"
        echo "$rule ip saddr $word accept"
    done
    if [ -n "$ip6" ]; then
        echo "$rule icmpv6 type { nd-router-advert, nd-redirect } counter drop"
        [ "$targets" = any ] ||
            echo "$rule icmpv6 type nd-neighbor-advert @th,64,128 != {$targets } counter drop"
        value="nd-neighbor-solicit, mld-listener-report, mld2-listener-report"
        echo "$rule ip6 saddr :: icmpv6 type { $value } accept"
    fi
    for word in $ip6; do echo "$rule ip6 saddr $word accept"; done
    [ -z "$ip4$ip6" ] || echo "$rule counter drop"
}

guard_raise() {
    local rules
    case $SHOJI_ANTISPOOF in
        no) return 0 ;;
        mac) ;;
        *) [ -n "$xs_ip" ] || return 0 ;;
    esac
    chain=vif-$domain-$device$tap
    case $xs_mac in
        ??:??:??:??:??:??)
            case $xs_mac in *[!0-9A-Fa-f:]*) fail "$1: '$xs_mac' is no MAC address" ;; esac ;;
        *) fail "$1: '$xs_mac' is no MAC address (correct the guest's vif line)" ;;
    esac
    command -v nft >/dev/null ||
        fail "$1: ip= needs nft for its antispoof rules, and there is none (install nftables," \
            "or set SHOJI_ANTISPOOF=no in /etc/xen/shoji.conf)"
    guard_addresses
    rules=$(guard_rules "$1")
    [ -d "$SHOJI_RUN" ] || mkdir -p "$SHOJI_RUN"
    echo "$1" >"$SHOJI_RUN/shoji-antispoof-$domain.$device$tap" ||
        fail "$1: $SHOJI_RUN cannot be written"
    guarded=1
    value=$(echo "$rules" | nft -f - 2>&1) && return 0
    # A map's entry that a killed run left behind, with the name but another chain, would stop the
    # transaction.
    nft delete element bridge shoji vifs "{ \"$1\" }" 2>/dev/null
    value=$(echo "$rules" | nft -f - 2>&1) ||
        fail "$1: nft refused the antispoof rules: $(echo "$value" | head -n 1)"
}

guard_lower() {
    local file=$SHOJI_RUN/shoji-antispoof-$domain.$device$tap name
    [ -e "$file" ] || return 0
    read -r name <"$file"
    chain=vif-$domain-$device$tap
    if [ "$guard_family" = netdev ]; then
        nft delete chain netdev shoji "$chain" 2>/dev/null # unless it went with the interface
    else
        {
            guard_frame "$name"
            echo "delete element bridge shoji vifs { \"$name\" }"
            echo "delete chain bridge shoji $chain"
        } | nft -f - 2>/dev/null || note "$name: the antispoof rules stay"
    fi
    rm -f "$file"
}
