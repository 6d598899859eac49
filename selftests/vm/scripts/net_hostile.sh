#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/net_hostile.tap: TAP lines into /out/tap. Guest 1 has the hostile frontend
# (selftests/evil/hostile.c), guest 2 ours.
. /lab/lib.sh
: >/out/detail
complaints='BUG:|WARNING:|Oops|Call Trace|hung_task|blocked for more'
back=/sys/module/shoji_netback/parameters

check() { echo "--- $*" >>/out/detail; "$@" >>/out/detail 2>&1; }
in_guest() { _in=$1; shift; check guest_run "$_in" "$@"; }
attack() { LIMIT=200 in_guest 1 "echo $1 >/sys/module/shoji_hostile_net/parameters/attack"; }
good() { in_guest 2 'netcheck send 10.9.0.1 1' && in_guest 2 'netcheck recv 10.9.0.1 1'; }
mark() { seen=$(dmesg | wc -l); }
news() { dmesg | tail -n +$((seen + 1)); }
memory() { awk '/^MemAvailable/ {print $2}' /proc/meminfo; }
scratch() { grep -c 'Xen scratch' /proc/iomem; }
channels() { lsevtchn 0 | grep -c .; }
slab() { awk '/^(SUnreclaim|VmallocUsed):/ {sum += $2} END {print sum}' /proc/meminfo; }
interrupts() {
    awk -v vif="$vif" \
        '$0 ~ vif {for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) sum += $i} END {print sum + 0}' \
        /proc/interrupts
}

shut() { # ATTACK ADVISORY WHY
    mark
    attack "$1" && news | grep -qF "broke the protocol ($3)"
    claim "$2: $1 shuts the vif, with a line that says why"
}

passed() { # ATTACK CLAIM
    attack "$1"; claim "$2"
}

attach_hostile() {
    in_guest 1 'rmmod xen_netfront; insmod /lab/evil/shoji-hostile-net.ko'
    check xl network-attach guest1 mac=00:16:3e:00:09:01 bridge=xenbr0
    claim "a vif for the hostile frontend is attached"
    vif=vif$(guest_id 1).0
    # Packets for it all the time, which it need not take.
    ip neigh replace 10.9.0.99 lladdr 00:16:3e:00:09:01 nud permanent dev xenbr0
    (while :; do /usr/bin/ping -q -c 200 -i 0.02 -s 1000 10.9.0.99 >/dev/null 2>&1; done) &
    knocking=$!
}

quotas() {
    before=$(memory) regions=$(scratch)
    attack pool && [ $((before - $(memory))) -lt 32768 ] && [ $(($(scratch) - regions)) -le 1 ]
    claim "XSA-326, -392 (quota): 51200 pages that come to its pool and go leave nothing behind" \
        "($before, $(memory) KiB, scratch regions $regions, $(scratch))"
    mark
    attack complaints && [ "$(news | wc -l)" -lt 60 ]
    claim "XSA-157: 250 questions without sense make $(news | wc -l) lines in the log"
    mark
    before=$(slab)
    attack keys && [ $(($(slab) - before)) -lt 4096 ] && [ "$(news | wc -l)" -lt 60 ]
    claim "XSA-349: 800 keys and 50 states, faster than they are read, leave no memory behind" \
        "($before, $(slab) KiB), and $(news | wc -l) lines"
}

# The interrupts are counted as long as the vif is connected: its lines go with it.
storm() {
    rm -f /tmp/storm /tmp/most
    (attack storm; echo $? >/tmp/storm) &
    (
        most=0
        while [ ! -s /tmp/storm ]; do
            n=$(interrupts)
            [ "$n" -le "$most" ] || { most=$n; echo "$most" >/tmp/most; }
            sleep 0.1
        done
    ) &
    good; stream=$?
    wait_until 100 "[ -s /tmp/storm ]"
    sent=$(guest_run 1 'dmesg' | sed -n 's/.*storm: \([0-9]*\) events/\1/p') most=$(cat /tmp/most)
    [ "${most:-0}" -gt 0 ] && [ $((most * 10)) -lt "${sent:-0}" ]
    claim "XSA-332: of a storm of $sent events in 5 s Domain-0 sees $most interrupts"
    [ "$(cat /tmp/storm)" = 0 ] && [ $stream -eq 0 ]
    claim "meanwhile a good guest's streams are right, and afterwards the vif works"
}

# In one look, since the counters go with the connection.
has_stalled() {
    ethtool -S "$vif" >/tmp/stats 2>/dev/null
    [ "$(awk '/rx_stalls/ {sum += $2} END {print sum + 0}' /tmp/stats)" -gt 0 ]
}

untaken() {
    echo 500 >$back/rx_drain_timeout_msecs
    echo 1500 >$back/rx_stall_timeout_msecs
    before=$(memory)
    (attack untaken; echo $? >/tmp/untaken) &
    wait_until 30 has_stalled; stalled=$?
    held=$((before - $(memory)))
    drained=$(awk '/rx_drained/ {sum += $2} END {print sum + 0}' /tmp/stats)
    grep rx_ /tmp/stats >>/out/detail
    wait_until 3 "[ \"\$(cat /sys/class/net/$vif/carrier)\" = 0 ]" && [ $stalled -eq 0 ] &&
        [ $held -lt 16384 ]
    claim "XSA-392: a guest that takes nothing loses the carrier, and costs little memory" \
        "($held KiB)"
    [ "$drained" -gt 0 ] && good
    claim "XSA-424: what waited is dropped ($drained packets), in a context that may;" \
        "a good guest's streams are right"
    wait_until 60 "[ -s /tmp/untaken ]" && [ "$(cat /tmp/untaken)" = 0 ]
    claim "with pages the carrier comes back, and packets"
    echo 10000 >$back/rx_drain_timeout_msecs
    echo 60000 >$back/rx_stall_timeout_msecs
}

