/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls about the platform from the kernel that drives it (hypercall 7). All command numbers are
 * here; the structures are those of calls that we answer or may answer soon.
 */
#ifndef SHOJI_XEN_PLATFORM_H
#define SHOJI_XEN_PLATFORM_H

#include "xen.h"

#define XENPF_INTERFACE_VERSION 0x03000001 /* any other: -EACCES */

#define XENPF_settime32		    17 /* settime32 */
#define XENPF_add_memtype	    31 /* add_memtype */
#define XENPF_del_memtype	    32 /* del_memtype */
#define XENPF_read_memtype	    33 /* read_memtype */
#define XENPF_microcode_update	    35 /* microcode */
#define XENPF_platform_quirk	    39 /* platform_quirk */
#define XENPF_get_cpu_version	    48 /* pcpu_version */
#define XENPF_efi_runtime_call	    49
#define XENPF_firmware_info	    50 /* firmware_info */
#define XENPF_enter_acpi_sleep	    51 /* enter_acpi_sleep */
#define XENPF_change_freq	    52 /* change_freq */
#define XENPF_getidletime	    53 /* getidletime */
#define XENPF_set_processor_pminfo  54
#define XENPF_get_cpuinfo	    55 /* pcpu_info */
#define XENPF_cpu_online	    56 /* cpu_ol */
#define XENPF_cpu_offline	    57 /* cpu_ol */
#define XENPF_cpu_hotadd	    58 /* cpu_add */
#define XENPF_mem_hotadd	    59 /* mem_add */
#define XENPF_core_parking	    60 /* core_parking */
#define XENPF_resource_op	    61 /* resource_op */
#define XENPF_settime64		    62 /* settime64 */
#define XENPF_get_symbol	    63 /* symdata */
#define XENPF_settime		    XENPF_settime64

/* ---- Time ------------------------------------------------------------------------------------ */

/* The wall clock was secs.nsecs at the given system time. */
struct xenpf_settime32 {
	uint32_t secs;
	uint32_t nsecs;
	uint64_t system_time; /* ns */
};
typedef struct xenpf_settime32 xenpf_settime32_t;

struct xenpf_settime64 {
	uint64_t secs;
	uint32_t nsecs;
	uint32_t mbz; /* must be 0 */
	uint64_t system_time;
};
typedef struct xenpf_settime64 xenpf_settime64_t;

/* ---- Memory types (MTRR) --------------------------------------------------------------------- */
struct xenpf_add_memtype {
	xen_pfn_t mfn;
	uint64_t nr_mfns;
	uint32_t type;
	uint32_t handle; /* out */
	uint32_t reg; /* out */
};
typedef struct xenpf_add_memtype xenpf_add_memtype_t;

struct xenpf_del_memtype {
	uint32_t handle;
	uint32_t reg;
};
typedef struct xenpf_del_memtype xenpf_del_memtype_t;

struct xenpf_read_memtype {
	uint32_t reg; /* in, the rest out */
	xen_pfn_t mfn;
	uint64_t nr_mfns;
	uint32_t type;
};
typedef struct xenpf_read_memtype xenpf_read_memtype_t;

/* ---- Firmware -------------------------------------------------------------------------------- */
#define XEN_FW_DISK_INFO	  1 /* what the BIOS knows of its disks */
#define XEN_FW_DISK_MBR_SIGNATURE 2
#define XEN_FW_VBEDDC_INFO	  3
#define XEN_FW_EFI_INFO		  4 /* index: XEN_FW_EFI_* */
#define XEN_FW_KBD_SHIFT_FLAGS	  5

#define XEN_FW_EFI_VERSION	    0
#define XEN_FW_EFI_CONFIG_TABLE	    1
#define XEN_FW_EFI_VENDOR	    2
#define XEN_FW_EFI_MEM_INFO	    3
#define XEN_FW_EFI_RT_VERSION	    4
#define XEN_FW_EFI_PCI_ROM	    5
#define XEN_FW_EFI_APPLE_PROPERTIES 6

