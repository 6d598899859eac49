/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU for tests of x86/errata.c and x86/protection.c: CPUID and MSRs as real models report them,
 * each write recorded in its order. A register that the model does not have faults.
 */
#ifndef FAKE_CPU_H
#define FAKE_CPU_H

#include <x86/cpu.h>
#include <x86/entry.h>
#include <x86/errata.h>

struct fake_model {
	const char *name;
	char vendor[13];
	uint32_t signature;	/* CPUID 1, eax */
	uint32_t microcode;
	uint32_t ecx_1, ebx_7, edx_7, edx_7_2, ebx_e8, eax_e21, ecx_e21;
	uint64_t arch_caps;
	uint64_t mcu_opt;
	bool sbpb;		/* PRED_CMD takes SBPB */
	bool virtualised, tcg;
};

#define FAKE_MAX_WRITES 64

static struct {
	struct fake_model m;
	unsigned int threads;	/* of a core */
	struct {
		uint32_t msr;
		uint64_t value;
	} writes[FAKE_MAX_WRITES];
	unsigned int n_writes;
	uint64_t spec_ctrl, mcu_opt, tsx_ctrl, de_cfg, efer, chicken, ls_cfg;
} cpu;

static bool fake_intel(void)
{
	return strcmp(cpu.m.vendor, "GenuineIntel") == 0;
}

void host_cpuid(uint32_t leaf, uint32_t sub, struct cpuid_regs *out)
{
	uint32_t name[3];

	*out = (struct cpuid_regs){0};
	memcpy(name, cpu.m.vendor, sizeof(name));
	switch (leaf) {
	case 0:
		*out = (struct cpuid_regs){fake_intel() ? 0x1b : 0xd, name[0], name[2], name[1]};
		break;
	case 1:
		*out = (struct cpuid_regs){.a = cpu.m.signature,
					   .c = cpu.m.ecx_1 | (cpu.m.virtualised ? BIT64(31) : 0)};
		break;
	case 7:
		if (sub == 0)
			*out = (struct cpuid_regs){
				.a = cpu.m.edx_7_2 ? 2 : 0, .b = cpu.m.ebx_7, .d = cpu.m.edx_7};
		else if (sub == 2)
			out->d = cpu.m.edx_7_2;
		break;
	case 0xb:
		if (sub == 0 && fake_intel())
			*out = (struct cpuid_regs){
				.a = cpu.threads > 1 ? 1 : 0, .b = cpu.threads, .c = 1 << 8};
		break;
	case 0x40000000:
		if (cpu.m.tcg)
			*out = (struct cpuid_regs){0x40000001, 0x54474354, 0x43544743, 0x47435447};
		break;
	case 0x80000000: out->a = fake_intel() ? 0x80000008 : 0x80000021; break;
	case 0x80000001: out->c = fake_intel() ? 0 : BIT64(22); break;
	case 0x80000008: out->b = cpu.m.ebx_e8; break;
	case 0x8000001e: out->b = (cpu.threads - 1) << 8; break;
	case 0x80000021: *out = (struct cpuid_regs){.a = cpu.m.eax_e21, .c = cpu.m.ecx_e21}; break;
	default: break;
	}
}

/* The register, NULL where the model has none. */
static uint64_t *fake_register(uint32_t msr)
{
	switch (msr) {
	case MSR_SPEC_CTRL:
		return (cpu.m.edx_7 & ID_7D_IBRSB) ||
				       (cpu.m.ebx_e8 & (ID_E8B_IBRS | ID_E8B_STIBP | ID_E8B_SSBD))
			       ? &cpu.spec_ctrl
			       : NULL;
	case MSR_ARCH_CAPS: return cpu.m.edx_7 & ID_7D_ARCH_CAPS ? &cpu.m.arch_caps : NULL;
	case MSR_MCU_OPT_CTRL:
		return (cpu.m.edx_7 & ID_7D_SRBDS_CTRL) ||
				       (cpu.m.arch_caps & (CAPS_GDS_CTRL | CAPS_FB_CLEAR_CTRL))
			       ? &cpu.mcu_opt
			       : NULL;
	case MSR_TSX_CTRL: return cpu.m.arch_caps & CAPS_TSX_CTRL ? &cpu.tsx_ctrl : NULL;
	case MSR_EXT_FEATURES: return &cpu.efer;
	case MSR_AMD_DE_CFG: return fake_intel() ? NULL : &cpu.de_cfg;
	case MSR_AMD_LS_CFG: return fake_intel() ? NULL : &cpu.ls_cfg;
	case MSR_AMD_BP_CHICKEN: return fake_intel() ? NULL : &cpu.chicken;
	default: return NULL;
	}
}

