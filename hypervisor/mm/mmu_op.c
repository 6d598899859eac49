/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door for page-table entries: mmu_update and update_va_mapping, the most frequent hypercalls
 * of a PV guest. A booting Domain-0 makes 300,000 with one entry each, so the way of one entry is
 * short: one frame's lock, the references of the old and the new value, nothing else.
 *
 * Locking: the lock of the table that is written, and inside it that of a frame that the new entry
 * names (promote.c, frame.c).
 */
#include <hv/mm/mmu_op.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hvm/hvm.h>
#include <hv/hypercall/hypercall.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/m2p.h>
#include <hv/mm/mmu_batch.h>
#include <hv/mm/promote.h>
#include <hv/mm/pte_rules.h>
#include <hv/sched/sched.h>
#include <x86/tlb.h>
#include <x86/uaccess.h>
#include <xen/xen.h>

/* --- who with whom --- */

static struct domain *actor_domain(uint32_t domid)
{
	if (domid == DOMID_SELF || domid == current->domain->id)
		return current->domain;
	return domain_get((domid_t)domid);
}

static void actor_domain_put(struct domain *d)
{
	if (d && d != current->domain && d != &dom_io && d != &dom_xen)
		domain_put(d);
}

int mmu_actor_get(struct mmu_actor *a, uint32_t foreigndom)
{
	struct domain *me = current->domain;
	uint32_t owner = foreigndom & 0xffff, tables = foreigndom >> 16;

	*a = (struct mmu_actor){.d = me, .pg_owner = me};
	if (likely(!tables && owner == DOMID_SELF))
		return 0;
	/*
	 * Devices' memory is checked frame by frame: what is allowed at all is allowed by this
	 * name.
	 */
	if (!me->privileged && owner != DOMID_IO && owner != me->id && owner != DOMID_SELF)
		return -EPERM;
	if (tables && !me->privileged)
		return -EPERM;
	if (tables)
		a->d = actor_domain(tables - 1);
	if (owner == DOMID_IO)
		a->pg_owner = &dom_io;
	else if (owner == DOMID_XEN)
		a->pg_owner = &dom_xen;
	else
		a->pg_owner = actor_domain(owner);
	if (a->d && a->pg_owner)
		return 0;
	mmu_actor_put(a);
	return -ESRCH;
}

void mmu_actor_put(struct mmu_actor *a)
{
	actor_domain_put(a->pg_owner);
	actor_domain_put(a->d);
}

/* --- one entry --- */

static bool is_table(uint64_t word, bool l1)
{
	enum frame_type type = (enum frame_type)(word >> FT_SHIFT);

	return (word & FT_VALIDATED) && (l1 ? type == FT_L1 : frame_type_is_table(type));
}

/*
 * Lock f if it is a validated table of d, with l1 an L1. While the lock is held it stays one, and a
 * validated table has references (frame.c F1, F6), so none is taken here. Whose it is is asked
 * before the lock as well, or anybody could keep the locks of others' tables. 0, -EINVAL: it is
 * none; -ERESTART: it is busy for long.
 */
static int lock_table(struct frame *f, const struct domain *d, bool l1)
{
	for (;;) {
		if (READ_ONCE(f->owner) != d || !is_table(atomic_load(&f->type), l1))
			return -EINVAL;
		if (frame_trylock(f, 0))
			break;
		if (frame_type(f) != FT_L1 && hypercall_preempt_check())
			return -ERESTART;
		cpu_relax();
	}
	if (READ_ONCE(f->owner) == d && is_table(atomic_load(&f->type), l1))
		return 0;
	frame_unlock(f);
	return -EINVAL;
}

/*
 * A frame that is no table yet may be written like memory, if nothing forbids a writable mapping.
 */
static int set_plain(struct domain *d, struct frame *f, maddr_t ptr, uint64_t val)
{
	int rc;

	if (!get_page(f, d))
		return -EPERM;
	rc = get_page_type(f, FT_WRITABLE);
	if (!rc) {
		WRITE_ONCE(*(uint64_t *)maddr_to_virt(ptr), val);
		put_page_type(f);
	}
	put_page(f);
	return rc;
}

