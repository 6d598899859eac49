// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSI and MSI-X at the device (ABI.md 12.3): the hypervisor writes address, data and mask
 * bits; Domain-0 sets the enable bits through configuration space. An MSI-X table entry is written
 * with the entry masked, because it takes three writes; a plain MSI without mask bits is written
 * only before it is enabled.
 */
#include <hv/irq/msi.h>
#include <hv/errno.h>
#include <hv/irq/pci.h>
#include <hv/mm/frame.h>
#include <hv/mm/map.h>
#include <arch/io.h>

#define MSG_ADDRESS(apic_id)	(0xfee00000U | (uint32_t)(apic_id) << 12)

/* MSI capability: control word, address, upper address if 64-bit, data, mask bits if maskable */
#define MSI_CONTROL	2
#define MSI_64BIT	0x80
#define MSI_MASKABLE	0x100
#define MSI_MULTIPLE	0x70	/* messages enabled, as a power of two */
#define MSI_ADDRESS	4
#define MSI_DATA(wide)	((wide) ? 12U : 8U)
#define MSI_MASK(wide)	((wide) ? 16U : 12U)

/* MSI-X capability and table */
#define MSIX_CONTROL	2
#define MSIX_SIZE	0x7ff
#define MSIX_TABLE	4
#define MSIX_BIR	7
#define ENTRY_SIZE	16
#define ENTRY_ADDRESS	0
#define ENTRY_UPPER	4
#define ENTRY_DATA	8
#define ENTRY_CONTROL	12
#define ENTRY_MASKED	1

static int setup_msi(struct msi_desc *msi)
{
	uint32_t control = pci_read(msi->bdf, msi->cap + MSI_CONTROL, 2);

	msi->wide = control & MSI_64BIT;
	msi->maskable = control & MSI_MASKABLE;
	pci_write(msi->bdf, msi->cap + MSI_CONTROL, 2, control & ~(uint32_t)MSI_MULTIPLE);
	msi_mask(msi, true);
	return 0;
}

static int setup_msix(const struct msi_request *req, struct msi_desc *msi)
{
	uint32_t control = pci_read(msi->bdf, msi->cap + MSIX_CONTROL, 2);
	uint32_t where = pci_read(msi->bdf, msi->cap + MSIX_TABLE, 4);
	maddr_t bar = pci_bar(msi->bdf, where & MSIX_BIR), slot;

	if (req->entry > (control & MSIX_SIZE))
		return -EINVAL;
	if (!(pci_read(msi->bdf, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY))
		return -ENXIO;
	if (!bar)
		bar = req->table_base;	/* a virtual function: its BARs read as zero */
	if (!bar)
		return -ENXIO;
	slot = bar + (where & ~(uint32_t)MSIX_BIR) + (uint32_t)req->entry * ENTRY_SIZE;
	if (mfn_is_ram(maddr_to_mfn(slot)))
		return -EINVAL;
	msi->entry = req->entry;
	msi->maskable = true;
	msi->slot = map_mmio(slot, ENTRY_SIZE);
	if (!msi->slot)
		return -ENOMEM;
	msi_mask(msi, true);
	return 0;
}

int msi_setup(const struct msi_request *req, struct msi_desc *msi)
{
	*msi = (struct msi_desc){.bdf = req->bdf, .x = req->x};
	if (pci_read(req->bdf, 0, 2) == 0xffff)
		return -ENODEV;
	msi->cap = (uint8_t)pci_find_cap(req->bdf, req->x ? PCI_CAP_MSIX : PCI_CAP_MSI);
	if (!msi->cap)
		return -ENODEV;
	return req->x ? setup_msix(req, msi) : setup_msi(msi);
}

void msi_teardown(struct msi_desc *msi)
{
	msi_mask(msi, true);
	if (msi->slot)
		unmap_mmio((void *)(uintptr_t)msi->slot, ENTRY_SIZE);
	msi->slot = NULL;
}

static void write_msix(struct msi_desc *msi, uint32_t apic_id, uint8_t vector)
{
	uint32_t control = mmio_read32(msi->slot + ENTRY_CONTROL);

	mmio_write32(msi->slot + ENTRY_CONTROL, control | ENTRY_MASKED);
	mmio_write32(msi->slot + ENTRY_ADDRESS, MSG_ADDRESS(apic_id));
	mmio_write32(msi->slot + ENTRY_UPPER, 0);
	mmio_write32(msi->slot + ENTRY_DATA, vector);
	mmio_write32(msi->slot + ENTRY_CONTROL, control);
}

void msi_write(struct msi_desc *msi, uint32_t apic_id, uint8_t vector)
{
	if (msi->x) {
		write_msix(msi, apic_id, vector);
		return;
	}
	pci_write(msi->bdf, msi->cap + MSI_ADDRESS, 4, MSG_ADDRESS(apic_id));
	if (msi->wide)
		pci_write(msi->bdf, msi->cap + MSI_ADDRESS + 4, 4, 0);
	pci_write(msi->bdf, msi->cap + MSI_DATA(msi->wide), 2, vector);
}

void msi_mask(struct msi_desc *msi, bool masked)
{
	uint32_t word;

	if (!msi->maskable)
		return;
	if (msi->x) {
		word = mmio_read32(msi->slot + ENTRY_CONTROL);
		mmio_write32(msi->slot + ENTRY_CONTROL,
			     masked ? word | ENTRY_MASKED : word & ~(uint32_t)ENTRY_MASKED);
		return;
	}
	word = pci_read(msi->bdf, msi->cap + MSI_MASK(msi->wide), 4);
	pci_write(msi->bdf, msi->cap + MSI_MASK(msi->wide), 4, masked ? word | 1 : word & ~1U);
}
