/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of Linux that the drivers' grant code needs, on the host, and a grant table that records
 * who maps what, what was granted and how each grant ended. A test includes this file first and
 * then the shipped source. The folders linux/ and xen/ beside it lead the source's includes here.
 */
#ifndef SHOJI_FAKE_KERNEL_H
#define SHOJI_FAKE_KERNEL_H
#define SHOJI_XEN_GRANT_TABLE_H /* the kernel's own header of that name is what the sources mean */

#include <errno.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef uint16_t domid_t;
typedef uint32_t grant_ref_t, grant_handle_t;

#define READ_ONCE(x)	    (x)
#define WRITE_ONCE(x, v)    ((x) = (v))
#define ARRAY_SIZE(a)	    (sizeof(a) / sizeof((a)[0]))
#define DIV_ROUND_UP(n, d)  (((n) + (d) - 1) / (d))
#define min(a, b)	    ((a) < (b) ? (a) : (b))
#define max(a, b)	    ((a) > (b) ? (a) : (b))
#define min_t(type, a, b)   min((type)(a), (type)(b))
#define max_t(type, a, b)   max((type)(a), (type)(b))
#define clamp(v, low, high) ((v) < (low) ? (low) : (v) > (high) ? (high) : (v))
#define ilog2(n)	    (31u - (unsigned int)__builtin_clz(n))
#define pr_err		    printf
#define module_param(...)   struct fake_semicolon
#define MODULE_PARM_DESC(...) struct fake_semicolon

/* ---- memory: each allocation can be made to fail ---- */

#define GFP_KERNEL  0
#define GFP_NOIO    0
#define __GFP_ZERO  1
#define __GFP_NOWARN 0
#define __GFP_NORETRY 0
#define PAGE_BYTES  4096
#define PAGE_SIZE   4096ul

static long fake_allocs_left = -1; /* -1: no end */

static inline bool fake_out_of_memory(void)
{
	if (fake_allocs_left > 0)
		fake_allocs_left--;
	return fake_allocs_left == 0;
}

#define kvcalloc(n, size, gfp)	     (fake_out_of_memory() ? NULL : calloc(n, size))
#define kcalloc			     kvcalloc
#define kvmalloc_array(n, size, gfp) (fake_out_of_memory() ? NULL : malloc((size_t)(n) * (size)))
#define kvfree			     free
#define kfree			     free

struct page {
	int count;
	unsigned char *data;
	bool granted, ended, mapped; /* own: of a grant; foreign: it is mapped here */
};

static unsigned int fake_pages; /* that exist, of both kinds */

static inline struct page *fake_page(bool zero)
{
	struct page *page = fake_out_of_memory() ? NULL : calloc(1, sizeof(*page));

	if (!page)
		return NULL;
	page->count = 1;
	page->data = malloc(PAGE_BYTES);
	memset(page->data, zero ? 0 : 0xa5, PAGE_BYTES); /* what somebody else has left there */
	fake_pages++;
	return page;
}

static inline void fake_page_free(struct page *page)
{
	free(page->data);
	free(page);
	fake_pages--;
}

#define alloc_page(gfp)	   fake_page((gfp) & __GFP_ZERO)
#define __free_page	   fake_page_free
#define page_address(page) ((void *)(page)->data)
#define page_count(page)   ((page)->count)
#define page_to_pfn(page)  (page)
#define pfn_to_kaddr(pfn)  ((pfn)->data)
#define xen_page_to_gfn(page) (page)

static __attribute__((unused)) unsigned long fake_total = 1ul << 30; /* pages of this domain */
#define totalram_pages() fake_total

/* ---- atomics: one context ---- */

typedef struct {
	int value;
} atomic_t;

#define ATOMIC_INIT(v)	  {v}
#define atomic_read(a)	  ((a)->value)
#define atomic_sub(v, a)  ((a)->value -= (int)(v))
#define atomic_try_cmpxchg(a, old, new) \
	((a)->value == *(old) ? ((a)->value = (int)(new), true) : (*(old) = (a)->value, false))

/* ---- time ---- */

static __attribute__((unused)) u64 fake_seconds;
#define ktime_get_seconds() fake_seconds

/* ---- bitmaps ---- */

#define bitmap_zalloc(bits, gfp) ((unsigned long *)kvcalloc(DIV_ROUND_UP(bits, 64), 8, gfp))
#define bitmap_free		 free

static inline bool fake_bit(const unsigned long *map, unsigned long bit)
{
	return map[bit / 64] >> bit % 64 & 1;
}

static inline unsigned long fake_find(const unsigned long *map, unsigned long size,
				      unsigned long from, bool set)
{
	while (from < size && fake_bit(map, from) != set)
		from++;
	return from < size ? from : size;
}

#define find_next_bit(map, size, from)	    fake_find(map, size, from, true)
#define find_next_zero_bit(map, size, from) fake_find(map, size, from, false)

static inline unsigned long find_last_bit(const unsigned long *map, unsigned long size)
{
	unsigned long bit = size;

	while (bit && !fake_bit(map, bit - 1))
		bit--;
	return bit ? bit - 1 : size;
}

static inline void bitmap_set(unsigned long *map, unsigned long first, unsigned long nr)
{
	for (; nr; nr--, first++)
		map[first / 64] |= 1ul << first % 64;
}

static inline void bitmap_clear(unsigned long *map, unsigned long first, unsigned long nr)
{
	for (; nr; nr--, first++)
		map[first / 64] &= ~(1ul << first % 64);
}

static inline unsigned long bitmap_find_next_zero_area(const unsigned long *map, unsigned long size,
						       unsigned long start, unsigned int nr,
						       unsigned long align)
{
	unsigned long end;

	(void)align;
	for (;; start = end) {
		start = find_next_zero_bit(map, size, start);
		if (start + nr > size)
			return size + 1;
		end = find_next_bit(map, start + nr, start);
		if (end == start + nr)
			return start;
	}
}

