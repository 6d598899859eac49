// SPDX-License-Identifier: GPL-2.0-only
/*
 * A vCPU's state from outside: the records that the toolstack sets and saves (ABI.md 19), the
 * context of VCPUOP_initialise, and real mode, in which a SIPI starts a vCPU.
 *
 * What comes in is whatever somebody wrote. The processor refuses to run an impossible state, and
 * that crashes the domain (x86/svm.c); what would harm others is not part of it.
 */
#include <hv/boot/options.h>
#include <hv/domain/cpu_policy.h>
#include <hv/domain/domain.h>
#include <hv/domain/domctl.h>
#include <hv/errno.h>
#include <hv/hvm/container.h>
#include <hv/hvm/exit.h>
#include <hv/lib/lib.h>
#include <hv/mm/heap.h>
#include <hv/sched/sched.h>
#include <hv/time/clock.h>
#include <x86/context.h>
#include <x86/fpu.h>
#include <x86/uaccess.h>
#include <xen/domctl.h>

enum record {
	RECORD_END = 0,
	RECORD_HEADER = 1,
	RECORD_CPU = 2,
	RECORD_LAPIC = 5,
	RECORD_LAPIC_REGS = 6,
	RECORD_MTRR = 14,
	RECORD_XSAVE = 16,
};

/* Type 5, as Xen 4.17 has it; 4.20 adds eight bytes. */
struct lapic_record {
	uint64_t base;
	uint32_t disabled;	/* LAPIC_OFF_* */
	uint32_t divisor;	/* of the timer */
	uint64_t deadline;	/* not in use: there is no TSC-deadline mode */
};

#define BLOB_MAX	(256 * 1024u)	/* 64 vCPUs need 150 KiB */
#define RFLAGS_FIXED	2u
#define DR6_RESET	0xffff0ff0u
#define DR7_RESET	0x400u
#define CR0_RESET	0x60000010u
#define CR0_ET		0x10u
#define FLAGS_FPU	1u
#define EVENT_VALID	BIT64(31)
#define XSAVE_HEADER	((uint32_t)offsetof(struct hvm_hw_cpu_xsave, save_area))
#define LAPIC_OFF_MSR	1u
#define LAPIC_OFF_SVR	2u
#define SVR_ENABLED	0x100u

static const struct hvm_container *container(const struct vcpu *v)
{
	return v->domain->hvm->container;
}

/* ---- one vCPU's record ---- */

/* The segments in the record's order, and where the record has them. */
static const struct {
	uint8_t name;
	uint16_t sel, limit, base, rights;
} places[] = {
#define PLACE(NAME, member)                                                                       \
	{SEGMENT_##NAME, offsetof(struct hvm_hw_cpu, member##_sel),                               \
	 offsetof(struct hvm_hw_cpu, member##_limit), offsetof(struct hvm_hw_cpu, member##_base), \
	 offsetof(struct hvm_hw_cpu, member##_arbytes)}
	PLACE(CS, cs), PLACE(DS, ds), PLACE(ES, es), PLACE(FS, fs),
	PLACE(GS, gs), PLACE(SS, ss), PLACE(TR, tr), PLACE(LDTR, ldtr),
};

static void *member(const struct hvm_hw_cpu *r, unsigned int offset)
{
	return (char *)r + offset;
}

static void segments_in(struct hvm_state *s, const struct hvm_hw_cpu *r)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++)
		s->segment[places[i].name] = (struct hvm_segment){
			.selector = (uint16_t) * (uint32_t *)member(r, places[i].sel),
			.rights = (uint16_t)(*(uint32_t *)member(r, places[i].rights) & 0xfff),
			.limit = *(uint32_t *)member(r, places[i].limit),
			.base = *(uint64_t *)member(r, places[i].base),
		};
	s->segment[SEGMENT_GDTR] =
		(struct hvm_segment){.limit = r->gdtr_limit, .base = r->gdtr_base};
	s->segment[SEGMENT_IDTR] =
		(struct hvm_segment){.limit = r->idtr_limit, .base = r->idtr_base};
}

static void segments_out(const struct hvm_state *s, struct hvm_hw_cpu *r)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
		const struct hvm_segment *g = &s->segment[places[i].name];

		*(uint32_t *)member(r, places[i].sel) = g->selector;
		*(uint32_t *)member(r, places[i].rights) = g->rights;
		*(uint32_t *)member(r, places[i].limit) = g->limit;
		*(uint64_t *)member(r, places[i].base) = g->base;
	}
	r->gdtr_limit = s->segment[SEGMENT_GDTR].limit;
	r->gdtr_base = s->segment[SEGMENT_GDTR].base;
	r->idtr_limit = s->segment[SEGMENT_IDTR].limit;
	r->idtr_base = s->segment[SEGMENT_IDTR].base;
}

