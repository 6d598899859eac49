/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: objects of the heap do not overlap, are zeroed and aligned, and their pages return to the
 * frame allocator. The test also covers segment descriptors.
 */
/* sources: hypervisor/mm/heap.c hypervisor/mm/alloc.c hypervisor/mm/buddy.c */
/* sources: hypervisor/mm/m2p.c hypervisor/mm/frame.c hypervisor/mm/promote.c */
/* sources: hypervisor/mm/pte_rules.c hypervisor/mm/desc_rules.c hypervisor/mm/iomem.c */
/* sources: hypervisor/mm/mmu_op.c hypervisor/mm/mmuext_op.c hypervisor/mm/domain_mm.c */
#define WORLD_FRAMES 600U
#define WORLD_OWN_HEAP
#include "mm_world.h"
#include <hv/mm/alloc.h>
#include <hv/mm/desc_op.h>
#include <hv/mm/desc_rules.h>
#include <hv/mm/heap.h>

int vcpu_set_ldt(struct vcpu *v, gaddr_t base, unsigned int entries)
{
	(void)v, (void)base, (void)entries;
	return 0;
}

#define MOST 400U
static struct {
	unsigned char *p;
	size_t size;
	unsigned char tag;
} held[MOST];

static bool intact(unsigned int i)
{
	size_t k;

	for (k = 0; k < held[i].size; k++)
		if (held[i].p[k] != held[i].tag)
			return false;
	return true;
}

static size_t any_size(void)
{
	switch (rand() % 8) {
	case 0: return 1 + (size_t)rand() % 20000;
	case 1: return (size_t)1 << rand() % 14;
	default: return 1 + (size_t)rand() % 300;
	}
}

static bool zeroed_and_aligned(const unsigned char *p, size_t size)
{
	size_t k, align = size >= 64 ? 64 : 16;

	for (k = 0; k < size; k++)
		if (p[k])
			return false;
	return !((uintptr_t)p & (align - 1));
}

static void test_random(void)
{
	uint64_t before;
	unsigned int n = 0, i, steps, refused = 0;
	bool good = true;

	world_start();
	before = free_frame_count();
	srand(5);
	for (steps = 0; steps < 60000 && good; steps++) {
		if (n < MOST && rand() % 2) {
			size_t size = any_size();
			unsigned char *p = hv_alloc(size);

			if (!p) {
				refused++;
				continue;
			}
			good &= zeroed_and_aligned(p, size);
			held[n].p = p;
			held[n].size = size;
			held[n].tag = (unsigned char)rand();
			memset(p, held[n].tag, size);
			n++;
		} else if (n) {
			i = (unsigned int)rand() % n;
			good &= intact(i);
			hv_free(held[i].p);
			held[i] = held[--n];
		}
	}
	printf("# seed 5, %u steps, %u refused for want of memory\n", steps, refused);
	result(good, "objects are zeroed, aligned, and nobody else's");
	while (n--) {
		good &= intact(n);
		hv_free(held[n].p);
	}
	result(good && free_frame_count() == before, "when all are freed, all pages are back");
}

static void test_edges(void)
{
	void *p, *q;
	unsigned int n = 0;
	struct frame *hoard[WORLD_FRAMES];

	hv_free(NULL);
	result(!hv_alloc((size_t)1 << 60) && !hv_alloc(~(size_t)0), "an absurd size is refused");
	p = hv_alloc(4096);
	q = hv_alloc(2048);
	result(p && q && !((uintptr_t)p & 4095), "whole pages are whole");
	hv_free(p);
	hv_free(q);
	while ((hoard[n] = alloc_frames(0, 0)))
		n++;
	result(!hv_alloc(32) && !hv_alloc(5000), "without memory there is none");
	while (n)
		free_frames(hoard[--n], 0);
	p = hv_alloc(32);
	result(p != NULL, "and later there is again");
	hv_free(p);
}

static void test_descriptors(void)
{
	uint64_t out, i;
	bool good = true;

	result(desc_check(false, 0, &out) && !out, "an empty descriptor is allowed");
	result(desc_check(false, 0x00af9b000000ffff, &out) && out == 0x00affb000000ffff,
	       "kernel code gets level 3");
	result(desc_check(false, 0x00cf92000000ffff, &out) && out == 0x00cff3000000ffff,
	       "kernel data gets level 3, accessed");
	result(desc_check(true, 0x00af9b000000ffff, &out) && out == 0x00afbb000000ffff &&
		       desc_check(true, 0x00cf92000000ffff, &out) && out == 0x00cfb3000000ffff &&
		       desc_check(true, 0x00cfd3000000ffff, &out) && out == 0x00cfb3000000ffff,
	       "those of a kernel in ring 1 get level 1");
	result(desc_check(true, 0x00affa000000ffff, &out) && out == 0x00affb000000ffff,
	       "those of its user mode keep level 3");
	result(!desc_check(false, 0x0000890000000067, &out) &&
		       !desc_check(false, 0x0000820000000067, &out) &&
		       !desc_check(false, 0x00008c0000080000, &out) &&
		       !desc_check(false, 0x00008e0000080000, &out),
	       "TSS, LDT and gates are refused");
	for (i = 0; i < 1000000; i++) {
		uint64_t d = (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand(),
			 again;

		bool ring1 = rand() & 1;

		if (!desc_check(ring1, d, &out))
			continue;
		if (!(d >> 47 & 1))
			good &= out == d;
		else
			good &= (out >> 45 & 3) == (ring1 && (d >> 45 & 3) != 3 ? 1 : 3) &&
				(out >> 44 & 1) && !((d ^ out) & ~(UINT64_C(0x6100) << 32));
		good &= desc_check(ring1, out, &again) && again == out;
	}
	result(good, "what is present is code or data of level 3, or of its kernel, for all bits");
}

int main(void)
{
	printf("1..13\n");
	test_random();
	test_edges();
	test_descriptors();
	return world_failures != 0;
}
