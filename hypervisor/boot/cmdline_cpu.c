// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values of the options about the processor's faults: spec-ctrl=, xpti=, pv-l1tf=, smt=, tsx=,
 * ucode=. They are lists of names with a boolean each; a name can be written NAME, NAME=yes,
 * NAME=no or no-NAME.
 *
 * Names of spec-ctrl= that have no part in this hypervisor (those for HVM guests, those that are
 * chosen when it is compiled) are not accepted: an option that does nothing would be taken for one
 * that does.
 */
#include <hv/boot/cmdline.h>
#include <hv/boot/options.h>
#include <hv/layout.h>
#include <hv/lib/lib.h>

/*
 * Take "NAME", "NAME=BOOL" or "no-NAME" apart: *item becomes NAME. False: the value is no boolean.
 */
static bool take_choice(char **item, int8_t *choice)
{
	char *value = strchr(*item, '=');
	bool on = true;

	if (value) {
		*value++ = 0;
		if (!cmdline_flag(value, &on))
			return false;
	} else if (strncmp(*item, "no-", 3) == 0) {
		*item += 3;
		on = false;
	}
	*choice = on ? OPT_ON : OPT_OFF;
	return true;
}

/* ---- spec-ctrl= ------------------------------------------------------------------------------ */

#define FIELD(name) offsetof(struct spec_options, name)

/* A block of the entry code: it also takes a list of "pv" in the place of the boolean. */
static const struct spec_name {
	const char *name;
	size_t field;
	bool block;
} names[] = {
	{"msr-sc", FIELD(msr_sc), true},
	{"rsb", FIELD(rsb), true},
	{"verw", FIELD(verw), true},
	{"md-clear", FIELD(verw), true},
	{"ibpb-entry", FIELD(ibpb_entry), true},
	{"bhb-entry", FIELD(bhb_entry), true},
	{"ibrs", FIELD(ibrs), false},
	{"stibp", FIELD(stibp), false},
	{"ibpb", FIELD(ibpb), false},
	{"ssbd", FIELD(ssbd), false},
	{"psfd", FIELD(psfd), false},
	{"bhi-dis-s", FIELD(bhi_dis_s), false},
	{"l1d-flush", FIELD(l1d_flush), false},
	{"srb-lock", FIELD(srb_lock), false},
	{"unpriv-mmio", FIELD(unpriv_mmio), false},
	{"gds-mit", FIELD(gds_mit), false},
	{"div-scrub", FIELD(div_scrub), false},
};

static void set_all(struct spec_options *s, int8_t choice, bool blocks_only)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (!blocks_only || names[i].block)
			*((int8_t *)s + names[i].field) = choice;
}

/* What the hypervisor does for itself; SPEC_CTRL and PRED_CMD stay for guests to use. */
static void set_xen_off(struct spec_options *s)
{
	int8_t msr_sc = s->msr_sc;

	set_all(s, OPT_OFF, false);
	s->msr_sc = msr_sc;
	s->thunk = THUNK_JMP;
}

/* spec-ctrl=no: also what options of their own control, unless these were given before. */
static void set_everything_off(struct options *o)
{
	set_all(&o->spec, OPT_OFF, false);
	o->spec.thunk = THUNK_JMP;
	for (unsigned int i = 0; i < 2; i++) {
		int8_t *fields[] = {i ? &o->xpti_domu : &o->xpti_dom0,
				    i ? &o->pv_l1tf_domu : &o->pv_l1tf_dom0};

		for (unsigned int j = 0; j < ARRAY_SIZE(fields); j++)
			if (*fields[j] == OPT_AUTO)
				*fields[j] = OPT_OFF;
	}
	if (o->smt == OPT_AUTO)
		o->smt = OPT_ON;
	if (o->tsx == OPT_AUTO)
		o->tsx = OPT_ON;
}

static bool parse_thunk(const char *value, struct spec_options *s)
{
	static const char *const thunks[] = {
		[THUNK_RETPOLINE] = "retpoline", [THUNK_LFENCE] = "lfence", [THUNK_JMP] = "jmp"};

	for (unsigned int i = THUNK_RETPOLINE; i < ARRAY_SIZE(thunks); i++) {
		if (strcmp(value, thunks[i]) == 0) {
			s->thunk = (enum thunk)i;
			return true;
		}
	}
	return false;
}

