/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupt descriptors, for irq/ itself (irq/irq.c). An irq is a number of the hypervisor's: GSI n
 * is irq n, message-signalled ones follow behind the GSIs.
 */
#ifndef HV_IRQ_IRQDESC_H
#define HV_IRQ_IRQDESC_H

#include <hv/irq/msi.h>
#include <hv/spinlock.h>
#include <hv/types.h>

enum irq_kind { IRQ_FREE, IRQ_GSI, IRQ_MSI };

struct irq_desc {
	spinlock_t lock; /* with interrupts off; guards everything here. May be held when events are
			    raised */
	uint32_t irq;
	enum irq_kind kind;	/* of an MSI descriptor: changes under alloc_lock of irq.c alone */
	bool level, low;	/* trigger and polarity; a GSI's */
	bool configured;	/* PHYSDEVOP_setup_gsi has been here */
	uint8_t vector;		/* 0: none */
	uint16_t cpu;		/* of the vector */
	uint16_t wanted_cpu;	/* where it should go when that can be done */
	uint8_t old_vector; /* after a move: until the first interrupt comes at the new place; 0:
			       none */
	uint16_t old_cpu;
	bool in_flight; /* level: the guest owes an end-of-interrupt, and the line is masked until
			   then */

	void (*fn)(void *);	/* the hypervisor's own user, or NULL */
	void *data;
	struct domain *owner;	/* the guest user, or NULL */
	uint32_t pirq, port;	/* the owner's names for it */

	struct msi_desc msi;	/* of IRQ_MSI */
	uint64_t count;		/* interrupts taken */
};

extern unsigned int nr_irqs;	/* fixed by irq_init() */

/* The descriptor, or NULL for a number beyond the last. */
struct irq_desc *irq_desc(uint32_t irq);

/* Take a free descriptor for a message-signalled interrupt: its irq, or -ENOSPC. */
int irq_alloc_msi(void);
/* Give it back. Nobody uses it any more. */
void irq_free_msi(struct irq_desc *desc);

/* The descriptor's lock is held in all that follow. */

/* Give it a vector on a CPU, if it has none. 0 or -ENOSPC. */
int irq_assign_vector(struct irq_desc *desc, unsigned int cpu);
/* Give its vectors back. The interrupt is masked at its source. */
void irq_release_vector(struct irq_desc *desc);
/* Program the source with vector and CPU: a GSI is masked afterwards, a message as before. */
void irq_program(struct irq_desc *desc);
/* The same, and let interrupts through. */
void irq_startup(struct irq_desc *desc);
/* Let nothing through at the source. */
void irq_mask(struct irq_desc *desc);
/* Let it through again. */
void irq_unmask(struct irq_desc *desc);
/* Send it to another CPU from now on, where that can be done without losing one. */
void irq_move(struct irq_desc *desc, unsigned int cpu);

#endif
