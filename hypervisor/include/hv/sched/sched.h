/* SPDX-License-Identifier: GPL-2.0-only */
/* Scheduling, softirqs and timers. */
#ifndef HV_SCHED_SCHED_H
#define HV_SCHED_SCHED_H

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
/*
 * This CPU looks at its softirqs by itself: no IPI is needed meanwhile. Set and cleared by the idle
 * loop.
 */
DECLARE_PER_CPU(uint64_t, softirq_polled);
void softirq_run(void);					/* until none is left; interrupts on */
DECLARE_PER_CPU(uint64_t, softirq_pending);
static inline bool softirq_is_pending(void)
{
	return atomic_load(&this_cpu(softirq_pending)) != 0;
}

/*
 * --- timers: one sorted list a CPU. fn runs in the timer softirq of that CPU, interrupts on, no
 * lock held ---
 */
struct timer {
	uint64_t deadline;	/* ns of now_ns() */
	TAILQ_ENTRY(timer) link;
	bool armed;
	bool dead;		/* timer_kill() was called */
	unsigned int cpu;
	void (*fn)(void *);
	void *data;
};
void timer_init(struct timer *t, void (*fn)(void *), void *data, unsigned int cpu);
void timer_set(struct timer *t, uint64_t deadline);	/* re-arms; any CPU, any context but NMI */
void timer_stop(struct timer *t);			/* fn may still run when it was running */
/*
 * As stop, for good: no timer_set() counts any more, and fn does not run on any CPU on return. Not
 * from fn itself.
 */
void timer_kill(struct timer *t);
void timer_migrate(struct timer *t, unsigned int cpu);

/* --- vCPUs --- */
/* The states are the ABI's RUNSTATE_*: running, runnable, blocked, offline. */

/* All of it is guarded by the run queue that v->cpu names (sched/sched.c, rule 2). */
struct sched_vcpu {
	TAILQ_ENTRY(vcpu) link;	/* run queue */
	bool queued;
	bool on_cpu;		/* some CPU runs it or still saves it */
	bool blocked;		/* SCHEDOP_block or poll */
	bool down;		/* VCPUOP_down, or never up */
	bool parked;		/* its domain's cap is used up (sched/cap.c) */
	bool stray;		/* queued on a CPU that it has to leave: not to be run there */
	bool moved;		/* vruntime is a lag, not yet a time of the queue of v->cpu (sched/fair.c) */
	bool pushed;		/* place_spread() has moved it, and it has not run since */
	bool funded;		/* holds an allowance of its domain's cap */
	bool yielded;		/* it gives the CPU away, however short it had it */
	unsigned int pauses;	/* domain pause, own pause */
	cpumask_t hard, soft;	/* affinity, as it was set */
	cpumask_t allowed;	/* hard within its CPU pool, and never empty: where it may run */
	cpumask_t preferred;	/* soft within that; all of it where nothing is left */
	uint64_t vruntime;	/* sched/fair.c */
	uint64_t since;		/* up to when its run time is in vruntime */
	uint64_t arrived;	/* when its CPU became this one */
	int64_t allowance;	/* ns that it may still run, when funded */
	struct timer poll_timer;
	unsigned int weight;
	unsigned int state;
	uint64_t state_entry;	/* ns */
	uint64_t state_time[4];	/* ns in each state before state_entry */
};

/*
 * The run time that a capped domain may still use in this period, ns. Guarded by lock, a leaf but
 * for timers.
 */
struct sched_budget {
	spinlock_t lock;
	bool refilling;		/* the timer is set */
	unsigned int out, parked;	/* vCPUs that hold a part of it, and that found nothing */
	int64_t left;		/* negative: somebody ran for too long */
	int64_t quota;		/* for each period */
	int64_t part;		/* what one vCPU gets at a time */
	uint64_t next;		/* when the next period begins */
	struct timer refill;
};

void sched_init(void);
int sched_vcpu_init(struct vcpu *v);
void sched_vcpu_destroy(struct vcpu *v);
void sched_domain_init(struct domain *d);	/* before its vCPUs */
void sched_domain_destroy(struct domain *d);	/* before its vCPUs go; none of them runs */
/*
 * Weight 1..65535; cap in percent of one CPU, 0: none. Takes effect at once, also for who runs. Any
 * hypercall context.
 */
void sched_set_params(struct domain *d, unsigned int weight, unsigned int cap);
/* Make it runnable if nothing else holds it. Any context, interrupt handlers too. */
void vcpu_wake(struct vcpu *v);
/*
 * Tell it that an event is pending: wake it if blocked, interrupt its CPU if it runs elsewhere in
 * guest mode.
 */
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
/*
 * Where it may run, and where it would rather: within that and its CPU pool it goes there at once
 * if a CPU is idle there. -EINVAL: no CPU of its pool is in it. The caller holds the domain; locks:
 * run queues, one at a time.
 */
int vcpu_set_affinity(struct vcpu *v, cpumask_t hard);
int vcpu_set_soft_affinity(struct vcpu *v, cpumask_t soft);
/* Its CPU pool has changed, or has other CPUs: think anew where it runs. */
void vcpu_settle(struct vcpu *v);
void vcpu_runstate(struct vcpu *v, uint64_t time[4], uint64_t *entry,
		   unsigned int *state);        /* a snapshot */
uint64_t vcpu_cpu_time(struct vcpu *v);		/* ns running */

/* Long hypercalls ask this often: is there other work for this CPU? */
bool hypercall_preempt_check(void);

/* Debug keys: print run queues, timers. */
void sched_dump(void);
void idle_dump(unsigned int cpu);
void timers_dump(void);

/* The idle loop of this CPU; never returns. */
void idle_loop(void) __noreturn;
/*
 * How long to look next time, ns: after a wait of `waited` ns with a window of `window`, at most
 * `limit`. (sched/idle.c)
 */
uint64_t idle_poll_window(uint64_t window, uint64_t waited, uint64_t limit);
/* At most how long, ns, where a wake-up costs so many ns, on average. */
uint64_t idle_poll_limit(uint64_t cost);
/* What a wake-up costs, ns, once one was so many ns late. */
uint64_t idle_wake_cost(uint64_t cost, uint64_t late);
struct vcpu *idle_vcpu(unsigned int cpu);

#endif
