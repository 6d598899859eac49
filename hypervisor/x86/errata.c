// SPDX-License-Identifier: GPL-2.0-only
/*
 * The processor's faults, one row each: which CPUs have it, what is done, what that leaves open.
 * Facts are from the vendors' advisories and manuals: models, steppings, and the bits by which
 * CPUID and ARCH_CAPABILITIES say that a CPU is free of a fault or that its microcode has a remedy.
 *
 *  E1. A CPU has a fault when its vendor, family and model say so and no bit says that it is free
 *      of it. A model that is newer than this table is taken to have it, unless the row names
 *      models.
 *  E2. An emulator in software runs no instruction of a guest on the CPU that its CPUID names: none
 *      of the faults is there. Other virtual CPUs count by what they claim to be.
 *  E3. A fault that reaches into the hypervisor or another guest and against which nothing is done
 *      is FAULT_OPEN, whatever the reason: an option, or microcode that is missing. Only
 *      allow_unsafe lets DomUs run then.
 *  E4. A row may rely on what earlier rows have decided. The order of the table is the order of the
 *      decisions.
 */
#include <x86/errata.h>
#include <hv/console/printk.h>
#include <hv/lib/lib.h>
#include <x86/protection.h>

struct decision {
	const struct cpu_ident *id;
	const struct options *o;
	const struct spec_options *s;
	struct cpu_protection *p;
};

struct fault {
	const char *name;
	bool (*has)(const struct cpu_ident *id);
	struct fault_report (*mend)(const struct decision *d);
};

#define NEEDS_MICROCODE	"needs newer microcode (ucode=scan)"
#define SWITCHED_OFF	"switched off by an option"
#define THREADS_OPEN	\
	"threads of one core read each other's: smt=no closes it, smt=yes accepts it"
#define THREADS_NOTED	"threads of one core: smt=no closes it"

static struct fault_report closed(const char *done)
{
	return (struct fault_report){.state = FAULT_CLOSED, .done = done};
}

static struct fault_report noted(const char *done, const char *left)
{
	return (struct fault_report){.state = FAULT_NOTED, .done = done, .left = left};
}

static struct fault_report open(const char *left)
{
	return (struct fault_report){.state = FAULT_OPEN, .left = left};
}

/* Something else is wanted that the CPU cannot do, or may not. */
static struct fault_report not_done(int8_t choice)
{
	return open(choice == OPT_OFF ? SWITCHED_OFF : NEEDS_MICROCODE);
}

/* ---- Who is who ------------------------------------------------------------------------------ */

struct models {
	uint8_t model, first, last;	/* steppings */
};
#define ANY(m)		{m, 0, 15}
#define FROM(m, s)	{m, s, 15}
#define UP_TO(m, s)	{m, 0, s}

#define LISTED(id, list) is_listed(id, list, ARRAY_SIZE(list))

static bool is_intel(const struct cpu_ident *id)
{
	return id->vendor == VENDOR_INTEL && id->family == 6;
}

static bool is_amd(const struct cpu_ident *id)
{
	return id->vendor == VENDOR_AMD || id->vendor == VENDOR_HYGON;
}

static bool is_listed(const struct cpu_ident *id, const struct models *list, size_t n)
{
	if (!is_intel(id))
		return false;
	for (size_t i = 0; i < n; i++)
		if (id->model == list[i].model && id->stepping >= list[i].first &&
		    id->stepping <= list[i].last)
			return true;
	return false;
}

static bool caps(const struct cpu_ident *id, uint64_t bits)
{
	return (id->arch_caps & bits) == bits;
}

/* Atom cores of the first years run in order and speculate nothing that could be read. */
static bool in_order(const struct cpu_ident *id)
{
	static const struct models list[] = {ANY(0x1c), ANY(0x26), ANY(0x27), ANY(0x35), ANY(0x36)};

	return LISTED(id, list);
}

/* Silvermont, Airmont and the Xeon Phis. */
static bool is_silvermont(const struct cpu_ident *id)
{
	static const struct models list[] = {ANY(0x37), ANY(0x4a), ANY(0x4c), ANY(0x4d), ANY(0x57),
					     ANY(0x5a), ANY(0x5d), ANY(0x75), ANY(0x85)};

	return LISTED(id, list);
}

/* Goldmont to Tremont. */
static bool is_goldmont(const struct cpu_ident *id)
{
	static const struct models list[] = {ANY(0x5c), ANY(0x5f), ANY(0x7a),
					     ANY(0x86), ANY(0x96), ANY(0x9c)};

	return LISTED(id, list);
}

/*
 * Cores whose returns are predicted from the branch buffer when the return stack is empty: Skylake
 * to Ice Lake.
 */
