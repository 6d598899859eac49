/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts: vectors, IO-APIC, PIRQs. Owner of this header: irq/. */
#ifndef HV_IRQ_IRQ_H
#define HV_IRQ_IRQ_H

#include <hv/types.h>

/*
 * The vectors. 0x00-0x1f exceptions; devices get what irq/vector.c hands out of the dynamic range.
 */
#define VEC_LEGACY_FIRST	0x20	/* the masked PICs' spurious interrupts */
#define VEC_DYNAMIC_FIRST	0x30
#define VEC_DYNAMIC_LAST	0xdf	/* without 0x80 (guest int 0x80) and 0x82 (hypercall) */
#define VEC_GUEST_INT80		0x80
#define VEC_HYPERCALL		0x82
#define VEC_TIMER		0xf0	/* LAPIC timer */
#define VEC_RESCHED		0xf1	/* IPI: look at the softirqs and at the events of current */
#define VEC_FLUSH		0xf2	/* IPI: TLB */
#define VEC_CALL		0xf3	/* IPI: smp_call() */
#define VEC_LAPIC_ERROR		0xfe
#define VEC_SPURIOUS		0xff

/* irq/: set up IO-APICs from the parsed MADT, mask the PICs. Boot CPU, after map_mmio() works. */
struct boot_info;
void irq_init(const struct boot_info *bi);
/*
 * irq/: an interrupt in the dynamic range came. Interrupts are off, interrupt context. It
 * acknowledges the LAPIC.
 */
void irq_dispatch(unsigned int vector);
/* The hypervisor's own use of a GSI (the UART): fn is called in interrupt context. 0 or -errno. */
int irq_request_gsi(unsigned int gsi, void (*fn)(void *), void *data);

/*
 * A domain's physical interrupts: 0 or -ENOMEM. pirq_domain_release() belongs to domain_kill(),
 * after the event channels are closed: lines and the guest's EOI page are given back; it may be
 * repeated. pirq_domain_destroy() frees memory.
 */
int pirq_domain_init(struct domain *d);
void pirq_domain_release(struct domain *d);
void pirq_domain_destroy(struct domain *d);

/*
 * irq/pci.c: a guest's access to PCI configuration space through 0xcf8/0xcfc. offset 0..3 inside
 * the window, size 1, 2 or 4. Reads give ones where nothing is. Dom0 only (the caller checked).
 */
uint32_t pci_guest_read(struct domain *d, uint32_t cf8, unsigned int offset, unsigned int size);
void pci_guest_write(struct domain *d, uint32_t cf8, unsigned int offset, unsigned int size,
		     uint32_t value);

#endif
