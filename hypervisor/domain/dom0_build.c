// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domain-0: unpack the kernel, take memory, lay it out as the PV start of day wants it
 * (dom0_layout.c), make the page tables, and let the usual validation check what was built.
 */
#include <hv/domain/dom0_build.h>
#include <hv/boot/boot.h>
#include <hv/boot/bzimage.h>
#include <hv/boot/libenv.h>
#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/domain/dom0_layout.h>
#include <hv/domain/domain.h>
#include <hv/domain/elf.h>
#include <hv/domain/elfnote.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall_page.h>
#include <hv/kernel_ring.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/m2p.h>
#include <hv/mm/map.h>
#include <hv/mm/mmuext_op.h>
#include <hv/mm/pte_rules.h>
#include <hv/sched/place.h>
#include <x86/context.h>
#include <x86/image.h>
#include <x86/protection.h>
#include <xen/features.h>
#include <xen/xen.h>

/* While building, the parts are mapped here, 64 GiB each. */
#define BUILD_KERNEL	(VMAP_VIRT + 0x1000000000UL)	/* the unpacked kernel file */
/* Domain-0's memory, in pseudo-physical order */
#define BUILD_MEMORY (VMAP_VIRT + 0x2000000000UL)
#define BUILD_P2M	(VMAP_VIRT + 0x3000000000UL)	/* our copy of the P2M */

struct build {
	const struct boot_info *bi;
	struct domain *d;
	struct elf_image elf;
	struct kernel_notes notes;
	uint64_t file_size;		/* of the unpacked kernel */
	uint64_t nr_pages;
	uint64_t *p2m;			/* nr_pages entries at BUILD_P2M */
	struct dom0_layout l;
};

/* ---- memory for building ---- */

static void map_fresh(uint64_t va, uint64_t bytes)
{
	for (uint64_t at = 0; at < bytes; at += PAGE_SIZE) {
		struct frame *f = alloc_frames(0, ALLOC_ZERO);

		if (!f || hv_map(va + at, mfn_to_maddr(frame_to_mfn(f)), 1, PTE_HV_RW))
			panic("Domain-0: no memory to unpack the kernel (%lu KiB wanted)",
			      bytes >> 10);
	}
}

static mfn_t mapped_frame(uint64_t va)
{
	const pte_t *t = idle_l4;

	t = mfn_to_virt(pte_mfn(t[l4_index(va)]));
	t = mfn_to_virt(pte_mfn(t[l3_index(va)]));
	t = mfn_to_virt(pte_mfn(t[l2_index(va)]));
	return pte_mfn(t[l1_index(va)]);
}

static void unmap_and_free(uint64_t va, uint64_t bytes)
{
	for (uint64_t at = 0; at < bytes; at += PAGE_SIZE) {
		mfn_t m = mapped_frame(va + at);

		hv_unmap(va + at, 1);
		free_frames(mfn_to_frame(m), 0);
	}
}

/* The decoders' dictionaries: whole blocks, their order kept in front. */
static void *unpack_alloc(size_t size)
{
	unsigned int order = 0;
	struct frame *f;
	char *p;

	while ((PAGE_SIZE << order) < size + 64)
		order++;
	f = alloc_frames(order, 0);
	if (!f)
		return NULL;
	p = mfn_to_virt(frame_to_mfn(f));
	*(unsigned int *)p = order;
	return p + 64;
}

static void unpack_free(void *p)
{
	char *block = (char *)p - 64;

	free_frames(virt_to_frame(block), *(unsigned int *)block);
}

/* ---- the kernel ---- */

static void unpack_kernel(struct build *b)
{
	static const struct unpack_mem mem = {unpack_alloc, unpack_free};
	const struct boot_module *m = &b->bi->modules[0];
	const void *image = maddr_to_virt(m->start);
	uint64_t size = 0;
	struct lib_env env;
	int rc;

	rc = kernel_unpack(image, m->size, NULL, &size, &mem);
	if (rc || !size)
		panic("Domain-0: the first module is no kernel that can be unpacked (%d)", rc);
	b->file_size = ALIGN_UP(size, PAGE_SIZE);
	map_fresh(BUILD_KERNEL, b->file_size);
	lib_env_enter(&env);
	rc = kernel_unpack(image, m->size, (void *)BUILD_KERNEL, &size, &mem);
	lib_env_leave(&env);
	if (rc)
		panic("Domain-0: cannot unpack the kernel (%d)", rc);
	if (elf_parse((void *)BUILD_KERNEL, size, &b->elf))
		panic("Domain-0: the kernel is no usable ELF file");
	if (kernel_notes_parse(&b->elf, DOM0_FEATURES, &b->notes))
		panic("Domain-0: the kernel cannot run as a PV guest here");
	if (!(b->notes.supported & BIT64(XENFEAT_dom0)))
		log_warn("Domain-0: the kernel does not say that it can be Domain-0\n");
	log_info("Domain-0 kernel: %s %s, entry %016lx, image %016lx-%016lx\n", b->notes.guest_os,
		 b->notes.guest_version, b->notes.entry, b->notes.image_start, b->notes.image_end);
}

