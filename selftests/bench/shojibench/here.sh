# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC2034,SC2154  # head.sh uses these and sets those
# The battery's place in a Domain-0 (battery/head.sh says what a place is). here.py sets SB_* and
# the variables of the place, and reads what is printed here: "say TEXT", "stage NAME",
# "fail STAGE: MESSAGE", "log LINE". It has noted all that can be made here before the battery
# begins.

say() { printf 'say %s\n' "$*"; }
stage() { printf 'stage %s\n' "$*"; }

fail() {
    [ -z "${3:-}" ] || tail -n 40 "$3" | sed 's/^/log /'
    printf 'fail %s: %s\n' "$1" "$2"
    exit 1
}

# A guest of the user's keeps its own.
bridge_up() {
    [ -z "${SB_DOMAIN:-}" ] || return 0
    if ! {
        ip link add "$bridge" type bridge forward_delay 0 stp_state 0 &&
            ip addr add "$dom0_ip/24" dev "$bridge" && ip link set "$bridge" up
    } 2>"$work/bridge.log"; then
        fail toolstack "the bridge $bridge cannot be made" "$work/bridge.log"
    fi
}

guest_id() {
    if [ -n "${SB_DOMAIN:-}" ]; then echo "$SB_DOMAIN"; else xl domid "$guest$1" 2>/dev/null; fi
}

# A RAM disk and a file on tmpfs, for guest 1 alone.
guest_disks() {
    [ "$1" = 1 ] || return 0
    truncate -s 192M "$files/guest1.img"
    if [ -n "${SB_RAM:-}" ]; then
        modprobe -q brd rd_nr=16 rd_size=$((192 * 1024))
        printf "'phy:/dev/ram0,xvda,w',"
    fi
    printf "'format=raw,vdev=xvdb,access=rw,target=%s'" "$files/guest1.img"
}

guest_config() {
    cat >"$work/guest-$1.cfg" <<END
name = '$guest$1'
type = 'pv'
kernel = '$SB_KERNEL'
ramdisk = '$SB_INITRD'
memory = $SB_MEM
vcpus = $SB_VCPUS
extra = 'console=hvc0 loglevel=5 panic=-1 bench.guest=$1 bench.net=$net bench.front=$LAB_FRONT'
vif = [ 'mac=$SB_MAC:0$1,bridge=$bridge' ]
disk = [ $(guest_disks "$1") ]
on_poweroff = 'destroy'
on_reboot = 'destroy'
on_crash = 'preserve'
END
}

guest_create() {
    [ -z "${SB_DOMAIN:-}" ] || return 0
    guest_config "$1"
    xl create "$work/guest-$1.cfg" >"$work/create-$1.log" 2>&1 && return 0
    why=$(grep -iE 'error|could not|fail' "$work/create-$1.log" | head -n 1)
    fail toolstack "xl create of $guest$1 failed: ${why:-no reason given}" "$work/create-$1.log"
}

# Which drivers serve guest 1, for the report's head and for here.py's look at it.
serving() {
    for device in "vif-$1-0" "vbd-$1-51728"; do
        served=$(readlink -f "$sys/bus/xen-backend/devices/$device/driver/module") ||
            continue
        printf '%s=%s\n' "${device%%-*} served by" "${served##*/}"
    done
}

guest_wait() {
    [ -z "${SB_DOMAIN:-}" ] || return 0
    left=${2:-180}
    while :; do
        labagent wait "$(guest_id "$1" || echo 0)" 3 && break
        case $(xl list "$guest$1" 2>/dev/null | awk 'NR == 2 {print $5}') in
            '') fail "guest $1" "the domain is gone" ;;
            *c*) fail "guest $1" "the domain crashed; 'xl dmesg' may say why" ;;
        esac
        left=$((left - 3))
        [ $left -gt 0 ] || fail "guest $1" "its user space did not answer within ${2:-180} s"
    done
    [ "$1" != 1 ] || serving "$(guest_id 1)" >>"$out/about.txt"
}

guest_run() {
    target=$1
    shift
    case ${SB_VIA:-agent} in
        agent) labagent run "$(guest_id "$target" || echo 0)" "${LIMIT:-120}" "$*" ;;
        ssh)
            ssh -o BatchMode=yes -o ConnectTimeout=10 "$SB_TARGET" \
                "PATH=$guest_dir:\$PATH; $*" </dev/null 2>&1
            ;;
        console) python3 "$SB_CONSOLE" "$SB_TARGET" "${LIMIT:-120}" "$*" ;;
    esac
}
