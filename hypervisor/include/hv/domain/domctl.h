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

/* Sub-ops about one vCPU. d is held. -ENOENT: no such vCPU. ABI.md 14.3. */
long domctl_setvcpuaffinity(struct domain *d, struct xen_domctl *op);
long domctl_getvcpuaffinity(struct domain *d, struct xen_domctl *op);
long domctl_setvcpucontext(struct domain *d, struct xen_domctl *op);
long domctl_getvcpucontext(struct domain *d, struct xen_domctl *op);
long domctl_getvcpuinfo(struct domain *d, struct xen_domctl *op);
long domctl_sendtrigger(struct domain *d, struct xen_domctl *op);
/* Sub-ops that save and restore a vCPU's state. ABI.md 15. */
long domctl_set_ext_vcpucontext(struct domain *d, struct xen_domctl *op);
long domctl_get_ext_vcpucontext(struct domain *d, struct xen_domctl *op);
long domctl_setvcpuextstate(struct domain *d, struct xen_domctl *op);
long domctl_getvcpuextstate(struct domain *d, struct xen_domctl *op);
long domctl_set_vcpu_msrs(struct domain *d, struct xen_domctl *op);
long domctl_get_vcpu_msrs(struct domain *d, struct xen_domctl *op);
/* Weight 1..WEIGHT_MAX, cap in percent of a CPU (0: none). 0 or -EINVAL. */
long domctl_set_schedule(struct domain *d, unsigned int weight, unsigned int cap);

#endif
