# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Functions for a script in Domain-0, which sources this file (`. /lab/lib.sh`), as init does. POSIX
# sh.
#
#   say TEXT                     print a line of progress on the host's terminal
#   stage NAME                   name the part that begins; a failure is reported with it
#   fail STAGE MESSAGE [LOG]     end the run: the host prints the message and LOG's last 40 lines
#   bridge_up [NAME]             create the bridge (xenbr0) with Domain-0's address 10.9.0.1/24
#   guest_config N               write /tmp/guest-N.cfg from the run's specification of guest N
#   guest_create N [XL OPTIONS]  guest_config, and `xl create`; guest N's name is guestN, its
#                                address 10.9.0.(10+N)
#   guest_wait N [SECONDS]       wait until guest N's user space answers
#   guest_run N COMMAND          run it in guest N: its output and exit code (LIMIT=seconds,
#                                default 120)
#   guest_id N                   print its domain id
#   guest_value N KEY            print a key of its specification (vcpus, mem, vifs, vbds ...)
#   claim TEXT...                add a TAP line to /out/tap: did the command before it succeed?
#   claims_end                   add the plan: the number of claims so far
#   finish CODE                  stop the guests, send /out to the host, power off

# One write a line, so that the hypervisor's own messages do not part it.
say() { printf '@shoji say %s\n' "$*"; }
stage() { printf '%s\n' "$*" >/run/stage; printf '@shoji stage %s\n' "$*"; }

fail() {
    mkdir -p /out/fail
    [ -z "${3:-}" ] || tail -n 40 "$3" >/out/fail/log 2>/dev/null
    printf '@shoji fail %s: %s\n' "$1" "$2"
    finish 1
}

claim() {
    _ok=$?
    _claims=$((${_claims:-0} + 1))
    if [ $_ok -eq 0 ]; then echo "ok $_claims - $*"; else echo "not ok $_claims - $*"; fi >>/out/tap
    tail -n 1 /out/tap | sed 's/^/@shoji say /'
}

claims_end() { echo "1..${_claims:-0}" >>/out/tap; }

load_modules_of() {
    # Ours (files) replace the in-tree ones (names) of the same duty; order.txt names them, what is
    # needed first comes first.
    while read -r module; do
        case $module in *.ko) insmod "$1/$module" ;; *) modprobe -q "$module" ;; esac && continue
        dmesg | tail -n 40 >/tmp/insmod.log
        fail "Domain-0 kernel" "insmod of $module failed" /tmp/insmod.log
    done <"$1/order.txt"
}

start_toolstack() {
    modprobe -q -a xen-evtchn xen-gntdev xen-gntalloc xenfs xen-privcmd 2>/dev/null
    mkdir -p /var/run/xen /var/run/xenstored /var/log/xen/console /var/lib/xen
    mount -t xenfs xenfs /proc/xen 2>/dev/null
    case $LAB_BACK in
        stock) modprobe -q xen-netback; modprobe -q xen-blkback ;;
        shoji) load_modules_of /lab/back ;;
    esac
    {
        xenstored --pid-file /run/xenstored.pid &&
            wait_until 20 'xenstore-exists /tool || xenstore-list / >/dev/null' &&
            xen-init-dom0 &&
            xenconsoled --log=all --log-dir=/var/log/xen/console --pid-file=/run/xenconsoled.pid &&
            wait_until 20 'xl list >/tmp/xl-list'
    } >/var/log/xen/start.log 2>&1
}

# wait_until SECONDS COMMAND: 0 as soon as COMMAND succeeds, 1 when the time is over.
wait_until() {
    _tries=$(($1 * 5))
    while ! eval "$2"; do
        _tries=$((_tries - 1))
        [ $_tries -gt 0 ] || return 1
        sleep 0.2
    done
}

bridge_up() {
    modprobe -q bridge
    ip link add "${1:-xenbr0}" type bridge forward_delay 0 stp_state 0 2>/dev/null
    ip addr add 10.9.0.1/24 dev "${1:-xenbr0}" 2>/dev/null
    ip link set "${1:-xenbr0}" up || fail toolstack "the bridge ${1:-xenbr0} cannot be made"
}

guest_value() { sed -n "s/^$2=//p" "/lab/guests/$1/spec"; }
guest_id() { xl domid "guest$1" 2>/dev/null; }

# A disk of the guest: brd device for the first RAM-backed one and so on, or a file on tmpfs behind
# a loop device.
guest_disk() {
    _letter=$(echo abcdefghijklmnop | cut -c"$(($2 + 1))")
    case $3 in
        ram*)
            modprobe -q brd rd_nr=16 rd_size="$((${LAB_DISK_MIB:-192} * 1024))" 2>/dev/null
            printf "'phy:/dev/ram%d,xvd%s,w'" "$((($1 - 1) * 4 + $2))" "$_letter"
            ;;
        file*)
            [ -e "/mnt/guest$1-$2.img" ] ||
                truncate -s "${LAB_DISK_MIB:-192}M" "/mnt/guest$1-$2.img"
            printf "'format=raw,vdev=xvd%s,access=rw,target=/mnt/guest%d-%d.img'" "$_letter" \
                "$1" "$2"
            ;;
    esac
}

