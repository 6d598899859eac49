// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Linux kernel out of its container. A bzImage is a real-mode part, whose header says where the
 * payload is; the payload is the compressed ELF file, with its unpacked size in the last four
 * bytes. XZ, zstd and gzip are decoded by Debian's static libraries, LZ4 by lib/lz4.c.
 *
 * The output never grows beyond the buffer given. The decoders' memory comes from the caller.
 *
 * Sources: Linux Documentation/arch/x86/boot.rst (header fields), the libraries' manuals.
 */
#define ZSTD_STATIC_LINKING_ONLY /* for a decoder with an allocator of ours */
#include <hv/boot/bzimage.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <hv/console/printk.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>
#include <hv/lib/lz4.h>

#define XZ_MEMORY_LIMIT MIB(129) /* a dictionary of 128 MiB, and the decoder itself */

/* Offsets in the header of a bzImage. */
enum {
	SETUP_SECTS = 0x1f1,
	BOOT_FLAG = 0x1fe,
	HEADER_MAGIC = 0x202,
	PROTOCOL = 0x206,
	PAYLOAD_OFFSET = 0x248,
	PAYLOAD_LENGTH = 0x24c,
	HEADER_END = 0x250
};

struct span {
	const uint8_t *data;
	uint64_t size;
};

static uint32_t u32_at(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static int bad(int rc, const char *why)
{
	log_err("kernel image: %s\n", why);
	return rc;
}

/* ---- The container --------------------------------------------------------------------------- */

static bool starts_with(struct span s, const void *magic, uint64_t size)
{
	return s.size >= size && memcmp(s.data, magic, size) == 0;
}

static bool is_bzimage(struct span image)
{
	return image.size >= HEADER_END && image.data[BOOT_FLAG] == 0x55 &&
	       image.data[BOOT_FLAG + 1] == 0xaa &&
	       memcmp(image.data + HEADER_MAGIC, "HdrS", 4) == 0;
}

/* The payload of a bzImage: the compressed stream, and the unpacked size behind it. */
static int find_payload(struct span image, struct span *payload, uint64_t *unpacked)
{
	unsigned int protocol = image.data[PROTOCOL] | image.data[PROTOCOL + 1] << 8;
	uint64_t sectors = image.data[SETUP_SECTS] ? image.data[SETUP_SECTS] : 4;
	uint64_t offset, length;

	if (protocol < 0x208)
		return bad(-ENOEXEC, "its boot protocol is older than 2.08");
	offset = (sectors + 1) * 512 + u32_at(image.data + PAYLOAD_OFFSET);
	length = u32_at(image.data + PAYLOAD_LENGTH);
	if (length > image.size || offset > image.size - length) {
		log_err("kernel image: it is truncated: %lu bytes are there, %lu are needed\n",
			(unsigned long)image.size, (unsigned long)(offset + length));
		return -EINVAL;
	}
	if (length < 8)
		return bad(-EINVAL, "its payload is empty");
	*payload = (struct span){image.data + offset, length - 4};
	*unpacked = u32_at(image.data + offset + length - 4);
	return 0;
}

/* ---- Decoders: 0 and *done, or -errno -------------------------------------------------------- */

static void *xz_alloc(void *opaque, size_t count, size_t size)
{
	const struct unpack_mem *mem = opaque;

	return size && count > SIZE_MAX / size ? NULL : mem->alloc(count * size);
}

static void xz_free(void *opaque, void *p)
{
	const struct unpack_mem *mem = opaque;

	if (p)
		mem->free(p);
}

static int decode_xz(struct span in, uint8_t *out, uint64_t size, uint64_t *done,
		     const struct unpack_mem *mem)
{
	const lzma_allocator allocator = {xz_alloc, xz_free, (void *)mem};
	uint64_t limit = XZ_MEMORY_LIMIT;
	size_t in_at = 0, out_at = 0;
	lzma_ret rc = lzma_stream_buffer_decode(&limit, 0, &allocator, in.data, &in_at, in.size,
						out, &out_at, size);

	*done = out_at;
	if (rc == LZMA_OK)
		return 0;
	if (rc == LZMA_MEM_ERROR || rc == LZMA_MEMLIMIT_ERROR)
		return bad(-ENOMEM, "not enough memory to unpack it");
	if (rc == LZMA_BUF_ERROR)
		return bad(-ENOSPC, "it is larger than it says");
	return bad(-EINVAL, "its XZ data is damaged");
}

static void *zstd_alloc(void *opaque, size_t size)
{
	const struct unpack_mem *mem = opaque;

	return mem->alloc(size);
}

static int decode_zstd(struct span in, uint8_t *out, uint64_t size, uint64_t *done,
		       const struct unpack_mem *mem)
{
	const ZSTD_customMem custom = {zstd_alloc, xz_free, (void *)mem};
	size_t stream = ZSTD_findFrameCompressedSize(in.data, in.size), n;
	ZSTD_DCtx *context;

	if (ZSTD_isError(stream))
		return bad(-EINVAL, "its zstd data is damaged");
	context = ZSTD_createDCtx_advanced(custom);
	if (!context)
		return bad(-ENOMEM, "not enough memory to unpack it");
	n = ZSTD_decompressDCtx(context, out, size, in.data, stream);
	ZSTD_freeDCtx(context);
	if (ZSTD_isError(n))
		return bad(-EINVAL, "its zstd data is damaged, or larger than it says");
	*done = n;
	return 0;
}

static void *gzip_alloc(void *opaque, unsigned int count, unsigned int size)
{
	return xz_alloc(opaque, count, size);
}

/* zlib counts in 32 bits, and so does the container: neither size can be larger. */
static int decode_gzip(struct span in, uint8_t *out, uint64_t size, uint64_t *done,
		       const struct unpack_mem *mem)
{
	z_stream z = {.zalloc = gzip_alloc, .zfree = xz_free, .opaque = (void *)mem};
	int rc;

	if (inflateInit2(&z, 16 + 15) != Z_OK) /* a gzip header, any window */
		return bad(-ENOMEM, "not enough memory to unpack it");
	z.next_in = (Bytef *)in.data;
	z.avail_in = (unsigned int)in.size;
	z.next_out = out;
	z.avail_out = (unsigned int)size;
	rc = inflate(&z, Z_FINISH);
	*done = size - z.avail_out;
	inflateEnd(&z);
	return rc == Z_STREAM_END
		       ? 0
		       : bad(-EINVAL, "its gzip data is damaged, or larger than it says");
}

static int decode_lz4(struct span in, uint8_t *out, uint64_t size, uint64_t *done,
		      const struct unpack_mem *mem)
{
	int64_t n = lz4_decode_legacy(in.data, in.size, out, size);

	(void)mem;
	if (n < 0)
		return bad(-EINVAL, "its LZ4 data is damaged, or larger than it says");
	*done = (uint64_t)n;
	return 0;
}

static const struct decoder {
	const char *magic;
	unsigned int magic_size;
	int (*decode)(struct span in, uint8_t *out, uint64_t size, uint64_t *done,
		      const struct unpack_mem *mem);
	unsigned int trailer; /* bytes behind the payload that belong to the stream: gzip ends with
				 the size itself */
} decoders[] = {
	{"\xfd" "7zXZ\0", 6, decode_xz, 0},
	{"\x28\xb5\x2f\xfd", 4, decode_zstd, 0},
	{"\x1f\x8b", 2, decode_gzip, 4},
	{"\x02\x21\x4c\x18", 4, decode_lz4, 0},
};

/* ---- The door -------------------------------------------------------------------------------- */

static int unpack_payload(struct span payload, uint64_t unpacked, void *out, uint64_t *out_size,
			  const struct unpack_mem *mem)
{
	const struct decoder *d = NULL;
	uint64_t done = 0;
	int rc;

	for (unsigned int i = 0; i < ARRAY_SIZE(decoders) && !d; i++)
		if (starts_with(payload, decoders[i].magic, decoders[i].magic_size))
			d = &decoders[i];
	if (!d)
		return bad(-ENOEXEC, "its compression is unknown; known: XZ, zstd, gzip, LZ4");
	if (!out) {
		*out_size = unpacked;
		return 0;
	}
	if (unpacked > *out_size)
		return bad(-ENOSPC, "there is not enough room to unpack it");
	payload.size += d->trailer;
	rc = d->decode(payload, out, unpacked, &done, mem);
	if (rc)
		return rc;
	if (done != unpacked)
		return bad(-EINVAL, "its unpacked size is not what it says");
	*out_size = done;
	return 0;
}

int kernel_unpack(const void *image, uint64_t size, void *out, uint64_t *out_size,
		  const struct unpack_mem *mem)
{
	struct span whole = {image, size}, payload;
	uint64_t unpacked;
	int rc;

	if (starts_with(whole, "\x7f" "ELF", 4)) {
		if (out && size > *out_size)
			return bad(-ENOSPC, "there is not enough room for it");
		if (out)
			memcpy(out, image, size);
		*out_size = size;
		return 0;
	}
	if (!is_bzimage(whole))
		return bad(-ENOEXEC, "it is neither a bzImage nor an ELF file");
	rc = find_payload(whole, &payload, &unpacked);
	return rc ? rc : unpack_payload(payload, unpacked, out, out_size, mem);
}
