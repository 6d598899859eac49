// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI configuration space. Domain-0 owns the devices, so its accesses pass; they come here only
 * because address and data are two ports that all users share: pci_lock keeps the pair together,
 * and each domain has its own address latch.
 */
#include <hv/irq/pci.h>
#include <hv/bitops.h>
#include <hv/domain/domain.h>
#include <hv/spinlock.h>
#include <arch/io.h>

#define PORT_ADDRESS	0xcf8
#define PORT_DATA	0xcfc
#define ENABLE		0x80000000U
#define MAX_CAPS	48	/* no list in 192 bytes can be longer */

static spinlock_t pci_lock = SPINLOCK_INIT(RANK_PCI);

static uint32_t all_ones(unsigned int size)
{
	return size == 4 ? UINT32_MAX : (1U << (8 * size)) - 1;
}

/* size bytes at offset 0..3 of the register that address names. */
static uint32_t access_read(uint32_t address, unsigned int offset, unsigned int size)
{
	uint64_t flags = spin_lock_irqsave(&pci_lock);
	uint16_t port = (uint16_t)(PORT_DATA + offset);
	uint32_t value;

	outl(PORT_ADDRESS, address);
	value = size == 1 ? inb(port) : size == 2 ? inw(port) : inl(port);
	spin_unlock_irqrestore(&pci_lock, flags);
	return value;
}

static void access_write(uint32_t address, unsigned int offset, unsigned int size, uint32_t value)
{
	uint64_t flags = spin_lock_irqsave(&pci_lock);
	uint16_t port = (uint16_t)(PORT_DATA + offset);

	outl(PORT_ADDRESS, address);
	if (size == 1)
		outb(port, (uint8_t)value);
	else if (size == 2)
		outw(port, (uint16_t)value);
	else
		outl(port, value);
	spin_unlock_irqrestore(&pci_lock, flags);
}

/* ---- the hypervisor's own accesses ---- */

static uint32_t address_of(pci_bdf_t bdf, unsigned int reg)
{
	return ENABLE | (uint32_t)bdf << 8 | (reg & 0xfc);
}

uint32_t pci_read(pci_bdf_t bdf, unsigned int reg, unsigned int size)
{
	return access_read(address_of(bdf, reg), reg & 3, size);
}

void pci_write(pci_bdf_t bdf, unsigned int reg, unsigned int size, uint32_t value)
{
	access_write(address_of(bdf, reg), reg & 3, size, value);
}

unsigned int pci_find_cap(pci_bdf_t bdf, uint8_t id)
{
	unsigned int at, n;

	if (!(pci_read(bdf, PCI_STATUS, 2) & PCI_STATUS_CAPS))
		return 0;
	at = pci_read(bdf, PCI_CAP_POINTER, 1) & 0xfc;
	for (n = 0; n < MAX_CAPS && at >= 0x40; n++) {
		uint32_t head = pci_read(bdf, at, 2);

		if ((head & 0xff) == 0xff)
			return 0;
		if ((head & 0xff) == id)
			return at;
		at = head >> 8 & 0xfc;
	}
	return 0;
}

maddr_t pci_bar(pci_bdf_t bdf, unsigned int n)
{
	uint32_t low;

	if (n > 5)
		return 0;
	low = pci_read(bdf, PCI_BAR(n), 4);
	if (low & 1)
		return 0;	/* I/O ports */
	if ((low & 6) != 4)
		return low & ~15U;
	return n == 5 ? 0 : (uint64_t)pci_read(bdf, PCI_BAR(n + 1), 4) << 32 | (low & ~15U);
}

/* ---- which devices are known ---- */

static uint64_t known_devices[65536 / 64];	/* by bdf; atomic */

bool pci_announce(pci_bdf_t bdf, bool known)
{
	return known ? test_and_set_bit(known_devices, bdf)
		     : test_and_clear_bit(known_devices, bdf);
}

bool pci_is_known(pci_bdf_t bdf)
{
	return atomic_load(&known_devices[bdf / 64]) >> (bdf % 64) & 1;
}

/* ---- the guest's accesses ---- */

static bool guest_access_ok(uint32_t cf8, unsigned int offset, unsigned int size)
{
	return (cf8 & ENABLE) && (size == 1 || size == 2 || size == 4) && offset + size <= 4;
}

uint32_t pci_guest_read(struct domain *d, uint32_t cf8, unsigned int offset, unsigned int size)
{
	(void)d;
	if (!guest_access_ok(cf8, offset, size))
		return all_ones(size > 4 ? 4 : size);
	return access_read(cf8, offset, size);
}

void pci_guest_write(struct domain *d, uint32_t cf8, unsigned int offset, unsigned int size,
		     uint32_t value)
{
	(void)d;
	if (guest_access_ok(cf8, offset, size))
		access_write(cf8, offset, size, value);
}
