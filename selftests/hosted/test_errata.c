/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: for real CPU models, with the microcode that fake_cpu.h names, each fault is found, each
 * decision follows the defaults and the options, and each register is written at each boundary, in
 * order, and at no other.
 */
/* sources: hypervisor/x86/errata.c hypervisor/x86/protection.c hypervisor/boot/cmdline.c */
/* sources: hypervisor/boot/cmdline_cpu.c hypervisor/lib/string.c */
#include <hv/boot/boot.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>
#include <hv/time/clock.h>
#include <x86/patch.h>
#include <x86/protection.h>

#include "log_capture.h"
#include "fake_cpu.h"

_Thread_local struct cpu_info hosted_cpu_info;
static struct options defaults;
static uint32_t patched_entry;
static enum thunk patched_thunk;
static uint64_t time_now;

void patch_entry(uint32_t features)
{
	patched_entry = features;
}

void patch_thunks(enum thunk kind)
{
	patched_thunk = kind;
}

uint64_t now_ns(void)
{
	return time_now;
}

#define B(f) (1u << SPEC_##f)

/* Start the boot CPU of a machine. Its other CPU is a second thread if threads is 2. */
static void boot(const struct fake_model *m, unsigned int threads, const char *line)
{
	static struct boot_info bi;

	bi = (struct boot_info){.n_cpus = 2, .apic_ids = {0, threads > 1 ? 1 : 2}};
	fake_start(m, threads);
	options = defaults;
	cmdline_parse(line);
	log_clear();
	protection_init(&bi);
	if (m->sbpb && cpu.n_writes &&
	    cpu.writes[0].value ==
		    PRED_CMD_SBPB) { /* the question, which is no part of what is set up */
		cpu.n_writes--;
		memmove(cpu.writes, cpu.writes + 1, cpu.n_writes * sizeof(cpu.writes[0]));
	}
}

/* The names of the faults whose line has this mark behind them, in the order of the table. */
static const char *marked(const char *mark)
{
	static char names[512];
	const char *line, *end;
	size_t length = 0;

	names[0] = 0;
	for (line = log_text; *line; line = end + 1) {
		char text[256], *colon;

		end = strchr(line, '\n');
		snprintf(text, sizeof(text), "%.*s", (int)(end - line), line);
		colon = strchr(text, ':');
		if (!strstr(text, mark) || !colon)
			continue;
		length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%.*s",
					   length ? ", " : "", (int)(colon - text) - 2, text + 2);
	}
	return names;
}

struct expected {
	const struct fake_model *model;
	unsigned int threads;
	const char *line;		/* options */
	const char *open;		/* faults that keep DomUs out */
	uint32_t entry;
	enum thunk thunk;
	uint32_t spec_ctrl, guest_spec_ctrl;
	const char *start;		/* writes when a CPU starts */
	const char *change;		/* and when another domain comes */
};

#define IBRS_ALL_OF_2018 (SPEC_CTRL_IBRS | SPEC_CTRL_STIBP | SPEC_CTRL_SSBD)

