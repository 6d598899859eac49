/* SPDX-License-Identifier: GPL-2.0-only */
/* Pins, and the tables that a vCPU has as its bases (mm/mmuext_op.c). No locks held. */
#ifndef HV_MM_MMUEXT_OP_H
#define HV_MM_MMUEXT_OP_H

#include <hv/mm/frame.h>
#include <hv/types.h>

/*
 * MMUEXT_PIN_*: one more type reference, held by a flag. 0, -EINVAL (pinned already, not its
 * frame), -ERESTART ...
 */
int mmu_pin(struct domain *pg_owner, mfn_t m, enum frame_type type);
/*
 * Drop a frame's pin, if it has one, with its references (a dying domain's). The caller holds a
 * reference. True: it was pinned.
 */
bool mmu_drop_pin(struct frame *f);

/*
 * Take the references of the L4 m that is a vCPU's base in its kernel mode. Such a table shows the
 * M2P (promote.c M6). 0, -EINVAL, -EPERM, -EBUSY, -ERESTART.
 */
int mmu_get_kernel_l4(struct domain *d, mfn_t m);
/* Drop them. m MFN_NONE or 0: nothing. */
void mmu_put_kernel_l4(mfn_t m);
/* The same for the base of its user mode, which shows the M2P only with the option pv=m2p-user. */
int mmu_get_user_l4(struct domain *d, mfn_t m);
/* Drop them. m MFN_NONE or 0: nothing. */
void mmu_put_user_l4(mfn_t m);

#endif