/* ---- layout ---- */

static void lay_out(struct build *b)
{
	const struct boot_module *initrd = b->bi->n_modules > 1 ? &b->bi->modules[1] : NULL;
	int rc = dom0_lay_out(&b->notes, b->nr_pages, initrd ? initrd->size : 0, &b->l);

	if (rc == -ENOMEM)
		panic("Domain-0: %lu MiB of memory do not hold the kernel (%lu MiB) and the initrd "
		      "(%lu MiB)",
		      b->nr_pages >> 8, b->l.mapped_pages >> 8, b->l.initrd_pages >> 8);
	if (rc)
		panic("Domain-0: the kernel, its initrd and its P2M do not fit at the addresses "
		      "that it asks for (VIRT_BASE %016lx)",
		      b->notes.virt_base);
}

/* ---- memory ---- */

/*
 * What is free now, without what building takes (our P2M, the tables that map it and the memory)
 * and 8 MiB to go on.
 */
static uint64_t memory_to_give(void)
{
	uint64_t bytes = free_frame_count() * PAGE_SIZE, ours = bytes / 128 + MIB(8);

	return bytes > ours ? bytes - ours : 0;
}

static void take_memory(struct build *b)
{
	unsigned int order = 9;
	uint64_t pfn = 0;

	map_fresh(BUILD_P2M, b->nr_pages * 8);
	b->p2m = (uint64_t *)BUILD_P2M;
	while (pfn < b->nr_pages) {
		struct frame *f = NULL;

		while (order && (UINT64_C(1) << order) > b->nr_pages - pfn)
			order--;
		while (!(f = alloc_domain_frames(b->d, order, ALLOC_ZERO)) && order)
			order--;
		if (!f)
			panic("Domain-0: no memory for page %lu of %lu", pfn, b->nr_pages);
		for (uint64_t i = 0; i < UINT64_C(1) << order; i++, pfn++) {
			mfn_t m = mfn(mfn_x(frame_to_mfn(f)) + i);

			b->p2m[pfn] = mfn_x(m);
			m2p_set(m, pfn);
		}
	}
	for (pfn = 0; pfn < b->l.built_pages; pfn++)
		if (hv_map(BUILD_MEMORY + pfn * PAGE_SIZE, b->p2m[pfn] << PAGE_SHIFT, 1, PTE_HV_RW))
			panic("Domain-0: no memory to map it while building");
}

static void *guest_page(uint64_t pfn)
{
	return (void *)(BUILD_MEMORY + pfn * PAGE_SIZE);
}

static uint64_t pfn_of(const struct build *b, uint64_t va)
{
	return (va - b->notes.virt_base) >> PAGE_SHIFT;
}

static void copy_images(struct build *b)
{
	if (elf_load(&b->elf, b->notes.paddr_offset, guest_page(0), b->l.mapped_pages * PAGE_SIZE))
		panic("Domain-0: the kernel's segments do not fit");
	/* Kernels that call by SYSCALL themselves have the page too, and never enter it. */
	if (b->notes.has_hypercall_page)
		hypercall_page_fill(guest_page(pfn_of(b, b->notes.hypercall_page)));
	if (b->l.initrd_pages) {
		const struct boot_module *m = &b->bi->modules[1];

		memcpy(guest_page(b->l.initrd_pfn), maddr_to_virt(m->start), m->size);
	}
	memcpy(guest_page(b->l.p2m_pfn), b->p2m, b->nr_pages * 8);
}

/* ---- page tables ---- */

static uint64_t table_flags(const struct build *b)
{
	return PTE_P | PTE_RW | PTE_A | PTE_D | (b->d->arch.ring1 ? 0 : PTE_US);
}

