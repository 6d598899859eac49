#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/domain_churn.tap: guests come and go, LINUX of them under I/O, SMALL of them
# the test kernel.
. /lab/lib.sh
. /lab/domains.sh

# Our hotplug script is the faster one: the time is for the guests.
cat >/tmp/small.cfg <<'EOF'
name = 'small'
type = 'pv'
kernel = '/lab/guest-kit/test.elf'
memory = 16
vcpus = 2
extra = 'idle=1'
vif = [ 'mac=00:16:3e:00:09:01,bridge=xenbr0,script=/usr/lib/shoji/scripts/vif-bridge' ]
disk = [ 'phy:/dev/ram8,xvda,w' ]
EOF

# Destroyed at a moment that is another one each time, in the middle of its disk's and its network's
# load.
linux_cycle() {
    guest_create 1
    guest_wait 1
    busy 1 || return 1
    sleep "$(($1 % 2)).$(($1 * 7 % 10))"
    xl destroy guest1 && wait_until 20 'gone guest1'
}

# Its devices stay without a frontend: backends that are taken away before they connect.
small_cycle() {
    xl create -q /tmp/small.cfg >>/out/churn.log 2>&1 && xl destroy small &&
        wait_until 20 'gone small'
}

# cycles KIND HOW-MANY: how many went well.
cycles() {
    done=0
    while [ $done -lt "$2" ] && "$1_cycle" $done; do
        done=$((done + 1))
        [ $((done % 10)) -ne 0 ] || say "$done $1 cycles: $(counts | tee -a /out/counts)"
    done
    [ $done -eq "$2" ]
}

bridge_up
modprobe -q brd rd_nr=16 rd_size=$((192 * 1024))
# The first ones fill tables that only grow: Domain-0's grant mappings, event channels, interrupts.
{
    linux_cycle 0 && linux_cycle 1 && small_cycle
} || fail toolstack "the first guests did not come and go" /out/churn.log
steady >/dev/null
mv /out/hv.log /out/hv.first.log
before=$(counts)
dmesg -c >/out/dmesg.first
say "before: $before"

cycles linux "$LINUX"; claim "$LINUX Linux guests come and go under disk and network load ($done)"
cycles small "$SMALL"; claim "$SMALL small guests with a vif and a vbd come and go ($done)"
claims_left "$before" "after all"
if [ "$LAB_HV" = shoji ]; then
    cp /out/hv.log /out/hv.churn.log
    ! hv_complaints /out/hv.churn.log; claim "the hypervisor had nothing to say"
fi
! dmesg | grep -E 'BUG|WARNING|Oops|g.e. 0x|Call Trace'; claim "no complaint in Domain-0's log"
claims_end
finish 0
