/* SPDX-License-Identifier: GPL-2.0-only */
/* A CPU's GDT, LDT and TSS (x86/desc.c). */
#ifndef X86_DESC_H
#define X86_DESC_H

#include <hv/types.h>

/* Fill this CPU's own descriptors and load its tables. window_init_cpu() was called. */
void desc_init_cpu(void);
/* This CPU's GDT and LDT window becomes v's: the frames that mm/desc_op.c holds. Interrupts off. */
void desc_load_vcpu(struct vcpu *v);

#endif