static bool is_skylake(const struct cpu_ident *id)
{
	static const struct models list[] = {ANY(0x4e), ANY(0x5e), ANY(0x55), ANY(0x8e),
					     ANY(0x9e), ANY(0x66), ANY(0xa5), ANY(0xa6),
					     ANY(0x7d), ANY(0x7e), ANY(0x6a), ANY(0x6c),
					     ANY(0x8a), ANY(0x8c), ANY(0x8d), ANY(0xa7)};

	return LISTED(id, list);
}

static bool is_zen1(const struct cpu_ident *id)
{
	return (id->vendor == VENDOR_HYGON && id->family == 0x18) ||
	       (id->vendor == VENDOR_AMD && id->family == 0x17 &&
		(id->model < 0x30 || (id->model >= 0x50 && id->model < 0x60)));
}

static bool is_zen2(const struct cpu_ident *id)
{
	return id->vendor == VENDOR_AMD && id->family == 0x17 && !is_zen1(id);
}

static bool is_zen3_or_4(const struct cpu_ident *id)
{
	return id->vendor == VENDOR_AMD && id->family == 0x19;
}

/* ---- What it can ----------------------------------------------------------------------------- */

static bool can_spec_ctrl(const struct decision *d, uint64_t edx_7, uint64_t ebx_e8)
{
	return d->s->msr_sc != OPT_OFF && ((d->id->edx_7 & edx_7) || (d->id->ebx_e8 & ebx_e8));
}

static bool can_ibrs(const struct decision *d)
{
	return can_spec_ctrl(d, ID_7D_IBRSB, ID_E8B_IBRS);
}

static bool can_stibp(const struct decision *d)
{
	return can_spec_ctrl(d, ID_7D_STIBP, ID_E8B_STIBP);
}

static bool can_ssbd(const struct decision *d)
{
	return can_spec_ctrl(d, ID_7D_SSBD, ID_E8B_SSBD);
}

static bool can_ibpb(const struct cpu_ident *id)
{
	return (id->edx_7 & ID_7D_IBRSB) || (id->ebx_e8 & ID_E8B_IBPB);
}

/*
 * The register's value is (old & ~clear) | set on each CPU; a bit that is asked for twice keeps
 * what came last.
 */
static void add_setting(struct cpu_protection *p, uint32_t msr, uint64_t clear, uint64_t set)
{
	struct msr_setting *m = p->settings;

	while (m < p->settings + p->n_settings && m->msr != msr)
		m++;
	if (m == p->settings + p->n_settings) {
		if (p->n_settings == PROTECTION_MAX_SETTINGS)
			panic("too many registers to set up for this CPU");
		p->n_settings++;
		m->msr = msr;
	}
	m->clear = (m->clear & ~set) | clear;
	m->set = (m->set & ~clear) | set;
}

static void entry(const struct decision *d, enum spec_feature f)
{
	d->p->entry |= 1u << f;
}

/* ---- The rows: what is read through page tables ---------------------------------------------- */

static bool has_meltdown(const struct cpu_ident *id)
{
	return !is_amd(id) && !in_order(id) && !caps(id, CAPS_RDCL_NO);
}

static struct fault_report mend_meltdown(const struct decision *d)
{
	d->p->meltdown = true;
	d->p->xpti_dom0 |= d->o->xpti_dom0 != OPT_OFF && d->o->dom0_ring != DOM0_RING_1;
	d->p->xpti_domu |= d->o->xpti_domu != OPT_OFF;
	if (!d->p->xpti_domu)
		return open("switched off by xpti=: a guest's programs read all memory");
	if (!d->p->xpti_dom0)
		return noted("XPTI for DomUs",
			     "programs of Domain-0 read all memory (xpti=, dom0_ring=)");
	return closed("XPTI for Domain-0 and DomUs");
}

static bool has_l1tf(const struct cpu_ident *id)
{
	return is_intel(id) && !in_order(id) && !is_silvermont(id) && !is_goldmont(id) &&
	       !caps(id, CAPS_RDCL_NO);
}

static struct fault_report mend_l1tf(const struct decision *d)
{
	d->p->l1tf_dom0 |= d->o->pv_l1tf_dom0 == OPT_ON;
	d->p->l1tf_domu |= d->o->pv_l1tf_domu != OPT_OFF;
	if (!d->p->l1tf_domu)
		return open("switched off by pv-l1tf=: a guest reads what is in the L1 data cache");
	return closed(d->p->l1tf_dom0
			      ? "entries of Domain-0 and DomUs that it reads through are refused"
			      : "entries of DomUs that it reads through are refused");
}

/* A guest that changes the size of a page under the instruction TLB stops the machine. */
static bool has_multihit(const struct cpu_ident *id)
{
	return is_intel(id) && !in_order(id) && !is_silvermont(id) && !is_goldmont(id) &&
	       !caps(id, CAPS_IF_PSCHANGE_MC_NO);
}

