/* SPDX-License-Identifier: GPL-2.0-only */
/* Claim: for any 64 bits, a page-table entry is accepted only if the rules permit it. */
/* sources: hypervisor/mm/pte_rules.c */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <hv/mm/pte_rules.h>

static unsigned int number, failures;

static const struct pte_policy guest = {.address_mask = PTE_ADDR & (BIT64(40) - 1),
					.force_user = true};
static const struct pte_policy guest_global = {
	.address_mask = PTE_ADDR & (BIT64(40) - 1), .force_user = true, .global_user = true};
static const struct pte_policy driver = {
	.address_mask = PTE_ADDR & (BIT64(40) - 1), .force_user = true, .cache_attributes = true};
static const struct pte_policy ring1 = {.address_mask = PTE_ADDR, .cache_attributes = true};

/* RAM up to 4 GiB, 40 address bits, and L1TF. */
static const struct pte_policy l1tf = {
	.address_mask = PTE_ADDR & (BIT64(40) - 1), .force_user = true, .l1tf_limit = GIB(4)};

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

static pte_t any(void)
{
	pte_t e = 0;
	unsigned int i;

	for (i = 0; i < 5; i++)
		e = e << 15 ^ (pte_t)rand();
	return e;
}

static void test_examples(void)
{
	pte_t out = 1;

	result(!pte_check(&guest, 1, 0xffffffffffff0ffe, &out) && out == 0xffffffffffff0ffe,
	       "an entry that is not present may say anything");
	result(!pte_check(&guest, 1, 0x1000 | PTE_P | PTE_RW, &out) &&
		       out == (0x1000 | PTE_P | PTE_RW | PTE_US | PTE_GUEST_KERNEL),
	       "a kernel leaf becomes a user page with the marker");
	result(!pte_check(&guest_global, 1, out | PTE_G, &out) && !(out & PTE_G) &&
		       (out & PTE_GUEST_KERNEL),
	       "a kernel leaf that is read and written back keeps the marker and is not global");
	result(!pte_check(&guest_global, 1, 0x1000 | PTE_P | PTE_US, &out) && (out & PTE_G) &&
		       !(out & PTE_GUEST_KERNEL),
	       "a user leaf is global where the policy says so");
	result(!pte_check(&guest, 1, 0x1000 | PTE_P | PTE_US | PTE_G, &out) && !(out & PTE_G),
	       "and is not where it does not, even if the guest wants it");
	result(pte_check(&guest, 1, 0x1000 | PTE_P | PTE_PAT, &out) == -EINVAL &&
		       pte_check(&guest, 1, 0x1000 | PTE_P | PTE_PCD, &out) == -EINVAL &&
		       !pte_check(&driver, 1, 0x1000 | PTE_P | PTE_PAT | PTE_PWT, &out) &&
		       (out & PTE_PAT),
	       "cache attributes are for domains with devices");
	result(pte_check(&guest, 2, 0x200000 | PTE_P | PTE_PSE, &out) == -EINVAL &&
		       pte_check(&guest, 3, PTE_P | PTE_PSE, &out) == -EINVAL &&
		       pte_check(&guest, 4, PTE_P | PTE_PSE, &out) == -EINVAL,
	       "large pages are refused at every level");
	result(pte_check(&guest, 1, BIT64(40) | PTE_P, &out) == -EINVAL &&
		       pte_check(&guest, 3, BIT64(51) | PTE_P, &out) == -EINVAL,
	       "address bits that the machine does not have are refused");
	result(!pte_check(&ring1, 1, 0x1000 | PTE_P | PTE_RW, &out) && !(out & PTE_US),
	       "a kernel outside of ring 3 keeps its supervisor pages");
	result(!pte_check(&ring1, 1, 0x1000 | PTE_P | PTE_US | PTE_G | PTE_GUEST_KERNEL, &out) &&
		       out == (0x1000 | PTE_P | PTE_US),
	       "and its user pages; none is global or has the marker");
	result(!pte_check(&ring1, 4, 0x1000 | PTE_P, &out) && out == (0x1000 | PTE_P | PTE_A),
	       "its tables keep U/S, too");
	result(!pte_check(&guest, 4, 0x1000 | PTE_P, &out) && (out & PTE_A) && (out & PTE_US),
	       "an L4 entry is accessed and user");
	result(pte_slot_is_private(4, 256) && pte_slot_is_private(4, 271) &&
		       !pte_slot_is_private(4, 255) && !pte_slot_is_private(4, 272) &&
		       !pte_slot_is_private(3, 256),
	       "sixteen slots of an L4 are the hypervisor's");
}

