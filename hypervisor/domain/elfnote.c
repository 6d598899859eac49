// SPDX-License-Identifier: GPL-2.0-only
/*
 * The notes of a PV kernel. Those of one type that come later win, as a kernel's sections and
 * segments usually show the same notes twice. Numbers are 4 or 8 bytes wide, by the note's size.
 * A kernel without notes may have the section __xen_guest in their place: KEY=VALUE, separated by
 * commas.
 */
#include <hv/domain/elfnote.h>
#include <hv/console/printk.h>
#include <hv/errno.h>
#include <hv/layout.h>
#include <hv/lib/lib.h>
#include <x86/image.h>
#include <xen/elfnote.h>
#include <xen/features.h>

/* While reading: which notes were there, and what was wrong with one. */
struct reading {
	struct kernel_notes *notes;
	uint32_t seen;		/* bit: note type, or that of the key in __xen_guest */
	char xen_version[NOTE_TEXT];
	const char *fault;	/* first one, NULL: none */
};

static const struct {
	const char *name;
	unsigned int bit;
} feature_names[] = {
	{"writable_page_tables", XENFEAT_writable_page_tables},
	{"writable_descriptor_tables", XENFEAT_writable_descriptor_tables},
	{"auto_translated_physmap", XENFEAT_auto_translated_physmap},
	{"supervisor_mode_kernel", XENFEAT_supervisor_mode_kernel},
	{"pae_pgdir_above_4gb", XENFEAT_pae_pgdir_above_4gb},
	{"hvm_callback_vector", XENFEAT_hvm_callback_vector},
	{"dom0", XENFEAT_dom0},
};

/* ---- Values ---------------------------------------------------------------------------------- */

static uint64_t number_at(const uint8_t *p, uint32_t bytes)
{
	uint64_t n = 0;

	while (bytes--)
		n = n << 8 | p[bytes];
	return n;
}

static uint64_t note_number(struct reading *r, const struct elf_note *note)
{
	if (note->desc_size != 4 && note->desc_size != 8) {
		r->fault = r->fault ? r->fault : "a number of neither 4 nor 8 bytes";
		return 0;
	}
	return number_at(note->desc, note->desc_size);
}

/* Copy a text of at most `room` bytes, cut where it does not fit. */
static void put_text(char to[NOTE_TEXT], const char *text, size_t room)
{
	size_t length = strnlen(text, MIN(room, NOTE_TEXT - 1U));

	memcpy(to, text, length);
	to[length] = 0;
}

static void note_text(const struct elf_note *note, char text[NOTE_TEXT])
{
	put_text(text, (const char *)note->desc, note->desc_size);
}

/* One name of the FEATURES note, length bytes, perhaps with '!' in front. */
static void add_feature(struct reading *r, const char *name, size_t length)
{
	bool required = length && *name == '!';

	if (required) {
		name++;
		length--;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(feature_names); i++) {
		if (strlen(feature_names[i].name) != length ||
		    memcmp(feature_names[i].name, name, length) != 0)
			continue;
		r->notes->supported |= 1U << feature_names[i].bit;
		if (required)
			r->notes->required |= 1U << feature_names[i].bit;
		return;
	}
	if (required)
		r->fault = r->fault ? r->fault : "it requires a feature of an unknown name";
}

static void add_features(struct reading *r, const char *text, size_t room)
{
	size_t size = strnlen(text, room), at = 0;

	while (at < size) {
		const char *bar = memchr(text + at, '|', size - at);
		size_t length = bar ? (size_t)(bar - (text + at)) : size - at;

		add_feature(r, text + at, length);
		at += length + 1;
	}
}

/* ---- Notes ----------------------------------------------------------------------------------- */

static int read_note(const struct elf_note *note, void *arg)
{
	struct reading *r = arg;
	struct kernel_notes *n = r->notes;

	if (note->name_size != 4 || memcmp(note->name, "Xen", 4) != 0 ||
	    note->type > XEN_ELFNOTE_MAX)
		return 0;
	r->seen |= 1U << note->type;
	switch (note->type) {
	case XEN_ELFNOTE_ENTRY:		 n->entry = note_number(r, note); break;
	case XEN_ELFNOTE_HYPERCALL_PAGE: n->hypercall_page = note_number(r, note); break;
	case XEN_ELFNOTE_VIRT_BASE:	 n->virt_base = note_number(r, note); break;
	case XEN_ELFNOTE_PADDR_OFFSET:	 n->paddr_offset = note_number(r, note); break;
	case XEN_ELFNOTE_INIT_P2M:	 n->init_p2m = note_number(r, note); break;
	case XEN_ELFNOTE_SUPPORTED_FEATURES: n->supported |= (uint32_t)note_number(r, note); break;
	case XEN_ELFNOTE_MOD_START_PFN:	 n->mod_start_pfn = note_number(r, note); break;
	case XEN_ELFNOTE_FEATURES:
		add_features(r, (const char *)note->desc, note->desc_size);
		break;
	case XEN_ELFNOTE_XEN_VERSION:	 note_text(note, r->xen_version); break;
	case XEN_ELFNOTE_GUEST_OS:	 note_text(note, n->guest_os); break;
	case XEN_ELFNOTE_GUEST_VERSION:	 note_text(note, n->guest_version); break;
	case XEN_ELFNOTE_LOADER:	 note_text(note, n->loader); break;
	default: break;
	}
	return 0;
}

