// SPDX-License-Identifier: GPL-2.0-only
/*
 * VHDs. A dynamic one is a copy of the footer, the header, the table of blocks (BAT), the blocks
 * that there are, each behind a bitmap of its sectors, and the footer. A fixed one is the raw image
 * and the footer. Numbers are big-endian.
 */
#include "vhd.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "alloc.h"

#define SECTOR    512u
#define FOOTER    512u
#define HEADER    1024u
#define BLOCK     (2u << 20)
#define LARGEST   (2040ull << 30)
#define EPOCH     946684800 /* 2000-01-01, in seconds of 1970 */
#define UNUSED    0xffffffffu
#define HEAD_MAX  (64u << 10) /* where the BAT of an imported VHD begins at the latest */
#define BLOCK_MAX (64u << 20)
#define ENTRIES   (1u << 20) /* of a BAT: of two MiB each, more than the largest VHD has */

enum { TYPE_FIXED = 2, TYPE_DYNAMIC = 3 };

struct entry {
	uint32_t sector, block;
};

struct vhd {
	int fd;
	uint64_t size; /* of the image */
	/* What begins a dynamic VHD: footer, header, BAT. */
	char *head;
	size_t n_head, wanted; /* wanted: by an import, until the BAT is whole */
	struct entry *blocks;  /* in the order of the file */
	size_t n_blocks;
	/* Of an import. */
	uint64_t at; /* bytes of the file that have come; of a fixed one, that are written */
	bool fixed, dynamic, failed;
	uint32_t block_size, bitmap_size;
	size_t next; /* the block that comes, or is due */
	char bitmap[BLOCK_MAX / SECTOR / 8];
	char last[FOOTER]; /* of a fixed one: the bytes that may be the footer */
	size_t n_last;
};

static void put16(char *at, uint16_t n)
{
	n = htobe16(n);
	memcpy(at, &n, sizeof(n));
}

static void put32(char *at, uint32_t n)
{
	n = htobe32(n);
	memcpy(at, &n, sizeof(n));
}

static void put64(char *at, uint64_t n)
{
	n = htobe64(n);
	memcpy(at, &n, sizeof(n));
}

static uint32_t get32(const char *at)
{
	uint32_t n;

	memcpy(&n, at, sizeof(n));
	return be32toh(n);
}

static uint64_t get64(const char *at)
{
	uint64_t n;

	memcpy(&n, at, sizeof(n));
	return be64toh(n);
}

/* Of n bytes, of which the four at `at`, the sum itself, count as zero. */
static uint32_t checksum(const char *data, size_t n, size_t at)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (i < at || i >= at + 4)
			sum += (unsigned char)data[i];
	return ~sum;
}

/* --- Export --- */

/* Cylinders, heads and sectors, as the specification derives them from a size. */
static void put_geometry(char *at, uint64_t size)
{
	uint64_t sectors = size / SECTOR, most = 65535ull * 16 * 255, tracks;
	unsigned int per_track = 17, heads;

	sectors = sectors < most ? sectors : most;
	tracks = sectors / 17;
	heads = (unsigned int)((tracks + 1023) / 1024);
	heads = heads < 4 ? 4 : heads;
	if (tracks >= heads * 1024ull || heads > 16) {
		per_track = 31;
		heads = 16;
		tracks = sectors / 31;
	}
	if (tracks >= heads * 1024ull) {
		per_track = 63;
		tracks = sectors / 63;
	}
	if (sectors >= 65535ull * 16 * 63) {
		per_track = 255;
		tracks = sectors / 255;
	}
	put16(at, (uint16_t)(tracks / heads));
	at[2] = (char)heads;
	at[3] = (char)per_track;
}

static void make_footer(char *f, uint64_t size)
{
	memcpy(f, "conectix", 8);
	put32(f + 8, 2);
	put32(f + 12, 0x10000);
	put64(f + 16, FOOTER);
	put32(f + 24, (uint32_t)(time(NULL) - EPOCH));
	memcpy(f + 28, "tap", 4); /* readers take the size, and not the geometry, for its */
	put32(f + 32, 0x10000);
	put64(f + 40, size);
	put64(f + 48, size);
	put_geometry(f + 56, size);
	put32(f + 60, TYPE_DYNAMIC);
	for (int i = 0; i < 16; i++) /* an identity; nothing refers to it */
		f[68 + i] = (char)random();
	put32(f + 64, checksum(f, FOOTER, 64));
}

static void make_header(char *h, uint32_t entries)
{
	memcpy(h, "cxsparse", 8);
	put64(h + 8, ~0ull);
	put64(h + 16, FOOTER + HEADER);
	put32(h + 24, 0x10000);
	put32(h + 28, entries);
	put32(h + 32, BLOCK);
	put32(h + 36, checksum(h, HEADER, 36));
}

