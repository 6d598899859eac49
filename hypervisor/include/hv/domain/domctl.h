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
 * --- one vCPU (domctl_vcpu.c). d is held. -ENOENT, unless said otherwise: no such vCPU. Source:
 * ABI.md 14.3 ---
 */

/* XEN_DOMCTL_setvcpuaffinity. Hard and soft affinity. -EINVAL: neither, or no CPU left. */
long domctl_setvcpuaffinity(struct domain *d, struct xen_domctl *op);
/* XEN_DOMCTL_getvcpuaffinity. The same, as they were set and as they work. */
long domctl_getvcpuaffinity(struct domain *d, struct xen_domctl *op);
/* XEN_DOMCTL_setvcpucontext. Its registers, as the builder or a restore has them. */
long domctl_setvcpucontext(struct domain *d, struct xen_domctl *op);
/* XEN_DOMCTL_getvcpucontext. The same, of a vCPU that is paused meanwhile. */
long domctl_getvcpucontext(struct domain *d, struct xen_domctl *op);
/* XEN_DOMCTL_getvcpuinfo. Its state, run time and CPU. */
long domctl_getvcpuinfo(struct domain *d, struct xen_domctl *op);
/* XEN_DOMCTL_sendtrigger. An NMI. -ESRCH: no such vCPU; -EOPNOTSUPP: another trigger. */
long domctl_sendtrigger(struct domain *d, struct xen_domctl *op);

/* --- a vCPU's state, for save and restore (domctl_state.c). d is held. Source: ABI.md 15 --- */

/* XEN_DOMCTL_set_ext_vcpucontext. Callbacks for system calls. */
long domctl_set_ext_vcpucontext(struct domain *d, struct xen_domctl *op);
/* XEN_DOMCTL_get_ext_vcpucontext. The same. */
long domctl_get_ext_vcpucontext(struct domain *d, struct xen_domctl *op);
/* XEN_DOMCTL_setvcpuextstate. XCR0 and the XSAVE area. */
long domctl_setvcpuextstate(struct domain *d, struct xen_domctl *op);
/* XEN_DOMCTL_getvcpuextstate. The same, or how large it is. */
long domctl_getvcpuextstate(struct domain *d, struct xen_domctl *op);
/* XEN_DOMCTL_set_vcpu_msrs. The MSRs that it has beyond the context. */
long domctl_set_vcpu_msrs(struct domain *d, struct xen_domctl *op);
/* XEN_DOMCTL_get_vcpu_msrs. The same, or how many there are. */
long domctl_get_vcpu_msrs(struct domain *d, struct xen_domctl *op);

/* domctl_vcpu.c. Weight 1..WEIGHT_MAX, cap in percent of a CPU (0: none). 0 or -EINVAL. */
long domctl_set_schedule(struct domain *d, unsigned int weight, unsigned int cap);

#endif
