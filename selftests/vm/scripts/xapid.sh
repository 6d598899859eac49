#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/xapid.tap: the daemon with libxl, and a guest by XenAPI; TAP into /out/tap.
. /lab/lib.sh
socket=/run/xapid.socket
state=/mnt/xapid

call() { LD_LIBRARY_PATH=/usr/lib/xapid xapi_call $socket "$@"; }

daemon() {
    LD_LIBRARY_PATH=/usr/lib/xapid xapid --state $state --socket $socket --listen '' \
        >>/out/xapid.log 2>&1 &
    pid=$!
    _tries=0
    until [ -S $socket ] && call session.get_all_subject_identifiers >/dev/null 2>&1; do
        _tries=$((_tries + 1))
        [ $_tries -lt 120 ] || return 1
        sleep 0.5
    done
}

# is METHOD REFERENCE VALUE: within a minute.
is() {
    _tries=0
    until [ "$(call "$1" "$2" 2>/dev/null)" = "$3" ]; do
        _tries=$((_tries + 1))
        [ $_tries -lt 120 ] || { echo "# $1 is $(call "$1" "$2" 2>&1)" >>/out/tap; return 1; }
        sleep 0.5
    done
}

# first METHOD ARGUMENT: the first reference of a set.
first() { call "$@" | sed 's/^\["\([^"]*\)".*/\1/'; }

record() { # record KEY VALUE...: a JSON object of texts
    _r=''
    while [ $# -gt 1 ]; do
        _r="$_r${_r:+,}\"$1\":\"$2\""
        shift 2
    done
    echo "{$_r}"
}

disk() { # disk NAME BYTES: the reference of a new VDI
    call VDI.create "$(record name_label "$1" SR "$sr" virtual_size "$2" type user)"
}

attach() { # attach VDI: the reference of a new VBD
    call VBD.create "$(record VM "$vm" VDI "$1" userdevice autodetect mode RW type Disk)"
}

install_guest() {
    template=$(first VM.get_by_name_label 'Linux PV guest')
    vm=$(call VM.clone "$template" guest1)
    call VM.provision "$vm"
    call VM.set_PV_kernel "$vm" /lab/guests/1/kernel
    call VM.set_PV_ramdisk "$vm" /lab/guests/1/ramdisk
    call VM.set_PV_args "$vm" "console=hvc0 panic=-1 lab.guest=1 lab.front=$(guest_value 1 front)"
    _bytes=$(($(guest_value 1 mem) << 20))
    call VM.set_memory_limits "$vm" 67108864 $_bytes $_bytes $_bytes
    sr=$(first SR.get_by_name_label 'Local storage')
    vbd=$(attach "$(disk first 67108864)")
    network=$(call network.get_all_records_where 'field "bridge" = "xenbr0"' |
        sed 's/^{"\([^"]*\)".*/\1/')
    call VIF.create "$(record VM "$vm" network "$network" device 0 MAC '' MTU 1500)" >/dev/null
}

sees() { guest_run 1 "$1" >>/out/guest.log 2>&1; }

echo 1..21 >/out/tap
mount -t tmpfs -o size=90% tmpfs /mnt
bridge_up
daemon; claim "the daemon starts on this hypervisor"
install_guest
call VM.start "$vm" false false; claim "VM.start starts a PV guest"
is VM.get_power_state "$vm" Running; claim "it is running"
xl list >/out/xl-list.txt; grep -q '^guest1 ' /out/xl-list.txt; claim "xl sees it by its name"
guest_wait 1; claim "its user space answers"
[ "$(call VBD.get_currently_attached "$vbd")" = true ] && sees 'test -b /dev/xvda'
claim "it has its disk"
sees 'test -e /sys/class/net/eth0'; claim "it has its interface"
vdi2=$(disk second 33554432) && vbd2=$(attach "$vdi2") && call VBD.plug "$vbd2" &&
    sleep 3 && sees 'test -b /dev/xvdb'
claim "VBD.plug gives it a second disk"
call VBD.unplug "$vbd2"; claim "VBD.unplug takes it away"
kill -9 $pid; daemon; is VM.get_power_state "$vm" Running
claim "a daemon that is killed finds the guest running when it starts again"
call VM.pause "$vm" && is VM.get_power_state "$vm" Paused && xl list | grep -q '^guest1 .*p'
claim "VM.pause pauses it"
call VM.unpause "$vm" && guest_wait 1; claim "VM.unpause lets it go on"
sees 'echo kept >/tmp/kept' && call VM.suspend "$vm" && is VM.get_power_state "$vm" Suspended &&
    ! xl domid guest1 >/dev/null 2>&1
claim "VM.suspend takes its memory to a VDI, and its domain is gone"
call VM.resume "$vm" false false && is VM.get_power_state "$vm" Running && guest_wait 1 &&
    sees 'grep -q kept /tmp/kept && test -b /dev/xvda && dd if=/dev/xvda of=/dev/null bs=1M count=8'
claim "VM.resume lets it go on, with its files and its disk"
point=$(call VM.checkpoint "$vm" point) && is VM.get_power_state "$point" Suspended &&
    guest_wait 1 && sees 'grep -q kept /tmp/kept'
claim "VM.checkpoint takes its memory, and it goes on"
call VM.query_data_source "$vm" memory >/out/memory && call VM.query_data_source "$vm" cpu0 \
    >/out/cpu0 && call host.dmesg "$(first host.get_all)" >/out/dmesg.json &&
    [ "$(wc -c </out/dmesg.json)" -gt 100 ]
claim "its memory and CPU are measured, and the hypervisor's log is read"
call VM.clean_reboot "$vm" && is VM.get_power_state "$vm" Running && guest_wait 1
claim "VM.clean_reboot starts it anew"
call VM.clean_shutdown "$vm" && is VM.get_power_state "$vm" Halted
claim "VM.clean_shutdown ends it"
guest_create 1 >/dev/null 2>&1
_by_xl=''
_tries=0
while [ -z "$_by_xl" ] && [ $_tries -lt 60 ]; do
    _by_xl=$(call VM.get_all_records_where 'field "power_state" = "Running" and field "name_label" =
        "guest1"' | sed -n 's/^{"\([^"]*\)".*/\1/p')
    _tries=$((_tries + 1))
    sleep 0.5
done
[ -n "$_by_xl" ] && [ "$(call VM.get_VCPUs_max "$_by_xl")" = "$(guest_value 1 vcpus)" ]
claim "a guest that xl makes is a VM with its vCPUs"
call VM.hard_shutdown "$_by_xl" && sleep 2 && ! xl domid guest1 >/dev/null 2>&1
claim "VM.hard_shutdown ends it"
kill $pid; wait $pid; claim "the daemon ends orderly"
