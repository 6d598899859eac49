/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When to tell a frontend of its answers. A guest that still submits has no use for an event: it
 * would be interrupted for each answer, where one interrupt at the end does. So an event is held
 * while requests keep coming, and sent when the guest falls silent, which means that it waits.
 *
 * Most guests have a fixed number of requests under way: when as many answers are held as that, the
 * guest has nothing more to send and is told without waiting for it to fall silent. How many they
 * are is what it fell silent after. Every eighth time it is waited for, so that a deeper queue is
 * found out, twice as deep with each event; a shallower one is believed in steps, as a guest whose
 * CPU is somebody else's is silent too, and is waited for with a quarter more from then on (but no
 * more than it has had lately), until it is silent after just as many as it is thought to have.
 *
 * Where no request comes while an event is held (one request at a time) holding is given up for the
 * next 8, 16 ... 128 events; where many came before, that has to happen three times in a row. An
 * event is then held for no more than twice what the guest needs from an event to its next request:
 * one that has more under way sends them sooner, as it need not be woken. After a pause of the
 * guest's it is 8 events and then 32, as somebody else may read and write now. A single answer
 * waits longer: the guest may be at what the last event told of.
 *
 * How long is long depends on the machine: waking a thread takes microseconds on one, and hundreds
 * of them where the CPU is emulated or shared, and so does what a guest does between two requests.
 * So every limit is a multiple of the unit, which is what the caller says that a wake-up took, on
 * average. Pure; the caller serialises.
 */
#ifndef SHOJI_BLKBACK_HOLD_H
#define SHOJI_BLKBACK_HOLD_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
#endif

#define HOLD_UNIT     20000u  /* ns, before a wake-up was measured */
#define HOLD_UNIT_MIN 5000u   /* ns */
#define HOLD_UNIT_MAX 200000u /* ns */

/* Units. */
#define HOLD_WINDOW_MAX 50u /* a guest may be silent, at most */
/* an event is held, at most, or one and a half times what the guest needs for its depth, */
#define HOLD_LEAST 100u
#define HOLD_MAX	500u /* but no longer than this */
#define HOLD_POLL	25u /* an empty ring is worth a look, at most */

struct hold {
	uint32_t unit_ns;   /* a wake-up, on average */
	uint32_t depth;	    /* requests that it has under way, as far as is known */
	uint32_t burst;	    /* answers that make an event due without a look at the clock */
	uint32_t window_ns; /* silence that makes it due: three times the gap between requests */
	uint32_t skip;	    /* events that are sent at once before holding is tried again */
	uint32_t backoff;
	uint32_t doubts;    /* silences without a request that do not count, as it has more under way */
	uint32_t full;	    /* events that were due by their answers */
	uint32_t events;    /* that were worth it; */
	uint32_t most, most_before; /* the most answers of one, in the current 32 of them and in
				       those before */
	bool silent;	    /* the event that is due now is so because of silence */
};

void hold_init(struct hold *h);
bool hold_over(struct hold *h, uint32_t answers, uint64_t silent_ns, uint64_t held_ns);
void hold_sent(struct hold *h, uint32_t answers, uint32_t came);
void hold_gap(struct hold *h, uint64_t gap_ns);
void hold_turn(struct hold *h, uint64_t turn_ns);
void hold_woken(struct hold *h, uint64_t wake_ns);

#endif
