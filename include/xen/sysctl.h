/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The toolstack's calls about the whole machine (hypercall 35). All command numbers are here; the
 * structures are those of calls that we answer, or refuse only after a look inside.
 */
#ifndef SHOJI_XEN_SYSCTL_H
#define SHOJI_XEN_SYSCTL_H

#include "xen.h"
#include "domctl.h"
#include "physdev.h"

#define XEN_SYSCTL_INTERFACE_VERSION 0x00000015 /* any other: -EACCES */

#define XEN_SYSCTL_readconsole		  1 /* readconsole */
#define XEN_SYSCTL_tbuf_op		  2 /* tbuf_op */
#define XEN_SYSCTL_physinfo		  3 /* physinfo */
#define XEN_SYSCTL_sched_id		  4 /* sched_id */
#define XEN_SYSCTL_perfc_op		  5 /* perfc_op */
#define XEN_SYSCTL_getdomaininfolist	  6 /* getdomaininfolist */
#define XEN_SYSCTL_debug_keys		  7 /* debug_keys */
#define XEN_SYSCTL_getcpuinfo		  8 /* getcpuinfo */
#define XEN_SYSCTL_availheap		  9 /* availheap */
#define XEN_SYSCTL_get_pmstat		  10
#define XEN_SYSCTL_cpu_hotplug		  11 /* cpu_hotplug */
#define XEN_SYSCTL_pm_op		  12
#define XEN_SYSCTL_page_offline_op	  14
#define XEN_SYSCTL_lockprof_op		  15 /* lockprof_op */
#define XEN_SYSCTL_cputopoinfo		  16 /* cputopoinfo */
#define XEN_SYSCTL_numainfo		  17 /* numainfo */
#define XEN_SYSCTL_cpupool_op		  18 /* cpupool_op */
#define XEN_SYSCTL_scheduler_op		  19 /* scheduler_op */
#define XEN_SYSCTL_coverage_op		  20
#define XEN_SYSCTL_psr_cmt_op		  21
#define XEN_SYSCTL_pcitopoinfo		  22 /* pcitopoinfo */
#define XEN_SYSCTL_psr_alloc		  23
#define XEN_SYSCTL_get_cpu_levelling_caps 25 /* cpu_levelling_caps */
#define XEN_SYSCTL_get_cpu_featureset	  26 /* cpu_featureset */
#define XEN_SYSCTL_livepatch_op		  27
#define XEN_SYSCTL_get_cpu_policy	  29 /* cpu_policy */

/* ---- Console and keys ------------------------------------------------------------------------ */
struct xen_sysctl_readconsole {
	uint8_t clear; /* in: forget what was read */
	uint8_t incremental; /* in: begin at index, not at the oldest byte */
	uint8_t pad0, pad1;
	uint32_t index; /* in and out */
	XEN_GUEST_HANDLE_64(char) buffer;
	uint32_t count; /* in: room; out: bytes given */
};

struct xen_sysctl_debug_keys {
	XEN_GUEST_HANDLE_64(const char) keys;
	uint32_t nr_keys;
};

/* ---- The machine ----------------------------------------------------------------------------- */
#define XEN_SYSCTL_PHYSCAP_hvm		      (1U << 0)
#define XEN_SYSCTL_PHYSCAP_pv		      (1U << 1)
#define XEN_SYSCTL_PHYSCAP_directio	      (1U << 2)
#define XEN_SYSCTL_PHYSCAP_hap		      (1U << 3)
#define XEN_SYSCTL_PHYSCAP_shadow	      (1U << 4)
#define XEN_SYSCTL_PHYSCAP_iommu_hap_pt_share (1U << 5)
#define XEN_SYSCTL_PHYSCAP_vmtrace	      (1U << 6)
#define XEN_SYSCTL_PHYSCAP_vpmu		      (1U << 7)
#define XEN_SYSCTL_PHYSCAP_gnttab_v1	      (1U << 8)
#define XEN_SYSCTL_PHYSCAP_gnttab_v2	      (1U << 9)
#define XEN_SYSCTL_PHYSCAP_MAX		      XEN_SYSCTL_PHYSCAP_gnttab_v2

