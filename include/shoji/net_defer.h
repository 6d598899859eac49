/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the other side is told of a packet: at once, or at the end of a poll for all that came
 * meanwhile, with one event. selftests/hosted/test_net_defer.c runs it, instruction by instruction,
 * against a poll on another CPU.
 */
#ifndef SHOJI_NET_DEFER_H
#define SHOJI_NET_DEFER_H

#ifdef __KERNEL__
#include <linux/irqflags.h>
#include <linux/netdevice.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#endif

/* packets that wait for the queue's poll, at most, before the other side is told */
#define NET_DEFER_MAX 32

/*
 * A packet was put into the queue's other ring. May the other side be told of it at the end of the
 * queue's poll, with one event for all that came meanwhile? If not, the caller does so now.
 * @napi: the queue's; *@poll_cpu: where it takes packets now, -1: nowhere; *@deferred: how many
 * wait already. Under the lock of the netdev's queue.
 *
 * What is sent in a softirq comes in bunches: a poll delivers up to 64 packets, and each may be
 * answered or forwarded. From within this queue's own poll they wait for its end. From any other's
 * (another queue, another vif, a network card), from a timer or a tasklet they wait for this
 * queue's poll, which is scheduled here and so runs on this CPU in the same round of softirqs,
 * behind what runs now: the bunch is told of at once, and a packet alone a few microseconds later,
 * with no timer. Who sends from a process sends one packet at a time, and nothing says that another
 * follows: it does not wait here, so an echo or a request waits for nobody. Whether it is one of a
 * stream says coalesce.h.
 *
 * No packet is forgotten. In our own poll its end looks at *@deferred on this same CPU, later.
 * Otherwise the first that waits is counted before napi_schedule(), which is a full barrier, and
 *  - the NAPI context was idle: it is polled from now on, and looks;
 *  - it is scheduled or polling, here or on another CPU: whether or not it has looked already, it
 *    is marked as missed, napi_complete_done() (the barrier's partner) sees that, and it is polled
 * again;
 *  - it is being disabled: the stack was locked out of the netdev's queue before
 *    (netif_tx_disable()), so whoever stops the queue comes after us, and tells of what waits or
 *    drops
 * it. Those behind the first need no further call: *@deferred is set to 0 by who tells, under this
 * same lock. As long as it is not, the look that is to come tells of them, too. Whether an event is
 * sent is decided then, for all indices since the last decision, as if they were published just
 * then (ring_notify()). That the other side may have seen them before changes nothing: if it
 * asked for an event behind them it needs none, else its own look after asking (ring_final_check()) or
 * that decision finds them.
 */
static inline bool net_defer(struct napi_struct *napi, const int *poll_cpu, unsigned int *deferred)
{
	bool own = READ_ONCE(*poll_cpu) == smp_processor_id();

	if (irqs_disabled()) /* netpoll: perhaps the last words of a kernel that polls no more */
		return false;
	if (*deferred + 1 >= NET_DEFER_MAX || (!own && !in_serving_softirq()))
		return false;
	WRITE_ONCE(*deferred, *deferred + 1);
	if (!own && *deferred == 1)
		napi_schedule(napi);
	return true;
}

#endif
