// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counts of all vCPUs by domain, for people and for programs. The sum over a domain's vCPUs is
 * taken without a lock.
 */
#include <hv/console/stats.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/domain/vcpu.h>
#include <hv/lib/lib.h>
#include <hv/sched/runstate.h>
#include <hv/sched/sched.h>
#include <hv/time/clock.h>
#include <xen/vcpu.h>

static const char *const names[NR_STATS] = {
	[STAT_SWITCH] = "switches",         [STAT_FLUSH] = "flushes",
	[STAT_FLUSH_IPI] = "flush-ipis",    [STAT_EVENT_SENT] = "events",
	[STAT_EVENT_USELESS] = "useless",   [STAT_UPCALL] = "upcalls",
	[STAT_GRANT_MAP] = "grant-maps",    [STAT_GRANT_UNMAP] = "grant-unmaps",
	[STAT_GRANT_COPY] = "grant-copies", [STAT_FAULT] = "faults",
};

static void add(struct vcpu_stats *sum, const struct vcpu_stats *s)
{
	unsigned int i;

	for (i = 0; i < NR_STATS; i++)
		sum->of[i] += s->of[i];
	for (i = 0; i < ARRAY_SIZE(sum->hypercalls); i++)
		sum->hypercalls[i] += s->hypercalls[i];
}

const char *stats_name(enum stat kind)
{
	return names[kind];
}

/* ---- sums over the life of the machine ---- */

static struct vcpu_stats gone;	/* of vCPUs that are no more; atomic */
static struct vcpu_stats start;	/* the sum at the last reset */

void stats_keep(const struct vcpu_stats *s)
{
	unsigned int i;

	for (i = 0; i < NR_STATS; i++)
		atomic_add(&gone.of[i], s->of[i]);
	for (i = 0; i < ARRAY_SIZE(s->hypercalls); i++)
		atomic_add(&gone.hypercalls[i], s->hypercalls[i]);
}

static void sum_all(struct vcpu_stats *sum)
{
	uint32_t next = 0;
	struct domain *d;
	struct vcpu *v;

	*sum = gone;
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		add(sum, &idle_vcpu(cpu)->stats);
	while (next < DOMID_FIRST_RESERVED_ID && (d = domain_get_from((domid_t)next)) != NULL) {
		next = d->id + 1U;
		for_each_vcpu(d, v)
			add(sum, &v->stats);
		domain_put(d);
	}
}

void stats_since_reset(struct vcpu_stats *sum)
{
	unsigned int i;

	sum_all(sum);
	for (i = 0; i < NR_STATS; i++)
		sum->of[i] -= start.of[i];
	for (i = 0; i < ARRAY_SIZE(sum->hypercalls); i++)
		sum->hypercalls[i] -= start.hypercalls[i];
}

void stats_reset(void)
{
	sum_all(&start);
}

/* ---- debug key ---- */

/* A line of "key=value" that is printed before it is too long for one message. */
struct line {
	const char *name;
	int n;
	char text[256];
};

static void flush(struct line *l)
{
	if (l->n)
		log_info("stat %s%s\n", l->name, l->text);
	l->n = 0;
}

static void put(struct line *l, const char *what, unsigned int number, uint64_t count)
{
	if (l->n > 200)
		flush(l);
	if (what)
		l->n += snprintf(l->text + l->n, sizeof(l->text) - (size_t)l->n, " %s=%lu", what,
				 count);
	else
		l->n += snprintf(l->text + l->n, sizeof(l->text) - (size_t)l->n, " hypercall%u=%lu",
				 number, count);
}

/* run, wait: nanoseconds that its vCPUs ran, and that they waited for a CPU. */
static void dump(const char *name, const struct vcpu_stats *sum, uint64_t run, uint64_t wait)
{
	struct line l = {.name = name};
	unsigned int i;

	put(&l, "run-us", 0, run / NS_PER_US);
	put(&l, "wait-us", 0, wait / NS_PER_US);
	for (i = 0; i < NR_STATS; i++)
		put(&l, names[i], 0, sum->of[i]);
	for (i = 0; i < ARRAY_SIZE(sum->hypercalls); i++)
		if (sum->hypercalls[i])
			put(&l, NULL, i, sum->hypercalls[i]);
	flush(&l);
}

void stats_dump(void)
{
	struct vcpu_stats sum = {0};
	uint64_t run, wait;
	uint32_t next = 0;
	struct domain *d;
	struct vcpu *v;
	char name[8];

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		add(&sum, &idle_vcpu(cpu)->stats);
	dump("idle", &sum, 0, 0);
	while (next < DOMID_FIRST_RESERVED_ID && (d = domain_get_from((domid_t)next)) != NULL) {
		next = d->id + 1U;
		memset(&sum, 0, sizeof(sum));
		run = wait = 0;
		for_each_vcpu(d, v) {
			uint64_t time[4], entry;
			unsigned int state;

			add(&sum, &v->stats);
			vcpu_runstate(v, time, &entry, &state);
			run += time[RUNSTATE_running];
			wait += time[RUNSTATE_runnable];
		}
		snprintf(name, sizeof(name), "d%u", d->id);
		dump(name, &sum, run, wait);
		domain_put(d);
	}
}