/* Frames for tables, in the order in which they are used. */
struct table_pool {
	struct build *b;
	uint64_t next_pfn, end_pfn;
};

/* The table that the entry refers to, which may be there already: the P2M can share some. */
static pte_t *table_of(struct table_pool *pool, pte_t *entry)
{
	uint64_t pfn;

	if (*entry & PTE_P)
		return guest_page(m2p_get(pte_mfn(*entry)));
	pfn = pool->next_pfn++;
	if (pfn >= pool->end_pfn)
		panic("Domain-0: too few page tables");
	*entry = pool->b->p2m[pfn] << PAGE_SHIFT | table_flags(pool->b);
	return guest_page(pfn);
}

/* Map n pages from pfn on at va. Pages of [ro_start, ro_end) read-only: the page tables. */
static void map_range(struct table_pool *pool, pte_t *l4, uint64_t va, uint64_t pfn, uint64_t n,
		      uint64_t ro_start, uint64_t ro_end)
{
	pte_t *l3 = NULL, *l2 = NULL, *l1 = NULL;
	uint64_t flags = table_flags(pool->b);

	for (uint64_t i = 0; i < n; i++, va += PAGE_SIZE, pfn++) {
		if (!l3 || !(va & (BIT64(39) - 1)))
			l3 = table_of(pool, &l4[l4_index(va)]);
		if (!l2 || !(va & (BIT64(30) - 1)))
			l2 = table_of(pool, &l3[l3_index(va)]);
		if (!l1 || !(va & (BIT64(21) - 1)))
			l1 = table_of(pool, &l2[l2_index(va)]);
		l1[l1_index(va)] =
			pool->b->p2m[pfn] << PAGE_SHIFT |
			(pfn >= ro_start && pfn < ro_end ? flags & ~PTE_RW : flags);
	}
}

static mfn_t build_tables(struct build *b)
{
	const struct dom0_layout *l = &b->l;
	uint64_t first = pfn_of(b, l->tables), p2m_tables = l->p2m_pfn + l->p2m_pages;
	struct table_pool pool = {b, first + 1, first + l->nr_tables};
	struct table_pool p2m_pool = {b, p2m_tables, p2m_tables + l->p2m_tables};
	pte_t *l4 = guest_page(first);

	map_range(&pool, l4, l->start, 0, l->mapped_pages, first, first + l->nr_tables);
	if (l->p2m_tables)
		map_range(&p2m_pool, l4, l->p2m, l->p2m_pfn, l->p2m_pages, 0, 0);
	return mfn(b->p2m[first]);
}

/* ---- start of day ---- */

/*
 * Domain-0's command line: the kernel module's, then what our own has behind "--", then where the
 * ACPI tables begin if that is not in low memory, where Linux would look (UEFI).
 */
static void fill_command_line(const struct boot_info *bi, char *line, size_t size)
{
	const char *extra = cmdline_for_dom0(bi->cmdline);
	char rsdp[40] = "";

	if (bi->rsdp >= MIB(1))
		snprintf(rsdp, sizeof(rsdp), " acpi_rsdp=0x%lx", (unsigned long)bi->rsdp);
	if ((size_t)snprintf(line, size, "%s%s%s%s", bi->modules[0].cmdline, *extra ? " " : "",
			     extra, rsdp) >= size)
		log_warn("Domain-0's command line was cut at %lu bytes\n", (unsigned long)size - 1);
	log_info("Domain-0 command line: %s\n", line);
}

static void fill_start_info(struct build *b)
{
	const struct boot_module *initrd = b->bi->n_modules > 1 ? &b->bi->modules[1] : NULL;
	const struct dom0_layout *l = &b->l;
	struct start_info *s = guest_page(pfn_of(b, l->start_info));

	copy_string(s->magic, "xen-3.0-x86_64p", sizeof(s->magic));
	s->nr_pages = b->nr_pages;
	s->shared_info = mfn_to_maddr(b->d->shared_mfn);
	s->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
	s->pt_base = l->tables;
	s->nr_pt_frames = l->nr_tables;
	s->mfn_list = l->p2m;
	s->first_p2m_pfn = l->p2m_pfn;
	s->nr_p2m_frames = l->p2m_pages + l->p2m_tables;
	if (initrd) {
		s->flags |= b->notes.mod_start_pfn ? SIF_MOD_START_PFN : 0;
		s->mod_start = l->mod_start;
		s->mod_len = initrd->size;
	}
	fill_command_line(b->bi, (char *)s->cmd_line, sizeof(s->cmd_line));
}

