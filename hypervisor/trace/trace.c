// SPDX-License-Identifier: GPL-2.0-only
/*
 * The trace: whether a CPU records events, and the buffers of all CPUs, whose pages and their list
 * (struct t_info) Domain-0 maps as DOMID_XEN's. Domain-0 may write to the buffers' pages, for it
 * says there what it has read, and not to the list.
 *
 *  1. cpu_info.trace is 0 unless there are buffers, the trace is on and the CPU is in its mask;
 *     else it is the mask of events. Each CPU writes its own, with interrupts off, in smp_call():
 *     when that has returned, no CPU is inside of trace_record() with an older one.
 *  2. Buffers are made once and stay, as Domain-0 may have them mapped. They are complete before a
 *     CPU is told to use them.
 *
 * Locking: trace_lock guards `control` and the making of buffers; a CPU appends to its own buffer
 * with interrupts off and no lock. Whoever appends may hold any lock, so Domain-0 is told in a
 * softirq.
 */
#include <hv/trace/trace.h>
#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/domain/info.h>
#include <hv/errno.h>
#include <hv/event/virq.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/heap.h>
#include <hv/sched/softirq.h>
#include <hv/trace/tbuf.h>
#include <x86/tlb.h>
#include <xen/xen.h>

#define SUBCLASSES 0xf000U

static spinlock_t trace_lock = SPINLOCK_INIT(RANK_TRACE);
static struct trace_control control = {.events = TRC_ALL, .cpus = {~UINT64_C(0)}};
static struct tbuf *tbufs; /* one a CPU; written once, before a CPU looks */

/* ---- recording ---- */

void trace_record(uint32_t event, const uint32_t *words, unsigned int n)
{
	const struct vcpu *v = current;
	struct tbuf_record r = {.event = event, .n = n, .words = words};
	uint64_t flags = irq_save();
	uint32_t mask = get_cpu_info()->trace & event;

	/* Asked again: it may have been switched off since. */
	if ((mask & TRACE_CLASSES) && (mask & SUBCLASSES)) {
		r.tsc = rdtsc();
		r.who = v->domain->id | (uint32_t)v->id << 16;
		if (tbuf_put(&tbufs[cpu_id()], &r))
			softirq_raise(SOFTIRQ_TRACE);
	}
	irq_restore(flags);
}

static void tell_dom0(void)
{
	const struct tbuf *b = &tbufs[cpu_id()];

	if (b->bad_cons)
		log_warn("trace: cpu%u: cons %x is no position of Domain-0's: records are lost\n",
			 cpu_id(), atomic_load(&b->meta->cons));
	send_global_virq(VIRQ_TBUF);
}

/* ---- switching it ---- */

/* On each CPU, interrupts off. */
static void take_mask(void *data)
{
	const struct trace_control *c = data;

	get_cpu_info()->trace = c->on && c->pages && (c->cpus.bits >> cpu_id() & 1) ? c->events : 0;
	/* What was lost before it was switched off is not part of what is recorded later. */
	if (!c->on && tbufs)
		tbufs[cpu_id()].lost = 0;
}

struct trace_control trace_control_get(void)
{
	struct trace_control c;

	spin_lock(&trace_lock);
	c = control;
	spin_unlock(&trace_lock);
	return c;
}

void trace_control_set(const bool *on, const uint32_t *events, const cpumask_t *cpus)
{
	spin_lock(&trace_lock);
	if (on)
		control.on = *on;
	if (events)
		control.events = *events;
	if (cpus)
		control.cpus = *cpus;
	smp_call(cpumask_online(), take_mask, &control);
	spin_unlock(&trace_lock);
}

/* ---- buffers; trace_lock is held ---- */

/* Where the lists begin, in words behind struct t_info. */
static uint32_t first_list(unsigned int cpus)
{
	return (uint32_t)((offsetof(struct t_info, mfn_offset) + cpus * sizeof(uint16_t) + 3) /
			  sizeof(uint32_t));
}

