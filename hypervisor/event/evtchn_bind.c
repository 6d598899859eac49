// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bindings of event channels: made, moved, asked for, undone (ABI.md 10.2). These are the
 * rooms behind evtchn_op.c; no guest pointer comes here. States, invariants and locks: evtchn.c.
 */
#include <hv/event/evtchn_bind.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/event/evtchn.h>
#include <hv/event/virq.h>
#include <hv/irq/pirq.h>
#include <hv/lib/lib.h>
#include <hv/sched/sched.h>
#include <xen/xen.h>

/*
 * Guards the pairing of interdomain channels in all domains, so that the two table locks can be
 * taken in order. It is held for one binding or one close at a time, which is bounded work; sending
 * does not take it.
 */
static spinlock_t interdomain_lock = SPINLOCK_INIT(RANK_INTERDOMAIN);

static void lock_pair(struct evtchn_domain *a, struct evtchn_domain *b)
{
	if (a == b) {
		spin_lock(&a->lock);
		return;
	}
	spin_lock(a < b ? &a->lock : &b->lock);
	spin_lock(a < b ? &b->lock : &a->lock);
}

static void unlock_pair(struct evtchn_domain *a, struct evtchn_domain *b)
{
	spin_unlock(&a->lock);
	if (a != b)
		spin_unlock(&b->lock);
}

/* ---- taking and giving back a port ---- */

#define SCAN_BATCH 1024U	/* ports looked at between two looks for other work */

/*
 * Find the lowest free port, growing the table; the caller publishes a state or calls free_port().
 * 0, or -errno and nothing has changed; -ERESTART: free_hint has moved, the call is to be made
 * again.
 */
static int take_port(struct domain *d, struct evtchn **out)
{
	struct evtchn_domain *t = d->event.table;
	uint32_t limit = MIN(t->limit, t->ops->max_ports), port;

	if (t->dying)
		return -EINVAL;
	for (port = t->free_hint; port < limit; port++) {
		struct evtchn *ch;

		if (port % SCAN_BATCH == 0 && port > t->free_hint) {
			t->free_hint = port;
			if (hypercall_preempt_check())
				return -ERESTART;
		}
		if (port >= t->ports && evtchn_grow(t))
			return -ENOMEM;
		ch = evtchn_get(d, port);
		if (evtchn_state(ch) != EVTCHN_FREE)
			continue;
		t->free_hint = port + 1;
		t->in_use++;
		ch->vcpu = 0;
		ch->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
		memset(&ch->stats, 0, sizeof(ch->stats));
		t->ops->init_port(d, ch);
		*out = ch;
		return 0;
	}
	t->free_hint = MAX(t->free_hint, limit);
	return -ENOSPC;
}

/* The channel is quiesced, or was never published. */
static void free_port(struct domain *d, struct evtchn *ch)
{
	struct evtchn_domain *t = d->event.table;

	t->ops->clear_pending(d, ch);
	memset(&ch->u, 0, sizeof(ch->u));
	evtchn_set_state(ch, EVTCHN_FREE);
	t->in_use--;
	t->free_hint = MIN(t->free_hint, ch->port);
}

/* ---- making ---- */

int evtchn_alloc_unbound(struct domain *d, domid_t remote, uint32_t *port)
{
	struct evtchn_domain *t = d->event.table;
	struct evtchn *ch;
	int rc;

	spin_lock(&t->lock);
	rc = take_port(d, &ch);
	if (!rc) {
		ch->u.unbound.remote = remote;
		evtchn_set_state(ch, EVTCHN_UNBOUND);
		*port = ch->port;
	}
	spin_unlock(&t->lock);
	return rc;
}

/* Both tables are locked. */
static int bind_pair(struct domain *d, struct domain *remote, uint32_t remote_port, uint32_t *port)
{
	struct evtchn *there = evtchn_get(remote, remote_port), *here;
	int rc;

	if (!there || remote->event.table->dying || evtchn_state(there) != EVTCHN_UNBOUND ||
	    there->u.unbound.remote != d->id)
		return -EINVAL;
	rc = take_port(d, &here);
	if (rc)
		return rc;
	here->u.interdomain.remote = remote;
	here->u.interdomain.peer = there;
	/* Holders of an unbound channel do not look at u, so it may change under them. */
	there->u.interdomain.remote = d;
	there->u.interdomain.peer = here;
	evtchn_set_state(here, EVTCHN_INTERDOMAIN);
	evtchn_set_state(there, EVTCHN_INTERDOMAIN);
	/* The other end may have sent before there was anybody to get it. */
	evtchn_raise(d, here);
	*port = here->port;
	return 0;
}

