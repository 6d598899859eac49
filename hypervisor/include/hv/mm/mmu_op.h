/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page-table updates inside the hypervisor, after the arguments were copied in. Rules: mm/mmu_op.c.
 */
#ifndef HV_MM_MMU_OP_H
#define HV_MM_MMU_OP_H

#include <hv/mm/promote.h>
#include <hv/types.h>

/*
 * Who acts on whose tables with whose frames: from the foreign-domain argument of mmu_update and
 * its relatives.
 */
struct mmu_actor {
	struct domain *d;	 /* owner of the tables */
	struct domain *pg_owner; /* owner of the frames that are entered */
	bool has_refs, untouched; /* see struct pte_update; mmu_set_l1() alone looks at them */
};

/*
 * Fill *a from the argument of current's call. 0, -ESRCH, -EPERM. References are held until
 * mmu_actor_put().
 */
int mmu_actor_get(struct mmu_actor *a, uint32_t foreigndom);
/* Drop what mmu_actor_get() took. */
void mmu_actor_put(struct mmu_actor *a);

/*
 * Set the 8-byte entry at machine address ptr, in a table of any level or in an ordinary page of
 * a->d. 0, or what promote_entry() says. No locks held.
 */
int mmu_set_entry(const struct mmu_actor *a, maddr_t ptr, pte_t val, enum update_how how);

/*
 * As mmu_set_entry(), but ptr must lie in a validated L1 table of a->d; expected is for
 * UPDATE_IF_SAME.
 */
int mmu_set_l1(const struct mmu_actor *a, maddr_t ptr, pte_t val, enum update_how how,
	       pte_t expected);

/*
 * For the emulation of direct writes (ABI.md 6.8): make the L1 entry at machine address ptr, if it
 * still is old, become val, with the rules and references of mmu_update. 0, -EAGAIN (not old any
 * more), -EINVAL, -EPERM ...
 */
int mmu_l1_cmpxchg(struct vcpu *v, maddr_t ptr, pte_t old, pte_t val);

/*
 * The machine address of the L1 entry for va in v's kernel table: 0 or -EINVAL. Nothing is held: it
 * may change.
 */
int guest_l1_maddr(struct vcpu *v, gaddr_t va, maddr_t *ptr);
/*
 * The same entry's direct-map address, or NULL; the table that it lies in goes to *l1. Nothing is
 * held.
 */
pte_t *guest_l1_entry(struct vcpu *v, gaddr_t va, mfn_t *l1);

/*
 * A vCPU mask in guest memory, of which we read the bytes that hold d's vCPUs, into *vcpus: bit n
 * for vCPU n. 0 or -EFAULT. Hypercall context.
 */
int copy_vcpu_mask(struct domain *d, gaddr_t mask, uint64_t *vcpus);

#endif
