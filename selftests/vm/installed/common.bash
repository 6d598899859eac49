# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A disk image of a whole Debian: attach it, work in it, detach it again. Needs root. Sourced by
# `base` and installed.tap.
#   attach IMAGE     its partitions as $loop"p1" ..., the root file system on $mnt, with /proc, /sys
#                    and /dev
#   inside CMD...    run it in there
#   detach           all of that undone; may be called twice
loop='' mnt=''

attach() {
    partitions "$1" || return
    mnt=$(mktemp -d)
    mount "${loop}p3" "$mnt" && system_folders
}

# The partitions by partx, since not every kernel can read this kind of table by itself.
partitions() {
    loop=$(losetup -f --show "$1") && partx -u "$loop" || return
    for _ in {1..50}; do [ -b "${loop}p3" ] && return; sleep 0.1; done
    echo "no partitions of $1 at $loop" >&2
    return 1
}

system_folders() {
    mount -t proc proc "$mnt/proc" && mount -t sysfs sys "$mnt/sys" &&
        mount --bind /dev "$mnt/dev" &&
        mount -t devpts devpts "$mnt/dev/pts" && mount -t tmpfs tmpfs "$mnt/tmp"
}

inside() {
    chroot "$mnt" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}

detach() {
    local folder
    if [ -n "$mnt" ]; then
        for folder in tmp dev/pts dev sys proc ''; do
            ! mountpoint -q "$mnt/$folder" || umount "$mnt/$folder" || umount -l "$mnt/$folder"
        done
        rmdir "$mnt"
    fi
    if [ -n "$loop" ]; then
        partx -d "$loop"
        losetup -d "$loop"
    fi
    loop='' mnt=''
}
