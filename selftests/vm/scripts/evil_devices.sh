#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/evil_devices.tap: TAP lines into /out/tap. First guest 1 has the evil
# frontend and guest 2 works beside it; then guest 2 has good frontends and Domain-0 the evil
# backend, and then one that answers nothing. PARTS (joined by +): front, back, silent.
. /lab/lib.sh
: >/out/detail
seconds=$((MINUTES * 60))
complaints='BUG:|WARNING:|Oops|Call Trace|hung_task|blocked for more'

check() { echo "--- $*" >>/out/detail; "$@" >>/out/detail 2>&1; }
verify() {
    guest_run 2 "blkbench --file=/dev/$1 --mode=verify --bs=16k --qd=8 --size=4m --row=t 2>&1" \
        >>/out/detail 2>&1
}
answers() { guest_run 2 'ping -c 3 -i 0.2 -W 5 -q 10.9.0.1' >>/out/detail 2>&1; }
devices_of() { find /sys/bus/xen-backend/devices/ -name "v??-$1-*" | wc -l; }
parameter() { guest_run 1 "cat /sys/module/shoji_evil_front/parameters/$1"; }
both_ended() { [ "$(parameter ended)" = 2 ]; }
# The vif that has a MAC is eth0 or another, as those before it have gone.
vif_up() {
    guest_run 2 "for d in /sys/class/net/eth*; do
            grep -q $1 \$d/address && ip addr add 10.9.0.12/24 dev \${d##*/}
            ip link set \${d##*/} up
        done
        ping -c 1 -W 2 -q 10.9.0.1" >>/out/detail 2>&1
}

evil_frontend() {
    guest_run 1 "rmmod xen_netfront xen_blkfront
        insmod /lab/evil-guest/shoji-evil-front.ko seed=$SEED seconds=$seconds" >>/out/detail 2>&1
    before=$(dmesg | wc -l)
    xl network-attach guest1 mac=00:16:3e:00:09:01 bridge=xenbr0 >>/out/detail 2>&1 &&
        xl block-attach guest1 'phy:/dev/ram13,xvdg,w' >>/out/detail 2>&1
    claim "an evil vif and an evil vbd are attached (seed $SEED)"
    good=0 bad=0 end=$(($(cut -d. -f1 /proc/uptime) + seconds))
    while [ "$(cut -d. -f1 /proc/uptime)" -lt $end ]; do
        if verify xvda && answers; then good=$((good + 1)); else bad=$((bad + 1)); fi
    done
    [ $good -gt 0 ] && [ $bad -eq 0 ]
    claim "XSA-332, -349, -361, -365, -367, -392: storms, keys, bad grants, untaken packets:" \
        "the guest beside it reads, writes and is answered ($good times, failed $bad)"
    wait_until 60 both_ended; claim "both of them came to their end"
    rounds=$(parameter rounds) taken=$(parameter connected)
    [ "${taken:-0}" -gt 4 ]
    claim "XSA-350, -374: it connected and left again and again ($rounds rounds, $taken connected)"
    guest_run 1 'dmesg | grep evil_front' >>/out/detail
    lines=$(($(dmesg | wc -l) - before))
    dmesg >>/out/detail
    [ $lines -gt 0 ] && [ $lines -lt $((20 + 12 * ${rounds:-0})) ]
    claim "XSA-157: Domain-0's log tells of it in a few lines a round ($lines)"
    id=$(guest_id 1)
    xl destroy guest1 && wait_until 60 "[ \"\$(devices_of $id)\" = 0 ]"
    claim "XSA-371, -457: the guest can be destroyed, and its devices go"
    ! dmesg | grep -E "$complaints" >>/out/detail; claim "Domain-0's kernel complains of nothing"
    xl block-attach guest2 'phy:/dev/ram14,xvdi,w' &&
        wait_until 20 "guest_run 2 'test -b /dev/xvdi'" && verify xvdi
    claim "a new disk of a good guest works"
    xl block-detach guest2 xvdi >>/out/detail 2>&1
}

# One vif and one vbd with the evil backend; whatever becomes of them, they go again.
evil_round() {
    check xl network-attach guest2 mac=00:16:3e:00:09:02 bridge=xenbr0 script=evil-vif
    check xl block-attach guest2 'phy:/dev/ram15,xvdj,w'
    # shellcheck disable=SC2016
    guest_run 2 '(for d in /sys/class/net/eth*; do ip link set ${d##*/} up; done
        timeout 5 dd if=/dev/xvdj of=/dev/null bs=4k count=64
        test -b /dev/xvdj && timeout 5 dd if=/dev/zero of=/dev/xvdj bs=64k count=4 oflag=direct
        ) >/dev/null 2>&1 </dev/null &' >>/out/detail 2>&1
    sleep 4
    check xl block-detach guest2 xvdj
    for handle in 0 1 2; do check xl network-detach guest2 $handle; done
    # A disk that went just before dd opened it leaves a file of that name, in whose place the next
    # disk gets no node.
    check guest_run 2 'test ! -f /dev/xvdj || rm /dev/xvdj'
}

ours_go() {
    xl network-detach guest2 0 >>/out/detail 2>&1
    xl block-detach guest2 xvda >>/out/detail 2>&1
    wait_until 20 "[ \"\$(devices_of $(guest_id 2))\" = 0 ]"
    rmmod shoji_netback shoji_blkback; claim "our backends are unloaded when no guest has a device"
}

evil_backend() {
    insmod /lab/evil/shoji-evil-back.ko seed="$SEED"; claim "the evil backend takes their place"
    good=0 bad=0 end=$(($(cut -d. -f1 /proc/uptime) + seconds))
    while [ "$(cut -d. -f1 /proc/uptime)" -lt $end ]; do
        if evil_round; then good=$((good + 1)); else bad=$((bad + 1)); fi
    done
    [ $good -gt 0 ] && [ $bad -eq 0 ]
    claim "XSA-376, -391, -396: the guest answers after each round ($good, failed $bad)"
    connected=$(cat /sys/module/shoji_evil_back/parameters/connected)
    [ "${connected:-0}" -ge $good ] && [ "${connected:-0}" -gt 0 ]
    claim "it connected ($connected devices)"
    peeked=$(cat /sys/module/shoji_evil_back/parameters/peeked)
    leaks=$(cat /sys/module/shoji_evil_back/parameters/leaks)
    [ "${peeked:-0}" -gt 30 ] && [ "${leaks:-1}" -eq 0 ]
    claim "XSA-403: of $peeked pages that our network frontend shared, $leaks held anything but" \
        "its packets"
    wait_until 60 "[ \"\$(devices_of $(guest_id 2))\" = 0 ]"
    rmmod shoji_evil_back
}

# A reader in the guest, through its page cache: once killed it waits in close() for the page that
# does not come.
read_on() {
    guest_run 2 'rm -f /tmp/reader.code
        (
            dd if=/dev/xvdj of=/dev/null bs=4k &
            echo $! >/tmp/reader.pid
            wait $!
            echo $? >/tmp/reader.code
        ) >/tmp/reader 2>&1 </dev/null &'
}
read_ended() { [ -n "$(guest_run 2 'cat /tmp/reader.code 2>/dev/null')" ]; }
disk_gone() { ! guest_run 2 'test -e /sys/block/xvdj' >/dev/null; }
target() { guest_run 2 'cat /sys/devices/system/xen_memory/xen_memory0/target_kb'; }
target_changed() { [ "$(target)" != "$1" ]; }
# xenbus's one watch thread in the guest does its work: the balloon's target arrives, MIB.
watches() { was=$(target) && xl mem-set guest2 "$1" && wait_until 10 "target_changed '$was'"; }

# silent REQUESTS: xvdj with a backend that answers so many, and a reader that hangs.
silent() {
    echo "$1" >/sys/module/shoji_evil_back/parameters/silent
    echo 0 >/sys/module/shoji_evil_back/parameters/let_go
    check xl block-attach guest2 'phy:/dev/ram15,xvdj,w' &&
        wait_until 60 "guest_run 2 'test -b /dev/xvdj' >/dev/null" && read_on && sleep 3 &&
        ! read_ended
}

silent_backend() {
    insmod /lab/evil/shoji-evil-back.ko silent=40
    claim "a backend that falls silent takes their place"
    full=$(guest_value 2 mem)

    # shellcheck disable=SC2016  # the guest's shell expands it
    silent 40 && guest_run 2 'kill -9 $(cat /tmp/reader.pid)'
    claim "a reader hangs, and is killed, which is its last close"
    xl block-detach guest2 xvdj >>/out/detail 2>&1 &
    sleep 3
    watches $((full - 8)); claim "the disk is to be closed: the guest's watch thread works on"
    echo 1 >/sys/module/shoji_evil_back/parameters/let_go
    wait_until 15 disk_gone; claim "the backend closes: the disk goes"
    wait

    silent 40; claim "a reader hangs"
    echo 1 >/sys/module/shoji_evil_back/parameters/let_go
    wait_until 15 'read_ended && disk_gone'
    claim "the backend closes by itself: the reader ends, the disk goes"
    # With EIO, or at the end: Linux says of a disk that has gone that it holds 0 bytes. Never with
    # a block that was not answered.
    code=$(guest_run 2 'cat /tmp/reader.code') blocks=$(guest_run 2 \
        "sed -n 's/+.*records out.*//p' /tmp/reader")
    [ "$code" != 0 ] || { [ "${blocks:-0}" -gt 0 ] && [ "$blocks" -le $((40 * 32)) ]; }
    claim "with an error or with no more than 40 answers of 128 KiB can hold" \
        "($(guest_run 2 'tail -n 1 /tmp/reader'))"
    check xl block-detach guest2 xvdj

    silent 0; claim "a backend that answers nothing from the beginning"
    xl block-detach guest2 xvdj >>/out/detail 2>&1 &
    wait_until 8 "guest_run 2 'dmesg | grep -q \"xvdj is in use\"'" && watches "$full"
    claim "the guest says that its disk is in use, and its watch thread works on"
    xenstore-rm "/local/domain/$(guest_id 2)/device/vbd/51856"
    wait_until 15 'read_ended && disk_gone' && watches $((full - 8))
    claim "its device is taken away: the reader ends, the disk goes, the watch thread works on"
    echo 1 >/sys/module/shoji_evil_back/parameters/let_go
    wait
    # The toolstack still has a device that it could not take away in time, and refuses another of
    # that name.
    for folder in "/libxl/$(guest_id 2)/device/vbd/51856" \
        "/local/domain/0/backend/vbd/$(guest_id 2)/51856"; do
        check xenstore-rm "$folder"
    done

    silent 40; claim "a reader hangs again"
    guest_run 2 '(echo vbd-51856 >/sys/bus/xen/drivers/vbd/unbind
        echo $? >/tmp/unbind.code) >/dev/null 2>&1 </dev/null &'
    sleep 10
    watches "$full"; claim "the driver is unbound from it: the watch thread works on"
    wait_until 40 'read_ended && disk_gone' && guest_run 2 'test -s /tmp/unbind.code'
    claim "after 30 s without an answer the reader ends, the disk goes, the unbinding is done"
    [ "$(guest_run 2 'dmesg | grep -c "has answered nothing for"')" = 1 ]
    claim "with one line in the log"
    echo 1 >/sys/module/shoji_evil_back/parameters/let_go
    check xl block-detach guest2 xvdj
    wait_until 20 "[ \"\$(devices_of $(guest_id 2))\" = 0 ]"
    rmmod shoji_evil_back
}

