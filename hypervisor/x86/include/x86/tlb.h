/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TLB flushes, and calls of functions on other CPUs (x86/tlb.c, which has the rules 1-4). All forms
 * return when the work is done on every CPU named.
 */
#ifndef X86_TLB_H
#define X86_TLB_H

#include <hv/percpu.h>
#include <hv/types.h>

/* This CPU's guest mappings. Any context. */
void tlb_flush_local(void);
/* This CPU, with the hypervisor's own entries: after its tables changed. Any context. */
void tlb_flush_global(void);
/* This CPU's entry for the page at va. Any context. */
void tlb_invlpg_local(uint64_t va);

/* Instead of the address of one page: everything. */
#define TLB_ALL	(~UINT64_C(0))
/*
 * These CPUs: the page at va, or TLB_ALL. Interrupts must be on unless the mask is this CPU only.
 */
void tlb_flush_cpus(cpumask_t cpus, uint64_t va);
/* Every CPU that may hold entries of d, everything. Interrupts on. */
void tlb_flush_domain(struct domain *d);
/* Every CPU on which one of these vCPUs of d is loaded. vcpus: bit n is vCPU n. Interrupts on. */
void tlb_flush_vcpus(struct domain *d, uint64_t vcpus, uint64_t va);
/* VEC_FLUSH came: do what others ask of this CPU. Interrupt context. */
void flush_interrupt(void);

/*
 * Run fn(arg) with interrupts off on every CPU in the mask, this one included if set; returns when
 * all are done. Interrupts on, no lock that an interrupt handler takes; call_lock is taken inside.
 */
void smp_call(cpumask_t cpus, void (*fn)(void *), void *arg);
/* VEC_CALL came: run what smp_call() asks of this CPU. Interrupt context. */
void call_interrupt(void);

#endif
