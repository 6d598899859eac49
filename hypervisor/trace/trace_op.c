// SPDX-License-Identifier: GPL-2.0-only
/* The door to the trace: a sub-operation of sysctl (ABI.md 14.8). */
#include <hv/domain/info.h>
#include <hv/errno.h>
#include <hv/trace/trace.h>
#include <xen/sysctl.h>

static long get_info(struct xen_sysctl_tbuf_op *op)
{
	struct trace_control c = trace_control_get();

	op->evt_mask = c.events;
	op->buffer_mfn = c.pages ? mfn_x(c.info) : 0;
	op->size = c.info_bytes;
	return 0;
}

static long set_cpu_mask(const struct xen_sysctl_tbuf_op *op)
{
	cpumask_t cpus;
	int rc = cpumask_from_guest(&cpus, &op->cpu_mask);

	if (!rc)
		trace_control_set(NULL, NULL, &cpus);
	return rc;
}

static long enable(bool on)
{
	/* Buffers never go away, so nothing changes behind this look. */
	if (on && !trace_control_get().pages)
		return -EINVAL;
	trace_control_set(&on, NULL, NULL);
	return 0;
}

long trace_op(struct xen_sysctl_tbuf_op *op)
{
	switch (op->cmd) {
	case XEN_SYSCTL_TBUFOP_get_info: return get_info(op);
	case XEN_SYSCTL_TBUFOP_set_cpu_mask: return set_cpu_mask(op);
	case XEN_SYSCTL_TBUFOP_set_evt_mask: trace_control_set(NULL, &op->evt_mask, NULL); return 0;
	case XEN_SYSCTL_TBUFOP_set_size: return trace_set_size(op->size);
	case XEN_SYSCTL_TBUFOP_enable: return enable(true);
	case XEN_SYSCTL_TBUFOP_disable: return enable(false);
	default: return -EINVAL;
	}
}
