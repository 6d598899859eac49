// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU's window (layout.h): descriptors, TSS, IST stacks and the vCPU that is loaded, which the
 * processor and entry.S must find whatever CR3 is. Each CPU has page tables of its own for its
 * window, and while a guest runs with xpti they are all that it sees of the hypervisor, with the
 * entry text, the IDT and the M2P (x86/xpti.c). So:
 *
 *  W1. Only this CPU writes the entries of its window, and only this CPU uses its addresses.
 *  W2. What is mapped here may be read by a guest that gets around the processor's protection:
 *      descriptors, the guest's own registers, addresses. No other domain's data, and no key.
 *  W3. Between two IST stacks, and between them and anything else, lies memory that is not mapped.
 *  W4. No entry is global, so a load of CR3 forgets it.
 */
#include <x86/window.h>
#include <arch/msr.h>
#include <hv/console/printk.h>
#include <hv/domain/vcpu.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/map.h>
#include <hv/mm/pte_rules.h>
#include <x86/image.h>

struct window_pages {
	pte_t window[512];	/* table of WINDOW_ADDR */
	pte_t vcpu_l2[512];	/* of the 4 GiB at VCPU_ADDR; one entry is used */
	pte_t vcpu_l1[512];	/* likewise */
	union {
		struct switch_page s;
		uint8_t whole[PAGE_SIZE];
	} switch_page;
	uint64_t gdt[512];
	uint8_t ist[IST_STACKS][IST_PAGES * PAGE_SIZE];
} __aligned(4096);

#define WINDOW_ORDER	4
#define TABLE_FLAGS	(PTE_P | PTE_RW | PTE_A)
#define PAGE_FLAGS	(PTE_P | PTE_RW | PTE_A | PTE_D | PTE_NX)
_Static_assert(sizeof(struct window_pages) <= PAGE_SIZE << WINDOW_ORDER, "one block");
_Static_assert(sizeof(struct switch_page) <= PAGE_SIZE, "one page");
_Static_assert(IST_FIRST_PAGE + IST_STACKS * (STACK_SIZE / PAGE_SIZE) <= 512, "one table");
_Static_assert(NR_CPUS * 4 <= 512, "one L3 covers all VCPU_ADDR");

extern pte_t boot_l3_image[512];
static pte_t window_l2[512] __aligned(4096), vcpu_l3[512] __aligned(4096);
static struct window_pages boot_pages;

DECLARE_PER_CPU(struct window_pages *, window_pages);
DEFINE_PER_CPU(window_pages);

/* The boot CPU's pages lie in the image, the others' in the direct map. */
static maddr_t page_maddr(const void *p)
{
	return (uint64_t)p >= DIRECTMAP_VIRT ? virt_to_maddr(p) : image_maddr(p);
}

pte_t window_table_entry(unsigned int cpu)
{
	return window_l2[cpu];
}

pte_t window_vcpu_entry(unsigned int cpu)
{
	return vcpu_l3[l3_index(VCPU_ADDR(cpu))];
}

struct switch_page *switch_page(void)
{
	return (struct switch_page *)(WINDOW_ADDR(cpu_id()) + SWITCH_PAGE * PAGE_SIZE);
}

uint64_t *window_gdt_page(void)
{
	return this_cpu(window_pages)->gdt;
}

void window_set(unsigned int page, pte_t e)
{
	this_cpu(window_pages)->window[page] = e;
	invlpg(WINDOW_ADDR(cpu_id()) + page * PAGE_SIZE);
}

static void map_ist_stacks(struct window_pages *w)
{
	for (unsigned int n = 0; n < IST_STACKS; n++) {
		unsigned int first = l1_index(IST_TOP(0, n) - IST_PAGES * PAGE_SIZE);

		for (unsigned int i = 0; i < IST_PAGES; i++)
			w->window[first + i] = page_maddr(&w->ist[n][i * PAGE_SIZE]) | PAGE_FLAGS;
	}
}

void window_init_cpu(void)
{
	unsigned int cpu = cpu_id();
	struct window_pages *w = &boot_pages;
	struct switch_page *s;

	if (cpu) {
		struct frame *f = alloc_frames(WINDOW_ORDER, ALLOC_ZERO);

		if (!f)
			panic("no memory for the window of CPU %u", cpu);
		w = mfn_to_virt(frame_to_mfn(f));
	}
	this_cpu(window_pages) = w;
	w->window[GDT_HV_PAGE] = page_maddr(w->gdt) | PAGE_FLAGS;
	w->window[SWITCH_PAGE] = page_maddr(&w->switch_page) | PAGE_FLAGS;
	map_ist_stacks(w);
	w->vcpu_l2[0] = page_maddr(w->vcpu_l1) | TABLE_FLAGS;
	window_l2[cpu] = page_maddr(w->window) | TABLE_FLAGS;
	vcpu_l3[l3_index(VCPU_ADDR(cpu))] = page_maddr(w->vcpu_l2) | TABLE_FLAGS;
	if (cpu == 0) {
		boot_l3_image[l3_index(WINDOW_VIRT)] = image_maddr(window_l2) | TABLE_FLAGS;
		idle_l4[l4_index(VCPU_VIRT)] = image_maddr(vcpu_l3) | TABLE_FLAGS;
	}
	s = switch_page();
	s->hv_stack = (uint64_t)get_cpu_info();
	s->tss.iobitmap = sizeof(struct tss);
	s->tss.rsp0 = s->hv_stack;
	/* Room for a copy of struct cpu_info at the top: see ist_entry. */
	for (unsigned int n = 0; n < IST_STACKS; n++)
		s->tss.ist[n] = IST_TOP(cpu, n) - sizeof(struct cpu_info);
}

void window_load_vcpu(struct vcpu *v)
{
	unsigned int cpu = cpu_id();
	struct switch_page *s = switch_page();

	this_cpu(window_pages)->vcpu_l1[0] = virt_to_maddr(v) | PAGE_FLAGS;
	invlpg(VCPU_ADDR(cpu));
	v->arch.self = v;
	v->arch.hv_stack = (uint64_t)get_cpu_info();
	v->arch.window_regs = VCPU_ADDR(cpu) + offsetof(struct vcpu, arch.regs);
	s->regs_end = (v->arch.xpti ? v->arch.window_regs : (uint64_t)&v->arch.regs) +
		      sizeof(v->arch.regs);
	s->tss.rsp0 = s->regs_end;
}