part_back() {
    attach_hostile
    shut endless XSA-39 "a packet without an end"
    shut extra XSA-39 "an extra was announced and is not there"
    shut tx_index "XSA-90 (found by the poll)" "impossible producer index of a tx ring"
    shut rx_index "XSA-90 (found by a sender)" "impossible producer index of an rx ring"
    shut ctrl_index \
        "XSA-90 (found by the control ring's work)" "impossible producer index of the control ring"
    passed tiny "XSA-432: a tiny packet in 18 slots is taken"
    passed empty "XSA-448: packets with empty pieces are taken"
    passed headers "XSA-423: a packet to be segmented with its headers in slots of 5 bytes is taken"
    attack grants
    claim "XSA-361, -362, -367: a bad grant among good ones is an error, of that packet or that" \
        "list alone"
    passed hash "XSA-270: entries beyond the hash table and a key beyond its array are refused"
    good; claim "a good guest's streams are right"
    quotas
    storm
    untaken
    passed fetch "XSA-155: fields that change while they are read"
    attack leave
    before=$(channels) memory=$(slab)
    passed leave "XSA-331, -374, -441: away in the middle of packets and events, seven times"
    [ "$(channels)" = "$before" ] && [ $(($(slab) - memory)) -lt 1024 ]
    claim "XSA-457: nothing of that is left ($before, $(channels) channels, slab $memory," \
        "$(slab) KiB)"
    good; claim "a good guest's streams are right after all of it"
    kill $knocking
    guest_run 1 'dmesg | grep hostile' >>/out/detail 2>&1
    id=$(guest_id 1)
    xl destroy guest1 && wait_until 30 "! ls /sys/bus/xen-backend/devices/ | grep -q vif-$id-"
    claim "the guest can be destroyed, and its device goes"
}

# Domain-0 takes nothing from the guest for a while, and the guest's device goes down and up
# meanwhile.
full_ring() {
    good # so that the guest knows Domain-0's address: a packet that waits for one fills no ring
    ip link set "$vif2" down
    in_guest 2 '/usr/bin/ping -q -f -c 500 -w 3 -s 100 10.9.0.1'
    # shellcheck disable=SC2016
    in_guest 2 'for i in $(seq 40); do
            ip link set eth0 down; ip link set eth0 up
            (ping -c 1 -W 1 10.9.0.1 >/dev/null 2>&1 &)
            sleep 0.05
        done'
    ip link set "$vif2" up
    wait_until 20 "in_guest 2 'ping -c 1 -W 1 -q 10.9.0.1'" && good
    claim "XSA-376: a backend that answers nothing while the device goes down and up 40 times;" \
        "then every byte is right"
}

xdp() {
    in_guest 2 'ethtool -K eth0 lro off gro off'
    check guest_run 2 \
        '(netcheck recv 10.9.0.1 24; echo $? >/tmp/xdp) >/tmp/xdp.log 2>&1 </dev/null &'
    # shellcheck disable=SC2016
    in_guest 2 'for i in $(seq 10); do xdppass eth0 on generic && xdppass eth0 off generic ||
        exit 1; done' &&
        wait_until 60 "guest_run 2 'test -s /tmp/xdp'" && [ "$(guest_run 2 'cat /tmp/xdp')" = 0 ]
    claim "XSA-405: an XDP program comes and goes ten times under a stream, every byte right"
    in_guest 2 'ethtool -K eth0 gro on'
}

# A device whose backend has only states: its queues are never there when they are taken down.
unmade() {
    id=$(guest_id 2)
    front=/local/domain/$id/device/vif/7 other=/local/domain/0/backend/nothing/$id/7
    xenstore-write "$other/frontend" "$front" "$other/frontend-id" "$id" "$other/state" 1
    xenstore-chmod -r "$other" n0 "r$id"
    xenstore-write "$front" ""
    xenstore-chmod "$front" "n$id" r0
    xenstore-write "$front/backend" "$other" "$front/backend-id" 0 "$front/handle" 7 \
        "$front/mac" 00:16:3e:00:09:77 "$front/state" 1
    wait_until 10 "guest_run 2 'test -e /sys/bus/xen/devices/vif-7/net'"
    claim "a device without a real backend appears in the guest"
    for state in 4 5 6 2 4 3 5 1 4 6 7 8 2; do xenstore-write "$other/state" $state; sleep 0.2; done
    in_guest 2 'ls /sys/bus/xen/devices/vif-7/net; ip link set eth1 up; ip -s link show eth1'
    xenstore-rm "$front" && xenstore-rm "/local/domain/0/backend/nothing"
    wait_until 20 "! guest_run 2 'test -e /sys/bus/xen/devices/vif-7'" && good
    claim "XSA-465: it is removed, its queues were never made; the guest goes on"
}

part_front() {
    full_ring
    xdp
    unmade
}

bridge_up
netcheck serve
guest_create 1
guest_create 2
guest_wait 1
guest_wait 2
vif2=vif$(guest_id 2).0
for part in $(echo "$PARTS" | tr + ' '); do
    stage "$part"
    "part_$part"
done
guest_run 2 dmesg >>/out/detail
! guest_run 2 "dmesg | grep -E '$complaints|broke the protocol'" >>/out/detail
claim "the good guest's kernel complains of nothing"
! dmesg | grep -E "$complaints" >>/out/detail; claim "nor does Domain-0's"
claims_end
finish 0
