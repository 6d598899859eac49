/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame around a list of page-table requests, shared by mmu_update and mmuext_op (each has its
 * own copy, inlined).
 */
#ifndef HV_MM_MMU_BATCH_H
#define HV_MM_MMU_BATCH_H

#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>
#include <hv/mm/alloc.h>
#include <hv/mm/frame.h>
#include <hv/mm/mmu_op.h>
#include <hv/sched/sched.h>
#include <x86/uaccess.h>
#include <xen/xen.h>

/* In the count of a call that was interrupted: argument 5 holds how many were done before. */
#define MMU_CONTINUED BIT64(31)

/* The largest request that a batch takes. */
#define MMU_BATCH_ITEM 24

/*
 * Copy in and carry out `count` requests of `size` bytes in order, up to the first that fails.
 *	one		what carries out a request; items before it stay done
 *	a1-a5		the hypercall's: requests, count (or what is left of it, with
 *			MMU_CONTINUED), *done, foreigndom; a5 is ours: requests done before the
 *			interruption
 * *done, if not null, gets how many were carried out. 0 or the first error. Preemptible; no locks.
 */
static inline long mmu_batch(int (*one)(const struct mmu_actor *a, const void *item), size_t size,
			     uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	gaddr_t requests = a1, done = a3;
	uint32_t count = (uint32_t)(a2 & ~MMU_CONTINUED),
		 before = a2 & MMU_CONTINUED ? (uint32_t)a5 : 0, i = 0, n;
	struct vcpu *v = current;
	struct mmu_actor actor;
	int rc;

	ASSERT(size <= MMU_BATCH_ITEM);
	if (unlikely(v->mm.queue) && mm_drain_vcpu(v))
		return hypercall_restart(a1, a2, a3, a4, a5);
	rc = mmu_actor_get(&actor, (uint32_t)a4);
	if (rc)
		return rc;
	while (!rc && i < count) {
		uint64_t item[MMU_BATCH_ITEM / 8];

		rc = copy_item_from_guest(item, requests, i, size) ? -EFAULT : one(&actor, item);
		if (rc)
			break;
		i++;
		if ((unlikely(v->mm.queue) && mm_drain_vcpu(v)) ||
		    (i < count && hypercall_preempt_check()))
			rc = -ERESTART;
	}
	mmu_actor_put(&actor);
	if (unlikely(atomic_load(&mm_gone)))
		mm_reap();
	if (rc == -ERESTART)
		return hypercall_restart(requests + i * size, (count - i) | MMU_CONTINUED, done, a4,
					 before + i);
	n = before + i;
	if (done && copy_to_guest(done, &n, sizeof(n)) && !rc)
		rc = -EFAULT;
	return rc;
}

#endif
