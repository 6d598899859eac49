// SPDX-License-Identifier: GPL-2.0-only
/*
 * The watchdogs of a domain: a program in it (xenwatchdogd, or Linux's xen_wdt) starts one again
 * and again; if it no longer does so the domain hangs, and is shut down for the toolstack to see.
 *
 *  1. A timer is armed only while its watchdog is used, and both change under domain.lock.
 *  2. The timer's function holds no reference: watchdog_domain_destroy() comes before the last one
 *     goes, and waits for it.
 *
 * Lock: domain.lock; inside it a CPU's timers.
 */
#include <hv/sched/watchdog.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/time/clock.h>
#include <xen/sched.h>

static void expired(void *data)
{
	struct domain *d = data;

	log_guest("domain %u: a watchdog was not poked in time\n", d->id);
	domain_shutdown(d, SHUTDOWN_watchdog);
}

void watchdog_domain_init(struct domain *d)
{
	for (unsigned int i = 0; i < DOMAIN_WATCHDOGS; i++)
		timer_init(&d->watchdogs.timer[i], expired, d, cpu_id());
}

void watchdog_domain_destroy(struct domain *d)
{
	for (unsigned int i = 0; i < DOMAIN_WATCHDOGS; i++)
		timer_kill(&d->watchdogs.timer[i]);
}

/* On the CPU of the caller; domain.lock is held. */
static void start(struct timer *t, uint32_t timeout)
{
	timer_migrate(t, cpu_id());
	timer_set(t, now_ns() + timeout * NS_PER_SEC);
}

static long take(struct domain_watchdogs *w, uint32_t timeout)
{
	for (unsigned int i = 0; i < DOMAIN_WATCHDOGS; i++)
		if (!w->used[i]) {
			w->used[i] = true;
			start(&w->timer[i], timeout);
			return i + 1;
		}
	return -ENOSPC;
}

long watchdog_set(struct domain *d, uint32_t id, uint32_t timeout)
{
	struct domain_watchdogs *w = &d->watchdogs;
	unsigned int i;
	long rc = 0;

	if (id > DOMAIN_WATCHDOGS)
		return -EINVAL;
	i = (unsigned int)index_nospec(id - 1, DOMAIN_WATCHDOGS);
	spin_lock(&d->lock);
	if (!id) {
		rc = take(w, timeout);
	} else if (!w->used[i]) {
		rc = -EINVAL;
	} else if (timeout) {
		start(&w->timer[i], timeout);
	} else {
		timer_stop(&w->timer[i]);
		w->used[i] = false;
	}
	spin_unlock(&d->lock);
	return rc;
}
