/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies between pages and grants (grant/grant_copy.c); neighbouring copies of a batch keep their
 * pages. Hypercall context, no locks held; nothing here sees a guest pointer.
 */
#ifndef HV_GRANT_GRANT_COPY_H
#define HV_GRANT_GRANT_COPY_H

#include <hv/types.h>
#include <xen/grant_table.h>

struct copy_side {
	bool valid, by_ref, write;
	struct domain *granter;	/* by_ref: reference held */
	domid_t domid;
	uint64_t name;		/* ref or frame number, as the guest gave it */
	mfn_t m;
};
struct copy_batch {
	struct copy_side source, dest;
};
/* One GNTTABOP_copy for the current domain; *op is our copy and receives the status. */
void grant_copy(struct copy_batch *b, struct gnttab_copy *op);
/* The batch ends: give the pages back. */
void grant_copy_end(struct copy_batch *b);

#endif
