// SPDX-License-Identifier: GPL-2.0-only
/*
 * The side that uses another domain's offer: it measures events, grant maps, unmaps and copies.
 *
 * The hypercalls are issued here directly, without the kernel's bookkeeping around them, so that
 * the figure is the hypervisor's. Nothing stays mapped between two requests. What the other domain
 * says is copied once, then checked.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include <asm/xen/hypercall.h>
#include "internal.h"

struct peer {
	domid_t domid;
	unsigned int pages;
	grant_ref_t refs[HVBENCH_MAX_PAGES];
	struct pingpong pingpong;
	struct page *window[HVBENCH_MAX_PAGES]; /* page frames without memory, to map into */
	struct page *local[HVBENCH_MAX_PAGES];  /* ordinary pages, to copy into */
	struct gnttab_map_grant_ref map[HVBENCH_MAX_PAGES];
	struct gnttab_unmap_grant_ref unmap[HVBENCH_MAX_PAGES];
	struct gnttab_copy copy[HVBENCH_MAX_PAGES];
};

static void set_copy_op(struct gnttab_copy *op, domid_t from, grant_ref_t ref, struct page *to)
{
	*op = (struct gnttab_copy){
		.source = {.u.ref = ref, .domid = from},
		.dest = {.u.gmfn = xen_page_to_gfn(to), .domid = DOMID_SELF},
		.len = PAGE_SIZE,
		.flags = GNTCOPY_source_gref,
	};
}

/* Fetch the header with one copy; what is checked is our copy. */
static int read_header(struct peer *peer, grant_ref_t gref, evtchn_port_t port)
{
	const struct hvbench_header *header = page_address(peer->local[0]);
	unsigned int i;

	set_copy_op(&peer->copy[0], peer->domid, gref, peer->local[0]);
	if (HYPERVISOR_grant_table_op(GNTTABOP_copy, peer->copy, 1) ||
	    peer->copy[0].status != GNTST_okay)
		return -ENXIO;
	if (header->magic != HVBENCH_MAGIC || header->port != port || header->pages == 0 ||
	    header->pages > HVBENCH_MAX_PAGES)
		return -EPROTO;
	peer->pages = header->pages;
	for (i = 0; i < peer->pages; i++)
		peer->refs[i] = header->refs[i];
	return 0;
}

static int alloc_local(struct peer *peer)
{
	unsigned int i;

	for (i = 0; i < HVBENCH_MAX_PAGES; i++) {
		peer->local[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!peer->local[i])
			return -ENOMEM;
	}
	return 0;
}

static int connect_port(struct peer *peer, evtchn_port_t remote_port)
{
	evtchn_port_t port;
	int err = port_bind(peer->domid, remote_port, &port);

	return err ? err : pingpong_bind(&peer->pingpong, port);
}

struct peer *peer_create(struct hvbench_peer *request)
{
	struct peer *peer;
	int err;

	if (request->domid >= DOMID_FIRST_RESERVED)
		return ERR_PTR(-EINVAL);
	peer = kzalloc(sizeof(*peer), GFP_KERNEL);
	if (!peer)
		return ERR_PTR(-ENOMEM);
	peer->domid = request->domid;
	pingpong_init(&peer->pingpong);
	err = alloc_local(peer);
	if (!err)
		err = read_header(peer, request->gref, request->port);
	if (!err)
		err = connect_port(peer, request->port);
	if (!err) {
		err = gnttab_alloc_pages(HVBENCH_MAX_PAGES, peer->window);
		if (err)
			peer->window[0] = NULL; /* there are none to give back */
	}
	if (err) {
		peer_destroy(peer);
		return ERR_PTR(err);
	}
	request->pages = peer->pages;
	return peer;
}

/* Works on a half-made peer. */
void peer_destroy(struct peer *peer)
{
	unsigned int i;

	if (!peer)
		return;
	pingpong_unbind(&peer->pingpong);
	if (peer->window[0])
		gnttab_free_pages(HVBENCH_MAX_PAGES, peer->window);
	for (i = 0; i < HVBENCH_MAX_PAGES; i++) {
		if (peer->local[i])
			__free_page(peer->local[i]);
	}
	kfree(peer);
}

int peer_pingpong(struct peer *peer, struct samples *s)
{
	return pingpong_run(&peer->pingpong, s);
}

static bool page_is_right(struct page *page, unsigned int number)
{
	const u64 *word = page_address(page);

	return word[0] == offer_pattern(number) &&
	       word[PAGE_SIZE / sizeof(*word) - 1] == offer_pattern(number);
}