/* The tables are the domain's memory like any other: the usual check makes page tables of them. */
static void enter_tables(struct build *b, mfn_t l4)
{
	struct vcpu *v = b->d->vcpus[0];
	int rc;

	do
		rc = mmu_get_kernel_l4(b->d, l4);
	while (rc == -ERESTART);
	if (!rc)
		do
			rc = mmu_pin(b->d, l4, FT_L4);	/* Linux unpins it later */
		while (rc == -ERESTART);
	if (rc)
		panic("Domain-0: its page tables are refused (%d)", rc);
	v->mm.guest_table = l4;
	vcpu_set_tables(v);
}

static void set_registers(struct build *b)
{
	struct vcpu *v = b->d->vcpus[0];

	v->arch.regs.rip = b->notes.entry;
	v->arch.regs.cs = ring_code_selector(v->arch.ring1);
	v->arch.regs.ss = ring_stack_selector(v->arch.ring1);
	v->arch.regs.rsp = b->l.stack + PAGE_SIZE;
	v->arch.regs.rsi = b->l.start_info;
	v->arch.regs.rflags = RFLAGS_IF | 2 | v->arch.kernel_flags;
	v->arch.kernel_mode = true;
	v->arch.kernel_sp = v->arch.regs.rsp;
	v->arch.kernel_ss = SEL_USER_DS32;	/* as the guest knows it */
	v->initialised = true;
}

/*
 * In ring 1 user mode runs on the kernel's page table, which therefore has to hold what the user's
 * does (hv/kernel_ring.h K1). Linux's does; of another kernel the administrator has to know.
 */
static bool in_ring1(const struct kernel_notes *notes)
{
	if (!protection.dom0_ring1)
		return false;
	if (options.dom0_ring == DOM0_RING_1 || strcmp(notes->guest_os, "linux") == 0)
		return true;
	log_info("Domain-0's kernel runs in ring 3: it is not Linux\n");
	return false;
}

static void create_domain(struct build *b)
{
	struct domain_config cfg = {.max_vcpus = dom0_vcpu_count(nr_cpus),
				    .privileged = true,
				    .ring1 = in_ring1(&b->notes)};
	int rc = domain_create(0, &cfg, &b->d);

	if (rc)
		panic("Domain-0 cannot be created (%d)", rc);
	dom0 = b->d;
	b->d->mm.max_pages =
		options.dom0_mem_max ? options.dom0_mem_max >> PAGE_SHIFT : ~UINT64_C(0);
	if (options.dom0_vcpus_pin) {
		struct vcpu *v;

		for_each_vcpu(b->d, v)
			vcpu_set_affinity(v, (cpumask_t){BIT64(v->id % nr_cpus)});
	}
}

static void release_modules(const struct boot_info *bi)
{
	for (unsigned int i = 0; i < MIN(bi->n_modules, 2u); i++)
		mm_boot_release(bi->modules[i].start, bi->modules[i].start + bi->modules[i].size);
}

void build_dom0(const struct boot_info *bi)
{
	static struct build build;
	struct build *b = &build;
	mfn_t l4;

	if (!bi->n_modules)
		panic("no Domain-0 kernel: the first module must be one");
	b->bi = bi;
	unpack_kernel(b);
	create_domain(b);
	b->nr_pages = dom0_mem_size(memory_to_give()) >> PAGE_SHIFT;
	lay_out(b);
	take_memory(b);
	copy_images(b);
	unmap_and_free(BUILD_KERNEL, b->file_size);
	l4 = build_tables(b);
	fill_start_info(b);
	hv_unmap(BUILD_MEMORY, b->l.built_pages);
	enter_tables(b, l4);
	unmap_and_free(BUILD_P2M, ALIGN_UP(b->nr_pages * 8, PAGE_SIZE));
	set_registers(b);
	release_modules(bi);
	log_info("Domain-0: %lu MiB, %u vCPU%s, %lu MiB left\n", b->nr_pages >> 8, b->d->max_vcpus,
		 b->d->max_vcpus == 1 ? "" : "s", free_frame_count() >> 8);
	b->d->vcpus[0]->sched.down = false;
	domain_unpause(b->d);
}
