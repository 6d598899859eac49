/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stand-ins for the functions that hypervisor/sched/ calls and that no test of it examines. Each
 * test includes it once.
 */
#ifndef SCHED_STUBS_H
#define SCHED_STUBS_H

#include <stdlib.h>
#include <string.h>

#include <hv/domain/domain.h>
#include <hv/domain/guest_area.h>
#include <hv/domain/info.h>
#include <hv/event/event.h>
#include <hv/event/virq.h>
#include <hv/irq/irq.h>
#include <hv/mm/alloc.h>
#include <hv/sched/idle.h>
#include <hv/sched/sched.h>

void *alloc_page(void)
{
	void *p = aligned_alloc(4096, 4096);

	memset(p, 0, 4096);
	return p;
}

void domain_put(struct domain *d)
{
	(void)d;
}

cpumask_t cpumask_online(void)
{
	return (cpumask_t){BIT64(nr_cpus) - 1};
}

void cpumask_set_online(unsigned int cpu, bool online)
{
	(void)cpu, (void)online;
}

void irq_leave_cpu(unsigned int cpu, unsigned int to)
{
	(void)cpu, (void)to;
}

void send_global_virq(unsigned int virq)
{
	(void)virq;
}

void evtchn_poll_end(struct vcpu *v)
{
	(void)v;
}

void guest_area_write(struct guest_area *a, uint32_t offset, const void *data, uint32_t size)
{
	(void)a, (void)offset, (void)data, (void)size;
}

void idle_dump(unsigned int cpu)
{
	(void)cpu;
}

#endif