/* Does the port wait for d? Without a lock, so the answer is only good for a refusal. */
static bool waits_for(const struct domain *remote, uint32_t port, const struct domain *d)
{
	const struct evtchn *ch = evtchn_get(remote, port);

	return ch && evtchn_state(ch) == EVTCHN_UNBOUND && READ_ONCE(ch->u.unbound.remote) == d->id;
}

int evtchn_bind_interdomain(struct domain *d, struct domain *remote, uint32_t remote_port,
			    uint32_t *port)
{
	int rc;

	/*
	 * Before the locks: who is not waited for shall not keep them from the remote domain.
	 * bind_pair() asks again.
	 */
	if (!remote->event.table || !waits_for(remote, remote_port, d))
		return -EINVAL;
	spin_lock(&interdomain_lock);
	lock_pair(d->event.table, remote->event.table);
	rc = bind_pair(d, remote, remote_port, port);
	unlock_pair(d->event.table, remote->event.table);
	spin_unlock(&interdomain_lock);
	return rc;
}

int evtchn_bind_virq(struct domain *d, uint32_t virq, uint32_t vcpu, uint32_t *port)
{
	struct evtchn_domain *t = d->event.table;
	struct vcpu *v = domain_vcpu(d, vcpu);
	struct evtchn *ch;
	int rc;

	if (virq >= NR_VIRQS || (!virq_is_per_vcpu(virq) && vcpu != 0))
		return -EINVAL;
	if (!v)
		return -ENOENT;
	virq = (uint32_t)index_nospec(virq, NR_VIRQS);
	spin_lock(&t->lock);
	rc = v->event.virq_port[virq] ? -EEXIST : take_port(d, &ch);
	if (!rc) {
		ch->u.virq = virq;
		ch->vcpu = (uint16_t)vcpu;
		evtchn_set_state(ch, EVTCHN_VIRQ);
		atomic_store_release(&v->event.virq_port[virq], ch->port);
		*port = ch->port;
	}
	spin_unlock(&t->lock);
	return rc;
}

int evtchn_bind_ipi(struct domain *d, uint32_t vcpu, uint32_t *port)
{
	struct evtchn_domain *t = d->event.table;
	struct evtchn *ch;
	int rc;

	if (!domain_vcpu(d, vcpu))
		return -ENOENT;
	spin_lock(&t->lock);
	rc = take_port(d, &ch);
	if (!rc) {
		ch->vcpu = (uint16_t)vcpu;
		evtchn_set_state(ch, EVTCHN_IPI);
		*port = ch->port;
	}
	spin_unlock(&t->lock);
	return rc;
}

int evtchn_bind_pirq(struct domain *d, uint32_t pirq, uint32_t flags, uint32_t *port)
{
	struct evtchn_domain *t = d->event.table;
	struct evtchn *ch;
	int rc;

	spin_lock(&t->lock);
	rc = pirq_may_bind(d, pirq);
	if (!rc)
		rc = take_port(d, &ch);
	if (!rc) {
		ch->u.pirq = pirq;
		evtchn_set_state(ch, EVTCHN_PIRQ);
		/* From here on interrupts may come, and find the channel. */
		rc = pirq_guest_bind(d, pirq, flags & BIND_PIRQ__WILL_SHARE, ch->port);
		if (rc) {
			evtchn_quiesce(ch);
			free_port(d, ch);
		} else {
			*port = ch->port;
		}
	}
	spin_unlock(&t->lock);
	return rc;
}

/* ---- asking and moving ---- */

int evtchn_status(struct domain *d, struct evtchn_status *st)
{
	struct evtchn_domain *t = d->event.table;
	struct evtchn *ch;

	spin_lock(&t->lock);
	ch = evtchn_get(d, st->port);
	if (!ch) {
		spin_unlock(&t->lock);
		/* Below the limit a port is closed even when it has no memory yet. */
		st->status = EVTCHNSTAT_closed;
		st->vcpu = 0;
		return st->port < MIN(t->limit, t->ops->max_ports) ? 0 : -EINVAL;
	}
	st->vcpu = ch->vcpu;
	memset(&st->u, 0, sizeof(st->u));
	switch (evtchn_state(ch)) {
	case EVTCHN_UNBOUND:
		st->status = EVTCHNSTAT_unbound;
		st->u.unbound.dom = ch->u.unbound.remote;
		break;
	case EVTCHN_INTERDOMAIN:
		st->status = EVTCHNSTAT_interdomain;
		st->u.interdomain.dom = ch->u.interdomain.remote->id;
		st->u.interdomain.port = ch->u.interdomain.peer->port;
		break;
	case EVTCHN_PIRQ:
		st->status = EVTCHNSTAT_pirq;
		st->u.pirq = ch->u.pirq;
		break;
	case EVTCHN_VIRQ:
		st->status = EVTCHNSTAT_virq;
		st->u.virq = ch->u.virq;
		break;
	case EVTCHN_IPI:
		st->status = EVTCHNSTAT_ipi;
		break;
	default:
		st->status = EVTCHNSTAT_closed;
		break;
	}
	spin_unlock(&t->lock);
	return 0;
}

