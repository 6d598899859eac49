// SPDX-License-Identifier: GPL-2.0-only
/*
 * The few ACPI tables that the hypervisor reads itself: MADT (CPUs and interrupt controllers), FADT
 * (timer, reset, power) and HPET. Everything else, AML above all, is Domain-0's.
 *
 * A table counts only if its length is plausible, all of it can be read, and its checksum is right.
 * A bad optional table is named and left out; without a good MADT the machine has one CPU, which
 * acpi_parse() reports.
 *
 * Source: ACPI Specification 6.4, sections 5.2.5 to 5.2.12; IA-PC HPET Specification 1.0a; PCI
 * Firmware 3.0.
 */
#include <hv/boot/boot.h>
#include <hv/console/printk.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>

#define HEADER_SIZE	36
#define MAX_TABLE_SIZE	MIB(4)
#define MAX_TABLES	256
#define DEFAULT_LAPIC	0xfee00000U
#define GAS_IO		1 /* address space of a generic address: ports */

static uint16_t u16_at(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32_at(const uint8_t *p)
{
	return u16_at(p) | (uint32_t)u16_at(p + 2) << 16;
}

static uint64_t u64_at(const uint8_t *p)
{
	return u32_at(p) | (uint64_t)u32_at(p + 4) << 32;
}

static bool sums_to_zero(const uint8_t *p, uint64_t size)
{
	uint8_t sum = 0;

	while (size--)
		sum = (uint8_t)(sum + *p++);
	return sum == 0;
}

/* ---- Finding the tables ---------------------------------------------------------------------- */

static bool rsdp_valid(const uint8_t *p)
{
	return p && memcmp(p, "RSD PTR ", 8) == 0 && sums_to_zero(p, 20);
}

static maddr_t scan_for_rsdp(boot_phys_fn phys, maddr_t from, maddr_t to)
{
	maddr_t at;

	for (at = ALIGN_UP(from, (maddr_t)16); at + 20 <= to; at += 16)
		if (rsdp_valid(phys(at, 20)))
			return at;
	return 0;
}

static maddr_t find_rsdp(boot_phys_fn phys)
{
	const uint8_t *word = phys(0x40e, 2);
	maddr_t ebda = word ? (maddr_t)u16_at(word) << 4 : 0, found = 0;

	if (ebda >= 0x400)
		found = scan_for_rsdp(phys, ebda, ebda + 1024);
	return found ? found : scan_for_rsdp(phys, 0xe0000, 0x100000);
}

/*
 * Where the firmware itself keeps the RSDP of which the loader gave a copy: in low memory, or on
 * UEFI somewhere in what the map calls anything but RAM. Domain-0 reads it there. The copy's own
 * address if it is nowhere to be found.
 */
static maddr_t original_rsdp(boot_phys_fn phys, const struct boot_info *bi)
{
	const uint8_t *copy = phys(bi->rsdp, 20), *p;
	maddr_t low;

	if (!rsdp_valid(copy))
		return bi->rsdp;
	low = find_rsdp(phys);
	if (low && memcmp(phys(low, 20), copy, 20) == 0)
		return low;
	for (unsigned int i = 0; i < bi->n_regions && i < BOOT_MAX_REGIONS; i++) {
		const struct boot_region *r = &bi->map[i];
		uint64_t size = MIN(r->size, MIB(64));

		if (r->type != E820_ACPI && r->type != E820_NVS && r->type != E820_RESERVED)
			continue;
		p = phys(r->start, size);
		for (uint64_t at = -r->start & 3; p && at + 20 <= size; at += 4)
			if (memcmp(p + at, copy, 20) == 0)
				return r->start + at;
	}
	log_warn("acpi: only the loader's copy of the RSDP was found; Domain-0 may not find it\n");
	return bi->rsdp;
}

/* The table at an address, checked; NULL with a warning if it is not good. */
static const uint8_t *table_at(boot_phys_fn phys, maddr_t address, uint32_t *size)
{
	const uint8_t *t = phys(address, HEADER_SIZE);

	if (!t) {
		log_warn("acpi: table at %lx is out of reach, ignored\n", (unsigned long)address);
		return NULL;
	}
	*size = u32_at(t + 4);
	if (*size >= HEADER_SIZE && *size <= MAX_TABLE_SIZE)
		t = phys(address, *size);
	else
		t = NULL;
	if (!t) {
		log_warn("acpi: table at %lx says it has %u bytes, ignored\n",
			 (unsigned long)address, *size);
		return NULL;
	}
	if (!sums_to_zero(t, *size)) {
		log_warn("acpi: checksum of table %c%c%c%c at %lx is wrong, ignored\n",
			 t[0] > 31 ? t[0] : '?', t[1] > 31 ? t[1] : '?', t[2] > 31 ? t[2] : '?',
			 t[3] > 31 ? t[3] : '?', (unsigned long)address);
		return NULL;
	}
	return t;
}

/* The root table: XSDT where there is a good one, else RSDT. *width is the size of its entries. */
static const uint8_t *root_table(boot_phys_fn phys, maddr_t rsdp, uint32_t *size,
				 unsigned int *width)
{
	const uint8_t *p = phys(rsdp, 20), *t;
	uint32_t length;

	if (!rsdp_valid(p))
		return NULL;
	if (p[15] >= 2 && (p = phys(rsdp, 36))) {
		length = u32_at(p + 20);
		p = length >= 36 && length <= 4096 ? phys(rsdp, length) : NULL;
		if (p && sums_to_zero(p, length) && u64_at(p + 24)) {
			t = table_at(phys, u64_at(p + 24), size);
			*width = 8;
			if (t && memcmp(t, "XSDT", 4) == 0)
				return t;
		}
		log_warn("acpi: no good XSDT, using the RSDT\n");
	}
	p = phys(rsdp, 20);
	t = table_at(phys, u32_at(p + 16), size);
	*width = 4;
	return t && memcmp(t, "RSDT", 4) == 0 ? t : NULL;
}

/* ---- MADT ------------------------------------------------------------------------------------ */

static void add_cpu(struct boot_info *bi, uint32_t apic_id)
{
	unsigned int i;

	for (i = 0; i < bi->n_cpus; i++)
		if (bi->apic_ids[i] == apic_id)
			return;
	if (bi->n_cpus == BOOT_MAX_CPUS) {
		log_warn("acpi: CPU with APIC id %u is not used: there are more than %u\n", apic_id,
			 BOOT_MAX_CPUS);
		return;
	}
	bi->apic_ids[bi->n_cpus++] = apic_id;
}

static void add_ioapic(struct boot_info *bi, const uint8_t *e)
{
	if (bi->n_ioapics == BOOT_MAX_IOAPICS) {
		log_warn("acpi: IO-APIC %u is not used: there are more than %u\n", e[2],
			 BOOT_MAX_IOAPICS);
		return;
	}
	bi->ioapics[bi->n_ioapics++] = (struct boot_ioapic){
		.id = e[2], .address = u32_at(e + 4), .gsi_base = u32_at(e + 8)};
}

static void add_override(struct boot_info *bi, const uint8_t *e)
{
	uint16_t flags = u16_at(e + 8);

	if (e[2] != 0 || e[3] >= 16) {
		log_warn("acpi: interrupt override of bus %u, line %u, ignored\n", e[2], e[3]);
		return;
	}
	if (bi->n_overrides == BOOT_MAX_OVERRIDES) {
		log_warn("acpi: more than %u interrupt overrides, the rest is ignored\n",
			 BOOT_MAX_OVERRIDES);
		return;
	}
	/* 0 in a field means: as the bus has it; ISA is edge triggered and active high. */
	bi->overrides[bi->n_overrides++] = (struct boot_override){.irq = e[3],
								  .gsi = u32_at(e + 4),
								  .low = (flags & 3) == 3,
								  .level = (flags >> 2 & 3) == 3};
}

static void madt_entry(struct boot_info *bi, const uint8_t *e, uint8_t length)
{
	enum { LAPIC = 0, IOAPIC = 1, OVERRIDE = 2, LAPIC_ADDRESS = 5, X2APIC = 9, ENABLED = 1 };

	if (e[0] == LAPIC && length >= 8) {
		if ((u32_at(e + 4) & ENABLED) && e[3] != 0xff)
			add_cpu(bi, e[3]);
	} else if (e[0] == IOAPIC && length >= 12) {
		add_ioapic(bi, e);
	} else if (e[0] == OVERRIDE && length >= 10) {
		add_override(bi, e);
	} else if (e[0] == LAPIC_ADDRESS && length >= 12) {
		bi->lapic_address = u64_at(e + 4);
	} else if (e[0] == X2APIC && length >= 16) {
		if ((u32_at(e + 8) & ENABLED) && u32_at(e + 4) != 0xffffffff)
			add_cpu(bi, u32_at(e + 4));
	}
}

static int parse_madt(struct boot_info *bi, const uint8_t *t, uint32_t size)
{
	uint32_t at = 44;

	if (size < at) {
		log_warn("acpi: MADT of %u bytes, ignored\n", size);
		return -EINVAL;
	}
	bi->lapic_address = u32_at(t + 36);
	while (size - at >= 2) {
		uint8_t length = t[at + 1];

		if (length < 2 || length > size - at) {
			log_warn("acpi: MADT entry of %u bytes at %u, the rest is ignored\n",
				 length, at);
			break;
		}
		madt_entry(bi, t + at, length);
		at += length;
	}
	return bi->n_cpus ? 0 : -EINVAL;
}

/* ---- FADT, HPET ------------------------------------------------------------------------------ */

/* A port: from the old 32-bit field or, where that is 0, from the generic address. 0: none. */
static uint32_t fadt_port(const uint8_t *t, uint32_t size, unsigned int field, unsigned int generic)
{
	uint32_t port = u32_at(t + field); /* below 116 */

	if (!port && size >= generic + 12 && t[generic] == GAS_IO &&
	    u64_at(t + generic + 4) <= 0xffff)
		port = (uint32_t)u64_at(t + generic + 4);
	return port <= 0xffff ? port : 0;
}

static void parse_fadt(struct boot_info *bi, const uint8_t *t, uint32_t size)
{
	enum { HAS_RESET = 1 << 10 };
	uint32_t flags;

	if (size < 116) {
		log_warn("acpi: FADT of %u bytes, ignored\n", size);
		return;
	}
	flags = u32_at(t + 112);
	bi->pm1a_cnt = fadt_port(t, size, 64, 172);
	bi->pm1b_cnt = fadt_port(t, size, 68, 184);
	bi->pm_timer_port = fadt_port(t, size, 76, 208);
	if (size >= 129 && (flags & HAS_RESET) && t[116] == GAS_IO && t[117] == 8 &&
	    u64_at(t + 120) <= 0xffff) {
		bi->reset_port = (uint32_t)u64_at(t + 120);
		bi->reset_value = t[128];
	}
}

static void parse_hpet(struct boot_info *bi, const uint8_t *t, uint32_t size)
{
	if (size < 56 || t[40] != 0) { /* address space 0: memory */
		log_warn("acpi: unusable HPET table, ignored\n");
		return;
	}
	if (!bi->hpet_address)
		bi->hpet_address = u64_at(t + 44);
}

/* ---- All of it ------------------------------------------------------------------------------- */

static void parse_table(struct boot_info *bi, const uint8_t *t, uint32_t size, int *madt)
{
	if (memcmp(t, "APIC", 4) == 0) {
		if (*madt)
			*madt = parse_madt(bi, t, size);
	} else if (memcmp(t, "FACP", 4) == 0) {
		parse_fadt(bi, t, size);
	} else if (memcmp(t, "HPET", 4) == 0) {
		parse_hpet(bi, t, size);
	}
}

int acpi_parse(boot_phys_fn phys, struct boot_info *bi)
{
	uint32_t root_size, size, i, count;
	const uint8_t *root, *t;
	unsigned int width = 0;
	int madt = -ENOENT;

	bi->lapic_address = DEFAULT_LAPIC;
	bi->rsdp = bi->rsdp ? original_rsdp(phys, bi) : find_rsdp(phys);
	root = bi->rsdp ? root_table(phys, bi->rsdp, &root_size, &width) : NULL;
	if (!root) {
		log_err("acpi: no tables found; one CPU will be used\n");
		return -ENOENT;
	}
	count = MIN((root_size - HEADER_SIZE) / width, MAX_TABLES);
	for (i = 0; i < count; i++) {
		const uint8_t *entry = root + HEADER_SIZE + (size_t)i * width;
		maddr_t address = width == 8 ? u64_at(entry) : u32_at(entry);

		t = address ? table_at(phys, address, &size) : NULL;
		if (t)
			parse_table(bi, t, size, &madt);
	}
	if (madt)
		log_err("acpi: no usable MADT; one CPU will be used\n");
	return madt;
}
