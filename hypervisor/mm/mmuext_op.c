/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door for what a page table needs besides entries: pinning, loading, flushing, LDT, clearing
 * and copying pages.
 *
 * A pin is a flag in the type word; it owns one general and one typed reference of the frame. A
 * vCPU's guest_table and guest_table_user own the same of an L4 each, and give them back at once
 * when another table is loaded: Linux writes to a table as soon as it has unpinned it (ABI.md 6.1).
 *
 * Locking: none of its own. guest_table{,_user} of a vCPU are changed by itself, or while it cannot
 * run.
 */
#include <hv/mm/mmuext_op.h>
#include <hv/boot/options.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>
#include <hv/lib/lib.h>
#include <hv/mm/desc_op.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/mmu_batch.h>
#include <hv/mm/mmu_op.h>
#include <hv/mm/promote.h>
#include <x86/context.h>
#include <x86/tlb.h>
#include <x86/uaccess.h>
#include <xen/xen.h>


/* --- pins --- */

int mmu_pin(struct domain *pg_owner, mfn_t m, enum frame_type type)
{
	struct frame *f;
	uint64_t word;
	int rc = get_page_and_type(m, pg_owner, type);

	if (rc)
		return rc;
	f = mfn_to_frame(m);
	word = atomic_or(&f->type, FT_PINNED);
	if (word & FT_PINNED) {
		put_page_and_type(f);
		return -EINVAL;
	}
	return 0;
}

static int unpin(struct domain *pg_owner, mfn_t m)
{
	struct frame *f;

	if (!mfn_is_ram(m) || !get_page(mfn_to_frame(m), pg_owner))
		return -EINVAL;
	f = mfn_to_frame(m);
	if (!(atomic_and(&f->type, ~FT_PINNED) & FT_PINNED)) {
		put_page(f);
		return -EINVAL;
	}
	put_page_and_type(f);
	put_page(f);
	return 0;
}

bool mmu_drop_pin(struct frame *f)
{
	if (!(atomic_and(&f->type, ~FT_PINNED) & FT_PINNED))
		return false;
	put_page_and_type(f);
	return true;
}

/* --- the loaded tables --- */

static bool is_base(mfn_t m)
{
	return mfn_x(m) && !mfn_eq(m, MFN_NONE);
}

int mmu_get_kernel_l4(struct domain *d, mfn_t m)
{
	int rc = get_page_and_type(m, d, FT_L4);

	if (!rc)
		l4_show_m2p(mfn_to_frame(m), 1);
	return rc;
}

void mmu_put_kernel_l4(mfn_t m)
{
	if (!is_base(m))
		return;
	l4_show_m2p(mfn_to_frame(m), -1);
	put_page_and_type(mfn_to_frame(m));
}

int mmu_get_user_l4(struct domain *d, mfn_t m)
{
	int rc = get_page_and_type(m, d, FT_L4);

	/* Without the option what the slot holds does not depend on user modes. */
	if (!rc && options.pv_m2p_user)
		l4_show_m2p(mfn_to_frame(m), 0);
	return rc;
}

void mmu_put_user_l4(mfn_t m)
{
	if (is_base(m))
		put_page_and_type(mfn_to_frame(m));
}

static int new_kernel_table(struct vcpu *v, mfn_t m)
{
	mfn_t old = v->mm.guest_table;
	int rc;

	if (mfn_eq(old, m)) {
		tlb_flush_local();
		return 0;
	}
	rc = mmu_get_kernel_l4(v->domain, m);
	if (rc)
		return rc;
	v->mm.guest_table = m;
	vcpu_set_tables(v);
	vcpu_load_cr3(v);
	/* Only now that this CPU does not walk it. */
	mmu_put_kernel_l4(old);
	return 0;
}

static int new_user_table(struct vcpu *v, mfn_t m)
{
	mfn_t old = v->mm.guest_table_user;
	int rc;

	if (mfn_eq(old, m))
		return 0;
	if (mfn_x(m)) {
		rc = mmu_get_user_l4(v->domain, m);
		if (rc)
			return rc;
	}
	v->mm.guest_table_user = mfn_x(m) ? m : MFN_NONE;
	vcpu_set_tables(v);
	mmu_put_user_l4(old);
	return 0;
}

/* --- flushes --- */

static int flush_multi(struct domain *d, gaddr_t mask, uint64_t va)
{
	uint64_t vcpus;

	if (copy_vcpu_mask(d, mask, &vcpus))
		return -EFAULT;
	tlb_flush_vcpus(d, vcpus, va);
	return 0;
}