union xenpf_efi_info {
	uint32_t version;
	struct {
		uint64_t addr;
		uint32_t nent;
	} cfg;
	struct {
		uint32_t revision;
		uint32_t bufsz; /* in: room; out: length */
		XEN_GUEST_HANDLE(void) name;
	} vendor;
	struct {
		uint64_t addr;
		uint64_t size;
		uint64_t attr;
		uint32_t type;
	} mem;
	struct {
		uint16_t segment;
		uint8_t bus;
		uint8_t devfn;
		uint16_t vendor;
		uint16_t devid;
		uint64_t address;
		xen_ulong_t size;
	} pci_rom;
	struct {
		uint64_t address;
		xen_ulong_t size;
	} apple_properties;
};

struct xenpf_firmware_info {
	uint32_t type; /* XEN_FW_* */
	uint32_t index;
	union {
		struct {
			uint8_t device;
			uint8_t version;
			uint16_t interface_support;
			uint16_t legacy_max_cylinder;
			uint8_t legacy_max_head;
			uint8_t legacy_sectors_per_track;
			XEN_GUEST_HANDLE(void) edd_params;
		} disk_info;
		struct {
			uint8_t device;
			uint32_t mbr_signature;
		} disk_mbr_signature;
		struct {
			uint8_t capabilities;
			uint8_t edid_transfer_time;
			XEN_GUEST_HANDLE(uint8_t) edid;
		} vbeddc_info;
		union xenpf_efi_info efi_info;
		uint8_t kbd_shift_flags;
	} u;
};
typedef struct xenpf_firmware_info xenpf_firmware_info_t;

#define XENPF_ACPI_SLEEP_EXTENDED 0x00000001

struct xenpf_enter_acpi_sleep {
	uint16_t val_a; /* for PM1a control */
	uint16_t val_b; /* for PM1b control */
	uint32_t sleep_state; /* 3 or 5 */
	uint32_t flags; /* XENPF_ACPI_SLEEP_* */
};
typedef struct xenpf_enter_acpi_sleep xenpf_enter_acpi_sleep_t;

/* ---- CPUs ------------------------------------------------------------------------------------ */
struct xenpf_microcode_update {
	XEN_GUEST_HANDLE(const void) data;
	uint32_t length;
};
typedef struct xenpf_microcode_update xenpf_microcode_update_t;

#define QUIRK_NOIRQBALANCING	 1
#define QUIRK_IOAPIC_BAD_REGSEL	 2
#define QUIRK_IOAPIC_GOOD_REGSEL 3

struct xenpf_platform_quirk {
	uint32_t quirk_id;
};
typedef struct xenpf_platform_quirk xenpf_platform_quirk_t;

struct xenpf_change_freq {
	uint32_t flags; /* 0 */
	uint32_t cpu;
	uint64_t freq; /* Hz */
};
typedef struct xenpf_change_freq xenpf_change_freq_t;

struct xenpf_getidletime {
	XEN_GUEST_HANDLE(uint8_t) cpumap_bitmap; /* in: whom; out: of whom we know */
	uint32_t cpumap_nr_cpus;
	XEN_GUEST_HANDLE(uint64_t) idletime; /* one a CPU of the map, ns */
	uint64_t now; /* out: system time */
};
typedef struct xenpf_getidletime xenpf_getidletime_t;

#define XEN_PCPU_FLAGS_ONLINE  1
#define XEN_PCPU_FLAGS_INVALID 2

/*
 * What a subtype of power management tells of a CPU; for XEN_PM_PDC, what the kernel wants to tell
 * the firmware.
 */
#define XEN_PM_CX  0
#define XEN_PM_PX  1
#define XEN_PM_TX  2
#define XEN_PM_PDC 3

struct xen_pct_register {
	uint8_t descriptor;
	uint16_t length;
	uint8_t space_id;
	uint8_t bit_width;
	uint8_t bit_offset;
	uint8_t reserved;
	uint64_t address;
};

struct xen_psd_package {
	uint64_t num_entries;
	uint64_t revision;
	uint64_t domain;
	uint64_t coord_type;
	uint64_t num_processors;
};

struct xen_processor_performance {
	uint32_t flags;
	uint32_t platform_limit;
	struct xen_pct_register control_register;
	struct xen_pct_register status_register;
	uint32_t state_count;
	XEN_GUEST_HANDLE(void) states;
	struct xen_psd_package domain_info;
	uint32_t shared_type;
};
typedef struct xen_processor_performance xen_processor_performance_t;

