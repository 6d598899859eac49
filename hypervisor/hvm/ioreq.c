// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pages through which a device model is asked, and what it has claimed. Source: HVM interface
 * of device models (ioreq servers) as QEMU uses it.
 *
 *  Q1. A slot goes NONE, READY (ours), IN_PROCESS, ANSWERED (the device model's), NONE (ours). What
 *      is read of it is read when it is ANSWERED, once. Any other state than the four, or NONE
 *      while an answer is waited for, is a broken protocol: the caller ends the domain.
 *  Q2. The fields of a request are written before READY, with a release; the answer is read after
 *      ANSWERED, with an acquire: they pair with the device model's own.
 *  Q3. Nothing of the buffered page is believed: an index is taken modulo its size, and more
 *      entries than there are count as a full page.
 */
#include <hv/hvm/ioreq.h>
#include <hv/atomic.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>

#define ENTRY_SIZE_SHIFT 10
#define ENTRY_ADDR_SHIFT 12
#define ENTRY_ADDR_MAX	0xfffffu

/* ---- what is claimed ---- */

/* The first range that ends at or behind `at`. */
static unsigned int find(const struct ioreq_ranges *r, uint64_t at)
{
	unsigned int low = 0, high = r->n;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (r->range[middle].last < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void open_gap(struct ioreq_ranges *r, unsigned int i)
{
	memmove(&r->range[i + 1], &r->range[i], (r->n - i) * sizeof(r->range[0]));
	r->n++;
}

int ioreq_claim(struct ioreq_ranges *r, uint64_t first, uint64_t last)
{
	unsigned int i = find(r, first);

	if (first > last)
		return -EINVAL;
	if (i < r->n && r->range[i].first <= last)
		return -EEXIST;
	if (r->n == IOREQ_RANGES)
		return -ENOSPC;
	open_gap(r, i);
	r->range[i] = (struct ioreq_range){first, last};
	return 0;
}

bool ioreq_claimed(const struct ioreq_ranges *r, uint64_t first, uint64_t last)
{
	unsigned int i = find(r, last);

	return first <= last && i < r->n && r->range[i].first <= first;
}

int ioreq_disclaim(struct ioreq_ranges *r, uint64_t first, uint64_t last)
{
	unsigned int i = find(r, last);
	struct ioreq_range *at = &r->range[i];

	if (first > last)
		return -EINVAL;
	if (!ioreq_claimed(r, first, last))
		return -ENOENT;
	if (at->first < first && at->last > last) {	/* out of its middle */
		if (r->n == IOREQ_RANGES)
			return -ENOSPC;
		open_gap(r, i);
		r->range[i].last = first - 1;
		r->range[i + 1].first = last + 1;
	} else if (at->first < first) {
		at->last = first - 1;
	} else if (at->last > last) {
		at->first = last + 1;
	} else {
		memmove(at, at + 1, (--r->n - i) * sizeof(*at));
	}
	return 0;
}

/* ---- a slot ---- */

bool ioreq_ask(struct ioreq_slot *slot, const struct ioreq *q)
{
	if ((atomic_load(&slot->how) & IOREQ_STATE) != IOREQ_NONE)
		return false;
	slot->addr = q->addr;
	slot->data = q->data;
	slot->count = q->count;
	slot->size = q->size;
	slot->type = q->type;
	/* Q2 */
	atomic_store_release(&slot->how,
			     (uint8_t)(IOREQ_READY | (q->read ? IOREQ_READ : 0) |
				       (q->pointer ? IOREQ_POINTER : 0) |
				       (q->down ? IOREQ_DOWN : 0)));
	return true;
}

enum ioreq_answer ioreq_look(struct ioreq_slot *slot, uint64_t *data)
{
	switch (atomic_load_acquire(&slot->how) & IOREQ_STATE) {	/* Q2 */
	case IOREQ_READY:
	case IOREQ_IN_PROCESS: return IOREQ_WAIT;
	case IOREQ_ANSWERED: break;
	default: return IOREQ_BROKEN;
	}
	*data = READ_ONCE(slot->data);
	atomic_store(&slot->how, (uint8_t)IOREQ_NONE);
	return IOREQ_DONE;
}

/* ---- the buffered page ---- */

/* log2 of a size; 4: it is none. */
static unsigned int size_code(unsigned int size)
{
	for (unsigned int code = 0; code < 4; code++)
		if (size == 1u << code)
			return code;
	return 4;
}

/* Both counters less whole rounds, as long as the device model does not move its own meanwhile. */
static void wrap(struct ioreq_buffer *b)
{
	uint64_t *both = (uint64_t *)b, old = atomic_load(both), wrapped;
	uint32_t rounds = (uint32_t)old / IOREQ_BUFFERED * IOREQ_BUFFERED;

	/* The counters' difference stays; nothing else is asked of them. */
	wrapped = (uint32_t)((uint32_t)old - rounds) |
		  (uint64_t)((uint32_t)(old >> 32) - rounds) << 32;
	if (rounds)
		(void)atomic_cmpxchg(both, &old, wrapped);
}

bool ioreq_buffer(struct ioreq_buffer *b, const struct ioreq *q, bool atomic)
{
	unsigned int code = size_code(q->size), n = code == 3 ? 2 : 1;
	uint32_t write = READ_ONCE(b->write), used = write - atomic_load(&b->read);

	if (q->read || q->pointer || q->count != 1 || code > 3 || q->addr > ENTRY_ADDR_MAX)
		return false;
	if (used > IOREQ_BUFFERED - n)	/* Q3 */
		return false;
	for (unsigned int i = 0; i < n; i++) {
		unsigned int at = (write + i) % IOREQ_BUFFERED;

		b->entry[at].what = q->type | code << ENTRY_SIZE_SHIFT |
				    (uint32_t)q->addr << ENTRY_ADDR_SHIFT;
		b->entry[at].data = (uint32_t)(q->data >> 32 * i);
	}
	/* The entries are there before they count: pairs with the device model's read of it. */
	atomic_store_release(&b->write, write + n);
	if (atomic)
		wrap(b);
	return true;
}
