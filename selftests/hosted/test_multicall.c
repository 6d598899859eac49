/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Multicalls: the state that an entry leaves when it is preempted, and when its result cannot be
 * written. A number without a handler is refused, and the log says so once. The handlers are
 * stand-ins; the calls go through the guest's registers, as from entry.S.
 */
/* sources: hypervisor/hypercall/multicall.c hypervisor/hypercall/continuation.c */
/* sources: hypervisor/hypercall/table.c */
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>
#include <hv/hypercall/table.h>
#include <hv/sched/sched.h>
#include <x86/uaccess.h>
#include <xen/xen.h>

#include "log_capture.h"

_Thread_local struct cpu_info hosted_cpu_info;
unsigned int nr_cpus = 1;

static struct domain dom = {.id = 1};
static struct vcpu vcpu = {.domain = &dom};
static struct multicall_entry list[4];
static bool readonly, interrupted;	/* the list's page; the next do_sched_op() */
static unsigned int calls, others;	/* of do_sched_op(), and of all other handlers */

bool hypercall_preempt_check(void)
{
	return false;
}

int copy_from_guest(void *dst, gaddr_t src, size_t size)
{
	memcpy(dst, (const void *)src, size);
	return 0;
}

int copy_to_guest(gaddr_t dst, const void *src, size_t size)
{
	if (readonly)
		return -EFAULT;
	memcpy((void *)dst, src, size);
	return 0;
}

#define UNUSED_CALL(name)                                                        \
	HYPERCALL(name)                                                          \
	{                                                                        \
		(void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)a6;      \
		others++;                                                        \
		return 7;                                                        \
	}
UNUSED_CALL(do_set_trap_table)
UNUSED_CALL(do_mmu_update)
UNUSED_CALL(do_set_gdt)
UNUSED_CALL(do_stack_switch)
UNUSED_CALL(do_fpu_taskswitch)
UNUSED_CALL(do_platform_op)
UNUSED_CALL(do_set_debugreg)
UNUSED_CALL(do_get_debugreg)
UNUSED_CALL(do_update_descriptor)
UNUSED_CALL(do_memory_op)
UNUSED_CALL(do_update_va_mapping)
UNUSED_CALL(do_set_timer_op)
UNUSED_CALL(do_xen_version)
UNUSED_CALL(do_console_io)
UNUSED_CALL(do_grant_table_op)
UNUSED_CALL(do_vm_assist)
UNUSED_CALL(do_update_va_mapping_otherdomain)
UNUSED_CALL(do_iret)
UNUSED_CALL(do_vcpu_op)
UNUSED_CALL(do_set_segment_base)
UNUSED_CALL(do_mmuext_op)
UNUSED_CALL(do_callback_op)
UNUSED_CALL(do_set_callbacks)
UNUSED_CALL(do_event_channel_op)
UNUSED_CALL(do_physdev_op)
UNUSED_CALL(do_sysctl)
UNUSED_CALL(do_domctl)
UNUSED_CALL(do_mca)
UNUSED_CALL(do_hypfs_op)

HYPERCALL(do_sched_op)
{
	(void)a3, (void)a4, (void)a5, (void)a6;
	calls++;
	if (!interrupted)
		return (long)(a1 + a2);
	interrupted = false;
	return hypercall_restart(a1 + 1, a2, 0, 0, 0);
}

/* The guest's SYSCALL for a list of n; its address is 100, that of what follows it 102. */
static void call(unsigned int n)
{
	vcpu.arch.regs = (struct regs){
		.rax = __HYPERVISOR_multicall, .rdi = (uint64_t)list, .rsi = n, .rip = 102};
	hypercall_dispatch(&vcpu);
}

static void start(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		list[i] = (struct multicall_entry){
			.op = __HYPERVISOR_sched_op, .result = 99, .args = {10, i}};
	current = &vcpu;
	calls = 0;
	readonly = interrupted = false;
}

