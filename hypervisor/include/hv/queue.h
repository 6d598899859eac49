/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists are those of BSD's sys/queue.h (macros only, no code): TAILQ_*, LIST_*, STAILQ_*, SLIST_*.
 */
#ifndef HV_QUEUE_H
#define HV_QUEUE_H

#include <stddef.h>
#include <sys/queue.h>

#endif
