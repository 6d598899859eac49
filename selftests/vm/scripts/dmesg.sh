#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC1091
# In Domain-0: what the kernel warned of since it started, a line each, without times and numbers.
. /lab/lib.sh
modprobe -q -a ahci sd_mod e1000 bridge
dmesg -r | sed -n 's/^<[0-4]>\[[^]]*\] *//p' |
    sed 's/0x[0-9a-f]*/N/g; s/\b[0-9a-f]\{8,\}\b/N/g; s/[0-9][0-9]*/N/g' >/out/warnings
dmesg -r | sed -n 's/^<[0-4]>//p' >/out/warnings.full
finish 0
