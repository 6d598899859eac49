/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A memory map: entries of 17 bytes, start, size, type. The result must be orderly and say what the
 * entries say.
 */
/* sources: hypervisor/boot/e820.c */
#include <hv/boot/boot.h>

#include "quiet.h"

static struct boot_info bi;
static struct boot_region given[BOOT_MAX_REGIONS];
static unsigned int n_given;

static uint32_t type_given(uint64_t at)
{
	uint32_t type = 0;

	for (unsigned int i = 0; i < n_given; i++) {
		uint32_t t = given[i].type;

		t = t >= E820_RAM && t <= E820_UNUSABLE ? t : E820_RESERVED;
		if (at >= given[i].start && at - given[i].start < given[i].size && t > type)
			type = t;
	}
	return type;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	uint64_t end = 0;

	for (n_given = 0; in.size && n_given < BOOT_MAX_REGIONS; n_given++) {
		struct boot_region *r = &given[n_given];

		r->start = take(&in, 8);
		r->size = take(&in, 8);
		r->type = (uint32_t)take(&in, 1);
	}
	memcpy(bi.map, given, sizeof(given));
	bi.n_regions = n_given;
	e820_sanitise(&bi);
	CLAIM(bi.n_regions <= BOOT_MAX_REGIONS);
	for (unsigned int i = 0; i < bi.n_regions; i++) {
		struct boot_region r = bi.map[i];

		CLAIM(r.size && r.start >= end && r.size <= (UINT64_C(1) << 52) - r.start);
		CLAIM(r.type >= E820_RAM && r.type <= E820_UNUSABLE);
		CLAIM(type_given(r.start) == r.type && type_given(r.start + r.size - 1) == r.type);
		end = r.start + r.size;
	}
	return 0;
}
