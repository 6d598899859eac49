/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is done against the processor's faults: decided once, on the boot CPU, by x86/errata.c from
 * what the CPU says of itself and from the options; carried out by x86/protection.c and the entry
 * code (x86/include/x86/spec.h).
 */
#ifndef X86_PROTECTION_H
#define X86_PROTECTION_H

#include <hv/boot/options.h>
#include <hv/types.h>

/*
 * Blocks of the entry code that are switched on when the image is patched (x86/patch.c). spec.h has
 * the same numbers.
 */
enum spec_feature {
	SPEC_IBRS, /* SPEC_CTRL is written on each entry from a guest and on each exit to one */
	SPEC_RSB,  /* the return stack is filled on entry */
	SPEC_IBPB, /* a branch prediction barrier on entry, for vCPUs that ask for it */
	SPEC_BHB,  /* the branch history is cleared on entry */
	SPEC_VERW, /* buffers are cleared on exit */
	SPEC_DIV,  /* the divider's last result is cleared on exit */
	SPEC_FEATURES,
	SPEC_ON_ENTRY = SPEC_FEATURES, /* any of those on entry, so that one jump is all where there
					  is none */
	SPEC_ON_EXIT                   /* any on exit but VERW; patch_entry() sets both */
};

#define PROTECTION_MAX_SETTINGS 12

/* An MSR that is given a value on each CPU when it starts. */
struct msr_setting {
	uint32_t msr;
	uint64_t clear, set;
};

struct cpu_protection {
	bool xpti_dom0, xpti_domu; /* these guests run without the hypervisor's memory in their page
				      tables */
	bool meltdown;	/* the CPU has it */
	bool dom0_ring1;	/* Domain-0's kernel runs in ring 1 (hv/kernel_ring.h) */
	bool l1tf_dom0, l1tf_domu; /* these guests' entries that L1TF reads through are refused
				      (mm/pte_rules.c) */
	uint32_t entry;			/* bits of enum spec_feature */
	enum thunk thunk;
	uint32_t spec_ctrl;       /* bits of SPEC_CTRL that are set while the hypervisor runs */
	uint32_t guest_spec_ctrl; /* bits of it that a guest may set; 0: it has no such register */
	uint32_t guest_pred_cmd;  /* bits of PRED_CMD that a guest may write; 0: no such register */
	bool guest_flush_cmd;		/* it may flush the L1 data cache */
	bool guest_arch_caps;
	uint64_t arch_caps;		/* what it reads there */
	uint32_t switch_pred_cmd;       /* written to PRED_CMD when another domain takes the CPU; 0:
					   nothing */
	bool switch_l1d;		/* and the L1 data cache is flushed then */
	bool ibpb_entry_dom0, ibpb_entry_domu;	/* with SPEC_IBPB: whose entries have the barrier */
	bool no_avx;			/* guests have no AVX: gathers leak */
	bool no_smt;			/* only the first thread of each core is started */
	bool refuse_domu; /* a fault is open that reaches from one domain into another */
	unsigned int n_settings;
	struct msr_setting settings[PROTECTION_MAX_SETTINGS];
};

/* Written by protection_init(), constant afterwards. */
extern struct cpu_protection protection;

struct boot_info;
struct domain;
struct vcpu;

/*
 * Read the CPU, decide, log, set up this CPU, patch the image. Boot CPU, after the firmware's
 * tables and microcode, before the image becomes read-only, before other CPUs and domains.
 */
void protection_init(const struct boot_info *bi);

/* Another CPU, when it starts. */
void protection_init_cpu(void);

/*
 * The guest that this CPU has loaded changes. from: the domain whose vCPU was loaded last, NULL if
 * that is not known; to: whose comes. Nothing happens when they are the same. Interrupts off.
 */
void protection_switch(const struct domain *from, const struct domain *to);

/* v's registers are being loaded on this CPU: its SPEC_CTRL too. Interrupts off. */
void protection_load_vcpu(const struct vcpu *v);

/* What the entry code needs of the above in v's page; v->domain is set. Once, before v runs. */
void protection_init_vcpu(struct vcpu *v);

/*
 * May a DomU be created on this CPU? False: a line in the log (not for each call) says what is open
 * and which option accepts it. Hypercall context, no locks.
 */
bool protection_allows_domu(void);

/*
 * v, which is current, reads SPEC_CTRL, PRED_CMD, FLUSH_CMD or ARCH_CAPABILITIES. False: #GP. For
 * x86/msr.c.
 */
bool protection_rdmsr(const struct vcpu *v, uint32_t msr, uint64_t *value);
/* v, which is current, writes one of them. False: #GP. */
bool protection_wrmsr(struct vcpu *v, uint32_t msr, uint64_t value);

/* Revision of the microcode that this CPU runs, 0: unknown. */
uint32_t cpu_microcode(void);
/* Is this APIC id not the first thread of its core? Boot CPU. */
bool cpu_is_sibling(uint32_t apic_id);

#endif
