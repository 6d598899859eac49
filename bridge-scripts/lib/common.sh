# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# What all the scripts share: settings, the log, xenstore, a lock. Sourced; POSIX sh and `local`.
#
#   job_begin NAME           settings; the job's name for the log
#   note TEXT                a line of the log
#   fail TEXT                undo, tell xenstore and the log why, end with 1 (undo is the script's,
#                            if it has one); the text ends with $after, if that is set
#   connected                tell xenstore that the device is ready
#   xs_load KEY...           read the device's folder: each KEY is then in xs_KEY ("-" is "_"), ''
#                            when it is not there
#   lock NAME DEV / unlock   one at a time; waited for while the holders change, until the toolstack
#                            is about to give up
#   hooks COMMAND DEV BRIDGE what the administrator wants done for each vif
#
# A function that gives a text back leaves it in $value: a subshell would be another process.

job_begin() {
    job=$1
    settings_file=${SHOJI_CONF:-/etc/xen/shoji.conf}
    if [ -r "$settings_file" ]; then
        while IFS='=' read -r name value; do
            # The environment wins: one command can be run with another setting.
            case $name in
                *[!A-Z_]*) ;;
                SHOJI_*) eval "$name=\${$name:-\$value}" ;;
            esac
        done <"$settings_file"
    fi
    : "${SHOJI_LOG:=/var/log/xen/xen-hotplug.log}" "${SHOJI_RUN:=/run/xen}" "${SHOJI_SYSFS:=/sys}" \
        "${SHOJI_HOOKS:=/etc/xen/scripts/vif-post.d}" "${SHOJI_ANTISPOOF:=ip}" \
        "${SHOJI_VIFPLUG:=yes}" "${SHOJI_BLKPLUG:=yes}"
    number SHOJI_LOCK_SECONDS "${SHOJI_LOCK_SECONDS:-}" 30
    SHOJI_LOCK_SECONDS=$value
    # All waiting ends 4 s before the toolstack's limit: for the work, and for the answer.
    number SHOJI_LIMIT_SECONDS "${SHOJI_LIMIT_SECONDS:-}" 40
    uptime
    end=$((uptime + value - 4))
    number SHOJI_WAIT_MS "${SHOJI_WAIT_MS:-}" 1000
    SHOJI_WAIT_MS=$value
    number SHOJI_VERDICT_MS "${SHOJI_VERDICT_MS:-}" 5000
    SHOJI_VERDICT_MS=$value
    undone=''
}

# number NAME VALUE DEFAULT: a setting that is no number is told of, and must not keep a guest from
# its devices.
number() {
    value=${2:-$3}
    case $value in
        *[!0-9]*)
            note "$1=$2 is not a number: $3 is taken"
            value=$3
            ;;
    esac
}

note() {
    [ -w "${SHOJI_LOG%/*}" ] || return 0
    echo "$(date '+%F %T') $job ${XENBUS_PATH:-}: $*" >>"$SHOJI_LOG"
}

# What went wrong, where the toolstack looks for it. libxl prints hotplug-error when the script ends
# with a failure.
fail() {
    set -- "$*${after:-}"
    note "$*"
    if [ -z "$undone" ] && command -v undo >/dev/null; then
        undone=1
        undo
    fi
    if [ -z "${XENBUS_PATH:-}" ] || [ -t 2 ]; then
        echo "$job: $*" >&2
    fi
    if [ -n "${XENBUS_PATH:-}" ]; then
        xenstore-write "$XENBUS_PATH/hotplug-error" "$*" "$XENBUS_PATH/hotplug-status" error ||
            note "xenstore does not take hotplug-error (is xenstored running?)"
    fi
    exit 1
}

connected() {
    [ -z "$xs_hotplug_error" ] || xenstore-rm "$XENBUS_PATH/hotplug-error"
    xenstore-write "$XENBUS_PATH/hotplug-status" connected ||
        fail "$1: hotplug-status cannot be written to $XENBUS_PATH"
}

# variable_of KEY: with "_" for each "-", in $value.
variable_of() {
    value=$1
    while :; do
        case $value in *-*) value=${value%%-*}_${value#*-} ;; *) return ;; esac
    done
}

# One xenstore-ls instead of a process a key. It cuts long values ("\..."), and escapes others:
# those are read alone.
xs_load() {
    local line name
    for name in "$@" hotplug-error; do
        variable_of "$name"
        eval "xs_$value=''"
    done
    value=$(xenstore-ls "$XENBUS_PATH" 2>/dev/null) || return 1
    while IFS= read -r line; do
        name=${line%% = \"*}
        case " $* hotplug-error " in
            *" $name "*) ;;
            *) continue ;;
        esac
        line=${line#* = \"}
        line=${line%\"}
        case $line in
            *\\*) line=$(xenstore-read "$XENBUS_PATH/$name") || line='' ;;
        esac
        variable_of "$name"
        eval "xs_$value=\$line"
    done <<LIST
$value
LIST
}

# Seconds, in $uptime.
uptime() {
    read -r uptime _ </proc/uptime
    uptime=${uptime%.*}
}

# The lock of vifplug and blkplug. The kernel takes it back when the script ends. The holder's id is
# for the others: they see whether it is still the same one, and name it.
lock() {
    local file="$SHOJI_RUN/shoji-$1.lock" holder='' last='' began since
    [ -d "$SHOJI_RUN" ] || mkdir -p "$SHOJI_RUN"
    { exec 9<>"$file"; } 2>/dev/null || fail "$2: the lock file $file cannot be opened"
    uptime
    began=$uptime since=$uptime
    until flock -w 1 9; do
        uptime
        holder=''
        read -r holder <"$file"
        [ -z "$last" ] || [ "$holder" = "$last" ] || since=$uptime
        last=$holder
        if [ "$uptime" -ge "$end" ] || [ $((uptime - since)) -ge "$SHOJI_LOCK_SECONDS" ]; then
            fail "$2: the lock $file was not free within $((uptime - began)) s; process" \
                "${holder:-?} holds it (look what it waits for, or raise SHOJI_LOCK_SECONDS)"
        fi
    done
    printf '%-10s\n' $$ >&9
}

unlock() { exec 9>&-; }

hooks() {
    local hook
    for hook in "$SHOJI_HOOKS"/*.hook; do
        [ -x "$hook" ] || continue
        command=$1 dev=$2 bridge=$3 "$hook" </dev/null || note "$2: the hook $hook failed"
    done
}
