// SPDX-License-Identifier: GPL-2.0-only
/*
 * The container of HVM vCPUs on AMD's processors: SVM with nested paging. Source: AMD manual 2,
 * chapter 15.
 *
 *  V1. The processor's registers of a vCPU are in its VMCB and in v->arch.regs whenever the
 *      hypervisor runs; but its FPU, XCR0 and debug registers 0-3 stay in the CPU while it is
 *      loaded, like a PV guest's (x86/context.c).
 *  V2. VMRUN keeps only part of the host's registers. The rest (FS, GS, TR, LDTR, those of system
 *      calls) is what VMSAVE wrote when the vCPU was loaded, and comes back before interrupts do.
 *  V3. All guests have address space 1 of the processor's TLB. It is flushed before the first run
 *      after each flush of this CPU, a switch of vCPUs included: `seen` is the TLB clock of the
 *      last run. So a flush by mm/ and x86/tlb.c reaches nested translations too.
 *  V4. What the CPU need not tell is not intercepted: control registers, page faults, RDTSC. An
 *      instruction's length is the processor's where it says so (NRIPS), else that of the plain
 *      form: one with needless prefixes goes on inside of itself, to the guest's harm alone.
 */
#include <x86/svm.h>
#include <arch/msr.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hvm/container.h>
#include <hv/hvm/exit.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/map.h>
#include <hv/mm/tlb_clock.h>
#include <x86/cpu.h>
#include <x86/entry.h>
#include <x86/image.h>
#include <x86/vmcb.h>

#define MSR_VM_CR		0xc0010114
#define VM_CR_DISABLED		BIT64(4)
#define MSR_VM_HSAVE_PA		0xc0010117
#define MSR_SYSENTER_EIP	0x176
#define EFER_SVME		BIT64(12)
#define SVM_E1_C		BIT64(2)
#define LEAF_SVM		0x8000000au
#define SVM_NESTED_PAGING	BIT64(0)
#define SVM_NRIPS		BIT64(3)
#define SVM_FLUSH_ASID		BIT64(6)

#define GUEST_ASID		1
#define FLUSH_ALL		1
#define FLUSH_GUEST		3
#define PORT_DELAY		0x80	/* written to pass time: the real one does no harm */
#define TRAP_DB			1
#define TRAP_AC			17
#define TRAP_MC			18
#define CR0_PE			BIT64(0)
#define EFER_LMA		BIT64(10)
#define RIGHTS_L		0x200u
#define RIGHTS_DB		0x400u
#define NPF_WRITE		BIT64(1)
#define NPF_FETCH		BIT64(4)
#define NPF_WALK		BIT64(33)

struct svm_cpu {
	maddr_t host;		/* VMSAVE's page; 0: SVM is off on this CPU */
	uint64_t seen;		/* V3 */
};
DECLARE_PER_CPU(struct svm_cpu, svm_cpu);
DEFINE_PER_CPU(svm_cpu);

/* Constant after svm_init(). */
static maddr_t iopm __ro_after_init, msrpm __ro_after_init;
static uint32_t features __ro_after_init;
static bool svm_on __ro_after_init;

static struct vmcb *vmcb_of(const struct vcpu *v)
{
	return v->hvm->control;
}

/* ---- start-up ---- */

static bool svm_usable(void)
{
	struct cpuid_regs r;
	uint64_t control;

	if (cpu_features.max_ext < LEAF_SVM)
		return false;
	host_cpuid(0x80000001, 0, &r);
	if (!(r.c & SVM_E1_C))
		return false;
	if (!rdmsr_safe(MSR_VM_CR, &control) && (control & VM_CR_DISABLED)) {
		log_info("HVM: the firmware has switched SVM off\n");
		return false;
	}
	host_cpuid(LEAF_SVM, 0, &r);
	features = r.d;
	return r.d & SVM_NESTED_PAGING;
}

/* The guest has this MSR to itself: VMLOAD and VMSAVE keep it. */
static void open_msr(uint8_t *map, uint32_t msr)
{
	uint32_t base = msr < 0x2000 ? 0 : msr < 0xc0010000 ? 0x800 : 0x1000;

	map[base + (msr & 0x1fff) / 4] &= (uint8_t)~(3u << (msr % 4 * 2));
}

