// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the boot loader left in memory, multiboot 1 or 2, copied into struct boot_info. Nothing of
 * the loader's is needed afterwards but the modules themselves (they are entered into the reserved
 * list) and, with multiboot 2, the copy of the RSDP (the information block that holds it is
 * reserved too).
 *
 * Addresses, sizes and strings are the loader's word only: each is checked against what phys() will
 * map, and strings are cut at BOOT_CMDLINE - 1 bytes with a warning.
 *
 * Sources: Multiboot Specification 0.6.96, Multiboot2 Specification 2.0.
 */
#include <hv/boot/boot.h>
#include <hv/console/printk.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>

#define MB1_LOADER_MAGIC 0x2badb002U
#define MB2_LOADER_MAGIC 0x36d76289U

/* ---- Memory of the loader -------------------------------------------------------------------- */

static uint32_t u32_at(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t u64_at(const uint8_t *p)
{
	return u32_at(p) | (uint64_t)u32_at(p + 4) << 32;
}

/*
 * Copy a string of unknown length, page by page. Its length, or -EFAULT; what was read stays in
 * dst.
 */
static int copy_phys_string(boot_phys_fn phys, maddr_t from, char *dst, size_t size)
{
	size_t done = 0;

	dst[0] = 0;
	while (done < size - 1) {
		uint64_t chunk = PAGE_SIZE - ((from + done) & (PAGE_SIZE - 1));
		const char *part;
		size_t length;

		chunk = MIN(chunk, size - 1 - done);
		part = phys(from + done, chunk);
		if (!part)
			return -EFAULT;
		length = strnlen(part, chunk);
		memcpy(dst + done, part, length);
		done += length;
		dst[done] = 0;
		if (length < chunk)
			return (int)done;
	}
	log_warn("multiboot: a command line of more than %u bytes was cut\n",
		 (unsigned int)size - 1);
	return (int)done;
}

/* GRUB from version 1.9x on (which calls itself 2) leaves the file name out of its strings. */
static bool loader_omits_name(const char *loader)
{
	const char *p = strstr(loader, "GRUB ");

	return p && p[5] != '0';
}

/*
 * Strip what is not an option from the front of a string: the file name, unless the loader has left
 * it out, and the word "placeholder" that Debian's GRUB scripts put in its place.
 */
static void strip_name(char *line, bool name_omitted)
{
	char *p = line;

	while (*p == ' ')
		p++;
	if (!name_omitted || (strncmp(p, "placeholder", 11) == 0 && (p[11] == ' ' || !p[11])))
		while (*p && *p != ' ')
			p++;
	while (*p == ' ')
		p++;
	memmove(line, p, strlen(p) + 1);
}

/* ---- Entries of boot_info -------------------------------------------------------------------- */

/*
 * Enter [start, end), rounded outwards to pages, into reserved[]. A range that is empty or lies in
 * another is nothing. Panics when the list is full.
 */
static void boot_reserve(struct boot_info *bi, maddr_t start, maddr_t end)
{
	if (end <= start)
		return;
	start = ALIGN_DOWN(start, PAGE_SIZE);
	end = ALIGN_UP(end, PAGE_SIZE);
	for (unsigned int i = 0; i < bi->n_reserved; i++)
		if (bi->reserved[i].start <= start && end <= bi->reserved[i].end)
			return;
	if (bi->n_reserved == BOOT_MAX_RESERVED)
		panic("boot: more than %u reserved ranges", BOOT_MAX_RESERVED);
	bi->reserved[bi->n_reserved++] = (struct boot_reserved){start, end};
}

static struct boot_module *add_module(struct boot_info *bi, uint32_t start, uint32_t end)
{
	struct boot_module *m;

	if (bi->n_modules == BOOT_MAX_MODULES) {
		log_warn("multiboot: more than %u modules, the rest is ignored\n",
			 BOOT_MAX_MODULES);
		return NULL;
	}
	if (end < start) {
		log_warn("multiboot: module %u from %x to %x ends before it begins\n",
			 bi->n_modules, start, end);
		end = start;
	}
	m = &bi->modules[bi->n_modules++]; /* its place in the list says what it is: keep it even if
					      it is empty */
	m->start = start;
	m->size = end - start;
	m->cmdline[0] = 0;
	if (m->size)
		boot_reserve(bi, start, end);
	return m;
}

/* False when the table is full. */
static bool add_region(struct boot_info *bi, uint64_t start, uint64_t size, uint32_t type)
{
	if (bi->n_regions == BOOT_MAX_REGIONS) {
		log_warn("multiboot: memory map has more than %u entries, the rest is ignored\n",
			 BOOT_MAX_REGIONS);
		return false;
	}
	bi->map[bi->n_regions++] = (struct boot_region){start, size, type};
	return true;
}

/* ---- Multiboot 1 ----------------------------------------------------------------------------- */

#define MB1_INFO_SIZE	  116
#define MB1_MODULE_SIZE	  16
#define MB1_MMAP_MIN_SIZE 20 /* size field not counted */

enum {
	MB1_MEMORY = 1 << 0,
	MB1_CMDLINE = 1 << 2,
	MB1_MODULES = 1 << 3,
	MB1_MMAP = 1 << 6,
	MB1_LOADER = 1 << 9
};

static int mb1_memory_map(const uint8_t *info, boot_phys_fn phys, struct boot_info *bi)
{
	uint32_t flags = u32_at(info), length = u32_at(info + 44), at = 0;
	const uint8_t *map;

	if (!(flags & MB1_MMAP)) {
		if (!(flags & MB1_MEMORY)) {
			log_err("multiboot: the loader gave no memory map\n");
			return -ENOENT;
		}
		log_warn("multiboot: no memory map, only its size: %u KiB\n", u32_at(info + 8));
		add_region(bi, 0, KIB(u32_at(info + 4)), E820_RAM);
		add_region(bi, MIB(1), KIB(u32_at(info + 8)), E820_RAM);
		return 0;
	}
	map = phys(u32_at(info + 48), length);
	if (!map) {
		log_err("multiboot: the memory map at %x, %u bytes, is out of reach\n",
			u32_at(info + 48), length);
		return -EFAULT;
	}
	while (length - at >= 4 + MB1_MMAP_MIN_SIZE) {
		uint32_t size = u32_at(map + at);

		if (size < MB1_MMAP_MIN_SIZE || size > length - at - 4) {
			log_warn("multiboot: entry of %u bytes in the memory map, the rest is "
				 "ignored\n",
				 size);
			break;
		}
		if (!add_region(bi, u64_at(map + at + 4), u64_at(map + at + 12),
				u32_at(map + at + 20)))
			break;
		at += 4 + size;
	}
	return 0;
}

static int mb1_modules(const uint8_t *info, boot_phys_fn phys, bool name_omitted,
		       struct boot_info *bi)
{
	uint32_t i, count = u32_at(info + 20), list = u32_at(info + 24);

	for (i = 0; i < count; i++) {
		const uint8_t *entry = phys(list + (uint64_t)i * MB1_MODULE_SIZE, MB1_MODULE_SIZE);
		struct boot_module *m;

		if (!entry) {
			log_err("multiboot: the list of modules at %x is out of reach\n", list);
			return -EFAULT;
		}
		m = add_module(bi, u32_at(entry), u32_at(entry + 4));
		if (!m)
			return 0;
		if (!u32_at(entry + 8))
			continue;
		if (copy_phys_string(phys, u32_at(entry + 8), m->cmdline, sizeof(m->cmdline)) < 0)
			log_warn("multiboot: string of module %u is out of reach\n", i);
		strip_name(m->cmdline, name_omitted);
	}
	return 0;
}

static int mb1_parse(maddr_t address, boot_phys_fn phys, struct boot_info *bi)
{
	const uint8_t *info = phys(address, MB1_INFO_SIZE);
	char loader[64] = "";
	bool name_omitted;
	uint32_t flags;
	int rc;

	if (!info) {
		log_err("multiboot: information at %lx is out of reach\n", (unsigned long)address);
		return -EFAULT;
	}
	flags = u32_at(info);
	if ((flags & MB1_LOADER) && u32_at(info + 64))
		copy_phys_string(phys, u32_at(info + 64), loader, sizeof(loader));
	name_omitted = loader_omits_name(loader);
	if ((flags & MB1_CMDLINE) && u32_at(info + 16)) {
		if (copy_phys_string(phys, u32_at(info + 16), bi->cmdline, sizeof(bi->cmdline)) < 0)
			log_warn("multiboot: the command line is out of reach\n");
		strip_name(bi->cmdline, name_omitted);
	}
	rc = mb1_memory_map(info, phys, bi);
	if (!rc && (flags & MB1_MODULES))
		rc = mb1_modules(info, phys, name_omitted, bi);
	return rc;
}

/* ---- Multiboot 2 ----------------------------------------------------------------------------- */

#define MB2_HEADER_SIZE	   8
#define MB2_MAX_SIZE	   MIB(1) /* of all tags: much more than any loader writes */
#define MB2_MMAP_MIN_ENTRY 20

enum {
	MB2_END = 0,
	MB2_CMDLINE = 1,
	MB2_LOADER = 2,
	MB2_MODULE = 3,
	MB2_MMAP = 6,
	MB2_RSDP1 = 14,
	MB2_RSDP2 = 15
};

/* A tag's string, which may lack its NUL. */
static void mb2_string(const uint8_t *text, uint32_t size, char *dst, size_t dst_size)
{
	size_t length = strnlen((const char *)text, size);

	if (length > dst_size - 1) {
		log_warn("multiboot: a command line of more than %u bytes was cut\n",
			 (unsigned int)dst_size - 1);
		length = dst_size - 1;
	}
	memcpy(dst, text, length);
	dst[length] = 0;
}

static void mb2_module(const uint8_t *tag, uint32_t size, struct boot_info *bi)
{
	struct boot_module *m;

	if (size < 16) {
		log_warn("multiboot: module tag of %u bytes, ignored\n", size);
		return;
	}
	m = add_module(bi, u32_at(tag + 8), u32_at(tag + 12));
	if (!m)
		return;
	mb2_string(tag + 16, size - 16, m->cmdline, sizeof(m->cmdline));
	strip_name(m->cmdline, true);
}

static void mb2_memory_map(const uint8_t *tag, uint32_t size, struct boot_info *bi)
{
	uint32_t at, entry_size;

	if (size < 16 || u32_at(tag + 8) < MB2_MMAP_MIN_ENTRY) {
		log_warn("multiboot: unusable tag with a memory map (%u bytes)\n", size);
		return;
	}
	entry_size = u32_at(tag + 8);
	for (at = 16; size - at >= entry_size; at += entry_size)
		if (!add_region(bi, u64_at(tag + at), u64_at(tag + at + 8), u32_at(tag + at + 16)))
			break;
}

static void mb2_tag(const uint8_t *tag, uint32_t type, uint32_t size, maddr_t address,
		    struct boot_info *bi)
{
	switch (type) {
	case MB2_CMDLINE:
		mb2_string(tag + 8, size - 8, bi->cmdline, sizeof(bi->cmdline));
		strip_name(bi->cmdline, true);
		break;
	case MB2_MODULE:
		mb2_module(tag, size, bi);
		break;
	case MB2_MMAP:
		if (!bi->n_regions)
			mb2_memory_map(tag, size, bi);
		break;
	case MB2_RSDP1:
		if (!bi->rsdp && size >= 8 + 20)
			bi->rsdp = address + 8;
		break;
	case MB2_RSDP2: /* the better one, whichever comes first */
		if (size >= 8 + 36)
			bi->rsdp = address + 8;
		break;
	default:
		break;
	}
}

static int mb2_parse(maddr_t address, boot_phys_fn phys, struct boot_info *bi)
{
	const uint8_t *info = phys(address, MB2_HEADER_SIZE);
	uint32_t total, at;

	total = info ? u32_at(info) : 0;
	if (total < MB2_HEADER_SIZE || total > MB2_MAX_SIZE || !(info = phys(address, total))) {
		log_err("multiboot: information at %lx, %u bytes, is out of reach\n",
			(unsigned long)address, total);
		return -EFAULT;
	}
	for (at = MB2_HEADER_SIZE; total - at >= 8;) {
		uint32_t type = u32_at(info + at), size = u32_at(info + at + 4), step;

		if (type == MB2_END)
			break;
		if (size < 8 || size > total - at) {
			log_warn("multiboot: tag %u of %u bytes, the rest is ignored\n", type,
				 size);
			break;
		}
		mb2_tag(info + at, type, size, address + at, bi);
		step = ALIGN_UP(size, 8U);
		if (step > total - at)
			break;
		at += step;
	}
	if (!bi->n_regions) {
		log_err("multiboot: the loader gave no memory map\n");
		return -ENOENT;
	}
	if (bi->rsdp)
		boot_reserve(bi, address, address + total);
	return 0;
}

int multiboot_parse(uint32_t magic, maddr_t info, boot_phys_fn phys, struct boot_info *bi)
{
	memset(bi, 0, sizeof(*bi));
	if (magic == MB1_LOADER_MAGIC)
		return mb1_parse(info, phys, bi);
	if (magic == MB2_LOADER_MAGIC)
		return mb2_parse(info, phys, bi);
	log_err("multiboot: started by something that is not a multiboot loader (%x)\n", magic);
	return -EINVAL;
}