/* Give each block that has data its place. */
static void place_blocks(struct vhd *v, uint32_t entries)
{
	char *bat = v->head + FOOTER + HEADER;
	uint64_t sector = v->n_head / SECTOR;
	off_t data = lseek(v->fd, 0, SEEK_DATA);

	memset(bat, 0xff, v->n_head - FOOTER - HEADER);
	v->blocks = alloc_zero((entries + 1) * sizeof(*v->blocks));
	while (data >= 0 && (uint64_t)data < v->size) {
		uint32_t block = (uint32_t)((uint64_t)data / BLOCK);

		v->blocks[v->n_blocks++] = (struct entry){(uint32_t)sector, block};
		put32(bat + 4 * (size_t)block, (uint32_t)sector);
		sector += (BLOCK + SECTOR) / SECTOR;
		data = lseek(v->fd, (off_t)(block + 1) * BLOCK, SEEK_DATA);
	}
}

struct vhd *vhd_export(int fd, uint64_t size)
{
	uint32_t entries = (uint32_t)((size + BLOCK - 1) / BLOCK);
	struct vhd *v;

	if (size > LARGEST)
		return NULL;
	v = alloc_zero(sizeof(*v));
	v->fd = fd;
	v->size = size;
	v->n_head = FOOTER + HEADER + (4 * (size_t)entries + SECTOR - 1) / SECTOR * SECTOR;
	v->head = alloc_zero(v->n_head);
	make_footer(v->head, size);
	make_header(v->head + FOOTER, entries);
	place_blocks(v, entries);
	return v;
}

uint64_t vhd_size(const struct vhd *v)
{
	return v->n_head + v->n_blocks * (uint64_t)(BLOCK + SECTOR) + FOOTER;
}

/* A part of one block, which begins with its bitmap: all sectors are there. */
static ssize_t read_block(struct vhd *v, uint32_t block, uint64_t at, char *data, size_t n)
{
	ssize_t got;

	if (at < SECTOR) {
		n = n < SECTOR - at ? n : SECTOR - at;
		memset(data, 0xff, n);
		return (ssize_t)n;
	}
	at -= SECTOR;
	n = n < BLOCK - at ? n : BLOCK - at;
	got = pread(v->fd, data, n, (off_t)(block * (uint64_t)BLOCK + at));
	if (got != 0)
		return got;
	memset(data, 0, n); /* behind the image's end */
	return (ssize_t)n;
}

ssize_t vhd_read(struct vhd *v, uint64_t at, char *data, size_t n)
{
	uint64_t end = vhd_size(v) - FOOTER, in;

	if (at < v->n_head || at >= end) {
		const char *from = at < end ? v->head + at : v->head + (at - end);
		size_t left = at < end ? v->n_head - at : FOOTER - (at - end);

		n = n < left ? n : left;
		memcpy(data, from, n);
		return (ssize_t)n;
	}
	in = at - v->n_head;
	return read_block(v, v->blocks[in / (BLOCK + SECTOR)].block, in % (BLOCK + SECTOR), data,
			  n);
}

/* --- Import --- */

struct vhd *vhd_import(int fd, uint64_t size)
{
	struct vhd *v = alloc_zero(sizeof(*v));

	v->fd = fd;
	v->size = size;
	v->wanted = FOOTER;
	v->failed = ftruncate(fd, 0) || ftruncate(fd, (off_t)size);
	return v;
}

static bool put(struct vhd *v, uint64_t at, const char *data, size_t n)
{
	while (n) {
		ssize_t done = at + n > v->size ? -1 : pwrite(v->fd, data, n, (off_t)at);

		if (done < 0)
			return false;
		at += (uint64_t)done;
		data += done;
		n -= (size_t)done;
	}
	return true;
}

static int by_sector(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->sector < y->sector ? -1 : x->sector > y->sector;
}

/* The BAT is whole: the blocks in the order in which they come, none within another. */
static bool take_bat(struct vhd *v)
{
	const char *bat = v->head + get64(v->head + FOOTER + 16);
	uint32_t entries = get32(v->head + FOOTER + 28);
	uint64_t free = v->n_head;

	v->blocks = alloc_zero((entries + 1) * sizeof(*v->blocks));
	for (uint32_t i = 0; i < entries; i++) {
		uint32_t sector = get32(bat + 4 * (size_t)i);

		if (sector != UNUSED)
			v->blocks[v->n_blocks++] = (struct entry){sector, i};
	}
	qsort(v->blocks, v->n_blocks, sizeof(*v->blocks), by_sector);
	for (size_t i = 0; i < v->n_blocks; i++) {
		if (v->blocks[i].sector * (uint64_t)SECTOR < free)
			return false;
		free = v->blocks[i].sector * (uint64_t)SECTOR + v->bitmap_size + v->block_size;
	}
	return true;
}

/* The header is whole: what it says is possible. Sets how much of the beginning is wanted. */
static bool take_header(struct vhd *v)
{
	const char *h = v->head + FOOTER;
	uint64_t table = get64(h + 16), entries = get32(h + 28);

	v->block_size = get32(h + 32);
	if (memcmp(h, "cxsparse", 8) || get32(h + 36) != checksum(h, HEADER, 36) ||
	    table < FOOTER + HEADER || table > HEAD_MAX || v->block_size < 4096 ||
	    v->block_size > BLOCK_MAX || (v->block_size & (v->block_size - 1)) || entries > ENTRIES)
		return false;
	v->bitmap_size = (v->block_size / SECTOR / 8 + SECTOR - 1) / SECTOR * SECTOR;
	v->wanted = table + 4 * entries;
	return true;
}

