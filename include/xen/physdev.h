/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts, PCI devices and port access of the domain that drives the hardware (hypercall 33). */
#ifndef SHOJI_XEN_PHYSDEV_H
#define SHOJI_XEN_PHYSDEV_H

#include "xen.h"

#define PHYSDEVOP_IRQ_UNMASK_NOTIFY 4 /* old name of eoi for the caller */
#define PHYSDEVOP_irq_status_query  5 /* physdev_irq_status_query */
#define PHYSDEVOP_set_iopl	    6 /* physdev_set_iopl */
#define PHYSDEVOP_set_iobitmap	    7 /* physdev_set_iobitmap */
#define PHYSDEVOP_apic_read	    8 /* physdev_apic */
#define PHYSDEVOP_apic_write	    9 /* physdev_apic */
#define PHYSDEVOP_alloc_irq_vector  10 /* physdev_irq */
#define PHYSDEVOP_free_irq_vector   11 /* physdev_irq */
#define PHYSDEVOP_eoi		    12 /* physdev_eoi */
#define PHYSDEVOP_map_pirq	    13 /* physdev_map_pirq */
#define PHYSDEVOP_unmap_pirq	    14 /* physdev_unmap_pirq */
#define PHYSDEVOP_manage_pci_add    15 /* physdev_manage_pci */
#define PHYSDEVOP_manage_pci_remove 16 /* physdev_manage_pci */
#define PHYSDEVOP_pirq_eoi_gmfn_v1  17 /* physdev_pirq_eoi_gmfn; also unmasks on EOI */
#define PHYSDEVOP_restore_msi	    19 /* physdev_restore_msi */
#define PHYSDEVOP_manage_pci_add_ext 20 /* physdev_manage_pci_ext */
#define PHYSDEVOP_setup_gsi	    21 /* physdev_setup_gsi */
#define PHYSDEVOP_get_free_pirq	    23 /* physdev_get_free_pirq */
#define PHYSDEVOP_pci_mmcfg_reserved 24 /* physdev_pci_mmcfg_reserved */
#define PHYSDEVOP_pci_device_add    25 /* physdev_pci_device_add */
#define PHYSDEVOP_pci_device_remove 26 /* physdev_pci_device */
#define PHYSDEVOP_restore_msi_ext   27 /* physdev_pci_device */
#define PHYSDEVOP_pirq_eoi_gmfn_v2  28 /* physdev_pirq_eoi_gmfn */
#define PHYSDEVOP_dbgp_op	    29 /* physdev_dbgp_op */
#define PHYSDEVOP_prepare_msix	    30 /* physdev_pci_device */
#define PHYSDEVOP_release_msix	    31 /* physdev_pci_device */

#define PHYSDEVOP_pirq_eoi_gmfn PHYSDEVOP_pirq_eoi_gmfn_v2

struct physdev_eoi {
	uint32_t irq;
};
typedef struct physdev_eoi physdev_eoi_t;

struct physdev_pirq_eoi_gmfn {
	xen_pfn_t gmfn; /* a page of bits: this pirq needs an EOI */
};
typedef struct physdev_pirq_eoi_gmfn physdev_pirq_eoi_gmfn_t;

#define _XENIRQSTAT_needs_eoi 0
#define XENIRQSTAT_needs_eoi  (1U << _XENIRQSTAT_needs_eoi)
#define _XENIRQSTAT_shared    1
#define XENIRQSTAT_shared     (1U << _XENIRQSTAT_shared)

struct physdev_irq_status_query {
	uint32_t irq;
	uint32_t flags; /* out: XENIRQSTAT_* */
};
typedef struct physdev_irq_status_query physdev_irq_status_query_t;

struct physdev_set_iopl {
	uint32_t iopl;
};
typedef struct physdev_set_iopl physdev_set_iopl_t;

struct physdev_set_iobitmap {
	XEN_GUEST_HANDLE(uint8_t) bitmap;
	uint32_t nr_ports;
};
typedef struct physdev_set_iobitmap physdev_set_iobitmap_t;

struct physdev_apic {
	uint64_t apic_physbase; /* which IO-APIC */
	uint32_t reg;
	uint32_t value; /* in or out */
};
typedef struct physdev_apic physdev_apic_t;

struct physdev_irq {
	uint32_t irq;
	uint32_t vector; /* out */
};
typedef struct physdev_irq physdev_irq_t;

