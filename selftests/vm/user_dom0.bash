# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What a user's Domain-0 has beside the lab's (selftests/lab/user-dom0), for tests of installed
# programs, which source this and then call user_dom0. KERNEL chooses the kernel.

# user_dom0 TREE LIST...: make it in the folder TREE, an overlay for EXTRA=, with the programs of
# these lists (hypervisor/install/tree). The kernel's image is the one that a user has.
user_dom0() {
    local tree=$1
    selftests/lab/images "$KERNEL" && make --no-print-directory tools BACK=shoji &&
        KERNEL_FORM=bzimage selftests/lab/user-dom0 "$@" &&
        install -D -m 644 selftests/vm/scripts/left_behind.sh "$tree/lab/left_behind.sh"
}
