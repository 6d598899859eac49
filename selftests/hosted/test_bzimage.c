/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: unpacking a container yields the kernel that was packed, and a damaged container or stream
 * is refused.
 */
/* sources: hypervisor/boot/bzimage.c hypervisor/lib/lz4.c */
/* libs: -llzma -lzstd -lz */
#include <glob.h>

#include <hv/boot/bzimage.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>

#include "bzimage_builder.h"
#include "log_capture.h"

static int allocations, allowed = 1000;

static void *count_alloc(size_t size)
{
	if (allowed <= 0)
		return NULL;
	allowed--;
	allocations++;
	return malloc(size);
}

static void count_free(void *p)
{
	allocations--;
	free(p);
}

static const struct unpack_mem mem = {count_alloc, count_free};
static struct buffer plain;

static struct buffer (*const packers[])(struct buffer) = {pack_xz, pack_zstd, pack_gzip, pack_lz4};
static const char *const names[] = {"XZ", "zstd", "gzip", "LZ4"};

static int unpack(struct buffer image, void *out, uint64_t *size)
{
	log_clear();
	allowed = 1000;
	return kernel_unpack(image.data, image.size, out, size, &mem);
}

/* Text that compresses, with calls for the x86 filter in it. */
static void make_plain(size_t size)
{
	plain = (struct buffer){malloc(size), size};
	for (size_t i = 0; i < size; i++)
		plain.data[i] = i % 7 == 0 ? 0xe8 : (uint8_t)(i * i >> 9);
	memcpy(plain.data, "\x7f" "ELF", 4);
}

static bool round_trip(struct buffer image)
{
	uint8_t *out = malloc(plain.size);
	uint64_t size = 0, told = 0;
	bool good;

	good = unpack(image, NULL, &told) == 0 && told == plain.size;
	size = plain.size;
	good = good && unpack(image, out, &size) == 0 && size == plain.size &&
	       memcmp(out, plain.data, size) == 0 && log_empty();
	free(out);
	return good && allocations == 0;
}

static void test_each(unsigned int i)
{
	struct buffer image = bzimage(packers[i](plain), (uint32_t)plain.size);
	uint8_t *out = malloc(plain.size);
	uint64_t size = plain.size;
	char claim[128];
	bool good = true;
	int rc;

	snprintf(claim, sizeof(claim),
		 "%s: what was packed is unpacked, and its size is known before", names[i]);
	result(round_trip(image), claim);

	put_le32(image.data + image.size - 4, (uint32_t)plain.size - 1);
	size = plain.size - 1;
	rc = unpack(image, out, &size);
	snprintf(claim, sizeof(claim), "%s: more than it says is refused", names[i]);
	result(rc == (packers[i] == pack_xz ? -ENOSPC : -EINVAL) &&
		       log_has("larger than it says") && allocations == 0,
	       claim);
	put_le32(image.data + image.size - 4, (uint32_t)plain.size);

	size = plain.size - 1;
	snprintf(claim, sizeof(claim), "%s: too little room is refused before anything is written",
		 names[i]);
	result(unpack(image, out, &size) == -ENOSPC && log_has("room"), claim);

	for (size_t at = 0; at < 3000;
	     at += 7) { /* damage: any outcome but an access out of bounds or a leak */
		size_t where = BZ_START + at * 31 % (image.size - BZ_START - 4);

		image.data[where] ^= 0x5a;
		size = plain.size;
		unpack(image, out, &size);
		good = good && allocations == 0 && size <= plain.size;
		image.data[where] ^= 0x5a;
	}
	snprintf(claim, sizeof(claim),
		 "%s: a damaged stream stays in its bounds and leaves no memory behind", names[i]);
	result(good, claim);
	good = true;
	for (int n = 0; n < 4; n++) { /* the allocator fails at the n-th call */
		allowed = n;
		log_clear();
		size = plain.size;
		rc = kernel_unpack(image.data, image.size, out, &size, &mem);
		good = good && allocations == 0 &&
		       (rc == 0 || (rc == -ENOMEM && log_has("memory")));
	}
	snprintf(claim, sizeof(claim), "%s: without memory it says so, and leaves nothing behind",
		 names[i]);
	result(good, claim);
	free(out);
	free(image.data);
}

