/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts that the files of the evil mode share: a seeded generator, and a pool of frames, ports
 * and handles.
 */
#ifndef GUEST_EVIL_H
#define GUEST_EVIL_H

#include "guest.h"

#define POOL_PAGES 32U
#define POOL_TABLES 8U /* the first ones: two of each level */
#define POOL_PORTS 16U
#define POOL_HANDLES 32U

struct evil {
	uint64_t state; /* of the generator */
	uint64_t calls, traps, good;
	uint64_t *args; /* a page for arguments; the page behind it is not mapped */
	struct vcpu_guest_context *context;
};

extern uint8_t *pool_va[POOL_PAGES];
extern uint64_t pool_pte[POOL_PAGES]; /* machine addresses of the entries that map them */
extern volatile uint8_t *user_page;   /* the kernel's view of user mode's code */
extern volatile uint64_t pool_mfn[POOL_PAGES];
extern volatile uint32_t pool_port[POOL_PORTS], pool_handle[POOL_HANDLES];
extern volatile struct grant_entry_v1 *pool_grants;
extern uint32_t timer_ports[2];
extern bool evil_fifo; /* go over to FIFO events: then no timer is heard, and user mode gets no code
			  of random bytes */

/* evil_random.c */
uint64_t random_next(struct evil *e);
uint64_t random_below(struct evil *e, uint64_t n);
void random_keep(
	uint64_t mfn,
	bool keep); /* no random frame will be this one of the kernel's own; or again it may */
/* A value of a kind that is likely to get somewhere; never the kernel's own memory. */
uint64_t random_mfn(struct evil *e);
uint64_t random_address(struct evil *e);
uint64_t random_pte(struct evil *e);
uint64_t random_entry(struct evil *e); /* machine address of an entry */
uint64_t random_value(struct evil *e);
domid_t random_domid(struct evil *e);
uint32_t random_port(struct evil *e);
void random_args(struct evil *e); /* fill the argument page */

/* evil_calls.c: one hypercall with arguments that are half right. */
void evil_call(struct evil *e);
/* evil_long.c: the longest calls, on both vCPUs; says how long an event waited behind one. */
void evil_long(void);

/* evil_traps.c: one fault, instruction, frame or write to a table. */
void evil_trap(struct evil *e);

#endif
