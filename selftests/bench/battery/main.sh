# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2154  # head.sh sets them
# The order of the battery, after every part is defined.

# about: what was running, for the report's head.
about() {
    echo "kernel=$(uname -r), $(nproc) vCPUs," \
        "$(awk '/MemTotal/ {print int($2 / 1024)}' /proc/meminfo) MiB"
    if [ "$LAB_HV" != none ]; then
        xl info |
            awk -F': ' -v hv="$LAB_HV" '$1 ~ /^xen_version/ {print "hypervisor=" hv, $2}'
        echo "drivers=back $LAB_BACK, front $LAB_FRONT"
    fi
}

about >"$out/about.txt" 2>/dev/null
# Domain-0's own figures are taken before there is any guest.
measure_us_dom0
[ "$LAB_HV" = none ] || measure_hv_dom0
measure_us_guest
[ "$LAB_HV" = none ] || { measure_hv_guest; measure_hv_pair; }
! wants_any net || measure_net
! wants_any blk || measure_blk
[ "$LAB_HV" = none ] || ! wants_any ctl || measure_ctl
if [ -s "$out/failed.txt" ] && [ ! -s "$out/rows.jsonl" ]; then
    fail script "no row could be measured; the first: $(head -n 1 "$out/failed.txt")"
elif [ ! -s "$out/rows.jsonl" ]; then
    fail script "ONLY=${ONLY:-} names no row of this battery (selftests/bench/README.md lists them)"
fi
exit 0
