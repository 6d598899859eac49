/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the entries of a table refer to: taking the references of a whole table when it becomes one
 * (promotion), dropping them when it ceases to be one (demotion), and changing a single entry.
 *
 *  M1. A present entry of levels 2-4 holds a general and a typed reference of the table that it
 *      names.
 *  M2. A present leaf holds a general reference of the RAM frame that it names, and one of
 *      FT_WRITABLE if it has RW. What is not RAM is not counted.
 *  M3. Before an entry is stored, the references of the new value are there; after it is gone,
 *      those of the old one are dropped. Every store to a live entry is a locked instruction
 *      (frame.c: stamp()).
 *  M4. A table refers only to frames of its own domain, but for leaves, which the owner named by
 *      the caller decides.
 *  M5. An entry of another domain's frame has the accessed bit, unless a grant was mapped there and
 *      no CPU has used it: a CPU sets the bit before it remembers an entry, and a guest cannot
 *      clear it. So without the bit the entry is in no TLB, and an unmap of the grant need not
 *      flush.
 *  M6. Slot 256 of an L4, which shows the M2P of the whole machine, is filled while the table is
 *      the base of some vCPU's kernel mode, and empty else: where kernel and user mode run in one
 *      ring, what a base holds is all that tells them apart. For a kernel in ring 1, whose base
 *      serves both, the slot is a supervisor's. A table that is the base of both shows it
 *      to both; that guest has told its user mode all there is. FT_KERNELS counts the kernel bases;
 *      it and the slot change together under domain_mm.lock. pv=m2p-user fills the slot always, but
 *      for guests that ask for VMASST_TYPE_m2p_strict.
 *
 * Locking: the caller holds the lock of the table, but for l4_show_m2p() (M6). Inside it: the lock
 * of a frame that a new entry names, under the conditions of frame.c, and what the release of a
 * frame takes.
 */
#include <hv/mm/promote.h>
#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/mm/desc_rules.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/iomem.h>
#include <hv/mm/map.h>
#include <hv/mm/pte_rules.h>
#include <hv/sched/sched.h>
#include <x86/protection.h>
#include <xen/xen.h>

unsigned int phys_address_bits __ro_after_init = 40;

struct pte_policy pte_policy_of(const struct domain *d)
{
	return (struct pte_policy){
		.address_mask = PTE_ADDR & (BIT64(phys_address_bits) - 1),
		.cache_attributes = d->privileged,
		.force_user = !d->arch.ring1,
		.global_user = false,
		.l1tf_limit = (d->privileged ? protection.l1tf_dom0 : protection.l1tf_domu)
				      ? (max_mfn + 1) << PAGE_SHIFT
				      : 0,
	};
}

static unsigned int level_of(enum frame_type type)
{
	return (unsigned int)(type - FT_L1) + 1;
}

/*
 * The references of a leaf. Without `wait`, -EAGAIN where another frame's lock would be needed.
 * -EBUSY: a frame of RAM that is another's, or has another type; so the field has it.
 */
static int get_leaf(struct domain *d, struct domain *pg_owner, pte_t e, bool wait)
{
	mfn_t m = pte_mfn(e);
	struct frame *f;
	int rc;

	if (!mfn_is_ram(m)) {
		if (pg_owner != d && pg_owner != &dom_io)
			return -EINVAL;
		return iomem_allowed(d, m) ? 0 : -EPERM;
	}
	f = mfn_to_frame(m);
	if (!get_page(f, pg_owner))
		return -EBUSY;
	if (!(e & PTE_RW))
		return 0;
	rc = wait ? get_page_type(f, FT_WRITABLE) : get_page_type_nowait(f, FT_WRITABLE);
	if (rc)
		put_page(f);
	return rc == -EINVAL ? -EBUSY : rc;
}

static void put_leaf(pte_t e)
{
	struct frame *f;

	if (!mfn_is_ram(pte_mfn(e)))
		return;
	f = mfn_to_frame(pte_mfn(e));
	if (e & PTE_RW)
		put_page_type(f);
	put_page(f);
}

static int get_entry(struct domain *d, struct domain *pg_owner, unsigned int level, pte_t e)
{
	if (level == 1)
		return get_leaf(d, pg_owner, e, true);
	return get_page_and_type(pte_mfn(e), d, (enum frame_type)(FT_L1 + level - 2));
}

