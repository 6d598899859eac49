// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSRs of an HVM guest: the ones that are its own (EFER, PAT, MTRRs, APIC), then those that a PV
 * guest has too (x86/msr.c). What is in neither list raises #GP, unless the domain was made with
 * relaxed MSRs. FS, GS, SYSCALL and SYSENTER do not come here: the container keeps them.
 */
#include <arch/msr.h>
#include <hv/domain/cpu_policy.h>
#include <hv/hvm/container.h>
#include <hv/hvm/exit.h>
#include <hv/time/clock.h>
#include <x86/fpu.h>
#include <x86/msr.h>

#define MSR_TSC			0x10
#define MSR_MTRR_CAP		0xfe
#define MSR_MTRR_VAR_FIRST	0x200
#define MSR_MTRR_VAR_LAST	0x20f
#define MSR_MTRR_DEF_TYPE	0x2ff
#define MSR_X2APIC_FIRST	0x800
#define MSR_X2APIC_LAST		0x83f
#define MSR_X2APIC_ICR		0x830
#define MSR_HYPERCALL_PAGE	0x40000000
#define MSR_K8_SYSCFG		0xc0010010
#define MSR_K8_ENABLE_C1E	0xc0010055
#define MTRR_CAP		0x508	/* eight variable ones, the fixed ones, write-combining */

#define EFER_SCE	BIT64(0)
#define EFER_LME	BIT64(8)
#define EFER_LMA	BIT64(10)
#define EFER_NXE	BIT64(11)
#define EFER_FFXSR	BIT64(14)
#define CR0_PG		BIT64(31)

/* The fixed MTRRs in the order of the record. */
static const uint16_t fixed_mtrrs[11] = {0x250, 0x258, 0x259, 0x268, 0x269, 0x26a,
					 0x26b, 0x26c, 0x26d, 0x26e, 0x26f};

static uint64_t *mtrr_at(struct vcpu *v, uint32_t msr)
{
	struct hvm_hw_mtrr *m = &v->hvm->mtrr;

	if (msr >= MSR_MTRR_VAR_FIRST && msr <= MSR_MTRR_VAR_LAST)
		return &m->msr_mtrr_var[msr - MSR_MTRR_VAR_FIRST];
	if (msr == MSR_MTRR_DEF_TYPE)
		return &m->msr_mtrr_def_type;
	for (unsigned int i = 0; i < ARRAY_SIZE(fixed_mtrrs); i++)
		if (fixed_mtrrs[i] == msr)
			return &m->msr_mtrr_fixed[i];
	return NULL;
}

/* Each of eight bytes names one of the types that there are. */
static bool pat_ok(uint64_t value)
{
	for (unsigned int i = 0; i < 64; i += 8) {
		unsigned int type = value >> i & 0xff;

		if (type > 7 || type == 2 || type == 3)
			return false;
	}
	return true;
}

static uint64_t efer(const struct vcpu *v)
{
	struct hvm_mode m;

	v->domain->hvm->container->mode(v, &m);
	return m.efer;
}

/* An MSR of the local APIC, or any other that the guest may have. False: #GP. */
static bool read_msr(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	struct vlapic *l = &v->hvm->lapic;
	uint64_t *mtrr = mtrr_at(v, msr);
	uint32_t low;

	if (mtrr) {
		*value = *mtrr;
		return true;
	}
	if (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST) {
		if (!vlapic_x2(l) || !vlapic_read(l, (msr - MSR_X2APIC_FIRST) << 4, now_ns(), &low))
			return false;
		*value = low;
		if (msr == MSR_X2APIC_ICR)
			*value |= (uint64_t)l->icr_high << 32;
		return true;
	}
	switch (msr) {
	case MSR_TSC: *value = rdtsc(); return true;
	case MSR_APIC_BASE: *value = l->base; return true;
	case MSR_MTRR_CAP: *value = MTRR_CAP; return true;
	case MSR_PAT: *value = v->hvm->pat; return true;
	case MSR_EFER: *value = efer(v); return true;
	case MSR_HYPERCALL_PAGE:
	case MSR_K8_SYSCFG:
	case MSR_K8_ENABLE_C1E: *value = 0; return true;
	case MSR_FS_BASE:
	case MSR_GS_BASE:
	case MSR_KERNEL_GS_BASE: return false;	/* the container's */
	default: return guest_rdmsr(v, msr, value);
	}
}

