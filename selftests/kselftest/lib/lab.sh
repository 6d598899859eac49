# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2034
# The place of a test in the lab's Domain-0: kernel and image of the lab's first guest
# (GUESTS=, which needs one), the lab's bridge and addresses.
st_guest=selftest
st_bridge=xenbr0 st_net=10.9.0 st_files=/mnt
st_kernel=/lab/guests/1/kernel st_ramdisk=/lab/guests/1/ramdisk
st_memory=192 st_mac=00:16:3e:5e:00

# What the guest's first process (lab/guest/init) reads of its command line.
place_extra() { echo "lab.guest=$1 lab.front=$(sed -n 's/^front=//p' /lab/guests/1/spec)"; }
