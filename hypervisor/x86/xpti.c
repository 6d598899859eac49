// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables for guest mode in which the hypervisor is not there. A processor with Meltdown lets a
 * program read, at the speed of its cache, whatever its page tables map, whoever may read it. So
 * while a guest with xpti runs, CR3 names a copy of its L4 in which slots 256-271 hold no more than
 * it needs to get out again:
 *
 *	slot 256	what the guest's L4 has there: the M2P, or nothing
 *	VCPU_ADDR	the page of the vCPU that this CPU has loaded
 *	entry text	the pages of .text.entry, and the IDT
 *	WINDOW_ADDR	this CPU's window (x86/window.c)
 *
 * Each CPU has two copies, one for the kernel's L4 and one for the user's, so that a system call
 * makes none. In hypervisor mode CR3 is the guest's own L4, as without xpti. entry.S switches.
 *
 *  X1. domain.arch.l4_generation changes after each change of an entry of an L4 of the domain that
 *      is or may become loaded, and before what the old entry referred to is given back
 *      (mm/promote.c).
 *  X2. A copy names the L4 that it was made of and a generation that was read before the first
 *      entry was. If both are what they should be it is a true copy.
 *  X3. Guest mode is entered only with a true copy: looked at on each exit, with interrupts off
 *      (entry.S). If an entry is removed after the look, the CPU has not flushed since, so that
 *      whoever gives the frame another use interrupts it (mm/frame.c F7), and it comes by the look
 *      again.
 *  X4. An entry that is added is seen by other CPUs when they come by the look: after the page
 *      fault that it costs them at the latest (xpti_stale()).
 *  X5. No entry of the hypervisor's is global while any domain has xpti: a load of CR3 must forget
 *      them.
 *
 * The copies are of the CPU, not of the vCPU: another vCPU of the guest cannot reach the stack that
 * this CPU uses.
 */
#include <x86/xpti.h>
#include <arch/msr.h>
#include <hv/console/keyhandler.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/protect.h>
#include <hv/mm/pte_rules.h>
#include <x86/cpu.h>
#include <x86/image.h>
#include <x86/protection.h>
#include <x86/traps.h>
#include <x86/window.h>

enum { COPY_KERNEL, COPY_USER, COPIES };

struct xpti_pages {
	pte_t l4[COPIES][512];
	pte_t vcpu_l3[512], image_l3[512], window_l2[512];
} __aligned(4096);

struct xpti_cpu {
	struct xpti_pages *pages;
	struct {
		uint64_t source;	/* address of the L4; 0: none */
		uint64_t generation;
	} copy[COPIES];
};
DECLARE_PER_CPU(struct xpti_cpu, xpti);
DEFINE_PER_CPU(xpti);

#define XPTI_ORDER	3
#define TABLE_FLAGS	(PTE_P | PTE_RW | PTE_A)
_Static_assert(sizeof(struct xpti_pages) <= PAGE_SIZE << XPTI_ORDER, "one block");

static pte_t entry_l2[512] __aligned(4096);	/* of the image's first GiB, for guest mode */

static bool in_use(void)
{
	return protection.xpti_dom0 || protection.xpti_domu;
}

/* Map one page of the image in guest mode, too. */
static void map_entry_page(uint64_t va, uint64_t flags)
{
	pte_t *l2 = &entry_l2[l2_index(va)], *l1;

	if (!(*l2 & PTE_P)) {
		l1 = alloc_page();
		if (!l1)
			panic("no memory for the page tables of guest mode");
		*l2 = virt_to_maddr(l1) | TABLE_FLAGS;
	}
	l1 = maddr_to_virt(*l2 & PTE_ADDR);
	l1[l1_index(va)] = image_maddr((void *)va) | flags;
}

void xpti_init_cpu(void)
{
	struct frame *f;
	struct xpti_pages *p;
	unsigned int cpu = cpu_id();

	if (!in_use())
		return;
	write_cr4(read_cr4() & ~CR4_PGE);	/* X5 */
	f = alloc_frames(XPTI_ORDER, ALLOC_ZERO);
	if (!f)
		panic("no memory for the page tables of guest mode on CPU %u", cpu);
	p = mfn_to_virt(frame_to_mfn(f));
	p->vcpu_l3[l3_index(VCPU_ADDR(cpu))] = window_vcpu_entry(cpu);
	p->image_l3[l3_index(IMAGE_VIRT)] = image_maddr(entry_l2) | TABLE_FLAGS;
	p->image_l3[l3_index(WINDOW_VIRT)] = virt_to_maddr(p->window_l2) | TABLE_FLAGS;
	p->window_l2[cpu] = window_table_entry(cpu);
	for (unsigned int c = 0; c < COPIES; c++) {
		p->l4[c][l4_index(VCPU_VIRT)] = virt_to_maddr(p->vcpu_l3) | TABLE_FLAGS;
		p->l4[c][l4_index(IMAGE_VIRT)] = virt_to_maddr(p->image_l3) | TABLE_FLAGS;
		switch_page()->guest_l4[c] = virt_to_maddr(p->l4[c]);
	}
	this_cpu(xpti).pages = p;
}

