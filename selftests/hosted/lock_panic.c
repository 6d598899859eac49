/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests that have no CPU and no panic() of their own but whose sources take locks, which
 * lib/lock_check.c checks: out of an archive, so that what a test defines itself comes first.
 */
#include <stdio.h>
#include <stdlib.h>

#include <hv/console/printk.h>

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# panic: ");
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	abort();
}
