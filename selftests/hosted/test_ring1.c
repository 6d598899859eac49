/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims: a system call of a domain whose kernel is in ring 1 goes to the kernel and back as
 * bounce.c would do it; whatever else is left to C, with all registers as they came. ring1.S itself
 * runs here, on a vCPU and stacks of the test's; a fault of a page that is not mapped is a signal.
 */
/* sources: selftests/hosted/ring1_entry.S */
/* libs: -no-pie -Wl,-z,noexecstack */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <hv/domain/vcpu.h>
#include <hv/kernel_ring.h>
#include <xen/xen.h>

#include "log_capture.h"

/* As asm-offsets.h has it. */
struct entry_vcpu {
	uint64_t not_here[2];
	uint64_t hv_stack, window_regs, info, kernel_sp, cr3_user, syscall_handler;
	uint32_t kernel_flags, iret_count;
	uint8_t kernel_mode, iopl, nmi_masked, syscall_masks, pad[116];
	struct regs regs;
};
_Static_assert(offsetof(struct entry_vcpu, regs) == 192 &&
		       offsetof(struct entry_vcpu, kernel_mode) == 72,
	       "asm-offsets.h");

/* As ring1_entry.S has them. */
struct guest {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rsp;
};
enum way_out { BY_IRET = 1, BY_SYSRET, KERNEL_CALL, USER_CALL };

extern struct guest wanted, seen;
extern uint32_t gs_swaps;
enum way_out run_ring1(uint64_t *rsp_word);
struct extable_entry {
	uint64_t insn, fixup;
};
extern const struct extable_entry extable_start[], extable_end[];

#define HANDLER 0xffffffff81000000UL
#define USER_SP 0x7ffc00001230UL
#define FLAGS	0x246UL

static struct entry_vcpu v;
static struct {
	uint64_t room[512];
	uint64_t info[8];	/* struct cpu_info: its third word holds `trace` */
} own __attribute__((aligned(64)));
static uint8_t info[2];		/* pending, mask */
static uint64_t *stack;		/* a page, and one behind it that is not mapped */
static unsigned int faults;

static void fault(int signal, siginfo_t *s, void *context)
{
	greg_t *gregs = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)signal, (void)s;
	for (const struct extable_entry *e = extable_start; e < extable_end; e++) {
		if (e->insn == (uint64_t)gregs[REG_RIP]) {
			/* R2: there is room for our frame. */
			if (gregs[REG_RSP] != (greg_t)own.info)
				abort();
			gregs[REG_RIP] = (greg_t)e->fixup;
			faults++;
			return;
		}
	}
	abort();
}

static void start(bool kernel)
{
	uint64_t *w = &wanted.rax;

	v = (struct entry_vcpu){.hv_stack = (uint64_t)own.info,
				.window_regs = (uint64_t)&v.regs,
				.info = (uint64_t)info,
				.kernel_sp = (uint64_t)&stack[512 - 2] + 8,
				.cr3_user = 0x1000,
				.syscall_handler = HANDLER,
				.kernel_flags = RFLAGS_AC,
				.kernel_mode = kernel,
				.syscall_masks = 1};
	memset(&own, 0, sizeof(own));
	info[0] = info[1] = 0;
	faults = gs_swaps = 0;
	for (unsigned int i = 0; i < 15; i++)
		w[i] = 0x1111111111111111UL * (i + 1);
	wanted.rcx = 0x400123;
	wanted.r11 = FLAGS;
	v.regs.rsp = USER_SP;	/* as the stub leaves it */
	v.regs.ss = SEL_USER_DS32;
}

static enum way_out enter(void)
{
	return run_ring1(&v.regs.rsp);
}

/* It is C's now, and nothing has changed. */
static bool left_to_c(enum way_out way)
{
	enum way_out was = enter();

	wanted.rsp = (uint64_t)&v.regs.rsp;
	return was == way && !memcmp(&wanted, &seen, sizeof(seen)) && !gs_swaps &&
	       v.kernel_mode == (way == KERNEL_CALL) && !v.iret_count &&
	       v.regs.ss == SEL_USER_DS32;
}

/* ---- a system call ---- */

