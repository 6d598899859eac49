/* SPDX-License-Identifier: GPL-2.0-only */
/* The pages that a queue shares with its backend: granted when it connects, and no others ever. */
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
	unsigned int nr, free;
	struct page **pages;
	grant_ref_t *refs;
	unsigned long *used; /* a bit a page */
	/* The directory, made only for a backend that maps the pool whole. */
	unsigned int nr_dir;
	struct page **dir;
	grant_ref_t *dir_refs;
};

/*
 * Make a pool of @nr pages, or fewer where memory or grants are short, grant it to @backend, and
 * make a @directory of it. 0, or -ENOMEM when a request would not fit. May sleep.
 */
int blkpool_create(struct blkpool *pool, domid_t backend, unsigned int nr, bool directory);
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

#endif
