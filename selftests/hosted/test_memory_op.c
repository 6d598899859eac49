/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reservations, exchanges and maps. Claim: the counts of the domain, the M2P and the allocator
 * agree after every call, also when a copy from or to the guest fails at any point.
 */
/* sources: hypervisor/mm/memory_op.c hypervisor/mm/exchange.c hypervisor/mm/frame.c */
/* sources: hypervisor/mm/promote.c hypervisor/mm/pte_rules.c hypervisor/mm/desc_rules.c */
/* sources: hypervisor/mm/alloc.c hypervisor/mm/buddy.c hypervisor/mm/m2p.c */
/* sources: hypervisor/mm/iomem.c hypervisor/mm/mmu_op.c hypervisor/mm/mmuext_op.c */
/* sources: hypervisor/mm/domain_mm.c */
#define WORLD_FRAMES 1024U
#define WORLD_OWN_HEAP
#include "mm_world.h"

#include "effects.h"

#include <hv/boot/boot.h>
#include <hv/grant/grant.h>
#include <hv/hypercall/hypercall.h>
#include <hv/mm/alloc.h>
#include <hv/mm/desc_op.h>
#include <hv/mm/domain_mm.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>
#include <hv/mm/m2p.h>
#include <hv/mm/memory_op.h>

int vcpu_set_ldt(struct vcpu *v, gaddr_t base, unsigned int entries)
{
	(void)v, (void)base, (void)entries;
	return 0;
}

int grant_shared_frame(struct domain *d, uint64_t index, mfn_t *out)
{
	if (index >= d->grant.max_frames)
		return -EINVAL;
	*out = mfn(0x100 + index);
	return 0;
}

static void (*on_free)(void); /* what another CPU does before the next block is freed */

void *hv_alloc(size_t size)
{
	return world_fail_alloc_at && --world_fail_alloc_at == 0 ? NULL : calloc(1, size);
}

void hv_free(void *p)
{
	void (*fn)(void) = on_free;

	on_free = NULL;
	if (fn)
		fn();
	free(p);
}

static uint64_t list[WORLD_FRAMES], list2[WORLD_FRAMES];

static struct xen_memory_reservation reservation(unsigned int n, unsigned int order)
{
	return (struct xen_memory_reservation){(uint64_t)list, n, order, 0, DOMID_SELF};
}

static long call(unsigned int op, void *arg)
{
	return world_call(do_memory_op, op, (uint64_t)arg, 0, 0);
}

/* What must always hold: each frame is free, or has an owner that counts it. */
static bool books(void)
{
	uint64_t n, owned[3] = {0}, used = 0;
	unsigned int i;

	for (n = WORLD_FIRST; n < WORLD_FRAMES; n++) {
		struct frame *f = &world_records[n];

		if (n == WORLD_HOLE)
			continue;
		if (!f->refs) {
			if (!buddy_is_free(&frame_buddy, (uint32_t)n) ||
			    m2p_get(mfn(n)) != M2P_INVALID)
				return false;
			continue;
		}
		used++;
		for (i = 0; i < 3; i++)
			owned[i] += f->owner == &world_dom[i];
	}
	for (i = 0; i < 3; i++)
		if (owned[i] != world_dom[i].mm.pages)
			return false;
	return used + free_frame_count() == WORLD_FRAMES - WORLD_FIRST - 1;
}

