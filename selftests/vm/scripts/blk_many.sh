#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/blk_many.tap: 64 disks and 8 vifs of guest 1. Disk N is /dev/ramN.
# shellcheck disable=SC2016  # wait_until evaluates its command
. /lab/lib.sh
. /lab/domains.sh
: >/out/detail

check() { echo "--- $*" >>/out/detail; "$@" >>/out/detail 2>&1; }

letter() { echo abcdefghijklmnopqrstuvwxyz | cut -c"$(($1 + 1))"; }
disk_name() {
    if [ "$1" -lt 26 ]; then
        echo "xvd$(letter "$1")"
    else
        echo "xvd$(letter $(($1 / 26 - 1)))$(letter $(($1 % 26)))"
    fi
}

plug=/usr/lib/shoji/scripts/blkplug
disk_words() { echo "format=raw,vdev=$1,access=rw,script=$plug,target=$2"; }

# The guest, with AT_ONCE disks in its configuration.
create() {
    guest_config 1
    disks='' n=0
    while [ $n -lt "$AT_ONCE" ]; do
        disks="$disks'$(disk_words "$(disk_name $n)" /dev/ram$n)',"
        n=$((n + 1))
    done
    sed -i "s|^disk = .*|disk = [ $disks ]|" /tmp/guest-1.cfg
    check xl create /tmp/guest-1.cfg
}

# What disks of the guest share with their backend, KiB: the sum, or of the disk with a number.
pools() {
    guest_run 1 "cat /sys/bus/xen/devices/vbd-${1:-*}/pool_kib" | awk '{n += $1} END {print n}'
}
guest_memory() { guest_run 1 "sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo"; }
disks_of_guest() { guest_run 1 'ls -d /sys/block/xvd* | wc -l'; }
guest_entries() {
    [ "$LAB_HV" != shoji ] || {
        xl debug-keys g && xl dmesg |
            sed -n "s/.*d$(guest_id 1): .* frames, \([0-9]*\) entries .*/\1/p" | tail -n 1
    }
}

# Each disk is written and read back.
# shellcheck disable=SC2016  # the guest expands it
verified='for disk in /dev/xvd*; do
    blkbench --file=$disk --mode=verify --bs=64k --qd=4 --size=1m --row=t >/tmp/verify 2>&1 ||
        { cat /tmp/verify; exit 1; }
done'

# shellcheck disable=SC2016
answered='for n in 0 1 2 3 4 5 6 7; do
    ip addr add 10.8.$n.2/24 dev eth$n; ip link set eth$n up
    ping -c 2 -W 10 -q -I eth$n 10.8.$n.1 || exit 1
done'

vifs_connected() {
    for n in 0 1 2 3 4 5 6 7; do
        [ "$(xenstore-read "/local/domain/0/backend/vif/$(guest_id 1)/$n/state")" = 4 ] || return 1
    done
}

# SECONDS DISKS DEPTH: requests of 1 MiB on disks, from both vCPUs.
load() {
    check guest_run 1 "for disk in $2; do for cpu in 1 2; do
            taskset \$cpu blkbench --file=/dev/\$disk --mode=randread --bs=1m --qd=$3 --seconds=$1 \
                --size=8m --row=t &
        done; done; wait"
}

all_counts() {
    echo "$(counts) nodes=$(xenstore-ls -f | wc -l) guest-entries=$(guest_entries)" \
        "guest-memory=$(guest_memory)"
}

# 63 disks and two files come, are used, and go.
cycle() {
    check vbdset attach "$(guest_id 1)" 1 63 || return 1
    for file in 1 2; do
        disk=$(disk_words "$(disk_name $((64 + file)))" /mnt/many-$file)
        check xl block-attach guest1 "$disk" || return 1
    done
    wait_until 60 '[ "$(disks_of_guest)" = 66 ]' || return 1
    LIMIT=300 check guest_run 1 "$verified" || return 1
    for file in 1 2; do check xl block-detach guest1 "$(disk_name $((64 + file)))" || return 1; done
    check vbdset detach "$(guest_id 1)" 1 63
}

modprobe -q brd rd_nr=72 rd_size=8192
bridge_up
for n in 0 1 2 3 4 5 6 7; do ip addr add "10.8.$n.1/24" dev xenbr0; done
mount -t tmpfs -o size=90% tmpfs /mnt
truncate -s 8M /mnt/many-1 /mnt/many-2
create; claim "a guest is created with $AT_ONCE disks and 8 vifs"
guest_id 1 >/dev/null || {
    AT_ONCE=1
    create || fail toolstack "xl create of guest1 with a disk and 8 vifs failed" /out/detail
}
guest_wait 1 300
id=$(guest_id 1)
{ [ "$AT_ONCE" = 64 ] || check vbdset attach "$id" "$AT_ONCE" $((64 - AT_ONCE)); } &&
    wait_until 60 '[ "$(disks_of_guest)" = 64 ]' && wait_until 60 vifs_connected
