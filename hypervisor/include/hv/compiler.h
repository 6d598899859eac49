/* SPDX-License-Identifier: GPL-2.0-only */
/* Short names for what the compiler offers. */
#ifndef HV_COMPILER_H
#define HV_COMPILER_H

#define __packed	__attribute__((packed))
#define __aligned(n)	__attribute__((aligned(n)))
#define __section(s)	__attribute__((section(s)))
#define __noreturn	__attribute__((noreturn))
#define __must_check	__attribute__((warn_unused_result))
#define __printf(f, a)	__attribute__((format(printf, f, a)))
#define __maybe_unused	__attribute__((unused))
#define __no_stack_protector __attribute__((no_stack_protector))
#define __noinline	__attribute__((noinline))
#define __cold		__attribute__((cold))	/* calls of it are out of the way */

/*
 * Written during start-up only: read-only from image_seal() on, which is before the first domain.
 */
#define __ro_after_init	__section(".init_data")

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#define CACHE_LINE	64
#define __cacheline	__aligned(CACHE_LINE)

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BIT64(n)	(UINT64_C(1) << (n))
#define ALIGN_UP(x, a)	(((x) + (a) - 1) & ~((__typeof__(x))(a) - 1))
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a) - 1))
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))

/*
 * One access, neither torn, repeated nor left out: for memory that others write at the same time.
 */
#define READ_ONCE(x)	 (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

/* From here on the compiler knows nothing about the value of x. */
#define HIDE_VALUE(x)	__asm__("" : "+r"(x))

#endif
