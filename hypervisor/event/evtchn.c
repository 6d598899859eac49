// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event channels: the table of a domain's ports, sending, and the end of a table. Bindings are made
 * and undone in evtchn_bind.c; how an event becomes visible to the guest is in evtchn_2l.c and
 * evtchn_fifo.c.
 *
 * Sending takes no table's lock. A channel's word holds its state and the number of senders that
 * are inside; a sender adds one and reads the state in the same step (evtchn_enter). Whoever
 * unbinds writes EVTCHN_CLOSING, waits until nobody is inside, and only then touches what the
 * senders use. Senders never wait, so the wait is short.
 *
 * Invariants
 *  1. The fields of u and the peer's memory do not change while a sender is inside of the channel
 *     and its state is not FREE.
 *  2. Two interdomain channels name each other, or neither does (interdomain_lock).
 *  3. A bucket of channels, once published by `ports`, stays until the domain's last reference is
 *     gone.
 *  4. in_use counts the channels that are not FREE and not RESERVED; no port below free_hint is
 *     FREE.
 *
 * Locks: interdomain_lock, inside it one or two evtchn_domain.lock by address, inside them those of
 * irq/, the frame allocator's, and what raising an event takes: FIFO queues' and run queues'. A
 * sender that is inside of a channel takes only the latter: whoever waits for it holds the others.
 */
#include <hv/event/evtchn.h>
#include <hv/bitops.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/event/event.h>
#include <hv/event/evtchn_bind.h>
#include <hv/event/evtchn_fifo.h>
#include <hv/hvm/hvm.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/heap.h>
#include <hv/sched/sched.h>
#include <xen/xen.h>

#define CLOSE_BATCH	128	/* channels closed before other work gets its turn */

/* ---- the table ---- */

struct evtchn *evtchn_get(const struct domain *d, uint32_t port)
{
	const struct evtchn_domain *t = d->event.table;
	struct evtchn **group;

	/*
	 * The acquire pairs with the release in evtchn_grow(): below ports, all pointers are there.
	 */
	if (!t || port >= atomic_load_acquire(&t->ports))
		return NULL;
	port = (uint32_t)index_nospec(port, EVTCHN_FIFO_NR_CHANNELS);
	group = t->group[port / (EVTCHN_BUCKET * EVTCHN_GROUP)];
	return &group[port / EVTCHN_BUCKET % EVTCHN_GROUP][port % EVTCHN_BUCKET];
}

int evtchn_grow(struct evtchn_domain *t)
{
	uint32_t port = t->ports, i;
	struct evtchn ***group = &t->group[port / (EVTCHN_BUCKET * EVTCHN_GROUP)];
	struct evtchn *bucket;

	if (!*group)
		*group = alloc_page();
	if (!*group)
		return -ENOMEM;
	bucket = alloc_page();
	if (!bucket)
		return -ENOMEM;
	for (i = 0; i < EVTCHN_BUCKET; i++) {
		bucket[i].port = port + i;
		bucket[i].priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
	}
	(*group)[port / EVTCHN_BUCKET % EVTCHN_GROUP] = bucket;
	atomic_store_release(&t->ports, port + EVTCHN_BUCKET);
	return 0;
}

int evtchn_domain_init(struct domain *d)
{
	struct evtchn_domain *t = hv_alloc(sizeof(*t));

	_Static_assert(sizeof(struct evtchn *) * EVTCHN_GROUP == PAGE_SIZE, "a group is one page");
	if (!t)
		return -ENOMEM;
	spin_lock_init(&t->lock, RANK_EVTCHN);
	t->ops = &evtchn_2l_ops;
	t->limit = d->event.max_port ? MIN(d->event.max_port, EVTCHN_FIFO_NR_CHANNELS)
				      : EVTCHN_FIFO_NR_CHANNELS;
	t->free_hint = 1;
	t->close_next = 1;
	d->event.table = t;
	if (evtchn_grow(t)) {
		evtchn_domain_destroy(d);
		return -ENOMEM;
	}
	evtchn_set_state(evtchn_get(d, 0), EVTCHN_RESERVED);
	return 0;
}

int evtchn_vcpu_init(struct vcpu *v)
{
	memset(v->event.virq_port, 0, sizeof(v->event.virq_port));
	v->event.polling = false;
	return 0;
}

void evtchn_vcpu_destroy(struct vcpu *v)
{
	(void)v;	/* its channels went with the domain's */
}

/* ---- sending ---- */

