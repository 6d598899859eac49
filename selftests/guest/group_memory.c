/* SPDX-License-Identifier: GPL-2.0-only */
/* memory_op: a guest changes its own reservation, and nobody else's. */
#include "guest.h"

static long reserve(uint32_t op, uint64_t *frames, uint64_t n, uint32_t order, domid_t d)
{
	struct xen_memory_reservation r = {.extent_start = (uint64_t)frames,
					   .nr_extents = n,
					   .extent_order = order,
					   .domid = d};

	return HC2(memory_op, op, &r);
}

/* "None done" is told by 0 or by an error. */
static void claim_none(const char *text, long got)
{
	claim(text, got <= 0 && got > -4096);
}

static void reservations(void)
{
	struct xen_memory_domain self = {DOMID_SELF}, dom0 = {0};
	uint64_t pfn = spare_pfn(), frame = p2m[pfn], bad, list[4];
	long before = HC2(memory_op, XENMEM_current_reservation, &self);

	claim("current reservation", before >= (long)nr_pages && before < (long)nr_pages + 64);
	claim_is("Domain-0's reservation", HC2(memory_op, XENMEM_current_reservation, &dom0),
		 -EPERM);
	claim_is("Domain-0's maximum", HC2(memory_op, XENMEM_maximum_reservation, &dom0), -EPERM);
	claim("maximum reservation", HC2(memory_op, XENMEM_maximum_reservation, &self) >= before);
	claim_is("decrease by one page",
		 reserve(XENMEM_decrease_reservation, &frame, 1, 0, DOMID_SELF), 1);
	claim_is("it is one less", HC2(memory_op, XENMEM_current_reservation, &self), before - 1);
	claim_none("the same page again",
		   reserve(XENMEM_decrease_reservation, &frame, 1, 0, DOMID_SELF));
	bad = pfn;
	claim_is("populate one page", reserve(XENMEM_populate_physmap, &bad, 1, 0, DOMID_SELF), 1);
	claim("populate tells a frame and sets the M2P", bad != pfn && m2p(bad) == pfn);
	p2m[pfn] = bad;
	claim_is("the reservation is what it was",
		 HC2(memory_op, XENMEM_current_reservation, &self), before);
	bad = foreign_mfn();
	claim_none("a frame of another domain",
		   reserve(XENMEM_decrease_reservation, &bad, 1, 0, DOMID_SELF));
	bad = hypervisor_mfn();
	claim_none("a frame of the hypervisor",
		   reserve(XENMEM_decrease_reservation, &bad, 1, 0, DOMID_SELF));
	bad = beyond_mfn();
	claim_none("a frame that is no RAM",
		   reserve(XENMEM_decrease_reservation, &bad, 1, 0, DOMID_SELF));
	bad = ~0UL;
	claim_none("frame ~0", reserve(XENMEM_decrease_reservation, &bad, 1, 0, DOMID_SELF));
	claim_none("in the name of Domain-0", reserve(XENMEM_decrease_reservation, &bad, 1, 0, 0));
	claim_none("an order beyond a guest's",
		   reserve(XENMEM_populate_physmap, list, 1, 20, DOMID_SELF));
	claim_none("order 255", reserve(XENMEM_populate_physmap, list, 1, 255, DOMID_SELF));
	claim_none("too many extents", reserve(XENMEM_populate_physmap, list, ~0UL, 0, DOMID_SELF));
	claim_none("an unmapped list",
		   reserve(XENMEM_populate_physmap, (void *)BAD_UNMAPPED, 1, 0, DOMID_SELF));
	claim_none("a list in the hypervisor's range",
		   reserve(XENMEM_populate_physmap, (void *)BAD_HV, 1, 0, DOMID_SELF));
	claim_none("a list that wraps",
		   reserve(XENMEM_decrease_reservation, (void *)BAD_WRAP, 4, 0, DOMID_SELF));
	claim_is("none of these changed the reservation",
		 HC2(memory_op, XENMEM_current_reservation, &self), before);
	bad = spare_pfn();
	claim_none("more than the maximum",
		   reserve(XENMEM_populate_physmap, &bad, 1, 9, DOMID_SELF));
}

