/* SPDX-License-Identifier: GPL-2.0-only */
/* Several keys of xenstore, written all at once. See transaction.c. */
#ifndef SHOJI_COMMON_TRANSACTION_H
#define SHOJI_COMMON_TRANSACTION_H

#include <xen/xenbus.h>

/* What a user can do when transaction_run() returns -ENOSPC. */
#define TRANSACTION_QUOTA_ADVICE                                                                 \
	"the guest has all nodes that xenstore's quota allows it: detach devices, or raise the " \
	"quota (xenstored --entry-nb)"

typedef int (*transaction_write_fn)(struct xenbus_transaction t, void *data);

/*
 * Call @write in a xenstore transaction, up to 32 times while another writer disturbs it. 0, the
 * error of @write, or -EAGAIN. May sleep.
 */
int transaction_run(transaction_write_fn write, void *data);

#endif
