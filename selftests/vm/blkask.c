// SPDX-License-Identifier: GPL-2.0-only
/*
 * blkask: requests to a block device that busybox cannot make.
 *
 *	blkask zeroes DEVICE BYTES    zero its beginning, by a write-zeroes request or a hole
 *	blkask fua DEVICE COUNT       COUNT blocks of 4 KiB, each on the medium when its write
 *	                              returns (O_DIRECT, O_DSYNC)
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool write_blocks(int fd, unsigned long count)
{
	static uint8_t block[4096] __attribute__((aligned(4096)));

	for (unsigned long i = 0; i < count; i++)
		if (pwrite(fd, block, sizeof(block), (off_t)(i * sizeof(block))) != sizeof(block))
			return false;
	return true;
}

int main(int argc, char **argv)
{
	bool fua = argc == 4 && !strcmp(argv[1], "fua"),
	     zeroes = argc == 4 && !strcmp(argv[1], "zeroes"), good;
	unsigned long amount;
	int fd;

	if (!fua && !zeroes) {
		fprintf(stderr, "usage: blkask zeroes DEVICE BYTES | fua DEVICE COUNT\n");
		return 2;
	}
	fd = open(argv[2], O_RDWR | (fua ? O_DIRECT | O_DSYNC : 0));
	amount = strtoul(argv[3], NULL, 0);
	good = fd >= 0 &&
	       (fua ? write_blocks(fd, amount)
		    : !fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)amount));
	if (!good)
		perror(argv[2]);
	return !good;
}
