#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/forty_guests.tap: NUMBER guests at once, that start with START MiB and keep
# MIB.
# shellcheck disable=SC2016,SC2153  # wait_until evaluates; NUMBER, START and MIB come with the run
. /lab/lib.sh
. /lab/domains.sh

# many_create N: guest many-N with the address 10.9.0.(10+N)
many_create() {
    cat >"/tmp/many-$1.cfg" <<EOF
name = 'many-$1'
type = 'pv'
kernel = '/lab/many/kernel'
ramdisk = '/lab/many/ramdisk'
memory = $START
vcpus = 1
extra = 'console=hvc0 loglevel=4 panic=-1 rdinit=/init $((10 + $1))'
vif = [ 'mac=00:16:3e:00:0a:$(printf %02x "$1"),bridge=xenbr0' ]
on_crash = 'preserve'
EOF
    xl create -q "/tmp/many-$1.cfg" >>/tmp/create.log 2>&1
}

# A try takes two seconds when there is no answer, and wait_until makes five for each of its
# seconds.
answers() { ping -c 1 -W 2 -q "10.9.0.$((10 + $1))" >/dev/null 2>&1; }
all() { seq 1 "$NUMBER"; }
# How many have no more than they shall keep (the toolstack rounds up).
small_ones() {
    xl list | awk -v most=$((MIB + 1)) '/^many-/ && $3 <= most {n++} END {print n + 0}'
}
seconds() { cut -d. -f1 /proc/uptime; }

bridge_up
# The first one fills tables that only grow.
many_create 1 || fail toolstack "xl create of the first guest failed" /tmp/create.log
wait_until 10 'answers 1' ||
    fail "guest many-1" "it does not answer ping" /var/log/xen/console/guest-many-1.log
say "the first one: $(grep -a 'pinged:' /var/log/xen/console/guest-many-1.log | tr -d '\r')"
xl destroy many-1
steady >/dev/null
mv /out/hv.log /out/hv.first.log
before=$(counts)

began=$(seconds) created=0
for n in $(all); do
    many_create "$n" || break
    created=$n
    [ $((n % 10)) -ne 0 ] || say "$n created after $(($(seconds) - began)) s"
done
[ "$created" -eq "$NUMBER" ]; claim "$NUMBER guests are created ($created)"
missing=
for n in $(all); do
    wait_until 10 "answers $n" || missing="$missing $n"
    xl mem-set "many-$n" "$MIB"
done
echo "# all had answered $(($(seconds) - began)) s after the first xl create" >>/out/tap
[ -z "$missing" ]; claim "every one answers ping (missing:${missing:- none})"
wait_until 60 '[ "$(small_ones)" -eq "$NUMBER" ]'; claim "and keeps $MIB MiB ($(small_ones))"
[ "$(xl list | tail -n +2 | awk '$5 !~ /[psc]/' | grep -c '^many-')" -eq "$NUMBER" ]
claim "all are alive at once"
[ "$(bridge link | grep -c 'vif.*master xenbr0 state forwarding')" -eq "$NUMBER" ]
claim "the bridge has $NUMBER ports that forward"
for n in $(all); do ping -c 10 -i 0.5 -W 5 -q "10.9.0.$((10 + n))" >"/tmp/ping-$n" 2>&1 & done
wait_until 60 '[ "$(grep -l "packets transmitted" /tmp/ping-* | wc -l)" -eq "$NUMBER" ]'
[ "$(grep -l ' 0% packet loss' /tmp/ping-* | wc -l)" -eq "$NUMBER" ]
claim "pinged all at once they lose nothing"
{
    sed -n 's,^rtt [^=]*= ,,p' /tmp/ping-* | awk -F/ '{sum += $2; if ($3 > max) max = $3}
        END {printf "# ping, all at once: mean %.1f ms, longest %.1f ms\n", sum / NR, max}'
    cat /var/log/xen/console/guest-many-*.log | grep -a 'pinged:' | tr -d '\r' | sort -u |
        sed 's/^/# /'
    xl info | sed -n 's/^free_memory *: /# free memory, MiB: /p'
} >>/out/tap

began=$(seconds)
for n in $(all); do xl destroy "many-$n"; done
wait_until 60 '[ "$(xl list | wc -l)" -eq 2 ]'; claim "xl destroy removes them all"
echo "# that took $(($(seconds) - began)) s" >>/out/tap
claims_left "$before" "after all"
if [ "$LAB_HV" = shoji ]; then
    ! hv_complaints /out/hv.log; claim "the hypervisor had nothing to say"
fi
! dmesg | grep -E 'BUG|WARNING|Oops|g.e. 0x|Call Trace'; claim "no complaint in Domain-0's log"
claims_end
finish 0
