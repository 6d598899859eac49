/* SPDX-License-Identifier: GPL-2.0-only */
/* The VMCB, which the processor's SVM reads and writes. Source: AMD manual 2, appendix B. */
#ifndef X86_VMCB_H
#define X86_VMCB_H

#include <hv/types.h>

struct vmcb_segment {
	uint16_t selector, rights;
	uint32_t limit;
	uint64_t base;
};

struct vmcb {
	uint16_t cr_read, cr_write, dr_read, dr_write;		/* 000: intercepts, as the next */
	uint32_t exceptions, intercept1, intercept2, intercept3;
	uint8_t pad018[0x3c - 0x18];
	uint16_t pause_threshold, pause_count;
	uint64_t iopm, msrpm, tsc_offset;			/* 040 */
	uint32_t asid;
	uint8_t tlb_control, pad05d[3];
	uint64_t vintr;						/* 060: VINTR_* */
	uint64_t shadow;					/* bit 0 */
	uint64_t exit_code, exit_info1, exit_info2, exit_int_info;
	uint64_t nested;					/* 090: bit 0 */
	uint8_t pad098[0xa8 - 0x98];
	uint64_t event;
	uint64_t nested_cr3;					/* 0b0 */
	uint64_t lbr;
	uint32_t clean, pad0c4;					/* 0c0 */
	uint64_t next_rip;
	uint8_t insn_length, insn[15];
	uint8_t pad0e0[0x400 - 0xe0];
	struct vmcb_segment segment[10];	/* 400: in the order of enum hvm_segment_name,
						   but for the last four */
	uint8_t pad4a0[0x4cb - 0x4a0];
	uint8_t cpl;
	uint8_t pad4cc[4];
	uint64_t efer;						/* 4d0 */
	uint8_t pad4d8[0x548 - 0x4d8];
	uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;		/* 548 */
	uint8_t pad580[0x5d8 - 0x580];
	uint64_t rsp;						/* 5d8 */
	uint8_t pad5e0[0x5f8 - 0x5e0];
	uint64_t rax, star, lstar, cstar, sfmask, kernel_gs_base;	/* 5f8 */
	uint64_t sysenter_cs, sysenter_esp, sysenter_eip, cr2;
	uint8_t pad648[0x668 - 0x648];
	uint64_t pat;						/* 668 */
	uint8_t pad670[0x1000 - 0x670];
};
_Static_assert(sizeof(struct vmcb) == 4096, "a VMCB is a page");
_Static_assert(offsetof(struct vmcb, iopm) == 0x40 && offsetof(struct vmcb, vintr) == 0x60 &&
		       offsetof(struct vmcb, nested) == 0x90 &&
		       offsetof(struct vmcb, event) == 0xa8 &&
		       offsetof(struct vmcb, clean) == 0xc0 && offsetof(struct vmcb, efer) == 0x4d0,
	       "the manual's offsets of the control area");
_Static_assert(offsetof(struct vmcb, cr4) == 0x548 && offsetof(struct vmcb, rip) == 0x578 &&
		       offsetof(struct vmcb, rax) == 0x5f8 && offsetof(struct vmcb, cr2) == 0x640 &&
		       offsetof(struct vmcb, pat) == 0x668,
	       "and of the state");

/* Where the last four segments stand in the VMCB. */
enum { VMCB_GDTR = 6, VMCB_LDTR, VMCB_IDTR, VMCB_TR };

#define VINTR_TPR_MASK	0xfu
#define VINTR_IRQ	BIT64(8)
#define VINTR_IGN_TPR	BIT64(20)
#define VINTR_MASKING	BIT64(24)
#define VINTR_PRIO_SHIFT 16
#define VINTR_VECTOR_SHIFT 32

#define INTERCEPT1_INTR		BIT64(0)
#define INTERCEPT1_NMI		BIT64(1)
#define INTERCEPT1_SMI		BIT64(2)
#define INTERCEPT1_INIT		BIT64(3)
#define INTERCEPT1_VINTR	BIT64(4)
#define INTERCEPT1_RDPMC	BIT64(15)
#define INTERCEPT1_CPUID	BIT64(18)
#define INTERCEPT1_IRET		BIT64(20)
#define INTERCEPT1_INVD		BIT64(22)
#define INTERCEPT1_HLT		BIT64(24)
#define INTERCEPT1_INVLPGA	BIT64(26)
#define INTERCEPT1_IO		BIT64(27)
#define INTERCEPT1_MSR		BIT64(28)
#define INTERCEPT1_TASK		BIT64(29)
#define INTERCEPT1_SHUTDOWN	BIT64(31)
/* VMRUN to RDPRU: VMRUN, VMMCALL, VMLOAD, VMSAVE, STGI, CLGI, SKINIT, ICEBP, WBINVD, ... */
#define INTERCEPT2_ALL		0x7f7fu	/* but for RDTSCP */

enum vmcb_exit {
	VMEXIT_EXCEPTION = 0x40,
	VMEXIT_EXCEPTION_LAST = 0x5f,
	VMEXIT_INTR = 0x60,
	VMEXIT_NMI,
	VMEXIT_SMI,
	VMEXIT_INIT,
	VMEXIT_VINTR,
	VMEXIT_RDPMC = 0x6f,
	VMEXIT_CPUID = 0x72,
	VMEXIT_IRET = 0x74,
	VMEXIT_INVD = 0x76,
	VMEXIT_HLT = 0x78,
	VMEXIT_INVLPGA = 0x7a,
	VMEXIT_IO,
	VMEXIT_MSR,
	VMEXIT_TASK,
	VMEXIT_SHUTDOWN = 0x7f,
	VMEXIT_VMRUN,
	VMEXIT_VMMCALL,
	VMEXIT_WBINVD = 0x89,
	VMEXIT_XSETBV = 0x8d,
	VMEXIT_NPF = 0x400,
};

#define EVENT_VALID	BIT64(31)
#define EVENT_ERROR	BIT64(11)
enum { EVENT_INTR = 0 << 8, EVENT_NMI = 2 << 8, EVENT_EXCEPTION = 3 << 8, EVENT_SOFT = 4 << 8 };
#define EVENT_TYPE	(7u << 8)

#endif