static int flush_all(struct domain *d, uint64_t va)
{
	smp_mb(); /* the entries before the look at who runs; pairs with the CR3 load of a switch */
	tlb_flush_cpus((cpumask_t){atomic_load(&d->arch.dirty_cpus.bits)}, va);
	return 0;
}

/* --- whole pages --- */

static int clear_or_copy(struct domain *pg_owner, mfn_t to, const mfn_t *from)
{
	struct frame *source = NULL;
	int rc;

	if (from) {
		if (!mfn_is_ram(*from) || !get_page(mfn_to_frame(*from), pg_owner))
			return -EINVAL;
		source = mfn_to_frame(*from);
	}
	rc = get_page_and_type(to, pg_owner, FT_WRITABLE);
	if (!rc) {
		if (from)
			memmove(mfn_to_virt(to), mfn_to_virt(*from), PAGE_SIZE);
		else
			memset(mfn_to_virt(to), 0, PAGE_SIZE);
		put_page_and_type(mfn_to_frame(to));
	}
	if (source)
		put_page(source);
	return rc;
}

/* --- dispatch --- */

static int set_ldt(struct vcpu *v, const struct mmuext_op *op)
{
	if (op->arg2.nr_ents > 8192 || (op->arg2.nr_ents && (op->arg1.linear_addr & ~PAGE_MASK)))
		return -EINVAL;
	return vcpu_set_ldt(v, op->arg1.linear_addr, op->arg2.nr_ents);
}

static int flush_cache(struct domain *d)
{
	if (!d->privileged)
		return -EACCES;
	/*
	 * x86 caches are coherent with the devices of Domain-0; what needs a write-back says
	 * CLFLUSH itself.
	 */
	return -EOPNOTSUPP;
}

static int one_op(const struct mmu_actor *a, const void *item)
{
	const struct mmuext_op *op = item;
	struct vcpu *v = current;
	struct domain *d = v->domain;
	mfn_t m = mfn(op->arg1.mfn), source = mfn(op->arg2.src_mfn);
	uint64_t va = op->arg1.linear_addr;

	switch (op->cmd) {
	case MMUEXT_PIN_L1_TABLE: return mmu_pin(a->pg_owner, m, FT_L1);
	case MMUEXT_PIN_L2_TABLE: return mmu_pin(a->pg_owner, m, FT_L2);
	case MMUEXT_PIN_L3_TABLE: return mmu_pin(a->pg_owner, m, FT_L3);
	case MMUEXT_PIN_L4_TABLE: return mmu_pin(a->pg_owner, m, FT_L4);
	case MMUEXT_UNPIN_TABLE: return unpin(a->pg_owner, m);
	case MMUEXT_CLEAR_PAGE: return clear_or_copy(a->pg_owner, m, NULL);
	case MMUEXT_COPY_PAGE: return clear_or_copy(a->pg_owner, m, &source);
	default: break;
	}
	/* The rest is about the caller's own CPU and tables. */
	if (a->pg_owner != d)
		return op->cmd > MMUEXT_UNMARK_SUPER ? -ENOSYS : -EPERM;
	switch (op->cmd) {
	case MMUEXT_NEW_BASEPTR: return new_kernel_table(v, m);
	case MMUEXT_NEW_USER_BASEPTR: return new_user_table(v, m);
	case MMUEXT_TLB_FLUSH_LOCAL: tlb_flush_local(); return 0;
	case MMUEXT_INVLPG_LOCAL: tlb_invlpg_local(va); return 0;
	case MMUEXT_TLB_FLUSH_MULTI: return flush_multi(d, op->arg2.vcpumask, TLB_ALL);
	case MMUEXT_INVLPG_MULTI: return flush_multi(d, op->arg2.vcpumask, va);
	case MMUEXT_TLB_FLUSH_ALL: return flush_all(d, TLB_ALL);
	case MMUEXT_INVLPG_ALL: return flush_all(d, va);
	case MMUEXT_SET_LDT: return set_ldt(v, op);
	case MMUEXT_FLUSH_CACHE:
	case MMUEXT_FLUSH_CACHE_GLOBAL: return flush_cache(d);
	case MMUEXT_MARK_SUPER:
	case MMUEXT_UNMARK_SUPER: return -EOPNOTSUPP;
	default: return (int)not_implemented("mmuext_op", op->cmd);
	}
}

/*
 * do_mmuext_op(ops, count, *done, foreigndom): carry out struct mmuext_op in order, up to the first
 * that fails. *done, if not null, gets how many were carried out. 0, or the error of the operation
 * that failed. Preemptible. Source: ABI.md 6.4.
 */
HYPERCALL(do_mmuext_op)
{
	(void)a6;
	return mmu_batch(one_op, sizeof(struct mmuext_op), a1, a2, a3, a4 & 0xffff, a5);
}
