/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pages that a queue shares with its backend: a few when it connects, and more while it needs
 * them (resize.c). No others ever.
 *
 *            start            nr              made                 most
 *     |--------|---------------|----------------|--------------------|
 *       stays    requests take   come or go:      room in the arrays
 *                pages up to     granted, no
 *                here            request's
 */
#ifndef SHOJI_BLKFRONT_POOL_H
#define SHOJI_BLKFRONT_POOL_H

#include <linux/types.h>
#include <xen/grant_table.h>

#include "include/xen/io/blkif.h"

/* Pages of the pool that follow each other. */
struct pool_run {
	u16 first, nr;
};

struct blkpool {
	/* The caller serialises (struct frontq's lock). */
	unsigned int nr, free; /* pages that requests take, and those of them that none has */
	unsigned int peak;     /* pages that requests had at a time since blkpool_idle_size() */
	unsigned long *used;   /* a bit a page */
	/* One context at a time changes these. */
	unsigned int start, made;
	struct page **pages;
	grant_ref_t *refs;
	/* Constant while connected. */
	unsigned int most;
	domid_t backend;
	/* The directory, made only for a backend that maps the pool whole. */
	unsigned int nr_dir;
	struct page **dir;
	grant_ref_t *dir_refs;
};

/*
 * Make a pool of @start pages, or fewer where memory or grants are short, that may become @most,
 * grant it to @backend, and make a @directory of it. 0, or -ENOMEM when a request would not fit.
 * May sleep.
 */
int blkpool_create(struct blkpool *pool, domid_t backend, unsigned int start, unsigned int most,
		   bool directory);
/* End the grants, and free each page as soon as nobody maps it. May sleep. */
void blkpool_destroy(struct blkpool *pool);
/*
 * Take @nr pages, at least 1, in up to @max_runs runs; returns how many runs, 0: not enough is
 * free, or not in so few pieces. The caller serialises.
 */
unsigned int blkpool_take(struct blkpool *pool, unsigned int nr, struct pool_run *run,
			  unsigned int max_runs);
/* Give the pages of @nr_runs runs back. The caller serialises. */
void blkpool_give_back(struct blkpool *pool, const struct pool_run *run, unsigned int nr_runs);

/* What size to grow to for a request of @need pages that found too few. The caller serialises. */
unsigned int blkpool_next_size(const struct blkpool *pool, unsigned int need);
/*
 * What size was enough since the last call, at least the pool's first one. The caller serialises.
 */
unsigned int blkpool_idle_size(struct blkpool *pool);
/*
 * Make and grant pages behind the pool, up to @nr in all, and enter them in the directory. False:
 * memory, grants or this guest's share of them are short, and nothing was made. May sleep.
 */
bool blkpool_make(struct blkpool *pool, unsigned int nr);
/* Requests take pages up to @nr, which are made. The caller serialises. */
void blkpool_admit(struct blkpool *pool, unsigned int nr);
/*
 * Requests take pages up to @nr at most, or up to the last one that a request has; the others
 * leave the directory. True when the pool has become smaller. The caller serialises.
 */
bool blkpool_cut(struct blkpool *pool, unsigned int nr);
/*
 * Free what is made behind the pool, from its end to the last page that the backend still maps. May
 * sleep.
 */
void blkpool_trim(struct blkpool *pool);

#endif
