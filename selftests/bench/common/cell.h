/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Self-describing sectors: each 512 bytes say whose they are, where they belong, and which writing
 * of that place they are, with a checksum over all of it. So a lost, old, misplaced or torn write
 * is told apart from the others.
 */
#ifndef SHOJI_CELL_H
#define SHOJI_CELL_H

#include <stddef.h>
#include <stdint.h>

#define CELL_SIZE 512

struct cell_id {
	uint64_t seed, offset, generation;
};

/* Fill `size` bytes (a multiple of CELL_SIZE) that belong at `id->offset`. */
void cells_fill(void *buffer, size_t size, const struct cell_id *id);

/*
 * Check them. 0: all right. -1: wrong, and `text` says which offset, what was expected and what was
 * found.
 */
int cells_check(const void *buffer, size_t size, const struct cell_id *id, char *text, size_t room);

/*
 * A well-mixed 64-bit value of two others: contents, order and choices all come from the seed
 * through it.
 */
uint64_t mix(uint64_t a, uint64_t b);

#endif
