// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line: one table of options, one parser for each kind of value. A parser gets a copy
 * of the value, writes options only when all of it is good, and returns whether it was.
 *
 * Syntax and names: Xen's command line documentation (facts about the interface).
 */
#include <hv/boot/cmdline.h>
#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/errno.h>
#include <hv/layout.h>
#include <hv/lib/lib.h>
#include <x86/protection.h>
#include <xen/xen.h>

#define MAX_WORD 512

struct options options __ro_after_init = {
	.dom0_ring = DOM0_RING_3,
	.com1_port = 0x3f8,
	.com1_irq = 4,
	.console_com1 = true,
	.conring_size = MIB(1),
	.sched_ratelimit_us = 1000,
	.dma_bits = 32,
	.spec = {OPT_AUTO, OPT_AUTO, OPT_AUTO, OPT_AUTO, OPT_AUTO, OPT_AUTO, OPT_AUTO, OPT_AUTO,
		 OPT_AUTO, OPT_AUTO, OPT_AUTO, OPT_AUTO, OPT_AUTO, OPT_AUTO, OPT_AUTO, OPT_AUTO,
		 THUNK_AUTO},
	.xpti_dom0 = OPT_AUTO,
	.xpti_domu = OPT_AUTO,
	.pv_l1tf_dom0 = OPT_AUTO,
	.pv_l1tf_domu = OPT_AUTO,
	.smt = OPT_AUTO,
	.tsx = OPT_AUTO,
	.smep = true,
	.smap = true,
	.xen_version = XEN_ABI_4_17,
};
struct tunables tunables = {
	.loglvl = L_INFO,
	.guest_loglvl = L_WARN,
	.gnttab_max_frames = 64,
	.gnttab_max_maptrack_frames = 1024,
	.vcpu_poll_us = VCPU_POLL_AUTO,
};

/* ---- Pieces of values ------------------------------------------------------------------------ */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int digit_of(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* A number at *p, which moves behind it; false if there is none or it does not fit into 64 bits. */
static bool take_number(const char **p, uint64_t *value)
{
	const char *s = *p;
	unsigned int base = 10;
	uint64_t n = 0;

	if (s[0] == '0' && (s[1] | 0x20) == 'x') {
		base = 16;
		s += 2;
	} else if (s[0] == '0' && is_digit(s[1])) {
		base = 8;
		s++;
	}
	if (digit_of(*s) >= (int)base)
		return false;
	for (; digit_of(*s) < (int)base; s++)
		if (__builtin_mul_overflow(n, base, &n) ||
		    __builtin_add_overflow(n, (uint64_t)digit_of(*s), &n))
			return false;
	*p = s;
	*value = n;
	return true;
}

bool cmdline_number(const char *s, uint64_t low, uint64_t high, uint64_t *value)
{
	return take_number(&s, value) && !*s && *value >= low && *value <= high;
}

/* The whole string is a size; without a letter it counts KiB. */
static bool whole_size(const char *s, uint64_t *bytes)
{
	unsigned int shift = 10;
	uint64_t n;

	if (!take_number(&s, &n))
		return false;
	switch (*s ? *s | 0x20 : 0) {
	case 't': shift = 40; s++; break;
	case 'g': shift = 30; s++; break;
	case 'm': shift = 20; s++; break;
	case 'k': s++; break;
	case 'b': shift = 0; s++; break;
	default: break;
	}
	if (*s || n > UINT64_MAX >> shift)
		return false;
	*bytes = n << shift;
	return true;
}

char *cmdline_next_item(char **list)
{
	char *item = *list, *end;

	if (!item)
		return NULL;
	end = strchr(item, ',');
	if (end)
		*end++ = 0;
	*list = end;
	return item;
}

/* ---- Parsers --------------------------------------------------------------------------------- */

bool cmdline_flag(const char *value, bool *flag)
{
	static const char *const yes[] = {"", "yes", "on", "true", "enable", "1"};
	static const char *const no[] = {"no", "off", "false", "disable", "0"};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(yes); i++)
		if (strcmp(value, yes[i]) == 0) {
			*flag = true;
			return true;
		}
	for (i = 0; i < ARRAY_SIZE(no); i++)
		if (strcmp(value, no[i]) == 0) {
			*flag = false;
			return true;
		}
	return false;
}

