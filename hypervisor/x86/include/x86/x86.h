/* SPDX-License-Identifier: GPL-2.0-only */
/* What x86/, boot/ and trap/ share among themselves. Generic code does not include this. */
#ifndef X86_X86_H
#define X86_X86_H

#include <hv/boot/boot.h>
#include <hv/domain/cpuid.h>
#include <hv/domain/vcpu.h>
#include <hv/hypercall/hypercall.h>
#include <x86/context.h>

/* --- link.lds --- */
extern char boot_text_end[], text_end[], rodata_end[], init_data[], init_data_end[], boot_stack[];
extern char entry_text[], entry_text_end[];

/* --- boot/ --- */
void start_hypervisor(uint32_t magic, uint32_t block) __noreturn;
void start_ap(void) __noreturn;
void smp_start(const struct boot_info *bi);	/* bring up the other CPUs; interrupts on */
extern uint64_t ap_stack;
extern char trampoline_start[], trampoline_end[];
void selftest_init(void);			/* debug key w */
void selftest_run(void);			/* what the option selftest= asks for; may not return */

/* --- x86/image.c: mappings of the image --- */
/*
 * Text read-only and executable, constants read-only, all else not executable, in the image's slot
 * and in the direct map; nothing but the image in its slot, and below 4 GiB only the boot text to
 * itself, for CPUs that start. Boot CPU, once, after mm_boot_init(). Panics when there is no
 * memory.
 */
void image_protect(void);
/*
 * All CPUs have started: low addresses go, and what is written at boot only becomes read-only.
 * Flushes all CPUs.
 */
void image_seal(void);

/* --- x86/canary.c --- */
extern uint64_t __stack_chk_guard;
void canary_init(void);				/* a new canary: the first thing that the boot CPU does in C */

/* --- x86/stack.c --- */
void stack_init_boot(void);			/* the boot CPU's stack is in the image */
struct cpu_info *
stack_make(unsigned int cpu); /* a stack for another CPU; NULL: no memory. Start-up only. */
uint64_t stack_guard(unsigned int cpu); /* address of the page below its stack that is not mapped */
bool stack_holds(unsigned int cpu, uint64_t address,
		 uint64_t size); /* are these bytes on the CPU's stack? */
/*
 * Bytes of the CPU's stack that were ever used, and *size, all there are. A stack begins as zeros.
 */
uint64_t stack_deepest(unsigned int cpu, uint64_t *size);
bool stack_overflowed(uint64_t rsp,
		      uint64_t cr2); /* did a fault of this CPU with these find its stack full? */

/* --- x86/window.c, desc.c: what the processor looks up for itself --- */
struct tss {
	uint32_t reserved0;
	uint64_t rsp0, rsp1, rsp2;
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t iobitmap;
} __packed;

/*
 * The page of a CPU's window that entry.S and the processor use before CR3 is ours. Nothing in it
 * is a secret.
 */
struct switch_page {
	struct tss tss __aligned(8);
	uint64_t scratch;	/* RSP of the guest, while a SYSCALL stub has no register for it */
	uint64_t regs_end;	/* where SYSCALL pushes the registers: as tss.rsp0 */
	uint64_t hv_stack;	/* top of this CPU's stack: its struct cpu_info */
	uint64_t hv_cr3;	/* what is loaded in hypervisor mode, as cpu_info's */
	uint64_t guest_l4[2];   /* this CPU's copies of the guest's L4s, for kernel and user
				   (x86/xpti.c); 0: none */
};

void window_init_cpu(void); /* this CPU's window, with its IST stacks; the boot CPU's comes first */
void window_set(unsigned int page, pte_t e);	/* an entry of this CPU's window */
/*
 * Show v at VCPU_ADDR of this CPU, and let entries from ring 3 save registers into it: there, or at
 * its own address.
 */
void window_load_vcpu(struct vcpu *v);
pte_t window_table_entry(unsigned int cpu);	/* the entry that names the CPU's window table */
pte_t window_vcpu_entry(
	unsigned int cpu); /* the entry that names the table of the 4 GiB at VCPU_ADDR */
struct switch_page *switch_page(void);		/* this CPU's */
uint64_t *window_gdt_page(void);		/* this CPU's own descriptors, by an address for writing */
void desc_init_cpu(void);			/* this CPU's GDT, LDT, TSS; window_init_cpu() was called */
void desc_load_vcpu(struct vcpu *v);		/* fill this CPU's GDT and LDT window */

/* --- x86/xpti.c --- */
void xpti_init(void);				/* the shared part, and the boot CPU's; after mm_boot_init() */
void xpti_init_cpu(void);			/* this CPU's copies; panics without memory */
void xpti_select(
	struct vcpu *v); /* v's mode or table changed: which copy is meant; interrupts off */
void xpti_sync(struct vcpu *v);			/* that copy is brought up to date; interrupts off */
void xpti_forget(void);				/* another domain comes: the copies are nobody's */
/* A page fault of the guest may be of a copy that was out of date: true, it tries again. */
bool xpti_stale(const struct vcpu *v);

