/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * physdev_op: each call reaches the function behind it with its arguments unchanged, and a guest
 * reaches only its own interrupts and devices.
 */
/* sources: hypervisor/irq/physdev_op.c */
#include "control_world.h"

#include "effects.h"

#include <hv/hypercall/hypercall.h>
#include <hv/irq/irq.h>
#include <hv/irq/irqdesc.h>
#include <hv/irq/pci.h>
#include <hv/irq/pirq.h>
#include <x86/ioapic.h>
#include <xen/physdev.h>

static struct {
	uint32_t pirq, gsi;
	int32_t wanted;
	struct msi_request msi;
	uint64_t gmfn;
	bool unmask, level, low;
	pci_bdf_t restored;
} seen;
static struct irq_desc descs[20];
static int answer;	/* of the rooms */

int pirq_eoi(struct domain *d, uint32_t pirq)
{
	(void)d;
	seen.pirq = pirq;
	return answer;
}

int pirq_status(struct domain *d, uint32_t pirq, uint32_t *flags)
{
	(void)d;
	seen.pirq = pirq;
	*flags = XENIRQSTAT_needs_eoi;
	return answer;
}

int pirq_set_eoi_page(struct domain *d, uint64_t gmfn, bool unmask)
{
	(void)d;
	seen.gmfn = gmfn;
	seen.unmask = unmask;
	return answer;
}

int pirq_map_gsi(struct domain *d, uint32_t gsi, int32_t *pirq)
{
	(void)d;
	seen.gsi = gsi;
	seen.wanted = *pirq;
	*pirq = 77;
	return answer;
}

int pirq_map_msi(struct domain *d, const struct msi_request *req, int32_t *pirq)
{
	(void)d;
	seen.msi = *req;
	*pirq = 88;
	return answer;
}

int pirq_unmap(struct domain *d, uint32_t pirq)
{
	(void)d;
	seen.pirq = pirq;
	return answer;
}

int irq_setup_gsi(uint32_t gsi, bool level, bool low)
{
	seen.gsi = gsi;
	seen.level = level;
	seen.low = low;
	return answer;
}

int irq_restore_msi(pci_bdf_t bdf)
{
	seen.restored = bdf;
	return answer;
}

struct irq_desc *irq_desc(uint32_t irq)
{
	return irq < 20 ? &descs[irq] : NULL;
}

int ioapic_read_register(maddr_t base, uint32_t reg, uint32_t *value)
{
	*value = 0x100 + reg;
	return base == 0xfec00000 ? 0 : -ENODEV;
}

static pci_bdf_t known;

bool pci_announce(pci_bdf_t bdf, bool on)
{
	bool was = known == bdf;

	known = on ? bdf : 0;
	return was;
}

uint32_t pci_read(pci_bdf_t bdf, unsigned int reg, unsigned int size)
{
	(void)reg, (void)size;
	return bdf == 0x18 ? 0x1af4 : 0xffff;
}

static long call(uint32_t cmd, const void *arg)
{
	return do_physdev_op(cmd, at(arg), 0, 0, 0, 0);
}

