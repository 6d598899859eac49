/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From one vCPU to another on a CPU, and what of a vCPU stays in the CPU's registers while it is
 * loaded (x86/context.c). "Current" functions are for the vCPU that runs here.
 */
#ifndef X86_CONTEXT_H
#define X86_CONTEXT_H

#include <hv/compiler.h>
#include <hv/types.h>

/* This CPU has no guest's tables loaded: struct cpu_info says so. Once a CPU, when it starts. */
void context_init_cpu(void);
/* The stack of start-up becomes that of the idle loop. Each CPU, at the end of its start. */
void idle_start(void) __noreturn;

/* Make next's registers available to this CPU, which another may still hold. Interrupts on. */
void switch_prepare(struct vcpu *next);
/* current becomes next, whose registers are loaded where they are not yet. Interrupts off. */
void context_switch(struct vcpu *prev, struct vcpu *next);
/*
 * This CPU is idle: save the guest that is still loaded, and drop its CR3. False: it runs on.
 * Interrupts off.
 */
bool context_leave_guest(void);
/* v does not run: its state is complete in memory on return. Interrupts on. */
void vcpu_sync(struct vcpu *v);

/* Current: kernel <-> user, GS bases and CR3. */
void toggle_guest_mode(struct vcpu *v);
/* Current: load CR3 after vcpu_set_tables(); flushes this CPU. */
void vcpu_load_cr3(struct vcpu *v);
/* Current: the bits of CR4 that a guest chooses into the CPU. */
void vcpu_load_cr4(const struct vcpu *v);
/* Derive cr3_kernel and cr3_user from guest_table and guest_table_user. */
void vcpu_set_tables(struct vcpu *v);
/* Current: a segment base; which: SEGBASE_*. 0 or -EINVAL. */
int set_segment_base(struct vcpu *v, unsigned int which, uint64_t base);
/* Current: v->dr into the CPU. */
void debug_registers_load(struct vcpu *v);

#endif