int rdmsr_safe(uint32_t msr, uint64_t *value)
{
	uint64_t *r = fake_register(msr);

	if (msr == 0x8b) {
		*value = fake_intel() ? (uint64_t)cpu.m.microcode << 32 : cpu.m.microcode;
		return 0;
	}
	if (!r)
		return -14;
	*value = *r;
	return 0;
}

int wrmsr_safe(uint32_t msr, uint64_t value)
{
	uint64_t *r = fake_register(msr);
	bool command = false;

	if (msr == 0x8b)
		return 0;
	if (msr == MSR_PRED_CMD) {
		bool ibpb = (cpu.m.edx_7 & ID_7D_IBRSB) || (cpu.m.ebx_e8 & ID_E8B_IBPB);

		command =
			(ibpb && value == PRED_CMD_IBPB) || (cpu.m.sbpb && value == PRED_CMD_SBPB);
	}
	if (msr == MSR_FLUSH_CMD)
		command = (cpu.m.edx_7 & ID_7D_L1D_FLUSH) && value == FLUSH_CMD_L1D;
	if (!command && (!r || msr == MSR_ARCH_CAPS))
		return -14;
	if (r)
		*r = value;
	if (cpu.n_writes < FAKE_MAX_WRITES) {
		cpu.writes[cpu.n_writes].msr = msr;
		cpu.writes[cpu.n_writes].value = value;
	}
	cpu.n_writes++;
	return 0;
}

/* The CPU after a reset: this model, with so many threads a core. */
static void fake_start(const struct fake_model *m, unsigned int threads)
{
	memset(&cpu, 0, sizeof(cpu));
	cpu.m = *m;
	cpu.threads = threads;
	cpu.mcu_opt = m->mcu_opt;
	cpu.efer = 0xd01;
}

/*
 * The writes since the last look are these, in this order: "MSR=VALUE MSR=VALUE", in hexadecimal.
 */
static bool fake_wrote(const char *expected)
{
	char text[1024] = "";
	size_t length = 0;

	for (unsigned int i = 0; i < MIN(cpu.n_writes, FAKE_MAX_WRITES); i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%x=%llx",
					   i ? " " : "", cpu.writes[i].msr,
					   (unsigned long long)cpu.writes[i].value);
	cpu.n_writes = 0;
	if (strcmp(text, expected) == 0)
		return true;
	printf("# wrote '%s', expected '%s'\n", text, expected);
	return false;
}

/* ---- Models: what they report with the microcode that each comment names ---- */

#define INTEL_2018	(ID_7D_IBRSB | ID_7D_STIBP | ID_7D_SSBD | ID_7D_L1D_FLUSH)
#define INTEL_2019	(INTEL_2018 | ID_7D_MD_CLEAR)

static const struct fake_model sandy_bridge_2017 = {/* E5-2600, as it was sold, 0x710 */
						    .name = "Sandy Bridge, 2017",
						    .vendor = "GenuineIntel",
						    .signature = 0x206d7,
						    .microcode = 0x710,
						    .ecx_1 = ID_1C_AVX};
static const struct fake_model sandy_bridge = {/* 0x71a of 2020, the last */
					       .name = "Sandy Bridge", .vendor = "GenuineIntel",
					       .signature = 0x206d7,   .microcode = 0x71a,
					       .ecx_1 = ID_1C_AVX,     .edx_7 = INTEL_2019};
static const struct fake_model haswell = {/* i7-4770, 0x28 of 2020: SRBDS; TSX is off since 2014 */
					  .name = "Haswell",
					  .vendor = "GenuineIntel",
					  .signature = 0x306c3,
					  .microcode = 0x28,
					  .ecx_1 = ID_1C_AVX,
					  .edx_7 = INTEL_2019 | ID_7D_SRBDS_CTRL};
