/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands about tasks, events and messages, and diagnostics. */
#include <stdlib.h>
#include <string.h>

#include "rpc.h"
#include "store.h"
#include "text.h"
#include "verbs.h"

/* How long the server may hold one request for events, in seconds. */
#define EVENT_SECONDS 30.0
/* What stands before a value that a field must not have: field=/=value. */
#define NOT "/="

/* Whether an object has all that the command line waits for. */
static bool all_match(const struct shown_class *class, const struct args *args, const char *ref,
		      json_t *record)
{
	for (size_t i = 0; i < args->nparams; i++) {
		struct param param = args->params[i];
		bool negated = strncmp(param.value, NOT, strlen(NOT)) == 0;

		if (strcmp(param.key, "class") == 0)
			continue;
		if (negated)
			param.value += strlen(NOT);
		if (filter_matches(class, &param, ref, record) == negated)
			return false;
	}
	return true;
}

static bool any_matches(const struct shown_class *class, const struct args *args)
{
	const char *ref;
	json_t *record;

	store_forget();
	json_object_foreach(store_records(shown_model(class)), ref, record)
		if ((!class->member || class->member(record)) &&
		    all_match(class, args, ref, record))
			return true;
	return false;
}

/* The classes whose events may change what is waited for: the class, and those it refers to. */
static json_t *classes_of(const struct model_class *class)
{
	json_t *list = json_pack("[s]", class->name);
	size_t count;
	const struct field *fields = fields_of(class, &count);

	for (size_t i = 0; i < count; i++)
		if (fields[i].other)
			json_array_append_new(list, json_string(fields[i].other->name));
	return list;
}

static void event_wait(const struct verb *verb, const struct args *args, const struct found *none)
{
	const struct shown_class *class = shown_class(args_need(args, "class"), NULL);
	const char *token = "";
	json_t *classes, *answer;

	(void)verb, (void)none;
	if (!class)
		fail_usage("Unknown class: %s", args_need(args, "class"));
	classes = classes_of(shown_model(class));
	do {
		answer = rpc_call("event.from",
				  json_pack("[O, s, f]", classes, token, EVENT_SECONDS));
		token = text("%s", record_string(answer, "token"));
		json_decref(answer);
	} while (!any_matches(class, args));
	json_decref(classes);
}

static void message_create(const struct verb *verb, const struct args *args,
			   const struct found *none)
{
	static const char *const about[][2] = {
		{"vm-uuid", "VM"}, {"host-uuid", "Host"}, {"sr-uuid", "SR"}, {"pool-uuid", "Pool"}};
	json_t *params = verb_takes("name priority@int", args, false), *ref;
	const char *uuid = NULL;

	(void)verb, (void)none;
	for (size_t i = 0; i < sizeof(about) / sizeof(about[0]) && !uuid; i++) {
		uuid = args_get(args, about[i][0]);
		if (uuid)
			json_array_append_new(params, json_string(about[i][1]));
	}
	if (!uuid)
		fail_usage("Required parameter not found: vm-uuid, host-uuid, sr-uuid or "
			   "pool-uuid");
	json_array_append_new(params, json_string(uuid));
	json_array_append_new(params, json_string(args_need(args, "body")));
	ref = rpc_call("message.create", params);
	verb_print("message", ref);
	json_decref(ref);
}

static void message_destroy(const struct verb *verb, const struct args *args,
			    const struct found *none)
{
	const char *uuids = args_get(args, "uuids");

	(void)verb, (void)none;
	uuids = uuids ? uuids : args_need(args, "uuid");
	while (*uuids) {
		size_t length = strcspn(uuids, ",");
		const char *one = text_part(uuids, length);

		rpc_do("message.destroy",
		       json_pack("[s]", store_by_uuid(model_class("message"), one)));
		uuids += length;
		uuids += *uuids == ',';
	}
}

static void password_change(const struct verb *verb, const struct args *args,
			    const struct found *none)
{
	const char *old = args_get(args, "old");

	(void)verb, (void)none;
	rpc_do("session.change_password",
	       json_pack("[s, s]", old ? old : "", args_need(args, "new")));
}

/* What a VM's devices are and whether they are attached, in one glance. */
static void vm_status(const struct verb *verb, const struct args *args, const struct found *vm)
{
	static const char *const lists[][2] = {{"VBDs", "VBD"}, {"VIFs", "VIF"}};
	json_t *item;
	size_t j;

	(void)verb, (void)args;
	printf("uuid: %s\nname-label: %s\npower-state: %s\n", record_string(vm->record, "uuid"),
	       record_string(vm->record, "name_label"), record_string(vm->record, "power_state"));
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		json_array_foreach(json_object_get(vm->record, lists[i][0]), j, item) {
			json_t *device = store_record(model_class(lists[i][1]),
						      json_string_value(item));
			bool on = json_is_true(json_object_get(device, "currently_attached"));

			printf("%s %s: device %s, %s\n", lists[i][1],
			       record_string(device, "uuid"), record_string(device, "device"),
			       on ? "attached" : "not attached");
		}
	}
}

/* The daemon's own measures. */
static void timing_stats(const struct verb *verb, const struct args *args, const struct found *none)
{
	(void)args, (void)none;
	rpc_transfer(verb->call, stdout, false, false);
}

const struct verb other_verbs[] = {
	{"task-cancel", "uuid", "", "Cancel a task", verb_call, "task.cancel", "uuid@task", NULL},
	{"task-destroy", "uuid", "", "Destroy the record of a task that has ended", verb_call,
	 "task.destroy", "uuid@task", NULL},
	{"event-wait", "class", "FIELD",
	 "Wait until an object has these values; field=/=value waits for any other value",
	 event_wait, NULL, NULL, NULL},
	{"message-create", "name priority body", "vm-uuid host-uuid sr-uuid pool-uuid",
	 "Create a message about an object", message_create, NULL, NULL, NULL},
	{"message-destroy", "", "uuid uuids", "Destroy messages", message_destroy, NULL, NULL,
	 NULL},
	{"user-password-change", "new", "old", "Change the password of the session's user",
	 password_change, NULL, NULL, NULL},
	{"diagnostic-vm-status", "", "", "Print the state of VMs and of their devices", vm_status,
	 NULL, NULL, "vm"},
	{"diagnostic-timing-stats", "", "", "Print the daemon's measures, for Prometheus",
	 timing_stats, "/metrics", NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};
