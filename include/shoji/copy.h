/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copying packets. The kernel's memcpy() is one string instruction where the CPU claims to be
 * good at it, which is right on the CPUs that are, and an order of magnitude too slow where the
 * claim is made by an emulator (a byte a step). So a module measures both at load and takes the
 * faster one: shoji_copy_choose() into its shoji_copy_by_words.
 */
#ifndef SHOJI_COPY_H
#define SHOJI_COPY_H

#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/string.h>

extern bool shoji_copy_by_words; /* of the module; written once, before its first packet */

/*
 * volatile: each word is read once (the source may be shared), and the compiler makes no memcpy
 * of it.
 */
static __always_inline void shoji_copy_line(void *to, const void *from)
{
	const volatile u64 *s = from;
	u64 a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
	volatile u64 *t = to;

	t[0] = a;
	t[1] = b;
	t[2] = c;
	t[3] = d;
	t[4] = e;
	t[5] = f;
	t[6] = g;
	t[7] = h;
}

static inline void shoji_copy_words(void *to, const void *from, size_t bytes)
{
	for (; bytes >= 64; bytes -= 64, to += 64, from += 64)
		shoji_copy_line(to, from);
	for (; bytes >= 8; bytes -= 8, to += 8, from += 8)
		*(volatile u64 *)to = *(const volatile u64 *)from;
	for (; bytes; bytes--, to++, from++)
		*(volatile u8 *)to = *(const volatile u8 *)from;
}

/* Copy @bytes between buffers that do not overlap. Any context. */
static inline void shoji_copy(void *to, const void *from, size_t bytes)
{
	if (shoji_copy_by_words)
		shoji_copy_words(to, from, bytes);
	else
		memcpy(to, from, bytes);
}

/* ns for 16 pages; the largest number when the clock did not move, as an emulated one may. */
static inline u64 shoji_copy_time(u8 *page, bool by_words)
{
	u64 begin = ktime_get_ns(), ns;
	int i;

	for (i = 0; i < 16; i++) {
		if (by_words)
			shoji_copy_words(page + 4096, page, 4096);
		else
			memcpy(page + 4096, page, 4096);
		barrier(); /* sixteen copies, not one */
	}
	ns = ktime_get_ns() - begin;
	return ns ?: U64_MAX;
}

/* Measure both ways; true if words are faster. Best of 8, so that an interrupt does not decide. */
static inline bool shoji_copy_choose(void)
{
	u64 words = U64_MAX, string = U64_MAX;
	u8 *page = kzalloc(2 * 4096, GFP_KERNEL);
	int i;

	if (!page)
		return false;
	for (i = 0; i < 8; i++) {
		words = min(words, shoji_copy_time(page, true));
		string = min(string, shoji_copy_time(page, false));
	}
	kfree(page);
	pr_info("16 pages are copied in %llu ns by words, in %llu ns by memcpy\n", words, string);
	return words < string;
}

#endif