static void exchanges(void)
{
	uint64_t pfn = spare_pfn(), in = p2m[pfn], out = pfn, mapped = mfn_of(page_new());
	struct xen_memory_exchange x = {
		.in = {.extent_start = (uint64_t)&in, .nr_extents = 1, .domid = DOMID_SELF},
		.out = {.extent_start = (uint64_t)&out, .nr_extents = 1, .domid = DOMID_SELF},
	};

	claim_is("exchange a page", HC2(memory_op, XENMEM_exchange, &x), 0);
	claim("exchange tells the new frame", x.nr_exchanged == 1 && m2p(out) == pfn && out != pfn);
	if (x.nr_exchanged == 1)
		p2m[pfn] = out;
	x.nr_exchanged = 0;
	x.in.extent_start = (uint64_t)&mapped;
	claim_negative("a page that is mapped", HC2(memory_op, XENMEM_exchange, &x));
	claim_is("nothing of it was exchanged", (long)x.nr_exchanged, 0);
	in = foreign_mfn();
	x.in.extent_start = (uint64_t)&in;
	claim_negative("a page of another domain", HC2(memory_op, XENMEM_exchange, &x));
	x.in.nr_extents = 3;
	claim_negative("sizes that do not match", HC2(memory_op, XENMEM_exchange, &x));
	x.in.nr_extents = 1;
	x.nr_exchanged = 5;
	claim_negative("more exchanged than there are", HC2(memory_op, XENMEM_exchange, &x));
	x.nr_exchanged = 0;
	x.in.domid = x.out.domid = 0;
	claim_is("in the name of Domain-0", HC2(memory_op, XENMEM_exchange, &x), -EPERM);
	x.in.domid = x.out.domid = DOMID_SELF;
	x.in.extent_order = 30;
	claim_negative("a huge order", HC2(memory_op, XENMEM_exchange, &x));
	x.in.extent_order = 0;
	x.in.extent_start = BAD_UNMAPPED;
	claim_is("an unmapped list", HC2(memory_op, XENMEM_exchange, &x), -EFAULT);
	claim_is("an unmapped argument", HC2(memory_op, XENMEM_exchange, BAD_UNMAPPED), -EFAULT);
}

void group_memory(void)
{
	static uint8_t e820[20 * 8];
	struct xen_memory_map map = {.nr_entries = 8, .buffer = (uint64_t)e820};
	struct xen_machphys_mapping m;
	struct xen_add_to_physmap a = {.domid = DOMID_SELF, .space = XENMAPSPACE_shared_info};

	claim("maximum RAM page", HC2(memory_op, XENMEM_maximum_ram_page, 0) > (long)nr_pages);
	claim_is("where the M2P is", HC2(memory_op, XENMEM_machphys_mapping, &m), 0);
	claim("it is where the ABI says",
	      m.v_start == MACH2PHYS_VIRT_START && m.v_end <= MACH2PHYS_VIRT_END && m.max_mfn);
	claim_is("where the M2P is: unmapped argument",
		 HC2(memory_op, XENMEM_machphys_mapping, BAD_UNMAPPED), -EFAULT);
	claim_is("memory map", HC2(memory_op, XENMEM_memory_map, &map), 0);
	claim("memory map has RAM", map.nr_entries >= 1 && e820[16] == 1);
	map.buffer = BAD_HV;
	claim_is("memory map: buffer in the hypervisor's range",
		 HC2(memory_op, XENMEM_memory_map, &map), -EFAULT);
	claim_negative("add_to_physmap is not for PV", HC2(memory_op, XENMEM_add_to_physmap, &a));
	claim_is("an unknown sub-operation", HC2(memory_op, 63, &map), -ENOSYS);
	claim_is("no argument", HC2(memory_op, XENMEM_exchange, 8), -EFAULT);
	reservations();
	exchanges();
}