static void general_in(struct regs *g, const struct hvm_hw_cpu *r)
{
	*g = (struct regs){
		.rax = r->rax, .rbx = r->rbx, .rcx = r->rcx, .rdx = r->rdx, .rbp = r->rbp,
		.rsi = r->rsi, .rdi = r->rdi, .rsp = r->rsp, .r8 = r->r8,   .r9 = r->r9,
		.r10 = r->r10, .r11 = r->r11, .r12 = r->r12, .r13 = r->r13, .r14 = r->r14,
		.r15 = r->r15, .rip = r->rip, .rflags = r->rflags | RFLAGS_FIXED,
	};
}

static void general_out(const struct regs *g, struct hvm_hw_cpu *r)
{
	r->rax = g->rax, r->rbx = g->rbx, r->rcx = g->rcx, r->rdx = g->rdx, r->rbp = g->rbp;
	r->rsi = g->rsi, r->rdi = g->rdi, r->rsp = g->rsp, r->r8 = g->r8, r->r9 = g->r9;
	r->r10 = g->r10, r->r11 = g->r11, r->r12 = g->r12, r->r13 = g->r13, r->r14 = g->r14;
	r->r15 = g->r15, r->rip = g->rip, r->rflags = g->rflags;
}

/* v does not run and is not loaded. */
static void cpu_in(struct vcpu *v, const struct hvm_hw_cpu *r)
{
	struct hvm_state s = {
		.cr0 = r->cr0 | CR0_ET, .cr2 = r->cr2, .cr3 = r->cr3, .cr4 = r->cr4,
		.efer = r->msr_efer, .dr6 = r->dr6, .dr7 = r->dr7,
		.star = r->msr_star, .lstar = r->msr_lstar, .cstar = r->msr_cstar,
		.sfmask = r->msr_syscall_mask, .kernel_gs_base = r->shadow_gs,
		.sysenter_cs = r->sysenter_cs, .sysenter_esp = r->sysenter_esp,
		.sysenter_eip = r->sysenter_eip, .pat = v->hvm->pat,
	};

	if (r->pending_event & EVENT_VALID)
		s.pending_event = r->pending_event | (uint64_t)r->error_code << 32;
	general_in(&v->arch.regs, r);
	segments_in(&s, r);
	container(v)->set(v, &s);
	v->arch.dr[0] = r->dr0, v->arch.dr[1] = r->dr1, v->arch.dr[2] = r->dr2;
	v->arch.dr[3] = r->dr3;
	if (r->flags & FLAGS_FPU)
		fpu_set_legacy(v->arch.fpu, r->fpu_regs);
	atomic_store(&v->hvm->wait_sipi, false);
	v->initialised = true;
	vcpu_up(v);	/* it runs when the pauses end */
}

static void cpu_out(const struct vcpu *v, struct hvm_hw_cpu *r)
{
	struct hvm_state s;

	container(v)->get(v, &s);
	memset(r, 0, sizeof(*r));
	memcpy(r->fpu_regs, v->arch.fpu, sizeof(r->fpu_regs));
	r->flags = FLAGS_FPU;
	general_out(&v->arch.regs, r);
	segments_out(&s, r);
	r->cr0 = s.cr0, r->cr2 = s.cr2, r->cr3 = s.cr3, r->cr4 = s.cr4;
	r->dr0 = v->arch.dr[0], r->dr1 = v->arch.dr[1], r->dr2 = v->arch.dr[2];
	r->dr3 = v->arch.dr[3], r->dr6 = s.dr6, r->dr7 = s.dr7;
	r->sysenter_cs = s.sysenter_cs, r->sysenter_esp = s.sysenter_esp;
	r->sysenter_eip = s.sysenter_eip, r->shadow_gs = s.kernel_gs_base;
	r->msr_star = s.star, r->msr_lstar = s.lstar, r->msr_cstar = s.cstar;
	r->msr_syscall_mask = s.sfmask, r->msr_efer = s.efer;
	r->tsc = rdtsc();
	r->pending_event = (uint32_t)s.pending_event;
	r->error_code = (uint32_t)(s.pending_event >> 32);
}

/* ---- the list of records ---- */

struct blob {
	char *at;
	uint32_t size, room;
};

