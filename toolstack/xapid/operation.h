/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An operation takes long, runs without the store's lock, and excludes others on the same thing.
 *
 * The thing is guarded in memory; the object's current_operations show it to clients; and the
 * journal has it, so that the next life of a daemon that died meanwhile ends or undoes it.
 */
#ifndef XAPID_OPERATION_H
#define XAPID_OPERATION_H

#include "call.h"

struct operation {
	char guard[48];  /* the reference of what is guarded: a VM for its devices, too */
	char object[48]; /* whose current_operations show it; "" if none does */
	char key[48];
	long long journal;
};

/**
 * operation_begin() - begin an operation, in a transaction
 * @guard: what no other operation may be about meanwhile
 * @object: whose current_operations get an entry; NULL for none
 * @name: a value of that field's enumeration, and what the journal says
 *
 * Return: false after the call failed, with OTHER_OPERATION_IN_PROGRESS. If the transaction does
 * not end well, call operation_drop().
 */
bool operation_begin(struct call *call, struct operation *op, struct object *guard,
		     struct object *object, const char *name);
/** operation_end(): End it, in a transaction. */
void operation_end(struct operation *op);
/** operation_drop(): Give up the guard alone; takes the lock. */
void operation_drop(struct operation *op);
/** operation_guard(): Guard something without a call. Return: false if it is guarded. */
bool operation_guard(struct operation *op, const struct object *guard);
/** operation_clock(): Return: a mark in time, for operation_since(). The lock is held. */
uint64_t operation_clock(void);
/**
 * operation_since() - whether an operation is, or has been, about something since a mark
 *
 * What was learned of it between the mark and now, without the lock, may then be out of date. The
 * lock is held.
 */
bool operation_since(const char *ref, uint64_t mark);
/** operation_busy(): Return: whether an operation guards this reference. The lock is held. */
bool operation_busy(const char *ref);

#endif