static void test_everybody(void)
{
	struct physdev_eoi eoi = {5};
	struct physdev_irq_status_query q = {.irq = 6};
	struct physdev_pirq_eoi_gmfn page = {42};
	struct physdev_set_iopl iopl = {1};
	struct physdev_set_iobitmap map = {.bitmap = 0x1000, .nr_ports = 1024};
	struct vcpu *v = &world_vcpu[1][0];

	run_as(1);
	result(call(PHYSDEVOP_eoi, &eoi) == 0 && seen.pirq == 5, "EOI");
	result(call(PHYSDEVOP_irq_status_query, &q) == 0 && q.flags == XENIRQSTAT_needs_eoi &&
		       seen.pirq == 6,
	       "status");
	result(call(PHYSDEVOP_pirq_eoi_gmfn_v1, &page) == 0 && seen.gmfn == 42 && seen.unmask &&
		       call(PHYSDEVOP_pirq_eoi_gmfn_v2, &page) == 0 && !seen.unmask,
	       "the EOI page, both versions");
	result(call(PHYSDEVOP_set_iopl, &iopl) == 0 && v->trap.iopl == 1, "the virtual IOPL");
	iopl.iopl = 4;
	result(call(PHYSDEVOP_set_iopl, &iopl) == -EINVAL && v->trap.iopl == 1, "up to 3");
	result(call(PHYSDEVOP_set_iobitmap, &map) == 0 && v->trap.iobitmap == 0x1000 &&
		       v->trap.iobitmap_ports == 1024,
	       "the port bitmap");
	map.nr_ports = 65537;
	result(call(PHYSDEVOP_set_iobitmap, &map) == -EINVAL, "of 65536 ports at most");
	map = (struct physdev_set_iobitmap){.bitmap = HV_VIRT_START, .nr_ports = 1};
	result(call(PHYSDEVOP_set_iobitmap, &map) == -EINVAL && v->trap.iobitmap == 0x1000,
	       "and not in the hypervisor");
	result(call(PHYSDEVOP_map_pirq, &q) == -EPERM && call(PHYSDEVOP_unmap_pirq, &q) == -EPERM &&
		       call(PHYSDEVOP_setup_gsi, &q) == -EPERM &&
		       call(PHYSDEVOP_apic_read, &q) == -EPERM &&
		       call(PHYSDEVOP_alloc_irq_vector, &q) == -EPERM &&
		       call(PHYSDEVOP_pci_device_add, &q) == -EPERM &&
		       call(PHYSDEVOP_restore_msi, &q) == -EPERM &&
		       call(PHYSDEVOP_restore_msi_ext, &q) == -EPERM &&
		       call(PHYSDEVOP_manage_pci_add, &q) == -EPERM,
	       "the machine is not a guest's");
	run_as(0);
}

static void test_map(void)
{
	struct physdev_map_pirq m = {
		.domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 11, .pirq = 11};
	struct physdev_unmap_pirq u = {.domid = DOMID_SELF, .pirq = 9};

	result(call(PHYSDEVOP_map_pirq, &m) == 0 && m.pirq == 77 && seen.gsi == 11 &&
		       seen.wanted == 11,
	       "a GSI is mapped");
	m.index = -1;
	result(call(PHYSDEVOP_map_pirq, &m) == -EINVAL, "a negative one is none");
	m = (struct physdev_map_pirq){.domid = 0,
				      .type = MAP_PIRQ_TYPE_MSI_SEG,
				      .index = -1,
				      .pirq = -1,
				      .bus = 3,
				      .devfn = 0x18};
	result(call(PHYSDEVOP_map_pirq, &m) == 0 && m.pirq == 88 && seen.msi.bdf == 0x318 &&
		       !seen.msi.x,
	       "an MSI");
	m.entry_nr = 7;
	m.table_base = 0xfe000000;
	result(call(PHYSDEVOP_map_pirq, &m) == 0 && seen.msi.x && seen.msi.entry == 7 &&
		       seen.msi.table_base == 0xfe000000,
	       "an MSI-X entry: the table's address says so");
	seen.pirq = 0;
	world_copies_left = 1;
	result(call(PHYSDEVOP_map_pirq, &m) == -EFAULT && seen.pirq == 88,
	       "without an answer it is undone");
	world_copies_left = -1;
	m.bus = 1 << 16;
	result(call(PHYSDEVOP_map_pirq, &m) == -ENODEV, "in segment 0 only");
	m.bus = 0;
	m.devfn = 256;
	result(call(PHYSDEVOP_map_pirq, &m) == -EINVAL, "of a device that can be");
	m.devfn = 0;
	m.entry_nr = 65536;
	result(call(PHYSDEVOP_map_pirq, &m) == -EINVAL, "and an entry that can be");
	m.type = MAP_PIRQ_TYPE_MULTI_MSI;
	result(call(PHYSDEVOP_map_pirq, &m) == -EOPNOTSUPP, "one message a time");
	m.type = 9;
	result(call(PHYSDEVOP_map_pirq, &m) == -EINVAL, "other kinds there are not");
	m.domid = 1;
	result(call(PHYSDEVOP_map_pirq, &m) == -ENOSYS, "nor other domains");
	m = (struct physdev_map_pirq){
		.domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 11, .pirq = 11};
	answer = -EBUSY;
	result(call(PHYSDEVOP_map_pirq, &m) == -EBUSY && m.pirq == 11,
	       "a refusal changes nothing of the caller's");
	answer = 0;
	result(call(PHYSDEVOP_unmap_pirq, &u) == 0 && seen.pirq == 9, "unmapping");
	u.pirq = -1;
	result(call(PHYSDEVOP_unmap_pirq, &u) == -EINVAL, "not a negative one");
}