/* NULL: no room; the size grows all the same. */
static void *append(struct blob *b, enum record type, unsigned int instance, uint32_t length)
{
	struct hvm_save_descriptor d = {(uint16_t)type, (uint16_t)instance, length};
	char *body = NULL;

	if (b->size + sizeof(d) + length <= b->room) {
		memcpy(b->at + b->size, &d, sizeof(d));
		body = b->at + b->size + sizeof(d);
	}
	b->size += (uint32_t)sizeof(d) + length;
	return body;
}

static void lapic_state_out(const struct vlapic *l, struct lapic_record *r)
{
	*r = (struct lapic_record){
		.base = l->base,
		.disabled = (l->base & APIC_BASE_ON ? 0 : LAPIC_OFF_MSR) |
			    (l->svr & SVR_ENABLED ? 0 : LAPIC_OFF_SVR),
		.divisor = vlapic_timer_divisor(l),
	};
}

static void lapic_out(const struct vcpu *v, struct hvm_hw_lapic_regs *r)
{
	const struct vlapic *l = &v->hvm->lapic;
	uint32_t value;

	memset(r, 0, sizeof(*r));
	for (uint32_t offset = 0; offset < sizeof(r->data); offset += 16)
		if (vlapic_read(l, offset, now_ns(), &value))
			memcpy(&r->data[offset], &value, sizeof(value));
}

/* XCR0, and all components that the domain may have, also those that are switched off. */
static void save_extended(struct blob *b, const struct vcpu *v)
{
	uint64_t mask = cpu_policy_xcr0(v->domain->cpu_policy), present;
	struct hvm_hw_cpu_xsave *x;
	uint32_t size;
	char *area;

	if (!mask)
		return;
	size = cpu_policy_xsave_size(v->domain->cpu_policy, mask, false);
	x = append(b, RECORD_XSAVE, v->id, XSAVE_HEADER + size);
	if (!x)
		return;
	x->xfeature_mask = x->xcr0_accum = mask;
	x->xcr0 = v->arch.xcr0;
	area = (char *)x + XSAVE_HEADER;
	memcpy(area, v->arch.fpu, size);
	memcpy(&present, area + XSTATE_HEADER, sizeof(present));
	present &= mask;
	memcpy(area + XSTATE_HEADER, &present, sizeof(present));
}

static void save_vcpu(struct blob *b, const struct vcpu *v)
{
	struct hvm_hw_lapic_regs *regs;
	struct lapic_record *lapic;
	struct hvm_hw_mtrr *mtrr;
	struct hvm_hw_cpu *cpu;
	bool up = v->initialised && !v->sched.down;

	if (up) {
		cpu = append(b, RECORD_CPU, v->id, sizeof(*cpu));
		if (cpu)
			cpu_out(v, cpu);
	}
	lapic = append(b, RECORD_LAPIC, v->id, sizeof(*lapic));
	if (lapic)
		lapic_state_out(&v->hvm->lapic, lapic);
	regs = append(b, RECORD_LAPIC_REGS, v->id, sizeof(*regs));
	if (regs)
		lapic_out(v, regs);
	mtrr = append(b, RECORD_MTRR, v->id, sizeof(*mtrr));
	if (mtrr) {
		*mtrr = v->hvm->mtrr;
		mtrr->msr_pat_cr = v->hvm->pat;
	}
	if (up)
		save_extended(b, v);
}

/* What a blob holds; room may be too small, or 0 to ask for the size. d does not run. */
static void save_all(struct domain *d, struct blob *b)
{
	struct hvm_save_header *header = append(b, RECORD_HEADER, 0, sizeof(*header));
	struct vcpu *v;

	if (header)
		*header = (struct hvm_save_header){
			.magic = HVM_FILE_MAGIC,
			.version = HVM_FILE_VERSION,
			.changeset = ~UINT64_C(0),
			.cpuid = d->cpu_policy->basic[1].a,
			.gtsc_khz = (uint32_t)tsc_khz(),
		};
	for_each_vcpu(d, v)
		save_vcpu(b, v);
	(void)append(b, RECORD_END, 0, 0);
}

static void stop(struct domain *d)
{
	struct vcpu *v;

	domain_pause(d);
	for_each_vcpu(d, v)
		vcpu_sync(v);
}

