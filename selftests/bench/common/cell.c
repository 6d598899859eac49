// SPDX-License-Identifier: GPL-2.0-only
/* Self-describing sectors: filling and checking. Pure: no input or output here. */
#include "cell.h"

#include <stdio.h>
#include <string.h>

#define CELL_MAGIC 0x53484f4a4943454cULL
#define CELL_WORDS (CELL_SIZE / sizeof(uint64_t))

struct cell {
	uint64_t magic, seed, offset, generation;
	uint64_t fill[CELL_WORDS - 5];
	uint64_t checksum; /* of all words before it; last, so that a torn sector has a wrong one */
};

_Static_assert(sizeof(struct cell) == CELL_SIZE, "a cell is a sector");

/* Two rounds of multiply and fold: every input bit reaches every output bit. */
uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t x = a * 0x9e3779b97f4a7c15ULL + b;

	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
	x = (x ^ (x >> 29)) * 0xd6e8feb86659fd93ULL;
	return x ^ (x >> 32);
}

static uint64_t checksum_of(const struct cell *cell)
{
	const uint64_t *word = (const uint64_t *)cell;
	uint64_t sum = CELL_MAGIC;

	for (size_t i = 0; i < CELL_WORDS - 1; i++)
		sum = (sum ^ word[i]) * 0x9e3779b97f4a7c15ULL + (sum >> 29);
	return sum;
}

void cells_fill(void *buffer, size_t size, const struct cell_id *id)
{
	struct cell *cell = buffer;

	for (size_t at = 0; at < size; at += CELL_SIZE, cell++) {
		uint64_t state = mix(id->seed, mix(id->offset + at, id->generation));

		cell->magic = CELL_MAGIC;
		cell->seed = id->seed;
		cell->offset = id->offset + at;
		cell->generation = id->generation;
		for (size_t i = 0; i < CELL_WORDS - 5; i++)
			cell->fill[i] = state += 0x9e3779b97f4a7c15ULL;
		cell->checksum = checksum_of(cell);
	}
}

static void describe(const struct cell *cell, const struct cell_id *expected, uint64_t offset,
		     char *text, size_t room)
{
	int used = snprintf(text, room,
			    "offset %llu: expected seed %llu offset %llu generation %llu, found ",
			    (unsigned long long)offset, (unsigned long long)expected->seed,
			    (unsigned long long)offset, (unsigned long long)expected->generation);

	if (used < 0 || (size_t)used >= room)
		return;
	text += used, room -= used;
	if (cell->magic != CELL_MAGIC) {
		snprintf(text, room, "no block of ours (it begins with 0x%016llx)",
			 (unsigned long long)cell->magic);
		return;
	}
	snprintf(text, room, "seed %llu offset %llu generation %llu, its checksum is %s",
		 (unsigned long long)cell->seed, (unsigned long long)cell->offset,
		 (unsigned long long)cell->generation,
		 cell->checksum == checksum_of(cell) ? "right" : "wrong");
}

int cells_check(const void *buffer, size_t size, const struct cell_id *id, char *text, size_t room)
{
	const struct cell *cell = buffer;

	for (size_t at = 0; at < size; at += CELL_SIZE, cell++) {
		if (cell->magic == CELL_MAGIC && cell->seed == id->seed &&
		    cell->offset == id->offset + at && cell->generation == id->generation &&
		    cell->checksum == checksum_of(cell))
			continue;
		describe(cell, id, id->offset + at, text, room);
		return -1;
	}
	return 0;
}
