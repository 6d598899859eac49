#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/qdisk.tap: a guest with our blkfront on disks of QEMU's, of three formats.
. /lab/lib.sh
log=/out/said
files=/mnt/qdisk

backend() { xenstore-read "/local/domain/$id/device/vbd/$1/backend" 2>/dev/null; }
state() { xenstore-read "$(backend "$1")/state" 2>/dev/null; }
sum_in_guest() { guest_run 1 "dd if=/dev/$1 bs=64k 2>/dev/null | sha256sum" | cut -d' ' -f1; }

# The pattern that the host put into the image, on a disk of the right size.
reads() {
    [ "$(guest_run 1 "cat /sys/block/$1/size")" = 32768 ] &&
        [ "$(sum_in_guest "$1")" = "$(cat /lab/qdisk/sum)" ]
}

# writes DISK: requests of many sizes, verified; then one pattern at the end, which the host looks
# for.
writes() {
    guest_run 1 "fio --name=w --filename=/dev/$1 --size=12m --bsrange=4k-256k --rw=randrw \
        --direct=1 --ioengine=libaio --iodepth=16 --verify=crc32c --do_verify=1 --randrepeat=1 \
        --output-format=terse >/tmp/fio.log 2>&1" &&
        guest_run 1 "yes 'written by the guest' | head -c 1048576 >/tmp/p &&
            dd if=/tmp/p of=/dev/$1 bs=64k seek=240 conv=fsync 2>/dev/null &&
            dd if=/dev/$1 bs=64k skip=240 iflag=direct 2>/dev/null | cmp - /tmp/p"
}

stage qdisk
mount -t tmpfs -o size=90% tmpfs /mnt
mkdir -p $files
cp /lab/qdisk/*.* $files/
guest_config 1
sed -i "s|^disk = \[|disk = [ 'format=qcow2,vdev=xvdb,access=rw,target=$files/a.qcow2',\
 'format=vhd,vdev=xvdc,access=rw,target=$files/b.vhd',\
 'format=raw,vdev=xvdd,backendtype=qdisk,access=rw,target=$files/c.raw', |" /tmp/guest-1.cfg
cp /tmp/guest-1.cfg /out/
xl create /tmp/guest-1.cfg >$log 2>&1
claim "xl creates a guest with disks of qcow2, VHD and raw files by QEMU"
guest_wait 1
id=$(guest_id 1)
case $(backend 51728) in */qdisk/*) [ "$(state 51728)" = 4 ] ;; *) false ;; esac
claim "the disk is QEMU's, and connected"
[ "$(state 51712)" = 4 ]; claim "beside one of blkback's"
[ "$LAB_FRONT" = stock ] || guest_run 1 'grep -q ^shoji_blkfront /proc/modules'
claim "the frontend is the one of this run"
for disk in xvdb:qcow2 xvdc:VHD xvdd:raw; do
    reads ${disk%:*}; claim "${disk#*:}: the guest reads what the host wrote"
    writes ${disk%:*}; claim "${disk#*:}: and reads what it has written itself, of every size"
done
guest_run 1 'blkdiscard -o 0 -l 4194304 /dev/xvdb &&
    dd if=/dev/xvdb bs=64k count=64 iflag=direct | cmp -n 4194304 - /dev/zero' >>$log 2>&1
claim "qcow2: what the guest discards reads as zeros"
xl block-attach guest1 "format=qcow2,vdev=xvdf,access=rw,target=$files/d.qcow2" >>$log 2>&1 &&
    wait_until 20 "guest_run 1 'test -b /dev/xvdf'" && reads xvdf
claim "xl block-attach of a qcow2 to a running guest"
xl block-detach guest1 xvdf >>$log 2>&1 &&
    wait_until 20 "! guest_run 1 'test -b /dev/xvdf'"
claim "and xl block-detach"
guest_run 1 'dmesg | grep -iE "blkfront|xvd" | tail -n 30' >/out/guest-dmesg
cp /var/log/xen/qemu-dm-guest1.log /out/ 2>/dev/null
timeout 100 xl shutdown -w guest1 >>$log 2>&1 && wait_until 20 '! guest_id 1'
claim "the guest ends in order"
sleep 1
cp $files/a.qcow2 $files/b.vhd $files/c.raw /out/
claims_end
finish 0
