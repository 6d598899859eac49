/* SPDX-License-Identifier: GPL-2.0-only */
/* An ELF file: parsed, its notes read, and loaded when it is small enough. */
/* sources: hypervisor/domain/elf.c hypervisor/domain/elfnote.c hypervisor/lib/string.c */
#include <hv/domain/elfnote.h>
#include <hv/layout.h>
#include <x86/image.h>

#include "quiet.h"

#define ROOM MIB(1)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kernel_notes notes;
	struct elf_image elf;
	uint8_t *memory;

	if (elf_parse(data, size, &elf))
		return 0;
	CLAIM(elf.n_segments && elf.n_segments <= ELF_MAX_SEGMENTS &&
	      elf.paddr_start < elf.paddr_end);
	for (unsigned int i = 0; i < elf.n_segments; i++) {
		const struct elf_segment *s = &elf.segments[i];

		CLAIM(s->mem_size && s->file_size <= s->mem_size && s->offset <= size &&
		      s->file_size <= size - s->offset);
		CLAIM(s->paddr >= elf.paddr_start && s->paddr + s->mem_size <= elf.paddr_end);
	}
	if (kernel_notes_parse(&elf, ~0U, &notes) == 0) {
		CLAIM(notes.image_start < notes.image_end && notes.virt_base <= notes.image_start);
		CLAIM(notes.image_end <= GUEST_LOW_END || notes.virt_base >= HV_VIRT_END);
		CLAIM(notes.entry >= notes.image_start && notes.entry < notes.image_end);
		CLAIM(notes.image_end - notes.image_start <= GIB(1) &&
		      notes.paddr_offset <= elf.paddr_start);
	}
	memory = malloc(ROOM);
	if (elf_load(&elf, elf.paddr_start, memory, ROOM) == 0)
		CLAIM(elf.paddr_end - elf.paddr_start <= ROOM);
	free(memory);
	return 0;
}
