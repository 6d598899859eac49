/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The toolstack's calls about one domain (hypercall 36). All command numbers are here, so that a
 * refused one can be named in the log; the structures are those of calls that make sense for PV.
 *
 * Two versions of the interface are accepted. They differ in createdomain alone, whose structure
 * of the older version ends in _v15.
 */
#ifndef SHOJI_XEN_DOMCTL_H
#define SHOJI_XEN_DOMCTL_H

#include "xen.h"
#include "event_channel.h"
#include "grant_table.h"
#include "memory.h"

#define XEN_DOMCTL_INTERFACE_VERSION	 0x00000017 /* the tools of Xen 4.19 and 4.20 */
#define XEN_DOMCTL_INTERFACE_VERSION_v15 0x00000015 /* those of 4.17; any other: -EACCES */

#define XEN_DOMCTL_createdomain		    1 /* createdomain; the new id in domain */
#define XEN_DOMCTL_destroydomain	    2
#define XEN_DOMCTL_pausedomain		    3
#define XEN_DOMCTL_unpausedomain	    4
#define XEN_DOMCTL_getdomaininfo	    5 /* getdomaininfo; the next id if this one is free */
#define XEN_DOMCTL_setvcpuaffinity	    9 /* vcpuaffinity */
#define XEN_DOMCTL_shadow_op		    10 /* shadow_op */
#define XEN_DOMCTL_max_mem		    11 /* max_mem */
#define XEN_DOMCTL_setvcpucontext	    12 /* vcpucontext */
#define XEN_DOMCTL_getvcpucontext	    13 /* vcpucontext */
#define XEN_DOMCTL_getvcpuinfo		    14 /* getvcpuinfo */
#define XEN_DOMCTL_max_vcpus		    15 /* max_vcpus */
#define XEN_DOMCTL_scheduler_op		    16 /* scheduler_op */
#define XEN_DOMCTL_setdomainhandle	    17 /* setdomainhandle */
#define XEN_DOMCTL_setdebugging		    18 /* setdebugging */
#define XEN_DOMCTL_irq_permission	    19 /* irq_permission */
#define XEN_DOMCTL_iomem_permission	    20 /* iomem_permission */
#define XEN_DOMCTL_ioport_permission	    21 /* ioport_permission */
#define XEN_DOMCTL_hypercall_init	    22 /* hypercall_init */
#define XEN_DOMCTL_settimeoffset	    24 /* settimeoffset */
#define XEN_DOMCTL_getvcpuaffinity	    25 /* vcpuaffinity */
#define XEN_DOMCTL_real_mode_area	    26
#define XEN_DOMCTL_resumedomain		    27
#define XEN_DOMCTL_sendtrigger		    28 /* sendtrigger */
#define XEN_DOMCTL_subscribe		    29 /* subscribe */
#define XEN_DOMCTL_gethvmcontext	    33 /* hvmcontext */
#define XEN_DOMCTL_sethvmcontext	    34 /* hvmcontext */
#define XEN_DOMCTL_set_address_size	    35 /* address_size */
#define XEN_DOMCTL_get_address_size	    36 /* address_size */
#define XEN_DOMCTL_assign_device	    37 /* assign_device */
#define XEN_DOMCTL_bind_pt_irq		    38
#define XEN_DOMCTL_memory_mapping	    39 /* memory_mapping */
#define XEN_DOMCTL_ioport_mapping	    40
#define XEN_DOMCTL_set_ext_vcpucontext	    42 /* ext_vcpucontext */
#define XEN_DOMCTL_get_ext_vcpucontext	    43 /* ext_vcpucontext */
#define XEN_DOMCTL_set_opt_feature	    44
#define XEN_DOMCTL_test_assign_device	    45 /* assign_device */
#define XEN_DOMCTL_set_target		    46 /* set_target */
#define XEN_DOMCTL_deassign_device	    47 /* assign_device */
#define XEN_DOMCTL_unbind_pt_irq	    48
#define XEN_DOMCTL_get_device_group	    50
#define XEN_DOMCTL_debug_op		    54
#define XEN_DOMCTL_gethvmcontext_partial    55 /* hvmcontext_partial */
#define XEN_DOMCTL_vm_event_op		    56
#define XEN_DOMCTL_mem_sharing_op	    57
#define XEN_DOMCTL_gettscinfo		    59 /* tsc_info */
#define XEN_DOMCTL_settscinfo		    60 /* tsc_info */
#define XEN_DOMCTL_getpageframeinfo3	    61 /* getpageframeinfo3 */
#define XEN_DOMCTL_setvcpuextstate	    62 /* vcpuextstate */
#define XEN_DOMCTL_getvcpuextstate	    63 /* vcpuextstate */
#define XEN_DOMCTL_set_access_required	    64
#define XEN_DOMCTL_audit_p2m		    65
#define XEN_DOMCTL_set_virq_handler	    66 /* set_virq_handler */
#define XEN_DOMCTL_set_broken_page_p2m	    67
#define XEN_DOMCTL_setnodeaffinity	    68 /* nodeaffinity */
#define XEN_DOMCTL_getnodeaffinity	    69 /* nodeaffinity */
#define XEN_DOMCTL_cacheflush		    71 /* cacheflush */
#define XEN_DOMCTL_get_vcpu_msrs	    72 /* vcpu_msrs */
#define XEN_DOMCTL_set_vcpu_msrs	    73 /* vcpu_msrs */
#define XEN_DOMCTL_setvnumainfo		    74 /* vnuma */
#define XEN_DOMCTL_psr_cmt_op		    75
#define XEN_DOMCTL_monitor_op		    77
#define XEN_DOMCTL_psr_alloc		    78
#define XEN_DOMCTL_soft_reset		    79
#define XEN_DOMCTL_vuart_op		    81
#define XEN_DOMCTL_get_cpu_policy	    82 /* cpu_policy */
#define XEN_DOMCTL_set_cpu_policy	    83 /* cpu_policy */
#define XEN_DOMCTL_vmtrace_op		    84
#define XEN_DOMCTL_get_paging_mempool_size  85 /* paging_mempool */
#define XEN_DOMCTL_set_paging_mempool_size  86 /* paging_mempool */
#define XEN_DOMCTL_set_llc_colors	    89 /* set_llc_colors */
#define XEN_DOMCTL_gdbsx_guestmemio	    1000
#define XEN_DOMCTL_gdbsx_pausevcpu	    1001
#define XEN_DOMCTL_gdbsx_unpausevcpu	    1002
#define XEN_DOMCTL_gdbsx_domstatus	    1003