void vcpu_mark_events_pending(struct vcpu *v)
{
	struct vcpu_info *info = v->info;

	if (!info || atomic_xchg(&info->evtchn_upcall_pending, 1))
		return;
	if (v->is_hvm) {
		v->domain->hvm->hooks->event_pending(v);
		return;
	}
	/*
	 * A running vCPU that has masked events looks at upcall_pending when it unmasks them, so an
	 * interrupt would be wasted. The exchange above is a full barrier: it pairs with the
	 * guest's unmask-then-test and with the set-then-test of evtchn_poll_begin() and
	 * vcpu_block_current().
	 */
	if (atomic_load(&info->evtchn_upcall_mask) && !atomic_load(&v->event.polling) &&
	    !atomic_load(&v->sched.blocked))
		return;
	vcpu_kick(v);
}

void evtchn_raise_all(struct vcpu *v)
{
	if (!v->info)
		return;
	__atomic_store_n(&v->info->evtchn_pending_sel, ~UINT64_C(0), __ATOMIC_SEQ_CST);
	vcpu_mark_events_pending(v);
}

/* Some vCPUs of d sleep in SCHEDOP_poll: kick those that may wait for this port. */
static __noinline void wake_pollers(struct domain *d, uint32_t port, uint64_t pollers)
{
	while (pollers) {
		unsigned int id = first_bit(pollers);
		struct vcpu *v = domain_vcpu(d, id);

		pollers &= pollers - 1;
		if (v && (atomic_load(&v->event.poll_port) == 0 ||
			  atomic_load(&v->event.poll_port) == port))
			vcpu_kick(v);
	}
}

void evtchn_raise(struct domain *d, struct evtchn *ch)
{
	struct evtchn_domain *t = d->event.table;
	const struct evtchn_ops *ops =
		atomic_load_acquire(&t->ops); /* pairs with evtchn_fifo_init_control() */
	uint64_t pollers;

	EVTCHN_COUNT(ch->stats.sent);
	stat_add(STAT_EVENT_SENT, 1);
	ops->set_pending(d, ch);
	/* Pending was set with a full barrier before this read; pairs with evtchn_poll_begin(). */
	pollers = atomic_load(&t->pollers);
	if (unlikely(pollers))
		wake_pollers(d, ch->port, pollers);
}

int evtchn_send(struct domain *d, uint32_t port)
{
	struct evtchn *ch = evtchn_get(d, port);
	int rc = 0;

	if (!ch)
		return -EINVAL;
	switch (evtchn_enter(ch)) {
	case EVTCHN_INTERDOMAIN:
		evtchn_raise(ch->u.interdomain.remote, ch->u.interdomain.peer);
		break;
	case EVTCHN_IPI:
		evtchn_raise(d, ch);
		break;
	case EVTCHN_UNBOUND:	/* nobody there: not an error */
		break;
	case EVTCHN_FREE:	/* not inside; the other end may be closing: nowhere to go */
		return evtchn_state(ch) == EVTCHN_FREE ? -EINVAL : 0;
	default:
		rc = -EINVAL;
		break;
	}
	evtchn_leave(ch);
	return rc;
}

bool evtchn_send_pirq(struct domain *d, uint32_t port, uint32_t pirq)
{
	struct evtchn *ch = evtchn_get(d, port);
	enum evtchn_state state = ch ? evtchn_enter(ch) : EVTCHN_FREE;
	bool bound = state == EVTCHN_PIRQ && ch->u.pirq == pirq;

	if (bound)
		evtchn_raise(d, ch);
	if (state != EVTCHN_FREE)
		evtchn_leave(ch);
	return bound;
}

int evtchn_unmask(struct domain *d, uint32_t port)
{
	struct evtchn *ch = evtchn_get(d, port);

	if (!ch || port == 0 || evtchn_enter(ch) == EVTCHN_FREE)
		return -EINVAL;
	atomic_load_acquire(&d->event.table->ops)->unmask(d, ch);
	evtchn_leave(ch);
	return 0;
}

/* ---- SCHEDOP_poll ---- */

void evtchn_poll_begin(struct vcpu *v, uint32_t port)
{
	atomic_store(&v->event.poll_port, port);
	atomic_store(&v->event.polling, true);
	/* Full barrier: whoever raises from now on sees the bit, or we see the event pending. */
	set_bit(&v->domain->event.table->pollers, v->id);
}

void evtchn_poll_end(struct vcpu *v)
{
	clear_bit(&v->domain->event.table->pollers, v->id);
	atomic_store(&v->event.polling, false);
}

int evtchn_port_pending(struct domain *d, uint32_t port)
{
	struct evtchn *ch = evtchn_get(d, port);
	int pending;

	if (!ch || port == 0)
		return -EINVAL;
	if (evtchn_enter(ch) == EVTCHN_FREE)
		return 0;	/* nothing can be pending there, and polling it is harmless */
	pending = atomic_load_acquire(&d->event.table->ops)->is_pending(d, ch);
	evtchn_leave(ch);
	return pending;
}