static bool parse_dom0_mem(char *value)
{
	struct options o = options;
	char *item;

	while ((item = cmdline_next_item(&value))) {
		uint64_t *bytes = &o.dom0_mem;
		bool *rest = &o.dom0_mem_rest;

		if (strncmp(item, "min:", 4) == 0) {
			bytes = &o.dom0_mem_min;
			rest = &o.dom0_mem_min_rest;
			item += 4;
		} else if (strncmp(item, "max:", 4) == 0) {
			bytes = &o.dom0_mem_max;
			rest = &o.dom0_mem_max_rest;
			item += 4;
		}
		*rest = *item == '-';
		if (!whole_size(item + (*rest ? 1 : 0), bytes) || !*bytes)
			return false;
	}
	options = o;
	return true;
}

static bool parse_dom0_max_vcpus(char *value)
{
	char *dash = strchr(value, '-');
	uint64_t low = 0, high;

	if (dash) {
		*dash = 0;
		if (!cmdline_number(value, 1, MAX_VCPUS, &low))
			return false;
		value = dash + 1;
	}
	if (!cmdline_number(value, 1, MAX_VCPUS, &high) || high < low)
		return false;
	options.dom0_min_vcpus = (unsigned int)low;
	options.dom0_max_vcpus = (unsigned int)high;
	return true;
}

/* Data bits, parity, stop bits: only 8n1 is spoken. */
static bool parse_com1(char *value)
{
	char *baud = cmdline_next_item(&value), *frame = cmdline_next_item(&value),
	     *port = cmdline_next_item(&value);
	char *irq = cmdline_next_item(&value);
	uint64_t b = 0, p = options.com1_port, i = options.com1_irq;
	char *clock = strchr(baud, '/');

	if (clock)
		*clock = 0; /* another clock than 1.8432 MHz: the divisor is the firmware's business
			     */
	if (strcmp(baud, "auto") != 0 && !cmdline_number(baud, 300, 115200, &b))
		return false;
	if (b && 115200 % b)
		return false;
	if (frame && *frame && strcmp(frame, "8n1") != 0)
		return false;
	if (port && *port && !cmdline_number(port, 1, 0xfff8, &p))
		return false;
	if (irq && *irq && !cmdline_number(irq, 0, 15, &i))
		return false;
	if (value)
		return false;
	options.com1_baud = clock ? 0 : (unsigned int)b;
	options.com1_port = (uint16_t)p;
	options.com1_irq = (unsigned int)i;
	return true;
}

static bool parse_console(char *value)
{
	bool com1 = false;
	char *item;

	while ((item = cmdline_next_item(&value))) {
		if (strcmp(item, "com1") == 0)
			com1 = true;
		else if (strcmp(item, "vga") == 0)
			log_warn("option console: 'vga' is not accepted: the screen is not written "
				 "to; accepted: com1, none\n");
		else if (strcmp(item, "none") != 0)
			return false;
	}
	options.console_com1 = com1;
	return true;
}

static bool level_of(const char *name, int *level)
{
	static const struct {
		const char *name;
		int level;
	} levels[] = {{"none", -1},     {"error", L_ERR},   {"warning", L_WARN},
		      {"info", L_INFO}, {"debug", L_DEBUG}, {"all", L_DEBUG}};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(levels); i++)
		if (strcmp(name, levels[i].name) == 0) {
			*level = levels[i].level;
			return true;
		}
	return false;
}

/*
 * "X/Y": X is shown; Y would be, rate limited. Ours is limited by the kind of message, so Y is only
 * checked.
 */
static bool parse_level(char *value, int *level)
{
	char *slash = strchr(value, '/');
	int shown, limited;

	if (slash)
		*slash++ = 0;
	if (!level_of(value, &shown) || (slash && !level_of(slash, &limited)))
		return false;
	*level = shown;
	return true;
}

static bool parse_loglvl(char *value)
{
	return parse_level(value, &tunables.loglvl);
}

static bool parse_guest_loglvl(char *value)
{
	return parse_level(value, &tunables.guest_loglvl);
}

static bool parse_conring_size(char *value)
{
	uint64_t bytes, size = KIB(16);

	if (!whole_size(value, &bytes) || bytes < KIB(16) || bytes > MIB(64))
		return false;
	while (size < bytes)
		size <<= 1;
	options.conring_size = size;
	return true;
}

