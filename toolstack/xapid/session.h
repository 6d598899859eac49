/* SPDX-License-Identifier: GPL-2.0-only */
/* Sessions: who has logged in, and what they have registered for. */
#ifndef XAPID_SESSION_H
#define XAPID_SESSION_H

#include "call.h"

struct session {
	char ref[48];
	time_t last_used; /* CLOCK_MONOTONIC */
	/* For event.register and event.next. */
	struct value *classes; /* a set, NULL while nothing is registered */
	uint64_t seen;         /* the generation up to which events were given out */
};

/** session_use(): Return: whether the session exists; it is young again. The lock is held. */
bool session_use(const char *ref);
/** session_find(): Return: the session, or NULL. The store's lock is held. */
struct session *session_find(const char *ref);
/** session_api: the messages of the class session. */
extern const struct api session_api[];

#endif
