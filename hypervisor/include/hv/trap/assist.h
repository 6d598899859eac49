/* SPDX-License-Identifier: GPL-2.0-only */
/* The assists that a guest may switch on (ABI.md 5.6), by hypercall or by a vCPU's context. */
#ifndef HV_TRAP_ASSIST_H
#define HV_TRAP_ASSIST_H

#include <hv/types.h>
#include <xen/xen.h>

/*
 * What only kernels of 32 bits need: a 64-bit one that asks for it finds nothing changed. Linux
 * asks for 0 and 3 at each start.
 */
#define VM_ASSISTS_32BIT                                                                           \
	(BIT64(VMASST_TYPE_4gb_segments) | BIT64(VMASST_TYPE_4gb_segments_notify) |                \
	 BIT64(VMASST_TYPE_pae_extended_cr3))
#define VM_ASSISTS                                                                                 \
	(VM_ASSISTS_32BIT | BIT64(VMASST_TYPE_writable_pagetables) |                               \
	 BIT64(VMASST_TYPE_architectural_iopl) | BIT64(VMASST_TYPE_runstate_update_flag) |         \
	 BIT64(VMASST_TYPE_m2p_strict))

#endif
