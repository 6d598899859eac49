/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding microcode: the formats of updates and of the archive that they come in. Pure, and fuzzed
 * (boot/ucode_parse.c). The CPU itself checks the signature of what it is given.
 */
#ifndef HV_BOOT_UCODE_PARSE_H
#define HV_BOOT_UCODE_PARSE_H

#include <hv/types.h>

/* What a CPU says of itself, as far as updates name it. */
struct ucode_cpu {
	bool amd;		/* AMD's format; else Intel's */
	uint32_t signature;	/* CPUID 1, eax */
	uint32_t platform;	/* Intel: one bit, 1 << MSR 0x17 bits 52:50 */
	uint32_t revision;	/* of what it runs */
};

struct ucode_update {
	const uint8_t *data;	/* within the blob: what the CPU is given */
	size_t size;		/* bytes */
	uint32_t revision;
};

/*
 * The newest update for this CPU in a blob of its vendor's format that is newer than what it runs:
 * Intel updates one after another, or AMD containers one after another. Nothing is trusted: an
 * update that is cut off, or whose checksum is wrong, ends the search with what was found before,
 * and a line in the log. False: there is none.
 */
bool ucode_find(const struct ucode_cpu *cpu, const void *blob, size_t size,
		struct ucode_update *update);

/*
 * A file in the uncompressed cpio archive (newc) that an initial RAM disk may begin with. NULL: it
 * is not there. *file_size receives its bytes.
 */
const void *ucode_cpio_file(const void *archive, size_t size, const char *name, size_t *file_size);

#endif
