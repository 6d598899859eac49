/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The watchdogs of a domain. Claims: there are two, each shuts its domain down when it is not
 * started again in time and only then, and none is left behind by a domain that goes.
 */
/* sources: hypervisor/sched/watchdog.c hypervisor/sched/sched_op.c */
#include "control_world.h"

#include <hv/event/event.h>
#include <hv/sched/softirq.h>
#include <hv/sched/watchdog.h>
#include <xen/sched.h>

static unsigned int shut, noted = 99;	/* for which reason; 99: not */
static struct domain *shut_domain;

void timer_init(struct timer *t, void (*fn)(void *), void *data, unsigned int cpu)
{
	*t = (struct timer){.fn = fn, .data = data, .cpu = cpu};
}

void timer_set(struct timer *t, uint64_t deadline)
{
	t->armed = !t->dead;
	t->deadline = deadline;
}

void timer_stop(struct timer *t)
{
	t->armed = false;
}

void timer_kill(struct timer *t)
{
	t->dead = true;
	t->armed = false;
}

void timer_migrate(struct timer *t, unsigned int cpu)
{
	t->cpu = cpu;
}

void domain_shutdown(struct domain *d, unsigned int reason)
{
	shut_domain = d;
	shut = reason;
}

void domain_note_shutdown(struct domain *d, unsigned int reason)
{
	(void)d;
	noted = reason;
}

void vcpu_yield_current(void)
{
}

void vcpu_blocked(void)
{
}

void vcpu_block_current(void)
{
}

int evtchn_port_pending(struct domain *d, uint32_t port)
{
	(void)d, (void)port;
	return 0;
}

void evtchn_poll_begin(struct vcpu *v, uint32_t port)
{
	(void)v, (void)port;
}

void evtchn_poll_end(struct vcpu *v)
{
	(void)v;
}

static long watchdog(uint32_t id, uint32_t timeout)
{
	struct sched_watchdog w = {id, timeout};

	return do_sched_op(SCHEDOP_watchdog, at(&w), 0, 0, 0, 0);
}

static struct timer *timer(unsigned int domain, unsigned int id)
{
	return &world_dom[domain].watchdogs.timer[id - 1];
}

/* The clock of control_world.h stands at 5 s. */
static bool due(unsigned int domain, unsigned int id, unsigned int seconds)
{
	const struct timer *t = timer(domain, id);

	return t->armed && t->deadline == (5 + seconds) * NS_PER_SEC;
}

static void test_life(void)
{
	result(watchdog(0, 30) == 1 && due(1, 1, 30) && watchdog(0, 60) == 2 && due(1, 2, 60),
	       "a domain has two watchdogs, of its own choice of seconds");
	result(watchdog(0, 10) == -ENOSPC && due(1, 1, 30) && due(1, 2, 60), "and no third");
	run_as(0);
	result(watchdog(0, 7) == 1 && due(0, 1, 7) && due(1, 1, 30), "another domain has its own");
	run_as(1);
	result(watchdog(1, 5) == 0 && due(1, 1, 5), "a watchdog is started anew");
	result(watchdog(1, 0) == 0 && !timer(1, 1)->armed && due(1, 2, 60), "and given back");
	result(watchdog(1, 0) == -EINVAL && watchdog(1, 5) == -EINVAL && !timer(1, 1)->armed,
	       "once, and not started any more");
	result(watchdog(0, 8) == 1 && due(1, 1, 8), "its number is used again");
	result(watchdog(3, 5) == -EINVAL && watchdog(3, 0) == -EINVAL &&
		       watchdog(UINT32_MAX, 5) == -EINVAL,
	       "there are no other numbers");
	result(watchdog(1, UINT32_MAX) == 0 && timer(1, 1)->deadline > 4000000000 * NS_PER_SEC,
	       "the longest time is 136 years");
	result(do_sched_op(SCHEDOP_watchdog, 16, 0, 0, 0, 0) == -EFAULT, "a bad address faults");
}

static void test_end(void)
{
	timer(1, 2)->armed = false;
	timer(1, 2)->fn(timer(1, 2)->data);
	result(shut_domain == &world_dom[1] && shut == SHUTDOWN_watchdog &&
		       log_has("domain 1: a watchdog"),
	       "one that expires shuts its domain down, for that reason");
	watchdog_domain_destroy(&world_dom[1]);
	result(!timer(1, 1)->armed && !timer(1, 2)->armed && due(0, 1, 7),
	       "the watchdogs of a domain that goes are stopped");
	result(watchdog(1, 9) == 0 && !timer(1, 1)->armed, "for good");
}

static void test_code(void)
{
	struct sched_shutdown s = {SHUTDOWN_crash};

	result(do_sched_op(SCHEDOP_shutdown_code, at(&s), 0, 0, 0, 0) == 0 &&
		       noted == SHUTDOWN_crash,
	       "a reason for the next shutdown is noted");
	s.reason = SHUTDOWN_MAX + 1;
	result(do_sched_op(SCHEDOP_shutdown_code, at(&s), 0, 0, 0, 0) == -EINVAL &&
		       do_sched_op(SCHEDOP_shutdown_code, 16, 0, 0, 0, 0) == -EFAULT &&
		       noted == SHUTDOWN_crash,
	       "unless it is none");
	result(do_sched_op(SCHEDOP_pin_override, at(&s), 0, 0, 0, 0) == -ENOSYS,
	       "what is not there is not implemented");
}

int main(void)
{
	world_start();
	watchdog_domain_init(&world_dom[0]);
	watchdog_domain_init(&world_dom[1]);
	run_as(1);
	test_life();
	test_end();
	test_code();
	printf("1..%u\n", tap_number);
	return tap_failures != 0;
}
