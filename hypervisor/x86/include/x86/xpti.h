/* SPDX-License-Identifier: GPL-2.0-only */
/* Page tables for guest mode without the hypervisor's memory: xpti=on (x86/xpti.c). */
#ifndef X86_XPTI_H
#define X86_XPTI_H

#include <hv/types.h>

/* The shared part, and the boot CPU's. Boot CPU, after mm_boot_init(). Panics without memory. */
void xpti_init(void);
/* This CPU's copies. Panics without memory. */
void xpti_init_cpu(void);
/* v's mode or table changed: choose the copy that is meant. v is loaded here; interrupts off. */
void xpti_select(struct vcpu *v);
/* Bring that copy up to date. Interrupts off. */
void xpti_sync(struct vcpu *v);
/* Another domain comes: the copies are nobody's. Interrupts off. */
void xpti_forget(void);
/* A page fault of the guest may be of a copy that was out of date: true, it tries again. */
bool xpti_stale(const struct vcpu *v);

#endif
