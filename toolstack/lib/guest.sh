# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The parts of a guest: its folder, disk, root file system, kernel, configuration, start. Uses the
# variables of shoji-guest.

guests=/var/lib/shoji/guests
mnt='' loop='' created=no password=''

paths() {
    [[ $name =~ ^[a-z][a-z0-9-]{0,30}$ ]] ||
        die "'$name' is no name for a guest: letters a-z, digits and dashes, a letter first"
    folder=$guests/$name
    config=/etc/xen/$name.cfg
}

free_mib() { # of the file system that holds, or would hold, this path
    local path=$1
    while [ ! -e "$path" ]; do path=${path%/*}; done
    df -Pm "${path:-/}" | awk 'NR == 2 {print $4}'
}

check_request() {
    local file
    [ -n "$name" ] || die "name the guest; see shoji-guest --help"
    paths
    [ -n "$disk" ] || die "--disk SIZE is missing, as --disk 8G"
    disk_mib=$(mib_of "$disk") || die "--disk '$disk' is no size, as 8G"
    mem_mib=$(mib_of "$mem") || die "--mem '$mem' is no size, as 1G"
    [ "$disk_mib" -ge 64 ] || die "--disk $disk: at least 64M"
    [ "$mem_mib" -ge 96 ] || die "--mem $mem: a Debian kernel needs at least 96M"
    [[ $vcpus =~ ^[1-9][0-9]?$ ]] && [ "$vcpus" -le 64 ] || die "--vcpus '$vcpus': 1 to 64"
    is_interface_name "$bridge" || die "--bridge '$bridge' is no name for an interface"
    for file in "$key" "$kernel" "$ramdisk"; do
        [ -z "$file" ] || [ -r "$file" ] || die "$file cannot be read"
    done
    [ ! -e "$root$config" ] || die "$root$config is there already: choose another name"
    [ ! -e "$root$folder" ] || die "$root$folder is there already: choose another name"
    [ "$(free_mib "$root$guests")" -gt "$disk_mib" ] || die "--disk $disk: only" \
        "$(free_mib "$root$guests") MiB are free for $root$guests"
    [ "$start" = yes ] || return 0
    xl list >/dev/null 2>&1 ||
        die "xl does not reach the hypervisor: start the machine with it, or use --no-start"
    ! xl domid "$name" >/dev/null 2>&1 || die "a domain named $name runs already"
    [ -d "/sys/class/net/$bridge/bridge" ] ||
        die "there is no bridge $bridge: make it (shoji-setup), or name another with --bridge"
}

detach_disk() {
    local path
    if [ -n "$mnt" ]; then
        for path in "$mnt"/{dev/pts,dev,proc,sys} "$mnt"; do
            ! grep -qF " $path " /proc/mounts || umount "$path" || umount -l "$path"
        done
        rmdir "$mnt"
        mnt=
    fi
    [ -z "$loop" ] || losetup -d "$loop"
    loop=
}

# After a failure, a signal or an error nothing is left.
give_up() {
    local status=$?
    trap - EXIT INT TERM HUP
    set +e
    [ "$created" = no ] || xl destroy "$name" >/dev/null 2>&1
    detach_disk
    rm -rf "$root${folder:?}.new"
    [ "$created" = no ] || rm -rf "$root${folder:?}" "$root${config:?}"
    rmdir -p --ignore-fail-on-non-empty "$root$guests" 2>/dev/null
    say "$me: $name was not made, and nothing of it is left" >&2
    [ $status -ne 0 ] || status=1
    exit $status
}

new_password() {
    tr -dc 'a-km-zA-HJ-NP-Z2-9' </dev/urandom 2>/dev/null | head -c 12 || true
}

hash_of() { # hash_of PASSWORD
    if command -v openssl >/dev/null; then
        openssl passwd -6 -stdin <<<"$1"
    elif command -v mkpasswd >/dev/null; then
        mkpasswd -m sha-512 -s <<<"$1"
    elif command -v perl >/dev/null; then
        perl -e 'print crypt($ARGV[0], "\$6\$" . $ARGV[1] . "\$")' "$1" "$(new_password)"
    else
        return 1
    fi
}

# Root can log in: a root file system whose root has no usable password gets one.
set_password() {
    local old hash
    [ -e "$mnt/etc/shadow" ] || return 0
    old=$(sed -n 's/^root:\([^:]*\):.*/\1/p' "$mnt/etc/shadow")
    case $old in '' | '*' | '!'*) ;; *) return 0 ;; esac
    [ -n "$old" ] || [[ $from != */* ]] || return 0
    password=$(new_password)
    hash=$(hash_of "$password") || die "no password can be made: install openssl"
    sed -i "s|^root:[^:]*:|root:$hash:|" "$mnt/etc/shadow"
}

# What every root file system needs as a guest: fstab, host name, address by DHCP, the ssh key.
prepare_root() { # prepare_root DEVICE
    local wants=$mnt/etc/systemd/system/multi-user.target.wants
    [ -d "$mnt/etc" ] || die "there is no /etc in the root file system"
    grep -qs '^[^#[:space:]]*[[:space:]]*/[[:space:]]' "$mnt/etc/fstab" ||
        echo "/dev/$1 / ext4 defaults,errors=remount-ro 0 1" >>"$mnt/etc/fstab"
    echo "$name" >"$mnt/etc/hostname"
    if [ -e "$mnt/lib/systemd/systemd-networkd" ] && [ ! -e "$mnt/etc/network/interfaces" ] &&
        [ ! -d "$mnt/etc/netplan" ]; then
        mkdir -p "$mnt/etc/systemd/network" "$wants"
        printf '[Match]\nName=e*\n\n[Network]\nDHCP=yes\n' \
            >"$mnt/etc/systemd/network/80-shoji-guest.network"
        ln -sf /lib/systemd/system/systemd-networkd.service "$wants/systemd-networkd.service"
    fi
    if [ -n "$key" ]; then
        mkdir -p -m 700 "$mnt/root/.ssh"
        cat "$key" >>"$mnt/root/.ssh/authorized_keys"
        chmod 600 "$mnt/root/.ssh/authorized_keys"
    fi
    set_password
}

# The newest kernel in a folder that runs as a PV guest.
kernel_in() {
    local file
    # shellcheck disable=SC2012  # versions are sorted
    for file in $(ls -r --sort=version "$1"/vmlinuz-* 2>/dev/null); do
        grep -qs '^CONFIG_XEN_PV=y' "${file/vmlinuz-/config-}" || continue
        echo "$file"
        return
    done
    return 1
}

take_kernel() {
    if [ -z "$kernel" ]; then
        kernel=$(kernel_in "$mnt/boot") || kernel=$(kernel_in /boot) || die \
            "neither the root file system nor this host has a kernel with CONFIG_XEN_PV; name" \
            "one with --kernel and --ramdisk"
        ramdisk=${kernel/vmlinuz-/initrd.img-}
        [ -e "$ramdisk" ] || die "the kernel $kernel has no initial RAM disk"
    fi
    install -m 600 "$kernel" "$root$folder.new/kernel"
    [ -z "$ramdisk" ] || install -m 600 "$ramdisk" "$root$folder.new/ramdisk"
}

write_config() { # write_config DEVICE: the disk's name; its last character may be a partition
    local script=
    if [ -e /etc/xen/scripts/shoji-block ]; then
        script=script=shoji-block,
    elif [ -e /usr/lib/shoji/scripts/block ]; then
        script=script=/usr/lib/shoji/scripts/block,
    fi
    cat <<END
# Made by shoji-guest; xl.cfg(5) has all settings.
name = "$name"
type = "pv"
memory = $mem_mib
vcpus = $vcpus
vif = [ 'bridge=$bridge' ]
disk = [ 'format=raw,vdev=xvda,access=rw,${script}target=$folder/disk.img' ]
END
    if [ "$from" = installer ]; then
        echo 'bootloader = "pygrub"'
    else
        echo "kernel = \"$folder/kernel\""
        [ -z "$ramdisk" ] || echo "ramdisk = \"$folder/ramdisk\""
        echo "root = \"/dev/$1 ro\""
        echo 'extra = "console=hvc0"'
    fi
}

make_guest() {
    local new=$root$folder.new device=xvda
    trap give_up EXIT
    trap 'exit 130' INT TERM HUP
    mkdir -p "$root$guests" "$root/etc/xen"
    mkdir -m 700 "$new"
    # shellcheck disable=SC2015  # a failure of any of them is one
    "make_from_${kind}"
    write_config "$device" >"$new/config"
    echo "$from" >"$new/made"
    created=yes
    mv "$new" "$root$folder"
    mv "$root$folder/config" "$root$config"
    [ "$start" = yes ] || return 0
    if [ "$from" = installer ]; then
        xl create "$config" "kernel=\"$folder/kernel\"" "ramdisk=\"$folder/ramdisk\"" \
            'bootloader=""' 'extra="console=hvc0"' 'on_reboot="destroy"'
    else
        xl create "$config"
    fi
}

tell() {
    [ "$start" = yes ] || say "Start it:      xl create $config"
    say "Its console:   xl console $name      (Ctrl-] leaves it)"
    [ -z "$password" ] || say "Log in as root with the password $password"
    [ -z "$key" ] || say "Or by ssh, with the key of $key."
    if [ "$from" = installer ]; then
        say "The installer asks its questions there; when it has ended: xl create $config"
    elif [ -z "$password" ]; then
        say "Its users and passwords are those of the root file system."
    fi
}
