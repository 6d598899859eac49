# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What shoji-setup and shoji-guest share. The caller sets `me`, the name in messages.

say() { printf '%s\n' "$*"; }

die() {
    printf '%s: %s\n' "$me" "$*" >&2
    exit 1
}

need_root() { [ "$(id -u)" -eq 0 ] || die "only root can do this: use sudo"; }

# ask QUESTION DEFAULT: `answer` is what was typed, or DEFAULT.
ask() {
    local line=
    read -r -p "$1 [$2]: " line || die "no answer; nothing was changed"
    # shellcheck disable=SC2034  # for the caller
    answer=${line:-$2}
}

# At most 15 letters, digits, dots, dashes and underscores, and none of the kernel's own words.
is_interface_name() {
    [[ $1 =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$ ]] && [ "$1" != none ] && [ "$1" != all ] &&
        [ "$1" != default ]
}

# mib_of SIZE: 2G, 512M, or a number of MiB, in MiB.
mib_of() {
    [[ $1 =~ ^([1-9][0-9]{0,6})([GgMm]?)$ ]] || return 1
    case ${BASH_REMATCH[2]} in
        [Gg]) echo $((BASH_REMATCH[1] * 1024)) ;;
        *) echo "${BASH_REMATCH[1]}" ;;
    esac
}

# Wait at most $1 s until the command succeeds.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.2
    done
}
