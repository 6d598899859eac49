// SPDX-License-Identifier: GPL-2.0-only
/*
 * What errata.c has decided, carried out: registers when a CPU starts, barriers when another domain
 * comes, the registers that guests are offered. It reaches the CPU through host_cpuid(),
 * rdmsr_safe() and wrmsr_safe() only, so that the hosted tests run it against a CPU of their own.
 *
 *  C1. Where SPEC_IBRS is off, the bits that the hypervisor wants in SPEC_CTRL are set while guests
 *      run too. A guest can only add to them, so that entry and exit need no write at all: the
 *      register changes when a vCPU is loaded, and when a guest writes it.
 *  C2. Where SPEC_IBRS is on (IBRS of before 2019: the write itself is the barrier), the entry code
 *      writes vcpu->arch.spec_hv, the exit code vcpu->arch.spec_guest.
 */
#include <x86/protection.h>
#include <hv/boot/boot.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/domain/vcpu.h>
#include <hv/lib/lib.h>
#include <hv/ratelimit.h>
#include <hv/spinlock.h>
#include <hv/time/clock.h>
#include <x86/cpu.h>
#include <x86/entry.h>
#include <x86/errata.h>
#include <x86/patch.h>

enum { MSR_PATCH_LEVEL = 0x8b };

struct cpu_protection protection;

DECLARE_PER_CPU(uint32_t, spec_now);	/* what SPEC_CTRL holds, where C1 holds */
DEFINE_PER_CPU(spec_now);

static char open_faults[160];	/* their names, for the line of protection_allows_domu() */

/* ---- Reading the CPU ------------------------------------------------------------------------- */

