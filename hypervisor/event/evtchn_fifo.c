// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events in the FIFO layout (ABI.md 10.1; the public interface is in xen/event_channel.h).
 * Every port has a 32-bit word in pages that the guest gave. Every vCPU has a control block with
 * sixteen queue heads, one a priority. A pending event that is neither masked nor linked is linked:
 * its port is written into the link field of the queue's last word, or, when the guest has taken
 * that one already, into the queue's head. The guest unlinks; the hypervisor links.
 *
 * The words are the guest's memory, and it may write what it likes, when it likes. Therefore
 *  1. what is read from a word decides only which word of the same guest is written next, and
 *     whether it is told;
 *  2. the hypervisor keeps the queues' tails in its own memory; link fields are written, never
 *     followed;
 *  3. every retry is counted; who runs out of tries loses events of its own.
 *
 * A channel remembers the queue that it was linked to last (queue_vcpu, queue_priority), because it
 * may still be that queue's tail. Linking takes the locks of that queue and of the one it goes to,
 * in address order.
 */
#include <hv/event/evtchn_fifo.h>
#include <hv/bitops.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/event/event.h>
#include <hv/event/evtchn.h>
#include <hv/hvm/hvm.h>
#include <hv/lib/lib.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>

#define PENDING		(1U << EVTCHN_FIFO_PENDING)
#define MASKED		(1U << EVTCHN_FIFO_MASKED)
#define LINKED		(1U << EVTCHN_FIFO_LINKED)
#define BUSY		(1U << EVTCHN_FIFO_BUSY)
#define LINK_MASK	((uint32_t)EVTCHN_FIFO_LINK_MASK)

#define WORDS_PER_PAGE	((uint32_t)(PAGE_SIZE / sizeof(event_word_t)))
#define MAX_PAGES	(EVTCHN_FIFO_NR_CHANNELS / WORDS_PER_PAGE)

/* of writing one link field: after half of them the guest is asked to hold still */
#define LINK_TRIES 8
#define QUEUE_TRIES	8	/* of locking a channel's queues while others move it */

struct fifo_queue {
	spinlock_t lock; /* with interrupts off; guards tail, and queue_* of the channels linked
			    here last */
	uint32_t tail;		/* port linked last, 0: none */
};

struct fifo_vcpu {
	struct evtchn_fifo_control_block *control;	/* published last; NULL: not given yet */
	struct frame *frame;				/* of control: a writable type reference */
	struct fifo_queue queue[EVTCHN_FIFO_MAX_QUEUES];
};

struct evtchn_fifo {
	uint32_t n_pages;		/* grows under the table's lock, published with release */
	event_word_t *page[MAX_PAGES];
	struct frame *frame[MAX_PAGES];	/* writable type references */
	struct fifo_vcpu vcpu[];	/* d->max_vcpus */
};

/* The word of a port, or NULL when the guest has given no memory for it. */
static event_word_t *fifo_word(const struct domain *d, uint32_t port)
{
	const struct evtchn_fifo *f = d->event.table->fifo;

	if (port / WORDS_PER_PAGE >= atomic_load_acquire(&f->n_pages)) /* pairs with expand_array */
		return NULL;
	return &f->page[index_nospec(port / WORDS_PER_PAGE, MAX_PAGES)][port % WORDS_PER_PAGE];
}

/* ---- linking ---- */

/*
 * Write port into the link field of the word tail, if that event is still linked. Its queue is
 * locked.
 */
static bool link_behind(struct domain *d, uint32_t tail, uint32_t port)
{
	event_word_t *word = fifo_word(d, tail);
	uint32_t w = atomic_load(word);
	unsigned int try;

	for (try = 0; try < LINK_TRIES && (w & LINKED); try++) {
		if (try == LINK_TRIES / 2)
			w = atomic_or(word, BUSY) | BUSY;
		if (atomic_cmpxchg(word, &w, (w & ~(LINK_MASK | BUSY)) | port))
			return true;
	}
	atomic_and(word, ~BUSY);
	if (w & LINKED)
		log_guest("d%u: event word of port %u changes too fast, events may be lost\n",
			  d->id, tail);
	return false;
}

struct queue_locks {
	struct fifo_queue *first, *second;	/* second NULL: one lock does for both */
	uint64_t flags;
};

static void lock_queues(struct queue_locks *l, struct fifo_queue *a, struct fifo_queue *b)
{
	l->first = a <= b ? a : b;
	l->second = a == b ? NULL : a < b ? b : a;
	l->flags = spin_lock_irqsave(&l->first->lock);
	if (l->second)
		spin_lock(&l->second->lock);
}

static void unlock_queues(struct queue_locks *l)
{
	if (l->second)
		spin_unlock(&l->second->lock);
	spin_unlock_irqrestore(&l->first->lock, l->flags);
}

/*
 * Link ch into the queue of vCPU id and priority prio, coming from the queue old. Both are locked.
 * True when the queue was empty in the guest's eyes, so that the guest must be told of it.
 */