static const struct fake_model skylake_sp_2017 = {/* Xeon Gold 61xx, 0x200002c */
						  .name = "Skylake-SP, 2017",
						  .vendor = "GenuineIntel",
						  .signature = 0x50654,
						  .microcode = 0x200002c,
						  .ecx_1 = ID_1C_AVX,
						  .ebx_7 = ID_7B_RTM};
static const struct fake_model skylake_sp = {/* 0x2007006 of 2023: FB_CLEAR, GDS_CTRL */
					     .name = "Skylake-SP",
					     .vendor = "GenuineIntel",
					     .signature = 0x50654,
					     .microcode = 0x2007006,
					     .ecx_1 = ID_1C_AVX,
					     .ebx_7 = ID_7B_RTM,
					     .edx_7 = INTEL_2019 | ID_7D_ARCH_CAPS,
					     .arch_caps =
						     CAPS_RSBA | CAPS_FB_CLEAR | CAPS_GDS_CTRL};
static const struct fake_model cascade_lake_early = {/* 0x5000021 of 2019: before TAA was known */
						     .name = "Cascade Lake, early 2019",
						     .vendor = "GenuineIntel",
						     .signature = 0x50657,
						     .microcode = 0x5000021,
						     .ecx_1 = ID_1C_AVX,
						     .ebx_7 = ID_7B_RTM,
						     .edx_7 = INTEL_2019 | ID_7D_ARCH_CAPS,
						     .arch_caps = CAPS_RDCL_NO | CAPS_IBRS_ALL |
								  CAPS_SKIP_L1DFL | CAPS_MDS_NO};
static const struct fake_model cascade_lake = {/* 0x5003605 of 2023 */
					       .name = "Cascade Lake",
					       .vendor = "GenuineIntel",
					       .signature = 0x50657,
					       .microcode = 0x5003605,
					       .ecx_1 = ID_1C_AVX,
					       .ebx_7 = ID_7B_RTM,
					       .edx_7 = INTEL_2019 | ID_7D_ARCH_CAPS,
					       .arch_caps = CAPS_RDCL_NO | CAPS_IBRS_ALL |
							    CAPS_SKIP_L1DFL | CAPS_MDS_NO |
							    CAPS_TSX_CTRL | CAPS_FB_CLEAR |
							    CAPS_RRSBA | CAPS_GDS_CTRL};
static const struct fake_model ice_lake_sp = {/* 0xd0003b9 of 2023 */
					      .name = "Ice Lake-SP",
					      .vendor = "GenuineIntel",
					      .signature = 0x606a6,
					      .microcode = 0xd0003b9,
					      .ecx_1 = ID_1C_AVX,
					      .ebx_7 = ID_7B_RTM,
					      .edx_7 = INTEL_2019 | ID_7D_ARCH_CAPS,
					      .arch_caps = CAPS_RDCL_NO | CAPS_IBRS_ALL |
							   CAPS_SKIP_L1DFL | CAPS_MDS_NO |
							   CAPS_IF_PSCHANGE_MC_NO | CAPS_TAA_NO |
							   CAPS_FB_CLEAR | CAPS_RRSBA |
							   CAPS_GDS_CTRL};
static const struct fake_model sapphire_rapids = {/* 0x2b000590 of 2024 */
						  .name = "Sapphire Rapids",
						  .vendor = "GenuineIntel",
						  .signature = 0x806f8,
						  .microcode = 0x2b000590,
						  .ecx_1 = ID_1C_AVX,
						  .ebx_7 = ID_7B_RTM,
						  .edx_7 = INTEL_2019 | ID_7D_ARCH_CAPS,
						  .edx_7_2 = ID_72D_PSFD | ID_72D_BHI_CTRL,
						  .arch_caps = CAPS_RDCL_NO | CAPS_IBRS_ALL |
							       CAPS_SKIP_L1DFL | CAPS_MDS_NO |
							       CAPS_IF_PSCHANGE_MC_NO |
							       CAPS_TSX_CTRL | CAPS_TAA_NO |
							       CAPS_SBDR_SSDP_NO | CAPS_FBSDP_NO |
							       CAPS_PSDP_NO | CAPS_RRSBA |
							       CAPS_PBRSB_NO | CAPS_GDS_NO |
							       CAPS_RFDS_NO};
