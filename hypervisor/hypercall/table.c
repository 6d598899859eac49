// SPDX-License-Identifier: GPL-2.0-only
/* The hypercalls: one aligned table, and the way from a guest's registers into it. */
#include <hv/hypercall/table.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hvm/hvm.h>
#include <hv/hypercall/hypercall.h>
#include <hv/lib/lib.h>
#include <hv/trace/trace.h>
#include <xen/xen.h>

/* The toolstack's, for domains that are translated. */
static hypercall_fn pv_hvm_op;

HYPERCALL(pv_hvm_op)
{
	return hvm_hooks ? hvm_hooks->hvm_op(a1, a2, a3, a4, a5, a6)
			 : not_implemented("hypercall", __HYPERVISOR_hvm_op);
}

static hypercall_fn *const table[NR_HYPERCALLS] = {
	[__HYPERVISOR_set_trap_table]			 = do_set_trap_table,
	[__HYPERVISOR_mmu_update]			 = do_mmu_update,
	[__HYPERVISOR_set_gdt]				 = do_set_gdt,
	[__HYPERVISOR_stack_switch]			 = do_stack_switch,
	[__HYPERVISOR_set_callbacks]			 = do_set_callbacks,
	[__HYPERVISOR_fpu_taskswitch]			 = do_fpu_taskswitch,
	[__HYPERVISOR_platform_op]			 = do_platform_op,
	[__HYPERVISOR_set_debugreg]			 = do_set_debugreg,
	[__HYPERVISOR_get_debugreg]			 = do_get_debugreg,
	[__HYPERVISOR_update_descriptor]		 = do_update_descriptor,
	[__HYPERVISOR_memory_op]			 = do_memory_op,
	[__HYPERVISOR_multicall]			 = do_multicall,
	[__HYPERVISOR_update_va_mapping]		 = do_update_va_mapping,
	[__HYPERVISOR_set_timer_op]			 = do_set_timer_op,
	[__HYPERVISOR_xen_version]			 = do_xen_version,
	[__HYPERVISOR_console_io]			 = do_console_io,
	[__HYPERVISOR_grant_table_op]			 = do_grant_table_op,
	[__HYPERVISOR_vm_assist]			 = do_vm_assist,
	[__HYPERVISOR_update_va_mapping_otherdomain]	 = do_update_va_mapping_otherdomain,
	[__HYPERVISOR_iret]				 = do_iret,
	[__HYPERVISOR_vcpu_op]				 = do_vcpu_op,
	[__HYPERVISOR_set_segment_base]			 = do_set_segment_base,
	[__HYPERVISOR_mmuext_op]			 = do_mmuext_op,
	[__HYPERVISOR_sched_op]				 = do_sched_op,
	[__HYPERVISOR_callback_op]			 = do_callback_op,
	[__HYPERVISOR_event_channel_op]			 = do_event_channel_op,
	[__HYPERVISOR_physdev_op]			 = do_physdev_op,
	[__HYPERVISOR_hvm_op]				 = pv_hvm_op,
	[__HYPERVISOR_sysctl]				 = do_sysctl,
	[__HYPERVISOR_domctl]				 = do_domctl,
	[__HYPERVISOR_hypfs_op]				 = do_hypfs_op,
	[__HYPERVISOR_arch_0]				 = do_mca,
};

hypercall_fn *hypercall_handler(uint64_t nr)
{
	return nr < NR_HYPERCALLS ? table[index_nospec(nr, NR_HYPERCALLS)] : NULL;
}

/*
 * Bits of what was logged already, by hash: a guest can't fill the log, and rarely hides one call
 * behind another.
 */
static uint64_t logged[16];

static bool first_time(const char *what, unsigned int sub)
{
	uint32_t h = sub * 2654435761u;

	for (const char *c = what; *c; c++)
		h = (h ^ (uint8_t)*c) * 16777619u;
	h %= sizeof(logged) * 8;
	return !(atomic_or(&logged[h / 64], BIT64(h % 64)) >> (h % 64) & 1);
}

long not_implemented(const char *what, unsigned int sub)
{
	if (first_time(what, sub))
		log_guest("d%u: %s %u is not implemented\n", current->domain->id, what, sub);
	return -ENOSYS;
}

long not_supported(const char *what, unsigned int sub)
{
	if (first_time(what, sub))
		log_guest("d%u: %s %u is not supported on this hypervisor\n", current->domain->id,
			  what, sub);
	return -EOPNOTSUPP;
}

void not_applied(const char *what, unsigned int sub)
{
	if (first_time(what, sub))
		log_guest("d%u: %s 0x%x is accepted without effect\n", current->domain->id, what,
			  sub);
}

/* Inlined, its array would give each hypercall a stack guard. */
static __cold __noinline void trace_call(uint64_t nr, const struct regs *r)
{
	const uint64_t args[] = {r->rdi, r->rsi, r->rdx};

	trace_hypercall(TRC_PV_HYPERCALL_V2, nr, args);
}

void hypercall_dispatch(struct vcpu *v)
{
	struct regs *r = &v->arch.regs;
	uint64_t nr = r->rax;
	hypercall_fn *fn;
	long rc;

	if (trace_wants(TRC_PV))
		trace_call(nr, r);
	fn = hypercall_handler(nr);	/* beside the count: one check of nr */
	if (nr == __HYPERVISOR_iret) {	/* loads all registers: there is no result */
		hypercall_count(v, nr);
		do_iret(0, 0, 0, 0, 0, 0);
		return;
	}
	v->hc.restart = false;
	hypercall_count(v, nr);
	rc = fn ? fn(r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9)
		: not_implemented("hypercall", nr);
	if (!v->hc.restart) {
		r->rax = rc;
		return;
	}
	/*
	 * SYSCALL and INT n are both two bytes long: the guest comes again with what is left to do.
	 */
	r->rip -= 2;
	r->rdi = v->hc.args[0];
	r->rsi = v->hc.args[1];
	r->rdx = v->hc.args[2];
	r->r10 = v->hc.args[3];
	r->r8 = v->hc.args[4];
}