static long get_context(struct domain *d, struct xen_domctl_hvmcontext *h)
{
	struct blob b = {0};
	long rc = DOMCTL_ANSWER;

	stop(d);
	save_all(d, &b);
	if (h->buffer && h->size < b.size) {
		rc = -ENOSPC;
	} else if (h->buffer) {
		b = (struct blob){.room = b.size};
		b.at = hv_alloc(b.room);
		if (b.at)
			save_all(d, &b);
		if (!b.at)
			rc = -ENOMEM;
		else if (copy_to_guest(h->buffer, b.at, b.size))
			rc = -EFAULT;
		hv_free(b.at);
	}
	(void)domain_unpause(d);
	h->size = b.size;
	return rc;
}

/* One record by itself, without its descriptor. */
static long get_partial(struct domain *d, const struct xen_domctl_hvmcontext_partial *p)
{
	struct hvm_save_descriptor h = {0};
	struct blob b = {0};
	uint32_t at;
	long rc = -ENOENT;

	stop(d);
	save_all(d, &b);
	b = (struct blob){.room = b.size};
	b.at = hv_alloc(b.room);
	if (b.at)
		save_all(d, &b);
	(void)domain_unpause(d);
	if (!b.at)
		return -ENOMEM;
	for (at = 0; at < b.size && rc == -ENOENT; at += (uint32_t)sizeof(h) + h.length) {
		memcpy(&h, b.at + at, sizeof(h));
		if (h.typecode != p->type || h.instance != p->instance || !h.length)
			continue;
		rc = 0;
		if (p->bufsz < h.length)
			rc = -ENOSPC;
		else if (copy_to_guest(p->buffer, b.at + at + sizeof(h), h.length))
			rc = -EFAULT;
	}
	hv_free(b.at);
	return rc ? rc : DOMCTL_ANSWER;
}

static void lapic_in(struct vcpu *v, const struct hvm_hw_lapic_regs *r)
{
	struct vlapic *l = &v->hvm->lapic;
	struct vlapic_command cmd;
	uint32_t value;

	/* SVR first, without which all LVTs stay masked; no commands, and the timer last. */
	static const uint16_t order[] = {0xf0, 0x80, 0xd0, 0xe0, 0x320, 0x330, 0x340, 0x350, 0x360,
					 0x370, 0x3e0, 0x380};

	for (unsigned int i = 0; i < ARRAY_SIZE(order); i++) {
		memcpy(&value, &r->data[order[i]], sizeof(value));
		(void)vlapic_write(l, order[i], value, now_ns(), &cmd);
	}
	for (unsigned int i = 0; i < 8; i++) {
		uint32_t isr, irr;

		memcpy(&isr, &r->data[0x100 + i * 16], sizeof(isr));
		memcpy(&irr, &r->data[0x200 + i * 16], sizeof(irr));
		if (!i)	/* there are no vectors below 16 */
			isr &= ~0xffffu, irr &= ~0xffffu;
		l->isr[i / 2] |= (uint64_t)isr << (i % 2 * 32);
		l->irr[i / 2] |= (uint64_t)irr << (i % 2 * 32);
	}
	hvm_lapic_arm(v);
}

static int extended_in(struct vcpu *v, const void *body, uint32_t length)
{
	uint64_t mask = cpu_policy_xcr0(v->domain->cpu_policy);
	const struct hvm_hw_cpu_xsave *x = body;
	uint32_t size = length - XSAVE_HEADER;

	if (length < XSAVE_HEADER + XSTATE_AREA_MIN || size > fpu_area_size() ||
	    !fpu_xcr0_ok(x->xcr0, mask) || (x->xcr0_accum & ~mask) ||
	    fpu_area_check(x->save_area, x->xcr0_accum))
		return -EINVAL;
	v->arch.xcr0 = x->xcr0;
	memset(v->arch.fpu, 0, fpu_area_size());
	memcpy(v->arch.fpu, (const char *)x + XSAVE_HEADER, size);
	return 0;
}

