/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims: an interrupt instruction in a guest's user mode reaches only the gates that the guest's
 * kernel opened to it, a breakpoint leaves the CPU's state as it should, and a kernel in ring 1
 * sees the frames of one in ring 3. A signal handler carries out moves to and from debug registers,
 * which a program may not execute, on debug registers of its own.
 */
/* sources: hypervisor/x86/traps.c hypervisor/trap/bounce.c */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include <hv/console/log.h>
#include <hv/domain/domain.h>
#include <hv/hypercall/table.h>
#include <hv/irq/irq.h>
#include <hv/kernel_ring.h>
#include <hv/mm/ptwr.h>
#include <hv/sched/softirq.h>
#include <hv/sched/timer.h>
#include <hv/trap/bounce.h>
#include <hv/trap/privop.h>
#include <x86/context.h>
#include <x86/desc.h>
#include <x86/entry.h>
#include <x86/lapic.h>
#include <x86/stack.h>
#include <x86/tlb.h>
#include <x86/traps.h>
#include <x86/uaccess.h>
#include <x86/window.h>
#include <x86/xpti.h>
#include <xen/callback.h>
#include <xen/xen.h>

#include "log_capture.h"

#define DB_HANDLER    0xffffffff81003000UL
#define DR6_RESET     0xffff0ff0UL
#define EVENT_HANDLER 0xffffffff81004000UL
#define GP_HANDLER    0xffffffff81001000UL
#define INT80_HANDLER 0xffffffff81002000UL
#define GP_ERROR      (0x80u << 3 | 2)

_Thread_local struct cpu_info hosted_cpu_info;
DEFINE_PER_CPU(softirq_pending);
const uint64_t vector_stubs;
struct extable_entry {
	uint64_t insn, fixup;
};
extern const struct extable_entry extable_start[], extable_end[];
const struct extable_entry extable_start[1], extable_end[1];

static struct domain dom;
static struct vcpu vcpu;
static struct vcpu_info info;
static struct trap_gate gates[256];
static uint64_t stack[64];
static bool crashed;

void debug_registers_load(struct vcpu *v)
{
	(void)v;
}

void desc_init_cpu(void)
{
}

void window_init_cpu(void)
{
}

static bool copy_is_stale;

bool xpti_stale(const struct vcpu *v)
{
	(void)v;
	return copy_is_stale;
}

void lapic_eoi(void)
{
}

void timer_expired(void)
{
}

void flush_interrupt(void)
{
}

void call_interrupt(void)
{
}

void irq_dispatch(unsigned int vector)
{
	(void)vector;
}

void hypercall_dispatch(struct vcpu *v)
{
	(void)v;
}

bool stack_holds(unsigned int cpu, uint64_t address, uint64_t size)
{
	(void)cpu, (void)address, (void)size;
	return false;
}

bool stack_overflowed(uint64_t rsp, uint64_t cr2)
{
	(void)rsp, (void)cr2;
	return false;
}

/* In the child of ends_without_lock(): was anything printed before? */
static bool ending;

void printk_break_lock(void)
{
	if (ending)
		_exit(log_empty() ? 0 : 1);
}

bool emulate_privileged(struct vcpu *v)
{
	(void)v;
	return false;
}

bool emulate_forced_cpuid(struct vcpu *v)
{
	(void)v;
	return false;
}

bool emulate_pt_write(struct vcpu *v, uint64_t cr2)
{
	(void)v, (void)cr2;
	return false;
}

void softirq_raise(enum softirq nr)
{
	(void)nr;
}

void toggle_guest_mode(struct vcpu *v)
{
	v->arch.kernel_mode = !v->arch.kernel_mode;
}

void domain_crash(struct domain *d, const char *fmt, ...)
{
	(void)d, (void)fmt;
	crashed = true;
}

int copy_to_guest(gaddr_t dst, const void *src, size_t size)
{
	memcpy((void *)dst, src, size);
	return 0;
}

int copy_from_guest(void *dst, gaddr_t src, size_t size)
{
	memcpy(dst, (const void *)src, size);
	return 0;
}

