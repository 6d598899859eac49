/* SPDX-License-Identifier: GPL-2.0-only */
/* The page of stubs through which older kernels make hypercalls (hypercall/hypercall_page.c). */
#ifndef HV_HYPERCALL_HYPERCALL_PAGE_H
#define HV_HYPERCALL_HYPERCALL_PAGE_H

#include <hv/types.h>

/* Fill 4096 bytes: the stub of call n lies at n * 32, everything else is INT3. */
void hypercall_page_fill(uint8_t *page);
/* The same into a frame of d, which must be an ordinary page. 0, -EINVAL, -EPERM. */
int hypercall_page_write(struct domain *d, mfn_t m);

#endif