static void test_reservation(void)
{
	struct xen_memory_reservation r = reservation(20, 2);
	unsigned int i;
	bool good = true;

	world_start();
	world_preempt_one_in = 3;
	for (i = 0; i < 20; i++)
		list[i] = 5000 + i * 4;
	result(call(XENMEM_populate_physmap, &r) == 20 && world_dom[1].mm.pages == 80 && books(),
	       "populate gives all extents, interrupted or not");
	for (i = 0; i < 80; i++)
		good &= m2p_get(mfn(list[i / 4] + i % 4)) == 5000 + i;
	result(good, "and the M2P knows their places");
	r.nr_extents = 10;
	result(call(XENMEM_decrease_reservation, &r) == 10 && world_dom[1].mm.pages == 40 &&
		       books(),
	       "decrease");
	result(call(XENMEM_decrease_reservation, &r) == 0 && books(),
	       "what was given back cannot be given back again");
	world_dom[1].mm.max_pages = 50;
	r = reservation(20, 0);
	result(call(XENMEM_increase_reservation, &r) == 10 && world_dom[1].mm.pages == 50 &&
		       books(),
	       "the limit of the domain ends an increase");
	world_dom[1].mm.max_pages = ~0UL;
	r = reservation(1, 10);
	result(call(XENMEM_populate_physmap, &r) == -EINVAL,
	       "a guest's extents have a largest order");
	r = reservation(1, 64);
	world_run_as(0, 0);
	result(call(XENMEM_populate_physmap, &r) == -EINVAL, "everybody's have");
	world_run_as(1, 0);
	r = reservation(1, 0);
	r.domid = 2;
	result(call(XENMEM_populate_physmap, &r) == -EPERM,
	       "another domain's reservation is not a guest's business");
	r = reservation(0, 0);
	r.nr_extents = ~0UL;
	result(call(XENMEM_populate_physmap, &r) == -EINVAL &&
		       do_memory_op(XENMEM_populate_physmap | 9 << 6,
				    (uint64_t) & (struct xen_memory_reservation){(uint64_t)list, 5,
										 0, 0, DOMID_SELF},
				    0, 0, 0, 0) == -EINVAL,
	       "absurd counts are refused");
	result(call(XENMEM_current_reservation, &(struct xen_memory_domain){DOMID_SELF}) == 50 &&
		       call(XENMEM_maximum_reservation, &(struct xen_memory_domain){DOMID_SELF}) ==
			       INT64_MAX &&
		       call(XENMEM_maximum_ram_page, NULL) == WORLD_FRAMES - 1,
	       "questions are answered");
}

/* Frames of a domain below and from the limit on. */
static unsigned int frames_of(unsigned int d, uint64_t from, uint64_t to)
{
	unsigned int n = 0;

	for (uint64_t f = from; f < to; f++)
		n += world_records[f].refs && world_records[f].owner == &world_dom[d];
	return n;
}

#define ALL  (WORLD_FRAMES - WORLD_FIRST - 1)
#define HIGH (WORLD_FRAMES - 64U)

/*
 * alloc.c A4, on a machine whose low memory is that below 2^18 bytes: frames 8 to 63 but for one,
 * 55, of which 3 are kept; HIGH are higher. A guest asks for all it can get, with and without an
 * address limit, itself or by the toolstack.
 */
static void test_low_memory(void)
{
	struct xen_memory_exchange x;
	struct xen_memory_reservation r;

	options.dma_bits = 18;
	world_start();
	result(low_reserve() == 3 && free_frame_count() == ALL && guest_frame_count() == ALL - 3,
	       "a sixteenth of low memory is kept");
	r = reservation(HIGH - 4, 0);
	result(call(XENMEM_increase_reservation, &r) == HIGH - 4 &&
		       frames_of(1, 64, WORLD_FRAMES) == HIGH - 4,
	       "who says nothing gets high memory first");
	r = reservation(100, 0);
	r.mem_flags = 18;
	result(call(XENMEM_increase_reservation, &r) == 52 && frames_of(1, 0, 64) == 52,
	       "who asks for low memory leaves the reserve");
	r = reservation(100, 0);
	result(call(XENMEM_increase_reservation, &r) == 4 && frames_of(1, 0, 64) == 52 &&
		       guest_frame_count() == 0 && free_frame_count() == 3,
	       "as does who wants more when the high memory is used up");
	world_run_as(0, 0);
	r = reservation(1, 0);
	r.domid = 1;
	result(call(XENMEM_populate_physmap, &r) == 0 && free_frame_count() == 3,
	       "the toolstack does not take it for a guest");
	result(call(XENMEM_claim_pages, &(struct xen_memory_reservation){.nr_extents = ALL - 2,
									 .domid = 1}) == -ENOMEM &&
		       call(XENMEM_claim_pages,
			    &(struct xen_memory_reservation){.nr_extents = ALL - 3, .domid = 1}) ==
			       -EINVAL &&
		       !claimed_frame_count(),
	       "nor promises it, nor what the guest has");
	r = reservation(1, 0);
	r.mem_flags = 18;
	list[0] = 700;
	result(call(XENMEM_populate_physmap, &r) == 1 && list[0] < 64 && free_frame_count() == 2,
	       "Domain-0 gets it");
	list2[0] = 700;
	x = (struct xen_memory_exchange){.in = reservation(1, 0),
					 .out = {(uint64_t)list2, 1, 0, 18, DOMID_SELF}};
	result(call(XENMEM_exchange, &x) == 0 && list2[0] < 64 && list2[0] != list[0],
	       "and exchanges with it");
	world_run_as(1, 0);
	for (uint64_t f = 64; f < WORLD_FRAMES; f++)
		if (world_records[f].owner == &world_dom[1])
			list[0] = f;
	list2[0] = 700;
	x.nr_exchanged = 0;
	result(call(XENMEM_exchange, &x) == -ENOMEM && x.nr_exchanged == 0 &&
		       frames_of(1, 0, 64) == 52,
	       "a guest's exchange does not");
	options.dma_bits = 0;
	world_start();
	r = reservation(ALL, 0);
	result(call(XENMEM_increase_reservation, &r) == ALL && guest_frame_count() == 0,
	       "dma_bits=0 keeps nothing");
	options.dma_bits = 32;
	world_start();
	r = reservation(ALL, 0);
	result(low_reserve() == 0 && call(XENMEM_increase_reservation, &r) == ALL,
	       "nor is there a reserve where all memory is low");
	options.dma_bits = 0;
}

