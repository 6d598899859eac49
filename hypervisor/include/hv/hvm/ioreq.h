/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a device model is asked (hvm/ioreq.c): what it has claimed, the page with a slot for each
 * vCPU, and the page of writes that nobody waits for. Pages are shared with the device model, which
 * may write anything into them at any time; each function reads a word of theirs once.
 *
 * Who calls serialises: a slot is its vCPU's, ranges and the buffered page have the caller's lock.
 */
#ifndef HV_HVM_IOREQ_H
#define HV_HVM_IOREQ_H

#include <hv/types.h>

/* ---- what is claimed ---- */

enum ioreq_space { IOREQ_PORT, IOREQ_MEMORY, IOREQ_PCI, IOREQ_SPACES };

#define IOREQ_RANGES	256u

/* Sorted, none overlaps another. */
struct ioreq_ranges {
	unsigned int n;
	struct ioreq_range {
		uint64_t first, last;
	} range[IOREQ_RANGES];
};

/* Claim first to last, both included. 0, -EINVAL, -EEXIST: some of it is claimed, -ENOSPC. */
int ioreq_claim(struct ioreq_ranges *r, uint64_t first, uint64_t last);
/*
 * Give it back: all of one range, or a part. 0, -EINVAL, -ENOENT: it is not claimed, -ENOSPC: what
 * is left of a range would be one more than there may be.
 */
int ioreq_disclaim(struct ioreq_ranges *r, uint64_t first, uint64_t last);
/* Is all of it claimed by one range? */
bool ioreq_claimed(const struct ioreq_ranges *r, uint64_t first, uint64_t last);

/* ---- a vCPU's slot ---- */

enum ioreq_type {
	IOREQ_TYPE_PORT = 0,
	IOREQ_TYPE_MEMORY = 1,
	IOREQ_TYPE_PCI = 2,
	IOREQ_TYPE_TIMEOFFSET = 7,
	IOREQ_TYPE_INVALIDATE = 8
};

/* As the device model sees it. */
struct ioreq_slot {
	uint64_t addr;
	uint64_t data;		/* the value, or where it is in the guest's memory */
	uint32_t count;		/* of a string instruction */
	uint32_t size;		/* bytes of one */
	uint32_t port;		/* the event channel of this vCPU */
	uint16_t pad;
	uint8_t how;		/* bits 0-3 state, IOREQ_* */
	uint8_t type;
};
_Static_assert(sizeof(struct ioreq_slot) == 32 && offsetof(struct ioreq_slot, how) == 30,
	       "128 slots a page, as device models read them");

#define IOREQ_STATE	0x0fu
#define IOREQ_POINTER	0x10u	/* data is an address */
#define IOREQ_READ	0x20u
#define IOREQ_DOWN	0x40u	/* the direction flag */

enum ioreq_state { IOREQ_NONE, IOREQ_READY, IOREQ_IN_PROCESS, IOREQ_ANSWERED };

struct ioreq {
	uint64_t addr, data;
	uint32_t count;
	uint8_t size;		/* 1, 2, 4, 8 */
	uint8_t type;		/* enum ioreq_type */
	bool read, pointer, down;
};

/* Ask. False: the slot is not free, so the device model has broken the protocol. */
bool ioreq_ask(struct ioreq_slot *slot, const struct ioreq *q);

enum ioreq_answer { IOREQ_DONE, IOREQ_WAIT, IOREQ_BROKEN };

/*
 * What has become of it? IOREQ_DONE: *data is the answer, and the slot is free. IOREQ_BROKEN: the
 * slot says what cannot be.
 */
enum ioreq_answer ioreq_look(struct ioreq_slot *slot, uint64_t *data);

/* ---- writes that nobody waits for ---- */

#define IOREQ_BUFFERED	511u

struct ioreq_buffer {
	uint32_t read __aligned(8);	/* the device model's; changed with the next in one word */
	uint32_t write;		/* ours */
	struct {
		uint32_t what;	/* bits 0-7 type, 10-11 log2 of the size, 12-31 address */
		uint32_t data;
	} entry[IOREQ_BUFFERED];
};
_Static_assert(sizeof(struct ioreq_buffer) == 4096, "one page");

/*
 * Put a write there. False: it does not fit (its kind, address or size), or there is no room: it is
 * to be asked. atomic: the device model changes `read` by locked instructions, so both counters are
 * brought back below IOREQ_BUFFERED when they can be.
 */
bool ioreq_buffer(struct ioreq_buffer *b, const struct ioreq *q, bool atomic);

#endif
