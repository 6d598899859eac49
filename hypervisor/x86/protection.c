// SPDX-License-Identifier: GPL-2.0-only
/* What is done against the processor's faults. */
#include <hv/protection.h>

struct cpu_protection protection;

void protection_init(const struct boot_info *bi)
{
	(void)bi;
	protection.xpti_dom0 = options.xpti_dom0 > 0;
	protection.xpti_domu = options.xpti_domu > 0;
}
