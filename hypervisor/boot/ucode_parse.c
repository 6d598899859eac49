// SPDX-License-Identifier: GPL-2.0-only
/*
 * Containers of microcode: the cpio archive in front of an initial RAM disk, Intel's updates, AMD's
 * containers. Pure: it sees a buffer and its size. Numbers are read byte by byte, for nothing here
 * is aligned.
 *
 *  U1. No number from the buffer is used before it was compared with what is left of the buffer.
 *  U2. Every step moves forward by at least a header, so that each loop ends.
 *
 * Formats: Intel's Software Developer's Manual (volume 3, "Microcode Update Facilities"); AMD's
 * container as the files that AMD distributes have it; newc as cpio(5) describes it.
 */
#include <hv/boot/ucode_parse.h>
#include <hv/console/printk.h>
#include <hv/lib/lib.h>

static uint32_t u32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint16_t u16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

/* ---- cpio ------------------------------------------------------------------------------------ */

#define CPIO_HEADER	110	/* magic and 13 numbers of 8 hexadecimal digits */
#define CPIO_FILESIZE	(6 + 6 * 8)
#define CPIO_NAMESIZE	(6 + 11 * 8)

static bool hex8(const uint8_t *p, uint32_t *value)
{
	uint32_t n = 0;

	for (unsigned int i = 0; i < 8; i++) {
		uint8_t c = p[i];

		if (c >= '0' && c <= '9')
			n = n << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			n = n << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	*value = n;
	return true;
}

const void *ucode_cpio_file(const void *archive, size_t size, const char *name, size_t *file_size)
{
	const uint8_t *base = archive;
	size_t at = 0, length = strlen(name) + 1;

	while (size - at >= CPIO_HEADER) {
		const uint8_t *header = base + at;
		uint32_t bytes, name_size;
		size_t data;

		if (memcmp(header, "070701", 6) != 0 || !hex8(header + CPIO_FILESIZE, &bytes) ||
		    !hex8(header + CPIO_NAMESIZE, &name_size))
			return NULL;
		if (name_size > size - at - CPIO_HEADER)
			return NULL;
		data = ALIGN_UP(at + CPIO_HEADER + name_size, 4);
		if (data > size || bytes > size - data)
			return NULL;
		if (name_size == length && memcmp(header + CPIO_HEADER, name, length) == 0) {
			*file_size = bytes;
			return base + data;
		}
		at = ALIGN_UP(data + bytes, 4);
		if (at > size)
			return NULL;
	}
	return NULL;
}

/* ---- Intel ----------------------------------------------------------------------------------- */

#define INTEL_HEADER		48
#define INTEL_OLD_DATA		2000	/* what a data size of 0 means */
#define INTEL_EXTENDED		20
#define INTEL_EXTENDED_ENTRY	12

static uint32_t sum32(const uint8_t *p, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 4 <= size; i += 4)
		sum += u32(p + i);
	return sum;
}

static bool intel_matches(const struct ucode_cpu *cpu, uint32_t signature, uint32_t platforms)
{
	return signature == cpu->signature && (platforms & cpu->platform || !platforms);
}

/* The table of further signatures behind the data, if there is one. */
static bool intel_extended_matches(const struct ucode_cpu *cpu, const uint8_t *table, size_t size)
{
	uint32_t n;

	if (size < INTEL_EXTENDED)
		return false;
	n = u32(table);
	if (n > (size - INTEL_EXTENDED) / INTEL_EXTENDED_ENTRY ||
	    sum32(table, INTEL_EXTENDED + (size_t)n * INTEL_EXTENDED_ENTRY))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *entry = table + INTEL_EXTENDED + (size_t)i * INTEL_EXTENDED_ENTRY;

		if (intel_matches(cpu, u32(entry), u32(entry + 4)))
			return true;
	}
	return false;
}

static bool intel_find(const struct ucode_cpu *cpu, const uint8_t *p, size_t size,
		       struct ucode_update *update)
{
	bool found = false;