static void test_devices(void)
{
	struct physdev_setup_gsi g = {.gsi = 10, .triggering = 1, .polarity = 0};
	struct physdev_apic apic = {.apic_physbase = 0xfec00000, .reg = 1};
	struct physdev_irq irq = {.irq = 3};
	struct physdev_pci_device_add add = {.devfn = 0x18};
	struct physdev_pci_device dev = {.bus = 2, .devfn = 8};
	struct physdev_pci_device added = {.devfn = 0x18};
	struct physdev_manage_pci old = {.bus = 0, .devfn = 0x20};

	result(call(PHYSDEVOP_setup_gsi, &g) == 0 && seen.gsi == 10 && seen.level && !seen.low,
	       "a line is configured");
	g.gsi = -5;
	result(call(PHYSDEVOP_setup_gsi, &g) == -EINVAL, "not a negative one");
	result(call(PHYSDEVOP_apic_read, &apic) == 0 && apic.value == 0x101,
	       "an IO-APIC's register");
	apic.apic_physbase = 0;
	result(call(PHYSDEVOP_apic_read, &apic) == -ENODEV, "of one that is there");
	descs[3].kind = IRQ_GSI;
	result(call(PHYSDEVOP_alloc_irq_vector, &irq) == 0 && irq.vector == 3,
	       "a vector is said to be there");
	irq.irq = 4;
	result(call(PHYSDEVOP_alloc_irq_vector, &irq) == -EINVAL, "for GSIs that exist");
	result(call(PHYSDEVOP_pci_device_add, &add) == 0 && known == 0x18, "a device is announced");
	result(call(PHYSDEVOP_pci_device_remove, &added) == 0 && known == 0 &&
		       call(PHYSDEVOP_pci_device_remove, &added) == -ENODEV,
	       "and taken back, once");
	add.devfn = 0x19;
	result(call(PHYSDEVOP_pci_device_add, &add) == -ENODEV &&
		       call(PHYSDEVOP_manage_pci_add, &old) == -ENODEV,
	       "that answers");
	add.seg = 1;
	result(call(PHYSDEVOP_pci_device_add, &add) == -EOPNOTSUPP, "in segment 0");
	result(call(PHYSDEVOP_restore_msi_ext, &dev) == 0 && seen.restored == 0x208,
	       "messages are restored");
	result(call(22, &dev) == -ENOSYS && call(999, &dev) == -ENOSYS &&
		       call(UINT32_MAX, &dev) == -ENOSYS &&
		       call(PHYSDEVOP_apic_write, &dev) == -ENOSYS,
	       "there are no other calls");
	bool good = true;

	for (uint32_t cmd = 0; cmd < 40; cmd++) {
		long rc = do_physdev_op(cmd, 16, 0, 0, 0, 0);

		good &= rc == -EFAULT || rc == -ENOSYS;
	}
	result(good, "each faults at a bad address");
}

/* ---- each sub-operation, and what is different after it ---- */

static struct {
	uint32_t cmd;
	union {
		struct physdev_eoi eoi;
		struct physdev_irq_status_query status;
		struct physdev_pirq_eoi_gmfn page;
		struct physdev_set_iopl iopl;
		struct physdev_set_iobitmap map;
		struct physdev_map_pirq pirq;
		struct physdev_unmap_pirq unmap;
		struct physdev_setup_gsi gsi;
		struct physdev_apic apic;
		struct physdev_irq vector;
		struct physdev_pci_device_add add;
		struct physdev_pci_device device;
		struct physdev_manage_pci manage;
		struct physdev_restore_msi restore;
	} u;
} op;

static long effect_call(uint32_t cmd)
{
	return call(cmd, &op.u);
}

#define PREPARE(name, member, ...)                                    \
	static void prepare_##name(void)                              \
	{                                                             \
		op.u.member = (typeof(op.u.member)){__VA_ARGS__};     \
	}
