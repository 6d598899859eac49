// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: a packet whose event waits for the end of a poll is never forgotten, wherever another
 * CPU's poll of the same queue stands. net_batch.c is the shipped one; beside it stand as much of
 * the kernel's NAPI as decides who polls again, and a queue whose poll does what those of netback
 * and netfront do, in their order.
 */
/* includes: common/net_batch.c */
#include <stdbool.h>
#include <stdio.h>

#include "interleave.h"

#include "common/ring.h"
#include "include/xen/io/netif.h"

#define READ_ONCE(x)	   (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))

/* ---- the kernel's part ---- */

enum { SCHED = 1, MISSED = 2 };

struct napi_struct {
	unsigned int state;
};

static int cpu;	      /* that runs now */
static bool softirq;  /* and in what context */
static int listed[2]; /* polls that a CPU has before it */
static int polls;     /* that there were */

static int smp_processor_id(void)
{
	return cpu;
}

static bool in_serving_softirq(void)
{
	return softirq;
}

static bool netpoll; /* that sends with interrupts off */

static bool irqs_disabled(void)
{
	return netpoll;
}

static void napi_schedule(struct napi_struct *napi)
{
	unsigned int was = __atomic_load_n(&napi->state, __ATOMIC_SEQ_CST);

	while (!__atomic_compare_exchange_n(&napi->state, &was,
					    was | SCHED | (was & SCHED ? MISSED : 0), false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
	if (!(was & SCHED))
		listed[cpu]++;
}

static void napi_complete(struct napi_struct *napi)
{
	unsigned int was = __atomic_load_n(&napi->state, __ATOMIC_SEQ_CST);

	while (!__atomic_compare_exchange_n(&napi->state, &was, was & MISSED ? SCHED : 0, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
	if (was & MISSED)
		listed[cpu]++;
}

#include "common/net_batch.c"

/* ---- a queue ---- */

static struct {
	struct napi_struct napi;
	int poll_cpu;
	unsigned int batched, put, shown, events;
	bool locked;   /* of the netdev's queue */
	bool stopped;  /* a poll waits for that lock */
	int own;       /* packets that the poll itself sends */
} q;

static bool (*batch)(struct napi_struct *, const int *, unsigned int *);

static void show(void)
{
	q.batched = 0;
	q.events += q.shown != q.put;
	q.shown = q.put;
}

static void put(void)
{
	q.put++;
	if (!batch(&q.napi, &q.poll_cpu, &q.batched))
		show();
}

/* ndo_start_xmit, as the stack calls it. */
static void send(void)
{
	q.locked = true;
	put();
	q.locked = false;
}

static void poll_resume(void)
{
	q.stopped = q.locked;
	if (q.stopped)
		return;
	q.locked = true;
	show();
	q.locked = false;
	napi_complete(&q.napi);
}

static void poll(void)
{
	listed[cpu]--;
	polls++;
	WRITE_ONCE(q.poll_cpu, cpu);
	for (; q.own; q.own--)
		put();
	WRITE_ONCE(q.poll_cpu, -1);
	if (READ_ONCE(q.batched))
		poll_resume();
	else
		napi_complete(&q.napi);
}

static void polls_of(int which)
{
	int before = cpu;

	cpu = which;
	while (listed[which] && !q.stopped)
		poll();
	cpu = before;
}

static void begin(bool scheduled)
{
	q = (__typeof__(q)){.poll_cpu = -1};
	cpu = 0;
	softirq = true;
	polls = 0;
	listed[0] = 0;
	listed[1] = scheduled;
	q.napi.state = scheduled ? SCHED : 0;
}

/* Everybody does what is before him. */
static void settle(void)
{
	if (q.stopped)
		cpu = 1, poll_resume();
	for (int i = 0; i < 8; i++)
		polls_of(i & 1);
}

/* ---- one interrupts the other at each instruction ---- */

static bool sent;

static void other_polls(void)
{
	polls_of(1);
}

static void send_two(void)
{
	send();
	send();
}

static void other_sends(void)
{
	if (q.locked)
		return; /* it would wait for the lock: after us */
	cpu = 0;
	send();
	sent = true;
	cpu = 1;
}

static bool sender_interrupted(void (*sender)(void), unsigned int packets, bool scheduled)
{
	for (unsigned int n = 0;; n++) {
		bool in_time;

		begin(scheduled);
		in_time = interleave(sender, other_polls, n);
		settle();
		if (q.shown != packets)
			return false;
		if (!in_time)
			return true;
	}
}

static bool poll_interrupted(void)
{
	for (unsigned int n = 0;; n++) {
		bool in_time;

		begin(true);
		sent = false;
		cpu = 1;
		in_time = interleave(poll, other_sends, n);
		cpu = 0;
		if (!sent)
			send();
		settle();
		if (q.shown != 1)
			return false;
		if (!in_time)
			return true;
	}
}

/* The wrong order: the poll may have looked for the last time before there is anything to see. */
static bool wrong(struct napi_struct *napi, const int *poll_cpu, unsigned int *batched)
{
	(void)poll_cpu;
	napi_schedule(napi);
	WRITE_ONCE(*batched, *batched + 1);
	return true;
}

/* ---- what it brings ---- */

static unsigned int bunch(unsigned int packets, bool from_softirq, bool own)
{
	begin(false);
	softirq = from_softirq;
	if (own) {
		q.own = packets;
		napi_schedule(&q.napi);
	} else {
		for (unsigned int i = 0; i < packets; i++)
			send();
	}
	settle();
	return q.shown == packets ? q.events : 0;
}

/*
 * ---- the event itself: seen at once, told of later ----
 *
 * A producer publishes packets one by one and decides about the event after some of them, for all
 * since it decided last; a consumer takes what it sees, asks for an event, looks again, sleeps.
 * Each line of theirs is one step, in every order that there is.
 */

struct told {
	unsigned int made;	      /* packets, published each */
	unsigned int decided;	      /* up to which */
	unsigned int taken, wanted;   /* by the consumer; the index at which it wants an event */
	enum { TAKE, ASK, LOOK, SLEEP } consumer;
	bool event;		      /* sent and not yet come */
};

enum { MADE_MAX = 5, DECIDE_AT = 3 }; /* it decides after the third and the last */

static bool told_step(struct told *t)
{
	switch (t->consumer) {
	case TAKE:
		t->taken = t->made;
		t->consumer = ASK;
		return true;
	case ASK:
		t->wanted = t->taken + 1;
		t->consumer = LOOK;
		return true;
	case LOOK:
		t->consumer = t->made != t->taken ? TAKE : SLEEP;
		return true;
	default:
		if (!t->event)
			return false;
		t->event = false;
		t->consumer = TAKE;
		return true;
	}
}

static bool told_produce(struct told *t)
{
	if (t->decided < t->made && (t->made == DECIDE_AT || t->made == MADE_MAX)) {
		t->event |= ring_passed(t->wanted, t->decided, t->made);
		t->decided = t->made;
		return true;
	}
	if (t->made == MADE_MAX)
		return false;
	t->made++;
	return true;
}

/* False: there is an order in which the consumer sleeps and something is left. */
static bool told_of(struct told t)
{
	struct told consumer = t, producer = t;
	bool steps = told_step(&consumer), produces = told_produce(&producer);

	if (!steps && !produces)
		return t.taken == t.made;
	return (!steps || told_of(consumer)) && (!produces || told_of(producer));
}

static int number, failures;

static void result(bool good, const char *claim)
{
	failures += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", ++number, claim);
}

int main(void)
{
	batch = net_batch;
	result(sender_interrupted(send, 1, true), "sent from a softirq while another CPU polls, at "
						  "each instruction of the sender: shown");
	result(sender_interrupted(send_two, 2, true), "and two of them");
	result(sender_interrupted(send_two, 2, false), "and while nobody polls");
	result(poll_interrupted(), "and at each instruction of the poll");
	result(bunch(20, true, false) == 1 && polls == 1,
	       "20 packets of a foreign softirq: one event, one poll");
	result(bunch(20, true, true) == 1 && polls == 1,
	       "20 packets of the own poll: one event, and no further poll");
	result(bunch(64, true, true) == 2, "64: two, so that the first does not wait for the last");
	result(bunch(20, false, false) == 20, "from a process: each at once");
	netpoll = true;
	result(bunch(20, true, false) == 20,
	       "with interrupts off, as a kernel sends its last words: each at once, too");
	netpoll = false;
	result(told_of((struct told){.wanted = 1, .consumer = SLEEP}),
	       "packets that are seen at once and told of later: the other side sleeps over none");
	result(told_of((struct told){.consumer = ASK}), "wherever it stands");
	result(!told_of((struct told){.wanted = 1, .consumer = SLEEP, .decided = 1}),
	       "a decision that leaves one out is found out");
	batch = wrong;
	result(!sender_interrupted(send, 1, true), "the wrong order is found out");
	printf("1..%d\n", number);
	return failures != 0;
}
