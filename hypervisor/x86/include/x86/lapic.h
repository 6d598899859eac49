/* SPDX-License-Identifier: GPL-2.0-only */
/* The local APIC and what is sent through it (x86/lapic.c). */
#ifndef X86_LAPIC_H
#define X86_LAPIC_H

#include <hv/percpu.h>

void lapic_init(void);			/* this CPU */
void lapic_eoi(void);
uint32_t lapic_id_of(
	unsigned int cpu); /* physical APIC id of a CPU number: for IO-APIC and MSI destinations */
void lapic_ipi(unsigned int cpu, unsigned int vector);
void lapic_ipi_mask(cpumask_t cpus, unsigned int vector);	/* without this CPU */
void lapic_start_ap(uint32_t apic_id, maddr_t trampoline);	/* INIT, SIPI, SIPI */

#endif
