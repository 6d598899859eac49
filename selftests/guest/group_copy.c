/* SPDX-License-Identifier: GPL-2.0-only */
/* GNTTABOP_copy between its own pages and grants. */
#include "guest.h"

struct grant_entry_v1 *grant_table(void);

static struct gnttab_copy c;

static long copy(void)
{
	long rc = HC3(grant_table_op, GNTTABOP_copy, &c, 1);

	return rc ? rc : c.status;
}

static void sides(uint64_t from, uint64_t to)
{
	c = (struct gnttab_copy){.len = 4096};
	c.source.u.gmfn = from;
	c.dest.u.gmfn = to;
	c.source.domid = c.dest.domid = DOMID_SELF;
}

void group_copy(void)
{
	volatile uint64_t *a = page_new(), *b = page_new();
	volatile struct grant_entry_v1 *e = &grant_table()[10];
	uint64_t root = mfn_of((void *)start_info->pt_base);

	a[0] = 1;
	a[511] = 2;
	sides(mfn_of((void *)a), mfn_of((void *)b));
	claim_is("copy a page", copy(), 0);
	claim("it is copied", b[0] == 1 && b[511] == 2);
	c.len = 4097;
	claim_is("longer than a page", copy(), GNTST_bad_copy_arg);
	c.len = 8;
	c.dest.offset = 4090;
	claim_is("out of the destination", copy(), GNTST_bad_copy_arg);
	c.dest.offset = 0;
	c.source.offset = 4096;
	claim_is("out of the source", copy(), GNTST_bad_copy_arg);
	c.source.offset = 0xffff;
	claim_is("far out of the source", copy(), GNTST_bad_copy_arg);
	sides(mfn_of((void *)a), root);
	claim_negative("over a page table", copy());
	sides(foreign_mfn(), mfn_of((void *)b));
	claim_negative("from another domain's frame", copy());
	sides(mfn_of((void *)a), foreign_mfn());
	claim_negative("to another domain's frame", copy());
	sides(hypervisor_mfn(), mfn_of((void *)b));
	claim_negative("from the hypervisor's frame", copy());
	sides(beyond_mfn(), mfn_of((void *)b));
	claim_negative("from a frame beyond RAM", copy());
	sides(foreign_mfn(), mfn_of((void *)b));
	c.source.domid = 0;
	claim_is("from a frame of Domain-0's, by number", copy(), GNTST_permission_denied);
	sides(mfn_of((void *)a), mfn_of((void *)b));
	c.dest.domid = 0x7000;
	claim_negative("to a domain that is not", copy());
	e->frame = (uint32_t)mfn_of((void *)a);
	e->domid = own_domid;
	e->flags = GTF_permit_access | GTF_readonly;
	sides(10, mfn_of((void *)b));
	c.flags = GNTCOPY_source_gref;
	c.source.domid = own_domid;
	a[0] = 77;
	claim_is("from a grant", copy(), 0);
	claim("it is copied, and no mark is left",
	      b[0] == 77 && !(e->flags & (GTF_reading | GTF_writing)));
	sides(mfn_of((void *)b), 10);
	c.flags = GNTCOPY_dest_gref;
	c.dest.domid = own_domid;
	claim_is("to a read-only grant", copy(), GNTST_general_error);
	e->flags = GTF_permit_access;
	claim_is("to a grant", copy(), 0);
	c.dest.u.ref = 0xffffffff;
	claim_is("to a reference beyond the table", copy(), GNTST_bad_gntref);
	c.dest.u.ref = 10;
	c.dest.domid = 0;
	claim_negative("to a grant of Domain-0's", copy());
	e->flags = 0;
	c.dest.domid = own_domid;
	claim_is("to a grant that is gone", copy(), GNTST_general_error);
}