static bool make_maps(void)
{
	static const uint32_t open[] = {MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE,
					MSR_STAR,    MSR_LSTAR,	  MSR_CSTAR,
					MSR_SFMASK,  0x174,	  0x175,
					MSR_SYSENTER_EIP};
	struct frame *io = alloc_frames(2, 0), *msr = alloc_frames(1, 0);
	uint8_t *map;

	if (!io || !msr)
		return false;
	iopm = mfn_to_maddr(frame_to_mfn(io));
	msrpm = mfn_to_maddr(frame_to_mfn(msr));
	map = maddr_to_virt(iopm);
	memset(map, 0xff, 4 * PAGE_SIZE);
	map[PORT_DELAY / 8] &= (uint8_t)~(1u << PORT_DELAY % 8);
	map = maddr_to_virt(msrpm);
	memset(map, 0xff, 2 * PAGE_SIZE);
	for (unsigned int i = 0; i < ARRAY_SIZE(open); i++)
		open_msr(map, open[i]);
	return true;
}

void svm_init_cpu(void)
{
	void *host, *save;

	if (!svm_on)
		return;
	host = alloc_page();
	save = alloc_page();
	if (!host || !save)
		panic("no memory for SVM on CPU %u", cpu_id());
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
	wrmsr(MSR_VM_HSAVE_PA, virt_to_maddr(save));
	this_cpu(svm_cpu).host = virt_to_maddr(host);
}

/* ---- life of a vCPU ---- */

static int svm_vcpu_init(struct vcpu *v, maddr_t root)
{
	struct vmcb *b = alloc_page();

	if (!b)
		return -ENOMEM;
	v->hvm->control = b;
	v->arch.cr3_kernel = image_maddr(idle_l4);
	b->exceptions = BIT64(TRAP_DB) | BIT64(TRAP_AC) | BIT64(TRAP_MC);
	b->intercept1 = INTERCEPT1_INTR | INTERCEPT1_NMI | INTERCEPT1_SMI | INTERCEPT1_INIT |
			INTERCEPT1_RDPMC | INTERCEPT1_CPUID | INTERCEPT1_INVD | INTERCEPT1_HLT |
			INTERCEPT1_INVLPGA | INTERCEPT1_IO | INTERCEPT1_MSR | INTERCEPT1_TASK |
			INTERCEPT1_SHUTDOWN;
	b->intercept2 = INTERCEPT2_ALL;
	b->iopm = iopm;
	b->msrpm = msrpm;
	b->asid = GUEST_ASID;
	b->vintr = VINTR_MASKING;
	b->nested = 1;
	b->nested_cr3 = root;
	b->pat = v->hvm->pat;
	b->efer = EFER_SVME;
	return 0;
}

static void svm_vcpu_destroy(struct vcpu *v)
{
	if (v->hvm->control)
		free_page(v->hvm->control);
	v->hvm->control = NULL;
}

/* An emulator may not have told us of XSETBV. */
static void svm_get_xcr0(struct vcpu *v)
{
	if (cpu_features.xsave)
		v->arch.xcr0 = xgetbv(0);
}

static void svm_load(struct vcpu *v)
{
	svm_save_host(this_cpu(svm_cpu).host);
	__asm__ volatile("mov %0, %%dr0" :: "r"(v->arch.dr[0]));
	__asm__ volatile("mov %0, %%dr1" :: "r"(v->arch.dr[1]));
	__asm__ volatile("mov %0, %%dr2" :: "r"(v->arch.dr[2]));
	__asm__ volatile("mov %0, %%dr3" :: "r"(v->arch.dr[3]));
}

static void svm_save(struct vcpu *v)
{
	__asm__ volatile("mov %%dr0, %0" : "=r"(v->arch.dr[0]));
	__asm__ volatile("mov %%dr1, %0" : "=r"(v->arch.dr[1]));
	__asm__ volatile("mov %%dr2, %0" : "=r"(v->arch.dr[2]));
	__asm__ volatile("mov %%dr3, %0" : "=r"(v->arch.dr[3]));
	svm_get_xcr0(v);
}

static void svm_set_xcr0(struct vcpu *v, uint64_t value)
{
	v->arch.xcr0 = value;
	xsetbv(0, value);
}

/* ---- state ---- */

