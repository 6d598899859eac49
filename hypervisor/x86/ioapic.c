// SPDX-License-Identifier: GPL-2.0-only
/*
 * The IO-APICs. Each has an index register and a data window, so every access is two; ioapic_lock
 * keeps them together. The redirection entries are kept in memory as they were written last, so
 * that masking costs no read.
 */
#include <x86/ioapic.h>
#include <hv/boot/boot.h>
#include <hv/console/printk.h>
#include <hv/errno.h>
#include <hv/irq/vector.h>
#include <hv/mm/map.h>
#include <hv/spinlock.h>
#include <arch/io.h>

#define REG_SELECT	0x00	/* byte offsets in the MMIO window */
#define REG_WINDOW	0x10
#define INDEX_ID	0x00	/* register numbers */
#define INDEX_VERSION	0x01
#define INDEX_ENTRY	0x10	/* two words a pin, the lower first */

#define ENTRY_LOW	(1U << 13)
#define ENTRY_LEVEL	(1U << 15)
#define ENTRY_MASKED	(1U << 16)
#define ENTRY_DEST_SHIFT 24

#define MAX_PINS	240
#define MAX_GSIS	1024

static struct ioapic {
	maddr_t base;
	volatile uint8_t *mmio;
	uint32_t gsi_base, n_pins;
	uint32_t low[MAX_PINS];	/* lower words of the entries */
} ioapics[BOOT_MAX_IOAPICS];
static unsigned int n_ioapics, n_gsis;
static spinlock_t ioapic_lock = SPINLOCK_INIT(RANK_IOAPIC);

/* ---- registers; the lock is held ---- */

static uint32_t reg_read(const struct ioapic *io, uint32_t reg)
{
	mmio_write32(io->mmio + REG_SELECT, reg);
	return mmio_read32(io->mmio + REG_WINDOW);
}

static void reg_write(const struct ioapic *io, uint32_t reg, uint32_t value)
{
	mmio_write32(io->mmio + REG_SELECT, reg);
	mmio_write32(io->mmio + REG_WINDOW, value);
}

static void write_low(struct ioapic *io, uint32_t pin, uint32_t value)
{
	io->low[pin] = value;
	reg_write(io, INDEX_ENTRY + 2 * pin, value);
}

static struct ioapic *find(uint32_t gsi, uint32_t *pin)
{
	unsigned int i;

	for (i = 0; i < n_ioapics; i++) {
		*pin = gsi - ioapics[i].gsi_base;
		if (*pin < ioapics[i].n_pins)
			return &ioapics[i];
	}
	return NULL;
}

/* ---- start-up ---- */

/*
 * The PICs get vectors where a spurious interrupt is recognised, and then all their lines masked.
 */
static void pic_silence(void)
{
	outb(0x20, 0x11);
	outb(0xa0, 0x11);
	outb(0x21, VEC_LEGACY_FIRST);
	outb(0xa1, VEC_LEGACY_FIRST + 8);
	outb(0x21, 4);
	outb(0xa1, 2);
	outb(0x21, 1);
	outb(0xa1, 1);
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
}

static void init_one(const struct boot_ioapic *b)
{
	struct ioapic *io = &ioapics[n_ioapics];
	uint32_t pin;

	if (b->gsi_base >= MAX_GSIS) {
		log_warn("IO-APIC %u: GSI base %u is too high, not used\n", b->id, b->gsi_base);
		return;
	}
	io->mmio = map_mmio(b->address, PAGE_SIZE);
	if (!io->mmio)
		return;
	io->base = b->address;
	io->gsi_base = b->gsi_base;
	io->n_pins = MIN((reg_read(io, INDEX_VERSION) >> 16 & 0xff) + 1, (uint32_t)MAX_PINS);
	for (pin = 0; pin < io->n_pins; pin++)
		write_low(io, pin, ENTRY_MASKED);
	n_gsis = MAX(n_gsis, io->gsi_base + io->n_pins);
	n_ioapics++;
	log_info("IO-APIC %u at %lx: GSI %u-%u\n", b->id, (unsigned long)b->address, io->gsi_base,
		 io->gsi_base + io->n_pins - 1);
}

void ioapic_init(const struct boot_info *bi)
{
	unsigned int i;

	pic_silence();
	for (i = 0; i < bi->n_ioapics && i < BOOT_MAX_IOAPICS; i++)
		init_one(&bi->ioapics[i]);
	if (!n_ioapics)
		log_warn("no IO-APIC: devices have no line interrupts\n");
}

unsigned int ioapic_gsi_count(void)
{
	return n_gsis;
}

bool ioapic_has_gsi(uint32_t gsi)
{
	uint32_t pin;

	return find(gsi, &pin) != NULL;
}

/* ---- pins ---- */

void ioapic_route(uint32_t gsi, const struct ioapic_route *r)
{
	uint32_t pin;
	struct ioapic *io = find(gsi, &pin);
	uint64_t flags;

	if (!io)
		return;
	flags = spin_lock_irqsave(&ioapic_lock);
	/* Masked first: the entry is two words, and nothing may come through a half-written one. */
	write_low(io, pin, ENTRY_MASKED);
	reg_write(io, INDEX_ENTRY + 2 * pin + 1, r->apic_id << ENTRY_DEST_SHIFT);
	write_low(io, pin,
		  ENTRY_MASKED | (r->level ? ENTRY_LEVEL : 0) | (r->low ? ENTRY_LOW : 0) |
			  r->vector);
	spin_unlock_irqrestore(&ioapic_lock, flags);
}

static void set_mask(uint32_t gsi, bool masked)
{
	uint32_t pin, value;
	struct ioapic *io = find(gsi, &pin);
	uint64_t flags;

	if (!io)
		return;
	flags = spin_lock_irqsave(&ioapic_lock);
	value = masked ? io->low[pin] | ENTRY_MASKED : io->low[pin] & ~ENTRY_MASKED;
	if (value != io->low[pin])
		write_low(io, pin, value);
	spin_unlock_irqrestore(&ioapic_lock, flags);
}

void ioapic_mask(uint32_t gsi)
{
	set_mask(gsi, true);
}

void ioapic_unmask(uint32_t gsi)
{
	set_mask(gsi, false);
}

int ioapic_read_register(maddr_t base, uint32_t reg, uint32_t *value)
{
	unsigned int i;
	uint64_t flags;

	for (i = 0; i < n_ioapics; i++) {
		if (ioapics[i].base != base)
			continue;
		flags = spin_lock_irqsave(&ioapic_lock);
		*value = reg_read(&ioapics[i], reg & 0xff);
		spin_unlock_irqrestore(&ioapic_lock, flags);
		return 0;
	}
	return -ENODEV;
}
