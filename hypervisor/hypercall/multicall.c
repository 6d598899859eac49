// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercall 13: a list of hypercalls, each with its own result. A failing entry does not stop the
 * rest. An entry that must be continued gets its new arguments written back, and the list is
 * continued from there.
 */
#include <hv/domain/vcpu.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>
#include <hv/hypercall/table.h>
#include <hv/sched/sched.h>
#include <hv/trace/trace.h>
#include <x86/uaccess.h>
#include <xen/xen.h>

static bool allowed(uint64_t op)
{
	return op != __HYPERVISOR_multicall && op != __HYPERVISOR_iret;
}

/*
 * do_multicall(list, n): carry out n struct multicall_entry in order, each result into its entry.
 * 0, -EFAULT. Preemptible. Source: ABI.md 3.10.
 */
HYPERCALL(do_multicall)
{
	struct vcpu *v = current;
	gaddr_t list = a1;
	uint32_t n = (uint32_t)a2;

	(void)a3, (void)a4, (void)a5, (void)a6;
	for (uint32_t i = 0; i < n; i++) {
		gaddr_t at = list + i * sizeof(struct multicall_entry);
		struct multicall_entry e;
		hypercall_fn *fn;

		if (i && hypercall_preempt_check())
			return hypercall_restart(at, n - i, 0, 0, 0);
		if (copy_from_guest(&e, at, sizeof(e)))
			return -EFAULT;
		fn = allowed(e.op) ? hypercall_handler(e.op) : NULL;
		v->hc.restart = false;
		hypercall_count(v, e.op);
		if (trace_wants(TRC_PV))
			trace_hypercall(TRC_PV_HYPERCALL_SUBCALL, e.op, e.args);
		e.result = fn ? fn(e.args[0], e.args[1], e.args[2], e.args[3], e.args[4], e.args[5])
			      : -ENOSYS;
		if (v->hc.restart) {
			/*
			 * Ours from here on: if the list must be given up, nobody may take it for
			 * an interrupted call.
			 */
			v->hc.restart = false;
			if (copy_to_guest(at + offsetof(struct multicall_entry, args), v->hc.args,
					  5 * sizeof(uint64_t)))
				return -EFAULT;
			return hypercall_restart(at, n - i, 0, 0, 0);
		}
		if (copy_to_guest(at + offsetof(struct multicall_entry, result), &e.result,
				  sizeof(e.result)))
			return -EFAULT;
	}
	return 0;
}
