/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The TLB clock (mm/frame.c F7). A frame remembers the clock of the moment when a mapping of it was
 * removed; a CPU remembers the clock of its last full flush. Whoever gives the frame another use
 * flushes only CPUs whose last flush is not younger, and of them only those where somebody who
 * could map the frame ran. 64 bits never wrap.
 */
#ifndef HV_MM_TLB_CLOCK_H
#define HV_MM_TLB_CLOCK_H

#include <hv/atomic.h>
#include <hv/percpu.h>
#include <hv/types.h>

extern uint64_t tlb_clock;
DECLARE_PER_CPU(uint64_t, tlb_flushed);

/*
 * x86/tlb.c and x86/context.c: around each full flush of this CPU, a load of CR3 that flushes
 * included:
 *	uint64_t t = tlb_flush_begin();
 *	...flush...
 *	tlb_flush_end(t);
 * The time is that of the begin, published after the flush: so a removal after the begin counts as
 * not flushed, and nobody believes in a flush that is still to come.
 */
static inline uint64_t tlb_flush_begin(void)
{
	return atomic_add(&tlb_clock, 1);
}

static inline void tlb_flush_end(uint64_t begun)
{
	atomic_store_release(&this_cpu(tlb_flushed), begun);	/* pairs with tlb_flush_stale() */
}

/*
 * Instead of a time: this CPU has the hypervisor's own tables loaded, so it remembers nothing of a
 * guest.
 */
#define TLB_NOTHING (~UINT64_C(0))

/*
 * Flush those of the CPUs that may remember what was removed at `stamp`; stamp 0: nothing to do.
 * Interrupts on.
 */
void tlb_flush_stale(cpumask_t cpus, uint64_t stamp);

#endif