static struct fault_report mend_multihit(const struct decision *d)
{
	(void)d;
	return closed("guests have no large pages");
}

/* ---- Branch predictors ----------------------------------------------------------------------- */

static bool speculates(const struct cpu_ident *id)
{
	return !in_order(id);
}

static struct fault_report mend_spectre_v1(const struct decision *d)
{
	(void)d;
	return noted("indices that guests choose are masked",
		     "conditional branches that lead to no index");
}

/* A guest's training must not steer the hypervisor. Returns what is done, NULL for nothing. */
static const char *protect_branches(const struct decision *d)
{
	const struct cpu_ident *id = d->id;
	bool retpoline_safe = !is_skylake(id) && !caps(id, CAPS_RSBA);
	const char *done = NULL;

	if (d->s->ibrs != OPT_OFF) {
		if (caps(id, CAPS_IBRS_ALL) && can_ibrs(d)) {
			d->p->spec_ctrl |= SPEC_CTRL_IBRS;
			done = "enhanced IBRS; IBPB between domains";
		} else if (id->eax_e21 & ID_E21A_AUTO_IBRS) {
			add_setting(d->p, MSR_EXT_FEATURES, 0, EFER_AIBRSE);
			done = "AutoIBRS; IBPB between domains";
		} else if (can_ibrs(d) && (d->s->ibrs == OPT_ON || !retpoline_safe)) {
			d->p->spec_ctrl |= SPEC_CTRL_IBRS;
			entry(d, SPEC_IBRS);
			done = "IBRS on each entry; IBPB between domains";
		}
	}
	d->p->thunk = d->s->thunk != THUNK_AUTO ? d->s->thunk : done ? THUNK_JMP : THUNK_RETPOLINE;
	if (!done && d->p->thunk == THUNK_RETPOLINE)
		return "retpolines; IBPB between domains";
	return done;
}

static struct fault_report mend_spectre_v2(const struct decision *d)
{
	const char *done = protect_branches(d);

	if (d->s->rsb != OPT_OFF)
		entry(d, SPEC_RSB);
	if (d->s->ibpb != OPT_OFF && can_ibpb(d->id))
		d->p->switch_pred_cmd = PRED_CMD_IBPB;
	if (can_stibp(d) && d->s->stibp != OPT_OFF &&
	    (d->s->stibp == OPT_ON || (d->id->ebx_e8 & ID_E8B_STIBP_ALWAYS)))
		d->p->spec_ctrl |= SPEC_CTRL_STIBP;
	if (!done)
		return open("the hypervisor's own branches are not protected: " SWITCHED_OFF);
	if (d->s->rsb == OPT_OFF)
		return open("the return stack is not filled: " SWITCHED_OFF);
	if (!d->p->switch_pred_cmd)
		return d->s->ibpb == OPT_OFF ? open("no IBPB between domains: " SWITCHED_OFF) :
		       open("no IBPB between domains: " NEEDS_MICROCODE);
	if (d->id->smt && !(d->p->spec_ctrl & SPEC_CTRL_STIBP))
		return noted(
			done,
			"guests on threads of one core, unless they use STIBP: smt=no closes it");
	return closed(done);
}

static bool has_bhi(const struct cpu_ident *id)
{
	return is_intel(id) && caps(id, CAPS_IBRS_ALL) && !caps(id, CAPS_BHI_NO);
}

static struct fault_report mend_bhi(const struct decision *d)
{
	if (d->s->bhi_dis_s != OPT_OFF && (d->id->edx_7_2 & ID_72D_BHI_CTRL) && can_ibrs(d)) {
		d->p->spec_ctrl |= SPEC_CTRL_BHI_DIS_S;
		return closed("BHI_DIS_S");
	}
	if (d->s->bhb_entry == OPT_OFF)
		return open(SWITCHED_OFF);
	entry(d, SPEC_BHB);
	return closed("the branch history is cleared on entry");
}

/*
 * Returns that underflow the return stack are predicted from the branch buffer. Enhanced IBRS keeps
 * that apart.
 */
static bool has_retbleed_intel(const struct cpu_ident *id)
{
	return is_intel(id) && (is_skylake(id) || caps(id, CAPS_RSBA)) && !caps(id, CAPS_IBRS_ALL);
}

static struct fault_report mend_retbleed_intel(const struct decision *d)
{
	if (d->p->spec_ctrl & SPEC_CTRL_IBRS)
		return closed("IBRS on each entry");
	return open(d->s->ibrs == OPT_OFF || d->s->msr_sc == OPT_OFF ? "no IBRS: " SWITCHED_OFF
								     : "no IBRS: " NEEDS_MICROCODE);
}

