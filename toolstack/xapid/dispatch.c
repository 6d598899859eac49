// SPDX-License-Identifier: GPL-2.0-only
/* From a request to the handler of its message. */
#include "dispatch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "api.h"
#include "generic.h"
#include "log.h"
#include "session.h"
#include "task.h"

enum { TASKS = 64 }; /* asynchronous calls at once */

static struct api *handlers; /* one for each message of the model */
static atomic_int running;

/* Messages whose last parameters older clients leave out: how many they give. */
static const struct {
	const char *message;
	int least;
} optional[] = {
	{"session.login_with_password", 2},
	{"task.create", 3},
	{"VDI.clone", 2},
	{"VDI.copy", 3},
	{"VDI.snapshot", 2},
	{"VDI.introduce", 13},
	{"SR.create", 9},
	{"VM.migrate_send", 6},
	{"host.disable_external_auth", 2},
};

void dispatch_setup(void)
{
	handlers = alloc_zero(model_n_messages * sizeof(*handlers));
	for (unsigned int i = 0; i < model_n_messages; i++)
		handlers[i] =
			(struct api){model_messages[i].name, generic_handler(&model_messages[i]),
				     generic_mode(&model_messages[i])};
	for (int t = 0; api_tables[t]; t++)
		for (const struct api *api = api_tables[t]; api->name; api++) {
			const struct message *message = model_message(api->name);

			if (!message) {
				log_error("%s is not in the model", api->name);
				abort();
			}
			handlers[message - model_messages] = *api;
		}
}

const char *dispatch_state(unsigned int i)
{
	if (!handlers[i].fn)
		return "no";
	return handlers[i].fn == generic_handler(&model_messages[i]) ? "generic" : "yes";
}

static struct value *list_methods(void)
{
	struct value *set = value_set();

	for (unsigned int i = 0; i < model_n_messages; i++)
		if (handlers[i].fn)
			value_add(set, value_string(handlers[i].name));
	value_add(set, value_string("system.listMethods"));
	return set;
}

static int least(const struct message *message)
{
	for (size_t i = 0; i < sizeof(optional) / sizeof(*optional); i++)
		if (!strcmp(optional[i].message, message->name))
			return optional[i].least;
	return message->n_params;
}

/* What stands for a parameter that the client left out. */
static struct value *absent(const struct type *type)
{
	struct value *none, *fit;

	if (type->kind == TYPE_REF)
		return value_string(NULL_REF);
	none = type->kind == TYPE_MAP        ? value_map()
	       : type->kind == TYPE_SET      ? value_set()
	       : type->kind == TYPE_BOOL     ? value_bool(false)
	       : type->kind == TYPE_DATETIME ? value_time(0)
					     : value_string("");
	fit = model_coerce(type, none);
	value_put(none);
	return fit ? fit : value_void();
}

static void *bad_count(struct call *call, int given)
{
	char expected[16], got[16];

	snprintf(expected, sizeof(expected), "%d", call->message->n_params);
	snprintf(got, sizeof(got), "%d", given);
	return call_fail(call, "MESSAGE_PARAMETER_COUNT_MISMATCH", call->message->name, expected,
			 got, NULL);
}

/* The arguments, each of its type. */
static bool take_arguments(struct call *call, const struct value *params)
{
	const struct message *m = call->message;
	size_t given = value_size(params);

	if (given > (size_t)m->n_params || (int)given < least(m)) {
		bad_count(call, given > 1000 ? 1000 : (int)given);
		return false;
	}
	call->args = alloc_zero((m->n_params + 1) * sizeof(*call->args));
	call->n_given = (int)given;
	for (int i = 0; i < m->n_params; i++) {
		const struct type *type = m->params[i].type;

		call->args[i] = (size_t)i < given ? model_coerce(type, value_item(params, i))
						  : absent(type);
		if (!call->args[i]) {
			call_fail(call, "FIELD_TYPE_ERROR", m->params[i].name, NULL);
			return false;
		}
	}
	return true;
}

