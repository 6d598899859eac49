/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The life cycle of a domain: which vCPU runs at each stage, the start state that a guest finds,
 * and a destruction that happens once and completely.
 */
/* sources: hypervisor/domain/domain.c */
#include <errno.h>

#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/domain/cpu_policy.h>
#include <hv/domain/domain.h>
#include <hv/domain/guest_area.h>
#include <hv/event/event.h>
#include <hv/event/virq.h>
#include <hv/grant/grant.h>
#include <hv/irq/pirq.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/domain_mm.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>
#include <hv/sched/cap.h>
#include <hv/sched/cpupool.h>
#include <hv/sched/sched.h>
#include <hv/time/pvclock.h>
#include <hv/time/wallclock.h>
#include <x86/context.h>
#include <x86/machine.h>
#include <x86/protection.h>
#include <xen/sched.h>
#include <xen/xen.h>

#include "log_capture.h"

_Thread_local struct cpu_info hosted_cpu_info;
struct cpu_protection protection = {.xpti_domu = true};
struct tunables tunables = {.gnttab_max_frames = 64, .gnttab_max_maptrack_frames = 1024};

static unsigned char ram[8][4096] __aligned(4096);
static struct frame records[8];
static bool ram_used[8];
static struct domain caller;
static struct vcpu caller_vcpu;
static long allocs;
static int fail_at;           /* the n-th part of a domain cannot be made; 0: all can */
static unsigned int restarts; /* so often mm_domain_relinquish() wants to be called again */
static unsigned int death_events, destroyed, released;

/* ---- what domain.c calls ---- */

void *hv_alloc(size_t size)
{
	allocs++;
	return calloc(1, size);
}

void hv_free(void *p)
{
	allocs -= p != NULL;
	free(p);
}

static int part(void)
{
	return fail_at && !--fail_at ? -ENOMEM : 0;
}

struct frame *alloc_frames(unsigned int order, unsigned int flags)
{
	(void)order, (void)flags;
	for (unsigned int i = 0; i < 8 && !part(); i++) {
		if (!ram_used[i]) {
			ram_used[i] = true;
			memset(ram[i], 0, sizeof(ram[i]));
			return &records[i];
		}
	}
	return NULL;
}

void share_frame(struct frame *f, struct domain *d, bool readonly)
{
	(void)readonly;
	f->owner = d;
}

void unshare_frame(struct frame *f)
{
	ram_used[f - records] = false;
}

mfn_t frame_to_mfn(const struct frame *f)
{
	return mfn((uint64_t)(f - records));
}

struct frame *mfn_to_frame(mfn_t m)
{
	return &records[m.n];
}

void *maddr_to_virt(maddr_t a)
{
	return &ram[0][0] + a;
}

maddr_t virt_to_maddr(const void *p)
{
	return (maddr_t)((const unsigned char *)p - &ram[0][0]);
}

static unsigned int scheduled;	/* domains that the scheduler knows */

void watchdog_domain_init(struct domain *d)
{
	d->watchdogs.used[0] = true;
}

void watchdog_domain_destroy(struct domain *d)
{
	d->watchdogs.used[0] = false;
}

void sched_domain_init(struct domain *d)
{
	(void)d;
	scheduled++;
}

void sched_domain_destroy(struct domain *d)
{
	(void)d;
	scheduled--;
}

void cpupool_entered(struct domain *d)
{
	(void)d;
}

static domid_t
	rival; /* another vCPU of Domain-0 creates a domain of this id meanwhile; 0: none does */
static const struct domain_config config = {.max_vcpus = 2};

struct vcpu *vcpu_create(struct domain *d, unsigned int id)
{
	struct vcpu *v = part() ? NULL : hv_alloc(sizeof(*v));
	struct domain *other;

	if (rival) {
		domid_t number = rival;

		rival = 0;
		if (domain_create(number, &config, &other))
			panic("the rival must have it");
	}

	if (!v)
		return NULL;
	v->id = id;
	v->domain = d;
	v->info = &d->shared->vcpu_info[id];
	v->sched.pauses = 1;
	return v;
}

