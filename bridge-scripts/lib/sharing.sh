# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154
# Other users of a block device. Sourced after common.sh by block, whose head has the rules.
#
#   sharing_check_device MAJOR:MINOR PATH     fail if the mode of this disk conflicts with another
#                                             use of the device
#   sharing_check_file PATH                   the same for the loop devices of that file

hint="(detach it there, make both read-only, or use mode w! where sharing is meant)"

# vbds: every other disk of a guest, a line each in $vbd_list: MAJOR:MINOR PATH. Read once.
vbds() {
    local all path line
    [ -z "${vbds_read:-}" ] || return 0
    vbds_read=1 vbd_list=''
    all=$(xenstore-ls -f "${XENBUS_PATH%/*/*}" 2>/dev/null)
    while IFS= read -r line; do
        path=${line%% = *}
        case $path in
            "$XENBUS_PATH"/*) ;;
            */physical-device)
                line=${line#* = \"}
                vbd_list="$vbd_list${line%\"} ${path%/*}
"
                ;;
        esac
    done <<LIST
$all
LIST
}

# A guest that is being moved on one host has two ids for a while: one and the same "vm".
same_guest() {
    local mine=${XENBUS_PATH%/*}
    mine=${mine##*/}
    [ "$mine" != "$1" ] || return 1
    value=$(xenstore-read "/local/domain/$mine/vm" "/local/domain/$1/vm" 2>/dev/null) || return 1
    [ "${value%
*}" = "${value#*
}" ]
}

# in_guests MAJOR:MINOR PATH: as xenstore has it, hexadecimal.
in_guests() {
    local number path mode domain
    vbds
    while read -r number path; do
        [ "$number" = "$1" ] || continue
        mode=$(xenstore-read "$path/mode" 2>/dev/null) || mode=w
        case $xs_mode$mode in r*r*) continue ;; esac
        domain=${path%/*}
        domain=${domain##*/}
        ! same_guest "$domain" || continue
        fail "$disk: $2 is in use by domain $domain (its disk ${path##*/}, mode $mode) $hint"
    done <<LIST
$vbd_list
LIST
}

# in_this_domain MAJOR:MINOR PATH: decimal. Mounts (which may be read-only), swap, what stands on
# top of it.
in_this_domain() {
    local number where options rest name
    while read -r _ _ number _ where options rest; do
        [ "$number" = "$1" ] || continue
        # The last word tells how the file system is mounted; a read-only view of a written one is
        # no read-only use.
        options=${rest##* }
        case $xs_mode$options in r*ro | r*ro,*) continue ;; esac
        fail "$disk: $2 is mounted in this domain at $where $hint"
    done </proc/self/mountinfo
    while read -r name _; do
        if [ -b "$name" ] &&
            [ "$(stat -L -c %t:%T "$name")" = "$(printf '%x:%x' "${1%:*}" "${1#*:}")" ]; then
            fail "$disk: $2 is this domain's swap $hint"
        fi
    done </proc/swaps
    for name in "/sys/dev/block/$1/holders"/*; do
        [ ! -e "$name" ] || fail "$disk: $2 is in use in this domain by ${name##*/} $hint"
    done
}

# one MAJOR:MINOR PATH, decimal
one() {
    in_this_domain "$1" "$2"
    in_guests "$(printf '%x:%x' "${1%:*}" "${1#*:}")" "$2"
}

sharing_check_device() {
    local number part decimal
    decimal=$((0x${1%:*})):$((0x${1#*:}))
    one "$decimal" "$2"
    # Its partitions; and if it is one itself, the disk that it is a part of.
    for part in "/sys/dev/block/$decimal"/*/dev; do
        [ -e "${part%/dev}/partition" ] || continue
        read -r number <"$part"
        one "$number" "${part%/dev} of $2"
    done
    if [ -e "/sys/dev/block/$decimal/partition" ]; then
        read -r number <"$(readlink -f "/sys/dev/block/$decimal/..")/dev"
        one "$number" "the disk that $2 is a part of"
    fi
}

sharing_check_file() {
    local loop file number only
    for loop in /sys/block/loop*; do
        read -r file 2>/dev/null <"$loop/loop/backing_file" || continue
        [ "$file" -ef "$1" ] || continue
        read -r number <"$loop/dev"
        one "$number" "$1 (by /dev/${loop##*/})"
        read -r only <"$loop/ro"
        case $xs_mode$only in
            r*) ;;
            *)
                fail "$disk: $1 is behind /dev/${loop##*/} already (losetup -d /dev/${loop##*/}" \
                    "if nothing uses it, or use mode w! where sharing is meant)" ;;
        esac
    done
}
