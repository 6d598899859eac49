// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupt vectors. Every CPU has a table of its own, so the number of device interrupts grows
 * with the CPUs: about 170 for each. A table entry is irq + 1; 0 is free. Entries are written under
 * the caller's lock and read without one by the interrupt entry, so each is one atomic word.
 */
#include <hv/irq/vector.h>
#include <hv/atomic.h>
#include <hv/errno.h>
#include <hv/layout.h>
#include <hv/lib/lib.h>

#define N_VECTORS 256

static uint32_t table[NR_CPUS][N_VECTORS];
static uint8_t last[NR_CPUS];		/* handed out most recently; 0: none yet */
static uint16_t count[NR_CPUS];

static bool usable(unsigned int vector)
{
	return vector >= VEC_DYNAMIC_FIRST && vector <= VEC_DYNAMIC_LAST &&
	       vector != VEC_GUEST_INT80 && vector != VEC_HYPERCALL;
}

int vector_alloc(unsigned int cpu, uint32_t irq)
{
	unsigned int i, vector;

	if (cpu >= NR_CPUS || irq == VECTOR_NO_IRQ)
		return -EINVAL;
	vector = last[cpu] ? last[cpu] : VEC_DYNAMIC_LAST;
	for (i = VEC_DYNAMIC_FIRST; i <= VEC_DYNAMIC_LAST; i++) {
		vector = vector == VEC_DYNAMIC_LAST ? VEC_DYNAMIC_FIRST : vector + 1;
		if (!usable(vector) || table[cpu][vector])
			continue;
		atomic_store(&table[cpu][vector], irq + 1);
		last[cpu] = (uint8_t)vector;
		count[cpu]++;
		return (int)vector;
	}
	return -ENOSPC;
}

void vector_free(unsigned int cpu, unsigned int vector)
{
	if (cpu >= NR_CPUS || !usable(vector) || !table[cpu][vector])
		return;
	atomic_store(&table[cpu][vector], 0);
	count[cpu]--;
}

uint32_t vector_irq(unsigned int cpu, unsigned int vector)
{
	return cpu < NR_CPUS && vector < N_VECTORS ? atomic_load(&table[cpu][vector]) - 1
						   : VECTOR_NO_IRQ;
}

unsigned int vector_count(unsigned int cpu)
{
	return cpu < NR_CPUS ? count[cpu] : 0;
}
