# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The bridge by ifupdown: the card's stanzas become the bridge's, in the file where they are, and
# ip(8) makes the same change to the running network. Uses `root`, `work`, `bridge`, `card`.

# /etc/network/interfaces, and the files that it includes.
ifupdown_files() {
    local main=$root/etc/network/interfaces word pattern file
    [ -e "$main" ] || return 0
    echo "$main"
    while read -r word pattern; do
        [ "${pattern#/}" != "$pattern" ] || pattern=/etc/network/$pattern
        case $word in
            source) ;;
            source-directory) pattern=$pattern/* ;;
            *) continue ;;
        esac
        for file in "$root"$pattern; do
            [ ! -f "$file" ] || echo "$file"
        done
    done <"$main"
}

# The lines that make the bridge and put the card on it. ifupdown runs them by sh.
bridge_lines() {
    cat <<END
    pre-up [ -e /sys/class/net/$bridge ] || ip link add name $bridge type bridge forward_delay 0
END
    [ "$card" = none ] || cat <<END
    pre-up ip link set dev $bridge address "\$(cat /sys/class/net/$card/address)"
    pre-up ip link set dev $card master $bridge up
END
    echo "    post-down ip link del dev $bridge"
}

# The file with the card's name replaced by the bridge's.
converted() { # converted FILE
    awk -v card="$card" -v bridge="$bridge" -v lines="$(bridge_lines)" '
        $1 == "auto" || $1 ~ /^allow-/ {
            rest = ""; mine = 0
            for (i = 2; i <= NF; i++)
                if ($i == card) mine = 1; else rest = rest " " $i
            if (!mine) { print; next }
            if (rest != "") print $1 rest
            if (!started++) print "auto " bridge
            next
        }
        $1 == "iface" && $2 == card {
            sub("iface[ \t]+" card, "iface " bridge)
            print
            if (!made++) print lines
            next
        }
        {print}' "$1"
}

# Stanzas that cannot be handed over by replacing the name.
refuse_stanzas() { # refuse_stanzas FILE
    awk -v card="$card" '
        $1 ~ /^(iface|auto|mapping|source|source-directory)$/ || $1 ~ /^allow-/ {mine = 0}
        $1 == "iface" && $2 == card {mine = 1}
        $1 == "mapping" && $2 == card {print "a mapping"; exit}
        $1 == "iface" && ($0 ~ " inherits +" card "( |$)") {print "a stanza that inherits it"; exit}
        mine && $1 ~ /^(wpa|wireless|bond|bridge|vlan)[-_]/ {print $1; exit}
        mine && $1 != "iface" && (" " $0 " ") ~ "[^A-Za-z0-9_.-]" card "[^A-Za-z0-9_.-]" {
            print "the name in \"" $0 "\""; exit
        }' "$1"
}

# Addresses and routes of the card, as arguments of ip(8): permanent ones. What the kernel makes
# itself, it makes again on the bridge.
addresses_to_move() {
    ip -o addr show dev "$card" scope global | awk '
        $3 == "inet6" && / dynamic / {next}
        $3 == "inet" || $3 == "inet6" {
            brd = ""
            for (i = 5; i < NF; i++) if ($i == "brd") brd = " brd " $(i + 1)
            print $4 brd
        }'
}
routes_to_move() { # routes_to_move 4|6: on-link ones first
    ip "-$1" route show dev "$card" |
        sed -E '/proto (kernel|ra)|^fe80|^(ff00|multicast) /d
            s/ (linkdown|dead|offload)//g; s/ expires [^ ]*//' |
        awk '/ via / {late = late $0 "\n"; next} {print} END {printf "%s", late}'
}

dhclient_of() { pgrep -f "dhclient.*[ ]$1\$" 2>/dev/null | head -n 1; }

# A lease is kept: the client's file is handed to the client on the bridge. Killed by a signal it
# would not release the lease, but it would take the address from the card: it is stopped first.
move_dhclient() { # move_dhclient FROM TO
    cat <<END
# dhcp
dhclient -4 -x -pf /run/dhclient.$1.pid $1 || true
sed 's/interface "$1"/interface "$2"/' /var/lib/dhcp/dhclient.$1.leases \\
    >/var/lib/dhcp/dhclient.$2.leases || true
END
}
start_dhclient() { # start_dhclient INTERFACE
    echo "dhclient -4 -nw -pf /run/dhclient.$1.pid -lf /var/lib/dhcp/dhclient.$1.leases $1"
}

# What ifup and ifdown know to be up.
rename_state() { # rename_state FROM TO
    local run=$root/run/network
    echo "sed -i 's/^$1=$1\$/$2=$2/' $run/ifstate || true"
    echo "[ ! -e $run/ifstate.$1 ] || { echo $2 >$run/ifstate.$2; rm $run/ifstate.$1; }"
}

# Commands that move addresses and routes from one interface to another.
move_addresses() { # move_addresses FROM TO
    local address route
    while IFS= read -r address; do
        echo "ip addr del ${address%% *} dev $1 || true"
        echo "ip addr replace $address dev $2"
    done <"$work/addresses"
    while IFS= read -r route; do
        [ -z "$route" ] || echo "ip -4 route replace $route dev $2"
    done <"$work/routes4"
    while IFS= read -r route; do
        [ -z "$route" ] || echo "ip -6 route replace $route dev $2"
    done <"$work/routes6"
}

plan_live() {
    {
        echo "ip link add name $bridge type bridge forward_delay 0"
        echo "ip link set dev $bridge address $(cat "$sys/$card/address")"
        echo "ip link set dev $bridge mtu $(cat "$sys/$card/mtu")"
        echo "ip link set dev $bridge up"
        [ ! -s "$work/client" ] || move_dhclient "$card" "$bridge"
        echo "# static"
        echo "ip link set dev $card master $bridge"
        echo "ip link set dev $card up"
        move_addresses "$card" "$bridge"
        [ ! -s "$work/client" ] || start_dhclient "$bridge"
        rename_state "$card" "$bridge"
    } >"$work/go"
    {
        [ ! -s "$work/client" ] || move_dhclient "$bridge" "$card"
        echo "ip link set dev $card nomaster"
        echo "ip link set dev $card up"
        move_addresses "$bridge" "$card"
        echo "ip link del dev $bridge"
        [ ! -s "$work/client" ] || start_dhclient "$card"
        rename_state "$bridge" "$card"
    } >"$work/back"
}

plan_ifupdown() {
    local file why
    if [ "$card" = none ]; then
        file=/etc/network/interfaces
        mkdir -p "$work/files${file%/*}"
        {
            cat "$root$file"
            echo
            echo "auto $bridge"
            echo "iface $bridge inet manual"
            bridge_lines
        } >"$work/files$file"
        printf '%s\n' "ip link add name $bridge type bridge forward_delay 0" \
            "ip link set dev $bridge up" >"$work/go"
        echo "ip link del dev $bridge" >"$work/back"
        return 0
    fi
    while IFS= read -r file; do
        why=$(refuse_stanzas "$file")
        [ -z "$why" ] || die "$file has $why for $card, which shoji-setup does not hand over" \
            "to a bridge; do it by hand"
        converted "$file" >"$work/converted"
        cmp -s "$work/converted" "$file" && continue
        file=${file#"$root"}
        mkdir -p "$work/files${file%/*}"
        mv "$work/converted" "$work/files$file"
    done < <(ifupdown_files)
    addresses_to_move >"$work/addresses"
    routes_to_move 4 >"$work/routes4"
    routes_to_move 6 >"$work/routes6"
    dhclient_of "$card" >"$work/client" || true
    plan_live
}