static const uint8_t places[NR_SEGMENTS] = {
	[SEGMENT_ES] = 0,	       [SEGMENT_CS] = 1,	   [SEGMENT_SS] = 2,
	[SEGMENT_DS] = 3,	       [SEGMENT_FS] = 4,	   [SEGMENT_GS] = 5,
	[SEGMENT_LDTR] = VMCB_LDTR, [SEGMENT_TR] = VMCB_TR, [SEGMENT_GDTR] = VMCB_GDTR,
	[SEGMENT_IDTR] = VMCB_IDTR,
};

static void svm_get(const struct vcpu *v, struct hvm_state *s)
{
	const struct vmcb *b = vmcb_of(v);

	*s = (struct hvm_state){
		.cr0 = b->cr0, .cr2 = b->cr2, .cr3 = b->cr3, .cr4 = b->cr4,
		.efer = b->efer & ~EFER_SVME, .dr6 = b->dr6, .dr7 = b->dr7,
		.star = b->star, .lstar = b->lstar, .cstar = b->cstar, .sfmask = b->sfmask,
		.kernel_gs_base = b->kernel_gs_base, .sysenter_cs = b->sysenter_cs,
		.sysenter_esp = b->sysenter_esp, .sysenter_eip = b->sysenter_eip, .pat = b->pat,
		.pending_event = b->event & EVENT_VALID ? b->event : 0,
	};
	for (unsigned int i = 0; i < NR_SEGMENTS; i++) {
		const struct vmcb_segment *g = &b->segment[places[i]];

		s->segment[i] =
			(struct hvm_segment){g->selector, g->rights & 0xfff, g->limit, g->base};
	}
}

static void svm_set(struct vcpu *v, const struct hvm_state *s)
{
	struct vmcb *b = vmcb_of(v);

	b->cr0 = s->cr0, b->cr2 = s->cr2, b->cr3 = s->cr3, b->cr4 = s->cr4;
	b->efer = s->efer | EFER_SVME;
	b->dr6 = s->dr6, b->dr7 = s->dr7;
	b->star = s->star, b->lstar = s->lstar, b->cstar = s->cstar, b->sfmask = s->sfmask;
	b->kernel_gs_base = s->kernel_gs_base, b->sysenter_cs = s->sysenter_cs;
	b->sysenter_esp = s->sysenter_esp, b->sysenter_eip = s->sysenter_eip;
	b->pat = s->pat;
	b->event = s->pending_event;
	for (unsigned int i = 0; i < NR_SEGMENTS; i++) {
		const struct hvm_segment *g = &s->segment[i];

		b->segment[places[i]] =
			(struct vmcb_segment){g->selector, g->rights, g->limit, g->base};
	}
	b->cpl = s->cr0 & CR0_PE ? s->segment[SEGMENT_SS].rights >> 5 & 3 : 0;
	b->shadow = 0;
	b->clean = 0;
}

static void svm_mode(const struct vcpu *v, struct hvm_mode *m)
{
	const struct vmcb *b = vmcb_of(v);
	uint16_t rights = b->segment[places[SEGMENT_CS]].rights;
	bool long_mode = (b->efer & EFER_LMA) && (rights & RIGHTS_L);

	*m = (struct hvm_mode){
		.cr0 = b->cr0,
		.cr3 = b->cr3,
		.cr4 = b->cr4,
		.efer = b->efer & ~EFER_SVME,
		.cs_base = b->segment[places[SEGMENT_CS]].base,
		.long_mode = long_mode,
		.code_size = long_mode ? 8 : rights & RIGHTS_DB ? 4 : 2,
		.cpl = b->cpl,
	};
}

/* ---- what it is told ---- */

static bool svm_can_inject(const struct vcpu *v)
{
	const struct vmcb *b = vmcb_of(v);

	return !(b->event & EVENT_VALID) && (v->arch.regs.rflags & RFLAGS_IF) && !(b->shadow & 1);
}

static void svm_inject(struct vcpu *v, unsigned int vector)
{
	vmcb_of(v)->event = vector | EVENT_INTR | EVENT_VALID;
}

