/* SPDX-License-Identifier: GPL-2.0-only */
/* Claim: every constant, size and offset of include/xen is that of the Xen 4.17 interface. */
/* sources: selftests/hosted/abi_ours.c selftests/hosted/abi_reference.c */
#include <stdio.h>
#include <string.h>

#include "abi_table.h"

/* Compare the entries whose description begins with prefix ("" for the constants). */
static int compare(int number, const char *prefix, const char *claim)
{
	unsigned int i, seen = 0, wrong = 0;

	for (i = 0; i < abi_ours_count; i++) {
		const struct abi_number *ours = &abi_ours[i], *reference = &abi_reference[i];
		int is_constant = !strchr(ours->what, '(');

		if (*prefix ? strncmp(ours->what, prefix, strlen(prefix)) != 0 : !is_constant)
			continue;
		seen++;
		if (strcmp(ours->what, reference->what) == 0 && ours->value == reference->value)
			continue;
		wrong++;
		printf("# %s: %llx here, %llx in the reference\n", ours->what, ours->value,
		       reference->value);
	}
	printf("%sok %d - %s (%u compared)\n", wrong || !seen ? "not " : "", number, claim, seen);
	return wrong || !seen;
}

int main(void)
{
	int failed = 0;

	printf("1..4\n");
	if (abi_ours_count != abi_reference_count)
		printf("not ");
	printf("ok 1 - both tables have the same length\n");
	if (abi_ours_count != abi_reference_count)
		return 1;
	failed |= compare(2, "", "constants are equal");
	failed |= compare(3, "sizeof(", "sizes of types and members are equal");
	failed |= compare(4, "offsetof(", "offsets of members are equal");
	return failed;
}
