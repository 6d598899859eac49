/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world that the control hypercalls see: two domains with vCPUs, a caller, and guest memory
 * that belongs to the test. A guest address is a pointer; 0 and addresses below 4096 fault, and so
 * does the n-th copy if the test asks for it.
 */
#ifndef CONTROL_WORLD_H
#define CONTROL_WORLD_H

#include <errno.h>

#include <hv/boot/boot.h>
#include <hv/boot/options.h>
#include <hv/domain/domain.h>
#include <hv/hypercall/hypercall.h>
#include <hv/mm/alloc.h>
#include <hv/mm/frame.h>
#include <hv/mm/heap.h>
#include <hv/sched/runstate.h>
#include <hv/sched/sched.h>
#include <hv/time/clock.h>
#include <x86/uaccess.h>
#include <xen/xen.h>

#include "log_capture.h"

_Thread_local struct cpu_info hosted_cpu_info;
unsigned int nr_cpus = 2;
uint64_t max_mfn = 0xfffff;
struct domain *dom0;
struct boot_info boot_info;
#ifndef OPTIONS_ELSEWHERE	/* the test links boot/cmdline.c */
struct options options = {.xen_version = XEN_ABI_4_17};
struct tunables tunables = {.gnttab_max_frames = 64, .gnttab_max_maptrack_frames = 1024};
#endif

static struct domain world_dom[3];	/* 0: privileged; 1: a guest; 2: is made by createdomain */
static bool world_exists[3] = {true, true, false};
static struct vcpu world_vcpu[3][2], world_idle[2];
static struct vcpu *world_vcpus[3][2];
static int world_copies_left = -1;	/* so many succeed; negative: all */
static const char *world_missing;	/* what was said to be not implemented last */
static int world_held;			/* references taken and not given back */
static long world_allocs;

static bool copy_ok(gaddr_t a)
{
	return a >= 4096 && (world_copies_left < 0 || world_copies_left-- > 0);
}

int copy_from_guest(void *dst, gaddr_t src, size_t size)
{
	if (!size)
		return 0;
	if (!copy_ok(src))
		return -EFAULT;
	memcpy(dst, (const void *)src, size);
	return 0;
}

int copy_to_guest(gaddr_t dst, const void *src, size_t size)
{
	if (!size)
		return 0;
	if (!copy_ok(dst))
		return -EFAULT;
	memcpy((void *)dst, src, size);
	return 0;
}

int clear_guest(gaddr_t dst, size_t size)
{
	if (!copy_ok(dst))
		return -EFAULT;
	memset((void *)dst, 0, size);
	return 0;
}

long not_implemented(const char *what, unsigned int sub)
{
	(void)sub;
	world_missing = what;
	return -ENOSYS;
}

long not_supported(const char *what, unsigned int sub)
{
	(void)sub;
	world_missing = what;
	return -EOPNOTSUPP;
}

void not_applied(const char *what, unsigned int sub)
{
	(void)sub;
	world_missing = what;
}

struct domain *domain_get_from(domid_t id)
{
	for (unsigned int i = id; i < 3; i++)
		if (world_exists[i]) {
			world_held++;
			return &world_dom[i];
		}
	return NULL;
}

struct domain *domain_get(domid_t id)
{
	if (id >= 3 || !world_exists[id])
		return NULL;
	world_held++;
	return &world_dom[id];
}

void domain_put(struct domain *d)
{
	(void)d;
	world_held--;
}

uint64_t vcpu_cpu_time(struct vcpu *v)
{
	return 1000 + v->id;
}

struct vcpu *idle_vcpu(unsigned int cpu)
{
	return &world_idle[cpu];
}

uint64_t now_ns(void)
{
	return 5 * NS_PER_SEC;
}

uint64_t tsc_khz(void)
{
	return 2500000;
}

uint64_t free_frame_count(void)
{
	return 1000;
}

uint64_t guest_frame_count(void)
{
	return 900;
}

uint64_t claimed_frame_count(void)
{
	return 30;
}

uint64_t low_reserve(void)
{
	return 100;
}

uint64_t total_frame_count(void)
{
	return 5000;
}

void *hv_alloc(size_t size)
{
	world_allocs++;
	return calloc(1, size);
}

void hv_free(void *p)
{
	world_allocs -= p != NULL;
	free(p);
}

static inline void world_start(void)
{
	dom0 = &world_dom[0];
	for (unsigned int i = 0; i < 3; i++) {
		world_dom[i].id = (domid_t)i;
		world_dom[i].privileged = i == 0;
		spin_lock_init(&world_dom[i].lock, RANK_DOMAIN);
		spin_lock_init(&world_dom[i].mm.lock, RANK_MM);
		world_dom[i].max_vcpus = 2;
		world_dom[i].vcpus = world_vcpus[i];
		world_dom[i].sched.weight = 256;
		world_dom[i].mm.pages = 100 + i;
		world_dom[i].mm.max_pages = 200 + i;
		memset(world_dom[i].handle, (int)(0xa0 + i), 16);
		for (unsigned int v = 0; v < 2; v++) {
			world_vcpus[i][v] = &world_vcpu[i][v];
			world_vcpu[i][v].id = v;
			world_vcpu[i][v].domain = &world_dom[i];
			world_vcpu[i][v].initialised = true;
			world_vcpu[i][v].sched.hard.bits = 3;
			world_vcpu[i][v].sched.soft.bits = 3;
		}
	}
	hosted_cpu_info.vcpu = &world_vcpu[0][0];
}

static inline void run_as(unsigned int domain)
{
	hosted_cpu_info.vcpu = &world_vcpu[domain][0];
}

static inline gaddr_t at(const void *p)
{
	return (gaddr_t)p;
}

#endif