static bool link_locked(struct domain *d, struct evtchn *ch, event_word_t *word,
			struct fifo_queue *old, unsigned int id, unsigned int prio)
{
	struct fifo_vcpu *fv = &d->event.table->fifo->vcpu[id];
	struct fifo_queue *new = &fv->queue[prio];
	bool behind;

	if (atomic_or(word, LINKED) & LINKED)
		return false;	/* somebody else was faster */
	if (old != new && old->tail == ch->port)
		old->tail = 0; /* it is no longer in that queue, so nothing may be linked behind it
				  there */
	atomic_store(&ch->queue_vcpu, (uint16_t)id);
	atomic_store(&ch->queue_priority, (uint8_t)prio);
	behind = new->tail && new->tail != ch->port && link_behind(d, new->tail, ch->port);
	if (!behind)
		/*
		 * The word's LINKED is set before the head is seen; the guest reads ready, head,
		 * word.
		 */
		atomic_store_release(&fv->control->head[prio], ch->port);
	new->tail = ch->port;
	return !behind;
}

static void fifo_link(struct domain *d, struct evtchn *ch, event_word_t *word)
{
	struct evtchn_fifo *f = d->event.table->fifo;
	unsigned int try;

	for (try = 0; try < QUEUE_TRIES; try++) {
		unsigned int old_id = atomic_load(&ch->queue_vcpu),
			     old_prio = atomic_load(&ch->queue_priority);
		unsigned int id = atomic_load(&ch->vcpu), prio = atomic_load(&ch->priority);
		struct fifo_queue *old = &f->vcpu[old_id].queue[old_prio];
		struct queue_locks locks;
		bool moved, tell;

		if (!atomic_load_acquire(&f->vcpu[id].control))	/* pairs with init_control */
			return;	/* stays pending: unmasking it later links it */
		lock_queues(&locks, old, &f->vcpu[id].queue[prio]);
		moved = ch->queue_vcpu != old_id || ch->queue_priority != old_prio;
		tell = !moved && link_locked(d, ch, word, old, id, prio);
		unlock_queues(&locks);
		if (moved)
			continue;
		if (tell && !(atomic_or(&f->vcpu[id].control->ready, 1U << prio) & (1U << prio))) {
			EVTCHN_COUNT(ch->stats.delivered);
			vcpu_mark_events_pending(d->vcpus[id]);
		}
		return;
	}
	log_guest("d%u: port %u is rebound too fast, an event is lost\n", d->id, ch->port);
}

/* ---- the ops ---- */

static void evtchn_fifo_set_pending(struct domain *d, struct evtchn *ch)
{
	event_word_t *word = fifo_word(d, ch->port);
	uint32_t old;

	if (!word) {
		(void)atomic_xchg(&ch->early, true);
		/*
		 * Full barrier: expand_array publishes the page, then looks at early; one of us
		 * sees the other.
		 */
		word = fifo_word(d, ch->port);
		if (!word || !atomic_xchg(&ch->early, false))
			return;
	}
	old = atomic_or(word, PENDING);
	if (old & PENDING) {
		EVTCHN_COUNT(ch->stats.useless);
		stat_add(STAT_EVENT_USELESS, 1);
	}
	if (!(old & (MASKED | LINKED)))
		fifo_link(d, ch, word);
}

static void evtchn_fifo_clear_pending(struct domain *d, struct evtchn *ch)
{
	event_word_t *word = fifo_word(d, ch->port);

	atomic_store(&ch->early, false);
	if (word)
		atomic_and(word, ~PENDING);
}

static void evtchn_fifo_unmask(struct domain *d, struct evtchn *ch)
{
	event_word_t *word = fifo_word(d, ch->port);
	uint32_t old;

	if (!word)
		return;
	old = atomic_and(word, ~MASKED);
	if ((old & PENDING) && !(old & LINKED))
		fifo_link(d, ch, word);
}

static bool evtchn_fifo_is_pending(const struct domain *d, const struct evtchn *ch)
{
	const event_word_t *word = fifo_word(d, ch->port);

	return word ? atomic_load(word) & PENDING : atomic_load(&ch->early);
}

static bool evtchn_fifo_is_masked(const struct domain *d, const struct evtchn *ch)
{
	const event_word_t *word = fifo_word(d, ch->port);

	return !word || (atomic_load(word) & MASKED);
}

static const struct evtchn_ops evtchn_fifo_ops = {
	.max_ports = EVTCHN_FIFO_NR_CHANNELS,
	.set_pending = evtchn_fifo_set_pending,
	.clear_pending = evtchn_fifo_clear_pending,
	.unmask = evtchn_fifo_unmask,
	.is_pending = evtchn_fifo_is_pending,
	.is_masked = evtchn_fifo_is_masked,
	.init_port = evtchn_fifo_clear_pending,
};

/* ---- what the guest gives and takes back ---- */

/* Take a writable reference of one of the guest's frames. 0 or -EINVAL. */
static int get_frame(struct domain *d, uint64_t gfn, struct frame **frame, void **va)
{
	mfn_t m = domain_frame(d, gfn);

	if (get_page_and_type(m, d, FT_WRITABLE))
		return -EINVAL;
	*frame = mfn_to_frame(m);
	*va = mfn_to_virt(m);
	return 0;
}

