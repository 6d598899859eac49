// SPDX-License-Identifier: GPL-2.0-only
/*
 * The trace buffer of one CPU: records behind each other in a ring of pages that Domain-0 reads.
 *
 *  1. Positions count bytes from 0 to twice the size of the data, so that an empty ring (equal) and
 *     a full one (a size apart) differ. A position at or above the size is that many bytes further
 *     on, in the second round.
 *  2. A record lies in one piece. What is left before the end, if a record does not fit there, is
 *     filled by a record without an event.
 *  3. Where we write depends on our own position only. Domain-0's is read once for each record and
 *     says no more than how much room there is: the worst that it can do is to lose records, or to
 *     have them overwritten before it has read them. Nothing of the pages is ever read back.
 *  4. A record for which there is no room is counted. Before the next one that finds room goes a
 *     record with the count.
 *
 * No lock: only its CPU writes to a buffer, with interrupts off.
 */
#include <hv/trace/tbuf.h>
#include <hv/atomic.h>
#include <hv/mm/directmap.h>

#define WORD        4U
#define LEAST_WORDS 3U /* the event and a TSC */
#define LOST_WORDS  4U

void tbuf_init(struct tbuf *b, const uint32_t *mfns, uint32_t pages)
{
	*b = (struct tbuf){
		.meta = mfn_to_virt(mfn(mfns[0])),
		.mfns = mfns,
		.size = pages * PAGE_SIZE - (uint32_t)sizeof(struct t_buf),
	};
}

/* ---- positions ---- */

static uint32_t after(const struct tbuf *b, uint32_t pos, uint32_t bytes)
{
	pos += bytes;
	return pos < 2 * b->size ? pos : pos - 2 * b->size;
}

static uint32_t distance(const struct tbuf *b, uint32_t from, uint32_t to)
{
	return to >= from ? to - from : to + 2 * b->size - from;
}

static uint32_t offset(const struct tbuf *b, uint32_t pos)
{
	return pos < b->size ? pos : pos - b->size;
}

/* Where a record of so many bytes begins that is due at pos: rule 2. */
static uint32_t start(const struct tbuf *b, uint32_t pos, uint32_t bytes)
{
	uint32_t left = b->size - offset(b, pos);

	return left < bytes ? after(b, pos, left) : pos;
}

/* What was not read yet; all of it where Domain-0 says what cannot be. */
static uint32_t unread(const struct tbuf *b, bool *bad)
{
	/* The records were read before the position: pairs with the consumer's barrier. */
	uint32_t cons = atomic_load_acquire(&b->meta->cons), n;

	*bad = true;
	if (cons >= 2 * b->size || cons % WORD)
		return b->size;
	n = distance(b, cons, b->prod);
	if (n > b->size)
		return b->size;
	*bad = false;
	return n;
}

/* ---- records ---- */

static void put_word(const struct tbuf *b, uint32_t pos, uint32_t word)
{
	uint32_t at = offset(b, pos) + (uint32_t)sizeof(struct t_buf);
	char *page = mfn_to_virt(mfn(b->mfns[at >> PAGE_SHIFT]));

	*(uint32_t *)(page + (at & ~PAGE_MASK)) = word;
}

static void put_head(const struct tbuf *b, uint32_t pos, uint32_t event, uint32_t n, uint64_t tsc)
{
	put_word(b, pos, event | n << TRACE_EXTRA_SHIFT | (uint32_t)TRC_HD_CYCLE_FLAG);
	put_word(b, pos + WORD, (uint32_t)tsc);
	put_word(b, pos + 2 * WORD, (uint32_t)(tsc >> 32));
}

/* From pos to `to`, the end of the buffer: less than the longest record. */
static void fill(const struct tbuf *b, uint32_t pos, uint32_t to, uint64_t tsc)
{
	uint32_t words = distance(b, pos, to) / WORD;

	if (words >= LEAST_WORDS)
		put_head(b, pos, TRC_TRACE_WRAP_BUFFER, words - LEAST_WORDS, tsc);
	else if (words)
		put_word(b, pos, TRC_TRACE_WRAP_BUFFER | (words - 1) << TRACE_EXTRA_SHIFT);
}

static uint32_t bytes_of(uint32_t n)
{
	return (LEAST_WORDS + n) * WORD;
}

/* At pos or, where it does not fit, at the start. The position behind it. There is room. */
static uint32_t put_record(const struct tbuf *b, uint32_t pos, const struct tbuf_record *r)
{
	uint32_t at = start(b, pos, bytes_of(r->n));

	fill(b, pos, at, r->tsc);
	put_head(b, at, r->event, r->n, r->tsc);
	for (uint32_t i = 0; i < r->n; i++)
		put_word(b, at + (LEAST_WORDS + i) * WORD, r->words[i]);
	return after(b, at, bytes_of(r->n));
}

static uint32_t put_lost(const struct tbuf *b, uint32_t pos, const struct tbuf_record *next)
{
	uint32_t words[LOST_WORDS] = {b->lost, next->who, (uint32_t)b->lost_tsc,
				      (uint32_t)(b->lost_tsc >> 32)};
	struct tbuf_record r = *next;

	r.event = TRC_LOST_RECORDS;
	r.n = LOST_WORDS;
	r.words = words;
	return put_record(b, pos, &r);
}

/* Where the position would be after the record, and after that of the lost ones. */
static uint32_t planned(const struct tbuf *b, const struct tbuf_record *r)
{
	uint32_t pos = b->prod, bytes = bytes_of(LOST_WORDS);

	if (b->lost)
		pos = after(b, start(b, pos, bytes), bytes);
	bytes = bytes_of(r->n);
	return after(b, start(b, pos, bytes), bytes);
}

bool tbuf_put(struct tbuf *b, const struct tbuf_record *r)
{
	bool bad, told = b->bad_cons;
	uint32_t had = unread(b, &bad), need = distance(b, b->prod, planned(b, r));

	b->bad_cons = bad;
	if (need > b->size - had) {
		if (!b->lost)
			b->lost_tsc = r->tsc;
		if (b->lost < UINT32_MAX)
			b->lost++;
		return bad && !told;
	}
	if (b->lost)
		b->prod = put_lost(b, b->prod, r);
	b->lost = 0;
	b->prod = put_record(b, b->prod, r);
	/* The records before the position: pairs with the consumer's barrier after its look. */
	atomic_store_release(&b->meta->prod, b->prod);
	return had < b->size / 2 && had + need >= b->size / 2;
}
