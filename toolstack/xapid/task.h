/* SPDX-License-Identifier: GPL-2.0-only */
/* Tasks: what asynchronous calls are watched by. */
#ifndef XAPID_TASK_H
#define XAPID_TASK_H

#include "call.h"

/** task_new(): Return: a new pending task, in a transaction. */
struct object *task_new(const char *name, const char *description);
/** task_progress(): Set the progress (0 to 1) of a call's task, if it has one. Takes the lock. */
void task_progress(const struct call *call, double progress);
/** task_cancelled(): Return: whether a client wants the call's task to end. Takes the lock. */
bool task_cancelled(const struct call *call);
/** task_end(): The task ends, with an error or a result. In a transaction. */
void task_end(struct object *task, const struct value *error, const struct value *result);
/** task_api: the messages of the class task. */
extern const struct api task_api[];

#endif
