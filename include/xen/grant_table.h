/* SPDX-License-Identifier: GPL-2.0-only */
/* Grant tables: the entries in guest memory, and the calls (hypercall 20). */
#ifndef SHOJI_XEN_GRANT_TABLE_H
#define SHOJI_XEN_GRANT_TABLE_H

#include "xen.h"

typedef uint32_t grant_ref_t;	 /* index of an entry */
typedef uint32_t grant_handle_t; /* names a mapping, to undo it */

/* ---- Entries --------------------------------------------------------------------------------- */

/*
 * The granter writes frame and domid, then flags; we set the two "in use" flags by
 * compare-and-swap.
 */
struct grant_entry_v1 {
	uint16_t flags; /* GTF_* */
	domid_t domid; /* who may use it */
	uint32_t frame;
};
typedef struct grant_entry_v1 grant_entry_v1_t;

#define GNTTAB_NR_RESERVED_ENTRIES 8 /* the toolstack's; a kernel allocates from here upwards */
#define GNTTAB_RESERVED_CONSOLE	   0
#define GNTTAB_RESERVED_XENSTORE   1

/* Kind of entry. */
#define GTF_invalid	    (0U << 0)
#define GTF_permit_access   (1U << 0)
#define GTF_accept_transfer (2U << 0)
#define GTF_transitive	    (3U << 0)
#define GTF_type_mask	    (3U << 0)

/* With GTF_permit_access. */
#define _GTF_readonly 2
#define GTF_readonly  (1U << _GTF_readonly)
#define _GTF_reading  3 /* ours: mapped or being copied from */
#define GTF_reading   (1U << _GTF_reading)
#define _GTF_writing  4 /* ours: and so for writing */
#define GTF_writing   (1U << _GTF_writing)
#define _GTF_PWT      5
#define GTF_PWT	      (1U << _GTF_PWT)
#define _GTF_PCD      6
#define GTF_PCD	      (1U << _GTF_PCD)
#define _GTF_PAT      7
#define GTF_PAT	      (1U << _GTF_PAT)
#define _GTF_sub_page 8
#define GTF_sub_page  (1U << _GTF_sub_page)

/* With GTF_accept_transfer. */
#define _GTF_transfer_committed 2
#define GTF_transfer_committed	(1U << _GTF_transfer_committed)
#define _GTF_transfer_completed 3
#define GTF_transfer_completed	(1U << _GTF_transfer_completed)

struct grant_entry_header {
	uint16_t flags;
	domid_t domid;
};
typedef struct grant_entry_header grant_entry_header_t;

union grant_entry_v2 {
	grant_entry_header_t hdr;
	struct {
		grant_entry_header_t hdr;
		uint32_t pad0;
		uint64_t frame;
	} full_page;
	struct {
		grant_entry_header_t hdr;
		uint16_t page_off;
		uint16_t length;
		uint64_t frame;
	} sub_page;
	struct {
		grant_entry_header_t hdr;
		domid_t trans_domid;
		uint16_t pad0;
		grant_ref_t gref;
	} transitive;
	uint32_t __spacer[4];
};
typedef union grant_entry_v2 grant_entry_v2_t;

typedef uint16_t grant_status_t; /* GTF_reading and GTF_writing of a v2 entry, in its own array */

/* ---- Calls: an array of records, each with a status of its own ------------------------------- */
#define GNTTABOP_map_grant_ref	   0
#define GNTTABOP_unmap_grant_ref   1
#define GNTTABOP_setup_table	   2
#define GNTTABOP_dump_table	   3
#define GNTTABOP_transfer	   4
#define GNTTABOP_copy		   5
#define GNTTABOP_query_size	   6
#define GNTTABOP_unmap_and_replace 7
#define GNTTABOP_set_version	   8
#define GNTTABOP_get_status_frames 9
#define GNTTABOP_get_version	   10
#define GNTTABOP_swap_grant_ref	   11
#define GNTTABOP_cache_flush	   12

/* Flags of map_grant_ref. */
#define _GNTMAP_device_map	0 /* for DMA: dev_bus_addr */
#define GNTMAP_device_map	(1 << _GNTMAP_device_map)
#define _GNTMAP_host_map	1 /* for the CPU: host_addr */
#define GNTMAP_host_map		(1 << _GNTMAP_host_map)
#define _GNTMAP_readonly	2
#define GNTMAP_readonly		(1 << _GNTMAP_readonly)
#define _GNTMAP_application_map 3 /* user mode may use the mapping */
#define GNTMAP_application_map	(1 << _GNTMAP_application_map)
#define _GNTMAP_contains_pte	4 /* host_addr is the machine address of a PTE */
#define GNTMAP_contains_pte	(1 << _GNTMAP_contains_pte)
#define _GNTMAP_guest_avail0	16 /* from here up: for the software bits of the PTE */
#define GNTMAP_guest_avail_mask ((uint32_t)~0 << _GNTMAP_guest_avail0)

