#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/evil_guest.tap: a guest that breaks every rule beside one that works.
# SECONDS_EVIL, SEED.
# shellcheck disable=SC2016,SC2153  # the guest and wait_until expand; SEED comes with the run
. /lab/lib.sh
. /lab/domains.sh

free_mib() { xl info | sed -n 's/^free_memory *: //p'; }

# The neighbour: writes what it knows the sum of, reads it back past its cache, and pings all the
# while.
neighbour_start() {
    cat >/tmp/work.sh <<'EOF'
rm -f /tmp/stop; good=0; bad=0
dd if=/dev/urandom of=/tmp/data bs=64k count=32 2>/dev/null
while [ ! -e /tmp/stop ]; do
    head -c 4096 /dev/urandom |
        dd of=/tmp/data bs=4096 seek=$((good % 512)) conv=notrunc 2>/dev/null
    want=$(sha1sum </tmp/data)
    dd if=/tmp/data of=/dev/xvda bs=64k oflag=direct 2>/dev/null
    have=$(dd if=/dev/xvda bs=64k count=32 iflag=direct 2>/dev/null | sha1sum)
    if [ "$want" = "$have" ]; then good=$((good + 1)); else bad=$((bad + 1)); fi
    echo "$good $bad" >/tmp/count
done
EOF
    guest_run 1 "cat >/tmp/work.sh <<'EOF'
$(cat /tmp/work.sh)
EOF
(sh /tmp/work.sh >/dev/null 2>&1 </dev/null &)
(ping -i 0.2 -q 10.9.0.1 >/tmp/ping 2>&1 </dev/null & echo \$! >/tmp/ping.pid)"
}

neighbour_stop() {
    guest_run 1 'kill -INT $(cat /tmp/ping.pid); touch /tmp/stop; sleep 2; cat /tmp/count'
    guest_run 1 'cat /tmp/ping' >/out/ping
}

# evil_once NAME SECONDS SEED
evil_once() {
    evil_create "$1" "evil=$2 seed=$3 cpus=${EVIL_CPUS:-2}" destroy || return 1
    wait_until $(($2 + 20)) "! xl domid $1 >/dev/null 2>&1" && return 0
    xl destroy "$1"
    return 1
}

bridge_up
guest_create 1
guest_wait 1
before=$(free_mib)
neighbour_start
end=$(($(cut -d. -f1 /proc/uptime) + SECONDS_EVIL))
k=0 hung=0 finished=0 failed=0
while now=$(cut -d. -f1 /proc/uptime) && [ "$now" -lt "$end" ]; do
    left=$((end - now))
    [ $left -le 20 ] || left=20
    seed=$((SEED + k)) k=$((k + 1))
    evil_once "evil$k" $left $seed || hung=$((hung + 1))
    log=/var/log/xen/console/guest-evil$k.log
    grep -aq '^# evil end' "$log" 2>/dev/null && finished=$((finished + 1))
    grep -aq '^# evil seed' "$log" 2>/dev/null || failed=$((failed + 1))
    note "$(grep -a '^# evil long' "$log" | tr -d '\r#')"
    sed -n 's/^# evil long: an event waited \([0-9]*\) us.*; [1-9] of.*/\1/p' "$log" >>/out/waits
    note "seed $seed: $(grep -a '^# evil:\|^# evil end\|unexpected' "$log" | tail -n 1 |
        tr -d '\r')"
done
neighbour_stop >/out/count
after=$(free_mib)
note "seeds from $SEED on: $k domains, $finished came to their end, $hung did not end by themselves"
note "neighbour: good and bad rounds: $(tail -n 1 /out/count); $(tail -n 2 /out/ping | tr '\n' ' ')"
note "free memory: $before MiB before, $after MiB after"
[ $failed -eq 0 ] && [ $k -gt 0 ]; claim "every evil guest started"
[ $hung -eq 0 ]; claim "every one ended, or could be ended"
# The best of all tries: whatever else the machine does adds to a wait, and the hypervisor's part is
# in each.
if [ "${EVIL_CPUS:-2}" -gt 1 ]; then
    wait=$(sort -n /out/waits | head -n 1)
    [ -n "$wait" ] && [ "$wait" -lt 5000 ]
    claim "giving back 512 tables keeps an event of the guest waiting for less than 5 ms"
fi
read -r good bad </out/count
[ "${good:-0}" -gt 3 ] && [ "$bad" -eq 0 ]; claim "the neighbour's data is what it wrote"
grep -q ' 0% packet loss' /out/ping; claim "the neighbour lost no ping"
max=$(sed -n 's,^rtt.*= [^/]*/[^/]*/\([^/.]*\).*,\1,p' /out/ping)
[ -n "$max" ] && [ "$max" -lt 3000 ]; claim "and waited for none longer than 3 s"
guest_run 1 true; claim "the neighbour still answers"
wait_until 10 '[ "$(xl list | wc -l)" -eq 3 ]'; claim "no evil domain is left behind"
[ $((before - after)) -le 1 ]; claim "all its memory came back"
! xl dmesg | grep -v 'command line' | grep -qiE 'panic|assert|broken:|\bbug\b'
claim "the hypervisor has nothing to say against itself"
claims_end
finish 0
