#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/kselftest.tap: the claims of each test as TAP lines into /out/tap. NAMES
# (joined by +): what is run.
. /lab/lib.sh
bridge_up
mount -t tmpfs -o size=90% tmpfs /mnt
n=0
NAMES=$(echo "${NAMES:-net+blk+scripts}" | tr + ' ')

# flat: nested claims, with the test's name, as they come. A test that fails is a claim, too.
flat() {
    while IFS= read -r line; do
        echo "$line" >>/out/detail
        case $line in
            '# selftests: '*) test=${line#\# selftests: } ;;
            '  ok '* | '  not ok '*)
                n=$((n + 1)) line=${line#  }
                word=${line%%ok *}ok rest=${line#*ok }
                echo "$word $n - $test: ${rest#* }" >>/out/tap
                ;;
            'not ok '*)
                n=$((n + 1))
                echo "not ok $n - $line" >>/out/tap
                ;;
            *) continue ;;
        esac
        say "$line"
    done
    echo "1..$n" >>/out/tap
}

# shellcheck disable=SC2086  # words
SHOJI_SELFTEST_PLACE=lab /lab/kselftest/run_kselftest.sh -o 900 $NAMES 2>&1 | flat
! grep -q '^not ok' /out/tap
finish $?