/* --- x86/cpu.c --- */
void cpu_init_boot(void);			/* features, once */
void cpu_drop_avx(void);			/* guests do without AVX; boot CPU, before the others and domains */
void cpu_init_this(void);			/* control registers and MSRs, every CPU */

struct cpu_features {
	uint32_t max_leaf, max_ext;
	bool xsave, xsaveopt, rdtscp, tsc_deadline, x2apic, invariant_tsc, pge;
	bool smep, smap, umip;	/* the CPU has it, and it is on */
	bool fpu_keeps_pointers;	/* x86/fpu.h */
	bool hide_erms;		/* guests do not learn of ERMS and FSRM */
	uint64_t xcr0_mask;	/* states that guests may use */
	uint32_t xsave_size;
	uint32_t phys_bits;
};
extern struct cpu_features cpu_features;

/* --- x86/protection.c (x86/protection.h has the rest) --- */
uint32_t cpu_microcode(void);			/* revision of the microcode that this CPU runs, 0: unknown */
bool cpu_is_sibling(uint32_t apic_id);		/* not the first thread of its core */
/* SPEC_CTRL, PRED_CMD, FLUSH_CMD, ARCH_CAPABILITIES of v, which is current; false: #GP. */
bool protection_rdmsr(const struct vcpu *v, uint32_t msr, uint64_t *value);
bool protection_wrmsr(struct vcpu *v, uint32_t msr, uint64_t value);

/* --- x86/copy_speed.c, memory.S --- */
/*
 * Measure the ways to copy a page, choose ours and what guests are told of ERMS. Boot CPU, after
 * the command line; < 1 ms.
 */
void copy_speed_init(void);
extern bool slow_strings;	/* string instructions are slower than plain moves */
int copy_user(void *dst, const void *src,
	      size_t size); /* 0 or -EFAULT; ranges are the caller's duty */
int clear_user(void *dst, size_t size);

/* --- x86/traps.c, entry.S --- */
void traps_init(void);				/* IDT; loads it on the boot CPU */
void traps_load(void);
const void *idt_address(void);
extern const uint64_t vector_stubs;		/* 256 stubs of 16 bytes */
void trap_from_guest(struct vcpu *v);
void trap_from_hv(struct regs *r);
void trap_ist(struct regs *r);			/* from ring 0; on the IST stack */
void trap_ist_from_guest(struct vcpu *v);
void iret_fault(struct vcpu *v, struct regs *fault);
int load_ds(uint32_t sel);
int load_es(uint32_t sel);
int load_fs(uint32_t sel);
int load_gs(uint32_t sel);
int rdmsr_safe(uint32_t msr, uint64_t *value);
int wrmsr_safe(uint32_t msr, uint64_t value);
extern char guest_iretq[];
extern char syscall_stubs[], syscall32_stubs[];	/* 32 bytes a CPU */
#define SYSCALL_STUB_SIZE 32
#define TRAP_SYSCALL	256

/* --- x86/lapic.c, timer_hw.c, tlb.c --- */
void lapic_map(maddr_t ma);
uint32_t lapic_id(void);
void lapic_timer_start(uint32_t count);
uint32_t lapic_timer_read(void);

/* --- x86/context.c --- */
void idle_start(void) __noreturn;
void context_init_cpu(void);
bool context_leave_guest(void); /* this CPU, idle: save the guest that is still loaded, drop its
				   CR3; false: it runs on */
/* Segment base of the current vCPU; which: SEGBASE_*. 0 or -EINVAL. */
int set_segment_base(struct vcpu *v, unsigned int which, uint64_t base);
void debug_registers_load(struct vcpu *v);	/* current: v->dr into the CPU */

/* --- x86/fpu.c --- */
int fpu_vcpu_init(struct vcpu *v);
void fpu_vcpu_destroy(struct vcpu *v);
void fpu_save(struct vcpu *v);
void fpu_restore(struct vcpu *v);

/* --- x86/msr.c --- */
bool guest_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *val);	/* false: #GP */
bool guest_wrmsr(struct vcpu *v, uint32_t msr, uint64_t val);

/* --- trap/ --- */
/* Deliver to the guest kernel; has_error: error is pushed too. False: the domain was crashed. */
bool bounce_trap(struct vcpu *v, unsigned int vector, bool has_error, uint32_t error);
void bounce_page_fault(struct vcpu *v, uint64_t cr2, uint32_t error);
void bounce_event(struct vcpu *v);
void bounce_syscall(struct vcpu *v);
void bounce_syscall32(struct vcpu *v);
void bounce_failsafe(struct vcpu *v);
bool emulate_privileged(struct vcpu *v);	/* a #GP from the guest: done, or false */
bool emulate_forced_cpuid(struct vcpu *v);	/* a #UD */
void iret_hypercall(struct vcpu *v);

#include <arch/msr.h>

#endif
