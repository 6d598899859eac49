/* SPDX-License-Identifier: GPL-2.0-only */
/* Bits in arrays of 64-bit words. All forms are atomic. */
#ifndef HV_BITOPS_H
#define HV_BITOPS_H

#include <hv/atomic.h>

static inline bool test_bit(const uint64_t *map, uint64_t n)
{
	return atomic_load(&map[n / 64]) >> (n % 64) & 1;
}

static inline void set_bit(uint64_t *map, uint64_t n)
{
	atomic_or(&map[n / 64], BIT64(n % 64));
}

static inline void clear_bit(uint64_t *map, uint64_t n)
{
	atomic_and(&map[n / 64], ~BIT64(n % 64));
}

/* Return the old value. */
static inline bool test_and_set_bit(uint64_t *map, uint64_t n)
{
	return atomic_or(&map[n / 64], BIT64(n % 64)) >> (n % 64) & 1;
}

static inline bool test_and_clear_bit(uint64_t *map, uint64_t n)
{
	return atomic_and(&map[n / 64], ~BIT64(n % 64)) >> (n % 64) & 1;
}

/* Lowest / highest bit that is set; w must not be 0. */
static inline unsigned int first_bit(uint64_t w)
{
	return __builtin_ctzll(w);
}

static inline unsigned int last_bit(uint64_t w)
{
	return 63 - __builtin_clzll(w);
}

#endif