static bool check_session(struct call *call, const struct value *params)
{
	const char *ref = value_size(params) ? value_text(value_item(params, 0)) : "";
	bool known;

	store_lock();
	known = session_use(ref);
	store_unlock();
	if (!known)
		call_fail(call, "SESSION_INVALID", ref, NULL);
	else
		snprintf(call->session, sizeof(call->session), "%s", ref);
	return known;
}

static void free_call(struct call *call)
{
	for (int i = 0; call->args && i < call->message->n_params; i++)
		value_put(call->args[i]);
	free(call->args);
	call->args = NULL;
}

/* Run the handler with what it needs held. NULL if the call failed. */
static struct value *run(struct call *call)
{
	const struct api *api = &handlers[call->message - model_messages];
	struct value *result;

	if (api->mode == CALL_READ)
		store_lock();
	if (api->mode == CALL_WRITE)
		store_begin();
	result = api->fn(call);
	if (api->mode == CALL_READ)
		store_unlock();
	if (api->mode == CALL_WRITE && call->error)
		store_abort();
	else if (api->mode == CALL_WRITE && !store_commit())
		call_fail(call, "INTERNAL_ERROR", "the database cannot be written", NULL);
	if (call->error) {
		value_put(result);
		return NULL;
	}
	return result ? result : value_void();
}

/* --- Asynchronous calls --- */

static void *run_task(void *p)
{
	struct call *call = p;
	struct value *result = run(call);
	struct object *task;

	store_begin();
	task = store_find(CLASS(task), call->task);
	if (task)
		task_end(task, call->error, result);
	store_commit();
	value_put(result);
	value_put(call->error);
	free_call(call);
	free((void *)call->origin);
	free(call);
	running--;
	return NULL;
}

static struct value *start_thread(struct call *call)
{
	struct value *ref = value_string(call->task);
	struct call *own = alloc_zero(sizeof(*own));
	struct origin *origin = alloc_zero(sizeof(*origin));
	pthread_t thread;

	*own = *call;
	*origin = *call->origin;
	own->origin = origin;
	if (!pthread_create(&thread, NULL, run_task, own)) {
		pthread_detach(thread);
		call->args = NULL; /* the thread's */
		return ref;
	}
	free(own);
	free(origin);
	value_put(ref);
	return NULL;
}

static struct value *start_task(struct call *call)
{
	struct value *ref;
	char name[128];

	if (++running > TASKS) {
		running--;
		return call_fail(call, "TOO_MANY_PENDING_TASKS", NULL);
	}
	snprintf(name, sizeof(name), "Async.%s", call->message->name);
	store_begin();
	strcpy(call->task, task_new(name, "")->ref);
	ref = store_commit() ? start_thread(call) : NULL;
	if (!ref) {
		running--;
		call_fail(call, "INTERNAL_ERROR", "the task cannot be started", NULL);
	}
	return ref;
}

bool dispatch_drain(int seconds)
{
	for (int i = 0; i < 20 * seconds && running; i++)
		nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	return !running;
}

/* The call's message; NULL after a failure. */
static const struct message *find(struct call *call, const char *method)
{
	const struct message *message = model_message(method);

	if (!message)
		return call_fail(call, "MESSAGE_METHOD_UNKNOWN", method, NULL);
	if (!handlers[message - model_messages].fn)
		return call_fail(call, "NOT_IMPLEMENTED", method, NULL);
	return message;
}

struct value *dispatch(const char *method, const struct value *params, const struct origin *origin,
		       struct value **error)
{
	bool async = !strncmp(method, "Async.", 6);
	struct call call = {.origin = origin};
	struct value *result = NULL;

	if (!strcmp(method, "system.listMethods"))
		return list_methods();
	call.message = find(&call, async ? method + 6 : method);
	if (call.message) {
		bool open = handlers[call.message - model_messages].mode == CALL_OPEN;

		if (async && open)
			call_fail(&call, "MESSAGE_METHOD_UNKNOWN", method, NULL);
		else if ((open || check_session(&call, params)) && take_arguments(&call, params))
			result = async ? start_task(&call) : run(&call);
		free_call(&call);
	}
	*error = call.error;
	return result;
}