/* Other people's configurations name the default; there is no other. */
static bool parse_sched(char *value)
{
	return strcmp(value, "credit2") == 0;
}

static bool parse_uint(const char *value, unsigned int low, unsigned int high, unsigned int *result)
{
	uint64_t n;

	if (!cmdline_number(value, low, high, &n))
		return false;
	*result = (unsigned int)n;
	return true;
}

static bool parse_gnttab_max_frames(char *value)
{
	return parse_uint(value, 1, 4096, &tunables.gnttab_max_frames);
}

static bool parse_gnttab_max_maptrack_frames(char *value)
{
	return parse_uint(value, 1, 65536, &tunables.gnttab_max_maptrack_frames);
}

static bool parse_tbuf_size(char *value)
{
	return parse_uint(value, 0, UINT16_MAX, &options.tbuf_size);
}

static bool parse_tevt_mask(char *value)
{
	return parse_uint(value, 0, UINT32_MAX, &options.tevt_mask);
}

static bool parse_sched_ratelimit_us(char *value)
{
	return parse_uint(value, 0, 500000, &options.sched_ratelimit_us);
}

static bool parse_vcpu_poll_us(char *value)
{
	if (strcmp(value, "auto") == 0) {
		tunables.vcpu_poll_us = VCPU_POLL_AUTO;
		return true;
	}
	return parse_uint(value, 0, 25000, &tunables.vcpu_poll_us);
}

static bool parse_dma_bits(char *value)
{
	uint64_t n;

	if (!cmdline_number(value, 0, 40, &n) || (n && n < 20))
		return false;
	options.dma_bits = (unsigned int)n;
	return true;
}

static bool parse_pv(char *value)
{
	bool m2p_user = options.pv_m2p_user;
	char *item;

	while ((item = cmdline_next_item(&value))) {
		if (strcmp(item, "m2p-user") != 0 && strcmp(item, "no-m2p-user") != 0)
			return false;
		m2p_user = *item == 'm';
	}
	options.pv_m2p_user = m2p_user;
	return true;
}

/* Which of n names the value is. */
static bool parse_name(const char *value, const char *const *names, unsigned int n,
		       unsigned int *which)
{
	for (unsigned int i = 0; i < n; i++) {
		if (strcmp(value, names[i]) == 0) {
			*which = i;
			return true;
		}
	}
	return false;
}

static bool parse_erms(char *value)
{
	static const char *const names[] = {
		[ERMS_AUTO] = "auto", [ERMS_SHOW] = "show", [ERMS_HIDE] = "hide"};

	return parse_name(value, names, ARRAY_SIZE(names), &options.erms);
}

static bool parse_dom0_ring(char *value)
{
	static const char *const names[] = {
		[DOM0_RING_AUTO] = "auto", [DOM0_RING_1] = "1", [DOM0_RING_3] = "3"};

	return parse_name(value, names, ARRAY_SIZE(names), &options.dom0_ring);
}

/* "hvm": the feature is for HVM guests alone, which there are none of, so that it is off. */
static bool parse_for_hvm(const char *value, bool *flag)
{
	if (strcmp(value, "hvm") != 0)
		return false;
	*flag = false;
	return true;
}

static bool parse_smep(char *value)
{
	return parse_for_hvm(value, &options.smep);
}

static bool parse_smap(char *value)
{
	return parse_for_hvm(value, &options.smap);
}

static bool parse_xen_version(char *value)
{
	bool newer = strcmp(value, "4.20") == 0;

	if (!newer && strcmp(value, "4.17") != 0)
		return false;
	options.xen_version = newer ? XEN_ABI_4_20 : XEN_ABI_4_17;
	return true;
}

static bool parse_selftest(char *value)
{
	static const char *const names[] = {[SELFTEST_NONE] = "no",
					    [SELFTEST_PROTECTION] = "protection",
					    [SELFTEST_STACK_OVERFLOW] = "stack-overflow",
					    [SELFTEST_WRITE_TEXT] = "write-text",
					    [SELFTEST_WRITE_CONST] = "write-const",
					    [SELFTEST_WRITE_IDT] = "write-idt",
					    [SELFTEST_EXEC_DATA] = "exec-data",
					    [SELFTEST_READ_USER] = "read-user",
					    [SELFTEST_SMASH] = "smash",
					    [SELFTEST_LOCK_ORDER] = "lock-order"};

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(value, names[i]) == 0) {
			options.selftest = (enum selftest)i;
			return true;
		}
	}
	return false;
}

