# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2034
# The place of a test in a user's Domain-0: shoji-selftest has made the bridge, the folder and the
# guests' initial RAM disk, takes them away again, and names them in SHOJI_SELFTEST_*.
st_guest=shoji-selftest-
st_bridge=$SHOJI_SELFTEST_BRIDGE st_net=$SHOJI_SELFTEST_NET st_files=$SHOJI_SELFTEST_FILES
st_kernel=$SHOJI_SELFTEST_KERNEL st_ramdisk=$SHOJI_SELFTEST_RAMDISK
st_memory=$SHOJI_SELFTEST_MEMORY st_mac=$SHOJI_SELFTEST_MAC

# What the guest's first process (shojibench/guest-init) reads of its command line.
place_extra() { echo "bench.guest=$1 bench.net=$st_net bench.front=$SHOJI_SELFTEST_FRONT"; }
