// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls of an HVM guest: VMMCALL in 64-bit code of its kernel, the number in RAX and the
 * arguments in the registers of the PV interface. Only what makes sense for a translated domain is
 * in the table: no call that names page tables, descriptors or the machine.
 */
#include <hv/console/stats.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hvm/container.h>
#include <hv/hvm/exit.h>
#include <hv/hypercall/table.h>
#include <hv/lib/lib.h>
#include <xen/grant_table.h>
#include <xen/xen.h>

/* Of the calls for grants that only a PV guest can make none: they name page tables and frames. */
static hypercall_fn hvm_grant_table_op, hvm_vm_assist;

HYPERCALL(hvm_grant_table_op)
{
	switch ((uint32_t)a1) {
	case GNTTABOP_map_grant_ref:
	case GNTTABOP_unmap_grant_ref:
	case GNTTABOP_copy:
	case GNTTABOP_query_size:
	case GNTTABOP_set_version:
	case GNTTABOP_get_version: return do_grant_table_op(a1, a2, a3, a4, a5, a6);
	default: return not_implemented("HVM grant_table_op", (uint32_t)a1);
	}
}

/* The one assist that is not about page tables. */
HYPERCALL(hvm_vm_assist)
{
	if (a2 != VMASST_TYPE_runstate_update_flag)
		return -EINVAL;
	return do_vm_assist(a1, a2, a3, a4, a5, a6);
}

static hypercall_fn *const table[NR_HYPERCALLS] = {
	[__HYPERVISOR_memory_op]	 = do_memory_op,
	[__HYPERVISOR_set_timer_op]	 = do_set_timer_op,
	[__HYPERVISOR_xen_version]	 = do_xen_version,
	[__HYPERVISOR_console_io]	 = do_console_io,
	[__HYPERVISOR_grant_table_op]	 = hvm_grant_table_op,
	[__HYPERVISOR_vm_assist]	 = hvm_vm_assist,
	[__HYPERVISOR_vcpu_op]		 = do_vcpu_op,
	[__HYPERVISOR_sched_op]		 = do_sched_op,
	[__HYPERVISOR_event_channel_op] = do_event_channel_op,
	[__HYPERVISOR_hvm_op]		 = do_hvm_op,
};

/* Not the arguments of an interrupted call: the guest makes it again with these. */
static void restart(struct vcpu *v, struct regs *r)
{
	r->rdi = v->hc.args[0];
	r->rsi = v->hc.args[1];
	r->rdx = v->hc.args[2];
	r->r10 = v->hc.args[3];
	r->r8 = v->hc.args[4];
}

void hvm_exit_hypercall(struct vcpu *v, unsigned int length)
{
	struct regs *r = &v->arch.regs;
	uint64_t nr = r->rax;
	hypercall_fn *fn = NULL;
	struct hvm_mode m;
	long rc;

	v->domain->hvm->container->mode(v, &m);
	if (m.cpl) {
		r->rax = (uint64_t)-EPERM;
		hvm_skip(v, length);
		return;
	}
	if (m.long_mode && nr < NR_HYPERCALLS)
		fn = table[index_nospec(nr, NR_HYPERCALLS)];
	v->hc.restart = false;
	hypercall_count(v, nr);
	rc = fn ? fn(r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9)
		: not_implemented("HVM hypercall", (unsigned int)nr);
	if (v->hc.restart) {
		restart(v, r);
		return;
	}
	r->rax = (uint64_t)rc;
	hvm_skip(v, length);
}