/* ---- The section __xen_guest ----------------------------------------------------------------- */

static unsigned int digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	c |= 'a' ^ 'A';
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10 : 16;
}

/* A number as C writes it: decimal, 0x hexadecimal, 0 octal. */
static uint64_t key_number(struct reading *r, const char *text, size_t length)
{
	unsigned int base = 10;
	uint64_t n = 0;
	size_t i = 0;

	if (length > 1 && text[0] == '0') {
		base = (text[1] | ('a' ^ 'A')) == 'x' ? 16 : 8;
		i = base == 16 ? 2 : 1;
	}
	if (i == length)
		r->fault = r->fault ? r->fault : "a key without a number";
	for (; i < length; i++)
		if (digit(text[i]) >= base || __builtin_mul_overflow(n, base, &n) ||
		    __builtin_add_overflow(n, digit(text[i]), &n)) {
			r->fault = r->fault ? r->fault : "a number that cannot be read";
			return 0;
		}
	return n;
}

/* The keys that count, by the notes that say the same. PAE and BSD_SYMTAB change nothing here. */
static const struct {
	const char *name;
	uint32_t type;
} keys[] = {
	{"GUEST_OS", XEN_ELFNOTE_GUEST_OS},
	{"GUEST_VER", XEN_ELFNOTE_GUEST_VERSION},
	{"XEN_VER", XEN_ELFNOTE_XEN_VERSION},
	{"LOADER", XEN_ELFNOTE_LOADER},
	{"VIRT_BASE", XEN_ELFNOTE_VIRT_BASE},
	{"VIRT_ENTRY", XEN_ELFNOTE_ENTRY},
	{"ELF_PADDR_OFFSET", XEN_ELFNOTE_PADDR_OFFSET},
	{"HYPERCALL_PAGE", XEN_ELFNOTE_HYPERCALL_PAGE},
	{"FEATURES", XEN_ELFNOTE_FEATURES},
};

static void read_key(struct reading *r, uint32_t type, const char *value, size_t length)
{
	struct kernel_notes *n = r->notes;

	r->seen |= 1U << type;
	switch (type) {
	case XEN_ELFNOTE_GUEST_OS:	put_text(n->guest_os, value, length); break;
	case XEN_ELFNOTE_GUEST_VERSION: put_text(n->guest_version, value, length); break;
	case XEN_ELFNOTE_XEN_VERSION:	put_text(r->xen_version, value, length); break;
	case XEN_ELFNOTE_LOADER:	put_text(n->loader, value, length); break;
	case XEN_ELFNOTE_VIRT_BASE:	n->virt_base = key_number(r, value, length); break;
	case XEN_ELFNOTE_ENTRY:		n->entry = key_number(r, value, length); break;
	case XEN_ELFNOTE_PADDR_OFFSET:	n->paddr_offset = key_number(r, value, length); break;
	case XEN_ELFNOTE_HYPERCALL_PAGE: n->hypercall_page = key_number(r, value, length); break;
	case XEN_ELFNOTE_FEATURES:	add_features(r, value, length); break;
	default: break;
	}
}

/* One KEY=VALUE of `length` bytes. Keys that do not count are skipped, as those without '=' are. */
static void read_pair(struct reading *r, const char *pair, size_t length)
{
	const char *equals = memchr(pair, '=', length);
	size_t name = equals ? (size_t)(equals - pair) : 0;

	for (unsigned int i = 0; name && i < ARRAY_SIZE(keys); i++)
		if (strlen(keys[i].name) == name && memcmp(keys[i].name, pair, name) == 0)
			read_key(r, keys[i].type, equals + 1, length - name - 1);
}

/* HYPERCALL_PAGE is the number of a page above VIRT_BASE, PADDR_OFFSET defaults to VIRT_BASE. */
static void read_guest_section(const struct elf_image *elf, struct reading *r)
{
	struct kernel_notes *n = r->notes;
	const uint8_t *data = NULL;
	const char *text;
	size_t size, at = 0;

	size = elf_section(elf, "__xen_guest", &data);
	text = (const char *)data;
	if (size)
		size = strnlen(text, size);
	while (at < size) {
		const char *comma = memchr(text + at, ',', size - at);
		size_t length = comma ? (size_t)(comma - (text + at)) : size - at;

		read_pair(r, text + at, length);
		at += length + 1;
	}
	if (n->hypercall_page > UINT64_MAX >> PAGE_SHIFT)
		r->fault = r->fault ? r->fault : "a hypercall page beyond the address space";
	n->hypercall_page = (n->hypercall_page << PAGE_SHIFT) + n->virt_base;
	if (!(r->seen & 1U << XEN_ELFNOTE_PADDR_OFFSET))
		n->paddr_offset = n->virt_base;
}