/* ---- Life of a domain ------------------------------------------------------------------------ */
#define XEN_DOMCTL_CDF_hvm	    (1U << 0)
#define XEN_DOMCTL_CDF_hap	    (1U << 1)
#define XEN_DOMCTL_CDF_s3_integrity (1U << 2)
#define XEN_DOMCTL_CDF_oos_off	    (1U << 3)
#define XEN_DOMCTL_CDF_xs_domain    (1U << 4) /* runs xenstored */
#define XEN_DOMCTL_CDF_iommu	    (1U << 5)
#define XEN_DOMCTL_CDF_nested_virt  (1U << 6)
#define XEN_DOMCTL_CDF_vpmu	    (1U << 7)
#define XEN_DOMCTL_CDF_MAX	    XEN_DOMCTL_CDF_vpmu

#define XEN_DOMCTL_IOMMU_no_sharept (1U << 0)
#define XEN_DOMCTL_IOMMU_MAX	    XEN_DOMCTL_IOMMU_no_sharept

#define XEN_DOMCTL_GRANT_version_mask 0xf
#define XEN_DOMCTL_GRANT_version(v)   ((v) & XEN_DOMCTL_GRANT_version_mask)

#define XEN_DOMCTL_ALTP2M_mixed	    1U
#define XEN_DOMCTL_ALTP2M_external  2U
#define XEN_DOMCTL_ALTP2M_limited   3U
#define XEN_DOMCTL_ALTP2M_mode_mask 0x3U

struct xen_domctl_createdomain {
	uint32_t ssidref;
	xen_domain_handle_t handle;
	uint32_t flags; /* XEN_DOMCTL_CDF_* */
	uint32_t iommu_opts; /* XEN_DOMCTL_IOMMU_* */
	uint32_t max_vcpus;
	uint32_t max_evtchn_port;
	int32_t max_grant_frames; /* negative: the default; so the next */
	int32_t max_maptrack_frames;
	uint32_t grant_opts; /* highest version of the table */
	uint32_t altp2m_opts; /* XEN_DOMCTL_ALTP2M_*, of HVM guests */
	uint32_t vmtrace_size;
	uint32_t cpupool_id;
	struct xen_arch_domainconfig arch;
};

