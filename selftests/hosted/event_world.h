/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two domains with event channels and nothing else: memory from the heap, frames from an array,
 * vCPUs that only count how often they are kicked, physical interrupts that only note what they are
 * told. Included once by each test.
 */
#ifndef EVENT_WORLD_H
#define EVENT_WORLD_H

#include <errno.h>

#include <hv/domain/domain.h>
#include <hv/event/event.h>
#include <hv/event/evtchn.h>
#include <hv/event/evtchn_bind.h>
#include <hv/hypercall/hypercall.h>
#include <hv/irq/pirq.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>
#include <hv/sched/sched.h>
#include <xen/xen.h>

#include "log_capture.h"

#define WORLD_DOMAINS 3
#define WORLD_VCPUS   2
#define WORLD_FRAMES  200

static struct vcpu world_interrupt; /* what counts when none of the guests runs */
_Thread_local struct cpu_info hosted_cpu_info = {.vcpu = &world_interrupt};
unsigned int nr_cpus = 2;
struct domain *dom0;
uint64_t max_mfn = WORLD_FRAMES - 1;

static struct domain world[WORLD_DOMAINS];
static struct vcpu world_vcpu[WORLD_DOMAINS][WORLD_VCPUS];
static struct vcpu *world_vcpus[WORLD_DOMAINS][WORLD_VCPUS];
static struct vcpu_info world_info[WORLD_DOMAINS][WORLD_VCPUS];
static struct shared_info world_shared[WORLD_DOMAINS];
static unsigned int world_kicks[WORLD_DOMAINS][WORLD_VCPUS];
static struct frame world_frame[WORLD_FRAMES];
static unsigned char world_ram[WORLD_FRAMES][4096] __aligned(4096);
static int world_refs;		/* frame references taken and not given back */
static long world_allocs;	/* blocks allocated and not freed */
static int world_fail_alloc;	/* the n-th allocation from now fails; 0: none */
static int world_pirq_bound = -1, world_bind_error;
static struct vcpu *world_pirq_vcpu;

static bool world_preempt;	/* something else wants the CPU */

bool hypercall_preempt_check(void)
{
	return world_preempt;
}

void *hv_alloc(size_t size)
{
	if (world_fail_alloc && --world_fail_alloc == 0)
		return NULL;
	world_allocs++;
	return calloc(1, size);
}

void hv_free(void *p)
{
	world_allocs -= p != NULL;
	free(p);
}

/* Aligned as the type's cache lines need it. */
void *alloc_page(void)
{
	void *p;

	if (world_fail_alloc && --world_fail_alloc == 0)
		return NULL;
	p = aligned_alloc(4096, 4096);
	memset(p, 0, 4096);
	world_allocs++;
	return p;
}

void free_page(void *p)
{
	world_allocs--;
	free(p);
}

struct frame *mfn_to_frame(mfn_t m)
{
	return &world_frame[m.n];
}

void *maddr_to_virt(maddr_t a)
{
	return &world_ram[0][0] + a;
}

int get_page_and_type(mfn_t m, struct domain *d, enum frame_type type)
{
	(void)d;
	if (m.n >= WORLD_FRAMES || type != FT_WRITABLE)
		return -EINVAL;
	world_refs++;
	return 0;
}

void put_page_and_type(struct frame *f)
{
	(void)f;
	world_refs--;
}

void vcpu_kick(struct vcpu *v)
{
	world_kicks[v->domain - world][v->id]++;
}

int pirq_may_bind(struct domain *d, uint32_t pirq)
{
	(void)d;
	return pirq > 100 ? -EINVAL : 0;
}

int pirq_guest_bind(struct domain *d, uint32_t pirq, bool share, uint32_t port)
{
	(void)d;
	(void)share;
	(void)port;
	if (world_bind_error)
		return world_bind_error;
	world_pirq_bound = (int)pirq;
	return 0;
}

void pirq_guest_unbind(struct domain *d, uint32_t pirq)
{
	(void)d;
	if (world_pirq_bound == (int)pirq)
		world_pirq_bound = -1;
}

void pirq_set_vcpu(struct domain *d, uint32_t pirq, struct vcpu *v)
{
	(void)d;
	(void)pirq;
	world_pirq_vcpu = v;
}

/* Fresh domains, the first privileged, each for ports below limit (0: as many as there can be). */
static inline void world_start(unsigned int limit)
{
	unsigned int i, v;

	memset(world, 0, sizeof(world));
	memset(world_vcpu, 0, sizeof(world_vcpu));
	memset(world_info, 0, sizeof(world_info));
	memset(world_shared, 0, sizeof(world_shared));
	memset(world_kicks, 0, sizeof(world_kicks));
	memset(world_ram, 0xee, sizeof(world_ram));
	world_pirq_bound = -1;
	world_bind_error = 0;
	dom0 = &world[0];
	for (i = 0; i < WORLD_DOMAINS; i++) {
		struct domain *d = &world[i];

		d->id = (domid_t)i;
		d->privileged = i == 0;
		d->max_vcpus = WORLD_VCPUS;
		d->vcpus = world_vcpus[i];
		d->shared = &world_shared[i];
		d->event.max_port = limit;
		for (v = 0; v < WORLD_VCPUS; v++) {
			world_vcpus[i][v] = &world_vcpu[i][v];
			world_vcpu[i][v].id = v;
			world_vcpu[i][v].domain = d;
			world_vcpu[i][v].info = &world_info[i][v];
			evtchn_vcpu_init(&world_vcpu[i][v]);
		}
		if (evtchn_domain_init(d))
			abort();
	}
}

/* Take all down; false if memory or frames stayed behind. */
static inline bool world_end(void)
{
	unsigned int i;

	for (i = 0; i < WORLD_DOMAINS; i++)
		evtchn_domain_destroy(&world[i]);
	return world_allocs == 0 && world_refs == 0;
}

/* A connected pair: returns the port of domain 1, *there is the one of domain 0. */
static inline uint32_t world_pair(uint32_t *there)
{
	uint32_t here = 0;

	if (evtchn_alloc_unbound(&world[0], 1, there) ||
	    evtchn_bind_interdomain(&world[1], &world[0], *there, &here))
		abort();
	return here;
}

#endif
