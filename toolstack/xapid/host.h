/* SPDX-License-Identifier: GPL-2.0-only */
/* The messages of the classes host, pool and message. */
#ifndef XAPID_HOST_H
#define XAPID_HOST_H

#include "call.h"

extern const struct api host_api[], message_api[];

#endif