struct xen_domctl_createdomain_v15 {
	uint32_t ssidref;
	xen_domain_handle_t handle;
	uint32_t flags;
	uint32_t iommu_opts;
	uint32_t max_vcpus;
	uint32_t max_evtchn_port;
	int32_t max_grant_frames;
	int32_t max_maptrack_frames;
	uint32_t grant_opts;
	uint32_t vmtrace_size;
	uint32_t cpupool_id;
	struct xen_arch_domainconfig arch;
};

#define XEN_DOMINF_dying	 (1U << 0)
#define XEN_DOMINF_hvm_guest	 (1U << 1)
#define XEN_DOMINF_shutdown	 (1U << 2)
#define XEN_DOMINF_paused	 (1U << 3) /* by the toolstack */
#define XEN_DOMINF_blocked	 (1U << 4) /* all its vCPUs are */
#define XEN_DOMINF_running	 (1U << 5) /* one of its vCPUs is */
#define XEN_DOMINF_debugged	 (1U << 6)
#define XEN_DOMINF_xs_domain	 (1U << 7)
#define XEN_DOMINF_hap		 (1U << 8)
#define XEN_DOMINF_shutdownmask	 255 /* SHUTDOWN_* */
#define XEN_DOMINF_shutdownshift 16

#define XEN_INVALID_MAX_VCPU_ID (~0U)

struct xen_domctl_getdomaininfo {
	domid_t domain; /* whom this is about */
	uint16_t pad1;
	uint32_t flags; /* XEN_DOMINF_* */
	uint64_t tot_pages;
	uint64_t max_pages;
	uint64_t outstanding_pages; /* claimed, not yet allocated */
	uint64_t shr_pages;
	uint64_t paged_pages;
	uint64_t shared_info_frame; /* machine frame */
	uint64_t cpu_time; /* ns, all vCPUs */
	uint32_t nr_online_vcpus;
	uint32_t max_vcpu_id;
	uint32_t ssidref;
	xen_domain_handle_t handle;
	uint32_t cpupool;
	uint8_t gpaddr_bits;
	uint8_t pad2[7];
	struct xen_arch_domainconfig arch_config;
};
typedef struct xen_domctl_getdomaininfo xen_domctl_getdomaininfo_t;

struct xen_domctl_setdomainhandle {
	xen_domain_handle_t handle;
};

struct xen_domctl_setdebugging {
	uint8_t enable;
};

struct xen_domctl_settimeoffset {
	int64_t time_offset_seconds;
};

struct xen_domctl_set_target {
	domid_t target;
};

struct xen_domctl_subscribe {
	uint32_t port;
};

struct xen_domctl_set_virq_handler {
	uint32_t virq;
};

#define XEN_DOMCTL_SENDTRIGGER_NMI   0
#define XEN_DOMCTL_SENDTRIGGER_RESET 1
#define XEN_DOMCTL_SENDTRIGGER_INIT  2
#define XEN_DOMCTL_SENDTRIGGER_POWER 3
#define XEN_DOMCTL_SENDTRIGGER_SLEEP 4

struct xen_domctl_sendtrigger {
	uint32_t trigger; /* XEN_DOMCTL_SENDTRIGGER_* */
	uint32_t vcpu;
};

/* ---- Memory ---------------------------------------------------------------------------------- */
struct xen_domctl_max_mem {
	uint64_t max_memkb;
};

#define XEN_DOMCTL_PFINFO_LTAB_SHIFT	28
#define XEN_DOMCTL_PFINFO_NOTAB		(0x0U << 28)
#define XEN_DOMCTL_PFINFO_L1TAB		(0x1U << 28)
#define XEN_DOMCTL_PFINFO_L2TAB		(0x2U << 28)
#define XEN_DOMCTL_PFINFO_L3TAB		(0x3U << 28)
#define XEN_DOMCTL_PFINFO_L4TAB		(0x4U << 28)
#define XEN_DOMCTL_PFINFO_LTABTYPE_MASK (0x7U << 28)
#define XEN_DOMCTL_PFINFO_LPINTAB	(0x1U << 31) /* pinned */
#define XEN_DOMCTL_PFINFO_XTAB		(0xfU << 28) /* not the domain's */
#define XEN_DOMCTL_PFINFO_XALLOC	(0xeU << 28)
#define XEN_DOMCTL_PFINFO_BROKEN	(0xdU << 28)
#define XEN_DOMCTL_PFINFO_LTAB_MASK	(0xfU << 28)

