/* SPDX-License-Identifier: GPL-2.0-only */
/* multicall: each entry has its own result. */
#include "guest.h"

void group_multicall(void)
{
	static struct multicall_entry list[64];
	struct multicall_entry *ro = page_new();
	const long version = HC2(xen_version, XENVER_version, 0);
	unsigned int i, good = 0;

	for (i = 0; i < 64; i++)
		list[i] = (struct multicall_entry){.op = __HYPERVISOR_xen_version, .result = 99};
	list[1].op = 60;
	list[2].op = ~0UL;
	list[3].op = __HYPERVISOR_multicall;
	list[3].args[0] = (uint64_t)&list[10];
	list[3].args[1] = 1;
	list[4].op = __HYPERVISOR_domctl;
	claim_is("a list", HC2(multicall, list, 64), 0);
	claim_is("the first entry's result", (long)list[0].result, version);
	claim_is("an unknown call's result", (long)list[1].result, -ENOSYS);
	claim_is("an impossible call's result", (long)list[2].result, -ENOSYS);
	claim_either("a list in the list", (long)list[3].result, -EINVAL, -ENOSYS);
	claim_negative("a refused call's result", (long)list[4].result);
	for (i = 5; i < 64; i++)
		good += (long)list[i].result == version;
	claim_is("the rest was carried out", good, 59);
	claim_is("no entries", HC2(multicall, list, 0), 0);
	claim_is("an unmapped list", HC2(multicall, BAD_UNMAPPED, 1), -EFAULT);
	claim_is("a list in the hypervisor's range", HC2(multicall, BAD_HV, 1), -EFAULT);
	claim_is("a list that wraps", HC2(multicall, 0xffffffffffffff80UL, 0x7fffffff), -EFAULT);
	ro[0] = (struct multicall_entry){.op = __HYPERVISOR_xen_version};
	(void)make_readonly(ro);
	claim_is("a list that cannot be written", HC2(multicall, ro, 1), -EFAULT);
}