PREPARE(eoi, eoi, 9)
PREPARE(status, status, .irq = 6)
PREPARE(page, page, 43)
PREPARE(iopl, iopl, 2)
PREPARE(no_iopl, iopl, 4)
PREPARE(map, map, .bitmap = 0x2000, .nr_ports = 8)
PREPARE(pirq, pirq, .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 12, .pirq = 12)
PREPARE(many, pirq, .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_MULTI_MSI, .bus = 1)
PREPARE(unmap, unmap, .domid = DOMID_SELF, .pirq = 12)
PREPARE(gsi, gsi, .gsi = 13, .triggering = 1)
PREPARE(apic, apic, .apic_physbase = 0xfec00000, .reg = 1)
PREPARE(vector, vector, .irq = 3)
PREPARE(add, add, .devfn = 0x18)
PREPARE(segment, add, .seg = 1, .devfn = 0x18)
PREPARE(device, device, .devfn = 0x18)
PREPARE(manage, manage, .devfn = 0x18)
PREPARE(restore, restore, .bus = 3, .devfn = 8)
PREPARE(restore_ext, device, .bus = 4, .devfn = 8)

static const struct sub_op rows[] = {
	{PHYSDEVOP_eoi, "eoi", prepare_eoi, CHANGES, 0, NULL},
	{PHYSDEVOP_irq_status_query, "irq_status_query", prepare_status, CHANGES, 0, NULL},
	{PHYSDEVOP_set_iopl, "set_iopl", prepare_iopl, CHANGES, 0, NULL},
	{PHYSDEVOP_set_iopl, "an IOPL that is none", prepare_no_iopl, REFUSES, -EINVAL, NULL},
	{PHYSDEVOP_set_iobitmap, "set_iobitmap", prepare_map, CHANGES, 0, NULL},
	{PHYSDEVOP_pirq_eoi_gmfn_v1, "pirq_eoi_gmfn_v1", prepare_page, CHANGES, 0, NULL},
	{PHYSDEVOP_pirq_eoi_gmfn_v2, "pirq_eoi_gmfn_v2", prepare_page, CHANGES, 0, NULL},
	{PHYSDEVOP_apic_read, "apic_read", prepare_apic, ANSWERS, 0, NULL},
	{PHYSDEVOP_alloc_irq_vector, "alloc_irq_vector", prepare_vector, ANSWERS, 0, NULL},
	{PHYSDEVOP_map_pirq, "map_pirq", prepare_pirq, CHANGES, 0, NULL},
	{PHYSDEVOP_map_pirq, "several messages", prepare_many, REFUSES, -EOPNOTSUPP, NULL},
	{PHYSDEVOP_unmap_pirq, "unmap_pirq", prepare_unmap, CHANGES, 0, NULL},
	{PHYSDEVOP_setup_gsi, "setup_gsi", prepare_gsi, CHANGES, 0, NULL},
	{PHYSDEVOP_pci_device_add, "pci_device_add", prepare_add, CHANGES, 0, NULL},
	{PHYSDEVOP_pci_device_add, "that of another segment", prepare_segment, REFUSES,
	 -EOPNOTSUPP, NULL},
	{PHYSDEVOP_pci_device_remove, "pci_device_remove", prepare_device, CHANGES, 0, NULL},
	{PHYSDEVOP_pci_device_remove, "a second one", prepare_device, REFUSES, -ENODEV, NULL},
	{PHYSDEVOP_manage_pci_add, "manage_pci_add", prepare_manage, CHANGES, 0, NULL},
	{PHYSDEVOP_manage_pci_remove, "manage_pci_remove", prepare_manage, CHANGES, 0, NULL},
	{PHYSDEVOP_restore_msi, "restore_msi", prepare_restore, CHANGES, 0, NULL},
	{PHYSDEVOP_restore_msi_ext, "restore_msi_ext", prepare_restore_ext, CHANGES, 0, NULL},
};

static void test_effects(void)
{
	const struct region state[] = {{world_dom, sizeof(world_dom)},
				       {world_vcpu, sizeof(world_vcpu)},
				       {&seen, sizeof(seen)},
				       {&known, sizeof(known)},
				       {NULL, 0}};
	const struct region arg = {&op, sizeof(op)};

	known = 0;
	memset(&seen, 0, sizeof(seen));
	effects_run(rows, ARRAY_SIZE(rows), effect_call, arg, state, NULL);
	effects_complete("physdev_op", rows, ARRAY_SIZE(rows), effect_call, arg, 100, UINT32_MAX);
}

int main(void)
{
	world_start();
	test_everybody();
	test_map();
	test_devices();
	test_effects();
	printf("1..%u\n", tap_number);
	return tap_failures != 0;
}
