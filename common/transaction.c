// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several keys of xenstore, written all at once: a peer that reads them early sees all or nothing.
 */
#include "transaction.h"

#define TRIES 32

/**
 * transaction_run() - write keys in one transaction, again when another writer disturbed it
 * @write: writes the keys; called anew for each of 32 tries at most
 * @data: for @write
 *
 * Return: 0, the error of @write, or -EAGAIN when every try was disturbed.
 *
 * Context: process; may sleep.
 */
int transaction_run(transaction_write_fn write, void *data)
{
	struct xenbus_transaction t;
	int err, tries;

	for (tries = 0; tries < TRIES; tries++) {
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
