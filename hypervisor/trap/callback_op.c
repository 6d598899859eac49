// SPDX-License-Identifier: GPL-2.0-only
/*
 * Doors for what a guest kernel registers about traps: trap table, callbacks, its stack, segment
 * bases.
 */
#include <arch/msr.h>
#include <hv/boot/options.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/hypercall/hypercall.h>
#include <hv/trap/assist.h>
#include <x86/context.h>
#include <x86/uaccess.h>
#include <xen/callback.h>
#include <xen/xen.h>

#define VECTOR_NMI 2

/*
 * do_set_trap_table(list): handlers by vector, ended by address 0; no list: none.
 * 0, -EFAULT, -EINVAL (address, endless list). Source: ABI.md 3.4.
 */
HYPERCALL(do_set_trap_table)
{
	struct vcpu *v = current;
	gaddr_t list = a1;

	(void)a2, (void)a3, (void)a4, (void)a5, (void)a6;
	if (!list) {
		for (unsigned int i = 0; i < 256; i++)
			v->trap.gates[i] = (struct trap_gate){0};
		return 0;
	}
	for (unsigned int i = 0; i < 512; i++) { /* more entries than vectors make no sense */
		struct trap_info t;

		if (copy_item_from_guest(&t, list, i, sizeof(t)))
			return -EFAULT;
		if (!t.address)
			return 0;
		if (!canonical(t.address))
			return -EINVAL;
		v->trap.gates[t.vector] = (struct trap_gate){t.address, t.cs | 3, t.flags & 7};
	}
	return -EINVAL;
}

static long register_callback(struct vcpu *v, gaddr_t arg)
{
	struct callback_register c;

	if (copy_from_guest(&c, arg, sizeof(c)))
		return -EFAULT;
	if (!canonical(c.address))
		return -EINVAL;
	switch (c.type) {
	case CALLBACKTYPE_event:
	case CALLBACKTYPE_failsafe:
	case CALLBACKTYPE_syscall:
	case CALLBACKTYPE_syscall32:
		v->trap.callbacks[c.type] =
			(struct callback){c.address, c.flags & CALLBACKF_mask_events};
		return 0;
	case CALLBACKTYPE_nmi: /* another name of an entry of the trap table */
		v->trap.gates[VECTOR_NMI] = (struct trap_gate){
			c.address, FLAT_KERNEL_CS, c.flags & CALLBACKF_mask_events ? 4 : 0};
		return 0;
	default: return not_implemented("callback type", c.type);
	}
}

static long unregister_callback(struct vcpu *v, gaddr_t arg)
{
	struct callback_unregister c;

	if (copy_from_guest(&c, arg, sizeof(c)))
		return -EFAULT;
	switch (c.type) {
	case CALLBACKTYPE_syscall32: v->trap.callbacks[c.type] = (struct callback){0}; return 0;
	case CALLBACKTYPE_nmi: v->trap.gates[VECTOR_NMI] = (struct trap_gate){0}; return 0;
	case CALLBACKTYPE_sysenter: return 0; /* none is ever registered */
	default: return -EINVAL;
	}
}

/*
 * do_callback_op(cmd, arg): register or take back an entry point. 0, -EFAULT, -EINVAL, -ENOSYS.
 * Source: ABI.md 3.7.
 */
HYPERCALL(do_callback_op)
{
	(void)a3, (void)a4, (void)a5, (void)a6;
	switch (a1) {
	case CALLBACKOP_register: return register_callback(current, a2);
	case CALLBACKOP_unregister: return unregister_callback(current, a2);
	default: return not_implemented("callback_op", a1);
	}
}

/*
 * do_set_callbacks(event, failsafe, syscall): three entry points; the first masks events, the
 * others do not. 0, -EINVAL (an address that is not canonical; nothing is changed). Kernels older
 * than callback_op call it. Source: ABI.md 3.7.
 */
HYPERCALL(do_set_callbacks)
{
	struct callback *callbacks = current->trap.callbacks;

	(void)a4, (void)a5, (void)a6;
	if (!canonical(a1) || !canonical(a2) || !canonical(a3))
		return -EINVAL;
	callbacks[CALLBACKTYPE_event] = (struct callback){a1, true};
	callbacks[CALLBACKTYPE_failsafe] = (struct callback){a2, false};
	callbacks[CALLBACKTYPE_syscall] = (struct callback){a3, false};
	return 0;
}

/* do_stack_switch(ss, sp): the kernel's stack for entries from user mode. 0. Source: ABI.md 3.8. */
HYPERCALL(do_stack_switch)
{
	(void)a3, (void)a4, (void)a5, (void)a6;
	current->arch.kernel_ss = (a1 & 0xffff) | 3;
	current->arch.kernel_sp = a2;
	return 0;
}

/* do_set_segment_base(which, base): FS or one of the GS bases. 0, -EINVAL. Source: ABI.md 3.8. */
HYPERCALL(do_set_segment_base)
{
	(void)a3, (void)a4, (void)a5, (void)a6;
	return set_segment_base(current, (unsigned int)a1, a2);
}

/* do_fpu_taskswitch(set): the virtual CR0.TS. 0. Source: ABI.md 3.9. */
HYPERCALL(do_fpu_taskswitch)
{
	(void)a2, (void)a3, (void)a4, (void)a5, (void)a6;
	current->arch.cr0_ts = a1;
	if (a1)
		write_cr0(read_cr0() | 8);
	else
		write_cr0(read_cr0() & ~UINT64_C(8));
	return 0;
}

/*
 * do_vm_assist(cmd, type): switch one of the assists on or off. 0; -EINVAL: no such assist;
 * -ENOSYS: no such command; -EPERM: m2p_strict cannot be switched off where the machine's owner has
 * not allowed user mode to read the M2P (mm/promote.c M6). Source: ABI.md 5.6.
 */
HYPERCALL(do_vm_assist)
{
	struct domain *d = current->domain;

	(void)a3, (void)a4, (void)a5, (void)a6;
	if (a2 >= 64)
		return -EINVAL;
	if (!(VM_ASSISTS & BIT64(a2))) {
		(void)not_implemented("vm_assist", a2);
		return -EINVAL;	/* the interface's answer */
	}
	if (a2 == VMASST_TYPE_m2p_strict && a1 == VMASST_CMD_disable && !options.pv_m2p_user)
		return -EPERM;
	if (a1 == VMASST_CMD_enable && (VM_ASSISTS_32BIT & BIT64(a2)))
		not_applied("vm_assist", (unsigned int)a2);
	if (a1 == VMASST_CMD_enable)
		d->trap.vm_assist |= BIT64(a2);
	else if (a1 == VMASST_CMD_disable)
		d->trap.vm_assist &= ~BIT64(a2);
	else
		return -ENOSYS;
	return 0;
}
