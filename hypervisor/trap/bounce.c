// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bounce: a trap, an event or a system call of a guest is delivered to its kernel as a frame on
 * the kernel's stack (ABI.md 3.3), and back comes the iret hypercall (ABI.md 3.5). What the guest
 * sees of its interrupt flag is the event mask in vcpu_info, inverted; the real flag is always on.
 */
#include <hv/trap/bounce.h>
#include <hv/domain/domain.h>
#include <hv/hypercall/hypercall.h>
#include <hv/kernel_ring.h>
#include <hv/sched/softirq.h>
#include <hv/trace/trace.h>
#include <x86/context.h>
#include <x86/uaccess.h>
#include <xen/callback.h>
#include <xen/xen.h>

/* Flags that a handler starts without. */
#define CLEARED_FLAGS (RFLAGS_AC | RFLAGS_VM | RFLAGS_RF | RFLAGS_NT | RFLAGS_TF)
/* Flags that no guest may have in the hardware. */
#define FORBIDDEN_FLAGS (RFLAGS_IOPL | RFLAGS_VM)

#define IOPL_SHIFT 12

/* Does the guest see its virtual IOPL in the flags of frames, and set it by them? ABI.md 5.6. */
static bool iopl_in_flags(const struct vcpu *v)
{
	return v->domain->trap.vm_assist & BIT64(VMASST_TYPE_architectural_iopl);
}

struct bounce {
	gaddr_t handler;
	bool mask_events;
	unsigned int n_extra;	/* words between R11 and RIP */
	uint64_t extra[4];
};

/* Push the frame and enter the handler. False: the guest cannot take it, and was crashed. */
static bool bounce(struct vcpu *v, const struct bounce *b)
{
	struct regs *r = &v->arch.regs;
	uint64_t frame[11], n = 0, sp, cs = r->cs, ss = r->ss, flags = r->rflags;
	uint8_t mask = READ_ONCE(v->info->evtchn_upcall_mask);

	if (unlikely(!b->handler)) {
		domain_crash(v->domain, "no handler for vector %u (error %x) at %016lx, cr2 %016lx",
			     r->vector, r->error_code, r->rip, v->arch.cr2);
		return false;
	}
	frame[n++] = r->rcx;
	frame[n++] = r->r11;
	for (unsigned int i = 0; i < b->n_extra; i++)
		frame[n++] = b->extra[i];
	frame[n++] = r->rip;
	if (v->arch.kernel_mode) {
		cs = ring_shown_selector(v->arch.ring1, cs) & ~3ul;
		ss = ring_shown_selector(v->arch.ring1, ss);
		flags &= ~(uint64_t)v->arch.kernel_flags;
	}
	frame[n++] = (cs & 0xffff) | (uint64_t)mask << 32;
	frame[n++] = (flags & ~(RFLAGS_IF | RFLAGS_IOPL)) | (mask ? 0 : RFLAGS_IF) |
		     (iopl_in_flags(v) ? (uint64_t)v->trap.iopl << IOPL_SHIFT : 0);
	frame[n++] = r->rsp;
	frame[n++] = ss;
	sp = r->rsp;
	if (!v->arch.kernel_mode) {
		toggle_guest_mode(v);
		sp = v->arch.kernel_sp;
	}
	sp = (sp & ~15ul) - n * 8;
	if (unlikely(copy_to_guest(sp, frame, n * 8))) {
		domain_crash(v->domain,
			     "bad kernel stack %016lx for vector %u at %016lx, cr2 %016lx", sp,
			     r->vector, r->rip, v->arch.cr2);
		return false;
	}
	if (b->mask_events)
		WRITE_ONCE(v->info->evtchn_upcall_mask, 1);
	r->vector = 0;	/* RCX and R11 keep their values: no SYSRET */
	r->rip = b->handler;
	r->cs = ring_code_selector(v->arch.ring1);
	r->rflags = (r->rflags & ~CLEARED_FLAGS) | v->arch.kernel_flags;
	r->rsp = sp;
	r->ss = ring_stack_selector(v->arch.ring1);
	return true;
}

static bool bounce_vector(struct vcpu *v, unsigned int vector, bool has_error, uint32_t error)
{
	const struct trap_gate *g = &v->trap.gates[vector];
	struct bounce b = {.handler = g->address,
			   .mask_events = g->flags & 4,
			   .n_extra = has_error,
			   .extra = {error}};

	return bounce(v, &b);
}

bool bounce_trap(struct vcpu *v, unsigned int vector, bool has_error, uint32_t error)
{
	if (trace_wants(TRC_PV))
		trace_trap(v, vector, has_error, error);
	return bounce_vector(v, vector, has_error, error);
}

