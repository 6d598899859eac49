# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
# VLANs of a vif, from the words of its configuration (README.md has both spellings). Sourced after
# common.sh.
#
#   vlan_of_bridge TEXT      "xenbr0.10:20-30": the name in bridge, the terms in vlans
#   vlan_of_key TEXT         "10p/20-30": the terms in vlans
#   vlan_apply DEV BRIDGE    put the port into them
#
# A term is FIRST:LAST:FLAGS, the flags some of "p" (frames without a tag belong to it) and "u"
# (leaves untagged).

# vlan_add TERM FLAGS: append it, checked.
vlan_add() {
    local low high flags=$2 other
    case $1 in
        *p | *u) [ -z "$flags" ] || vlan_bad "a VLAN is a number from 1 to 4094" ;;
    esac
    high=${1%%[pu]*}
    flags=$flags${1#"$high"}
    low=${high%-*} high=${high#*-}
    for other in "$low" "$high"; do
        case $other in '' | *[!0-9]* | ?????*) vlan_bad "a VLAN is a number from 1 to 4094" ;; esac
        if [ "$other" -lt 1 ] || [ "$other" -gt 4094 ]; then
            vlan_bad "a VLAN is a number from 1 to 4094"
        fi
    done
    case $flags in
        *[!pu]*) vlan_bad "something else than a VLAN, a range or a separator stands there" ;;
    esac
    [ "$low" -le "$high" ] || vlan_bad "a range runs from the smaller to the larger VLAN"
    case $flags in
        *p*)
            [ "$low" -eq "$high" ] ||
                vlan_bad "only one VLAN can take the untagged frames, not a range" ;;
    esac
    for other in $vlans; do
        value=${other#*:}
        if [ "$low" -le "${value%%:*}" ] && [ "${other%%:*}" -le "$high" ]; then
            vlan_bad "a VLAN is named twice"
        fi
        case $flags$other in *p*:*p*) vlan_bad "only one VLAN can take the untagged frames" ;; esac
    done
    vlans="$vlans $low:$high:$flags"
}

vlan_bad() { fail "$first: $vlan_key='$vlan_text': $1 (correct the guest's vif line)"; }

# vlan_list TEXT SEPARATORS
vlan_list() {
    local term old_ifs=$IFS
    case $1 in '' | *["$2"]) vlan_bad "a VLAN is a number from 1 to 4094" ;; esac
    IFS=$2
    set -f
    for term in $1; do
        IFS=$old_ifs
        vlan_add "$term" ''
    done
    IFS=$old_ifs
    set +f
}

vlan_of_key() {
    vlan_key=vlan vlan_text=$1 vlans=''
    vlan_list "$1" /,
}

# What stands behind the last dot is a VLAN only if it is a number: a bridge may have a dot in its
# name.
vlan_of_bridge() {
    local native=''
    vlan_key=bridge vlan_text=$1 vlans=''
    bridge=${1%%:*}
    case ${bridge##*.} in
        "$bridge" | '' | *[!0-9]*) ;;
        *) native=${bridge##*.} bridge=${bridge%.*} ;;
    esac
    if [ -z "$bridge" ] || [ ${#bridge} -gt 15 ]; then
        vlan_bad "a bridge's name has 1 to 15 characters"
    fi
    [ -z "$native" ] || vlan_add "$native" pu
    case $1 in *:*) vlan_list "${1#*:}" :, ;; esac
}

vlan_apply() {
    local term range words default=0 first_vid last_vid
    read -r default <"/sys/class/net/$2/bridge/default_pvid"
    [ "$default" -eq 0 ] || bridge vlan del dev "$1" vid "$default" 2>/dev/null
    for term in $vlans; do
        range=${term%:*}
        first_vid=${range%:*} last_vid=${range#*:}
        # bridge(8) refuses a range of one.
        [ "$first_vid" = "$last_vid" ] || first_vid=$first_vid-$last_vid
        case $term in *:*p*) words="pvid untagged" ;; *:*u) words=untagged ;; *) words='' ;; esac
        # shellcheck disable=SC2086  # none, one or two words
        value=$(bridge vlan add dev "$1" vid "$first_vid" $words 2>&1) ||
            fail "$1: bridge $2 does not give it its VLANs: ${value#RTNETLINK answers: }"
    done
}