/* A prediction exists before the instruction is known to be a branch: Bulldozer to Zen 2. */
static bool has_btc(const struct cpu_ident *id)
{
	return is_amd(id) && id->family >= 0x15 && id->family <= 0x18 &&
	       !(id->ebx_e8 & ID_E8B_BTC_NO);
}

static void ibpb_on_entry(const struct decision *d)
{
	entry(d, SPEC_IBPB);
	d->p->ibpb_entry_domu = true;
	d->p->ibpb_entry_dom0 |= d->s->ibpb_entry == OPT_ON;
}

static struct fault_report mend_btc(const struct decision *d)
{
	if (d->s->ibpb_entry == OPT_OFF || !can_ibpb(d->id))
		return not_done(d->s->ibpb_entry);
	ibpb_on_entry(d);
	if (is_zen2(d->id)) {
		if (!d->id->virtualised)
			add_setting(d->p, MSR_AMD_BP_CHICKEN, 0, BP_CHICKEN_NON_BRANCH);
		if (d->id->smt && can_stibp(d) && d->s->stibp != OPT_OFF)
			d->p->spec_ctrl |= SPEC_CTRL_STIBP;
	}
	if (d->id->smt && !(d->p->spec_ctrl & SPEC_CTRL_STIBP))
		return noted("IBPB on entry from DomUs", THREADS_NOTED);
	return closed("IBPB on entry from DomUs");
}

/* Zen 1 and 2 have it only with two threads a core; Zen 5 not from user mode to ring 0. */
static bool has_srso(const struct cpu_ident *id)
{
	if (!is_amd(id) || id->family < 0x17 || id->family > 0x1a ||
	    (id->eax_e21 & ID_E21A_SRSO_NO))
		return false;
	return id->smt || !(is_zen1(id) || is_zen2(id));
}

static struct fault_report mend_srso(const struct decision *d)
{
	const struct cpu_ident *id = d->id;
	bool flushes_all =
		is_zen1(id) || is_zen2(id) || id->sbpb || (id->eax_e21 & ID_E21A_IBPB_BRTYPE);

	if (id->eax_e21 & ID_E21A_SRSO_US_NO)
		return d->p->switch_pred_cmd ? closed("IBPB between domains")
					     : not_done(d->s->ibpb);
	if (d->s->ibpb_entry == OPT_OFF || !can_ibpb(id) || !flushes_all)
		return not_done(d->s->ibpb_entry);
	ibpb_on_entry(d);
	return closed("IBPB on entry from DomUs");
}

static bool has_smt_rsb(const struct cpu_ident *id)
{
	return (is_zen1(id) || is_zen2(id)) && id->smt;
}

static struct fault_report mend_smt_rsb(const struct decision *d)
{
	return noted(d->s->rsb == OPT_OFF ? NULL : "the return stack is filled on entry",
		     THREADS_NOTED);
}

/*
 * Indirect branches and returns in the lower half of a cache line take targets that they never had.
 * The thunks of x86/thunk.S lie in upper halves; returns would need a thunk each. It takes code of
 * the attacker's choice in ring 0.
 */
static bool has_its(const struct cpu_ident *id)
{
	static const struct models list[] = {FROM(0x55, 6),  ANY(0x6a), ANY(0x6c), ANY(0x7d),
					     ANY(0x7e),      ANY(0x8c), ANY(0x8d), FROM(0x8e, 13),
					     FROM(0x9e, 14), ANY(0xa5), ANY(0xa6), ANY(0xa7)};

	return LISTED(id, list) && !caps(id, CAPS_ITS_NO) && !(id->edx_7_2 & ID_72D_BHI_CTRL);
}

static struct fault_report mend_its(const struct decision *d)
{
	(void)d;
	return noted("indirect branches lie in upper halves of cache lines", "returns do not");
}

/* ---- Buffers --------------------------------------------------------------------------------- */

/* VERW clears what this fault leaks when microcode says so. */
static struct fault_report mend_by_verw(const struct decision *d, bool clears, bool threads)
{
	if (d->s->verw == OPT_OFF || !clears)
		return not_done(d->s->verw);
	entry(d, SPEC_VERW);
	if (!threads || !d->id->smt)
		return closed("VERW on the way to guests");
	if (d->o->smt == OPT_ON)
		return noted("VERW on the way to guests", THREADS_NOTED);
	return (struct fault_report){
		.state = FAULT_OPEN, .done = "VERW on the way to guests", .left = THREADS_OPEN};
}

static bool has_mds(const struct cpu_ident *id)
{
	return is_intel(id) && !in_order(id) && !is_goldmont(id) && !caps(id, CAPS_MDS_NO);
}

/*
 * Silvermont leaks store buffers only, which threads share while one sleeps: VERW is enough there.
 */