/* ---- Checks ---------------------------------------------------------------------------------- */

static int refuse(int rc, const char *why)
{
	log_err("kernel: %s\n", why);
	return rc;
}

static int check_features(const struct kernel_notes *n, uint32_t provided)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(feature_names); i++)
		if (n->required & ~provided & (1U << feature_names[i].bit)) {
			log_err("kernel: it requires %s, which is not provided\n",
				feature_names[i].name);
			return -EOPNOTSUPP;
		}
	return 0;
}

/* A page's address, canonical, and not ours. */
static bool good_p2m_address(uint64_t va)
{
	return !(va & (PAGE_SIZE - 1)) && (va < GUEST_LOW_END || va >= HV_VIRT_END);
}

/* The image in virtual addresses, and the kernel's own addresses against it. */
static int check_addresses(const struct elf_image *elf, struct kernel_notes *n)
{
	uint64_t size;

	if (elf->paddr_start < n->paddr_offset)
		return refuse(-EINVAL, "a segment lies below its PADDR_OFFSET");
	size = elf->paddr_end - n->paddr_offset;
	if (size > GIB(1) || (n->virt_base & (PAGE_SIZE - 1)) || n->virt_base > UINT64_MAX - GIB(1))
		return refuse(-EINVAL, "its image does not fit at its VIRT_BASE");
	n->image_start = n->virt_base + ALIGN_DOWN(elf->paddr_start - n->paddr_offset, PAGE_SIZE);
	n->image_end = n->virt_base + ALIGN_UP(size, PAGE_SIZE);
	if (n->virt_base < HV_VIRT_END && n->image_end > GUEST_LOW_END)
		return refuse(-EINVAL, "its image lies in the hypervisor's part of the address "
				       "space");
	if (n->entry < n->image_start || n->entry >= n->image_end)
		return refuse(-EINVAL, "its entry point lies outside of its image");
	if (n->has_hypercall_page &&
	    ((n->hypercall_page & (PAGE_SIZE - 1)) || n->hypercall_page < n->image_start ||
	     n->hypercall_page >= n->image_end))
		return refuse(-EINVAL, "its hypercall page lies outside of its image");
	if (n->has_init_p2m && !good_p2m_address(n->init_p2m))
		return refuse(-EINVAL, "the address for its P2M is not one of a page that a guest "
				       "can use");
	return 0;
}

int kernel_notes_parse(const struct elf_image *elf, uint32_t provided, struct kernel_notes *notes)
{
	const uint32_t pv = 1U << XEN_ELFNOTE_ENTRY | 1U << XEN_ELFNOTE_VIRT_BASE;
	struct reading r = {.notes = notes};
	int rc;

	memset(notes, 0, sizeof(*notes));
	elf_for_each_note(elf, read_note, &r);
	if (!r.seen)
		read_guest_section(elf, &r);
	if (!r.seen)
		return refuse(-ENOEXEC, "it has no Xen notes and no section __xen_guest: it was "
					"built without CONFIG_XEN_PV, or is no kernel");
	if (r.fault) {
		log_err("kernel: bad Xen note: %s\n", r.fault);
		return -ENOEXEC;
	}
	if (!(r.seen & 1U << XEN_ELFNOTE_XEN_VERSION) ||
	    (r.seen & 1U << XEN_ELFNOTE_PHYS32_ENTRY && !(r.seen & pv)))
		return refuse(-ENOEXEC, "its notes are those of a PVH kernel: it cannot run as PV");
	if (r.seen & 1U << XEN_ELFNOTE_PADDR_OFFSET && !(r.seen & 1U << XEN_ELFNOTE_VIRT_BASE))
		return refuse(-EINVAL, "it has a PADDR_OFFSET without a VIRT_BASE");
	if (!(r.seen & 1U << XEN_ELFNOTE_ENTRY))
		notes->entry = elf->entry;
	if (strncmp(r.xen_version, "xen-3.0", strlen("xen-3.0")) != 0) {
		log_err("kernel: it was built for the interface '%s', not xen-3.0\n",
			r.xen_version);
		return -ENOEXEC;
	}
	notes->has_init_p2m = r.seen & 1U << XEN_ELFNOTE_INIT_P2M;
	notes->has_hypercall_page = r.seen & 1U << XEN_ELFNOTE_HYPERCALL_PAGE;
	rc = check_features(notes, provided);
	return rc ? rc : check_addresses(elf, notes);
}
