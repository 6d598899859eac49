// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands where in a translated domain's memory: populating and giving back, the frames of
 * ours that the guest maps (shared_info, grant table), and the end.
 *
 * An entry of the p2m owns two references of its frame (hvm/p2m.c N1). RAM has its allocation's
 * reference besides, which goes when the guest gives the page back, and with it the frame, once
 * nobody maps it any more.
 */
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/grant/grant.h>
#include <hv/hvm/exit.h>
#include <hv/hypercall/hypercall.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/memory_op.h>
#include <hv/sched/sched.h>
#include <x86/tlb.h>
#include <x86/uaccess.h>
#include <xen/memory.h>

#define NO_GFN	(~UINT64_C(0))

bool hvm_memory_op_allowed(unsigned int op)
{
	switch (op) {
	case XENMEM_decrease_reservation:
	case XENMEM_maximum_ram_page:
	case XENMEM_current_reservation:
	case XENMEM_maximum_reservation:
	case XENMEM_populate_physmap:
	case XENMEM_add_to_physmap:
	case XENMEM_memory_map:
	case XENMEM_maximum_gpfn:
	case XENMEM_remove_from_physmap: return true;
	default: return false;
	}
}

/* ---- references ---- */

/* The entry's references of n frames of d's. All or none. */
static int hold(struct domain *d, struct frame *f, uint64_t n)
{
	uint64_t i;
	int rc = 0;

	for (i = 0; i < n && !rc; i++)
		rc = get_page_and_type(frame_to_mfn(f + i), d, FT_WRITABLE);
	if (!rc)
		return 0;
	for (i--; i--;)
		put_page_and_type(f + i);
	return rc;
}

static void let_go(mfn_t m, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		put_page_and_type(mfn_to_frame(mfn(mfn_x(m) + i)));
}

/* An entry is gone: RAM is given back, what is ours only loses a mapping. True: it was RAM. */
static bool drop_entry(mfn_t m)
{
	struct frame *f = mfn_to_frame(m);
	bool ram = frame_drop_allocation(f);

	put_page_and_type(f);
	return ram;
}

/*
 * Something was taken out: a CPU of the guest may go on using it there. Before something else
 * stands in its place that must end.
 */
static void settle(struct domain *d)
{
	if (atomic_xchg(&d->hvm->stale, false))
		tlb_flush_domain(d);
}

static int take_out(struct domain *d, uint64_t gfn, mfn_t *m)
{
	int rc = p2m_remove(&d->hvm->p2m, gfn, m);

	if (!rc)
		(void)atomic_xchg(&d->hvm->stale, true);
	return rc;
}

/* ---- RAM ---- */

static int populate_part(struct domain *d, uint64_t gfn, struct frame *f, unsigned int order)
{
	uint64_t n = UINT64_C(1) << order;
	int rc = hold(d, f, n);

	if (rc)
		return rc;
	rc = p2m_insert(&d->hvm->p2m, gfn, frame_to_mfn(f), order);
	if (rc)
		let_go(frame_to_mfn(f), n);
	return rc;
}

int hvm_populate(struct domain *d, uint64_t gfn, struct frame *f, unsigned int order)
{
	uint64_t n = UINT64_C(1) << order, aligned = gfn | mfn_x(frame_to_mfn(f)), step, i, at;
	bool large = order >= P2M_LARGE_ORDER && !(aligned & ((1u << P2M_LARGE_ORDER) - 1));
	struct p2m_entry e;
	int rc = 0;

	settle(d);
	step = large ? 1u << P2M_LARGE_ORDER : 1;
	for (i = 0; i < n && !rc; i += rc ? 0 : step)
		rc = populate_part(d, gfn + i, f + i, large ? P2M_LARGE_ORDER : 0);
	if (!rc)
		return 0;
	/* The caller takes the frames back. Entries go as they are: a split may find no memory. */
	for (at = gfn; at < gfn + i && p2m_take_ram(&d->hvm->p2m, &at, &e);) {
		(void)atomic_xchg(&d->hvm->stale, true);
		let_go(e.mfn, UINT64_C(1) << e.order);
	}
	return rc;
}

int hvm_release(struct domain *d, uint64_t gfn)
{
	mfn_t m;

	if (take_out(d, gfn, &m))
		return -EINVAL;
	return drop_entry(m) ? 0 : -EINVAL;
}

/* ---- maps ---- */

/* The frame that a call wants to have in the map, with an entry's references. */
static int wanted_frame(struct domain *d, const struct xen_add_to_physmap *a, mfn_t *m)
{
	int rc = 0;

	switch (a->space) {
	case XENMAPSPACE_shared_info:
		*m = d->shared_mfn;
		break;
	case XENMAPSPACE_grant_table:
		rc = a->idx & XENMAPIDX_grant_table_status ? -EOPNOTSUPP
							   : grant_shared_frame(d, a->idx, m);
		break;
	case XENMAPSPACE_gmfn: return take_out(d, a->idx, m);
	default: return not_supported("add_to_physmap space", a->space);
	}
	return rc ? rc : get_page_and_type(*m, d, FT_WRITABLE);
}

/* shared_info, m, stands at gpfn, and no more where it was. */
static void leave_old_place(struct domain *d, uint64_t gpfn, mfn_t m)
{
	uint64_t was = atomic_xchg(&d->hvm->shared_gfn, gpfn);
	mfn_t old;

	if (was != NO_GFN && was != gpfn && mfn_eq(p2m_lookup(&d->hvm->p2m, was), m) &&
	    !take_out(d, was, &old))
		drop_entry(old);
}

