/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched_op, callback_op, vm_assist, the older calls of that kind, debug registers and TS,
 * sub-operation by sub-operation. Claim: none says "done" without having done what it was asked
 * for.
 */
/* sources: hypervisor/trap/callback_op.c hypervisor/sched/sched_op.c */
/* sources: hypervisor/trap/debugreg.c */
#define _GNU_SOURCE
#include <signal.h>
#include <ucontext.h>

#include "control_world.h"

#include "effects.h"

#include <hv/event/event.h>
#include <hv/sched/timer.h>
#include <hv/sched/watchdog.h>
#include <hv/trap/assist.h>
#include <x86/context.h>
#include <xen/callback.h>
#include <xen/sched.h>

/* What the functions behind the doors were told. */
static struct {
	unsigned int yields, blocks, sleeps, polls, watchdogs, loads;
	unsigned int shut[3], noted;
	uint32_t port;
	uint64_t deadline, base;
} told;

void vcpu_yield_current(void)
{
	told.yields++;
}

void vcpu_block_current(void)
{
	told.blocks++;
}

void vcpu_blocked(void)
{
	told.sleeps++;
}

void domain_shutdown(struct domain *d, unsigned int reason)
{
	told.shut[d->id] = reason + 1;
}

void domain_note_shutdown(struct domain *d, unsigned int reason)
{
	(void)d;
	told.noted = reason + 1;
}

long watchdog_set(struct domain *d, uint32_t id, uint32_t seconds)
{
	(void)d, (void)id, (void)seconds;
	told.watchdogs++;
	return 0;
}

int evtchn_port_pending(struct domain *d, uint32_t port)
{
	(void)d;
	return port < 1000 ? 0 : -EINVAL;
}

void evtchn_poll_begin(struct vcpu *v, uint32_t port)
{
	(void)v;
	told.polls++;
	told.port = port;
}

void evtchn_poll_end(struct vcpu *v)
{
	(void)v;
	told.polls--;
	told.port = 0;
}

void timer_set(struct timer *t, uint64_t deadline)
{
	(void)t;
	told.deadline = deadline;
}

void timer_migrate(struct timer *t, unsigned int cpu)
{
	(void)t, (void)cpu;
}

int set_segment_base(struct vcpu *v, unsigned int which, uint64_t base)
{
	(void)v;
	if (which > 3)
		return -EINVAL;
	told.base = base;
	return 0;
}

void debug_registers_load(struct vcpu *v)
{
	(void)v;
	told.loads++;
}

static uint64_t cr0;

/* Instead of MOV from (0f 20) and to (0f 22) CR0, which a program may not execute. */
static void move_cr0(int signal, siginfo_t *info_, void *context)
{
	static const int general[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
					REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
					REG_R12, REG_R13, REG_R14, REG_R15};
	greg_t *gregs = ((ucontext_t *)context)->uc_mcontext.gregs;
	const uint8_t *insn = (const uint8_t *)gregs[REG_RIP];
	unsigned int rex = (*insn & 0xf0) == 0x40 ? *insn++ : 0;
	greg_t *reg = &gregs[general[(insn[2] & 7) | (rex & 1 ? 8 : 0)]];

	(void)signal, (void)info_;
	if (insn[0] != 0x0f || (insn[1] & ~2) != 0x20 || (insn[2] & 0xf8) != 0xc0)
		abort();
	if (insn[1] == 0x20)
		*reg = (greg_t)cr0;
	else
		cr0 = (uint64_t)*reg;
	gregs[REG_RIP] = (greg_t)(insn + 3);
}

static struct trap_gate gates[256];
static struct vcpu_info info;

static const struct region state[] = {
	{world_dom, sizeof(world_dom)}, {world_vcpu, sizeof(world_vcpu)}, {gates, sizeof(gates)},
	{&told, sizeof(told)},		{&cr0, sizeof(cr0)},	  {NULL, 0},
};

static struct {
	uint32_t cmd;
	union {
		struct sched_shutdown shutdown;
		struct sched_poll poll;
		struct sched_remote_shutdown remote;
		struct sched_watchdog watchdog;
		struct callback_register add;
		struct callback_unregister remove;
		struct trap_info traps[2];
		uint64_t words[3];
	} u;
} op;
static const struct region arg = {&op, sizeof(op)};

#define PREPARE(name, ...)               \
	static void prepare_##name(void) \
	{                                \
		__VA_ARGS__;             \
	}

/* ---- sched_op ---- */

static long sched(uint32_t cmd)
{
	return do_sched_op(cmd, at(&op.u), 0, 0, 0, 0);
}

