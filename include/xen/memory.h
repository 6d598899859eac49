/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory reservation and frame number calls (hypercall 12). */
#ifndef SHOJI_XEN_MEMORY_H
#define SHOJI_XEN_MEMORY_H

#include "xen.h"
#include "physdev.h"

#define XENMEM_increase_reservation	 0 /* xen_memory_reservation; result: extents done */
#define XENMEM_decrease_reservation	 1 /* xen_memory_reservation; result: extents done */
#define XENMEM_maximum_ram_page		 2 /* result: highest frame number */
#define XENMEM_current_reservation	 3 /* xen_memory_domain; result: pages */
#define XENMEM_maximum_reservation	 4 /* xen_memory_domain; result: pages */
#define XENMEM_machphys_mfn_list	 5 /* xen_machphys_mfn_list */
#define XENMEM_populate_physmap		 6 /* xen_memory_reservation; result: extents done */
#define XENMEM_add_to_physmap		 7 /* xen_add_to_physmap */
#define XENMEM_memory_map		 9 /* xen_memory_map: the caller's own */
#define XENMEM_machine_memory_map	 10 /* xen_memory_map: the machine's */
#define XENMEM_exchange			 11 /* xen_memory_exchange */
#define XENMEM_machphys_mapping		 12 /* xen_machphys_mapping */
#define XENMEM_set_memory_map		 13 /* xen_foreign_memory_map */
#define XENMEM_maximum_gpfn		 14 /* xen_memory_domain; result: highest PFN */
#define XENMEM_remove_from_physmap	 15 /* xen_remove_from_physmap */
#define XENMEM_set_pod_target		 16 /* xen_pod_target */
#define XENMEM_get_pod_target		 17 /* xen_pod_target */
#define XENMEM_get_sharing_freed_pages	 18
#define XENMEM_get_sharing_shared_pages	 19
#define XENMEM_paging_op		 20
#define XENMEM_access_op		 21
#define XENMEM_sharing_op		 22
#define XENMEM_add_to_physmap_batch	 23 /* xen_add_to_physmap_batch */
#define XENMEM_claim_pages		 24 /* xen_memory_reservation */
#define XENMEM_machphys_compat_mfn_list	 25 /* xen_machphys_mfn_list: 32-bit M2P */
#define XENMEM_get_vnumainfo		 26 /* xen_vnuma_topology_info */
#define XENMEM_reserved_device_memory_map 27 /* xen_reserved_device_memory_map */
#define XENMEM_acquire_resource		 28 /* xen_mem_acquire_resource */

/* mem_flags: widest address in bits (0: any), node + 1, and single bits. */
#define XENMEMF_address_bits(x)	    (x)
#define XENMEMF_get_address_bits(x) ((x) & 0xffU)
#define XENMEMF_node(x)		    (((x) + 1) << 8)
#define XENMEMF_get_node(x)	    ((((x) >> 8) - 1) & 0xffU)
#define XENMEMF_populate_on_demand  (1 << 16)
#define XENMEMF_exact_node_request  (1 << 17)
#define XENMEMF_exact_node(n)	    (XENMEMF_node(n) | XENMEMF_exact_node_request)
#define XENMEMF_vnode		    (1 << 18)

struct xen_memory_reservation {
	XEN_GUEST_HANDLE(xen_pfn_t) extent_start; /* first frame of each extent, in or out */
	xen_ulong_t nr_extents;
	uint32_t extent_order; /* an extent is 2^order pages */
	uint32_t mem_flags; /* XENMEMF_* */
	domid_t domid;
};
typedef struct xen_memory_reservation xen_memory_reservation_t;

/* Give the frames of "in", get those of "out" in their place; the same number of pages. */
struct xen_memory_exchange {
	struct xen_memory_reservation in;
	struct xen_memory_reservation out;
	xen_ulong_t nr_exchanged; /* of in's extents; 0 at the first call */
};
typedef struct xen_memory_exchange xen_memory_exchange_t;

struct xen_memory_domain {
	domid_t domid;
};

struct xen_machphys_mfn_list {
	uint32_t max_extents; /* room at extent_start */
	XEN_GUEST_HANDLE(xen_pfn_t) extent_start; /* out: a frame for each 2 MiB of M2P */
	uint32_t nr_extents; /* out */
};
typedef struct xen_machphys_mfn_list xen_machphys_mfn_list_t;

struct xen_machphys_mapping {
	xen_ulong_t v_start, v_end; /* where the M2P may be read */
	xen_ulong_t max_mfn;
};
typedef struct xen_machphys_mapping xen_machphys_mapping_t;

