#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/cpu_policy.tap.
. /lab/lib.sh
out=/out/policies

# note COMMAND...: what it prints becomes diagnostics.
note() { "$@" 2>&1 | head -n 5 | sed 's/^/# /' >>/out/tap; }

# has WORD: guest 1 shows this CPU feature.
has() { guest_run 1 "grep -m 1 ^flags /proc/cpuinfo" | grep -qw "$1"; }

# leaf7 FILE: register b of leaf 7, subleaf 0, in what xen-cpuid wrote.
leaf7() {
    awk '$1 ~ /^00000007:0*0$/ {split($0, half, "->"); split(half[2], r, ":"); print r[2]}' "$1"
}

# bit HEX N
bit() { [ $((0x${1:-0} >> $2 & 1)) -eq 1 ]; }

mkdir -p $out
xen-cpuid -p >$out/system
for name in Raw Host "PV Max" "PV Default"; do
    grep -q "^$name policy: [1-9][0-9]* leaves, [1-9]" $out/system
    claim "xen-cpuid -p shows the policy $name"
done
note grep policy: $out/system

guest_config 1
echo 'cpuid = "host,avx2=0,bmi2=0"' >>/tmp/guest-1.cfg
xl create -q -p /tmp/guest-1.cfg
claim "xl creates a guest with cpuid="
xen-cpuid "-p$(guest_id 1)" >$out/guest
b=$(leaf7 $out/guest)
echo "# leaf 7 of the guest: ebx $b" >>/out/tap
bit "$b" 3 && ! bit "$b" 5 && ! bit "$b" 8
claim "xen-cpuid -pDOMID shows that AVX2 and BMI2 are away, and BMI1 is not"
xl unpause guest1
guest_wait 1
has avx && has bmi1
claim "the guest has AVX and BMI1"
! has avx2 && ! has bmi2
claim "the guest has neither AVX2 nor BMI2"
grep -qw avx2 /proc/cpuinfo && grep -qw bmi2 /proc/cpuinfo
claim "Domain-0 has both"

has fsgsbase
claim "the guest has FSGSBASE"
# shellcheck disable=SC2016  # the guest expands
guest_run 1 'for seed in 1 2 3 4; do basecheck 8 $seed >/tmp/base.$seed || echo bad & done
    wait; cat /tmp/base.*' >/out/basecheck
[ "$(grep -c 'looks [1-9][0-9]* lost 0' /out/basecheck)" -eq 4 ] && ! grep -q bad /out/basecheck
claim "four programs on two vCPUs keep their FS and GS bases"
note cat /out/basecheck
xl destroy guest1
claims_end
finish 0
