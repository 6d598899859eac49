#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/shoji_guest.tap: TAP lines into /out/tap.
. /lab/lib.sh
PATH=/usr/local/bin:$PATH
console=/var/log/xen/console/guest-web1.log

create() {
    shoji-guest create web1 --disk 256M --mem 192M --from /lab/small-root >/out/create 2>&1
}

# Type into the console's terminal: `xl console` reads none but a terminal itself. Each line waits
# for what the one before it brings.
log_in() {
    exec 9>"$(xenstore-read "/local/domain/$id/console/tty")"
    echo root >&9
    wait_until 60 "grep -q Password: $console" || return 1
    sleep 1
    sed -n 's/^Log in as root with the password //p' /out/create >&9
    sleep 5
    # shellcheck disable=SC2016  # for the guest's shell
    echo 'echo I am $(hostname) on $(uname -r)' >&9
    wait_until 60 "grep -q 'I am web1 on 6.1' $console"
}

stage "shoji-guest"
modprobe -q loop
modprobe -q ext4
! create && grep -q "there is no bridge xenbr0" /out/create
claim "without the bridge no guest is made"
bridge_up
create || fail "shoji-guest" "$(tail -n 1 /out/create)" /out/create
claim "shoji-guest create makes the guest and starts it"
id=$(xl domid web1)
wait_until 20 "bridge link | grep -q 'vif$id.0.* master xenbr0'"
claim "its interface is on the bridge"
wait_until 200 "grep -q 'web1 login:' $console"
claim "its console asks for a login"
log_in
claim "root logs in with the password that was told"
cp "$console" /out/ 2>/dev/null
shoji-guest list | grep -q "^web1 *$id "
claim "shoji-guest list shows its domain"
shoji-guest delete web1 --yes 2>&1 | grep -q "web1 runs" && [ -e /etc/xen/web1.cfg ]
claim "a running guest is not deleted"
xl destroy web1
wait_until 20 '! xl domid web1 2>/dev/null'
shoji-guest delete web1 --yes >/out/delete 2>&1 && [ ! -e /etc/xen/web1.cfg ] &&
    [ ! -e /var/lib/shoji/guests/web1 ] && [ -z "$(losetup -a)" ]
claim "shoji-guest delete leaves nothing of it"
claims_end
finish 0
