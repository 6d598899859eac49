/* SPDX-License-Identifier: GPL-2.0-only */
/* A kernel image, and, apart from its container, the LZ4 decoder that is ours. */
/* sources: hypervisor/boot/bzimage.c hypervisor/lib/lz4.c */
/* libs: -llzma -lzstd -lz */
#include <hv/boot/bzimage.h>
#include <hv/lib/lz4.h>

#include "quiet.h"

#define ROOM (256 << 10)

static int blocks;

static void *counted_alloc(size_t size)
{
	void *p = size <= MIB(130) ? malloc(size) : NULL;

	blocks += p != NULL;
	return p;
}

static void counted_free(void *p)
{
	blocks--;
	free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct unpack_mem mem = {counted_alloc, counted_free};
	uint64_t told = 0, done = ROOM;
	uint8_t *out = malloc(ROOM);
	int64_t n;

	if (kernel_unpack(data, size, NULL, &told, &mem) == 0 &&
	    kernel_unpack(data, size, out, &done, &mem) == 0)
		CLAIM(done == told && done <= ROOM);
	CLAIM(!blocks);
	n = lz4_decode_legacy(data, size, out, ROOM);
	CLAIM(n <= ROOM);
	n = lz4_decode_block(data, size, out, ROOM);
	CLAIM(n <= ROOM);
	free(out);
	return 0;
}
