/* SPDX-License-Identifier: GPL-2.0-only */
/* What plugging and unplugging of VBDs and VIFs has in common. */
#ifndef XAPID_DEVICE_H
#define XAPID_DEVICE_H

#include "call.h"
#include "operation.h"

struct device_work {
	struct call *call;
	struct operation op;
	char device[48];
	unsigned int domid;
	bool medium;       /* not the device, but what is in it changes: */
	char inserted[48]; /* the VDI, "" for none */
};

/** device_vm(): Return: the VM that a new device's record names, or NULL after a failure. */
struct object *device_vm(struct call *call, const struct value *record);
/** device_number(): Return: the number that a text is, below the limit, or -1. */
int device_number(const char *text, unsigned int limit);
/**
 * device_place() - the number of a new device
 * @wanted: as the client wrote it; nothing, or "autodetect": the first that is free
 * @n: the number that this means, or -1
 * @used: a bit for each number that another device of the VM has
 * @limit: of numbers, at most 32
 *
 * Return: the number, or -1 after a failure.
 */
int device_place(struct call *call, const char *wanted, int n, unsigned int used,
		 unsigned int limit);
/** device_destroy(): VBD.destroy, VIF.destroy: the object of argument 1 and its metrics go. */
struct value *device_destroy(struct call *call);
/**
 * device_begin() - begin to plug or unplug the device of argument 1
 * @attached: whether it has to be attached, or not to be
 *
 * Return: the device, in a transaction, its VM guarded; or NULL after a failure, in none.
 */
struct object *device_begin(struct call *call, struct device_work *w, const char *operation,
			    bool attached);
/** device_abort(): Give up behind device_begin(), after the call failed. Return: NULL. */
void *device_abort(struct device_work *w);
/** device_run(): End the transaction, so that the backend can work. Return: success. */
bool device_run(struct device_work *w);
/** device_end(): The backend worked: why not (taken over), and whether it is attached if it did. */
void device_end(struct device_work *w, char *why, bool attached);

extern const struct api vbd_api[], vif_api[];

#endif
