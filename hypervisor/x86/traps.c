// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traps and interrupts, sorted: what a guest caused goes back to it (trap/), what devices want goes
 * to irq/, and what we caused ourselves is either a guest address that faulted in a copy (fixed up)
 * or the end.
 */
#include <x86/traps.h>
#include <arch/msr.h>
#include <hv/console/log.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/hypercall/table.h>
#include <hv/irq/irq.h>
#include <hv/irq/vector.h>
#include <hv/lib/lib.h>
#include <hv/lib/lock_check.h>
#include <hv/mm/ptwr.h>
#include <hv/sched/timer.h>
#include <hv/trap/bounce.h>
#include <hv/trap/privop.h>
#include <x86/context.h>
#include <x86/desc.h>
#include <x86/entry.h>
#include <x86/lapic.h>
#include <x86/stack.h>
#include <x86/tlb.h>
#include <x86/window.h>
#include <x86/xpti.h>

enum {
	TRAP_DE = 0,
	TRAP_DB = 1,
	TRAP_NMI = 2,
	TRAP_BP = 3,
	TRAP_OF = 4,
	TRAP_UD = 6,
	TRAP_NM = 7,
	TRAP_DF = 8,
	TRAP_GP = 13,
	TRAP_PF = 14,
	TRAP_MC = 18,
	TRAP_LAST = 31
};

/* Exceptions that push an error code. */
#define ERROR_CODE_VECTORS 0x60227d00u

struct idt_gate {
	uint16_t offset_low, selector;
	uint8_t ist, type;
	uint16_t offset_mid;
	uint32_t offset_high, reserved;
};

static struct idt_gate idt[256] __aligned(4096)
	__section(".init_data_page"); /* read-only after start-up */

struct extable_entry {
	uint64_t insn, fixup;
};
extern const struct extable_entry extable_start[], extable_end[];

static void set_gate(unsigned int vector, unsigned int ist, unsigned int dpl)
{
	uint64_t stub = vector_stubs + vector * 16;

	idt[vector] = (struct idt_gate){
		.offset_low = stub & 0xffff,
		.selector = SEL_HV_CS,
		.ist = ist,
		.type = 0x8e | dpl << 5,	/* present interrupt gate */
		.offset_mid = stub >> 16 & 0xffff,
		.offset_high = stub >> 32,
	};
}

void traps_load(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __packed idtr = {sizeof(idt) - 1, (uint64_t)idt};

	__asm__ volatile("lidt %0" :: "m"(idtr));
}

const void *idt_address(void)
{
	return idt;
}

void traps_init(void)
{
	for (unsigned int i = 0; i < 256; i++)
		set_gate(i, 0, 0);
	set_gate(TRAP_DF, 1, 0);
	set_gate(TRAP_NMI, 2, 0);
	set_gate(TRAP_MC, 3, 0);
	set_gate(TRAP_DB, 4, 0);
	set_gate(TRAP_BP, 0, 3);
	set_gate(TRAP_OF, 0, 3);
	set_gate(VEC_GUEST_INT80, 0, 3);
	set_gate(VEC_HYPERCALL, 0, 3);
	window_init_cpu();
	desc_init_cpu();
	traps_load();
}

static void print_regs(const struct regs *r)
{
	log_err("rip %04lx:%016lx rflags %lx rsp %04lx:%016lx vector %u error %x cr2 %lx cr3 %lx\n",
		r->cs, r->rip, r->rflags, r->ss, r->rsp, r->vector, r->error_code, read_cr2(),
		read_cr3());
	log_err("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", r->rax, r->rbx, r->rcx, r->rdx);
	log_err("rsi %016lx rdi %016lx rbp %016lx r8  %016lx\n", r->rsi, r->rdi, r->rbp, r->r8);
	log_err("r9  %016lx r10 %016lx r11 %016lx r12 %016lx\n", r->r9, r->r10, r->r11, r->r12);
	log_err("r13 %016lx r14 %016lx r15 %016lx cpu %u\n", r->r13, r->r14, r->r15, cpu_id());
}