static void test_in_use(void)
{
	struct xen_memory_reservation r = reservation(1, 0);
	struct xen_memory_exchange x = {.in = reservation(1, 0), .out = reservation(1, 0)};
	mfn_t m;

	world_start();
	m = frame_to_mfn(alloc_domain_frames(&world_dom[1], 0, 0));
	list[0] = list2[0] = mfn_x(m);
	x.in.extent_start = (uint64_t)list2;
	if (get_page_and_type(m, &world_dom[1], FT_WRITABLE))
		abort();
	result(call(XENMEM_exchange, &x) == -EBUSY && x.nr_exchanged == 0 &&
		       mfn_to_frame(m)->refs == 2 && books(),
	       "a page that is in use is not exchanged, and stays as it was");
	result(call(XENMEM_decrease_reservation, &r) == 1 && world_dom[1].mm.pages == 1,
	       "a page in use that is given back stays until it is not used");
	put_page_and_type(mfn_to_frame(m));
	result(world_dom[1].mm.pages == 0 && books(), "and goes then");
}

/* One go of a call, as a guest makes it; true: it wants another. */
static bool go(uint64_t a[2], long *rc)
{
	world_restarted = false;
	*rc = do_memory_op(a[0], a[1], 0, 0, 0, 0);
	if (world_restarted)
		memcpy(a, world_restart, 2 * sizeof(a[0]));
	return world_restarted;
}

/* A page at a time where each may take long: 512 of one extent. */
static void test_release_stops(void)
{
	struct xen_memory_reservation r = reservation(2, 9);
	uint64_t a[2] = {XENMEM_decrease_reservation, (uint64_t)&r}, left;
	unsigned int goes = 0, most = 0;
	struct frame *f;
	long rc;

	world_start();
	f = alloc_domain_frames(&world_dom[1], 9, 0);
	if (!f)
		abort();
	list[0] = list[1] = mfn_x(frame_to_mfn(f));
	r.nr_extents = 1;
	world_preempt_one_in = 1;
	do {
		left = world_dom[1].mm.pages;
		goes++;
		if (!go(a, &rc))
			break;
		most = MAX(most, (unsigned int)(left - world_dom[1].mm.pages));
	} while (goes < 2000);
	result(rc == 1 && goes == 512 && most == 1 && !world_dom[1].mm.pages && books(),
	       "an extent of 512 pages is given back a page at a time, if others wait");
	a[0] = XENMEM_decrease_reservation | 512UL << 46;
	result(!go(a, &rc) && rc == 0, "a place that is not in the extent is refused");
	a[0] = XENMEM_populate_physmap | 1UL << 46;
	result(!go(a, &rc) && rc == -EINVAL, "and so is one where there is none");
	world_preempt_one_in = 0;
}

static struct vcpu sibling; /* of domain 1: it has left a queue and does not run */

static unsigned int forgotten(unsigned int n)
{
	unsigned int count = 0;

	while (n--)
		count += (world_records[list[n]].type & FT_VALIDATED) != 0;
	return count;
}

