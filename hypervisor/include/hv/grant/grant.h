/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grant tables: a domain lets others use its pages (grant/grant.c, which has the rules). For the
 * rest of the hypervisor; at the end, pins, for grant/ itself.
 */
#ifndef HV_GRANT_GRANT_H
#define HV_GRANT_GRANT_H

#include <hv/types.h>

struct maptrack;

/* --- life --- */

/* Give d a table, within the limits in d->grant. 0 or -ENOMEM. */
int grant_domain_init(struct domain *d);
/* d dies: drop what it mapped of others. 0, or -ERESTART: call again. d does not run any more. */
int grant_domain_release_mappings(struct domain *d);
/* The last reference of d is gone, so nobody uses its grants. Idempotent. */
void grant_domain_destroy(struct domain *d);

/*
 * Frame number `index` of d's table, grown to hold it; for XENMEM_acquire_resource. 0, -EINVAL,
 * -ENOMEM.
 */
int grant_shared_frame(struct domain *d, uint64_t index, mfn_t *out);
/* Frames in use now. */
unsigned int grant_frames(const struct domain *d);

/* Counters for the debug key and tests: entries pinned by others, handles in use. */
void grant_counts(struct domain *d, unsigned int *pinned, unsigned int *mapped);

/*
 * Pages of handles for what d has mapped: they grow with the most that there were, and stay until d
 * is destroyed.
 */
unsigned int grant_handle_pages(const struct domain *d);

/* --- pins --- */

/* How a pin is used. Each has its own counter in the entry. */
enum grant_use { GRANT_MAP_RO, GRANT_MAP_RW, GRANT_COPY_RO, GRANT_COPY_RW };

/*
 * Pin entry `ref` of `granter` for domain `user`. *m is the granted frame, and the caller holds a
 * general reference of it, and one of FT_WRITABLE for the RW uses; grant_unpin() with the same m
 * gives them back. With sets = 2 the caller holds as many references again, to give to a page-table
 * entry. Returns GNTST_*. Source: ABI.md 11.2.
 */
int grant_pin(struct domain *granter, const struct domain *user, uint32_t ref, enum grant_use use,
	      unsigned int sets, mfn_t *m);
/* Give back one pin, with one set of references. */
void grant_unpin(struct domain *granter, uint32_t ref, enum grant_use use, mfn_t m);

/* The handles of what d has mapped. Any context. */
struct maptrack *grant_maptrack(struct domain *d);

#endif