static const struct expected table[] = {
	{&sandy_bridge_2017, 1, "", "Spectre v2, MDS", B(RSB), THUNK_RETPOLINE, 0, 0, "", ""},
	{&sandy_bridge, 1, "", "", B(RSB) | B(VERW), THUNK_RETPOLINE, 0, IBRS_ALL_OF_2018, "48=0",
	 "49=1"},
	{&sandy_bridge, 2, "", "MDS", B(RSB) | B(VERW), THUNK_RETPOLINE, 0, IBRS_ALL_OF_2018,
	 "48=0", "49=1"},
	{&sandy_bridge, 2, "smt=yes", "", B(RSB) | B(VERW), THUNK_RETPOLINE, 0, IBRS_ALL_OF_2018,
	 "48=0", "49=1"},
	{&sandy_bridge, 2, "smt=no", "", B(RSB) | B(VERW), THUNK_RETPOLINE, 0, IBRS_ALL_OF_2018,
	 "48=0", "49=1"},
	{&haswell, 1, "", "", B(RSB) | B(VERW), THUNK_RETPOLINE, 0, IBRS_ALL_OF_2018, "48=0",
	 "49=1"},
	{&haswell, 1, "spec-ctrl=no-srb-lock", "SRBDS", B(RSB) | B(VERW), THUNK_RETPOLINE, 0,
	 IBRS_ALL_OF_2018, "123=1 48=0", "49=1"},
	{&skylake_sp_2017, 1, "", "Spectre v2, Retbleed (Intel), MDS, TAA", B(RSB), THUNK_RETPOLINE,
	 0, 0, "", ""},
	{&skylake_sp, 1, "", "", B(IBRS) | B(RSB) | B(VERW), THUNK_JMP, 1, IBRS_ALL_OF_2018, "48=1",
	 "49=1"},
	{&skylake_sp, 2, "", "MDS, TAA", B(IBRS) | B(RSB) | B(VERW), THUNK_JMP, 1, IBRS_ALL_OF_2018,
	 "48=1", "49=1"},
	{&skylake_sp, 1, "spec-ctrl=no-gds-mit", "GDS", B(IBRS) | B(RSB) | B(VERW), THUNK_JMP, 1,
	 IBRS_ALL_OF_2018, "123=10 48=1", "49=1"},
	{&skylake_sp, 1, "spec-ctrl=no-ibrs", "Retbleed (Intel)", B(RSB) | B(VERW), THUNK_RETPOLINE,
	 0, IBRS_ALL_OF_2018, "48=0", "49=1"},
	{&skylake_sp, 1, "spec-ctrl=no",
	 "Meltdown, L1TF, Spectre v2, Retbleed (Intel), MDS, TAA, GDS", 0, THUNK_JMP, 0, 0,
	 "123=10", ""},
	{&cascade_lake_early, 1, "", "TAA", B(RSB) | B(BHB), THUNK_JMP, 1, IBRS_ALL_OF_2018, "48=1",
	 "49=1"},
	{&cascade_lake, 2, "", "", B(RSB) | B(BHB), THUNK_JMP, 1, IBRS_ALL_OF_2018, "122=3 48=1",
	 "49=1"},
	{&cascade_lake, 1, "tsx=yes", "", B(RSB) | B(BHB) | B(VERW), THUNK_JMP, 1, IBRS_ALL_OF_2018,
	 "48=1", "49=1"},
	{&cascade_lake, 1, "spec-ctrl=no-bhb-entry", "BHI", B(RSB), THUNK_JMP, 1, IBRS_ALL_OF_2018,
	 "122=3 48=1", "49=1"},
	{&ice_lake_sp, 2, "", "", B(RSB) | B(BHB), THUNK_JMP, 1, IBRS_ALL_OF_2018, "48=1", "49=1"},
	{&ice_lake_sp, 1, "spec-ctrl=unpriv-mmio", "", B(RSB) | B(BHB) | B(VERW), THUNK_JMP, 1,
	 IBRS_ALL_OF_2018, "48=1", "49=1"},
	{&sapphire_rapids, 2, "", "", B(RSB), THUNK_JMP, 0x401, IBRS_ALL_OF_2018, "48=401", "49=1"},
	{&sapphire_rapids, 1, "spec-ctrl=no-bhi-dis-s", "", B(RSB) | B(BHB), THUNK_JMP, 1,
	 IBRS_ALL_OF_2018, "48=1", "49=1"},
	{&sapphire_rapids, 1, "spec-ctrl=psfd,ssbd,stibp", "", B(RSB), THUNK_JMP, 0x487,
	 IBRS_ALL_OF_2018, "48=487", "49=1"},
	{&sapphire_rapids, 1, "spec-ctrl=no-msr-sc", "", B(RSB) | B(BHB), THUNK_RETPOLINE, 0, 0, "",
	 "49=1"},
	{&alder_lake_n, 1, "", "", B(RSB) | B(VERW), THUNK_JMP, 0x401, IBRS_ALL_OF_2018, "48=401",
	 "49=1"},
	{&alder_lake_n, 1, "spec-ctrl=no-verw,l1d-flush", "RFDS", B(RSB), THUNK_JMP, 0x401,
	 IBRS_ALL_OF_2018, "48=401", "49=1 10b=1"},
	{&bonnell, 2, "", "", 0, THUNK_JMP, 0, 0, "", ""},
	{&zen1, 1, "", "", B(RSB) | B(IBPB) | B(DIV), THUNK_RETPOLINE, 0, 0, "c0011029=2", "49=1"},
	{&zen1, 2, "", "", B(RSB) | B(IBPB) | B(DIV), THUNK_RETPOLINE, 0, 0, "c0011029=2", "49=1"},
	{&zen1, 1, "spec-ctrl=ssbd,no-div-scrub", "divider leak", B(RSB) | B(IBPB), THUNK_RETPOLINE,
	 0, 0, "c0011029=2 c0011020=400", "49=1"},
	{&zen2, 2, "", "", B(RSB) | B(IBPB), THUNK_RETPOLINE, 2, IBRS_ALL_OF_2018,
	 "c0011029=202 c00110e3=2 48=2", "49=1"},
	{&zen2, 2, "spec-ctrl=no-ibpb-entry", "Retbleed, BTC (AMD), SRSO", B(RSB), THUNK_RETPOLINE,
	 0, IBRS_ALL_OF_2018, "c0011029=202 48=0", "49=1"},
	{&zen3_2022, 1, "", "SRSO, TSA", B(RSB), THUNK_RETPOLINE, 2,
	 IBRS_ALL_OF_2018 | SPEC_CTRL_PSFD, "48=2", "49=1"},
	{&zen3, 1, "", "", B(RSB) | B(IBPB) | B(VERW), THUNK_RETPOLINE, 2,
	 IBRS_ALL_OF_2018 | SPEC_CTRL_PSFD, "48=2", "49=1"},
	{&zen3, 1, "spec-ctrl=no-stibp,no-ibpb", "Spectre v2", B(RSB) | B(IBPB) | B(VERW),
	 THUNK_RETPOLINE, 0, IBRS_ALL_OF_2018 | SPEC_CTRL_PSFD, "48=0", ""},
	{&zen4, 2, "", "TSA", B(RSB) | B(IBPB), THUNK_JMP, 2, IBRS_ALL_OF_2018 | SPEC_CTRL_PSFD,
	 "c0000080=200d01 48=2", "49=1"},
	{&zen4, 2, "spec-ctrl=no-ibrs,bti-thunk=lfence", "Spectre v2, TSA", B(RSB) | B(IBPB),
	 THUNK_LFENCE, 2, IBRS_ALL_OF_2018 | SPEC_CTRL_PSFD, "48=2", "49=1"},
	{&zen5, 2, "", "", B(RSB), THUNK_JMP, 2, IBRS_ALL_OF_2018 | SPEC_CTRL_PSFD,
	 "c0000080=200d01 48=2", "49=1"},
};

