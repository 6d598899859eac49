# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tests of the drivers share. Sourced by *.tap here; HV (xen), KERNEL (6.1, of Domain-0)
# and GUEST_KERNEL (the same) choose where they run.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
. selftests/scripts/tap.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/extra/usr/bin" "$work/extra/lab/evil" "$work/extra/etc/xen/scripts"
export HV=${HV:-xen} KERNEL=${KERNEL:-6.1} EXTRA=$work/extra
GUEST_KERNEL=${GUEST_KERNEL:-$KERNEL}

broken() {
    [ -z "${2:-}" ] || sed 's/^/# /' "$2" 2>/dev/null
    echo "1..1"
    echo "not ok 1 - $1"
    sed 's/^/# /' "$work/log"
    exit 1
}

# guest_program NAME: selftests/vm/NAME.c, in both images.
guest_program() {
    gcc -O2 -Wall -Wextra -Werror -static -o "$work/extra/usr/bin/$1" \
        "selftests/vm/$1.c" >"$work/log" 2>&1 || broken "$1 builds"
}

# kernel_module NAME: a module of Domain-0's kernel that the image lacks, to be loaded from
# /lab/NAME.ko.
kernel_module() {
    local version file
    selftests/lab/images "$KERNEL" >"$work/log" 2>&1 &&
        version=$(selftests/lab/kernel-version "$KERNEL") &&
        file=$(find "build/lab/$version/kernel/lib/modules" -name "$1.ko*" | head -n 1) &&
        [ -n "$file" ] || broken "there is a module $1"
    case $file in *.xz) xz -dc "$file" ;; *) cat "$file" ;; esac >"$work/extra/lab/$1.ko"
}

# driver_test NAME SCRIPT: run it in Domain-0 with our drivers as BACK and GUESTS say; its TAP is
# ours.
driver_test() {
    local out
    out=$(run_out "$1")
    GUESTS=$(sed "s/^\|;/&kernel=$GUEST_KERNEL,/g" <<<"$GUESTS")
    BACK='' FRONT='' GUESTS='' make -s tools >"$work/log" 2>&1 || broken "the tools build"
    KERNEL_VERSIONS="$KERNEL $GUEST_KERNEL" selftests/lab/drivers >"$work/log" 2>&1 ||
        broken "the drivers build"
    rm -f "$out/tap"
    NAME=$1 SCRIPT=selftests/vm/scripts/$2.sh selftests/lab/lab run >"$work/log" 2>&1 ||
        broken "the run ended well" "$out/tap"
    sed 's/^/# /' "$work/log"
    results "$out/tap" || { sed 's/^/# /' "$out/detail" 2>/dev/null; exit 1; }
}