/*
 * Return addresses, as far as frame pointers lead, inside this CPU's stack, which need not be the
 * one that we are on.
 */
static void print_backtrace(const struct regs *r)
{
	uint64_t fp = r->rbp;

	for (unsigned int i = 0; i < 16 && stack_holds(cpu_id(), fp, 16) && !(fp & 7); i++) {
		log_err("  from %016lx\n", ((uint64_t *)fp)[1]);
		fp = *(uint64_t *)fp;
	}
}

static void interrupt(unsigned int vector)
{
	LOCK_CHECKED(lock_check_handler(true));
	switch (vector) {
	case VEC_TIMER:
		lapic_eoi();
		timer_expired();
		break;
	case VEC_RESCHED:	/* what it is for is done on the way back to the guest */
		lapic_eoi();
		break;
	case VEC_FLUSH:
		lapic_eoi();
		flush_interrupt();
		break;
	case VEC_CALL:
		lapic_eoi();
		call_interrupt();
		break;
	case VEC_LAPIC_ERROR: lapic_eoi(); break;
	case VEC_SPURIOUS: break;
	default:
		if (vector >= VEC_DYNAMIC_FIRST && vector <= VEC_DYNAMIC_LAST)
			irq_dispatch(vector);
		break;
	}
	LOCK_CHECKED(lock_check_handler(false));
}

static const char *page_fault_text(uint32_t error)
{
	enum { PRESENT = 1, WRITE = 2, FETCH = 16 };

	if (!(error & PRESENT))
		return "nothing is mapped";
	if (error & FETCH)
		return "execution of what is no code of ours";
	return error & WRITE ? "a write to what is read-only"
			     : "use of a guest's page outside of a copy";
}

/*
 * A fault in ring 0: allowed only where the exception table says so. Else it is the end, and what
 * faulted may have been printk(), with its lock.
 */
void trap_from_hv(struct regs *r)
{
	uint64_t cr2;

	if (r->vector > TRAP_LAST) {
		interrupt(r->vector);
		return;
	}
	for (const struct extable_entry *e = extable_start; e < extable_end; e++) {
		if (e->insn == r->rip) {
			r->rip = e->fixup;
			return;
		}
	}
	printk_break_lock();
	cr2 = read_cr2();
	print_regs(r);
	print_backtrace(r);
	if (r->vector == TRAP_PF)
		panic("page fault in the hypervisor: %s at %016lx", page_fault_text(r->error_code),
		      cr2);
	panic("exception %u in the hypervisor", r->vector);
}

/* Has the guest a gate at this vector that the code which ran may use? */
static bool gate_open(const struct vcpu *v, unsigned int vector)
{
	unsigned int dpl = v->trap.gates[vector].flags & 3;

	return v->trap.gates[vector].address && (dpl == 3 || (v->arch.kernel_mode && dpl >= 1));
}

/*
 * INT n of a guest arrives as #GP with the vector in the error code: gates that it may use are its
 * own.
 */
static bool software_interrupt(struct vcpu *v)
{
	unsigned int vector = v->arch.regs.error_code >> 3 & 0xff;

	if ((v->arch.regs.error_code & 6) != 2 || (v->arch.regs.error_code & 1) ||
	    !gate_open(v, vector))
		return false;
	v->arch.regs.rip += 2;
	bounce_trap(v, vector, false, 0);
	return true;
}

static void guest_exception(struct vcpu *v)
{
	unsigned int vector = v->arch.regs.vector;
	bool has_error = ERROR_CODE_VECTORS >> vector & 1;

	switch (vector) {
	case TRAP_GP:
		if (software_interrupt(v) || emulate_privileged(v))
			return;
		break;
	case TRAP_UD:
		if (emulate_forced_cpuid(v))
			return;
		break;
	case TRAP_NM:
		v->arch.cr0_ts = false;
		write_cr0(read_cr0() & ~UINT64_C(8));
		break;
	default: break;
	}
	bounce_trap(v, vector, has_error, v->arch.regs.error_code);
}

