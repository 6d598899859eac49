/* SPDX-License-Identifier: GPL-2.0-only */
/* What x86/, boot/ and trap/ share among themselves. Generic code does not include this. */
#ifndef HV_X86_H
#define HV_X86_H

#include <hv/boot.h>
#include <hv/cpuid.h>
#include <hv/hypercall.h>
#include <hv/switch.h>
#include <hv/vcpu.h>

/* --- link.lds --- */
extern char text_end[], rodata_end[], boot_stack[];

/* --- boot/ --- */
void start_hypervisor(uint32_t magic, uint32_t block) __noreturn;
void start_ap(void) __noreturn;
void smp_start(const struct boot_info *bi);	/* bring up the other CPUs; interrupts on */
extern uint64_t ap_stack;
extern char trampoline_start[], trampoline_end[];

/* --- x86/desc.c: GDT, TSS, IDT --- */
void desc_init_cpu(void);			/* this CPU; page tables of its window too */
void image_map_page(uint64_t va, uint64_t flags);	/* one 4 KiB page of the image, boot CPU */
void desc_load_vcpu(struct vcpu *v);		/* fill this CPU's GDT and LDT window */
void tss_set_stack(struct vcpu *v);		/* where entries from ring 3 save the registers */

/* --- x86/cpu.c --- */
void cpu_init_boot(void);			/* features, once */
void cpu_init_this(void);			/* control registers and MSRs, every CPU */

struct cpu_features {
	uint32_t max_leaf, max_ext;
	bool xsave, xsaveopt, rdtscp, tsc_deadline, x2apic, invariant_tsc, pge;
	bool hide_erms;		/* guests do not learn of ERMS and FSRM */
	uint64_t xcr0_mask;	/* states that guests may use */
	uint32_t xsave_size;
	uint32_t phys_bits;
};
extern struct cpu_features cpu_features;

/* --- x86/copy_speed.c, memory.S --- */
/* Measure the ways to copy a page, choose ours and what guests are told of ERMS. Boot CPU, after the command line; < 1 ms. */
void copy_speed_init(void);
extern bool slow_strings;	/* string instructions are slower than plain moves */
int copy_user(void *dst, const void *src, size_t size);	/* 0 or -EFAULT; ranges are the caller's duty */
int clear_user(void *dst, size_t size);

/* --- x86/traps.c, entry.S --- */
void traps_init(void);				/* IDT; loads it on the boot CPU */
void traps_load(void);
extern const uint64_t vector_stubs;		/* 256 stubs of 16 bytes */
void trap_from_guest(struct vcpu *v);
void trap_from_hv(struct regs *r);
bool trap_ist(struct regs *r);
void iret_fault(struct vcpu *v, struct regs *fault);
int load_ds(uint32_t sel);
int load_es(uint32_t sel);
int load_fs(uint32_t sel);
int load_gs(uint32_t sel);
int rdmsr_safe(uint32_t msr, uint64_t *value);
int wrmsr_safe(uint32_t msr, uint64_t value);
extern char guest_iretq[];
struct syscall_slot {
	uint64_t stack, scratch;
};
DECLARE_PER_CPU(struct syscall_slot, syscall_slot);
extern char syscall_stubs[], syscall32_stubs[];	/* 32 bytes a CPU */
#define SYSCALL_STUB_SIZE 32
#define TRAP_SYSCALL	256

/* --- x86/lapic.c, timer_hw.c, tlb.c --- */
void lapic_map(maddr_t ma);
void call_interrupt(void);
void flush_interrupt(void);
uint32_t lapic_id(void);
void lapic_timer_start(uint32_t count);
uint32_t lapic_timer_read(void);

/* --- x86/context.c --- */
void idle_start(void) __noreturn;
void context_init_cpu(void);
bool context_leave_guest(void);	/* this CPU, idle: save the guest that is still loaded, drop its CR3; false: it runs on */
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
