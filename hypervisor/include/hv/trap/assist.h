/* SPDX-License-Identifier: GPL-2.0-only */
/* The assists that a guest may switch on (ABI.md 5.6), by hypercall or by a vCPU's context. */
#ifndef HV_TRAP_ASSIST_H
#define HV_TRAP_ASSIST_H

#include <hv/types.h>
#include <xen/xen.h>

/*
 * Without effect are the two of 4gb_segments, which only 32-bit kernels need, but Linux asks for
 * them and expects no error; writable_pagetables and pae_extended_cr3, which are always on.
 */
#define VM_ASSISTS                                                                                 \
	(BIT64(VMASST_TYPE_4gb_segments) | BIT64(VMASST_TYPE_4gb_segments_notify) |                \
	 BIT64(VMASST_TYPE_writable_pagetables) | BIT64(VMASST_TYPE_pae_extended_cr3) |            \
	 BIT64(VMASST_TYPE_architectural_iopl) | BIT64(VMASST_TYPE_runstate_update_flag) |         \
	 BIT64(VMASST_TYPE_m2p_strict))

#endif