/* Both the number of pages and where a list begins have 16 bits. */
uint32_t trace_most_pages(unsigned int cpus)
{
	uint32_t most = UINT16_MAX;

	return cpus > 1 ? MIN(most, (UINT16_MAX - first_list(cpus)) / (cpus - 1)) : most;
}

static uint32_t *list_of(struct t_info *info, unsigned int cpu, uint32_t pages)
{
	return (uint32_t *)info + first_list(nr_cpus) + (size_t)cpu * pages;
}

static struct frame *frame_of(uint32_t n)
{
	return mfn_to_frame(mfn(n));
}

/* The pages of all buffers into the lists. False: no memory, and none is taken. */
static bool take_pages(struct t_info *info, uint32_t pages)
{
	uint32_t *mfns = list_of(info, 0, pages), n = nr_cpus * pages, i;

	for (i = 0; i < n; i++) {
		void *page = alloc_page();

		if (!page)
			break;
		mfns[i] = (uint32_t)mfn_x(virt_to_mfn(page));
	}
	if (i == n)
		return true;
	while (i--)
		free_frames(frame_of(mfns[i]), 0);
	return false;
}

/* Domain-0 may map them from here on, until the end. */
static void publish(struct t_info *info, uint32_t pages)
{
	uint32_t n = nr_cpus * pages;

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		info->mfn_offset[cpu] = (uint16_t)(list_of(info, cpu, pages) - (uint32_t *)info);
		tbuf_init(&tbufs[cpu], list_of(info, cpu, pages), pages);
	}
	info->tbuf_size = (uint16_t)pages;
	for (uint32_t i = 0; i < n; i++)
		share_frame(frame_of(list_of(info, 0, pages)[i]), &dom_xen, false);
	for (uint32_t i = 0; i < control.info_bytes / PAGE_SIZE; i++)
		share_frame(mfn_to_frame(mfn(mfn_x(control.info) + i)), &dom_xen, true);
	control.pages = pages;
}

static int make_buffers(uint32_t pages)
{
	uint64_t bytes = (first_list(nr_cpus) + (uint64_t)nr_cpus * pages) * sizeof(uint32_t);
	struct tbuf *bufs = hv_alloc(nr_cpus * sizeof(*bufs));
	unsigned int order = 0;
	struct frame *f;

	while (PAGE_SIZE << order < bytes)
		order++;
	f = alloc_frames(order, ALLOC_ZERO);
	if (!bufs || !f || !take_pages(mfn_to_virt(frame_to_mfn(f)), pages)) {
		if (f)
			free_frames(f, order);
		hv_free(bufs);
		return -ENOMEM;
	}
	tbufs = bufs;
	control.info = frame_to_mfn(f);
	control.info_bytes = (uint32_t)(PAGE_SIZE << order);
	publish(mfn_to_virt(control.info), pages);
	return 0;
}

int trace_set_size(uint32_t pages)
{
	uint32_t wanted = pages;
	int rc;

	if (!pages)
		return -EINVAL;
	pages = MIN(pages, trace_most_pages(nr_cpus));
	if (pages < wanted)
		log_info("trace: buffers of %u pages instead of %u\n", pages, wanted);
	spin_lock(&trace_lock);
	if (control.pages)
		rc = control.pages == pages ? -EBUSY : -EINVAL;
	else
		rc = make_buffers(pages);
	spin_unlock(&trace_lock);
	return rc;
}

void trace_init(void)
{
	const bool on = true;
	int rc;

	softirq_open(SOFTIRQ_TRACE, tell_dom0);
	if (options.tevt_mask)
		control.events = options.tevt_mask;
	if (!options.tbuf_size)
		return;
	rc = trace_set_size(options.tbuf_size);
	if (rc)
		log_warn("trace: no memory for buffers of %u pages\n", options.tbuf_size);
	else
		trace_control_set(&on, NULL, NULL);
}
