/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of a translated domain: from guest frame numbers to frames, which is its nested page
 * table at the same time (hvm/p2m.c has the rules N1-N5).
 */
#ifndef HV_HVM_P2M_H
#define HV_HVM_P2M_H

#include <hv/spinlock.h>
#include <hv/types.h>

#define P2M_LARGE_ORDER	9	/* of an entry for 2 MiB */
#define P2M_MIN_PAGES	256U	/* of tables, whatever the toolstack says: 1 MiB */

struct p2m {
	spinlock_t lock;	/* guards changes of entries; reads take no lock */
	pte_t *root;		/* direct map; constant */
	unsigned int pages;	/* tables, the root among them: under lock */
	unsigned int max_pages;	/* the toolstack writes it */
	uint64_t highest;	/* gfn that was ever present; under lock */
	uint64_t sweep;		/* next gfn to give back: the dying domain's alone */
};

/* Make an empty one. 0 or -ENOMEM. Nobody else sees it yet. */
int p2m_init(struct p2m *p);
/* Free its tables, which hold nothing any more. It may never have been made. */
void p2m_destroy(struct p2m *p);
/* The frame at gfn, or MFN_NONE. Any context, no lock. */
mfn_t p2m_lookup(const struct p2m *p, uint64_t gfn);
/* Is something at gfn that the guest may not write? Any context, no lock. */
bool p2m_read_only(const struct p2m *p, uint64_t gfn);
/*
 * 2^order frames from m on (order 0 or P2M_LARGE_ORDER, both numbers aligned) stand at gfn from
 * now on. A general and a FT_WRITABLE reference of each become the entry's. 0, -EEXIST: something
 * is there, -EINVAL: no such gfn, -ENOMEM.
 */
int p2m_insert(struct p2m *p, uint64_t gfn, mfn_t m, unsigned int order);
/*
 * Nothing of the domain's own is at gfn any more; *m was, and the entry's references of it are the
 * caller's, who flushes the domain's CPUs where the guest must not go on using it. 0, -ENOENT,
 * -ENOMEM.
 */
int p2m_remove(struct p2m *p, uint64_t gfn, mfn_t *m);
/*
 * Frame m, which is another domain's, stands at gfn from now on; its references (FT_WRITABLE unless
 * read_only) become the entry's. 0, -EEXIST, -EINVAL, -ENOMEM.
 */
int p2m_insert_grant(struct p2m *p, uint64_t gfn, mfn_t m, bool read_only);
/*
 * Take it out; its references are the caller's, and so is the flush. p2m_remove() leaves it.
 * 0, -ENOENT: just that does not stand there.
 */
int p2m_remove_grant(struct p2m *p, uint64_t gfn, mfn_t m, bool read_only);
/* What an entry named: a frame, or the first of 512; a grant's may be read-only. */
struct p2m_entry {
	mfn_t mfn;
	unsigned int order;
	bool read_only;
};

/*
 * Take out one entry at or behind *gfn, of a domain that does not run; *gfn goes on behind it.
 * False: there is none left.
 */
bool p2m_take_next(struct p2m *p, uint64_t *gfn, struct p2m_entry *taken);
/*
 * The same for the caller who puts memory in and takes it out again. The domain may run, and have
 * mapped a grant at one of these addresses since: that stays.
 */
bool p2m_take_ram(struct p2m *p, uint64_t *gfn, struct p2m_entry *taken);

#endif
