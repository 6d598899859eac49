/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory side of a domain's life: its counters at the start, and taking everything from it at
 * the end.
 *
 * The end is a walk over the frame table, once for each level of page tables and once for the rest:
 * pins and partial states go, then tables fall apart from the top, then allocation references go.
 * Frames that others still map (a backend, a tool) stay until they unmap them; alloc.c A2 keeps the
 * domain's structure that long.
 */
#include <hv/mm/domain_mm.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/mm/alloc.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>
#include <hv/mm/mmuext_op.h>
#include <hv/sched/sched.h>

#define SWEEP_BATCH 256 /* frames between two looks for other work */

int mm_domain_init(struct domain *d)
{
	d->mm = (struct domain_mm){.max_pages = ~UINT64_C(0)};
	spin_lock_init(&d->mm.lock, RANK_MM);
	return 0;
}

/*
 * Drop what keeps a frame of a dying domain: its pin, a partial state, then the allocation. A table
 * that nothing refers to any more waits in a queue, and is taken apart from there. True: it was
 * much work.
 */
static bool relinquish_frame(struct frame *f)
{
	bool partial;

	mmu_drop_pin(f);
	partial = atomic_load(&f->type) & FT_PARTIAL;
	if (partial)
		frame_dismantle(f);
	frame_drop_allocation(f);
	return partial;
}

int mm_domain_relinquish(struct domain *d)
{
	struct vcpu *v = current, *own;
	uint64_t i;
	void *map;

	/*
	 * What its vCPUs were at when they ran for the last time. What falls apart now comes into
	 * our queue.
	 */
	for_each_vcpu(d, own)
		if (mm_drain_vcpu(own))
			return -ERESTART;
	if (mm_drain_vcpu(v))
		return -ERESTART;
	(void)claim_frames(d, 0);
	while (d->mm.sweep <= max_mfn) {
		for (i = 0; i < SWEEP_BATCH && d->mm.sweep <= max_mfn; i++, d->mm.sweep++) {
			struct frame *f = mfn_to_frame(mfn(d->mm.sweep));

			if (!atomic_load(&f->refs) || f->owner != d || !get_page(f, d))
				continue;
			if (relinquish_frame(f))
				i = SWEEP_BATCH;
			put_page(f);
		}
		if (mm_drain_vcpu(v) || hypercall_preempt_check())
			return -ERESTART;
	}
	mm_reap();
	/* Domain-0 may be setting it just now; later it may not (memory_op.c). */
	spin_lock(&d->mm.lock);
	map = d->mm.e820;
	d->mm.e820 = NULL;
	d->mm.e820_entries = 0;
	spin_unlock(&d->mm.lock);
	hv_free(map);
	return 0;
}
