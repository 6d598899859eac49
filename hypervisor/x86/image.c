// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the image is mapped once the allocator runs. head.S starts with 1 GiB that is writable and
 * executable, at IMAGE_VIRT and at its own address; here it becomes
 *
 *	IMAGE_VIRT + image	text read-only and executable, constants read-only, the rest
 *				writable; no page below the boot stack, and nothing else in
 *				the slot's first GiB
 *	DIRECTMAP_VIRT + image	never executable; text and constants read-only
 *	0 + image		the boot text, read-only and executable, until all CPUs have
 *				started
 *
 * What is marked __ro_after_init stays writable until image_seal().
 */
#include <x86/image.h>
#include <hv/console/printk.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/map.h>
#include <hv/mm/pte_rules.h>
#include <x86/stack.h>
#include <x86/tlb.h>

#define TABLE_FLAGS (PTE_P | PTE_RW | PTE_A)

/* Made in head.S: the tables of 2 MiB pages. */
extern pte_t boot_l2_image[512], boot_l2_direct[4 * 512];

static pte_t *identity[3];	/* tables of levels 3, 2, 1 */

maddr_t image_maddr(const void *p)
{
	return (uint64_t)p - IMAGE_VIRT;
}

static pte_t *new_table(void)
{
	pte_t *t = alloc_page();

	if (!t)
		panic("no memory for the image's page tables");
	return t;
}

static bool within(uint64_t va, const char *start, const char *end)
{
	return va >= (uint64_t)start && va < (uint64_t)end;
}

/* Of the page at va in the image, at its own address. */
static uint64_t image_flags(uint64_t va)
{
	if (va == stack_guard(0))
		return 0;
	if (within(va, image_start, text_end))
		return PTE_HV_RX;
	return within(va, text_end, rodata_end) ? PTE_HV_RO : PTE_HV_RW;
}

/* Of the same page, in the direct map. */
static uint64_t alias_flags(uint64_t va)
{
	return within(va, image_start, rodata_end) ? PTE_HV_RO : PTE_HV_RW;
}

/*
 * Fill the tables of 4 KiB pages for the 2 MiB at `va`, then put both in place: code that runs from
 * the page, and the stack in it, never miss their mapping.
 */
static void protect_2m(uint64_t va)
{
	pte_t *own = new_table(), *alias = new_table();
	maddr_t ma = va - IMAGE_VIRT;

	for (unsigned int i = 0; i < PTES_PER_TABLE; i++, va += PAGE_SIZE, ma += PAGE_SIZE) {
		uint64_t flags = within(va, image_start, image_end) ? image_flags(va) : 0;

		own[i] = flags ? ma | flags : 0;
		alias[i] = ma | alias_flags(va);
	}
	ma -= MIB(2);
	boot_l2_image[ma >> 21] = virt_to_maddr(own) | TABLE_FLAGS;
	boot_l2_direct[ma >> 21] = virt_to_maddr(alias) | TABLE_FLAGS;
}

/*
 * What CPUs that start run before they know the image's addresses: head.S from ap_entry32 on, and
 * its descriptors.
 */
static void map_identity(void)
{
	maddr_t ma = image_maddr(image_start);

	for (unsigned int i = 0; i < 3; i++)
		identity[i] = new_table();
	identity[0][l3_index(ma)] = virt_to_maddr(identity[1]) | TABLE_FLAGS;
	identity[1][l2_index(ma)] = virt_to_maddr(identity[2]) | TABLE_FLAGS;
	for (; ma < image_maddr(boot_text_end); ma += PAGE_SIZE)
		identity[2][l1_index(ma)] = ma | (PTE_HV_RX & ~PTE_G);
	idle_l4[0] = virt_to_maddr(identity[0]) | TABLE_FLAGS;
}

void image_protect(void)
{
	uint64_t first = ALIGN_DOWN((uint64_t)image_start, MIB(2));

	for (uint64_t va = first; va < (uint64_t)image_end; va += MIB(2))
		protect_2m(va);
	for (unsigned int i = 0; i < PTES_PER_TABLE; i++)
		if (boot_l2_image[i] & PTE_PSE)
			boot_l2_image[i] = 0;
	map_identity();
	tlb_flush_global();
}

/* The entry of the last level for the image's page at va, in one of the two tables. */
static pte_t *image_entry(pte_t *l2, uint64_t va)
{
	pte_t *l1 = maddr_to_virt(l2[(va - IMAGE_VIRT) >> 21] & PTE_ADDR);

	return &l1[l1_index(va)];
}

static void flush_everything(void *arg)
{
	(void)arg;
	tlb_flush_global();
}

void image_seal(void)
{
	cpumask_t all = {nr_cpus == 64 ? ~UINT64_C(0) : BIT64(nr_cpus) - 1};

	idle_l4[0] = 0;
	for (uint64_t va = (uint64_t)init_data; va < (uint64_t)init_data_end; va += PAGE_SIZE) {
		*image_entry(boot_l2_image, va) = (va - IMAGE_VIRT) | PTE_HV_RO;
		*image_entry(boot_l2_direct, va) = (va - IMAGE_VIRT) | PTE_HV_RO;
	}
	smp_call(all, flush_everything, NULL);
	for (unsigned int i = 0; i < 3; i++)
		free_page(identity[i]);
}