struct gnttab_map_grant_ref {
	uint64_t host_addr; /* virtual address, or that of a PTE */
	uint32_t flags; /* GNTMAP_* */
	grant_ref_t ref;
	domid_t dom; /* the granter */

	int16_t status; /* GNTST_* */
	grant_handle_t handle;
	uint64_t dev_bus_addr;
};
typedef struct gnttab_map_grant_ref gnttab_map_grant_ref_t;

struct gnttab_unmap_grant_ref {
	uint64_t host_addr; /* as in the map, or 0 to keep that half */
	uint64_t dev_bus_addr;
	grant_handle_t handle;

	int16_t status;
};
typedef struct gnttab_unmap_grant_ref gnttab_unmap_grant_ref_t;

struct gnttab_setup_table {
	domid_t dom;
	uint32_t nr_frames;

	int16_t status;
	XEN_GUEST_HANDLE(xen_pfn_t) frame_list; /* given; we write nr_frames numbers there */
};
typedef struct gnttab_setup_table gnttab_setup_table_t;

struct gnttab_dump_table {
	domid_t dom;

	int16_t status;
};
typedef struct gnttab_dump_table gnttab_dump_table_t;

struct gnttab_transfer {
	xen_pfn_t mfn;
	domid_t domid;
	grant_ref_t ref;

	int16_t status;
};
typedef struct gnttab_transfer gnttab_transfer_t;

#define _GNTCOPY_source_gref 0 /* source.u is a grant, not a frame of the caller */
#define GNTCOPY_source_gref  (1 << _GNTCOPY_source_gref)
#define _GNTCOPY_dest_gref   1
#define GNTCOPY_dest_gref    (1 << _GNTCOPY_dest_gref)

struct gnttab_copy_ptr {
	union {
		grant_ref_t ref;
		xen_pfn_t gmfn;
	} u;
	domid_t domid;
	uint16_t offset; /* in the page; offset + len stays in it */
};

struct gnttab_copy {
	struct gnttab_copy_ptr source, dest;
	uint16_t len; /* bytes */
	uint16_t flags; /* GNTCOPY_* */

	int16_t status;
};
typedef struct gnttab_copy gnttab_copy_t;

struct gnttab_query_size {
	domid_t dom;

	uint32_t nr_frames;
	uint32_t max_nr_frames;
	int16_t status;
};
typedef struct gnttab_query_size gnttab_query_size_t;

struct gnttab_unmap_and_replace {
	uint64_t host_addr;
	uint64_t new_addr; /* whose PTE moves to host_addr */
	grant_handle_t handle;

	int16_t status;
};
typedef struct gnttab_unmap_and_replace gnttab_unmap_and_replace_t;

struct gnttab_set_version {
	uint32_t version; /* in: wanted; out: in force */
};
typedef struct gnttab_set_version gnttab_set_version_t;

struct gnttab_get_status_frames {
	uint32_t nr_frames;
	domid_t dom;

	int16_t status;
	XEN_GUEST_HANDLE(uint64_t) frame_list; /* given */
};
typedef struct gnttab_get_status_frames gnttab_get_status_frames_t;

struct gnttab_get_version {
	domid_t dom;
	uint16_t pad;

	uint32_t version;
};
typedef struct gnttab_get_version gnttab_get_version_t;

struct gnttab_swap_grant_ref {
	grant_ref_t ref_a;
	grant_ref_t ref_b;

	int16_t status;
};
typedef struct gnttab_swap_grant_ref gnttab_swap_grant_ref_t;

#define GNTTAB_CACHE_CLEAN	 (1U << 0)
#define GNTTAB_CACHE_INVAL	 (1U << 1)
#define GNTTAB_CACHE_SOURCE_GREF (1U << 31)

struct gnttab_cache_flush {
	union {
		uint64_t dev_bus_addr;
		grant_ref_t ref;
	} a;
	uint16_t offset;
	uint16_t length;
	uint32_t op; /* GNTTAB_CACHE_* */
};
typedef struct gnttab_cache_flush gnttab_cache_flush_t;

#define GNTST_okay		0
#define GNTST_general_error	(-1)
#define GNTST_bad_domain	(-2)
#define GNTST_bad_gntref	(-3)
#define GNTST_bad_handle	(-4)
#define GNTST_bad_virt_addr	(-5)
#define GNTST_bad_dev_addr	(-6)
#define GNTST_no_device_space	(-7) /* no room for another mapping */
#define GNTST_permission_denied (-8)
#define GNTST_bad_page		(-9)
#define GNTST_bad_copy_arg	(-10) /* a copy leaves its page */
#define GNTST_address_too_big	(-11)
#define GNTST_eagain		(-12)
#define GNTST_no_space		(-13) /* handles are used up */

#endif
