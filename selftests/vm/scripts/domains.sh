# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Functions that the tests of domains share: a guest under I/O, and counts of what domains may leave
# behind. Sourced after /lab/lib.sh.
#
#   gone NAME                 wait until no domain has this name
#   hv_keys KEYS              the hypervisor's answer to debug keys; earlier messages go into
#                             /out/hv.log
#   hv_complaints FILE        the hypervisor's complaints in FILE, except those about a late machine
#                             (an overloaded host)
#   counts                    current counts: pages=N channels=N mappings=N entries=N vifs=N
#                             loops=N domains=N
#   count WHAT COUNTS         one number of them
#   steady                    the counts, once two samples agree
#   settled COUNTS SECONDS    wait until the counts are COUNTS again; /tmp/counts has the last ones
#   claims_left COUNTS WHEN   a claim for each number: it is as it was
#   note TEXT                 a line of /out/tap that is no result
#   evil_create NAME EXTRA ON_CRASH   start the test kernel of kit.host on four vCPUs with EXTRA as
#                             its command line; why it did not start is noted
#   busy N                    guest N writes its disk and floods the network from now on; 0 when
#                             both are seen to flow

gone() { ! xl domid "$1" >/dev/null 2>&1; }

hv_keys() {
    xl dmesg -c >>/out/hv.log
    xl debug-keys "$1"
    xl dmesg -c
}

hv_complaints() { grep -v 'no timer interrupt came for .*going on without' "$1"; }

# Pages count those that Domain-0's tables have grown by, since these are not lost. Pages, and what
# Domain-0's grant table holds, are told by Shoji only; Xen tells MiB.
counts() {
    _grants='' _pages=$(xl info | sed -n 's/^free_memory *: //p')
    if [ "$LAB_HV" = shoji ]; then
        hv_keys mg >/tmp/keys
        _pages=$(sed -n 's/.*free (\([0-9]*\) pages).*/\1/p;
        s/.*d0: tables that only grow: \([0-9]*\) pages of event channels, \([0-9]*\) of.*/\1 \2/p
        ' /tmp/keys | tr '\n' ' ' | awk '{print $1 + $2 + $3}')
        _grants='s/.*d0: .* frames, \([0-9]*\) entries .*, \([0-9]*\) mappings.*/'
        _grants=$(sed -n "${_grants}mappings=\\2 entries=\\1/p" /tmp/keys)
    fi
    echo "pages=$_pages channels=$(lsevtchn 0 | grep -c .)" \
        "${_grants:-mappings=0 entries=0} vifs=$(ip -o link | grep -c ' vif')" \
        "loops=$(losetup -a | grep -c .) domains=$(xl list | tail -n +2 | grep -c .)"
}

count() { echo "$2" | tr ' ' '\n' | sed -n "s/^$1=//p"; }

steady() {
    _now=$(counts) _looks=10
    while [ $_looks -gt 0 ]; do
        _last=$_now _looks=$((_looks - 1))
        sleep 2
        _now=$(counts)
        [ "$_now" != "$_last" ] || break
    done
    echo "$_now"
}

settled() {
    _left=$2
    while [ "$_left" -gt 0 ]; do
        counts >/tmp/counts
        [ "$(cat /tmp/counts)" != "$1" ] || return 0
        _left=$((_left - 1))
        sleep 1
    done
    return 1
}

claims_left() {
    settled "$1" 20
    _now=$(cat /tmp/counts)
    for _what in pages channels mappings entries vifs loops domains; do
        [ "$(count $_what "$1")" = "$(count $_what "$_now")" ]
        claim "$2: as many $_what as before ($(count $_what "$1"), $(count $_what "$_now"))"
    done
}

note() { echo "# $*" >>/out/tap; }

evil_create() {
    cat >/tmp/evil.cfg <<END
name='$1'
type='pv'
kernel='/lab/guest-kit/test.elf'
memory=16
maxmem=20
vcpus=4
extra='$2'
on_poweroff='destroy'
on_crash='$3'
END
    xl create -q /tmp/evil.cfg >/tmp/evil.err 2>&1 && return 0
    note "$(head -n 1 /tmp/evil.err)"
    return 1
}

busy() {
    guest_run "$1" '(while :; do dd if=/dev/zero of=/dev/xvda bs=64k count=256 oflag=direct
        done >/dev/null 2>&1 </dev/null &)
        (ping -f -s 1400 10.9.0.1 >/dev/null 2>&1 </dev/null &)' || return 1
    _id=$(guest_id "$1")
    # shellcheck disable=SC2016  # wait_until evaluates it
    wait_until 20 \
        '[ "$(cat /sys/bus/xen-backend/devices/vbd-$_id-51712/statistics/wr_sect)" -gt 100 ] &&
        [ "$(cat /sys/class/net/vif$_id.0/statistics/rx_packets)" -gt 100 ]'
}
