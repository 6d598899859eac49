/* SPDX-License-Identifier: GPL-2.0-only */
/* What the hypervisor says about itself (hypercall 17). */
#ifndef SHOJI_XEN_VERSION_H
#define SHOJI_XEN_VERSION_H

#include "xen.h"
#include "features.h"

#define XENVER_version		   0 /* result: major << 16 | minor */
#define XENVER_extraversion	   1 /* xen_extraversion_t */
#define XENVER_compile_info	   2 /* xen_compile_info */
#define XENVER_capabilities	   3 /* xen_capabilities_info_t: kinds of guests, blank between */
#define XENVER_changeset	   4 /* xen_changeset_info_t */
#define XENVER_platform_parameters 5 /* xen_platform_parameters */
#define XENVER_get_features	   6 /* xen_feature_info */
#define XENVER_pagesize		   7 /* result: bytes */
#define XENVER_guest_handle	   8 /* xen_domain_handle_t: the caller's UUID */
#define XENVER_commandline	   9 /* xen_commandline_t */
/* xen_varbuf; result: bytes without a zero byte at the end; NULL: asks for their number */
#define XENVER_build_id		   10
#define XENVER_extraversion2	   11
#define XENVER_capabilities2	   12
#define XENVER_changeset2	   13
#define XENVER_commandline2	   14

typedef char xen_extraversion_t[16];
typedef char xen_capabilities_info_t[1024];
typedef char xen_changeset_info_t[64];
typedef char xen_commandline_t[1024];

#define XEN_EXTRAVERSION_LEN	  (sizeof(xen_extraversion_t))
#define XEN_CAPABILITIES_INFO_LEN (sizeof(xen_capabilities_info_t))
#define XEN_CHANGESET_INFO_LEN	  (sizeof(xen_changeset_info_t))

struct xen_compile_info {
	char compiler[64];
	char compile_by[16];
	char compile_domain[32];
	char compile_date[32];
};
typedef struct xen_compile_info xen_compile_info_t;

struct xen_platform_parameters {
	xen_ulong_t virt_start; /* where the hypervisor's part of the address space begins */
};
typedef struct xen_platform_parameters xen_platform_parameters_t;

struct xen_feature_info {
	uint32_t submap_idx; /* in: which 32 features */
	uint32_t submap; /* out: bit n is XENFEAT_ submap_idx * 32 + n */
};
typedef struct xen_feature_info xen_feature_info_t;

struct xen_build_id {
	uint32_t len; /* in: room in buf; not 0 */
	unsigned char buf[];
};
typedef struct xen_build_id xen_build_id_t;

struct xen_varbuf {
	uint32_t len; /* in: room in buf; not 0 */
	unsigned char buf[];
};
typedef struct xen_varbuf xen_varbuf_t;

#endif
