// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event channels: an end that measures (pingpong_*), an end that answers (echo_*), and both in one
 * domain on two vCPUs. Both ends work in the interrupt handler. Every wait ends when a peer has
 * been silent for two seconds.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <xen/events.h>
#include <xen/interface/xen.h>
#include <asm/xen/hypercall.h>
#include "internal.h"

#define SILENCE_LIMIT (2 * HZ)
#define SETTLE_MS     20

int port_alloc(domid_t remote, evtchn_port_t *port)
{
	struct evtchn_alloc_unbound op = {.dom = DOMID_SELF, .remote_dom = remote};
	int err = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &op);

	*port = op.port;
	return err;
}

int port_bind(domid_t remote, evtchn_port_t remote_port, evtchn_port_t *port)
{
	struct evtchn_bind_interdomain op = {.remote_dom = remote, .remote_port = remote_port};
	int err = HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain, &op);

	*port = op.local_port;
	return err;
}

/* For a port that never got an interrupt; afterwards, unbinding the interrupt closes it. */
void port_close(evtchn_port_t port)
{
	struct evtchn_close op = {.port = port};

	if (HYPERVISOR_event_channel_op(EVTCHNOP_close, &op))
		pr_warn("hvbench: event channel %u was not closed\n", port);
}

static irqreturn_t echo_handler(int irq, void *data)
{
	notify_remote_via_irq(irq);
	return IRQ_HANDLED;
}

/* Takes the port over: it is closed here when this fails. `irq` is the handle for echo_unbind(). */
int echo_bind(evtchn_port_t port, int *irq)
{
	int ret = bind_evtchn_to_irqhandler(port, echo_handler, 0, "hvbench-echo", irq);

	if (ret < 0) {
		port_close(port);
		return ret;
	}
	*irq = ret;
	return 0;
}

void echo_unbind(int *irq)
{
	if (*irq > 0)
		unbind_from_irqhandler(*irq, irq);
	*irq = 0;
}

static irqreturn_t pingpong_handler(int irq, void *data)
{
	struct pingpong *pp = data;
	struct samples *s;
	u64 now = stamp();

	spin_lock(&pp->lock);
	s = pp->samples;
	if (s) {
		sample(s, now - pp->sent);
		if (s->taken >= s->wanted || ktime_get_ns() > s->deadline) {
			pp->samples = NULL;
			complete(&pp->done);
		} else {
			pp->sent = stamp();
			notify_remote_via_irq(irq);
		}
	}
	spin_unlock(&pp->lock);
	return IRQ_HANDLED;
}

void pingpong_init(struct pingpong *pp)
{
	spin_lock_init(&pp->lock);
	init_completion(&pp->done);
	pp->samples = NULL;
	pp->irq = 0;
}

/* Takes the port over: it is closed here when this fails. */
int pingpong_bind(struct pingpong *pp, evtchn_port_t port)
{
	int irq = bind_evtchn_to_irqhandler(port, pingpong_handler, 0, "hvbench-ping", pp);

	if (irq < 0) {
		port_close(port);
		return irq;
	}
	pp->irq = irq;
	return 0;
}

void pingpong_unbind(struct pingpong *pp)
{
	if (pp->irq > 0)
		unbind_from_irqhandler(pp->irq, pp);
	pp->irq = 0;
}

/* Wait while samples come in; false when the other end was silent for SILENCE_LIMIT. */
static bool pingpong_wait(struct pingpong *pp, struct samples *s)
{
	u32 seen;
	long left;

	do {
		seen = READ_ONCE(s->taken);
		left = wait_for_completion_killable_timeout(&pp->done, SILENCE_LIMIT);
		if (left > 0)
			return true;
	} while (left == 0 && READ_ONCE(s->taken) != seen);
	return false;
}

int pingpong_run(struct pingpong *pp, struct samples *s)
{
	unsigned long flags;
	bool answered;

	/*
	 * Binding a channel raises one event, and a test given up may leave one: two in flight
	 * would halve the time.
	 */
	msleep(SETTLE_MS);
	reinit_completion(&pp->done);
	spin_lock_irqsave(&pp->lock, flags);
	pp->samples = s;
	pp->sent = stamp();
	notify_remote_via_irq(pp->irq);
	spin_unlock_irqrestore(&pp->lock, flags);

	answered = pingpong_wait(pp, s);

	/* Whatever still comes finds no samples to write to. */
	spin_lock_irqsave(&pp->lock, flags);
	pp->samples = NULL;
	spin_unlock_irqrestore(&pp->lock, flags);
	return answered ? 0 : -ETIMEDOUT;
}

static int vcpus_run(struct pingpong *pp, int echo_irq, struct samples *s, unsigned int cpu,
		     unsigned int other)
{
	int err = irq_set_affinity(pp->irq, cpumask_of(cpu));

	if (!err)
		err = irq_set_affinity(echo_irq, cpumask_of(other));
	return err ? err : pingpong_run(pp, s);
}

/* An interdomain channel whose two ends are in this domain, each bound to a vCPU of its own. */
int pingpong_vcpus(struct samples *s, unsigned int cpu, unsigned int other)
{
	evtchn_port_t echo_port, ping_port;
	struct pingpong pp;
	int echo_irq, err;

	if (cpu == other || !cpu_online(cpu) || !cpu_online(other))
		return -ENODEV;
	err = port_alloc(DOMID_SELF, &echo_port);
	if (err)
		return err;
	err = echo_bind(echo_port, &echo_irq);
	if (err)
		return err;
	pingpong_init(&pp);
	err = port_bind(DOMID_SELF, echo_port, &ping_port);
	if (err)
		goto unbind_echo;
	err = pingpong_bind(&pp, ping_port);
	if (err)
		goto unbind_echo;
	err = vcpus_run(&pp, echo_irq, s, cpu, other);
	pingpong_unbind(&pp);
unbind_echo:
	echo_unbind(&echo_irq);
	return err;
}