void vcpu_destroy(struct vcpu *v)
{
	hv_free(v);
}

void vcpu_release(struct vcpu *v)
{
	(void)v;
	released++;
}

void vcpu_sync(struct vcpu *v)
{
	(void)v;
}

void vcpu_pause_nosync(struct vcpu *v)
{
	v->sched.pauses++;
}

/* A vCPU that may run finds its clock and its domain's. */
void vcpu_unpause(struct vcpu *v)
{
	if (!--v->sched.pauses && (!v->info->time.tsc_to_system_mul || !v->domain->shared->wc_sec))
		panic("it would run without a clock");
}

void vcpu_time_publish(struct vcpu *v)
{
	v->info->time.tsc_to_system_mul = 1;
}

void wallclock_publish(struct domain *d)
{
	d->shared->wc_sec = 1;
}

#define PARTS(name)                                  \
	int name##_domain_init(struct domain *d)     \
	{                                            \
		(void)d;                             \
		return part();                       \
	}                                            \
	void name##_domain_destroy(struct domain *d) \
	{                                            \
		(void)d;                             \
		destroyed++;                         \
	}
PARTS(evtchn)
PARTS(grant)
PARTS(pirq)
PARTS(cpu_policy)

int mm_domain_init(struct domain *d)
{
	(void)d;
	return part();
}

static bool mapped,
	unpinned_mapped; /* its page tables stand; its grants were given back while they did */

int mm_domain_relinquish(struct domain *d)
{
	(void)d;
	if (restarts && restarts--)
		return -ERESTART;
	mapped = false;
	return 0;
}

void mm_reap(void)
{
}

int evtchn_domain_close(struct domain *d)
{
	(void)d;
	return 0;
}

int grant_domain_release_mappings(struct domain *d)
{
	(void)d;
	unpinned_mapped |= mapped;
	return 0;
}

void pirq_domain_release(struct domain *d)
{
	(void)d;
}

void send_global_virq(unsigned int virq)
{
	death_events += virq == VIRQ_DOM_EXC;
}

void machine_halt(void)
{
	panic("halted");
}

void machine_reboot(void)
{
	panic("rebooted");
}

/* ---- tests ---- */

static struct domain *make(domid_t id)
{
	struct domain *d = NULL;

	return domain_create(id, &config, &d) ? NULL : d;
}

static unsigned int pauses(const struct domain *d)
{
	return d->vcpus[0]->sched.pauses == d->vcpus[1]->sched.pauses ? d->vcpus[0]->sched.pauses
								      : 99;
}

static void test_create(void)
{
	struct domain *a = make(5), *b = make(2), *got;
	struct domain_config none = {.max_vcpus = 0};
	bool clean = true;

	result(a && b && a != b, "domains are made");
	result(make(5) == NULL && domain_create(7, &none, &got) == -EINVAL,
	       "an id is used once, and a domain has a vCPU");
	got = domain_get_from(0);
	result(got == b && domain_get_from(3) == a && !domain_get_from(6),
	       "they stand in the order of their ids");
	domain_put(a);
	domain_put(b);
	result(a->refs == 1 && b->refs == 1 && domain_get(4) == NULL,
	       "looking up costs a reference");
	result(pauses(a) == 1 && a->control.pause_count == 1 &&
		       a->shared->vcpu_info[1].evtchn_upcall_mask == 1,
	       "a new domain is paused, events masked");
	for (int n = 1; n <= 9; n++) {
		long before = allocs;
		unsigned int known = scheduled;

		fail_at = n;
		clean = clean && !make(9) && allocs == before && scheduled == known &&
			!domain_get(9);
	}
	fail_at = 0;
	result(clean, "what cannot be made whole leaves nothing");
	(void)domain_kill(a);
	(void)domain_kill(b);
	rival = 9;
	result(!make(9) && (a = domain_get(9)),
	       "of two that are created at once with one id one is");
	domain_put(a);
	(void)domain_kill(a);
	result(!domain_get(9), "and no other is left behind");
}