struct xenpf_set_processor_pminfo {
	uint32_t id; /* of the CPU in ACPI */
	uint32_t type; /* XEN_PM_* */
	union {
		struct xen_processor_performance perf;
		XEN_GUEST_HANDLE(uint32)
		pdc; /* revision, number of words (1), capabilities: in and out */
	} u;
};
typedef struct xenpf_set_processor_pminfo xenpf_set_processor_pminfo_t;

struct xenpf_pcpuinfo {
	uint32_t xen_cpuid; /* in, the rest out */
	uint32_t max_present;
	uint32_t flags; /* XEN_PCPU_FLAGS_* */
	uint32_t apic_id;
	uint32_t acpi_id;
};
typedef struct xenpf_pcpuinfo xenpf_pcpuinfo_t;

struct xenpf_pcpu_version {
	uint32_t xen_cpuid; /* in, the rest out */
	uint32_t max_present;
	char vendor_id[12];
	uint32_t family;
	uint32_t model;
	uint32_t stepping;
};
typedef struct xenpf_pcpu_version xenpf_pcpu_version_t;

struct xenpf_cpu_ol {
	uint32_t cpuid;
};
typedef struct xenpf_cpu_ol xenpf_cpu_ol_t;

struct xenpf_cpu_hotadd {
	uint32_t apic_id;
	uint32_t acpi_id;
	uint32_t pxm;
};
typedef struct xenpf_cpu_hotadd xenpf_cpu_hotadd_t;

struct xenpf_mem_hotadd {
	uint64_t spfn;
	uint64_t epfn;
	uint32_t pxm;
	uint32_t flags;
};
typedef struct xenpf_mem_hotadd xenpf_mem_hotadd_t;

#define XEN_CORE_PARKING_SET 1
#define XEN_CORE_PARKING_GET 2

struct xenpf_core_parking {
	uint32_t type; /* XEN_CORE_PARKING_* */
	uint32_t idle_nums;
};
typedef struct xenpf_core_parking xenpf_core_parking_t;

#define XEN_RESOURCE_OP_MSR_READ  0
#define XEN_RESOURCE_OP_MSR_WRITE 1

struct xenpf_resource_entry {
	union {
		uint32_t cmd; /* in: XEN_RESOURCE_OP_* */
		int32_t ret; /* out */
	} u;
	uint32_t rsvd;
	uint64_t idx;
	uint64_t val;
};
typedef struct xenpf_resource_entry xenpf_resource_entry_t;

struct xenpf_resource_op {
	uint32_t nr_entries;
	uint32_t cpu;
	XEN_GUEST_HANDLE(xenpf_resource_entry_t) entries;
};
typedef struct xenpf_resource_op xenpf_resource_op_t;

struct xenpf_symdata {
	uint32_t namelen; /* in: room; out: length with NUL */
	uint32_t symnum; /* in: which; out: the next one */
	XEN_GUEST_HANDLE(char) name;
	uint64_t address; /* out */
	char type; /* out */
};
typedef struct xenpf_symdata xenpf_symdata_t;

/* ---- The argument ---------------------------------------------------------------------------- */
struct xen_platform_op {
	uint32_t cmd; /* XENPF_* */
	uint32_t interface_version; /* XENPF_INTERFACE_VERSION */
	union {
		xenpf_settime64_t settime;
		xenpf_settime32_t settime32;
		xenpf_settime64_t settime64;
		xenpf_add_memtype_t add_memtype;
		xenpf_del_memtype_t del_memtype;
		xenpf_read_memtype_t read_memtype;
		xenpf_microcode_update_t microcode;
		xenpf_platform_quirk_t platform_quirk;
		xenpf_firmware_info_t firmware_info;
		xenpf_enter_acpi_sleep_t enter_acpi_sleep;
		xenpf_change_freq_t change_freq;
		xenpf_getidletime_t getidletime;
		xenpf_set_processor_pminfo_t set_pminfo;
		xenpf_pcpuinfo_t pcpu_info;
		xenpf_pcpu_version_t pcpu_version;
		xenpf_cpu_ol_t cpu_ol;
		xenpf_cpu_hotadd_t cpu_add;
		xenpf_mem_hotadd_t mem_add;
		xenpf_core_parking_t core_parking;
		xenpf_resource_op_t resource_op;
		xenpf_symdata_t symdata;
		uint8_t pad[128];
	} u;
};
typedef struct xen_platform_op xen_platform_op_t;

#endif
