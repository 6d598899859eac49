/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ACPI tables: the input is at 0xe0000, where the parser looks for the RSDP. If bit 0 of its first
 * byte is set, the fuzzer corrects the checksums of everything that looks like a table, as the
 * parser would otherwise reject every mutation.
 */
/* sources: hypervisor/boot/acpi.c */
#include <hv/boot/boot.h>

#include "quiet.h"

#define BASE	 0xe0000
#define MAX_SIZE 0x20000

static uint8_t memory[MAX_SIZE];
static size_t memory_size;
static struct boot_info bi;

static const void *phys(maddr_t start, uint64_t size)
{
	if (start < BASE || start - BASE > memory_size || size > memory_size - (start - BASE))
		return NULL;
	return memory + (start - BASE);
}

static void repair(size_t at, size_t size, size_t field)
{
	uint8_t sum = 0;

	if (size > memory_size - at)
		return;
	memory[at + field] = 0;
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + memory[at + i]);
	memory[at + field] = (uint8_t)-sum;
}

static void repair_all(void)
{
	static const char signatures[][5] = {"RSDT", "XSDT", "APIC", "FACP", "HPET", "MCFG"};

	for (size_t at = 0; at + 36 <= memory_size; at += 4) {
		uint32_t size;

		memcpy(&size, memory + at + 4, 4);
		for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++)
			if (memcmp(memory + at, signatures[i], 4) == 0 && size >= 36)
				repair(at, size, 9);
		if (memcmp(memory + at, "RSD PTR ", 8) == 0) {
			repair(at, 20, 8);
			repair(at, 36, 32);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool right = size && (data[0] & 1);

	if (size > MAX_SIZE)
		return 0;
	memcpy(memory, data, size);
	memory_size = size;
	if (size)
		memory[0] = 0;
	if (right)
		repair_all();
	memset(&bi, 0, sizeof(bi));
	if (size > 1 &&
	    (data[0] & 2)) { /* the loader's copy, and a map with one region that begins anywhere */
		bi.rsdp = BASE + 0x100;
		bi.map[0] = (struct boot_region){BASE + data[1], size, data[1] % 6};
		bi.n_regions = 1;
	}
	if (acpi_parse(phys, &bi) == 0)
		CLAIM(bi.n_cpus);
	CLAIM(bi.n_cpus <= BOOT_MAX_CPUS && bi.n_ioapics <= BOOT_MAX_IOAPICS &&
	      bi.n_overrides <= BOOT_MAX_OVERRIDES);
	CLAIM(bi.pm_timer_port <= 0xffff && bi.reset_port <= 0xffff && bi.pm1a_cnt <= 0xffff &&
	      bi.pm1b_cnt <= 0xffff);
	for (unsigned int i = 0; i < bi.n_overrides; i++)
		CLAIM(bi.overrides[i].irq < 16);
	for (unsigned int i = 0; i < bi.n_cpus; i++)
		for (unsigned int k = 0; k < i; k++)
			CLAIM(bi.apic_ids[i] != bi.apic_ids[k]);
	return 0;
}