static enum cpu_vendor vendor_of(const struct cpuid_regs *r)
{
	static const struct {
		uint32_t b, d, c;
		enum cpu_vendor vendor;
	} names[] = {
		{0x756e6547, 0x49656e69, 0x6c65746e, VENDOR_INTEL},	/* GenuineIntel */
		{0x68747541, 0x69746e65, 0x444d4163, VENDOR_AMD},	/* AuthenticAMD */
		{0x6f677948, 0x6e65476e, 0x656e6975, VENDOR_HYGON},	/* HygonGenuine */
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (r->b == names[i].b && r->c == names[i].c && r->d == names[i].d)
			return names[i].vendor;
	return VENDOR_OTHER;
}

uint32_t cpu_microcode(void)
{
	struct cpuid_regs r;
	uint64_t level = 0;
	bool intel;

	host_cpuid(0, 0, &r);
	intel = vendor_of(&r) == VENDOR_INTEL;
	if (intel && wrmsr_safe(MSR_PATCH_LEVEL, 0))	/* CPUID then writes the revision there */
		return 0;
	host_cpuid(1, 0, &r);
	if (rdmsr_safe(MSR_PATCH_LEVEL, &level))
		return 0;
	return (uint32_t)(intel ? level >> 32 : level);
}

/* How many low bits of an APIC id number the threads of a core. */
static unsigned int thread_bits(void)
{
	struct cpuid_regs r;

	host_cpuid(0, 0, &r);
	if (r.a >= 0xb) {
		host_cpuid(0xb, 0, &r);
		if ((r.c >> 8 & 0xff) == 1 && r.b)
			return r.a & 0x1f;
	}
	host_cpuid(0x80000000, 0, &r);
	if (r.a >= 0x8000001e) {
		host_cpuid(0x80000001, 0, &r);
		if (r.c & BIT64(22)) {	/* topology extensions */
			host_cpuid(0x8000001e, 0, &r);
			return (r.b >> 8 & 0xff) ? 1 : 0;
		}
	}
	return 0;
}

bool cpu_is_sibling(uint32_t apic_id)
{
	unsigned int bits = thread_bits();

	return bits && (apic_id & (BIT64(bits) - 1));
}

static bool has_siblings(const struct boot_info *bi)
{
	for (unsigned int i = 0; i < bi->n_cpus; i++)
		if (cpu_is_sibling(bi->apic_ids[i]))
			return true;
	return false;
}

static void read_model(struct cpu_ident *id)
{
	struct cpuid_regs r;

	host_cpuid(0, 0, &r);
	id->vendor = vendor_of(&r);
	host_cpuid(1, 0, &r);
	id->family = r.a >> 8 & 0xf;
	id->model = r.a >> 4 & 0xf;
	id->stepping = r.a & 0xf;
	if (id->family == 0xf || (id->family == 6 && id->vendor != VENDOR_AMD))
		id->model |= r.a >> 12 & 0xf0;
	if (id->family == 0xf)
		id->family += r.a >> 20 & 0xff;
	id->ecx_1 = r.c;
	id->virtualised = r.c & ID_1C_HYPERVISOR;
	if (id->virtualised) {
		struct cpuid_regs h;

		host_cpuid(0x40000000, 0, &h);	/* "TCGTCGTCGTCG" */
		id->emulated = h.b == 0x54474354 && h.c == 0x43544743 && h.d == 0x47435447;
	}
	id->microcode = cpu_microcode();
}

static void read_features(struct cpu_ident *id)
{
	struct cpuid_regs basic, extended, r;

	host_cpuid(0, 0, &basic);
	host_cpuid(0x80000000, 0, &extended);
	if (basic.a >= 7) {
		uint32_t last;

		host_cpuid(7, 0, &r);
		last = r.a;
		id->ebx_7 = r.b;
		id->edx_7 = r.d;
		if (last >= 2) {
			host_cpuid(7, 2, &r);
			id->edx_7_2 = r.d;
		}
	}
	if (extended.a >= 0x80000008 && extended.a < 0x80010000) {
		host_cpuid(0x80000008, 0, &r);
		id->ebx_e8 = r.b;
	}
	if (extended.a >= 0x80000021 && extended.a < 0x80010000) {
		host_cpuid(0x80000021, 0, &r);
		id->eax_e21 = r.a;
		id->ecx_e21 = r.c;
	}
	if ((id->edx_7 & ID_7D_ARCH_CAPS) && rdmsr_safe(MSR_ARCH_CAPS, &id->arch_caps))
		id->arch_caps = 0;
	if (((id->arch_caps & CAPS_GDS_CTRL) || (id->edx_7 & ID_7D_SRBDS_CTRL)) &&
	    rdmsr_safe(MSR_MCU_OPT_CTRL, &id->mcu_opt))
		id->mcu_opt = 0;
	/*
	 * Microcode against SRSO is known on Zen 3 and 4 by this command alone, which does no harm.
	 */
	id->sbpb = id->eax_e21 & ID_E21A_SBPB;
	if (id->vendor == VENDOR_AMD && id->family == 0x19 && (id->ebx_e8 & ID_E8B_IBPB) &&
	    !id->virtualised)
		id->sbpb = !wrmsr_safe(MSR_PRED_CMD, PRED_CMD_SBPB);
}

/* ---- The log --------------------------------------------------------------------------------- */

static const char *const vendor_names[] = {"other vendor", "Intel", "AMD", "Hygon"};
static const char *const thunk_names[] = {"?", "retpoline", "lfence", "jmp"};

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static void print_done(const struct cpu_protection *p)
{
	static const char *const blocks[SPEC_FEATURES] = {
		[SPEC_IBRS] = "IBRS", [SPEC_RSB] = "RSB",   [SPEC_IBPB] = "IBPB",
		[SPEC_BHB] = "BHB",   [SPEC_VERW] = "VERW", [SPEC_DIV] = "DIV"};
	char list[64] = "";
	size_t length = 0;

	for (unsigned int i = 0; i < SPEC_FEATURES; i++)
		if (p->entry >> i & 1)
			length += (size_t)snprintf(list + length, sizeof(list) - length, " %s",
						   blocks[i]);
	log_info("  entry and exit:%s; indirect branches: %s; between domains:%s%s%s\n",
		 length ? list : " nothing", thunk_names[p->thunk],
		 p->switch_pred_cmd ? " IBPB" : "", p->switch_l1d ? " L1D flush" : "",
		 p->switch_pred_cmd || p->switch_l1d ? "" : " nothing");
	log_info("  SPEC_CTRL %x in the hypervisor; guests may set %x of it, %x of PRED_CMD\n",
		 p->spec_ctrl, p->guest_spec_ctrl, p->guest_pred_cmd);
	log_info("  XPTI: Domain-0 %s, DomUs %s; entries that L1TF reads through are refused: "
		 "Domain-0 %s, DomUs %s\n",
		 yes_no(p->xpti_dom0), yes_no(p->xpti_domu), yes_no(p->l1tf_dom0),
		 yes_no(p->l1tf_domu));
}

static void print_ring(const struct cpu_protection *p)
{
	const char *why = options.dom0_ring != DOM0_RING_AUTO ? "dom0_ring="
			  : p->meltdown			      ? "this CPU has Meltdown"
			  : p->xpti_dom0		      ? "xpti="
							      : "this CPU has no Meltdown";

	log_info("  Domain-0's kernel runs in ring %u: %s\n", p->dom0_ring1 ? 1 : 3, why);
}

static void print_absent(const char *const *names, unsigned int n)
{
	char list[80];
	size_t length = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (length + strlen(names[i]) + 3 > sizeof(list)) {
			log_info("  not there: %s\n", list);
			length = 0;
		}
		length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s",
					   length ? ", " : "", names[i]);
	}
	if (length)
		log_info("  not there: %s\n", list);
}