/* The same for pages that are exchanged: 64 tables that nobody refers to any more. */
static void test_exchange_stops(void)
{
	struct xen_memory_exchange x = {.in = reservation(64, 0),
					.out = {(uint64_t)list2, 1, 6, 0, DOMID_SELF}};
	uint64_t a[2] = {XENMEM_exchange, (uint64_t)&x};
	unsigned int i, goes = 0, most = 0, left;
	long rc;

	world_start();
	sibling = world_vcpu[1];
	current = &sibling;
	for (i = 0; i < 64; i++) {
		struct frame *f = alloc_domain_frames(&world_dom[1], 0, 0);

		if (!f || get_page_type(f, FT_L1))
			abort();
		put_page_type(f);
		list[i] = mfn_x(frame_to_mfn(f));
	}
	world_run_as(1, 0);
	list2[0] = 900;
	result(forgotten(64) == 64, "64 tables in the queue of a vCPU that does not run");
	world_preempt_one_in = 1;
	do {
		left = forgotten(64);
		goes++;
		if (!go(a, &rc))
			break;
		most = MAX(most, left - forgotten(64));
	} while (goes < 2000);
	world_preempt_one_in = 0;
	/*
	 * The other's queue holds a reference of each, so the exchange itself has to wait for it.
	 */
	result(rc == -EBUSY && goes == 65 && most == 1 && !forgotten(64),
	       "are taken apart one at a time before an exchange");
	while (mm_drain_vcpu(&sibling))
		;
	result(!go(a, &rc) && rc == 0 && x.nr_exchanged == 64 && books(),
	       "which works when the queue is empty");
}

static struct xen_memory_exchange exchange(unsigned int n_in, unsigned int in, unsigned int out,
					   unsigned int bits)
{
	struct xen_memory_exchange x = {.in = reservation(n_in, in)};

	x.out = (struct xen_memory_reservation){
		(uint64_t)list2, (uint64_t)n_in << (in & 63) >> (out & 63), out, bits, DOMID_SELF};
	return x;
}

static void own_pages(unsigned int n)
{
	unsigned int i;

	world_start();
	world_run_as(0, 0);
	for (i = 0; i < n; i++) {
		struct frame *f = alloc_domain_frames(&world_dom[0], 0, 0);

		if (!f)
			abort();
		list[i] = mfn_x(frame_to_mfn(f));
		m2p_set(frame_to_mfn(f), 100 + i);
		list2[i] = 100 + i;
	}
}

static void test_exchange(void)
{
	struct xen_memory_exchange x;
	bool good = true;
	unsigned int i;

	own_pages(64);
	world_preempt_one_in = 2;
	x = exchange(64, 0, 6, 0);
	list2[0] = 100;
	result(call(XENMEM_exchange, &x) == 0 && x.nr_exchanged == 64 && !(list2[0] & 63) &&
		       books() && world_dom[0].mm.pages == 64,
	       "64 pages for one run of 64");
	for (i = 0; i < 64; i++)
		good &= m2p_get(mfn(list2[0] + i)) == 100 + i && m2p_get(mfn(list[i])) != 100 + i;
	result(good, "the M2P follows");
	list[0] = list2[0];
	for (i = 0; i < 64; i++)
		list2[i] = 100 + i;
	x = exchange(1, 6, 0, 0);
	result(call(XENMEM_exchange, &x) == 0 && x.nr_exchanged == 1 && books() &&
		       world_dom[0].mm.pages == 64,
	       "and back");
	own_pages(64);
	x = exchange(64, 0, 2, 20);
	for (i = 0; i < 16; i++)
		list2[i] = 100 + i * 4;
	good = call(XENMEM_exchange, &x) == 0 && x.nr_exchanged == 64 && books();
	for (i = 0; i < 16; i++)
		good &= list2[i] + 4 <= 256 && !(list2[i] & 3);
	result(good, "an address limit is kept");
	own_pages(64);
	x = exchange(64, 0, 6, 17);
	result(call(XENMEM_exchange, &x) == -ENOMEM && x.nr_exchanged == 0 && books() &&
		       m2p_get(mfn(list[5])) == 105,
	       "without memory below the limit nothing changes");
	x = exchange(64, 0, 6, 0);
	list[63] = list[0];
	result(call(XENMEM_exchange, &x) == -EINVAL && books() && world_dom[0].mm.pages == 64,
	       "no page counts twice");
	x = exchange(63, 0, 6, 0);
	result(call(XENMEM_exchange, &x) == -EINVAL, "the sizes must agree");
	x = exchange(1, 60, 60, 0);
	i = call(XENMEM_exchange, &x) == -EPERM;
	x = exchange(64, 0, 6, 0);
	x.nr_exchanged = 65;
	i &= call(XENMEM_exchange, &x) == -EINVAL;
	x = exchange(64, 0, 6, 0);
	x.nr_exchanged = 3;
	i &= call(XENMEM_exchange, &x) == -EINVAL;
	x = exchange(64, 0, 6, 0);
	x.in.nr_extents = x.out.nr_extents = 0;
	result(i && call(XENMEM_exchange, &x) == 0 && books(), "and be possible");
}

