// SPDX-License-Identifier: GPL-2.0-only
/*
 * One event for all that is sent in one round of softirqs.
 *
 * Packets that are sent in a softirq come in bunches: a poll delivers up to 64 packets, and each
 * may be answered or forwarded. The decision about their event is put off to the end of the queue's
 * own poll. Packets sent from within that poll wait for its end. For packets sent from any other
 * softirq (the poll of another queue, vif or network card, a timer, a tasklet) the queue's poll is
 * scheduled; it runs on this CPU in the same round of softirqs, after what runs at the moment. So a
 * bunch is told of at once, and a single packet a few microseconds later, without a timer. A
 * process sends one packet at a time and nothing says that another follows: its packets are not
 * batched.
 *
 * No packet is forgotten:
 *
 *  1. In the queue's own poll: its end looks at the count on this same CPU, later.
 *  2. Elsewhere the first packet of a batch is counted before napi_schedule(), a full barrier whose
 *     partner is in napi_complete_done():
 *      - an idle NAPI context is polled after that, and looks at the count;
 *      - a context that is scheduled or polling, here or on another CPU, is marked as missed, and
 *        polled once more even if it has looked already;
 *      - a context that is being disabled: the stack was locked out of the netdev's queue first
 *        (netif_tx_disable()), so the code that stops the queue comes later, and tells or drops.
 *  3. Packets behind the first need no call: the count goes back to 0 under the same lock, by the
 *     code that decides about the event. While it is not 0 that code is still to come.
 *  4. The event is decided for all indices since the last decision, as if they were published at
 *     that moment (ring_notify()). A peer that has seen the packets earlier either asked for an
 *     event beyond them, and needs none, or finds them in its final check, or is told.
 *
 * selftests/hosted/test_net_batch.c runs this file, instruction by instruction, against a poll on
 * another CPU.
 */
#include "net_batch.h"

#ifdef __KERNEL__
#include <linux/irqflags.h>
#include <linux/netdevice.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#endif

#define NET_BATCH_MAX 32 /* packets of a batch */

/**
 * net_batch() - may the end of the queue's poll tell the peer of a packet?
 * @napi: of the queue
 * @poll_cpu: the CPU on which the queue takes packets, -1: none
 * @batched: packets that wait already; reset to 0 by the code that tells
 *
 * Return: true if the packet was added to the batch; false: the caller tells of it at once.
 *
 * Context: ndo_start_xmit, under the lock of the netdev's queue.
 */
bool net_batch(struct napi_struct *napi, const int *poll_cpu, unsigned int *batched)
{
	bool own = READ_ONCE(*poll_cpu) == smp_processor_id();

	if (irqs_disabled()) /* netpoll: perhaps the last words of a kernel that polls no more */
		return false;
	if (*batched + 1 >= NET_BATCH_MAX || (!own && !in_serving_softirq()))
		return false;
	WRITE_ONCE(*batched, *batched + 1);
	if (!own && *batched == 1)
		napi_schedule(napi);
	return true;
}
