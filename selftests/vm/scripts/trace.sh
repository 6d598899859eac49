#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/trace.tap: the stock xentrace and xenalyze, and shoji-top -w, with three
# domains that never sleep on two CPUs. TAP into /out/tap; dumps in /out.
. /lab/lib.sh
kernel=/lab/guest-kit/test.elf

spinner() {
    printf "name='spin%s'\ntype='pv'\nkernel='%s'\nmemory=16\nvcpus=1\nextra='spin=1'\n" \
        "$1" $kernel >"/tmp/spin$1.cfg"
    xl create -q "/tmp/spin$1.cfg"
}

# has CLAIM NUMBER PATTERN: at least so many lines of the dump match.
has() {
    _found=$(grep -cE "$3" /tmp/dump)
    [ "$_found" -ge "$2" ]
    claim "$1 ($_found)"
}

for n in 1 2 3; do spinner $n; done
sleep 1
xentrace -D -e all -T 2 /tmp/t >/out/xentrace.log 2>&1
claim "xentrace -D -e all ends well"
head -c 8000000 /tmp/t | gzip >/out/trace.gz
xenalyze --cpu-hz="$(xl info | sed -n 's/^cpu_mhz *: *\([0-9]*\).*/\1/p')M" --summary /tmp/t \
    >/out/summary 2>/out/summary.err
claim "xenalyze --summary reads what it wrote"
[ "$(grep -cE '^ - cpu [01] -' /out/summary)" -eq 2 ]
claim "there are records of all CPUs"
for n in 1 2 3; do
    grep -q "^|-- Domain $n --|" /out/summary
    claim "and a summary of domain $n"
done
xenalyze --dump-all /tmp/t >/tmp/dump 2>/out/dump.err
claim "xenalyze --dump-all reads it"
head -c 8000000 /tmp/dump | gzip >/out/dump.gz
has "switches" 100 ' sched_switch prev d[0-9]+v[0-9]+ next d[0-9]+v[0-9]+'
has "changes of run states" 200 ' runstate_change d[0-9]+v[0-9]+ [a-z]+->[a-z]+'
has "hypercalls" 100 ' hypercall '
has "page faults or traps" 1 ' (page_fault|trap)'
xentrace -D -e 0x21000 -T 1 /tmp/t2 >>/out/xentrace.log 2>&1 &&
    xenalyze --dump-all /tmp/t2 >/tmp/dump 2>>/out/dump.err
has "with a mask, run states" 100 ' runstate_change '
! grep -qE ' (hypercall|sched_switch) ' /tmp/dump
claim "and nothing else"
for n in 1 2 3; do xl destroy spin$n; done
xentrace -D -e all -T 1 /tmp/t3 >>/out/xentrace.log 2>&1
claim "it is traced again after domains are gone"
claims_end
finish 0
