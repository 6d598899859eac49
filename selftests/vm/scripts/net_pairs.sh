#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/net_pairs.tap: TAP lines into /out/tap. Guests 1 and 3 have our netfront, guest 2 Linux's.
. /lab/lib.sh
n=0
claim() {
    status=$?
    n=$((n + 1))
    if [ $status -eq 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; fi >>/out/tap
    say "$(tail -n 1 /out/tap)"
}
: >/out/detail

# The output of a check goes to /out/detail, so that a failure can be read there.
check() { echo "--- $*" >>/out/detail; "$@" >>/out/detail 2>&1; }
in_guest() { _in=$1; shift; check guest_run "$_in" "$@"; }
link_back() { wait_until 40 "in_guest $1 'ping -c 1 -W 1 -q 10.9.0.1'"; }
counter() { ethtool -S "$1" | awk -v name="$2" '$1 ~ name {sum += $2} END {print sum + 0}'; }

both_ways() { # GUEST MIB: checked streams guest to Domain-0, and back
    in_guest "$1" "netcheck send 10.9.0.1 $2" && in_guest "$1" "netcheck recv 10.9.0.1 $2"
}

bridge_up
netcheck serve
guest_create 1
guest_create 2
guest_wait 1
guest_wait 2
vif1=vif$(guest_id 1).0 vif2=vif$(guest_id 2).0
guest_run 1 'netcheck serve'
guest_run 2 'netcheck serve'

stage "pairs"
bridge link | grep -q "$vif1.* master xenbr0 state forwarding"; claim "$vif1 of ours is on the bridge, by the stock script"
[ "$(xenstore-read "/local/domain/0/backend/vif/$(guest_id 1)/0/state")" = 4 ] &&
    [ "$(xenstore-read "/local/domain/$(guest_id 1)/device/vif/0/state")" = 4 ]; claim "both ends are Connected"
[ "$(counter "$vif1" pool_pages)" -gt 0 ] && [ "$(counter "$vif2" pool_pages)" -eq 0 ]
claim "our frontend's pages are a pool here, the in-tree frontend's are not"
calls=$(($(counter "$vif1" tx_grant_calls) + $(counter "$vif1" rx_grant_calls)))
both_ways 1 8; claim "ours/ours: TCP both ways, every byte right"
[ $(($(counter "$vif1" tx_grant_calls) + $(counter "$vif1" rx_grant_calls))) -eq "$calls" ]
claim "and not one grant operation for it"
in_guest 1 'netcheck udp 10.9.0.1 200 1472' && in_guest 1 'netcheck udp 10.9.0.1 40 20000'
claim "ours/ours: datagrams, whole ones and fragments"
in_guest 1 'ping -c 5 -i 0.1 -q -s 60000 10.9.0.1 | grep " 0% packet loss"'; claim "ours/ours: echoes of 60000 bytes"
both_ways 2 8; claim "ours/in-tree: TCP both ways, every byte right"
in_guest 2 'netcheck udp 10.9.0.1 200 1472' && in_guest 2 'ping -c 3 -i 0.1 -q -s 60000 10.9.0.1 | grep " 0% packet loss"'
claim "ours/in-tree: datagrams and echoes of 60000 bytes"
in_guest 1 'netcheck send 10.9.0.12 8' && in_guest 1 'netcheck recv 10.9.0.12 8'
claim "guest to guest over the bridge, both ways, every byte right"
[ "$(ethtool -l "$vif1" | awk '/^Combined/ {n = $2} END {print n}')" = 2 ]; claim "two vCPUs give two queues"
in_guest 1 'for i in 1 2 3 4 5 6; do netcheck send 10.9.0.1 1 & done; wait' &&
    ethtool -S "$vif1" >>/out/detail && [ "$(counter "$vif1" q1_tx_packets)" -gt 0 ]; claim "and both are used"

stage "offloads and MTU"
in_guest 1 'ethtool -K eth0 tso off gso off tx off sg off' && ethtool -K "$vif1" tso off gso off tx off && both_ways 1 2
claim "without GSO and checksum offload: every byte right"
in_guest 1 'ethtool -K eth0 sg on tx on tso on gso on' && ethtool -K "$vif1" tx on tso on gso on && both_ways 1 2
claim "and with them again"
for dev in "$vif1" "$vif2" xenbr0; do check ip link set "$dev" mtu 9000; done
in_guest 1 'ip link set eth0 mtu 9000' && in_guest 2 'ip link set eth0 mtu 9000' &&
    in_guest 1 'ping -c 2 -i 0.1 -M do -s 8972 -q 10.9.0.12' && in_guest 1 'netcheck send 10.9.0.12 2' && both_ways 2 2
claim "MTU 9000: echoes that may not be fragmented, streams, guest to guest"

stage "reload"
ip link set xenbr0 mtu 1500
check rmmod shoji_netback; claim "the backend unloads under its guests"
! ip link show "$vif1" >/dev/null 2>&1; claim "and its vifs are gone"
check insmod /lab/back/shoji-netback.ko &&
    wait_until 20 "ip link show $vif1 && ip link show $vif2 && ip link set $vif1 master xenbr0 up && ip link set $vif2 master xenbr0 up" &&
    link_back 1 && link_back 2; claim "loaded again, both guests' links come back"
both_ways 1 2 && both_ways 2 2; claim "with every byte right"
wait_until 20 "[ \$(counter $vif1 pool_pages) -gt 0 ]"; claim "and the pool is there again"

stage "in-tree backend"
xl destroy guest1
xl destroy guest2
wait_until 20 "! ip link show $vif1 >/dev/null 2>&1"
check rmmod shoji_netback && check modprobe xen-netback; claim "in-tree netback takes our backend's place"
guest_create 3
guest_wait 3
both_ways 3 8 && in_guest 3 'netcheck udp 10.9.0.1 100 1472'; claim "in-tree/ours: TCP both ways and datagrams, every byte right"
in_guest 3 'ping -c 3 -i 0.1 -q -s 60000 10.9.0.1 | grep " 0% packet loss"'; claim "in-tree/ours: echoes of 60000 bytes"
! guest_run 3 'dmesg | grep -E "BUG|WARNING|Oops|broke the protocol"' >>/out/detail; claim "no complaint in the guest's log"
! dmesg | grep -E 'BUG|WARNING|Oops|broke the protocol' >>/out/detail; claim "no complaint in Domain-0's log"
echo "1..$n" >>/out/tap
finish 0