struct xen_sysctl_physinfo {
	uint32_t threads_per_core;
	uint32_t cores_per_socket;
	uint32_t nr_cpus; /* on line */
	uint32_t max_cpu_id;
	uint32_t nr_nodes;
	uint32_t max_node_id;
	uint32_t cpu_khz;
	uint32_t capabilities; /* XEN_SYSCTL_PHYSCAP_* */
	uint32_t arch_capabilities;
	uint32_t pad;
	uint64_t total_pages;
	uint64_t free_pages;
	uint64_t scrub_pages;
	uint64_t outstanding_pages;
	uint64_t max_mfn;
	uint32_t hw_cap[8]; /* CPUID: 1.edx, 1.ecx, 80000001.edx, .ecx, d:1.eax, 7.ebx, ... */
};

struct xen_sysctl_availheap {
	uint32_t min_bitwidth; /* of the address; 0: no limit */
	uint32_t max_bitwidth;
	int32_t node; /* -1: all */
	uint64_t avail_bytes; /* out */
};

struct xen_sysctl_cpuinfo {
	uint64_t idletime; /* ns */
};
typedef struct xen_sysctl_cpuinfo xen_sysctl_cpuinfo_t;

struct xen_sysctl_getcpuinfo {
	uint32_t max_cpus; /* room */
	XEN_GUEST_HANDLE_64(xen_sysctl_cpuinfo_t) info;
	uint32_t nr_cpus; /* out */
};

#define XEN_SYSCTL_CPU_HOTPLUG_ONLINE	   0
#define XEN_SYSCTL_CPU_HOTPLUG_OFFLINE	   1
#define XEN_SYSCTL_CPU_HOTPLUG_SMT_ENABLE  2
#define XEN_SYSCTL_CPU_HOTPLUG_SMT_DISABLE 3

struct xen_sysctl_cpu_hotplug {
	uint32_t cpu;
	uint32_t op; /* XEN_SYSCTL_CPU_HOTPLUG_* */
};

#define XEN_INVALID_CORE_ID   (~0U)
#define XEN_INVALID_SOCKET_ID (~0U)
#define XEN_INVALID_NODE_ID   (~0U)
#define XEN_INVALID_MEM_SZ    (~0U)
#define XEN_INVALID_NODE_DIST (~0U)
#define XEN_INVALID_DEV	      (XEN_INVALID_NODE_ID - 1)

struct xen_sysctl_cputopo {
	uint32_t core;
	uint32_t socket;
	uint32_t node;
};
typedef struct xen_sysctl_cputopo xen_sysctl_cputopo_t;

struct xen_sysctl_cputopoinfo {
	uint32_t num_cpus; /* in: room; out: how many there are */
	XEN_GUEST_HANDLE_64(xen_sysctl_cputopo_t) cputopo;
};

struct xen_sysctl_meminfo {
	uint64_t memsize; /* bytes */
	uint64_t memfree;
};
typedef struct xen_sysctl_meminfo xen_sysctl_meminfo_t;

struct xen_sysctl_numainfo {
	uint32_t num_nodes; /* in: room; out: how many there are */
	XEN_GUEST_HANDLE_64(xen_sysctl_meminfo_t) meminfo;
	XEN_GUEST_HANDLE_64(uint32_t) distance; /* a square of num_nodes by num_nodes */
};

struct xen_sysctl_pcitopoinfo {
	uint32_t num_devs;
	XEN_GUEST_HANDLE_64(physdev_pci_device_t) devs;
	XEN_GUEST_HANDLE_64(uint32_t) nodes;
};

/* ---- Power management ------------------------------------------------------------------------ */
#define PMSTAT_CATEGORY_MASK 0xf0
#define PMSTAT_PX	     0x10 /* performance states */
#define PMSTAT_CX	     0x20 /* sleep states */
#define PMSTAT_get_max_px    (PMSTAT_PX | 1)
#define PMSTAT_get_pxstat    (PMSTAT_PX | 2)
#define PMSTAT_reset_pxstat  (PMSTAT_PX | 3)
#define PMSTAT_get_max_cx    (PMSTAT_CX | 1)
#define PMSTAT_get_cxstat    (PMSTAT_CX | 2)
#define PMSTAT_reset_cxstat  (PMSTAT_CX | 3)