	while (size >= INTEL_HEADER) {
		uint32_t revision = u32(p + 4), data = u32(p + 28), total = u32(p + 32);

		if (!data) {
			data = INTEL_OLD_DATA;
			total = INTEL_HEADER + INTEL_OLD_DATA;
		}
		if (u32(p) != 1 || u32(p + 20) != 1 || (data & 3) || (total & 3) || total > size ||
		    total < INTEL_HEADER || data > total - INTEL_HEADER ||
		    sum32(p, INTEL_HEADER + (size_t)data)) {
			log_warn("microcode: an Intel update is damaged: it and what follows is "
				 "ignored\n");
			break;
		}
		/* Revisions are signed; below zero are those of vendors before a release. */
		if ((int32_t)revision > (int32_t)(found ? update->revision : cpu->revision) &&
		    (intel_matches(cpu, u32(p + 12), u32(p + 24)) ||
		     intel_extended_matches(cpu, p + INTEL_HEADER + data,
					    total - INTEL_HEADER - data))) {
			*update = (struct ucode_update){p + INTEL_HEADER, data, revision};
			found = true;
		}
		p += total;
		size -= total;
	}
	return found;
}

/* ---- AMD ------------------------------------------------------------------------------------- */

#define AMD_MAGIC	0x00414d44
#define AMD_TABLE	0	/* kinds of sections */
#define AMD_PATCH	1
#define AMD_SECTION	8	/* kind and size */
#define AMD_EQUIVALENT	16	/* an entry of the table */
#define AMD_PATCH_HEADER 64

/* The number by which patches name this CPU, 0 if the table does not know it. */
static uint16_t amd_equivalent(const struct ucode_cpu *cpu, const uint8_t *table, size_t size)
{
	for (; size >= AMD_EQUIVALENT; table += AMD_EQUIVALENT, size -= AMD_EQUIVALENT) {
		if (!u32(table))
			break;
		if (u32(table) == cpu->signature)
			return u16(table + 12);
	}
	return 0;
}

/* The patches of one container. Returns how many bytes they take. */
static size_t amd_patches(const struct ucode_cpu *cpu, uint16_t id, const uint8_t *base,
			  size_t size, struct ucode_update *update, bool *found)
{
	size_t at = 0;

	while (size - at >= AMD_SECTION && u32(base + at) == AMD_PATCH) {
		const uint8_t *patch = base + at + AMD_SECTION;
		uint32_t bytes = u32(base + at + 4);

		if (bytes < AMD_PATCH_HEADER || bytes > size - at - AMD_SECTION) {
			log_warn("microcode: an AMD patch is cut off: it and what follows is "
				 "ignored\n");
			return size;
		}
		if (id && u16(patch + 24) == id &&
		    u32(patch + 4) > (*found ? update->revision : cpu->revision)) {
			*update = (struct ucode_update){patch, bytes, u32(patch + 4)};
			*found = true;
		}
		at += AMD_SECTION + bytes;
	}
	return at;
}

static bool amd_find(const struct ucode_cpu *cpu, const uint8_t *p, size_t size,
		     struct ucode_update *update)
{
	bool found = false;

	while (size >= 4 + AMD_SECTION && u32(p) == AMD_MAGIC) {
		uint32_t table = u32(p + 8);
		size_t used;
		uint16_t id;

		if (u32(p + 4) != AMD_TABLE || table < AMD_EQUIVALENT ||
		    table > size - 4 - AMD_SECTION) {
			log_warn("microcode: an AMD container is damaged: it and what follows is "
				 "ignored\n");
			break;
		}
		id = amd_equivalent(cpu, p + 4 + AMD_SECTION, table);
		p += 4 + AMD_SECTION + table;
		size -= 4 + AMD_SECTION + table;
		used = amd_patches(cpu, id, p, size, update, &found);
		p += used;
		size -= used;
	}
	return found;
}

bool ucode_find(const struct ucode_cpu *cpu, const void *blob, size_t size,
		struct ucode_update *update)
{
	return cpu->amd ? amd_find(cpu, blob, size, update) : intel_find(cpu, blob, size, update);
}
