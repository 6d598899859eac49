/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: no two irqs share a vector, no reserved vector is allocated, and a vector just freed is
 * not the next one allocated.
 */
/* sources: hypervisor/irq/vector.c */
#include <hv/errno.h>
#include <hv/irq/vector.h>
#include <hv/layout.h>

#include "log_capture.h"

static bool dynamic(int v)
{
	return v >= VEC_DYNAMIC_FIRST && v <= VEC_DYNAMIC_LAST && v != VEC_GUEST_INT80 &&
	       v != VEC_HYPERCALL;
}

int main(void)
{
	const unsigned int all = VEC_DYNAMIC_LAST - VEC_DYNAMIC_FIRST + 1 - 2;
	bool seen[256] = {false}, good = true;
	unsigned int i;
	int first, v;

	printf("1..9\n");
	first = vector_alloc(0, 7);
	result(dynamic(first) && vector_irq(0, (unsigned int)first) == 7 &&
		       vector_irq(1, (unsigned int)first) == VECTOR_NO_IRQ,
	       "a vector belongs to one irq on one CPU");
	vector_free(0, (unsigned int)first);
	v = vector_alloc(0, 8);
	result(v != first && vector_irq(0, (unsigned int)first) == VECTOR_NO_IRQ,
	       "a freed vector rests for a while");
	vector_free(0, (unsigned int)v);
	for (i = 0; i < all; i++) {
		v = vector_alloc(0, i);
		good &= dynamic(v) && !seen[v & 255] && vector_irq(0, (unsigned int)v) == i;
		seen[v & 255] = true;
	}
	result(good,
	       "all of the dynamic range is handed out once, without int 0x80 and the hypercall's");
	result(vector_alloc(0, 1) == -ENOSPC && vector_count(0) == all, "then there are no more");
	result(vector_alloc(1, 1) > 0 && vector_count(1) == 1, "but on another CPU there are");
	vector_free(0, 0x55);
	result(vector_alloc(0, 99) == 0x55 && vector_irq(0, 0x55) == 99,
	       "a freed one is found again");
	vector_free(0, VEC_TIMER);
	vector_free(0, VEC_HYPERCALL);
	vector_free(0, 5);
	vector_free(NR_CPUS, 0x55);
	vector_free(0, 100000);
	result(vector_count(0) == all, "freeing what was not handed out does nothing");
	result(vector_alloc(NR_CPUS, 1) == -EINVAL && vector_alloc(0, VECTOR_NO_IRQ) == -EINVAL,
	       "bad CPUs and irqs are refused");
	result(vector_irq(NR_CPUS, 0x55) == VECTOR_NO_IRQ && vector_irq(0, 256) == VECTOR_NO_IRQ &&
	       vector_irq(0, VEC_TIMER) == VECTOR_NO_IRQ, "there is nothing behind other numbers");
	return tap_failures != 0;
}
