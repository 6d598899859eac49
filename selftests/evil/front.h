/* SPDX-License-Identifier: GPL-2.0-only */
/* What front.c and forge.c know of one device of the hostile frontend. */
#ifndef SHOJI_EVIL_FRONT_H
#define SHOJI_EVIL_FRONT_H

#include <xen/grant_table.h>

#include "evil.h"

#define EVIL_RINGS 3 /* vif: tx, rx, control; vbd: one, of a page or two */
#define EVIL_PAGES 16 /* of data */

struct evil_front {
	struct xenbus_device *dev;
	struct task_struct *thread;
	bool vif;
	unsigned int number; /* of the device: a stream of numbers of its own */
	struct evil_rng rng;
	unsigned int rings;
	void *ring[EVIL_RINGS];
	grant_ref_t ring_ref[EVIL_RINGS];
	u32 prod[EVIL_RINGS]; /* requests that were made as one should */
	void *page[EVIL_PAGES]; /* NULL: its grant is ended */
	grant_ref_t ref[EVIL_PAGES];
	bool pool; /* vbd: the data pages are a pool, the first is its directory */
	evtchn_port_t port, rx_port, ctrl_port; /* nobody listens at the others; rx_port is 0 where
						   there is one for both ways */
	int irq;
};

void evil_forge(struct evil_front *evil);

#endif
