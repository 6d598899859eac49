// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vCPU: made with its domain, given a context by the builder, the toolstack or the guest itself,
 * torn down.
 */
#include <hv/domain/vcpu.h>
#include <arch/msr.h>
#include <hv/domain/cpu_policy.h>
#include <hv/domain/domain.h>
#include <hv/domain/guest_area.h>
#include <hv/errno.h>
#include <hv/event/event.h>
#include <hv/hvm/hvm.h>
#include <hv/kernel_ring.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/desc_op.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>
#include <hv/mm/mmuext_op.h>
#include <hv/sched/sched.h>
#include <hv/time/pvclock.h>
#include <hv/trap/debugreg.h>
#include <x86/context.h>
#include <x86/cpu.h>
#include <x86/fpu.h>
#include <x86/protection.h>
#include <xen/callback.h>
#include <xen/xen.h>

_Static_assert(sizeof(struct vcpu) <= PAGE_SIZE, "a vCPU is one page");

static struct vcpu_info *legacy_info(struct domain *d, unsigned int id)
{
	static struct vcpu_info dummy = {.evtchn_upcall_mask = 1};

	return id < XEN_LEGACY_MAX_VCPUS ? &d->shared->vcpu_info[id] : &dummy;
}

struct vcpu *vcpu_create(struct domain *d, unsigned int id)
{
	struct vcpu *v = alloc_page();

	if (!v)
		return NULL;
	v->id = id;
	v->domain = d;
	v->is_hvm = d->hvm != NULL;
	v->arch.loaded_cpu = NOT_LOADED;
	v->arch.xpti = d->arch.xpti;
	v->arch.ring1 = d->arch.ring1;
	v->arch.kernel_flags = d->arch.ring1 && cpu_features.smap ? RFLAGS_AC : 0;
	v->mm.guest_table = v->mm.guest_table_user = MFN_NONE;
	for (unsigned int i = 0; i < ARRAY_SIZE(v->desc.ldt_frames); i++)
		v->desc.ldt_frames[i] = MFN_NONE;
	spin_lock_init(&v->area.runstate.lock, RANK_GUEST_AREA);
	spin_lock_init(&v->area.time.lock, RANK_GUEST_AREA);
	v->info = legacy_info(d, id);
	protection_init_vcpu(v);
	v->arch.dr[6] = 0xffff0ff0;
	v->arch.dr[7] = 0x400;
	v->trap.gates = hv_alloc(256 * sizeof(v->trap.gates[0]));
	if (!v->trap.gates || fpu_vcpu_init(v) || sched_vcpu_init(v) || vcpu_time_init(v) ||
	    evtchn_vcpu_init(v)) {
		vcpu_destroy(v);
		return NULL;
	}
	if (v->is_hvm && d->hvm->hooks->vcpu_init(v)) {
		vcpu_destroy(v);
		return NULL;
	}
	v->sched.pauses = 1;	/* the domain's own pause: it is created paused */
	vcpu_time_publish(v);
	return v;
}

/* Drop what the vCPU holds of its domain's memory. It does not run, and its state is in memory. */
void vcpu_release(struct vcpu *v)
{
	vcpu_release_descriptors(v);
	guest_area_clear(&v->area.runstate);
	guest_area_clear(&v->area.time);
	if (v->area.info_frame) {
		v->info = legacy_info(v->domain, v->id);
		put_page_and_type(v->area.info_frame);
		v->area.info_frame = NULL;
	}
	mmu_put_kernel_l4(v->mm.guest_table);
	mmu_put_user_l4(v->mm.guest_table_user);
	v->mm.guest_table = v->mm.guest_table_user = MFN_NONE;
	vcpu_set_tables(v);
}

void vcpu_destroy(struct vcpu *v)
{
	evtchn_vcpu_destroy(v);
	stats_keep(&v->stats);
	if (v->sched.weight) {
		vcpu_time_destroy(v);
		sched_vcpu_destroy(v);
	}
	if (v->is_hvm)
		v->domain->hvm->hooks->vcpu_destroy(v);
	fpu_vcpu_destroy(v);
	hv_free(v->trap.gates);
	free_page(v);
}

