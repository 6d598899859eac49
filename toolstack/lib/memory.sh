# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Domain-0's memory: the word dom0_mem= in GRUB_CMDLINE_SHOJI. Uses `root`, `work`, `dom0_mem`.

options_file=/etc/default/grub.d/shoji.cfg

# The words of GRUB_CMDLINE_SHOJI, as a shell reads them.
options_set() {
    [ -e "$root$options_file" ] || return 0
    # shellcheck disable=SC1090
    (GRUB_CMDLINE_SHOJI='' && . "$root$options_file" && echo "$GRUB_CMDLINE_SHOJI")
}

memory_set() { options_set | tr ' ' '\n' | sed -n 's/^dom0_mem=//p' | tail -n 1; }

# MiB of the machine: the hypervisor knows, or else this kernel.
machine_mib() {
    local mib
    mib=$(xl info total_memory 2>/dev/null) || mib=
    [ -n "$mib" ] || mib=$(awk '/^MemTotal:/ {print int($2 / 1024)}' /proc/meminfo)
    echo "$mib"
}

# A quarter of the machine, from 1 to 4 GiB.
memory_proposal() {
    local gib=$(($(machine_mib) / 4096))
    [ $gib -ge 1 ] || gib=1
    [ $gib -le 4 ] || gib=4
    echo "${gib}G"
}

plan_memory() {
    local mib machine words
    [ -n "$dom0_mem" ] || return 0
    mib=$(mib_of "$dom0_mem") || die "--dom0-mem '$dom0_mem' is no size, as 2G or 1536M"
    machine=$(machine_mib)
    [ "$mib" -ge 256 ] || die "--dom0-mem $dom0_mem: Domain-0 needs at least 256M"
    [ "$mib" -lt "$machine" ] ||
        die "--dom0-mem $dom0_mem: this machine has $machine MiB, and guests need some of them"
    [[ $dom0_mem == *[GgMm] ]] || dom0_mem=${dom0_mem}M
    dom0_mem=${dom0_mem^^}
    words=$(options_set | tr ' ' '\n' | sed '/^dom0_mem=/d; /^$/d' | tr '\n' ' ')
    words="${words}dom0_mem=$dom0_mem,max:$dom0_mem"
    [[ $words != *[\"\\\$\`]* ]] ||
        die "$options_file has a value with quotes or \$; set dom0_mem there by hand"
    [ "$words" != "$(options_set)" ] || return 0
    mkdir -p "$work/memory${options_file%/*}"
    {
        sed '/^ *\(export \)\? *GRUB_CMDLINE_SHOJI=/d' "$root$options_file" 2>/dev/null || true
        echo "export GRUB_CMDLINE_SHOJI=\"$words\""
    } >"$work/memory$options_file"
    : >"$work/grub"
}

# The boot loader's menu holds the options.
renew_menu() {
    if command -v update-grub >/dev/null; then
        update-grub >"$work/grub.log" 2>&1 || {
            tail -n 5 "$work/grub.log" >&2
            return 1
        }
    else
        say "There is no update-grub here: renew the boot loader's menu by hand."
    fi
}

change_memory() {
    [ -e "$work/grub" ] || return 0
    keep_files memory "$work/memory"
    renew_menu || {
        restore_files memory
        die "update-grub failed (its last lines are above); $options_file is as it was"
    }
    say "Domain-0 has $dom0_mem from the next start on."
}
