// SPDX-License-Identifier: GPL-2.0-only
/* Every table of handlers. */
#include "api.h"

#include <stddef.h>

#include "events.h"
#include "network.h"
#include "session.h"
#include "task.h"

const struct api *const api_tables[] = {
	session_api,
	task_api,
	events_api,
	network_api,
	NULL,
};