/* Fail the n-th copy, and the n-th allocation, of an exchange, for every n. */
static void test_exchange_faults(void)
{
	struct xen_memory_exchange x;
	unsigned int n, i;
	bool good = true;
	long rc;

	for (n = 1; n < 60; n++) {
		own_pages(32);
		world_preempt_one_in = 3;
		x = exchange(32, 0, 2, 0);
		for (i = 0; i < 8; i++)
			list2[i] = 100 + i * 4;
		world_fail_copy_at = n;
		rc = call(XENMEM_exchange, &x);
		world_fail_copy_at = 0;
		good &= rc <= 0 && books() && world_dom[0].mm.pages == 32;
	}
	result(good, "a copy that fails anywhere loses no page");
	for (n = 1; n < 4; n++) {
		own_pages(32);
		world_preempt_one_in = 0;
		x = exchange(32, 0, 2, 0);
		world_fail_alloc_at = n;
		rc = call(XENMEM_exchange, &x);
		world_fail_alloc_at = 0;
		good &= (rc == -ENOMEM || n == 3) && books() && world_dom[0].mm.pages == 32;
	}
	result(good, "nor does missing memory");
}

static void test_maps(void)
{
	struct e820_entry in[3] = {{0, 4096, 1}, {0x10000, 4096, 2}, {0x20000, 4096, 1}}, out[8];
	struct xen_foreign_memory_map set = {1, {3, (uint64_t)in}};
	struct xen_memory_map get = {8, (uint64_t)out};
	unsigned int i;
	bool good;

	world_start();
	result(call(XENMEM_memory_map, &get) == -ENOSYS, "a domain without a map is told so");
	result(call(XENMEM_set_memory_map, &set) == -EPERM, "a guest sets no map");
	world_run_as(0, 0);
	good = !call(XENMEM_set_memory_map, &set) && !call(XENMEM_set_memory_map, &set);
	world_run_as(1, 0);
	result(good && !call(XENMEM_memory_map, &get) && get.nr_entries == 3 &&
		       !memcmp(in, out, sizeof(in)),
	       "the builder's map is the guest's");
	get.nr_entries = 2;
	result(call(XENMEM_memory_map, &get) == -EINVAL, "a map that does not fit is an error");
	get.nr_entries = 8;
	result(call(XENMEM_machine_memory_map, &get) == -EPERM, "the machine's map is Domain-0's");
	boot_info.n_regions = 2;
	boot_info.map[0] = (struct boot_region){0, 0x9f000, 1};
	boot_info.map[1] = (struct boot_region){0x100000, 0x3000000, 1};
	boot_info.n_ioapics = 1;
	boot_info.ioapics[0].address = 0xfec00000;
	boot_info.lapic_address = 0xfee00000;
	world_run_as(0, 0);
	result(!call(XENMEM_machine_memory_map, &get) && get.nr_entries == 4 &&
		       out[1].size == 0x3000000 && out[2].addr == 0xfee00000 && out[2].type == 2 &&
		       out[3].addr == 0xfec00000,
	       "with the interrupt hardware as reserved");
	set.map.nr_entries = 129;
	i = call(XENMEM_set_memory_map, &set) == -EINVAL;
	set.domid = 77;
	set.map.nr_entries = 1;
	result(i && call(XENMEM_set_memory_map, &set) == -ESRCH, "absurd maps are refused");
	hv_free(world_dom[1].mm.e820);
}

