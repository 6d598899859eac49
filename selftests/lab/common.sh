# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034  # used by those that source this
# What the lab's host-side scripts share. Sourced; expects `set -euo pipefail`.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
lab=$top/selftests/lab
build=$top/build
cache=$build/cache

# The release of Debian that the images are made from, and their kernels where it has them.
lab_release=${RELEASE:-$("$lab/apt" host)}

# package_names IMAGE...: the names in that release of the packages in these images.
package_names() {
    awk -v images=" $* " -v column=$((lab_release - 10)) '
        !/^#/ && index(images, " " $1 " ") {
            name = NF < column ? $2 : $column
            if (name != "-") print name
        }' "$lab/packages"
}

# The version of its toolstack, and of its Xen: 4.17 or 4.20.
toolstack_version() {
    package_names dom0 | sed -n 's/^xen-utils-\([0-9.]*\)$/\1/p'
}

check_release() {
    [[ " 12 13 " == *" $lab_release "* ]] ||
        die "RELEASE=$lab_release is not known (accepted: 12 13)" 2
}

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

# ---- kernels ----

# The series that the lab runs, and those that the modules are built for on request only.
lab_series="6.1 6.12 7.3"
other_series="7.2"

# kernel_release VERSION|SERIES: the release of Debian whose archive has that kernel. 6.12 is in
# two; the lab takes that of RELEASE (the host's own by default).
kernel_release() {
    case $1 in
        *+deb12* | 6.1 | 6.1[.-]*) echo 12 ;;
        *+deb13* | 7.*) echo 13 ;;
        5.10*) echo 11 ;;
        *) [ -z "${RELEASE:-}" ] && "$lab/apt" host || echo "$RELEASE" ;;
    esac
}

# module_series: the kernels that modules are built for: KERNEL_VERSIONS, or 6.1, 6.12 and what the
# variables of the run name besides.
module_series() {
    local series all="6.1 6.12"
    for series in $lab_series $other_series; do
        [[ " $all " == *" $series "* ]] ||
            [[ ! " ${KERNEL:-} ${GUESTS:-} ${A:-} ${B:-} " =~ [=\ ]${series/./\\.}[,\;\ ] ]] ||
            all+=" $series"
    done
    echo "${KERNEL_VERSIONS:-$all}"
}

# build_modules HEADERS FOLDER LOG: build a folder of modules. Return whether that succeeded and
# nothing was warned of; tell on the terminal what was. The whole output is in LOG.
build_modules() {
    local headers=$1 folder=$2 log=$3
    # Without the kernel's own image there is no type information to add to, and no need for pahole.
    if ! make -C "$headers" M="$folder" W=1 -j2 CONFIG_DEBUG_INFO_BTF_MODULES= \
        modules >"$log" 2>&1; then
        grep -E 'error|warning|Error|modpost' -A 6 "$log" | head -n 60 >&2 || tail -n 20 "$log" >&2
        return 1
    fi
    # Nor does it matter that pahole and the compiler's patch level are not the kernel's own.
    sed -i -E '/^warning: (pahole version|the compiler) differs/d' "$log"
    if grep -q -i 'warning:' "$log"; then
        grep -i -A 8 'warning:' "$log" >&2
        printf '%s\n' "(warnings count as errors here)" >&2
        return 1
    fi
}
