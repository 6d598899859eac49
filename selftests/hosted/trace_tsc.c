/* SPDX-License-Identifier: GPL-2.0-only */
/* As trace_stub.c, for tests that have no TSC. */
#include <hv/percpu.h>

uint64_t rdtsc(void)
{
	return 0;
}
