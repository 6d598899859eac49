/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mapping a granted page and taking the mapping away. The pin and its references belong to the
 * handle; the page-table entry has references of its own like any other entry (mm/promote.c). So a
 * guest that overwrites the entry drops the entry's references and no more, and the handle stays
 * until it is unmapped or the guest dies.
 *
 * An unmap removes the entries of a whole batch first, then the caller flushes the domain's CPUs
 * once, and only then the pins go (grant.c G4): no CPU reaches the page when the granter is told
 * that it is free. Entries are made without the accessed bit: one that still lacks it when it goes
 * was in no TLB, and needs no flush (mm/promote.c M5). That is so for most of what a backend
 * forwards: it is copied by reference or read by devices, never by a CPU.
 */
#include <hv/grant/grant_map.h>
#include <hv/domain/domain.h>
#include <hv/errno.h>
#include <hv/grant/grant.h>
#include <hv/grant/maptrack.h>
#include <hv/hvm/hvm.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>
#include <hv/mm/mmu_op.h>
#include <hv/mm/promote.h>
#include <hv/mm/pte_rules.h>
#include <hv/trace/trace.h>

#define HALVES      (GNTMAP_host_map | GNTMAP_device_map)
#define KNOWN_FLAGS (HALVES | GNTMAP_readonly | GNTMAP_application_map | GNTMAP_contains_pte)
#define TABLE_SHIFT 21 /* addresses that one L1 table maps */
#define AVAIL_SHIFT 9 /* PTE bits 9-11 are the guest's: the low three of GNTMAP_guest_avail */

static enum grant_use use_of(uint32_t flags)
{
	return flags & GNTMAP_readonly ? GRANT_MAP_RO : GRANT_MAP_RW;
}

/* The machine address of the L1 entry that host_addr means. */
static int find_entry(uint64_t host_addr, uint32_t flags, maddr_t *ptr)
{
	if (!(flags & GNTMAP_contains_pte))
		return (host_addr & ~PAGE_MASK) ? -EINVAL : guest_l1_maddr(current, host_addr, ptr);
	if (host_addr & 7)
		return -EINVAL;
	*ptr = host_addr;
	return 0;
}

static pte_t make_entry(mfn_t m, uint32_t flags)
{
	pte_t e = pte_make(m, PTE_P);

	if (!(flags & GNTMAP_readonly))
		e |= PTE_RW | PTE_D;
	if (flags & GNTMAP_application_map)
		e |= PTE_US;
	return e | ((pte_t)(flags >> _GNTMAP_guest_avail0 & 7) << AVAIL_SHIFT);
}

/*
 * As find_entry(). The table of the last address is remembered: whether it still is one is checked
 * by who uses the entry.
 */
static int find_near(struct map_batch *b, uint64_t host_addr, uint32_t flags, maddr_t *ptr)
{
	uint64_t region = (host_addr >> TABLE_SHIFT) + 1;

	if ((flags & GNTMAP_contains_pte) || (host_addr & ~PAGE_MASK))
		return find_entry(host_addr, flags, ptr);
	if (b->region != region) {
		if (guest_l1_maddr(current, host_addr, ptr))
			return -EINVAL;
		b->region = region;
		b->table = *ptr & PAGE_MASK;
	}
	*ptr = b->table + l1_index(host_addr) * sizeof(pte_t);
	return 0;
}

/* The references of m are the caller's, and the entry's when this succeeds. */
static int enter(struct map_batch *b, const struct gnttab_map_grant_ref *op, mfn_t m)
{
	struct mmu_actor a = {
		.d = current->domain, .pg_owner = b->granter, .has_refs = true, .untouched = true};
	maddr_t ptr;

	if (unlikely(a.d->hvm))
		return a.d->hvm->hooks->grant_enter(a.d, op->host_addr, m,
						    op->flags & GNTMAP_readonly)
			       ? GNTST_general_error
			       : GNTST_okay;
	if (find_near(b, op->host_addr, op->flags, &ptr))
		return GNTST_bad_virt_addr;
	return mmu_set_l1(&a, ptr, make_entry(m, op->flags), UPDATE_SET, 0) ? GNTST_general_error
									    : GNTST_okay;
}

