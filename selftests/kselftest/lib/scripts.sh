# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
# Functions of the scripts collection's tests. Sourced after lib/test.sh.
#
#   need_script NAME          skip_all unless this hotplug script of ours is installed; its path is
#                             $script
#   vif_attach KEY=VALUE...   a second vif of guest 1, by $script; what xl says is kept in $st_log
#   vif_detach                take it away, also one that was refused
#   said TEXT                 has the toolstack, or its log of the scripts, said so?
st_ours=/usr/lib/shoji/scripts

need_script() {
    script=$st_ours/$1
    [ -x "$script" ] || skip_all "$script is not installed"
}

vif_attach() { try xl network-attach "${st_guest}1" "mac=$st_mac:f1" "script=$script" "$@"; }

vif_detach() {
    xl network-detach "${st_guest}1" 1 >/dev/null 2>&1
    wait_until 20 "! xenstore-exists /local/domain/0/backend/vif/$(guest_id 1)/1" &&
        wait_until 20 "! guest_run 1 'test -e /sys/class/net/eth1' >/dev/null 2>&1"
}

said() { grep -qF -- "$*" "$st_log"; }

# The words of a vif line, and refusals with their reason: of $script, which is named NAME.
vif_words() {
    vif=vif$(guest_id 1).1
    # A second bridge; shoji-selftest knows of it, and takes it away when the test cannot.
    other=${st_bridge%0}1
    ip link add "$other" type bridge && at_end ip link del "$other" &&
        ip link set "$other" mtu 4000 up
    vif_attach "bridge=$other" &&
        [ "$(basename "$(readlink "/sys/class/net/$vif/master")")" = "$other" ]
    claim "bridge=: the vif is on the bridge that was named"
    [ "$(cat "/sys/class/net/$vif/mtu")" = 4000 ]; claim "it takes the bridge's MTU"
    vif_detach; claim "it is detached"
    vif_attach "bridge=$other" vifname=stweb0 && [ -e /sys/class/net/stweb0/master ]
    claim "vifname=: the interface has that name"
    vif_detach; claim "and is detached under it"
    ! vif_attach bridge=stbr9 && said "$vif: bridge stbr9 does not exist"
    claim "a bridge that does not exist is refused by name"
    vif_detach
    ! vif_attach "bridge=$other" "vifname=vif$(guest_id 1).0" &&
        said "$vif: the name vif$(guest_id 1).0 of vifname= is taken by the interface of"
    claim "a name that another vif has is refused"
    vif_detach
    ! vif_attach "bridge=$other.10" && said "$vif: bridge $other does not filter VLANs"
    claim "VLANs on a bridge that does not filter them are refused"
    vif_detach
    [ -e "/sys/class/net/vif$(guest_id 1).0/master" ]; claim "the guest's first vif is untouched"
}
