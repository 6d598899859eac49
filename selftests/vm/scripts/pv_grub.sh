#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/pv_grub.tap: makes the disk, starts GRUB; TAP lines into /out/tap.
. /lab/lib.sh
bridge_up
words="console=hvc0 loglevel=5 panic=-1 lab.guest=1 lab.front=$(guest_value 1 front)"

# A file system on the whole disk, as small images have it.
make_disk() {
    mount -t tmpfs -o size=90% tmpfs /mnt
    truncate -s 64M /mnt/guest1-0.img
    busybox mke2fs -F /mnt/guest1-0.img >/dev/null 2>/tmp/mke2fs.log ||
        fail script "the file system cannot be made" /tmp/mke2fs.log
    modprobe -q ext4
    mkdir -p /tmp/disk
    mount -t ext4 -o loop /mnt/guest1-0.img /tmp/disk || fail script "the disk cannot be mounted"
    mkdir -p /tmp/disk/boot/grub
    cp /lab/guests/1/kernel /tmp/disk/boot/vmlinuz
    cp /lab/guests/1/ramdisk /tmp/disk/boot/initrd
    cat >/tmp/disk/boot/grub/grub.cfg <<EOF
set timeout=2
menuentry 'Linux of this disk' {
    linux /boot/vmlinuz $words by=grub
    initrd /boot/initrd
}
EOF
    umount /tmp/disk
}

make_disk
guest_config 1
sed "s|^kernel = .*|kernel = '/lab/pv-grub'|; /^ramdisk/d; s|^extra = .*|extra = ''|" \
    /tmp/guest-1.cfg >/tmp/grub.cfg
xl create /tmp/grub.cfg >/tmp/create.log 2>&1 || fail toolstack "xl create failed" /tmp/create.log
id=$(guest_id 1)
say "GRUB is domain $id"
guest_wait 1 "${SECONDS_GRUB:-360}"
tr -d '\r' <"$(guest_log 1)" >/tmp/log
grep -aq 'GNU GRUB' /tmp/log; claim "GRUB shows its screen"
grep -aq 'Linux of this disk' /tmp/log; claim "and the menu of the guest's disk"
guest_run 1 'cat /proc/cmdline' | grep -q ' by=grub'; claim "Linux runs with the menu's words"
[ "$(guest_id 1)" = "$id" ]; claim "in the same domain"
xl block-list guest1 | grep -q '^51712 .* 4 '; claim "its disk is connected"
xl network-list guest1 | grep -q '^0 .* 4 '; claim "its vif is connected"
guest_run 1 'ping -c 3 -q 10.9.0.1' >/dev/null; claim "it reaches Domain-0"
guest_run 1 'dd if=/dev/xvda bs=1M count=16 2>/dev/null | sha1sum' >/tmp/sum
dd if=/mnt/guest1-0.img bs=1M count=16 2>/dev/null | sha1sum >/tmp/sum0
[ -s /tmp/sum ] && cmp -s /tmp/sum /tmp/sum0; claim "it reads from its disk what the file holds"
xl destroy guest1 && wait_until 20 '! xl list guest1 >/dev/null 2>&1'; claim "xl destroy removes it"
wait_until 20 "[ -z \"\$(losetup -a)\" ] && ! ip link show vif$id.0 >/dev/null 2>&1"
claim "no vif and no loop device is left"
claims_end
finish 0