int evtchn_bind_vcpu(struct domain *d, uint32_t port, uint32_t vcpu)
{
	struct evtchn_domain *t = d->event.table;
	struct evtchn *ch;
	int rc = 0;

	if (!domain_vcpu(d, vcpu))
		return -ENOENT;
	spin_lock(&t->lock);
	ch = evtchn_get(d, port);
	switch (ch ? evtchn_state(ch) : EVTCHN_FREE) {
	case EVTCHN_VIRQ:
		if (virq_is_per_vcpu(ch->u.virq))
			rc = -EINVAL;
		else
			atomic_store(&ch->vcpu, (uint16_t)vcpu);
		break;
	case EVTCHN_PIRQ:
		atomic_store(&ch->vcpu, (uint16_t)vcpu);
		pirq_set_vcpu(d, ch->u.pirq, domain_vcpu(d, vcpu));
		break;
	case EVTCHN_UNBOUND:
	case EVTCHN_INTERDOMAIN:
		atomic_store(&ch->vcpu, (uint16_t)vcpu);
		break;
	default:
		rc = -EINVAL;
		break;
	}
	spin_unlock(&t->lock);
	return rc;
}

int evtchn_set_priority(struct domain *d, uint32_t port, uint32_t priority)
{
	struct evtchn_domain *t = d->event.table;
	struct evtchn *ch;
	int rc = 0;

	if (priority > EVTCHN_FIFO_PRIORITY_MIN)
		return -EINVAL;
	spin_lock(&t->lock);
	ch = evtchn_get(d, port);
	if (!t->fifo)
		rc = -ENOSYS;
	else if (!ch || port == 0 || evtchn_state(ch) == EVTCHN_FREE)
		rc = -EINVAL;
	else
		atomic_store(&ch->priority, (uint8_t)priority);
	spin_unlock(&t->lock);
	return rc;
}

/* ---- undoing ---- */

/*
 * Both tables are locked, and nobody is inside ch any more. The other end waits for a new binding.
 */
static void part_pair(struct domain *d, struct evtchn *ch)
{
	struct evtchn *peer = ch->u.interdomain.peer;

	evtchn_quiesce(peer);	/* those inside raise events on ch */
	peer->u.unbound.remote = d->id;
	evtchn_set_state(peer, EVTCHN_UNBOUND);
}

static void release_virq(struct domain *d, const struct evtchn *ch)
{
	struct vcpu *v;

	for_each_vcpu(d, v)
		if (v->event.virq_port[ch->u.virq] == ch->port)
			atomic_store(&v->event.virq_port[ch->u.virq], 0);
}

int evtchn_close(struct domain *d, uint32_t port)
{
	struct evtchn *ch = evtchn_get(d, port);
	struct evtchn_domain *other = d->event.table;
	enum evtchn_state state;
	int rc = 0;

	if (!ch || port == 0)
		return -EINVAL;
	spin_lock(&interdomain_lock);
	/* Under interdomain_lock a channel can neither become nor stop being interdomain. */
	if (evtchn_state(ch) == EVTCHN_INTERDOMAIN)
		other = ch->u.interdomain.remote->event.table;
	lock_pair(d->event.table, other);
	state = evtchn_state(ch);
	if (state == EVTCHN_FREE) {
		rc = -EINVAL;
	} else {
		evtchn_quiesce(ch);
		if (state == EVTCHN_INTERDOMAIN)
			part_pair(d, ch);
		else if (state == EVTCHN_VIRQ)
			release_virq(d, ch);
		else if (state == EVTCHN_PIRQ)
			pirq_guest_unbind(d, ch->u.pirq);
		free_port(d, ch);
	}
	unlock_pair(d->event.table, other);
	spin_unlock(&interdomain_lock);
	return rc;
}
