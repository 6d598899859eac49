// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stack protector's canary. GS is the guest's, so all CPUs share one word; it is drawn anew at
 * each start and read-only from image_seal() on. Its lowest byte is zero, which no string function
 * writes past.
 */
#include <x86/canary.h>
#include <arch/msr.h>
#include <hv/console/printk.h>
#include <hv/percpu.h>

uint64_t __stack_chk_guard __ro_after_init = UINT64_C(0x6c1f9b3d5ae72400);

void __stack_chk_fail(void) __noreturn;

/*
 * One step of a generator whose every output bit depends on every input bit (the finaliser of
 * SplitMix64).
 */
static inline uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* The CPU's random number, or 0: it has none, or gave none in ten tries. */
static inline uint64_t rdrand(void)
{
	uint32_t a, b, c, d;
	uint64_t value;
	bool good = false;

	cpuid(1, 0, &a, &b, &c, &d);
	for (unsigned int i = 0; (c >> 30 & 1) && i < 10 && !good; i++)
		__asm__ volatile("rdrand %0; setc %1" : "=r"(value), "=qm"(good) :: "cc");
	return good ? value : 0;
}

/*
 * Functions that hold a canary must not return into one that was entered before: called first, from
 * what never returns.
 */
void __no_stack_protector canary_init(void)
{
	__stack_chk_guard = mix(rdrand() ^ mix(rdtsc())) & ~UINT64_C(0xff);
}

/* Called by a function of ours, or of the decoders, that finds its canary changed. */
void __stack_chk_fail(void)
{
	panic("the stack was overwritten, as seen at the end of the function at %016lx",
	      (unsigned long)__builtin_return_address(0));
}
