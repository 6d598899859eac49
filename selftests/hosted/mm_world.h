/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small machine for the tests of mm/: some frames of RAM, two CPUs, three domains, and stand-ins
 * for the functions outside of mm/ that mm/ calls. Each test includes it once.
 */
#ifndef MM_WORLD_H
#define MM_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/boot/boot.h>
#include <hv/boot/options.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/grant/grant.h>
#include <hv/hypercall/hypercall.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/domain_mm.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>
#include <hv/mm/m2p.h>
#include <hv/mm/map.h>
#include <hv/mm/mmu_op.h>
#include <hv/mm/promote.h>
#include <hv/mm/pte_rules.h>
#include <hv/mm/tlb_clock.h>
#include <hv/sched/sched.h>
#include <x86/context.h>
#include <x86/desc.h>
#include <x86/protection.h>
#include <x86/tlb.h>
#include <x86/uaccess.h>
#include <xen/memory.h>
#include <xen/xen.h>

#ifndef WORLD_FRAMES
#define WORLD_FRAMES 128U
#endif
#define WORLD_FIRST 8U  /* frames below are no RAM */
#define WORLD_HOLE  20U /* this one neither */
#define WORLD_CPUS  2U

static struct frame world_records[WORLD_FRAMES];
static unsigned char world_ram[WORLD_FRAMES][4096] __aligned(4096);
static uint64_t world_m2p[M2P_CHUNK_ENTRIES];
static struct shared_info world_shared[4];
static struct domain world_dom[3]; /* 0: privileged; 1, 2: guests */
static struct vcpu world_vcpu[3];
static struct vcpu *world_vcpus[3][1];
static unsigned int world_failures, world_number;

/* What the tests set. */
static unsigned int world_preempt_one_in; /* 0: never preempt */
static bool world_restarted;              /* the last hypercall wants to go on */
static uint64_t world_restart[5];
static unsigned int world_fail_copy_at; /* the n-th copy from now fails; 0: none */
static __maybe_unused unsigned int
	world_fail_alloc_at; /* the n-th hv_alloc() from now fails; 0: none */
static void (*world_on_failed_copy)(
	void); /* before it is reported: what another CPU does meanwhile */
static unsigned int world_domain_puts;
static void (*world_on_flush)(unsigned int cpu);
static unsigned int world_flushes;	/* of TLBs or of an entry of them, on one or more CPUs */

_Thread_local struct cpu_info hosted_cpu_info;
#ifndef WORLD_OWN_MAP
uint64_t max_mfn = WORLD_FRAMES - 1;
#endif
unsigned int nr_cpus = WORLD_CPUS;
pte_t idle_l4[512];
struct cpu_protection protection;
struct domain *dom0 = &world_dom[0];
struct domain idle_domain, dom_io, dom_xen;
struct boot_info boot_info;
struct options options;

struct frame *mfn_to_frame(mfn_t m)
{
	return &world_records[m.n];
}

mfn_t frame_to_mfn(const struct frame *f)
{
	return mfn((uint64_t)(f - world_records));
}

void *maddr_to_virt(maddr_t a)
{
	return &world_ram[0][0] + a;
}

maddr_t virt_to_maddr(const void *p)
{
	return (maddr_t)((const unsigned char *)p - &world_ram[0][0]);
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	abort();
}

void printk(enum log_level level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}

void tlb_flush_cpus(cpumask_t cpus, uint64_t va)
{
	unsigned int c;

	atomic_add(&world_flushes, 1);
	for (c = 0; c < WORLD_CPUS; c++)
		if (cpus.bits >> c & 1) {
			if (va == TLB_ALL)
				per_cpu(tlb_flushed, c) = atomic_add(&tlb_clock, 1);
			if (world_on_flush && va == TLB_ALL)
				world_on_flush(c);
		}
}

void tlb_flush_local(void)
{
	tlb_flush_cpus((cpumask_t){BIT64(cpu_id())}, TLB_ALL);
}

void tlb_invlpg_local(uint64_t va)
{
	(void)va;
	atomic_add(&world_flushes, 1);
}

void tlb_flush_vcpus(struct domain *d, uint64_t vcpus, uint64_t va)
{
	(void)d;
	tlb_flush_cpus((cpumask_t){vcpus}, va);
}

bool hypercall_preempt_check(void)
{
	return world_preempt_one_in && (unsigned int)rand() % world_preempt_one_in == 0;
}

long hypercall_restart(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	world_restarted = true;
	world_restart[0] = a1;
	world_restart[1] = a2;
	world_restart[2] = a3;
	world_restart[3] = a4;
	world_restart[4] = a5;
	return -ERESTART;
}

long not_implemented(const char *what, unsigned int sub)
{
	(void)what;
	(void)sub;
	return -ENOSYS;
}

