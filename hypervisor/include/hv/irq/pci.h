/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI configuration space through ports 0xcf8 and 0xcfc (irq/pci.c). */
#ifndef HV_IRQ_PCI_H
#define HV_IRQ_PCI_H

#include <hv/types.h>

/* A function: bus << 8 | device << 3 | function, of segment 0. */
typedef uint16_t pci_bdf_t;

#define PCI_COMMAND		0x04
#define PCI_COMMAND_MEMORY	2
#define PCI_STATUS		0x06
#define PCI_STATUS_CAPS		0x10
#define PCI_BAR(n)		(0x10 + 4 * (n))
#define PCI_CAP_POINTER		0x34
#define PCI_CAP_MSI		0x05
#define PCI_CAP_MSIX		0x11

/* Registers below 256, naturally aligned. Any context; a lock inside, taken with interrupts off. */
uint32_t pci_read(pci_bdf_t bdf, unsigned int reg, unsigned int size);
/* As pci_read(), with the low size bytes of value. */
void pci_write(pci_bdf_t bdf, unsigned int reg, unsigned int size, uint32_t value);

/* Offset of the capability with this id, or 0. */
unsigned int pci_find_cap(pci_bdf_t bdf, uint8_t id);

/* Machine address that memory BAR n (0..5) decodes, or 0: none such. */
maddr_t pci_bar(pci_bdf_t bdf, unsigned int n);

/*
 * Domain-0 has announced the device (PHYSDEVOP_pci_device_add), or taken it back: it is known, or
 * not. True: it was known. Any hypercall context.
 */
bool pci_announce(pci_bdf_t bdf, bool known);
/* Is the device known? Any context. */
bool pci_is_known(pci_bdf_t bdf);

/*
 * Domain-0 reads the window of 0xcfc while 0xcf8 holds cf8: size bytes (1, 2 or 4) at offset (0..3)
 * inside it. Ones where nothing is. The caller has checked that d may.
 */
uint32_t pci_guest_read(struct domain *d, uint32_t cf8, unsigned int offset, unsigned int size);
/* As pci_guest_read(), a write; nothing happens where nothing is. */
void pci_guest_write(struct domain *d, uint32_t cf8, unsigned int offset, unsigned int size,
		     uint32_t value);

#endif
