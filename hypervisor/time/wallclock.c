// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wall-clock time: what it was when the system time was 0, for guests to add their system time to.
 */
#include <hv/time/wallclock.h>
#include <hv/domain/domain.h>
#include <hv/spinlock.h>
#include <hv/time/clock.h>
#include <x86/rtc.h>
#include <xen/xen.h>

/* guards the next two; inside it only the guests' pages are written */
static spinlock_t wallclock_lock = SPINLOCK_INIT(RANK_WALLCLOCK);
static uint64_t boot_sec;
static uint32_t boot_nsec;

void wallclock_init(void)
{
	wallclock_set(rtc_read(), 0, now_ns());
}

static void publish(struct domain *d)
{
	struct shared_info *s = d->shared;
	uint32_t version = (READ_ONCE(s->wc_version) | 1) + 2;
	uint64_t sec = boot_sec + d->time.offset;

	WRITE_ONCE(s->wc_version,
		   version); /* odd: being written; readers pair with the two barriers */
	smp_wmb();
	s->wc_sec = (uint32_t)sec;
	s->wc_sec_hi = sec >> 32;
	s->wc_nsec = boot_nsec;
	smp_wmb();
	WRITE_ONCE(s->wc_version, version + 1);
}

void wallclock_publish(struct domain *d)
{
	uint64_t flags = spin_lock_irqsave(&wallclock_lock);

	publish(d);
	spin_unlock_irqrestore(&wallclock_lock, flags);
}

void wallclock_set(uint64_t secs, uint32_t nsecs, uint64_t system_time)
{
	uint64_t flags = spin_lock_irqsave(&wallclock_lock),
		 at = secs * NS_PER_SEC + nsecs - system_time;
	struct domain *d;
	domid_t id = 0;

	boot_sec = at / NS_PER_SEC;
	boot_nsec = at % NS_PER_SEC;
	spin_unlock_irqrestore(&wallclock_lock, flags);
	while ((d = domain_get_from(id))) {
		wallclock_publish(d);
		id = d->id + 1;
		domain_put(d);
	}
}
