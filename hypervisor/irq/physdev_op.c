// SPDX-License-Identifier: GPL-2.0-only
/*
 * physdev_op (hypercall 33): the door to interrupts and PCI devices (ABI.md 12.1). Each sub-op
 * copies its argument in once, checks the copy, and copies back what it answers. Hypercall context,
 * no locks held at entry.
 */
#include <hv/domain/domain.h>
#include <hv/domain/vcpu.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>
#include <hv/irq/irq.h>
#include <hv/irq/irqdesc.h>
#include <hv/irq/pci.h>
#include <hv/irq/pirq.h>
#include <hv/lib/lib.h>
#include <hv/percpu.h>
#include <x86/ioapic.h>
#include <x86/uaccess.h>
#include <xen/physdev.h>

/* ---- for every domain ---- */

static long op_eoi(gaddr_t arg)
{
	struct physdev_eoi op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	return pirq_eoi(current->domain, op.irq);
}

static long eoi_gmfn(gaddr_t arg, bool unmask)
{
	struct physdev_pirq_eoi_gmfn op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	return pirq_set_eoi_page(current->domain, op.gmfn, unmask);
}

static long op_eoi_gmfn_v1(gaddr_t arg)
{
	return eoi_gmfn(arg, true);
}

static long op_eoi_gmfn_v2(gaddr_t arg)
{
	return eoi_gmfn(arg, false);
}

static long op_irq_status_query(gaddr_t arg)
{
	struct physdev_irq_status_query op;
	int rc;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	rc = pirq_status(current->domain, op.irq, &op.flags);
	if (rc)
		return rc;
	return copy_to_guest(arg, &op, sizeof(op));
}

static long op_set_iopl(gaddr_t arg)
{
	struct physdev_set_iopl op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	if (op.iopl > 3)
		return -EINVAL;
	current->trap.iopl = (uint8_t)op.iopl;
	return 0;
}

static long op_set_iobitmap(gaddr_t arg)
{
	struct physdev_set_iobitmap op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	if (op.nr_ports > 65536 || !guest_range_ok(op.bitmap, (op.nr_ports + 7) / 8))
		return -EINVAL;
	current->trap.iobitmap = op.bitmap;
	current->trap.iobitmap_ports = op.nr_ports;
	return 0;
}

/* ---- for Domain-0 ---- */

static long op_apic_read(gaddr_t arg)
{
	struct physdev_apic op;
	int rc;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	rc = ioapic_read_register(op.apic_physbase, op.reg, &op.value);
	if (rc)
		return rc;
	return copy_to_guest(arg, &op, sizeof(op));
}

static long op_alloc_irq_vector(gaddr_t arg)
{
	struct physdev_irq op;
	const struct irq_desc *desc;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	desc = irq_desc(op.irq);
	if (!desc || desc->kind != IRQ_GSI)
		return -EINVAL;
	op.vector = op.irq;	/* the guest only wants to hear that there is one */
	return copy_to_guest(arg, &op, sizeof(op));
}

static int map_msi(const struct physdev_map_pirq *op, int32_t *pirq)
{
	struct msi_request req = {
		.bdf = (pci_bdf_t)((op->bus & 0xff) << 8 | (op->devfn & 0xff)),
		.x = op->table_base != 0,
		.entry = (uint16_t)op->entry_nr,
		.table_base = op->table_base,
	};

	if (op->type == MAP_PIRQ_TYPE_MSI_SEG && (op->bus >> 16))
		return -ENODEV;	/* configuration space of one segment only is reachable */
	if (op->devfn < 0 || op->devfn > 0xff || op->entry_nr < 0 || op->entry_nr > 0xffff)
		return -EINVAL;
	return pirq_map_msi(current->domain, &req, pirq);
}

