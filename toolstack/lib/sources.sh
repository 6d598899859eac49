# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Where a guest's root file system comes from: Debian's installer or cloud image, the packages of
# this host's release, or a folder. Uses the variables of shoji-guest and guest.sh; SHOJI_MIRROR
# and SHOJI_CLOUD name other places of Debian's archive and of its cloud images.

keyring=${SHOJI_KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}

# bookworm 12: the release of this host, or Debian 12's where this is no Debian.
release() {
    local ID='' VERSION_ID='' VERSION_CODENAME=''
    # shellcheck disable=SC1091
    [ ! -e /etc/os-release ] || . /etc/os-release
    if [ "$ID" = debian ] && [ -n "$VERSION_CODENAME" ]; then
        echo "$VERSION_CODENAME $VERSION_ID"
    else
        echo bookworm 12
    fi
}
mirror() { echo "${SHOJI_MIRROR:-http://deb.debian.org/debian}"; }
cloud() {
    local code
    read -r code _ < <(release)
    echo "${SHOJI_CLOUD:-https://cloud.debian.org/images/cloud/$code/latest}"
}
cloud_image() {
    local number
    read -r _ number < <(release)
    echo "debian-$number-nocloud-amd64.tar.xz"
}

fetch() { # fetch URL FILE
    if command -v curl >/dev/null; then
        curl -fsSL --connect-timeout 10 -o "$2" "$1"
    elif command -v wget >/dev/null; then
        wget -q -T 10 -O "$2" "$1"
    else
        /usr/lib/apt/apt-helper -qq download-file "$1" "$2"
    fi 2>/dev/null
}

# checked SUMS NAME FILE TOOL: FILE has the checksum that SUMS has for NAME.
checked() {
    local sum
    sum=$(awk -v name="$2" '$2 == name || $2 == "./" name {print $1; exit}' "$1")
    [ -n "$sum" ] && [ "$("$4" <"$3" | cut -d ' ' -f 1)" = "$sum" ]
}

