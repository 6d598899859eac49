/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: LZ4 blocks and legacy frames are decoded, and no input makes the decoder access memory
 * outside of its buffers.
 */
/* sources: hypervisor/lib/lz4.c */
#include <stdio.h>
#include <stdlib.h>

#include <hv/errno.h>
#include <hv/lib/lib.h>
#include <hv/lib/lz4.h>

#include "log_capture.h"

/* Exact heap copies, so that the sanitizer sees the first byte beyond either. */
static int64_t decode(const char *in, size_t in_size, uint8_t *out, size_t out_size)
{
	uint8_t *from = malloc(in_size), *to = malloc(out_size);
	int64_t n;

	memcpy(from, in, in_size);
	n = lz4_decode_block(from, in_size, to, out_size);
	if (n > 0)
		memcpy(out, to, (size_t)n);
	free(from);
	free(to);
	return n;
}

static bool decodes(const char *in, size_t in_size, const char *wanted, size_t out_size)
{
	uint8_t out[512];

	return decode(in, in_size, out, out_size) == (int64_t)strlen(wanted) &&
	       memcmp(out, wanted, strlen(wanted)) == 0;
}

static bool refused(const char *in, size_t in_size, size_t out_size)
{
	uint8_t out[512];

	return decode(in, in_size, out, out_size) == -EINVAL;
}

/* 1000 literals, then 4 bytes from their beginning. */
static bool long_distance(void)
{
	char in[1020] = "\xf0";
	uint8_t out[1004];
	size_t at = 1;
	bool good;

	for (int rest = 1000 - 15; rest >= 0; rest -= 255)
		in[at++] = (char)MIN(rest, 255);
	for (int i = 0; i < 1000; i++)
		in[at++] = (char)(i / 4);
	memcpy(in + at, "\xe8\x03\x00", 3);
	good = decode(in, at + 3, out, sizeof(out)) == 1004 && out[999] == 249 && !out[1000] &&
	       !out[1003];
	return good;
}

static void test_blocks(void)
{
	result(decodes("\x50" "hello", 6, "hello", 5), "literals alone");
	result(decodes("\x3f"
		       "abc\x03\x00\x00"
		       "\x10"
		       "x",
		       9, "abcabcabcabcabcabcabcax", 100),
	       "a match that overlaps itself, length 15 + 0 + 4");
	result(decodes("\x80"
		       "abcdefgh\x08\x00"
		       "\x10"
		       "!",
		       13, "abcdefghabcd!", 13),
	       "a match of 4, as far back as it goes");
	result(long_distance(), "a match from 1000 bytes back");
	result(refused("\x50" "hell", 5, 100), "literals beyond the input");
	result(refused("\x50" "hello", 6, 4), "literals beyond the output");
	result(refused("\xf0\xff\xff", 3, 100) &&
		       refused("\x1f"
			       "a\x01\x00",
			       4, 100) &&
		       refused("\x1f"
			       "a\x01\x00\xff",
			       5, 100),
	       "lengths without their end");
	result(refused("\x10" "a\x00\x00\x10" "b", 6, 100), "a distance of 0");
	result(refused("\x10" "a\x02\x00\x10" "b", 6, 100), "a distance beyond the beginning");
	result(refused("\x10"
		       "a\x01",
		       3, 100) &&
		       refused("\x10"
			       "a\x01\x00",
			       4, 100),
	       "half a distance, and one without what follows");
	result(refused("\x1f" "a\x01\x00\x20\x10" "b", 7, 20), "a match beyond the output");
	result(refused("\x10"
		       "a\x01\x00",
		       4, 100) &&
		       refused("", 0, 100),
	       "a block that ends with a match, and no block at all");
}

/* Made by lz4 1.9.4 (legacy format) from 30 times "shoji paper " and two lines of text. */
static const unsigned char frame[] = {
#include "lz4_frame.inc"
};

static void test_frames(void)
{
	static const char *const tail = "light comes through\nand so do rings\n";
	uint8_t out[512], big[1024], *copy;
	bool good;
	int64_t n = lz4_decode_legacy(frame, sizeof(frame), out, sizeof(out));

	good = n == 360 + (int64_t)strlen(tail) && memcmp(out + 360, tail, strlen(tail)) == 0;
	for (int i = 0; i < 360; i++)
		good = good && out[i] == (uint8_t)"shoji paper "[i % 12];
	result(good, "a frame of the lz4 program");
	result(lz4_decode_legacy(frame, sizeof(frame), out, 395) == -EINVAL &&
		       lz4_decode_legacy(frame, 3, out, 512) == -EINVAL &&
		       lz4_decode_legacy((const uint8_t *)"\x04\x22\x4d\x18....", 8, out, 512) ==
			       -EINVAL,
	       "too little room, half a magic number, another format");
	copy = malloc(2 * sizeof(frame) + 4);
	memcpy(copy, frame, sizeof(frame));
	memcpy(copy + sizeof(frame), frame, sizeof(frame));
	result(lz4_decode_legacy(copy, 2 * sizeof(frame), big, sizeof(big)) == 2 * n &&
		       memcmp(big, big + n, (size_t)n) == 0,
	       "frames one behind the other");
	result(lz4_decode_legacy(copy, 4, out, sizeof(out)) == 0 &&
		       lz4_decode_legacy(copy, 7, out, sizeof(out)) == 0,
	       "a frame of nothing");
	memcpy(copy, frame, sizeof(frame));
	memcpy(copy + sizeof(frame), frame, sizeof(frame));
	memset(copy + 2 * sizeof(frame), 0xff, 4);
	result(lz4_decode_legacy(copy, 2 * sizeof(frame) + 4, out, 0) == -EINVAL, "no room at all");
	free(copy);
}

static void test_noise(void)
{
	unsigned int seed = 1, lengths = 0;
	uint8_t in[64], out[512];

	for (int i = 0; i < 200000; i++) {
		size_t size = 1 + (size_t)rand_r(&seed) % sizeof(in),
		       room = (size_t)rand_r(&seed) % sizeof(out);

		for (size_t k = 0; k < size; k++)
			in[k] = (uint8_t)(rand_r(&seed) >> 8 & (rand_r(&seed) >> 8 & 1 ? 255 : 7));
		lengths += lz4_decode_block(in, size, out, room) >= 0;
	}
	result(lengths > 100, "200000 blocks of noise stay in their bounds (and some are valid)");
}

int main(void)
{
	printf("1..18\n");
	test_blocks();
	test_frames();
	test_noise();
	return tap_failures != 0;
}