/* One record. 0, or -EINVAL. Unknown ones are passed over: devices that this domain lacks. */
static int load_record(struct domain *d, const struct hvm_save_descriptor *h, const void *body)
{
	struct vcpu *v = domain_vcpu(d, h->instance);
	const struct lapic_record *lapic = body;
	const struct hvm_save_header *header = body;
	const struct hvm_hw_mtrr *mtrr = body;

	switch (h->typecode) {
	case RECORD_HEADER:
		return h->length == sizeof(*header) && header->magic == HVM_FILE_MAGIC &&
				       header->version == HVM_FILE_VERSION
			       ? 0
			       : -EINVAL;
	case RECORD_CPU:
		if (!v || h->length != sizeof(struct hvm_hw_cpu))
			return -EINVAL;
		cpu_in(v, body);
		return 0;
	case RECORD_LAPIC:
		if (!v || (h->length != sizeof(*lapic) && h->length != sizeof(*lapic) + 8))
			return -EINVAL;
		v->hvm->lapic.base = (lapic->base & (APIC_BASE_ON | APIC_BASE_X2)) |
				     APIC_ADDRESS | (v->id ? 0 : APIC_BASE_BSP);
		return 0;
	case RECORD_LAPIC_REGS:
		if (!v || h->length != sizeof(struct hvm_hw_lapic_regs))
			return -EINVAL;
		lapic_in(v, body);
		return 0;
	case RECORD_MTRR:
		if (!v || h->length != sizeof(*mtrr))
			return -EINVAL;
		v->hvm->mtrr = *mtrr;
		return hvm_set_pat(v, mtrr->msr_pat_cr) ? 0 : -EINVAL;
	case RECORD_XSAVE: return v ? extended_in(v, body, h->length) : -EINVAL;
	default: return 0;
	}
}

/* The blob is a copy of ours. */
static int load_all(struct domain *d, const char *blob, uint32_t size)
{
	struct hvm_save_descriptor h;
	uint32_t at = 0;
	struct vcpu *v;
	int rc = 0;

	for_each_vcpu(d, v)
		vcpu_down(v);
	while (!rc) {
		if (size - at < sizeof(h))
			return -ENODATA;
		memcpy(&h, blob + at, sizeof(h));
		at += (uint32_t)sizeof(h);
		if (h.typecode == RECORD_END)
			return 0;
		if (h.length > size - at)
			return -ENODATA;
		if (at == sizeof(h) && h.typecode != RECORD_HEADER)
			return -EINVAL;
		/* Records are not aligned where they stand. */
		void *body = hv_alloc(MAX(h.length, 1u));

		if (!body)
			return -ENOMEM;
		memcpy(body, blob + at, h.length);
		rc = load_record(d, &h, body);
		hv_free(body);
		at += h.length;
	}
	return rc;
}

static long set_context(struct domain *d, const struct xen_domctl_hvmcontext *h)
{
	char *blob;
	long rc = -EFAULT;

	if (h->size > BLOB_MAX)
		return -EINVAL;
	blob = hv_alloc(MAX(h->size, 1u));
	if (!blob)
		return -ENOMEM;
	if (!copy_from_guest(blob, h->buffer, h->size)) {
		stop(d);
		rc = d->control.dying ? -EINVAL : load_all(d, blob, h->size);
		(void)domain_unpause(d);
	}
	hv_free(blob);
	return rc;
}

/* ---- the door ---- */

static long set_mempool(struct domain *d, uint64_t bytes)
{
	if (bytes & ~PAGE_MASK)
		return -EINVAL;
	d->hvm->mempool = bytes;
	WRITE_ONCE(d->hvm->p2m.max_pages,
		   (unsigned int)MIN(MAX(bytes >> PAGE_SHIFT, P2M_MIN_PAGES), 1u << 24));
	return 0;
}

long hvm_domctl(struct domain *d, struct xen_domctl *op)
{
	if (d == current->domain)
		return -EINVAL;
	switch (op->cmd) {
	case XEN_DOMCTL_gethvmcontext: return get_context(d, &op->u.hvmcontext);
	case XEN_DOMCTL_sethvmcontext: return set_context(d, &op->u.hvmcontext);
	case XEN_DOMCTL_gethvmcontext_partial: return get_partial(d, &op->u.hvmcontext_partial);
	case XEN_DOMCTL_set_paging_mempool_size:
		return set_mempool(d, op->u.paging_mempool.size);
	case XEN_DOMCTL_get_paging_mempool_size:
		op->u.paging_mempool.size = d->hvm->mempool;
		return DOMCTL_ANSWER;
	default: return -EOPNOTSUPP;
	}
}

/* ---- starts from inside ---- */

static const struct hvm_segment none = {.limit = 0xffff};

