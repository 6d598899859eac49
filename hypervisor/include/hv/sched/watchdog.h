/* SPDX-License-Identifier: GPL-2.0-only */
/* The watchdogs of a domain (sched/watchdog.c). */
#ifndef HV_SCHED_WATCHDOG_H
#define HV_SCHED_WATCHDOG_H

#include <hv/sched/timer.h>
#include <hv/types.h>

#define DOMAIN_WATCHDOGS 2

struct domain;

/* Guarded by domain.lock. */
struct domain_watchdogs {
	struct timer timer[DOMAIN_WATCHDOGS];
	bool used[DOMAIN_WATCHDOGS];
};

/* Set up the watchdogs of d, unused. Before d is in the list of domains. */
void watchdog_domain_init(struct domain *d);
/*
 * No watchdog of d expires any more, for good, and none is at it on return. May be called twice. No
 * domain.lock held, interrupts on.
 */
void watchdog_domain_destroy(struct domain *d);
/*
 * SCHEDOP_watchdog for d: id 0 takes a new watchdog and returns its id, from 1 on; with another id,
 * timeout 0 gives it back and a timeout in seconds starts it anew. When it expires d is shut down
 * with SHUTDOWN_watchdog. -ENOSPC: both are in use; -EINVAL: that one is not. Hypercall context.
 * Source: ABI.md 8.2.
 */
long watchdog_set(struct domain *d, uint32_t id, uint32_t timeout);

#endif
