# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154,SC2034
# What the block-* scripts share: the disk of this call, and what the backend needs to know of it.
# Sourced after common.sh; vbd_publish needs sharing.sh and verdict.sh.
#
#   vbd_begin ACTION         parse the toolstack's call: sets disk (for messages), target, read_only
#                            (1 or '')
#   vbd_done                 succeed if the device was published before
#   vbd_need PROGRAM PACKAGE
#   vbd_words TEXT NAME...   "name=value,name=value": each NAME's value is then in word_NAME; a name
#                            that is not listed ends the script
#   vbd_ask COMMAND...       run it, at most SHOJI_DEVICE_SECONDS: what it said is in $value
#   vbd_publish DEVICE       refuse a device that others use; else give it to the backend, and wait
#                            for what the backend says of it. Called with the lock `block` held
#   vbd_unpublish            for undo: what vbd_publish told the backend, and, if $made says that
#                            there is something to give back, the note
#   vbd_note TEXT            what `remove` needs to know, in the device's folder (xs_node then)

vbd_begin() {
    case ${1:-} in
        add | remove) ;;
        *) fail "'${1:-}' is no action: the toolstack calls this with add or remove" ;;
    esac
    case ${XENBUS_PATH:-} in
        *backend/*/?*/?*) ;;
        *)
            fail "XENBUS_PATH='${XENBUS_PATH:-}' is no vbd's folder in xenstore:" \
                "the toolstack sets it when it runs this" ;;
    esac
    xs_load params mode dev node physical-device frontend state ||
        [ "$1" = remove ] ||
        fail "$XENBUS_PATH cannot be read from xenstore (is xenstored running," \
            "and the disk configured?)"
    vdev=${XENBUS_PATH##*/}
    domain=${XENBUS_PATH%/*}
    domain=${domain##*/}
    disk=${xs_dev:-$vdev}
    # The toolstack leaves a disk that was refused in xenstore, and refuses it from then on.
    [ "$1" = remove ] ||
        after="; if the guest runs, detach it first: xl block-detach $domain $disk"
    published=''
    target=$xs_params
    read_only=''
    case $xs_mode in r*) read_only=1 ;; esac
    : "${SHOJI_DEV:=/dev}"
    number SHOJI_DEVICE_SECONDS "${SHOJI_DEVICE_SECONDS:-}" 10
    SHOJI_DEVICE_SECONDS=$value
}

vbd_done() { [ -n "$xs_physical_device" ]; }

vbd_need() {
    command -v "$1" >/dev/null ||
        fail "$disk: there is no $1 in this domain (install $2, which has it)"
}

vbd_bad() { fail "$disk: target=$target: $1 (correct the guest's disk line)"; }

# A value has no comma in it.
vbd_words() {
    local pair name old_ifs=$IFS text=$1
    shift
    for name in "$@"; do eval "word_$name=''"; done
    set -f
    IFS=,
    for pair in $text; do
        IFS=$old_ifs
        name=${pair%%=*}
        case " $* " in
            *" $name "*) ;;
            *) vbd_bad "'$pair' is none of $*" ;;
        esac
        case $pair in *=?*) ;; *) vbd_bad "$name= has no value" ;; esac
        value=${pair#*=}
        eval "word_$name=\$value"
    done
    IFS=$old_ifs
    set +f
}

vbd_ask() {
    local status=0
    value=$(timeout "$SHOJI_DEVICE_SECONDS" "$@" 2>&1 </dev/null) || status=$?
    [ $status -ne 124 ] || value="no answer within $SHOJI_DEVICE_SECONDS s"
    return $status
}

vbd_note() {
    xenstore-write "$XENBUS_PATH/node" "$1" ||
        fail "$disk: node cannot be written to $XENBUS_PATH"
    xs_node=$1
}

vbd_publish() {
    local numbers
    numbers=$(stat -L -c %t:%T "$1") || fail "$disk: $1 is no device"
    case $xs_mode in *!*) ;; *) sharing_check_device "$numbers" "$1" ;; esac
    verdict_begin
    published=1
    xenstore-write "$XENBUS_PATH/physical-device-path" "$1" "$XENBUS_PATH/physical-device" \
        "$numbers" ||
        fail "$disk: physical-device cannot be written to $XENBUS_PATH"
    unlock
    verdict_wait "$1" "$numbers"
    connected "$disk"
    note "$disk: $target is $1 ($numbers), mode $xs_mode"
}

vbd_unpublish() {
    [ -z "$published" ] ||
        xenstore-rm "$XENBUS_PATH/physical-device" "$XENBUS_PATH/physical-device-path"
    [ -z "$made" ] || xenstore-rm "$XENBUS_PATH/node"
} 2>/dev/null
