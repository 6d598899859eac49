/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the two halves of a vbd send events: blkfront's window of the event index and blkback's
 * rules for telling, on one ring, with a device that answers in any order, at any time, and a
 * thread that sleeps in the middle of a round. The frontend has no timer here, and looks at its
 * ring only when an event comes. So whatever rests untold while blkback's thread sleeps rests for
 * ever: there must be nothing.
 */
/* sources: backends/blkback/answers.c frontends/blkfront/window.c */
#include <stdio.h>
#include <stdlib.h>

#include "../../backends/blkback/answers.h"
#include "../../frontends/blkfront/window.h"

#define SLOTS 32u

static unsigned int number, failures;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

struct model {
	struct ring_shared ring;
	/* frontend */
	struct window window;
	uint32_t req_pushed, rsp_cons, depth;
	bool told; /* an event is under way to it */
	/* backend */
	struct answers answers;
	uint32_t req_cons, in_flight;
	bool in_round;
	unsigned int slow_at_device,
		blocked; /* steps; the request at hand is not answered until then */
	bool slow[SLOTS], answer_slow[SLOTS];
	bool kicked;
	/* the device: how many of 8 requests it completes while they are submitted */
	unsigned int at_once;
	bool blocks; /* the thread may sleep over a request */
	unsigned int events, requests;
};

static void submit(struct model *m)
{
	uint32_t old = m->req_pushed, prod = old, most = 1 + (uint32_t)rand() % 8;

	for (; most && prod - m->rsp_cons < m->depth; most--, prod++) {
		m->slow[prod % SLOTS] = rand() % 16 == 0;
		m->window.slow += m->slow[prod % SLOTS];
	}
	if (prod == old)
		return;
	m->req_pushed = prod;
	window_forward(&m->window, &m->ring.rsp, m->rsp_cons, prod);
	m->requests += prod - old;
	m->kicked |= ring_push_notify(&m->ring.req, old, prod);
}

static void take_answers(struct model *m)
{
	m->told = false;
	window_told(&m->window, ring_unconsumed(m->rsp_cons, m->ring.rsp.prod), m->rsp_cons,
		    m->req_pushed, rand() % 2);
	do {
		uint32_t prod = ring_take(&m->ring.rsp);

		for (; m->rsp_cons != prod; m->rsp_cons++)
			m->window.slow -= m->answer_slow[m->rsp_cons % SLOTS];
	} while (window_rearm(&m->window, &m->ring, m->rsp_cons, m->req_pushed));
}

static void publish(struct model *m)
{
	if (!answers_publish(&m->answers, &m->ring))
		return;
	m->told = true;
	m->events++;
}

static void answer(struct model *m, bool by_thread, bool slow)
{
	m->answer_slow[m->answers.prod++ % SLOTS] = slow;
	m->in_flight--;
	if (!answers_wait(&m->answers, by_thread, rand() % 64 == 0))
		publish(m);
}

/* The device completes something. Slow requests come last, unless chance wants it. */
static void complete(struct model *m)
{
	bool slow;

	if (m->in_flight == (m->blocked != 0))
		return;
	slow = m->slow_at_device == m->in_flight || (m->slow_at_device && rand() % 32 == 0);
	if (slow && rand() % 16)
		return;
	m->slow_at_device -= slow;
	answer(m, false, slow);
}

static void set_pace(struct model *m, enum answers_pace pace)
{
	m->answers.pace = pace;
	publish(m);
}

/* The thread takes a request: answered at once, or with the device. It may sleep over it. */
static void take_request(struct model *m)
{
	bool slow = m->slow[m->req_cons++ % SLOTS];

	if (!m->in_round)
		set_pace(m, ANSWERS_ROUND);
	m->in_round = true;
	m->in_flight++;
	if (!slow && (unsigned int)rand() % 8 < m->at_once) {
		answer(m, true, false);
		return;
	}
	m->slow_at_device += slow;
	if (!m->blocks || rand() % 16)
		return;
	set_pace(m, ANSWERS_ASLEEP); /* the plug is flushed */
	m->blocked = 1 + (unsigned int)rand() % 64;
}

/* A step of the thread: it wakes up, takes a request, ends its round, or goes to sleep. */
static void thread(struct model *m)
{
	if (m->blocked) {
		m->blocked--;
	} else if (!m->in_round && m->answers.pace == ANSWERS_ASLEEP) {
		if (m->kicked)
			set_pace(m, ANSWERS_AWAKE);
		m->kicked = false;
	} else if (m->req_cons != ring_take(&m->ring.req)) {
		take_request(m);
	} else if (m->in_round) {
		m->in_round = false;
		set_pace(m, ANSWERS_AWAKE);
	} else if (rand() % 4 == 0 && !ring_final_check(&m->ring.req, m->req_cons + 1)) {
		set_pace(m, ANSWERS_ASLEEP);
	}
}

