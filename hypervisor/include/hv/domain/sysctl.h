/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of sysctl: domain/sysctl_op.c, domain/sysctl_power.c and domain/sysctl_tools.c. Each
 * function is a sub-op: it works on the copy of the argument, which goes back to the caller on 0.
 * Hypercall context, no locks held. Source: ABI.md 14.2.
 */
#ifndef HV_DOMAIN_SYSCTL_H
#define HV_DOMAIN_SYSCTL_H

#include <xen/sysctl.h>

/* --- power (sysctl_power.c) --- */

/*
 * XEN_SYSCTL_get_pmstat: the idle states of a CPU, C0 and C1 (HLT). -EINVAL: no such CPU; -ENODEV:
 * performance states, of which we drive none; -EOPNOTSUPP: a reset; -EFAULT.
 */
long sysctl_get_pmstat(struct xen_sysctl *op);
/*
 * XEN_SYSCTL_pm_op. The deepest idle state is C1, and can be set to that only. -ENODEV: what a
 * cpufreq driver would do; -EINVAL: no such CPU; -EOPNOTSUPP: other settings; -ENOSYS.
 */
long sysctl_pm_op(struct xen_sysctl *op);
/*
 * XEN_SYSCTL_cpu_hotplug: a CPU goes off line or comes back (cpupool_offline_cpu()). -EOPNOTSUPP:
 * all threads of cores at once; -EINVAL for another op.
 */
long sysctl_cpu_hotplug(struct xen_sysctl *op);

/* --- what tools ask for (sysctl_tools.c) --- */

/*
 * XEN_SYSCTL_perfc_op: the counts of hv/console/stats.h over all domains, since the start or the
 * last reset. -EFAULT; -EINVAL for another command.
 */
long sysctl_perfc_op(struct xen_sysctl *op);
/* XEN_SYSCTL_livepatch_op: an empty list. -ENOENT: no such patch; -EOPNOTSUPP: an upload. */
long sysctl_livepatch_op(struct xen_sysctl *op);
/* XEN_SYSCTL_psr_cmt_op and _psr_alloc: -ENODEV, no shared resource is monitored or divided. */
long sysctl_psr(struct xen_sysctl *op);

#endif