/* ---- debug key ---- */

struct range {
	unsigned int cpu;
	uint64_t start, end, flags;
};

/* Which of the things at the top of this file a range is. */
static const char *name_of(const struct range *r)
{
	static const struct {
		const char *name;
		uint64_t flags;
	} kinds[] = {{"vCPU", PTE_RW | PTE_NX},
		     {"entry text", 0},
		     {"IDT", PTE_NX},
		     {"window", PTE_RW | PTE_NX}};
	uint64_t idt = (uint64_t)idt_address();
	const uint64_t where[][2] = {
		{VCPU_ADDR(r->cpu), VCPU_ADDR(r->cpu) + PAGE_SIZE},
		{(uint64_t)entry_text, (uint64_t)entry_text_end},
		{idt, idt + PAGE_SIZE},
		{WINDOW_ADDR(r->cpu), WINDOW_ADDR(r->cpu) + WINDOW_SIZE},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++)
		if (r->start >= where[i][0] && r->end <= where[i][1] && r->flags == kinds[i].flags)
			return kinds[i].name;
	return "none of what should be here";
}

static void print_range(const struct range *r)
{
	if (r->start != r->end)
		log_info("  %016lx-%016lx %s%s %s\n", r->start, r->end,
			 r->flags & PTE_RW ? "rw" : "r", r->flags & PTE_NX ? "" : "x", name_of(r));
}

/* Pages beside each other become one range. */
static void add_page(void *arg, uint64_t va, uint64_t size, pte_t e, uint64_t flags)
{
	struct range *r = arg;

	(void)e;
	if (va != r->end || flags != r->flags) {
		print_range(r);
		*r = (struct range){r->cpu, va, va, flags};
	}
	r->end = va + size;
}

/*
 * What is mapped of the hypervisor while a guest runs; the M2P apart, which is the guest's to read.
 */
static void dump(void)
{
	unsigned int cpu;

	if (!in_use())
		log_info("the hypervisor is mapped while guests run (xpti=off)\n");
	for_each_online_cpu(cpu) {
		const struct xpti_pages *p = per_cpu(xpti, cpu).pages;

		for (unsigned int c = 0; p && c < COPIES; c++) {
			struct range r = {.cpu = cpu};

			log_info("cpu%u, %s: M2P %s\n", cpu, c == COPY_USER ? "user" : "kernel",
				 p->l4[c][l4_index(M2P_VIRT)] & PTE_P ? "yes" : "no");
			protect_visit(p->l4[c], l4_index(M2P_VIRT) + 1, HV_L4_LAST, add_page, &r);
			print_range(&r);
		}
	}
}

void xpti_init(void)
{
	(void)keyhandler_register('x', dump, "what guest mode maps of the hypervisor");
	if (!in_use())
		return;
	cpu_features.pge = false;
	for (uint64_t va = (uint64_t)entry_text; va < (uint64_t)entry_text_end; va += PAGE_SIZE)
		map_entry_page(va, PTE_P | PTE_A);
	map_entry_page((uint64_t)idt_address(), PTE_P | PTE_A | PTE_NX);
	xpti_init_cpu();
}

void xpti_forget(void)
{
	struct xpti_cpu *x = &this_cpu(xpti);

	for (unsigned int c = 0; c < COPIES; c++)
		x->copy[c].source = 0;
}

static unsigned int copy_of(const struct vcpu *v)
{
	return v->arch.kernel_mode ? COPY_KERNEL : COPY_USER;
}

void xpti_select(struct vcpu *v)
{
	struct xpti_cpu *x = &this_cpu(xpti);
	unsigned int c = copy_of(v);

	switch_page()->hv_cr3 = v->arch.hv_cr3;
	v->arch.guest_cr3 = switch_page()->guest_l4[c];
	v->arch.l4_seen = x->copy[c].source == v->arch.hv_cr3 ? x->copy[c].generation : 0;
}

static void copy_slots(pte_t *to, const pte_t *from, unsigned int first, unsigned int last)
{
	for (unsigned int i = first; i <= last; i++)
		to[i] = READ_ONCE(from[i]);
}

void xpti_sync(struct vcpu *v)
{
	struct xpti_cpu *x = &this_cpu(xpti);
	unsigned int c = copy_of(v);
	const pte_t *from = maddr_to_virt(v->arch.hv_cr3);
	pte_t *to = x->pages->l4[c];

	x->copy[c].source = v->arch.hv_cr3;
	/* The generation before the entries: pairs with the locked addition in l4_changed(). */
	x->copy[c].generation = v->arch.l4_seen =
		atomic_load_acquire(&v->domain->arch.l4_generation);
	copy_slots(to, from, 0, l4_index(M2P_VIRT));
	copy_slots(to, from, HV_L4_LAST + 1, 511);
}

bool xpti_stale(const struct vcpu *v)
{
	return v->arch.xpti && v->arch.l4_seen != atomic_load(&v->domain->arch.l4_generation);
}