void trap_from_guest(struct vcpu *v)
{
	unsigned int vector = v->arch.regs.vector;
	uint64_t cr2;

	if (vector > TRAP_LAST) {
		if (vector == VEC_GUEST_INT80) {
			irq_enable();
			if (gate_open(v, vector)) {
				bounce_trap(v, vector, false, 0);
				return;
			}
			v->arch.regs.rip -= 2;	/* a fault, as without our gate for it */
			bounce_trap(v, TRAP_GP, true, VEC_GUEST_INT80 << 3 | 2);
		} else if (vector == VEC_HYPERCALL && v->arch.kernel_mode) {
			irq_enable();
			hypercall_dispatch(v);
		} else if (vector != VEC_HYPERCALL) {
			interrupt(vector);
		} else {
			bounce_trap(v, TRAP_GP, true, VEC_HYPERCALL << 3 | 2);
		}
		return;
	}
	if (vector != TRAP_PF) {
		irq_enable();
		guest_exception(v);
		return;
	}
	cr2 = read_cr2();
	irq_enable();
	if (xpti_stale(v))
		return;
	/* A write to a present read-only page by the guest kernel: maybe one of its page tables. */
	if ((v->arch.regs.error_code & 0x1b) == 3 && v->arch.kernel_mode &&
	    emulate_pt_write(v, cr2))
		return;
	bounce_page_fault(v, cr2, v->arch.regs.error_code);
}

/*
 * The last page fault, which found no room for its frame, has left its address in CR2. Whoever
 * printed may have been it.
 */
static void __noreturn double_fault(const struct regs *r)
{
	bool overflow = stack_overflowed(r->rsp, read_cr2());

	printk_break_lock();
	print_regs(r);
	print_backtrace(r);
	if (overflow)
		panic("stack overflow on CPU %u", cpu_id());
	panic("double fault");
}

static void __noreturn fatal_trap(const struct regs *r)
{
	if (r->vector == TRAP_DF)
		double_fault(r);
	printk_break_lock();	/* a machine check comes at any time */
	print_regs(r);
	panic("machine check");
}

/*
 * The CPU only ever sets bits in DR6: what is not cleared would be part of the next #DB, which may
 * be another guest's.
 */
static uint64_t take_dr6(void)
{
	uint64_t dr6;

	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	__asm__ volatile("mov %0, %%dr6" :: "r"(UINT64_C(0xffff0ff0)));
	return dr6;
}

/* #DB, NMI, #MC, #DF that interrupted the hypervisor, on their own stacks. */
void trap_ist(struct regs *r)
{
	if (r->vector == TRAP_DB) {	/* a guest's breakpoint hit our entry code */
		(void)take_dr6();
		r->rflags &= ~RFLAGS_TF;
	} else if (r->vector != TRAP_NMI) {
		fatal_trap(r);
	}
}

/* The same from a guest; its registers are in v->arch.regs, and the stack is the CPU's own. */
void trap_ist_from_guest(struct vcpu *v)
{
	if (v->arch.regs.vector == TRAP_NMI)
		return;
	if (v->arch.regs.vector != TRAP_DB)
		fatal_trap(&v->arch.regs);
	v->arch.dr[6] = take_dr6();
	/*
	 * The guest may have a breakpoint on the stack that the frame goes to: it is not for our
	 * writing.
	 */
	__asm__ volatile("mov %0, %%dr7" :: "r"(UINT64_C(0x400)));
	bounce_trap(v, TRAP_DB, false, 0);
	debug_registers_load(v);
}

/*
 * The last iretq faulted: bad selectors or a non-canonical RIP that the guest asked for. The
 * fault's frame holds the guest's general registers; the five words are still in v->arch.regs. The
 * guest's failsafe callback hears of it.
 */
void iret_fault(struct vcpu *v, struct regs *fault)
{
	struct regs general = *fault;	/* overlaps v->arch.regs */

	general.rip = v->arch.regs.rip;
	general.cs = v->arch.regs.cs;
	general.rflags = v->arch.regs.rflags;
	general.rsp = v->arch.regs.rsp;
	general.ss = v->arch.regs.ss;
	v->arch.regs = general;
	irq_enable();
	bounce_failsafe(v);
}
