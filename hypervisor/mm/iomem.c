/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine memory that is not RAM: who may map it. Domain-0 owns the devices, so it may map all but
 * what would give it the interrupt hardware that is ours; nobody else may map anything. Filled at
 * start-up, read-only afterwards, no lock.
 */
#include <hv/mm/iomem.h>
#include <hv/console/printk.h>
#include <hv/domain/domain.h>

#define MAX_DENIED 16
#define MSI_FIRST  0xfee00U /* writes to these frames are interrupts */
#define MSI_LAST   0xfeeffU

static struct {
	uint64_t first, last; /* frame numbers */
} denied[MAX_DENIED];
static unsigned int n_denied;

void iomem_deny(maddr_t start, uint64_t size)
{
	if (n_denied == MAX_DENIED || !size)
		panic("iomem: cannot protect %lx", (unsigned long)start);
	denied[n_denied].first = start >> PAGE_SHIFT;
	denied[n_denied].last = (start + size - 1) >> PAGE_SHIFT;
	n_denied++;
}

bool iomem_allowed(const struct domain *d, mfn_t m)
{
	uint64_t n = mfn_x(m);
	unsigned int i;

	if (!d->privileged || (n >= MSI_FIRST && n <= MSI_LAST))
		return false;
	for (i = 0; i < n_denied; i++)
		if (n >= denied[i].first && n <= denied[i].last)
			return false;
	return true;
}
