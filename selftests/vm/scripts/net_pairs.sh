#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/net_*.tap: TAP lines into /out/tap. PARTS (joined by +) says what is done.
# Guest 1 has our netfront, guest 2, if there is one, Linux's.
. /lab/lib.sh
: >/out/detail

# The output of a check goes to /out/detail, so that a failure can be read there.
check() { echo "--- $*" >>/out/detail; "$@" >>/out/detail 2>&1; }
in_guest() { _in=$1; shift; check guest_run "$_in" "$@"; }
link_back() { wait_until 40 "in_guest $1 'ping -c 1 -W 1 -q 10.9.0.1'"; }
counter() { ethtool -S "$1" | awk -v name="$2" '$1 ~ name {sum += $2} END {print sum + 0}'; }
queues_of() { ethtool -l "$1" | awk '/^Combined/ {n = $2} END {print n}'; }

has_queues() { [ "$(queues_of "$vif1")" = "$1" ]; }

both_ways() { # GUEST MIB: checked streams guest to Domain-0, and back
    in_guest "$1" "netcheck send 10.9.0.1 $2" && in_guest "$1" "netcheck recv 10.9.0.1 $2"
}

part_pairs() {
    bridge link | grep -q "$vif1.* master xenbr0 state forwarding"
    claim "$vif1 of ours is on the bridge, by the stock script"
    [ "$(xenstore-read "/local/domain/0/backend/vif/$(guest_id 1)/0/state")" = 4 ] &&
        [ "$(xenstore-read "/local/domain/$(guest_id 1)/device/vif/0/state")" = 4 ]
    claim "both ends are Connected"
    [ "$(counter "$vif1" pool_pages)" -gt 0 ] && [ "$(counter "$vif2" pool_pages)" -eq 0 ]
    claim "our frontend's pages are a pool here, the in-tree frontend's are not"
    calls=$(($(counter "$vif1" tx_grant_calls) + $(counter "$vif1" rx_grant_calls)))
    both_ways 1 4; claim "ours/ours: TCP both ways, every byte right"
    [ $(($(counter "$vif1" tx_grant_calls) + $(counter "$vif1" rx_grant_calls))) -eq "$calls" ]
    claim "and not one grant operation for it"
    in_guest 1 'netcheck udp 10.9.0.1 200 1472' && in_guest 1 'netcheck udp 10.9.0.1 40 20000'
    claim "ours/ours: datagrams, whole ones and fragments"
    in_guest 1 'ping -c 5 -i 0.1 -q -s 60000 10.9.0.1 | grep " 0% packet loss"'
    claim "ours/ours: echoes of 60000 bytes"
    both_ways 2 4; claim "ours/in-tree: TCP both ways, every byte right"
    in_guest 2 'netcheck udp 10.9.0.1 200 1472' &&
        in_guest 2 'ping -c 3 -i 0.1 -q -s 60000 10.9.0.1 | grep " 0% packet loss"'
    claim "ours/in-tree: datagrams and echoes of 60000 bytes"
    in_guest 1 'netcheck send 10.9.0.12 4' && in_guest 1 'netcheck recv 10.9.0.12 4'
    claim "guest to guest over the bridge, both ways, every byte right"
    [ "$(queues_of "$vif1")" = 2 ]; claim "two vCPUs give two queues"
    in_guest 1 'for i in 1 2 3 4 5 6; do netcheck send 10.9.0.1 1 & done; wait' &&
        ethtool -S "$vif1" >>/out/detail && [ "$(counter "$vif1" q1_tx_packets)" -gt 0 ]
    claim "and both are used"
    packets=$(counter "$vif1" '[tr]x_packets')
    events=$(counter "$vif1" _events) told=$(counter "$vif1" _notifies)
    [ $((3 * events)) -lt "$packets" ] && [ $((3 * told)) -lt "$packets" ]
    claim "of all that, datagrams and echoes one by one among it, more than three packets an" \
        "event ($packets packets, $events events from the guest, $told to it)"
}