/* ---- The table, and the line ----------------------------------------------------------------- */

static const struct option {
	const char *name;
	bool *flag; /* or, for what is no flag's value, */
	bool (*parse)(char *value);
	const char *accepts;
} table[] = {
	{"allow_unsafe", &options.allow_unsafe, NULL, "yes or no"},
	{"com1", NULL, parse_com1, "BAUD,8n1,PORT,IRQ with a BAUD that divides 115200, or auto"},
	{"conring_size", NULL, parse_conring_size, "a size from 16K to 64M"},
	{"console", NULL, parse_console, "com1 or none"},
	{"dma_bits", NULL, parse_dma_bits, "0, or a number from 20 to 40"},
	{"dom0_max_vcpus", NULL, parse_dom0_max_vcpus, "a number from 1 to 64, or MIN-MAX"},
	{"dom0_mem", NULL, parse_dom0_mem,
	 "a list of SIZE, min:SIZE, max:SIZE; a SIZE like 512M, 2G or -256M"},
	{"dom0_vcpus_pin", &options.dom0_vcpus_pin, NULL, "yes or no"},
	{"dom0_ring", NULL, parse_dom0_ring, "auto, 1 or 3"},
	{"erms", NULL, parse_erms, "auto, show or hide"},
	{"gnttab_max_frames", NULL, parse_gnttab_max_frames, "a number from 1 to 4096"},
	{"gnttab_max_maptrack_frames", NULL, parse_gnttab_max_maptrack_frames,
	 "a number from 1 to 65536"},
	{"guest_loglvl", NULL, parse_guest_loglvl, "none, error, warning, info, debug or all"},
	{"loglvl", NULL, parse_loglvl, "none, error, warning, info, debug or all"},
	{"noreboot", &tunables.noreboot, NULL, "yes or no"},
	{"pv-l1tf", NULL, parse_pv_l1tf, "yes, no, or a list of dom0=yes|no, domu=yes|no"},
	{"pv", NULL, parse_pv, "a list of m2p-user, no-m2p-user"},
	{"pvh", &options.pvh, NULL, "yes or no"},
	{"sched", NULL, parse_sched, "credit2"},
	{"sched_ratelimit_us", NULL, parse_sched_ratelimit_us,
	 "a number of microseconds from 0 to 500000"},
	{"selftest", NULL, parse_selftest,
	 "no, protection, stack-overflow, write-text, write-const, write-idt, exec-data, "
	 "read-user, smash or lock-order"},
	{"smap", &options.smap, parse_smap, "yes, no or hvm"},
	{"smep", &options.smep, parse_smep, "yes, no or hvm"},
	{"smt", NULL, parse_smt, "yes or no"},
	{"spec-ctrl", NULL, parse_spec_ctrl,
	 "no, xen=no, pv=no, or a list of NAME=yes|no with NAME one of msr-sc, rsb, verw, "
	 "ibpb-entry, bhb-entry, ibrs, "
	 "stibp, ibpb, ssbd, psfd, bhi-dis-s, l1d-flush, srb-lock, unpriv-mmio, gds-mit, "
	 "div-scrub; and "
	 "bti-thunk=retpoline|lfence|jmp"},
	{"sync_console", &options.sync_console, NULL, "yes or no"},
	{"tbuf_size", NULL, parse_tbuf_size, "a number of pages from 0 to 65535"},
	{"tevt_mask", NULL, parse_tevt_mask, "a number from 0 to 0xffffffff"},
	{"tsx", NULL, parse_tsx, "yes or no"},
	{"ucode", NULL, parse_ucode,
	 "scan, or the number of a module: 1 to 3, or -1 to -3 counted from the last"},
	{"vcpu_poll_us", NULL, parse_vcpu_poll_us,
	 "auto, or a number of microseconds from 0 to 25000"},
	{"xen_version", NULL, parse_xen_version, "4.17 or 4.20"},
	{"xpti", NULL, parse_xpti, "default, yes, no, or a list of dom0=yes|no, domu=yes|no"},
};