good_backend() {
    insmod /lab/back/shoji-netback.ko && insmod /lab/back/shoji-blkback.ko
    claim "ours takes its place again"
    xl block-attach guest2 'phy:/dev/ram14,xvdk,w' &&
        wait_until 20 "guest_run 2 'test -b /dev/xvdk'" && verify xvdk
    claim "a disk of ours works in the guest that saw all of it"
    xl network-attach guest2 mac=00:16:3e:00:00:02 bridge=xenbr0 >>/out/detail 2>&1 &&
        wait_until 20 'vif_up 00:16:3e:00:00:02' && answers
    claim "and a vif of ours"
    guest_run 2 dmesg >>/out/detail
    guest_run 2 "! dmesg | grep -E '$complaints'" >>/out/detail
    claim "the guest's kernel complains of nothing"
    ! dmesg | grep -E "$complaints" >>/out/detail; claim "nor does Domain-0's"
}

wanted() { case "+$PARTS+" in *"+$1+"*) stage "$2" ;; *) false ;; esac; }

bridge_up
guest_create 2
guest_wait 2
if wanted front "the evil frontend"; then
    guest_create 1
    guest_wait 1
    evil_frontend
fi
ours_go
wanted back "the evil backend" && evil_backend
wanted silent "a silent backend" && silent_backend
stage "good backends"
good_backend
claims_end
finish 0
