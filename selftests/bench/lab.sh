# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC1091,SC2154  # /lab/lib.sh is Domain-0's; `bench` sets arguments
# Domain-0's part of `make bench`: shoji-bench, as it is installed for a user, with the arguments
# that `bench` writes before these lines ($arguments). The host shows its lines of progress, and has
# its results in /out/bench and all that it said in /out/bench.log.
. /lab/lib.sh

stage shoji-bench
cd /tmp || exit 1
{
    # shellcheck disable=SC2086  # words are meant
    LC_ALL=C shoji-bench --yes --rounds 1 --output /out/bench $arguments 2>&1
    echo $? >/tmp/bench.code
} | while IFS= read -r line; do
    printf '%s\n' "$line" >>/out/bench.log
    case $line in '['*) say "$line" ;; esac
done
code=$(cat /tmp/bench.code)
# 1: rows are missing, and the result names them.
[ "$code" -le 1 ] || fail shoji-bench \
    "$(grep '^shoji-bench: ' /out/bench.log | tail -n 1 | cut -c1-300)" /out/bench.log
finish 0
