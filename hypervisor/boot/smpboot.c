// SPDX-License-Identifier: GPL-2.0-only
/* The other CPUs: one at a time, from real mode (trampoline.S) to the idle loop. */
#include <hv/boot/smpboot.h>
#include <hv/boot/boot.h>
#include <hv/console/printk.h>
#include <hv/lib/lib.h>
#include <hv/mm/directmap.h>
#include <hv/sched/sched.h>
#include <hv/time/clock.h>
#include <x86/context.h>
#include <x86/cpu.h>
#include <x86/desc.h>
#include <x86/lapic.h>
#include <x86/protection.h>
#include <x86/stack.h>
#include <x86/svm.h>
#include <x86/traps.h>
#include <x86/ucode.h>
#include <x86/window.h>
#include <x86/xpti.h>

#define TRAMPOLINE	0x8000u	/* in the first MiB, which the allocator never gives away */
#define PATIENCE_NS	(2 * NS_PER_SEC)

extern uint32_t trampoline_gdt_base, trampoline_gdt_offset;

static unsigned int starting;	/* set to the number of the CPU that has come up */

/* The new CPU, on its own stack; ap_entry64 in head.S. */
void start_ap(void)
{
	traps_load();
	window_init_cpu();
	desc_init_cpu();
	ucode_init_cpu();
	cpu_init_this();
	protection_init_cpu();
	xpti_init_cpu();
	context_init_cpu();
	lapic_init();
	svm_init_cpu();
	atomic_store_release(&starting, cpu_id());	/* pairs with start_one() */
	while (!atomic_load_acquire(&nr_cpus) || atomic_load_acquire(&nr_cpus) <= cpu_id())
		cpu_relax();
	idle_start();
}

static bool start_one(uint32_t apic_id, unsigned int cpu)
{
	struct cpu_info *ci = stack_make(cpu);
	uint64_t end;

	if (!ci)
		return false;
	ci->cpu = cpu;
	ap_stack = (uint64_t)ci;
	sched_init_cpu(cpu);
	lapic_start_ap(apic_id, TRAMPOLINE);
	for (end = now_ns() + PATIENCE_NS; now_ns() < end;) {
		if (atomic_load_acquire(&starting) == cpu) {
			atomic_store_release(&nr_cpus, cpu + 1);
			return true;
		}
		cpu_relax();
	}
	return false;	/* its stack stays reserved: it may still wake up */
}

void smp_start(const struct boot_info *bi)
{
	uint32_t self = lapic_id();
	uint32_t size = trampoline_end - trampoline_start;
	char *copy = maddr_to_virt(TRAMPOLINE);
	unsigned int parked = 0;

	context_init_cpu();
	memcpy(copy, trampoline_start, size);
	*(uint32_t *)(copy + ((char *)&trampoline_gdt_base - trampoline_start)) =
		TRAMPOLINE + trampoline_gdt_offset;
	for (unsigned int i = 0; i < bi->n_cpus && nr_cpus < NR_CPUS; i++) {
		if (bi->apic_ids[i] == self)
			continue;
		if (protection.no_smt && cpu_is_sibling(bi->apic_ids[i])) {
			parked++;	/* it waits for a start that never comes */
			continue;
		}
		if (!start_one(bi->apic_ids[i], nr_cpus))
			log_warn("CPU with APIC id %u did not start\n", bi->apic_ids[i]);
	}
	log_info("%u CPU%s\n", nr_cpus, nr_cpus == 1 ? "" : "s");
	if (parked)
		log_info("smt=no: %u second threads of cores are not started\n", parked);
}
