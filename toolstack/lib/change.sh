# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Showing, making, confirming, and undoing changes. Uses `root`, `work`, `state`, `seconds`.
#
# $state/pending    a change of the network without its confirmation: go, back, save (scripts),
#                   files/ (to be written by the confirmation), watch (the watchdog)
# $state/network, $state/memory    what was changed and how to undo it: back, and for each file a
#                   line of `list` (its path, the number of the copy in backup/ or -)
# Renaming $state/pending decides between a confirmation and the watchdog.

changes_planned() { [ -e "$work/go" ] || [ -e "$work/grub" ]; }

show_file() { # show_file TREE PATH
    if [ -e "$root$2" ]; then
        say "  change $root$2:"
        diff -u "$root$2" "$1$2" | sed '1,2d; s/^/    /' || true
    else
        say "  write $root$2:"
        sed 's/^/    /' "$1$2"
    fi
}

files_in() { [ ! -d "$1" ] || (cd "$1" && find . -type f | sed 's/^\.//' | sort); }

show_changes() {
    local path
    say
    say "Changes:"
    if [ -e "$work/go" ]; then
        say "  run:"
        sed '/^#/d; s/^/    /' "$work/go"
    fi
    for path in $(files_in "$work/files"); do show_file "$work/files" "$path"; done
    for path in $(files_in "$work/memory"); do show_file "$work/memory" "$path"; done
    [ ! -e "$work/grub" ] || say "  run:
    update-grub"
    if [ -e "$work/go" ] && [ "$seconds" -gt 0 ] && [ "$card" != none ]; then
        say "Files are written when the change is confirmed; without that the network is put back" \
            "after $seconds s."
    fi
}

# keep_files SET TREE: put TREE's files in their places, and note how to undo that.
keep_files() {
    local path number
    mkdir -p "$state/$1/backup"
    touch "$state/$1/list"
    for path in $(files_in "$2"); do
        if ! grep -q "^$path	" "$state/$1/list"; then
            number=-
            if [ -e "$root$path" ]; then
                number=$(wc -l <"$state/$1/list")
                cp -p "$root$path" "$state/$1/backup/$number"
            fi
            printf '%s\t%s\n' "$path" "$number" >>"$state/$1/list"
        fi
        mkdir -p "$root${path%/*}"
        [ -e "$root$path" ] || install -m 644 /dev/null "$root$path"
        cat "$2$path" >"$root$path"
    done
}

restore_files() {
    local path number
    [ -e "$state/$1/list" ] || return 0
    while IFS=$'\t' read -r path number; do
        if [ "$number" = - ]; then
            rm -f "$root$path"
            say "  removed $root$path"
        else
            cp -p "$state/$1/backup/$number" "$root$path"
            say "  restored $root$path"
        fi
    done <"$state/$1/list"
    rm -r "${state:?}/$1"
}

gateway() { ip -4 route show default 2>/dev/null | sed -n 's/.* via \([^ ]*\).*/\1/p' | head -n 1; }
gateway_answers() { ping -c 1 -W 1 "$1" >/dev/null 2>&1; }
has_address() { [ -n "$(addresses_of "$1")" ]; }
has_all() { # has_all INTERFACE ADDRESS...
    local name=$1 address
    shift
    for address in "$@"; do
        [[ " $(addresses_of "$name") " == *" $address "* ]] || return 1
    done
}

