/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XENMEM_exchange: a domain gives pages and gets as many others, contiguous or below an address.
 * Domain-0 makes its DMA memory this way, 64 MiB in 256 calls while it boots.
 *
 * Work goes in portions of the larger of the two extent sizes. A portion is prepared first (old
 * frames out of everyone's reach, new ones taken, numbers told to the guest) and committed by steps
 * that cannot fail; so an error undoes the portion at hand and leaves what was done before, which
 * nr_exchanged counts. What may take long, taking tables apart that nothing refers to any more, is
 * done before the first page is out of reach, where the call can stop.
 */
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>
#include <hv/mm/alloc.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>
#include <hv/mm/m2p.h>
#include <hv/mm/memory_op.h>
#include <hv/sched/sched.h>
#include <x86/uaccess.h>
#include <xen/memory.h>

#define START_SHIFT 6
#define CMD_MASK    63U

/* One portion: 2^order pages. */
struct portion {
	struct domain *d;
	const struct xen_memory_exchange *x;
	unsigned int order;
	unsigned int flags;    /* for the allocator */
	uint64_t index;        /* which portion */
	uint64_t n_in, n_out;  /* extents in a portion */
	uint32_t *old, *fresh; /* frame numbers: of each page stolen; of each extent taken */
};

/*
 * A table half checked, or forgotten, is nobody's use: let it not keep its frame. Each is much
 * work, and done for good, so each is followed by a look. Errors are steal_pages()'s to find.
 */
static int dismantle_pages(const struct portion *p)
{
	unsigned int order = p->x->in.extent_order;
	uint64_t i, k, first;

	for (i = 0; i < p->n_in; i++) {
		if (copy_item_from_guest(&first, p->x->in.extent_start, p->index * p->n_in + i,
					 sizeof(first)))
			return -EFAULT;
		for (k = 0; k < 1ULL << order; k++) {
			mfn_t m = mfn(first + k);
			bool worked;

			if (!mfn_is_ram(m) || !get_page(mfn_to_frame(m), p->d))
				return -EINVAL;
			worked = frame_dismantle(mfn_to_frame(m));
			put_page(mfn_to_frame(m));
			if (worked && hypercall_preempt_check())
				return -ERESTART;
		}
	}
	return 0;
}

static int steal_pages(struct portion *p, uint64_t *stolen)
{
	unsigned int order = p->x->in.extent_order;
	uint64_t i, k, first;

	*stolen = 0;
	for (i = 0; i < p->n_in; i++) {
		if (copy_item_from_guest(&first, p->x->in.extent_start, p->index * p->n_in + i,
					 sizeof(first)))
			return -EFAULT;
		for (k = 0; k < 1ULL << order; k++) {
			int rc;

			if (!mfn_is_ram(mfn(first + k)))
				return -EINVAL;
			rc = frame_steal(mfn_to_frame(mfn(first + k)), p->d);
			if (rc)
				return rc;
			p->old[(*stolen)++] = (uint32_t)(first + k);
		}
	}
	return 0;
}

static int take_extents(struct portion *p, uint64_t *taken)
{
	for (*taken = 0; *taken < p->n_out; (*taken)++) {
		struct frame *f = frames_take(p->x->out.extent_order, p->flags);

		if (!f)
			return -ENOMEM;
		p->fresh[*taken] = (uint32_t)mfn_x(frame_to_mfn(f));
	}
	return 0;
}

/* The guest learns the new numbers; the pseudo-physical ones that it put there go into the M2P. */
static int tell(struct portion *p)
{
	unsigned int order = p->x->out.extent_order;
	uint64_t i, k, pfn, number, at;

	for (i = 0; i < p->n_out; i++) {
		at = p->index * p->n_out + i;
		if (copy_item_from_guest(&pfn, p->x->out.extent_start, at, sizeof(pfn)))
			return -EFAULT;
		number = p->fresh[i];
		if (copy_item_to_guest(p->x->out.extent_start, at, &number, sizeof(number)))
			return -EFAULT;
		for (k = 0; k < 1ULL << order; k++)
			m2p_set(mfn(number + k), pfn + k);
	}
	return 0;
}

static void commit(struct portion *p)
{
	uint64_t i, k;

	for (i = 0; i < p->n_out; i++)
		for (k = 0; k < 1ULL << p->x->out.extent_order; k++)
			frame_restore(mfn_to_frame(mfn(p->fresh[i] + k)), p->d);
	for (i = 0; i < 1ULL << p->order; i++)
		frames_give(mfn_to_frame(mfn(p->old[i])), 0,
			    frame_remembered(mfn_to_frame(mfn(p->old[i]))));
}

static int exchange_portion(struct portion *p)
{
	uint64_t stolen = 0, taken = 0;
	int rc = dismantle_pages(p);

	if (!rc)
		rc = steal_pages(p, &stolen);
	if (!rc)
		rc = take_extents(p, &taken);
	if (!rc)
		rc = tell(p);
	if (!rc) {
		commit(p);
		return 0;
	}
	while (taken--)
		frames_give(mfn_to_frame(mfn(p->fresh[taken])), p->x->out.extent_order,
			    (cpumask_t){0}); /* mapped by nobody */
	while (stolen--)
		frame_restore(mfn_to_frame(mfn(p->old[stolen])), p->d);
	return rc;
}

/* Shapes and limits of both sides. */
static int check(const struct xen_memory_exchange *x, unsigned int limit)
{
	unsigned int in = x->in.extent_order, out = x->out.extent_order;

	if (in > limit || out > limit)
		return -EPERM;
	if (x->in.nr_extents > UINT32_MAX || x->out.nr_extents > UINT32_MAX ||
	    x->in.nr_extents << in != x->out.nr_extents << out)
		return -EINVAL;
	if (x->in.domid != x->out.domid || x->nr_exchanged > x->in.nr_extents)
		return -EINVAL;
	/* Whole portions only. */
	if (in < out && ((x->in.nr_extents | x->nr_exchanged) & ((1ULL << (out - in)) - 1)))
		return -EINVAL;
	return 0;
}

static void portion_shape(struct portion *p)
{
	unsigned int in = p->x->in.extent_order, out = p->x->out.extent_order;
	unsigned int bits = XENMEMF_get_address_bits(p->x->out.mem_flags);

	p->order = MAX(in, out);
	p->n_in = 1ULL << (p->order - in);
	p->n_out = 1ULL << (p->order - out);
	p->index = p->x->nr_exchanged / p->n_in;
	p->flags = (bits && bits < 52 ? ALLOC_BITS(MAX(bits, PAGE_SHIFT)) : 0) |
		   (p->d->privileged ? 0 : ALLOC_GUEST);
}

static int exchange_all(struct xen_memory_exchange *x, struct domain *d)
{
	struct portion p = {.d = d, .x = x};
	int rc = 0;

	portion_shape(&p);
	p.old = hv_alloc(sizeof(p.old[0]) << p.order);
	p.fresh = hv_alloc(sizeof(p.fresh[0]) * p.n_out);
	if (!p.old || !p.fresh)
		rc = -ENOMEM;
	while (!rc && x->nr_exchanged < x->in.nr_extents) {
		rc = exchange_portion(&p);
		if (rc)
			break;
		p.index++;
		x->nr_exchanged += p.n_in;
		if (x->nr_exchanged < x->in.nr_extents && hypercall_preempt_check())
			rc = -ERESTART;
	}
	hv_free(p.fresh);
	hv_free(p.old);
	return rc;
}

long memory_exchange(uint64_t cmd, gaddr_t arg)
{
	struct xen_memory_exchange x;
	struct domain
		*d; /* the caller: frames in flight are no domain's, so it must not die meanwhile */
	int rc;

	if (copy_from_guest(&x, arg, sizeof(x)))
		return -EFAULT;
	rc = check(&x, current->domain->privileged ? PRIVILEGED_MAX_ORDER : GUEST_MAX_ORDER);
	if (rc)
		return rc;
	d = current->domain;
	if (x.in.domid != DOMID_SELF && x.in.domid != d->id)
		return -EPERM;
	rc = exchange_all(&x, d);
	if (copy_to_guest(arg + offsetof(struct xen_memory_exchange, nr_exchanged), &x.nr_exchanged,
			  sizeof(x.nr_exchanged)) &&
	    (!rc || rc == -ERESTART))
		rc = -EFAULT;
	if (rc == -ERESTART)
		return hypercall_restart(cmd & CMD_MASK, arg, 0, 0, 0);
	return rc;
}