part_offloads() {
    in_guest 1 'ethtool -K eth0 tso off gso off tx off sg off' &&
        ethtool -K "$vif1" tso off gso off tx off && both_ways 1 2
    claim "without GSO and checksum offload: every byte right"
    in_guest 1 'ethtool -K eth0 sg on tx on tso on gso on' &&
        ethtool -K "$vif1" tx on tso on gso on && both_ways 1 2
    claim "and with them again"
}

part_mtu() {
    for dev in "$vif1" "$vif2" xenbr0; do check ip link set "$dev" mtu 9000; done
    in_guest 1 'ip link set eth0 mtu 9000' && in_guest 2 'ip link set eth0 mtu 9000' &&
        in_guest 1 'ping -c 2 -i 0.1 -M do -s 8972 -q 10.9.0.12' &&
        in_guest 1 'netcheck send 10.9.0.12 2' && both_ways 2 2
    claim "MTU 9000: echoes that may not be fragmented, streams, guest to guest"
    check ip link set "$vif1" mtu 65517 && check ip link set xenbr0 mtu 65517 &&
        in_guest 1 'ip link set eth0 mtu 65517' &&
        in_guest 1 'ping -c 2 -i 0.1 -M do -s 65489 -q 10.9.0.1' && both_ways 1 2
    claim "MTU 65517, the largest: frames of 65531 bytes, and streams"
    ip link set xenbr0 mtu 1500
    for dev in "$vif1" "$vif2"; do check ip link set "$dev" mtu 1500; done
    in_guest 1 'ip link set eth0 mtu 1500' && in_guest 2 'ip link set eth0 mtu 1500'
    mtu_told
}

mtu_is() {
    [ "$(cat "/sys/class/net/vif$(guest_id 1).1/mtu")" = "$1" ] &&
        [ "$(guest_run 1 'cat /sys/class/net/eth1/mtu')" = "$2" ]
}

# The script sets it when nobody knows yet what the frontend takes, and tells a guest that runs
# already.
mtu_told() {
    ip link add xenbrj type bridge
    ip link set xenbrj mtu 9000 up
    check xl network-attach guest1 mac=00:16:3e:00:01:01 bridge=xenbrj &&
        wait_until 20 "mtu_is 9000 9000"
    claim "a vif on a bridge of MTU 9000 takes it, and the guest, which runs already, too"
    xenstore-write "/local/domain/$(guest_id 1)/device/vif/1/mtu" 4000
    wait_until 10 "mtu_is 9000 4000"; claim "and what it is told later"
    check xl network-detach guest1 1
    ip link del xenbrj
}

carrier_is() { [ "$(guest_run 1 'cat /sys/class/net/eth0/carrier')" = "$1" ]; }

part_carrier() {
    key=/local/domain/0/backend/vif/$(guest_id 1)/0/carrier
    xenstore-write "$key" 0
    wait_until 10 "carrier_is 0"
    claim "carrier=0 below the backend's folder takes the guest's link down"
    xenstore-write "$key" 1
    wait_until 10 "carrier_is 1" && link_back 1 && both_ways 1 1; claim "and 1 up again"
    xenstore-rm "$key"
}

# What both ends' interfaces have counted: guest 1's eth0 and its vif.
counted() {
    echo "$(guest_run 1 'cat /sys/class/net/eth0/statistics/rx_packets')" \
        "$(cat "/sys/class/net/$vif1/statistics/tx_packets")"
}
all_of() {
    [ "$(echo "$2" | cut -d' ' -f1)" -ge "$(echo "$1" | cut -d' ' -f1)" ] &&
        [ "$(echo "$2" | cut -d' ' -f2)" -ge "$(echo "$1" | cut -d' ' -f2)" ]
}