static void test_tools(void)
{
	struct xen_memory_reservation claim = {0, 900, 0, 0, 1};
	struct xen_mem_acquire_resource a = {.domid = 1,
					     .type = XENMEM_resource_grant_table,
					     .nr_frames = 2,
					     .frame = 1,
					     .frame_list = (uint64_t)list};
	struct xen_machphys_mapping m;
	struct xen_machphys_mfn_list l = {.max_extents = 3, .extent_start = (uint64_t)list2};
	bool good;

	world_start();
	world_run_as(0, 0);
	world_dom[1].grant.max_frames = 4;
	claim.nr_extents = 2000;
	good = call(XENMEM_claim_pages, &claim) == -ENOMEM;
	claim.nr_extents = 900;
	result(good && !call(XENMEM_claim_pages, &claim) &&
		       claimed_frame_count() == 900 - world_dom[1].mm.pages,
	       "a claim sets frames aside, if they are there");
	good = call(XENMEM_claim_pages, &claim) == -EINVAL;
	claim.nr_extents = 0;
	result(good && !call(XENMEM_claim_pages, &claim) && !claimed_frame_count(),
	       "once; and gives them back");
	result(!call(XENMEM_acquire_resource, &a) && list[0] == 0x101 && list[1] == 0x102,
	       "acquire_resource");
	a.frame = 3;
	good = call(XENMEM_acquire_resource, &a) == -EINVAL;
	a.frame = ~0UL;
	good &= call(XENMEM_acquire_resource, &a) == -EINVAL;
	a.type = 2;
	result(good && call(XENMEM_acquire_resource, &a) == -EOPNOTSUPP, "within its table");
	result(!call(XENMEM_machphys_mapping, &m) && m.v_start == M2P_VIRT &&
		       m.max_mfn == WORLD_FRAMES - 1,
	       "machphys_mapping");
	/* The test's M2P is no RAM of its own: only the count is of interest. */
	m2p_chunks[0] = NULL;
	result(!call(XENMEM_machphys_mfn_list, &l) && l.nr_extents == 1, "machphys_mfn_list");
	result(call(XENMEM_get_sharing_freed_pages, NULL) == 0 &&
		       call(XENMEM_get_vnumainfo, NULL) == -EOPNOTSUPP &&
		       call(XENMEM_add_to_physmap, NULL) == -ENOSYS && call(63, NULL) == -ENOSYS,
	       "what is not there says so");
}

/* Another vCPU gives back the page that is being populated, and another domain gets it. */
static struct frame *passed_on;

static void pass_on(void)
{
	struct frame *f = mfn_to_frame(mfn(WORLD_FIRST));
	uint64_t numbers[1];
	struct xen_memory_reservation r = {(uint64_t)numbers, 1, 0, 0, DOMID_SELF};

	while (f->owner != &world_dom[1] || !f->refs)
		f++;
	numbers[0] = mfn_x(frame_to_mfn(f));
	if (do_memory_op(XENMEM_decrease_reservation, (uint64_t)&r, 0, 0, 0, 0) != 1)
		abort();
	passed_on = alloc_domain_frames(&world_dom[2], 0, 0);
	if (passed_on != f)
		abort();
}

static void test_passed_on(void)
{
	struct xen_memory_reservation r = reservation(1, 0);

	world_start();
	world_on_failed_copy = pass_on;
	world_fail_copy_at = 3; /* the reservation, the place, then the number */
	result(call(XENMEM_populate_physmap, &r) == 0 && passed_on->owner == &world_dom[2] &&
		       (passed_on->flags & FRAME_ALLOCATED) && passed_on->refs == 1 && books(),
	       "what cannot be told is taken back, but not from the domain that has it now");
	world_on_failed_copy = NULL;
}

static void set_map(void)
{
	struct e820_entry entry = {0, 4096, 1};
	struct xen_foreign_memory_map m = {.domid = 1, .map = {1, (uint64_t)&entry}};

	world_run_as(0, 1);
	(void)do_memory_op(XENMEM_set_memory_map, (uint64_t)&m, 0, 0, 0, 0);
	world_run_as(0, 0);
}

static void test_map_of_the_dying(void)
{
	world_start();
	set_map();
	world_dom[1].control.dying = true;
	on_free = set_map;
	while (mm_domain_relinquish(&world_dom[1]))
		;
	result(!on_free && !world_dom[1].mm.e820,
	       "a map that is set while the domain dies is freed once, and none stays");
}