int mmu_set_entry(const struct mmu_actor *a, maddr_t ptr, pte_t val, enum update_how how)
{
	struct pte_update u = {
		.d = a->d,
		.pg_owner = a->pg_owner,
		.slot = (ptr & ~PAGE_MASK) / sizeof(pte_t),
		.how = how,
		.val = val,
	};
	int rc;

	if ((ptr & 7) || !mfn_is_ram(maddr_to_mfn(ptr)))
		return -EINVAL;
	u.table = mfn_to_frame(maddr_to_mfn(ptr));
	rc = lock_table(u.table, a->d, false);
	if (rc)
		return rc == -EINVAL ? set_plain(a->d, u.table, ptr, val) : rc;
	rc = promote_entry(&u);
	frame_unlock(u.table);
	return rc;
}

int mmu_set_l1(const struct mmu_actor *a, maddr_t ptr, pte_t val, enum update_how how,
	       pte_t expected)
{
	struct pte_update u = {
		.d = a->d,
		.pg_owner = a->pg_owner,
		.slot = (ptr & ~PAGE_MASK) / sizeof(pte_t),
		.how = how,
		.has_refs = a->has_refs,
		.untouched = a->untouched,
		.val = val,
		.expected = expected,
	};
	int rc;

	if ((ptr & 7) || !mfn_is_ram(maddr_to_mfn(ptr)))
		return -EINVAL;
	u.table = mfn_to_frame(maddr_to_mfn(ptr));
	rc = lock_table(u.table, a->d, true);
	if (rc)
		return rc;
	rc = promote_entry(&u);
	frame_unlock(u.table);
	return rc;
}

int mmu_l1_cmpxchg(struct vcpu *v, maddr_t ptr, pte_t old, pte_t val)
{
	struct mmu_actor a = {.d = v->domain, .pg_owner = v->domain};

	return mmu_set_l1(&a, ptr, val, UPDATE_IF_SAME, old);
}

/* --- finding entries --- */

/*
 * Reads tables without holding them: what it reads may be stale or no table any more, so each
 * number is checked, and who uses the result checks that the frame is a validated L1 of the domain.
 */
int guest_l1_maddr(struct vcpu *v, gaddr_t va, maddr_t *ptr)
{
	mfn_t table = v->mm.guest_table;
	unsigned int level;

	/* The bits above 47 repeat it, or it is no address, whatever its lower bits say. */
	if ((uint64_t)((int64_t)(va << 16) >> 16) != va)
		return -EINVAL;
	for (level = 4; level > 1; level--) {
		unsigned int slot = va >> (12 + 9 * (level - 1)) & 511;
		pte_t e;

		if (pte_slot_is_private(level, slot) || !mfn_is_ram(table))
			return -EINVAL;
		e = READ_ONCE(((pte_t *)mfn_to_virt(table))[slot]);
		if (!(e & PTE_P))
			return -EINVAL;
		table = pte_mfn(e);
	}
	if (!mfn_is_ram(table))
		return -EINVAL;
	*ptr = mfn_to_maddr(table) + l1_index(va) * sizeof(pte_t);
	return 0;
}

pte_t *guest_l1_entry(struct vcpu *v, gaddr_t va, mfn_t *l1)
{
	maddr_t ptr;

	if (guest_l1_maddr(v, va, &ptr))
		return NULL;
	*l1 = maddr_to_mfn(ptr);
	return maddr_to_virt(ptr);
}

/* --- mmu_update --- */

static int set_m2p(struct domain *pg_owner, maddr_t ptr, uint64_t pfn)
{
	mfn_t m = maddr_to_mfn(ptr);

	if (!mfn_is_ram(m) || !get_page(mfn_to_frame(m), pg_owner))
		return -EINVAL;
	m2p_set(m, pfn);
	put_page(mfn_to_frame(m));
	return 0;
}

/* The frames of a translated domain are named by their numbers there. */
static int set_translated(const struct mmu_actor *a, maddr_t ptr, pte_t val, enum update_how how)
{
	mfn_t m = domain_frame(a->pg_owner, mfn_x(pte_mfn(val)));

	if ((val & PTE_P) && mfn_eq(m, MFN_NONE))
		return -EINVAL; /* the toolstack would try again for ever for -ENOENT */
	if (val & PTE_P)
		val = (val & ~PTE_ADDR) | mfn_to_maddr(m);
	return mmu_set_entry(a, ptr, val, how);
}

