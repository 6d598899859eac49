/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler, as the rest of the hypervisor sees it, and its part of struct vcpu and struct
 * domain (sched/sched.c, which has the rules 1-6). Locks of run queues are taken inside, one at a
 * time, with interrupts off.
 */
#ifndef HV_SCHED_SCHED_H
#define HV_SCHED_SCHED_H

#include <hv/percpu.h>
#include <hv/queue.h>
#include <hv/sched/softirq.h>
#include <hv/sched/timer.h>
#include <hv/spinlock.h>
#include <hv/types.h>
#include <xen/vcpu.h>

/* The states are the ABI's RUNSTATE_*: running, runnable, blocked, offline. */

/*
 * What the scheduler knows of a vCPU. Guarded by the lock of the run queue that v->cpu names
 * (sched/sched.c, rule 2), but for blocked: the vCPU itself and those who wake it write it
 * atomically (rule 5). on_cpu (rule 4) and parked are read without the lock. pauses, weight and
 * affinity change by the controller, the rest by the scheduler.
 */
struct vcpu_sched {
	TAILQ_ENTRY(vcpu) link;	/* run queue */
	bool queued;
	bool on_cpu;		/* some CPU runs it or still saves it */
	bool blocked;		/* SCHEDOP_block or poll */
	bool down;		/* VCPUOP_down, or never up */
	bool parked;		/* its domain's cap is used up (sched/cap.c) */
	bool stray;		/* queued on a CPU that it has to leave: not to be run there */
	bool moved; /* vruntime is a lag, not yet a time of the queue of v->cpu (sched/fair.c) */
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

/* A domain's shares. A domctl writes weight and cap, one at a time; all read them. */
struct domain_sched {
	unsigned int weight;		/* 1..WEIGHT_MAX */
	unsigned int cap;		/* percent of one CPU, 0: none; written under budget.lock */
	unsigned int cpupool;		/* written under pool_lock (sched/cpupool.c) */
	struct sched_budget budget;	/* what the cap leaves of this period */
};

/* What a CPU runs: for a look from other CPUs. */
DECLARE_PER_CPU(struct vcpu *, running);

/* --- life --- */

/* The boot CPU's queue, its idle vCPU (current from now on) and the softirq. Boot CPU, once. */
void sched_init(void);
/* The idle vCPU and the queue of one CPU; panics without memory. Boot CPU, before that CPU runs. */
void sched_init_cpu(unsigned int cpu);
/* Set up v->sched: down, weight of 256, on a CPU of its pool. 0 always. v->domain is set. */
int sched_vcpu_init(struct vcpu *v);
/* The timer goes. v does not run any more. */
void sched_vcpu_destroy(struct vcpu *v);
/* The idle vCPU of a CPU that sched_init_cpu() has seen. Any context. */
struct vcpu *idle_vcpu(unsigned int cpu);

#define WEIGHT_MAX	65535
/*
 * Weight 1..WEIGHT_MAX; cap in percent of one CPU, 0: none. Takes effect at once, also for a vCPU
 * that runs. Any hypercall context.
 */
void sched_set_params(struct domain *d, unsigned int weight, unsigned int cap);

/* --- what a vCPU waits for --- */

/* Make it runnable if nothing else holds it. Any context, interrupt handlers too. */
void vcpu_wake(struct vcpu *v);
/*
 * Tell it that an event is pending: wake it if blocked, interrupt its CPU if it runs elsewhere in
 * guest mode. Any context, interrupt handlers too.
 */
void vcpu_kick(struct vcpu *v);
/* One pause more; it may still run for a moment. Any context. */
void vcpu_pause_nosync(struct vcpu *v);
/* One pause less; it runs on when that was the last. Any context. */
void vcpu_unpause(struct vcpu *v);
/* SCHEDOP_block for current: unmask its events, sleep unless one is pending. */
void vcpu_block_current(void);
/* current has set v->sched.blocked and found nothing that is pending: it sleeps. */
void vcpu_blocked(void);
/* SCHEDOP_yield for current: behind the first that waits here, if one does. */
void vcpu_yield_current(void);
/* The guest's NMI handler is to run on v soon; an NMI that is pending is enough. Any context. */
void vcpu_send_nmi(struct vcpu *v);
/* VCPUOP_up: not down and not blocked any more. Any hypercall context. */
void vcpu_up(struct vcpu *v);
/* VCPUOP_down; current goes at its next return to the guest. Any hypercall context. */
void vcpu_down(struct vcpu *v);
/* Does nothing hold it: blocked, down, paused or parked? A snapshot. */
bool vcpu_runnable(const struct vcpu *v);

/*
 * Is there other work for this CPU, or an event for current? Long hypercalls ask this often and
 * then return hypercall_restart().
 */
bool hypercall_preempt_check(void);
/* Print run queues and idle loops to the log. Debug keys. */
void sched_dump(void);

/* --- between sched.c and its neighbours --- */

struct runq;

/*
 * Put v, which was woken at now (ns), into q, the queue of v->cpu, which is locked. True: that CPU
 * must be told to schedule.
 */
bool sched_queue_woken(struct runq *q, struct vcpu *v, uint64_t now);

#endif