/* The granter is found, the handle is ours alone. */
static int map_with(struct map_batch *b, struct gnttab_map_grant_ref *op, struct mapping *t)
{
	bool host = op->flags & GNTMAP_host_map;
	enum grant_use use = use_of(op->flags);
	mfn_t m;
	int status = grant_pin(b->granter, current->domain, op->ref, use, host ? 2 : 1, &m);

	if (status)
		return status;
	if (host)
		status = enter(b, op, m);
	if (status) {
		if (use == GRANT_MAP_RW)
			put_page_type(mfn_to_frame(m));
		put_page(mfn_to_frame(m));
		grant_unpin(b->granter, op->ref, use, m);
		return status;
	}
	domain_ref(b->granter);
	t->granter = b->granter;
	t->ref = op->ref;
	t->mfn = (uint32_t)mfn_x(m);
	t->flags = (uint16_t)op->flags;
	/* No number of a frame is for a translated domain to know. */
	op->dev_bus_addr = current->is_hvm ? 0 : mfn_to_maddr(m);
	return GNTST_okay;
}

static bool find_granter(struct map_batch *b, domid_t domid)
{
	if (b->granter && b->domid == domid)
		return true;
	grant_map_end(b);
	b->granter = domain_get(domid);
	b->domid = domid;
	return b->granter;
}

/* A translated domain has no page-table entries to name, and no addresses of the bus. */
static bool flags_ok(uint32_t flags)
{
	if (!(flags & HALVES) || (flags & 0xffff & ~KNOWN_FLAGS))
		return false;
	return !current->is_hvm || !(flags & (GNTMAP_device_map | GNTMAP_contains_pte));
}

/*
 * Carry out one GNTTABOP_map_grant_ref for the current domain; op is our copy, and receives status,
 * handle and dev_bus_addr. Source: ABI.md 11.3.
 */
void grant_map(struct map_batch *b, struct gnttab_map_grant_ref *op)
{
	struct maptrack *track = grant_maptrack(current->domain);
	struct mapping *t;
	uint32_t handle;

	stat_add(STAT_GRANT_MAP, 1);
	op->handle = ~0U;
	op->dev_bus_addr = 0;
	if (!flags_ok(op->flags)) {
		op->status = GNTST_general_error;
		return;
	}
	if (!find_granter(b, op->dom)) {
		op->status = GNTST_bad_domain;
		return;
	}
	t = maptrack_new(track, &handle);
	op->status = t ? (int16_t)map_with(b, op, t) : GNTST_no_space;
	if (op->status == GNTST_okay) {
		op->handle = handle;
		maptrack_publish(t);
		TRACE(TRC_MEM_PAGE_GRANT_MAP, op->dom);
	} else if (t) {
		maptrack_free(track, t, handle);
	}
}

void grant_map_end(struct map_batch *b)
{
	if (b->granter)
		domain_put(b->granter);
	b->granter = NULL;
}

/*
 * Put `instead` in the place of the page-table entry, if it is one that the mapping made: with a
 * read-only one in its place, a writable one would stay after the granter was told that nobody
 * writes any more. *touched: a CPU used it.
 */
static int leave(const struct mapping *m, uint64_t host_addr, pte_t instead, bool *touched)
{
	struct mmu_actor a = {.d = current->domain, .pg_owner = current->domain};
	unsigned int tries;
	maddr_t ptr;
	int rc = -EAGAIN;

	if (unlikely(a.d->hvm)) {
		*touched = true;
		rc = a.d->hvm->hooks->grant_leave(a.d, host_addr, mfn(m->mfn),
						  use_of(m->flags) == GRANT_MAP_RO);
		return rc ? GNTST_general_error : GNTST_okay;
	}
	if (find_entry(host_addr, m->flags, &ptr) || !mfn_is_ram(maddr_to_mfn(ptr)))
		return GNTST_bad_virt_addr;
	/*
	 * The CPU may set accessed and dirty bits in between; the guest may do worse, so there is a
	 * bound.
	 */
	for (tries = 0; tries < 8 && rc == -EAGAIN; tries++) {
		pte_t e = READ_ONCE(*(pte_t *)maddr_to_virt(ptr));

		if (!(e & PTE_P) || mfn_x(pte_mfn(e)) != m->mfn ||
		    !(e & PTE_RW) != (use_of(m->flags) == GRANT_MAP_RO))
			return GNTST_general_error;
		rc = mmu_set_l1(&a, ptr, instead, UPDATE_IF_SAME, e);
		*touched = e & PTE_A;
	}
	return rc ? GNTST_general_error : GNTST_okay;
}

