/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of domctl: domain/domctl_op.c, domain/domctl_vcpu.c and domain/domctl_state.c. */
#ifndef HV_DOMAIN_DOMCTL_H
#define HV_DOMAIN_DOMCTL_H

#include <hv/types.h>
#include <xen/domctl.h>

/*
 * A sub-op's result: 0, -errno, -ERESTART (do it again later), or this: 0, and the argument goes
 * back to the caller.
 */
#define DOMCTL_ANSWER	1L

/*
 * --- one vCPU (domctl_vcpu.c). Hypercall context, d is referenced. -ESRCH, unless said otherwise:
 * no such vCPU. Source: ABI.md 14.3 ---
 */

/*
 * XEN_DOMCTL_setvcpuaffinity: hard and soft affinity, and back what is left of each that can work.
 * -EINVAL: neither is named, or a mask without a CPU that can be used; -EFAULT.
 */
long domctl_setvcpuaffinity(struct domain *d, struct xen_domctl *op);
/* XEN_DOMCTL_getvcpuaffinity: the same, as they were set. -EINVAL, -EFAULT. */
long domctl_getvcpuaffinity(struct domain *d, struct xen_domctl *op);
/*
 * XEN_DOMCTL_setvcpucontext: its registers, as the builder or a restore has them. d is paused
 * meanwhile. -EINVAL: no such vCPU, the caller's own domain, or the context; -EFAULT, -ENOMEM;
 * -EOPNOTSUPP: a null context, which would reset the vCPU.
 */
long domctl_setvcpucontext(struct domain *d, struct xen_domctl *op);
/*
 * XEN_DOMCTL_getvcpucontext: the same, read. -EINVAL: no such vCPU, or the caller's own domain;
 * -ENODATA: it has none yet; -EFAULT, -ENOMEM.
 */
long domctl_getvcpucontext(struct domain *d, struct xen_domctl *op);
/* XEN_DOMCTL_getvcpuinfo: its state, run time in ns, and CPU; a snapshot. */
long domctl_getvcpuinfo(struct domain *d, struct xen_domctl *op);
/*
 * XEN_DOMCTL_sendtrigger: an NMI. -ESRCH: it has no context, either; -EOPNOTSUPP: another trigger;
 * -EINVAL: no trigger.
 */
long domctl_sendtrigger(struct domain *d, struct xen_domctl *op);

/*
 * --- a vCPU's state, for save and restore (domctl_state.c). Hypercall context, d is referenced.
 * -ESRCH: no such vCPU; -EINVAL: the caller's own domain. Source: ABI.md 15 ---
 */

/* XEN_DOMCTL_set_ext_vcpucontext: callbacks of system calls. -EINVAL: addresses that are ours. */
long domctl_set_ext_vcpucontext(struct domain *d, struct xen_domctl *op);
/* XEN_DOMCTL_get_ext_vcpucontext: the same, read. */
long domctl_get_ext_vcpucontext(struct domain *d, struct xen_domctl *op);
/*
 * XEN_DOMCTL_setvcpuextstate: XCR0 and the XSAVE area. -EINVAL: its size, or what XRSTOR would
 * refuse; -EFAULT, -ENOMEM.
 */
long domctl_setvcpuextstate(struct domain *d, struct xen_domctl *op);
/* XEN_DOMCTL_getvcpuextstate: the same, or how large it is. -EINVAL: its size; -EFAULT. */
long domctl_getvcpuextstate(struct domain *d, struct xen_domctl *op);
/* XEN_DOMCTL_set_vcpu_msrs: a PV guest has none that travel. -EINVAL: some are given. */
long domctl_set_vcpu_msrs(struct domain *d, struct xen_domctl *op);
/* XEN_DOMCTL_get_vcpu_msrs: their number, 0. */
long domctl_get_vcpu_msrs(struct domain *d, struct xen_domctl *op);

/* domctl_vcpu.c. Weight 1..WEIGHT_MAX, cap in percent of a CPU (0: none). 0 or -EINVAL. */
long domctl_set_schedule(struct domain *d, unsigned int weight, unsigned int cap);

#endif
