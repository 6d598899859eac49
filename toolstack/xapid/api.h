/* SPDX-License-Identifier: GPL-2.0-only */
/* Every table of handlers. */
#ifndef XAPID_API_H
#define XAPID_API_H

#include "call.h"

extern const struct api *const api_tables[]; /* NULL ends the list */

#endif