static int one_update(const struct mmu_actor *a, const void *item)
{
	const struct mmu_update *r = item;
	maddr_t ptr = r->ptr & ~UINT64_C(3);

	switch (r->ptr & 3) {
	case MMU_NORMAL_PT_UPDATE:
		if (unlikely(a->pg_owner->hvm))
			return set_translated(a, ptr, r->val, UPDATE_SET);
		return mmu_set_entry(a, ptr, r->val, UPDATE_SET);
	case MMU_PT_UPDATE_NO_TRANSLATE: return mmu_set_entry(a, ptr, r->val, UPDATE_SET);
	case MMU_PT_UPDATE_PRESERVE_AD: return mmu_set_entry(a, ptr, r->val, UPDATE_KEEP_AD);
	default: return set_m2p(a->pg_owner, ptr, r->val);
	}
}

/*
 * do_mmu_update(requests, count, *done, foreigndom): carry out struct mmu_update requests in order,
 * up to the first that fails. *done, if not null, gets how many were carried out. 0, or the error
 * of the request that failed. Preemptible. Source: ABI.md 6.2.
 */
HYPERCALL(do_mmu_update)
{
	(void)a6;
	return mmu_batch(one_update, sizeof(struct mmu_update), a1, a2, a3, a4, a5);
}

/* --- update_va_mapping --- */

int copy_vcpu_mask(struct domain *d, gaddr_t mask, uint64_t *vcpus)
{
	uint8_t bytes[8] = {0};
	size_t n = MIN((d->max_vcpus + 7) / 8, sizeof(bytes));
	unsigned int i;

	/* Only as many bytes as the guest's vCPUs need: its bitmap may end with its page. */
	if (copy_from_guest(bytes, mask, n))
		return -EFAULT;
	*vcpus = 0;
	for (i = 0; i < n; i++)
		*vcpus |= (uint64_t)bytes[i] << (8 * i);
	return 0;
}

/* The flush that update_va_mapping asks for. */
static int flush_after(struct domain *d, gaddr_t va, uint64_t flags)
{
	uint64_t what = flags & UVMF_FLUSHTYPE_MASK, target = flags & ~UVMF_FLUSHTYPE_MASK, vcpus;

	if (what == UVMF_NONE)
		return 0;
	va = what == UVMF_INVLPG ? va : TLB_ALL;
	if (target == UVMF_LOCAL) {
		if (what == UVMF_INVLPG)
			tlb_invlpg_local(va);
		else
			tlb_flush_local();
		return 0;
	}
	if (target == UVMF_ALL) {
		smp_mb(); /* the entry before the look at who runs; pairs with the CR3 load of a
			     switch */
		tlb_flush_cpus((cpumask_t){atomic_load(&d->arch.dirty_cpus.bits)}, va);
		return 0;
	}
	if (copy_vcpu_mask(d, target, &vcpus))
		return -EFAULT;
	tlb_flush_vcpus(d, vcpus, va);
	return 0;
}

static long update_va(struct mmu_actor *a, gaddr_t va, pte_t val, uint64_t flags)
{
	struct vcpu *v = current;
	maddr_t ptr;
	int rc;

	rc = guest_l1_maddr(v, va, &ptr);
	if (!rc)
		rc = mmu_set_l1(a, ptr, val, UPDATE_SET, 0);
	if (unlikely(atomic_load(&mm_gone)))
		mm_reap();
	if (!rc)
		rc = flush_after(v->domain, va, flags);
	return rc;
}

/*
 * do_update_va_mapping(va, value, flags): set the L1 entry that maps va in the current kernel
 * table, then flush. 0, -EINVAL (no L1 table there, or a bad value), -EPERM, -EBUSY. Source:
 * ABI.md 6.3.
 */
HYPERCALL(do_update_va_mapping)
{
	struct mmu_actor a = {.d = current->domain, .pg_owner = current->domain};

	(void)a4;
	(void)a5;
	(void)a6;
	return update_va(&a, a1, a2, a3);
}

/* As do_update_va_mapping, with frames of domain a4. */
HYPERCALL(do_update_va_mapping_otherdomain)
{
	struct mmu_actor a;
	long rc;

	(void)a5;
	(void)a6;
	rc = mmu_actor_get(&a, (uint32_t)(a4 & 0xffff));
	if (rc)
		return rc;
	rc = update_va(&a, a1, a2, a3);
	mmu_actor_put(&a);
	return rc;
}
