/* SPDX-License-Identifier: GPL-2.0-only */
/* When a network consumer wants to be told: the window of its event index. See net_window.c. */
#ifndef SHOJI_COMMON_NET_WINDOW_H
#define SHOJI_COMMON_NET_WINDOW_H

#include "../include/xen/io/types.h"

#ifdef __KERNEL__
#include <linux/hrtimer.h>
#endif

struct ethtool_coalesce;
struct napi_struct;

#define NET_WINDOW_FRAMES     64u
#define NET_WINDOW_FRAMES_MAX 128u /* half of a ring: the producer reaches it before it is full */
#define NET_WINDOW_USECS      1000u
#define NET_WINDOW_USECS_MAX  100000u
#define NET_WINDOW_BACKOFF_MIN 2u /* turns */
#define NET_WINDOW_BACKOFF     64u

/**
 * struct net_window_limits - what the administrator allows (ethtool -C), for all queues of a device
 * @frames: rx-frames, the largest window in ring slots; 0 or 1: each packet has its event
 * @usecs: rx-usecs, the longest wait for a window, microseconds; 0: no packet waits
 *
 * Written under rtnl; read without a lock.
 */
struct net_window_limits {
	u32 frames;
	u32 usecs;
};

#define NET_WINDOW_LIMITS {.frames = NET_WINDOW_FRAMES, .usecs = NET_WINDOW_USECS}
#define NET_WINDOW_PARAMS (ETHTOOL_COALESCE_RX_USECS | ETHTOOL_COALESCE_RX_MAX_FRAMES)

/**
 * struct net_window - of a consumer; all but @timer and @due_ns belongs to its NAPI context
 * @limits: of the device
 * @napi: of the queue
 * @sent: index of what the queue has sent the other way
 * @sent_seen: @sent at the end of the last turn, and of the one before
 * @found: packets that were found since the event index was set last
 * @size: the window when it was set, slots
 * @skip: turns that have no window
 * @backoff: what @skip becomes when the timer ends the next window
 * @armed_ns: when the event index was set last
 * @timer: polls the queue when the window has not filled; at @due_ns, or earlier: see net_window.c
 * @due_ns: when the packets of the last window are to be looked at
 * @windows: windows of more than one slot
 * @timeouts: of those, such as the timer ended
 */
struct net_window {
	const struct net_window_limits *limits;
	struct napi_struct *napi;
	const u32 *sent;
	u32 sent_seen[2];
	u32 found;
	u32 size;
	u32 skip, backoff;
	u64 armed_ns;
	struct hrtimer timer;
	u64 due_ns;
	u64 windows;
	u64 timeouts;
};

/*
 * Set @window, zeroed, up; @sent is the index of what the queue has sent the other way, read
 * without a lock. Process context, before the queue is started for the first time.
 */
void net_window_init(struct net_window *window, const struct net_window_limits *limits,
		     struct napi_struct *napi, const u32 *sent);
/* A poll has found @packets packets. NAPI context. */
void net_window_found(struct net_window *window, unsigned int packets);
/*
 * The ring is empty: how many slots, 1 or more, ahead of the consumer index the event index is
 * to be set. Starts the timer for more than one. NAPI context.
 */
u32 net_window_next(struct net_window *window);
/* Cancel the timer of a queue whose NAPI context is disabled; idempotent. May sleep. */
void net_window_stop(struct net_window *window);
/* For ethtool -c: fill in rx-usecs and rx-frames. Under rtnl. */
void net_window_get(const struct net_window_limits *limits, struct ethtool_coalesce *answer);
/* For ethtool -C: 0, or -EINVAL for a value beyond NET_WINDOW_*_MAX. Under rtnl. */
int net_window_set(struct net_window_limits *limits, const struct ethtool_coalesce *wish);

#endif
