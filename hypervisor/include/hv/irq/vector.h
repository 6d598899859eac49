/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vectors: fixed ones, and which interrupt stands behind which dynamic one, for each CPU on its
 * own (irq/vector.c).
 */
#ifndef HV_IRQ_VECTOR_H
#define HV_IRQ_VECTOR_H

#include <hv/types.h>

/*
 * 0x00-0x1f are exceptions; devices get what irq/vector.c hands out of the dynamic range.
 */
#define VEC_LEGACY_FIRST	0x20	/* the masked PICs' spurious interrupts */
#define VEC_DYNAMIC_FIRST	0x30
#define VEC_DYNAMIC_LAST	0xdf	/* without 0x80 (guest int 0x80) and 0x82 (hypercall) */
#define VEC_GUEST_INT80		0x80
#define VEC_HYPERCALL		0x82
#define VEC_TIMER		0xf0	/* LAPIC timer */
#define VEC_RESCHED		0xf1	/* IPI: look at the softirqs and at the events of current */
#define VEC_FLUSH		0xf2	/* IPI: TLB */
#define VEC_CALL		0xf3	/* IPI: smp_call() */
#define VEC_LAPIC_ERROR		0xfe
#define VEC_SPURIOUS		0xff

#define VECTOR_NO_IRQ	UINT32_MAX

/*
 * Reserve a free vector of the dynamic range on a CPU for irq. Returns the vector, or -ENOSPC,
 * -EINVAL (cpu). Vectors are taken in turn, so that one just freed is not reused while an interrupt
 * of its old user may be under way. The caller holds vector_lock (irq.c).
 */
int vector_alloc(unsigned int cpu, uint32_t irq);

/* Give a vector back. The caller holds vector_lock. A vector that is not in use is left alone. */
void vector_free(unsigned int cpu, unsigned int vector);

/* The irq behind a vector of a CPU, or VECTOR_NO_IRQ. Any context, no lock. */
uint32_t vector_irq(unsigned int cpu, unsigned int vector);

/* Vectors in use on a CPU. */
unsigned int vector_count(unsigned int cpu);

#endif
