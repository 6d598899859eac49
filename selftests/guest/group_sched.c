/* SPDX-License-Identifier: GPL-2.0-only */
/* sched_op, and the timers that end a sleep. */
#include "guest.h"

#define MS 1000000UL

static uint32_t timer_port(void)
{
	static uint32_t port;
	struct evtchn_bind_virq v = {.virq = VIRQ_TIMER};

	if (!port && !HC2(event_channel_op, EVTCHNOP_bind_virq, &v))
		port = v.port;
	return port;
}

static long poll(const uint32_t *ports, uint32_t n, uint64_t timeout)
{
	struct sched_poll p = {.ports = (uint64_t)ports, .nr_ports = n, .timeout = timeout};

	return HC2(sched_op, SCHEDOP_poll, &p);
}

/* Until the timer's port has been raised more than `seen` times, a second at most. */
static bool timer_came(uint32_t seen)
{
	uint32_t port = timer_port();
	uint64_t end = now_ns() + 1000 * MS;

	while (event_count[port] <= seen && now_ns() < end) {
		(void)poll(&port, 0, now_ns() + 20 * MS);
		events_on();
		events_off();
	}
	return event_count[port] > seen;
}

/* How often VIRQ_TIMER comes in 200 ms to a vCPU that runs, or sleeps in between. */
static uint32_t ticks(bool sleeps)
{
	uint32_t port = timer_port(), seen = event_count[port];
	uint64_t end = now_ns() + 200 * MS;

	while (now_ns() < end) {
		if (sleeps)
			(void)poll(&port, 0, now_ns() + 5 * MS);
		events_on();
		events_off();
	}
	return event_count[port] - seen;
}

/* ABI.md 7.3: nobody has asked for a timer yet. */
static void no_ticks(void)
{
	uint32_t runs = ticks(false), sleeps = ticks(true);

	print("# ticks in 200 ms: of a vCPU that runs %u, of one that sleeps %u\n", runs, sleeps);
	claim_either("ticks that nobody asked for, while the vCPU runs", runs != 0, 0, 1);
	claim_either("ticks that nobody asked for, while it sleeps", sleeps != 0, 0, 1);
}

static void polls(void)
{
	static uint32_t many[200];
	uint32_t port = timer_port(), bad = 0xffffffff, again;
	uint64_t before;

	claim_is("poll too many ports", poll(many, 129, now_ns() + MS), -EINVAL);
	claim_is("poll 2^32 - 1 ports", poll(many, 0xffffffff, now_ns() + MS), -EINVAL);
	claim_is("poll an unmapped list", poll((void *)BAD_UNMAPPED, 2, now_ns() + MS), -EFAULT);
	claim_is("poll a list in the hypervisor's range", poll((void *)BAD_HV, 1, now_ns() + MS),
		 -EFAULT);
	claim_is("poll a port beyond all", poll(&bad, 1, now_ns() + MS), -EINVAL);
	claim_is("poll with a time that is over", poll(&port, 1, 1), 0);
	/* The reference begins with a period of 10 ms. */
	(void)HC2(vcpu_op, VCPUOP_stop_periodic_timer, 0);
	events_on();
	events_off();
	before = now_ns();
	claim_is("poll for 20 ms", poll(&port, 1, before + 20 * MS), 0);
	/*
	 * An event of any other port ends the sleep too: the console's, when what was printed has
	 * been read.
	 */
	for (again = 0; now_ns() - before < 20 * MS && again < 10; again++)
		(void)poll(&port, 1, before + 20 * MS);
	claim("it took that long", now_ns() - before >= 20 * MS && now_ns() - before < 5000 * MS);
	claim_is("an unmapped argument", HC2(sched_op, SCHEDOP_poll, BAD_UNMAPPED), -EFAULT);
}