static struct fault_report mend_mds(const struct decision *d)
{
	return mend_by_verw(d, d->id->edx_7 & ID_7D_MD_CLEAR, !is_silvermont(d->id));
}

static bool has_taa(const struct cpu_ident *id)
{
	return is_intel(id) && (id->ebx_7 & ID_7B_RTM) && !(id->edx_7 & ID_7D_RTM_ALWAYS_ABORT) &&
	       !caps(id, CAPS_TAA_NO);
}

static struct fault_report mend_taa(const struct decision *d)
{
	if (caps(d->id, CAPS_TSX_CTRL) && d->o->tsx != OPT_ON) {
		add_setting(d->p, MSR_TSX_CTRL, 0, TSX_CTRL_OFF);
		return closed("transactions are switched off");
	}
	/* Microcode with TSX_CTRL, and all with MDS, have VERW clear what aborts leave. */
	return mend_by_verw(d, (d->id->edx_7 & ID_7D_MD_CLEAR) &&
			    (caps(d->id, CAPS_TSX_CTRL) || !caps(d->id, CAPS_MDS_NO)), true);
}

static bool has_mmio(const struct cpu_ident *id)
{
	static const struct models list[] = {ANY(0x3f), ANY(0x4f), ANY(0x56), ANY(0x55), ANY(0x4e),
					     ANY(0x5e), ANY(0x8e), ANY(0x9e), ANY(0x6a), ANY(0x6c),
					     ANY(0x7d), ANY(0x7e), ANY(0x86), ANY(0x8a), ANY(0x96),
					     ANY(0x9c), ANY(0xa5), ANY(0xa6), ANY(0xa7)};

	return LISTED(id, list) && !caps(id, CAPS_SBDR_SSDP_NO | CAPS_FBSDP_NO | CAPS_PSDP_NO);
}

static struct fault_report mend_mmio(const struct decision *d)
{
	const struct cpu_ident *id = d->id;

	if (d->s->unpriv_mmio != OPT_ON)
		return closed("DomUs have no MMIO");
	if (caps(id, CAPS_FB_CLEAR_CTRL))
		add_setting(d->p, MSR_MCU_OPT_CTRL, MCU_OPT_FB_CLEAR_OFF, 0);
	return mend_by_verw(d,
			    caps(id, CAPS_FB_CLEAR) ||
				    ((id->edx_7 & ID_7D_MD_CLEAR) && !caps(id, CAPS_MDS_NO)),
			    true);
}

static bool has_srbds(const struct cpu_ident *id)
{
	static const struct models list[] = {ANY(0x3a),       ANY(0x3c),      ANY(0x45), ANY(0x46),
					     ANY(0x3d),       ANY(0x47),      ANY(0x4e), ANY(0x5e),
					     UP_TO(0x8e, 12), UP_TO(0x9e, 13)};

	return LISTED(id, list);
}

/* RDRAND and RDSEED leave their result in a buffer that all cores share; MDS or TAA reads it. */
static struct fault_report mend_srbds(const struct decision *d)
{
	const struct cpu_ident *id = d->id;
	bool readable = has_mds(id) || (has_taa(id) && !caps(id, CAPS_TSX_CTRL)) ||
			d->s->unpriv_mmio == OPT_ON;
	bool can = id->edx_7 & ID_7D_SRBDS_CTRL;

	if (!readable && d->s->srb_lock != OPT_ON) {
		if (can)
			add_setting(d->p, MSR_MCU_OPT_CTRL, 0, MCU_OPT_RNGDS_OFF);
		return closed("no other fault reads that buffer");
	}
	if (d->s->srb_lock == OPT_OFF || !can) {
		if (can)
			add_setting(d->p, MSR_MCU_OPT_CTRL, 0, MCU_OPT_RNGDS_OFF);
		return not_done(d->s->srb_lock);
	}
	add_setting(d->p, MSR_MCU_OPT_CTRL, MCU_OPT_RNGDS_OFF, 0);
	return closed("microcode clears what RDRAND and RDSEED leave");
}

static bool has_rfds(const struct cpu_ident *id)
{
	static const struct models list[] = {ANY(0x5c), ANY(0x5f), ANY(0x7a), ANY(0x86),
					     ANY(0x96), ANY(0x9c), ANY(0x97), ANY(0x9a),
					     ANY(0xb7), ANY(0xba), ANY(0xbe), ANY(0xbf)};

	return LISTED(id, list) && !caps(id, CAPS_RFDS_NO);
}

static struct fault_report mend_rfds(const struct decision *d)
{
	return mend_by_verw(d, caps(d->id, CAPS_RFDS_CLEAR), false);
}

