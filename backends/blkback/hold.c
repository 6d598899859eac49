// SPDX-License-Identifier: GPL-2.0-only
/* When to tell a frontend of its answers. See hold.h. */
#include "hold.h"

#define BURST_FIRST   8u
#define BURST_MAX     1024u
#define BACKOFF_FIRST 8u
#define BACKOFF_MAX   128u
#define PROBE_EVERY   8u
#define PAUSE_WINDOWS 16u /* without a request: who comes then need not be who went */
#define PAUSE_SKIP    8u
#define PAUSE_BACKOFF 32u
/* silences without a request, before a guest that had many is taken for one that has one */
#define DOUBTS 2u
#define BUSY	      3u /* windows: it may still be at what the last event told of */
#define MOST_OF	      32u /* events */
#define WORTH	      2u /* requests that came while an event was held: it was worth it */

/** hold_init() - nothing is known of the guest yet */
void hold_init(struct hold *h)
{
	*h = (struct hold){
		.unit_ns = HOLD_UNIT,
		.depth = BURST_FIRST,
		.burst = BURST_FIRST,
		.window_ns = HOLD_WINDOW_MAX * HOLD_UNIT,
		.backoff = BACKOFF_FIRST,
	};
}

/*
 * What it submits in the time that it needs for all it may have under way comes no later for being
 * told of together.
 */
static uint64_t longest(const struct hold *h)
{
	uint64_t least = (uint64_t)HOLD_LEAST * h->unit_ns, most = (uint64_t)HOLD_MAX * h->unit_ns;
	uint64_t all = (h->burst > h->depth ? h->burst : h->depth) * (uint64_t)h->window_ns / 2;

	return all < least ? least : all > most ? most : all;
}

/**
 * hold_over() - is the event due?
 * @h: the queue's
 * @answers: that the frontend was not told of, at least 1
 * @silent_ns: since its last request
 * @held_ns: since the first of the answers
 */
bool hold_over(struct hold *h, uint32_t answers, uint64_t silent_ns, uint64_t held_ns)
{
	uint64_t window = h->window_ns, most = (uint64_t)HOLD_WINDOW_MAX * h->unit_ns;

	h->silent = false;
	if (h->skip || answers >= h->burst || held_ns >= longest(h))
		return true;
	if (answers == 1 && h->doubts)
		window = window * BUSY < most ? window * BUSY : most; /* below longest(), which teaches nothing */
	h->silent = silent_ns >= window;
	return h->silent;
}

/* The most answers that an event of the last 32 to 64 told of. */
static void note_most(struct hold *h, uint32_t answers)
{
	if (answers > h->most)
		h->most = answers;
	if (++h->events % MOST_OF)
		return;
	h->most_before = h->most;
	h->most = 0;
}

/*
 * Wait for a quarter more than its depth, but for no more than it has had: what cannot come is a
 * silence each time.
 */
static void try_more(struct hold *h)
{
	uint32_t most = h->most > h->most_before ? h->most : h->most_before;

	h->burst = h->depth + (h->depth + 3) / 4;
	if (h->burst > most)
		h->burst = most > h->depth ? most : h->depth;
}

/*
 * Silent after fewer than its depth it had more to send, or was held up itself, as a CPU that
 * others use is: it loses its depth in steps, and the next events are waited for with a quarter
 * more, so that a guest of that depth after all is found out at once and not with a later trial.
 */
static void fell_silent(struct hold *h, uint32_t answers)
{
	if (answers >= h->depth) {
		h->depth = h->burst = answers;
		return;
	}
	h->depth -= (h->depth - answers + 15) / 16;
	try_more(h);
}

/*
 * As many answers as were waited for. Each eighth time twice as many are tried. A trial that was
 * met is followed by the next one at once: a queue of 32 is known after three events more, and not
 * after 24.
 */
static void reached(struct hold *h)
{
	uint32_t before = h->depth;

	h->depth = h->burst;
	if ((h->burst >= 2 * before || ++h->full % PROBE_EVERY == 0) && h->burst < BURST_MAX)
		h->burst *= 2;
	else if (h->burst > before)
		try_more(h);
}

/* Silent, and nothing came: who has one request at a time is not made to wait again soon. */
static void was_in_vain(struct hold *h)
{
	if (h->doubts) {
		h->doubts--;
		return;
	}
	h->skip = h->backoff;
	h->backoff = h->backoff < BACKOFF_MAX ? h->backoff * 2 : BACKOFF_MAX;
	h->window_ns = HOLD_WINDOW_MAX * h->unit_ns;
}

/**
 * hold_sent() - the event was sent: learn from it
 * @h: the queue's
 * @answers: that it told of
 * @came: requests that came while it was held
 */
void hold_sent(struct hold *h, uint32_t answers, uint32_t came)
{
	if (h->skip) {
		h->skip--;
	} else if (came >= WORTH) {
		h->backoff = BACKOFF_FIRST;
		h->doubts = DOUBTS;
		note_most(h, answers);
		if (h->silent)
			fell_silent(h, answers);
		else if (answers >= h->burst)
			reached(h);
		else if (answers > h->depth)
			h->depth = answers; /* the limit ended it: it has as many at least */
	} else if (h->silent) {
		was_in_vain(h);
	}
	h->silent = false;
}

/*
 * A quarter of the window becomes @times such gaps; it stays within what the machine's wake-ups
 * allow.
 */
static void move_window(struct hold *h, uint64_t gap_ns, unsigned int times)
{
	uint64_t most = (uint64_t)HOLD_WINDOW_MAX * h->unit_ns, least = h->unit_ns / 2;
	uint64_t gap = gap_ns > most ? most : gap_ns;
	uint64_t window = (3 * (uint64_t)h->window_ns + times * gap) / 4;

	h->window_ns = window > most ? most : window < least ? least : window;
}

/** hold_gap() - a request came so long after the one before it, while an event was held */
void hold_gap(struct hold *h, uint64_t gap_ns)
{
	move_window(h, gap_ns, 3);
}

/**
 * hold_turn() - a request came so long after an event that told of all there was
 * @h: the queue's
 * @turn_ns: how long
 *
 * While holding is given up: twice as long is what the next trial may cost, and after a pause
 * trials are made soon: one of them costs a sixteenth of the pause at most.
 */
void hold_turn(struct hold *h, uint64_t turn_ns)
{
	if (!h->skip)
		return;
	if (turn_ns <= (uint64_t)PAUSE_WINDOWS * h->window_ns) {
		move_window(h, turn_ns, 2);
		return;
	}
	h->skip = h->skip < PAUSE_SKIP ? h->skip : PAUSE_SKIP;
	h->backoff = h->backoff < PAUSE_BACKOFF ? h->backoff : PAUSE_BACKOFF;
}

/** hold_woken() - a wake-up took so long, from the event to the thread */
void hold_woken(struct hold *h, uint64_t wake_ns)
{
	uint32_t sample = wake_ns > 2 * HOLD_UNIT_MAX ? 2 * HOLD_UNIT_MAX : wake_ns;
	uint32_t unit = (7 * h->unit_ns + sample) / 8;

	h->unit_ns = unit < HOLD_UNIT_MIN ? HOLD_UNIT_MIN : unit > HOLD_UNIT_MAX ? HOLD_UNIT_MAX : unit;
}
