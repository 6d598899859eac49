/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What runs a vCPU: SVM (x86/svm.c), and one day VMX. The functions are for current or for a vCPU
 * that does not run and is not loaded (vcpu_sync()), but for load and save.
 */
#ifndef HV_HVM_CONTAINER_H
#define HV_HVM_CONTAINER_H

#include <hv/types.h>

/* In the order of the processor's own numbers. */
enum hvm_segment_name {
	SEGMENT_ES, SEGMENT_CS, SEGMENT_SS, SEGMENT_DS, SEGMENT_FS, SEGMENT_GS, SEGMENT_LDTR,
	SEGMENT_TR, SEGMENT_GDTR, SEGMENT_IDTR,
	NR_SEGMENTS
};

/* rights: bits 40-47 and 52-55 of a descriptor. */
struct hvm_segment {
	uint16_t selector, rights;
	uint32_t limit;
	uint64_t base;
};

/* All but the general registers, which are in v->arch.regs, with rip, rsp and rflags. */
struct hvm_state {
	uint64_t cr0, cr2, cr3, cr4, efer, dr6, dr7;
	struct hvm_segment segment[NR_SEGMENTS];
	uint64_t star, lstar, cstar, sfmask, kernel_gs_base;
	uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
	uint64_t pat;
	uint64_t pending_event;	/* bits 0-7 vector, 8-10 type, 11 has error, 31 valid, 32-63 it */
};

/* What a walk of the guest's page tables, and a hypercall, depend on. */
struct hvm_mode {
	uint64_t cr0, cr3, cr4, efer, cs_base;
	bool long_mode;		/* 64-bit code runs */
	unsigned int code_size;	/* 2, 4 or 8: of addresses in the code that runs */
	unsigned int cpl;
};

struct hvm_container {
	const char *name;
	/* 0 or -ENOMEM. root: of the nested page table, a machine address. */
	int (*vcpu_init)(struct vcpu *v, maddr_t root);
	void (*vcpu_destroy)(struct vcpu *v);
	/* Into this CPU and out of it, beyond what x86/context.c moves. Interrupts off. */
	void (*load)(struct vcpu *v);
	void (*save)(struct vcpu *v);
	void (*get)(const struct vcpu *v, struct hvm_state *s);
	void (*set)(struct vcpu *v, const struct hvm_state *s);
	void (*mode)(const struct vcpu *v, struct hvm_mode *m);
	/*
	 * Run current until it exits and carry the exit out (hvm/exit.h). Called with interrupts
	 * off; on when it returns.
	 */
	void (*run)(struct vcpu *v);
	/* Can an interrupt be injected at once? Interrupts off. */
	bool (*can_inject)(const struct vcpu *v);
	/* Inject an interrupt at the next entry. */
	void (*inject)(struct vcpu *v, unsigned int vector);
	/* Exit as soon as an interrupt can be taken, or not. */
	void (*want_window)(struct vcpu *v, bool wanted);
	/* Inject an NMI at the next entry. False: not at the moment. */
	bool (*inject_nmi)(struct vcpu *v);
	/* Raise an exception at the next entry. error: -1 for those without a code. */
	void (*exception)(struct vcpu *v, unsigned int vector, int64_t error);
	/* Current's: set XCR0; the value is allowed. And v->arch.xcr0 becomes what it is. */
	void (*set_xcr0)(struct vcpu *v, uint64_t value);
	void (*get_xcr0)(struct vcpu *v);
};

/* x86/svm.c: what it takes is there, and on; NULL: not. Boot CPU. */
const struct hvm_container *svm_init(void);

#endif
