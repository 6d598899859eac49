# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034  # used by those that source this
# What the lab's host-side scripts share. Sourced; expects `set -euo pipefail`.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
lab=$top/selftests/lab
build=$top/build
cache=$build/cache

# die MESSAGE [EXIT CODE]
die() {
    printf 'lab: %s\n' "$1" >&2
    exit "${2:-1}"
}

# note MESSAGE: what is being done, on the terminal.
note() {
    printf 'lab: %s\n' "$1"
}

# need_space DIR MIB: stop with a clear message before a full disk does it halfway through.
need_space() {
    local free hint="free some, or set RUN_DIR= to a folder on another disk"
    mkdir -p "$1" || die "cannot make the folder $1"
    free=$(df -Pm "$1" | awk 'NR == 2 {print $4}')
    [ "$free" -ge "$2" ] ||
        die "no space: $1 has $free MiB free and $2 MiB are needed ($hint)"
}