# The count changes while a stream runs: the stream goes on, and all of it is right.
part_queues() {
    before=$(counted)
    in_guest 1 'ethtool -L eth0 combined 1' && wait_until 20 "has_queues 1" && link_back 1 &&
        both_ways 1 2
    claim "ethtool -L in the guest: one queue, every byte right"
    now=$(counted)
    all_of "$before" "$now"; claim "the interfaces of both ends go on counting ($before, $now)"
    [ "$(guest_run 1 "ethtool -l eth0" | awk '/^Combined/ {n = $2} END {print n}')" = 1 ]
    claim "and the guest says so, too"
    check guest_run 1 \
        '(netcheck send 10.9.0.1 64; echo $? >/tmp/stream.code) >/tmp/stream 2>&1 </dev/null &'
    good=0
    for count in 2 1 2 1 2; do
        in_guest 1 "ethtool -L eth0 combined $count" && wait_until 20 "has_queues $count" &&
            link_back 1 && good=$((good + 1))
    done
    [ $good -eq 5 ]; claim "five changes under a stream"
    wait_until 60 "guest_run 1 'test -s /tmp/stream.code'" &&
        [ "$(guest_run 1 'cat /tmp/stream.code')" = 0 ]
    claim "the stream ends with every byte right"
    check ethtool -L "$vif1" combined 1 && wait_until 20 "has_queues 1" && link_back 1 &&
        both_ways 1 1
    claim "ethtool -L in Domain-0: our guest follows"
    check ethtool -L "$vif1" combined 2 && wait_until 20 "has_queues 2" && link_back 1 &&
        both_ways 1 1
    claim "and back"
    ! check ethtool -L "$vif2" combined 1 && both_ways 2 1
    claim "an in-tree guest cannot follow: refused, and its link stays"
}

# All that the guest receives goes to queue 1, as its table says; then to both.
part_hash() {
    in_guest 1 'ethtool -X eth0 weight 0 1 && ethtool -x eth0' && sleep 1
    claim "ethtool -X in the guest is accepted"
    before=$(counter "$vif1" q0_rx_packets) other=$(counter "$vif1" q1_rx_packets)
    in_guest 1 'for i in 1 2 3 4 5 6; do netcheck recv 10.9.0.1 1 & done; wait'
    zero=$(($(counter "$vif1" q0_rx_packets) - before))
    one=$(($(counter "$vif1" q1_rx_packets) - other))
    [ $one -gt $((20 * zero)) ] && [ $one -gt 50 ]
    claim "the backend sends to queue 1 alone ($zero and $one packets)"
    hashes=$(guest_run 1 'ethtool -S eth0' | awk '/rx_hashes/ {sum += $2} END {print sum + 0}')
    [ "$hashes" -gt 50 ]; claim "and says which hash each has ($hashes)"
    # A table of one's own forbids fewer queues than it names: it goes again.
    in_guest 1 'ethtool -X eth0 default' && sleep 1 && both_ways 1 1; claim "and to both again"
}

part_xdp() {
    in_guest 2 'ethtool -K eth0 lro off gro off; xdppass eth0 on'
    claim "an in-tree guest gets an XDP program"
    both_ways 2 2 && in_guest 2 'netcheck udp 10.9.0.1 100 1472'
    claim "with it, every byte is right"
    [ "$(xenstore-read "/local/domain/$(guest_id 2)/device/vif/0/xdp-headroom")" = 256 ]
    claim "it asked for headroom"
    in_guest 2 'xdppass eth0 off' && both_ways 2 1; claim "without it again"
}

