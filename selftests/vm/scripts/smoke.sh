#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/smoke.tap: TAP lines into /out/tap.
. /lab/lib.sh
bridge_up
guest_create 1
guest_wait 1
id=$(guest_id 1)

xl list guest1 | grep -q "^guest1 "; claim "xl list shows the guest"
bridge link | grep -q "vif$id.0.* master xenbr0 state forwarding"
claim "vif$id.0 is on xenbr0 and forwards"
xl block-list guest1 | grep -q '^51712 .* 4 '; claim "xl block-list shows xvda connected (state 4)"
xl network-list guest1 | grep -q '^0 .* 4 '
claim "xl network-list shows the vif connected (state 4)"
guest_run 1 'ping -c 3 -q 10.9.0.1' >/dev/null
claim "the guest reaches Domain-0 through the bridge"
guest_run 1 'dd if=/dev/urandom of=/tmp/d bs=64k count=32 2>/dev/null
    dd if=/tmp/d of=/dev/xvda bs=64k oflag=direct 2>/dev/null; sync; sha1sum </tmp/d' >/tmp/sum
dd if=/dev/ram0 bs=64k count=32 2>/dev/null | sha1sum >/tmp/sum0
cp /tmp/sum* /out
[ -s /tmp/sum ] && cmp -s /tmp/sum /tmp/sum0
claim "what the guest writes to xvda is what the backing device holds"
[ "$(guest_run 1 'nproc')" = 2 ]; claim "the guest has the vCPUs that were asked for"
guest_run 1 'exit 7'; [ $? -eq 7 ]; claim "a command's exit code in the guest comes back"
guest_run 1 'seq 1 9000' | tail -n 1 | grep -qx 9000
claim "40 KiB of a command's output come back whole"
# Four busy vCPUs on two CPUs: each program must keep its registers.
guest_run 1 \
    'regcheck 8 1000000 >/tmp/reg1 & regcheck 8 2000000 >/tmp/reg2; wait; cat /tmp/reg1 /tmp/reg2' \
    >/out/reg.guest &
regcheck 8 3000000 >/out/reg.dom0a &
regcheck 8 4000000 >/out/reg.dom0b
wait_until 20 '[ -s /out/reg.dom0a ] && [ -s /out/reg.guest ]'
[ "$(cat /out/reg.* | grep -c 'lost 0$')" -eq 4 ]
claim "four vCPUs on two CPUs keep their vector registers"
xl vcpu-list guest1 | grep -c '^guest1 ' | grep -qx 2; claim "xl vcpu-list shows two vCPUs"
xentop -b -i 1 | grep -q 'guest1'; claim "xentop shows the guest"
xenstore-read "/local/domain/$id/name" | grep -qx guest1
claim "xenstore-read gives the guest's name"
tail -c 4000 "$(guest_log 1)" | grep -q 'guest1: user space after'
claim "xenconsoled keeps the guest's console"
xl destroy guest1 && wait_until 20 '! xl list guest1 >/dev/null 2>&1'; claim "xl destroy removes it"
wait_until 20 "! ip link show vif$id.0 >/dev/null 2>&1"; claim "and its vif"
claims_end
finish 0
