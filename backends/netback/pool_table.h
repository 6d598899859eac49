/* SPDX-License-Identifier: GPL-2.0-only */
/* From a grant reference to the page that is mapped for it. Pure: see pool_table.c. */
#ifndef SHOJI_NETBACK_POOL_TABLE_H
#define SHOJI_NETBACK_POOL_TABLE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

#define POOL_PROBES 8 /* cells that a lookup looks at, at most */

enum pool_entered {
	POOL_ENTERED,
	POOL_THERE_ALREADY,
	POOL_CROWDED, /* the reference would need more than POOL_PROBES steps */
};

struct pool_cell {
	void *addr; /* NULL: empty */
	uint32_t gref;
	bool writable;
};

/* Never changed once it is used for lookups. */
struct pool_table {
	unsigned int bits;
	struct pool_cell cell[]; /* 1 << bits of them */
};

/* The base-2 logarithm of the cells of a table for @pages pages. */
unsigned int pool_table_bits(unsigned int pages);
/* Enter a page, mapped at @addr, into a table in which nobody looks anything up yet. */
enum pool_entered pool_enter(struct pool_table *table, uint32_t gref, void *addr, bool writable);
/*
 * The address of the page behind @gref; NULL: it is not of the pool, or read-only and @write.
 * @table may be NULL; RCU keeps it.
 */
void *pool_find(const struct pool_table *table, uint32_t gref, bool write);

#endif
