// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vCPU's registers in the form of set/getvcpucontext, which debuggers, `xl dump-core` and the
 * resumption of a suspended guest use. A PV guest's context is all that it has; a translated one's
 * is what a kernel would save of a task, and the rest is in the records of save.c.
 */
#include <hv/domain/vcpu.h>
#include <hv/errno.h>
#include <hv/hvm/container.h>
#include <hv/hvm/exit.h>
#include <hv/lib/lib.h>
#include <x86/fpu.h>
#include <xen/xen.h>

#define GENERAL		offsetof(struct regs, error_code)	/* bytes that both have alike */
#define RFLAGS_FIXED	2u

static void segments_out(const struct hvm_state *s, unsigned int cpl, struct vcpu_guest_context *c)
{
	const struct hvm_segment *g = s->segment;

	c->user_regs.cs = g[SEGMENT_CS].selector;
	c->user_regs.ss = g[SEGMENT_SS].selector;
	c->user_regs.ds = g[SEGMENT_DS].selector;
	c->user_regs.es = g[SEGMENT_ES].selector;
	c->user_regs.fs = g[SEGMENT_FS].selector;
	c->user_regs.gs = g[SEGMENT_GS].selector;
	c->fs_base = g[SEGMENT_FS].base;
	c->gs_base_kernel = cpl ? s->kernel_gs_base : g[SEGMENT_GS].base;
	c->gs_base_user = cpl ? g[SEGMENT_GS].base : s->kernel_gs_base;
}

void hvm_get_registers(struct vcpu *v, struct vcpu_guest_context *c)
{
	const struct hvm_container *container = v->domain->hvm->container;
	struct hvm_state s;
	struct hvm_mode m;

	container->get(v, &s);
	container->mode(v, &m);
	memset(c, 0, sizeof(*c));
	c->flags = VGCF_i387_valid | (v->sched.down ? 0 : VGCF_online);
	memcpy(&c->fpu_ctxt, v->arch.fpu, sizeof(c->fpu_ctxt));
	memcpy(&c->user_regs, &v->arch.regs, GENERAL);
	c->user_regs.rip = v->arch.regs.rip;
	c->user_regs.rflags = v->arch.regs.rflags;
	c->user_regs.rsp = v->arch.regs.rsp;
	segments_out(&s, m.cpl, c);
	c->ctrlreg[0] = s.cr0, c->ctrlreg[2] = s.cr2, c->ctrlreg[3] = s.cr3;
	c->ctrlreg[4] = s.cr4;
	memcpy(c->debugreg, v->arch.dr, 4 * sizeof(c->debugreg[0]));
	c->debugreg[6] = s.dr6, c->debugreg[7] = s.dr7;
}

/* Control registers and segments stay what they are: the context does not say all of them. */
int hvm_set_registers(struct vcpu *v, const struct vcpu_guest_context *c)
{
	if (!v->initialised)
		return -EINVAL;
	memcpy(&v->arch.regs, &c->user_regs, GENERAL);
	v->arch.regs.rip = c->user_regs.rip;
	v->arch.regs.rflags = c->user_regs.rflags | RFLAGS_FIXED;
	v->arch.regs.rsp = c->user_regs.rsp;
	memcpy(v->arch.dr, c->debugreg, 4 * sizeof(c->debugreg[0]));
	if (c->flags & VGCF_i387_valid)
		fpu_set_legacy(v->arch.fpu, &c->fpu_ctxt);
	return 0;
}
