/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random arguments that are likely to be accepted: the guest's own frames, ports and entries, and
 * values just beside them.
 */
#include "evil.h"

/* splitmix64: a seed, any seed, and a stream. */
uint64_t random_next(struct evil *e)
{
	uint64_t z = e->state += 0x9e3779b97f4a7c15UL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9UL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebUL;
	return z ^ z >> 31;
}

uint64_t random_below(struct evil *e, uint64_t n)
{
	return random_next(e) % n;
}

#define LOW_FRAMES 0x100000U /* 4 GiB */

/*
 * This kernel's frames that are not in the pool: what it stands on, which it must not give away or
 * write to.
 */
static uint64_t kept[LOW_FRAMES / 64];

void random_keep(uint64_t mfn, bool keep)
{
	if (mfn < LOW_FRAMES)
		kept[mfn / 64] = (kept[mfn / 64] & ~(1UL << mfn % 64)) | (uint64_t)keep << mfn % 64;
}

/* Below 4 GiB: RAM and devices. */
static uint64_t low_frame(struct evil *e)
{
	uint64_t mfn = random_below(e, LOW_FRAMES);

	return kept[mfn / 64] >> mfn % 64 & 1 ? pool_mfn[0] : mfn;
}

uint64_t random_mfn(struct evil *e)
{
	static uint64_t foreign, hypervisor;

	switch (random_below(e, 16)) {
	case 0: return foreign ? foreign : (foreign = foreign_mfn());
	case 1: return hypervisor ? hypervisor : (hypervisor = hypervisor_mfn());
	case 2: return low_frame(e);
	case 3: return random_next(e);
	default: return pool_mfn[random_below(e, POOL_PAGES)];
	}
}

uint64_t random_address(struct evil *e)
{
	static const uint64_t bad[] = {0,
				       BAD_UNMAPPED,
				       BAD_HV,
				       BAD_NONCANON,
				       BAD_WRAP,
				       HYPERVISOR_VIRT_START - 8,
				       HYPERVISOR_VIRT_END,
				       MACH2PHYS_VIRT_START,
				       0x7ffffffffff8,
				       ~0UL};
	uint64_t r = random_below(e, 16);

	if (r == 0)
		return bad[random_below(e, ARRAY_SIZE(bad))];
	if (r == 1)
		return random_next(e) | 0xffff800000000000UL * (random_next(e) & 1);
	if (r < 6)
		return (uint64_t)e->args + random_below(e, PAGE_SIZE);
	if (r < 12)
		return (uint64_t)e->args + random_below(e, 64) * 8;
	return (uint64_t)pool_va[random_below(e, POOL_PAGES)] +
	       (r & 1 ? random_below(e, PAGE_SIZE) : 0);
}

uint64_t random_pte(struct evil *e)
{
	uint64_t pte = random_mfn(e) << 12 | PTE_P;
	uint64_t r = random_below(e, 8);

	if (r == 0)
		return 0;
	if (r == 1)
		return random_next(e);
	pte |= random_next(e) & (PTE_RW | PTE_US | PTE_A | PTE_D | PTE_NX);
	if (r == 2)
		pte |= random_next(e) & 0xfff;
	return pte;
}

/* Entries of the pool's tables, of the tables that map the pool, and sometimes anything. */
uint64_t random_entry(struct evil *e)
{
	uint64_t r = random_below(e, 16), mfn;

	if (r == 0)
		return random_mfn(e) << 12 | (random_next(e) & 0xfff);
	if (r < 5)
		return pool_pte[random_below(e, POOL_PAGES)];
	/* The upper halves of L4 tables may be what this kernel stands on. */
	mfn = pool_mfn[random_below(e, r < 12 ? POOL_TABLES : POOL_PAGES)];
	return mfn << 12 | random_below(e, 256) * 8;
}

domid_t random_domid(struct evil *e)
{
	switch (random_below(e, 8)) {
	case 0: return 0;
	case 1: return own_domid;
	case 2: return (domid_t)random_next(e);
	case 3: return (domid_t)(DOMID_SELF + random_below(e, 8));
	default: return DOMID_SELF;
	}
}

uint32_t random_port(struct evil *e)
{
	switch (random_below(e, 8)) {
	case 0: return (uint32_t)random_next(e);
	case 1: return (uint32_t)random_below(e, 4200);
	default: return pool_port[random_below(e, POOL_PORTS)];
	}
}

uint64_t random_value(struct evil *e)
{
	switch (random_below(e, 12)) {
	case 0: return random_next(e);
	case 1: return random_below(e, 8);
	case 2: return random_port(e);
	case 3: return random_mfn(e);
	case 4: return random_pte(e);
	case 5: return random_entry(e);
	case 6: return random_domid(e);
	case 7: return pool_handle[random_below(e, POOL_HANDLES)];
	case 8: return 1UL << random_below(e, 64);
	case 9: return random_below(e, 0x10000);
	default: return random_address(e);
	}
}

void random_args(struct evil *e)
{
	unsigned int i, n = 1 + (unsigned int)random_below(e, 12);

	for (i = 0; i < n; i++) {
		uint64_t v = random_value(e);

		if (random_below(e, 3) == 0)
			v = (v & 0xffffffff) | random_value(e) << 32;
		e->args[random_below(e, 16)] = v;
	}
}
