/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page-table updates inside the hypervisor, after the arguments were copied in. Rules: mm/mmu_op.c.
 */
#ifndef HV_MM_MMU_OP_H
#define HV_MM_MMU_OP_H

#include <hv/mm/mm.h>
#include <hv/mm/promote.h>
#include <hv/types.h>

/*
 * Who acts on whose tables with whose frames: from the foreign-domain argument of mmu_update and
 * its relatives.
 */
struct mmu_actor {
	struct domain *d;	 /* owner of the tables */
	struct domain *pg_owner; /* owner of the frames that are entered */
	bool held, untouched;	 /* see struct pte_update; mmu_set_l1() alone looks at them */
};

/* 0, -ESRCH, -EPERM. References are held until mmu_actor_put(). */
int mmu_actor_get(struct mmu_actor *a, uint32_t foreigndom);
void mmu_actor_put(struct mmu_actor *a);

/*
 * Set the 8-byte entry at machine address ptr, in a table of any level or in an ordinary page of
 * a->d.
 */
int mmu_set_entry(const struct mmu_actor *a, maddr_t ptr, pte_t val, enum update_how how);

/*
 * As mmu_set_entry(), but ptr must lie in a validated L1 table of a->d; expected is for
 * UPDATE_IF_SAME.
 */
int mmu_set_l1(const struct mmu_actor *a, maddr_t ptr, pte_t val, enum update_how how,
	       pte_t expected);

/*
 * The machine address of the L1 entry for va in v's kernel table: 0 or -EINVAL. Nothing is held: it
 * may change.
 */
int guest_l1_maddr(struct vcpu *v, gaddr_t va, maddr_t *ptr);

/*
 * MMUEXT_PIN_*: one more type reference, held by a flag. 0, -EINVAL (pinned already, not its
 * frame), -ERESTART ...
 */
int mmu_pin(struct domain *pg_owner, mfn_t m, enum frame_type type);

/*
 * Drop a frame's pin, if it has one, with its references (a dying domain's). The caller holds a
 * reference.
 */
bool mmu_drop_pin(struct frame *f);

/*
 * A vCPU mask in guest memory: one word for each 64 vCPUs, of which we read those that v's domain
 * has.
 */
int copy_vcpu_mask(struct domain *d, gaddr_t mask, uint64_t *vcpus);

#endif
