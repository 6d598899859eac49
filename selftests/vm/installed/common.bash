# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A disk image of a whole Debian: attach it, work in it, detach it again. Needs root. Sourced by `base` and installed.tap.
#   attach IMAGE     its partitions as $loop"p1" ..., the root file system on $mnt, with /proc, /sys and /dev
#   inside CMD...    run it in there, at low priority
#   detach           all of that undone; may be called twice
loop='' mnt=''

attach() {
    loop=$(losetup -fP --show "$1") || return
    mnt=$(mktemp -d)
    # Partitions of a loop device appear a moment after it.
    for _ in {1..50}; do [ -b "${loop}p3" ] && break; sleep 0.1; done
    mount "${loop}p3" "$mnt" && system_folders
}

system_folders() {
    mount -t proc proc "$mnt/proc" && mount -t sysfs sys "$mnt/sys" && mount --bind /dev "$mnt/dev" &&
        mount -t devpts devpts "$mnt/dev/pts" && mount -t tmpfs tmpfs "$mnt/tmp"
}

inside() {
    nice -n 15 chroot "$mnt" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
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
    [ -z "$loop" ] || losetup -d "$loop"
    loop='' mnt=''
}
