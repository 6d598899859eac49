/* SPDX-License-Identifier: GPL-2.0-only */
/* Scheduling, softirqs and timers. */
#ifndef HV_SCHED_H
#define HV_SCHED_H

#include <hv/percpu.h>
#include <hv/queue.h>
#include <hv/spinlock.h>
#include <hv/types.h>
#include <xen/vcpu.h>

/* --- softirqs: work put off to the next return to a guest (or to the idle loop) of a CPU --- */
enum softirq { SOFTIRQ_TIMER, SOFTIRQ_SCHED, SOFTIRQ_TLB_LEAVE, SOFTIRQ_LOG, NR_SOFTIRQS };
void softirq_open(enum softirq nr, void (*fn)(void));
void softirq_raise(enum softirq nr);			/* this CPU */
void softirq_raise_on(unsigned int cpu, enum softirq nr);	/* with an IPI unless it is this one */
/* This CPU looks at its softirqs by itself: no IPI is needed meanwhile. Set and cleared by the idle loop. */
DECLARE_PER_CPU(uint64_t, softirq_polled);
void softirq_run(void);					/* until none is left; interrupts on */
DECLARE_PER_CPU(uint64_t, softirq_pending);
static inline bool softirq_is_pending(void)
{
	return atomic_load(&this_cpu(softirq_pending)) != 0;
}

/* --- timers: one sorted list a CPU. fn runs in the timer softirq of that CPU, interrupts on, no lock held --- */
struct timer {
	uint64_t deadline;	/* ns of now_ns() */
	TAILQ_ENTRY(timer) link;
	bool armed;
	unsigned int cpu;
	void (*fn)(void *);
	void *data;
};
void timer_init(struct timer *t, void (*fn)(void *), void *data, unsigned int cpu);
void timer_set(struct timer *t, uint64_t deadline);	/* re-arms; any CPU, any context but NMI */
void timer_stop(struct timer *t);			/* fn may still run when it was running */
void timer_kill(struct timer *t);			/* as stop, and fn does not run any more on return */
void timer_migrate(struct timer *t, unsigned int cpu);

/* --- vCPUs --- */
/* The states are the ABI's RUNSTATE_*: running, runnable, blocked, offline. */

struct sched_vcpu {
	spinlock_t lock;	/* guards what follows, together with the run queue it names */
	TAILQ_ENTRY(vcpu) link;	/* run queue */
	bool queued;
	bool on_cpu;		/* some CPU runs it or still saves it */
	bool blocked;		/* SCHEDOP_block or poll */
	bool down;		/* VCPUOP_down, or never up */
	unsigned int pauses;	/* domain pause, own pause */
	cpumask_t hard, soft;	/* affinity */
	uint64_t vruntime;	/* fair.c */
	uint64_t since;		/* up to when its run time is in vruntime */
	uint64_t came_on;	/* when it was given the CPU */
	bool yielded;		/* it gives the CPU away, however short it had it */
	struct timer poll_timer;
	unsigned int weight;
	unsigned int state;
	uint64_t state_entry;	/* ns */
	uint64_t state_time[4];	/* ns in each state before state_entry */
};

void sched_init(void);
int sched_vcpu_init(struct vcpu *v);
void sched_vcpu_destroy(struct vcpu *v);
/* Make it runnable if nothing else holds it. Any context, interrupt handlers too. */
void vcpu_wake(struct vcpu *v);
/* Tell it that an event is pending: wake it if blocked, interrupt its CPU if it runs elsewhere in guest mode. */
void vcpu_kick(struct vcpu *v);
void vcpu_pause(struct vcpu *v);		/* counted; returns when it does not run (v is not current) */
void vcpu_pause_nosync(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);
void vcpu_block_current(void);			/* SCHEDOP_block: unmask events, sleep unless one is pending */
void vcpu_yield_current(void);
void vcpu_send_nmi(struct vcpu *v);		/* the guest's NMI handler runs on it soon */
void vcpu_up(struct vcpu *v);
void vcpu_down(struct vcpu *v);			/* of current takes effect at the next return to the guest */
bool vcpu_runnable(const struct vcpu *v);
int vcpu_set_affinity(struct vcpu *v, cpumask_t hard);	/* -EINVAL: no CPU online in it */
void vcpu_runstate(struct vcpu *v, uint64_t time[4], uint64_t *entry, unsigned int *state);	/* a snapshot */
uint64_t vcpu_cpu_time(struct vcpu *v);		/* ns running */

/* Long hypercalls ask this often: is there other work for this CPU? */
bool hypercall_preempt_check(void);

/* Debug keys: print run queues, timers. */
void sched_dump(void);
void idle_dump(unsigned int cpu);
void timers_dump(void);

/* The idle loop of this CPU; never returns. */
void idle_loop(void) __noreturn;
/* How long to look next time, ns: after a wait of `waited` ns with a window of `window`, at most `limit`. (sched/idle.c) */
uint64_t idle_poll_window(uint64_t window, uint64_t waited, uint64_t limit);
/* At most how long, ns, where a wake-up costs so many ns, on average. */
uint64_t idle_poll_limit(uint64_t cost);
/* What a wake-up costs, ns, once one was so many ns late. */
uint64_t idle_wake_cost(uint64_t cost, uint64_t late);
struct vcpu *idle_vcpu(unsigned int cpu);

#endif