static void put_entry(unsigned int level, pte_t e)
{
	if (level == 1)
		put_leaf(e);
	else
		put_page_and_type(mfn_to_frame(pte_mfn(e)));
}

#define M2P_SLOT 256
_Static_assert(((M2P_VIRT >> 39) & 511) == M2P_SLOT && M2P_VIRT_END - M2P_VIRT <= UINT64_C(1) << 39,
	       "M6: one slot");

static bool m2p_for_user(const struct domain *d)
{
	return options.pv_m2p_user && !(d->trap.vm_assist & BIT64(VMASST_TYPE_m2p_strict));
}

static pte_t m2p_entry(const struct domain *d)
{
	pte_t e = idle_l4[M2P_SLOT];

	return d->arch.ring1 && !m2p_for_user(d) ? e & ~PTE_US : e;
}

/*
 * An L4 of d is not what it was: copies of it are made anew before a guest runs on one again
 * (x86/xpti.c X1). A full barrier, after the change and before the old entry's references are
 * dropped; pairs with the acquire in xpti_sync().
 */
static void l4_changed(struct domain *d)
{
	atomic_add(&d->arch.l4_generation, 1);
}

void l4_show_m2p(struct frame *f, int kernels)
{
	pte_t *slot = (pte_t *)mfn_to_virt(frame_to_mfn(f)) + M2P_SLOT;
	struct domain *d = f->owner;
	uint64_t word;
	pte_t to;

	spin_lock(&d->mm.lock);
	word = atomic_add(&f->type, (uint64_t)(int64_t)kernels << FT_KERNELS_SHIFT);
	to = (word & FT_KERNELS_MASK) || m2p_for_user(d) ? m2p_entry(d) : 0;
	if (*slot != to) {
		atomic_store(slot, to);
		l4_changed(d);
	}
	spin_unlock(&d->mm.lock);
}

/*
 * Slots 256-271 of every L4 in use are the hypervisor's, whatever the guest left there
 * (ABI.md 2).
 */
static void fill_private_slots(pte_t *table, const struct domain *d)
{
	unsigned int i;

	for (i = HV_L4_FIRST; i <= HV_L4_LAST; i++)
		table[i] = i != M2P_SLOT ? idle_l4[i] : m2p_for_user(d) ? m2p_entry(d) : 0;
}

static int promote_table(struct frame *f, unsigned int level, unsigned int *position)
{
	struct domain *d = f->owner;
	struct pte_policy policy = pte_policy_of(d);
	pte_t *table = mfn_to_virt(frame_to_mfn(f));
	unsigned int i, start = *position;
	int rc = 0;

	for (i = start; i < PTES_PER_TABLE; i++) {
		pte_t e = READ_ONCE(table[i]), to;

		if (pte_slot_is_private(level, i) || (!(e & PTE_P) && pte_absent_ok(&policy, e)))
			continue;
		/* At least one entry each time, so that it ends. */
		if (level > 1 && i > start && hypercall_preempt_check())
			rc = -ERESTART;
		if (!rc)
			rc = pte_check(&policy, level, e, &to);
		if (!rc)
			rc = get_entry(d, d, level, to);
		if (rc)
			break;
		/* No CPU walks the table and nobody can write to it, so a plain store will do. */
		if (to != e)
			table[i] = to;
	}
	*position = i;
	if (!rc && level == 4) {
		fill_private_slots(table, d);
		l4_changed(d);
	}
	return rc;
}

static int promote_descriptors(struct frame *f)
{
	uint64_t *table = mfn_to_virt(frame_to_mfn(f));
	bool ring1 = f->owner->arch.ring1;
	unsigned int i;

	for (i = 0; i < DESCS_PER_PAGE; i++) {
		uint64_t desc = READ_ONCE(table[i]), to;

		if (!desc_check(ring1, desc, &to))
			return -EINVAL;
		if (to != desc)
			table[i] = to;
	}
	return 0;
}

int promote_contents(struct frame *f, enum frame_type type, unsigned int *position)
{
	if (!f->owner || (f->flags & FRAME_SHARED))
		return -EINVAL;
	return type == FT_DESC ? promote_descriptors(f)
			       : promote_table(f, level_of(type), position);
}