/* The thread sleeps, and answers lie in the ring that no event has told the frontend of. */
static bool lost(const struct model *m)
{
	return m->answers.pace == ANSWERS_ASLEEP && (m->blocked || !m->in_round) && !m->told &&
	       !m->kicked && m->rsp_cons != m->answers.prod;
}

static bool run(struct model *m, unsigned int steps)
{
	for (; steps; steps--) {
		switch (rand() % 8) {
		case 0:
			submit(m);
			break;
		case 1:
			if (m->told)
				take_answers(m);
			break;
		case 2:
		case 3:
			complete(m);
			break;
		default:
			thread(m);
		}
		if (lost(m))
			return false;
	}
	return true;
}

static struct model fresh(uint32_t depth, uint32_t most, unsigned int at_once, bool blocks)
{
	struct model m = {.depth = depth, .at_once = at_once, .blocks = blocks};

	ring_init(&m.ring);
	window_init(&m.window, most);
	m.answers.windowed = most > 1;
	return m;
}

/* 100 models. Those without a thread that sleeps over requests have their events counted. */
static bool models(uint32_t depth, uint32_t most, unsigned int at_once, double *events)
{
	unsigned int seed, sent = 0, requests = 0;

	for (seed = 1; seed <= 100; seed++) {
		struct model m = fresh(depth, most, at_once, seed <= 50);

		srand(seed);
		if (!run(&m, 20000)) {
			printf("# depth %u, window %u, seed %u: answered %u, taken %u, event %u\n",
			       depth, most, seed, m.answers.prod, m.rsp_cons, m.ring.rsp.event);
			return false;
		}
		sent += seed <= 50 ? 0 : m.events;
		requests += seed <= 50 ? 0 : m.requests;
	}
	*events = (double)sent / requests;
	printf("# depth %u, window %u, %u of 8 at once: %u requests, %.3f events each\n", depth,
	       most, at_once, requests, *events);
	return true;
}

static void test_window(void)
{
	struct ring_shared ring;
	struct window w;

	ring_init(&ring);
	window_init(&w, 128);
	window_forward(&w, &ring.rsp, 0, 1);
	result(ring.rsp.event == 1 && !window_open(&w, 0), "one request: its answer has an event");
	window_forward(&w, &ring.rsp, 0, 32);
	result(ring.rsp.event == 28 && window_open(&w, 0),
	       "32 in flight: the event is wanted at 28");
	w.slow = 28;
	result(window_event(&w, 0, 32) == 3, "28 of them are discards: three of the four others");
	window_forward(&w, &ring.rsp, 0, 32);
	result(ring.rsp.event == 28, "the index is not moved back");
	w.slow = 0;
	ring.rsp.prod = 28;
	window_forward(&w, &ring.rsp, 0, 40);
	result(ring.rsp.event == 28, "nor moved at all when it was passed");
	result(!window_rearm(&w, &ring, 28, 40) && ring.rsp.event == 39 && ring.rsp_taken == 28,
	       "after 28 were taken 12 are in flight: eleven of them");
	ring.rsp.prod = 29;
	result(window_rearm(&w, &ring, 28, 40), "an answer that is there already: look again");
}

/* An event found @answers; @in_flight requests were published since the last one. */
static void event(struct window *w, uint32_t answers, uint32_t in_flight, bool idle)
{
	uint32_t rsp_cons = w->seen;

	window_told(w, answers, rsp_cons, rsp_cons + in_flight, idle);
	w->size = w->ahead;
}

/* How far ahead the index stands while the guest publishes. */
static void test_ahead(void)
{
	struct ring_shared ring;
	struct window w;
	uint32_t i;

	ring_init(&ring);
	window_init(&w, 128);
	for (i = 0; i < 3; i++)
		event(&w, w.size, w.size, false);
	result(w.ahead == 8, "events that interrupt a task double it");
	window_forward(&w, &ring.rsp, 0, 1);
	result(ring.rsp.event == 8, "so far ahead stands the index when one request is published");
	window_rearm(&w, &ring, 1, 2);
	result(ring.rsp.event == 2, "and not when answers were taken and nothing was published");
	event(&w, 8, 24, false);
	result(w.ahead == 21, "or make it the window for what is in flight, if that is more");
	event(&w, 3, 30, false);
	result(w.ahead == 21, "unless less than the window was there");
	event(&w, 21, 32, true);
	result(w.ahead == 28, "an event that was waited for: the window for what is in flight");
	event(&w, 28, 1, true);
	result(w.ahead == 1, "one in flight: the next answer");
}

