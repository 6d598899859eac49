#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/xl_commands.tap (PART=toolstack, with the test kernel) and vm/xl_guest.tap
# (PART=guest, with Linux): one claim for each command of xl and its friends; TAP into /out/tap.
. /lab/lib.sh
kernel=/lab/guest-kit/test.elf
mkdir -p /out/cmd

# does CLAIM COMMAND: it succeeds. What it printed is in $log.
does() {
    log=/out/cmd/$((${_claims:-0} + 1)).log
    if eval "$2" >"$log" 2>&1; then claim "$1"; return; fi
    { echo "$2"; tail -n 8 "$log"; } | sed 's/^/# /' >>/out/tap
    false; claim "$1"
}

# small NAME EXTRA [LINES]: a configuration of the test kernel, which sleeps with idle=1 and shuts
# down with end=REASON.
small() {
    printf "name='%s'\ntype='pv'\nkernel='%s'\nmemory=16\nvcpus=2\nextra='%s'\n%s\n" "$1" $kernel \
        "$2" "${3:-}" >"/tmp/$1.cfg"
}

state_of() { xl list "$1" 2>/dev/null | awk 'NR == 2 {print $5}'; }
has_state() { state_of "$1" | grep -q "$2"; }
gone() { ! xl domid "$1" >/dev/null 2>&1; }
domains() { xl list | tail -n +2 | wc -l; }
cpu_time() { xl list "$1" | awk 'NR == 2 {print $6}'; }

