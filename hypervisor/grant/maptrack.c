/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handles of grant mappings. A handle is an index and a generation, so that one that was given back
 * does not name what came to its place.
 *
 *  T1. The state of an entry goes FREE -> NEW -> LIVE <-> CLAIMED -> FREE, each step by
 *      compare-and-exchange or by the only one that has the entry. Two unmaps of one handle meet at
 *      LIVE -> CLAIMED, and one of them fails.
 *  T2. The generation grows when an entry becomes FREE.
 *  T3. Pages are only added, and `n_pages` is published after the page.
 *
 * Locking: maptrack.lock for the free list, `used` and growth, for which it allocates a page.
 * Claiming and publishing an entry takes no lock.
 */
#include <hv/grant/maptrack.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/heap.h>

#define PER_PAGE   (PAGE_SIZE / sizeof(struct mapping))
#define INDEX_BITS 20U
#define INDEX_MASK ((1U << INDEX_BITS) - 1)
#define MAX_PAGES  ((1U << INDEX_BITS) / PER_PAGE)

/*
 * word = generation << 2 | state; the handle holds as much of the generation as fits above the
 * index.
 */
enum { FREE, NEW, LIVE, CLAIMED };
#define STATE_MASK      3U
#define GENERATION_MASK ((1U << (32 - INDEX_BITS)) - 1)

static uint32_t make_handle(uint32_t index, uint32_t word)
{
	return index | (word >> 2 & GENERATION_MASK) << INDEX_BITS;
}

int maptrack_init(struct maptrack *t, uint32_t max_pages)
{
	spin_lock_init(&t->lock, RANK_MAPTRACK);
	t->max_pages = MIN(max_pages, (uint32_t)MAX_PAGES);
	t->pages = hv_alloc((t->max_pages + 1) * sizeof(t->pages[0]));
	return t->pages ? 0 : -ENOMEM;
}

void maptrack_destroy(struct maptrack *t)
{
	uint32_t i;

	for (i = 0; t->pages && i < t->n_pages; i++)
		free_page(t->pages[i]);
	hv_free(t->pages);
	t->pages = NULL;
	t->n_pages = 0;
}

uint32_t maptrack_limit(const struct maptrack *t)
{
	return atomic_load_acquire(&t->n_pages) *
	       (uint32_t)PER_PAGE; /* pairs with the release in grow() */
}

static struct mapping *entry(struct maptrack *t, uint32_t index)
{
	return &t->pages[index / PER_PAGE][index % PER_PAGE];
}

/* Caller holds t->lock. */
static bool grow(struct maptrack *t)
{
	struct mapping *page;
	uint32_t i, first = t->n_pages * (uint32_t)PER_PAGE;

	if (t->n_pages == t->max_pages)
		return false;
	page = alloc_page();
	if (!page)
		return false;
	t->pages[t->n_pages] = page;
	/*
	 * The last handle of all would be ~0 with the highest generation, which guests take for
	 * "none".
	 */
	for (i = PER_PAGE; i--;) {
		if (first + i == INDEX_MASK)
			continue;
		page[i].next = t->free;
		t->free = first + i + 1;
	}
	atomic_store_release(&t->n_pages, t->n_pages + 1);
	return true;
}

struct mapping *maptrack_new(struct maptrack *t, uint32_t *handle)
{
	struct mapping *m = NULL;

	spin_lock(&t->lock);
	if (t->free || grow(t)) {
		uint32_t index = t->free - 1;

		m = entry(t, index);
		t->free = m->next;
		t->used++;
		atomic_store(&m->word, (m->word & ~STATE_MASK) | NEW);
		*handle = make_handle(index, m->word);
	}
	spin_unlock(&t->lock);
	return m;
}

void maptrack_publish(struct mapping *m)
{
	/* The entry before its state; pairs with the compare-and-exchange in claim(). */
	atomic_store_release(&m->word, (m->word & ~STATE_MASK) | LIVE);
}

static struct mapping *claim(struct maptrack *t, uint32_t index, uint32_t *handle, bool any)
{
	uint32_t limit = maptrack_limit(t), word;
	struct mapping *m;

	if (index >= limit)
		return NULL;
	m = entry(t, (uint32_t)index_nospec(index, limit));
	word = atomic_load(&m->word);
	if ((word & STATE_MASK) != LIVE || (!any && make_handle(index, word) != *handle))
		return NULL;
	if (!atomic_cmpxchg(&m->word, &word, (word & ~STATE_MASK) | CLAIMED))
		return NULL;
	*handle = make_handle(index, word);
	return m;
}

struct mapping *maptrack_claim(struct maptrack *t, uint32_t handle)
{
	return claim(t, handle & INDEX_MASK, &handle, false);
}

struct mapping *maptrack_claim_index(struct maptrack *t, uint32_t index, uint32_t *handle)
{
	return claim(t, index, handle, true);
}

void maptrack_free(struct maptrack *t, struct mapping *m, uint32_t handle)
{
	spin_lock(&t->lock);
	atomic_store(&m->word, ((m->word & ~STATE_MASK) + (1U << 2)) | FREE);
	m->granter = NULL;
	m->next = t->free;
	t->free = (handle & INDEX_MASK) + 1;
	t->used--;
	spin_unlock(&t->lock);
}