static void test_models(void)
{
	static struct domain one, two;

	for (unsigned int i = 0; i < ARRAY_SIZE(table); i++) {
		const struct expected *e = &table[i];
		char claim[160],
			*where = claim + snprintf(claim, sizeof(claim),
						  "%s, %u thread%s a core%s%s: ", e->model->name,
						  e->threads, e->threads > 1 ? "s" : "",
						  *e->line ? ", " : "", e->line);
		size_t room = sizeof(claim) - (size_t)(where - claim);
		bool good;

		boot(e->model, e->threads, e->line);
		good = strcmp(marked("OPEN:"), e->open) == 0;
		if (!good)
			printf("# open: '%s', expected '%s'\n", marked("OPEN:"), e->open);
		snprintf(where, room, "what is open");
		result(good && protection.refuse_domu == (*e->open != 0), claim);
		snprintf(where, room, "entry and exit, thunks, SPEC_CTRL");
		good = protection.entry == e->entry && patched_entry == e->entry &&
		       protection.thunk == e->thunk && patched_thunk == e->thunk &&
		       protection.spec_ctrl == e->spec_ctrl &&
		       protection.guest_spec_ctrl == e->guest_spec_ctrl;
		if (!good)
			printf("# entry %x thunk %u spec_ctrl %x guests %x\n", protection.entry,
			       protection.thunk, protection.spec_ctrl, protection.guest_spec_ctrl);
		result(good, claim);
		snprintf(where, room, "writes at the start, of another CPU, between domains");
		good = fake_wrote(e->start);
		fake_start(e->model, e->threads);
		protection_init_cpu();
		good &= fake_wrote(e->start);
		protection_switch(&one, &one);
		good &= fake_wrote("");
		protection_switch(&one, &two);
		good &= fake_wrote(e->change);
		protection_switch(NULL, &two);
		good &= fake_wrote(e->change);
		result(good, claim);
	}
}