static void set_registers(struct vcpu *v, const struct cpu_user_regs *u)
{
	bool kernel = v->arch.kernel_mode;

	memcpy(&v->arch.regs, u, offsetof(struct regs, error_code));
	v->arch.regs.vector = 0;	/* all registers count: no SYSRET */
	v->arch.regs.rip = u->rip;
	v->arch.regs.cs = kernel ? ring_selector(v->arch.ring1, u->cs) : u->cs | 3;
	v->arch.regs.rflags = (u->rflags & ~(RFLAGS_IOPL | RFLAGS_VM)) | RFLAGS_IF | 2 |
			      (kernel ? v->arch.kernel_flags : 0);
	v->arch.regs.rsp = u->rsp;
	v->arch.regs.ss = kernel ? ring_selector(v->arch.ring1, u->ss) : u->ss | 3;
	v->arch.ds = u->ds;
	v->arch.es = u->es;
	v->arch.fs = u->fs;
	v->arch.gs = u->gs;
	v->trap.iopl = u->rflags >> 12 & 3;
}

static void set_traps(struct vcpu *v, const struct vcpu_guest_context *c)
{
	for (unsigned int i = 0; i < 256; i++) {
		const struct trap_info *t = &c->trap_ctxt[i];

		if (canonical(t->address))
			v->trap.gates[i] = (struct trap_gate){t->address, t->cs | 3, t->flags & 7};
	}
	v->trap.callbacks[CALLBACKTYPE_event] = (struct callback){c->event_callback_eip, true};
	v->trap.callbacks[CALLBACKTYPE_failsafe] = (struct callback){
		c->failsafe_callback_eip, c->flags & VGCF_failsafe_disables_events};
	v->trap.callbacks[CALLBACKTYPE_syscall] =
		(struct callback){c->syscall_callback_eip, c->flags & VGCF_syscall_disables_events};
}

/*
 * The page tables of the context: cr3, and the user's in ctrlreg[1], 0: none. A guest that is
 * restored has it without the lowest bit, a saved one may have it with that.
 */
static int set_page_tables(struct vcpu *v, const struct vcpu_guest_context *c)
{
	mfn_t kernel = mfn(xen_cr3_to_pfn(c->ctrlreg[3])), user = MFN_NONE;
	int rc = mmu_get_kernel_l4(v->domain, kernel);

	if (rc)
		return rc;
	if (c->ctrlreg[1]) {
		user = mfn(xen_cr3_to_pfn(c->ctrlreg[1]));
		rc = mmu_get_user_l4(v->domain, user);
		if (rc) {
			mmu_put_kernel_l4(kernel);
			return rc;
		}
	}
	mfn_t old = v->mm.guest_table, old_user = v->mm.guest_table_user;

	v->mm.guest_table = kernel;
	v->mm.guest_table_user = user;
	vcpu_set_tables(v);
	mmu_put_kernel_l4(old);
	mmu_put_user_l4(old_user);
	return 0;
}

/* Registers 4 and 5 of the context are no registers of their own. */
static int set_debug_registers(struct vcpu *v, const uint64_t *dr)
{
	int rc = 0;

	for (unsigned int i = 0; i < 8 && !rc; i++)
		if (i != 4 && i != 5)
			rc = debugreg_set(v, i, dr[i]);
	return rc ? -EINVAL : 0;
}

/*
 * The GDT, the page tables, and the LDT, which the page tables map. If one of them is refused, the
 * vCPU has no descriptor table at all.
 */
static int set_memory(struct vcpu *v, const struct vcpu_guest_context *c)
{
	int rc = vcpu_set_gdt(v, c->gdt_frames, (unsigned int)MIN(c->gdt_ents, 65535));

	if (rc)
		return rc;
	rc = set_page_tables(v, c);
	if (!rc)
		rc = vcpu_set_ldt(v, c->ldt_base, (unsigned int)c->ldt_ents);
	if (rc)
		vcpu_release_descriptors(v);
	return rc;
}

int vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	int rc;

	if (!canonical(c->user_regs.rip) || !canonical(c->fs_base) ||
	    !canonical(c->gs_base_kernel) || !canonical(c->gs_base_user) ||
	    !canonical(c->event_callback_eip) || !canonical(c->syscall_callback_eip) ||
	    !canonical(c->failsafe_callback_eip))
		return -EINVAL;
	/* It would run on no page table at all. */
	if (!(c->flags & VGCF_in_kernel) && !c->ctrlreg[1])
		return -EINVAL;
	if (c->ldt_ents > 8192 || (c->ldt_ents && (c->ldt_base & ~PAGE_MASK)))
		return -EINVAL;
	rc = set_debug_registers(v, c->debugreg);
	if (!rc)
		rc = set_memory(v, c);
	if (rc)
		return rc;
	v->arch.kernel_mode = (c->flags & VGCF_in_kernel) != 0;
	set_registers(v, &c->user_regs);
	set_traps(v, c);
	if (c->flags & VGCF_i387_valid)
		fpu_set_legacy(v->arch.fpu, &c->fpu_ctxt);
	v->arch.kernel_sp = c->kernel_sp;
	v->arch.kernel_ss = c->kernel_ss | 3;
	v->arch.fs_base = c->fs_base;
	v->arch.gs_base_kernel = c->gs_base_kernel;
	v->arch.gs_base_user = c->gs_base_user;
	v->arch.guest_cr4 = c->ctrlreg[4] & cpu_policy_cr4(v->domain->cpu_policy);
	v->initialised = true;
	return 0;
}

void vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
	memset(c, 0, sizeof(*c));
	c->flags = VGCF_i387_valid | (v->arch.kernel_mode ? VGCF_in_kernel : 0) |
		   (v->sched.down ? 0 : VGCF_online);
	if (v->trap.callbacks[CALLBACKTYPE_failsafe].mask_events)
		c->flags |= VGCF_failsafe_disables_events;
	if (v->trap.callbacks[CALLBACKTYPE_syscall].mask_events)
		c->flags |= VGCF_syscall_disables_events;
	memcpy(&c->fpu_ctxt, v->arch.fpu, 512);
	memcpy(&c->user_regs, &v->arch.regs, offsetof(struct regs, error_code));
	c->user_regs.rip = v->arch.regs.rip;
	c->user_regs.cs = v->arch.kernel_mode
				  ? ring_shown_selector(v->arch.ring1, v->arch.regs.cs) & ~3
				  : v->arch.regs.cs;
	c->user_regs.saved_upcall_mask = v->info->evtchn_upcall_mask;
	c->user_regs.rflags = (v->arch.regs.rflags & ~(RFLAGS_IF | RFLAGS_IOPL) &
			       ~(uint64_t)(v->arch.kernel_mode ? v->arch.kernel_flags : 0)) |
			      (uint64_t)v->trap.iopl << 12 |
			      (v->info->evtchn_upcall_mask ? 0 : RFLAGS_IF);
	c->user_regs.rsp = v->arch.regs.rsp;
	c->user_regs.ss = v->arch.kernel_mode
				  ? ring_shown_selector(v->arch.ring1, v->arch.regs.ss)
				  : v->arch.regs.ss;
	c->user_regs.ds = v->arch.ds;
	c->user_regs.es = v->arch.es;
	c->user_regs.fs = v->arch.fs;
	c->user_regs.gs = v->arch.gs;
	for (unsigned int i = 0; i < 256; i++)
		c->trap_ctxt[i] = (struct trap_info){i, v->trap.gates[i].flags, v->trap.gates[i].cs,
						     v->trap.gates[i].address};
	c->ldt_base = v->desc.ldt_base;
	c->ldt_ents = v->desc.ldt_entries;
	for (unsigned int i = 0; i < (v->desc.gdt_entries + 511) / 512; i++)
		c->gdt_frames[i] = mfn_x(v->desc.gdt_frames[i]);
	c->gdt_ents = v->desc.gdt_entries;
	c->kernel_ss = v->arch.kernel_ss;
	c->kernel_sp = v->arch.kernel_sp;
	c->ctrlreg[0] = v->arch.cr0_ts ? 8 : 0;
	c->ctrlreg[3] = v->arch.cr3_kernel;
	c->ctrlreg[1] = v->arch.cr3_user;
	c->ctrlreg[4] = v->arch.guest_cr4;
	memcpy(c->debugreg, v->arch.dr, sizeof(c->debugreg));
	c->event_callback_eip = v->trap.callbacks[CALLBACKTYPE_event].address;
	c->failsafe_callback_eip = v->trap.callbacks[CALLBACKTYPE_failsafe].address;
	c->syscall_callback_eip = v->trap.callbacks[CALLBACKTYPE_syscall].address;
	c->vm_assist = v->domain->trap.vm_assist;
	c->fs_base = v->arch.fs_base;
	c->gs_base_kernel = v->arch.gs_base_kernel;
	c->gs_base_user = v->arch.gs_base_user;
}
