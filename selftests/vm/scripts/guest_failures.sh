#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/guest_failures.tap. What fails without a running Linux is in xl_commands.sh.
# shellcheck disable=SC2016  # wait_until evaluates
. /lab/lib.sh
. /lab/domains.sh

# linux ON_CRASH [SED-EXPRESSION]: guest1 with that action, and with that change of its
# configuration.
linux() {
    guest_config 1
    sed -i "s/^on_crash.*/on_crash = '$1'/${2:+;$2}" /tmp/guest-1.cfg
    xl create -q /tmp/guest-1.cfg >/tmp/create.log 2>&1
}

# Not guest_wait: the panic of the domain before would be found in its console's log. A domain that
# xl is just making has a name before it has a home in the store, and the agent would say that it is
# gone.
up() { wait_until 20 'labagent wait "$(guest_id 1 || echo 0)" 1'; }
panic() { labagent run "$(guest_id 1)" 5 'echo c >/proc/sysrq-trigger' >/dev/null 2>&1; }

# refused CLAIM TEXT: the last xl create failed, its message holds TEXT, and no domain is there.
refused() {
    [ "$status" -ne 0 ] && cat /tmp/create.log /var/log/xen/xen-hotplug.log 2>/dev/null |
        grep -q -- "$2" && gone guest1
    claim "$1"
    sed 's/^/# /' /tmp/create.log >>/out/tap
}

bridge_up
# The first one fills tables that only grow.
{
    linux destroy && up && busy 1 && xl destroy guest1
} || fail toolstack "the first guest did not come and go" /tmp/create.log
before=$(steady)

linux restart && up
old=$(guest_id 1)
panic
wait_until 30 'new=$(guest_id 1) && [ "$new" != "$old" ]'
claim "on_crash=restart: a guest whose kernel panics comes back as a new domain"
up
ping -c 3 -q 10.9.0.11 >/dev/null; claim "and answers"
grep -q "Domain $old has shut down, reason code 3" /var/log/xen/xl-guest1.log &&
    grep -q 'Action for shutdown reason code 3 is restart' /var/log/xen/xl-guest1.log
claim "xl's log tells the reason and the action"
grep -aq 'Kernel panic - not syncing: sysrq triggered crash' "$(guest_log 1)"
claim "the guest's console tells why"
xl destroy guest1

mkdir -p /var/lib/xen/dump
mount -t tmpfs dump /var/lib/xen/dump
linux coredump-destroy && up
panic
wait_until 60 'gone guest1'; claim "on_crash=coredump-destroy: it is gone"
core=$(find /var/lib/xen/dump -name 'guest1*' -size +120000k)
[ -n "$core" ] && head -c 4 "$core" | grep -q ELF; claim "and left its memory as an ELF file"
umount /var/lib/xen/dump

for round in 1 2 3; do
    linux destroy && up && busy 1
    xl destroy guest1 && wait_until 20 'gone guest1'
    claim "xl destroy in the middle of disk and network load ($round)"
done

linux destroy 's,^disk.*,disk = [ "format=raw\,vdev=xvda\,access=rw\,target=/mnt/none.img" ],'
status=$?
refused "a disk image that is not there is named" none.img
linux destroy 's/bridge=xenbr0/bridge=xenbr9/'; status=$?
refused "a bridge that is not there is named" xenbr9

claims_left "$before" "after all"
! xl dmesg | cat /out/hv.log - 2>/dev/null | grep -v 'command line' |
    grep -qiE 'panic|assert|broken:|\bbug\b'
claim "the hypervisor has nothing to say against itself"
claims_end
finish 0
