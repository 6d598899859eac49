/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the sources of test_hvm.c and test_hvm_save.c call besides: state that the tests look at,
 * and functions that note their call. Included once, behind mm_world.h.
 */
#ifndef HOSTED_HVM_STUBS_H
#define HOSTED_HVM_STUBS_H

#include <setjmp.h>

#include <arch/msr.h>
#include <hv/console/keyhandler.h>
#include <hv/domain/cpu_policy.h>
#include <hv/domain/cpuid.h>
#include <hv/domain/domctl.h>
#include <hv/event/event.h>
#include <hv/hvm/container.h>
#include <hv/hvm/exit.h>
#include <hv/hypercall/table.h>
#include <hv/mm/desc_op.h>
#include <hv/sched/softirq.h>
#include <hv/time/clock.h>
#include <x86/fpu.h>
#include <x86/msr.h>
#include <xen/sched.h>

#define VCPUS 3U
#define XSAVE_BYTES 832U

static struct domain *dom = &world_dom[1];
static struct vcpu vcpu[VCPUS], *vcpus[VCPUS];
static struct vcpu_info info[VCPUS];
static struct cpu_policy policy;
static uint8_t fpu_areas[VCPUS][4096] __aligned(64);
static struct hvm_state states[VCPUS];
static bool if_blocked, window;
static unsigned int injected, exception, kicks, downs, ups, blocked_calls, shutdowns, crashes;
static int64_t exception_error;
static uint64_t now = 1000;
static unsigned int last_call;
static uint64_t last_argument;

int vcpu_set_ldt(struct vcpu *v, gaddr_t base, unsigned int entries)
{
	(void)v, (void)base, (void)entries;
	return 0;
}

int grant_shared_frame(struct domain *d, uint64_t index, mfn_t *out)
{
	(void)d, (void)index, (void)out;
	return -EINVAL;
}

void tlb_flush_domain(struct domain *d)
{
	(void)d;
}

long not_supported(const char *what, unsigned int sub)
{
	(void)what, (void)sub;
	return -EOPNOTSUPP;
}

static unsigned int not_applied_calls;

void not_applied(const char *what, unsigned int sub)
{
	(void)what, (void)sub;
	not_applied_calls++;
}

uint64_t now_ns(void)
{
	return now;
}

uint64_t tsc_khz(void)
{
	return 1000000;
}

uint64_t rdtsc(void)
{
	return 0x1122334455667788;
}

void vcpu_kick(struct vcpu *v)
{
	kicks++;
	v->sched.blocked = false;
}

void vcpu_up(struct vcpu *v)
{
	ups++;
	v->sched.down = false;
}

void vcpu_down(struct vcpu *v)
{
	downs++;
	v->sched.down = true;
}

void vcpu_blocked(void)
{
	blocked_calls++;
}

void vcpu_sync(struct vcpu *v)
{
	(void)v;
}

void domain_pause(struct domain *d)
{
	d->control.pause_count++;
}

int domain_unpause(struct domain *d)
{
	d->control.pause_count--;
	return 0;
}

void domain_shutdown(struct domain *d, unsigned int reason)
{
	(void)d;
	shutdowns += 100 + reason;
}

void domain_crash(struct domain *d, const char *fmt, ...)
{
	(void)d, (void)fmt;
	crashes++;
}

struct domain *domain_get_from(domid_t id)
{
	(void)id;
	return NULL;
}

void timer_init(struct timer *t, void (*fn)(void *), void *data, unsigned int cpu)
{
	*t = (struct timer){.fn = fn, .data = data, .cpu = cpu};
}

void timer_set(struct timer *t, uint64_t deadline)
{
	t->armed = true;
	t->deadline = deadline;
}

void timer_stop(struct timer *t)
{
	t->armed = false;
}

void timer_kill(struct timer *t)
{
	t->armed = false;
	t->dead = true;
}

void timer_migrate(struct timer *t, unsigned int cpu)
{
	t->cpu = cpu;
}

DEFINE_PER_CPU(softirq_pending);

static void (*in_softirq)(void);

void softirq_run(void)
{
	void (*fn)(void) = in_softirq;

	in_softirq = NULL;
	this_cpu(softirq_pending) = 0;
	if (fn)
		fn();
}

int keyhandler_register(char key, void (*fn)(void), const char *what)
{
	(void)key, (void)fn, (void)what;
	return 0;
}

void guest_cpuid(const struct vcpu *v, uint32_t leaf, uint32_t sub, struct cpuid_regs *out)
{
	(void)v;
	*out = (struct cpuid_regs){leaf, ~0u, ~0u, ~sub};
}

bool guest_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *val)
{
	(void)v;
	*val = 0x77;
	return msr == 0x8b;
}

bool guest_wrmsr(struct vcpu *v, uint32_t msr, uint64_t val)
{
	(void)v, (void)val;
	return msr == 0x8b;
}

uint64_t cpu_policy_xcr0(const struct cpu_policy *p)
{
	(void)p;
	return 7;
}

/* x87, SSE and AVX. */
uint32_t cpu_policy_xsave_size(const struct cpu_policy *p, uint64_t xcr0, bool compact)
{
	(void)p, (void)xcr0, (void)compact;
	return XSAVE_BYTES;
}

uint32_t fpu_area_size(void)
{
	return XSAVE_BYTES;
}

int fpu_area_check(const void *area, uint64_t features)
{
	uint64_t present;

	memcpy(&present, (const char *)area + XSTATE_HEADER, sizeof(present));
	return !fpu_image_ok(area) || (present & ~features) ? -EINVAL : 0;
}

static long note(unsigned int nr, uint64_t a1)
{
	last_call = nr;
	last_argument = a1;
	return 42;
}

#define CALL(name, nr)                                                                    \
	HYPERCALL(name)                                                                   \
	{                                                                                 \
		(void)a2, (void)a3, (void)a4, (void)a5, (void)a6;                         \
		return note(nr, a1);                                                      \
	}
CALL(do_set_timer_op, 15)
CALL(do_xen_version, 17)
CALL(do_console_io, 18)
CALL(do_grant_table_op, 20)
CALL(do_vm_assist, 21)
CALL(do_vcpu_op, 24)
CALL(do_sched_op, 29)
CALL(do_event_channel_op, 32)

/* The second call goes on where the first was interrupted. */
HYPERCALL(do_memory_op)
{
	struct vcpu *v = current;

	(void)a2, (void)a3, (void)a4, (void)a5, (void)a6;
	if (a1 == 1000) {
		v->hc.restart = true;
		v->hc.args[0] = 1001;
		return -ERESTART;
	}
	return note(12, a1);
}

#endif
