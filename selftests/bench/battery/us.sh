# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154  # head.sh sets them
# us.*: the cost of a null system call, signal, pipe, fork, exec, page fault and context switch for
# user space, in Domain-0 and in a guest. On the bare kernel one run serves as both.

us_options='--seconds=1'
[ "${QUICK:-0}" = 0 ] || us_options="$us_options --samples=200"

measure_us_dom0() {
    wants_any us.dom0 || { [ "$LAB_HV" = none ] && wants_any us; } || return 0
    in_time us.dom0 || return 0
    stage "usbench in Domain-0"
    # shellcheck disable=SC2086  # words are meant
    if usbench $us_options >"$work/us" 2>"$work/us.err"; then
        take "$work/us" dom0. || lack us.dom0 "usbench printed no rows"
        [ "$LAB_HV" != none ] || take "$work/us" guest.
    else
        lack us.dom0 "usbench: $(tail -n 1 "$work/us.err")"
    fi
    stage script
}

measure_us_guest() {
    [ "$LAB_HV" != none ] || return 0
    wants_any us.guest || return 0
    in_time us.guest || return 0
    need_guest 1
    stage "usbench in guest 1"
    if inguest 1 "usbench $us_options" >"$work/us"; then
        take "$work/us" guest. || lack us.guest "usbench printed no rows"
    else
        lack us.guest "usbench in the guest: $(tail -n 1 "$work/us")"
    fi
    stage script
}
