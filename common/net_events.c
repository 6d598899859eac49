// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event channels and the NAPI context of a queue.
 *
 * The interrupts are "late EOI" ones: Linux keeps an event channel masked from its event until
 * xen_irq_lateeoi(), which is called when the poll has nothing left. So no event disturbs a poll,
 * and a peer that sends events at a high rate gets one poll at a time; events that found nothing to
 * do are reported as spurious, and the kernel then delays the next (XSA-332, XSA-391). While
 * nothing polls (the netdev is down, the peer is broken) the channel stays masked.
 *
 * Contexts: the interrupt handlers in hard interrupt context, from event to end of interrupt once;
 * init, start and unbind in process context; the rest in the queue's NAPI context.
 */
#include "net_events.h"

#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <xen/events.h>

#include "compat.h"

#define TX_DUE		 0 /* bits of net_events.due */
#define RX_DUE		 1
#define BUSY_POLL_MAX_US 1000u

/**
 * net_events_init() - a queue begins without event channels, its NAPI context disabled
 * @e: zeroed
 * @dev: of the queue
 * @poll: the NAPI context's function
 * @poll_usecs: the module's parameter
 *
 * Context: process. netif_napi_del() undoes it.
 */
void net_events_init(struct net_events *e, struct net_device *dev,
		     int (*poll)(struct napi_struct *napi, int budget),
		     const unsigned int *poll_usecs)
{
	e->poll_cpu = -1;
	e->poll_usecs = poll_usecs;
	netif_napi_add(dev, &e->napi, poll);
}

/**
 * net_events_start() - let the queue be polled, at once and not at the next interrupt
 * @e: of a queue that is stopped
 *
 * Context: process. napi_disable() undoes it.
 */
void net_events_start(struct net_events *e)
{
	napi_enable(&e->napi);
	local_bh_disable();
	napi_schedule(&e->napi);
	local_bh_enable();
}

/**
 * net_events_unbind() - end the event channels; idempotent
 * @e: of a queue that is stopped
 *
 * Context: process.
 */
void net_events_unbind(struct net_events *e)
{
	if (e->rx_irq && e->rx_irq != e->tx_irq)
		unbind_from_irqhandler(e->rx_irq, e);
	if (e->tx_irq)
		unbind_from_irqhandler(e->tx_irq, e);
	e->rx_irq = 0;
	e->tx_irq = 0;
}

/* How long an empty ring is looked at, ns; 0: not at all. */
static u64 busy_poll_limit(const struct net_events *e)
{
	return min(READ_ONCE(*e->poll_usecs), BUSY_POLL_MAX_US) * NSEC_PER_USEC;
}

static irqreturn_t event(struct net_events *e, int which)
{
	u64 limit = busy_poll_limit(e);

	e->events++;
	if (limit)
		busy_poll_event(&e->poll, ktime_get_ns(), limit);
	set_bit(which, &e->due);
	napi_schedule(&e->napi);
	return IRQ_HANDLED;
}

/**
 * net_events_tx() - interrupt handler of the tx ring's channel, and of a single channel
 * @irq: its number
 * @data: the struct net_events
 *
 * Return: IRQ_HANDLED.
 *
 * Context: hard interrupt.
 */
irqreturn_t net_events_tx(int irq, void *data)
{
	return event(data, TX_DUE);
}

/**
 * net_events_rx() - interrupt handler of the rx ring's channel
 * @irq: its number
 * @data: the struct net_events
 *
 * Return: IRQ_HANDLED.
 *
 * Context: hard interrupt.
 */
irqreturn_t net_events_rx(int irq, void *data)
{
	return event(data, RX_DUE);
}

/**
 * net_events_end() - end of interrupt for the events since the last one
 * @e: of the queue
 * @tx: where the tx ring stands: an index that each useful event moves
 * @rx: where the rx ring stands
 *
 * Context: the queue's NAPI context.
 */
void net_events_end(struct net_events *e, u32 tx, u32 rx)
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
	if (test_and_clear_bit(TX_DUE, &e->due))
		xen_irq_lateeoi(e->tx_irq, flags);
	if (test_and_clear_bit(RX_DUE, &e->due))
		xen_irq_lateeoi(e->rx_irq, flags);
}

/**
 * net_events_napi_timer() - will NAPI's own timer poll the queue again?
 * @e: of the queue
 * @done: packets that the poll took
 *
 * napi_defer_hard_irqs and gro_flush_timeout of the netdev (in sysfs, both 0 unless the
 * administrator sets them) make napi_complete_done() start that timer. No event is to be asked for
 * then, or the peer would send one for what the timer finds anyway. The caller polls again if
 * napi_complete_done() says otherwise.
 *
 * Return: whether it will.
 *
 * Context: the queue's NAPI context, before napi_complete_done().
 */
bool net_events_napi_timer(const struct net_events *e, int done)
{
	const struct napi_struct *napi = &e->napi;

	if (!compat_gro_flush_timeout(napi))
		return false;
	return done ? compat_defer_hard_irqs(napi) : napi->defer_hard_irqs_count;
}

/**
 * net_events_busy() - is a busy-poll of the empty ring worth while?
 * @e: of the queue
 *
 * Return: whether it is.
 *
 * Context: the queue's NAPI context.
 */
bool net_events_busy(const struct net_events *e)
{
	return e->poll.worth && busy_poll_limit(e);
}

/**
 * net_events_busy_poll() - look for a packet, for the module's poll_usecs at most
 * @e: of the queue
 * @index: the peer's producer index, in the shared ring
 * @seen: its value when the ring was found empty
 *
 * Return: true when the index has moved; false at once where a look is not worth while.
 *
 * Context: the queue's NAPI context.
 */
bool net_events_busy_poll(struct net_events *e, const u32 *index, u32 seen)
{
	u64 begun, limit = busy_poll_limit(e);

	if (!net_events_busy(e))
		return false;
	begun = ktime_get_ns();
	do {
		if (READ_ONCE(*index) != seen)
			return true;
		cpu_relax();
	} while (!need_resched() && busy_poll_goes_on(&e->poll, begun, ktime_get_ns(), limit));
	return false;
}

/**
 * net_events_armed() - note that an event is about to be asked for
 * @e: of the queue
 *
 * Context: the queue's NAPI context.
 */
void net_events_armed(struct net_events *e)
{
	if (busy_poll_limit(e))
		busy_poll_armed(&e->poll, ktime_get_ns());
}
