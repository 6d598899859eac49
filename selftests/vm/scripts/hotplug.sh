#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/hotplug.tap: refusals, as xl prints them, and crowds of devices.
. /lab/lib.sh
: >/out/detail
scripts=/usr/lib/shoji/scripts

said() { grep -qF -- "$*" /out/said; }
loops() { losetup -n -l | grep -c /mnt/; }
nodes() { xenstore-ls -f /local/domain/0/backend 2>/dev/null | grep -c .; }
# The commands' words are kept where a claim fails.
result() {
    claim "$*"
    [ "${_ok:-0}" -eq 0 ] || { echo "--- $*"; cat /out/said; } >>/out/detail
}

# disk VDEV ACCESS TARGET [GUEST]: what xl says is in /out/said
disk() {
    xl block-attach "${4:-guest1}" "format=raw,vdev=$1,access=$2,script=$scripts/block,target=$3" \
        >/out/said 2>&1
}
detach() { xl block-detach guest1 "$1" >>/out/said 2>&1; }

refusals() {
    truncate -s 16M /mnt/extra.img
    read_only=$(losetup -r -f --show /mnt/extra.img)
    ! disk xvdd w "$read_only" &&
        said "$read_only does not open: it is read-only (attach it with mode r); if the guest" \
            "runs, detach it first: xl block-detach $(guest_id 1) xvdd"
    result "xl says that a device is read-only, and what comes first"
    detach xvdd && disk xvdd r "$read_only"
    result "that makes it possible to attach the device read-only"
    detach xvdd
    losetup -d "$read_only"
    wait_until 20 "[ \$(loops) = 0 ]"
    impossible
}

# What xenstore has of disks, errors aside: they stay until the next disk of that number.
disk_nodes() { xenstore-ls -f | sed 's/ = .*//' | grep /vbd | grep -v /error/ | sort; }

# A disk that no guest can have, in both of the toolstack's notations; the short one names no
# script, and gets the default.
impossible() {
    ln -sf "$scripts/block" /etc/xen/scripts/block
    disk_nodes >/out/nodes-before
    for notation in "format=raw,vdev=xvdzzz,access=w,script=$scripts/block,target=/mnt/extra.img" \
        file:/mnt/extra.img,xvdzzz,w; do
        ! xl block-attach guest1 "$notation" >/out/said 2>&1 &&
            said "xvdzzz: no guest can have this disk: its number is "
        result "a disk that no guest can have is refused: ${notation%%,*}"
        say "xl says: $(grep -m 1 -o 'xvdzzz: .*' /out/said || tail -n 1 /out/said)"
        detach xvdzzz && wait_until 20 "[ \$(loops) = 0 ]"
        result "its detach without --force succeeds, and no loop device is left"
        wait_until 20 "disk_nodes | cmp -s - /out/nodes-before" ||
            { disk_nodes | diff - /out/nodes-before >>/out/said && false; }
        result "nor anything in xenstore"
    done
}

# settled FRONT: the guest has taken its disk, or refused it.
settled() { case $(xenstore-read "$1/state") in [456]) ;; *) false ;; esac; }

# The disk of a guest is attached, says xl. On a busy machine the guest may come to it when the
# script waits no more: a refusal is then in the log only.
attached() {
    front=/local/domain/$id/device/vbd/$((51712 + 16 * number))
    wait_until 90 "settled $front"
    case $(xenstore-read "$front/state") in
        4) ;;
        [56])
            told=$((told + 1))
            grep -q "xvd$letter: the guest has not connected" /var/log/xen/xen-hotplug.log ;;
        *) false ;;
    esac
}

