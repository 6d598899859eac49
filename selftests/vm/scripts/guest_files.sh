#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/guest_files.tap: stock xl reads every file of selftests/guestfiles, and
# creates those that say "# created". What it printed and what is in xenstore goes to /out/files;
# the host compares it.
. /lab/lib.sh
files=/lab/guestfiles
out=/out/files
mkdir -p $out

# What the files name: RAM disks, also under names as of LVM; images; bridges; a bootloader.
machine() {
    modprobe -q brd rd_nr=12 rd_size=1024
    modprobe -q loop
    mkdir -p /dev/vg /srv
    ln -s /dev/ram8 /dev/vg/root
    ln -s /dev/ram9 /dev/vg/swap
    ln -s /dev/ram10 /dev/vg/web-disk
    for _name in a.img b.img cd.iso 'a, b:c=d.img'; do truncate -s 1M "/srv/$_name"; done
    echo x >/srv/ramdisk
    cp $files/bootloader /srv/
    bridge_up
    bridge_up xenbr1
    ip link set xenbr0 mtu 1500
}

# Our scripts under the toolstack's names, as `make install` has them.
ours_are_the_default() {
    while read -r _kind _target _place; do
        [ "$_kind" = divert ] || continue
        ln -sf "$_target" "/$_place"
    done <$files/diverted
}

parse() {
    xl create -n "$1" >"$out/$2.json" 2>"$out/$2.said"
    echo $? >"$out/$2.code"
}

# Paused: the toolstack and the scripts have done their part then, and the guest does not change it.
create() {
    xl create -e -p "$1" >"$out/$2.created" 2>&1
    echo $? >>"$out/$2.created"
    _id=$(xenstore-list /local/domain | sort -n | tail -n 1)
    [ "$_id" != 0 ] || return 0
    echo "$_id" >"$out/$2.id"
    {
        xenstore-ls -f "/local/domain/$_id"
        for _kind in vbd vif; do xenstore-ls -f "/local/domain/0/backend/$_kind/$_id"; done
    } >"$out/$2.store" 2>/dev/null
    case $2 in vcpus-* | cpus-* | guest-*) xl vcpu-list "$_id" >"$out/$2.vcpus" 2>&1 ;; esac
    case $2 in sched-*) xl sched-credit2 -d "$_id" >"$out/$2.sched" 2>&1 ;; esac
    xl destroy "$_id"
}

nothing_left() {
    [ "$(xl list | tail -n +2 | wc -l)" -eq 1 ] && [ -z "$(losetup -a)" ] &&
        ! xenstore-list /local/domain/0/backend/vbd 2>/dev/null | grep . &&
        ! xenstore-list /local/domain/0/backend/vif 2>/dev/null | grep .
}

machine
ours_are_the_default
stage files
for file in "$files"/*.cfg; do
    name=${file##*/}
    parse "$file" "${name%.cfg}"
done
say "read"
for file in "$files"/*.cfg; do
    name=${file##*/}
    ! grep -q '^# created' "$file" || create "$file" "${name%.cfg}"
done
say "created"
cp /var/log/xen/xen-hotplug.log /out/
wait_until 10 nothing_left
claim "nothing is left of them"
claims_end
finish 0