static struct evtchn_fifo *fifo_create(const struct domain *d)
{
	struct evtchn_fifo *f = hv_alloc(sizeof(*f) + d->max_vcpus * sizeof(f->vcpu[0]));
	unsigned int v, q;

	for (v = 0; f && v < d->max_vcpus; v++)
		for (q = 0; q < EVTCHN_FIFO_MAX_QUEUES; q++)
			spin_lock_init(&f->vcpu[v].queue[q].lock, RANK_FIFO);
	return f;
}

/* Go from 2-level to FIFO: channels that exist keep what was pending. At most 4096 ports. */
static void fifo_take_over(struct domain *d, struct evtchn_fifo *f)
{
	struct evtchn_domain *t = d->event.table;
	uint32_t port;

	for (port = 0; port < t->ports; port++) {
		struct evtchn *ch = evtchn_get(d, port);

		ch->queue_vcpu = 0;
		ch->queue_priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
		ch->early = port < evtchn_2l_ops.max_ports && evtchn_2l_ops.is_pending(d, ch);
	}
	t->fifo = f;
	atomic_store_release(&t->ops,
			     &evtchn_fifo_ops); /* pairs with the acquire of ops in evtchn.c */
	t->free_hint = 1;
}

int evtchn_fifo_init_control(struct domain *d, struct evtchn_init_control *op)
{
	struct evtchn_domain *t = d->event.table;
	struct evtchn_fifo *f, *fresh = NULL;
	struct frame *frame;
	void *va = NULL;
	int rc;

	if (!domain_vcpu(d, op->vcpu))
		return -ENOENT;
	op->vcpu = (uint32_t)index_nospec(op->vcpu, d->max_vcpus);
	if (op->offset % 8 || op->offset > PAGE_SIZE - sizeof(struct evtchn_fifo_control_block))
		return -EINVAL;
	rc = get_frame(d, op->control_gfn, &frame, &va);
	if (rc)
		return rc;
	fresh = fifo_create(d);
	spin_lock(&t->lock);
	f = t->fifo ? t->fifo : fresh;
	if (!f)
		rc = -ENOMEM;
	else if (t->dying || f->vcpu[op->vcpu].control)
		rc = -EINVAL;
	if (!rc) {
		struct evtchn_fifo_control_block *control = (void *)((char *)va + op->offset);

		memset(control, 0, sizeof(*control));
		f->vcpu[op->vcpu].frame = frame;
		/* Queues and block are ready before the block is seen. */
		atomic_store_release(&f->vcpu[op->vcpu].control, control);
		if (f == fresh) {
			fifo_take_over(d, f);
			fresh = NULL;
		}
		op->link_bits = EVTCHN_FIFO_LINK_BITS;
	}
	spin_unlock(&t->lock);
	hv_free(fresh);
	if (rc)
		put_page_and_type(frame);
	return rc;
}

/* The channels of a new page that were raised before it existed. At most 1024. */
static void raise_early(struct domain *d, uint32_t first)
{
	uint32_t port;

	for (port = first; port < first + WORDS_PER_PAGE; port++) {
		struct evtchn *ch = evtchn_get(d, port);

		if (!ch)
			return;
		if (atomic_xchg(&ch->early, false))
			evtchn_fifo_set_pending(d, ch);
	}
}

int evtchn_fifo_expand_array(struct domain *d, uint64_t gfn)
{
	struct evtchn_domain *t = d->event.table;
	struct frame *frame;
	void *va = NULL;
	int rc = get_frame(d, gfn, &frame, &va);

	if (rc)
		return rc;
	spin_lock(&t->lock);
	if (!t->fifo)
		rc = -EOPNOTSUPP;
	else if (t->dying)
		rc = -EINVAL;
	else if (t->fifo->n_pages == MAX_PAGES)
		rc = -ENOSPC;
	if (!rc) {
		uint32_t n = t->fifo->n_pages;

		t->fifo->page[n] = va;
		t->fifo->frame[n] = frame;
		__atomic_store_n(&t->fifo->n_pages, n + 1,
				 __ATOMIC_SEQ_CST); /* pairs with set_pending: early */
		raise_early(d, n * WORDS_PER_PAGE);
	}
	spin_unlock(&t->lock);
	if (rc)
		put_page_and_type(frame);
	return rc;
}

struct evtchn_fifo *evtchn_fifo_detach(struct domain *d)
{
	struct evtchn_domain *t = d->event.table;
	struct evtchn_fifo *f = t->fifo;

	/* No channel is in use, so nobody holds one, so nobody is inside the ops. */
	atomic_store_release(&t->ops, &evtchn_2l_ops);
	t->fifo = NULL;
	return f;
}

void evtchn_fifo_free(struct domain *d, struct evtchn_fifo *f)
{
	unsigned int i;

	if (!f)
		return;
	for (i = 0; i < f->n_pages; i++)
		put_page_and_type(f->frame[i]);
	for (i = 0; i < d->max_vcpus; i++)
		if (f->vcpu[i].frame)
			put_page_and_type(f->vcpu[i].frame);
	hv_free(f);
}
