// SPDX-License-Identifier: GPL-2.0-only
/*
 * A small hash table, open addressing, of the pages of a pool. Pure: built and tested in user space
 * as well.
 *
 * The references are a frontend's choice, so it could choose them for long chains: an entry that is
 * more than POOL_PROBES cells from its home is refused, and a lookup never goes further.
 */
#include "pool_table.h"

/**
 * pool_table_bits() - how large a table is: four cells a page or more, so that chains are short
 * @pages: that it shall hold
 *
 * Return: the base-2 logarithm of its cells.
 *
 * Context: any.
 */
unsigned int pool_table_bits(unsigned int pages)
{
	unsigned int bits = 6;

	while (bits < 31 && 1U << bits < 4 * pages)
		bits++;
	return bits;
}

/* The cell that is @step cells from where @gref belongs. 2654435769 is 2^32 by the golden ratio. */
static unsigned int cell_at(const struct pool_table *table, uint32_t gref, unsigned int step)
{
	return ((gref * 2654435769U >> (32 - table->bits)) + step) & ((1U << table->bits) - 1);
}

/**
 * pool_enter() - enter a page
 * @table: belongs to the caller, nothing is looked up in it yet
 * @gref: the page's grant reference
 * @addr: where it is mapped
 * @writable: it is mapped writable
 *
 * Return: whether it was entered, and why not.
 *
 * Context: any.
 */
enum pool_entered pool_enter(struct pool_table *table, uint32_t gref, void *addr, bool writable)
{
	unsigned int i;

	for (i = 0; i < POOL_PROBES; i++) {
		struct pool_cell *cell = &table->cell[cell_at(table, gref, i)];

		if (cell->addr && cell->gref == gref)
			return POOL_THERE_ALREADY;
		if (cell->addr)
			continue;
		cell->addr = addr;
		cell->gref = gref;
		cell->writable = writable;
		return POOL_ENTERED;
	}
	return POOL_CROWDED;
}

/**
 * pool_find() - the page behind a grant reference
 * @table: of the queue; may be NULL
 * @gref: as the frontend wrote it
 * @write: it is to be written
 *
 * Return: its address, or NULL when it is not of the pool, or not writable and @write.
 *
 * Context: any that keeps the table there (RCU).
 */
void *pool_find(const struct pool_table *table, uint32_t gref, bool write)
{
	unsigned int i;

	if (!table)
		return NULL;
	for (i = 0; i < POOL_PROBES; i++) {
		const struct pool_cell *cell = &table->cell[cell_at(table, gref, i)];

		if (!cell->addr)
			return NULL;
		if (cell->gref == gref)
			return cell->writable || !write ? cell->addr : NULL;
	}
	return NULL;
}