# What a guest cannot connect for want of grants is told, or it connects.
few_grants() {
    n=0 bad=0 told=0 number=0
    guest_config 1
    sed -e "s/guest1/guest2/" -e "s/^disk = .*/disk = []/" -e "s/^vif = .*/vif = []/" \
        /tmp/guest-1.cfg >/tmp/guest-2.cfg
    echo 'max_grant_frames = 2' >>/tmp/guest-2.cfg
    xl create /tmp/guest-2.cfg >/out/said 2>&1 || return 1
    id=$(xl domid guest2)
    wait_until 240 "[ \"\$(xenstore-read /local/domain/$id/control/feature-poweroff)\" = 1 ]" ||
        return 1
    for letter in b c d e f g h i; do
        truncate -s 4M "/mnt/few-$letter.img"
        number=$((number + 1))
        if disk "xvd$letter" w "/mnt/few-$letter.img" guest2; then
            attached || bad=$((bad + 1))
        elif said " refuses /dev/loop"; then
            told=$((told + 1))
            say "$(grep -m 1 -o "xvd$letter: .*" /out/said)"
            xl block-detach guest2 "xvd$letter" >>/out/said 2>&1 || bad=$((bad + 1))
        else
            bad=$((bad + 1))
        fi
        cat /out/said >>/out/detail
        n=$((n + 1))
    done
    say "few grants: $n disks, $told refused with a cause, $bad neither connected nor told"
    [ $bad -eq 0 ] && [ $n -eq 8 ]
}

# The names of disks, in order.
names() {
    for first in '' a b; do
        for last in a b c d e f g h i j k l m n o p q r s t u v w x y z; do
            echo "xvd$first$last"
        done
    done
}

# crowd_config NAME DISKS VIFS: a guest of the test kernel, which does not run
crowd_config() {
    i=0 list='' vifs=''
    for vdev in $(names | head -n "$2"); do
        truncate -s 1M "/mnt/$1-$vdev.img"
        list="$list'format=raw,vdev=$vdev,access=w,script=$scripts/block"
        list="$list,target=/mnt/$1-$vdev.img',"
    done
    i=0
    while [ $i -lt "$3" ]; do
        vifs="$vifs'bridge=xenbr0,script=$scripts/vif-bridge',"
        i=$((i + 1))
    done
    cat >"/tmp/$1.cfg" <<END
name = '$1'
type = 'pv'
kernel = '/lab/test.elf'
memory = 16
disk = [ $list ]
vif = [ $vifs ]
END
}

destroy_all() {
    for name in $(xl list | awk 'NR > 2 && $1 !~ /guest/ {print $1}'); do xl destroy "$name"; done
}

crowds() {
    [ "$(loops)" = 0 ] || say "loop devices: $(losetup -n -l)"
    before="$(loops) $(nodes)"
    crowd_config many 64 8
    round=0
    while [ $round -lt "${ROUNDS:-1}" ]; do
        round=$((round + 1))
        took=$(in-time /out/said xl create -p /tmp/many.cfg) && [ "$(loops)" = 64 ] &&
            [ "$(find /sys/class/net/xenbr0/brif/ -name 'vif*' | wc -l)" -ge 8 ]
        result "64 disks and 8 vifs of one guest are attached ($round)"
        say "xl create with 64 disks and 8 vifs: $took ms"
        xl destroy many
        wait_until 30 "[ \"\$(loops) \$(nodes)\" = '$before' ]"
        result "nothing of them is left: $(loops) loop devices, $(nodes) nodes in xenstore"
    done
    n=1
    while [ $n -le 20 ]; do
        crowd_config "one$n" 2 1
        (
            took=$(in-time "/out/one$n" xl create -p "/tmp/one$n.cfg") && touch "/tmp/one$n.created"
            echo "$took" >"/tmp/one$n.ms"
        ) &
        guests="${guests:-} $!"
        n=$((n + 1))
    done
    # shellcheck disable=SC2086  # the processes
    wait $guests
    [ "$(find /tmp -name 'one*.created' | wc -l)" = 20 ] && [ "$(loops)" = 40 ]
    result "20 guests at once have their disks and vifs"
    say "20 guests at once: the slowest xl create took $(cat /tmp/one*.ms | sort -n | tail -n 1) ms"
    destroy_all
    wait_until 30 "[ \"\$(loops) \$(nodes)\" = '$before' ]"
    result "and nothing of them is left"
}

bridge_up
stage guests
guest_create 1
guest_wait 1
stage refusals
refusals
stage crowds
(while :; do :; done) &
spinners=$!
(while :; do :; done) &
spinners="$spinners $!"
crowds
# shellcheck disable=SC2086  # the processes
kill $spinners
stage "few grants"
few_grants
result "a disk that a guest has no grants for connects or is told of"
cp /var/log/xen/xen-hotplug.log /out/ 2>/dev/null
claims_end
