// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree from guest frame numbers to frames. The processor walks it while the guest runs, and we
 * walk the same one for what hypercalls name.
 *
 *  N1. An entry that is present holds a general and a FT_WRITABLE reference of each frame that it
 *      names (one, or 512), like a writable mapping in a PV guest's tables. So such a frame can be
 *      no page table of anybody's, and is not free before the entry is gone.
 *      An entry of a grant is marked (PTE_GRANT). Its frame is another domain's, and a read-only
 *      one holds a general reference alone. Nothing but p2m_remove_grant() takes it out.
 *  N2. A reader takes no lock: an entry is read once, and a table stays until the domain is freed.
 *      What it finds may be gone by then; so who uses the frame takes a reference of its own, for
 *      the domain, and fails where the frame is another's.
 *  N3. An entry is cleared first, its references are dropped after; the flush of who may remember
 *      it comes before the frame is used otherwise, by the stamp that mm/frame.c keeps (F7). A
 *      flush of a CPU reaches its nested translations (x86/svm.c V3).
 *  N4. A large entry is split by one store, into a table that says the same.
 *  N5. Tables are counted, and bounded by what the toolstack allows.
 *
 * Locking: p2m.lock for changes; inside it, what the allocation of a page takes.
 */
#include <hv/hvm/p2m.h>
#include <hv/errno.h>
#include <hv/lib/lib.h>
#include <hv/mm/alloc.h>
#include <hv/mm/directmap.h>
#include <hv/mm/promote.h>
#include <hv/mm/pte_rules.h>

#define NODE_FLAGS	(PTE_P | PTE_RW | PTE_US | PTE_A)
#define LEAF_FLAGS	(PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define PTE_GRANT	BIT64(9)	/* the processor ignores it */
#define LARGE_PAGES	(UINT64_C(1) << P2M_LARGE_ORDER)
#define LEVEL_SHIFT(level) (9 * ((level) - 1))

int p2m_init(struct p2m *p)
{
	*p = (struct p2m){.max_pages = P2M_MIN_PAGES, .pages = 1};
	spin_lock_init(&p->lock, RANK_NESTED);
	p->root = alloc_page();
	return p->root ? 0 : -ENOMEM;
}

/* Recursion over three levels. */
static void free_tables(pte_t *table, unsigned int level)
{
	for (unsigned int i = 0; level > 1 && i < PTES_PER_TABLE; i++)
		if ((table[i] & PTE_P) && !(table[i] & PTE_PSE))
			free_tables(mfn_to_virt(pte_mfn(table[i])), level - 1);
	free_page(table);
}

void p2m_destroy(struct p2m *p)
{
	if (p->root)
		free_tables(p->root, 4);
	p->root = NULL;
}

/* Is there such a number on this machine? Four levels have 36 bits. */
static bool gfn_ok(uint64_t gfn)
{
	return gfn < UINT64_C(1) << (MIN(phys_address_bits, 48U) - PAGE_SHIFT);
}

static pte_t *slot_in(pte_t *table, uint64_t gfn, unsigned int level)
{
	return &table[gfn >> LEVEL_SHIFT(level) & (PTES_PER_TABLE - 1)];
}

mfn_t p2m_lookup(const struct p2m *p, uint64_t gfn)
{
	pte_t *table = p->root, e;

	if (!gfn_ok(gfn))
		return MFN_NONE;
	for (unsigned int level = 4;; level--) {
		e = READ_ONCE(*slot_in(table, gfn, level));
		if (!(e & PTE_P))
			return MFN_NONE;
		if (level == 1)
			return pte_mfn(e);
		if (e & PTE_PSE)
			return mfn(mfn_x(pte_mfn(e)) + (gfn & (LARGE_PAGES - 1)));
		table = mfn_to_virt(pte_mfn(e));
	}
}

