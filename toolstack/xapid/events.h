/* SPDX-License-Identifier: GPL-2.0-only */
/* Events: what changed since a client last looked. */
#ifndef XAPID_EVENTS_H
#define XAPID_EVENTS_H

#include "call.h"

/** events_stop(): Let every call that waits for events return; the daemon ends. */
void events_stop(void);
/** events_api: the messages of the class event. */
extern const struct api events_api[];

#endif
