/* SPDX-License-Identifier: GPL-2.0-only */
/* The local APIC and what is sent through it (x86/lapic.c). */
#ifndef X86_LAPIC_H
#define X86_LAPIC_H

#include <hv/percpu.h>
#include <hv/types.h>

/* Map the local APICs, which all CPUs have at ma; 0: where the boot CPU's MSR says. Boot CPU. */
void lapic_map(maddr_t ma);
/* Set up this CPU's: vectors, priority, timer. After lapic_map(). */
void lapic_init(void);
/* The interrupt that this CPU is at is done. Interrupt context. */
void lapic_eoi(void);
/* This CPU's physical APIC id. */
uint32_t lapic_id(void);
/* Physical APIC id of a CPU number: for IO-APIC and MSI destinations. Any context. */
uint32_t lapic_id_of(unsigned int cpu);
/* Interrupt a CPU. Any context. */
void lapic_ipi(unsigned int cpu, unsigned int vector);
/* Interrupt each CPU of the mask but this one. Any context. */
void lapic_ipi_mask(cpumask_t cpus, unsigned int vector);
/* Start a CPU at the page `trampoline`, below 1 MiB: INIT, SIPI, SIPI. Takes 10 ms. Boot CPU. */
void lapic_start_ap(uint32_t apic_id, maddr_t trampoline);
/* Let this CPU's timer count down from count and then interrupt; 0: not at all. Interrupts off. */
void lapic_timer_start(uint32_t count);
/* What is left of it. */
uint32_t lapic_timer_read(void);

#endif
