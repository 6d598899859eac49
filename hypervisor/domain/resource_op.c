// SPDX-License-Identifier: GPL-2.0-only
/*
 * Single MSRs of single CPUs for Domain-0's tools (ABI.md 12.5). Which ones is a list: those that
 * say whether transactions work, which test-tsx compares between CPUs. None can be written.
 */
#include <hv/domain/platform.h>
#include <hv/domain/info.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>
#include <hv/percpu.h>
#include <hv/sched/place.h>
#include <hv/time/clock.h>
#include <x86/entry.h>
#include <x86/tlb.h>
#include <x86/uaccess.h>

#define MOST_ENTRIES	4U

enum {
	RESOURCE_TSC = 0x10,
	RESOURCE_TSX_FORCE_ABORT = 0x10f,
	RESOURCE_TSX_CTRL = 0x122,
	RESOURCE_MCU_OPT_CTRL = 0x123
};

struct access {
	struct xenpf_resource_entry entries[MOST_ENTRIES];
	uint32_t n;		/* that may be done */
	uint32_t done;
};

static int32_t check(const struct xenpf_resource_entry *e)
{
	if (e->rsvd)
		return -EINVAL;
	if (e->u.cmd != XEN_RESOURCE_OP_MSR_READ && e->u.cmd != XEN_RESOURCE_OP_MSR_WRITE)
		return -EOPNOTSUPP;
	if (e->idx >> 32)
		return -EINVAL;
	if (e->u.cmd == XEN_RESOURCE_OP_MSR_WRITE)
		return -EPERM;
	switch (e->idx) {
	case RESOURCE_TSC:
	case RESOURCE_TSX_FORCE_ABORT:
	case RESOURCE_TSX_CTRL:
	case RESOURCE_MCU_OPT_CTRL: return 0;
	default: return -EPERM;
	}
}

/* On the CPU asked for, interrupts off. */
static void do_access(void *data)
{
	struct access *a = data;

	for (; a->done < a->n; a->done++) {
		struct xenpf_resource_entry *e = &a->entries[a->done];

		if (e->idx == RESOURCE_TSC) {
			e->val = now_ns();
		} else if (rdmsr_safe((uint32_t)e->idx, &e->val)) {
			e->u.ret = -EPERM;	/* this CPU does not have it */
			return;
		}
		e->u.ret = 0;
	}
}

long platform_resource_op(const struct xenpf_resource_op *r)
{
	uint32_t count = r->nr_entries, cpu = r->cpu;
	struct access a = {.n = 0};

	if (!count)
		return 0;
	if (count > MOST_ENTRIES)
		return -EINVAL;
	if (copy_from_guest(a.entries, r->entries, count * sizeof(a.entries[0])))
		return -EFAULT;
	for (; a.n < count; a.n++) {
		int32_t rc = check(&a.entries[a.n]);

		if (rc) {
			a.entries[a.n].u.ret = rc;
			break;
		}
	}
	if (cpu >= nr_cpus || !cpu_in(cpumask_online(), cpu))
		return -ENODEV;
	smp_call((cpumask_t){BIT64(cpu)}, do_access, &a);
	if (copy_to_guest(r->entries, a.entries, MIN(a.done + 1, count) * sizeof(a.entries[0])))
		return -EFAULT;
	return a.done;
}