#define XENMAPSPACE_shared_info	 0
#define XENMAPSPACE_grant_table	 1
#define XENMAPSPACE_gmfn	 2
#define XENMAPSPACE_gmfn_range	 3
#define XENMAPSPACE_gmfn_foreign 4
#define XENMAPSPACE_dev_mmio	 5

#define XENMAPIDX_grant_table_status 0x80000000 /* in idx: the status frames of a v2 table */

struct xen_add_to_physmap {
	domid_t domid;
	uint16_t size; /* pages, gmfn_range only */
	uint32_t space; /* XENMAPSPACE_* */
	xen_ulong_t idx;
	xen_pfn_t gpfn;
};
typedef struct xen_add_to_physmap xen_add_to_physmap_t;

union xen_add_to_physmap_batch_extra {
	domid_t foreign_domid;
	uint16_t res0;
};

struct xen_add_to_physmap_batch {
	domid_t domid;
	uint16_t space; /* XENMAPSPACE_* */
	uint16_t size; /* entries in each array */
	union xen_add_to_physmap_batch_extra u;
	XEN_GUEST_HANDLE(xen_ulong_t) idxs;
	XEN_GUEST_HANDLE(xen_pfn_t) gpfns;
	XEN_GUEST_HANDLE(int) errs; /* out: a result each */
};
typedef struct xen_add_to_physmap_batch xen_add_to_physmap_batch_t;

struct xen_remove_from_physmap {
	domid_t domid;
	xen_pfn_t gpfn;
};
typedef struct xen_remove_from_physmap xen_remove_from_physmap_t;

/* Entries are packed, 20 bytes each: address u64, length u64, type u32. */
struct xen_memory_map {
	uint32_t nr_entries; /* in: room; out: written */
	XEN_GUEST_HANDLE(void) buffer;
};
typedef struct xen_memory_map xen_memory_map_t;

struct xen_foreign_memory_map {
	domid_t domid;
	struct xen_memory_map map;
};
typedef struct xen_foreign_memory_map xen_foreign_memory_map_t;

struct xen_pod_target {
	uint64_t target_pages; /* in */
	uint64_t tot_pages; /* out, as the following */
	uint64_t pod_cache_pages;
	uint64_t pod_entries;
	domid_t domid; /* in */
};
typedef struct xen_pod_target xen_pod_target_t;

struct xen_reserved_device_memory {
	xen_pfn_t start_pfn;
	xen_ulong_t nr_pages;
};
typedef struct xen_reserved_device_memory xen_reserved_device_memory_t;

#define XENMEM_RDM_ALL 1 /* of all devices, not only of dev */

struct xen_reserved_device_memory_map {
	uint32_t flags; /* XENMEM_RDM_* */
	uint32_t nr_entries; /* in: room; out: how many there are */
	XEN_GUEST_HANDLE(xen_reserved_device_memory_t) buffer;
	union {
		physdev_pci_device_t pci;
	} dev;
};
typedef struct xen_reserved_device_memory_map xen_reserved_device_memory_map_t;

#define XENMEM_resource_ioreq_server 0
#define XENMEM_resource_grant_table  1
#define XENMEM_resource_vmtrace_buf  2

#define XENMEM_resource_grant_table_id_shared 0
#define XENMEM_resource_grant_table_id_status 1

struct xen_mem_acquire_resource {
	domid_t domid;
	uint16_t type; /* XENMEM_resource_* */
	uint32_t id;
	uint32_t nr_frames; /* 0 with a null list: ask how many there are */
	uint32_t pad; /* 0 */
	uint64_t frame; /* first one */
	XEN_GUEST_HANDLE(xen_pfn_t) frame_list; /* PV: out, machine frames */
};
typedef struct xen_mem_acquire_resource xen_mem_acquire_resource_t;

struct xen_vmemrange {
	uint64_t start, end;
	uint32_t flags;
	uint32_t nid;
};
typedef struct xen_vmemrange xen_vmemrange_t;

struct xen_vnuma_topology_info {
	domid_t domid;
	uint16_t pad;
	uint32_t nr_vnodes; /* in: room; out: how many there are; so the next two */
	uint32_t nr_vcpus;
	uint32_t nr_vmemranges;
	union {
		XEN_GUEST_HANDLE(unsigned int) h;
		uint64_t pad;
	} vdistance;
	union {
		XEN_GUEST_HANDLE(unsigned int) h;
		uint64_t pad;
	} vcpu_to_vnode;
	union {
		XEN_GUEST_HANDLE(xen_vmemrange_t) h;
		uint64_t pad;
	} vmemrange;
};
typedef struct xen_vnuma_topology_info xen_vnuma_topology_info_t;

#endif