# 1 MB/s after a burst of 128 KiB: 3 MiB take 2.5 s at least, in each direction.
part_rate() {
    check xl network-attach guest1 mac=00:16:3e:00:01:01 bridge=xenbr0 rate=1MB/s &&
        wait_until 20 "bridge link | grep -q vif$(guest_id 1).1.*forwarding" &&
        in_guest 1 'ip addr add 10.8.0.2/24 dev eth1 && ip link set eth1 up' &&
        ip addr add 10.8.0.1/24 dev xenbr0
    claim "a vif with rate=1MB/s is attached" \
        "($(xenstore-read "/local/domain/0/backend/vif/$(guest_id 1)/1/rate"))"
    # Both of the guest's interfaces are on one bridge: only the one that has an address answers for
    # it.
    in_guest 1 'echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore'
    for way in send recv; do
        begin=$(cut -d. -f1 /proc/uptime)
        in_guest 1 "netcheck $way 10.8.0.1 3" && [ $(($(cut -d. -f1 /proc/uptime) - begin)) -ge 2 ]
        claim "it is kept: netcheck $way of 3 MiB, every byte right," \
            "took $(($(cut -d. -f1 /proc/uptime) - begin)) s"
    done
    ethtool -S "vif$(guest_id 1).1" >>/out/detail
    check xl network-detach guest1 1; claim "and detached"
}

# Windows of more than one packet: of the backend, for what the guest sends, and of the frontend.
windows() {
    echo $(($(counter "$vif1" tx_windows) + $(guest_run 1 'ethtool -S eth0' |
        awk '/rx_windows/ {sum += $2} END {print sum + 0}')))
}
datagrams() {
    in_guest 1 'netbench recv --to=10.9.0.1 --seconds=2 && netbench send --to=10.9.0.1 --seconds=2'
}
frames() {
    check ethtool -C "$vif1" rx-frames "$1" rx-usecs "$2" &&
        in_guest 1 "ethtool -C eth0 rx-frames $1 rx-usecs $2"
}

part_coalesce() {
    check netbench server --seconds=600 --background
    ethtool -c "$vif1" | grep -q '^rx-frames:.*64$' &&
        in_guest 1 "ethtool -c eth0 | grep '^rx-usecs:.*1000\$'"
    claim "ethtool -c shows how many packets an event may tell of, and how long they wait"
    ! check ethtool -C "$vif1" rx-frames 129 && ! in_guest 1 'ethtool -C eth0 rx-usecs 100001'
    claim "too many and too long are refused"
    ! check ethtool -C "$vif1" tx-frames 32 && ! in_guest 1 'ethtool -C eth0 tx-usecs 100'
    claim "and tx-frames and tx-usecs: a sender holds no event back"
    before=$(windows); datagrams; more=$(($(windows) - before))
    [ $more -gt 0 ]; claim "streams of datagrams are told of by windows ($more)"
    before=$(windows)
    frames 0 1000 && datagrams && [ "$(windows)" -eq "$before" ]
    claim "with rx-frames 0 none is"
    frames 128 100000 && both_ways 1 2 && in_guest 1 'netcheck udp 10.9.0.1 200 1472'
    claim "with 128, for a tenth of a second: every byte right"
    frames 64 1000; claim "and as at first again"
}

# Streams of both kinds into guest 1, and what they look like there: see netseen.c.
seen() {
    in_guest 1 'rm -f /tmp/seen; netseen eth0 100000 /tmp/seen' &&
        in_guest 1 'netcheck recv 10.9.0.1 1' && in_guest 1 'netcheck recv fd09::1 1' &&
        in_guest 1 'netcheck udp fd09::1 50 1400' &&
        wait_until 20 "guest_run 1 'test -s /tmp/seen'" && guest_run 1 'cat /tmp/seen'
}

# The backend finds other keys, and takes the rings up where they are.
rebind() {
    for what in unbind bind; do
        echo "vif-$(guest_id 1)-0" >/sys/bus/xen-backend/drivers/shoji-netback/$what
    done
    wait_until 20 "ip link show $vif1 && ip link set $vif1 master xenbr0 up" && link_back 1
}

