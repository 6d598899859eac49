#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154  # what lib/ sets
# vif-bridge, the shell script: the words of a vif line, and refusals with their reason.
. ../lib/test.sh
. ../lib/scripts.sh
need xl xenstore-read xenstore-exists ip
need_script vif-bridge
plan 9
export SHOJI_VIFPLUG=no
guest_start 1
vif_words
finish
