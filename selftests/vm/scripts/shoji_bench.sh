#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/shoji_bench.tap: TAP lines into /out/tap.
. /lab/lib.sh
. /lab/left_behind.sh

# started FILE WORDS: wait until the run has said so.
started() { wait_until 600 "grep -q '$2' $1"; }

look >/tmp/look.before
export LC_ALL=C
cd /tmp || exit 1

shoji-bench --only net,blk --time 2m --yes --output /out/report >/out/run.log 2>&1
code=$?
[ $code -le 1 ]; claim "shoji-bench --only net,blk --time 2m ends, code 0 or 1"
grep -q 'takes   about' /out/run.log; claim "it says before how long it takes"
grep -q '^\[.* left\] A: net.tcp.1.g2d [0-9]' /out/run.log
claim "it shows progress and the time left"
grep -q '^net.tcp.1.g2d ' /out/report/table.txt && grep -q '^blk' /out/report/table.txt &&
    grep -q '<h2>Network' /out/report/report.html && [ -s /out/report/results.json ]
claim "table, page and JSON have network and disks"
same "its own end"

shoji-bench diff /out/report/results.json /out/report/results.json >/out/diff.log 2>&1
claim "shoji-bench diff A.json B.json"

shoji-bench --only hv.guest,hv.grant,us.guest,ctl.block-attach --rounds 1 --yes \
    --output /out/others >/out/others.log 2>&1 &&
    grep -q '^hv.grant.map' /out/others/table.txt &&
    grep -q '^ctl.block-attach' /out/others/table.txt
claim "rows of the hypervisor, user space and control plane"
same "these rows"

if ls /lib/modules/*/updates/shoji-netback.ko >/dev/null 2>&1; then
    shoji-bench --compare drivers --only net.tcp.1.g2d,blk.ram.randread.4k.qd1 --rounds 1 \
        --no-bare --yes --output /out/compare >/out/compare.log 2>&1
    claim "shoji-bench --compare drivers"
    grep -q 'B vif served by: shoji_netback' /out/compare/table.txt &&
        grep -q 'A vif served by: xen_netback' /out/compare/table.txt &&
        grep -q 'B vbd served by: shoji_blkback' /out/compare/table.txt
    claim "each side's drivers served its guest"
    same "an exchange of drivers"
fi

shoji-bench --only net --rounds 1 --no-bare --yes --output /tmp/no \
    >/out/interrupt.log 2>&1 &
started /out/interrupt.log 'A: net.tcp.1.g2d [0-9]'
kill -INT $!
wait $!
[ $? -eq 130 ] && grep -q 'interrupted' /out/interrupt.log
claim "Ctrl-C ends it, code 130"
same "Ctrl-C"

shoji-bench --only net --rounds 1 --no-bare --yes --output /tmp/no >/out/killed.log 2>&1 &
started /out/killed.log 'A: net.tcp.1.g2d [0-9]'
kill -9 $!
wait $! 2>/dev/null
xl list | grep -q '^shoji-bench-1 '; claim "kill -9 leaves its guest"
shoji-bench clean >/out/clean.log 2>&1; claim "shoji-bench clean"
rm -rf /tmp/no
same "kill -9 and clean"
claims_end
! grep -q '^not ok' /out/tap
finish $?
