// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the first C instruction to Domain-0: an annotated list of calls, in the order that each
 * needs the ones before.
 */
#include <hv/boot/start.h>
#include <hv/boot/boot.h>
#include <hv/boot/options.h>
#include <hv/boot/selftest.h>
#include <hv/boot/smpboot.h>
#include <hv/console/console.h>
#include <hv/console/printk.h>
#include <hv/domain/cpu_policy.h>
#include <hv/domain/dom0_build.h>
#include <hv/domain/domain.h>
#include <hv/hvm/hvm.h>
#include <hv/irq/irq.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/iomem.h>
#include <hv/mm/map.h>
#include <hv/mm/promote.h>
#include <hv/sched/sched.h>
#include <hv/time/clock.h>
#include <hv/time/wallclock.h>
#include <hv/trace/trace.h>
#include <x86/canary.h>
#include <x86/context.h>
#include <x86/copy_speed.h>
#include <x86/cpu.h>
#include <x86/image.h>
#include <x86/lapic.h>
#include <x86/protection.h>
#include <x86/stack.h>
#include <x86/timer_hw.h>
#include <x86/traps.h>
#include <x86/ucode.h>
#include <x86/xpti.h>

struct boot_info boot_info;

/* All of the first 4 GiB is in the direct map from head.S on. */
static const void *boot_phys(maddr_t start, uint64_t size)
{
	if (size > GIB(4) || start > GIB(4) - size)
		return NULL;
	return maddr_to_virt(start);
}

static void reserve(maddr_t start, maddr_t end)
{
	if (boot_info.n_reserved == BOOT_MAX_RESERVED)
		panic("too many reserved ranges");
	boot_info.reserved[boot_info.n_reserved++] =
		(struct boot_reserved){ALIGN_DOWN(start, PAGE_SIZE), ALIGN_UP(end, PAGE_SIZE)};
}

/*
 * What the allocator must not touch: low memory (firmware data, trampoline), the image, the
 * modules.
 */
static void reserve_all(void)
{
	reserve(0, MIB(1));
	reserve(image_maddr(image_start), image_maddr(image_end));
	for (unsigned int i = 0; i < boot_info.n_modules; i++)
		reserve(boot_info.modules[i].start,
			boot_info.modules[i].start + boot_info.modules[i].size);
}

/* Devices that are ours, whatever Domain-0 maps. */
static void deny_devices(void)
{
	iomem_deny(boot_info.lapic_address, PAGE_SIZE);
	for (unsigned int i = 0; i < boot_info.n_ioapics; i++)
		iomem_deny(boot_info.ioapics[i].address, PAGE_SIZE);
}

static void print_memory_map(void)
{
	static const char *const names[] = {"?", "RAM", "reserved", "ACPI", "NVS", "unusable"};

	for (unsigned int i = 0; i < boot_info.n_regions; i++) {
		const struct boot_region *r = &boot_info.map[i];

		log_info("  %012lx-%012lx %s\n", r->start, r->start + r->size - 1,
			 names[r->type <= 5 ? r->type : 0]);
	}
}

/*
 * What the hypervisor has taken of the machine's RAM before the first domain: all that is neither
 * free, nor below 1 MiB, nor the loader's modules. Its tables of frames grow with RAM, the rest
 * must not.
 */
static void print_own_memory(void)
{
	uint64_t ram = 0, modules = 0;

	for (unsigned int i = 0; i < boot_info.n_regions; i++) {
		const struct boot_region *r = &boot_info.map[i];

		if (r->type == E820_RAM && r->start >= MIB(1))
			ram += r->size;
	}
	for (unsigned int i = 0; i < boot_info.n_modules; i++)
		modules += ALIGN_UP(boot_info.modules[i].size, PAGE_SIZE);
	log_info("memory: %lu KiB used before Domain-0, of %lu MiB; the image has %lu KiB of text "
		 "and data\n",
		 (ram - modules - (free_frame_count() << PAGE_SHIFT)) >> 10, ram >> 20,
		 (uint64_t)(bss_start - image_start) >> 10);
}

void __no_stack_protector start_hypervisor(uint32_t magic, uint32_t block)
{
	struct cpu_info *ci = get_cpu_info();

	canary_init();
	ci->cpu = 0;
	ci->vcpu = NULL;
	nr_cpus = 1;
	stack_init_boot();

	/* What the loader said; then the console, which its command line configures. */
	int rc = multiboot_parse(magic, block, boot_phys, &boot_info);

	cmdline_parse(boot_info.cmdline);
	console_init();
	log_info("Shoji: a Xen PV hypervisor\n");
	if (rc)
		panic("the boot loader's information cannot be used (%d)", rc);
	log_info("command line: %s\n", boot_info.cmdline);

	/*
	 * The CPU: descriptors and traps, so that a fault prints instead of resetting the machine.
	 */
	traps_init();
	cpu_init_boot();
	copy_speed_init();

	/* Memory and firmware tables. */
	e820_sanitise(&boot_info);
	print_memory_map();
	reserve_all();
	rc = acpi_parse(boot_phys, &boot_info);
	if (rc)
		log_warn("ACPI: no usable tables (%d): one CPU, no IO-APIC\n", rc);
	deny_devices();
	phys_address_bits = cpu_features.phys_bits;
	mm_boot_init(&boot_info);

	/*
	 * Microcode, before the CPU is asked which faults it has. What it needs against them
	 * changes the image, so it comes before that is read-only.
	 */
	ucode_init(&boot_info);
	protection_init(&boot_info);
	if (protection.no_avx)
		cpu_drop_avx();
	image_protect();
	xpti_init();
	cpu_policy_init();

	/* Interrupts, time, scheduler, the other CPUs. */
	lapic_map(boot_info.lapic_address);
	lapic_init();
	time_init();
	irq_init(&boot_info);
	timer_hw_init();
	sched_init();
	domains_init();
	wallclock_init();
	irq_enable();
	console_rx_init();
	selftest_init();
	hvm_init();
	smp_start(&boot_info);
	trace_init();
	print_own_memory();
	image_seal();
	selftest_run();

	/* Domain-0, and off it goes: this stack becomes the idle loop's. */
	build_dom0(&boot_info);
	idle_start();
}