void demote_contents(struct frame *f, enum frame_type type, unsigned int n)
{
	pte_t *table = mfn_to_virt(frame_to_mfn(f));
	unsigned int i, level = level_of(type);

	if (!frame_type_is_table(type))
		return;
	for (i = 0; i < n; i++) {
		pte_t e = READ_ONCE(table[i]);

		if ((e & PTE_P) && !pte_slot_is_private(level, i))
			put_entry(level, e);
	}
}

/* --- one entry --- */

/*
 * Store `to`, which refers to what `old` refers to or to something whose references are held. *old:
 * what was there. False: the guest's condition does not hold. Only the CPU itself changes the entry
 * meanwhile, and only A and D.
 */
static bool store(pte_t *entry, const struct pte_update *u, pte_t to, pte_t *old)
{
	if (u->how == UPDATE_SET) {
		*old = atomic_xchg(entry, to);
		return true;
	}
	if (u->how == UPDATE_IF_SAME) {
		*old = u->expected;
		return atomic_cmpxchg(entry, old, to);
	}
	while (!atomic_cmpxchg(entry, old, *old & PTE_P ? to | (*old & (PTE_A | PTE_D)) : to))
		;
	return true;
}

/*
 * The references of a new entry, under the lock of a table that may have lost its last count
 * meanwhile. Most leaves need no other lock; who may have to wait for one takes a count on the
 * table first (frame.c, locking).
 */
static int get_new_entry(const struct pte_update *u, unsigned int level, pte_t e)
{
	int rc = -EAGAIN;

	if (level == 1)
		rc = get_leaf(u->d, u->pg_owner, e, false);
	if (rc != -EAGAIN)
		return rc;
	/* Ours is the lock, so it stays a validated table, and a validated table has references. */
	rc = get_page_and_type(frame_to_mfn(u->table), u->d, frame_type(u->table));
	if (rc)
		return rc;
	frame_lock_level(u->table, level);
	rc = get_entry(u->d, u->pg_owner, level, e);
	frame_lock_level(u->table, 0);
	put_page_and_type(u->table);
	return rc;
}

/* Does this leaf name RAM that is not the table owner's? */
static bool is_foreign(const struct domain *d, pte_t e)
{
	mfn_t m = pte_mfn(e);

	return mfn_is_ram(m) && mfn_to_frame(m)->owner != d;
}

/*
 * Before another domain's CPUs can remember it (frame.c F7). Somebody holds a reference: the owner,
 * and its flags, stay.
 */
static void mark_foreign(const struct domain *d, pte_t e)
{
	struct frame *f;

	if (!is_foreign(d, e))
		return;
	f = mfn_to_frame(pte_mfn(e));
	if (!(atomic_load(&f->flags) & FRAME_FOREIGN))
		atomic_or(&f->flags, FRAME_FOREIGN);
}

int promote_entry(const struct pte_update *u)
{
	unsigned int level = level_of(frame_type(u->table));
	struct pte_policy policy = pte_policy_of(u->d);
	pte_t *entry = (pte_t *)mfn_to_virt(frame_to_mfn(u->table)) + u->slot;
	pte_t old, to;
	bool same, take;
	int rc;

	if (pte_slot_is_private(level, u->slot))
		return -EINVAL;
	rc = pte_check(&policy, level, u->val, &to);
	if (rc) {
		if (!(u->val & PTE_P))
			log_guest("d%u: an entry that is not present names memory: refused, for "
				  "the CPU has L1TF (pv-l1tf=)\n",
				  u->d->id);
		return rc;
	}
	if (level == 1 && (to & (PTE_P | PTE_A)) == PTE_P && !u->untouched && is_foreign(u->d, to))
		to |= PTE_A;	/* M5 */
	old = READ_ONCE(*entry);
	if (u->how == UPDATE_IF_SAME && old != u->expected)
		return -EAGAIN;
	same = pte_same_references(level, old, to);
	take = !same && (to & PTE_P) && !u->has_refs;
	if (take) {
		rc = get_new_entry(u, level, to);
		if (rc)
			return rc;
	}
	if (level == 1 && (to & PTE_P))
		mark_foreign(u->d, to);
	if (!store(entry, u, to, &old)) {
		if (take)
			put_entry(level, to);
		return -EAGAIN;
	}
	if (level == 4)
		l4_changed(u->d);
	/*
	 * What was there had references of its own: the same ones, of which the caller brought
	 * another set, or others.
	 */
	if ((old & PTE_P) && (!same || u->has_refs))
		put_entry(level, old);
	return 0;
}