static void svm_want_window(struct vcpu *v, bool wanted)
{
	struct vmcb *b = vmcb_of(v);

	if (wanted) {
		b->vintr |= VINTR_IRQ | VINTR_IGN_TPR | 0xfu << VINTR_PRIO_SHIFT;
		b->intercept1 |= INTERCEPT1_VINTR;
	} else {
		b->vintr &= VINTR_MASKING | VINTR_TPR_MASK;
		b->intercept1 &= (uint32_t)~INTERCEPT1_VINTR;
	}
}

/* While one is handled another waits for the guest's IRET. */
static bool svm_inject_nmi(struct vcpu *v)
{
	struct vmcb *b = vmcb_of(v);

	if ((b->event & EVENT_VALID) || (b->intercept1 & INTERCEPT1_IRET) || (b->shadow & 1))
		return false;
	b->event = 2 | EVENT_NMI | EVENT_VALID;
	b->intercept1 |= INTERCEPT1_IRET;
	return true;
}

/* A fault in the delivery of another event is not made a double fault: it comes first. */
static void svm_exception(struct vcpu *v, unsigned int vector, int64_t error)
{
	struct vmcb *b = vmcb_of(v);

	b->event = vector | EVENT_EXCEPTION | EVENT_VALID;
	if (error >= 0)
		b->event |= EVENT_ERROR | (uint64_t)error << 32;
}

/* ---- exits ---- */

static unsigned int length_of(const struct vmcb *b, unsigned int plain)
{
	uint64_t length = b->next_rip - b->rip;

	return (features & SVM_NRIPS) && length && length <= 15 ? (unsigned int)length : plain;
}

static void exit_io(struct vcpu *v, const struct vmcb *b)
{
	struct hvm_io io = {
		.port = (uint16_t)(b->exit_info1 >> 16),
		.size = b->exit_info1 >> 4 & 7,
		.in = b->exit_info1 & 1,
		.string = b->exit_info1 >> 2 & 1,
		.rep = b->exit_info1 >> 3 & 1,
	};

	hvm_exit_io(v, &io, (unsigned int)(b->exit_info2 - b->rip));
}

static void exit_npf(struct vcpu *v, const struct vmcb *b)
{
	if (b->exit_info1 & NPF_WALK)
		domain_crash(v->domain, "its page tables are where no memory is: %lx",
			     b->exit_info2);
	else
		hvm_exit_npf(v, b->exit_info2, b->exit_info1 & NPF_WRITE,
			     b->exit_info1 & NPF_FETCH);
}

/* Intercepted against endless loops of the processor, and given to the guest. */
static void exit_exception(struct vcpu *v, struct vmcb *b)
{
	unsigned int vector = (unsigned int)b->exit_code - VMEXIT_EXCEPTION;

	if (vector == TRAP_MC)
		panic("machine check while domain %u ran", v->domain->id);
	svm_exception(v, vector, vector == TRAP_AC ? (int64_t)(b->exit_info1 & 0xffff) : -1);
}

static void exit_unknown(struct vcpu *v, const struct vmcb *b)
{
	log_guest("d%uv%u: exit %lx info %lx %lx cr0 %lx cr3 %lx cr4 %lx efer %lx\n", v->domain->id,
		  v->id, b->exit_code, b->exit_info1, b->exit_info2, b->cr0, b->cr3, b->cr4,
		  b->efer);
	domain_crash(v->domain, "the processor will not run it so");
}

