/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies between pages of two domains. Each side names a grant, or a frame of the caller's own.
 * What one operation of a batch pinned is kept for the next, which mostly names the same page
 * again; nothing is kept beyond the batch.
 *
 * Locking: none here; a pin takes the lock of its entry for a moment.
 */
#include <hv/grant/grant_copy.h>
#include <hv/domain/domain.h>
#include <hv/grant/grant.h>
#include <hv/hvm/hvm.h>
#include <hv/lib/lib.h>
#include <hv/mm/directmap.h>
#include <hv/mm/frame.h>

static void release(struct copy_side *s)
{
	struct frame *f = mfn_to_frame(s->m);

	if (!s->valid)
		return;
	s->valid = false;
	if (s->by_ref) {
		grant_unpin(s->granter, (uint32_t)s->name, s->write ? GRANT_COPY_RW : GRANT_COPY_RO,
			    s->m);
		domain_put(s->granter);
		return;
	}
	if (s->write)
		put_page_type(f);
	put_page(f);
}

static int acquire_ref(struct copy_side *s)
{
	int status;

	s->granter = domain_get(s->domid);
	if (!s->granter)
		return GNTST_bad_domain;
	status = grant_pin(s->granter, current->domain, (uint32_t)s->name,
			   s->write ? GRANT_COPY_RW : GRANT_COPY_RO, 1, &s->m);
	if (status)
		domain_put(s->granter);
	return status;
}

/* A frame by number: only the caller's own. */
static int acquire_frame(struct copy_side *s)
{
	s->m = domain_frame(current->domain, s->name);
	if (s->domid != DOMID_SELF && s->domid != current->domain->id)
		return GNTST_permission_denied;
	if (!mfn_is_ram(s->m) || !get_page(mfn_to_frame(s->m), current->domain))
		return GNTST_bad_page;
	if (!s->write || !get_page_type(mfn_to_frame(s->m), FT_WRITABLE))
		return GNTST_okay;
	put_page(mfn_to_frame(s->m));
	return GNTST_bad_page;
}

/* Make the side hold what the operation names; keep it if it does already. */
static int acquire(struct copy_side *s, const struct gnttab_copy_ptr *p, bool by_ref, bool write)
{
	uint64_t name = by_ref ? p->u.ref : p->u.gmfn;
	int status;

	if (s->valid && s->by_ref == by_ref && s->domid == p->domid && s->name == name)
		return GNTST_okay;
	release(s);
	s->by_ref = by_ref;
	s->write = write;
	s->domid = p->domid;
	s->name = name;
	status = by_ref ? acquire_ref(s) : acquire_frame(s);
	s->valid = status == GNTST_okay;
	return status;
}

static bool in_page(const struct gnttab_copy_ptr *p, uint16_t len)
{
	return p->offset < PAGE_SIZE && len <= PAGE_SIZE - p->offset;
}

/* Carry out one GNTTABOP_copy; op is our copy and receives the status. Source: ABI.md 11.2. */
void grant_copy(struct copy_batch *b, struct gnttab_copy *op)
{
	int status = GNTST_okay;

	stat_add(STAT_GRANT_COPY, 1);
	if (!in_page(&op->source, op->len) || !in_page(&op->dest, op->len))
		status = GNTST_bad_copy_arg;
	if (!status)
		status = acquire(&b->source, &op->source, op->flags & GNTCOPY_source_gref, false);
	if (!status)
		status = acquire(&b->dest, &op->dest, op->flags & GNTCOPY_dest_gref, true);
	if (!status)
		memmove((char *)mfn_to_virt(b->dest.m) + op->dest.offset,
			(const char *)mfn_to_virt(b->source.m) + op->source.offset, op->len);
	op->status = (int16_t)status;
}

void grant_copy_end(struct copy_batch *b)
{
	release(&b->source);
	release(&b->dest);
}
