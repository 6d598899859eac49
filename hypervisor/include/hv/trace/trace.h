/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace records (trace/trace.c, record.c, trace_op.c). What may be traced asks trace_wants() first,
 * which is one test of a word that lies beside `current`, and false unless Domain-0 traces:
 *
 *	TRACE(TRC_SCHED_ADJDOM, d->id);
 *	if (trace_wants(TRC_PV))
 *		trace_page_fault(v, cr2, error);
 *
 * Any context but NMI and machine check, any lock.
 */
#ifndef HV_TRACE_TRACE_H
#define HV_TRACE_TRACE_H

#include <hv/percpu.h>
#include <hv/types.h>
#include <xen/trace.h>

#define TRACE_CLASSES 0x0fff0000U

/* Is the class of this event, or this class, traced on this CPU? */
#define trace_wants(event) unlikely((event) & TRACE_CLASSES & get_cpu_info()->trace)

/*
 * A record of this event, with these 32-bit words, of which there are 1 to 6. No array of the
 * caller's: it would give each function that traces a stack guard, on or off.
 */
#define TRACE(event, ...)                                                                   \
	do {                                                                                \
		if (trace_wants(event))                                                     \
			TRACE_WORDS(event, sizeof((uint32_t[]){__VA_ARGS__}) / 4,           \
				    __VA_ARGS__, 0, 0, 0, 0, 0);                            \
	} while (0)
#define TRACE_WORDS(event, n, a, b, c, d, e, f, ...) trace_words(event, n, a, b, c, d, e, f)

/* --- trace.c --- */

/* Append a record of n words, 0 to TRACE_EXTRA_MAX, unless the mask leaves the event out. */
__cold void trace_record(uint32_t event, const uint32_t *words, unsigned int n);
/* The buffers of tbuf_size=. All CPUs run, interrupts on. Boot CPU, once. */
void trace_init(void);

/* --- record.c --- */

/* trace_record() of n words, 1 to 6, of those that follow. */
__cold void trace_words(uint32_t event, unsigned int n, uint32_t a, uint32_t b, uint32_t c,
			uint32_t d, uint32_t e, uint32_t f);

/* --- record.c: events whose words are not just numbers. trace_wants() was asked --- */

/* v, which is in v->sched.state, gets into another state, RUNSTATE_*. */
__cold void trace_runstate(const struct vcpu *v, unsigned int to);
/* This CPU goes from prev to next at now (ns); their states are the old ones. slice: ns. */
__cold void trace_switch(const struct vcpu *prev, const struct vcpu *next, uint64_t now,
			 uint64_t slice);
/* v was asked to give way at now (ns), and runs on for another slice (ns). */
__cold void trace_continue(const struct vcpu *v, uint64_t now, uint64_t slice);
/* Hypercall nr begins; event: TRC_PV_HYPERCALL_V2, or TRC_PV_HYPERCALL_SUBCALL in a multicall. */
__cold void trace_hypercall(uint32_t event, uint64_t nr, const uint64_t *args);
/* A trap of v goes to its kernel. */
__cold void trace_trap(const struct vcpu *v, unsigned int vector, bool has_error, uint32_t error);
/* A page fault of v at cr2 goes to its kernel. */
__cold void trace_page_fault(const struct vcpu *v, uint64_t cr2, uint32_t error);
/* An event about the instruction at this address. */
__cold void trace_address(uint32_t event, uint64_t rip);
/* The instruction at rip wants to write pte to the page-table entry at this address of a guest. */
__cold void trace_pt_write(uint64_t pte, uint64_t address, uint64_t rip);

/* --- trace_op.c, and between it and trace.c --- */

struct xen_sysctl_tbuf_op;

/*
 * XEN_SYSCTL_tbuf_op: one of XEN_SYSCTL_TBUFOP_*; answers go into *op. 0, -EINVAL, -EBUSY (there
 * are buffers), -ENOMEM, -EFAULT. Hypercall context, no locks. Source: ABI.md 14.8.
 */
long trace_op(struct xen_sysctl_tbuf_op *op);

/* What Domain-0 has set, and what it is told. Guarded by trace_lock. */
struct trace_control {
	bool on;
	uint32_t events; /* the mask: classes and subclasses */
	cpumask_t cpus;
	uint32_t pages; /* of each buffer; 0: there are none */
	mfn_t info;     /* the first frame of struct t_info, then */
	uint32_t info_bytes;
};

/* A copy of it. trace_lock is taken inside; so in the next three. */
struct trace_control trace_control_get(void);
/* Set on or off, the events or the CPUs. It counts on all CPUs on return. Interrupts on. */
void trace_control_set(const bool *on, const uint32_t *events, const cpumask_t *cpus);
/*
 * Make buffers of so many pages for each CPU, less if struct t_info cannot name so many. They stay.
 * 0, -EINVAL (none, or others), -EBUSY (as many are there), -ENOMEM. Interrupts on.
 */
int trace_set_size(uint32_t pages);
/* How many pages each buffer of so many CPUs can have. */
uint32_t trace_most_pages(unsigned int cpus);

#endif
