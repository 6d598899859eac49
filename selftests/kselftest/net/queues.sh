#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2154  # what lib/ sets
# A guest of two vCPUs has a queue for each, as many as the backend allows, and their number can be
# changed where the frontend can.
. ../lib/test.sh
. ../lib/net.sh
need xl xenstore-read
need_checked
plan 5
guest_start 1 2
checked_start 1; claim "the server runs in the guest"
most=$(backend 1 vif 0 multi-queue-max-queues)
[ "${most:-1}" -ge 2 ] || skip_rest "the backend allows one queue only (Domain-0 has $(nproc) CPUs)"
queues() { frontend 1 vif 0 multi-queue-num-queues; }
[ "$(queues)" = 2 ]; claim "two vCPUs give two queues"
streams 1 6; claim "six streams over them: every byte right"
guest_has 1 ethtool || skip_rest "the guest has no ethtool, because this host has none to give it"
if ! guest_run 1 'ethtool -l eth0' >/dev/null 2>&1; then
    skip_rest "this netfront cannot change the number of its queues"
fi
for count in 1 2; do
    try guest_run 1 "ethtool -L eth0 combined $count" &&
        wait_until 20 "[ \"\$(queues)\" = $count ]" && wait_until 20 'echoes 1' && checked 1 2
    claim "ethtool -L in the guest, $count: every byte right"
done
finish
