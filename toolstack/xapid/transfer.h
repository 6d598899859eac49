/* SPDX-License-Identifier: GPL-2.0-only */
/* The bytes of a VDI over HTTP: /import_raw_vdi and /export_raw_vdi. */
#ifndef XAPID_TRANSFER_H
#define XAPID_TRANSFER_H

#include <sys/types.h>

#include "call.h"

struct transfer;

struct transfer_request {
	const char *session; /* a session's reference */
	const char *vdi;     /* a reference or uuid */
	const char *task;    /* of the client's, to be ended with the transfer; may be NULL */
	const char *format;  /* "raw" or "vhd"; NULL for raw */
	bool import;
};

/**
 * transfer_open() - begin to read or write a VDI's image, which is guarded meanwhile
 * @why: set to an error of XenAPI, a set of strings, after a failure
 *
 * Takes the lock. Return: the transfer, or NULL. transfer_close() ends it.
 */
struct transfer *transfer_open(const struct transfer_request *request, struct value **why);
/** transfer_size(): Return: the image's bytes. */
uint64_t transfer_size(const struct transfer *t);
/** transfer_read(): Read up to n bytes at a place. Return: how many, -1 after an error. */
ssize_t transfer_read(struct transfer *t, uint64_t at, char *data, size_t n);
/** transfer_write(): Append n bytes. Return: false once something went wrong. */
bool transfer_write(struct transfer *t, const char *data, size_t n);
/** transfer_abandon(): The rest of the image will not come. */
void transfer_abandon(struct transfer *t);
/** transfer_close(): End it; takes the lock. Return: whether all of it is on the disk. */
bool transfer_close(struct transfer *t);

#endif
