#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/guest_kit*.tap: boots the test kernel, again for what a crash left out; TAP
# into /out/tap.
. /lab/lib.sh
groups="version privileged memory mmu tables va mmuext desc trap regs user event sched grant copy"
groups="$groups physdev multicall vcpu l4 segment cpu"
crashes="handler stack stack-hv stack-low iret iret-wrap user failsafe"
kernel=/lab/guest-kit/test.elf
n=0

result() {
    n=$((n + 1))
    echo "$1 $n - $2" >>/out/tap
}

log_of() { echo "/var/log/xen/console/guest-$1.log"; }

# kit_create NAME WORDS [LINE OF THE CONFIGURATION]
kit_create() {
    cat >"/tmp/$1.cfg" <<EOF
name = '$1'
type = 'pv'
kernel = '$kernel'
memory = 16
vcpus = 2
extra = '$2'
on_poweroff = 'destroy'
on_crash = 'destroy'
${3:-}
EOF
    xl create -q "/tmp/$1.cfg" >"/tmp/$1.err" 2>&1 ||
        fail toolstack "xl create of the test kernel failed" "/tmp/$1.err"
}

# The claims of one log, in their order; a group that began and did not end has crashed.
claims() {
    tr -d '\r' <"$1" >/tmp/claims
    while IFS= read -r line; do
        case $line in
            'ok - '*) result ok "${line#ok - }" ;;
            'not ok - '*) result 'not ok' "${line#not ok - }" ;;
            '# '*) echo "$line" >>/out/tap ;;
        esac
    done </tmp/claims
}

run_groups() {
    left=$groups
    boot=0
    while [ -n "$left" ] && [ $boot -lt 6 ]; do
        boot=$((boot + 1))
        kit_create "kit$boot" "groups=$(echo "$left" | tr ' ' ,)"
        wait_until 40 "! xl domid kit$boot >/dev/null 2>&1" || xl destroy "kit$boot"
        log=$(log_of "kit$boot")
        claims "$log"
        rest='' last=''
        for g in $left; do
            if grep -q "^# end $g " "$log"; then continue; fi
            if [ -z "$last" ] && grep -q "^# group $g" "$log"; then
                result 'not ok' \
                    "$g: the guest ended after: $(grep -a ' - ' "$log" | tail -n 1 | tr -d '\r')"
                last=$g
                continue
            fi
            rest="$rest $g"
        done
        [ "${rest# }" != "$left" ] || break
        left=${rest# }
    done
    for g in $left; do result 'not ok' "$g: did not run"; done
}

run_crashes() {
    for how in $crashes; do kit_create "crash-$how" "crash=$how"; done
    for how in $crashes; do
        log=$(log_of "crash-$how")
        if wait_until 10 "! xl domid crash-$how >/dev/null 2>&1" && grep -q '^# crash now' "$log" &&
            ! grep -q '^# survived' "$log"; then
            result ok "crash: $how ends the domain, and only that"
        else
            result 'not ok' "crash: $how ends the domain, and only that"
            xl destroy "crash-$how" 2>/dev/null
        fi
    done
}

# What one vCPU may see of another on the same CPU.
run_pinned() {
    kit_create pinned groups=fpu "cpus = '0'"
    wait_until 40 "! xl domid pinned >/dev/null 2>&1" || xl destroy pinned
    claims "$(log_of pinned)"
    grep -q '^# end fpu ' "$(log_of pinned)" ||
        result 'not ok' "fpu: the guest ended before its end"
}

run_groups
run_pinned
say "the groups are done"
run_crashes
if [ "$(xl list | wc -l)" -eq 2 ]; then
    result ok "no domain is left behind"
else
    result "not ok" "no domain is left behind"
fi
echo "1..$n" >>/out/tap
finish 0
