/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The IO-APICs (x86/ioapic.c). A pin is named by its GSI. Any context; a lock inside, taken with
 * interrupts off.
 */
#ifndef X86_IOAPIC_H
#define X86_IOAPIC_H

#include <hv/types.h>

struct boot_info;

/* Map the IO-APICs of the MADT, mask all their pins, and silence the PICs. Boot CPU. */
void ioapic_init(const struct boot_info *bi);
/* GSIs are 0 .. ioapic_gsi_count()-1; not all of them need to exist. */
unsigned int ioapic_gsi_count(void);
/* Is there a pin of this number? */
bool ioapic_has_gsi(uint32_t gsi);

/* Where a pin's interrupt goes. */
struct ioapic_route {
	uint8_t vector;
	uint32_t apic_id;
	bool level, low;
};

/* Route a pin to a vector of a CPU. Leaves it masked. A pin that is not there: nothing. */
void ioapic_route(uint32_t gsi, const struct ioapic_route *r);
/* Let nothing through. */
void ioapic_mask(uint32_t gsi);
/* Let it through. */
void ioapic_unmask(uint32_t gsi);

/* Read a register as PHYSDEVOP_apic_read wants it. 0, or -ENODEV: no IO-APIC at this address. */
int ioapic_read_register(maddr_t base, uint32_t reg, uint32_t *value);

#endif