static bool parse_spec_item(char *item, struct options *o)
{
	struct spec_options *s = &o->spec;
	const struct spec_name *n = NULL;
	int8_t choice;
	bool on;

	if (cmdline_flag(item, &on)) {	/* the whole of it: only "no" has a meaning */
		if (on)
			return false;
		set_everything_off(o);
		return true;
	}
	if (strncmp(item, "bti-thunk=", 10) == 0)
		return parse_thunk(item + 10, s);
	for (unsigned int i = 0; i < ARRAY_SIZE(names) && !n; i++) {
		size_t length = strlen(names[i].name);

		if (names[i].block && strncmp(item, names[i].name, length) == 0 &&
		    item[length] == '=') {
			n = &names[i];
			if (!cmdline_flag(item + length + 1, &on)) {
				item += length + 1;
				if (!take_choice(&item, &choice) || strcmp(item, "pv") != 0)
					return false;
				*((int8_t *)s + n->field) = choice;
				return true;
			}
		}
	}
	if (!take_choice(&item, &choice))
		return false;
	if (strcmp(item, "pv") == 0) {
		set_all(s, choice, true);
		return true;
	}
	if (strcmp(item, "xen") == 0 && choice == OPT_OFF) {
		set_xen_off(s);
		return true;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(item, names[i].name) == 0) {
			*((int8_t *)s + names[i].field) = choice;
			return true;
		}
	}
	return false;
}

bool parse_spec_ctrl(char *value)
{
	struct options o = options;
	char *item;

	while ((item = cmdline_next_item(&value)))
		if (!*item || !parse_spec_item(item, &o))
			return false;
	options = o;
	return true;
}

/* ---- xpti=, pv-l1tf= ------------------------------------------------------------------------- */

/* A list of [ default | BOOL | dom0=BOOL | domu=BOOL ], of two choices. */
static bool parse_pair(char *value, bool has_default, int8_t *dom0, int8_t *domu)
{
	int8_t first = *dom0, second = *domu, choice;
	char *item;
	bool on;

	while ((item = cmdline_next_item(&value))) {
		if (has_default && strcmp(item, "default") == 0) {
			first = second = OPT_AUTO;
		} else if (*item && cmdline_flag(item, &on)) {
			first = second = on ? OPT_ON : OPT_OFF;
		} else if (!*item || !take_choice(&item, &choice)) {
			return false;
		} else if (strcmp(item, "dom0") == 0) {
			first = choice;
		} else if (strcmp(item, "domu") == 0) {
			second = choice;
		} else {
			return false;
		}
	}
	*dom0 = first;
	*domu = second;
	return true;
}

bool parse_xpti(char *value)
{
	return parse_pair(value, true, &options.xpti_dom0, &options.xpti_domu);
}

bool parse_pv_l1tf(char *value)
{
	return parse_pair(value, false, &options.pv_l1tf_dom0, &options.pv_l1tf_domu);
}

/* ---- smt=, tsx=, ucode= ---------------------------------------------------------------------- */

static bool parse_choice(const char *value, int8_t *choice)
{
	bool on;

	if (!cmdline_flag(value, &on))
		return false;
	*choice = on ? OPT_ON : OPT_OFF;
	return true;
}

bool parse_smt(char *value)
{
	return parse_choice(value, &options.smt);
}

bool parse_tsx(char *value)
{
	return parse_choice(value, &options.tsx);
}

/*
 * A module's number counts from the kernel, which is 0; a negative one from behind the last module.
 */
bool parse_ucode(char *value)
{
	int module = 0;
	bool scan = false;
	int8_t choice;
	uint64_t n;
	char *item;

	while ((item = cmdline_next_item(&value))) {
		bool minus = *item == '-';

		if (cmdline_number(item + (minus ? 1 : 0), 1, UCODE_MAX_MODULE, &n))
			module = minus ? -(int)n : (int)n;
		else if (take_choice(&item, &choice) && strcmp(item, "scan") == 0)
			scan = choice == OPT_ON;
		else
			return false;
	}
	options.ucode_module = module;
	options.ucode_scan = scan;
	return true;
}
