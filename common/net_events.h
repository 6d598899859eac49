/* SPDX-License-Identifier: GPL-2.0-only */
/* The event channels and the NAPI context of a queue. See net_events.c. */
#ifndef SHOJI_COMMON_NET_EVENTS_H
#define SHOJI_COMMON_NET_EVENTS_H

#include <linux/irqreturn.h>
#include <linux/netdevice.h>

#include "moderate.h"

/**
 * struct net_events - the event channels and the NAPI context of a queue
 * @napi: the NAPI context
 * @poll: of the NAPI context and the interrupts, which end before it begins
 * @poll_usecs: the module's parameter: how long an empty ring is looked at, microseconds
 * @tx_irq: of the tx ring's channel, or of the only channel; 0: none
 * @rx_irq: of the rx ring's channel; equal to @tx_irq with a single channel
 * @poll_cpu: the CPU on which the NAPI context takes packets, -1: none (see net_batch.c)
 * @due: bits of the interrupts that wait for their end
 * @tx_seen: the tx index at the last end of interrupt
 * @rx_seen: the rx index at the last end of interrupt
 * @events: interrupts that came
 * @spurious: ends of interrupt that found both indices where they were
 */
struct net_events {
	struct napi_struct napi;
	struct busy_poll poll;
	const unsigned int *poll_usecs;
	int tx_irq, rx_irq;
	int poll_cpu;
	unsigned long due;
	u32 tx_seen, rx_seen;
	u64 events ____cacheline_aligned_in_smp;
	u64 spurious;
};

/*
 * Set @e, zeroed, up without event channels; the NAPI context is added, disabled. Process
 * context; netif_napi_del() undoes it.
 */
void net_events_init(struct net_events *e, struct net_device *dev,
		     int (*poll)(struct napi_struct *napi, int budget),
		     const unsigned int *poll_usecs);
/*
 * Enable the NAPI context of a stopped queue and schedule the first poll. Process context;
 * napi_disable() undoes it.
 */
void net_events_start(struct net_events *e);
/* Close the event channels of a stopped queue; idempotent. Process context. */
void net_events_unbind(struct net_events *e);
/* Interrupt handler of the tx ring's channel, and of a single channel; @data is the net_events. */
irqreturn_t net_events_tx(int irq, void *data);
/* Interrupt handler of the rx ring's channel; @data is the net_events. */
irqreturn_t net_events_rx(int irq, void *data);
/*
 * End of interrupt for the events since the last one; @tx and @rx are indices that each useful
 * event moves: where neither has moved the event was spurious. NAPI context.
 */
void net_events_end(struct net_events *e, u32 tx, u32 rx);
/*
 * Whether NAPI's own timer polls the queue again, after a poll that took @done packets. NAPI
 * context, before napi_complete_done().
 */
bool net_events_napi_timer(const struct net_events *e, int done);
/* Whether a busy-poll of the empty ring is worth while. NAPI context. */
bool net_events_busy(const struct net_events *e);
/*
 * Look for the module's poll_usecs at most until @index, the peer's producer index in the shared
 * ring, is no longer @seen; true when it moved. NAPI context.
 */
bool net_events_busy_poll(struct net_events *e, const u32 *index, u32 seen);
/* Note that an event is about to be asked for. NAPI context. */
void net_events_armed(struct net_events *e);

#endif