static bool copy_fails(void)
{
	if (!world_fail_copy_at || --world_fail_copy_at)
		return false;
	if (world_on_failed_copy)
		world_on_failed_copy();
	return true;
}

int copy_from_guest(void *dst, gaddr_t src, size_t size)
{
	if (copy_fails() || !src)
		return -EFAULT;
	memcpy(dst, (const void *)src, size);
	return 0;
}

int copy_to_guest(gaddr_t dst, const void *src, size_t size)
{
	if (copy_fails() || !dst)
		return -EFAULT;
	memcpy((void *)dst, src, size);
	return 0;
}

#ifndef WORLD_OWN_HEAP
/* The heap is the host's, so that what is forgotten or used too long is found. */
void *hv_alloc(size_t size)
{
	if (world_fail_alloc_at && --world_fail_alloc_at == 0)
		return NULL;
	return calloc(1, size);
}

void hv_free(void *p)
{
	free(p);
}
#endif

struct domain *domain_get(domid_t id)
{
	if (id > 2)
		return NULL;
	atomic_add(&world_dom[id].refs, 1);
	return &world_dom[id];
}

void domain_ref(struct domain *d)
{
	atomic_add(&d->refs, 1);
}

void domain_put(struct domain *d)
{
	world_domain_puts++;
	atomic_sub(&d->refs, 1);
}

void vcpu_set_tables(struct vcpu *v)
{
	v->arch.cr3_user =
		mfn_eq(v->mm.guest_table_user, MFN_NONE) ? 0 : mfn_to_maddr(v->mm.guest_table_user);
}

void vcpu_load_cr3(struct vcpu *v)
{
	(void)v;
	tlb_flush_local();
}

void desc_load_vcpu(struct vcpu *v)
{
	(void)v;
}

/* Call again as a guest would, until it is done. */
static __maybe_unused long world_call(hypercall_fn *fn, uint64_t a1, uint64_t a2, uint64_t a3,
				      uint64_t a4)
{
	long rc;

	world_restarted = false;
	rc = fn(a1, a2, a3, a4, 0, 0);
	while (world_restarted) {
		world_restarted = false;
		rc = fn(world_restart[0], world_restart[1], world_restart[2], world_restart[3],
			world_restart[4], 0);
	}
	return rc;
}

static __maybe_unused void world_run_as(unsigned int domain, unsigned int cpu)
{
	current = &world_vcpu[domain];
	hosted_cpu_info.cpu = cpu;
}

static __maybe_unused void world_start(void)
{
	unsigned int i;

	memset(world_records, 0, sizeof(world_records));
	memset(world_ram, 0, sizeof(world_ram));
	memset(world_m2p, 0xff, sizeof(world_m2p));
	memset(world_dom, 0, sizeof(world_dom));
	memset(world_vcpu, 0, sizeof(world_vcpu));
	m2p_chunks[0] = world_m2p;
	mm_gone = NULL;
	for (i = 0; i < 3; i++) {
		world_dom[i].id = (domid_t)i;
		world_dom[i].privileged = i == 0;
		spin_lock_init(&world_dom[i].lock, RANK_DOMAIN);
		world_dom[i].refs = 1;
		world_dom[i].max_vcpus = 1;
		world_vcpus[i][0] = &world_vcpu[i];
		world_dom[i].vcpus = world_vcpus[i];
		world_dom[i].shared = &world_shared[i];
		mm_domain_init(&world_dom[i]);
		world_dom[i].arch.dirty_cpus.bits =
			(1U << WORLD_CPUS) - 1; /* it ran everywhere, unless a test says else */
		world_vcpu[i].domain = &world_dom[i];
		world_vcpu[i].mm.guest_table = MFN_NONE;
		world_vcpu[i].mm.guest_table_user = MFN_NONE;
		for (unsigned int k = 0; k < LDT_PAGES; k++)
			world_vcpu[i].desc.ldt_frames[k] = MFN_NONE;
	}
	for (i = WORLD_FIRST; i < WORLD_FRAMES; i++)
		if (i != WORLD_HOLE)
			world_records[i].flags = FRAME_RAM;
	alloc_boot_init(world_records, WORLD_FRAMES);
	alloc_boot_add(WORLD_FIRST, WORLD_HOLE);
	alloc_boot_add(WORLD_HOLE + 1, WORLD_FRAMES);
	for (i = 0; i < 512; i++)
		idle_l4[i] = i >= HV_L4_FIRST && i <= HV_L4_LAST ? 0x1000U * i | PTE_HV_RW : 0;
	world_run_as(1, 0);
}

static __maybe_unused void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++world_number, claim);
	world_failures += !good;
}

#endif
