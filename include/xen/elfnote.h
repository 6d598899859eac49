/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ELF notes with the owner "Xen", in which a kernel tells how it wants to be started.
 * Numbers are 4 or 8 bytes wide, by the note's size; strings end with a NUL.
 */
#ifndef SHOJI_XEN_ELFNOTE_H
#define SHOJI_XEN_ELFNOTE_H

#define XEN_ELFNOTE_INFO	       0  /* free text */
#define XEN_ELFNOTE_ENTRY	       1  /* number: first instruction */
#define XEN_ELFNOTE_HYPERCALL_PAGE     2  /* number: page to fill with hypercall stubs */
#define XEN_ELFNOTE_VIRT_BASE	       3  /* number: virtual address of pseudo-physical 0 */
#define XEN_ELFNOTE_PADDR_OFFSET       4  /* number: what to subtract from a segment's p_paddr */
#define XEN_ELFNOTE_XEN_VERSION	       5  /* string: "xen-3.0" */
#define XEN_ELFNOTE_GUEST_OS	       6  /* string */
#define XEN_ELFNOTE_GUEST_VERSION      7  /* string */
#define XEN_ELFNOTE_LOADER	       8  /* string: "generic" */
#define XEN_ELFNOTE_PAE_MODE	       9  /* string */
#define XEN_ELFNOTE_FEATURES	       10 /* string: names with '|' between, '!' for required */
#define XEN_ELFNOTE_BSD_SYMTAB	       11 /* string: "yes" to load the symbols */
#define XEN_ELFNOTE_HV_START_LOW       12 /* number: lowest address that the hypervisor may use */
#define XEN_ELFNOTE_L1_MFN_VALID       13 /* pairs mask, value: what a valid L1 entry looks like */
#define XEN_ELFNOTE_SUSPEND_CANCEL     14 /* number: a suspend can be called off */
#define XEN_ELFNOTE_INIT_P2M	       15 /* number: virtual address wanted for the P2M */
#define XEN_ELFNOTE_MOD_START_PFN      16 /* number: 1 if the initrd need not be mapped */
#define XEN_ELFNOTE_SUPPORTED_FEATURES 17 /* number: bits of features.h */
#define XEN_ELFNOTE_PHYS32_ENTRY       18 /* number: PVH entry point */
#define XEN_ELFNOTE_PHYS32_RELOC       19 /* numbers: where a PVH kernel may be loaded */
#define XEN_ELFNOTE_MAX		       XEN_ELFNOTE_PHYS32_RELOC

/* Notes of crash and core dumps. */
#define XEN_ELFNOTE_CRASH_INFO		    0x1000001
#define XEN_ELFNOTE_CRASH_REGS		    0x1000002
#define XEN_ELFNOTE_DUMPCORE_NONE	    0x2000000
#define XEN_ELFNOTE_DUMPCORE_HEADER	    0x2000001
#define XEN_ELFNOTE_DUMPCORE_XEN_VERSION    0x2000002
#define XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION 0x2000003

#endif
