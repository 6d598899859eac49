/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts, as the rest of the hypervisor sees them (irq/irq.c). Inside irq/: hv/irq/irqdesc.h.
 */
#ifndef HV_IRQ_IRQ_H
#define HV_IRQ_IRQ_H

#include <hv/irq/pci.h>
#include <hv/types.h>

struct boot_info;

/*
 * Set up the IO-APICs from the parsed MADT, mask the PICs, make the descriptors. Boot CPU, after
 * map_mmio() works. Panics without memory.
 */
void irq_init(const struct boot_info *bi);
/*
 * An interrupt in the dynamic range came. Interrupts are off, interrupt context. It acknowledges
 * the LAPIC.
 */
void irq_dispatch(unsigned int vector);
/* The hypervisor's own use of a GSI (the UART): fn is called in interrupt context. 0 or -errno. */
int irq_request_gsi(unsigned int gsi, void (*fn)(void *), void *data);

/* --- lines and devices, for Domain-0. Hypercall context, no lock of irq/ held --- */

/* PHYSDEVOP_setup_gsi. 0, -EINVAL (no such GSI), -EEXIST (in use; nothing changed). */
int irq_setup_gsi(uint32_t gsi, bool level, bool low);
/*
 * Write all message-signalled interrupts of a device again, after it was reset. 0, or -ENODEV: it
 * has none.
 */
int irq_restore_msi(pci_bdf_t bdf);
/*
 * Guests' interrupts that come to a CPU come to another one from now on, as far as they can be
 * moved without loss: a level line at its next interrupt, a message that can be masked at once.
 */
void irq_leave_cpu(unsigned int cpu, unsigned int to);
/* Print every interrupt in use to the log. Debug keys. */
void irq_dump(void);

#endif