static void print_faults(const struct fault_report *r, unsigned int n)
{
	size_t length = 0;

	for (unsigned int i = 0; i < n; i++) {
		printk(r[i].state == FAULT_OPEN ? L_WARN : L_INFO, "  %s: %s%s%s\n", r[i].name,
		       r[i].done ? r[i].done : "nothing is done",
		       !r[i].left                 ? ""
		       : r[i].state == FAULT_OPEN ? "; OPEN: "
						  : "; open: ",
		       r[i].left ? r[i].left : "");
		if (r[i].state == FAULT_OPEN &&
		    length + strlen(r[i].name) + 3 < sizeof(open_faults))
			length +=
				(size_t)snprintf(open_faults + length, sizeof(open_faults) - length,
						 "%s%s", length ? ", " : "", r[i].name);
	}
}

/* ---- A CPU starts ---------------------------------------------------------------------------- */

/* False: the register is not there, or keeps its value. */
static bool apply_setting(const struct msr_setting *m)
{
	uint64_t old, new;

	if (rdmsr_safe(m->msr, &old))
		return false;
	new = (old & ~m->clear) | m->set;
	return new == old || !wrmsr_safe(m->msr, new);
}

static uint32_t spec_ctrl_used(void)
{
	return protection.spec_ctrl | protection.guest_spec_ctrl;
}

void protection_init_cpu(void)
{
	for (unsigned int i = 0; i < protection.n_settings; i++) {
		const struct msr_setting *m = &protection.settings[i];

		/*
		 * A virtual CPU may lack what the real one has; then the hypervisor below us has to
		 * see to it.
		 */
		if (!apply_setting(m))
			log_warn("CPU %u: MSR %x cannot be set up (clear %lx, set %lx)\n", cpu_id(),
				 m->msr, m->clear, m->set);
	}
	if (spec_ctrl_used()) {
		if (wrmsr_safe(MSR_SPEC_CTRL, protection.spec_ctrl))
			log_warn("CPU %u: SPEC_CTRL does not take %x\n", cpu_id(),
				 protection.spec_ctrl);
		this_cpu(spec_now) = protection.spec_ctrl;
	}
}

void protection_init(const struct boot_info *bi)
{
	struct cpu_ident id = {0};
	static struct fault_report report[ERRATA_MAX];
	static const char *absent[ERRATA_MAX];
	unsigned int n, n_absent;

	read_model(&id);
	read_features(&id);
	id.smt = options.smt != OPT_OFF && has_siblings(bi);
	n = errata_decide(&id, &options, &protection, report, absent, &n_absent);
	log_info("processor faults: %s%s family %x model %x stepping %x, microcode %x, %s\n",
		 id.emulated      ? "emulated "
		 : id.virtualised ? "virtual "
				  : "",
		 vendor_names[id.vendor], id.family, id.model, id.stepping, id.microcode,
		 id.smt ? "several threads a core" : "one thread a core");
	print_faults(report, n);
	print_absent(absent, n_absent);
	print_done(&protection);
	print_ring(&protection);
	if (protection.refuse_domu)
		log_warn("  Domain-0 only: %s\n", options.allow_unsafe ? "not so, by allow_unsafe" :
			 "a DomU is refused until the above is closed; allow_unsafe accepts it");
	protection_init_cpu();
	patch_entry(protection.entry);
	patch_thunks(protection.thunk);
}