static const struct option *find_option(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

/* "no-FLAG", and where there is no such thing, FLAG itself. */
static bool negated_flag(const char *name)
{
	const struct option *o = strncmp(name, "no-", 3) == 0 ? find_option(name + 3) : NULL;

	if (!o || !o->flag)
		return false;
	*o->flag = false;
	return true;
}

static bool set(const struct option *o, char *value)
{
	return (o->flag && cmdline_flag(value ? value : "", o->flag)) ||
	       (o->parse && value && *value && o->parse(value));
}

int cmdline_tune(const char *name, char *value)
{
	static const char *const names[] = {"gnttab_max_frames", "gnttab_max_maptrack_frames",
					    "guest_loglvl",	 "loglvl",
					    "noreboot",		 "vcpu_poll_us"};

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i]) == 0)
			return set(find_option(name), value) ? 0 : -EINVAL;
	return -ENOENT;
}

static void parse_word(char *word)
{
	char *value = strchr(word, '='), original[64];
	const struct option *o;

	if (value)
		*value++ = 0;
	else if (negated_flag(word))
		return;
	o = find_option(word);
	if (!o) {
		log_warn("option %s is unknown, ignored\n", word);
		return;
	}
	copy_string(original, value ? value : "", sizeof(original));
	if (!set(o, value))
		log_warn("option %s: value '%s' is not accepted, ignored; accepted: %s\n", word,
			 original, o->accepts);
}

/* The next word at *line, which moves behind it; its length, 0 at the end or at "--". */
static size_t next_word(const char **line)
{
	const char *p = *line;
	size_t length = 0;

	while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
		p++;
	while (p[length] && p[length] != ' ' && p[length] != '\t' && p[length] != '\n' &&
	       p[length] != '\r')
		length++;
	*line = p;
	return length == 2 && p[0] == '-' && p[1] == '-' ? 0 : length;
}

void cmdline_parse(const char *line)
{
	char word[MAX_WORD];
	size_t length;

	for (; (length = next_word(&line)); line += length) {
		if (length >= sizeof(word)) {
			log_warn("option %.40s... is longer than %u bytes, ignored\n", line,
				 MAX_WORD - 1);
			continue;
		}
		memcpy(word, line, length);
		word[length] = 0;
		parse_word(word);
	}
}

const char *cmdline_for_dom0(const char *line)
{
	size_t length;

	while ((length = next_word(&line)))
		line += length;
	if (!*line)
		return line;
	line += 2; /* "--" */
	while (*line == ' ')
		line++;
	return line;
}

/* ---- What follows from the options ----------------------------------------------------------- */

static uint64_t resolve(uint64_t bytes, bool rest, uint64_t available)
{
	if (!rest)
		return bytes;
	return bytes < available ? available - bytes : 0;
}

uint64_t dom0_mem_size(uint64_t available)
{
	uint64_t size = resolve(options.dom0_mem, options.dom0_mem_rest, available);
	uint64_t low = resolve(options.dom0_mem_min, options.dom0_mem_min_rest, available);
	uint64_t high = resolve(options.dom0_mem_max, options.dom0_mem_max_rest, available);

	if (!options.dom0_mem) {
		uint64_t ours = MIN(MAX(available / 16, MIB(64)), MIB(256));

		size = available > ours ? available - ours : 0;
	}
	if (options.dom0_mem_max)
		size = MIN(size, high);
	size = MAX(size, low);
	if (size > available) {
		log_warn("option dom0_mem: %lu MiB wanted, %lu MiB are there\n",
			 (unsigned long)(size >> 20), (unsigned long)(available >> 20));
		size = available;
	}
	return size & PAGE_MASK;
}

unsigned int dom0_vcpu_count(unsigned int cpus)
{
	unsigned int n = cpus;

	if (options.dom0_min_vcpus)
		n = MIN(MAX(n, options.dom0_min_vcpus), options.dom0_max_vcpus);
	else if (options.dom0_max_vcpus)
		n = options.dom0_max_vcpus;
	return MIN(MAX(n, 1U), (unsigned int)MAX_VCPUS);
}
