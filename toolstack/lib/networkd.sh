# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The bridge by systemd-networkd: a .netdev file, and .network files that go before the host's own.
# Until the confirmation they are below /run, so that a restart puts everything back. Uses `root`,
# `work`, `bridge`, `card`.

networkd_etc=/etc/systemd/network networkd_run=/run/systemd/network

# The .network file by which networkd configures the card.
network_file_of() {
    networkctl --no-pager status "$1" 2>/dev/null | sed -n 's/^ *Network File: *//p' | head -n 1
}

# A lease is bound to the client's identity, of which IAID differs between a card and a bridge.
iaid_of() {
    networkctl --no-pager status "$1" 2>/dev/null |
        sed -n 's/^ *DHCP4 Client ID: *IAID:\(0x[0-9a-fA-F]*\).*/\1/p' | head -n 1
}

plan_networkd() {
    local folder=$work/files$networkd_etc name file='' iaid='' network
    mkdir -p "$folder"
    name=00-shoji-$bridge
    {
        printf '# Made by shoji-setup.\n[NetDev]\nName=%s\nKind=bridge\n' "$bridge"
        [ "$card" = none ] || echo "MACAddress=$(cat "$sys/$card/address")"
        printf '\n[Bridge]\nForwardDelaySec=0\nSTP=no\n'
    } >"$folder/$name.netdev"
    printf '# Made by shoji-setup.\n[Match]\nName=%s\n\n' "$bridge" >"$folder/$name.network"
    if [ "$card" = none ]; then
        printf '[Network]\nLinkLocalAddressing=no\nConfigureWithoutCarrier=yes\n' \
            >>"$folder/$name.network"
        printf '\n[Link]\nRequiredForOnline=no\n' >>"$folder/$name.network"
    else
        file=$(network_file_of "$card")
        [ -n "$file" ] && [ -r "$root$file" ] ||
            die "networkd names no .network file for $card; do it by hand"
        # Drop-ins belong to the file; both are the bridge's but for what they match.
        for network in "$root$file" "$root/etc/systemd/network/${file##*/}.d"/*.conf; do
            [ ! -e "$network" ] || awk '/^\[/ {skip = ($1 == "[Match]" || $1 == "[Link]")} !skip' \
                "$network"
        done >>"$folder/$name.network"
        iaid=$(iaid_of "$card")
        [ -z "$iaid" ] || printf '\n[DHCPv4]\nIAID=%s\n' "$iaid" >>"$folder/$name.network"
        printf '# Made by shoji-setup.\n[Match]\nName=%s\n\n[Network]\nBridge=%s\n%s\n' "$card" \
            "$bridge" LinkLocalAddressing=no >"$folder/00-shoji-$card.network"
    fi
    networkd_scripts
}

networkd_scripts() {
    local name names=()
    for name in "$work/files$networkd_etc"/*; do names+=("${name##*/}"); done
    local run=$root$networkd_run
    {
        echo "mkdir -p $run"
        for name in "${names[@]}"; do
            echo "cp $state/pending/files$networkd_etc/$name $run/"
            echo "chmod 644 $run/$name"
        done
        echo "networkctl reload"
    } >"$work/go"
    {
        for name in "${names[@]}"; do echo "rm -f $run/$name"; done
        echo "ip link del dev $bridge || true"
        echo "networkctl reload"
        [ "$card" = none ] || echo "networkctl reconfigure $card"
    } >"$work/back"
    # Without a reload, which would configure the bridge anew.
    for name in "${names[@]}"; do echo "rm -f $run/$name"; done >"$work/save"
}
