// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log's memory. A plain byte ring with free-running 32-bit positions; index = position mod
 * size.
 *
 * Invariants
 *  1. prod - cons is the number of bytes held, at most size (unsigned arithmetic, so the wrap at
 *     2^32 is harmless).
 *  2. size is a power of two, so position mod size is continuous across that wrap.
 * Locking: none here; printk.c holds its lock around each call.
 */
#include <hv/console/logring.h>
#include <hv/lib/lib.h>

static char *slot(const struct logring *r, uint32_t pos)
{
	return &r->buf[pos & (r->size - 1)];
}

void logring_init(struct logring *r, char *buf, uint32_t size)
{
	struct logring old = *r;
	uint32_t keep = old.buf ? MIN(old.prod - old.cons, size) : 0;
	uint32_t pos;

	*r = (struct logring){.buf = buf, .size = size, .prod = old.prod, .cons = old.prod - keep};
	for (pos = r->cons; pos != r->prod; pos++)
		*slot(r, pos) = *slot(&old, pos);
}

void logring_write(struct logring *r, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		*slot(r, r->prod++) = text[i];
	if (r->prod - r->cons > r->size || n > r->size)
		r->cons = r->prod - r->size;
}

size_t logring_read(const struct logring *r, uint32_t *pos, char *out, size_t max)
{
	uint32_t at = *pos;
	size_t n = 0;

	if (at - r->cons > r->prod - r->cons)
		at = r->cons;
	for (; n < max && at != r->prod; n++, at++)
		out[n] = *slot(r, at);
	*pos = at;
	return n;
}

void logring_discard(struct logring *r, uint32_t pos)
{
	if (pos - r->cons <= r->prod - r->cons)
		r->cons = pos;
}
