/* SPDX-License-Identifier: GPL-2.0-only */
/* One call of a client's: what handlers get, and how they fail. */
#ifndef XAPID_CALL_H
#define XAPID_CALL_H

#include "store.h"

/* Where a call came from. */
struct origin {
	bool local;    /* the local socket, from the daemon's own user or root */
	char peer[64]; /* an address, for the log and for the slow-down */
};

struct call {
	const struct message *message;
	const struct origin *origin;
	struct value **args; /* as many as the message has, each of its type */
	int n_given;         /* how many the client gave; the rest are defaults */
	char session[48];    /* "" in calls without one */
	char task[48];       /* of an asynchronous call, else "" */
	struct value *error; /* once it failed: a set, the code first */
};

/** call_arg(): Return: argument i, borrowed; 0 is the session where there is one. */
struct value *call_arg(const struct call *call, int i);
/** call_text(): Return: argument i as a text, borrowed. */
const char *call_text(const struct call *call, int i);
/**
 * call_object() - the object that argument i refers to, with the store's lock held
 *
 * Return: the object, or NULL after the call failed with HANDLE_INVALID.
 */
struct object *call_object(struct call *call, int i);
/** call_fail(): Fail with an error code and up to NULL its parameters. Return: NULL. */
void *call_fail(struct call *call, const char *code, ...) __attribute__((sentinel));
/** call_failed(): Return: whether it did. */
bool call_failed(const struct call *call);

/*
 * What a handler returns is the result, a new reference; NULL after call_fail(). NULL without a
 * failure is the void result.
 */
typedef struct value *(*handler)(struct call *call);

enum mode {
	CALL_WRITE, /* runs in a transaction, which ends when it returns */
	CALL_READ,  /* runs with the store's lock */
	CALL_FREE,  /* takes the lock and makes transactions itself */
	CALL_OPEN,  /* the same, and needs no session */
};

struct api {
	const char *name; /* of the message; NULL ends a table */
	handler fn;
	enum mode mode;
};

#endif
