// SPDX-License-Identifier: GPL-2.0-only
/*
 * Microcode is loaded on each CPU when it starts: on the boot CPU before protection_init() reads
 * what it can do. The update is copied out of its module once, for Domain-0 gets the module's
 * memory, and Intel's CPUs want it aligned.
 */
#include <x86/ucode.h>
#include <hv/boot/boot.h>
#include <hv/boot/options.h>
#include <hv/boot/ucode_parse.h>
#include <hv/console/printk.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <x86/cpu.h>
#include <x86/entry.h>
#include <x86/protection.h>

enum { MSR_PLATFORM_ID = 0x17, MSR_INTEL_UPDATE = 0x79 };
#define MSR_AMD_UPDATE	0xc0010020
#define MAX_ORDER_UPDATE 10	/* 4 MiB: the largest known are below 1 MiB */

static struct ucode_update kept;	/* data NULL: none */
static bool kept_amd;

/* False: neither Intel's nor AMD's. */
static bool read_cpu(struct ucode_cpu *cpu)
{
	struct cpuid_regs r;
	uint64_t platform;

	host_cpuid(0, 0, &r);
	*cpu = (struct ucode_cpu){.amd = r.c == 0x444d4163};	/* AuthenticAMD */
	if (!cpu->amd && r.c != 0x6c65746e)			/* GenuineIntel */
		return false;
	host_cpuid(1, 0, &r);
	cpu->signature = r.a;
	cpu->revision = cpu_microcode();
	if (!cpu->amd && !rdmsr_safe(MSR_PLATFORM_ID, &platform))
		cpu->platform = 1u << (platform >> 50 & 7);
	return true;
}

static bool find_in(const struct boot_module *m, const struct ucode_cpu *cpu,
		    struct ucode_update *u)
{
	const void *blob = maddr_to_virt(m->start);
	size_t size = m->size;

	if (size >= 6 && memcmp(blob, "070701", 6) == 0)
		blob = ucode_cpio_file(blob, size,
				       cpu->amd ? "kernel/x86/microcode/AuthenticAMD.bin"
						: "kernel/x86/microcode/GenuineIntel.bin",
				       &size);
	else if (!options.ucode_module)
		return false;	/* an initial RAM disk without microcode in front */
	return blob && ucode_find(cpu, blob, size, u);
}

/* The module that the option names, or any that is an archive with microcode in front. */
static bool find(const struct boot_info *bi, const struct ucode_cpu *cpu, struct ucode_update *u)
{
	int n = options.ucode_module;

	if (n) {
		n = n < 0 ? (int)bi->n_modules + n : n;
		if (n < 1 || n >= (int)bi->n_modules) {
			log_warn("option ucode: there is no module %d\n", options.ucode_module);
			return false;
		}
		return find_in(&bi->modules[n], cpu, u);
	}
	for (unsigned int i = 1; i < bi->n_modules; i++)
		if (find_in(&bi->modules[i], cpu, u))
			return true;
	return false;
}

/* Returns the revision that runs afterwards. */
static uint32_t load(void)
{
	wrmsr_safe(kept_amd ? MSR_AMD_UPDATE : MSR_INTEL_UPDATE, (uint64_t)kept.data);
	return cpu_microcode();
}

void ucode_init(const struct boot_info *bi)
{
	struct ucode_cpu cpu;
	struct ucode_update u;
	struct frame *f;
	unsigned int order = 0;
	uint32_t now;
	void *copy;

	if ((!options.ucode_scan && !options.ucode_module) || !read_cpu(&cpu))
		return;
	if (!find(bi, &cpu, &u)) {
		log_info("microcode: %x stays: nothing newer was found\n", cpu.revision);
		return;
	}
	while (order < MAX_ORDER_UPDATE && (PAGE_SIZE << order) < u.size)
		order++;
	f = (PAGE_SIZE << order) < u.size ? NULL : alloc_frames(order, 0);
	if (!f) {
		log_warn("microcode: no room for an update of %lu bytes\n", (unsigned long)u.size);
		return;
	}
	copy = mfn_to_virt(frame_to_mfn(f));
	memcpy(copy, u.data, u.size);
	kept = (struct ucode_update){copy, u.size, u.revision};
	kept_amd = cpu.amd;
	now = load();
	if (now == u.revision)
		log_info("microcode: %x replaces %x\n", now, cpu.revision);
	else
		log_warn("microcode: the CPU did not take %x, it runs %x\n", u.revision, now);
}

void ucode_init_cpu(void)
{
	uint32_t now;

	if (!kept.data || cpu_microcode() == kept.revision)
		return;
	now = load();
	if (now != kept.revision)
		log_warn("microcode: CPU %u did not take %x, it runs %x\n", cpu_id(), kept.revision,
			 now);
}