/* A claim of domain 1 holds against domain 2. */
static void test_claim(void)
{
	struct xen_memory_reservation claim = {.nr_extents = 100, .domid = 1}, r;

	options.dma_bits = 0;
	world_start();
	world_run_as(0, 0);
	r = reservation(ALL - 100, 0);
	r.domid = 2;
	result(!call(XENMEM_claim_pages, &claim) && world_dom[1].mm.claimed == 100 &&
		       call(XENMEM_populate_physmap, &r) == ALL - 100,
	       "what is not claimed another domain gets");
	r = reservation(1, 0);
	r.domid = 2;
	result(call(XENMEM_populate_physmap, &r) == 0 && free_frame_count() == 100,
	       "what is claimed it does not");
	r = reservation(60, 0);
	r.domid = 1;
	result(call(XENMEM_populate_physmap, &r) == 60 && world_dom[1].mm.claimed == 40 &&
		       claimed_frame_count() == 40 && books(),
	       "who claimed it does, and the claim shrinks");
	result(!claim_frames(&world_dom[1], 0) && !claimed_frame_count() &&
		       !world_dom[1].mm.claimed,
	       "what is left of it is given back");
	r = reservation(40, 0);
	r.domid = 2;
	result(call(XENMEM_populate_physmap, &r) == 40 && !free_frame_count() && books(),
	       "and free for all");
	world_dom[1].control.dying = true;
	result(claim_frames(&world_dom[1], 100) == -EINVAL, "a dying domain claims nothing");
	world_dom[1].control.dying = false;
}

/* ---- each sub-operation, and what is different after it ---- */

static struct {
	uint32_t cmd;
	union {
		struct xen_memory_reservation r;
		struct xen_memory_exchange exchange;
		struct xen_memory_domain domain;
		struct xen_machphys_mfn_list m2p;
		struct xen_machphys_mapping mapping;
		struct xen_memory_map map;
		struct xen_foreign_memory_map foreign;
		struct xen_mem_acquire_resource resource;
	} u;
} op;

/* An answer above 0 is one that the caller sees. */
static long effect_call(uint32_t cmd)
{
	long rc = do_memory_op(cmd, (uint64_t)&op.u, 0, 0, 0, 0);

	if (rc > 0)
		memcpy(effect_buffer + sizeof(effect_buffer) - sizeof(rc), &rc, sizeof(rc));
	return rc;
}

/* The domains without their locks, which count who had them. */
static struct domain seen[3];

static void observe(void)
{
	memcpy(seen, world_dom, sizeof(seen));
	for (unsigned int i = 0; i < ARRAY_SIZE(seen); i++) {
		memset(&seen[i].lock, 0, sizeof(seen[i].lock));
		memset(&seen[i].mm.lock, 0, sizeof(seen[i].mm.lock));
	}
}

#define BUFFER		((uint64_t)effect_buffer)
#define PREPARE(name, ...)               \
	static void prepare_##name(void) \
	{                                \
		__VA_ARGS__;             \
	}
PREPARE(increase, op.u.r = reservation(4, 0))
PREPARE(populate, op.u.r = reservation(1, 0); list2[1] = 700;
	op.u.r.extent_start = (uint64_t)&list2[1])
PREPARE(populate_2, op.u.r = reservation(1, 0); op.u.r.domid = 1;
	list2[2] = 800; op.u.r.extent_start = (uint64_t)&list2[2])
PREPARE(large, op.u.r = reservation(1, 64))
PREPARE(exchange, list2[0] = 900; op.u.exchange = exchange(1, 0, 0, 0))
PREPARE(decrease, list[0] = list2[1]; op.u.r = reservation(1, 0))
PREPARE(self, op.u.domain.domid = DOMID_SELF; world_shared[0].arch.max_pfn = 700)
PREPARE(nobody, op.u.domain.domid = 9)
PREPARE(m2p, op.u.m2p.max_extents = 3; op.u.m2p.extent_start = BUFFER)
PREPARE(set_map, static struct e820_entry entry = {0, 4096, 1}; op.u.foreign.domid = 0;
	op.u.foreign.map = (struct xen_memory_map){1, (uint64_t)&entry})
