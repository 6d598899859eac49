/* SPDX-License-Identifier: GPL-2.0-only */
/* A small PV kernel's ELF file, made in memory, for tests to damage. */
#ifndef ELF_BUILDER_H
#define ELF_BUILDER_H

#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <xen/elfnote.h>

#define KERNEL_VIRT UINT64_C(0xffffffff80000000)

enum { KERNEL_NOTES = 0x400, KERNEL_LEGACY = 0xc00, KERNEL_TEXT = 0x1000, KERNEL_SIZE = 0x3000 };

static uint8_t *kernel;
static uint64_t notes_size;

static inline Elf64_Ehdr *kernel_header(void)
{
	return (Elf64_Ehdr *)kernel;
}

static inline Elf64_Phdr *kernel_segment(unsigned int i)
{
	return (Elf64_Phdr *)(kernel + sizeof(Elf64_Ehdr)) + i;
}

static inline void add_note(const char *owner, uint32_t type, const void *desc, uint32_t size)
{
	uint32_t head[3] = {(uint32_t)strlen(owner) + 1, size, type};
	uint8_t *p = kernel + KERNEL_NOTES + notes_size;

	memcpy(p, head, sizeof(head));
	memcpy(p + 12, owner, head[0]);
	memcpy(p + 12 + (head[0] + 3) / 4 * 4, desc, size);
	notes_size += 12 + (head[0] + 3) / 4 * 4 + (size + 3) / 4 * 4;
	kernel_segment(2)->p_filesz = notes_size;
}

static inline void add_number(uint32_t type, uint64_t value)
{
	add_note("Xen", type, &value, 8);
}

static inline void add_text(uint32_t type, const char *text)
{
	add_note("Xen", type, text, (uint32_t)strlen(text) + 1);
}

/* Text at 16 MiB, data with bss behind it at 32 MiB, notes; the notes are yet to come. */
static inline void build_elf(void)
{
	Elf64_Ehdr *h;

	free(kernel);
	kernel = calloc(1, KERNEL_SIZE);
	notes_size = 0;
	h = kernel_header();
	memcpy(h->e_ident, "\x7f" "ELF\2\1\1", 7);
	h->e_type = ET_EXEC;
	h->e_machine = EM_X86_64;
	h->e_phoff = sizeof(*h);
	h->e_phentsize = sizeof(Elf64_Phdr);
	h->e_phnum = 3;
	*kernel_segment(0) = (Elf64_Phdr){.p_type = PT_LOAD,
					  .p_flags = PF_R | PF_X,
					  .p_offset = KERNEL_TEXT,
					  .p_vaddr = KERNEL_VIRT + 0x1000000,
					  .p_paddr = 0x1000000,
					  .p_filesz = 0x1000,
					  .p_memsz = 0x1000};
	*kernel_segment(1) = (Elf64_Phdr){.p_type = PT_LOAD,
					  .p_flags = PF_R | PF_W,
					  .p_offset = KERNEL_TEXT + 0x1000,
					  .p_vaddr = KERNEL_VIRT + 0x2000000,
					  .p_paddr = 0x2000000,
					  .p_filesz = 0x1000,
					  .p_memsz = 0x1800};
	*kernel_segment(2) = (Elf64_Phdr){.p_type = PT_NOTE, .p_offset = KERNEL_NOTES};
	memset(kernel + KERNEL_TEXT, 0x90, 0x1000);
	memset(kernel + KERNEL_TEXT + 0x1000, 0xda, 0x1000);
}

/* The notes of Debian's kernel (those that matter), so that the file is a PV kernel. */
static inline void build_kernel(void)
{
	build_elf();
	add_note("GNU", XEN_ELFNOTE_ENTRY, "other", 6);
	add_text(XEN_ELFNOTE_GUEST_OS, "linux");
	add_text(XEN_ELFNOTE_XEN_VERSION, "xen-3.0");
	add_number(XEN_ELFNOTE_VIRT_BASE, KERNEL_VIRT);
	add_number(XEN_ELFNOTE_INIT_P2M, 0x8000000000);
	add_number(XEN_ELFNOTE_ENTRY, KERNEL_VIRT + 0x2000100);
	add_text(XEN_ELFNOTE_FEATURES, "!writable_page_tables|pae_pgdir_above_4gb");
	add_note("Xen", XEN_ELFNOTE_SUPPORTED_FEATURES, "\x01\x88\0\0", 4);
	add_number(XEN_ELFNOTE_MOD_START_PFN, 1);
	add_number(XEN_ELFNOTE_PADDR_OFFSET, 0);
}

/* The i-th of the section headers that build_legacy() makes: none, names, __xen_guest. */
static inline Elf64_Shdr *kernel_section(unsigned int i)
{
	return (Elf64_Shdr *)(kernel + KERNEL_LEGACY) + i;
}

/* A kernel without notes: what it says of itself is `text` in its section __xen_guest. */
static inline void build_legacy(const char *text)
{
	static const char names[] = "\0.names\0__xen_guest";
	uint64_t at = KERNEL_LEGACY + 3 * sizeof(Elf64_Shdr);
	Elf64_Ehdr *h;

	build_elf();
	h = kernel_header();
	h->e_entry = KERNEL_VIRT + 0x1000040;
	h->e_shoff = KERNEL_LEGACY;
	h->e_shentsize = sizeof(Elf64_Shdr);
	h->e_shnum = 3;
	h->e_shstrndx = 1;
	memcpy(kernel + at, names, sizeof(names));
	*kernel_section(1) = (Elf64_Shdr){.sh_name = 1,
					  .sh_type = SHT_STRTAB,
					  .sh_offset = at,
					  .sh_size = sizeof(names)};
	at += sizeof(names);
	memcpy(kernel + at, text, strlen(text));
	*kernel_section(2) = (Elf64_Shdr){.sh_name = 8,
					  .sh_type = SHT_PROGBITS,
					  .sh_offset = at,
					  .sh_size = strlen(text)};
}

#endif
