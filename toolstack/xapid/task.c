// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tasks. A finished one stays for a day, or until there are too many, so that a client that was
 * away still learns what became of its call.
 */
#include "task.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codec_xmlrpc.h"
#include "generic.h"

enum { KEPT = 500, KEPT_SECONDS = 24 * 3600 };

static bool pending(const struct object *task)
{
	const char *status = store_text(task, F_task_status);

	return !strcmp(status, "pending") || !strcmp(status, "cancelling");
}

/* Delete what has ended long ago, and the oldest ones beyond the number that is kept. */
static void tidy(void)
{
	struct value *limit = value_time(time(NULL) - KEPT_SECONDS);
	struct object *task, *following;
	int over = store_count(CLASS(task)) - KEPT;

	for (task = store_first(CLASS(task)); task; task = following) {
		following = store_next(task);
		if (pending(task))
			continue;
		if (over-- > 0 || strcmp(store_text(task, F_task_finished), value_text(limit)) < 0)
			store_delete(task);
	}
	value_put(limit);
}

struct object *task_new(const char *name, const char *description)
{
	struct object *task;

	tidy();
	task = store_create(CLASS(task));
	store_set_text(task, F_task_name_label, name);
	store_set_text(task, F_task_name_description, description);
	store_set(task, F_task_created, value_time(time(NULL)));
	store_set_ref(task, F_task_resident_on, store_first(CLASS(host)));
	store_set_text(task, F_task_type, "<none/>");
	store_set(task, F_task_allowed_operations,
		  value_set_with(store_get(task, F_task_allowed_operations), "cancel"));
	return task;
}

void task_progress(const struct call *call, double progress)
{
	struct object *task;

	if (!*call->task)
		return;
	store_begin();
	task = store_find(CLASS(task), call->task);
	if (task)
		store_set(task, F_task_progress, value_float(progress));
	store_commit();
}

bool task_cancelled(const struct call *call)
{
	struct object *task;
	bool cancelled;

	if (!*call->task)
		return false;
	store_lock();
	task = store_find(CLASS(task), call->task);
	cancelled = task && !strcmp(store_text(task, F_task_status), "cancelling");
	store_unlock();
	return cancelled;
}

void task_end(struct object *task, const struct value *error, const struct value *result)
{
	bool cancelled = error && !strcmp(value_text(value_item(error, 0)), "TASK_CANCELLED");
	char *text;

	store_set(task, F_task_finished, value_time(time(NULL)));
	store_set(task, F_task_progress, value_float(1));
	store_set(task, F_task_allowed_operations, value_set());
	store_set_text(task, F_task_status,
		       cancelled ? "cancelled"
		       : error   ? "failure"
				 : "success");
	if (error) {
		store_set(task, F_task_error_info, value_get((struct value *)error));
	} else if (value_kind(result) != VALUE_VOID) {
		text = xmlrpc_value(result);
		store_set_text(task, F_task_result, text);
		free(text);
	}
}

static struct value *create(struct call *call)
{
	return value_string(task_new(call_text(call, 1), call_text(call, 2))->ref);
}

static struct value *destroy(struct call *call)
{
	struct object *task = call_object(call, 1);

	if (task)
		store_delete(task);
	return NULL;
}

static struct value *cancel(struct call *call)
{
	struct object *task = call_object(call, 1);

	if (task && !pending(task))
		return call_fail(call, "OPERATION_NOT_ALLOWED", "the task has ended", NULL);
	if (task)
		store_set_text(task, F_task_status, "cancelling");
	return NULL;
}

/* A client ends a task that it made itself. */
static struct value *set_status(struct call *call)
{
	struct object *task = call_object(call, 1);

	if (!task)
		return NULL;
	store_set_text(task, F_task_status, call_text(call, 2));
	if (!pending(task)) {
		store_set(task, F_task_finished, value_time(time(NULL)));
		store_set(task, F_task_allowed_operations, value_set());
	}
	return NULL;
}

const struct api task_api[] = {
	{"task.create", create, CALL_WRITE},
	{"task.destroy", destroy, CALL_WRITE},
	{"task.cancel", cancel, CALL_WRITE},
	{"task.set_status", set_status, CALL_WRITE},
	{"task.set_progress", generic_set, CALL_WRITE},
	{0},
};
