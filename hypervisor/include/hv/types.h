/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Basic types. Numbers that must not mix are one-member structs: the compiler refuses to confuse
 * them.
 */
#ifndef HV_TYPES_H
#define HV_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hv/compiler.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	(UINT64_C(1) << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))

#define KIB(n)		((uint64_t)(n) << 10)
#define MIB(n)		((uint64_t)(n) << 20)
#define GIB(n)		((uint64_t)(n) << 30)

typedef uint16_t domid_t;
typedef uint64_t maddr_t;	/* machine (host physical) address, in bytes */
typedef uint64_t gaddr_t;	/* guest virtual address; only copy_{from,to}_guest may follow it */
typedef uint64_t pte_t;		/* page-table entry of any level, as the hardware has it */

/* A machine frame number. mfn_x() and mfn() are the only ways out and in. */
typedef struct {
	uint64_t n;
} mfn_t;

static inline mfn_t mfn(uint64_t n)
{
	return (mfn_t){n};
}

static inline uint64_t mfn_x(mfn_t m)
{
	return m.n;
}

static inline bool mfn_eq(mfn_t a, mfn_t b)
{
	return a.n == b.n;
}

#define MFN_NONE	mfn(~UINT64_C(0))

static inline maddr_t mfn_to_maddr(mfn_t m)
{
	return m.n << PAGE_SHIFT;
}

static inline mfn_t maddr_to_mfn(maddr_t a)
{
	return mfn(a >> PAGE_SHIFT);
}

struct domain;
struct vcpu;
struct frame;
struct regs;

#endif
