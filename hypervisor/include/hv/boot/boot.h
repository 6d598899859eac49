/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the boot loader and the firmware said, in one form for multiboot 1 and 2, and the parsers
 * that fill it from physical memory below 4 GiB, before any of it is given away: boot/multiboot.c,
 * boot/e820.c, boot/acpi.c, in this order.
 */
#ifndef HV_BOOT_BOOT_H
#define HV_BOOT_BOOT_H

#include <hv/types.h>

#define BOOT_MAX_MODULES	4
#define BOOT_MAX_REGIONS	256
#define BOOT_MAX_RESERVED	32
#define BOOT_MAX_CPUS		64
#define BOOT_MAX_IOAPICS	8
#define BOOT_MAX_OVERRIDES	16
#define BOOT_CMDLINE		2048

struct boot_module {
	maddr_t start;		/* first byte */
	uint64_t size;		/* bytes */
	char cmdline[BOOT_CMDLINE];	/* without the file name */
};

enum { E820_RAM = 1, E820_RESERVED = 2, E820_ACPI = 3, E820_NVS = 4, E820_UNUSABLE = 5 };

struct boot_region {
	uint64_t start, size;
	uint32_t type;		/* E820_* */
};

struct boot_reserved {
	maddr_t start,
		end; /* never given to the allocator: image, modules, trampoline, first page */
};

struct boot_ioapic {
	uint32_t id, gsi_base;
	maddr_t address;
};

struct boot_override {		/* MADT interrupt source override */
	uint8_t irq;
	uint32_t gsi;
	bool level, low;	/* trigger and polarity */
};

struct boot_info {
	char cmdline[BOOT_CMDLINE];	/* without the file name */
	unsigned int n_modules;
	struct boot_module modules[BOOT_MAX_MODULES];
	unsigned int n_regions;
	struct boot_region map[BOOT_MAX_REGIONS];	/* sorted, without overlaps */
	unsigned int n_reserved;
	struct boot_reserved reserved[BOOT_MAX_RESERVED];

	/* ACPI */
	maddr_t rsdp;			/* 0: not found */
	unsigned int n_cpus;
	uint32_t apic_ids[BOOT_MAX_CPUS]; /* enabled CPUs, the boot CPU somewhere among them */
	maddr_t lapic_address;
	unsigned int n_ioapics;
	struct boot_ioapic ioapics[BOOT_MAX_IOAPICS];
	unsigned int n_overrides;
	struct boot_override overrides[BOOT_MAX_OVERRIDES];
	uint32_t pm_timer_port;		/* 0: none */
	uint32_t pm1a_cnt, pm1b_cnt;	/* ports, 0: none */
	maddr_t hpet_address;		/* 0: none */
	uint32_t reset_port;		/* FADT reset register when it is an I/O port, 0: none */
	uint8_t reset_value;
};

extern struct boot_info boot_info;

/*
 * How the parsers reach physical memory: a pointer to size bytes at start, which stays valid until
 * the parser returns, or NULL if any of it is out of reach (not mapped, wraps around). Tests give
 * their own.
 */
typedef const void *(*boot_phys_fn)(maddr_t start, uint64_t size);

/*
 * boot/multiboot.c. Clear *bi and fill cmdline, modules, map (as given: call e820_sanitise() next)
 * and, from multiboot 2, rsdp. Modules are entered into reserved[], and with rsdp set the loader's
 * information block too. magic and info are EAX and EBX at entry. 0, or with a line in the log:
 * -EINVAL (no multiboot magic), -EFAULT (information out of reach), -ENOENT (no memory map).
 * Context: boot CPU.
 */
int multiboot_parse(uint32_t magic, maddr_t info, boot_phys_fn phys, struct boot_info *bi);

/*
 * boot/e820.c. Sort map, cut overlaps (what any entry calls not RAM is not RAM), join neighbours,
 * drop what lies beyond 2^52. Bytes, not pages: round RAM inwards before use. Not reentrant;
 * context: boot CPU.
 */
void e820_sanitise(struct boot_info *bi);

/*
 * boot/acpi.c. Fill the ACPI part of *bi; call e820_sanitise() first. The RSDP is looked for in low
 * memory; an rsdp that is set is the address of a copy, which is replaced by that of the firmware's
 * own where it is found. Tables that are out of reach, too long or whose checksum is wrong are
 * named in the log and left out. 0, or -ENOENT, -EINVAL with a line in the log: the CPUs are not
 * known (n_cpus 0), go on with the boot CPU and lapic_address, which is always set; n_ioapics may
 * be 0. Context: boot CPU.
 */
int acpi_parse(boot_phys_fn phys, struct boot_info *bi);

#endif