part_promises() {
    front=/local/domain/$(guest_id 1)/device/vif/0
    check ip addr add fd09::1/64 dev xenbr0 nodad
    in_guest 1 'ip addr add fd09::11/64 dev eth0 nodad; ethtool -K eth0 gro off' &&
        in_guest 1 'netcheck send fd09::1 4'
    claim "IPv6: a stream, every byte right"
    look=$(seen)
    # shellcheck disable=SC2086  # words
    set -- $look
    [ "${1:-0}" -gt 20 ] && [ "$2" -gt 0 ] && [ "$3" -gt 0 ] && [ "$4" = 0 ] && [ "$5" -gt 20 ] &&
        [ "$6" -gt 0 ] && [ "$7" -gt 0 ] && [ "$8" = 0 ]
    claim "a guest that takes them gets segments larger than the wire's and checksums left to it," \
        "of IPv4 and IPv6 ($look)"
    for key in feature-no-csum-offload=1 feature-ipv6-csum-offload=0 feature-gso-tcpv4=0 \
        feature-gso-tcpv6=0; do
        xenstore-write "$front/${key%=*}" "${key#*=}"
    done
    rebind; claim "the backend is bound anew, to a guest that takes neither"
    look=$(seen)
    # shellcheck disable=SC2086
    set -- $look
    [ "${1:-0}" -gt 20 ] && [ "$2$3$4" = 000 ] && [ "${5:-0}" -gt 20 ] && [ "$6$7$8" = 000 ]
    claim "it gets the wire's size, and checksums that the backend has finished, of IPv4 and IPv6" \
        "($look)"
    xenstore-write "$front/feature-sg" 0
    rebind && both_ways 1 1
    claim "and one that takes no packets in pieces, streams in which every byte is right"
    xenstore-rm "$front/feature-no-csum-offload"
    for key in ipv6-csum-offload gso-tcpv4 gso-tcpv6 sg; do
        xenstore-write "$front/feature-$key" 1
    done
    rebind && in_guest 1 'ethtool -K eth0 gro on' && both_ways 1 1; claim "and as before again"
}

# Packets to a group that guest 1 receives, of 30.
received() { # GROUP
    _before=$(guest_run 1 'cat /sys/class/net/eth0/statistics/rx_packets')
    check /usr/bin/ping -c 30 -i 0.05 -W 1 -q "$1"
    sleep 1
    echo $(($(guest_run 1 'cat /sys/class/net/eth0/statistics/rx_packets') - _before))
}

chooses() {
    key=/local/domain/$(guest_id 1)/device/vif/0/request-multicast-control
    [ "$(xenstore-read "$key" 2>/dev/null || echo 0)" = "$1" ]
}

part_mcast() {
    for group in 239.5.5.5 239.6.6.6; do check ip route replace $group dev xenbr0; done
    wait_until 10 "chooses 1" && n=$(received 239.5.5.5) && [ "$n" -lt 10 ]
    claim "of a group that the guest has not joined nothing reaches it ($n packets)"
    in_guest 1 'ip maddr add 01:00:5e:05:05:05 dev eth0' && sleep 1 && n=$(received 239.5.5.5) &&
        [ "$n" -ge 30 ]
    claim "of one that it joins all does ($n packets)"
    n=$(received 239.6.6.6); [ "$n" -lt 10 ]; claim "and of another one nothing ($n packets)"
    rebind && sleep 2 && a=$(received 239.5.5.5) && b=$(received 239.6.6.6) && [ "$a" -ge 30 ] &&
        [ "$b" -lt 10 ]
    claim "so it is with a backend that was bound anew ($a and $b packets)"
    in_guest 1 'ip link set eth0 promisc on' && wait_until 10 "chooses 0" &&
        n=$(received 239.6.6.6) && [ "$n" -ge 30 ]
    claim "a promiscuous guest gets all ($n packets)"
    in_guest 1 'ip link set eth0 promisc off; ip maddr del 01:00:5e:05:05:05 dev eth0' &&
        wait_until 10 "chooses 1" && n=$(received 239.5.5.5) && [ "$n" -lt 10 ]
    claim "and later only what it wants ($n packets)"
    # shellcheck disable=SC2016  # the guest expands it
    in_guest 1 'i=0; while [ $i -lt 70 ]; do ip maddr add 01:00:5e:07:07:$(printf %02x $i) dev eth0
        i=$((i + 1)); done' && wait_until 10 "chooses 0" && both_ways 1 1
    claim "one that wants more groups than fit gets all"
}

