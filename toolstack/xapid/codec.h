/* SPDX-License-Identifier: GPL-2.0-only */
/* What both codecs share: a request, and the limits of one. */
#ifndef XAPID_CODEC_H
#define XAPID_CODEC_H

#include "value.h"

/* A request beyond these is refused; http.c bounds its bytes. */
enum {
	CODEC_DEPTH = 32,      /* sets and maps within each other; the model has three */
	CODEC_VALUES = 100000, /* values in one request */
};

struct request {
	char *method;         /* free() */
	struct value *params; /* a set */
	struct value *id;     /* JSON-RPC's: a string or integer, echoed in the answer */
	int version;          /* JSON-RPC's: 1 or 2 */
};

/** codec_free(): Free what a decoder put into a request; an empty one is allowed. */
void codec_free(struct request *request);

#endif
