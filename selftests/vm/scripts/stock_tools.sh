#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/stock_tools.tap: claims into /out/tap, and the shapes of outputs, with N for
# each number, into /out/shape.
. /lab/lib.sh
PATH=$PATH:/usr/sbin:/usr/lib/xen-$LAB_XEN_VERSION/bin
kernel=/lab/guest-kit/test.elf
mkdir -p /out/shape /out/raw

# run NAME COMMAND: its output in /out/raw/NAME, its code in $code.
run() {
    timeout 60 sh -c "$2" >"/out/raw/$1" 2>&1
    code=$?
}
# shape NAME: what is compared between the hypervisors.
shape() {
    sed -E 's/[0-9]+/N/g; s/[[:space:]]+/ /g; s/ $//' "/out/raw/$1" | uniq >"/out/shape/$1"
}
has() { grep -qE "$2" "/out/raw/$1"; }
on_shoji() { [ "$LAB_HV" = shoji ]; }
online() { xl info | awk '/^nr_cpus/ {print $3}'; }
state_of() { xl list "$1" 2>/dev/null | awk 'NR == 2 {print $5}'; }

watchdogs() {
    run xenwatchdogd "xenwatchdogd 60 20; sleep 3; pidof xenwatchdogd >/dev/null && echo runs
        kill -USR1 \$(pidof xenwatchdogd); sleep 3; pidof xenwatchdogd >/dev/null || echo gone"
    shape xenwatchdogd
    has xenwatchdogd runs && has xenwatchdogd gone
    claim "xenwatchdogd runs, and gives its watchdog back"
    cat >/tmp/dog.cfg <<EOF
name='dog'
type='pv'
kernel='$kernel'
memory=16
extra='watchdog=3'
on_watchdog='preserve'
EOF
    xl create -q /tmp/dog.cfg
    claim "a guest with a watchdog is created"
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
        case $(state_of dog) in *s*) break ;; esac
        sleep 2
    done
    case $(state_of dog) in *s*) true ;; *) false ;; esac
    claim "it is shut down when the watchdog is not started again"
    xl list -v dog | awk 'NR == 2 {print $(NF - 1), $NF}' | grep -qw 4
    claim "for that reason"
    xl destroy dog
}

values() {
    run hypfs-root "xenhypfs ls /"
    has hypfs-root buildinfo && has hypfs-root params
    claim "xenhypfs ls"
    run hypfs-version "xenhypfs cat /buildinfo/version/major"
    shape hypfs-version
    [ "$(cat /out/raw/hypfs-version)" = 4 ]; claim "xenhypfs cat"
    run hypfs-none "xenhypfs cat /params/nothing"
    shape hypfs-none
    [ $code -ne 0 ]; claim "of what is not there"
    run set-parameters "xl set-parameters gnttab_max_frames=90"
    shape set-parameters
    [ $code -eq 0 ]; claim "xl set-parameters"
    xenhypfs cat /params/gnttab_max_frames | grep -qw 90; claim "changes the parameter"
    run set-nothing "xl set-parameters nothing=1"
    [ $code -ne 0 ]; claim "a parameter that is none is an error"
    run hypfs-readonly "xenhypfs write /buildinfo/changeset x"
    shape hypfs-readonly
    [ $code -ne 0 ]; claim "so is a write to what is read only"
}

power() {
    run pm-topology "xenpm get-cpu-topology"
    shape pm-topology
    [ $code -eq 0 ]; claim "xenpm get-cpu-topology"
    run pm-governor "xenpm set-scaling-governor performance"
    has pm-governor "[Ff]ail|[Ee]rror"; claim "xenpm says that there is no governor to set"
    run pm-idle "xenpm get-cpuidle-states"
    if on_shoji; then
        has pm-idle "total C-states *: 2"; claim "xenpm get-cpuidle-states: C0 and C1"
        run pm-turbo "xenpm enable-turbo-mode"
        has pm-turbo "[Ff]ail|[Ee]rror"; claim "what has no effect is an error"
    fi
}

others() {
    run livepatch "xen-livepatch list"
    shape livepatch
    [ $code -eq 0 ]; claim "xen-livepatch list"
    run psr "xl psr-hwinfo"
    shape psr
    run psr-show "xl psr-cmt-show cache-occupancy"
    shape psr-show
    [ $code -ne 0 ]; claim "xl psr-cmt-show says that this CPU cannot"
    run tsx "test-tsx"
    [ $code -ne 139 ]; claim "test-tsx runs"
    run perf "xenperf"
    if on_shoji; then
        has perf "^switches" && has perf "^hypercalls"; claim "xenperf shows counters"
        xenperf -r >/dev/null 2>&1; claim "and resets them"
    fi
}

hotplug() {
    [ "$(online)" -eq 2 ]; claim "two CPUs are on line"
    run hptool-0 "xen-hptool cpu-offline 0"
    [ "$(online)" -eq 2 ]; claim "the first one stays"
    run hptool-offline "xen-hptool cpu-offline 1"
    shape hptool-offline
    [ $code -eq 0 ] && [ "$(online)" -eq 1 ]; claim "xen-hptool cpu-offline"
    xl vcpu-list Domain-0 >/out/raw/vcpus
    ! awk '$4 == 1' /out/raw/vcpus | grep .; claim "no vCPU runs there"
    run hptool-online "xen-hptool cpu-online 1"
    shape hptool-online
    [ $code -eq 0 ] && [ "$(online)" -eq 2 ]; claim "xen-hptool cpu-online"
}

watchdogs
values
power
others
hotplug
claims_end
finish 0
