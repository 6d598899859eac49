/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event channels and the NAPI context of a queue.
 *
 * The interrupts are "late EOI" ones: Linux keeps an event channel masked from its event until
 * xen_irq_lateeoi(), which is called when the poll has nothing left. So a poll is disturbed by no
 * event, and a peer that sends them at a high rate gets one poll at a time; events that found
 * nothing to do are told as such, and the kernel then delays the next (XSA-332, XSA-391). While
 * nobody polls (the netdev is down, the peer is broken) the channel stays masked.
 */
#ifndef SHOJI_NET_EVENTS_H
#define SHOJI_NET_EVENTS_H

#include <linux/interrupt.h>
#include <linux/netdevice.h>
#include <linux/version.h>
#include <shoji/spin.h>
#include <xen/events.h>

struct net_events {
	struct napi_struct napi;
	struct spin spin; /* of the NAPI context and the interrupts, which end before it begins */
	const unsigned int *poll_usecs; /* the module's parameter */
	int tx_irq, rx_irq;		/* the same one with a single event channel; 0: none */
	int poll_cpu; /* on which the NAPI context takes packets now, -1: none */
#define NET_EVENTS_TX 0
#define NET_EVENTS_RX 1
	unsigned long due; /* bits: interrupts that wait for their end */
	u32 tx_seen, rx_seen; /* indices at the last end of interrupt: still so, a useless event */
	u64 events ____cacheline_aligned_in_smp;
	u64 spurious;
};

/*
 * End of interrupt for what came since the last one; @tx, @rx: where the rings stand. NAPI context.
 */
static inline void net_events_end(struct net_events *e, u32 tx, u32 rx)
{
	unsigned int flags = 0;

	if (!e->due)
		return;
	if (tx == e->tx_seen && rx == e->rx_seen) {
		e->spurious++;
		flags = XEN_EOI_FLAG_SPURIOUS;
	}
	e->tx_seen = tx;
	e->rx_seen = rx;
	if (test_and_clear_bit(NET_EVENTS_TX, &e->due))
		xen_irq_lateeoi(e->tx_irq, flags);
	if (test_and_clear_bit(NET_EVENTS_RX, &e->due))
		xen_irq_lateeoi(e->rx_irq, flags);
}

static inline irqreturn_t net_events_come(struct net_events *e, int which)
{
	e->events++;
	spin_event(&e->spin, *e->poll_usecs);
	set_bit(which, &e->due);
	napi_schedule(&e->napi);
	return IRQ_HANDLED;
}

/* The handlers of both channels; @data: the struct net_events. A single channel has tx's. */
static irqreturn_t __maybe_unused net_events_tx(int irq, void *data)
{
	return net_events_come(data, NET_EVENTS_TX);
}

static irqreturn_t __maybe_unused net_events_rx(int irq, void *data)
{
	return net_events_come(data, NET_EVENTS_RX);
}

/*
 * After a poll of @done packets: will napi_complete_done() have the queue polled again by a timer,
 * as napi_defer_hard_irqs and gro_flush_timeout of the netdev say (in sysfs; neither is set unless
 * the administrator does)? Then no event is to be asked for yet, or the other side would send one
 * for what the timer finds anyway: the caller polls again if napi_complete_done() says otherwise.
 */
static inline bool net_events_timer(const struct napi_struct *napi, int done)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	const struct net_device *dev = napi->dev;

	if (!READ_ONCE(dev->gro_flush_timeout))
		return false;
	return done ? READ_ONCE(dev->napi_defer_hard_irqs) : napi->defer_hard_irqs_count;
#else
	if (!READ_ONCE(napi->gro_flush_timeout))
		return false;
	return done ? READ_ONCE(napi->defer_hard_irqs) : napi->defer_hard_irqs_count;
#endif
}

/* Let the poll run, at once and not at the next interrupt. Process context. */
static inline void net_events_start(struct net_events *e)
{
	napi_enable(&e->napi);
	local_bh_disable();
	napi_schedule(&e->napi);
	local_bh_enable();
}

/* Idempotent; process context. */
static inline void net_events_unbind(struct net_events *e)
{
	if (e->rx_irq && e->rx_irq != e->tx_irq)
		unbind_from_irqhandler(e->rx_irq, e);
	if (e->tx_irq)
		unbind_from_irqhandler(e->tx_irq, e);
	e->rx_irq = 0;
	e->tx_irq = 0;
}

#endif
