/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every handler of a hypercall needs (hypercall/table.c, continuation.c). Each has the one
 * signature: up to six words, a long result; 0 or positive is success, negative an error. Pointers
 * come as gaddr_t and are only followed by x86/uaccess.h.
 *
 * A handler that has worked long asks hypercall_preempt_check(), and then returns
 *	return hypercall_restart(a1, a2, a3, a4, a5);
 * with arguments that say what is left. The guest executes the hypercall again, once interrupts and
 * other vCPUs had their turn. It works inside a multicall too.
 */
#ifndef HV_HYPERCALL_HYPERCALL_H
#define HV_HYPERCALL_HYPERCALL_H

#include <hv/types.h>

typedef long hypercall_fn(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
			  uint64_t a6);
#define HYPERCALL(name) \
	long name(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6)

#define NR_HYPERCALLS 64	/* as many counts has struct vcpu_stats */

/* The handlers; each says at its definition what it does. */
hypercall_fn do_set_trap_table, do_mmu_update, do_set_gdt, do_stack_switch,
	do_set_callbacks,
	do_fpu_taskswitch, do_platform_op, do_set_debugreg, do_get_debugreg, do_update_descriptor,
	do_memory_op, do_multicall, do_update_va_mapping, do_set_timer_op, do_xen_version,
	do_console_io, do_grant_table_op, do_vm_assist, do_update_va_mapping_otherdomain, do_iret,
	do_vcpu_op, do_set_segment_base, do_mmuext_op, do_sched_op, do_callback_op,
	do_event_channel_op, do_physdev_op, do_sysctl, do_domctl, do_hypfs_op, do_mca;

/*
 * Ask for the hypercall to be executed again with these arguments. What it returns, the handler
 * returns.
 */
long hypercall_restart(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5);

/* Log once per (hypercall, sub-op) that something is not implemented, and give -ENOSYS. */
long not_implemented(const char *what, unsigned int sub);
/*
 * The same for what a sub-op is known for and cannot do here: log once, give -EOPNOTSUPP. For what
 * the caller asks for; a question gets an answer, or the errno of its interface.
 */
long not_supported(const char *what, unsigned int sub);
/*
 * Log once that something is accepted without effect, since a refusal would stop kernels or
 * restored domains that do well without: ABI.md has each of them.
 */
void not_applied(const char *what, unsigned int sub);

#endif