struct pm_cx_stat {
	uint32_t nr; /* in: room of triggers and residencies; out: states, C0 among them */
	uint32_t last;
	uint64_t idle_time; /* ns since the start */
	XEN_GUEST_HANDLE_64(uint64_t) triggers; /* how often each was entered */
	XEN_GUEST_HANDLE_64(uint64_t) residencies; /* ns in each */
	uint32_t nr_pc; /* counters of packages, in pc */
	uint32_t nr_cc; /* and of cores, in cc */
	XEN_GUEST_HANDLE_64(uint64_t) pc;
	XEN_GUEST_HANDLE_64(uint64_t) cc;
};

#define PM_PARA_CATEGORY_MASK		    0xf0
#define CPUFREQ_PARA			    0x10
#define GET_CPUFREQ_PARA		    (CPUFREQ_PARA | 0x01)
#define SET_CPUFREQ_GOV			    (CPUFREQ_PARA | 0x02)
#define SET_CPUFREQ_PARA		    (CPUFREQ_PARA | 0x03)
#define GET_CPUFREQ_AVGFREQ		    (CPUFREQ_PARA | 0x04)
#define XEN_SYSCTL_pm_op_set_sched_opt_smt  0x21
#define XEN_SYSCTL_pm_op_get_max_cstate	    0x22 /* cpuid 0: the state; 1: the sub-state */
#define XEN_SYSCTL_pm_op_set_max_cstate	    0x23
#define XEN_SYSCTL_pm_op_enable_turbo	    0x26
#define XEN_SYSCTL_pm_op_disable_turbo	    0x27
#define XEN_SYSCTL_CX_UNLIMITED		    0xffffffff

/* ---- Live patches: there are none ------------------------------------------------------------ */
#define XEN_SYSCTL_LIVEPATCH_UPLOAD 0
#define XEN_SYSCTL_LIVEPATCH_GET    1
#define XEN_SYSCTL_LIVEPATCH_LIST   2
#define XEN_SYSCTL_LIVEPATCH_ACTION 3

struct xen_sysctl_livepatch_list {
	uint32_t version; /* out: changes with the list */
	uint32_t idx; /* in: the first one wanted */
	uint32_t nr; /* in: room; out: how many are left */
	uint32_t pad; /* 0 */
	uint32_t name_total_size; /* out */
	uint32_t metadata_total_size; /* out */
	uint64_t status, name, len, metadata, metadata_len; /* where they go */
};

/* ---- CPU policy ------------------------------------------------------------------------------ */
#define XEN_SYSCTL_CPU_LEVELCAP_faulting    (1UL << 0)
#define XEN_SYSCTL_CPU_LEVELCAP_ecx	    (1UL << 1)
#define XEN_SYSCTL_CPU_LEVELCAP_edx	    (1UL << 2)
#define XEN_SYSCTL_CPU_LEVELCAP_extd_ecx    (1UL << 3)
#define XEN_SYSCTL_CPU_LEVELCAP_extd_edx    (1UL << 4)
#define XEN_SYSCTL_CPU_LEVELCAP_xsave_eax   (1UL << 5)
#define XEN_SYSCTL_CPU_LEVELCAP_thermal_ecx (1UL << 6)
#define XEN_SYSCTL_CPU_LEVELCAP_l7s0_eax    (1UL << 7)
#define XEN_SYSCTL_CPU_LEVELCAP_l7s0_ebx    (1UL << 8)

struct xen_sysctl_cpu_levelling_caps {
	uint32_t caps;
};

#define XEN_SYSCTL_cpu_featureset_raw	  0
#define XEN_SYSCTL_cpu_featureset_host	  1
#define XEN_SYSCTL_cpu_featureset_pv	  2
#define XEN_SYSCTL_cpu_featureset_hvm	  3
#define XEN_SYSCTL_cpu_featureset_pv_max  4
#define XEN_SYSCTL_cpu_featureset_hvm_max 5

struct xen_sysctl_cpu_featureset {
	uint32_t index; /* XEN_SYSCTL_cpu_featureset_* */
	uint32_t nr_features; /* words; in: room; out: filled, or how many there are */
	XEN_GUEST_HANDLE_64(uint32_t) features;
};

#define XEN_SYSCTL_cpu_policy_raw	  0
#define XEN_SYSCTL_cpu_policy_host	  1
#define XEN_SYSCTL_cpu_policy_pv_max	  2
#define XEN_SYSCTL_cpu_policy_hvm_max	  3
#define XEN_SYSCTL_cpu_policy_pv_default  4
#define XEN_SYSCTL_cpu_policy_hvm_default 5

