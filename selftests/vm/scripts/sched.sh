#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Domain-0's part of vm/sched.tap: compares what xl reports about the scheduler with the CPU time of
# guests that spin.
# shellcheck disable=SC2016  # wait_until evaluates
. /lab/lib.sh
kernel=/lab/guest-kit/test.elf

note() { echo "# $*" >>/out/tap; }

# spin NAME [LINES]: a guest that never sleeps.
spin() {
    printf "name='%s'\ntype='pv'\nkernel='%s'\nmemory=16\nvcpus=1\nextra='spin=1'\n%s\n" \
        "$1" $kernel "${2:-}" >"/tmp/$1.cfg"
    xl create -q "/tmp/$1.cfg"
}

cpu_of() { xl vcpu-list "$1" | awk 'NR == 2 {print $4}'; }
on_cpu() { [ "$(cpu_of "$1")" = "$2" ]; }

uptime() { cut -d' ' -f1 /proc/uptime; }

# now NAME...: uptime, and the CPU seconds of each: the quickest of some looks, since xl may take
# long on a busy machine.
now() {
    for _ in 1 2 3 4 5 6; do
        t0=$(uptime)
        xl list >/tmp/list
        echo "$t0 $(uptime) $(for n; do awk -v n="$n" '$1 == n {print $6}' /tmp/list; done |
            tr '\n' ' ')"
    done |
        awk '{t = $2 - $1}
            NR == 1 || t < least {least = t; $1 = ($1 + $2) / 2; $2 = ""; best = $0}
            END {print best}'
}

# shares SECONDS NAME...: tenths of a percent of one CPU that each gets.
shares() {
    seconds=$1
    shift
    first=$(now "$@")
    sleep "$seconds"
    echo "$first" "$(now "$@")" |
        awk -v n=$# '{
            for (i = 2; i <= n + 1; i++)
                printf "%d ", ($(n + 1 + i) - $i) * 1000 / ($(n + 2) - $1) + 0.5
            print ""
        }'
}

between() { [ "${1:-0}" -ge "$2" ] && [ "$1" -le "$3" ]; }

does() {
    if eval "$2" >/tmp/does 2>&1; then claim "$1"; return; fi
    { echo "$2"; tail -n 5 /tmp/does; } | sed 's/^/# /' >>/out/tap
    false; claim "$1"
}

weights_and_caps() {
    spin one; claim "a guest that spins"
    does "xl sched-credit2 -d G -c 25" \
        'xl sched-credit2 -d one -c 25 && xl sched-credit2 -d one | grep -q "one .* 256 *25"'
    got=$(shares 20 one)
    note "held to $got tenths of a percent"
    between "${got% }" 230 270; claim "and it has 25 % of one CPU, within 2 points, over 20 s"
    xl sched-credit2 -d one -c 0 -w 256
    spin two
    does "xl vcpu-pin of both on CPU 1" \
        'xl vcpu-pin one 0 1 && xl vcpu-pin two 0 1 && sleep 1 && on_cpu one 1 && on_cpu two 1'
    does "xl sched-credit2 -w 512" \
        'xl sched-credit2 -d two -w 512 && xl sched-credit2 -d two | grep -q "two .* 512 *0"'
    got=$(shares 20 one two)
    note "weights 256 and 512: $got tenths of a percent"
    light=${got%% *} heavy=$(echo "$got" | cut -d' ' -f2)
    third=$(((light + heavy) / 3))
    between "$light" $((third * 95 / 100)) $((third * 105 / 100))
    claim "weights of 256 and 512 on one CPU: 1 to 2 within 5 % over 20 s"
    does "a cap above a guest's vCPUs is refused" '! xl sched-credit2 -d one -c 101'
    does "a weight of 0 is refused" '! xl sched-credit2 -d one -w 0'
    xl destroy two
}

affinity() {
    does "a hard affinity to no CPU that there is is refused" '! xl vcpu-pin one 0 60'
    for c in 0 1; do
        xl vcpu-pin one 0 $c
        wait_until 5 "on_cpu one $c"; claim "xl vcpu-pin moves a guest that spins to CPU $c"
    done
    for c in 0 1; do
        xl vcpu-pin one 0 all $c
        wait_until 10 "on_cpu one $c"; claim "a soft affinity draws it to CPU $c"
    done
    does "xl vcpu-list shows both affinities" 'xl vcpu-list one | grep -q "all / 1"'
    xl vcpu-pin one 0 all all
}

