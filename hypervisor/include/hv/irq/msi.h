/* SPDX-License-Identifier: GPL-2.0-only */
/* Message-signalled interrupts at the device (irq/msi.c; ABI.md 12.3). */
#ifndef HV_IRQ_MSI_H
#define HV_IRQ_MSI_H

#include <hv/irq/pci.h>
#include <hv/types.h>

struct msi_desc {
	pci_bdf_t bdf;
	bool x;			/* MSI-X */
	uint16_t entry;		/* MSI-X: number in the table */
	uint8_t cap;		/* offset of the capability */
	bool wide;		/* MSI: 64-bit address */
	bool maskable;		/* can be held back at the device */
	volatile uint8_t *slot;	/* MSI-X: the table entry, mapped */
};

/* What map_pirq says about the interrupt wanted. */
struct msi_request {
	pci_bdf_t bdf;
	bool x;
	uint16_t entry;		/* MSI-X */
	maddr_t table_base;	/* MSI-X: where Domain-0 says that the table's BAR is */
};

/*
 * Find the device's capability, map the table entry, and leave the interrupt masked. 0, -ENODEV (no
 * device or no such capability), -EINVAL (entry beyond the table, a BAR in RAM), -ENXIO (memory
 * decoding is off), -ENOMEM. Hypercall context.
 */
int msi_setup(const struct msi_request *req, struct msi_desc *msi);
/* Mask it and drop the mapping. */
void msi_teardown(struct msi_desc *msi);

/* Program address and data. Masked or not as before. Any context, interrupts off. */
void msi_write(struct msi_desc *msi, uint32_t apic_id, uint8_t vector);
/* Hold it back at the device, or let it through; nothing happens where a device cannot. */
void msi_mask(struct msi_desc *msi, bool masked);

#endif