static bool has_gds(const struct cpu_ident *id)
{
	static const struct models list[] = {ANY(0x55), ANY(0x4e), ANY(0x5e), ANY(0x8e), ANY(0x9e),
					     ANY(0xa5), ANY(0xa6), ANY(0x6a), ANY(0x6c), ANY(0x7d),
					     ANY(0x7e), ANY(0x8c), ANY(0x8d), ANY(0xa7)};

	return LISTED(id, list) && (id->ecx_1 & ID_1C_AVX) && !caps(id, CAPS_GDS_NO);
}

static struct fault_report mend_gds(const struct decision *d)
{
	bool locked = d->id->mcu_opt & MCU_OPT_GDS_LOCK, can = caps(d->id, CAPS_GDS_CTRL);

	if (d->s->gds_mit == OPT_OFF) {
		if (can && !locked)
			add_setting(d->p, MSR_MCU_OPT_CTRL, 0, MCU_OPT_GDS_OFF);
		return can && locked && !(d->id->mcu_opt & MCU_OPT_GDS_OFF)
			       ? closed("by microcode, locked by the firmware")
			       : open(SWITCHED_OFF);
	}
	if (can && (!locked || !(d->id->mcu_opt & MCU_OPT_GDS_OFF))) {
		if (!locked)
			add_setting(d->p, MSR_MCU_OPT_CTRL, MCU_OPT_GDS_OFF, 0);
		return closed("microcode keeps gathers from stale data");
	}
	d->p->no_avx = true;
	return closed("guests have no AVX: newer microcode (ucode=scan) gives it back");
}

/*
 * The microcode from which on a patch level of Zen 2 or Zen 3, 4 is good; a family and model that
 * is not listed is not.
 */
struct good_microcode {
	uint32_t first, last, good; /* the upper 24 bits of the revision: family, model, stepping */
};

static bool microcode_is_good(const struct cpu_ident *id, const struct good_microcode *list,
			      size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (id->microcode >> 8 >= list[i].first && id->microcode >> 8 <= list[i].last)
			return id->microcode >= list[i].good;
	return false;
}

static bool has_zenbleed(const struct cpu_ident *id)
{
	static const struct good_microcode list[] = {
		{0x83000, 0x830ff, 0x0830107b}, {0x86000, 0x8607f, 0x0860010c},
		{0x86080, 0x860ff, 0x08608107}, {0x87000, 0x870ff, 0x08701033},
		{0x8a000, 0x8a0ff, 0x08a00009},
	};

	return is_zen2(id) && (id->ecx_1 & ID_1C_AVX) &&
	       !microcode_is_good(id, list, ARRAY_SIZE(list));
}

static struct fault_report mend_zenbleed(const struct decision *d)
{
	if (d->id->virtualised)
		return noted(NULL, "the hypervisor below us must switch it off");
	add_setting(d->p, MSR_AMD_DE_CFG, 0, DE_CFG_ZENBLEED);
	return closed("switched off in DE_CFG");
}

static bool has_div(const struct cpu_ident *id)
{
	return is_zen1(id);
}

static struct fault_report mend_div(const struct decision *d)
{
	if (d->s->div_scrub == OPT_OFF)
		return open(SWITCHED_OFF);
	entry(d, SPEC_DIV);
	return d->id->smt ? noted("the divider is cleared on the way to guests", THREADS_NOTED) :
	       closed("the divider is cleared on the way to guests");
}

static bool has_tsa(const struct cpu_ident *id)
{
	uint64_t none = ID_E21C_TSA_SQ_NO | ID_E21C_TSA_L1_NO;

	return is_zen3_or_4(id) && (id->ecx_e21 & none) != none;
}

static struct fault_report mend_tsa(const struct decision *d)
{
	static const struct good_microcode list[] = {
		{0xa0011, 0xa0011, 0x0a0011d7}, {0xa0012, 0xa0012, 0x0a00123b},
		{0xa0082, 0xa0082, 0x0a00820d}, {0xa1011, 0xa1011, 0x0a10114c},
		{0xa1012, 0xa1012, 0x0a10124c}, {0xa1081, 0xa1081, 0x0a108109},
		{0xa2010, 0xa2010, 0x0a20102e}, {0xa2012, 0xa2012, 0x0a201211},
		{0xa4041, 0xa4041, 0x0a404108}, {0xa5000, 0xa5000, 0x0a500012},
		{0xa6012, 0xa6012, 0x0a60120a}, {0xa7041, 0xa7041, 0x0a704108},
		{0xa7052, 0xa7052, 0x0a705208}, {0xa7080, 0xa7080, 0x0a708008},
		{0xa70c0, 0xa70c0, 0x0a70c008}, {0xaa002, 0xaa002, 0x0aa00216},
	};
	bool good = (d->id->eax_e21 & ID_E21A_VERW_CLEAR) ||
		    microcode_is_good(d->id, list, ARRAY_SIZE(list));

