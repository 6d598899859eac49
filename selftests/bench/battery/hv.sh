# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154  # head.sh sets them
# hv.*: the cost of the hypervisor's own operations, by the hvbench module: within Domain-0
# (hv.dom0), within a guest (hv.guest), and between the two (hv.evtchn, hv.grant: guest 1 offers
# pages and a port; Domain-0 maps, copies and notifies).

hv_options='--samples=1000'
[ "${QUICK:-0}" = 0 ] || hv_options='--samples=300'
hv_load="[ -e /dev/hvbench ] || insmod $hvbench_ko"
guest_hv_load="[ -e /dev/hvbench ] || insmod $guest_hvbench_ko"

measure_hv_dom0() {
    wants_any hv.dom0 || return 0
    in_time hv.dom0 || return 0
    stage "hvbench in Domain-0"
    if sh -c "$hv_load && hvbench local $hv_options" >"$work/hv" 2>&1; then
        take "$work/hv" dom0. || lack hv.dom0 "hvbench printed no rows"
    else
        lack hv.dom0 "hvbench: $(tail -n 1 "$work/hv")"
    fi
    stage script
}

measure_hv_guest() {
    wants_any hv.guest || return 0
    in_time hv.guest || return 0
    need_guest 1
    stage "hvbench in guest 1"
    # With one vCPU there is no other to play ping-pong with, and hvbench wants to be told.
    if inguest 1 "($guest_hv_load) && if [ \$(nproc) -gt 1 ]; then hvbench local $hv_options 2>&1
        else hvbench local --only=hypercall,ctxsw,timer --other=0 $hv_options 2>&1
        fi" >"$work/hv"; then
        take "$work/hv" guest. || lack hv.guest "hvbench printed no rows: $(head -n 3 "$work/hv")"
    else
        lack hv.guest "hvbench in the guest: $(tail -n 1 "$work/hv")"
    fi
    stage script
}

# Whether the two ends share a CPU decides a ping-pong's figure, so the places are fixed: Domain-0's
# end on CPU 0, the guest on CPU 1. With one CPU there is nothing to fix.
place_pair() {
    pinned=$(guest_id 1)
    [ "$LAB_SMP" -gt 1 ] && xl vcpu-pin Domain-0 0 0 && xl vcpu-pin "$pinned" all 1
} >/dev/null 2>&1

free_pair() {
    xl vcpu-pin Domain-0 0 all; xl vcpu-pin "$pinned" all all
} >/dev/null 2>&1

measure_hv_pair() {
    wants_any hv.evtchn hv.grant || return 0
    in_time hv.grant || return 0
    need_guest 1
    stage "hvbench between guest 1 and Domain-0"
    if ! inguest 1 "($guest_hv_load) && hvbench offer --to=0 --background 2>&1" >"$work/offer"; then
        lack hv.grant "hvbench offer in the guest: $(tail -n 1 "$work/offer")"
        return 0
    fi
    offer=$(sed -n 's/^offer \([0-9]*\) \([0-9]*\) \([0-9]*\).*/\1:\2:\3/p' "$work/offer")
    place_pair || say "the guest and Domain-0 are not pinned for the rows between them"
    if sh -c "$hv_load && taskset 1 hvbench peer --offer=$offer $hv_options" >"$work/hv" 2>&1; then
        take "$work/hv" || lack hv.grant "hvbench printed no rows"
    else
        lack hv.grant "hvbench peer: $(tail -n 1 "$work/hv")"
    fi
    free_pair
    inguest 1 "kill $(sed -n 's/^pid //p' "$work/offer")" >/dev/null 2>&1 ||
        say "the offer in guest 1 had ended by itself"
    stage script
}