# A vif as no toolstack makes it: KEY... VALUE... of the backend's folder.
made_wrong() {
    back=/local/domain/0/backend/vif/$(guest_id 1)/7 front=/local/domain/$(guest_id 1)/device/vif/7
    check xenstore-write "$front/backend" "$back" "$front/backend-id" 0 "$front/state" 1 \
        "$back/frontend" "$front" "$back/frontend-id" "$(guest_id 1)" \
        "$back/online" 1 "$@" "$back/state" 1
}
unmake() { xenstore-rm "$back"; xenstore-rm "$front"; sleep 1; }

part_faults() {
    made_wrong
    wait_until 10 "dmesg | grep -q '7/handle: the toolstack writes the number of the vif there'"
    claim "a vif without a number is refused, and the log says what is missing"
    unmake
    check ip link add "vif$(guest_id 1).7" type bridge
    made_wrong "/local/domain/0/backend/vif/$(guest_id 1)/7/handle" 7
    wait_until 10 "dmesg | grep -q 'creating the interface vif$(guest_id 1).7'"
    claim "so is one whose interface's name is taken"
    unmake
    check ip link del "vif$(guest_id 1).7"
    check xl network-attach guest1 mac=00:16:3e:00:01:01 bridge=xenbr0 &&
        wait_until 20 "bridge link | grep -q vif$(guest_id 1).1.*forwarding" && both_ways 1 1
    claim "a vif as it should be is attached after that, and the first one works"
    check xl network-detach guest1 1; claim "and detached"
}

# A backend that is not trusted.
part_untrusted() {
    check xl network-attach guest1 mac=00:16:3e:00:01:01 bridge=xenbr0 untrusted &&
        wait_until 20 "bridge link | grep -q vif$(guest_id 1).1.*forwarding" &&
        [ "$(xenstore-read "/local/domain/$(guest_id 1)/device/vif/1/trusted")" = 0 ]
    claim "a vif whose backend is not trusted is attached"
    in_guest 1 'ip addr add 10.7.0.2/24 dev eth1 && ip link set eth1 up &&
        echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore' && ip addr add 10.7.0.1/24 dev xenbr0 &&
        in_guest 1 'netcheck send 10.7.0.1 2' && in_guest 1 'netcheck recv 10.7.0.1 2'
    claim "every byte is right"
    check xl network-detach guest1 1; claim "and detached"
}

# Saved while a stream runs, restored with a backend that has other limits.
moved() { # PARAMETERS OF THE NEW BACKEND
    # shellcheck disable=SC2016  # the guest expands it
    check guest_run 1 'rm -f /tmp/stream.*; (code=0
        until test -e /tmp/stream.end; do netcheck send 10.9.0.1 48 || { code=1; break; }; done
        echo $code >/tmp/stream.code) >/tmp/stream 2>&1 </dev/null &'
    sleep 1
    in_guest 1 '! test -s /tmp/stream.code' && check xl save guest1 /run/guest1.save &&
        check wait_until 30 'rmmod shoji_netback' &&
        check insmod /lab/back/shoji-netback.ko "$@" && check xl restore /run/guest1.save ||
        return 1
    rm -f /run/guest1.save
    vif1=vif$(guest_id 1).0
    link_back 1
}