claim "64 disks and 8 vifs of a guest of 256 MiB are connected"
# The owner of a node is the domain that its first permission names.
nodes() { xenstore-ls -f -p "$1" | grep -c "([nrwb]${id}[,)]"; }
owned=$(nodes /) vbd=$(nodes "/local/domain/$id/device/vbd/51712")
vif=$(nodes "/local/domain/$id/device/vif/0")
[ "$owned" -gt 500 ] && [ "$owned" -lt 850 ]
claim "the guest owns $owned of 1,000 nodes of xenstore ($((vbd + 1)) a disk, $((vif + 1)) a vif)"
say "the guest has $(guest_memory) KiB left, its pools have $(pools) KiB, $(guest_entries) grants"
wait_until 60 '[ "$(pools)" = $((64 * 2 * 128)) ]' # what has read partitions may be larger
claim "each of their 128 queues begins with 128 KiB ($(pools))"
LIMIT=300 check guest_run 1 "$verified"; claim "what is written to each disk is there"
check guest_run 1 "$answered"; claim "each vif is answered"

stat() { cat "/sys/bus/xen-backend/devices/vbd-$id-51712/statistics/$1"; }
read_row() {
    guest_run 1 'blkbench --file=/dev/xvda --mode=read --bs=1m --qd=8 --total=64m --size=8m \
        --row=t' | tr '\n' ' '
}
wait_until 120 '[ "$(pools)" = 16384 ]'
claim "what they needed for that is given back ($(pools) KiB)"
say "a small pool: 64 MiB in requests of 1 MiB: $(read_row)"
say "a large one: the same: $(read_row)"
load 6 xvda 8
say "$(stat rd_req) reads, $(stat wr_req) writes, $(stat grant_ops) grant hypercalls"
busy=$(pools 51712)
[ "$busy" = 8192 ]; claim "the pool of a busy disk grows to 8 MiB ($busy KiB)"
wait_until 120 '[ "$(pools 51712)" = 256 ]'
claim "and is small again when the disk is idle ($(pools 51712) KiB)"
# One buffer for each program: what the guest has left is little more than the pools take.
load 3 'xvda xvdb xvdc xvdd xvde xvdf xvdg xvdh xvdi xvdj' 1
all=$(pools)
[ "$all" -gt 28000 ] && [ "$all" -le $((16384 + 32768)) ]
claim "ten busy disks share an eighth of the memory ($all KiB, 16384 of them all disks' first)"
check vbdset attach "$id" 64 1 && check xl network-attach guest1 bridge=xenbr0 &&
    wait_until 60 '[ "$(guest_run 1 "ls -d /sys/class/net/eth* | wc -l")" = 9 ]'
claim "another disk and another vif are attached then"
check vbdset detach "$id" 64 1 && check xl network-detach guest1 8
claim "and detached"

check vbdset detach "$id" 1 63 && wait_until 20 '[ "$(disks_of_guest)" = 1 ]'
claim "63 disks are detached"
cycle # caches and tables that stay
wait_until 60 '[ "$(pools)" = 256 ]'
sleep 5
before=$(all_counts)
say "before: $before"
done=0
while [ $done -lt "$CYCLES" ] && cycle; do
    done=$((done + 1))
    say "$done cycles: $(all_counts | tee -a /out/counts)"
done
[ $done -ge "$CYCLES" ]
claim "63 disks and two files are attached, used and detached $CYCLES times ($done)"
wait_until 60 '[ "$(pools)" = 256 ]'
settled "$(echo "$before" | cut -d' ' -f1-7)" 20
after=$(all_counts)
for what in pages channels mappings entries loops nodes guest-entries; do
    [ "$(count $what "$before")" = "$(count $what "$after")" ]
    claim "as many $what as before ($(count $what "$before"), $(count $what "$after"))"
done
[ $(($(count guest-memory "$before") - $(count guest-memory "$after"))) -lt 4096 ]
claim "the guest loses less than 4 MiB ($(count guest-memory "$before")," \
    "$(count guest-memory "$after") KiB are left to it)"
! dmesg | grep -E 'BUG|WARNING|Oops|g.e. 0x|Call Trace|no pool of' >>/out/detail
claim "no complaint in Domain-0's log"
! guest_run 1 'dmesg | grep -E "BUG|WARNING|Oops|g.e. 0x|Call Trace"' >>/out/detail
claim "nor in the guest's"
claims_end
finish 0