# The watchdog outlives the session that started it.
watch_start() {
    local self
    self=$(readlink -f "$0")
    if [ -z "$root" ] && [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then
        systemd-run --quiet --unit=shoji-setup-watch --on-active="$seconds" \
            --timer-property=AccuracySec=100ms "$self" rollback &&
            echo unit >"$state/pending/watch" && return
    fi
    # shellcheck disable=SC2016  # for the inner shell
    setsid sh -c 'echo $$ >"$1/pending/watch"; sleep "$2"; exec "$3" --root "$4/" rollback' sh \
        "$state" "$seconds" "$self" "$root" </dev/null >"$state/watch.log" 2>&1 &
    wait_until 5 test -s "$state/pending/watch" || return 1
}

# watch_stop DIR: its caller may be the watchdog itself.
watch_stop() {
    local pid
    pid=$(cat "$1/watch" 2>/dev/null) || return 0
    if [ "$pid" = unit ]; then
        systemctl stop shoji-setup-watch.timer 2>/dev/null || true
    elif [ "$pid" != $$ ] && grep -qa 'shoji\|sleep' "/proc/$pid/cmdline" 2>/dev/null; then
        kill -- "-$pid" 2>/dev/null || true
    fi
}

# Take the pending change; false if another process has taken it.
take() { mv "$state/pending" "$state/$1" 2>/dev/null; }

put_back() { # put_back DIR WHY
    sh "$1/back" >"$state/back.log" 2>&1 || true
    rm -rf "$1"
    say "$2: the network is as it was."
}

rollback() {
    take rolled-back || die "no change waits for a confirmation"
    watch_stop "$state/rolled-back"
    put_back "$state/rolled-back" "Not confirmed"
}

confirm() {
    take confirmed || die "no change waits for a confirmation (it is put back after its time)"
    watch_stop "$state/confirmed"
    keep_files network "$state/confirmed/files"
    [ ! -e "$state/confirmed/save" ] || sh -e "$state/confirmed/save"
    mv "$state/confirmed/back" "$state/network/back"
    mv "$state/confirmed/ports" "$state/network/ports"
    rm -rf "$state/confirmed"
    say "Confirmed: the bridge is kept, also after a restart."
}

failed() {
    take failed || die "$1; the watchdog has put the network back"
    watch_stop "$state/failed"
    put_back "$state/failed" "$1"
    exit 1
}

make_pending() {
    mkdir -p "$state"
    rm -rf "$state/new"
    mkdir "$state/new"
    cp -r "$work/go" "$work/back" "$work/files" "$state/new/"
    [ ! -e "$work/save" ] || cp "$work/save" "$state/new/"
    echo "$bridge $card" >"$state/new/ports"
    mv "$state/new" "$state/pending"
}

change_network() {
    local before='' via='' had=no
    [ -e "$work/go" ] || return 0
    [ ! -e "$state/network" ] ||
        die "shoji-setup has made a bridge already: shoji-setup --undo removes it"
    if [ "$card" != none ]; then
        before=$(addresses_of "$card")
        via=$(gateway)
        [ -z "$via" ] || ! gateway_answers "$via" || had=yes
    fi
    make_pending
    [ "$card" = none ] || [ "$seconds" = 0 ] || watch_start || failed "no watchdog could be started"
    # A hangup or Ctrl-C in the middle of the move would leave half of it.
    trap '' HUP INT
    sh -e "$state/pending/go" >"$state/go.log" 2>&1 </dev/null || {
        tail -n 5 "$state/go.log" >&2
        failed "a command failed (its last lines are above)"
    }
    if [ -n "$before" ]; then
        # shellcheck disable=SC2086  # addresses are words
        if ! grep -q '^# static' "$state/pending/go"; then
            wait_until 30 has_address "$bridge" || failed "$bridge has no address after 30 s"
        else
            wait_until 10 has_all "$bridge" $before || failed "$bridge lacks one of $before"
        fi
    fi
    [ $had = no ] || wait_until 15 gateway_answers "$via" ||
        failed "the gateway $via answered before, and does not any more"
    trap - HUP INT
    if [ "$card" = none ] || [ "$seconds" = 0 ]; then
        confirm
    else
        wait_for_confirmation
    fi
}

wait_for_confirmation() {
    local line=
    say "$bridge has the address of $card: ${before:-none}. It is put back in $seconds s unless" \
        "you confirm:"
    say "    shoji-setup confirm"
    [ -t 0 ] || return 0
    if read -r -t "$seconds" -p "Or type yes here, if you can: " line && [ "$line" = yes ]; then
        confirm
    elif [ -n "$line" ]; then
        rollback
    else
        wait_until 10 test ! -e "$state/pending" || true
    fi
}

undo() {
    local ports name card port done=no
    ! [ -e "$state/pending" ] || { rollback && done=yes; }
    if [ -e "$state/network" ]; then
        read -r name card <"$state/network/ports"
        for port in "$sys/$name/brif"/*; do
            port=${port##*/}
            [ "$port" = '*' ] || [ "$port" = "$card" ] ||
                die "$port is on $name: end the guests that use the bridge first"
        done
        if [ "$dry_run" = yes ]; then
            say "Would restore:" && cut -f 1 "$state/network/list" | sed 's/^/  /'
            say "Would run:" && sed '/^#/d; s/^/  /' "$state/network/back"
        else
            cp "$state/network/back" "$work/back"
            restore_files network
            sh "$work/back" >"$state/back.log" 2>&1 || true
            say "The bridge $name is gone."
        fi
        done=yes
    fi
    if [ -e "$state/memory" ]; then
        if [ "$dry_run" = yes ]; then
            say "Would restore $options_file, and run update-grub."
        else
            restore_files memory
            renew_menu || die "update-grub failed"
            say "Restart the machine: Domain-0's memory is set when the hypervisor starts."
        fi
        done=yes
    fi
    [ $done = yes ] || die "shoji-setup has changed nothing here"
    rmdir --ignore-fail-on-non-empty "$state" 2>/dev/null || true
}
