/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * index_nospec() protects against a CPU that speculates past a failing bound check. The test acts
 * as such a CPU: after each instruction of the checked access in turn it sets the flags as if the
 * comparison had said "below", and checks which element is read.
 */
#define _GNU_SOURCE
#pragma GCC optimize("O2") /* as the hypervisor is compiled: the compiler must not conclude that \
			      there is nothing to do */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

#include <hv/lib/lib.h>

#define BOUND  64
#define BEYOND 1000

static struct {
	uint32_t table[BOUND];
	uint32_t secret[4096];
} memory;

static volatile unsigned int step, pretend_at;

static void pretend(int number, siginfo_t *info, void *context)
{
	ucontext_t *c = context;

	(void)number, (void)info;
	if (step++ == pretend_at)
		c->uc_mcontext.gregs[REG_EFL] |= 0x41; /* carry, zero: below or equal */
}

static __noinline uint32_t look(const uint32_t *table, uint64_t index)
{
	if (index >= BOUND)
		return 0xffffffffU;
	return table[index_nospec(index, BOUND)];
}

static __noinline uint32_t look_stepwise(const uint32_t *table, uint64_t index)
{
	uint32_t seen;

	__asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tlea "
			 "128(%%rsp), %%rsp" ::
				 : "memory", "cc");
	seen = look(table, index);
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\tandq $~0x100, "
			 "(%%rsp)\n\tpopfq\n\tlea 128(%%rsp), %%rsp" ::
				 : "memory", "cc");
	return seen;
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = pretend, .sa_flags = SA_SIGINFO};
	bool went_past = false, leaked = false;
	unsigned int i;

	printf("1..3\n");
	for (i = 0; i < BOUND; i++)
		memory.table[i] = i;
	memset(memory.secret, 0x5e, sizeof(memory.secret));
	sigaction(SIGTRAP, &action, NULL);
	for (pretend_at = 0; pretend_at < 64; pretend_at++) {
		uint32_t seen;

		step = 0;
		seen = look_stepwise(memory.table, BEYOND);
		went_past |= seen != 0xffffffffU;
		leaked |= seen == 0x5e5e5e5eU;
	}
	printf("%sok 1 - the check was gone past\n", went_past ? "" : "not ");
	printf("%sok 2 - what stands beyond the bound is not read even then\n",
	       leaked ? "not " : "");
	i = index_nospec(0, 5) == 0 && index_nospec(4, 5) == 4 && index_nospec(5, 5) == 0 &&
	    index_nospec(~UINT64_C(0), 5) == 0;
	printf("%sok 3 - an index within the bound is left alone\n", i ? "" : "not ");
	return leaked || !went_past || !i;
}
