#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Run the tests of kselftest-list.txt (lines COLLECTION:TEST) and print KTAP.
#
#   run_kselftest.sh [-s] [-t COLLECTION:TEST]... [-c COLLECTION]... [-o SECONDS] [NAME...]
#   run_kselftest.sh -l
#
#   -l           list the tests and run none     -d  say what would run and run none
#   -s           results and totals only; what the tests print goes to the file output.log
#   -t TEST      run this test                   -c  run the tests of this collection
#   -o SECONDS   time limit of each test, in place of `timeout=` in its collection's settings
#
# A NAME is a collection or a test; a test's name may be given without ".sh". A test that exits with
# 0 has passed, with 4 it was skipped, with any other code it has failed. Exit code: 1 if a test has
# failed, 4 if all were skipped, 2 for wrong arguments, otherwise 0.
# Without SHOJI_SELFTEST_PLACE= the tests are run by way of shoji-selftest, beside this file, which
# makes what they need.
base=$(cd "$(dirname "$0")" && pwd) || exit 1
list=$base/kselftest-list.txt
names='' limit='' summary='' dry='' show=''

usage() {
    sed -n '3,/^# A NAME/s/^# \{0,1\}//p' "$0" | grep -v '^A NAME'
}

wrong() {
    echo "run_kselftest.sh: $1" >&2
    exit 2
}

# matches NAME LINE: is this line of the list what the name means?
matches() {
    case $2 in "$1" | "$1".sh | "$1":*) return 0 ;; esac
    return 1
}

# chosen LINE: is it asked for?
chosen() {
    [ -n "$names" ] || return 0
    for name in $names; do
        if matches "$name" "$1"; then return 0; fi
    done
    return 1
}

known() {
    while read -r line; do
        if matches "$1" "$line"; then return 0; fi
    done <"$list"
    return 1
}

limit_of() {
    if [ -n "$limit" ]; then echo "$limit"; return; fi
    seconds=$(sed -n 's/^timeout=\([0-9]*\).*/\1/p' "$base/$1/settings" 2>/dev/null)
    echo "${seconds:-45}"
}

# nested: a test's lines, each as it comes, two columns to the right as KTAP wants it.
nested() {
    while IFS= read -r line || [ -n "$line" ]; do printf '  %s\n' "$line"; done
}

# where: in a summary, what belongs to one test goes to the file.
where() {
    if [ -n "$summary" ]; then cat >>"$log"; else cat; fi
}

run_test() { # COLLECTION TEST NUMBER
    seconds=$(limit_of "$1") began=$(cut -d. -f1 /proc/uptime)
    # 0 means no limit, as for timeout(1).
    {
        echo "# timeout set to $seconds"
        echo "# selftests: $1: $2"
    } | where
    : >"$work/out"
    {
        if [ ! -x "$base/$1/$2" ]; then
            echo "# $1/$2 cannot be run"
            echo 126 >"$work/code"
        else
            (cd "$base/$1" && timeout -k 20 "$seconds" "./$2" </dev/null)
            echo $? >"$work/code"
        fi
    } 2>&1 | tee "$work/out" | nested | where
    code=$(cat "$work/code")
    why=$(sed -n 's/^.*# SKIP //p' "$work/out" | head -n 1)
    case $code in
        0) passed=$((passed + 1)) result="ok $3 selftests: $1: $2" ;;
        4) skipped=$((skipped + 1)) result="ok $3 selftests: $1: $2 # SKIP $why" ;;
        124 | 137 | 143)
            failed=$((failed + 1)) bad="$bad $1:$2"
            result="not ok $3 selftests: $1: $2 # TIMEOUT $seconds seconds"
            ;;
        *)
            failed=$((failed + 1)) bad="$bad $1:$2"
            result="not ok $3 selftests: $1: $2 # exit=$code"
            ;;
    esac
    echo "$result"
    [ -z "$summary" ] || echo "$result" >>"$log"
    echo "# $(($(cut -d. -f1 /proc/uptime) - began)) s" | where
}

arguments=$*
while getopts lsdt:c:o:h option; do
    case $option in
        l) show=yes ;;
        s) summary=yes ;;
        d) dry=yes ;;
        t | c) names="$names $OPTARG" ;;
        o) limit=$OPTARG ;;
        h) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))
# shellcheck disable=SC2086  # names have no spaces
set -- $names "$@"
names=$*
case $limit in *[!0-9]*) wrong "-o $limit is no number of seconds" ;; esac
[ -r "$list" ] || wrong "$list is not there: \`make -C selftests install\` writes it"
for name in $names; do
    known "$name" || wrong "there is no test or collection $name (-l lists them)"
done
chosen_list=$(while read -r line; do ! chosen "$line" || echo "$line"; done <"$list")
if [ -n "$show" ]; then
    echo "$chosen_list"
    exit 0
fi
if [ -z "${SHOJI_SELFTEST_PLACE:-}" ] && [ -z "$dry" ]; then
    # shellcheck disable=SC2086  # options and names have no spaces
    exec "$base/shoji-selftest" $arguments
fi

log=$PWD/output.log
[ -z "$summary" ] || : >"$log" || wrong "$log cannot be written"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
passed=0 failed=0 skipped=0 number=0 bad=''
echo "KTAP version 1"
echo "1..$(echo "$chosen_list" | grep -c .)"
for line in $chosen_list; do
    number=$((number + 1))
    if [ -n "$dry" ]; then
        echo "ok $number selftests: ${line%%:*}: ${line#*:} # SKIP dry run"
        skipped=$((skipped + 1))
    else
        run_test "${line%%:*}" "${line#*:}" $number
    fi
done
echo "# Totals: pass:$passed fail:$failed skip:$skipped"
[ -z "$bad" ] || echo "# Failed:$bad"
[ $failed -eq 0 ] || exit 1
[ $passed -gt 0 ] || [ -n "$dry" ] || exit 4
exit 0
