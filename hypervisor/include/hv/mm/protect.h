/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A walk of the hypervisor's page tables that says whether they keep the rules of memory protection
 * (mm/protect.c). Debug key w, and `selftest=protection`.
 */
#ifndef HV_MM_PROTECT_H
#define HV_MM_PROTECT_H

#include <hv/types.h>

/* The rules; an entry of a table that breaks one is counted under its first. */
enum protect_rule {
	PROTECT_WX,		/* writable and executable */
	PROTECT_EXEC,		/* executable, and not the image's text at its own address */
	PROTECT_ALIAS,		/* writable, and leads to the image's text or constants */
	PROTECT_USER,		/* open to ring 3, and not the M2P */
	PROTECT_RULES
};

/*
 * What the image is: virtual and machine addresses, page-aligned; text begins at both starts,
 * constants follow it.
 */
struct protect_image {
	uint64_t virt;
	maddr_t maddr;
	uint64_t text_size, const_size;	/* bytes */
};

struct protect_result {
	uint64_t entries;		/* entries that map memory */
	uint64_t broken[PROTECT_RULES];
};

/*
 * An entry that maps memory: size bytes at va. flags: RW and US where the entries of all levels
 * have them, NX where any has it.
 */
typedef void protect_visitor(void *arg, uint64_t va, uint64_t size, pte_t e, uint64_t flags);

/*
 * Call fn for each below the slots `first` to `last` of l4, by rising address. Context: as
 * protect_walk().
 */
void protect_visit(const pte_t *l4, unsigned int first, unsigned int last, protect_visitor *fn,
		   void *arg);

/*
 * Walk all of the table `l4`, which the direct map reaches. What breaks a rule is named in the log,
 * the first four of each kind. Context: any without map_lock; tables of the hypervisor are never
 * freed, so a change meanwhile is either seen or not.
 */
void protect_walk(const pte_t *l4, const struct protect_image *image,
		  struct protect_result *result);

/* Does `l4` map the page at va? */
bool protect_is_mapped(const pte_t *l4, uint64_t va);

#endif