static void dispatch(struct vcpu *v, struct vmcb *b)
{
	uint64_t *count = v->hvm->exits;

	switch (b->exit_code) {
	case VMEXIT_INTR:
	case VMEXIT_NMI:	/* the host's: it came with STGI */
	case VMEXIT_SMI:
	case VMEXIT_INIT: count[EXIT_INTR]++; return;
	case VMEXIT_VINTR: count[EXIT_WINDOW]++; return;
	case VMEXIT_CPUID:
		count[EXIT_CPUID]++;
		hvm_exit_cpuid(v, length_of(b, 2));
		return;
	case VMEXIT_HLT:
		count[EXIT_HLT]++;
		hvm_exit_hlt(v, length_of(b, 1));
		return;
	case VMEXIT_IO:
		count[EXIT_IO]++;
		exit_io(v, b);
		return;
	case VMEXIT_MSR:
		count[EXIT_MSR]++;
		hvm_exit_msr(v, b->exit_info1 & 1, length_of(b, 2));
		return;
	case VMEXIT_VMMCALL:
		count[EXIT_HYPERCALL]++;
		hvm_exit_hypercall(v, length_of(b, 3));
		return;
	case VMEXIT_NPF:
		count[EXIT_NPF]++;
		exit_npf(v, b);
		return;
	default: break;
	}
	count[EXIT_OTHER]++;
	if (b->exit_code >= VMEXIT_EXCEPTION && b->exit_code <= VMEXIT_EXCEPTION_LAST) {
		exit_exception(v, b);
		return;
	}
	switch (b->exit_code) {
	case VMEXIT_INVD:
	case VMEXIT_WBINVD: hvm_skip(v, length_of(b, 2)); return;
	case VMEXIT_IRET: b->intercept1 &= (uint32_t)~INTERCEPT1_IRET; return;
	case VMEXIT_XSETBV: hvm_exit_xsetbv(v, length_of(b, 3)); return;
	case VMEXIT_RDPMC: hvm_gp(v); return;
	case VMEXIT_SHUTDOWN: hvm_exit_shutdown(v); return;
	case VMEXIT_TASK: domain_crash(v->domain, "task switches are not emulated"); return;
	default: break;
	}
	if (b->exit_code >= VMEXIT_VMRUN && b->exit_code < VMEXIT_NPF)
		hvm_ud(v);	/* instructions that its CPUID does not offer */
	else if (b->exit_code == VMEXIT_INVLPGA)
		hvm_ud(v);
	else
		exit_unknown(v, b);
}

/* An event whose delivery the exit has interrupted comes again; INT n does so by itself. */
static void deliver_again(struct vmcb *b)
{
	uint64_t info = b->exit_int_info;

	b->event = 0;
	if ((info & EVENT_VALID) && (info & EVENT_TYPE) != EVENT_SOFT)
		b->event = info;
}

static void before_entry(struct vcpu *v, struct vmcb *b)
{
	const struct regs *r = &v->arch.regs;
	struct svm_cpu *c = &this_cpu(svm_cpu);
	uint64_t flushed = atomic_load(&this_cpu(tlb_flushed));

	b->rax = r->rax;
	b->rip = r->rip;
	b->rsp = r->rsp;
	b->rflags = r->rflags;
	b->vintr = (b->vintr & ~(uint64_t)VINTR_TPR_MASK) | (v->hvm->lapic.tpr >> 4 & 0xf);
	b->tlb_control = 0;
	if (c->seen != flushed) {	/* V3 */
		b->tlb_control = features & SVM_FLUSH_ASID ? FLUSH_GUEST : FLUSH_ALL;
		c->seen = flushed;
	}
}

static void after_exit(struct vcpu *v, const struct vmcb *b)
{
	struct regs *r = &v->arch.regs;
	uint32_t task = (uint32_t)(b->vintr & VINTR_TPR_MASK);

	r->rax = b->rax;
	r->rip = b->rip;
	r->rsp = b->rsp;
	r->rflags = b->rflags;
	if (task != v->hvm->lapic.tpr >> 4)	/* by CR8 */
		v->hvm->lapic.tpr = task << 4;
}

static void svm_run(struct vcpu *v)
{
	struct vmcb *b = vmcb_of(v);

	before_entry(v, b);
	svm_enter(v, virt_to_maddr(b), this_cpu(svm_cpu).host);
	after_exit(v, b);
	deliver_again(b);
	dispatch(v, b);
	if (v->arch.regs.rip != b->rip)
		b->shadow = 0;	/* the instruction under it is done */
}

static const struct hvm_container container = {
	.name = "SVM",
	.vcpu_init = svm_vcpu_init,
	.vcpu_destroy = svm_vcpu_destroy,
	.load = svm_load,
	.save = svm_save,
	.get = svm_get,
	.set = svm_set,
	.mode = svm_mode,
	.run = svm_run,
	.can_inject = svm_can_inject,
	.inject = svm_inject,
	.want_window = svm_want_window,
	.inject_nmi = svm_inject_nmi,
	.exception = svm_exception,
	.set_xcr0 = svm_set_xcr0,
	.get_xcr0 = svm_get_xcr0,
};

const struct hvm_container *svm_init(void)
{
	if (!svm_usable() || !make_maps())
		return NULL;
	svm_on = true;
	svm_init_cpu();
	return &container;
}
