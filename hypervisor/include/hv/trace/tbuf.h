/* SPDX-License-Identifier: GPL-2.0-only */
/* The trace buffer of one CPU (trace/tbuf.c, which has the rules 1-4). Private to trace/. */
#ifndef HV_TRACE_TBUF_H
#define HV_TRACE_TBUF_H

#include <hv/types.h>
#include <xen/trace.h>

struct tbuf {
	struct t_buf *meta;   /* its first bytes, which Domain-0 maps */
	const uint32_t *mfns; /* its pages; Domain-0 can read the list and not write it */
	uint32_t size;        /* bytes of data, behind meta */
	uint32_t prod;        /* where the next record goes: what meta has is a copy */
	uint32_t lost;        /* records since the last that found room */
	uint64_t lost_tsc;    /* when the first of them was due */
	bool bad_cons;        /* Domain-0 wrote what no consumer writes */
};

struct tbuf_record {
	uint32_t event;
	uint32_t n; /* words, at most TRACE_EXTRA_MAX */
	const uint32_t *words;
	uint64_t tsc;
	uint32_t who; /* what ran: the domain's id | the vCPU's << 16 */
};

/*
 * *b is a buffer of so many pages, 1..65535, that are zeroed; mfns stays in use. Nobody else uses
 * *b yet.
 */
void tbuf_init(struct tbuf *b, const uint32_t *mfns, uint32_t pages);
/*
 * Append a record, or count it as lost. True: whoever reads should be told, that it is half full or
 * that bad_cons was just set. This CPU's buffer, interrupts off.
 */
bool tbuf_put(struct tbuf *b, const struct tbuf_record *r);

#endif