static void test_syscall(void)
{
	const uint64_t *f;
	struct guest same;

	start(false);
	wanted.r11 = FLAGS | RFLAGS_DF | RFLAGS_TF;
	result(enter() == BY_IRET && v.kernel_mode == 1 && gs_swaps == 1 && info[1] == 1 &&
		       seen.rsp == (uint64_t)&v.regs.rip,
	       "a system call enters the kernel, with events masked");
	result(v.regs.rip == HANDLER && v.regs.cs == SEL_KERNEL_CS64 &&
		       v.regs.ss == SEL_KERNEL_DS && v.regs.rflags == (FLAGS | RFLAGS_AC),
	       "where it wants it, in ring 1, with the flags of a handler");
	f = (const uint64_t *)v.regs.rsp;
	result(v.regs.rsp == (v.kernel_sp & ~15UL) - 56 && f[0] == 0x400123 &&
		       f[1] == (FLAGS | RFLAGS_DF | RFLAGS_TF) && f[2] == 0x400123 &&
		       f[3] == SEL_USER_CS64 && f[4] == f[1] && f[5] == USER_SP &&
		       f[6] == SEL_USER_DS32,
	       "on its stack is the frame");
	same = seen;
	same.r11 = wanted.r11;
	same.rsp = wanted.rsp;
	result(!memcmp(&same, &wanted, sizeof(same)), "all other registers are the program's");
}

static void test_syscall_by_c(void)
{
	bool good = true;

	start(false);
	info[1] = 1;
	good &= left_to_c(USER_CALL);
	start(false);
	v.syscall_handler = 0;
	good &= left_to_c(USER_CALL);
	start(false);
	v.syscall_masks = 0;
	good &= left_to_c(USER_CALL);
	start(false);
	v.iopl = 3;
	good &= left_to_c(USER_CALL);
	result(good, "events masked, another handler, an IOPL: C does it");
	good = true;
	for (uint64_t sp = HV_VIRT_START + 64; sp; sp = sp < HV_VIRT_END ? HV_VIRT_END : 0) {
		start(false);
		v.kernel_sp = sp;
		good &= left_to_c(USER_CALL) && !faults && !info[1];
	}
	result(good, "a kernel stack in the hypervisor, from end to end, is not written to");
	good = true;
	for (unsigned int words = 0; words < 7; words++) {
		start(false);
		/* So many words of the frame lie on the page. */
		v.kernel_sp = (uint64_t)&stack[512 - words] + 56;
		if (v.kernel_sp & 15)
			continue;
		good &= left_to_c(USER_CALL) && faults == 1 && !info[1];
	}
	start(false);
	v.kernel_sp = 1UL << 63;
	good &= left_to_c(USER_CALL) && faults == 1;
	result(good, "nor one that is not mapped");
}

/* ---- the iret hypercall ---- */

static struct iret_context *frame(void)
{
	struct iret_context *c = (struct iret_context *)&stack[512 - 9];

	start(true);
	wanted.rax = __HYPERVISOR_iret;
	v.regs.rsp = (uint64_t)c;
	info[1] = 1;
	*c = (struct iret_context){.rax = 0xa,
				   .r11 = FLAGS,
				   .rcx = 0x400200,
				   .rip = 0x400200,
				   .cs = SEL_LINUX_USER_CS64,
				   .rflags = FLAGS,
				   .rsp = USER_SP,
				   .ss = SEL_LINUX_USER_DS};
	return c;
}

/* What the last IRETQ loads. */
static bool loads(uint64_t rip, uint64_t cs, uint64_t flags, uint64_t sp, uint64_t ss)
{
	const struct regs *r = &v.regs;

	return seen.rsp == (uint64_t)&r->rip && r->rip == rip && r->cs == cs &&
	       r->rflags == flags && r->rsp == sp && r->ss == ss;
}

/* The registers that the frame does not hold are as they came. */
static bool kept(const struct iret_context *c)
{
	struct guest same = seen;

	same.rsp = wanted.rsp;
	if (same.rax != c->rax || same.rcx != c->rcx || same.r11 != c->r11)
		return false;
	same.rax = wanted.rax;
	same.rcx = wanted.rcx;
	same.r11 = wanted.r11;
	return !memcmp(&same, &wanted, sizeof(same));
}

static void test_to_user(void)
{
	struct iret_context *c = frame();

	result(enter() == BY_SYSRET && kept(c) && seen.rsp == USER_SP && !v.kernel_mode &&
		       gs_swaps == 1 && !info[1] && v.iret_count == 1,
	       "an iret to a program that made a system call is a SYSRET");
	c = frame();
	c->rcx = 5;
	result(enter() == BY_IRET && kept(c) && !v.kernel_mode && gs_swaps == 1 && !info[1] &&
		       loads(c->rip, c->cs, c->rflags, USER_SP, c->ss),
	       "to one that was interrupted it is an IRET");
	c = frame();
	c->cs = SEL_USER_CS64;
	result(enter() == BY_IRET && loads(c->rip, SEL_USER_CS64, FLAGS, USER_SP, c->ss),
	       "and to another code selector");
	c = frame();
	c->ss = 0xf;
	result(enter() == BY_IRET && loads(c->rip, c->cs, FLAGS, USER_SP, 0xf),
	       "and to another stack selector");
	c = frame();
	c->rip = c->rcx = 1UL << 47;
	result(enter() == BY_IRET && loads(1UL << 47, c->cs, FLAGS, USER_SP, c->ss),
	       "and to an address that is not canonical, which faults in ring 0");
	c = frame();
	c->rflags = c->r11 = FLAGS | RFLAGS_TF;
	result(enter() == BY_IRET && loads(c->rip, c->cs, c->rflags, USER_SP, c->ss),
	       "and to a single step");
	c = frame();
	c->rflags = (RFLAGS_VM | RFLAGS_AC) & ~RFLAGS_IF;
	result(enter() == BY_IRET && loads(c->rip, c->cs, 0x202 | RFLAGS_AC, USER_SP, c->ss) &&
		       info[1] == 1,
	       "flags are those that a guest may have; without IF, events stay masked");
}

