/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of the processor's faults: who has each, what is done, what stays open. Pure: it sees
 * the CPU through struct cpu_ident, and writes what it decides into struct cpu_protection.
 */
#ifndef X86_ERRATA_H
#define X86_ERRATA_H

#include <x86/protection.h>

enum cpu_vendor { VENDOR_OTHER, VENDOR_INTEL, VENDOR_AMD, VENDOR_HYGON };

/* What a CPU says of itself. A leaf or register that is not there reads 0. */
struct cpu_ident {
	enum cpu_vendor vendor;
	unsigned int family, model, stepping;
	uint32_t microcode;
	bool virtualised;	/* a hypervisor is below us */
	bool emulated;		/* it is an emulator in software, QEMU's TCG, which says so */
	bool smt;		/* more than one thread of a core is, or will be, in use */
	bool sbpb;		/* PRED_CMD takes SBPB, although CPUID may not say so */
	uint32_t ecx_1, ebx_7, edx_7, edx_7_2, ebx_e8, eax_e21,
		ecx_e21;        /* CPUID words; e8: 0x80000008 */
	uint64_t arch_caps;	/* ARCH_CAPABILITIES */
	uint64_t mcu_opt;	/* MCU_OPT_CTRL */
};

/* CPUID bits by the names of struct cpu_ident's words. */
#define ID_1C_AVX		BIT64(28)
#define ID_1C_HYPERVISOR	BIT64(31)
#define ID_7B_RTM		BIT64(11)
#define ID_7D_SRBDS_CTRL	BIT64(9)
#define ID_7D_MD_CLEAR		BIT64(10)
#define ID_7D_RTM_ALWAYS_ABORT	BIT64(11)
#define ID_7D_IBRSB		BIT64(26)	/* SPEC_CTRL.IBRS and PRED_CMD */
#define ID_7D_STIBP		BIT64(27)
#define ID_7D_L1D_FLUSH		BIT64(28)
#define ID_7D_ARCH_CAPS		BIT64(29)
#define ID_7D_SSBD		BIT64(31)
#define ID_72D_PSFD		BIT64(0)
#define ID_72D_BHI_CTRL		BIT64(4)
#define ID_E8B_IBPB		BIT64(12)
#define ID_E8B_IBRS		BIT64(14)
#define ID_E8B_STIBP		BIT64(15)
#define ID_E8B_STIBP_ALWAYS	BIT64(17)
#define ID_E8B_SSBD		BIT64(24)
#define ID_E8B_SSB_NO		BIT64(26)
#define ID_E8B_PSFD		BIT64(28)
#define ID_E8B_BTC_NO		BIT64(29)
#define ID_E8B_IBPB_RET		BIT64(30)
#define ID_E21A_LFENCE		BIT64(2)
#define ID_E21A_VERW_CLEAR	BIT64(5)
#define ID_E21A_AUTO_IBRS	BIT64(8)
#define ID_E21A_SBPB		BIT64(27)
#define ID_E21A_IBPB_BRTYPE	BIT64(28)
#define ID_E21A_SRSO_NO		BIT64(29)
#define ID_E21A_SRSO_US_NO	BIT64(30)
#define ID_E21C_TSA_SQ_NO	BIT64(1)
#define ID_E21C_TSA_L1_NO	BIT64(2)

#define CAPS_RDCL_NO		BIT64(0)
#define CAPS_IBRS_ALL		BIT64(1)
#define CAPS_RSBA		BIT64(2)
#define CAPS_SKIP_L1DFL		BIT64(3)
#define CAPS_SSB_NO		BIT64(4)
#define CAPS_MDS_NO		BIT64(5)
#define CAPS_IF_PSCHANGE_MC_NO	BIT64(6)
#define CAPS_TSX_CTRL		BIT64(7)
#define CAPS_TAA_NO		BIT64(8)
#define CAPS_SBDR_SSDP_NO	BIT64(13)
#define CAPS_FBSDP_NO		BIT64(14)
#define CAPS_PSDP_NO		BIT64(15)
#define CAPS_FB_CLEAR		BIT64(17)
#define CAPS_FB_CLEAR_CTRL	BIT64(18)
#define CAPS_RRSBA		BIT64(19)
#define CAPS_BHI_NO		BIT64(20)
#define CAPS_PBRSB_NO		BIT64(24)
#define CAPS_GDS_CTRL		BIT64(25)
#define CAPS_GDS_NO		BIT64(26)
#define CAPS_RFDS_NO		BIT64(27)
#define CAPS_RFDS_CLEAR		BIT64(28)
#define CAPS_ITS_NO		BIT64(62)

/* Registers, and their bits. */
#define MSR_SPEC_CTRL		0x48
#define SPEC_CTRL_IBRS		BIT64(0)
#define SPEC_CTRL_STIBP		BIT64(1)
#define SPEC_CTRL_SSBD		BIT64(2)
#define SPEC_CTRL_PSFD		BIT64(7)
#define SPEC_CTRL_BHI_DIS_S	BIT64(10)
#define MSR_PRED_CMD		0x49
#define PRED_CMD_IBPB		BIT64(0)
#define PRED_CMD_SBPB		BIT64(7)
#define MSR_ARCH_CAPS		0x10a
#define MSR_FLUSH_CMD		0x10b
#define FLUSH_CMD_L1D		BIT64(0)
#define MSR_TSX_CTRL		0x122
#define TSX_CTRL_OFF		(BIT64(0) | BIT64(1))	/* transactions abort; CPUID hides them */
#define MSR_MCU_OPT_CTRL	0x123
#define MCU_OPT_RNGDS_OFF	BIT64(0)
#define MCU_OPT_FB_CLEAR_OFF	BIT64(3)
#define MCU_OPT_GDS_OFF		BIT64(4)
#define MCU_OPT_GDS_LOCK	BIT64(5)
#define MSR_EXT_FEATURES	0xc0000080	/* EFER */
#define EFER_AIBRSE		BIT64(21)
#define MSR_AMD_LS_CFG		0xc0011020
#define MSR_AMD_DE_CFG		0xc0011029
#define DE_CFG_LFENCE		BIT64(1)
#define DE_CFG_ZENBLEED		BIT64(9)
/* Zen 2: no prediction of branches where there are none */
#define MSR_AMD_BP_CHICKEN	0xc00110e3
#define BP_CHICKEN_NON_BRANCH	BIT64(1)

#define ERRATA_MAX 32

/* How a fault stands. Only FAULT_OPEN keeps DomUs out. */
enum fault_state {
	FAULT_CLOSED, /* what is done closes it */
	FAULT_NOTED,  /* something stays open that the administrator chose, or that a guest itself
			 can close */
	FAULT_OPEN    /* it reaches from one guest into another, or into the hypervisor */
};

struct fault_report {
	const char *name;
	enum fault_state state;
	const char *done;	/* NULL: nothing */
	const char *left;	/* NULL: nothing */
};

/*
 * Decide for this CPU and these options. *p is written whole; report receives a line for each fault
 * that the CPU has, absent the names of those that it has not. Returns the number of reports;
 * *n_absent those names. Both arrays have ERRATA_MAX places.
 */
unsigned int errata_decide(const struct cpu_ident *id, const struct options *o,
			   struct cpu_protection *p, struct fault_report *report,
			   const char **absent, unsigned int *n_absent);

#endif
