/* SPDX-License-Identifier: GPL-2.0-only */
/* Several keys of xenstore, written all at once. */
#ifndef SHOJI_TRANSACTION_H
#define SHOJI_TRANSACTION_H

#include <xen/xenbus.h>

/*
 * Run @write in a transaction, again when somebody else disturbed it, 32 times at most. Returns 0,
 * what @write returned, or -EAGAIN. Process context; may sleep.
 */
static inline int shoji_transaction(int (*write)(struct xenbus_transaction t, void *data),
				    void *data)
{
	struct xenbus_transaction t;
	int err, tries;

	for (tries = 0; tries < 32; tries++) {
		err = xenbus_transaction_start(&t);
		if (err)
			return err;
		err = write(t, data);
		if (err) {
			xenbus_transaction_end(t, 1);
			return err;
		}
		err = xenbus_transaction_end(t, 0);
		if (err != -EAGAIN)
			return err;
	}
	return -EAGAIN;
}

#endif