/* ---- a guest's pages, mapped here: the backend's side ---- */

#define GNTST_okay	     0
#define GNTMAP_host_map	     2
#define INVALID_GRANT_HANDLE 0xffffffffu
#define FAKE_HANDLES	     65536u

struct gnttab_map_grant_ref {
	void *host_addr;
	u32 flags;
	grant_ref_t ref;
	domid_t dom;
	int16_t status;
	grant_handle_t handle;
};

struct gnttab_unmap_grant_ref {
	void *host_addr;
	grant_handle_t handle;
	int16_t status;
};

struct gntab_unmap_queue_data {
	struct gnttab_unmap_grant_ref *unmap_ops;
	struct page **pages;
	unsigned int count;
};

static unsigned int fake_mapped, fake_hypercalls;
static u32 fake_next_handle;
static int fake_map_error, fake_unmap_error; /* of the call as a whole */
static struct page *fake_handle[FAKE_HANDLES];
static bool (*fake_refuses)(grant_ref_t ref);
static struct page *fake_keeps; /* the hypervisor does not unmap this one */

static inline int gnttab_alloc_pages(unsigned int nr, struct page **pages)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		pages[i] = fake_page(true);
	return 0;
}

/* To free a page that is still mapped gives the guest's memory away. */
static inline void gnttab_free_pages(unsigned int nr, struct page **pages)
{
	while (nr--) {
		if (pages[nr]->mapped)
			abort();
		fake_page_free(pages[nr]);
	}
}

static inline void gnttab_set_map_op(struct gnttab_map_grant_ref *op, unsigned long address,
				     u32 flags, grant_ref_t ref, domid_t domid)
{
	*op = (struct gnttab_map_grant_ref){(void *)address, flags, ref, domid, 0x7777, 0x7777};
}

static inline void gnttab_set_unmap_op(struct gnttab_unmap_grant_ref *op, unsigned long address,
				       u32 flags, grant_handle_t handle)
{
	(void)flags;
	*op = (struct gnttab_unmap_grant_ref){(void *)address, handle, 0x7777};
}

static inline int gnttab_map_refs(struct gnttab_map_grant_ref *op, void *kmap, struct page **pages,
				  unsigned int nr)
{
	unsigned int i;

	(void)kmap;
	fake_hypercalls++;
	for (i = 0; i < nr; i++) {
		op[i].status = fake_refuses && fake_refuses(op[i].ref) ? -3 : GNTST_okay;
		op[i].handle = 0; /* of a failed one: somebody else's */
		if (op[i].status)
			continue;
		if (pages[i]->mapped)
			abort();
		pages[i]->mapped = true;
		op[i].handle = ++fake_next_handle % FAKE_HANDLES;
		fake_handle[op[i].handle] = pages[i];
		memcpy(pages[i]->data, &op[i].ref,
		       sizeof(op[i].ref)); /* to tell whose page it is */
		fake_mapped++;
	}
	return fake_map_error;
}

static inline int gnttab_unmap_refs_sync(struct gntab_unmap_queue_data *work)
{
	unsigned int i;

	fake_hypercalls++;
	if (fake_unmap_error)
		return fake_unmap_error;
	for (i = 0; i < work->count; i++) {
		struct page **page = &fake_handle[work->unmap_ops[i].handle];

		/* A handle that is none, or another page's, or a page that is used still. */
		if (!*page || *page != work->pages[i] || (*page)->count != 1)
			abort();
		work->unmap_ops[i].status = *page == fake_keeps ? -4 : GNTST_okay;
		if (*page == fake_keeps)
			continue;
		(*page)->mapped = false;
		*page = NULL;
		fake_mapped--;
	}
	return 0;
}

/* ---- own pages, granted: the frontend's side ---- */

static long fake_grants_left = -1;
static unsigned int fake_granted, fake_bad_grants;
static struct page *fake_grant[FAKE_HANDLES];
static unsigned int fake_next_ref = 8;

static inline int gnttab_grant_foreign_access(domid_t domid, struct page *page, int readonly)
{
	unsigned int i;

	(void)domid;
	(void)readonly;
	if (fake_grants_left == 0)
		return -ENOSPC;
	if (fake_grants_left > 0)
		fake_grants_left--;
	for (i = 0; i < PAGE_BYTES; i++)
		if (page->data[i])
			fake_bad_grants++; /* something was in it */
	page->granted = true;
	fake_granted++;
	while (fake_grant[fake_next_ref])
		fake_next_ref = fake_next_ref < FAKE_HANDLES - 1 ? fake_next_ref + 1 : 8;
	fake_grant[fake_next_ref] = page;
	return (int)fake_next_ref;
}

#define gnttab_max_grant_frames() fake_frames
static __attribute__((unused)) unsigned int fake_frames = 1u << 20;

/* Ends the grant, which is another page's from then on, if the other side does not map the page. */
static inline int gnttab_try_end_foreign_access(grant_ref_t ref)
{
	if (!fake_grant[ref] || fake_grant[ref]->ended)
		abort();
	if (fake_grant[ref]->mapped)
		return 0;
	fake_grant[ref]->ended = true;
	fake_grant[ref] = NULL;
	return 1;
}

/*
 * Ends the grant and gives the page back as soon as the other side does not map it (page->mapped).
 */
static inline void gnttab_end_foreign_access(grant_ref_t ref, struct page *page)
{
	if (fake_grant[ref] != page || page->ended)
		abort();
	page->ended = true;
	fake_grant[ref] = NULL;
	if (!page->mapped)
		fake_page_free(page);
}

#endif
