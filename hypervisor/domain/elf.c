// SPDX-License-Identifier: GPL-2.0-only
/*
 * ELF files, read without trust. Every offset, size and count of the file goes through in_file()
 * before it is followed; sums are formed only after their parts are known to be smaller than the
 * file or than 2^64 / 2.
 *
 * Sources: System V ABI, Edition 4.1 and its AMD64 supplement.
 */
#include <hv/domain/elf.h>
#include <hv/console/printk.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>

enum {
	ET_EXEC = 2,
	ET_DYN = 3,
	EM_X86_64 = 62,
	PT_LOAD = 1,
	PT_NOTE = 4,
	SHT_NOTE = 7,
	SHT_NOBITS = 8
};

struct file_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct program_header {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

struct section_header {
	uint32_t name, type;
	uint64_t flags, addr, offset, size;
	uint32_t link, info;
	uint64_t addralign, entsize;
};

struct note_header {
	uint32_t namesz, descsz, type;
};

static bool in_file(const struct elf_image *elf, uint64_t offset, uint64_t size)
{
	return size <= elf->size && offset <= elf->size - size;
}

/* Entry i of a table in the file, copied out; false if it is not in the file. */
static bool table_entry(const struct elf_image *elf, uint64_t table, uint16_t entry_size,
			unsigned int i, void *entry, size_t size)
{
	uint64_t at = (uint64_t)i * entry_size;

	if (entry_size < size || table > elf->size || !in_file(elf, table + at, size))
		return false;
	memcpy(entry, elf->data + table + at, size);
	return true;
}

static int bad(const char *why)
{
	log_err("elf: %s\n", why);
	return -EINVAL;
}

/* ---- Segments -------------------------------------------------------------------------------- */

static bool overlaps(const struct elf_image *elf, uint64_t start, uint64_t end)
{
	for (unsigned int i = 0; i < elf->n_segments; i++) {
		const struct elf_segment *s = &elf->segments[i];

		if (start < s->paddr + s->mem_size && s->paddr < end)
			return true;
	}
	return false;
}

static int add_segment(struct elf_image *elf, const struct program_header *p)
{
	uint64_t end;

	if (!p->memsz)
		return p->filesz ? bad("a segment has bytes in the file but no memory") : 0;
	if (p->filesz > p->memsz || !in_file(elf, p->offset, p->filesz))
		return bad("a segment is larger than the file: is it truncated?");
	if (__builtin_add_overflow(p->paddr, p->memsz, &end))
		return bad("a segment leaves the address space");
	if (overlaps(elf, p->paddr, end))
		return bad("segments overlap");
	if (elf->n_segments == ELF_MAX_SEGMENTS)
		return bad("too many segments");
	elf->segments[elf->n_segments++] = (struct elf_segment){
		.paddr = p->paddr, .offset = p->offset, .file_size = p->filesz,
		.mem_size = p->memsz};
	elf->paddr_start = MIN(elf->paddr_start, p->paddr);
	elf->paddr_end = MAX(elf->paddr_end, end);
	return 0;
}

static bool is_elf64(const struct file_header *h)
{
	static const uint8_t wanted[7] = {
		0x7f, 'E', 'L', 'F', 2 /* 64 bits */, 1 /* little endian */, 1};

	return memcmp(h->ident, wanted, sizeof(wanted)) == 0;
}

int elf_parse(const void *data, uint64_t size, struct elf_image *elf)
{
	struct program_header p;
	struct file_header h;
	int rc;

	*elf = (struct elf_image){.data = data, .size = size, .paddr_start = UINT64_MAX};
	if (size < sizeof(h)) {
		log_err("elf: a file of %lu bytes is no kernel\n", (unsigned long)size);
		return -ENOEXEC;
	}
	memcpy(&h, data, sizeof(h));
	if (!is_elf64(&h) || h.machine != EM_X86_64 || (h.type != ET_EXEC && h.type != ET_DYN)) {
		log_err("elf: not a 64-bit x86 program\n");
		return -ENOEXEC;
	}
	elf->entry = h.entry;
	for (unsigned int i = 0; i < h.phnum; i++) {
		if (!table_entry(elf, h.phoff, h.phentsize, i, &p, sizeof(p)))
			return bad("program headers are not in the file");
		if (p.type != PT_LOAD)
			continue;
		rc = add_segment(elf, &p);
		if (rc)
			return rc;
	}
	return elf->n_segments ? 0 : bad("nothing to load");
}

int elf_load(const struct elf_image *elf, uint64_t base, void *dst, uint64_t dst_size)
{
	for (unsigned int i = 0; i < elf->n_segments; i++) {
		const struct elf_segment *s = &elf->segments[i];
		uint64_t at = s->paddr - base;
		uint8_t *to;

		if (s->paddr < base || s->mem_size > dst_size || at > dst_size - s->mem_size)
			return bad("a segment is outside of the memory for it");
		to = (uint8_t *)dst + at;
		memcpy(to, elf->data + s->offset, s->file_size);
		memset(to + s->file_size, 0, s->mem_size - s->file_size);
	}
	return 0;
}

/* ---- Notes ----------------------------------------------------------------------------------- */

static int notes_in(const struct elf_image *elf, uint64_t offset, uint64_t size,
		    int (*fn)(const struct elf_note *note, void *arg), void *arg)
{
	uint64_t at = 0;

	if (!in_file(elf, offset, size))
		return 0;
	while (size - at >= sizeof(struct note_header)) {
		const uint8_t *p = elf->data + offset + at;
		uint64_t name_room, desc_room;
		struct note_header h;
		struct elf_note note;
		int rc;

		memcpy(&h, p, sizeof(h));
		at += sizeof(h);
		name_room = ALIGN_UP((uint64_t)h.namesz, (uint64_t)4);
		desc_room = ALIGN_UP((uint64_t)h.descsz, (uint64_t)4);
		if (name_room > size - at || h.descsz > size - at - name_room)
			return 0;
		note = (struct elf_note){.name = h.namesz ? (const char *)p + sizeof(h) : "",
					 .name_size = h.namesz,
					 .type = h.type,
					 .desc = p + sizeof(h) + name_room,
					 .desc_size = h.descsz};
		rc = fn(&note, arg);
		if (rc)
			return rc;
		at += name_room;
		if (desc_room > size - at) /* the last one may lack its padding */
			return 0;
		at += desc_room;
	}
	return 0;
}

int elf_for_each_note(const struct elf_image *elf,
		      int (*fn)(const struct elf_note *note, void *arg), void *arg)
{
	struct program_header p;
	struct section_header s;
	struct file_header h;
	int rc = 0;

	memcpy(&h, elf->data, sizeof(h));
	for (unsigned int i = 0; i < h.phnum && !rc; i++) {
		if (!table_entry(elf, h.phoff, h.phentsize, i, &p, sizeof(p)))
			break;
		if (p.type == PT_NOTE)
			rc = notes_in(elf, p.offset, p.filesz, fn, arg);
	}
	for (unsigned int i = 0; i < h.shnum && !rc; i++) {
		if (!table_entry(elf, h.shoff, h.shentsize, i, &s, sizeof(s)))
			break;
		if (s.type == SHT_NOTE)
			rc = notes_in(elf, s.offset, s.size, fn, arg);
	}
	return rc;
}

/* ---- Sections -------------------------------------------------------------------------------- */

/* Is the string at offset of the names' section this one, its NUL included? */
static bool is_named(const struct elf_image *elf, const struct section_header *names,
		     uint32_t offset, const char *name)
{
	size_t size = strlen(name) + 1;

	return names->size >= size && offset <= names->size - size &&
	       in_file(elf, names->offset, names->size) &&
	       memcmp(elf->data + names->offset + offset, name, size) == 0;
}

uint64_t elf_section(const struct elf_image *elf, const char *name, const uint8_t **data)
{
	struct section_header s, names;
	struct file_header h;

	memcpy(&h, elf->data, sizeof(h));
	if (h.shstrndx >= h.shnum ||
	    !table_entry(elf, h.shoff, h.shentsize, h.shstrndx, &names, sizeof(names)))
		return 0;
	for (unsigned int i = 0; i < h.shnum; i++) {
		if (!table_entry(elf, h.shoff, h.shentsize, i, &s, sizeof(s)))
			return 0;
		if (s.type == SHT_NOBITS || !is_named(elf, &names, s.name, name))
			continue;
		if (!in_file(elf, s.offset, s.size))
			return 0;
		*data = elf->data + s.offset;
		return s.size;
	}
	return 0;
}
