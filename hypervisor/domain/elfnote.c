// SPDX-License-Identifier: GPL-2.0-only
/*
 * The notes of a PV kernel. Those of one type that come later win, as a kernel's sections and
 * segments usually show the same notes twice. Numbers are 4 or 8 bytes wide, by the note's size.
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
	uint32_t seen;		/* bit: note type */
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

static void note_text(const struct elf_note *note, char text[NOTE_TEXT])
{
	size_t length = strnlen((const char *)note->desc, MIN(note->desc_size, NOTE_TEXT - 1U));

	memcpy(text, note->desc, length);
	text[length] = 0;
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

static void note_features(struct reading *r, const struct elf_note *note)
{
	const char *text = (const char *)note->desc;
	size_t size = strnlen(text, note->desc_size), at = 0;

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
	case XEN_ELFNOTE_FEATURES:	 note_features(r, note); break;
	case XEN_ELFNOTE_XEN_VERSION:	 note_text(note, r->xen_version); break;
	case XEN_ELFNOTE_GUEST_OS:	 note_text(note, n->guest_os); break;
	case XEN_ELFNOTE_GUEST_VERSION:	 note_text(note, n->guest_version); break;
	case XEN_ELFNOTE_LOADER:	 note_text(note, n->loader); break;
	default: break;
	}
	return 0;
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

/* Aligned so that the P2M begins with L2 tables of its own, and canonical, and not ours. */
static bool good_p2m_address(uint64_t va)
{
	return !(va & (MIB(512) - 1)) && (va < UINT64_C(1) << 47 || va >= HV_VIRT_END);
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
	if (n->image_start < HV_VIRT_END)
		return refuse(-EINVAL, "its image lies in the user's or the hypervisor's part of "
				       "the address space");
	if (n->entry < n->image_start || n->entry >= n->image_end)
		return refuse(-EINVAL, "its entry point lies outside of its image");
	if (n->has_hypercall_page &&
	    ((n->hypercall_page & (PAGE_SIZE - 1)) || n->hypercall_page < n->image_start ||
	     n->hypercall_page >= n->image_end))
		return refuse(-EINVAL, "its hypercall page lies outside of its image");
	if (n->has_init_p2m && !good_p2m_address(n->init_p2m))
		return refuse(-EINVAL, "the address for its P2M is not a multiple of 512 MiB that "
				       "a guest can use");
	return 0;
}

int kernel_notes_parse(const struct elf_image *elf, uint32_t provided, struct kernel_notes *notes)
{
	const uint32_t needed = 1U << XEN_ELFNOTE_ENTRY | 1U << XEN_ELFNOTE_VIRT_BASE |
				1U << XEN_ELFNOTE_XEN_VERSION;
	struct reading r = {.notes = notes};
	int rc;

	memset(notes, 0, sizeof(*notes));
	elf_for_each_note(elf, read_note, &r);
	if (!r.seen)
		return refuse(
			-ENOEXEC,
			"it has no Xen notes: it was built without CONFIG_XEN_PV, or is no kernel");
	if (r.fault) {
		log_err("kernel: bad Xen note: %s\n", r.fault);
		return -ENOEXEC;
	}
	if ((r.seen & needed) != needed)
		return refuse(-ENOEXEC, "its notes ENTRY, VIRT_BASE, XEN_VERSION are not all "
					"there: it cannot run as PV");
	if (strcmp(r.xen_version, "xen-3.0") != 0) {
		log_err("kernel: it was built for the interface '%s', not xen-3.0\n",
			r.xen_version);
		return -ENOEXEC;
	}
	notes->has_init_p2m = r.seen & 1U << XEN_ELFNOTE_INIT_P2M;
	notes->has_hypercall_page = r.seen & 1U << XEN_ELFNOTE_HYPERCALL_PAGE;
	rc = check_features(notes, provided);
	return rc ? rc : check_addresses(elf, notes);
}
