/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The events that wait for more packets of a stream, against a model of a receiver: an event wakes
 * it after a while, it takes packets until the ring is empty and asks for the next event then. Who
 * sends is a stream, or as many conversations as there are, each of which waits for its answer.
 * Time goes by microseconds.
 */
/* includes: include/shoji/coalesce.h */
#include <stdio.h>

#include <shoji/coalesce.h>

static unsigned int number, failures;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

#define FLOWS 64

struct peer {
	unsigned int gap;	   /* us: between two packets of who sends */
	unsigned int wake, handle; /* us: from the event to the first packet, and for each */
	unsigned int flows;	   /* that wait for their answers; 0: a stream */
	unsigned int back;	   /* us that an answer takes */
	unsigned int pause_every, pause; /* packets, us: the sender's CPU is somebody else's */
	unsigned int frames, max_us;
	uint32_t start; /* index */
};

struct outcome {
	unsigned int packets, events, waited,
		longest; /* us that a packet was in the ring without an event, at most */
	unsigned int timers;
};

struct model {
	struct coalesce c;
	uint32_t prod, told, taken;
	uint64_t now, next, busy,
		since; /* us; busy: the receiver's next packet, 0: it has asked for an event */
	uint64_t ready[FLOWS];		 /* us: when each conversation may send */
	unsigned int who[256];
	struct outcome out;
};

static void tell(struct model *m, const struct peer *p)
{
	coalesce_told(&m->c, m->prod, m->now * 1000);
	if (m->now - m->since > m->out.longest && m->told != m->prod)
		m->out.longest = m->now - m->since;
	m->told = m->prod;
	m->out.events++;
	if (!m->busy)
		m->busy = m->now + p->wake;
}

static bool may_send(struct model *m, const struct peer *p, unsigned int *flow)
{
	if (m->now < m->next || m->prod - m->taken == 256)
		return false;
	if (!p->flows)
		return true;
	for (*flow = 0; *flow < p->flows; ++*flow)
		if (m->ready[*flow] <= m->now)
			return true;
	return false;
}

static void send(struct model *m, const struct peer *p)
{
	unsigned int flow = 0;

	if (!may_send(m, p, &flow))
		return;
	m->who[m->prod++ % 256] = flow;
	m->ready[flow] = UINT64_MAX;
	m->next = m->now + p->gap;
	if (p->pause_every && ++m->out.packets % p->pause_every == 0)
		m->next += p->pause;
	if (m->busy) { /* it polls */
		if (!m->c.open)
			m->told = m->prod;
	} else if (!m->c.open) {
		m->since = m->now;
		if (coalesce_begin(&m->c, m->prod, m->now * 1000))
			m->out.waited++;
		else
			tell(m, p);
	}
	if (m->c.open && coalesce_full(&m->c, m->prod))
		tell(m, p);
}

static void receive(struct model *m, const struct peer *p)
{
	if (!m->busy || m->now < m->busy)
		return;
	if (m->taken == m->prod) {
		m->busy = 0;
		return;
	}
	m->ready[m->who[m->taken++ % 256]] = m->now + p->handle + p->back;
	m->busy = m->now + p->handle;
}

/* A second. */
static struct outcome run(const struct peer *p)
{
	struct model m = {.prod = p->start, .told = p->start, .taken = p->start};
	const struct coalesce_limits limits = {.frames = p->frames, .usecs = p->max_us};

	coalesce_init(&m.c, &limits, p->start);
	for (m.now = 1; m.now < 1000000; m.now++) {
		receive(&m, p);
		send(&m, p);
		if (m.c.open && coalesce_expired(&m.c, m.now * 1000)) {
			m.out.timers++;
			tell(&m, p);
		}
	}
	m.out.packets = m.taken - p->start;
	return m.out;
}