static void test_container(void)
{
	struct buffer image = bzimage(pack_xz(plain), (uint32_t)plain.size);
	struct buffer cut = {image.data, image.size - 1};
	uint8_t *out = malloc(plain.size);
	uint64_t size = plain.size;

	char needed[64];

	snprintf(needed, sizeof(needed), "%zu bytes are there, %zu are needed", cut.size,
		 image.size);
	result(unpack(cut, NULL, &size) == -EINVAL && log_has("truncated") && log_has(needed),
	       "a truncated bzImage is named so, with its sizes");
	cut.size = 0x24f;
	result(unpack(cut, NULL, &size) == -ENOEXEC && log_has("neither"),
	       "less than a header is no bzImage");
	put_le32(image.data + 0x248, 0xffffffff);
	put_le32(image.data + 0x24c, 0xffffffff);
	result(unpack(image, NULL, &size) == -EINVAL && log_has("truncated"),
	       "a payload beyond the file is refused");
	put_le32(image.data + 0x248, BZ_OFFSET);
	put_le32(image.data + 0x24c, 7);
	result(unpack(image, NULL, &size) == -EINVAL && log_has("empty"),
	       "a payload without contents is refused");
	put_le32(image.data + 0x24c, 1000);
	image.data[BZ_START] = 'B';
	result(unpack(image, NULL, &size) == -ENOEXEC && log_has("known: XZ"),
	       "an unknown compression is named so");
	image.data[0x206] = 7;
	result(unpack(image, NULL, &size) == -ENOEXEC && log_has("2.08"),
	       "an old boot protocol is named so");
	size = plain.size;
	result(unpack(plain, out, &size) == 0 && size == plain.size &&
		       memcmp(out, plain.data, size) == 0,
	       "a bare ELF is copied");
	size = plain.size - 1;
	result(unpack(plain, out, &size) == -ENOSPC, "a bare ELF needs room");
	plain.data[0] = 0;
	result(unpack(plain, NULL, &size) == -ENOEXEC && log_has("neither a bzImage nor an ELF"),
	       "anything else is refused");
	free(out);
	free(image.data);
}

/*
 * A Debian kernel from disk, when the lab has one: it must become an ELF file of the size that it
 * says.
 */
static bool real_kernel(const char *path)
{
	struct buffer image = {malloc(64 << 20), 0};
	FILE *f = fopen(path, "rb");
	uint8_t *out = NULL;
	uint64_t size;
	bool good;

	image.size = fread(image.data, 1, 64 << 20, f);
	fclose(f);
	good = unpack(image, NULL, &size) == 0 && (out = malloc(size)) &&
	       unpack(image, out, &size) == 0 && size > 20000000 &&
	       memcmp(out,
		      "\x7f"
		      "ELF\2",
		      5) == 0 &&
	       allocations == 0;
	free(out);
	free(image.data);
	return good;
}

int main(int argc, char **argv)
{
	glob_t found = {0};

	printf("1..30\n");
	make_plain(300000);
	for (unsigned int i = 0; i < 4; i++)
		test_each(i);
	test_container();
	if (argc < 2)
		glob("build/lab/*/vmlinuz", 0, NULL, &found);
	if (argc > 1 || found.gl_pathc)
		result(real_kernel(argc > 1 ? argv[1] : found.gl_pathv[0]),
		       "a Debian kernel is unpacked");
	else
		printf("ok %u - a Debian kernel is unpacked # skip no kernel in build/lab\n",
		       ++tap_number);
	globfree(&found);
	free(plain.data);
	return tap_failures != 0;
}