/* ---- numbers: each has a handler, or is refused ---- */

/* hvm_op, which needs the support of HVM guests, stands in the table, too. */
static const uint8_t handled[] = {0,  1,  2,  3,  4,  5,  7,  8,  9,  10, 12, 13, 14, 15, 17, 18,
				  20, 21, 22, 23, 24, 25, 26, 29, 30, 32, 33, 34, 35, 36, 42, 48};

static bool is_handled(uint64_t nr)
{
	return memchr(handled, (int)nr, sizeof(handled)) && nr < NR_HYPERCALLS;
}

/* As the guest's SYSCALL, and as an entry of a multicall. */
static long direct(uint64_t nr)
{
	vcpu.arch.regs = (struct regs){.rax = nr, .rip = 102};
	hypercall_dispatch(&vcpu);
	return (long)vcpu.arch.regs.rax;
}

static long listed(uint64_t nr)
{
	start(1);
	list[0].op = nr;
	call(1);
	return (long)list[0].result;
}

static void test_numbers(void)
{
	bool good = true, quiet = true;

	start(1);
	for (uint64_t nr = 0; nr < NR_HYPERCALLS + 8; nr++) {
		bool mine = !is_handled(nr);

		log_clear();
		good &= !mine || direct(nr) == -ENOSYS;
		quiet &= !mine || log_has("is not implemented");
		good &= !mine || listed(nr) == -ENOSYS;
	}
	result(good && !calls && !others, "a number without a handler is -ENOSYS, in a list too");
	result(quiet, "the log says that it is not implemented");
	log_clear();
	for (unsigned int i = 0; i < 100; i++)
		(void)direct(__HYPERVISOR_xsm_op);
	result(log_empty(), "once");
	good = true;
	for (unsigned int i = 0; i < sizeof(handled); i++) {
		others = calls = 0;
		if (handled[i] == __HYPERVISOR_multicall || handled[i] == __HYPERVISOR_hvm_op)
			continue;
		(void)direct(handled[i]);
		good &= others + calls == 1;
	}
	result(good, "every other number has its handler");
	others = 0;
	result(listed(__HYPERVISOR_iret) == -ENOSYS && listed(__HYPERVISOR_multicall) == -ENOSYS &&
		       !others,
	       "no iret and no multicall in a list");
	result(direct(__HYPERVISOR_hvm_op) == -ENOSYS, "no hvm_op without HVM guests");
}

int main(void)
{
	start(3);
	call(3);
	result(calls == 3 && list[0].result == 10 && list[2].result == 12 &&
		       vcpu.arch.regs.rip == 102 && !vcpu.arch.regs.rax,
	       "a list is carried out, each result in its entry");
	start(3);
	interrupted = true;
	call(3);
	result(calls == 1 && list[0].args[0] == 11 && list[0].result == 99 &&
		       vcpu.arch.regs.rip == 100 && vcpu.arch.regs.rsi == 3 &&
		       vcpu.arch.regs.rdi == (uint64_t)list,
	       "an entry that is interrupted goes on with the arguments that it left");
	call(3);
	result(calls == 4 && list[0].result == 11 && vcpu.arch.regs.rip == 102,
	       "and the list behind it follows");
	start(2);
	interrupted = readonly = true;
	call(2);
	result(calls == 1 && vcpu.arch.regs.rip == 102 && vcpu.arch.regs.rax == (uint64_t)-EFAULT,
	       "where they cannot be written the guest gets EFAULT, and the call is over");
	result(!vcpu.hc.restart, "nothing of it is left for the next call");
	start(2);
	readonly = true;
	call(2);
	result(calls == 1 && vcpu.arch.regs.rip == 102 && vcpu.arch.regs.rax == (uint64_t)-EFAULT,
	       "as where a result cannot be written");
	test_numbers();
	printf("1..%u\n", tap_number);
	return tap_failures != 0;
}
