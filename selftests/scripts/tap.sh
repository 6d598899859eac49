# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# TAP for the tests of scripts. Sourced.
#   plan N            the number of results, first
#   ok CLAIM          CLAIM holds if the last command succeeded:    [ a = a ]; ok "a is a"
#                     No $(command) in CLAIM: bash would take the status of that command.
#   skip CLAIM WHY
#   has TEXT FILE     FILE contains TEXT
#   run_out NAME      the folder that the lab's run NAME wrote; called at the top of the tree
#   results FILE      FILE, the TAP of a run, is printed; it has its plan, as many results, none bad
tap_count=0 tap_bad=0

plan() { echo "1..$1"; }

ok() {
    local status=$?
    tap_count=$((tap_count + 1))
    if [ "$status" -eq 0 ]; then
        echo "ok $tap_count - $1"
    else
        tap_bad=$((tap_bad + 1))
        echo "not ok $tap_count - $1"
        [ -z "${2:-}" ] || sed 's/^/# /' "$2"
    fi
}

skip() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # SKIP $2"
}

has() { grep -qF -- "$1" "$2"; }

run_out() { echo "${RUN_DIR:-$PWD/build/run}/$1/out"; }

results() {
    local plan
    [ -s "$1" ] || { echo "not ok - the run left no results in $1"; return 1; }
    cat "$1"
    plan=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$1" | head -n 1)
    [ -n "$plan" ] || { echo "not ok - there is no plan in $1"; return 1; }
    [ "$plan" -gt 0 ] && [ "$(grep -c '^ok ' "$1")" -eq "$plan" ] && ! grep -q '^not ok' "$1"
}

# The exit code of a test program: 0 only if nothing failed.
tap_end() { [ "$tap_bad" -eq 0 ]; }
