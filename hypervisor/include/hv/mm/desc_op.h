/* SPDX-License-Identifier: GPL-2.0-only */
/* The frames of a vCPU's GDT and LDT (mm/desc_op.c). They hold references of type FT_DESC. */
#ifndef HV_MM_DESC_OP_H
#define HV_MM_DESC_OP_H

#include <hv/types.h>

/*
 * The LDT of v, which is current: the pages from base on; entries 0: none. The old one's references
 * are dropped. 0, or -EINVAL: a page is not there or holds what a descriptor may not say.
 */
int vcpu_set_ldt(struct vcpu *v, gaddr_t base, unsigned int entries);
/*
 * The GDT of v, as frame numbers (14 at most); entries 0: none. 0 or -EINVAL. v is current or does
 * not run. Old frames are released.
 */
int vcpu_set_gdt(struct vcpu *v, const uint64_t *frames, unsigned int entries);
/* Drop the references of v's GDT and LDT. v does not run any more. */
void vcpu_release_descriptors(struct vcpu *v);

#endif