/* INT 0x80, two bytes before 0x402, by a user program or the kernel, with this gate. */
static void int80(bool kernel, struct trap_gate gate)
{
	gates[13] = (struct trap_gate){.address = GP_HANDLER};
	gates[0x80] = gate;
	crashed = false;
	vcpu = (struct vcpu){
		.domain = &dom, .info = &info, .trap.gates = gates, .arch.kernel_mode = kernel};
	vcpu.arch.kernel_sp = (uint64_t)&stack[64];
	vcpu.arch.regs.rsp = (uint64_t)&stack[64];
	vcpu.arch.regs.rip = 0x402;
	vcpu.arch.regs.cs = 0xe033;
	vcpu.arch.regs.vector = 0x80;
	hosted_cpu_info.vcpu = &vcpu;
	trap_from_guest(&vcpu);
}

/* Is a #GP on the stack, of an instruction at 0x400, with the error code that names the gate? */
static bool got_gp(void)
{
	const uint64_t *frame = (const uint64_t *)vcpu.arch.regs.rsp;

	return !crashed && vcpu.arch.kernel_mode && vcpu.arch.regs.rip == GP_HANDLER &&
	       frame[2] == GP_ERROR && frame[3] == 0x400;
}

static uint64_t debug_register[8];

/* MOV from (0f 21) or to (0f 23) a debug register, or from a control register (0f 20): 0. */
static void move_debug_register(int signal, siginfo_t *info_, void *context)
{
	static const int general[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
					REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
					REG_R12, REG_R13, REG_R14, REG_R15};
	greg_t *gregs = ((ucontext_t *)context)->uc_mcontext.gregs;
	const uint8_t *insn = (const uint8_t *)gregs[REG_RIP];
	unsigned int rex = 0, debug, nr;

	(void)signal, (void)info_;
	if ((*insn & 0xf0) == 0x40)
		rex = *insn++;
	if (insn[0] != 0x0f || ((insn[1] & ~2) != 0x21 && insn[1] != 0x20))
		abort();
	debug = insn[2] >> 3 & 7;
	nr = (insn[2] & 7) | (rex & 1 ? 8 : 0);
	if (insn[1] == 0x20)
		gregs[general[nr]] = 0;
	else if (insn[1] == 0x21)
		gregs[general[nr]] = (greg_t)debug_register[debug];
	else
		debug_register[debug] = (uint64_t)gregs[general[nr]];
	gregs[REG_RIP] = (greg_t)(insn + 3);
}

/* #DB at this CS, with a breakpoint's bit in DR6. */
static void breakpoint(uint16_t cs)
{
	struct regs r = {
		.vector = 1, .cs = cs, .rflags = 0x102, .rip = 0x400, .rsp = (uint64_t)&stack[64]};

	gates[1] = (struct trap_gate){.address = DB_HANDLER};
	vcpu = (struct vcpu){.domain = &dom,
			     .info = &info,
			     .trap.gates = gates,
			     .arch.kernel_mode = true,
			     .arch.regs = r};
	hosted_cpu_info.vcpu = &vcpu;
	debug_register[6] = DR6_RESET | 2;
	if (cs & 3)
		trap_ist_from_guest(&vcpu);
	else
		trap_ist(&r);
}

static void debug_registers(void)
{
	struct sigaction action = {.sa_sigaction = move_debug_register, .sa_flags = SA_SIGINFO};

	sigaction(SIGSEGV, &action, NULL);
	breakpoint(0xe033);
	result(vcpu.arch.dr[6] == (DR6_RESET | 2) && vcpu.arch.regs.rip == DB_HANDLER,
	       "a guest's breakpoint: the guest reads its DR6");
	result(debug_register[6] == DR6_RESET, "and the CPU's is reset");
	breakpoint(SEL_HV_CS);
	result(!vcpu.arch.dr[6] && vcpu.arch.regs.rip == 0x400,
	       "a guest's breakpoint on our way: nothing for the guest");
	result(debug_register[6] == DR6_RESET,
	       "and the CPU's is reset, or the bit would be part of the next one");
}

