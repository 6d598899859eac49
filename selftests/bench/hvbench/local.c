// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one domain can measure alone: the way into the hypervisor and back, handing a vCPU from one
 * kernel thread to another, and how late a timer comes.
 */
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <xen/interface/xen.h>
#include <xen/interface/version.h>
#include <asm/xen/hypercall.h>
#include "common/compat.h"
#include "internal.h"

/* Reading the clock costs about as much as a hypercall; this many in one sample make it vanish. */
#define CALLS_PER_SAMPLE 64
#define TURNS_PER_SAMPLE 32
#define TIMER_PERIOD_NS  NSEC_PER_MSEC

int local_hypercall(struct samples *s)
{
	s->ops = CALLS_PER_SAMPLE;
	while (!sampling_over(s)) {
		u64 begin = stamp();
		unsigned int i;

		for (i = 0; i < CALLS_PER_SAMPLE; i++) {
			int version = HYPERVISOR_xen_version(XENVER_version, NULL);

			if (version < 0)
				return version;
		}
		sample(s, stamp() - begin);
		cond_resched();
	}
	return 0;
}

/* Context switch: `lead` measures, `partner` answers; each sleeps until the other wakes it. */
struct handover {
	struct samples *samples;
	struct completion lead_turn, partner_turn, done;
	bool stop;    /* written by the lead only, before it gives the partner its last turn */
	bool give_up; /* the caller was killed */
};

static int partner_thread(void *data)
{
	struct handover *h = data;

	for (;;) {
		wait_for_completion(&h->partner_turn);
		if (READ_ONCE(h->stop))
			return 0;
		complete(&h->lead_turn);
	}
}

static int lead_thread(void *data)
{
	struct handover *h = data;
	struct samples *s = h->samples;

	while (!READ_ONCE(h->give_up) && !sampling_over(s)) {
		u64 begin = stamp();
		unsigned int i;

		for (i = 0; i < TURNS_PER_SAMPLE; i++) {
			complete(&h->partner_turn);
			wait_for_completion(&h->lead_turn);
		}
		sample(s, stamp() - begin);
	}
	WRITE_ONCE(h->stop, true);
	complete(&h->partner_turn);
	complete(&h->done);
	return 0;
}

static struct task_struct *thread_on(unsigned int cpu, int (*fn)(void *), struct handover *h,
				     const char *name)
{
	struct task_struct *task = kthread_create(fn, h, "hvbench-%s", name);

	if (!IS_ERR(task)) {
		kthread_bind(task, cpu);
		/* It may have ended by itself when kthread_stop() is called. */
		get_task_struct(task);
	}
	return task;
}

static int handover_run(struct handover *h, unsigned int cpu)
{
	struct task_struct *lead, *partner;

	lead = thread_on(cpu, lead_thread, h, "lead");
	if (IS_ERR(lead))
		return PTR_ERR(lead);
	partner = thread_on(cpu, partner_thread, h, "partner");
	if (IS_ERR(partner)) {
		kthread_stop(lead); /* never woken: it ends without having run */
		put_task_struct(lead);
		return PTR_ERR(partner);
	}
	wake_up_process(partner);
	wake_up_process(lead);
	if (wait_for_completion_killable(&h->done)) {
		WRITE_ONCE(h->give_up, true);
		wait_for_completion(&h->done); /* bounded: the lead ends after its sample */
	}
	kthread_stop(lead);
	kthread_stop(partner);
	put_task_struct(lead);
	put_task_struct(partner);
	return 0;
}

int local_ctxsw(struct samples *s, unsigned int cpu)
{
	struct handover h = {.samples = s};
	int err = -ENODEV;

	s->ops = 2 * TURNS_PER_SAMPLE;
	init_completion(&h.lead_turn);
	init_completion(&h.partner_turn);
	init_completion(&h.done);
	cpus_read_lock(); /* a thread bound to a vCPU that goes away would never run */
	if (cpu_online(cpu))
		err = handover_run(&h, cpu);
	cpus_read_unlock();
	return err;
}

struct late_timer {
	struct hrtimer timer;
	struct samples *samples;
	struct completion done;
};

static enum hrtimer_restart late_timer_fires(struct hrtimer *timer)
{
	struct late_timer *late = container_of(timer, struct late_timer, timer);
	struct samples *s = late->samples;
	ktime_t now = ktime_get();

	sample(s, ktime_to_ns(ktime_sub(now, hrtimer_get_expires(timer))));
	if (s->taken >= s->wanted || ktime_to_ns(now) > s->deadline) {
		complete(&late->done);
		return HRTIMER_NORESTART;
	}
	hrtimer_set_expires(timer, ktime_add_ns(now, TIMER_PERIOD_NS));
	return HRTIMER_RESTART;
}

static void late_timer_setup(struct late_timer *late)
{
	compat_hrtimer_setup_on_stack(&late->timer, late_timer_fires, CLOCK_MONOTONIC,
				      HRTIMER_MODE_ABS_PINNED);
}

int local_timer(struct samples *s)
{
	struct late_timer late = {.samples = s};

	init_completion(&late.done);
	late_timer_setup(&late);
	hrtimer_start(&late.timer, ktime_add_ns(ktime_get(), TIMER_PERIOD_NS),
		      HRTIMER_MODE_ABS_PINNED);
	wait_for_completion_killable_timeout(&late.done, (HVBENCH_MAX_SECONDS + 5) * HZ);
	hrtimer_cancel(&late.timer); /* after it, the handler does not run: the samples are ours */
	destroy_hrtimer_on_stack(&late.timer);
	return s->taken ? 0 : -ETIMEDOUT;
}
