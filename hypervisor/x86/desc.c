// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptor tables. They lie in the CPU's window (layout.h): the current vCPU's GDT frames are
 * pages 0-13, our own descriptors page 14, its LDT pages 16-31. A switch of vCPUs rewrites the
 * entries of the window, so GDTR never changes and nothing is per domain.
 */
#include <x86/desc.h>
#include <hv/domain/domain.h>
#include <hv/lib/lib.h>
#include <hv/mm/pte_rules.h>
#include <x86/window.h>

struct cpu_descriptors {
	unsigned int gdt_pages;	/* guest pages in the window */
	unsigned int ldt_pages;
};
DECLARE_PER_CPU(struct cpu_descriptors, descriptors);
DEFINE_PER_CPU(descriptors);

#define DT_FLAGS (PTE_P | PTE_RW | PTE_A | PTE_D | PTE_NX)

static void set_system_descriptor(uint64_t *slot, uint64_t base, uint32_t limit, unsigned int type)
{
	slot[0] = (limit & 0xffff) | (base & 0xffffff) << 16 | (uint64_t)(0x80 | type) << 40 |
		  (uint64_t)(limit >> 16 & 0xf) << 48 | (base >> 24 & 0xff) << 56;
	slot[1] = base >> 32;
}

static void fill_own_page(uint64_t *g, struct tss *tss)
{
	g[(SEL_HV_CS & 0xfff) / 8] = 0x00af9b000000ffff;
	g[(SEL_HV_DS & 0xfff) / 8] = 0x00cf93000000ffff;
	g[(SEL_USER_CS32 & 0xfff) / 8] = 0x00cffb000000ffff;
	g[(SEL_USER_DS32 & 0xfff) / 8] = 0x00cff3000000ffff;
	g[(SEL_USER_CS64 & 0xfff) / 8] = 0x00affb000000ffff;
	g[(SEL_KERNEL_CS64 & 0xfff) / 8] = 0x00afbb000000ffff;
	g[(SEL_KERNEL_DS & 0xfff) / 8] = 0x00cfb3000000ffff;
	set_system_descriptor(&g[(SEL_TSS & 0xfff) / 8], (uint64_t)tss, sizeof(*tss) - 1, 9);
}

/* Fill this CPU's own descriptors and load its tables. */
void desc_init_cpu(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __packed gdtr = {(GDT_HV_PAGE + 1) * 4096 - 1, GDT_VIRT(cpu_id())};

	fill_own_page(window_gdt_page(), &switch_page()->tss);
	__asm__ volatile("lgdt %0\n\t"
			 "pushq %1\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\tmov %2, %%ss\n\t"
			 "mov %3, %%ds\n\t"
			 "mov %3, %%es\n\t"
			 "mov %3, %%fs\n\t"
			 "mov %3, %%gs\n\t"
			 "lldt %w3\n\t"
			 "ltr %w4"
			 :: "m"(gdtr), "i"(SEL_HV_CS), "r"(SEL_HV_DS), "r"(0), "r"(SEL_TSS)
			 : "rax", "memory");
}

static void load_ldt(struct vcpu *v, struct cpu_descriptors *d)
{
	unsigned int pages = 0;

	for (; pages < LDT_PAGES && v->desc.ldt_entries &&
	       !mfn_eq(v->desc.ldt_frames[pages], MFN_NONE);
	     pages++)
		window_set(LDT_FIRST_PAGE + pages,
			   mfn_to_maddr(v->desc.ldt_frames[pages]) | DT_FLAGS);
	for (unsigned int i = pages; i < d->ldt_pages; i++)
		window_set(LDT_FIRST_PAGE + i, 0);
	if (pages)
		set_system_descriptor(&window_gdt_page()[(SEL_LDT & 0xfff) / 8], LDT_VIRT(cpu_id()),
				      v->desc.ldt_entries * 8 - 1, 2);
	if (pages || d->ldt_pages)
		__asm__ volatile("lldt %w0" :: "r"(pages ? SEL_LDT : 0));
	d->ldt_pages = pages;
}

/* The window becomes v's. Guest frames are mapped writable: the CPU sets accessed bits in them. */
void desc_load_vcpu(struct vcpu *v)
{
	struct cpu_descriptors *d = &this_cpu(descriptors);
	unsigned int pages = (v->desc.gdt_entries + 511) / 512;

	for (unsigned int i = 0; i < pages; i++)
		window_set(i, mfn_to_maddr(v->desc.gdt_frames[i]) | DT_FLAGS);
	for (unsigned int i = pages; i < d->gdt_pages; i++)
		window_set(i, 0);
	d->gdt_pages = pages;
	load_ldt(v, d);
}