	return mend_by_verw(d, good, false);
}

static bool has_lazy_fp(const struct cpu_ident *id)
{
	return is_intel(id) && !in_order(id);
}

static struct fault_report mend_lazy_fp(const struct decision *d)
{
	(void)d;
	return closed("FPU state is switched with the vCPU");
}

static bool has_ssb(const struct cpu_ident *id)
{
	if (is_amd(id))
		return !(id->ebx_e8 & ID_E8B_SSB_NO);
	return !in_order(id) && !is_silvermont(id) && !caps(id, CAPS_SSB_NO);
}

/* Families before SPEC_CTRL.SSBD have a bit of their own, which guests cannot reach. */
static uint64_t ls_cfg_ssbd(const struct cpu_ident *id)
{
	if (!is_amd(id) || id->virtualised)
		return 0;
	switch (id->family) {
	case 0x15: return BIT64(54);
	case 0x16: return BIT64(33);
	case 0x17:
	case 0x18: return BIT64(10);
	default: return 0;
	}
}

static struct fault_report mend_ssb(const struct decision *d)
{
	if (d->s->ssbd == OPT_ON) {
		if (can_ssbd(d))
			d->p->spec_ctrl |= SPEC_CTRL_SSBD;
		else if (ls_cfg_ssbd(d->id))
			add_setting(d->p, MSR_AMD_LS_CFG, 0, ls_cfg_ssbd(d->id));
		else
			return noted(NULL, "SSBD is not there: " NEEDS_MICROCODE);
		return closed("SSBD");
	}
	if (can_ssbd(d))
		return noted("guests can use SSBD", "the hypervisor does not: spec-ctrl=ssbd");
	return noted(NULL, ls_cfg_ssbd(d->id) ? "spec-ctrl=ssbd closes it"
					      : "SSBD is not there for guests");
}

/* ---- The table ------------------------------------------------------------------------------- */

static const struct fault faults[] = {
	{"Meltdown",			has_meltdown,		mend_meltdown},
	{"L1TF",			has_l1tf,		mend_l1tf},
	{"iTLB multihit",		has_multihit,		mend_multihit},
	{"Spectre v1",			speculates,		mend_spectre_v1},
	{"Spectre v2",			speculates,		mend_spectre_v2},
	{"BHI",				has_bhi,		mend_bhi},
	{"Retbleed (Intel)",		has_retbleed_intel,	mend_retbleed_intel},
	{"Retbleed, BTC (AMD)",		has_btc,		mend_btc},
	{"SRSO",			has_srso,		mend_srso},
	{"cross-thread return stack",	has_smt_rsb,		mend_smt_rsb},
	{"ITS",				has_its,		mend_its},
	{"MDS",				has_mds,		mend_mds},
	{"TAA",				has_taa,		mend_taa},
	{"MMIO stale data",		has_mmio,		mend_mmio},
	{"SRBDS",			has_srbds,		mend_srbds},
	{"RFDS",			has_rfds,		mend_rfds},
	{"GDS",				has_gds,		mend_gds},
	{"Zenbleed",			has_zenbleed,		mend_zenbleed},
	{"divider leak",		has_div,		mend_div},
	{"TSA",				has_tsa,		mend_tsa},
	{"LazyFP",			has_lazy_fp,		mend_lazy_fp},
	{"SSB",				has_ssb,		mend_ssb},
};
_Static_assert(ARRAY_SIZE(faults) <= ERRATA_MAX, "callers have room for each row");

/*
 * Domain-0's kernel and user mode share a page table then. With Meltdown, its programs would read
 * all that this maps, and XPTI could not keep it from them.
 */
static bool dom0_in_ring1(const struct decision *d)
{
	if (d->o->dom0_ring == DOM0_RING_AUTO)
		return !d->p->meltdown && !d->p->xpti_dom0;
	return d->o->dom0_ring == DOM0_RING_1;
}

