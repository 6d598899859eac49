/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test kernel's command line: groups=a,b (all without), crash=HOW, evil=SECONDS seed=N,
 * attack=NAME seconds=N, idle=1 (sleeps), watchdog=N (sleeps with a watchdog of N seconds), spin=1
 * (never sleeps), end=N (shuts down with that reason). It ends with a shutdown; "# done" is the
 * last line of a run that came to its end.
 */
#include "guest.h"

uint16_t own_domid;

void guest_main(struct start_info *si);

static const struct {
	const char *name;
	void (*run)(void);
} groups[] = {
	{"version", group_version},   {"privileged", group_privileged}, {"memory", group_memory},
	{"mmu", group_mmu},	      {"tables", group_tables},		{"va", group_va},
	{"mmuext", group_mmuext},     {"desc", group_desc},		{"trap", group_trap},
	{"regs", group_regs},	      {"user", group_user},		{"event", group_event},
	{"sched", group_sched},	      {"grant", group_grant},		{"copy", group_copy},
	{"physdev", group_physdev},   {"multicall", group_multicall},	{"fpu", group_fpu},
	{"vcpu", group_vcpu},	      {"l4", group_l4},			{"segment", group_segment},
	{"cpu", group_cpu},
};

const char *option(const char *name)
{
	const char *c = (const char *)start_info->cmd_line;

	while (*c) {
		const char *n = name;

		while (*n && *c == *n)
			c++, n++;
		if (!*n && *c == '=')
			return c + 1;
		while (*c && *c != ' ')
			c++;
		while (*c == ' ')
			c++;
	}
	return NULL;
}

uint64_t option_number(const char *name, uint64_t otherwise)
{
	const char *c = option(name);
	uint64_t v = 0;

	if (!c)
		return otherwise;
	for (; *c >= '0' && *c <= '9'; c++)
		v = v * 10 + (uint64_t)(*c - '0');
	return v;
}

/* Is name in the comma-separated list? */
static bool listed(const char *list, const char *name)
{
	while (list && *list && *list != ' ') {
		const char *n = name;

		while (*n && *list == *n)
			list++, n++;
		if (!*n && (*list == ',' || *list == ' ' || !*list))
			return true;
		while (*list && *list != ',' && *list != ' ')
			list++;
		if (*list == ',')
			list++;
	}
	return false;
}

void guest_end(unsigned int reason)
{
	/* Domain-0's end is the machine's: reboot, which ends an emulator that is told so. */
	struct sched_shutdown s = {
		.reason = start_info->flags & SIF_INITDOMAIN ? SHUTDOWN_reboot : reason};

	console_drain();
	for (;;)
		(void)HC2(sched_op, SCHEDOP_shutdown, &s);
}

/* A guest is not told its id, but the other end of a channel to itself is. */
static uint16_t find_domid(void)
{
	struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
	struct evtchn_bind_interdomain b = {.remote_dom = DOMID_SELF};
	struct evtchn_status st = {.dom = DOMID_SELF};
	struct evtchn_close c;

	if (HC2(event_channel_op, EVTCHNOP_alloc_unbound, &a))
		return DOMID_INVALID;
	st.port = a.port;
	(void)HC2(event_channel_op, EVTCHNOP_status, &st);
	(void)b;
	c.port = a.port;
	(void)HC2(event_channel_op, EVTCHNOP_close, &c);
	return st.status == EVTCHNSTAT_unbound ? st.u.unbound.dom : DOMID_INVALID;
}

static void sleep_for_ever(void)
{
	struct sched_poll p = {0};

	for (;;) {
		p.timeout = now_ns() + 100000000;
		(void)HC2(sched_op, SCHEDOP_poll, &p);
	}
}

void guest_main(struct start_info *si)
{
	struct sched_watchdog w = {.id = 0};
	const char *wanted;
	unsigned int i;

	memory_init(si);
	console_init(si);
	traps_init();
	own_domid = find_domid();
	print("# kernel: domain %u, %lu pages, %lu mapped\n", own_domid, nr_pages, mapped_pages);
	w.timeout = (uint32_t)option_number("watchdog", 0);
	if (w.timeout)
		(void)HC2(sched_op, SCHEDOP_watchdog, &w);
	if (option("idle") || w.timeout)
		sleep_for_ever();
	while (option("spin"))
		;
	if (option("end"))
		guest_end((unsigned int)option_number("end", 0));
	if (option("crash"))
		crash_run(option("crash"));
	if (option("evil"))
		evil_run();
	if (option("attack"))
		attack_run();
	wanted = option("groups");
	for (i = 0;
	     i < ARRAY_SIZE(groups) && !option("crash") && !option("evil") && !option("attack");
	     i++) {
		if (wanted && !listed(wanted, groups[i].name))
			continue;
		group_begin(groups[i].name);
		groups[i].run();
		group_end();
	}
	print("# done\n");
	guest_end(SHUTDOWN_poweroff);
}
