// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a consumer that sets its event index by net_window.c leaves no packet untold for longer
 * than rx-usecs, tells one packet at a time at once, and is sent few events for a stream.
 *
 * net_window.c and ring.h are the shipped ones; beside them stand a timer, and a model
 * of a producer and a consumer on one ring in which time goes by microseconds. An event or the
 * timer wakes the consumer after a while; it takes packets until the ring is empty.
 */
/* includes: common/net_window.c */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/ring.h"

/* ---- the kernel's part ---- */

typedef uint32_t u32;
typedef uint64_t u64;

#define READ_ONCE(x)	     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))
#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))
#define NSEC_PER_USEC		1000
#define CLOCK_MONOTONIC		1
#define HRTIMER_MODE_ABS	0
#define min(a, b)		((a) < (b) ? (a) : (b))
#define max(a, b)		((a) > (b) ? (a) : (b))
#define clamp(v, low, high)	min(max(v, low), high)
#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)

enum hrtimer_restart { HRTIMER_NORESTART };

struct hrtimer {
	enum hrtimer_restart (*function)(struct hrtimer *);
	uint64_t at_ns;
	bool queued;
};

struct napi_struct {
	bool scheduled;
};

struct ethtool_coalesce {
	u32 rx_max_coalesced_frames, rx_coalesce_usecs;
};

static uint64_t now_us; /* us */
static unsigned int starts;

static uint64_t ktime_get_ns(void)
{
	return now_us * 1000;
}

static uint64_t ns_to_ktime(uint64_t ns)
{
	return ns;
}

static void compat_hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *), int clock,
				 int mode)
{
	(void)clock;
	(void)mode;
	*timer = (struct hrtimer){.function = function};
}

static void hrtimer_start(struct hrtimer *timer, uint64_t at_ns, int mode)
{
	(void)mode;
	timer->at_ns = at_ns;
	timer->queued = true;
	starts++;
}

static bool hrtimer_is_queued(const struct hrtimer *timer)
{
	return timer->queued;
}

static void hrtimer_cancel(struct hrtimer *timer)
{
	timer->queued = false;
}

static void napi_schedule(struct napi_struct *napi)
{
	napi->scheduled = true;
}

#include "common/net_window.c"

/* ---- the model ---- */

static unsigned int number, failures;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

struct model {
	struct ring_shared ring;
	struct net_window_limits limits;
	struct net_window window;
	struct napi_struct napi;
	uint32_t prod, cons;
	uint32_t sent; /* by the consumer, the other way */
	bool answers;  /* it sends one packet for each that it takes */
	unsigned int wake, handle; /* us: from event to first packet, and for each packet */
	uint64_t awake_at; /* the consumer's next step; 0: it sleeps */
	unsigned int turn; /* packets of this turn */
	uint64_t since;	   /* of the first packet that came while the consumer slept */
	bool untold;
	uint64_t longest; /* us that a packet was untold */
	unsigned int events;
};

static void begin(struct model *m, unsigned int frames, unsigned int usecs, unsigned int wake,
		  unsigned int handle)
{
	*m = (struct model){.wake = wake, .handle = handle, .limits = {frames, usecs}};
	m->prod = 0xfffffff0; /* the indices wrap soon */
	m->cons = m->prod;
	m->ring.req.prod = m->prod;
	m->ring.req.event = m->prod + 1;
	now_us = 1;
	starts = 0;
	net_window_init(&m->window, &m->limits, &m->napi, &m->sent);
}

static void wake_up(struct model *m)
{
	if (m->untold && now_us - m->since > m->longest)
		m->longest = now_us - m->since;
	m->untold = false;
	if (!m->awake_at)
		m->awake_at = now_us + m->wake;
}

static void produce(struct model *m, unsigned int packets)
{
	uint32_t old = m->prod;

	m->prod += packets;
	if (!packets)
		return;
	if (!m->awake_at && !m->untold) {
		m->untold = true;
		m->since = now_us;
	}
	if (ring_push_notify(&m->ring.req, old, m->prod)) {
		m->events++;
		wake_up(m);
	}
}

static void consume(struct model *m)
{
	if (m->window.timer.queued && now_us * 1000 >= m->window.timer.at_ns) {
		m->window.timer.queued = false;
		m->window.timer.function(&m->window.timer);
	}
	if (m->napi.scheduled) {
		m->napi.scheduled = false;
		wake_up(m);
	}
	while (m->awake_at && m->awake_at <= now_us) {
		if (m->cons != ring_take(&m->ring.req)) {
			m->cons++;
			m->turn++;
			m->sent += m->answers;
			m->awake_at += m->handle;
			if (m->handle)
				continue;
		}
		if (m->cons != ring_take(&m->ring.req))
			continue;
		net_window_found(&m->window, m->turn);
		m->turn = 0;
		if (ring_final_check(&m->ring.req, m->cons + net_window_next(&m->window)))
			continue;
		m->awake_at = 0;
		m->untold = m->prod != m->cons;
		m->since = now_us;
	}
}