#define MAP_PIRQ_TYPE_MSI	0x0
#define MAP_PIRQ_TYPE_GSI	0x1
#define MAP_PIRQ_TYPE_UNKNOWN	0x2
#define MAP_PIRQ_TYPE_MSI_SEG	0x3 /* segment in the upper half of bus */
#define MAP_PIRQ_TYPE_MULTI_MSI 0x4 /* as MSI_SEG, entry_nr vectors */

struct physdev_map_pirq {
	domid_t domid;
	int32_t type; /* MAP_PIRQ_TYPE_* */
	int32_t index; /* GSI, or -1 for a fresh vector */
	int32_t pirq; /* in: wanted or -1; out */
	int32_t bus;
	int32_t devfn;
	int32_t entry_nr; /* MSI-X entry; number of vectors for MULTI_MSI, in and out */
	uint64_t table_base; /* MSI-X table's BAR, 0: plain MSI */
};
typedef struct physdev_map_pirq physdev_map_pirq_t;

struct physdev_unmap_pirq {
	domid_t domid;
	int32_t pirq;
};
typedef struct physdev_unmap_pirq physdev_unmap_pirq_t;

struct physdev_manage_pci {
	uint8_t bus;
	uint8_t devfn;
};
typedef struct physdev_manage_pci physdev_manage_pci_t;

struct physdev_restore_msi {
	uint8_t bus;
	uint8_t devfn;
};
typedef struct physdev_restore_msi physdev_restore_msi_t;

struct physdev_manage_pci_ext {
	uint8_t bus;
	uint8_t devfn;
	uint32_t is_extfn;
	uint32_t is_virtfn;
	struct {
		uint8_t bus;
		uint8_t devfn;
	} physfn;
};
typedef struct physdev_manage_pci_ext physdev_manage_pci_ext_t;

/* Argument of the old form of the call (hypercall 19). */
struct physdev_op {
	uint32_t cmd;
	union {
		physdev_irq_status_query_t irq_status_query;
		physdev_set_iopl_t set_iopl;
		physdev_set_iobitmap_t set_iobitmap;
		physdev_apic_t apic_op;
		physdev_irq_t irq_op;
	} u;
};
typedef struct physdev_op physdev_op_t;

struct physdev_setup_gsi {
	int32_t gsi;
	uint8_t triggering; /* 0 edge, 1 level */
	uint8_t polarity; /* 0 high, 1 low */
};
typedef struct physdev_setup_gsi physdev_setup_gsi_t;

struct physdev_get_free_pirq {
	int32_t type; /* MAP_PIRQ_TYPE_* */
	uint32_t pirq; /* out */
};
typedef struct physdev_get_free_pirq physdev_get_free_pirq_t;

#define XEN_PCI_MMCFG_RESERVED 0x1

struct physdev_pci_mmcfg_reserved {
	uint64_t address;
	uint16_t segment;
	uint8_t start_bus;
	uint8_t end_bus;
	uint32_t flags; /* XEN_PCI_MMCFG_RESERVED: the firmware has reserved it */
};
typedef struct physdev_pci_mmcfg_reserved physdev_pci_mmcfg_reserved_t;

#define XEN_PCI_DEV_EXTFN  0x1
#define XEN_PCI_DEV_VIRTFN 0x2 /* physfn is its parent */
#define XEN_PCI_DEV_PXM	   0x4 /* optarr[0] is the proximity domain */

struct physdev_pci_device_add {
	uint16_t seg;
	uint8_t bus;
	uint8_t devfn;
	uint32_t flags; /* XEN_PCI_DEV_* */
	struct {
		uint8_t bus;
		uint8_t devfn;
	} physfn;
	uint32_t optarr[];
};
typedef struct physdev_pci_device_add physdev_pci_device_add_t;

struct physdev_pci_device {
	uint16_t seg;
	uint8_t bus;
	uint8_t devfn;
};
typedef struct physdev_pci_device physdev_pci_device_t;

#define PHYSDEVOP_DBGP_RESET_PREPARE 1
#define PHYSDEVOP_DBGP_RESET_DONE    2

#define PHYSDEVOP_DBGP_BUS_UNKNOWN 0
#define PHYSDEVOP_DBGP_BUS_PCI	   1

struct physdev_dbgp_op {
	uint8_t op; /* PHYSDEVOP_DBGP_RESET_* */
	uint8_t bus; /* PHYSDEVOP_DBGP_BUS_* */
	union {
		physdev_pci_device_t pci;
	} u;
};
typedef struct physdev_dbgp_op physdev_dbgp_op_t;

#endif