stream_right() {
    guest_run 1 'touch /tmp/stream.end' && wait_until 90 "guest_run 1 'test -s /tmp/stream.code'"
    check guest_run 1 'cat /tmp/stream'
    [ "$(guest_run 1 'cat /tmp/stream.code')" = 0 ]
}

part_move() {
    before=$(guest_run 1 'cat /sys/class/net/eth0/statistics/tx_packets')
    moved max_queues=1 && has_queues 1
    claim "saved while a stream runs, restored with a backend of one queue: the link is back"
    stream_right; claim "the stream goes on, every byte right"
    now=$(guest_run 1 'cat /sys/class/net/eth0/statistics/tx_packets')
    [ "${now:-0}" -gt "$before" ]; claim "the guest's interface goes on counting ($before, $now)"
    both_ways 1 2 && in_guest 1 'netcheck udp 10.9.0.1 100 1472'
    claim "streams and datagrams, every byte right"
    moved && has_queues 2; claim "and back to one of two queues"
    stream_right && both_ways 1 2; claim "with every byte right"
    wait_until 20 "[ \$(counter $vif1 pool_pages) -gt 0 ]"; claim "and the pool is there again"
}

# What udev does with the event of a vif (80-shoji.rules); there is none here.
again() {
    XENBUS_PATH=backend/vif/$(guest_id "$1")/0 vif=$2 script=/etc/xen/scripts/vif-bridge \
        sh -x /usr/lib/shoji/scripts/vif-again
}

part_reload() {
    check rmmod shoji_netback; claim "the backend unloads under its guests"
    ! ip link show "$vif1" >/dev/null 2>&1; claim "and its vifs are gone"
    check insmod /lab/back/shoji-netback.ko &&
        wait_until 20 "ip link show $vif1 && ip link show $vif2" && check again 1 "$vif1" &&
        check again 2 "$vif2" &&
        link_back 1 && link_back 2
    claim "loaded again, both vifs are on their bridge, and both guests' links come back"
    both_ways 1 2 && both_ways 2 2; claim "with every byte right"
    wait_until 20 "[ \$(counter $vif1 pool_pages) -gt 0 ]"; claim "and the pool is there again"
}

part_stock() {
    both_ways 1 8 && in_guest 1 'netcheck udp 10.9.0.1 100 1472'
    claim "in-tree/ours: TCP both ways and datagrams, every byte right"
    in_guest 1 'ping -c 3 -i 0.1 -q -s 60000 10.9.0.1 | grep " 0% packet loss"'
    claim "in-tree/ours: echoes of 60000 bytes"
    in_guest 1 'ethtool -L eth0 combined 1' && sleep 1 && link_back 1 && both_ways 1 1 &&
        in_guest 1 'ethtool -L eth0 combined 2' && sleep 1 &&
        link_back 1 && both_ways 1 1 &&
        [ "$(guest_run 1 "ethtool -l eth0" | awk '/^Combined/ {n = $2} END {print n}')" = 2 ]
    claim "in-tree/ours: one queue and two again, by ethtool -L"
}

bridge_up
netcheck serve
guest_create 1
[ ! -d /lab/guests/2 ] || guest_create 2
guest_wait 1
[ ! -d /lab/guests/2 ] || guest_wait 2
vif1=vif$(guest_id 1).0 vif2=vif$(guest_id 2).0
guest_run 1 'netcheck serve'
[ ! -d /lab/guests/2 ] || guest_run 2 'netcheck serve'
for part in $(echo "$PARTS" | tr + ' '); do
    stage "$part"
    "part_$part"
done
for guest in 1 2; do
    [ -d /lab/guests/$guest ] || continue
    ! guest_run $guest 'dmesg | grep -E "BUG|WARNING|Oops|broke the protocol"' >>/out/detail
    claim "no complaint in guest $guest's log"
done
! dmesg | grep -E 'BUG|WARNING|Oops|broke the protocol' >>/out/detail
claim "no complaint in Domain-0's log"
claims_end
finish 0
