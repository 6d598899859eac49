/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: the parsed memory map is sorted and disjoint, and contains RAM only where no other entry
 * contradicts.
 */
/* sources: hypervisor/boot/e820.c */
#include <hv/boot/boot.h>
#include <hv/lib/lib.h>

#include "log_capture.h"

static struct boot_info bi;
static struct boot_region before[BOOT_MAX_REGIONS];
static unsigned int n_before;

static void add(uint64_t start, uint64_t size, uint32_t type)
{
	bi.map[bi.n_regions++] = (struct boot_region){start, size, type};
}

static bool is(unsigned int i, uint64_t start, uint64_t size, uint32_t type)
{
	return i < bi.n_regions && bi.map[i].start == start && bi.map[i].size == size &&
	       bi.map[i].type == type;
}

static void sanitise(void)
{
	n_before = bi.n_regions;
	memcpy(before, bi.map, sizeof(before));
	log_clear();
	e820_sanitise(&bi);
}

static bool orderly(void)
{
	for (unsigned int i = 0; i < bi.n_regions; i++) {
		const struct boot_region *r = &bi.map[i], *next = r + 1;

		if (!r->size || r->type < E820_RAM || r->type > E820_UNUSABLE)
			return false;
		if (i + 1 == bi.n_regions)
			continue;
		if (r->start + r->size > next->start ||
		    (r->start + r->size == next->start && r->type == next->type))
			return false;
	}
	return true;
}

/* The type of one byte: by the rule over the given entries, and by the result. */
static uint32_t type_before(uint64_t address)
{
	uint32_t type = 0;

	for (unsigned int i = 0; i < n_before; i++) {
		uint32_t t = before[i].type;

		if (address < before[i].start || address - before[i].start >= before[i].size)
			continue;
		t = t >= E820_RAM && t <= E820_UNUSABLE ? t : E820_RESERVED;
		type = MAX(type, t);
	}
	return type;
}

static uint32_t type_after(uint64_t address)
{
	for (unsigned int i = 0; i < bi.n_regions; i++)
		if (address >= bi.map[i].start && address - bi.map[i].start < bi.map[i].size)
			return bi.map[i].type;
	return 0;
}

static bool random_map_good(unsigned int seed)
{
	unsigned int n = 1 + (unsigned int)rand_r(&seed) % 60;

	bi.n_regions = 0;
	for (unsigned int i = 0; i < n; i++)
		add((uint64_t)(rand_r(&seed) % 100), (uint64_t)(rand_r(&seed) % 30),
		    (uint32_t)(rand_r(&seed) % 8));
	sanitise();
	if (!orderly() || !log_empty())
		return false;
	for (uint64_t address = 0; address < 140; address++)
		if (type_before(address) != type_after(address))
			return false;
	return true;
}

int main(void)
{
	unsigned int seed, good = 0;

	printf("1..9\n");
	add(0x100000, 0x7ef00000, E820_RAM);
	add(0, 0x9fc00, E820_RAM);
	add(0x9fc00, 0x400, E820_RESERVED);
	add(0x7eff0000, 0x10000, E820_ACPI);
	sanitise();
	result(bi.n_regions == 4 && is(0, 0, 0x9fc00, E820_RAM) &&
		       is(2, 0x100000, 0x7eef0000, E820_RAM) &&
		       is(3, 0x7eff0000, 0x10000, E820_ACPI) && orderly() && log_empty(),
	       "sorted, and RAM yields to ACPI tables");
	bi.n_regions = 0;
	add(0, 0x1000, E820_RAM);
	add(0x1000, 0x1000, E820_RAM);
	add(0x3000, 0, E820_RESERVED);
	sanitise();
	result(bi.n_regions == 1 && is(0, 0, 0x2000, E820_RAM),
	       "neighbours are joined, empty entries dropped");
	bi.n_regions = 0;
	add(0x1000, 0x1000, 77);
	add(0x2000, 0x1000, 0);
	sanitise();
	result(bi.n_regions == 1 && is(0, 0x1000, 0x2000, E820_RESERVED),
	       "unknown types are reserved");
	bi.n_regions = 0;
	add(UINT64_C(0xfffffffffffff000), 0x2000, E820_RAM);
	add(0x1000, UINT64_MAX, E820_RAM);
	sanitise();
	result(bi.n_regions == 1 && is(0, 0x1000, (UINT64_C(1) << 52) - 0x1000, E820_RAM) &&
		       log_has("is cut"),
	       "nothing wraps around or lies beyond 2^52");
	bi.n_regions = 0;
	add(UINT64_C(1) << 52, 0x1000, E820_RAM);
	sanitise();
	result(bi.n_regions == 0 && log_empty(), "an entry that begins at the limit is nothing");
	bi.n_regions = 0;
	sanitise();
	result(bi.n_regions == 0, "an empty map stays empty");
	bi.n_regions = 0;
	add(0, 1000000, E820_RAM);
	for (unsigned int i = 1; i < BOOT_MAX_REGIONS; i++)
		add(i * 1000, 10, E820_RESERVED);
	sanitise();
	result(bi.n_regions == BOOT_MAX_REGIONS && orderly() && log_has("too ragged"),
	       "a map that grows beyond the table ends with a warning");
	bi.n_regions = BOOT_MAX_REGIONS + 7;
	e820_sanitise(&bi);
	result(bi.n_regions <= BOOT_MAX_REGIONS && orderly(),
	       "a count beyond the table is not followed");
	for (seed = 1; seed <= 5000; seed++)
		good += random_map_good(seed);
	result(good == 5000,
	       "5000 random maps: orderly, and each byte has the highest type given to it");
	return tap_failures != 0;
}
