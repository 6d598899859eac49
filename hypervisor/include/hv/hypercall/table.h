/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls that take more than one go (hypercall/continuation.c), and their handlers by number.
 */
#ifndef HV_HYPERCALL_TABLE_H
#define HV_HYPERCALL_TABLE_H

#include <hv/domain/vcpu.h>
#include <hv/hypercall/hypercall.h>
#include <hv/lib/lib.h>

hypercall_fn *hypercall_handler(uint64_t nr);	/* NULL: none */

/* One more of this hypercall by v, which runs here; unknown numbers are not counted. */
static inline void hypercall_count(struct vcpu *v, uint64_t nr)
{
	if (nr < NR_HYPERCALLS)
		v->stats.hypercalls[index_nospec(nr, NR_HYPERCALLS)]++;
}

#endif
