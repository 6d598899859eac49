/* SPDX-License-Identifier: GPL-2.0-only */
/* The handlers by number, and the way to them (hypercall/table.c). */
#ifndef HV_HYPERCALL_TABLE_H
#define HV_HYPERCALL_TABLE_H

#include <hv/domain/vcpu.h>
#include <hv/hypercall/hypercall.h>
#include <hv/lib/lib.h>

/* Entry for C, from entry.S: the registers of v, which is current, name the call. */
void hypercall_dispatch(struct vcpu *v);
/* The handler of a number; NULL: none. Also for a number that was only predicted to be good. */
hypercall_fn *hypercall_handler(uint64_t nr);

/* One more of this hypercall by v, which runs here; unknown numbers are not counted. */
static inline void hypercall_count(struct vcpu *v, uint64_t nr)
{
	if (nr < NR_HYPERCALLS)
		v->stats.hypercalls[index_nospec(nr, NR_HYPERCALLS)]++;
}

#endif
