// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying packets. The kernel's memcpy() is one string instruction where the CPU claims to be good
 * at it. The claim is right on real CPUs; made by an emulator, which copies a byte a step, it is
 * wrong by an order of magnitude. So a module measures both ways when it is loaded.
 *
 * Contexts: copy_choose() once, from module_init, before the first packet; the others in any.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "copy.h"

#include <linux/cache.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/string.h>

#define ROUNDS 8  /* the best of so many counts, so that no interrupt decides */
#define PAGES  16 /* that a round copies */

static bool by_words __ro_after_init;

/* volatile: each word is read once (the source may be shared), and this becomes no memcpy(). */
static __always_inline void copy_line(void *to, const void *from)
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

/**
 * copy_words() - copy between buffers that do not overlap, each word of @from read once
 * @to: destination
 * @from: source; memory that a peer may write meanwhile is allowed
 * @bytes: how many
 *
 * Context: any.
 */
void copy_words(void *to, const void *from, size_t bytes)
{
	for (; bytes >= 64; bytes -= 64, to += 64, from += 64)
		copy_line(to, from);
	for (; bytes >= 8; bytes -= 8, to += 8, from += 8)
		*(volatile u64 *)to = *(const volatile u64 *)from;
	for (; bytes; bytes--, to++, from++)
		*(volatile u8 *)to = *(const volatile u8 *)from;
}

/**
 * copy_bytes() - copy between buffers that do not overlap, the way that copy_choose() chose
 * @to: destination
 * @from: source
 * @bytes: how many
 *
 * Context: any.
 */
void copy_bytes(void *to, const void *from, size_t bytes)
{
	if (by_words)
		copy_words(to, from, bytes);
	else
		memcpy(to, from, bytes);
}

/* ns for a round; the largest number when the clock did not move, as an emulated one may. */
static u64 copy_time(u8 *page, bool words)
{
	u64 begin = ktime_get_ns(), ns;
	int i;

	for (i = 0; i < PAGES; i++) {
		if (words)
			copy_words(page + 4096, page, 4096);
		else
			memcpy(page + 4096, page, 4096);
		barrier(); /* sixteen copies, not one */
	}
	ns = ktime_get_ns() - begin;
	return ns ?: U64_MAX;
}

/**
 * copy_choose() - measure both ways and let copy_bytes() take the faster one; log the times
 *
 * Without memory for the measurement it is memcpy().
 *
 * Context: process, in module_init.
 */
void __init copy_choose(void)
{
	u64 words = U64_MAX, string = U64_MAX;
	u8 *page = kzalloc(2 * 4096, GFP_KERNEL);
	int i;

	if (!page)
		return;
	for (i = 0; i < ROUNDS; i++) {
		words = min(words, copy_time(page, true));
		string = min(string, copy_time(page, false));
	}
	kfree(page);
	pr_info("16 pages are copied in %llu ns by words, in %llu ns by memcpy\n", words, string);
	by_words = words < string;
}