/* ---- the end ---- */

/*
 * Close a batch. 0: the walk has reached the end. Only one walk at a time matters: two share the
 * work.
 */
static int close_batch(struct domain *d)
{
	struct evtchn_domain *t = d->event.table;
	unsigned int n;

	for (n = 0; n < CLOSE_BATCH && atomic_load(&t->close_next) < t->ports; n++)
		(void)evtchn_close(d, __atomic_fetch_add(&t->close_next, 1, __ATOMIC_SEQ_CST));
	return atomic_load(&t->close_next) < t->ports ? -ERESTART : 0;
}

int evtchn_domain_close(struct domain *d)
{
	struct evtchn_domain *t = d->event.table;
	struct evtchn_fifo *fifo;

	if (!t)
		return 0;
	spin_lock(&t->lock);
	if (!t->dying) {
		t->dying = true;
		t->close_next = 1;
	}
	spin_unlock(&t->lock);
	if (close_batch(d))
		return -ERESTART;
	spin_lock(&t->lock);
	fifo = t->in_use ? NULL : evtchn_fifo_detach(d); /* the guest's frames are free to go */
	spin_unlock(&t->lock);
	evtchn_fifo_free(d, fifo);
	return 0;
}

int evtchn_reset(struct domain *d)
{
	struct evtchn_domain *t = d->event.table;
	struct evtchn_fifo *fifo;

	if (close_batch(d))
		return -ERESTART;
	/* What was bound behind the walk's back is closed by the next walk. */
	spin_lock(&t->lock);
	atomic_store(&t->close_next, 1);
	if (t->in_use) {
		spin_unlock(&t->lock);
		return -ERESTART;
	}
	fifo = evtchn_fifo_detach(d);
	spin_unlock(&t->lock);
	evtchn_fifo_free(d, fifo);
	return 0;
}

void evtchn_domain_destroy(struct domain *d)
{
	struct evtchn_domain *t = d->event.table;
	unsigned int g, b;

	if (!t)
		return;
	while (evtchn_domain_close(d) == -ERESTART)
		;
	for (g = 0; g < EVTCHN_GROUPS; g++) {
		for (b = 0; t->group[g] && b < EVTCHN_GROUP && t->group[g][b]; b++)
			free_page(t->group[g][b]);
		if (t->group[g])
			free_page(t->group[g]);
	}
	d->event.table = NULL;
	hv_free(t);
}

/* ---- debug key ---- */

static void dump_one(const struct domain *d, const struct evtchn *ch, const struct evtchn_ops *ops)
{
	static const char *const names[] = {"free", "reserved", "unbound", "interdomain",
					    "pirq", "virq",     "ipi",     "closing"};
	enum evtchn_state state = evtchn_state(ch);
	uint64_t a = 0, b = 0;

	if (state == EVTCHN_UNBOUND)
		a = ch->u.unbound.remote;
	else if (state == EVTCHN_PIRQ)
		a = ch->u.pirq;
	else if (state == EVTCHN_VIRQ)
		a = ch->u.virq;
	if (state == EVTCHN_INTERDOMAIN) {
		a = ch->u.interdomain.remote->id;
		b = ch->u.interdomain.peer->port;
	}
	log_info("  %5u %-11s %lu:%lu v%u p%u %s%s sent %u told %u useless %u\n", ch->port,
		 names[state & 7], (unsigned long)a, (unsigned long)b, ch->vcpu, ch->priority,
		 ops->is_pending(d, ch) ? "P" : "-", ops->is_masked(d, ch) ? "M" : "-",
		 ch->stats.sent, ch->stats.delivered, ch->stats.useless);
}

unsigned int evtchn_pages(const struct domain *d)
{
	uint32_t ports = d->event.table ? atomic_load(&d->event.table->ports) : 0;

	return ports / EVTCHN_BUCKET +
	       (ports + EVTCHN_BUCKET * EVTCHN_GROUP - 1) / (EVTCHN_BUCKET * EVTCHN_GROUP);
}

void evtchn_dump(struct domain *d)
{
	struct evtchn_domain *t = d->event.table;
	uint32_t port;

	if (!t)
		return;
	spin_lock(&t->lock);
	log_info("d%u: %u event channels, %s, limit %u\n", d->id, t->in_use,
		 t->fifo ? "fifo" : "2-level", t->limit);
	for (port = 1; port < t->ports; port++) {
		struct evtchn *ch = evtchn_get(d, port);

		if (evtchn_state(ch) != EVTCHN_FREE)
			dump_one(d, ch, t->ops);
	}
	spin_unlock(&t->lock);
}
