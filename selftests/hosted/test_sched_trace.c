/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the scheduler traces. Claims: on each CPU a switch begins with the vCPU that the last one
 * ended with; each vCPU's states follow each other, and the times between them are those that the
 * scheduler counts. TRACE_OUT=FILE leaves the records for xenalyze and shoji-top.
 */
/* sources: hypervisor/sched/sched.c hypervisor/sched/runq.c hypervisor/sched/fair.c */
/* sources: hypervisor/sched/place.c hypervisor/sched/cap.c */
/* sources: hypervisor/sched/cpupool.c hypervisor/sched/softirq.c hypervisor/sched/timer.c */
/* sources: hypervisor/sched/runstate.c hypervisor/trace/tbuf.c */
#include "sched_world.h"

#include <hv/mm/directmap.h>
#include <hv/trace/tbuf.h>
#include <hv/trace/trace.h>

#define PAGES 2U
#define SIZE  (PAGES * 4096U - 8)

static unsigned char ram[1 + WORLD_CPUS * PAGES][4096] __aligned(4096);
static uint32_t lists[WORLD_CPUS][PAGES];
static struct tbuf tbufs[WORLD_CPUS];
static FILE *out;

void *maddr_to_virt(maddr_t a)
{
	return &ram[0][0] + a;
}

/* ---- what is claimed of a record ---- */

struct story {
	uint32_t state, known;
	uint64_t since, time[4];
};

static struct story stories[WORLD_DOMAINS][4];
static uint32_t on_it[WORLD_CPUS]; /* dom | vcpu << 16 of the last switch; 0: none yet */
static unsigned int switches, changes, wakes, blocks, yields, broken, went_on;

static void saw_change(uint32_t event, uint32_t who, uint64_t now)
{
	uint32_t from = event >> 8 & 3, to = event >> 4 & 3, dom = who >> 16;
	struct story *s = dom < WORLD_DOMAINS ? &stories[dom][who & 3] : NULL;

	changes++;
	if (!s)
		return; /* an idle vCPU */
	if (s->known && (s->state != from || now < s->since))
		broken++;
	if (s->known)
		s->time[from] += now - s->since;
	s->known = 1;
	s->state = to;
	s->since = now;
}

static void saw(unsigned int cpu, uint32_t event, const uint32_t *w)
{
	if ((event & ~0x3f0U) == TRC_SCHED_RUNSTATE_CHANGE)
		saw_change(event, w[0], world_now);
	wakes += event == TRC_SCHED_WAKE;
	blocks += event == TRC_SCHED_BLOCK;
	yields += event == TRC_SCHED_YIELD;
	went_on += event == TRC_SCHED_CONTINUE_RUNNING;
	if (event != TRC_SCHED_SWITCH)
		return;
	switches++;
	if (on_it[cpu] && on_it[cpu] != (w[0] | w[1] << 16))
		broken++;
	on_it[cpu] = w[2] | w[3] << 16;
}

/* ---- the consumer, as xentrace ---- */

static void consume(unsigned int cpu)
{
	struct t_buf *meta = tbufs[cpu].meta;
	const unsigned char *data = (const unsigned char *)(meta + 1);
	uint32_t cons = meta->cons % SIZE, n = (meta->prod + 2 * SIZE - meta->cons) % (2 * SIZE);
	const uint32_t window[] = {TRC_TRACE_CPU_CHANGE | 2U << TRACE_EXTRA_SHIFT, cpu, n};

	if (!n)
		return;
	if (out)
		fwrite(window, sizeof(window), 1, out);
	meta->cons = meta->prod;
	while (n) {
		const uint32_t *w = (const uint32_t *)(data + cons);
		uint32_t bytes = 4 + (w[0] >> 31) * 8 + (w[0] >> TRACE_EXTRA_SHIFT & 7) * 4;

		if (out)
			fwrite(w, bytes, 1, out);
		cons = (cons + bytes) % SIZE;
		n -= bytes;
	}
}

void trace_record(uint32_t event, const uint32_t *words, unsigned int n)
{
	static uint64_t last;
	struct tbuf_record r = {.event = event, .n = n, .words = words};

	saw(cpu_id(), event, words);
	/* No two at once, which time alone would not put in order. */
	last = r.tsc = MAX(world_now, last + 1);
	if (tbuf_put(&tbufs[cpu_id()], &r))
		consume(cpu_id());
}

static void begin(void)
{
	uint32_t next = 1;

	for (unsigned int cpu = 0; cpu < WORLD_CPUS; cpu++) {
		for (unsigned int i = 0; i < PAGES; i++)
			lists[cpu][i] = next++;
		tbuf_init(&tbufs[cpu], lists[cpu], PAGES);
	}
	hosted_cpu_info.trace = TRC_ALL;
}

static bool same_times(unsigned int i)
{
	const struct vcpu *v = world_vcpu[i].v;
	const struct story *s = &stories[v->domain->id][v->id];

	for (unsigned int k = 0; k < 3; k++)
		if (s->time[k] != v->sched.state_time[k]) {
			printf("# d%u state %u: %lu, not %lu\n", v->domain->id, k, s->time[k],
			       v->sched.state_time[k]);
			return false;
		}
	return true;
}

int main(void)
{
	unsigned int first, n = 9, good = 0;

	alarm(300);
	if (getenv("TRACE_OUT"))
		out = fopen(getenv("TRACE_OUT"), "w");
	world_start();
	begin();
	first = world_domain(1);
	for (unsigned int i = 1; i < n; i++)
		(void)world_domain(1);
	for (unsigned int i = 0; i < n; i++) {
		world_vcpu[first + i].program =
			(struct program){.burst = i < 3 ? NEVER : (100 + 50 * i) * NS_PER_US,
					 .pause = 300 * NS_PER_US,
					 .yields = i == 4};
		wake_from(i % WORLD_CPUS, first + i);
	}
	world_run(world_now + NS_PER_SEC, NULL);
	for (unsigned int cpu = 0; cpu < WORLD_CPUS; cpu++)
		consume(cpu);
	for (unsigned int i = 0; i < n; i++)
		good += same_times(first + i);
	printf("# %u switches, %u changes of state, %u wakes, %u blocks, %u yields\n", switches,
	       changes, wakes, blocks, yields);
	result(switches > 1000 && !broken,
	       "switches follow each other on each CPU, and states of each vCPU");
	result(good == n, "the times between them are those that are counted");
	result(wakes > 500 && blocks > 500 && yields > 100 && went_on > 100,
	       "who wakes, blocks, yields and goes on is told");
	printf("1..%u\n", tap_number);
	if (out)
		fclose(out);
	return tap_failures != 0;
}