static unsigned long window_address(const struct peer *peer, unsigned int i)
{
	return (unsigned long)page_address(peer->window[i]);
}

static void prepare_map(struct peer *peer)
{
	unsigned int i;

	for (i = 0; i < peer->pages; i++)
		gnttab_set_map_op(&peer->map[i], window_address(peer, i), GNTMAP_host_map,
				  peer->refs[i], peer->domid);
}

/* The hypercalls of one sample: all pages, `batch` at a time. */
static int in_batches(unsigned int command, void *ops, size_t size, unsigned int pages,
		      unsigned int batch)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < pages && !err; i += batch)
		err = HYPERVISOR_grant_table_op(command, ops + i * size, min(batch, pages - i));
	return err;
}

/*
 * Unmap what the map operations did map. A page that the hypervisor refuses to unmap must never be
 * used again: the whole window is left to leak then, and said so.
 */
static int unmap_all(struct peer *peer, unsigned int batch, u64 *time)
{
	unsigned int i, n = 0;
	u64 begin;
	int err;

	for (i = 0; i < peer->pages; i++) {
		if (peer->map[i].status == GNTST_okay)
			gnttab_set_unmap_op(&peer->unmap[n++], window_address(peer, i),
					    GNTMAP_host_map, peer->map[i].handle);
	}
	begin = stamp();
	err = in_batches(GNTTABOP_unmap_grant_ref, peer->unmap, sizeof(peer->unmap[0]), n, batch);
	*time = stamp() - begin;
	for (i = 0; i < n && !err; i++)
		err = peer->unmap[i].status == GNTST_okay ? 0 : -EREMOTEIO;
	if (err && peer->window[0]) {
		pr_err("hvbench: a foreign page was not unmapped (%d): its window is given up\n",
		       err);
		peer->window[0] = NULL;
	}
	return err;
}

static int map_all(struct peer *peer, unsigned int batch, u64 *time)
{
	unsigned int i;
	u64 begin;
	int err;

	prepare_map(peer); /* it presets each status to one that means failure */
	begin = stamp();
	err = in_batches(GNTTABOP_map_grant_ref, peer->map, sizeof(peer->map[0]), peer->pages,
			 batch);
	*time = stamp() - begin;
	for (i = 0; i < peer->pages && !err; i++)
		err = peer->map[i].status == GNTST_okay ? 0 : -EREMOTEIO;
	return err;
}

static int check_mapped(struct peer *peer)
{
	unsigned int i;

	for (i = 0; i < peer->pages; i++) {
		if (!page_is_right(peer->window[i], i))
			return -EBADMSG;
	}
	return 0;
}

int peer_map(struct peer *peer, struct samples *s, unsigned int batch, bool time_unmap)
{
	u64 map_time, unmap_time;
	int err, unmap_err;

	if (!peer->window[0])
		return -EIO; /* given up by an earlier run */
	s->ops = peer->pages;
	while (!sampling_over(s)) {
		err = map_all(peer, batch, &map_time);
		if (!err && s->taken == 0)
			err = check_mapped(peer);
		unmap_err = unmap_all(peer, batch, &unmap_time);
		if (err || unmap_err)
			return err ? err : unmap_err;
		sample(s, time_unmap ? unmap_time : map_time);
		cond_resched();
	}
	return 0;
}

static int copy_all(struct peer *peer, unsigned int batch, u64 *time)
{
	unsigned int i;
	u64 begin;
	int err;

	for (i = 0; i < peer->pages; i++)
		set_copy_op(&peer->copy[i], peer->domid, peer->refs[i], peer->local[i]);
	begin = stamp();
	err = in_batches(GNTTABOP_copy, peer->copy, sizeof(peer->copy[0]), peer->pages, batch);
	*time = stamp() - begin;
	for (i = 0; i < peer->pages && !err; i++)
		err = peer->copy[i].status == GNTST_okay ? 0 : -EREMOTEIO;
	return err;
}

int peer_copy(struct peer *peer, struct samples *s, unsigned int batch)
{
	unsigned int i;
	u64 time;
	int err;

	s->ops = peer->pages;
	while (!sampling_over(s)) {
		err = copy_all(peer, batch, &time);
		for (i = 0; i < peer->pages && !err && s->taken == 0; i++)
			err = page_is_right(peer->local[i], i) ? 0 : -EBADMSG;
		if (err)
			return err;
		sample(s, time);
		cond_resched();
	}
	return 0;
}