void hvm_start_real_mode(struct vcpu *v, uint8_t vector)
{
	const struct hvm_segment data = {.rights = 0x93, .limit = 0xffff};
	struct hvm_state s = {
		.cr0 = CR0_RESET, .dr6 = DR6_RESET, .dr7 = DR7_RESET, .pat = v->hvm->pat};

	for (unsigned int i = SEGMENT_ES; i <= SEGMENT_GS; i++)
		s.segment[i] = data;
	s.segment[SEGMENT_CS] = (struct hvm_segment){.selector = (uint16_t)(vector << 8),
						     .rights = 0x9b,
						     .limit = 0xffff,
						     .base = (uint64_t)vector << 12};
	s.segment[SEGMENT_LDTR] = (struct hvm_segment){.rights = 0x82, .limit = 0xffff};
	s.segment[SEGMENT_TR] = (struct hvm_segment){.rights = 0x8b, .limit = 0xffff};
	s.segment[SEGMENT_GDTR] = s.segment[SEGMENT_IDTR] = none;
	v->arch.regs = (struct regs){.rdx = v->domain->cpu_policy->basic[1].a,
				     .rflags = RFLAGS_FIXED};
	container(v)->set(v, &s);
}

static void start_32(struct hvm_state *s, struct regs *g, const struct vcpu_hvm_x86_32 *c)
{
	*g = (struct regs){.rax = c->eax, .rcx = c->ecx, .rdx = c->edx, .rbx = c->ebx,
			   .rsp = c->esp, .rbp = c->ebp, .rsi = c->esi, .rdi = c->edi,
			   .rip = c->eip, .rflags = c->eflags | RFLAGS_FIXED};
	s->cr0 = c->cr0 | CR0_ET, s->cr3 = c->cr3, s->cr4 = c->cr4, s->efer = c->efer;
	s->segment[SEGMENT_CS] =
		(struct hvm_segment){0, c->cs_ar & 0xfff, c->cs_limit, c->cs_base};
	s->segment[SEGMENT_DS] =
		(struct hvm_segment){0, c->ds_ar & 0xfff, c->ds_limit, c->ds_base};
	s->segment[SEGMENT_SS] =
		(struct hvm_segment){0, c->ss_ar & 0xfff, c->ss_limit, c->ss_base};
	s->segment[SEGMENT_ES] =
		(struct hvm_segment){0, c->es_ar & 0xfff, c->es_limit, c->es_base};
	s->segment[SEGMENT_TR] =
		(struct hvm_segment){0, c->tr_ar & 0xfff, c->tr_limit, c->tr_base};
}

static void start_64(struct hvm_state *s, struct regs *g, const struct vcpu_hvm_x86_64 *c)
{
	*g = (struct regs){.rax = c->rax, .rcx = c->rcx, .rdx = c->rdx, .rbx = c->rbx,
			   .rsp = c->rsp, .rbp = c->rbp, .rsi = c->rsi, .rdi = c->rdi,
			   .rip = c->rip, .rflags = c->rflags | RFLAGS_FIXED};
	s->cr0 = c->cr0 | CR0_ET, s->cr3 = c->cr3, s->cr4 = c->cr4, s->efer = c->efer;
	s->segment[SEGMENT_CS] = (struct hvm_segment){0, 0xa9b, ~0u, 0};
	s->segment[SEGMENT_DS] = s->segment[SEGMENT_ES] = s->segment[SEGMENT_SS] =
		(struct hvm_segment){0, 0xc93, ~0u, 0};
	s->segment[SEGMENT_TR] = (struct hvm_segment){0, 0x8b, 0x67, 0};
}

static int apply_start(struct vcpu *v, const struct vcpu_hvm_context *c)
{
	struct hvm_state s = {.dr6 = DR6_RESET, .dr7 = DR7_RESET, .pat = v->hvm->pat};
	struct regs g;

	s.segment[SEGMENT_LDTR] = (struct hvm_segment){.rights = 0x82};
	if (c->mode == VCPU_HVM_MODE_32B)
		start_32(&s, &g, &c->cpu_regs.x86_32);
	else if (c->mode == VCPU_HVM_MODE_64B)
		start_64(&s, &g, &c->cpu_regs.x86_64);
	else
		return -EINVAL;
	v->arch.regs = g;
	container(v)->set(v, &s);
	atomic_store(&v->hvm->wait_sipi, false);
	v->initialised = true;
	return 0;
}

long hvm_initialise(struct vcpu *v, gaddr_t arg)
{
	struct vcpu_hvm_context c;
	long rc;

	if (copy_from_guest(&c, arg, sizeof(c)))
		return -EFAULT;
	if (c.pad)
		return -EINVAL;
	/* No lock: as for a PV guest's vCPU, and a SIPI loses against it. */
	if (atomic_xchg(&v->initialising, true))
		return -EBUSY;
	rc = v->initialised ? -EEXIST : apply_start(v, &c);
	atomic_store_release(&v->initialising, false);	/* pairs with the exchange above */
	return rc;
}
