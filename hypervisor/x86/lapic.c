// SPDX-License-Identifier: GPL-2.0-only
/*
 * The local APIC (xAPIC, memory mapped): identity, acknowledgement, IPIs, start of other CPUs, its
 * timer's registers.
 */
#include <x86/lapic.h>
#include <arch/msr.h>
#include <hv/irq/vector.h>
#include <hv/mm/map.h>
#include <hv/time/clock.h>
#include <arch/io.h>

enum {
	APIC_ID = 0x20,
	APIC_TPR = 0x80,
	APIC_EOI = 0xb0,
	APIC_LDR = 0xd0,
	APIC_DFR = 0xe0,
	APIC_SVR = 0xf0,
	APIC_ICR_LOW = 0x300,
	APIC_ICR_HIGH = 0x310,
	APIC_LVT_TIMER = 0x320,
	APIC_LVT_LINT0 = 0x350,
	APIC_LVT_LINT1 = 0x360,
	APIC_LVT_ERROR = 0x370,
	APIC_TIMER_INIT = 0x380,
	APIC_TIMER_CURRENT = 0x390,
	APIC_TIMER_DIVIDE = 0x3e0
};
enum {
	LVT_MASKED = 0x10000,
	ICR_BUSY = 0x1000,
	ICR_INIT = 0x500,
	ICR_STARTUP = 0x600,
	ICR_ASSERT = 0x4000,
	ICR_LEVEL = 0x8000
};

static volatile uint8_t *lapic;
static uint32_t apic_ids[NR_CPUS];

static uint32_t get(unsigned int reg)
{
	return mmio_read32(lapic + reg);
}

static void set(unsigned int reg, uint32_t v)
{
	mmio_write32(lapic + reg, v);
}

void lapic_map(maddr_t ma)
{
	if (!ma)
		ma = rdmsr(MSR_APIC_BASE) & 0xffffff000;
	lapic = map_mmio(ma, PAGE_SIZE);
}

uint32_t lapic_id(void)
{
	return get(APIC_ID) >> 24;
}

void lapic_init(void)
{
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | 0x800);
	apic_ids[cpu_id()] = lapic_id();
	set(APIC_TPR, 0);
	set(APIC_LVT_LINT0, LVT_MASKED);
	set(APIC_LVT_LINT1, 0x400);	/* NMI */
	set(APIC_LVT_ERROR, VEC_LAPIC_ERROR);
	set(APIC_LVT_TIMER,
	    VEC_TIMER); /* one shot, for good: the count alone starts and stops it */
	set(APIC_TIMER_DIVIDE, 0xb);	/* by 1 */
	set(APIC_SVR, 0x100 | VEC_SPURIOUS);
	set(APIC_EOI, 0);
}

void lapic_eoi(void)
{
	set(APIC_EOI, 0);
}

uint32_t lapic_id_of(unsigned int cpu)
{
	return apic_ids[cpu];
}

static void send(uint32_t apic_id, uint32_t low)
{
	uint64_t flags = irq_save();

	while (get(APIC_ICR_LOW) & ICR_BUSY)
		cpu_relax();
	set(APIC_ICR_HIGH, apic_id << 24);
	set(APIC_ICR_LOW, low);
	irq_restore(flags);
}

void lapic_ipi(unsigned int cpu, unsigned int vector)
{
	send(apic_ids[cpu], vector);
}

void lapic_ipi_mask(cpumask_t cpus, unsigned int vector)
{
	for (unsigned int c = 0; c < nr_cpus; c++)
		if (c != cpu_id() && cpus.bits >> c & 1)
			lapic_ipi(c, vector);
}

void lapic_start_ap(uint32_t apic_id, maddr_t trampoline)
{
	send(apic_id, ICR_INIT | ICR_ASSERT | ICR_LEVEL);
	delay_us(10000);
	for (unsigned int i = 0; i < 2; i++) {
		send(apic_id, ICR_STARTUP | trampoline >> PAGE_SHIFT);
		delay_us(200);
	}
}

void lapic_timer_start(uint32_t count)
{
	set(APIC_TIMER_INIT, count);
}

uint32_t lapic_timer_read(void)
{
	return get(APIC_TIMER_CURRENT);
}