/* A producer of any rhythm; nothing it publishes waits longer than @usecs for a look. */
static bool any_rhythm(unsigned int seed, unsigned int usecs)
{
	unsigned int packets, gap, bursts = 2000;
	struct model m;

	srand(seed);
	begin(&m, (unsigned int)rand() % 130, usecs, (unsigned int)rand() % 40,
	      (unsigned int)rand() % 4);
	while (bursts--) {
		packets = (unsigned int)rand() % (rand() % 8 ? 3 : 100);
		if (m.prod - m.cons + packets <= 256)
			produce(&m, packets);
		for (gap = (unsigned int)rand() % (rand() % 16 ? 20 : 1000); gap; gap--, now_us++)
			consume(&m);
	}
	for (gap = 0; gap < 2 * usecs + 1000; gap++, now_us++)
		consume(&m);
	return m.cons == m.prod && !m.untold && m.longest <= usecs + 1;
}

/* @flight packets at a time, the next ones when the consumer has taken them. */
static uint64_t echo(unsigned int flight, bool answers, unsigned int *events)
{
	unsigned int i;
	struct model m;

	begin(&m, 64, 200, 20, 1);
	m.answers = answers;
	for (i = 0; i < 20000; i++, now_us++) {
		if (m.prod == m.cons && !m.awake_at)
			produce(&m, flight);
		consume(&m);
	}
	*events = m.events;
	return m.longest;
}

static void stream(unsigned int gap, unsigned int usecs, unsigned int *packets,
		   unsigned int *events)
{
	unsigned int i;
	struct model m;

	begin(&m, 64, usecs, 30, 2);
	for (i = 0; i < 100000; i++, now_us++) {
		if (i % gap == 0 && m.prod - m.cons < 256)
			produce(&m, 1);
		consume(&m);
	}
	*packets = i / gap;
	*events = m.events;
}

static void test_limits(void)
{
	struct net_window_limits limits = NET_WINDOW_LIMITS;
	struct ethtool_coalesce wish = {NET_WINDOW_FRAMES_MAX + 1, 1};
	struct napi_struct napi = {0};
	struct net_window window = {0};
	uint32_t sent = 0;
	bool good = net_window_set(&limits, &wish) == -EINVAL;

	net_window_init(&window, &limits, &napi, &sent);
	now_us = 10;
	wish = (struct ethtool_coalesce){1, NET_WINDOW_USECS_MAX + 1};
	good &= net_window_set(&limits, &wish) == -EINVAL;
	result(good, "more than the limits is refused");
	wish = (struct ethtool_coalesce){8, 0};
	net_window_set(&limits, &wish);
	net_window_get(&limits, &wish);
	net_window_found(&window, 200);
	result(wish.rx_max_coalesced_frames == 8 && !wish.rx_coalesce_usecs &&
		       net_window_next(&window) == 1 && !window.timer.queued,
	       "rx-usecs 0: each packet has its event, and there is no timer");
	wish = (struct ethtool_coalesce){8, 100};
	net_window_set(&limits, &wish);
	net_window_found(&window, 100);
	net_window_found(&window, 100);
	now_us += 50;
	result(net_window_next(&window) == 8 && window.timer.queued &&
		       net_window_next(&window) == 8,
	       "rx-frames is the largest window; a poll that finds nothing leaves it");
	now_us += 100;
	result(net_window_next(&window) == 1, "until it is due");
	net_window_stop(&window);
	result(!window.timer.queued, "a queue that stops has no timer");
}

int main(void)
{
	unsigned int seed, packets, events;
	bool good = true;

	printf("1..11\n");
	test_limits();
	for (seed = 1; seed <= 100 && good; seed++)
		good = any_rhythm(seed, seed % 3 ? 200 : 1000);
	result(good, "100 producers of any rhythm: no packet is untold for longer than rx-usecs");
	result(echo(1, true, &events) == 0 && events > 500, "an echo is told of at once");
	result(echo(3, true, &events) == 0 && events > 500, "and three packets at a time are");
	result(echo(1, false, &events) <= 200 && events > 20000 / 21 * 3 / 4,
	       "a dialogue by way of two queues waits for rx-usecs in few turns");
	stream(6, 200, &packets, &events);
	result(events * 16 < packets, "a stream at 6 us: less than an event for 16 packets");
	stream(6, 2000, &packets, &events);
	result(starts <= 100000 / 2000 * 2 + 2, "at most two starts of the timer in rx-usecs");
	return failures != 0;
}
