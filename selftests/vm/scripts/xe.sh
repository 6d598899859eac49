#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/xe.tap: a guest by xe, from nothing to its end; TAP into /out/tap.
. /lab/lib.sh
export XE_SOCKET=/run/xapid.socket HOME=/root
kinds="vm vdi vbd vif console"

xe() { LD_LIBRARY_PATH=/usr/lib/xapid command xe "$@" 2>>/out/xe.log; }
get() { xe "$1-param-get" uuid="$2" param-name="$3"; }
sees() { guest_run 1 "$1" >>/out/guest.log 2>&1; }
count() { for kind in $kinds; do xe "$kind-list" --minimal | tr ',' '\n' | grep -c .; done; }

daemon() {
    LD_LIBRARY_PATH=/usr/lib/xapid xapid --state /mnt/xapid --socket $XE_SOCKET --listen '' \
        >>/out/xapid.log 2>&1 &
    pid=$!
    _tries=0
    until xe host-list --minimal >/dev/null; do
        _tries=$((_tries + 1))
        [ $_tries -lt 120 ] || return 1
        sleep 0.5
    done
}

echo 1..18 >/out/tap
mount -t tmpfs -o size=90% tmpfs /mnt
bridge_up
daemon; claim "xe reaches the daemon"
count >/out/before
[ "$(xe host-list params=hostname --minimal)" = "$(hostname)" ]; claim "xe host-list"

memory=$(($(guest_value 1 mem) << 20))
arguments="console=hvc0 panic=-1 lab.guest=1 lab.front=$(guest_value 1 front)"
vm=$(xe vm-install template="Linux PV guest" new-name-label=guest1) &&
    xe vm-param-set uuid="$vm" PV-kernel=/lab/guests/1/kernel PV-ramdisk=/lab/guests/1/ramdisk \
        PV-args="$arguments" &&
    xe vm-memory-limits-set vm=guest1 static-max=$memory dynamic-max=$memory \
        dynamic-min=$memory static-min=64MiB &&
    vbd=$(xe vm-disk-add vm=guest1 disk-size=64MiB device=0) &&
    vif=$(xe vif-create vm-uuid="$vm" device=0 \
        network-uuid="$(xe network-list bridge=xenbr0 --minimal)") &&
    xe vm-start vm=guest1
claim "a guest from nothing in six commands"
timeout 120 env LD_LIBRARY_PATH=/usr/lib/xapid xe event-wait class=vm uuid="$vm" \
    power-state=running; claim "event-wait sees it run"
guest_wait 1; claim "its user space answers"
xl list >/out/xl-list.txt; grep -q "^guest1 *$(get vm "$vm" dom-id) " /out/xl-list.txt
claim "xl sees the domain that xe tells of"
[ "$(get vbd "$vbd" currently-attached)" = true ] && sees 'test -b /dev/xvda'
claim "it has its disk"
[ "$(get vif "$vif" currently-attached)" = true ] && sees 'test -e /sys/class/net/eth0'
claim "it has its interface"
second=$(xe vm-disk-add vm=guest1 disk-size=32MiB device=autodetect) && sleep 3 &&
    sees 'test -b /dev/xvdb'
claim "vm-disk-add gives it a second disk while it runs"
xe vm-disk-remove vm=guest1 device="$(get vbd "$second" userdevice)" && sleep 3 &&
    ! sees 'test -b /dev/xvdb'
claim "vm-disk-remove takes it away"
xe vm-pause vm=guest1 && xl list | grep -q '^guest1 .*p' && xe vm-unpause vm=guest1 &&
    guest_wait 1
claim "vm-pause, vm-unpause"
xe vm-suspend vm=guest1 && [ "$(get vm "$vm" power-state)" = suspended ] &&
    xe vm-resume vm=guest1 && guest_wait 1
claim "vm-suspend, vm-resume"
snapshot=$(xe vm-snapshot vm=guest1 new-name-label=before) &&
    [ "$(get template "$snapshot" snapshot-of)" = "$vm" ]
claim "vm-snapshot of a running guest"
xe vm-shutdown vm=guest1 && [ "$(get vm "$vm" power-state)" = halted ]; claim "vm-shutdown"
xe snapshot-uninstall uuid="$snapshot" --force >/dev/null &&
    xe vm-uninstall vm=guest1 --force >/dev/null
count >/out/after; cmp -s /out/before /out/after; claim "nothing is left behind"

guest_create 1 >/dev/null 2>&1
_tries=0
until [ "$(xe vm-list name-label=guest1 params=power-state --minimal)" = running ] ||
    [ $_tries -ge 60 ]; do
    _tries=$((_tries + 1))
    sleep 0.5
done
vm=$(xe vm-list name-label=guest1 --minimal)
[ "$(get vm "$vm" VCPUs-number)" = "$(guest_value 1 vcpus)" ] &&
    [ "$(get vm "$vm" memory-actual)" -gt 0 ]
claim "a guest that xl made is listed with its vCPUs and memory"
xe vm-shutdown vm=guest1 --force && sleep 2 && ! xl domid guest1 >/dev/null 2>&1
claim "and is shut down"
kill $pid; wait $pid; claim "the daemon ends orderly"
