/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small objects. Sizes are rounded to a power of two; a page is cut into objects of one size and
 * begins with a header that counts those in use, so that an empty page goes back. What does not fit
 * into half a page gets whole frames.
 *
 * Invariants:
 *  H1. An object of a cut page lies at a multiple of its size, never at the page's start: an
 *      address at the start of a page is a large allocation.
 *  H2. A page is on its size's list while it has a free object; `used` is the number of objects
 *      handed out.
 *  H3. Free objects are linked through their first word; memory is zeroed when it is handed out.
 *
 * Locking: heap_lock guards all of it. Inside it: the frame allocator's lock, and a flush of other
 * CPUs for a new page; so interrupts are on.
 */
#include <hv/mm/heap.h>
#include <hv/console/printk.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/queue.h>
#include <hv/spinlock.h>

#define SMALLEST   5U  /* 32 bytes */
#define LARGEST    11U /* 2 KiB */
#define PAGE_MAGIC 0x70616765u

struct heap_page {
	LIST_ENTRY(heap_page) link;
	uint32_t magic;
	uint16_t shift; /* log2 of the objects' size */
	uint16_t used;
	void **free; /* first free object */
};
LIST_HEAD(heap_list, heap_page);

static spinlock_t heap_lock = SPINLOCK_INIT(RANK_HEAP);
static struct heap_list lists[LARGEST + 1];

static unsigned int shift_of(size_t size)
{
	unsigned int shift = SMALLEST;

	while (((size_t)1 << shift) < size)
		shift++;
	return shift;
}

/* Where the first object starts: after the header, at a multiple of the size. */
static size_t first_offset(unsigned int shift)
{
	return ALIGN_UP(sizeof(struct heap_page), (size_t)1 << shift);
}

static struct heap_page *new_page(unsigned int shift)
{
	struct heap_page *p = alloc_page();
	size_t at;

	if (!p)
		return NULL;
	p->magic = PAGE_MAGIC;
	p->shift = (uint16_t)shift;
	for (at = first_offset(shift); at + ((size_t)1 << shift) <= PAGE_SIZE;
	     at += (size_t)1 << shift) {
		void **object = (void **)((char *)p + at);

		*object = p->free;
		p->free = object;
	}
	LIST_INSERT_HEAD(&lists[shift], p, link);
	return p;
}

static void *alloc_small(unsigned int shift)
{
	struct heap_page *p;
	void **object = NULL;

	spin_lock(&heap_lock);
	p = LIST_FIRST(&lists[shift]);
	if (!p)
		p = new_page(shift);
	if (p) {
		object = p->free;
		p->free = *object;
		p->used++;
		if (!p->free)
			LIST_REMOVE(p, link);
	}
	spin_unlock(&heap_lock);
	if (object)
		memset(object, 0, (size_t)1 << shift);
	return object;
}

/*
 * The order of a large allocation is kept in the type word of its first frame, which has no other
 * use.
 */
static void *alloc_large(size_t size)
{
	unsigned int order = 0;
	struct frame *f;

	while ((PAGE_SIZE << order) < size)
		order++;
	f = alloc_frames(order, ALLOC_ZERO);
	if (!f)
		return NULL;
	f->type = order;
	return mfn_to_virt(frame_to_mfn(f));
}

static void free_large(void *p)
{
	struct frame *f = virt_to_frame(p);
	unsigned int order = (unsigned int)f->type;

	f->type = 0;
	free_frames(f, order);
}

void *hv_alloc(size_t size)
{
	if (size > (size_t)PAGE_SIZE << BUDDY_MAX_ORDER)
		return NULL;
	if (size > (size_t)1 << LARGEST)
		return alloc_large(size);
	return alloc_small(shift_of(size));
}

void hv_free(void *object)
{
	struct heap_page *p = (struct heap_page *)((uintptr_t)object & PAGE_MASK);
	bool empty;

	if (!object)
		return;
	if ((void *)p == object) {
		free_large(object);
		return;
	}
	spin_lock(&heap_lock);
	ASSERT(p->magic == PAGE_MAGIC && p->used);
	if (!p->free)
		LIST_INSERT_HEAD(&lists[p->shift], p, link);
	*(void **)object = p->free;
	p->free = object;
	empty = --p->used == 0;
	if (empty) {
		LIST_REMOVE(p, link);
		p->magic = 0;
	}
	spin_unlock(&heap_lock);
	if (empty)
		free_page(p);
}
