/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The container that only plays a script, and a guest above it: for test_hvm.c and test_hvm_save.c,
 * which name the sources. Included once, behind mm_world.h.
 */
#ifndef HOSTED_HVM_WORLD_H
#define HOSTED_HVM_WORLD_H

#include "hvm_stubs.h"

/* ---- the container ---- */

static unsigned int runs;
static void (*script)(struct vcpu *v, unsigned int run);

static int c_vcpu_init(struct vcpu *v, maddr_t root)
{
	(void)root;
	v->hvm->control = &states[v->id];
	return 0;
}

static void c_vcpu_destroy(struct vcpu *v)
{
	(void)v;
}

static void c_get(const struct vcpu *v, struct hvm_state *s)
{
	*s = states[v->id];
}

static void c_set(struct vcpu *v, const struct hvm_state *s)
{
	states[v->id] = *s;
}

static void c_mode(const struct vcpu *v, struct hvm_mode *m)
{
	const struct hvm_state *s = &states[v->id];
	bool l = (s->efer & BIT64(10)) && (s->segment[SEGMENT_CS].rights & 0x200);

	*m = (struct hvm_mode){.cr0 = s->cr0, .cr3 = s->cr3, .cr4 = s->cr4, .efer = s->efer,
			       .long_mode = l, .code_size = l ? 8 : 4,
			       .cpl = s->segment[SEGMENT_SS].rights >> 5 & 3};
}

static void c_run(struct vcpu *v)
{
	irq_enable();
	script(v, runs++);
}

static bool c_can_inject(const struct vcpu *v)
{
	return (v->arch.regs.rflags & RFLAGS_IF) && !if_blocked;
}

static void c_inject(struct vcpu *v, unsigned int vector)
{
	(void)v;
	injected = vector;
}

static void c_window(struct vcpu *v, bool wanted)
{
	(void)v;
	window = wanted;
}

static bool c_nmi(struct vcpu *v)
{
	(void)v;
	injected = 2;
	return true;
}

static void c_exception(struct vcpu *v, unsigned int vector, int64_t error)
{
	(void)v;
	exception = vector;
	exception_error = error;
}

static void c_set_xcr0(struct vcpu *v, uint64_t value)
{
	v->arch.xcr0 = value;
}

static void c_get_xcr0(struct vcpu *v)
{
	(void)v;
}

static const struct hvm_container fake = {
	.name = "a script", .vcpu_init = c_vcpu_init, .vcpu_destroy = c_vcpu_destroy,
	.get = c_get, .set = c_set, .mode = c_mode, .run = c_run, .can_inject = c_can_inject,
	.inject = c_inject, .want_window = c_window, .inject_nmi = c_nmi,
	.exception = c_exception, .set_xcr0 = c_set_xcr0, .get_xcr0 = c_get_xcr0,
};

const struct hvm_container *svm_init(void)
{
	return &fake;
}

/* ---- a guest ---- */

static void start(void)
{
	world_start();
	options.pvh = true;
	if (!hvm_hooks)
		hvm_init();
	memset(vcpu, 0, sizeof(vcpu));
	memset(info, 0, sizeof(info));
	memset(states, 0, sizeof(states));
	dom->hvm = NULL;
	if (hvm_hooks->domain_init(dom))
		abort();
	dom->vcpus = vcpus;
	dom->max_vcpus = VCPUS;
	dom->cpu_policy = &policy;
	memset(&policy, 0, sizeof(policy));
	policy.basic[1].a = 0x600;
	policy.extd[1].d = ~0u;
	for (unsigned int i = 0; i < VCPUS; i++) {
		vcpus[i] = &vcpu[i];
		vcpu[i].id = i;
		vcpu[i].domain = dom;
		vcpu[i].info = &info[i];
		vcpu[i].is_hvm = 1;
		vcpu[i].sched.down = true;
		vcpu[i].arch.fpu = (struct fpu_area *)fpu_areas[i];
		vcpu[i].arch.xcr0 = 1;
		if (hvm_hooks->vcpu_init(&vcpu[i]))
			abort();
	}
	vcpu[0].sched.down = false;
	vcpu[0].hvm->wait_sipi = false;
	vcpu[0].initialised = true;
	vcpu[0].arch.regs.rflags = RFLAGS_IF | 2;
	states[0].segment[SEGMENT_CS].rights = 0xa9b;
	states[0].efer = BIT64(10);
	current = &vcpu[0];
	if_blocked = window = false;
	injected = exception = kicks = downs = ups = blocked_calls = shutdowns = crashes = 0;
	runs = 0;
}

static void end(void)
{
	while (hvm_hooks->relinquish(dom))
		;
	for (unsigned int i = 0; i < VCPUS; i++)
		hvm_hooks->vcpu_destroy(&vcpu[i]);
	hvm_hooks->domain_destroy(dom);
	dom->vcpus = world_vcpus[1];
	dom->max_vcpus = 1;
	while (mm_domain_relinquish(dom))
		;
}

/* A page of memory at gfn; its place in our memory. */
static inline void *page(uint64_t gfn)
{
	struct frame *f = alloc_domain_frames(dom, 0, 0);

	if (!f || hvm_hooks->populate(dom, gfn, f, 0))
		abort();
	return mfn_to_virt(frame_to_mfn(f));
}

#endif