choose_source() {
    local probe
    if [ -z "$from" ]; then
        probe=$(mktemp)
        from=host
        ! fetch "$(cloud)/SHA512SUMS" "$probe" || from=cloud
        rm -f "$probe"
    fi
    case $from in
        installer | cloud | host) kind=$from ;;
        */* | .) kind=folder
            [ -d "$from" ] || die "--from $from: there is no such folder"
            from=$(cd "$from" && pwd)
            [ -d "$from/etc" ] || die "--from $from: this is no root file system, it has no etc" ;;
        *) die "--from '$from': installer, cloud, host, or a folder (as ./$from)" ;;
    esac
    if [ "$kind" = host ] && ! command -v mmdebstrap >/dev/null &&
        ! command -v debootstrap >/dev/null; then
        die "--from host needs mmdebstrap or debootstrap: apt-get install mmdebstrap"
    fi
}

new_disk() { truncate -s "${disk_mib}M" "$root$folder.new/disk.img"; }

# A file system on the whole disk, mounted at $mnt.
new_root() {
    new_disk
    mkfs.ext4 -q -F -L "${name:0:16}" "$root$folder.new/disk.img" ||
        die "mkfs.ext4 failed: is the package e2fsprogs installed?"
    mnt=$(mktemp -d)
    loop=$(losetup -f --show "$root$folder.new/disk.img") || die "there is no free loop device"
    mount -t ext4 "$loop" "$mnt" || die "the disk of $name cannot be mounted"
}

finish_root() { # finish_root DEVICE
    prepare_root "$1"
    take_kernel
    detach_disk
}

make_from_folder() {
    local need
    need=$(du -xsm "$from" | cut -f 1)
    [ "$need" -lt $((disk_mib * 9 / 10)) ] ||
        die "--disk $disk is too small: $from holds $need MiB"
    new_root
    (cd "$from" && tar -c --one-file-system .) | (cd "$mnt" && tar -xp) ||
        die "copying $from failed"
    finish_root xvda
}

make_from_host() {
    local packages=systemd-sysv,udev,dbus,kmod,iproute2,iputils-ping,openssh-server code log
    log=$root$folder.new/log
    read -r code _ < <(release)
    new_root
    say "Debian $code is made from its packages; this takes some minutes."
    if command -v mmdebstrap >/dev/null; then
        mmdebstrap --variant=minbase --include="$packages" "$code" "$mnt" \
            ${SHOJI_MIRROR:+"$SHOJI_MIRROR"} >"$log" 2>&1
    else
        debootstrap --variant=minbase --include="$packages" "$code" "$mnt" "$(mirror)" \
            >"$log" 2>&1
    fi || {
        tail -n 5 "$log" >&2
        die "no Debian could be made from the packages (see above)"
    }
    rm "$log"
    finish_root xvda
}

# The image holds a partition table; its first partition is the root and takes the whole disk.
make_from_cloud() {
    local new=$root$folder.new image start
    image=$(cloud_image)
    say "$(cloud)/$image is fetched."
    fetch "$(cloud)/SHA512SUMS" "$new/sums" && fetch "$(cloud)/$image" "$new/image" ||
        die "the image cannot be fetched from $(cloud)"
    checked "$new/sums" "$image" "$new/image" sha512sum ||
        die "the image does not have the checksum that SHA512SUMS has"
    tar -C "$new" -xf "$new/image" disk.raw
    rm "$new/image" "$new/sums"
    [ "$(($(stat -c %s "$new/disk.raw") >> 20))" -le "$disk_mib" ] ||
        die "--disk $disk is smaller than the image"
    mv "$new/disk.raw" "$new/disk.img"
    new_disk
    echo ', +' | sfdisk -q -N 1 "$new/disk.img" >/dev/null
    mnt=$(mktemp -d)
    start=$(sfdisk -d "$new/disk.img" | sed -n 's/.*img1 : start= *\([0-9]*\),.*/\1/p')
    # Not by a loop device with partitions: their nodes need udev.
    loop=$(losetup -f --show -o $((start * 512)) "$new/disk.img") ||
        die "there is no free loop device"
    e2fsck -fp "$loop" >/dev/null || [ $? -le 2 ] || die "the image's file system is broken"
    resize2fs "$loop" >/dev/null 2>&1 || die "the image's file system cannot be enlarged"
    mount "$loop" "$mnt" || die "the image cannot be mounted"
    device=xvda1
    finish_root xvda1
}

# The installer's kernel for Xen; the archive's signature covers its checksums.
make_from_installer() {
    local new=$root$folder.new code at file sums
    read -r code _ < <(release)
    at=main/installer-amd64/current/images
    sums=$at/SHA256SUMS
    say "Debian's installer for $code is fetched from $(mirror)."
    fetch "$(mirror)/dists/$code/InRelease" "$new/InRelease" &&
        fetch "$(mirror)/dists/$code/$sums" "$new/sums" ||
        die "the installer cannot be fetched from $(mirror)"
    gpgv --quiet --keyring "$keyring" --output "$new/Release" "$new/InRelease" 2>/dev/null ||
        die "the archive's signature is not Debian's ($keyring)"
    awk '/^SHA256:/ {on = 1; next} /^[A-Za-z]/ {on = 0} on {print $1, $3}' "$new/Release" \
        >"$new/list"
    checked "$new/list" "$sums" "$new/sums" sha256sum ||
        die "the installer's checksums are not those that the archive has signed"
    for file in vmlinuz initrd.gz; do
        fetch "$(mirror)/dists/$code/$at/netboot/xen/$file" "$new/$file" &&
            checked "$new/sums" "netboot/xen/$file" "$new/$file" sha256sum ||
            die "netboot/xen/$file cannot be fetched, or has another checksum"
    done
    mv "$new/vmlinuz" "$new/kernel"
    mv "$new/initrd.gz" "$new/ramdisk"
    rm "$new/InRelease" "$new/Release" "$new/list" "$new/sums"
    new_disk
}