bool p2m_read_only(const struct p2m *p, uint64_t gfn)
{
	pte_t *table = p->root, e;

	if (!gfn_ok(gfn))
		return false;
	for (unsigned int level = 4; level > 1; level--) {
		e = READ_ONCE(*slot_in(table, gfn, level));
		if (!(e & PTE_P) || (e & PTE_PSE))
			return false;
		table = mfn_to_virt(pte_mfn(e));
	}
	return (READ_ONCE(*slot_in(table, gfn, 1)) & (PTE_P | PTE_RW)) == PTE_P;
}

/* --- changes: the lock is held --- */

static pte_t *new_table(struct p2m *p)
{
	pte_t *table = p->pages < p->max_pages ? alloc_page() : NULL;

	p->pages += table != NULL;
	return table;
}

static pte_t node(const pte_t *table)
{
	return pte_make(virt_to_mfn(table), NODE_FLAGS);
}

static bool split(struct p2m *p, pte_t *slot)
{
	pte_t *table = new_table(p), e = *slot;

	if (!table)
		return false;
	for (uint64_t i = 0; i < LARGE_PAGES; i++)
		table[i] = pte_make(mfn(mfn_x(pte_mfn(e)) + i), LEAF_FLAGS);
	atomic_store_release(slot, node(table));	/* the table is whole before it is seen */
	return true;
}

/*
 * The slot of gfn at `to`, with the tables above it. NULL with *rc: -ENOMEM, or -EEXIST: a large
 * entry is in the way.
 */
static pte_t *make_slot(struct p2m *p, uint64_t gfn, unsigned int to, int *rc)
{
	pte_t *table = p->root, *slot, *fresh;

	for (unsigned int level = 4;; level--) {
		slot = slot_in(table, gfn, level);
		if (level == to)
			return slot;
		if (*slot & PTE_PSE) {
			*rc = -EEXIST;
			return NULL;
		}
		if (!(*slot & PTE_P)) {
			fresh = new_table(p);
			if (!fresh) {
				*rc = -ENOMEM;
				return NULL;
			}
			atomic_store_release(slot, node(fresh));
		}
		table = mfn_to_virt(pte_mfn(*slot));
	}
}

/* A table that stands where a large entry is wanted, and names nothing. */
static bool is_empty(const pte_t *table)
{
	for (unsigned int i = 0; i < PTES_PER_TABLE; i++)
		if (table[i])
			return false;
	return true;
}

static int insert_large(struct p2m *p, uint64_t gfn, mfn_t m)
{
	int rc = 0;
	pte_t *slot = make_slot(p, gfn, 2, &rc), *table;

	if (!slot)
		return rc;
	if (!(*slot & PTE_P)) {
		atomic_store_release(slot, pte_make(m, LEAF_FLAGS | PTE_PSE));
		return 0;
	}
	if (*slot & PTE_PSE)
		return -EEXIST;
	/* A reader may be in the table, so it stays, and is filled. */
	table = mfn_to_virt(pte_mfn(*slot));
	if (!is_empty(table))
		return -EEXIST;
	for (uint64_t i = 0; i < LARGE_PAGES; i++)
		atomic_store_release(&table[i], pte_make(mfn(mfn_x(m) + i), LEAF_FLAGS));
	return 0;
}

static int insert_small(struct p2m *p, uint64_t gfn, mfn_t m, pte_t flags)
{
	int rc = 0;
	pte_t *slot = make_slot(p, gfn, 1, &rc);

	if (!slot)
		return rc;
	if (*slot & PTE_P)
		return -EEXIST;
	atomic_store_release(slot, pte_make(m, flags));
	return 0;
}

static int insert(struct p2m *p, uint64_t gfn, mfn_t m, unsigned int order, pte_t flags)
{
	uint64_t last = gfn + (UINT64_C(1) << order) - 1;
	int rc;

	if (last < gfn || !gfn_ok(last) || (order && order != P2M_LARGE_ORDER))
		return -EINVAL;
	spin_lock(&p->lock);
	rc = order ? insert_large(p, gfn, m) : insert_small(p, gfn, m, flags);
	if (!rc && last > p->highest)
		p->highest = last;
	spin_unlock(&p->lock);
	return rc;
}

