// SPDX-License-Identifier: GPL-2.0-only
/*
 * LZ4. A block is a row of sequences: a byte with two 4-bit lengths, literals, a 2-byte distance
 * back, and a match of at least 4 bytes from there. The last sequence ends after its literals.
 *
 * Source: LZ4 Block Format Description, LZ4 Frame Format Description (legacy frame).
 */
#include <hv/lib/lz4.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>

#define MIN_MATCH    4
#define LEGACY_MAGIC 0x184c2102U

/*
 * A 4-bit length: 15 means that bytes follow to be added, up to and with one below 255. False at
 * the end of input.
 */
static bool take_length(const uint8_t *in, uint64_t in_size, uint64_t *at, uint64_t *length)
{
	uint8_t byte;

	if (*length != 15)
		return true;
	do {
		if (*at == in_size)
			return false;
		byte = in[(*at)++];
		*length += byte;
	} while (byte == 255);
	return true;
}

int64_t lz4_decode_block(const uint8_t *in, uint64_t in_size, uint8_t *out, uint64_t out_size)
{
	uint64_t at = 0, done = 0;

	while (at < in_size) {
		uint8_t token = in[at++];
		uint64_t literals = token >> 4, match = token & 15, distance;

		if (!take_length(in, in_size, &at, &literals))
			return -EINVAL;
		if (literals > in_size - at || literals > out_size - done)
			return -EINVAL;
		memcpy(out + done, in + at, literals);
		at += literals;
		done += literals;
		if (at == in_size)
			return (int64_t)done;
		if (in_size - at < 2)
			return -EINVAL;
		distance = in[at] | (uint64_t)in[at + 1] << 8;
		at += 2;
		if (!take_length(in, in_size, &at, &match))
			return -EINVAL;
		match += MIN_MATCH;
		if (!distance || distance > done || match > out_size - done)
			return -EINVAL;
		if (distance >= match) {
			memcpy(out + done, out + done - distance, match);
			done += match;
		} else {
			for (; match; match--, done++) /* the match reads what it writes */
				out[done] = out[done - distance];
		}
	}
	return -EINVAL; /* a block has at least one byte, and ends with literals */
}

static uint32_t u32_at(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int64_t lz4_decode_legacy(const uint8_t *in, uint64_t in_size, uint8_t *out, uint64_t out_size)
{
	uint64_t at = 4, done = 0;

	if (in_size < 4 || u32_at(in) != LEGACY_MAGIC)
		return -EINVAL;
	while (in_size - at >= 4) {
		uint32_t size = u32_at(in + at);
		int64_t n;

		at += 4;
		if (size == LEGACY_MAGIC) /* frames may follow each other */
			continue;
		if (size > in_size - at)
			break;
		n = lz4_decode_block(in + at, size, out + done, out_size - done);
		if (n < 0)
			return n;
		at += size;
		done += (uint64_t)n;
	}
	return (int64_t)done;
}
