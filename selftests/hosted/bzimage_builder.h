/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bzImages made in memory: a payload with each compression, in the container that boot/bzimage.c
 * takes apart.
 */
#ifndef BZIMAGE_BUILDER_H
#define BZIMAGE_BUILDER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

enum {
	BZ_SETUP_SECTORS = 5,
	BZ_OFFSET = 0x123,
	BZ_START = (BZ_SETUP_SECTORS + 1) * 512 + BZ_OFFSET
};

struct buffer {
	uint8_t *data;
	size_t size;
};

static inline void put_le32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/*
 * Compress into a fresh buffer, as the kernel's build does; the four bytes of the size come later.
 */
static inline struct buffer pack_xz(struct buffer plain)
{
	lzma_options_lzma options;
	lzma_filter filters[] = {
		{LZMA_FILTER_X86, NULL}, {LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
	struct buffer out = {malloc(plain.size + 65536), 0};

	lzma_lzma_preset(&options, 1);
	if (lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC32, NULL, plain.data, plain.size,
				      out.data, &out.size, plain.size + 65536) != LZMA_OK)
		abort();
	return out;
}

static inline struct buffer pack_zstd(struct buffer plain)
{
	struct buffer out = {malloc(ZSTD_compressBound(plain.size)), 0};

	out.size =
		ZSTD_compress(out.data, ZSTD_compressBound(plain.size), plain.data, plain.size, 19);
	return out;
}

static inline struct buffer pack_gzip(struct buffer plain)
{
	struct buffer out = {malloc(plain.size + 65536), 0};
	z_stream z = {.next_in = plain.data,
		      .avail_in = (unsigned int)plain.size,
		      .next_out = out.data,
		      .avail_out = (unsigned int)plain.size + 65536};

	deflateInit2(&z, 9, Z_DEFLATED, 16 + 15, 8, Z_DEFAULT_STRATEGY);
	deflate(&z, Z_FINISH);
	out.size = z.total_out - 4; /* the size at its end is the container's, too */
	deflateEnd(&z);
	return out;
}

/* One legacy block of literals only, as large as need be: an encoder that never finds a match. */
static inline struct buffer pack_lz4(struct buffer plain)
{
	struct buffer out = {malloc(plain.size + plain.size / 255 + 64), 8};
	size_t rest = plain.size < 15 ? 0 : plain.size - 15;

	out.data[out.size++] = plain.size < 15 ? (uint8_t)(plain.size << 4) : 0xf0;
	if (plain.size >= 15) {
		for (; rest >= 255; rest -= 255)
			out.data[out.size++] = 255;
		out.data[out.size++] = (uint8_t)rest;
	}
	memcpy(out.data + out.size, plain.data, plain.size);
	out.size += plain.size;
	put_le32(out.data, 0x184c2102);
	put_le32(out.data + 4, (uint32_t)(out.size - 8));
	return out;
}

/* The container around a compressed stream, which is freed. */
static inline struct buffer bzimage(struct buffer stream, uint32_t unpacked)
{
	struct buffer out = {calloc(1, BZ_START + stream.size + 4), BZ_START + stream.size + 4};

	out.data[0x1f1] = BZ_SETUP_SECTORS;
	out.data[0x1fe] = 0x55;
	out.data[0x1ff] = 0xaa;
	memcpy(out.data + 0x202, "HdrS", 4);
	out.data[0x206] = 0x0f;
	out.data[0x207] = 0x02;
	put_le32(out.data + 0x248, BZ_OFFSET);
	put_le32(out.data + 0x24c, (uint32_t)stream.size + 4);
	memcpy(out.data + BZ_START, stream.data, stream.size);
	put_le32(out.data + BZ_START + stream.size, unpacked);
	free(stream.data);
	return out;
}

#endif
