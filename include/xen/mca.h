/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine checks, for the kernel that logs them (hypercall 48). The structures are those of the
 * calls that we answer.
 */
#ifndef SHOJI_XEN_MCA_H
#define SHOJI_XEN_MCA_H

#include "xen.h"

#define XEN_MCA_INTERFACE_VERSION 0x01ecc003

#define XEN_MC_fetch		1 /* mc_fetch */
#define XEN_MC_notifydomain	2
#define XEN_MC_physcpuinfo	3 /* mc_physcpuinfo */
#define XEN_MC_msrinject	4
#define XEN_MC_mceinject	5
#define XEN_MC_inject_v2	6

/* xen_mc_fetch.flags: what is wanted, and what there was */
#define XEN_MC_NONURGENT   0x0001
#define XEN_MC_URGENT	   0x0002
#define XEN_MC_ACK	   0x0004
#define XEN_MC_OK	   0x0
#define XEN_MC_FETCHFAILED 0x1
#define XEN_MC_NODATA	   0x2
#define XEN_MC_NOMATCH	   0x4

struct xen_mc_fetch {
	uint32_t flags; /* XEN_MC_* */
	uint32_t _pad0;
	uint64_t fetch_id;
	XEN_GUEST_HANDLE(mc_info_t) data;
};
typedef struct xen_mc_fetch xen_mc_fetch_t;

struct mcinfo_msr {
	uint64_t reg;
	uint64_t value;
};
typedef struct mcinfo_msr xen_mcinfo_msr_t;

/* Places in mc_cpu_caps. */
#define MC_NCAPS	7
#define MC_CAPS_STD_EDX 0 /* CPUID 1 */
#define MC_CAPS_AMD_EDX 1 /* CPUID 80000001 */
#define MC_CAPS_STD_ECX 4 /* CPUID 1 */
#define MC_CAPS_AMD_ECX 6 /* CPUID 80000001 */

struct mcinfo_logical_cpu {
	uint32_t mc_cpunr;
	uint32_t mc_chipid;
	uint16_t mc_coreid;
	uint16_t mc_threadid;
	uint32_t mc_apicid;
	uint32_t mc_clusterid;
	uint32_t mc_ncores;
	uint32_t mc_ncores_active;
	uint32_t mc_nthreads;
	int32_t mc_cpuid_level;
	uint32_t mc_family;
	uint32_t mc_vendor;
	uint32_t mc_model;
	uint32_t mc_step;
	char mc_vendorid[16];
	char mc_brandid[64];
	uint32_t mc_cpu_caps[MC_NCAPS];
	uint32_t mc_cache_size;
	uint32_t mc_cache_alignment;
	int32_t mc_nmsrvals;
	xen_mcinfo_msr_t mc_msrvalues[8];
};
typedef struct mcinfo_logical_cpu xen_mc_logical_cpu_t;

struct xen_mc_physcpuinfo {
	uint32_t ncpus; /* in: room; out: how many there are */
	uint32_t _pad0;
	XEN_GUEST_HANDLE(xen_mc_logical_cpu_t) info; /* null: only the number is wanted */
};
typedef struct xen_mc_physcpuinfo xen_mc_physcpuinfo_t;

/* The largest of the calls; it is refused. */
struct xen_mc_msrinject {
	uint32_t mcinj_cpunr;
	uint32_t mcinj_flags;
	uint32_t mcinj_count;
	domid_t mcinj_domid;
	uint16_t _pad0;
	xen_mcinfo_msr_t mcinj_msr[8];
};
typedef struct xen_mc_msrinject xen_mc_msrinject_t;

struct xen_mc {
	uint32_t cmd; /* XEN_MC_* */
	uint32_t interface_version; /* XEN_MCA_INTERFACE_VERSION */
	union {
		xen_mc_fetch_t mc_fetch;
		xen_mc_physcpuinfo_t mc_physcpuinfo;
		xen_mc_msrinject_t mc_msrinject;
	} u;
};
typedef struct xen_mc xen_mc_t;

#endif