static void timers(void)
{
	struct vcpu_set_singleshot_timer t = {.timeout_abs_ns = now_ns() + 20 * MS};
	struct vcpu_set_periodic_timer p = {.period_ns = 10 * MS};
	uint32_t port = timer_port(), seen = event_count[port];
	uint64_t before = now_ns();

	t.timeout_abs_ns = before + 20 * MS;
	claim_is("a timer in 20 ms", HC3(vcpu_op, VCPUOP_set_singleshot_timer, 0, &t), 0);
	claim_is("sleep until it comes", HC1(sched_op, SCHEDOP_block), 0);
	/* An event of another kind may have ended the sleep. */
	while (event_count[port] == seen && now_ns() - before < 500 * MS)
		(void)HC1(sched_op, SCHEDOP_yield);
	events_off();
	claim("it came, not early", event_count[port] > seen && now_ns() - before >= 19 * MS);
	t = (struct vcpu_set_singleshot_timer){.timeout_abs_ns = 1};
	seen = event_count[port];
	claim_is("a timer in the past", HC3(vcpu_op, VCPUOP_set_singleshot_timer, 0, &t), 0);
	claim("comes", timer_came(seen));
	t.flags = VCPU_SSHOTTMR_future;
	claim_either("a timer in the past, only if in the future",
		     HC3(vcpu_op, VCPUOP_set_singleshot_timer, 0, &t), -ETIME, 0);
	claim_is("another vCPU's timer", HC3(vcpu_op, VCPUOP_set_singleshot_timer, 1, &t), -EINVAL);
	t = (struct vcpu_set_singleshot_timer){.timeout_abs_ns = ~0UL};
	claim_is("a timer at the end of time", HC3(vcpu_op, VCPUOP_set_singleshot_timer, 0, &t), 0);
	claim_is("is stopped", HC2(vcpu_op, VCPUOP_stop_singleshot_timer, 0), 0);
	claim_is("a timer from an unmapped argument",
		 HC3(vcpu_op, VCPUOP_set_singleshot_timer, 0, BAD_UNMAPPED), -EFAULT);
	seen = event_count[port];
	claim_is("a period of 10 ms", HC3(vcpu_op, VCPUOP_set_periodic_timer, 0, &p), 0);
	claim("comes again and again", timer_came(seen + 2));
	p.period_ns = 1000;
	claim_is("a period of 1 us", HC3(vcpu_op, VCPUOP_set_periodic_timer, 0, &p), -EINVAL);
	p.period_ns = ~0UL;
	claim_is("an endless period", HC3(vcpu_op, VCPUOP_set_periodic_timer, 0, &p), -EINVAL);
	claim_is("is stopped", HC2(vcpu_op, VCPUOP_stop_periodic_timer, 0), 0);
	seen = event_count[port];
	claim_is("set_timer_op", HC1(set_timer_op, now_ns() + 5 * MS), 0);
	claim("comes, too", timer_came(seen));
}

static long watchdog(uint32_t id, uint32_t timeout)
{
	struct sched_watchdog w = {id, timeout};

	return HC2(sched_op, SCHEDOP_watchdog, &w);
}

static void watchdogs(void)
{
	claim_is("a watchdog", watchdog(0, 600), 1);
	claim_is("another", watchdog(0, 600), 2);
	/* Xen 4.17 widens its 32-bit answer without the sign. */
	claim_either("a third", watchdog(0, 600), -ENOSPC, (uint32_t)-ENOSPC);
	claim_is("start one anew", watchdog(1, 500), 0);
	claim_is("give it back", watchdog(1, 0), 0);
	claim_is("again", watchdog(1, 0), -EINVAL);
	claim_is("start it anew then", watchdog(1, 500), -EINVAL);
	claim_is("the other", watchdog(2, 0), 0);
	claim_is("a watchdog that is not", watchdog(77, 9), -EINVAL);
	claim_is("watchdog 2^32 - 1", watchdog(0xffffffff, 9), -EINVAL);
	claim_is("a watchdog with an unmapped argument",
		 HC2(sched_op, SCHEDOP_watchdog, BAD_UNMAPPED), -EFAULT);
	claim_is("the reason of the next shutdown, with an unmapped argument",
		 HC2(sched_op, SCHEDOP_shutdown_code, BAD_UNMAPPED), -EFAULT);
}

void group_sched(void)
{
	struct sched_pin_override w = {.pcpu = 1};
	uint64_t a, b;

	no_ticks();
	a = now_ns();
	claim_is("yield", HC1(sched_op, SCHEDOP_yield), 0);
	claim_is("an unknown sub-operation", HC2(sched_op, 99, &w), -ENOSYS);
	claim_is("shutdown with an unmapped argument",
		 HC2(sched_op, SCHEDOP_shutdown, BAD_UNMAPPED), -EFAULT);
	claim_negative("pin to a CPU", HC2(sched_op, SCHEDOP_pin_override, &w));
	b = now_ns();
	claim("time does not go back", b >= a && a);
	watchdogs();
	polls();
	timers();
}
