#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/xpti.tap.
. /lab/lib.sh
bridge_up
stage "guest 1"
guest_create 1
guest_wait 1 >/dev/null
claim "a guest of two vCPUs runs"

guest_run 1 'cat /proc/kallsyms >/dev/null
    for i in 1 2 3 4 5 6 7 8; do (dd if=/dev/zero bs=64k count=200 2>/dev/null | md5sum) &
    done | sort -u | wc -l; wait' >/tmp/sums
[ "$(tail -n 1 /tmp/sums)" = 1 ]
claim "its processes share both vCPUs, and their data is right"

xl debug-keys x
xl dmesg | sed -n "/key 'x'/,\$p" >/tmp/keys
seen() { grep -c " $1\$" /tmp/keys; }
say "$(grep -c ', kernel: \|, user: ' /tmp/keys) copies; $(seen vCPU) vCPUs, $(seen 'entry text')" \
    "texts, $(seen IDT) IDTs, $(seen window) pieces of windows"
[ "$(grep -c ', kernel: \|, user: ' /tmp/keys)" = 4 ] && [ "$(seen vCPU)" = 4 ] &&
    [ "$(seen 'entry text')" = 4 ] &&
    [ "$(seen IDT)" = 4 ] && [ "$(seen window)" -ge 20 ] &&
    ! grep -q 'none of what should be here' /tmp/keys
claim "guest mode maps the vCPU, the entry text, the IDT and the window of its CPU, on both CPUs," \
    "and nothing else"

xl list | grep -q 'guest1 .*r\|guest1 .*b'
claim "the guest is well"
claims_end
finish 0