static long op_map_pirq(gaddr_t arg)
{
	struct physdev_map_pirq op;
	int rc;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	if (op.domid != DOMID_SELF && op.domid != current->domain->id)
		return not_implemented("map_pirq for another domain", op.domid);
	switch (op.type) {
	case MAP_PIRQ_TYPE_GSI:
		rc = op.index < 0 ? -EINVAL
				  : pirq_map_gsi(current->domain, (uint32_t)op.index, &op.pirq);
		break;
	case MAP_PIRQ_TYPE_MSI:
	case MAP_PIRQ_TYPE_MSI_SEG:
		rc = map_msi(&op, &op.pirq);
		break;
	case MAP_PIRQ_TYPE_MULTI_MSI:	/* the driver goes on with one message */
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
	if (rc)
		return rc;
	if (!copy_to_guest(arg, &op, sizeof(op)))
		return 0;
	if (op.type != MAP_PIRQ_TYPE_GSI)	/* a line may have been mapped before, and stays */
		(void)pirq_unmap(current->domain, (uint32_t)op.pirq);
	return -EFAULT;
}

static long op_unmap_pirq(gaddr_t arg)
{
	struct physdev_unmap_pirq op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	if (op.domid != DOMID_SELF && op.domid != current->domain->id)
		return -ESRCH;
	return op.pirq < 0 ? -EINVAL : pirq_unmap(current->domain, (uint32_t)op.pirq);
}

static long op_setup_gsi(gaddr_t arg)
{
	struct physdev_setup_gsi op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	return op.gsi < 0 ? -EINVAL
			  : irq_setup_gsi((uint32_t)op.gsi, op.triggering == 1, op.polarity == 1);
}

/* A device is announced: it is known from then on, if it can be reached. */
static long add_device(unsigned int segment, unsigned int bus, unsigned int devfn)
{
	pci_bdf_t bdf = (pci_bdf_t)(bus << 8 | devfn);

	if (segment)
		return -EOPNOTSUPP;
	if (pci_read(bdf, 0, 2) == 0xffff)
		return -ENODEV;
	(void)pci_announce(bdf, true);
	return 0;
}

static long remove_device(unsigned int segment, unsigned int bus, unsigned int devfn)
{
	return !segment && pci_announce((pci_bdf_t)(bus << 8 | devfn), false) ? 0 : -ENODEV;
}

static long op_pci_device_add(gaddr_t arg)
{
	struct physdev_pci_device_add op;

	if (copy_from_guest(&op, arg, offsetof(struct physdev_pci_device_add, optarr)))
		return -EFAULT;
	return add_device(op.seg, op.bus, op.devfn);
}

static long op_pci_device_remove(gaddr_t arg)
{
	struct physdev_pci_device op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	return remove_device(op.seg, op.bus, op.devfn);
}

static long op_manage_pci_add(gaddr_t arg)
{
	struct physdev_manage_pci op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	return add_device(0, op.bus, op.devfn);
}

static long op_manage_pci_remove(gaddr_t arg)
{
	struct physdev_manage_pci op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	return remove_device(0, op.bus, op.devfn);
}

static long op_restore_msi(gaddr_t arg)
{
	struct physdev_restore_msi op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	return irq_restore_msi((pci_bdf_t)(op.bus << 8 | op.devfn));
}

static long op_restore_msi_ext(gaddr_t arg)
{
	struct physdev_pci_device op;

	if (copy_from_guest(&op, arg, sizeof(op)))
		return -EFAULT;
	return op.seg ? -ENODEV : irq_restore_msi((pci_bdf_t)(op.bus << 8 | op.devfn));
}

/* ---- the table ---- */

static const struct {
	long (*fn)(gaddr_t arg);
	bool everybody;
} ops[] = {
	[PHYSDEVOP_eoi] = {op_eoi, true},
	[PHYSDEVOP_irq_status_query] = {op_irq_status_query, true},
	[PHYSDEVOP_set_iopl] = {op_set_iopl, true},
	[PHYSDEVOP_set_iobitmap] = {op_set_iobitmap, true},
	[PHYSDEVOP_pirq_eoi_gmfn_v1] = {op_eoi_gmfn_v1, true},
	[PHYSDEVOP_pirq_eoi_gmfn_v2] = {op_eoi_gmfn_v2, true},
	[PHYSDEVOP_apic_read] = {op_apic_read, false},
	[PHYSDEVOP_alloc_irq_vector] = {op_alloc_irq_vector, false},
	[PHYSDEVOP_map_pirq] = {op_map_pirq, false},
	[PHYSDEVOP_unmap_pirq] = {op_unmap_pirq, false},
	[PHYSDEVOP_setup_gsi] = {op_setup_gsi, false},
	[PHYSDEVOP_manage_pci_add] = {op_manage_pci_add, false},
	[PHYSDEVOP_manage_pci_remove] = {op_manage_pci_remove, false},
	[PHYSDEVOP_pci_device_add] = {op_pci_device_add, false},
	[PHYSDEVOP_pci_device_remove] = {op_pci_device_remove, false},
	[PHYSDEVOP_restore_msi] = {op_restore_msi, false},
	[PHYSDEVOP_restore_msi_ext] = {op_restore_msi_ext, false},
};

/*
 * a1: PHYSDEVOP_*, a2: its argument. What the sub-op says, -ENOSYS (unknown), -EPERM (Domain-0's),
 * -EFAULT.
 */
HYPERCALL(do_physdev_op)
{
	uint32_t cmd = (uint32_t)a1;

	(void)a3, (void)a4, (void)a5, (void)a6;
	if (cmd >= ARRAY_SIZE(ops))
		return not_implemented("physdev_op", cmd);
	cmd = (uint32_t)index_nospec(cmd, ARRAY_SIZE(ops));
	if (!ops[cmd].fn)
		return not_implemented("physdev_op", cmd);
	if (!ops[cmd].everybody && !current->domain->privileged)
		return -EPERM;
	return ops[cmd].fn(a2);
}
