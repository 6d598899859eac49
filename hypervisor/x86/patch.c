// SPDX-License-Identifier: GPL-2.0-only
/*
 * The image's code, changed once at boot to what this CPU needs. What is off costs one jump, what
 * is on one NOP.
 *
 * The first 2 MiB pages of the image are writable until paging_protect() (boot/start.c). Only one
 * CPU runs, and CPUID makes it forget what it has fetched. An NMI in between would at worst run a
 * site that is half written: the machine then has no watchdog that sends one.
 */
#include <x86/patch.h>
#include <hv/console/printk.h>
#include <hv/lib/lib.h>
#include <x86/cpu.h>
#include <x86/protection.h>

#define JMP_REL32	0xe9
#define SITE_SIZE	5

/*
 * x86/thunk.S: a template for each kind and register, and the thunks themselves, one in each line's
 * upper half.
 */
#define THUNK_SIZE	32
#define THUNK_STRIDE	64
#define THUNK_REGISTERS	15

extern const struct patch_site patch_sites_start[], patch_sites_end[];
extern char thunks_start[];
extern const char thunk_templates[];

static void serialise(void)
{
	struct cpuid_regs r;

	host_cpuid(0, 0, &r);
}

unsigned int patch_sites(const struct patch_site *from, const struct patch_site *to,
			 uint32_t features)
{
	static const uint8_t nop[SITE_SIZE] = {0x0f, 0x1f, 0x44, 0x00, 0x00};
	unsigned int changed = 0;

	for (const struct patch_site *s = from; s < to; s++) {
		uint8_t *code = (uint8_t *)s->address;

		if (*code != JMP_REL32 || s->feature >= 32)
			panic("patch: no site at %lx", (unsigned long)s->address);
		if (!(features >> s->feature & 1))
			continue;
		memcpy(code, nop, SITE_SIZE);
		changed++;
	}
	return changed;
}

void patch_entry(uint32_t features)
{
	if (features & (BIT64(SPEC_IBRS) | BIT64(SPEC_RSB) | BIT64(SPEC_IBPB) | BIT64(SPEC_BHB)))
		features |= BIT64(SPEC_ON_ENTRY);
	if (features & (BIT64(SPEC_IBRS) | BIT64(SPEC_DIV)))
		features |= BIT64(SPEC_ON_EXIT);
	patch_sites(patch_sites_start, patch_sites_end, features);
	serialise();
}

void patch_thunks(enum thunk kind)
{
	const char *from =
		thunk_templates + (size_t)(kind - THUNK_RETPOLINE) * THUNK_REGISTERS * THUNK_SIZE;

	for (unsigned int i = 0; i < THUNK_REGISTERS; i++)
		memcpy(thunks_start + i * THUNK_STRIDE, from + i * THUNK_SIZE, THUNK_SIZE);
	serialise();
}