static void test_page_tables(void)
{
	boot(&sandy_bridge, 1, "");
	result(protection.xpti_dom0 && protection.xpti_domu && !protection.l1tf_dom0 &&
		       protection.l1tf_domu,
	       "Meltdown and L1TF: their defaults");
	boot(&sandy_bridge, 1, "xpti=dom0=no pv-l1tf=yes");
	result(!protection.xpti_dom0 && protection.xpti_domu && protection.l1tf_dom0 &&
		       !protection.refuse_domu && log_has("programs of Domain-0"),
	       "XPTI can be off for Domain-0");
	boot(&sandy_bridge, 1, "xpti=domu=no");
	result(protection.xpti_dom0 && !protection.xpti_domu && protection.refuse_domu,
	       "without it for DomUs there are none");
	boot(&sandy_bridge, 1, "pv-l1tf=no");
	result(!protection.l1tf_domu && protection.refuse_domu,
	       "nor without entries refused for L1TF");
	boot(&zen5, 1, "");
	result(!protection.xpti_dom0 && !protection.xpti_domu && !protection.l1tf_domu,
	       "AMD needs neither");
	boot(&zen5, 1, "xpti=yes pv-l1tf=domu");
	result(protection.xpti_dom0 && protection.xpti_domu && protection.l1tf_domu &&
		       !protection.l1tf_dom0,
	       "but can be told to have both");
	boot(&ice_lake_sp, 1, "");
	result(!protection.xpti_domu && !protection.l1tf_domu, "RDCL_NO");
	boot(&ice_lake_sp, 1, "dom0_ring=auto");
	result(protection.dom0_ring1 && log_has("in ring 1: this CPU has no Meltdown"),
	       "without Meltdown, Domain-0's kernel is in ring 1");
	boot(&sandy_bridge, 1, "dom0_ring=auto");
	result(!protection.dom0_ring1 && log_has("in ring 3: this CPU has Meltdown"),
	       "with Meltdown in ring 3");
	boot(&sandy_bridge, 1, "dom0_ring=auto xpti=no");
	result(!protection.dom0_ring1, "whatever xpti= says");
	boot(&zen5, 1, "dom0_ring=auto xpti=dom0");
	result(!protection.dom0_ring1 && protection.xpti_dom0 && log_has("in ring 3: xpti="),
	       "and where it is to have XPTI");
	boot(&zen5, 1, "dom0_ring=3");
	result(!protection.dom0_ring1 && log_has("in ring 3: dom0_ring="), "or where it shall be");
	boot(&sandy_bridge, 1, "dom0_ring=1 xpti=yes");
	result(protection.dom0_ring1 && !protection.xpti_dom0 && protection.xpti_domu &&
		       !protection.refuse_domu && log_has("programs of Domain-0"),
	       "with Meltdown, too, and then XPTI for Domain-0 is off");
}

static void test_microcode_levels(void)
{
	struct fake_model m = zen2;

	m.microcode = 0x0830107b;
	boot(&m, 1, "");
	result(log_has("not there") && !log_has("  Zenbleed:") &&
		       !(protection.settings[0].set & DE_CFG_ZENBLEED),
	       "Zen 2 with good microcode keeps DE_CFG");
	m.virtualised = true;
	m.microcode = 1;
	boot(&m, 1, "");
	result(log_has("Zenbleed: nothing is done; open: the hypervisor below us") &&
		       !protection.refuse_domu,
	       "a virtual CPU's chicken bits are not ours");
	m = skylake_sp;
	m.arch_caps &= ~CAPS_GDS_CTRL;
	boot(&m, 1, "");
	result(protection.no_avx && !protection.refuse_domu && log_has("guests have no AVX"),
	       "GDS without microcode: guests have no AVX");
	m = skylake_sp;
	m.mcu_opt = MCU_OPT_GDS_LOCK | MCU_OPT_GDS_OFF;
	boot(&m, 1, "");
	result(protection.no_avx, "nor where the firmware has locked it off");
	m = zen4;
	m.microcode = 0x0a10114c;
	boot(&m, 1, "");
	result(!protection.refuse_domu && (protection.entry & B(VERW)),
	       "Zen 4 with good microcode has VERW against TSA");
	m = haswell;
	m.edx_7 &= ~ID_7D_SRBDS_CTRL;
	boot(&m, 1, "");
	result(strcmp(marked("OPEN:"), "SRBDS") == 0 && log_has("ucode=scan"),
	       "Haswell without SRBDS_CTRL needs microcode");
}

