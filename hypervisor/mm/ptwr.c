/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * "Writable page tables" (ABI.md 6.8): a guest kernel that has the assist of that name writes an
 * entry of an L1 table as if it were memory. The table is mapped read-only, so the write faults,
 * and is done here with the rules of mmu_update. Linux does this 34,000 times while Domain-0 boots,
 * nearly always XCHG with zero.
 *
 * Locking: the table's lock, inside mmu_l1_cmpxchg(). Retries are bounded: besides us only the
 * CPU's accessed and dirty bits and the guest itself change an entry.
 */
#include <hv/mm/ptwr.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/mmu_op.h>
#include <hv/mm/pte_rules.h>
#include <hv/trace/trace.h>
#include <x86/uaccess.h>
#include <xen/xen.h>

#define MAX_TRIES 16
#define MAX_INSN  15U

/* Fetch what there is of the instruction: its page may be the last one mapped. */
static unsigned int fetch(const struct vcpu *v, uint8_t *code)
{
	unsigned int in_page = (unsigned int)(PAGE_SIZE - (v->arch.regs.rip & ~PAGE_MASK));

	if (!copy_from_guest(code, v->arch.regs.rip, MAX_INSN))
		return MAX_INSN;
	if (in_page >= MAX_INSN || copy_from_guest(code, v->arch.regs.rip, in_page))
		return 0;
	return in_page;
}

/*
 * Is cr2 mapped, read-only, by an entry that names a validated L1 table of the domain? Then *ptr is
 * the machine address that the guest wanted to write. It may change at once; mmu_l1_cmpxchg()
 * checks again under the lock.
 */
static bool find_target(struct vcpu *v, uint64_t cr2, maddr_t *ptr)
{
	struct frame *f;
	maddr_t at;
	pte_t e;

	if (guest_l1_maddr(v, cr2, &at))
		return false;
	e = READ_ONCE(*(pte_t *)maddr_to_virt(at));
	if ((e & (PTE_P | PTE_RW)) != PTE_P || !mfn_is_ram(pte_mfn(e)))
		return false;
	f = mfn_to_frame(pte_mfn(e));
	if (frame_type(f) != FT_L1 || f->owner != v->domain)
		return false;
	*ptr = mfn_to_maddr(pte_mfn(e)) | (cr2 & ~PAGE_MASK);
	return true;
}

/* Do the instruction on the entry that holds the `size` bytes at ptr, the guest's cr2. */
static bool write_entry(struct vcpu *v, const struct ptwr_insn *insn, maddr_t ptr, uint64_t cr2)
{
	maddr_t entry = ptr & ~UINT64_C(7);
	unsigned int shift = (unsigned int)(ptr & 7) * 8, tries;
	uint64_t mask = insn->size == 8 ? ~UINT64_C(0) : (BIT64(8 * insn->size) - 1) << shift;

	for (tries = 0; tries < MAX_TRIES; tries++) {
		pte_t old = READ_ONCE(*(pte_t *)maddr_to_virt(entry));
		uint64_t value = (old & mask) >> shift;
		struct regs r = v->arch.regs;
		int rc = 0;

		if (ptwr_execute(insn, &r, &value))
			rc = mmu_l1_cmpxchg(v, entry, old,
					    (old & ~mask) | ((value << shift) & mask));
		if (rc == -EAGAIN)
			continue;
		if (rc)
			return false;
		if (trace_wants(TRC_PV))
			trace_pt_write((old & ~mask) | ((value << shift) & mask), cr2,
				       r.rip);
		r.rip += insn->length;
		r.rflags &= ~RFLAGS_RF;
		v->arch.regs = r;
		return true;
	}
	return false;
}

bool emulate_pt_write(struct vcpu *v, uint64_t cr2)
{
	uint8_t code[MAX_INSN];
	struct ptwr_insn insn;
	maddr_t ptr;
	bool done;

	if (!(v->domain->trap.vm_assist & BIT64(VMASST_TYPE_writable_pagetables)) ||
	    !find_target(v, cr2, &ptr))
		return false;
	if (!ptwr_decode(code, fetch(v, code), &insn))
		return false;
	/* A write that crosses into the next entry is no update of an entry. */
	if (cr2 & (insn.size - 1))
		return false;
	done = write_entry(v, &insn, ptr, cr2);
	if (unlikely(atomic_load(&mm_gone)))
		mm_reap(); /* the entry may have held the last frame of a domain that is dead */
	return done;
}