/* What interrupted the hypervisor may have held the log's lock: is that given up before a line? */
static bool ends_without_lock(void (*trap)(struct regs *r), uint32_t vector)
{
	struct regs r = {.vector = vector, .cs = SEL_HV_CS, .rip = 0x400};
	int status;

	fflush(stdout);
	if (!fork()) {
		ending = true;
		trap(&r);
		_exit(2);
	}
	wait(&status);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A kernel in ring 1, with SMAP, at this place of its code, is interrupted by an event. */
static void event_in_ring1(uint16_t cs, uint16_t ss)
{
	vcpu = (struct vcpu){.domain = &dom,
			     .info = &info,
			     .trap.gates = gates,
			     .arch.kernel_mode = true,
			     .arch.ring1 = true,
			     .arch.kernel_flags = RFLAGS_AC};
	vcpu.trap.callbacks[CALLBACKTYPE_event].address = EVENT_HANDLER;
	vcpu.arch.regs = (struct regs){.rip = 0x400, .cs = cs, .ss = ss,
				       .rflags = RFLAGS_AC | RFLAGS_IF | 2,
				       .rsp = (uint64_t)&stack[64]};
	vcpu.arch.kernel_sp = (uint64_t)&stack[64];
	hosted_cpu_info.vcpu = &vcpu;
	crashed = false;
	info.evtchn_upcall_mask = 0;
	bounce_event(&vcpu);
	info.evtchn_upcall_mask = 0;
}

/* It goes back there by the iret hypercall: to the frame's place, or to the one given. */
static void iret_in_ring1(uint16_t cs, uint16_t ss, uint64_t flags)
{
	static struct iret_context c;

	c = (struct iret_context){.rip = 0x500, .cs = cs, .ss = ss, .rflags = flags, .rsp = 0x600};
	vcpu.arch.regs.rsp = (uint64_t)&c;
	vcpu.arch.cr3_user = 0x1000;
	do_iret(0, 0, 0, 0, 0, 0);
}

/* hv/kernel_ring.h */
static void kernel_in_ring1(void)
{
	const struct regs *r = &vcpu.arch.regs;
	const uint64_t *frame;

	event_in_ring1(SEL_KERNEL_CS64, SEL_KERNEL_DS);
	frame = (const uint64_t *)r->rsp;
	result(!crashed && r->rip == EVENT_HANDLER && r->cs == SEL_KERNEL_CS64 &&
		       r->ss == SEL_KERNEL_DS && r->rflags & RFLAGS_AC,
	       "a kernel in ring 1 enters its handler with selectors of ring 1 and AC");
	result(frame[2] == 0x400 && (uint16_t)frame[3] == (SEL_USER_CS64 & ~3) &&
		       !(frame[4] & RFLAGS_AC) && frame[6] == SEL_USER_DS32,
	       "its frame is that of a kernel in ring 3");
	event_in_ring1(0x11, 0x19);
	frame = (const uint64_t *)r->rsp;
	result((uint16_t)frame[3] == 0x10 && frame[6] == 0x1b, "selectors of its own stay its own");
	iret_in_ring1(0x10, 0x18, RFLAGS_IF);
	result(vcpu.arch.kernel_mode && r->cs == 0x11 && r->ss == 0x19 && r->rflags & RFLAGS_AC,
	       "back to them it goes in ring 1");
	iret_in_ring1(SEL_USER_CS64 & ~3, SEL_USER_DS32, RFLAGS_IF);
	result(vcpu.arch.kernel_mode && r->cs == SEL_KERNEL_CS64 && r->ss == SEL_KERNEL_DS,
	       "and by the selectors of the frame");
	iret_in_ring1(0x33, 0x2b, RFLAGS_IF);
	result(!vcpu.arch.kernel_mode && r->cs == 0x33 && r->ss == 0x2b && !(r->rflags & RFLAGS_AC),
	       "user mode is in ring 3, with the flags of the frame");
}

int main(void)
{
	struct trap_gate none = {0}, for_user = {.address = INT80_HANDLER, .flags = 3},
			 for_kernel = {.address = INT80_HANDLER, .flags = 1};

	printf("1..17\n");
	int80(false, for_user);
	result(!crashed && vcpu.arch.kernel_mode && vcpu.arch.regs.rip == INT80_HANDLER,
	       "INT 0x80 enters the kernel where it wants it");
	int80(false, none);
	result(got_gp(), "a kernel without that entry sees a fault of the program, and lives");
	int80(false, for_kernel);
	result(got_gp(), "and so does one that has it for itself");
	int80(true, for_kernel);
	result(!crashed && vcpu.arch.regs.rip == INT80_HANDLER, "which may use it");
	debug_registers();
	kernel_in_ring1();
	log_clear();
	result(ends_without_lock(trap_from_hv, 14), "a fault of ours prints whoever holds the log");
	result(ends_without_lock(trap_ist, 18), "and so does a machine check");
	result(ends_without_lock(trap_ist, 8), "and a double fault");
	return tap_failures != 0;
}
