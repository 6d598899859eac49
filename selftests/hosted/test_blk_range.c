/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: blkback's pieces of a range add up to the range, none is larger than the device accepts,
 * and none but the last ends within a granule of the device where a whole granule fits.
 */
/* sources: backends/blkback/range.c */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../../backends/blkback/range.h"

static unsigned int number, failures;

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

/* Cut a range whole. How many pieces, 0 when one is wrong. */
static uint64_t cut(uint64_t sector, uint64_t left, uint32_t most, uint32_t granule)
{
	uint64_t end = sector + left, pieces = 0;

	for (; left; pieces++) {
		uint32_t piece = range_piece(sector, left, most, granule);

		if (!piece || piece > most || piece > left)
			return 0;
		sector += piece;
		left -= piece;
		if (left && granule > 1 && granule <= most && sector % granule)
			return 0;
	}
	return sector == end ? pieces : 0;
}

static bool cut_many(void)
{
	uint64_t state = 7;
	unsigned int i;

	for (i = 0; i < 20000; i++) {
		uint64_t sector, left;
		uint32_t most, granule;

		state = state * 6364136223846793005u + 1442695040888963407u;
		sector = state >> 40;
		left = 1 + (state >> 20) % 5000;
		most = 1 + (uint32_t)(state >> 33) % 300;
		granule = (uint32_t)(state >> 50) % 300;
		if (!cut(sector, left, most, granule))
			return false;
	}
	return true;
}

int main(void)
{
	printf("1..6\n");
	result(cut(0, 32768, 16, 0) == 2048 && cut(5, 1, 16, 8) == 1,
	       "a range becomes as many pieces as it takes");
	result(range_piece(3, 1000, 64, 8) == 61 && range_piece(64, 1000, 64, 8) == 64,
	       "the first ends with a granule, as the next ones do");
	result(range_piece(3, 64, 64, 8) == 64, "what the device takes at a time is not cut");
	result(range_piece(3, 1000, 7, 8) == 5 && range_piece(8, 1000, 7, 8) == 7,
	       "a device that takes less than a granule gets what it takes");
	result(range_piece(1ull << 62, 1ull << 62, UINT32_MAX >> 9, 2048) <= UINT32_MAX >> 9,
	       "the largest range that there is has pieces");
	result(cut_many(), "20,000 ranges, limits and granules: all pieces are right");
	return failures ? 1 : 0;
}