/* What an option asks for is done also where no fault needs it, if the CPU can. */
static void apply_forced(const struct decision *d)
{
	const struct spec_options *s = d->s;
	struct cpu_protection *p = d->p;

	p->xpti_dom0 |= d->o->xpti_dom0 == OPT_ON && d->o->dom0_ring != DOM0_RING_1;
	p->dom0_ring1 = dom0_in_ring1(d);
	p->xpti_domu |= d->o->xpti_domu == OPT_ON;
	p->l1tf_dom0 |= d->o->pv_l1tf_dom0 == OPT_ON;
	p->l1tf_domu |= d->o->pv_l1tf_domu == OPT_ON;
	p->entry |= (s->rsb == OPT_ON) << SPEC_RSB | (s->bhb_entry == OPT_ON) << SPEC_BHB |
		    (s->verw == OPT_ON) << SPEC_VERW | (s->div_scrub == OPT_ON) << SPEC_DIV;
	if (s->ibpb_entry == OPT_ON && can_ibpb(d->id))
		ibpb_on_entry(d);
	if (s->ibpb == OPT_ON && can_ibpb(d->id))
		p->switch_pred_cmd = PRED_CMD_IBPB;
	if (s->stibp == OPT_ON && can_stibp(d))
		p->spec_ctrl |= SPEC_CTRL_STIBP;
	if (s->ssbd == OPT_ON && can_ssbd(d))
		p->spec_ctrl |= SPEC_CTRL_SSBD;
	if (s->psfd == OPT_ON && can_spec_ctrl(d, 0, ID_E8B_PSFD))
		p->spec_ctrl |= SPEC_CTRL_PSFD;
	if (s->psfd == OPT_ON && (d->id->edx_7_2 & ID_72D_PSFD) && can_ibrs(d))
		p->spec_ctrl |= SPEC_CTRL_PSFD;
	p->switch_l1d = s->l1d_flush == OPT_ON && (d->id->edx_7 & ID_7D_L1D_FLUSH);
	if (s->thunk != THUNK_AUTO)
		p->thunk = s->thunk;
	p->no_smt = d->o->smt == OPT_OFF;
	if (d->o->tsx == OPT_OFF && caps(d->id, CAPS_TSX_CTRL))
		add_setting(p, MSR_TSX_CTRL, 0, TSX_CTRL_OFF);
}

/* What guests see. IBRS_ALL is not among it: a kernel in ring 3 gets nothing from it. */
#define GUEST_CAPS                                                                                 \
	(CAPS_RDCL_NO | CAPS_RSBA | CAPS_SKIP_L1DFL | CAPS_SSB_NO | CAPS_MDS_NO |                  \
	 CAPS_IF_PSCHANGE_MC_NO | CAPS_TAA_NO | CAPS_SBDR_SSDP_NO | CAPS_FBSDP_NO | CAPS_PSDP_NO | \
	 CAPS_FB_CLEAR | CAPS_RRSBA | CAPS_BHI_NO | CAPS_PBRSB_NO | CAPS_GDS_NO | CAPS_RFDS_NO |   \
	 CAPS_RFDS_CLEAR | CAPS_ITS_NO)

static void offer_guests(const struct decision *d)
{
	const struct cpu_ident *id = d->id;
	struct cpu_protection *p = d->p;

	p->guest_arch_caps = id->edx_7 & ID_7D_ARCH_CAPS;
	p->arch_caps = id->arch_caps & GUEST_CAPS;
	if (d->s->msr_sc == OPT_OFF)
		return;
	if (can_ibrs(d))
		p->guest_spec_ctrl |= SPEC_CTRL_IBRS;
	if (can_stibp(d))
		p->guest_spec_ctrl |= SPEC_CTRL_STIBP;
	if (can_ssbd(d))
		p->guest_spec_ctrl |= SPEC_CTRL_SSBD;
	if (p->guest_spec_ctrl && (id->ebx_e8 & ID_E8B_PSFD))
		p->guest_spec_ctrl |= SPEC_CTRL_PSFD;
	if (can_ibpb(id))
		p->guest_pred_cmd |= PRED_CMD_IBPB;
	if (id->eax_e21 & ID_E21A_SBPB)
		p->guest_pred_cmd |= PRED_CMD_SBPB;
	p->guest_flush_cmd = id->edx_7 & ID_7D_L1D_FLUSH;
}

unsigned int errata_decide(const struct cpu_ident *id, const struct options *o,
			   struct cpu_protection *p, struct fault_report *report,
			   const char **absent, unsigned int *n_absent)
{
	struct decision d = {.id = id, .o = o, .s = &o->spec, .p = p};
	unsigned int n = 0;

	*p = (struct cpu_protection){.thunk = THUNK_JMP};
	*n_absent = 0;
	/*
	 * LFENCE ends speculation on AMD only when this is set; retpolines and our own code rely on
	 * it.
	 */
	if (is_amd(id) && !id->emulated && id->family >= 0x10 && id->family != 0x11 &&
	    !(id->eax_e21 & ID_E21A_LFENCE))
		add_setting(p, MSR_AMD_DE_CFG, 0, DE_CFG_LFENCE);
	for (unsigned int i = 0; i < ARRAY_SIZE(faults); i++) {
		if (id->emulated || !faults[i].has(id)) {
			absent[(*n_absent)++] = faults[i].name;
			continue;
		}
		report[n] = faults[i].mend(&d);
		report[n].name = faults[i].name;
		p->refuse_domu |= report[n].state == FAULT_OPEN;
		n++;
	}
	apply_forced(&d);
	offer_guests(&d);
	return n;
}