PREPARE(map, op.u.map = (struct xen_memory_map){20, BUFFER})
PREPARE(claim, op.u.r.nr_extents = 50; op.u.r.domid = 1)
PREPARE(resource, op.u.resource = ((struct xen_mem_acquire_resource){
			  .domid = 1, .type = XENMEM_resource_grant_table, .nr_frames = 1,
			  .frame_list = BUFFER}))
PREPARE(other_resource, op.u.resource.domid = 1; op.u.resource.type = 9)

static const struct sub_op rows[] = {
	{XENMEM_increase_reservation, "increase_reservation", prepare_increase, CHANGES, 0, NULL},
	{XENMEM_increase_reservation, "one of 2^64 pages", prepare_large, REFUSES, -EINVAL, NULL},
	{XENMEM_populate_physmap, "populate_physmap", prepare_populate, CHANGES, 0, NULL},
	{XENMEM_populate_physmap, "another domain's", prepare_populate_2, CHANGES, 0, NULL},
	{XENMEM_exchange, "exchange", prepare_exchange, CHANGES, 0, NULL},
	{XENMEM_decrease_reservation, "decrease_reservation", prepare_decrease, CHANGES, 0, NULL},
	{XENMEM_decrease_reservation, "a second one", prepare_decrease, IS_SO, 0,
	 "it says how many were given back: none"},
	{XENMEM_maximum_ram_page, "maximum_ram_page", NULL, ANSWERS, 0, NULL},
	{XENMEM_current_reservation, "current_reservation", prepare_self, ANSWERS, 0, NULL},
	{XENMEM_current_reservation, "that of no domain", prepare_nobody, REFUSES, -ESRCH, NULL},
	{XENMEM_maximum_reservation, "maximum_reservation", prepare_self, ANSWERS, 0, NULL},
	{XENMEM_maximum_gpfn, "maximum_gpfn", prepare_self, ANSWERS, 0, NULL},
	{XENMEM_machphys_mfn_list, "machphys_mfn_list", prepare_m2p, ANSWERS, 0, NULL},
	{XENMEM_machphys_mapping, "machphys_mapping", NULL, ANSWERS, 0, NULL},
	{XENMEM_set_memory_map, "set_memory_map", prepare_set_map, CHANGES, 0, NULL},
	{XENMEM_memory_map, "memory_map", prepare_map, ANSWERS, 0, NULL},
	{XENMEM_machine_memory_map, "machine_memory_map", prepare_map, ANSWERS, 0, NULL},
	{XENMEM_claim_pages, "claim_pages", prepare_claim, CHANGES, 0, NULL},
	{XENMEM_acquire_resource, "acquire_resource", prepare_resource, ANSWERS, 0, NULL},
	{XENMEM_acquire_resource, "one of another kind", prepare_other_resource, REFUSES,
	 -EOPNOTSUPP, NULL},
	{XENMEM_get_sharing_freed_pages, "get_sharing_freed_pages", NULL, IS_SO, 0,
	 "no page is shared, and 0 is the number"},
	{XENMEM_get_sharing_shared_pages, "get_sharing_shared_pages", NULL, IS_SO, 0,
	 "no page is shared, and 0 is the number"},
	{XENMEM_get_vnumainfo, "get_vnumainfo", NULL, REFUSES, -EOPNOTSUPP, NULL},
};

static void test_effects(void)
{
	const struct region arg = {&op, sizeof(op)};
	const struct region state[] = {{seen, sizeof(seen)},
				       {world_records, sizeof(world_records)},
				       {world_m2p, sizeof(world_m2p)},
				       {NULL, 0}};

	world_start();
	world_run_as(0, 0);
	world_dom[1].grant.max_frames = 4;
	effects_run(rows, ARRAY_SIZE(rows), effect_call, arg, state, observe);
	effects_complete("memory_op", rows, ARRAY_SIZE(rows), effect_call, arg, 63, UINT32_MAX);
	hv_free(world_dom[0].mm.e820);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_reservation();
	test_low_memory();
	test_in_use();
	test_release_stops();
	test_exchange_stops();
	test_exchange();
	test_exchange_faults();
	test_maps();
	test_tools();
	test_passed_on();
	test_map_of_the_dying();
	test_claim();
	test_effects();
	printf("1..%u\n", world_number);
	return world_failures != 0;
}
