/* SPDX-License-Identifier: GPL-2.0-only */
/* Which interrupt stands behind which vector, for each CPU on its own (irq/vector.c). */
#ifndef HV_IRQ_VECTOR_H
#define HV_IRQ_VECTOR_H

#include <hv/types.h>

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