guest_config() {
    _n=$1 _i=0 _vif='' _disk=''
    while [ $_i -lt "$(guest_value "$_n" vifs)" ]; do
        _vif="$_vif'mac=00:16:3e:00:0$_i:$(printf %02x "$_n"),bridge=${LAB_BRIDGE:-xenbr0}"
        _vif="$_vif${LAB_VIF_SCRIPT:+,script=$LAB_VIF_SCRIPT}',"
        _i=$((_i + 1))
    done
    _i=0
    for _kind in $(guest_value "$_n" disks | tr + ' '); do
        _disk="$_disk$(guest_disk "$_n" $_i "$_kind"),"
        _i=$((_i + 1))
    done
    cat >"/tmp/guest-$_n.cfg" <<EOF
name = 'guest$_n'
type = '$(guest_value "$_n" type)'
kernel = '/lab/guests/$_n/kernel'
ramdisk = '/lab/guests/$_n/ramdisk'
memory = $(guest_value "$_n" mem)
vcpus = $(guest_value "$_n" vcpus)
extra = 'console=hvc0 loglevel=5 panic=-1 print-fatal-signals=1 lab.guest=$_n \
lab.front=$(guest_value "$_n" front) $(guest_value "$_n" extra)'
vif = [ $_vif ]
disk = [ $_disk ]
on_poweroff = 'destroy'
on_reboot = 'restart'
on_crash = 'preserve'
EOF
}

guest_create() {
    _g=$1
    shift
    mount | grep -q ' /mnt ' || mount -t tmpfs -o size=90% tmpfs /mnt
    guest_config "$_g"
    xl create "$@" "/tmp/guest-$_g.cfg" >"/var/log/xen/create-$_g.log" 2>&1 && return 0
    # What the hotplug script says is more useful than the toolstack's summary of it.
    _why=$(cat "/var/log/xen/create-$_g.log" /var/log/xen/xen-hotplug.log 2>/dev/null |
        grep -iE 'error|could not|fail' | head -n 1)
    fail toolstack "xl create of guest$_g failed: ${_why:-no reason given}" \
        "/var/log/xen/create-$_g.log"
}

guest_log() { echo "/var/log/xen/console/guest-guest$1.log"; }

# The first panic on guest N's console, nothing when there is none.
guest_panic() {
    grep 'Kernel panic' "$(guest_log "$1")" 2>/dev/null | head -n 1 |
        sed 's/^.*Kernel panic/its kernel panicked: Kernel panic/' | tr -d '\r'
}

# Why guest N is not (or no longer) there: a panic on its console, its state by xl. xenconsoled may
# write the last lines of a console after the domain has stopped, so a stopped one is looked at for
# a few seconds more.
guest_trouble() {
    _state=$(xl list "guest$1" 2>/dev/null | awk 'NR == 2 {print $5}')
    _tries=1
    case $_state in *c* | "") _tries=6 ;; esac
    while [ $_tries -gt 0 ]; do
        _panic=$(guest_panic "$1")
        [ -z "$_panic" ] || break
        _tries=$((_tries - 1))
        [ $_tries -eq 0 ] || sleep 1
    done
    case $_panic,$_state in
    ?*,*) echo "$_panic" ;;
    ,) echo "the domain is gone" ;;
    *c*) echo "the domain crashed (state $_state)" ;;
    esac
}

guest_wait() {
    _left=${2:-180}
    while :; do
        labagent wait "$(guest_id "$1" || echo 0)" 3 && return 0
        _why=$(guest_trouble "$1")
        [ -z "$_why" ] || fail "guest $1" "$_why" "$(guest_log "$1")"
        _left=$((_left - 3))
        [ $_left -gt 0 ] ||
            fail "guest $1" "its user space did not answer within ${2:-180} s" "$(guest_log "$1")"
    done
}

guest_run() {
    _n=$1
    shift
    labagent run "$(guest_id "$_n" || echo 0)" "${LIMIT:-120}" "$*"
}

collect() {
    mkdir -p /out/log
    dmesg >/out/log/dom0-dmesg.txt
    cp -r /var/log/xen /out/log/ 2>/dev/null
    [ "$LAB_HV" = none ] || xl dmesg >/out/log/xl-dmesg.txt 2>/dev/null
}

# The results go as a tar archive onto the run's own disk: no file system, nothing to mount on the
# host.
send_out() {
    [ -b /dev/vda ] || { say "no /dev/vda: the files of /out stay here"; return 1; }
    tar -C /out -cf /dev/vda . && sync
}

finish() {
    printf '%s\n' "$1" >/out/exit
    [ -s /out/stage ] || cp /run/stage /out/stage 2>/dev/null
    collect
    if send_out; then
        printf '@shoji exit %s\n' "$1"
    else
        printf '@shoji fail results: Domain-0 could not write its files out: %s\n' \
            "/out is larger than OUT_MIB=, or the host's disk is full"
        printf '@shoji exit 1\n'
    fi
    poweroff -f
    while :; do sleep 60; done
}