create_and_show() {
    small idle1 idle=1
    does "xl create FILE" "xl create -q /tmp/idle1.cfg && xl domid idle1"
    does "xl create with words instead of a file" \
        "xl create -q /dev/null name=\\\"idle2\\\" type=\\\"pv\\\" kernel=\\\"$kernel\\\" \
            memory=16 extra=\\\"idle=1\\\" && xl domid idle2"
    does "xl create of a name that is taken is refused" \
        "! xl create -q /tmp/idle1.cfg && [ \$(domains) -eq 3 ]"
    does "xl list NAME" "xl list idle1 | grep -q '^idle1 .* 16 '"
    does "xl list -l gives JSON" \
        "xl list -l idle1 | grep -q '\"domid\"' && xl list -l idle1 | grep -q 'test.elf'"
    does "xl list -v" "xl list -v | grep -q 'idle1 .*-.*-'"
    does "xl vm-list" "xl vm-list | grep -q idle1"
    does "xl list of a domain that is not" "! xl list nobody"
    does "xl info" "xl info | grep -q '^nr_cpus *: 2' &&
        xl info | grep -q '^xen_version *: $LAB_XEN_VERSION\\.' &&
        xl info | grep -q '^free_memory *: [1-9]'"
    # Shoji has no build id.
    does "xl info lacks nothing" "xl info >/tmp/info
        ! grep -v ^build_id /tmp/info | grep '(null)' &&
        grep -q '^xen_commandline *: .*com1=' /tmp/info"
    mkdir -p /tmp/wrapped
    ln -s /usr/lib/xen-common/bin/xen-utils-wrapper /tmp/wrapped/xl
    does "Debian's wrapper finds the xl of the version that runs" "/tmp/wrapped/xl list idle1 &&
        [ \"\$(/usr/lib/xen-common/bin/xen-dir)\" = /usr/lib/xen-$LAB_XEN_VERSION ]"
    does "xl info -n" \
        "xl info -n >/tmp/info 2>&1 && grep -q 'node:' /tmp/info && ! grep -q failed /tmp/info"
    does "xl dmesg" "xl dmesg | grep -q ."
    does "xl uptime" "xl uptime | grep -q 'Domain-0' && xl uptime | grep -q idle1"
    does "xl domid" "[ \"\$(xl domid idle1)\" -gt 0 ]"
    does "xl domname" "[ \"\$(xl domname \$(xl domid idle1))\" = idle1 ]"
    does "xl rename" "xl rename idle2 other && [ \"\$(xl domid other)\" -gt 0 ] && gone idle2"
    does "xl debug-keys" "xl dmesg -c >/dev/null; xl debug-keys h && xl dmesg | grep -q ."
    does "xl dmesg -c clears" "xl dmesg -c >/dev/null; [ \$(xl dmesg | wc -l) -lt 5 ]"
}

stop_and_go() {
    does "xl pause" "xl pause idle1 && has_state idle1 p"
    does "a paused domain does not run" \
        "a=\$(cpu_time idle1); sleep 1; [ \"\$(cpu_time idle1)\" = \"\$a\" ]"
    does "xl unpause" "xl unpause idle1 && ! has_state idle1 p"
    does "xl destroy" "xl destroy other && gone other"
    does "xl destroy of a domain that is not" "! xl destroy other"
    does "xl create -p starts paused" \
        "xl destroy idle1; xl create -q -p /tmp/idle1.cfg && has_state idle1 p"
    does "xl destroy of a paused domain" "xl destroy idle1 && gone idle1"
}

# What the toolstack does at a domain's end.
ends() {
    small end0 end=0 "on_poweroff='destroy'"
    does "on_poweroff destroy" "xl create -q /tmp/end0.cfg && wait_until 10 'gone end0'"
    small end1 end=0 "on_poweroff='preserve'"
    does "on_poweroff preserve" \
        "xl create -q /tmp/end1.cfg && wait_until 10 'has_state end1 s'; xl destroy end1"
    small end2 end=3 "on_crash='destroy'"
    does "on_crash destroy" "xl create -q /tmp/end2.cfg && wait_until 10 'gone end2'"
    small end3 end=3 "on_crash='preserve'"
    does "on_crash preserve" \
        "xl create -q /tmp/end3.cfg && wait_until 10 'has_state end3 c'; xl destroy end3"
    small end4 end=3 "on_crash='coredump-destroy'"
    mkdir -p /var/lib/xen/dump
    does "on_crash coredump-destroy" "xl create -q /tmp/end4.cfg && wait_until 15 'gone end4' &&
        ls -l /var/lib/xen/dump | grep -q end4"
    rm -rf /var/lib/xen/dump/*
    small end5 end=1 "on_reboot='restart'"
    # Each life is shorter than the time between two looks at the list of domains; the watcher's log
    # has a line for each.
    does "on_reboot restart" "xl create -q /tmp/end5.cfg
        wait_until 20 '[ \$(grep -c \"^Waiting for domain end5\" /var/log/xen/xl-end5.log) -ge 2 ]'"
    # Its watcher brings it back again and again, two seconds after each end: it must go first.
    # Domain-0 has no pkill.
    kill "$(sed -n 's/^Waiting for domain end5 .*\[pid \([0-9]*\)\].*/\1/p' \
        /var/log/xen/xl-end5.log | tail -n 1)"
    # A watcher that dies while it destroys the domain leaves one that has no name any more: by
    # number.
    does "without its watcher it does not come back" \
        "xl list | awk 'NR > 1 && \$2 > 0 {print \$2}' | xargs -r -n 1 xl destroy; sleep 3
        wait_until 10 'gone end5 && [ \$(domains) -eq 1 ]'"
    small end6 end=1 "on_reboot='destroy'"
    does "on_reboot destroy" "xl create -q /tmp/end6.cfg && wait_until 10 'gone end6'"
}

failures() {
    small bad idle=1
    sed -i 's,test.elf,nothing.elf,' /tmp/bad.cfg
    does "a kernel file that is not there" \
        "! xl create -q /tmp/bad.cfg && gone bad && grep -q nothing.elf \$log"
    small bad idle=1
    sed -i "s,$kernel,/lab/script," /tmp/bad.cfg
    does "a kernel that is none" \
        "! xl create -q /tmp/bad.cfg && gone bad && grep -q 'Invalid kernel' \$log"
    small bad idle=1
    sed -i 's,memory=16,memory=65536,' /tmp/bad.cfg
    does "more memory than there is" \
        "! xl create -q /tmp/bad.cfg && gone bad && grep -qi memory \$log"
    small bad idle=1
    # Xen's limit is 8192, ours 64.
    sed -i 's,vcpus=2,vcpus=10000,' /tmp/bad.cfg
    does "more vCPUs than there can be" "! xl create -q /tmp/bad.cfg && gone bad"
    # What a process of the toolstack still maps goes when that process ends.
    does "and nothing is left behind" "wait_until 10 '[ \$(domains) -eq 1 ]'"
}

store() {
    does "xenstore-ls" "xenstore-ls /local/domain | grep -q guest1"
    does "xenstore-read" "[ \"\$(xenstore-read /local/domain/$id/name)\" = guest1 ]"
    does "xenstore-write" "xenstore-write /local/domain/$id/data/x 42 &&
        [ \"\$(xenstore-read /local/domain/$id/data/x)\" = 42 ]"
    does "xenstore-rm" \
        "xenstore-rm /local/domain/$id/data/x && ! xenstore-read /local/domain/$id/data/x"
    xenstore-watch -n 2 /tool/w >/tmp/watch 2>&1 &
    sleep 1
    does "xenstore-watch" \
        "xenstore-write /tool/w 1 && wait_until 5 'grep -c /tool/w /tmp/watch | grep -qx 2'"
}

memory_of() { xl list guest1 | awk 'NR == 2 {print $3}'; }
guest_memory() { guest_run 1 'sed -n "s/MemTotal: *\([0-9]*\).*/\1/p" /proc/meminfo'; }

tune() {
    # shellcheck disable=SC2034  # the claims evaluate it
    whole=$(guest_memory)
    does "xl mem-set" "xl mem-set guest1 176 && wait_until 15 '[ \$(memory_of) -le 177 ]'"
    does "the guest has it" "[ \$((whole - \$(guest_memory))) -gt 15000 ]"
    does "xl mem-set back" "xl mem-set guest1 192 && wait_until 15 '[ \$(memory_of) -ge 191 ]'"
    does "the guest has it back" "[ \$((whole - \$(guest_memory))) -lt 1000 ]"
    does "xl mem-max" "xl mem-max guest1 256 &&
        [ \$(xentop -b -i1 | awk '\$1 == \"guest1\" {print \$7}') -ge 262144 ]"
    does "xl vcpu-list" "[ \$(xl vcpu-list guest1 | grep -c '^guest1 ') -eq 2 ]"
    does "xl vcpu-set 1" "xl vcpu-set guest1 1 &&
        wait_until 15 '[ \"\$(guest_run 1 nproc)\" = 1 ]' && xl vcpu-list guest1 | grep -q ' --p '"
    does "xl vcpu-set 2" "xl vcpu-set guest1 2 &&
        wait_until 15 'guest_run 1 \"echo 1 >/sys/devices/system/cpu/cpu1/online\"
        [ \"\$(guest_run 1 nproc)\" = 2 ]'"
    does "xl vcpu-pin" \
        "xl vcpu-pin guest1 0 1 && xl vcpu-list guest1 | awk '\$3 == 0' | grep -q '1 / '"
    does "xl vcpu-pin all" \
        "xl vcpu-pin guest1 0 all && xl vcpu-list guest1 | awk '\$3 == 0' | grep -q 'all / '"
    does "xl vcpu-pin to a CPU that is not" "! xl vcpu-pin guest1 0 77"
    does "xl sched-credit2 -d -w" \
        "xl sched-credit2 -d guest1 -w 512 && xl sched-credit2 -d guest1 | grep -q 512"
    does "xl cpupool-list" "xl cpupool-list | grep -q Pool-0"
    does "xentop -b -i1" "xentop -b -i1 | grep -q guest1"
    does "xl sysrq" "xl sysrq guest1 h && wait_until 5 'grep -aqi sysrq \$(guest_log 1)'"
    does "xl trigger nmi" "xl trigger guest1 nmi"
    does "the guest still answers" "guest_run 1 true"
}

devices() {
    does "xl network-list" "xl network-list guest1 | grep -q '^0 .* 4 '"
    does "xl network-attach" "xl network-attach guest1 mac=00:16:3e:77:00:01 bridge=xenbr0 &&
        wait_until 10 'guest_run 1 \"test -e /sys/class/net/eth1\"'"
    does "xl network-list shows it" "wait_until 5 'xl network-list guest1 | grep -q \"^1 .* 4 \"'"
    does "xl network-detach" "xl network-detach guest1 1 &&
        wait_until 10 '! guest_run 1 \"test -e /sys/class/net/eth1\"'"
    modprobe -q brd
    does "xl block-attach" "xl block-attach guest1 phy:/dev/ram9,xvdf,w &&
        wait_until 10 'guest_run 1 \"test -b /dev/xvdf\"'"
    does "xl block-list" "wait_until 5 'xl block-list guest1 | grep -q \"^51792 .* 4 \"'"
    does "it can be written" \
        "guest_run 1 'dd if=/dev/zero of=/dev/xvdf bs=64k count=16 oflag=direct'"
    does "xl block-detach" \
        "xl block-detach guest1 xvdf && wait_until 10 '! guest_run 1 \"test -b /dev/xvdf\"'"
    does "xl console" "{ sleep 1; guest_run 1 'echo hello-from-guest >/dev/hvc0' >/dev/null
        sleep 1; } | timeout 8 xl console guest1 >/tmp/con 2>&1; grep -aq hello-from-guest /tmp/con"
}

on_toolstack() {
    create_and_show
    stop_and_go
    ends
    failures
}

on_guest() {
    bridge_up
    guest_create 1
    guest_wait 1
    id=$(guest_id 1)
    store
    tune
    devices
    # The dump follows the P2M that a kernel publishes, which the test kernel does not.
    does "xl dump-core" "xl dump-core guest1 /mnt/core && [ \$(wc -c </mnt/core) -gt 190000000 ] &&
        head -c 4 /mnt/core | grep -q ELF"
    rm -f /mnt/core
    does "the guest still answers after it" "guest_run 1 true"
    does "xl reboot" "xl reboot guest1 && wait_until 120 '[ -n \"\$(guest_id 1)\" ] &&
        [ \"\$(guest_id 1)\" != $id ]'"
    guest_wait 1
    does "it runs again" "guest_run 1 true"
    does "xl shutdown -w" "timeout 120 xl shutdown -w guest1 && wait_until 20 'gone guest1'"
}

"on_$PART"
claims_end
finish 0
