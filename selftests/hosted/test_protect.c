/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: the walk of the hypervisor's page tables finds each way in which an entry can break a
 * rule, and nothing else.
 */
/* sources: hypervisor/mm/protect.c */
#include <stdlib.h>
#include <string.h>

#include <hv/layout.h>
#include <hv/mm/directmap.h>
#include <hv/mm/protect.h>
#include <hv/mm/pte_rules.h>

#include "log_capture.h"

#define TEXT  UINT64_C(0x200000)
#define SIZE  UINT64_C(0x3000) /* of text; constants are as long */
#define RW    (PTE_P | PTE_RW)
#define DATA  (RW | PTE_NX)
#define CONST (PTE_P | PTE_NX)

static const struct protect_image image = {IMAGE_VIRT + TEXT, TEXT, SIZE, SIZE};
static pte_t pool[32][512] __aligned(4096);
static unsigned int used;

/* Tables are known by their number: "machine addresses" from 1 GiB. */
void *maddr_to_virt(maddr_t a)
{
	return pool[(a - GIB(1)) / PAGE_SIZE];
}

static void reset(void)
{
	memset(pool, 0, sizeof(pool));
	used = 1;
}

/* An entry at va in a table of `level`, below tables with the flags `above`. */
static void put(uint64_t va, unsigned int level, pte_t e, pte_t above)
{
	pte_t *table = pool[0];

	for (unsigned int l = 4; l > level; l--) {
		pte_t *up = &table[va >> (12 + 9 * (l - 1)) & 511];

		if (!*up)
			*up = (GIB(1) + used++ * PAGE_SIZE) | above;
		table = maddr_to_virt(*up & PTE_ADDR);
	}
	table[va >> (12 + 9 * (level - 1)) & 511] = e;
}

/* The walk finds this, and only this; ~0: nothing. */
static bool finds(unsigned int rule, uint64_t entries)
{
	struct protect_result r;
	bool good;

	protect_walk(pool[0], &image, &r);
	good = r.entries == entries;
	for (unsigned int i = 0; i < PROTECT_RULES; i++)
		good = good && r.broken[i] == (i == rule);
	reset();
	return good;
}

static void one(const char *claim, unsigned int rule, uint64_t va, unsigned int level, pte_t e,
		pte_t above)
{
	put(va, level, e, above);
	result(finds(rule, 1), claim);
}

int main(void)
{
	printf("1..20\n");
	reset();
	result(finds(~0U, 0), "an empty table");
	one("text at its own address", ~0U, IMAGE_VIRT + TEXT, 1, TEXT | PTE_P, RW);
	one("constants", ~0U, IMAGE_VIRT + TEXT + SIZE, 1, (TEXT + SIZE) | CONST, RW);
	one("data, and in 2 MiB", ~0U, DIRECTMAP_VIRT + MIB(8), 2, MIB(8) | DATA | PTE_PSE, RW);
	one("the M2P, for all to read", ~0U, M2P_VIRT, 2, MIB(8) | CONST | PTE_US | PTE_PSE,
	    RW | PTE_US);
	one("an entry for users below a table that is not", ~0U, VMAP_VIRT, 1,
	    MIB(8) | DATA | PTE_US, RW);
	one("a writable entry below a table that is not", ~0U, IMAGE_VIRT + TEXT, 1, TEXT | RW,
	    PTE_P);
	one("an executable entry below a table that is not", ~0U, VMAP_VIRT, 1, MIB(8) | PTE_P,
	    RW | PTE_NX);

	one("writable and executable, 4 KiB", PROTECT_WX, VMAP_VIRT, 1, MIB(8) | RW, RW);
	one("writable and executable, 2 MiB", PROTECT_WX, DIRECTMAP_VIRT, 2, MIB(8) | RW | PTE_PSE,
	    RW);
	one("writable and executable, 1 GiB at a low address", PROTECT_WX, 0, 3, RW | PTE_PSE, RW);
	one("the text itself, writable", PROTECT_WX, IMAGE_VIRT + TEXT, 1, TEXT | RW, RW);
	one("other memory at the text's address", PROTECT_EXEC, IMAGE_VIRT + TEXT, 1,
	    MIB(8) | PTE_P, RW);
	one("the text at another address", PROTECT_EXEC, DIRECTMAP_VIRT + TEXT, 1, TEXT | PTE_P,
	    RW);
	one("behind the text's end", PROTECT_EXEC, IMAGE_VIRT + TEXT + SIZE, 1,
	    (TEXT + SIZE) | PTE_P, RW);
	one("a writable way to the last constant", PROTECT_ALIAS, VMAP_VIRT, 1,
	    (TEXT + 2 * SIZE - PAGE_SIZE) | DATA, RW);
	one("the direct map's 2 MiB with the text in it", PROTECT_ALIAS, DIRECTMAP_VIRT + TEXT, 2,
	    TEXT | DATA | PTE_PSE, RW);
	one("a page for users", PROTECT_USER, VMAP_VIRT, 1, MIB(8) | CONST | PTE_US, RW | PTE_US);
	one("the M2P for users to write", PROTECT_USER, M2P_VIRT, 2,
	    MIB(8) | DATA | PTE_US | PTE_PSE, RW | PTE_US);

	put(VMAP_VIRT, 1, MIB(8) | DATA, RW);
	put(DIRECTMAP_VIRT + MIB(2), 2, MIB(2) | DATA | PTE_PSE, RW);
	result(protect_is_mapped(pool[0], VMAP_VIRT) &&
		       !protect_is_mapped(pool[0], VMAP_VIRT + PAGE_SIZE) &&
		       protect_is_mapped(pool[0], DIRECTMAP_VIRT + MIB(2) + 8 * PAGE_SIZE) &&
		       !protect_is_mapped(pool[0], DIRECTMAP_VIRT) &&
		       !protect_is_mapped(pool[0], IMAGE_VIRT),
	       "what is mapped, and the page beside it");
	return tap_failures != 0;
}
