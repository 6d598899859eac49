/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a PV kernel says of itself in its ELF notes with the owner "Xen" (numbers: xen/elfnote.h),
 * or, without such notes, in its section __xen_guest (ABI.md 1.5).
 */
#ifndef HV_DOMAIN_ELFNOTE_H
#define HV_DOMAIN_ELFNOTE_H

#include <hv/domain/elf.h>

#define NOTE_TEXT 32
/* A guest's addresses end here, and begin again at HV_VIRT_END. */
#define GUEST_LOW_END (UINT64_C(1) << 47)

struct kernel_notes {
	uint64_t entry;			/* first instruction, inside the image */
	uint64_t virt_base;		/* virtual address of pseudo-physical 0 */
	uint64_t paddr_offset;		/* a segment is loaded at paddr - paddr_offset */
	bool has_init_p2m;
	uint64_t init_p2m;		/* where the P2M is wanted; not given: dom0_layout.c */
	bool mod_start_pfn;		/* the initrd need not be mapped */
	bool has_hypercall_page;
	uint64_t hypercall_page;	/* virtual address of the page to fill */
	uint32_t required,
		supported; /* XENFEAT_* bits that the kernel needs; that it can work with */
	char guest_os[NOTE_TEXT], guest_version[NOTE_TEXT], loader[NOTE_TEXT];
	/* Where the segments lie in the kernel's own address space, 4 KiB aligned outwards. */
	uint64_t image_start, image_end; /* virtual: virt_base + paddr - paddr_offset */
};

/*
 * Read the notes of a kernel that elf_parse() accepted, or its section __xen_guest, and check them
 * against the file and against what we offer. An entry point that is not given is the ELF header's,
 * a VIRT_BASE that is not given is 0. provided: the XENFEAT_* bits that a kernel may require; not
 * those of XENVER_get_features, which does not show writable_page_tables to a PV guest though Linux
 * requires it of its builder (hv/domain/dom0_build.h). A kernel that can be Domain-0 has the bit
 * XENFEAT_dom0 in supported; the caller looks. 0, or with a line in the log that says what is
 * missing: -ENOEXEC (no PV kernel, another interface than xen-3.0), -EOPNOTSUPP (it needs a feature
 * that is not provided), -EINVAL (addresses that do not fit together).
 */
int kernel_notes_parse(const struct elf_image *elf, uint32_t provided, struct kernel_notes *notes);

#endif