int p2m_insert(struct p2m *p, uint64_t gfn, mfn_t m, unsigned int order)
{
	return insert(p, gfn, m, order, LEAF_FLAGS);
}

static pte_t grant_flags(bool read_only)
{
	return PTE_GRANT | (read_only ? LEAF_FLAGS & ~(pte_t)(PTE_RW | PTE_D) : LEAF_FLAGS);
}

int p2m_insert_grant(struct p2m *p, uint64_t gfn, mfn_t m, bool read_only)
{
	return insert(p, gfn, m, 0, grant_flags(read_only));
}

/* The present L1 entry of gfn; NULL with *rc. part: of a large entry too, which is split. */
static pte_t *find_small(struct p2m *p, uint64_t gfn, bool part, int *rc)
{
	pte_t *table = p->root, *slot;

	for (unsigned int level = 4;; level--) {
		slot = slot_in(table, gfn, level);
		*rc = -ENOENT;
		if (!(*slot & PTE_P))
			return NULL;
		if (level == 1)
			return slot;
		if ((*slot & PTE_PSE) && !part)
			return NULL;
		*rc = -ENOMEM;
		if ((*slot & PTE_PSE) && !split(p, slot))
			return NULL;
		table = mfn_to_virt(pte_mfn(*slot));
	}
}

int p2m_remove(struct p2m *p, uint64_t gfn, mfn_t *m)
{
	pte_t *slot;
	int rc;

	if (!gfn_ok(gfn))
		return -ENOENT;
	spin_lock(&p->lock);
	slot = find_small(p, gfn, true, &rc);
	if (slot && (*slot & PTE_GRANT)) {
		rc = -ENOENT;
	} else if (slot) {
		*m = pte_mfn(atomic_xchg(slot, 0));	/* N3: a barrier before the stamp */
		rc = 0;
	}
	spin_unlock(&p->lock);
	return rc;
}

int p2m_remove_grant(struct p2m *p, uint64_t gfn, mfn_t m, bool read_only)
{
	pte_t *slot, wanted = pte_make(m, grant_flags(read_only)), used = PTE_A | PTE_D;
	bool found;
	int rc;

	if (!gfn_ok(gfn))
		return -ENOENT;
	spin_lock(&p->lock);
	slot = find_small(p, gfn, false, &rc);
	found = slot && (*slot | used) == (wanted | used);
	if (found)
		(void)atomic_xchg(slot, 0);	/* N3 */
	spin_unlock(&p->lock);
	return found ? 0 : -ENOENT;
}

/* One entry at or behind *gfn, as p2m_take_next() has it; grants: of a grant too. */
static bool take_next(struct p2m *p, uint64_t *gfn, bool grants, struct p2m_entry *taken)
{
	bool found = false;

	spin_lock(&p->lock);
	while (!found && *gfn <= p->highest) {
		pte_t *table = p->root, *slot;
		unsigned int level = 4;

		while ((*(slot = slot_in(table, *gfn, level)) & PTE_P) && level > 1 &&
		       !(*slot & PTE_PSE)) {
			table = mfn_to_virt(pte_mfn(*slot));
			level--;
		}
		found = (*slot & PTE_P) && (grants || !(*slot & PTE_GRANT));
		if (found) {
			pte_t e = atomic_xchg(slot, 0);

			taken->mfn = pte_mfn(e);
			taken->read_only = !(e & PTE_RW);
			taken->order = level == 2 ? P2M_LARGE_ORDER : 0;
		}
		/* On behind what this slot covers, or would. */
		*gfn = ((*gfn >> LEVEL_SHIFT(level)) + 1) << LEVEL_SHIFT(level);
	}
	spin_unlock(&p->lock);
	return found;
}

bool p2m_take_next(struct p2m *p, uint64_t *gfn, struct p2m_entry *taken)
{
	return take_next(p, gfn, true, taken);
}

bool p2m_take_ram(struct p2m *p, uint64_t *gfn, struct p2m_entry *taken)
{
	return take_next(p, gfn, false, taken);
}