/* What the policy allows; long mode is not switched on or off while paging is on. */
static bool write_efer(struct vcpu *v, uint64_t value)
{
	const struct cpu_policy *p = v->domain->cpu_policy;
	uint64_t allowed = EFER_SCE | EFER_LMA, old = efer(v);
	const struct hvm_container *c = v->domain->hvm->container;
	struct hvm_state s;

	if (p->extd[1].d & BIT64(29))
		allowed |= EFER_LME;
	if (p->extd[1].d & BIT64(20))
		allowed |= EFER_NXE;
	if (p->extd[1].d & BIT64(25))
		allowed |= EFER_FFXSR;
	if (value & ~allowed)
		return false;
	c->get(v, &s);
	if ((s.cr0 & CR0_PG) && ((value ^ old) & EFER_LME))
		return false;
	s.efer = (value & ~EFER_LMA) | (old & EFER_LMA);
	c->set(v, &s);
	return true;
}

bool hvm_set_pat(struct vcpu *v, uint64_t value)
{
	const struct hvm_container *c = v->domain->hvm->container;
	struct hvm_state s;

	if (!pat_ok(value))
		return false;
	v->hvm->pat = value;
	c->get(v, &s);
	s.pat = value;
	c->set(v, &s);
	return true;
}

static bool write_x2apic(struct vcpu *v, uint32_t msr, uint64_t value)
{
	struct vlapic *l = &v->hvm->lapic;

	if (!vlapic_x2(l))
		return false;
	if (msr == MSR_X2APIC_ICR) {
		l->icr_high = (uint32_t)(value >> 32);
		l->icr_low = (uint32_t)value;
		hvm_lapic_send(v, (uint32_t)value, l->icr_high);
		return true;
	}
	return !(value >> 32) && msr != MSR_X2APIC_ICR + 1 &&
	       hvm_lapic_write(v, (msr - MSR_X2APIC_FIRST) << 4, (uint32_t)value);
}

static bool write_base(struct vcpu *v, uint64_t value)
{
	if (!vlapic_set_base(&v->hvm->lapic, value))
		return false;
	hvm_lapic_arm(v);
	return true;
}

static bool write_msr(struct vcpu *v, uint32_t msr, uint64_t value)
{
	uint64_t *mtrr = mtrr_at(v, msr);

	if (mtrr) {
		*mtrr = value;	/* read back; memory is write-back whatever it says */
		return true;
	}
	if (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST)
		return write_x2apic(v, msr, value);
	switch (msr) {
	case MSR_TSC: return true;	/* it runs on */
	case MSR_APIC_BASE: return write_base(v, value);
	case MSR_PAT: return hvm_set_pat(v, value);
	case MSR_EFER: return write_efer(v, value);
	case MSR_HYPERCALL_PAGE:
		return !(value & ~PAGE_MASK) &&
		       hvm_hypercall_page(v->domain, value >> PAGE_SHIFT);
	case MSR_K8_SYSCFG: return true;
	case MSR_FS_BASE:
	case MSR_GS_BASE:
	case MSR_KERNEL_GS_BASE:
	case MSR_MTRR_CAP: return false;
	default: return guest_wrmsr(v, msr, value);
	}
}

void hvm_exit_msr(struct vcpu *v, bool write, unsigned int length)
{
	struct regs *r = &v->arch.regs;
	uint64_t value = (uint32_t)r->rax | r->rdx << 32;

	if (write ? !write_msr(v, (uint32_t)r->rcx, value)
		  : !read_msr(v, (uint32_t)r->rcx, &value)) {
		hvm_gp(v);
		return;
	}
	if (!write) {
		r->rax = (uint32_t)value;
		r->rdx = value >> 32;
	}
	hvm_skip(v, length);
}

void hvm_exit_xsetbv(struct vcpu *v, unsigned int length)
{
	struct regs *r = &v->arch.regs;
	uint64_t value = (uint32_t)r->rax | r->rdx << 32;
	struct hvm_mode m;

	v->domain->hvm->container->mode(v, &m);
	if (m.cpl || (uint32_t)r->rcx ||
	    !fpu_xcr0_ok(value, cpu_policy_xcr0(v->domain->cpu_policy))) {
		hvm_gp(v);
		return;
	}
	v->domain->hvm->container->set_xcr0(v, value);
	hvm_skip(v, length);
}
