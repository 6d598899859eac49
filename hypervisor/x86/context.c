// SPDX-License-Identifier: GPL-2.0-only
/*
 * From one vCPU to another. The general registers are always in struct vcpu; what stays in the CPU
 * while a guest runs (selectors, segment bases, CR3, descriptor window, FPU, debug registers) is
 * moved here.
 *
 * A CPU that goes idle keeps all that loaded: `loaded` names the vCPU, and vcpu->loaded_cpu the
 * CPU. If the same vCPU comes next nothing is moved. If another CPU wants it, or its tables must
 * go, context_leave_guest() is called on the CPU that has it. Both words change with interrupts off
 * on the CPU that they name.
 */
#include <x86/context.h>
#include <arch/msr.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hvm/container.h>
#include <hv/hvm/hvm.h>
#include <hv/mm/map.h>
#include <hv/mm/tlb_clock.h>
#include <hv/sched/sched.h>
#include <x86/cpu.h>
#include <x86/desc.h>
#include <x86/entry.h>
#include <x86/fpu.h>
#include <x86/image.h>
#include <x86/protection.h>
#include <x86/tlb.h>
#include <x86/window.h>
#include <x86/xpti.h>
#include <xen/xen.h>

DECLARE_PER_CPU(struct vcpu *, loaded);
DEFINE_PER_CPU(loaded);
DECLARE_PER_CPU(bool, debug_loaded);
DEFINE_PER_CPU(debug_loaded);
/* The entry of SYSCALL is that for kernels in ring 1. */
DECLARE_PER_CPU(bool, ring1_loaded);
DEFINE_PER_CPU(ring1_loaded);
/* What of CR4 follows the guest: the bits of CR4_LOADED that are set here. */
DECLARE_PER_CPU(uint64_t, cr4_loaded);
DEFINE_PER_CPU(cr4_loaded);

#define CR4_LOADED (CR4_TSD | CR4_FSGSBASE)

static void load_cr3(uint64_t cr3)
{
	uint64_t begun = tlb_flush_begin();

	/* From now on this CPU remembers entries: said before the first one can be. */
	if (this_cpu(tlb_flushed) == TLB_NOTHING)
		tlb_flush_end(begun);
	get_cpu_info()->cr3 = cr3;
	write_cr3(cr3);
	tlb_flush_end(begun);
}

void vcpu_set_tables(struct vcpu *v)
{
	v->arch.cr3_kernel =
		mfn_eq(v->mm.guest_table, MFN_NONE) ? 0 : mfn_to_maddr(v->mm.guest_table);
	v->arch.cr3_user =
		mfn_eq(v->mm.guest_table_user, MFN_NONE) ? 0 : mfn_to_maddr(v->mm.guest_table_user);
}

/* A kernel in ring 1 keeps its user mode out by U/S: its table serves both. */
static uint64_t active_cr3(const struct vcpu *v)
{
	return v->arch.kernel_mode || v->arch.ring1 ? v->arch.cr3_kernel : v->arch.cr3_user;
}

/* Interrupts off; v is loaded, or being loaded. */
static void load_active_cr3(struct vcpu *v)
{
	load_cr3(active_cr3(v));
	v->arch.hv_cr3 = active_cr3(v);
	if (v->arch.xpti)
		xpti_select(v);
}

void vcpu_load_cr3(struct vcpu *v)
{
	uint64_t flags = irq_save();

	load_active_cr3(v);
	irq_restore(flags);
}

void toggle_guest_mode(struct vcpu *v)
{
	uint64_t flags = irq_save();

	v->arch.kernel_mode = !v->arch.kernel_mode;
	swapgs();
	if (!v->arch.ring1)
		load_active_cr3(v);
	irq_restore(flags);
}

/*
 * A guest changes FS, GS and their bases behind our back, by selector loads and by WRFSBASE and
 * WRGSBASE: read them.
 */
static void save_segments(struct vcpu *v)
{
	uint64_t active = rdmsr(MSR_GS_BASE), inactive = rdmsr(MSR_KERNEL_GS_BASE);

	__asm__ volatile("mov %%ds, %w0" : "=r"(v->arch.ds));
	__asm__ volatile("mov %%es, %w0" : "=r"(v->arch.es));
	__asm__ volatile("mov %%fs, %w0" : "=r"(v->arch.fs));
	__asm__ volatile("mov %%gs, %w0" : "=r"(v->arch.gs));
	v->arch.fs_base = rdmsr(MSR_FS_BASE);
	v->arch.gs_base_kernel = v->arch.kernel_mode ? active : inactive;
	v->arch.gs_base_user = v->arch.kernel_mode ? inactive : active;
}

static void load_segments(struct vcpu *v)
{
	int bad = load_ds(v->arch.ds) | load_es(v->arch.es) | load_fs(v->arch.fs) |
		  load_gs(v->arch.gs);

	wrmsr(MSR_FS_BASE, v->arch.fs_base);
	wrmsr(MSR_GS_BASE, v->arch.kernel_mode ? v->arch.gs_base_kernel : v->arch.gs_base_user);
	wrmsr(MSR_KERNEL_GS_BASE,
	      v->arch.kernel_mode ? v->arch.gs_base_user : v->arch.gs_base_kernel);
	if (bad)
		log_debug("d%uv%u: a selector is not in its tables any more\n", v->domain->id,
			  v->id);
}

