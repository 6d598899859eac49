/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mapping and unmapping of grants for the current domain (grant/grant_map.c). Hypercall context, no
 * locks held; nothing here sees a guest pointer.
 */
#ifndef HV_GRANT_GRANT_MAP_H
#define HV_GRANT_GRANT_MAP_H

#include <hv/grant/maptrack.h>
#include <hv/types.h>
#include <xen/grant_table.h>

/*
 * What neighbouring maps of a batch share: the granter, and the table of the entries. Begins as
 * zeros.
 */
struct map_batch {
	struct domain *granter;	/* a reference is held */
	domid_t domid;		/* as the guest named it */
	uint64_t region;	/* which 2 MiB of addresses `table` maps, + 1; 0: none yet */
	maddr_t table;
};
/*
 * One GNTTABOP_map_grant_ref; *op is our copy, and receives status, handle and dev_bus_addr.
 */
void grant_map(struct map_batch *b, struct gnttab_map_grant_ref *op);
/* The batch ends: drop what it shares. */
void grant_map_end(struct map_batch *b);

/* An unmap goes in two steps, with one flush for many in between. */
struct unmapping {
	struct mapping *m;	/* NULL: failed, status tells */
	uint32_t handle;
	bool last;		/* no half is left: release it */
	bool touched;		/* a CPU may remember the entry: flush before the end */
	int16_t status;
};
/* Take the halves that op names out of the page tables; *u says how it went. */
void grant_unmap_begin(const struct gnttab_unmap_grant_ref *op, struct unmapping *u);
/* The same, but the entry that new_addr has moves to host_addr. new_addr 0: none does. */
void grant_replace_begin(const struct gnttab_unmap_and_replace *op, struct unmapping *u);
/* After the flush: give back what no half needs any more. */
void grant_unmap_end(struct unmapping *u);
/* Give back what a claimed mapping holds, and its handle. Flushed, where that was needed. */
void grant_drop_mapping(struct maptrack *t, struct mapping *m, uint32_t handle);

#endif
