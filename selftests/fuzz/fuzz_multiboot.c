/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Multiboot information: the first byte chooses version 1 or 2, the rest is the memory at 0x1000,
 * information first.
 */
/* sources: hypervisor/boot/multiboot.c hypervisor/boot/e820.c hypervisor/lib/string.c */
#include <hv/boot/boot.h>

#include "quiet.h"

#define BASE 0x1000

static struct input memory;
static struct boot_info bi;

static const void *phys(maddr_t start, uint64_t size)
{
	if (start < BASE || start - BASE > memory.size || size > memory.size - (start - BASE))
		return NULL;
	return memory.data + (start - BASE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	uint32_t magic = take(&in, 1) & 1 ? 0x2badb002 : 0x36d76289;

	memory = in;
	if (multiboot_parse(magic, BASE, phys, &bi))
		return 0;
	CLAIM(bi.n_modules <= BOOT_MAX_MODULES && bi.n_regions <= BOOT_MAX_REGIONS &&
	      bi.n_reserved <= BOOT_MAX_RESERVED);
	CLAIM(strnlen(bi.cmdline, BOOT_CMDLINE) < BOOT_CMDLINE);
	for (unsigned int i = 0; i < bi.n_modules; i++) {
		CLAIM(strnlen(bi.modules[i].cmdline, BOOT_CMDLINE) < BOOT_CMDLINE);
		CLAIM(bi.modules[i].start + bi.modules[i].size <= UINT64_C(1) << 32);
	}
	e820_sanitise(&bi);
	CLAIM(bi.n_regions <= BOOT_MAX_REGIONS);
	return 0;
}
