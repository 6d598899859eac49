/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 64-bit x86 ELF files: Domain-0's kernel. The file is hostile input; after elf_parse() everything
 * in struct elf_image has been checked against the file's size.
 */
#ifndef HV_DOMAIN_ELF_H
#define HV_DOMAIN_ELF_H

#include <hv/types.h>

#define ELF_MAX_SEGMENTS 16

struct elf_segment {
	uint64_t paddr;
	uint64_t offset, file_size;	/* in the file */
	uint64_t mem_size;		/* >= file_size; the rest is zero */
};

struct elf_image {
	const uint8_t *data;
	uint64_t size;
	uint64_t entry;		/* as the header has it, not checked */
	unsigned int n_segments; /* PT_LOAD with mem_size > 0, in the file's order, paddr ranges
				    disjoint */
	struct elf_segment segments[ELF_MAX_SEGMENTS];
	uint64_t paddr_start, paddr_end; /* first and behind the last byte of all segments */
};

struct elf_note {
	const char *name;		/* name_size bytes, the NUL counted; "" if there is none */
	uint32_t name_size;
	uint32_t type;
	const uint8_t *desc;		/* desc_size bytes, no alignment */
	uint32_t desc_size;
};

/*
 * Read the headers of the file at data, size bytes, which must stay in place. 0, or with a line in
 * the log: -ENOEXEC (not an ELF for this CPU), -EINVAL (broken, truncated, overlapping or too many
 * segments, nothing to load).
 */
int elf_parse(const void *data, uint64_t size, struct elf_image *elf);

/*
 * Call fn for each note of the PT_NOTE segments, then of the SHT_NOTE sections (a note in both is
 * seen twice), until it returns other than 0, which becomes the result; else 0. Broken notes end
 * their segment silently.
 */
int elf_for_each_note(const struct elf_image *elf,
		      int (*fn)(const struct elf_note *note, void *arg), void *arg);

/*
 * The contents of the first section with this name: their size in bytes, and *data points into the
 * file. 0: no such section, or it is not in the file.
 */
uint64_t elf_section(const struct elf_image *elf, const char *name, const uint8_t **data);

/*
 * Put the segments to their physical addresses: byte p of the file's address space goes to dst + (p
 * - base). Memory of a segment that the file does not fill becomes zero; memory between segments is
 *   not touched. 0, or -EINVAL if a segment does not lie in [base, base + dst_size).
 */
int elf_load(const struct elf_image *elf, uint64_t base, void *dst, uint64_t dst_size);

#endif
