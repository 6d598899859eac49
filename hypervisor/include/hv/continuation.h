/* SPDX-License-Identifier: GPL-2.0-only */
/* Hypercalls that take more than one go (hypercall/continuation.c), and their handlers by number. */
#ifndef HV_CONTINUATION_H
#define HV_CONTINUATION_H

#include <hv/hypercall.h>

hypercall_fn *hypercall_handler(uint64_t nr);	/* NULL: none */

#endif