struct xen_domctl_getpageframeinfo3 {
	uint64_t num;
	XEN_GUEST_HANDLE_64(xen_pfn_t) array; /* in: frames; out: XEN_DOMCTL_PFINFO_* */
};

#define XEN_DOMCTL_SHADOW_OP_OFF	     0
#define XEN_DOMCTL_SHADOW_OP_ENABLE_TEST     1
#define XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY 2
#define XEN_DOMCTL_SHADOW_OP_CLEAN	     11
#define XEN_DOMCTL_SHADOW_OP_PEEK	     12
#define XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION  30
#define XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION  31
#define XEN_DOMCTL_SHADOW_OP_ENABLE	     32

#define XEN_DOMCTL_SHADOW_ENABLE_REFCOUNT  (1 << 1)
#define XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY (1 << 2)
#define XEN_DOMCTL_SHADOW_ENABLE_TRANSLATE (1 << 3)
#define XEN_DOMCTL_SHADOW_ENABLE_EXTERNAL  (1 << 4)

#define XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL (1 << 0)

struct xen_domctl_shadow_op_stats {
	uint32_t fault_count;
	uint32_t dirty_count;
};

struct xen_domctl_shadow_op {
	uint32_t op; /* XEN_DOMCTL_SHADOW_OP_* */
	uint32_t mode;
	uint32_t mb;
	XEN_GUEST_HANDLE_64(uint8_t) dirty_bitmap;
	uint64_t pages;
	struct xen_domctl_shadow_op_stats stats;
};

struct xen_domctl_hypercall_init {
	uint64_t gmfn;
};

struct xen_domctl_address_size {
	uint32_t size; /* bits */
};

struct xen_domctl_hvmcontext {
	uint32_t size; /* in: room, or bytes given; out: bytes filled, or wanted by a null buffer */
	XEN_GUEST_HANDLE_64(uint8) buffer;
};

struct xen_domctl_hvmcontext_partial {
	uint32_t type; /* of the record, and which of them */
	uint32_t instance;
	uint64_t bufsz;
	XEN_GUEST_HANDLE_64(uint8) buffer; /* out: the record without its descriptor */
};

struct xen_domctl_cacheflush {
	xen_pfn_t start_pfn, nr_pfns;
};

struct xen_domctl_paging_mempool {
	uint64_t size; /* bytes */
};

struct xen_domctl_set_llc_colors {
	uint32_t num_llc_colors;
	uint32_t pad;
	XEN_GUEST_HANDLE_64(uint32_t) llc_colors;
};

struct xen_domctl_vnuma {
	uint32_t nr_vnodes;
	uint32_t nr_vmemranges;
	uint32_t nr_vcpus;
	uint32_t pad;
	XEN_GUEST_HANDLE_64(unsigned int) vdistance;
	XEN_GUEST_HANDLE_64(unsigned int) vcpu_to_vnode;
	XEN_GUEST_HANDLE_64(unsigned int) vnode_to_pnode;
	XEN_GUEST_HANDLE_64(xen_vmemrange_t) vmemrange;
};

/* ---- vCPUs ----------------------------------------------------------------------------------- */
struct xen_domctl_vcpucontext {
	uint32_t vcpu;
	XEN_GUEST_HANDLE_64(vcpu_guest_context_t) ctxt;
};

struct xen_domctl_getvcpuinfo {
	uint32_t vcpu; /* in, the rest out */
	uint8_t online;
	uint8_t blocked;
	uint8_t running;
	uint64_t cpu_time; /* ns */
	uint32_t cpu; /* where it ran last */
};

struct xen_domctl_max_vcpus {
	uint32_t max;
};

#define XEN_VCPUAFFINITY_HARD  (1U << 0)
#define XEN_VCPUAFFINITY_SOFT  (1U << 1)
#define XEN_VCPUAFFINITY_FORCE (1U << 2)

struct xen_domctl_vcpuaffinity {
	uint32_t vcpu;
	uint32_t flags; /* XEN_VCPUAFFINITY_* */
	struct xenctl_bitmap cpumap_hard;
	struct xenctl_bitmap cpumap_soft;
};