static const struct fake_model alder_lake_n = {/* N100, 0x17 of 2024: RFDS_CLEAR */
					       .name = "Alder Lake-N",
					       .vendor = "GenuineIntel",
					       .signature = 0xb06e0,
					       .microcode = 0x17,
					       .ecx_1 = ID_1C_AVX,
					       .edx_7 = INTEL_2019 | ID_7D_ARCH_CAPS,
					       .edx_7_2 = ID_72D_PSFD | ID_72D_BHI_CTRL,
					       .arch_caps = CAPS_RDCL_NO | CAPS_IBRS_ALL |
							    CAPS_SKIP_L1DFL | CAPS_MDS_NO |
							    CAPS_IF_PSCHANGE_MC_NO | CAPS_TAA_NO |
							    CAPS_SBDR_SSDP_NO | CAPS_FBSDP_NO |
							    CAPS_PSDP_NO | CAPS_RRSBA |
							    CAPS_GDS_NO | CAPS_RFDS_CLEAR};
static const struct fake_model bonnell = {		/* Atom N270: in order */
	.name = "Bonnell", .vendor = "GenuineIntel", .signature = 0x106c2, .microcode = 0x217};

#define AMD_IBPB ID_E8B_IBPB
#define AMD_ALL \
	(ID_E8B_IBPB | ID_E8B_IBRS | ID_E8B_STIBP | ID_E8B_STIBP_ALWAYS | ID_E8B_SSBD | ID_E8B_PSFD)

static const struct fake_model zen1 = {/* EPYC 7001, 0x8001250 of 2018 */
				       .name = "Zen 1",       .vendor = "AuthenticAMD",
				       .signature = 0x800f12, .microcode = 0x8001250,
				       .ecx_1 = ID_1C_AVX,    .ebx_e8 = AMD_IBPB};
static const struct fake_model zen2 =
	{/* EPYC 7002, 0x830107a: before Zenbleed's */
	 .name = "Zen 2",       .vendor = "AuthenticAMD",
	 .signature = 0x830f10, .microcode = 0x830107a,
	 .ecx_1 = ID_1C_AVX,    .ebx_e8 = ID_E8B_IBPB | ID_E8B_IBRS | ID_E8B_STIBP | ID_E8B_SSBD};
static const struct fake_model zen3_2022 = {/* EPYC 7003, 0xa001173: before SRSO's */
					    .name = "Zen 3, 2022",
					    .vendor = "AuthenticAMD",
					    .signature = 0xa00f11,
					    .microcode = 0xa001173,
					    .ecx_1 = ID_1C_AVX,
					    .ebx_e8 = AMD_ALL | ID_E8B_BTC_NO,
					    .eax_e21 = ID_E21A_LFENCE};
static const struct fake_model zen3 = {/* 0xa0011d7 of 2024: SRSO and TSA */
				       .name = "Zen 3",           .vendor = "AuthenticAMD",
				       .signature = 0xa00f11,     .microcode = 0xa0011d7,
				       .ecx_1 = ID_1C_AVX,        .ebx_e8 = AMD_ALL | ID_E8B_BTC_NO,
				       .eax_e21 = ID_E21A_LFENCE, .sbpb = true};
static const struct fake_model zen4 = {/* EPYC 9004, 0xa101144 of 2023: SRSO, not TSA */
				       .name = "Zen 4, 2023",
				       .vendor = "AuthenticAMD",
				       .signature = 0xa10f11,
				       .microcode = 0xa101144,
				       .ecx_1 = ID_1C_AVX,
				       .ebx_e8 = AMD_ALL | ID_E8B_BTC_NO | ID_E8B_IBPB_RET,
				       .eax_e21 = ID_E21A_LFENCE | ID_E21A_AUTO_IBRS,
				       .sbpb = true};
static const struct fake_model zen5 = {/* EPYC 9005, 0xb002116 of 2024 */
				       .name = "Zen 5",
				       .vendor = "AuthenticAMD",
				       .signature = 0xb00f21,
				       .microcode = 0xb002116,
				       .ecx_1 = ID_1C_AVX,
				       .ebx_e8 = AMD_ALL | ID_E8B_BTC_NO | ID_E8B_IBPB_RET,
				       .eax_e21 = ID_E21A_LFENCE | ID_E21A_AUTO_IBRS |
						  ID_E21A_SBPB | ID_E21A_IBPB_BRTYPE |
						  ID_E21A_SRSO_US_NO,
				       .sbpb = true};

#endif
