/* SPDX-License-Identifier: GPL-2.0-only */
/* physdev_op: the few calls that a guest without devices may make. */
#include "guest.h"

#define PHYS(op, arg) HC2(physdev_op, PHYSDEVOP_##op, arg)

void group_physdev(void)
{
	struct physdev_set_iopl iopl = {.iopl = 1};
	struct physdev_eoi eoi = {.irq = 9999};
	struct physdev_irq_status_query q = {.irq = 0xffffffff};
	struct physdev_map_pirq map = {
		.domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 9, .pirq = 9};
	struct physdev_unmap_pirq unmap = {.domid = 0, .pirq = 9};
	struct physdev_setup_gsi gsi = {.gsi = 9, .triggering = 1};
	struct physdev_apic apic = {.apic_physbase = 0xfec00000, .reg = 1};
	struct physdev_pci_device dev = {.bus = 0, .devfn = 8};
	struct physdev_set_iobitmap bits = {.bitmap = BAD_HV, .nr_ports = 1024};
	struct physdev_pirq_eoi_gmfn page = {.gmfn = foreign_mfn()};
	struct physdev_irq irq = {.irq = 9};

	claim_is("IOPL 1", PHYS(set_iopl, &iopl), 0);
	iopl.iopl = 4;
	claim_is("IOPL 4", PHYS(set_iopl, &iopl), -EINVAL);
	claim_is("IOPL from an unmapped argument", PHYS(set_iopl, BAD_UNMAPPED), -EFAULT);
	claim_is("end of an interrupt that is not", PHYS(eoi, &eoi), -EINVAL);
	claim_is("status of an interrupt that is not", PHYS(irq_status_query, &q), -EINVAL);
	claim_negative("map a GSI", PHYS(map_pirq, &map));
	map.domid = 0;
	claim_negative("map a GSI for Domain-0", PHYS(map_pirq, &map));
	map = (struct physdev_map_pirq){.domid = DOMID_SELF,
					.type = MAP_PIRQ_TYPE_MSI,
					.index = -1,
					.pirq = -1,
					.devfn = 8};
	claim_negative("map an MSI", PHYS(map_pirq, &map));
	claim_negative("unmap Domain-0's interrupt", PHYS(unmap_pirq, &unmap));
	claim_is("set up a GSI", PHYS(setup_gsi, &gsi), -EPERM);
	claim_is("read the I/O APIC", PHYS(apic_read, &apic), -EPERM);
	claim_negative("write the I/O APIC", PHYS(apic_write, &apic));
	claim_negative("an interrupt vector", PHYS(alloc_irq_vector, &irq));
	claim_negative("add a device", PHYS(pci_device_add, &dev));
	claim_negative("remove a device", PHYS(pci_device_remove, &dev));
	claim_negative("restore a device's interrupts", PHYS(restore_msi_ext, &dev));
	claim_is("a port bitmap in the hypervisor's range", PHYS(set_iobitmap, &bits), -EINVAL);
	bits = (struct physdev_set_iobitmap){.bitmap = (uint64_t)&bits, .nr_ports = 65537};
	claim_is("a port bitmap that is too long", PHYS(set_iobitmap, &bits), -EINVAL);
	claim_negative("an end-of-interrupt page of another domain", PHYS(pirq_eoi_gmfn_v2, &page));
	claim_is("an unknown sub-operation", HC2(physdev_op, 99, &page), -ENOSYS);
}
