// SPDX-License-Identifier: GPL-2.0-only
/*
 * platform_op (hypercall 7): what Domain-0's kernel tells and asks about the machine
 * (ABI.md 12.5). Linux gets along without any of it except settime64, which it would repeat for
 * ever. Hypercall context, no locks at entry.
 */
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/domain/info.h>
#include <hv/domain/platform.h>
#include <hv/domain/vcpu.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>
#include <hv/lib/lib.h>
#include <hv/percpu.h>
#include <hv/sched/cpupool.h>
#include <hv/sched/place.h>
#include <hv/sched/runstate.h>
#include <hv/sched/sched.h>
#include <hv/time/clock.h>
#include <hv/time/wallclock.h>
#include <x86/lapic.h>
#include <x86/machine.h>
#include <x86/uaccess.h>

/* Each returns 0, a number or -errno; with *answer set, the argument goes back to the caller. */

static long op_settime64(struct xen_platform_op *op, bool *answer)
{
	(void)answer;
	if (op->u.settime64.mbz || op->u.settime64.nsecs >= NS_PER_SEC)
		return -EINVAL;
	wallclock_set(op->u.settime64.secs, op->u.settime64.nsecs, op->u.settime64.system_time);
	return 0;
}

static long op_settime32(struct xen_platform_op *op, bool *answer)
{
	(void)answer;
	if (op->u.settime32.nsecs >= NS_PER_SEC)
		return -EINVAL;
	wallclock_set(op->u.settime32.secs, op->u.settime32.nsecs, op->u.settime32.system_time);
	return 0;
}

/* The firmware is asked for nothing at boot, so there is nothing to hand on. */
static long op_firmware_info(struct xen_platform_op *op, bool *answer)
{
	(void)answer;
	switch (op->u.firmware_info.type) {
	case XEN_FW_DISK_INFO:
	case XEN_FW_DISK_MBR_SIGNATURE:
	case XEN_FW_VBEDDC_INFO:
		return -ESRCH;
	case XEN_FW_EFI_INFO:
	case XEN_FW_KBD_SHIFT_FLAGS:
		return -ENOSYS;
	default:
		return -EINVAL;
	}
}

static long op_enter_acpi_sleep(struct xen_platform_op *op, bool *answer)
{
	const struct xenpf_enter_acpi_sleep *s = &op->u.enter_acpi_sleep;

	(void)answer;
	if (s->flags & ~(uint32_t)XENPF_ACPI_SLEEP_EXTENDED)
		return -EINVAL;
	if ((s->flags & XENPF_ACPI_SLEEP_EXTENDED) || s->sleep_state != 5)
		return -EOPNOTSUPP;
	log_info("Domain-0 powers the machine off\n");
	return machine_acpi_sleep(s->val_a, s->val_b);
}

static long op_get_cpuinfo(struct xen_platform_op *op, bool *answer)
{
	struct xenpf_pcpuinfo *info = &op->u.pcpu_info;
	uint32_t cpu = info->xen_cpuid;

	info->max_present = nr_cpus - 1;
	info->flags = cpu >= nr_cpus			? XEN_PCPU_FLAGS_INVALID
		      : cpu_in(cpumask_online(), cpu) ? XEN_PCPU_FLAGS_ONLINE
						      : 0;
	info->apic_id = cpu < nr_cpus ? lapic_id_of(cpu) : 0;
	info->acpi_id = cpu < nr_cpus ? cpu : 0;
	*answer = true;
	return 0;
}

/* Linux, for /sys/devices/system/xen_cpu. */
static long op_cpu_online(struct xen_platform_op *op, bool *answer)
{
	(void)answer;
	return cpupool_online_cpu(op->u.cpu_ol.cpuid);
}

static long op_cpu_offline(struct xen_platform_op *op, bool *answer)
{
	(void)answer;
	return cpupool_offline_cpu(op->u.cpu_ol.cpuid);
}

static long op_getidletime(struct xen_platform_op *op, bool *answer)
{
	struct xenpf_getidletime *g = &op->u.getidletime;
	uint64_t map = 0, ns;
	uint32_t bytes = MIN((g->cpumap_nr_cpus + 7) / 8, (uint32_t)sizeof(map)), cpu;

	if (g->cpumap_nr_cpus > 8192)
		return -EINVAL;
	if (copy_from_guest(&map, g->cpumap_bitmap, bytes))
		return -EFAULT;
	g->now = now_ns();
	for (cpu = 0; cpu < MIN(g->cpumap_nr_cpus, 64U); cpu++) {
		if (!(map & BIT64(cpu)))
			continue;
		ns = cpu < nr_cpus ? vcpu_cpu_time(idle_vcpu(cpu)) : 0;
		if (copy_item_to_guest(g->idletime, cpu, &ns, sizeof(ns)))
			return -EFAULT;
		if (cpu >= nr_cpus)
			map &= ~BIT64(cpu);
	}
	if (copy_to_guest(g->cpumap_bitmap, &map, bytes))
		return -EFAULT;
	*answer = true;
	return 0;
}

/*
 * Power management. We drive no performance, throttling or sleep state of a CPU but HLT, so of what
 * Domain-0 would tell the firmware about itself no capability stays, and descriptions of such
 * states are not taken.
 */
static long op_set_processor_pminfo(struct xen_platform_op *op, bool *answer)
{
	gaddr_t pdc = op->u.set_pminfo.u.pdc;
	uint32_t words[2], none = 0;

	(void)answer;
	if (op->u.set_pminfo.type != XEN_PM_PDC)
		return -EOPNOTSUPP;
	if (copy_from_guest(words, pdc, sizeof(words)))
		return -EFAULT;
	if (words[1] != 1)
		return -EINVAL;
	return copy_to_guest(pdc + sizeof(words), &none, sizeof(none));
}

static long op_resource(struct xen_platform_op *op, bool *answer)
{
	(void)answer;
	return platform_resource_op(&op->u.resource_op);
}

static long (*const ops[])(struct xen_platform_op *op, bool *answer) = {
	[XENPF_settime32] = op_settime32,
	[XENPF_settime64] = op_settime64,
	[XENPF_firmware_info] = op_firmware_info,
	[XENPF_enter_acpi_sleep] = op_enter_acpi_sleep,
	[XENPF_getidletime] = op_getidletime,
	[XENPF_set_processor_pminfo] = op_set_processor_pminfo,
	[XENPF_get_cpuinfo] = op_get_cpuinfo,
	[XENPF_cpu_online] = op_cpu_online,
	[XENPF_cpu_offline] = op_cpu_offline,
	[XENPF_resource_op] = op_resource,
};

/*
 * a1: struct xen_platform_op. The sub-op's result, -EPERM (not Domain-0), -EACCES (version),
 * -ENOSYS, -EFAULT.
 */
HYPERCALL(do_platform_op)
{
	struct xen_platform_op op;
	bool answer = false;
	long rc;

	(void)a2, (void)a3, (void)a4, (void)a5, (void)a6;
	if (!current->domain->privileged)
		return -EPERM;
	if (copy_from_guest(&op, a1, sizeof(op)))
		return -EFAULT;
	if (op.interface_version != XENPF_INTERFACE_VERSION)
		return -EACCES;
	if (op.cmd >= ARRAY_SIZE(ops) || !ops[index_nospec(op.cmd, ARRAY_SIZE(ops))])
		return not_implemented("platform_op", op.cmd);
	rc = ops[index_nospec(op.cmd, ARRAY_SIZE(ops))](&op, &answer);
	if (!rc && answer)
		rc = copy_to_guest(a1, &op, sizeof(op));
	return rc;
}