static void streams(void)
{
	struct peer even = {.gap = 60,
			    .wake = 150,
			    .handle = 40,
			    .frames = COALESCE_FRAMES,
			    .max_us = COALESCE_USECS};
	struct peer fast = even, slow = even, sharp = even, off = even, wrap = even;
	struct outcome o;

	o = run(&even);
	result(o.packets > 16000 && o.events * 20 < o.packets,
	       "a stream for a receiver of its speed: an event for more than 20 packets");
	result(o.longest <= COALESCE_FRAMES * 60 + 60,
	       "none waits longer than the stream takes for so many");
	result(o.timers <= 2, "and no timer ends the wait");
	off.frames = 0;
	o = run(&off);
	result(o.events * 20 > o.packets * 2 && !o.waited,
	       "without it: more than two for 20, and nothing waits");
	wrap.start = UINT32_MAX - 5000;
	o = run(&wrap);
	result(o.packets > 16000 && o.events * 20 < o.packets,
	       "an index that wraps round changes nothing");
	fast.gap = 1, fast.wake = 5, fast.handle = 1;
	o = run(&fast);
	result(o.packets > 900000 && o.events * 20 < o.packets && o.longest < 100,
	       "a stream on a fast machine: the same, within 100 us");
	sharp.gap = 20, sharp.wake = 5, sharp.handle = 1;
	o = run(&sharp);
	result(o.events == o.packets && !o.waited,
	       "a receiver that is there for each packet in time: each is told of at once");
	slow.gap = 400, slow.wake = 900;
	o = run(&slow);
	result(!o.waited, "a stream whose packets would take longer than the limit: nothing waits");
}

static void others(void)
{
	struct peer one = {.gap = 2,
			   .wake = 5,
			   .handle = 2,
			   .flows = 1,
			   .frames = COALESCE_FRAMES,
			   .max_us = COALESCE_USECS};
	struct peer paused = {.gap = 60,
			      .wake = 150,
			      .handle = 40,
			      .frames = COALESCE_FRAMES,
			      .max_us = COALESCE_USECS};
	struct outcome o, without;
	unsigned int worst = 100, waits = 0;

	o = run(&one);
	result(o.packets > 100000 && !o.waited, "one conversation: nothing waits");
	for (unsigned int speed = 1; speed <= 32; speed *= 2)
		for (one.flows = 2; one.flows <= FLOWS; one.flows++) {
			one.gap = 2 * speed, one.handle = speed;
			one.wake = one.back = 8 * speed;
			one.frames = 0;
			without = run(&one);
			one.frames = COALESCE_FRAMES;
			o = run(&one);
			waits += o.waited;
			if (o.packets * 100ULL / without.packets < worst)
				worst = o.packets * 100ULL / without.packets;
		}
	printf("# of 2 to %u conversations the worst keep %u %% of their rate; %u events waited\n",
	       FLOWS, worst, waits);
	/*
	 * Just 32, the last of which is what an event waits for, and an eighth of the events. An
	 * event costs nothing here.
	 */
	result(worst >= 87 && waits, "two to 64 conversations lose an eighth of their rate at most");
	paused.pause_every = 100, paused.pause = 3000;
	o = run(&paused);
	paused.frames = 0;
	without = run(&paused);
	printf("# with pauses: %u events of %u packets, %u of %u without\n", o.events, o.packets,
	       without.events, without.packets);
	result(o.events * 20 < o.packets * 2,
	       "a sender that is held up once in 100 packets: under two events for 20");
	result(o.longest <= COALESCE_USECS, "and what waits then waits no longer than the limit");
}

/*
 * A stream of five packets an event, and then one packet at a time; and after many of those, once
 * two.
 */
static void change(void)
{
	const struct coalesce_limits limits = {.frames = COALESCE_FRAMES, .usecs = COALESCE_USECS};
	struct coalesce c;
	uint32_t prod = 0;
	uint64_t now = 1000000;
	bool waits = false;

	coalesce_init(&c, &limits, prod);
	for (int i = 0; i < 20; i++) {
		waits = coalesce_begin(&c, prod += 5, now += 50000);
		coalesce_told(&c, prod, now);
	}
	result(waits && !coalesce_begin(&c, prod + 1, now + 10000),
	       "where a stream was, the first packet that comes alone does not wait");
	coalesce_told(&c, prod, now);
	for (int i = 0; i < 20; i++) {
		coalesce_begin(&c, ++prod, now += 50000);
		coalesce_told(&c, prod, now);
	}
	result(!coalesce_begin(&c, prod + 2, now + 10000),
	       "and where packets come alone, the first two do not");
}

int main(void)
{
	streams();
	change();
	others();
	printf("1..%u\n", number);
	return failures != 0;
}