void debug_registers_load(struct vcpu *v)
{
	bool wanted = v->arch.dr[7] & 0xff;

	if (wanted) {
		__asm__ volatile("mov %0, %%dr0" :: "r"(v->arch.dr[0]));
		__asm__ volatile("mov %0, %%dr1" :: "r"(v->arch.dr[1]));
		__asm__ volatile("mov %0, %%dr2" :: "r"(v->arch.dr[2]));
		__asm__ volatile("mov %0, %%dr3" :: "r"(v->arch.dr[3]));
	}
	if (wanted || this_cpu(debug_loaded))
		__asm__ volatile("mov %0, %%dr7" :: "r"(wanted ? v->arch.dr[7] : UINT64_C(0x400)));
	this_cpu(debug_loaded) = wanted;
}

/* Interrupts off: the flushes change CR4, too. */
static void load_cr4(const struct vcpu *v)
{
	uint64_t wanted = v->arch.guest_cr4 & CR4_LOADED;

	if (this_cpu(cr4_loaded) == wanted)
		return;
	this_cpu(cr4_loaded) = wanted;
	write_cr4((read_cr4() & ~CR4_LOADED) | wanted);
}

void vcpu_load_cr4(const struct vcpu *v)
{
	uint64_t flags = irq_save();

	load_cr4(v);
	irq_restore(flags);
}

static void save_guest(struct vcpu *v)
{
	if (v->is_hvm)
		v->domain->hvm->container->save(v);
	save_segments(v);
	fpu_save(v);
	this_cpu(loaded) = NULL;
	atomic_store_release(&v->arch.loaded_cpu,
			     NOT_LOADED); /* pairs with the acquire in vcpu_sync() */
}

static void set_dirty(struct domain *d, bool on)
{
	uint64_t bit = BIT64(cpu_id());

	if (on)
		atomic_or(&d->arch.dirty_cpus.bits, bit);
	else
		atomic_and(&d->arch.dirty_cpus.bits, ~bit);
}

static void load_syscall(const struct vcpu *v)
{
	if (this_cpu(ring1_loaded) == v->arch.ring1)
		return;
	this_cpu(ring1_loaded) = v->arch.ring1;
	syscall_init(v->arch.ring1);
}

static void load_guest(struct vcpu *v)
{
	unsigned int cpu = cpu_id();

	v->arch.loaded_cpu = cpu;
	this_cpu(loaded) = v;
	window_load_vcpu(v);
	load_active_cr3(v);
	desc_load_vcpu(v);
	load_cr4(v);
	load_syscall(v);
	load_segments(v);
	debug_registers_load(v);
	fpu_restore(v);
	protection_load_vcpu(v);
	if (v->is_hvm)
		v->domain->hvm->container->load(v);
}

void context_switch(struct vcpu *prev, struct vcpu *next)
{
	struct vcpu *old = this_cpu(loaded);

	(void)prev;
	get_cpu_info()->vcpu = next;
	if (next->is_idle || old == next)
		return;
	next->stats.of[STAT_SWITCH]++;
	if (!old || old->domain != next->domain) {
		set_dirty(next->domain, true);	/* before the CR3 load: see tlb_flush_domain() */
		xpti_forget();
	}
	if (old)
		save_guest(old);
	protection_switch(old ? old->domain : NULL, next->domain);
	load_guest(next);
	if (old && old->domain != next->domain)
		set_dirty(old->domain, false);	/* its entries went with its CR3 */
}

bool context_leave_guest(void)
{
	struct vcpu *old = this_cpu(loaded);

	if (!old)
		return true;
	if (atomic_load(&this_cpu(running)) == old)
		return false;
	save_guest(old);
	load_cr3(image_maddr(idle_l4));
	set_dirty(old->domain, false);
	return true;
}

static void leave_call(void *arg)
{
	if (this_cpu(loaded) == arg)
		context_leave_guest();
}

/*
 * Bounded: the CPU that has it has decided for another vCPU already, so that its next interrupt
 * saves this one. The scheduler's own window (decided, not switched yet) is covered: leaving looks
 * at `running`, not at current.
 */
void vcpu_sync(struct vcpu *v)
{
	unsigned int cpu;

	while ((cpu = atomic_load_acquire(&v->arch.loaded_cpu)) != NOT_LOADED)
		smp_call((cpumask_t){BIT64(cpu)}, leave_call, v);
}

void switch_prepare(struct vcpu *next)
{
	if (atomic_load_acquire(&next->arch.loaded_cpu) != cpu_id())
		vcpu_sync(next);
}

int set_segment_base(struct vcpu *v, unsigned int which, uint64_t base)
{
	if (which != SEGBASE_GS_USER_SEL && !canonical(base))
		return -EINVAL;
	switch (which) {
	case SEGBASE_FS: wrmsr(MSR_FS_BASE, base); return 0;
	case SEGBASE_GS_USER:
		wrmsr(v->arch.kernel_mode ? MSR_KERNEL_GS_BASE : MSR_GS_BASE, base);
		return 0;
	case SEGBASE_GS_KERNEL:
		wrmsr(v->arch.kernel_mode ? MSR_GS_BASE : MSR_KERNEL_GS_BASE, base);
		return 0;
	case SEGBASE_GS_USER_SEL: {
		uint64_t flags = irq_save();

		swapgs();
		load_gs(base & 0xffff); /* a bad one becomes the null selector; the guest is told
					   nothing */
		swapgs();
		irq_restore(flags);
		return 0;
	}
	default: return -EINVAL;
	}
}

/* The boot stack, or an application processor's, becomes that of the idle loop. */
void idle_start(void)
{
	struct cpu_info *ci = get_cpu_info();

	irq_disable();
	ci->vcpu = idle_vcpu(ci->cpu);
	resume_current();
}

void context_init_cpu(void)
{
	get_cpu_info()->cr3 = image_maddr(idle_l4);
}