/* Doubling that went too far. */
static void test_backoff(void)
{
	struct window w;
	uint32_t i;

	window_init(&w, 128);
	w.ahead = w.size = 8;
	event(&w, 8, 8, false);
	event(&w, 8, 8, true);
	result(w.ahead == 7 && w.backoff == 4, "a doubled window that was waited for in vain");
	for (i = 0; i < 4; i++)
		event(&w, 7, 7, false);
	result(w.ahead == 7, "is not doubled for four events");
	event(&w, 7, 7, false);
	result(w.ahead == 14, "and then it is");
	event(&w, 14, 14, true);
	result(w.backoff == 4 && !w.skip, "filled and waited for: the back-off stays");
	w.ahead = w.size = 14;
	w.trial = true;
	event(&w, 14, 14, false);
	result(w.backoff == 2, "a doubled window that is filled halves the back-off");
	for (i = 0; i < 20; i++) {
		w.skip = 0;
		w.ahead = w.size = 8;
		event(&w, 8, 8, false);
		event(&w, 8, 8, true);
	}
	result(w.backoff == WINDOW_BACKOFF_MAX, "which has a limit");
}

/* Events that say nothing of what comes next. */
static void test_silent(void)
{
	struct window w;

	window_init(&w, 128);
	w.ahead = w.size = 8;
	window_told(&w, 0, 0, 1, true);
	result(w.ahead == 8, "an event whose answers were taken before says nothing");
	w.slow = 1;
	window_told(&w, 1, 0, 1, true);
	result(w.ahead == 8, "nor one while only a flush is in flight");
	w.slow = 0;
	w.seen = 1;
	window_told(&w, 1, 0, 1, true);
	result(w.ahead == 8, "nor one since whose last nothing was published");
	window_init(&w, 1);
	event(&w, 1, 9, false);
	event(&w, 1, 9, false);
	result(w.ahead == 1, "with a limit of 1 it stays 1");
}

static void test_limits(void)
{
	struct window w;
	bool good = true;
	uint32_t n;

	window_init(&w, 128);
	for (n = 0; n < 300; n++) {
		uint32_t window = window_event(&w, 7, 7 + n) - 7;

		good &= window >= 1 && window <= 128 && (n < 2 || window < n);
	}
	result(good, "a window is less than what is in flight, at least 1, at most the limit");
	w.most = 0;
	result(window_event(&w, 0, 32) == 1, "a limit of 0 gives each answer its event");
}

static void test_answers(void)
{
	struct answers a = {.pace = ANSWERS_ROUND, .windowed = true, .prod = 1};
	struct ring_shared ring;

	ring_init(&ring);
	result(answers_wait(&a, true, false) && !answers_wait(&a, false, false) &&
		       !answers_wait(&a, true, true),
	       "in a round the thread's own answer waits, a completion's and an error do not");
	a.prod = ANSWERS_BATCH;
	result(!answers_wait(&a, true, false), "sixteen of them do not wait");
	ring.rsp.event = 20;
	result(!answers_publish(&a, &ring) && ring.rsp.prod == 16,
	       "published without an event before the index is reached");
	a.pace = ANSWERS_ASLEEP;
	result(answers_publish(&a, &ring), "the thread goes to sleep: they are told of");
	a.prod = 17;
	result(!answers_publish(&a, &ring),
	       "one more, and those are not taken yet: no second event");
	ring.rsp_taken = 16;
	result(answers_publish(&a, &ring), "those are, and this is not: it is told of");
	ring.rsp_taken = 18;
	a.prod = 18;
	result(!answers_publish(&a, &ring), "it was taken before it was told of: no event");
	a.windowed = false;
	a.prod = 19;
	result(!answers_publish(&a, &ring), "a stock frontend has the event that it asks for");
}

int main(void)
{
	double deep, one, stock, ignore;
	bool good;

	setvbuf(stdout, NULL, _IOLBF, 0); /* what was said before a sanitizer ends it */
	printf("1..40\n");
	test_window();
	test_limits();
	test_ahead();
	test_backoff();
	test_silent();
	test_answers();
	good = models(32, 128, 0, &deep) && models(32, 128, 4, &ignore) &&
	       models(32, 128, 8, &deep);
	result(good, "32 in flight: no answer is left untold");
	result(good && deep < 0.2, "with less than an event for five");
	good = models(4, 128, 0, &ignore) && models(7, 128, 4, &ignore) &&
	       models(2, 128, 8, &ignore);
	result(good, "nor with two, four or seven");
	result(models(1, 128, 4, &one) && one > 0.9, "one in flight: each answer has its event");
	result(models(32, 1, 0, &stock) && models(32, 1, 8, &stock),
	       "a stock frontend misses none");
	result(stock < 1, "and gets fewer events than answers");
	return failures != 0;
}