PREPARE(shutdown, op.u.shutdown.reason = SHUTDOWN_reboot)
PREPARE(no_reason, op.u.shutdown.reason = 99)
PREPARE(poll, static uint32_t port = 3; op.u.poll = ((struct sched_poll){at(&port), 1, 77}))
PREPARE(poll_no_port, static uint32_t port = 9999;
	op.u.poll = ((struct sched_poll){at(&port), 1, 77}))
PREPARE(remote, op.u.remote = ((struct sched_remote_shutdown){1, SHUTDOWN_poweroff}))
PREPARE(remote_nobody, op.u.remote = ((struct sched_remote_shutdown){2, SHUTDOWN_poweroff}))
PREPARE(watchdog, op.u.watchdog.timeout = 10)

static const struct sub_op scheds[] = {
	{SCHEDOP_yield, "yield", NULL, CHANGES, 0, NULL},
	{SCHEDOP_block, "block", NULL, CHANGES, 0, NULL},
	{SCHEDOP_poll, "poll", prepare_poll, CHANGES, 0, NULL},
	{SCHEDOP_shutdown, "shutdown", prepare_shutdown, CHANGES, 0, NULL},
	{SCHEDOP_shutdown, "one for no reason", prepare_no_reason, REFUSES, -EINVAL, NULL},
	{SCHEDOP_shutdown_code, "shutdown_code", prepare_shutdown, CHANGES, 0, NULL},
	{SCHEDOP_remote_shutdown, "remote_shutdown", prepare_remote, CHANGES, 0, NULL},
	{SCHEDOP_remote_shutdown, "that of no domain", prepare_remote_nobody, REFUSES, -ESRCH,
	 NULL},
	{SCHEDOP_watchdog, "watchdog", prepare_watchdog, CHANGES, 0, NULL},
};

static const struct sub_op no_poll[] = {
	{SCHEDOP_poll, "a poll of no port", prepare_poll_no_port, REFUSES, -EINVAL, NULL},
};

/* ---- callback_op ---- */

static long callback(uint32_t cmd)
{
	return do_callback_op(cmd, at(&op.u), 0, 0, 0, 0);
}

#define ADD(name, kind) PREPARE(name, op.u.add.type = kind; op.u.add.address = 0x1000)
ADD(event, CALLBACKTYPE_event)
ADD(failsafe, CALLBACKTYPE_failsafe)
ADD(syscall, CALLBACKTYPE_syscall)
ADD(syscall32, CALLBACKTYPE_syscall32)
ADD(nmi, CALLBACKTYPE_nmi)
ADD(sysenter, CALLBACKTYPE_sysenter)
PREPARE(wild, op.u.add.type = CALLBACKTYPE_event; op.u.add.address = 1UL << 60)
PREPARE(no_syscall32, op.u.remove.type = CALLBACKTYPE_syscall32)
PREPARE(no_nmi, op.u.remove.type = CALLBACKTYPE_nmi)
PREPARE(no_sysenter, op.u.remove.type = CALLBACKTYPE_sysenter)
PREPARE(no_event, op.u.remove.type = CALLBACKTYPE_event)

static const struct sub_op callbacks[] = {
	{CALLBACKOP_register, "the event callback", prepare_event, CHANGES, 0, NULL},
	{CALLBACKOP_register, "the failsafe callback", prepare_failsafe, CHANGES, 0, NULL},
	{CALLBACKOP_register, "the syscall callback", prepare_syscall, CHANGES, 0, NULL},
	{CALLBACKOP_register, "the syscall32 callback", prepare_syscall32, CHANGES, 0, NULL},
	{CALLBACKOP_register, "the NMI callback", prepare_nmi, CHANGES, 0, NULL},
	{CALLBACKOP_register, "the sysenter callback", prepare_sysenter, REFUSES, -ENOSYS, NULL},
	{CALLBACKOP_register, "one at an address that is none", prepare_wild, REFUSES, -EINVAL,
	 NULL},
	{CALLBACKOP_unregister, "no syscall32 callback", prepare_no_syscall32, CHANGES, 0, NULL},
	{CALLBACKOP_unregister, "no NMI callback", prepare_no_nmi, CHANGES, 0, NULL},
	{CALLBACKOP_unregister, "no sysenter callback", prepare_no_sysenter, IS_SO, 0,
	 "there is never one"},
	{CALLBACKOP_unregister, "no event callback", prepare_no_event, REFUSES, -EINVAL, NULL},
};

/* ---- vm_assist: the number of a row is that of the assist ---- */

static uint64_t assist_cmd;

