# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# For scripts in Domain-0 that run a program which should leave nothing behind. Sourced after
# lib.sh. `look` shows all that there is. With that of before in /tmp/look.before, `same WHAT`
# claims that it is the same.

# All that a run could leave behind: domains, interfaces, loop devices, namespaces, modules, mounts,
# programs, files. The logs that the toolstack's own daemons write to are no names of ours.
look() {
    {
        xl list | awk 'NR > 1 {print "domain", $1, $3}'
        ip -o link | awk -F': ' '{print "interface", $2}'
        ip -o -4 addr | awk '{print "address", $2, $4}'
        losetup -a | sed 's/^/loop /'
        ip netns list | sed 's/^/netns /'
        awk '{print "module", $1}' /proc/modules
        awk '{print "mount", $1, $2}' /proc/mounts
        for pid in /proc/[0-9]*; do
            name=$(cat "$pid/comm" 2>/dev/null)
            case $name in
                fio | iperf3 | netbench | netcheck | python3* | xl | shoji-*)
                    echo "program $name"
                    ;;
            esac
        done
        xenstore-list /local/domain | sed 's/^/store /'
        # What the toolstack itself leaves of any guest, and Python of its own library, is not ours.
        # The lock of all disks stays, since a script may wait for it.
        find / -xdev ! -path '/proc/*' ! -path '/sys/*' ! -path '/out/*' ! -path '/tmp/look*' \
            ! -path '/dev/*' ! -path '/var/lib/xenstored/*' ! -path /run/xen-hotplug \
            ! -path /run/xen/shoji-block.lock ! -path /run/xen/domid-history \
            ! -path /var/log/xen/xen-hotplug.log ! -path '/usr/lib/python3*/__pycache__*'
    } 2>/dev/null | sort
}

same() {
    look >/tmp/look.now
    diff -U 0 /tmp/look.before /tmp/look.now >/tmp/look.diff
    claim "nothing is left behind: $1"
    sed 's/^/# /' /tmp/look.diff >>/out/tap
}
