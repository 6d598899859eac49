/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring of a domain's kernel: 3, or 1 for a Domain-0 that is inside the wall (option dom0_ring).
 * Its user mode is in ring 3 always.
 *
 *  K1. In ring 3 kernel and user mode have a page table each, and every page is a user page. In
 *      ring 1, which is supervisor mode to the page tables, the kernel's table serves both, and
 *      its entries keep their U/S bits. So it has to hold all that the user's table does, as
 *      Linux's does. The user's table is accepted and validated, and not used.
 *  K2. Descriptors of the guest below privilege level 3 get the level of its kernel
 *      (mm/desc_rules.c).
 *  K3. The guest sees of its kernel's selectors what it would see in ring 3: FLAT_KERNEL_CS and
 *      FLAT_KERNEL_SS in frames, whatever selectors the processor has. Only a MOV from CS or SS
 *      tells.
 *  K4. IOPL is 0: the interrupt flag is the hypervisor's in ring 1 too.
 *  K5. Where SMAP is on, a kernel in ring 1 runs with the flag AC set, because kernels that are
 *      paravirtualised use no STAC. Frames do not show it.
 */
#ifndef HV_KERNEL_RING_H
#define HV_KERNEL_RING_H

#include <hv/layout.h>
#include <hv/types.h>

/* The code selector with which a kernel enters its handlers. ring1: it is one in ring 1. */
static inline uint16_t ring_code_selector(bool ring1)
{
	return ring1 ? SEL_KERNEL_CS64 : SEL_USER_CS64;
}

/* Its stack selector. */
static inline uint16_t ring_stack_selector(bool ring1)
{
	return ring1 ? SEL_KERNEL_DS : SEL_USER_DS32;
}

/* What the processor gets for a code or stack selector that a kernel wants for itself. */
static inline uint16_t ring_selector(bool ring1, uint64_t sel)
{
	sel = (sel & 0xffff) | 3;
	if (!ring1)
		return (uint16_t)sel;
	if (sel == SEL_USER_CS64)
		return SEL_KERNEL_CS64;
	return sel == SEL_USER_DS32 ? SEL_KERNEL_DS : (uint16_t)(sel & ~UINT64_C(2));
}

/* The other way round, with RPL 3: what a kernel is shown for a selector that the processor has. */
static inline uint16_t ring_shown_selector(bool ring1, uint64_t sel)
{
	sel = (sel & 0xffff) | 3;
	if (!ring1)
		return (uint16_t)sel;
	if (sel == (SEL_KERNEL_CS64 | 3))
		return SEL_USER_CS64;
	return sel == (SEL_KERNEL_DS | 3) ? SEL_USER_DS32 : (uint16_t)sel;
}

#endif