static long add_to_physmap(struct domain *d, const struct xen_add_to_physmap *a)
{
	struct hvm_domain *h = d->hvm;
	mfn_t m, old;
	int rc = wanted_frame(d, a, &m);

	if (rc)
		return rc == -ENOENT ? -EINVAL : rc;
	if (!take_out(d, a->gpfn, &old))
		drop_entry(old);
	settle(d);
	rc = p2m_insert(&h->p2m, a->gpfn, m, 0);
	if (rc) {
		/* The page goes back to where it stood: that place has its tables. */
		if (a->space != XENMAPSPACE_gmfn || p2m_insert(&h->p2m, a->idx, m, 0))
			drop_entry(m);
		return rc;
	}
	if (a->space == XENMAPSPACE_shared_info)
		leave_old_place(d, a->gpfn, m);
	return 0;
}

static long remove_from_physmap(struct domain *d, uint64_t gfn)
{
	mfn_t m;

	if (take_out(d, gfn, &m))
		return -EINVAL;
	drop_entry(m);
	return 0;
}

/* All memory is there from the beginning: nothing is populated on demand. */
static long pod_target(struct domain *d, gaddr_t arg)
{
	struct xen_pod_target t;

	if (copy_from_guest(&t, arg, sizeof(t)))
		return -EFAULT;
	t.tot_pages = atomic_load(&d->mm.pages);
	t.pod_cache_pages = t.pod_entries = 0;
	return copy_to_guest(arg, &t, sizeof(t));
}

/* The argument is copied, the domain found. */
static long physmap_op(struct domain *d, unsigned int op, gaddr_t arg)
{
	struct xen_add_to_physmap add;
	struct xen_remove_from_physmap remove;

	if (!d->hvm)
		return -EOPNOTSUPP;	/* a PV domain keeps its own map */
	switch (op) {
	case XENMEM_add_to_physmap:
		if (copy_from_guest(&add, arg, sizeof(add)))
			return -EFAULT;
		return add_to_physmap(d, &add);
	case XENMEM_remove_from_physmap:
		if (copy_from_guest(&remove, arg, sizeof(remove)))
			return -EFAULT;
		return remove_from_physmap(d, remove.gpfn);
	default: return pod_target(d, arg);
	}
}

long hvm_physmap_op(unsigned int op, gaddr_t arg)
{
	struct domain *me = current->domain, *d;
	size_t at = op == XENMEM_get_pod_target || op == XENMEM_set_pod_target
			    ? offsetof(struct xen_pod_target, domid)
			    : 0;	/* in the other two it is the first member */
	domid_t id;
	long rc;

	if (copy_from_guest(&id, arg + at, sizeof(id)))
		return -EFAULT;
	if (id != DOMID_SELF && id != me->id && !me->privileged)
		return -EPERM;
	d = domain_get(id == DOMID_SELF ? me->id : id);
	if (!d)
		return -ESRCH;
	rc = physmap_op(d, op, arg);
	domain_put(d);
	return rc == -ERESTART ? hypercall_restart(op, arg, 0, 0, 0) : rc;
}

bool hvm_hypercall_page(struct domain *d, uint64_t gfn)
{
	/* mov $n, %eax; vmmcall; ret */
	static const uint8_t stub[] = {0xb8, 0, 0, 0, 0, 0x0f, 0x01, 0xd9, 0xc3};
	mfn_t m = domain_frame(d, gfn);
	uint8_t *page;

	if (get_page_and_type(m, d, FT_WRITABLE))
		return false;
	page = mfn_to_virt(m);
	memset(page, 0xcc, PAGE_SIZE);
	for (unsigned int n = 0; n < NR_HYPERCALLS; n++) {
		memcpy(page + n * 32, stub, sizeof(stub));
		page[n * 32 + 1] = (uint8_t)n;
	}
	put_page_and_type(mfn_to_frame(m));
	return true;
}

/* ---- grants of others ---- */

int hvm_grant_enter(struct domain *d, uint64_t gpa, mfn_t m, bool read_only)
{
	if (gpa & ~PAGE_MASK)
		return -EINVAL;
	settle(d);	/* what was there before is forgotten */
	return p2m_insert_grant(&d->hvm->p2m, gpa >> PAGE_SHIFT, m, read_only);
}

int hvm_grant_leave(struct domain *d, uint64_t gpa, mfn_t m, bool read_only)
{
	if ((gpa & ~PAGE_MASK) || p2m_remove_grant(&d->hvm->p2m, gpa >> PAGE_SHIFT, m, read_only))
		return -EINVAL;
	/* The handle has references besides, until the caller has flushed. */
	if (read_only)
		put_page(mfn_to_frame(m));
	else
		put_page_and_type(mfn_to_frame(m));
	return 0;
}

/* ---- the end ---- */

int hvm_relinquish(struct domain *d)
{
	struct p2m *p = &d->hvm->p2m;
	struct p2m_entry e;

	while (p2m_take_next(p, &p->sweep, &e)) {
		if (e.read_only)
			put_page(mfn_to_frame(e.mfn));
		else
			let_go(e.mfn, UINT64_C(1) << e.order);
		if (hypercall_preempt_check())
			return -ERESTART;
	}
	return 0;
}
