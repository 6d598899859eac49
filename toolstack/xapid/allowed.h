/* SPDX-License-Identifier: GPL-2.0-only */
/* The fields allowed_operations: what a client may ask of an object in the state it is in. */
#ifndef XAPID_ALLOWED_H
#define XAPID_ALLOWED_H

/** allowed_setup(): Compute the fields before each commit. */
void allowed_setup(void);

#endif
