/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two CPUs on one thread, for code that takes no lock. The first CPU executes one machine
 * instruction at a time (by the trap flag); after its n-th instruction the second CPU does all of
 * its work, as if the first had been interrupted for that long. A test that tries every n finds
 * each window in which one other CPU can interfere.
 */
#ifndef INTERLEAVE_H
#define INTERLEAVE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

static volatile unsigned int interleave_step, interleave_at;
static void (*volatile interleave_second)(void);

static void interleave_trap(int number)
{
	(void)number;
	if (interleave_step++ == interleave_at)
		interleave_second();
}

static inline __attribute__((always_inline)) void interleave_flag(bool on)
{
	/* Below the red zone: the compiler may keep values there. */
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "pushfq\n\t"
			 "andq $~0x100, (%%rsp)\n\t"
			 "orq %0, (%%rsp)\n\t"
			 "popfq\n\t"
			 "lea 128(%%rsp), %%rsp"
			 :: "r"(on ? 0x100UL : 0UL) : "memory", "cc");
}

/* False: first() was over before its n-th instruction. */
static __attribute__((unused)) bool interleave(void (*first)(void), void (*second)(void),
					       unsigned int n)
{
	struct sigaction action = {.sa_handler = interleave_trap}, before;

	interleave_step = 0;
	interleave_at = n;
	interleave_second = second;
	sigaction(SIGTRAP, &action, &before);
	interleave_flag(true);
	first();
	interleave_flag(false);
	sigaction(SIGTRAP, &before, NULL);
	return interleave_step > n;
}

#endif
