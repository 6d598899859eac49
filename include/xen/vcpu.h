/* SPDX-License-Identifier: GPL-2.0-only */
/* vCPU calls of a guest (hypercall 24): start and stop, timers, shared areas. */
#ifndef SHOJI_XEN_VCPU_H
#define SHOJI_XEN_VCPU_H

#include "xen.h"

#define VCPUOP_initialise		       0 /* vcpu_guest_context */
#define VCPUOP_up			       1
#define VCPUOP_down			       2
#define VCPUOP_is_up			       3 /* result 0 or 1 */
#define VCPUOP_get_runstate_info	       4 /* vcpu_runstate_info, out */
#define VCPUOP_register_runstate_memory_area   5 /* vcpu_register_runstate_memory_area */
#define VCPUOP_set_periodic_timer	       6 /* vcpu_set_periodic_timer */
#define VCPUOP_stop_periodic_timer	       7
#define VCPUOP_set_singleshot_timer	       8 /* vcpu_set_singleshot_timer */
#define VCPUOP_stop_singleshot_timer	       9
#define VCPUOP_register_vcpu_info	       10 /* vcpu_register_vcpu_info */
#define VCPUOP_send_nmi			       11
#define VCPUOP_get_physid		       12 /* vcpu_get_physid, out */
#define VCPUOP_register_vcpu_time_memory_area 13 /* vcpu_register_time_memory_area */

#define RUNSTATE_running  0 /* on a physical CPU */
#define RUNSTATE_runnable 1 /* ready, waiting for one */
#define RUNSTATE_blocked  2 /* idle */
#define RUNSTATE_offline  3 /* down, or its domain is paused */

/* Top bit of state_entry_time while the record is written (VMASST_TYPE_runstate_update_flag). */
#define XEN_RUNSTATE_UPDATE (1ULL << 63)

struct vcpu_runstate_info {
	int32_t state; /* RUNSTATE_* */
	uint64_t state_entry_time; /* system time, ns */
	uint64_t time[4]; /* ns spent in each state */
};
typedef struct vcpu_runstate_info vcpu_runstate_info_t;

struct vcpu_register_runstate_memory_area {
	union {
		XEN_GUEST_HANDLE(vcpu_runstate_info_t) h;
		uint64_t v;
		uint64_t p;
	} addr; /* virtual address of a vcpu_runstate_info in the guest kernel */
};
typedef struct vcpu_register_runstate_memory_area vcpu_register_runstate_memory_area_t;

struct vcpu_set_periodic_timer {
	uint64_t period_ns;
};
typedef struct vcpu_set_periodic_timer vcpu_set_periodic_timer_t;

#define _VCPU_SSHOTTMR_future 0 /* answer -ETIME to a deadline that has passed */
#define VCPU_SSHOTTMR_future  (1U << _VCPU_SSHOTTMR_future)

struct vcpu_set_singleshot_timer {
	uint64_t timeout_abs_ns; /* system time */
	uint32_t flags; /* VCPU_SSHOTTMR_* */
};
typedef struct vcpu_set_singleshot_timer vcpu_set_singleshot_timer_t;

struct vcpu_register_vcpu_info {
	uint64_t mfn;
	uint32_t offset; /* of the vcpu_info in the frame; it may not leave it */
	uint32_t rsvd;
};
typedef struct vcpu_register_vcpu_info vcpu_register_vcpu_info_t;

struct vcpu_get_physid {
	uint64_t phys_id; /* low half: APIC id; high half: ACPI processor id */
};
typedef struct vcpu_get_physid vcpu_get_physid_t;

#define xen_vcpu_physid_to_x86_apicid(physid) ((uint32_t)(physid))
#define xen_vcpu_physid_to_x86_acpiid(physid) ((uint32_t)((physid) >> 32))

struct vcpu_register_time_memory_area {
	union {
		XEN_GUEST_HANDLE(vcpu_time_info_t) h;
		uint64_t v;
		uint64_t p;
	} addr;
};
typedef struct vcpu_register_time_memory_area vcpu_register_time_memory_area_t;

#endif