/* The entry of new_addr goes to host_addr; what was there belongs to the mapping. */
static int exchange(const struct mapping *m, uint64_t host_addr, uint64_t new_addr, bool *touched)
{
	struct mmu_actor a = {.d = current->domain, .pg_owner = current->domain};
	unsigned int tries;
	maddr_t from;
	pte_t e;
	int status;

	if (current->is_hvm || !(m->flags & GNTMAP_host_map) ||
	    (new_addr && (m->flags & GNTMAP_contains_pte)))
		return GNTST_general_error;
	if (!new_addr)
		return leave(m, host_addr, 0, touched);
	if (find_entry(new_addr, 0, &from) || !mfn_is_ram(maddr_to_mfn(from)))
		return GNTST_bad_virt_addr;
	e = READ_ONCE(*(pte_t *)maddr_to_virt(from));
	if (!(e & PTE_P))
		return GNTST_bad_virt_addr;
	status = leave(m, host_addr, e, touched);
	if (status)
		return status;
	*touched = true;	/* the one that moves may be remembered at its old place */
	for (tries = 0; tries < 8 && mmu_set_l1(&a, from, 0, UPDATE_IF_SAME, e) == -EAGAIN; tries++)
		e = READ_ONCE(*(pte_t *)maddr_to_virt(from));
	return GNTST_okay;
}

/* The mapping behind a handle, for this call alone. NULL: there is none, and u says so. */
static struct mapping *begin(grant_handle_t handle, struct unmapping *u)
{
	struct mapping *m = maptrack_claim(grant_maptrack(current->domain), handle);

	stat_add(STAT_GRANT_UNMAP, 1);
	*u = (struct unmapping){.handle = handle};
	if (m)
		TRACE(TRC_MEM_PAGE_GRANT_UNMAP, m->granter->id);
	else
		u->status = GNTST_bad_handle;
	return m;
}

/* The halves in `gone` do not exist any more, or status says why nothing changed. */
static void ended(struct mapping *m, struct unmapping *u, int status, unsigned int gone)
{
	u->status = (int16_t)status;
	if (status) {
		maptrack_publish(m);
		return;
	}
	m->flags &= (uint16_t)~gone;
	u->m = m;
	u->last = !(m->flags & HALVES);
}

void grant_unmap_begin(const struct gnttab_unmap_grant_ref *op, struct unmapping *u)
{
	struct mapping *m = begin(op->handle, u);
	int status = GNTST_okay;

	if (!m)
		return;
	if (op->dev_bus_addr && op->dev_bus_addr != mfn_to_maddr(mfn(m->mfn)))
		status = GNTST_bad_dev_addr;
	else if (op->host_addr && (m->flags & GNTMAP_host_map))
		status = leave(m, op->host_addr, 0, &u->touched);
	ended(m, u, status,
	      (op->host_addr ? GNTMAP_host_map : 0) | (op->dev_bus_addr ? GNTMAP_device_map : 0));
}

void grant_replace_begin(const struct gnttab_unmap_and_replace *op, struct unmapping *u)
{
	struct mapping *m = begin(op->handle, u);

	if (m)
		ended(m, u, exchange(m, op->host_addr, op->new_addr, &u->touched), GNTMAP_host_map);
}

void grant_unmap_end(struct unmapping *u)
{
	if (!u->m)
		return;
	if (u->last)
		grant_drop_mapping(grant_maptrack(current->domain), u->m, u->handle);
	else
		maptrack_publish(u->m);
}

void grant_drop_mapping(struct maptrack *t, struct mapping *m, uint32_t handle)
{
	struct domain *granter = m->granter;
	uint32_t ref = m->ref;
	enum grant_use use = use_of(m->flags);
	mfn_t frame = mfn(m->mfn);

	maptrack_free(t, m, handle);
	grant_unpin(granter, ref, use, frame);
	domain_put(granter);
}