static void test_emulated(void)
{
	struct fake_model max = {.name = "max",
				 .vendor = "AuthenticAMD",
				 .signature = 0x60fb1,
				 .virtualised = true,
				 .tcg = true};
	struct fake_model haswell_tcg = haswell;

	boot(&max, 1, "");
	result(!protection.refuse_domu && !protection.entry && protection.thunk == THUNK_JMP &&
		       fake_wrote("") && !log_has("OPEN") && log_has("emulated AMD") &&
		       protection_allows_domu(),
	       "the lab's CPU: nothing is open, nothing is written");
	max.tcg = false;
	boot(&max, 1, "");
	result(protection.refuse_domu && log_has("virtual AMD"),
	       "the same CPU that does not say that it is emulated counts by what it says");
	haswell_tcg.virtualised = haswell_tcg.tcg = true;
	boot(&haswell_tcg, 1, "");
	result(!protection.xpti_domu && !protection.entry, "an emulated Haswell has no faults");
	boot(&haswell_tcg, 1,
	     "xpti=yes spec-ctrl=rsb,verw,bhb-entry,div-scrub,ibpb-entry,bti-thunk=retpoline");
	result(protection.xpti_domu &&
		       protection.entry == (B(RSB) | B(VERW) | B(BHB) | B(DIV) | B(IBPB)) &&
		       patched_thunk == THUNK_RETPOLINE,
	       "but does all that it is told to do");
}

static void test_refusal(void)
{
	boot(&sandy_bridge_2017, 1, "");
	time_now = NS_PER_SEC;
	log_clear();
	result(!protection_allows_domu() && log_has("Spectre v2, MDS") && log_has("allow_unsafe"),
	       "a DomU is refused with a line that says why, and what accepts it");
	for (unsigned int i = 0; i < 5; i++)
		protection_allows_domu();
	log_clear();
	result(!protection_allows_domu() && log_empty(), "but not a line for each");
	boot(&sandy_bridge_2017, 1, "allow_unsafe");
	log_clear();
	result(protection_allows_domu() && log_empty(), "allow_unsafe accepts it");
	boot(&sandy_bridge, 1, "");
	result(protection_allows_domu(), "where nothing is open a DomU is welcome");
}