static void test_pause(void)
{
	struct domain *d = make(3);
	struct vcpu *v = d->vcpus[0];

	domain_pause(d);
	result(domain_unpause(d) == 0 && pauses(d) == 1, "pauses count");
	result(!d->control.started, "a domain that never ran may still be given a CPU policy");
	/* As the toolstack does while it builds. */
	memset(d->shared, 0, PAGE_SIZE);
	result(domain_unpause(d) == 0 && pauses(d) == 0 && v->info->time.tsc_to_system_mul &&
		       d->shared->wc_sec,
	       "a cleared shared_info has its times again when the domain starts");
	result(d->control.started, "and its CPU policy stands from then on");
	result(domain_unpause(d) == -EINVAL && pauses(d) == 0, "what is not paused cannot go on");
	domain_shutdown(d, SHUTDOWN_suspend);
	domain_shutdown(d, SHUTDOWN_crash);
	result(d->control.shutdown_code == SHUTDOWN_suspend && pauses(d) == 1 && death_events,
	       "the first shutdown counts");
	memset(d->shared, 0, PAGE_SIZE);
	domain_resume(d);
	result(!d->control.shut_down && pauses(d) == 0 && v->info->time.tsc_to_system_mul,
	       "it resumes, with its times");
	domain_resume(d);
	result(pauses(d) == 0 && d->control.pause_count == 0, "once");
	domain_note_shutdown(d, SHUTDOWN_crash);
	domain_note_shutdown(d, SHUTDOWN_reboot);
	result(!d->control.shut_down, "a reason that is noted stops nothing");
	domain_shutdown(d, SHUTDOWN_poweroff);
	result(d->control.shut_down && d->control.shutdown_code == SHUTDOWN_crash,
	       "but is that of the next shutdown, whatever it says");
	domain_resume(d);
	domain_shutdown(d, SHUTDOWN_reboot);
	result(d->control.shutdown_code == SHUTDOWN_reboot, "of that one alone");
	domain_ref(d);
	result(d->watchdogs.used[0] && !domain_kill(d) && !d->watchdogs.used[0],
	       "its watchdogs end when it is killed");
	domain_put(d);
}

static void test_end(void)
{
	long before = allocs;
	struct domain *d = make(4), *held = domain_get(4);
	unsigned int i;

	hosted_cpu_info.vcpu = d->vcpus[0];
	result(domain_kill(d) == -EINVAL, "nobody kills himself");
	hosted_cpu_info.vcpu = &caller_vcpu;
	restarts = 3;
	mapped = true;
	unpinned_mapped = false;
	released = death_events = destroyed = 0;
	for (i = 0; i < 3; i++)
		if (domain_kill(d) != -ERESTART)
			break;
	result(i == 3 && d->control.dying && d->control.pause_count == 2,
	       "an end that takes long is gone on with");
	result(domain_unpause(d) == 0 && domain_unpause(d) == -EINVAL && pauses(d) == 1,
	       "who dies never runs again");
	result(domain_kill(d) == 0 && domain_kill(d) == 0 && held->refs == 1, "and is over once");
	result(released >= 2 && death_events == 1 && !destroyed, "the toolstack is told");
	result(!unpinned_mapped, "others hear that it does not use their pages when it has no "
				 "mapping of them any more");
	domain_put(held);
	result(death_events == 2 && destroyed == 4 && !domain_get(4) && allocs == before,
	       "the last reference frees everything");
	for (i = 0; i < 8; i++)
		if (ram_used[i])
			break;
	result(i == 8, "and every frame");
}

static void test_ids(void)
{
	domid_t first = domain_next_id(), second = domain_next_id();
	struct domain *d = make((domid_t)(second + 1));

	result(second == first + 1 && domain_next_id() == second + 2,
	       "ids rise, past those in use");
	(void)domain_kill(d);
}

int main(void)
{
	printf("1..29\n");
	caller_vcpu.domain = &caller;
	hosted_cpu_info.vcpu = &caller_vcpu;
	domains_init();
	test_create();
	test_pause();
	test_end();
	test_ids();
	return tap_failures != 0;
}