static bool take_footer(struct vhd *v)
{
	const char *f = v->head;

	if (memcmp(f, "conectix", 8)) {
		v->fixed = true;
		return true;
	}
	v->wanted = FOOTER + HEADER;
	return get32(f + 64) == checksum(f, FOOTER, 64) && get32(f + 60) == TYPE_DYNAMIC &&
	       get64(f + 16) == FOOTER && get64(f + 48) <= v->size;
}

/* Bytes of the beginning. Return: false if they are no VHD's. */
static bool begin(struct vhd *v)
{
	if (v->n_head == FOOTER)
		return take_footer(v);
	if (v->wanted == FOOTER + HEADER && !v->bitmap_size)
		return take_header(v) && (v->wanted > v->n_head || (v->dynamic = take_bat(v)));
	v->dynamic = take_bat(v);
	return v->dynamic;
}

/* The image but for the last bytes so far: they may be the footer. */
static bool take_fixed(struct vhd *v, const char *data, size_t n)
{
	size_t out = v->n_last + n > FOOTER ? v->n_last + n - FOOTER : 0;
	size_t of_last = out < v->n_last ? out : v->n_last, of_data = out - of_last;

	if (!put(v, v->at, v->last, of_last) || !put(v, v->at + of_last, data, of_data))
		return false;
	v->at += out;
	memmove(v->last, v->last + of_last, v->n_last - of_last);
	v->n_last -= of_last;
	memcpy(v->last + v->n_last, data + of_data, n - of_data);
	v->n_last += n - of_data;
	return true;
}

/* A part of a block's data, not over the end of a sector: written if the bitmap has the sector. */
static bool take_sector(struct vhd *v, uint64_t in, const char *data, size_t n)
{
	uint64_t to = v->blocks[v->next].block * (uint64_t)v->block_size + in;
	uint64_t bit = in / SECTOR;

	if (!(v->bitmap[bit / 8] & (0x80 >> (bit % 8))) || to >= v->size)
		return true;
	return put(v, to, data, to + n > v->size ? v->size - to : n);
}

/* Some bytes of a dynamic VHD's blocks. Return: how many were taken, 0 after an error. */
static size_t take_block(struct vhd *v, const char *data, size_t n)
{
	uint64_t begins, in, end;

	if (v->next == v->n_blocks)
		return n; /* the footer */
	begins = v->blocks[v->next].sector * (uint64_t)SECTOR;
	if (v->at < begins)
		return n < begins - v->at ? n : begins - v->at;
	in = v->at - begins;
	end = v->bitmap_size + (uint64_t)v->block_size;
	if (in < v->bitmap_size) {
		n = n < v->bitmap_size - in ? n : v->bitmap_size - in;
		memcpy(v->bitmap + in, data, n);
		return n;
	}
	n = n < SECTOR - in % SECTOR ? n : SECTOR - in % SECTOR;
	if (!take_sector(v, in - v->bitmap_size, data, n))
		return 0;
	if (in + n == end)
		v->next++;
	return n;
}

/* Some bytes. Return: how many were taken, 0 after an error. */
static size_t take(struct vhd *v, const char *data, size_t n)
{
	size_t taken;

	if (v->dynamic) {
		taken = take_block(v, data, n);
		v->at += taken;
		return taken;
	}
	taken = v->wanted - v->n_head < n ? v->wanted - v->n_head : n;
	v->head = alloc_resize(v->head, v->n_head + taken);
	memcpy(v->head + v->n_head, data, taken);
	v->n_head += taken;
	if (v->n_head == v->wanted && !begin(v))
		return 0;
	v->at += taken;
	if (v->fixed) {
		v->at = 0; /* from here on, what is written: the head is the image's beginning */
		return take_fixed(v, v->head, v->n_head) ? taken : 0;
	}
	return taken;
}

bool vhd_write(struct vhd *v, const char *data, size_t n)
{
	while (n && !v->failed) {
		size_t taken;

		if (v->fixed)
			taken = take_fixed(v, data, n) ? n : 0;
		else
			taken = take(v, data, n);
		v->failed = !taken;
		data += taken;
		n -= taken;
	}
	return !v->failed;
}

bool vhd_complete(const struct vhd *v)
{
	if (v->failed)
		return false;
	if (v->fixed)
		return v->n_last == FOOTER && !memcmp(v->last, "conectix", 8) &&
		       get32(v->last + 60) == TYPE_FIXED &&
		       get32(v->last + 64) == checksum(v->last, FOOTER, 64);
	return v->dynamic && v->next == v->n_blocks;
}

void vhd_free(struct vhd *v)
{
	if (!v)
		return;
	free(v->head);
	free(v->blocks);
	free(v);
}