ratelimit() {
    does "xl sched-credit2 -s -r" 'xl sched-credit2 -s -p Pool-0 -r 2000 &&
        xl sched-credit2 -s -p Pool-0 | grep -q "ratelimit=2000us"'
    does "a rate limit of 50 us is refused" '! xl sched-credit2 -s -p Pool-0 -r 50'
    xl sched-credit2 -s -p Pool-0 -r 1000
}

pools() {
    does "xl cpupool-list" 'xl cpupool-list | grep -q "Pool-0 *2 *credit2 *y *2"'
    does "xl cpupool-cpu-remove" \
        'xl cpupool-cpu-remove Pool-0 1 && xl cpupool-list -c | grep -q "Pool-0 *0$"'
    wait_until 5 'on_cpu one 0 && ! xl vcpu-list Domain-0 | grep -q " 1  *[r-]"'
    claim "and what ran there runs on CPU 0"
    does "the last CPU of a pool in use stays" \
        'xl cpupool-cpu-remove Pool-0 0; xl cpupool-list -c | grep -q "Pool-0 *0$"'
    does "xl cpupool-create" "xl cpupool-create name='\"second\"' 'cpus=[\"1\"]' &&
        xl cpupool-list -c | grep -q 'second *1\$'"
    does "another scheduler than credit2 is refused" \
        "! xl cpupool-create name='\"third\"' sched='\"rtds\"'"
    does "xl cpupool-migrate" 'xl cpupool-migrate one second && wait_until 5 "on_cpu one 1"'
    got=$(shares 10 one)
    note "alone in its pool: $got tenths of a percent"
    between "${got% }" 950 1050; claim "where it has a CPU for itself"
    does "nobody is pinned out of his pool" '! xl vcpu-pin one 0 0'
    spin third 'pool="second"'
    wait_until 5 'on_cpu third 1'; claim "a guest can be created in the pool"
    xl destroy third
    does "a pool with a guest is not destroyed" '! xl cpupool-destroy second'
    does "Domain-0 stays in Pool-0" '! xl cpupool-migrate Domain-0 second'
    does "xl cpupool-migrate back" 'xl cpupool-migrate one Pool-0 && wait_until 5 "on_cpu one 0"'
    does "xl cpupool-destroy" 'xl cpupool-destroy second && ! xl cpupool-list | grep -q second'
    does "xl cpupool-cpu-add" \
        'xl cpupool-cpu-add Pool-0 1 && xl cpupool-list | grep -q "Pool-0 *2 "'
}

# p99 of 300 pings, in us.
ping_p99() {
    ping -c 300 -i 0.02 10.9.0.11 >"/out/ping.$1"
    sed -n 's/.*time=\([0-9.]*\) ms/\1/p' "/out/ping.$1" | sort -n |
        awk '{v[NR] = $1} END {print int(v[int(NR * 0.99)] * 1000)}'
}

# The slowest of 20 in ms.
list_time() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        a=$(cut -d' ' -f1 /proc/uptime)
        xl list >/dev/null
        echo "$a $(cut -d' ' -f1 /proc/uptime)" | awk '{print ($2 - $1) * 1000}'
    done | sort -n | awk '{v[NR] = $1} END {print int(v[10]), int(v[NR])}'
}

# Two hogs on each CPU, beside a guest that answers.
latency() {
    ping_idle=$(ping_p99 idle) list_idle=$(list_time)
    for h in 1 2 3 4; do
        spin "hog$h" "cpus='$((h % 2))'"
    done
    sleep 2
    ping_busy=$(ping_p99 busy) list_busy=$(list_time)
    note "ping p99: $ping_idle us idle, $ping_busy us beside two hogs on each CPU"
    note "xl list, median and slowest of 20: $list_idle ms idle, $list_busy ms beside two hogs on" \
        "each CPU"
    note "hogs: $(shares 5 hog1 hog2 hog3 hog4)"
    [ "$ping_busy" -lt $((ping_idle * PING_TIMES)) ]
    claim "beside two hogs on each CPU a ping's p99 stays within $PING_TIMES times"
    [ "${list_busy% *}" -lt $((${list_idle% *} * LIST_TIMES)) ]
    claim "and xl list within $LIST_TIMES times"
}

# Three share each CPU, so that three times is due for what computes.
PING_TIMES=5 LIST_TIMES=6
weights_and_caps
affinity
ratelimit
pools
xl destroy one
bridge_up
guest_create 1
guest_wait 1
latency
! xl dmesg | grep -v 'command line' | grep -qiE 'panic|assert|broken:|\bbug\b'
claim "the hypervisor has nothing to say against itself"
claims_end
finish 0