struct xen_domctl_nodeaffinity {
	struct xenctl_bitmap nodemap;
};

struct hvm_vmce_vcpu {
	uint64_t caps;
	uint64_t mci_ctl2_bank0;
	uint64_t mci_ctl2_bank1;
	uint64_t mcg_ext_ctl;
};

struct xen_domctl_ext_vcpucontext {
	uint32_t vcpu;
	uint32_t size; /* bytes of this structure, from its start, that are filled */
	uint64_t syscall32_callback_eip;
	uint64_t sysenter_callback_eip;
	uint16_t syscall32_callback_cs;
	uint16_t sysenter_callback_cs;
	uint8_t syscall32_disables_events;
	uint8_t sysenter_disables_events;
	union {
		uint64_t mcg_cap;
		struct hvm_vmce_vcpu vmce;
	};
};

struct xen_domctl_vcpuextstate {
	uint32_t vcpu;
	uint64_t xfeature_mask; /* out of get: the features that the CPU can hold */
	uint64_t size; /* bytes; a null buffer asks for it */
	XEN_GUEST_HANDLE_64(uint64_t) buffer; /* XCR0, accumulated XCR0, XSAVE area */
};

struct xen_domctl_vcpu_msr {
	uint32_t index;
	uint32_t reserved;
	uint64_t value;
};
typedef struct xen_domctl_vcpu_msr xen_domctl_vcpu_msr_t;

struct xen_domctl_vcpu_msrs {
	uint32_t vcpu;
	uint32_t msr_count; /* in: room; out: filled */
	XEN_GUEST_HANDLE_64(xen_domctl_vcpu_msr_t) msrs;
};

struct xen_domctl_tsc_info {
	uint32_t tsc_mode;
	uint32_t gtsc_khz;
	uint32_t incarnation;
	uint32_t pad;
	uint64_t elapsed_nsec;
};

#define XEN_CPUID_INPUT_UNUSED 0xFFFFFFFF

struct xen_domctl_cpu_policy {
	uint32_t nr_leaves; /* in: given, or room; out: filled */
	uint32_t nr_msrs;
	XEN_GUEST_HANDLE_64(xen_cpuid_leaf_t) leaves;
	XEN_GUEST_HANDLE_64(xen_msr_entry_t) msrs;
	uint32_t err_leaf, err_subleaf, err_msr; /* out of set: what was refused */
};
typedef struct xen_domctl_cpu_policy xen_domctl_cpu_policy_t;

/* ---- Scheduling ------------------------------------------------------------------------------ */
#define XEN_SCHEDULER_CREDIT   5
#define XEN_SCHEDULER_CREDIT2  6
#define XEN_SCHEDULER_ARINC653 7
#define XEN_SCHEDULER_RTDS     8
#define XEN_SCHEDULER_NULL     9

struct xen_domctl_sched_credit {
	uint16_t weight;
	uint16_t cap; /* percent of a CPU, 0: none */
};

struct xen_domctl_sched_credit2 {
	uint16_t weight;
	uint16_t cap;
};

#define XEN_DOMCTL_SCHEDRT_extra (1U << 0)

struct xen_domctl_sched_rtds {
	uint32_t period; /* us */
	uint32_t budget; /* us */
	uint32_t flags;
};

struct xen_domctl_schedparam_vcpu {
	union {
		struct xen_domctl_sched_credit credit;
		struct xen_domctl_sched_credit2 credit2;
		struct xen_domctl_sched_rtds rtds;
	} u;
	uint32_t vcpuid;
};
typedef struct xen_domctl_schedparam_vcpu xen_domctl_schedparam_vcpu_t;

#define XEN_DOMCTL_SCHEDOP_putinfo     0
#define XEN_DOMCTL_SCHEDOP_getinfo     1
#define XEN_DOMCTL_SCHEDOP_putvcpuinfo 2
#define XEN_DOMCTL_SCHEDOP_getvcpuinfo 3

struct xen_domctl_scheduler_op {
	uint32_t sched_id; /* XEN_SCHEDULER_* */
	uint32_t cmd; /* XEN_DOMCTL_SCHEDOP_* */
	union {
		struct xen_domctl_sched_credit credit;
		struct xen_domctl_sched_credit2 credit2;
		struct xen_domctl_sched_rtds rtds;
		struct {
			XEN_GUEST_HANDLE_64(xen_domctl_schedparam_vcpu_t) vcpus;
			uint32_t nr_vcpus;
			uint32_t padding;
		} v;
	} u;
};

