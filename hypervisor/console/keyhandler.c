// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debug keys. Each prints one aspect of the system to the log; the other folders register theirs at
 * boot.
 */
#include <hv/console/keyhandler.h>
#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/console/stats.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/event/event.h>
#include <hv/grant/grant.h>
#include <hv/irq/irq.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/frame.h>
#include <hv/sched/runstate.h>
#include <hv/sched/sched.h>
#include <hv/sched/timer.h>
#include <hv/time/clock.h>

#define FIRST_KEY	' '
#define LAST_KEY	'~'

static struct {
	void (*fn)(void);
	const char *what;
} keys[LAST_KEY - FIRST_KEY + 1] __ro_after_init;	/* so that it is read without a lock */

int keyhandler_register(char key, void (*fn)(void), const char *what)
{
	if (key < FIRST_KEY || key > LAST_KEY)
		return -EINVAL;
	if (keys[key - FIRST_KEY].fn)
		return -EEXIST;
	keys[key - FIRST_KEY].fn = fn;
	keys[key - FIRST_KEY].what = what;
	return 0;
}

int keyhandler_run(char key)
{
	if (key < FIRST_KEY || key > LAST_KEY || !keys[key - FIRST_KEY].fn)
		return -ENOENT;
	log_info("key '%c': %s\n", key, keys[key - FIRST_KEY].what);
	keys[key - FIRST_KEY].fn();
	return 0;
}

static void show_help(void)
{
	int i;

	for (i = 0; i <= LAST_KEY - FIRST_KEY; i++)
		if (keys[i].fn)
			log_info("  %c  %s\n", FIRST_KEY + i, keys[i].what);
}

/* Call fn for every domain, each with a reference held. */
static void each_domain(void (*fn)(struct domain *))
{
	uint32_t next = 0;
	struct domain *d;

	while (next < DOMID_FIRST_RESERVED_ID && (d = domain_get_from((domid_t)next)) != NULL) {
		next = d->id + 1U;
		fn(d);
		domain_put(d);
	}
}

static void show_domain(struct domain *d)
{
	struct vcpu *v;

	log_info("d%u:%s%s%s%s refs %u, %lu of %lu pages, %u vCPUs\n", d->id,
		 d->privileged ? " privileged" : "", d->control.pause_count ? " paused" : "",
		 d->control.shut_down ? " shut down" : "", d->control.dying ? " dying" : "",
		 d->refs, (unsigned long)d->mm.pages, (unsigned long)d->mm.max_pages, d->max_vcpus);
	for_each_vcpu(d, v) {
		log_info("  v%u: cpu%u%s%s%s pauses %u, %lu ms run\n", v->id, v->cpu,
			 v->sched.on_cpu ? " running" : "", v->sched.blocked ? " blocked" : "",
			 v->sched.down ? " down" : "", v->sched.pauses,
			 (unsigned long)(vcpu_cpu_time(v) / NS_PER_MS));
	}
}

static void show_domains(void)
{
	each_domain(show_domain);
}

static void show_events(void)
{
	each_domain(evtchn_dump);
}

/*
 * So that who looks whether all memory came back can tell a table that grew from a page that was
 * lost.
 */
static void show_tables_of(struct domain *d)
{
	log_info("d%u: tables that only grow: %u pages of event channels, %u of grant handles\n",
		 d->id, evtchn_pages(d), grant_handle_pages(d));
}

static void show_memory(void)
{
	uint64_t total = total_frame_count(), unused = free_frame_count();

	log_info("memory: %lu MiB, %lu MiB of it free (%lu pages); highest frame %lx\n",
		 (unsigned long)(total >> 8), (unsigned long)(unused >> 8), (unsigned long)unused,
		 (unsigned long)max_mfn);
	if (low_reserve())
		log_info("low memory: %lu pages below 2^%u bytes are kept for Domain-0\n",
			 (unsigned long)low_reserve(), options.dma_bits);
	each_domain(show_tables_of);
}

static void show_time(void)
{
	uint64_t now = now_ns();

	log_info("%lu.%06lu s since boot; TSC at %lu kHz\n", (unsigned long)(now / NS_PER_SEC),
		 (unsigned long)(now % NS_PER_SEC / NS_PER_US), (unsigned long)tsc_khz());
}

static void show_registers_of(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(d, v) {
		const struct regs *r = &v->arch.regs;

		log_info("d%uv%u %s rip %016lx cs %04lx rsp %016lx flags %08lx\n", d->id, v->id,
			 v->arch.kernel_mode ? "kernel" : "user", (unsigned long)r->rip,
			 (unsigned long)r->cs, (unsigned long)r->rsp, (unsigned long)r->rflags);
		log_info("  rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", (unsigned long)r->rax,
			 (unsigned long)r->rbx, (unsigned long)r->rcx, (unsigned long)r->rdx);
		log_info("  rsi %016lx rdi %016lx rbp %016lx cr3 %016lx\n", (unsigned long)r->rsi,
			 (unsigned long)r->rdi, (unsigned long)r->rbp,
			 (unsigned long)v->arch.cr3_kernel);
	}
}

/* A running vCPU's registers are those of its last entry into the hypervisor. */
static void show_registers(void)
{
	each_domain(show_registers_of);
}

static void show_grants_of(struct domain *d)
{
	unsigned int pinned, handles;

	grant_counts(d, &pinned, &handles);
	log_info(
		"d%u: %u grant frames, %u entries in use by others, %u mappings of others' pages\n",
		d->id, grant_frames(d), pinned, handles);
}

static void show_grants(void)
{
	each_domain(show_grants_of);
}

void keyhandler_init(void)
{
	(void)keyhandler_register('h', show_help, "this list");
	(void)keyhandler_register('q', show_domains, "domains and vCPUs");
	(void)keyhandler_register('e', show_events, "event channels");
	(void)keyhandler_register('g', show_grants, "grant tables");
	(void)keyhandler_register('r', sched_dump, "run queues");
	(void)keyhandler_register('a', timers_dump, "timers");
	(void)keyhandler_register('m', show_memory, "memory");
	(void)keyhandler_register('t', show_time, "time");
	(void)keyhandler_register('d', show_registers, "registers of the guests' vCPUs");
	(void)keyhandler_register('s', stats_dump,
				  "counts of events, hypercalls, switches, flushes, grants");
	(void)keyhandler_register('i', irq_dump, "interrupts");
}
