/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module's files share. Each test fills `struct samples`; everything is bounded by
 * sampling_over().
 */
#ifndef HVBENCH_INTERNAL_H
#define HVBENCH_INTERNAL_H

#include <linux/completion.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <xen/interface/event_channel.h>
#include <asm/tsc.h>
#include "hvbench_abi.h"

struct samples {
	u64 *time; /* in cycles while the test runs, in ns afterwards */
	u32 wanted;
	u32 taken;
	u32 ops;      /* operations in each sample */
	u64 deadline; /* ktime: no sample is begun after it */
};

/*
 * The clock of all samples but the timer's. Not ktime: a Xen guest's clock is corrected to be
 * monotonic over all vCPUs, so it stands still on one vCPU until it has caught up with the others,
 * for milliseconds under emulation.
 */
static inline u64 stamp(void)
{
	return rdtsc_ordered();
}

static inline void sample(struct samples *s, u64 time)
{
	s->time[s->taken++] = time;
}

static inline bool sampling_over(const struct samples *s)
{
	return s->taken >= s->wanted || ktime_get_ns() > s->deadline ||
	       fatal_signal_pending(current);
}

/*
 * An event channel's end that measures: it sends, takes the time when the answer comes, and sends
 * again, all in the interrupt handler, so that no thread's wake-up is measured with it.
 */
struct pingpong {
	spinlock_t lock;         /* guards all below; an event may come after a test was given up */
	struct samples *samples; /* NULL: no test under way */
	u64 sent;
	int irq;
	struct completion done;
};

struct offer;
struct peer;

int local_hypercall(struct samples *s);
int local_ctxsw(struct samples *s, unsigned int cpu);
int local_timer(struct samples *s);

void pingpong_init(struct pingpong *pp);
int pingpong_bind(struct pingpong *pp, evtchn_port_t port);
void pingpong_unbind(struct pingpong *pp);
int pingpong_run(struct pingpong *pp, struct samples *s);
int pingpong_vcpus(struct samples *s, unsigned int cpu, unsigned int other);
int echo_bind(evtchn_port_t port, int *irq);
void echo_unbind(int *irq);
int port_alloc(domid_t remote, evtchn_port_t *port);
int port_bind(domid_t remote, evtchn_port_t remote_port, evtchn_port_t *port);
void port_close(evtchn_port_t port);

struct offer *offer_create(struct hvbench_offer *request);
void offer_destroy(struct offer *offer);
u64 offer_pattern(unsigned int page);

struct peer *peer_create(struct hvbench_peer *request);
void peer_destroy(struct peer *peer);
int peer_pingpong(struct peer *peer, struct samples *s);
int peer_map(struct peer *peer, struct samples *s, unsigned int batch, bool time_unmap);
int peer_copy(struct peer *peer, struct samples *s, unsigned int batch);

#endif
