# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What a user's Domain-0 has beside the lab's: Python, the kernel's image, modules of guests, ours.
# Sourced by tests of installed programs, which then call user_dom0. KERNEL chooses the kernel.
# The caller has a folder $work for logs.

# Python of the archive that the lab's images are made from. A package's /lib goes to /usr/lib:
# a folder in the overlay would take the place of the image's link.
python() {
    local minimal name tree=$1
    selftests/lab/apt update
    minimal=$(selftests/lab/apt cache depends python3-minimal |
        awk '$2 ~ /^python3\.[0-9]+-minimal$/ {print $2; exit}')
    name=${minimal%-minimal}
    selftests/lab/apt download build/cache/debs "$minimal" "lib$minimal" "lib$name-stdlib" \
        libexpat1 || return 1
    for package in "$minimal" "lib$minimal" "lib$name-stdlib" libexpat1; do
        dpkg-deb -x "$(find build/cache/debs -name "${package}_*.deb" -printf '%T@ %p\n' |
            sort -n | tail -n 1 | cut -d' ' -f2)" "$tree" || return 1
    done
    ln -sf "$name" "$tree/usr/bin/python3"
    rm -rf "${tree:?}/usr/share"
    if [ -d "$tree/lib" ]; then
        cp -a "$tree/lib/." "$tree/usr/lib/" && rm -rf "${tree:?}/lib"
    fi
}

# The modules of Domain-0's image, those of guests, and ours, as one folder of the kernel's.
kernel() {
    local tree=$1 version=$2 lab=build/lab/$2 name file to=$1/usr/lib/modules/$2
    (cd "$tree" && cpio -idm --quiet 'usr/lib/modules/*') <"$lab/dom0.cpio" || return 1
    mkdir -p "$to/updates" "$tree/boot"
    for name in xen-netfront xen-blkfront; do
        file=$(find "$lab/kernel/lib/modules" -name "$name.ko*")
        [ -n "$file" ] || continue
        case $file in
            *.xz) xz -dc "$file" ;;
            *) cat "$file" ;;
        esac >"$to/updates/$name.ko"
    done
    cp "build/modules/$version/"shoji-*.ko "$to/updates/"
    # Of a whole kernel's lists depmod makes those of the modules that are here.
    ln -s usr/lib "$tree/lib"
    depmod -b "$tree" "$version" 2>/dev/null
    rm "$tree/lib"
    cp "$lab/vmlinuz" "$tree/boot/vmlinuz-$version"
}

# user_dom0 TREE LIST...: make it in the folder TREE, an overlay for EXTRA=, with the programs of
# these lists (hypervisor/install/tree).
user_dom0() {
    local tree=$1 version
    shift
    selftests/lab/images "$KERNEL" && version=$(selftests/lab/kernel-version "$KERNEL") &&
        make --no-print-directory tools BACK=shoji && mkdir -p "$tree" && python "$tree" &&
        kernel "$tree" "$version" && hypervisor/install/tree install "$tree/" "$@" &&
        install -D -m 644 selftests/vm/scripts/left_behind.sh "$tree/lab/left_behind.sh"
}