static void test_to_kernel(void)
{
	struct iret_context *c = frame();

	c->cs = SEL_USER_CS64 & ~3;
	c->ss = SEL_USER_DS32;
	c->rip = HANDLER;
	result(enter() == BY_IRET && kept(c) && v.kernel_mode == 1 && !gs_swaps && !info[1] &&
		       loads(HANDLER, SEL_KERNEL_CS64, FLAGS | RFLAGS_AC, USER_SP, SEL_KERNEL_DS),
	       "an iret to the kernel stays in ring 1, whatever the frame calls it");
	for (unsigned int cs = 0; cs < 0x10000; cs += 4) {
		c = frame();
		c->cs = cs + cs / 4 % 3;
		c->ss = (cs * 7) & 0xffff;
		/* Code as a stack, or the other way round: neither is one in ring 1. */
		if ((c->cs | 3) == SEL_USER_DS32 || (c->ss | 3) == SEL_USER_CS64)
			continue;
		if (enter() != BY_IRET || v.regs.cs != ring_selector(true, c->cs) ||
		    v.regs.ss != ring_selector(true, c->ss) || (v.regs.cs & 3) != 1 ||
		    (v.regs.ss & 3) != 1) {
			result(false, "every selector of a kernel is one of ring 1");
			return;
		}
	}
	result(true, "every selector of a kernel is one of ring 1");
}

static void test_iret_by_c(void)
{
	bool good = true;

	frame();
	wanted.rax = __HYPERVISOR_xen_version;
	good &= left_to_c(KERNEL_CALL);
	frame();
	wanted.rax |= 1UL << 32;
	good &= left_to_c(KERNEL_CALL);
	result(good, "another hypercall is C's");
	frame()->flags = VGCF_in_syscall;
	good &= left_to_c(KERNEL_CALL);
	frame()->rflags |= 1 << 12;
	good &= left_to_c(KERNEL_CALL);
	frame();
	v.nmi_masked = 1;
	good &= left_to_c(KERNEL_CALL);
	frame();
	v.cr3_user = 0;
	good &= left_to_c(KERNEL_CALL);
	frame();
	own.info[1] = 1UL << 32;	/* cpu_info.trace */
	good &= left_to_c(KERNEL_CALL);
	result(good && info[1] == 1, "so is an iret with an NMI, an IOPL, a trace");
	frame();
	info[0] = 1;
	result(left_to_c(KERNEL_CALL) && !info[1], "and one that lets an event in");
	frame()->rflags &= ~RFLAGS_IF;
	info[0] = 1;
	result(enter() != KERNEL_CALL && info[1] == 1, "which one with events masked does not");
	good = true;
	for (unsigned int words = 0; words < 9; words++) {
		frame();
		v.regs.rsp = (uint64_t)&stack[512 - words];
		good &= left_to_c(KERNEL_CALL) && faults == 1 && info[1] == 1;
	}
	result(good, "and one whose frame is not mapped, at each word");
	good = true;
	for (uint64_t at = HV_VIRT_START; at < HV_VIRT_END; at += HV_VIRT_END - HV_VIRT_START - 8) {
		frame();
		v.regs.rsp = at;
		good &= left_to_c(KERNEL_CALL) && !faults;
	}
	result(good, "a frame in the hypervisor is not read");
}

int main(void)
{
	static uint8_t signal_stack[65536];
	const stack_t alternate = {.ss_sp = signal_stack, .ss_size = sizeof(signal_stack)};
	struct sigaction action = {.sa_sigaction = fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};

	stack = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack == MAP_FAILED || munmap((char *)stack + 4096, 4096) ||
	    sigaltstack(&alternate, NULL))
		return 1;
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	printf("1..22\n");
	test_syscall();
	test_syscall_by_c();
	test_to_user();
	test_to_kernel();
	test_iret_by_c();
	return tap_failures != 0;
}
