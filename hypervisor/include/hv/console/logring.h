/* SPDX-License-Identifier: GPL-2.0-only */
/* A byte ring that keeps the newest text: the log that `xl dmesg` reads. */
#ifndef HV_CONSOLE_LOGRING_H
#define HV_CONSOLE_LOGRING_H

#include <hv/types.h>

/* Guarded by the caller's lock. Positions count bytes ever written and wrap at 2^32. */
struct logring {
	char *buf;
	uint32_t size;	/* bytes, a power of two */
	uint32_t prod;	/* position of the next byte */
	uint32_t cons;	/* position of the oldest byte that is kept; prod - cons <= size */
};

/*
 * Use buf (size bytes, a power of two) as the ring's memory and move what the ring holds into it,
 * newest first: called with an empty ring at boot, and once more when there is an allocator. Cannot
 * fail.
 */
void logring_init(struct logring *r, char *buf, uint32_t size);

/* Append n bytes; the oldest give way. */
void logring_write(struct logring *r, const char *text, size_t n);

/*
 * Copy at most max bytes from position *pos on and set *pos behind them; a position that is no
 * longer (or not yet) held starts at the oldest byte. Returns the bytes copied, 0 at the end.
 */
size_t logring_read(const struct logring *r, uint32_t *pos, char *out, size_t max);

/* Forget what stands before pos. A position outside of the ring is ignored. */
void logring_discard(struct logring *r, uint32_t pos);

#endif
