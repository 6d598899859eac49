/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: an image comes out of a VHD as it went in, dynamic and fixed, whatever pieces the bytes
 * come in; a VHD that is cut short is not complete.
 */
/* sources: toolstack/xapid/vhd.c toolstack/xapid/alloc.c */
/* libs: -D_GNU_SOURCE */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../toolstack/xapid/vhd.h"

#define SIZE   ((5u << 20) + 1024) /* not whole blocks */
#define FOOTER 512u

static unsigned int number, failures;
static char image[SIZE], back[SIZE];
static char file[SIZE + (1u << 20)];

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

static int image_fd(void)
{
	int fd = memfd_create("image", 0);

	if (fd < 0 || ftruncate(fd, SIZE))
		abort();
	return fd;
}

/* The first n bytes of the file, in pieces; whether it is complete, and the image then in back. */
static bool import(size_t n, size_t piece)
{
	int fd = image_fd();
	struct vhd *v = vhd_import(fd, SIZE);
	bool good = true;

	for (size_t at = 0; at < n && good; at += piece)
		good = vhd_write(v, file + at, piece < n - at ? piece : n - at);
	good = good && vhd_complete(v);
	vhd_free(v);
	good = pread(fd, back, SIZE, 0) == SIZE && good;
	close(fd);
	return good;
}

static bool in_all_pieces(size_t n)
{
	static const size_t pieces[] = {1, 100, 511, 512, 513, 1500, 4096, 65536, SIZE};
	bool good = true;

	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++)
		good = good && import(n, pieces[i]) && !memcmp(image, back, SIZE);
	return good;
}

/* Export the image to the file, in pieces. Return: its size. */
static size_t export(void)
{
	int fd = image_fd();
	struct vhd *v;
	uint64_t size, at = 0;
	ssize_t got = 1;

	/* The middle block stays a hole. */
	if (pwrite(fd, image, 4096, 0) != 4096 ||
	    pwrite(fd, image + (4u << 20), SIZE - (4u << 20), 4 << 20) != SIZE - (4 << 20))
		abort();
	v = vhd_export(fd, SIZE);
	size = vhd_size(v);
	while (at < size && at < sizeof(file) && got > 0) {
		got = vhd_read(v, at, file + at, size - at < 3000 ? size - at : 3000);
		at += got > 0 ? (uint64_t)got : 0;
	}
	vhd_free(v);
	close(fd);
	return at == size ? size : 0;
}

int main(void)
{
	size_t n;

	for (unsigned int i = 0; i < 4096; i++)
		image[i] = (char)(i * 7 + 1);
	for (unsigned int i = 4 << 20; i < SIZE; i++)
		image[i] = (char)(i * 13 + 5);
	n = export();
	result(n && n < SIZE, "a dynamic VHD has the blocks that have data");
	result(in_all_pieces(n), "it is imported, in pieces of any size");
	result(!import(n / 2, 4096), "half of it is not complete");

	/* A fixed one ends with a footer of type 2; the checksum follows by the difference. */
	char footer[FOOTER];
	unsigned int sum;

	memcpy(footer, file, FOOTER);
	sum = (unsigned int)(unsigned char)footer[64] << 24 | (unsigned char)footer[65] << 16 |
	      (unsigned char)footer[66] << 8 | (unsigned char)footer[67];
	sum += 1; /* the type was 3 */
	footer[63] = 2;
	for (unsigned int i = 0; i < 4; i++)
		footer[64 + i] = (char)(sum >> (24 - 8 * i));
	memcpy(file, image, SIZE);
	memcpy(file + SIZE, footer, FOOTER);
	result(in_all_pieces(SIZE + FOOTER), "a fixed one is imported, in pieces of any size");
	result(!import(SIZE, 4096), "without its footer it is not complete");
	printf("1..%u\n", number);
	return failures != 0;
}
