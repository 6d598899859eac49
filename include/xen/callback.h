/* SPDX-License-Identifier: GPL-2.0-only */
/* Entry points that a guest kernel registers (hypercall 30). */
#ifndef SHOJI_XEN_CALLBACK_H
#define SHOJI_XEN_CALLBACK_H

#include "xen.h"

#define CALLBACKTYPE_event		 0 /* event upcall; always with events masked */
#define CALLBACKTYPE_failsafe		 1 /* a segment could not be loaded on the way back */
#define CALLBACKTYPE_syscall		 2 /* SYSCALL from 64-bit user mode */
#define CALLBACKTYPE_sysenter_deprecated 3
#define CALLBACKTYPE_nmi		 4
#define CALLBACKTYPE_sysenter		 5
#define CALLBACKTYPE_syscall32		 7 /* SYSCALL from 32-bit user mode */

#define _CALLBACKF_mask_events 0 /* mask events on entry */
#define CALLBACKF_mask_events  (1U << _CALLBACKF_mask_events)

#define CALLBACKOP_register   0
#define CALLBACKOP_unregister 1

struct callback_register {
	uint16_t type; /* CALLBACKTYPE_* */
	uint16_t flags; /* CALLBACKF_* */
	xen_callback_t address;
};
typedef struct callback_register callback_register_t;

struct callback_unregister {
	uint16_t type;
	uint16_t _unused;
};
typedef struct callback_unregister callback_unregister_t;

#endif