void bounce_page_fault(struct vcpu *v, uint64_t cr2, uint32_t error)
{
	error = v->arch.kernel_mode ? error & ~4u : error | 4;
	if (trace_wants(TRC_PV))
		trace_page_fault(v, cr2, error);
	v->stats.of[STAT_FAULT]++;
	v->arch.cr2 = cr2;
	v->info->arch.cr2 = cr2;
	bounce_vector(v, 14, true, error);
}

void bounce_event(struct vcpu *v)
{
	struct bounce b = {.handler = v->trap.callbacks[CALLBACKTYPE_event].address,
			   .mask_events = true};

	v->stats.of[STAT_UPCALL]++;
	bounce(v, &b);
}

void bounce_nmi(struct vcpu *v)
{
	v->trap.nmi_masked = true;	/* until the next iret hypercall */
	bounce_trap(v, 2, false, 0);
}

void bounce_syscall(struct vcpu *v)
{
	const struct callback *c = &v->trap.callbacks[CALLBACKTYPE_syscall];
	struct bounce b = {.handler = c->address, .mask_events = c->mask_events};

	if (bounce(v, &b))
		v->arch.regs.rflags &= ~RFLAGS_DF;
}

void bounce_syscall32(struct vcpu *v)
{
	const struct callback *c = &v->trap.callbacks[CALLBACKTYPE_syscall32];
	struct bounce b = {.handler = c->address, .mask_events = c->mask_events};

	if (!c->address) {	/* not registered: as if the instruction did not exist */
		v->arch.regs.rip -= 2;
		bounce_trap(v, 6, false, 0);
		return;
	}
	if (bounce(v, &b))
		v->arch.regs.rflags &= ~RFLAGS_DF;
}

void bounce_failsafe(struct vcpu *v)
{
	const struct callback *c = &v->trap.callbacks[CALLBACKTYPE_failsafe];
	struct bounce b = {.handler = c->address, .mask_events = c->mask_events, .n_extra = 4};
	uint16_t sel;

	__asm__ volatile("mov %%ds, %w0" : "=r"(sel));
	b.extra[0] = sel;
	__asm__ volatile("mov %%es, %w0" : "=r"(sel));
	b.extra[1] = sel;
	__asm__ volatile("mov %%fs, %w0" : "=r"(sel));
	b.extra[2] = sel;
	__asm__ volatile("mov %%gs, %w0" : "=r"(sel));
	b.extra[3] = sel;
	bounce(v, &b);
}

/*
 * do_iret(): load what stands on the kernel's stack (struct iret_context), and with it the mode and
 * the event mask. No result: all registers are the frame's. A bad stack crashes the domain. Source:
 * ABI.md 3.5.
 */
HYPERCALL(do_iret)
{
	struct vcpu *v = current;
	struct regs *r = &v->arch.regs;
	struct iret_context c;
	bool ring1 = false;	/* of where it goes */

	(void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)a6;
	if (unlikely(copy_from_guest(&c, r->rsp, sizeof(c)))) {
		domain_crash(v->domain, "iret with a bad stack %016lx", r->rsp);
		return 0;
	}
	if ((c.cs & 3) == 3) {
		if (unlikely(!v->arch.cr3_user)) {
			domain_crash(v->domain, "iret to user mode without a user page table");
			return 0;
		}
		toggle_guest_mode(v);
	} else {
		ring1 = v->arch.ring1;
		c.rflags |= v->arch.kernel_flags;
	}
	r->vector = 0;	/* RCX and R11 come from the frame: no SYSRET */
	r->rip = c.rip;
	r->cs = ring_selector(ring1, c.cs);
	r->rflags = (c.rflags & ~FORBIDDEN_FLAGS) | RFLAGS_IF | 2;
	r->rsp = c.rsp;
	r->ss = ring_selector(ring1, c.ss);
	r->rax = c.rax;
	if (!(c.flags & VGCF_in_syscall)) {
		r->rcx = c.rcx;
		r->r11 = c.r11;
	}
	if (iopl_in_flags(v))
		v->trap.iopl = c.rflags >> IOPL_SHIFT & 3;
	v->trap.nmi_masked = false;
	if (unlikely(atomic_load(&v->trap.nmi_pending)))
		softirq_raise(SOFTIRQ_SCHED);
	/*
	 * The last thing: events may come from here on. A full barrier before ret_to_guest reads
	 * evtchn_upcall_pending: it pairs with the exchange of vcpu_mark_events_pending(), which
	 * kicks nobody when it reads a set mask.
	 */
	(void)atomic_xchg(&v->info->evtchn_upcall_mask, !(c.rflags & RFLAGS_IF));
	return 0;
}
