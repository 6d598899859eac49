// SPDX-License-Identifier: GPL-2.0-only
/* Records and bitmaps that sysctl_op.c and domctl_op.c hand to the toolstack (ABI.md 14.3). */
#include <hv/domain/info.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hvm/hvm.h>
#include <hv/lib/lib.h>
#include <hv/sched/runstate.h>
#include <x86/uaccess.h>

#define BITMAP_MAX	65536U	/* bits that a caller's bitmap may have */

static uint32_t info_flags(const struct domain *d)
{
	uint32_t flags = 0;

	if (d->control.dead || d->control.dying)
		flags |= XEN_DOMINF_dying;
	if (d->control.shut_down)
		flags |= XEN_DOMINF_shutdown | (d->control.shutdown_code & XEN_DOMINF_shutdownmask)
						       << XEN_DOMINF_shutdownshift;
	if (d->control.pause_count)
		flags |= XEN_DOMINF_paused;
	if (d->xenstore)
		flags |= XEN_DOMINF_xs_domain;
	if (d->hvm)
		flags |= XEN_DOMINF_hvm_guest | XEN_DOMINF_hap;
	return flags;
}

void domain_info(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
	bool blocked = true;
	struct vcpu *v;

	memset(info, 0, sizeof(*info));
	info->domain = d->id;
	info->flags = info_flags(d);
	for_each_vcpu(d, v) {
		info->cpu_time += vcpu_cpu_time(v);
		if (!v->initialised || v->sched.down)
			continue;
		info->nr_online_vcpus++;
		if (!v->sched.blocked)
			blocked = false;
		if (v->sched.on_cpu)
			info->flags |= XEN_DOMINF_running;
	}
	if (blocked)
		info->flags |= XEN_DOMINF_blocked;
	info->max_vcpu_id = d->max_vcpus ? d->max_vcpus - 1 : XEN_INVALID_MAX_VCPU_ID;
	info->tot_pages = d->mm.pages;
	info->max_pages = d->mm.max_pages;
	info->outstanding_pages = d->mm.claimed;
	info->shared_info_frame = d->hvm ? d->hvm->shared_gfn : mfn_x(d->shared_mfn);
	info->arch_config.emulation_flags = d->hvm ? XEN_X86_EMU_LAPIC : 0;
	info->cpupool = d->sched.cpupool;
	memcpy(info->handle, d->handle, sizeof(info->handle));
}

static uint64_t offline;	/* bit n: CPU n was put off line */

cpumask_t cpumask_online(void)
{
	uint64_t started = nr_cpus >= 64 ? ~UINT64_C(0) : BIT64(nr_cpus) - 1;

	return (cpumask_t){started & ~atomic_load(&offline)};
}

void cpumask_set_online(unsigned int cpu, bool online)
{
	if (online)
		atomic_and(&offline, ~BIT64(cpu));
	else
		atomic_or(&offline, BIT64(cpu));
}

int cpumask_to_guest(const struct xenctl_bitmap *map, cpumask_t mask)
{
	uint32_t bits = map->nr_bits, bytes = bits / 8 + (bits % 8 != 0),
		 n = MIN(bytes, (uint32_t)sizeof(mask.bits));

	if (bits > BITMAP_MAX)
		return -EINVAL;
	if (bits < 64)
		mask.bits &= BIT64(bits) - 1;
	if (copy_to_guest(map->bitmap, &mask.bits, n) ||
	    (bytes > n && clear_guest(map->bitmap + n, bytes - n)))
		return -EFAULT;
	return 0;
}

int cpumask_from_guest(cpumask_t *mask, const struct xenctl_bitmap *map)
{
	uint32_t bits = map->nr_bits, bytes = MIN((bits + 7) / 8, (uint32_t)sizeof(mask->bits));

	mask->bits = 0;
	if (bits > BITMAP_MAX)
		return -EINVAL;
	if (copy_from_guest(&mask->bits, map->bitmap, bytes))
		return -EFAULT;
	if (bits < 64)
		mask->bits &= BIT64(bits) - 1;
	return 0;
}