static void test_l1tf(void)
{
	bool every = true;
	pte_t out;

	for (unsigned int level = 1; level <= 4; level++) {
		every &= pte_check(&l1tf, level, 0x1000, &out) == -EINVAL &&
			 pte_check(&l1tf, level, 0x1000 | PTE_PSE, &out) == -EINVAL &&
			 pte_check(&l1tf, level, (GIB(4) - 4096) | PTE_RW | PTE_US, &out) ==
				 -EINVAL &&
			 !pte_check(&l1tf, level, GIB(4), &out);
	}
	result(every,
	       "L1TF: an entry that is not present and names memory is refused at every level");
	result(!pte_check(&l1tf, 1, 0, &out) && !pte_check(&l1tf, 2, 0xffe, &out) &&
		       !pte_check(&l1tf, 1, PTE_NX | PTE_AVAIL_HIGH, &out),
	       "one without an address is not");
	result(!pte_check(&l1tf, 1, ~UINT64_C(0x12345000) & (PTE_ADDR | 0xffe), &out) &&
		       out == (~UINT64_C(0x12345000) & (PTE_ADDR | 0xffe)),
	       "nor Linux's inverted ones: swap entries and PROT_NONE");
	result(pte_check(&l1tf, 1, BIT64(45) | 0x5000, &out) == -EINVAL &&
		       pte_check(&l1tf, 1, BIT64(51) | 0x5000, &out) == -EINVAL,
	       "address bits that the CPU does not have hide no memory");
	result(!pte_check(&guest, 1, 0x1000, &out) && !pte_check(&l1tf, 1, 0x1000 | PTE_P, &out),
	       "without L1TF, or present, it is as before");
}

/* What must hold for every entry that passed. */
static bool sound(const struct pte_policy *p, unsigned int level, pte_t in, pte_t out)
{
	pte_t again;

	if (!(in & PTE_P))
		return out == in &&
		       (!(in & p->address_mask) || (in & p->address_mask) >= p->l1tf_limit);
	if (!(out & PTE_P) || pte_mfn(out).n != pte_mfn(in).n || (out & PTE_RW) != (in & PTE_RW) ||
	    (out & PTE_NX) != (in & PTE_NX) || (out & PTE_AVAIL) != (in & PTE_AVAIL))
		return false;
	if (out & PTE_ADDR & ~p->address_mask)
		return false;
	if ((out & PTE_US) != (p->force_user ? PTE_US : in & PTE_US))
		return false;
	if ((out & PTE_G) && !p->global_user)
		return false;
	if (level > 1 && (out & (PTE_PSE | PTE_PWT | PTE_PCD | PTE_G)))
		return false;
	if (level == 1 && !p->cache_attributes && (out & PTE_CACHE))
		return false;
	/* What was written may be written again. */
	return !pte_check(p, level, out, &again) && again == out;
}

static void test_random(void)
{
	static const struct pte_policy *const policies[] = {&guest, &guest_global, &driver, &ring1,
							    &l1tf};
	unsigned long i, passed = 0,
			 steps = getenv("STEPS") ? strtoul(getenv("STEPS"), NULL, 0) : 2000000;
	bool good = true, counted = true;

	srand(7);
	for (i = 0; i < steps && good; i++) {
		const struct pte_policy *p = policies[rand() % 5];
		unsigned int level = 1 + (unsigned int)rand() % 4;
		pte_t in = any(), out, other;

		if (rand() % 2)
			in &= ~(PTE_PSE | PTE_PWT | PTE_PCD | PTE_G |
				(PTE_ADDR & ~p->address_mask));
		if (pte_check(p, level, in, &out))
			continue;
		passed++;
		good &= sound(p, level, in, out);
		/*
		 * One bit changed: same references only if neither frame, presence nor (at L1) RW
		 * or cache changed.
		 */
		other = out ^ BIT64(rand() % 64);
		if (pte_same_references(level, out, other) && ((out | other) & PTE_P)) {
			pte_t diff = out ^ other;

			counted &= !(diff & (PTE_P | PTE_ADDR)) &&
				   !(level == 1 && (diff & (PTE_RW | PTE_CACHE)));
		}
	}
	printf("# seed 7, %lu entries, %lu passed\n", i, passed);
	result(good && passed > steps / 10,
	       "every entry that passes is sound and passes again unchanged");
	result(counted, "a changed frame, presence, write permission or cache attribute is never "
			"'the same'");
}

static void test_same(void)
{
	pte_t e = 0x5000 | PTE_P | PTE_RW | PTE_US;

	result(pte_same_references(1, e, e | PTE_A | PTE_D | PTE_NX | BIT64(9)),
	       "accessed, dirty and software bits are free");
	result(!pte_same_references(1, e, e & ~PTE_RW) && pte_same_references(2, e, e & ~PTE_RW),
	       "write permission counts in a leaf only");
	result(pte_same_references(1, 0, 0x7770) && !pte_same_references(1, e, 0) &&
		       !pte_same_references(1, 0, e),
	       "absence refers to nothing");
}

int main(void)
{
	printf("1..23\n");
	test_examples();
	test_l1tf();
	test_same();
	test_random();
	return failures != 0;
}