static void test_guests(void)
{
	static struct domain dom0_, guest;
	struct vcpu v = {.domain = &guest}, w = {.domain = &guest}, control = {.domain = &dom0_};
	uint64_t value = 99;

	dom0_.privileged = true;
	boot(&sapphire_rapids, 1, "");
	protection_init_vcpu(&v);
	protection_init_vcpu(&w);
	fake_wrote("48=401");
	protection_load_vcpu(&v);
	result(v.arch.spec_guest == 0x401 && fake_wrote(""),
	       "enhanced IBRS: no write when a vCPU comes that has not asked for anything");
	result(protection_wrmsr(&v, MSR_SPEC_CTRL, SPEC_CTRL_SSBD) && fake_wrote("48=405") &&
		       protection_rdmsr(&v, MSR_SPEC_CTRL, &value) && value == 4,
	       "a guest's SPEC_CTRL adds to the hypervisor's, and reads as the guest wrote it");
	result(protection_wrmsr(&v, MSR_SPEC_CTRL, SPEC_CTRL_SSBD) && fake_wrote(""),
	       "the same value again is no write");
	protection_load_vcpu(&w);
	result(fake_wrote("48=401"), "the next vCPU has its own");
	protection_load_vcpu(&v);
	result(fake_wrote("48=405"), "and the first one its own again");
	result(!protection_wrmsr(&v, MSR_SPEC_CTRL, SPEC_CTRL_BHI_DIS_S) &&
		       !protection_wrmsr(&v, MSR_SPEC_CTRL, BIT64(63)) &&
		       !protection_wrmsr(&v, MSR_SPEC_CTRL, BIT64(32) | 1) && fake_wrote("") &&
		       v.arch.spec_ctrl == SPEC_CTRL_SSBD,
	       "bits that it was not offered are #GP");
	result(protection_wrmsr(&v, MSR_PRED_CMD, 1) && fake_wrote("49=1") &&
		       protection_wrmsr(&v, MSR_PRED_CMD, 0) && fake_wrote("") &&
		       !protection_wrmsr(&v, MSR_PRED_CMD, 0x80) &&
		       !protection_wrmsr(&v, MSR_PRED_CMD, 3) &&
		       !protection_rdmsr(&v, MSR_PRED_CMD, &value),
	       "PRED_CMD: IBPB only, not to be read");
	result(protection_wrmsr(&v, MSR_FLUSH_CMD, 1) && fake_wrote("10b=1") &&
		       !protection_wrmsr(&v, MSR_FLUSH_CMD, 2),
	       "FLUSH_CMD");
	result(protection_rdmsr(&v, MSR_ARCH_CAPS, &value) && (value & CAPS_RDCL_NO) &&
		       !(value & (CAPS_IBRS_ALL | CAPS_TSX_CTRL)) &&
		       !protection_wrmsr(&v, MSR_ARCH_CAPS, value),
	       "ARCH_CAPABILITIES says what is not there, and is not written");

	boot(&skylake_sp, 1, "");
	protection_init_vcpu(&v);
	fake_wrote("48=1");
	result(v.arch.spec_hv == 1 && v.arch.spec_guest == 0 &&
		       protection_wrmsr(&v, MSR_SPEC_CTRL, SPEC_CTRL_STIBP) &&
		       v.arch.spec_guest == 2 && v.arch.spec_hv == 1,
	       "IBRS by entry: the exit code has the guest's value, the entry code ours");
	protection_load_vcpu(&v);
	result(fake_wrote(""), "and nobody else writes it");

	boot(&zen5, 1, "");
	protection_init_vcpu(&v);
	fake_wrote("c0000080=200d01 48=2");
	result(protection_wrmsr(&v, MSR_PRED_CMD, PRED_CMD_SBPB) && fake_wrote("49=80"),
	       "SBPB where CPUID has it");

	boot(&zen2, 1, "");
	protection_init_vcpu(&v);
	protection_init_vcpu(&control);
	result(v.arch.entry_ibpb && !control.arch.entry_ibpb && v.arch.verw_selector == SEL_HV_DS,
	       "IBPB on entry: for DomUs");
	boot(&zen2, 1, "spec-ctrl=ibpb-entry");
	protection_init_vcpu(&control);
	result(control.arch.entry_ibpb, "for Domain-0 when asked for");

	boot(&sandy_bridge_2017, 1, "");
	protection_init_vcpu(&v);
	protection_load_vcpu(&v);
	result(!protection_wrmsr(&v, MSR_SPEC_CTRL, 0) &&
		       !protection_rdmsr(&v, MSR_SPEC_CTRL, &value) &&
		       !protection_wrmsr(&v, MSR_PRED_CMD, 1) &&
		       !protection_wrmsr(&v, MSR_FLUSH_CMD, 1) &&
		       !protection_rdmsr(&v, MSR_ARCH_CAPS, &value) && fake_wrote(""),
	       "what the CPU lacks is #GP, and never written");
}

static void test_siblings(void)
{
	fake_start(&skylake_sp, 2);
	result(!cpu_is_sibling(0) && cpu_is_sibling(1) && !cpu_is_sibling(2) && cpu_is_sibling(3),
	       "Intel: the second thread has an odd APIC id");
	fake_start(&zen2, 2);
	result(!cpu_is_sibling(4) && cpu_is_sibling(5), "AMD too");
	fake_start(&zen2, 1);
	result(!cpu_is_sibling(5), "not where a core has one thread");
	boot(&skylake_sp, 2, "smt=no");
	result(protection.no_smt && log_has("one thread a core"), "smt=no");
	boot(&skylake_sp, 2, "");
	result(!protection.no_smt && log_has("several threads a core"), "the default uses them");
}

int main(void)
{
	printf("1..%u\n", 3 * (unsigned int)ARRAY_SIZE(table) + 13 + 6 + 4 + 4 + 15 + 5);
	defaults = options;
	test_models();
	test_page_tables();
	test_microcode_levels();
	test_emulated();
	test_refusal();
	test_guests();
	test_siblings();
	return tap_failures != 0;
}
