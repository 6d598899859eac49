#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/shoji_selftest.tap: TAP lines into /out/tap. NAMES (joined by +): what is
# run.
. /lab/lib.sh
. /lab/left_behind.sh
guests="--guest-kernel /boot/vmlinux"
NAMES=$(echo "${NAMES:-net+blk+scripts}" | tr + ' ')

# results FILE: each test of a run that was not skipped as a claim.
results() {
    grep -E '^(not )?ok ' "$1" >/out/results
    while read -r line; do
        case $line in
            *'# SKIP'*) ;;
            ok*) true; claim "${line#ok * selftests: }" ;;
            *) false; claim "${line#not ok * selftests: }" ;;
        esac
    done </out/results
}

look >/tmp/look.before
export LC_ALL=C
cd /tmp || exit 1
shoji-selftest -l >/out/list && [ "$(wc -l </out/list)" -gt 10 ]; claim "shoji-selftest -l"
# shellcheck disable=SC2086  # words
{
    shoji-selftest $guests -o 900 $NAMES
    echo $? >/out/code
} 2>&1 | tee /out/selftest.log | while IFS= read -r line; do
    case $line in *ok\ [0-9]*) say "$line" ;; esac
done
code=$(cat /out/code)
results /out/selftest.log
[ "$code" -eq 0 ]; claim "shoji-selftest $NAMES ends with code 0 ($code)"
same "its own end"
# shellcheck disable=SC2086
shoji-selftest $guests -s $NAMES >/out/interrupt.log 2>&1 &
wait_until 200 'xl list | grep -q shoji-selftest-1'
claim "another run has its guest"
kill -INT $!
wait $!
[ $? -eq 130 ]; claim "Ctrl-C ends it, code 130"
rm -f /tmp/output.log
same "Ctrl-C"
# shellcheck disable=SC2086
shoji-selftest $guests -t net:tcp -o 3 >/out/timeout.log 2>&1
[ $? -eq 1 ] && grep -q '^not ok 1 selftests: net: tcp.sh # TIMEOUT 3 seconds' /out/timeout.log
claim "one test alone, with a time limit that it exceeds, fails by that"
same "a test that was ended"
claims_end
! grep -q '^not ok' /out/tap
finish $?