/* ---- Hardware -------------------------------------------------------------------------------- */
struct xen_domctl_irq_permission {
	uint32_t pirq;
	uint8_t allow_access;
	uint8_t pad[3];
};

struct xen_domctl_iomem_permission {
	uint64_t first_mfn;
	uint64_t nr_mfns;
	uint8_t allow_access;
};

struct xen_domctl_ioport_permission {
	uint32_t first_port;
	uint32_t nr_ports;
	uint8_t allow_access;
};

#define DPCI_ADD_MAPPING    1
#define DPCI_REMOVE_MAPPING 0

struct xen_domctl_memory_mapping {
	uint64_t first_gfn;
	uint64_t first_mfn;
	uint64_t nr_mfns;
	uint32_t add_mapping; /* DPCI_* */
	uint32_t padding;
};

#define XEN_DOMCTL_DEV_PCI	   0
#define XEN_DOMCTL_DEV_DT	   1
#define XEN_DOMCTL_DEV_RDM_RELAXED 1

struct xen_domctl_assign_device {
	uint32_t dev; /* XEN_DOMCTL_DEV_* */
	uint32_t flags; /* XEN_DOMCTL_DEV_RDM_RELAXED */
	union {
		struct {
			uint32_t machine_sbdf;
		} pci;
		struct {
			uint32_t size;
			XEN_GUEST_HANDLE_64(char) path;
		} dt;
	} u;
};

/* ---- The argument ---------------------------------------------------------------------------- */
struct xen_domctl {
	uint32_t cmd; /* XEN_DOMCTL_* */
	uint32_t interface_version; /* XEN_DOMCTL_INTERFACE_VERSION, or _v15 */
	domid_t domain;
	uint16_t _pad[3];
	union {
		struct xen_domctl_createdomain createdomain;
		struct xen_domctl_createdomain_v15 createdomain_v15;
		struct xen_domctl_getdomaininfo getdomaininfo;
		struct xen_domctl_getpageframeinfo3 getpageframeinfo3;
		struct xen_domctl_nodeaffinity nodeaffinity;
		struct xen_domctl_vcpuaffinity vcpuaffinity;
		struct xen_domctl_shadow_op shadow_op;
		struct xen_domctl_max_mem max_mem;
		struct xen_domctl_vcpucontext vcpucontext;
		struct xen_domctl_getvcpuinfo getvcpuinfo;
		struct xen_domctl_max_vcpus max_vcpus;
		struct xen_domctl_scheduler_op scheduler_op;
		struct xen_domctl_setdomainhandle setdomainhandle;
		struct xen_domctl_setdebugging setdebugging;
		struct xen_domctl_irq_permission irq_permission;
		struct xen_domctl_iomem_permission iomem_permission;
		struct xen_domctl_ioport_permission ioport_permission;
		struct xen_domctl_hypercall_init hypercall_init;
		struct xen_domctl_settimeoffset settimeoffset;
		struct xen_domctl_tsc_info tsc_info;
		struct xen_domctl_hvmcontext hvmcontext;
		struct xen_domctl_hvmcontext_partial hvmcontext_partial;
		struct xen_domctl_address_size address_size;
		struct xen_domctl_sendtrigger sendtrigger;
		struct xen_domctl_assign_device assign_device;
		struct xen_domctl_memory_mapping memory_mapping;
		struct xen_domctl_ext_vcpucontext ext_vcpucontext;
		struct xen_domctl_set_target set_target;
		struct xen_domctl_subscribe subscribe;
		struct xen_domctl_cpu_policy cpu_policy;
		struct xen_domctl_vcpuextstate vcpuextstate;
		struct xen_domctl_vcpu_msrs vcpu_msrs;
		struct xen_domctl_set_virq_handler set_virq_handler;
		struct xen_domctl_cacheflush cacheflush;
		struct xen_domctl_vnuma vnuma;
		struct xen_domctl_paging_mempool paging_mempool;
		struct xen_domctl_set_llc_colors set_llc_colors;
		uint8_t pad[128];
	} u;
};
typedef struct xen_domctl xen_domctl_t;

#endif