struct xen_sysctl_cpu_policy {
	uint32_t index; /* XEN_SYSCTL_cpu_policy_* */
	uint32_t nr_leaves; /* in: room; out: filled, or how many there are */
	uint32_t nr_msrs;
	uint32_t _rsvd;
	XEN_GUEST_HANDLE_64(xen_cpuid_leaf_t) leaves;
	XEN_GUEST_HANDLE_64(xen_msr_entry_t) msrs;
};
typedef struct xen_sysctl_cpu_policy xen_sysctl_cpu_policy_t;

/* ---- Domains and scheduling ------------------------------------------------------------------ */
struct xen_sysctl_getdomaininfolist {
	domid_t first_domain;
	uint32_t max_domains;
	XEN_GUEST_HANDLE_64(xen_domctl_getdomaininfo_t) buffer;
	uint32_t num_domains; /* out */
};

struct xen_sysctl_sched_id {
	uint32_t sched_id; /* out: XEN_SCHEDULER_* */
};

#define XEN_SYSCTL_CPUPOOL_OP_CREATE	 1
#define XEN_SYSCTL_CPUPOOL_OP_DESTROY	 2
#define XEN_SYSCTL_CPUPOOL_OP_INFO	 3
#define XEN_SYSCTL_CPUPOOL_OP_ADDCPU	 4
#define XEN_SYSCTL_CPUPOOL_OP_RMCPU	 5
#define XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN 6
#define XEN_SYSCTL_CPUPOOL_OP_FREEINFO	 7
#define XEN_SYSCTL_CPUPOOL_PAR_ANY	 0xFFFFFFFF

struct xen_sysctl_cpupool_op {
	uint32_t op; /* XEN_SYSCTL_CPUPOOL_OP_* */
	uint32_t cpupool_id; /* INFO: in: at least; out: found */
	uint32_t sched_id;
	uint32_t domid;
	uint32_t cpu;
	uint32_t n_dom;
	struct xenctl_bitmap cpumap;
};

#define ARINC653_MAX_DOMAINS_PER_SCHEDULE 64

struct xen_sysctl_arinc653_schedule {
	uint64_t major_frame;
	uint8_t num_sched_entries;
	struct {
		xen_domain_handle_t dom_handle;
		uint32_t vcpu_id;
		uint64_t runtime;
	} sched_entries[ARINC653_MAX_DOMAINS_PER_SCHEDULE];
};
typedef struct xen_sysctl_arinc653_schedule xen_sysctl_arinc653_schedule_t;

struct xen_sysctl_sched_arinc653 {
	XEN_GUEST_HANDLE_64(xen_sysctl_arinc653_schedule_t) schedule;
};

#define XEN_SYSCTL_CSCHED_TSLICE_MAX	 1000 /* ms */
#define XEN_SYSCTL_CSCHED_TSLICE_MIN	 1
#define XEN_SYSCTL_SCHED_RATELIMIT_MAX	 500000 /* us */
#define XEN_SYSCTL_SCHED_RATELIMIT_MIN	 100
#define XEN_SYSCTL_CSCHED_MGR_DLY_MAX_US (100 * 1000)

struct xen_sysctl_credit_schedule {
	uint32_t tslice_ms;
	uint32_t ratelimit_us;
	uint32_t vcpu_migr_delay_us;
};

struct xen_sysctl_credit2_schedule {
	uint32_t ratelimit_us;
};

#define XEN_SYSCTL_SCHEDOP_putinfo 0
#define XEN_SYSCTL_SCHEDOP_getinfo 1

struct xen_sysctl_scheduler_op {
	uint32_t cpupool_id;
	uint32_t sched_id; /* XEN_SCHEDULER_* */
	uint32_t cmd; /* XEN_SYSCTL_SCHEDOP_* */
	union {
		struct xen_sysctl_sched_arinc653 sched_arinc653;
		struct xen_sysctl_credit_schedule sched_credit;
		struct xen_sysctl_credit2_schedule sched_credit2;
	} u;
};

/* ---- Counters -------------------------------------------------------------------------------- */
#define XEN_SYSCTL_TBUFOP_get_info     0
#define XEN_SYSCTL_TBUFOP_set_cpu_mask 1
#define XEN_SYSCTL_TBUFOP_set_evt_mask 2
#define XEN_SYSCTL_TBUFOP_set_size     3
#define XEN_SYSCTL_TBUFOP_enable       4
#define XEN_SYSCTL_TBUFOP_disable      5

