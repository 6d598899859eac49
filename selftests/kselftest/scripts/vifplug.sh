#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154  # what lib/ sets
# vifplug, the program in vif-bridge's place: the words of a vif line, and refusals with their
# reason.
. ../lib/test.sh
. ../lib/scripts.sh
need xl xenstore-read xenstore-exists ip
need_script vifplug
plan 9
guest_start 1
vif_words
finish
