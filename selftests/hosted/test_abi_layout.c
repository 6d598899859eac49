/* SPDX-License-Identifier: GPL-2.0-only */
/* Claim: every constant, size and offset of include/xen is that of Xen 4.17, and of Xen 4.20. */
/* sources: selftests/hosted/abi_ours.c */
/* sources: selftests/hosted/abi_reference_4_17.c selftests/hosted/abi_reference_4_20.c */
#include <stdio.h>
#include <string.h>

#include "abi_table.h"

struct comparison {
	const char *version;
	const struct abi_number *ours, *reference;
	unsigned int count;
};

static unsigned int claims;

/* Compare the entries whose description begins with prefix ("" for the constants). */
static int compare(const struct comparison *c, const char *prefix, const char *claim)
{
	unsigned int i, seen = 0, wrong = 0;

	for (i = 0; i < c->count; i++) {
		const struct abi_number *ours = &c->ours[i], *reference = &c->reference[i];
		int is_constant = !strchr(ours->what, '(');

		if (*prefix ? strncmp(ours->what, prefix, strlen(prefix)) != 0 : !is_constant)
			continue;
		seen++;
		if (strcmp(ours->what, reference->what) == 0 && ours->value == reference->value)
			continue;
		wrong++;
		printf("# %s: %llx here, %llx in Xen %s\n", ours->what, ours->value,
		       reference->value, c->version);
	}
	printf("%sok %d - %s %s (%u compared)\n", wrong || !seen ? "not " : "", ++claims,
	       c->version, claim, seen);
	return wrong || !seen;
}

static int compare_all(const struct comparison *c, unsigned int reference_count)
{
	int failed = c->count != reference_count;

	printf("%sok %d - %s: both tables have the same length\n", failed ? "not " : "", ++claims,
	       c->version);
	if (failed)
		return 1;
	failed |= compare(c, "", "constants are equal");
	failed |= compare(c, "sizeof(", "sizes of types and members are equal");
	failed |= compare(c, "offsetof(", "offsets of members are equal");
	return failed;
}

int main(void)
{
	const struct comparison older = {"4.17", abi_ours_4_17, abi_reference_4_17,
					 abi_ours_4_17_count};
	const struct comparison newer = {"4.20", abi_ours_4_20, abi_reference_4_20,
					 abi_ours_4_20_count};
	int failed;

	printf("1..8\n");
	failed = compare_all(&older, abi_reference_4_17_count);
	return compare_all(&newer, abi_reference_4_20_count) || failed;
}