struct xen_sysctl_tbuf_op {
	uint32_t cmd; /* XEN_SYSCTL_TBUFOP_* */
	struct xenctl_bitmap cpu_mask;
	uint32_t evt_mask;
	uint64_t buffer_mfn;
	uint32_t size;
};

#define XEN_SYSCTL_PERFCOP_reset 1
#define XEN_SYSCTL_PERFCOP_query 2

struct xen_sysctl_perfc_desc {
	char name[80];
	uint32_t nr_vals;
};
typedef struct xen_sysctl_perfc_desc xen_sysctl_perfc_desc_t;
typedef uint32_t xen_sysctl_perfc_val_t;

struct xen_sysctl_perfc_op {
	uint32_t cmd; /* XEN_SYSCTL_PERFCOP_* */
	uint32_t nr_counters;
	uint32_t nr_vals;
	XEN_GUEST_HANDLE_64(xen_sysctl_perfc_desc_t) desc;
	XEN_GUEST_HANDLE_64(xen_sysctl_perfc_val_t) val;
};

#define XEN_SYSCTL_LOCKPROF_reset 1
#define XEN_SYSCTL_LOCKPROF_query 2

#define LOCKPROF_TYPE_GLOBAL 0
#define LOCKPROF_TYPE_PERDOM 1
#define LOCKPROF_TYPE_N	     2

struct xen_sysctl_lockprof_data {
	char name[40];
	int32_t type;
	int32_t idx;
	uint64_t lock_cnt;
	uint64_t block_cnt;
	uint64_t lock_time;
	uint64_t block_time;
};
typedef struct xen_sysctl_lockprof_data xen_sysctl_lockprof_data_t;

struct xen_sysctl_lockprof_op {
	uint32_t cmd; /* XEN_SYSCTL_LOCKPROF_* */
	uint32_t max_elem;
	uint32_t nr_elem;
	uint64_t time;
	XEN_GUEST_HANDLE_64(xen_sysctl_lockprof_data_t) data;
};

/* ---- The argument ---------------------------------------------------------------------------- */
struct xen_sysctl {
	uint32_t cmd; /* XEN_SYSCTL_* */
	uint32_t interface_version; /* XEN_SYSCTL_INTERFACE_VERSION */
	union {
		struct xen_sysctl_readconsole readconsole;
		struct xen_sysctl_tbuf_op tbuf_op;
		struct xen_sysctl_physinfo physinfo;
		struct xen_sysctl_cputopoinfo cputopoinfo;
		struct xen_sysctl_pcitopoinfo pcitopoinfo;
		struct xen_sysctl_numainfo numainfo;
		struct xen_sysctl_sched_id sched_id;
		struct xen_sysctl_perfc_op perfc_op;
		struct xen_sysctl_getdomaininfolist getdomaininfolist;
		struct xen_sysctl_debug_keys debug_keys;
		struct xen_sysctl_getcpuinfo getcpuinfo;
		struct xen_sysctl_availheap availheap;
		struct {
			uint32_t type; /* PMSTAT_* */
			uint32_t cpuid;
			union {
				struct pm_cx_stat getcx;
			} u;
		} get_pmstat;
		struct xen_sysctl_cpu_hotplug cpu_hotplug;
		struct {
			uint32_t cmd; /* XEN_SYSCTL_pm_op_*, or *_CPUFREQ_* */
			uint32_t cpuid;
			union {
				uint32_t get_max_cstate;
				uint32_t set_max_cstate;
			} u;
		} pm_op;
		struct xen_sysctl_lockprof_op lockprof_op;
		struct xen_sysctl_cpupool_op cpupool_op;
		struct xen_sysctl_scheduler_op scheduler_op;
		struct xen_sysctl_cpu_levelling_caps cpu_levelling_caps;
		struct xen_sysctl_cpu_featureset cpu_featureset;
		struct {
			uint32_t cmd; /* XEN_SYSCTL_LIVEPATCH_* */
			union {
				struct xen_sysctl_livepatch_list list;
			} u;
		} livepatch;
		struct xen_sysctl_cpu_policy cpu_policy;
		uint8_t pad[128];
	} u;
};
typedef struct xen_sysctl xen_sysctl_t;

#endif