static long assist(uint32_t cmd)
{
	return do_vm_assist(assist_cmd, cmd, 0, 0, 0, 0);
}

PREPARE(on, assist_cmd = VMASST_CMD_enable)
PREPARE(off, assist_cmd = VMASST_CMD_disable)
PREPARE(neither, assist_cmd = 2)

#define ON_AND_OFF(type, name)                                                    \
	{VMASST_TYPE_##type, name " on", prepare_on, CHANGES, 0, NULL},           \
	{VMASST_TYPE_##type, "a second time", prepare_on, IS_SO, 0, "it is on"},  \
	{VMASST_TYPE_##type, name " off", prepare_off, CHANGES, 0, NULL}
static const struct sub_op assists[] = {
	ON_AND_OFF(4gb_segments, "4gb_segments"),
	ON_AND_OFF(4gb_segments_notify, "4gb_segments_notify"),
	ON_AND_OFF(writable_pagetables, "writable_pagetables"),
	ON_AND_OFF(pae_extended_cr3, "pae_extended_cr3"),
	ON_AND_OFF(architectural_iopl, "architectural_iopl"),
	ON_AND_OFF(runstate_update_flag, "runstate_update_flag"),
	{VMASST_TYPE_m2p_strict, "m2p_strict on", prepare_on, CHANGES, 0, NULL},
	{VMASST_TYPE_m2p_strict, "m2p_strict off", prepare_off, REFUSES, -EPERM, NULL},
	{VMASST_TYPE_m2p_strict, "neither", prepare_neither, REFUSES, -ENOSYS, NULL},
	{6, "an assist that is none", prepare_on, REFUSES, -EINVAL, NULL},
	{63, "the last one", prepare_on, REFUSES, -EINVAL, NULL},
	{64, "one beyond", prepare_on, REFUSES, -EINVAL, NULL},
};

/* ---- calls without sub-operations: the number of a row is that of the hypercall ---- */

/* The result is the answer. */
static long get_debugreg(uint64_t reg)
{
	long rc = do_get_debugreg(reg, 0, 0, 0, 0, 0);

	if (rc >= 0)
		memcpy(effect_buffer, &rc, sizeof(rc));
	return rc;
}

static long whole(uint32_t nr)
{
	const uint64_t *w = op.u.words;

	switch (nr) {
	case __HYPERVISOR_set_trap_table:
		return do_set_trap_table(w[0] ? at(&op.u) : 0, 0, 0, 0, 0, 0);
	case __HYPERVISOR_set_callbacks: return do_set_callbacks(w[0], w[1], w[2], 0, 0, 0);
	case __HYPERVISOR_stack_switch: return do_stack_switch(w[0], w[1], 0, 0, 0, 0);
	case __HYPERVISOR_set_segment_base: return do_set_segment_base(w[0], w[1], 0, 0, 0, 0);
	case __HYPERVISOR_fpu_taskswitch: return do_fpu_taskswitch(w[0], 0, 0, 0, 0, 0);
	case __HYPERVISOR_set_debugreg: return do_set_debugreg(w[0], w[1], 0, 0, 0, 0);
	case __HYPERVISOR_get_debugreg: return get_debugreg(w[0]);
	default: return -ENOSYS;
	}
}

PREPARE(trap, op.u.traps[0] = ((struct trap_info){.vector = 14, .address = 0x5000}))
PREPARE(wild_trap, op.u.traps[0] = ((struct trap_info){.vector = 14, .address = 1UL << 60}))
PREPARE(words, op.u.words[0] = 1; op.u.words[1] = 0x7000; op.u.words[2] = 0x8000)
PREPARE(wild_words, op.u.words[0] = op.u.words[2] = 1UL << 60)
PREPARE(no_base, op.u.words[0] = 9)
PREPARE(ts, op.u.words[0] = 1)
PREPARE(no_ts, op.u.words[0] = 0)
#define DEBUGREG(name, reg, value) PREPARE(name, op.u.words[0] = reg; op.u.words[1] = value)
DEBUGREG(dr0, 0, 0x5000)
DEBUGREG(dr3_ours, 3, HV_VIRT_START)
DEBUGREG(dr6, 6, 1)
DEBUGREG(dr7, 7, 2)
DEBUGREG(dr7_gd, 7, 0x2000)
DEBUGREG(dr7_io, 7, 0x20000)
DEBUGREG(dr8, 8, 0)
PREPARE(no_traps, op.u.words[0] = 0)

static const struct sub_op wholes[] = {
	{__HYPERVISOR_set_trap_table, "set_trap_table", prepare_trap, CHANGES, 0, NULL},
	{__HYPERVISOR_set_trap_table, "that of a wild address", prepare_wild_trap, REFUSES, -EINVAL,
	 NULL},
	{__HYPERVISOR_set_callbacks, "set_callbacks", prepare_words, CHANGES, 0, NULL},
	{__HYPERVISOR_set_callbacks, "those at wild addresses", prepare_wild_words, REFUSES,
	 -EINVAL, NULL},
	{__HYPERVISOR_stack_switch, "stack_switch", prepare_words, CHANGES, 0, NULL},
	{__HYPERVISOR_set_segment_base, "set_segment_base", prepare_words, CHANGES, 0, NULL},
	{__HYPERVISOR_set_segment_base, "a base that is none", prepare_no_base, REFUSES, -EINVAL,
	 NULL},
	{__HYPERVISOR_fpu_taskswitch, "fpu_taskswitch", prepare_ts, CHANGES, 0, NULL},
	{__HYPERVISOR_fpu_taskswitch, "a second one", prepare_ts, IS_SO, 0, "TS is set"},
	{__HYPERVISOR_fpu_taskswitch, "its end", prepare_no_ts, CHANGES, 0, NULL},
	{__HYPERVISOR_set_debugreg, "set_debugreg 0", prepare_dr0, CHANGES, 0, NULL},
	{__HYPERVISOR_set_debugreg, "an address of ours", prepare_dr3_ours, REFUSES, -EPERM, NULL},
	{__HYPERVISOR_set_debugreg, "set_debugreg 6", prepare_dr6, CHANGES, 0, NULL},
	{__HYPERVISOR_set_debugreg, "set_debugreg 7", prepare_dr7, CHANGES, 0, NULL},
	{__HYPERVISOR_set_debugreg, "GD in it", prepare_dr7_gd, REFUSES, -EPERM, NULL},
	{__HYPERVISOR_set_debugreg, "an I/O breakpoint", prepare_dr7_io, REFUSES, -EPERM, NULL},
	{__HYPERVISOR_set_debugreg, "set_debugreg 8", prepare_dr8, REFUSES, -EINVAL, NULL},
	{__HYPERVISOR_get_debugreg, "get_debugreg 7", prepare_dr7, ANSWERS, 0, NULL},
	{__HYPERVISOR_get_debugreg, "get_debugreg 8", prepare_dr8, REFUSES, -EINVAL, NULL},
	{__HYPERVISOR_set_trap_table, "no trap table", prepare_no_traps, CHANGES, 0, NULL},
};

/* Assists that have no meaning for a 64-bit kernel are remembered, and the log names them. */
static void test_assists_without_effect(void)
{
	static const uint32_t none[] = {VMASST_TYPE_4gb_segments, VMASST_TYPE_4gb_segments_notify,
					VMASST_TYPE_pae_extended_cr3};
	static const uint32_t some[] = {VMASST_TYPE_writable_pagetables,
					VMASST_TYPE_architectural_iopl,
					VMASST_TYPE_runstate_update_flag, VMASST_TYPE_m2p_strict};
	bool told_all = true, told_none = true;

	prepare_on();
	for (unsigned int i = 0; i < ARRAY_SIZE(none); i++) {
		world_missing = NULL;
		told_all &= !assist(none[i]) && world_missing;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(some); i++) {
		world_missing = NULL;
		told_none &= !assist(some[i]) && !world_missing;
	}
	result(told_all && told_none, "the log names each assist that has no effect, and no other");
}

#define RUN(rows, call) effects_run(rows, ARRAY_SIZE(rows), call, arg, state, NULL)

int main(void)
{
	struct sigaction action = {.sa_sigaction = move_cr0, .sa_flags = SA_SIGINFO};

	sigaction(SIGSEGV, &action, NULL);
	world_start();
	world_vcpu[0][0].trap.gates = gates;
	world_vcpu[0][0].info = &info;
	RUN(scheds, sched);
	effects_complete("sched_op", scheds, ARRAY_SIZE(scheds), sched, arg, 100, UINT32_MAX);
	/* The poll that succeeded sleeps. */
	world_vcpu[0][0].sched.blocked = false;
	memset(&told, 0, sizeof(told));
	RUN(no_poll, sched);
	RUN(callbacks, callback);
	effects_complete("callback_op", callbacks, ARRAY_SIZE(callbacks), callback, arg, 100,
			 UINT32_MAX);
	RUN(assists, assist);
	test_assists_without_effect();
	RUN(wholes, whole);
	printf("1..%u\n", tap_number);
	return tap_failures != 0;
}
