/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contents of typed frames: checking them in, taking them apart, changing one entry. Rules:
 * mm/promote.c.
 */
#ifndef HV_MM_PROMOTE_H
#define HV_MM_PROMOTE_H

#include <hv/mm/frame.h>
#include <hv/mm/pte_rules.h>
#include <hv/types.h>

/* The bits of physical addresses that this CPU has; x86 sets it before the first guest. */
extern unsigned int phys_address_bits;
/* What d's entries may say on this machine. Any context, no lock. */
struct pte_policy pte_policy_of(const struct domain *d);

/*
 * Check the contents of f, of which *position entries are checked already, and take the references
 * that they name. 0; -ERESTART: *position says how far it came; else an error, and entries below
 * *position still hold references. Caller holds f's lock, and f has the type with count 1, so
 * nobody can write to it.
 */
int promote_contents(struct frame *f, enum frame_type type, unsigned int *position);

/*
 * Drop what the first n entries of f refer to. Caller holds f's lock; f is neither validated nor
 * partial.
 */
void demote_contents(struct frame *f, enum frame_type type, unsigned int n);

/*
 * f, a validated L4 of which the caller holds a count, becomes the base of so many more vCPUs'
 * kernel mode (+1, -1), or of a user mode (0): slot 256 becomes what M6 says. Takes the owner's
 * mm.lock.
 */
void l4_show_m2p(struct frame *f, int kernels);

enum update_how {
	UPDATE_SET,
	UPDATE_KEEP_AD,		/* accessed and dirty bits stay */
	UPDATE_IF_SAME,		/* only if it still is `expected` */
};

/* A change of one entry of a validated table. */
struct pte_update {
	struct domain *d, *pg_owner; /* owner of the table; who must own the frame that val names */
	struct frame *table;
	unsigned int slot;
	enum update_how how;
	bool has_refs; /* the references of val, a leaf's, are the caller's; and so are the old
				   entry's when promote_entry() returns 0 */
	bool untouched; /* another domain's frame may be entered without the accessed bit (grant/
			   alone does that) */
	pte_t val, expected;
};

/*
 * Carry it out. 0, -EINVAL, -EPERM, -EBUSY, -ERESTART; -EAGAIN: the entry is not u->expected.
 * Caller holds the table's lock.
 */
int promote_entry(const struct pte_update *u);

#endif