/* ---- Guests come and go ---------------------------------------------------------------------- */

void protection_switch(const struct domain *from, const struct domain *to)
{
	if (from == to)
		return;
	if (protection.switch_pred_cmd)
		wrmsr_safe(MSR_PRED_CMD, protection.switch_pred_cmd);
	if (protection.switch_l1d)
		wrmsr_safe(MSR_FLUSH_CMD, FLUSH_CMD_L1D);
}

static bool written_at_entry(void)
{
	return protection.entry >> SPEC_IBRS & 1;
}

static void write_spec_ctrl(uint32_t value)
{
	if (written_at_entry() || !spec_ctrl_used() || this_cpu(spec_now) == value)
		return;
	wrmsr_safe(MSR_SPEC_CTRL, value);
	this_cpu(spec_now) = value;
}

void protection_load_vcpu(const struct vcpu *v)
{
	write_spec_ctrl(v->arch.spec_guest);
}

static void set_guest_value(struct vcpu *v, uint32_t value)
{
	v->arch.spec_ctrl = value;
	v->arch.spec_guest = written_at_entry() ? value : value | protection.spec_ctrl;
}

void protection_init_vcpu(struct vcpu *v)
{
	v->arch.spec_hv = protection.spec_ctrl;
	v->arch.verw_selector = SEL_HV_DS;
	v->arch.entry_ibpb =
		v->domain->privileged ? protection.ibpb_entry_dom0 : protection.ibpb_entry_domu;
	set_guest_value(v, 0);
}

bool protection_rdmsr(const struct vcpu *v, uint32_t msr, uint64_t *value)
{
	switch (msr) {
	case MSR_SPEC_CTRL: *value = v->arch.spec_ctrl; return protection.guest_spec_ctrl;
	case MSR_ARCH_CAPS: *value = protection.arch_caps; return protection.guest_arch_caps;
	default: return false;	/* commands cannot be read */
	}
}

bool protection_wrmsr(struct vcpu *v, uint32_t msr, uint64_t value)
{
	uint64_t flags;

	switch (msr) {
	case MSR_SPEC_CTRL:
		if (!protection.guest_spec_ctrl || (value & ~(uint64_t)protection.guest_spec_ctrl))
			return false;
		flags = irq_save();
		set_guest_value(v, (uint32_t)value);
		write_spec_ctrl(v->arch.spec_guest);
		irq_restore(flags);
		return true;
	case MSR_PRED_CMD:
		if (!protection.guest_pred_cmd || (value & ~(uint64_t)protection.guest_pred_cmd))
			return false;
		return !value || !wrmsr_safe(msr, value);
	case MSR_FLUSH_CMD:
		if (!protection.guest_flush_cmd || (value & ~FLUSH_CMD_L1D))
			return false;
		return !value || !wrmsr_safe(msr, value);
	default: return false;
	}
}

bool protection_allows_domu(void)
{
	static struct ratelimit limit = RATELIMIT_INIT(3, 60 * NS_PER_SEC);
	static spinlock_t refusal_lock = SPINLOCK_INIT(RANK_REFUSAL);
	bool say;

	if (!protection.refuse_domu || options.allow_unsafe)
		return true;
	spin_lock(&refusal_lock);
	say = ratelimit_ok(&limit, now_ns());
	spin_unlock(&refusal_lock);
	if (say)
		log_warn("a DomU is refused, for this CPU cannot hold it apart (%s): see "
			 "'processor faults' above for what closes that; "
			 "the option allow_unsafe accepts it\n",
			 open_faults);
	return false;
}
