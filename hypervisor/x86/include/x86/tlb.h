/* SPDX-License-Identifier: GPL-2.0-only */
/* TLB flushes (x86/tlb.c). All forms return when the flush is done on every CPU named. */
#ifndef X86_TLB_H
#define X86_TLB_H

#include <hv/atomic.h>
#include <hv/percpu.h>

void tlb_flush_local(void);		/* this CPU, guest mappings (global ones included) */
void tlb_flush_global(
	void); /* this CPU, with the hypervisor's own entries: after its tables changed */
void tlb_invlpg_local(uint64_t va);
/*
 * CPUs of the mask; va ~0: everything, else that page. Interrupts must be on unless the mask is
 * this CPU only.
 */
#define TLB_ALL	(~UINT64_C(0))
void tlb_flush_cpus(cpumask_t cpus, uint64_t va);
/* Every CPU that may hold entries of d. */
void tlb_flush_domain(struct domain *d);
/* Every CPU that runs one of these vCPUs of d. bits: vCPU numbers. */
void tlb_flush_vcpus(struct domain *d, uint64_t vcpus, uint64_t va);

/*
 * The TLB clock (mm/frame.c). A frame remembers the clock of the moment when a mapping of it was
 * removed; a CPU remembers the clock of its last full flush. Whoever gives the frame another use
 * flushes only CPUs whose last flush is not younger, and of them only those where somebody who
 * could map the frame ran. 64 bits never wrap.
 */
extern uint64_t tlb_clock;
DECLARE_PER_CPU(uint64_t, tlb_flushed);

/*
 * x86/tlb.c and x86/context.c: around each full flush of this CPU, a load of CR3 that flushes
 *included: uint64_t t = tlb_flush_begin(); ...flush...; tlb_flush_end(t); The time is that of the
 *begin, published after the flush: so a removal after the begin counts as not flushed, and nobody
 *believes in a flush that is still to come.
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
 * Flush those of the CPUs that may remember what was removed at `stamp`. Interrupts on. 0: nothing
 * to do.
 */
void tlb_flush_stale(cpumask_t cpus, uint64_t stamp);

#endif
