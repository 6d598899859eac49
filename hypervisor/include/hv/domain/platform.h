/* SPDX-License-Identifier: GPL-2.0-only */
/* A part of platform_op (hypercall 7): domain/resource_op.c. The door is domain/platform_op.c. */
#ifndef HV_DOMAIN_PLATFORM_H
#define HV_DOMAIN_PLATFORM_H

#include <xen/platform.h>

/*
 * XENPF_resource_op: read up to four MSRs, of a few that tools may see, on one CPU, with interrupts
 * off in between; index 0x10 gives system time, ns. Returns how many entries were done; the next
 * one, if there is one, holds its -errno: -EPERM, that MSR may not be read, or written, or the CPU
 * does not have it; -EINVAL, -EOPNOTSUPP. The call fails with -EINVAL (too many), -ENODEV (no such
 * CPU on line), -EFAULT. Hypercall context, no locks held. Source: ABI.md 12.5.
 */
long platform_resource_op(const struct xenpf_resource_op *r);

#endif
