// SPDX-License-Identifier: GPL-2.0-only
/* One page of grants, version 1. */
#include "legacy.h"

extern char grant_page[];

void grants_init(void)
{
	uint64_t frame = 0;
	struct gnttab_setup_table s = {
		.dom = DOMID_SELF, .nr_frames = 1, .frame_list = (uint64_t)&frame};

	claim("a table of grants", HC3(grant_table_op, GNTTABOP_setup_table, &s, 1) == 0 &&
					   s.status == GNTST_okay && frame);
	claim("is mapped",
	      HC3(update_va_mapping, grant_page, frame << 12 | 0x67, UVMF_INVLPG) == 0);
}

uint32_t grant_page_of(const void *page, bool readonly)
{
	static uint32_t next = GNTTAB_NR_RESERVED_ENTRIES;
	struct grant_entry_v1 *e = (struct grant_entry_v1 *)grant_page + next;

	e->domid = 0;
	e->frame = (uint32_t)mfn_of(page);
	__atomic_store_n(&e->flags, GTF_permit_access | (readonly ? GTF_readonly : 0),
			 __ATOMIC_SEQ_CST);
	return next++;
}
