#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/legacy_guest.tap: boots the legacy kernel, whose claims go into /out/tap.
. /lab/lib.sh
bridge_up
# The bridge would take the address of its first port.
ip link set xenbr0 address 00:16:3e:00:00:01
modprobe brd rd_nr=1 rd_size=8192
printf 'block 0 of the test\n' | dd of=/dev/ram0 bs=4096 conv=sync 2>/dev/null
echo "initrd of the test" >/tmp/initrd
cat >/tmp/legacy.cfg <<'EOF'
name = 'legacy'
type = 'pv'
kernel = '/lab/guest-kit/legacy.elf'
ramdisk = '/tmp/initrd'
memory = 16
extra = 'hello=guest'
vif = [ 'mac=00:16:3e:00:00:77,bridge=xenbr0' ]
disk = [ 'phy:/dev/ram0,xvda,w' ]
on_poweroff = 'destroy'
on_crash = 'destroy'
EOF
xl create /tmp/legacy.cfg >/tmp/create.log 2>&1 ||
    fail toolstack "xl create of the legacy kernel failed" /tmp/create.log
id=$(xl domid legacy)
wait_until 90 "! xl domid legacy >/dev/null 2>&1" || xl destroy legacy
log=/var/log/xen/console/guest-legacy.log
tr -d '\r' <$log >/tmp/claims
while IFS= read -r line; do
    case $line in
        'ok - '*) true; claim "${line#ok - }" ;;
        'not ok - '*) false; claim "${line#not ok - }" ;;
        '# '*) echo "$line" >>/out/tap ;;
    esac
done </tmp/claims
grep -qx '# done' /tmp/claims; claim "the kernel came to its end"
grep -qx '# command line: .*hello=guest' /tmp/claims; claim "it had its command line"
grep -qx '# initrd: initrd of the test' /tmp/claims; claim "it had its initrd"
grep -qx '# disk: block 0 of the test' /tmp/claims; claim "it read what the disk holds"
dd if=/dev/ram0 bs=4096 skip=1 count=1 iflag=direct 2>/dev/null |
    grep -aqx 'written by the legacy kernel'
claim "the disk holds what it wrote"
grep -qx '# hardware address of 10.9.0.1: 00163e000001' /tmp/claims
claim "it was told the bridge's hardware address"
wait_until 20 "! ip link show vif$id.0 >/dev/null 2>&1"; claim "its vif is gone"
[ "$(xl list | wc -l)" -eq 2 ]; claim "no domain is left behind"
claims_end
finish 0
