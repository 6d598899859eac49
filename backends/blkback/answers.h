/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the answers of a queue are published in the ring, and when its frontend is sent an event for
 * them. Three rules:
 *
 *  1. An event is sent when the published answers pass the frontend's event index. For a stock
 *     frontend that is all.
 *  2. A frontend that uses the pool ring asks for an event after most of what it expects
 *     (frontends/blkfront/window.h). That many answers may come late. So while the queue's thread
 *     sleeps, and when it goes to sleep, the backend tells of answers that the frontend has not
 *     taken, unless the frontend has not yet taken what the last event told of: then that event is
 *     on its way, and the frontend takes them all. The frontend says what it has taken (rsp_taken
 *     in the ring, ABI.md 18.1), and looks at the ring again after that, so that one of both sees
 *     what the other wrote.
 *  3. Answers that the thread makes itself (of a device that completes while a request is
 *     submitted) are published at the end of a round, or every ANSWERS_BATCH of them. An error is
 *     published at once.
 *
 * While the thread is awake a window that is not full waits for the frontend's timer at most.
 *
 * Pure. The caller serialises (struct blkq's lock).
 */
#ifndef SHOJI_BLKBACK_ANSWERS_H
#define SHOJI_BLKBACK_ANSWERS_H

#include "common/ring.h"

#define ANSWERS_BATCH 16u

/* What the thread of the queue is doing. */
enum answers_pace {
	ANSWERS_ASLEEP, /* it sleeps, or may sleep: all is published and told of at once */
	ANSWERS_AWAKE,	/* it looks at the ring: published at once, told of by the event index */
	ANSWERS_ROUND,	/* it takes requests: its own answers wait for the end of the round */
};

/**
 * struct answers - the responses of a ring
 * @prod: written into slots
 * @pushed: of these, published
 * @told: those published when the last event was sent
 * @windowed: the frontend's event index is ahead by a window (the pool ring is in use)
 * @pace: what the thread is doing
 */
struct answers {
	uint32_t prod;
	uint32_t pushed;
	uint32_t told;
	bool windowed;
	enum answers_pace pace;
};

/* Whether the answer that was just written may wait for others, unpublished (rule 3). */
bool answers_wait(const struct answers *a, bool by_thread, bool failed);
/*
 * Publish all that is written; true when the caller is to send an event. Also to be called after
 * a change of pace.
 */
bool answers_publish(struct answers *a, struct ring_shared *ring);

#endif
