// SPDX-License-Identifier: GPL-2.0-only
/* Operations. The store's lock guards the table of guards. */
#include "operation.h"

#include <stdio.h>
#include <string.h>

enum { GUARDS = 512, ENDED = 256 };

static char guards[GUARDS][48];
static char ended[ENDED][48]; /* the last ones that ended, a ring */
static uint64_t n_ended;

static char *find(const char *ref)
{
	for (int i = 0; i < GUARDS; i++)
		if (!strcmp(guards[i], ref))
			return guards[i];
	return NULL;
}

bool operation_busy(const char *ref)
{
	return find(ref);
}

uint64_t operation_clock(void)
{
	return n_ended;
}

bool operation_since(const char *ref, uint64_t mark)
{
	if (find(ref) || n_ended - mark > ENDED)
		return true;
	for (uint64_t i = mark; i < n_ended; i++)
		if (!strcmp(ended[i % ENDED], ref))
			return true;
	return false;
}

bool operation_guard(struct operation *op, const struct object *guard)
{
	char *place = find(guard->ref) ? NULL : find("");

	*op = (struct operation){0};
	if (!place)
		return false;
	strcpy(place, guard->ref);
	strcpy(op->guard, guard->ref);
	return true;
}

bool operation_begin(struct call *call, struct operation *op, struct object *guard,
		     struct object *object, const char *name)
{
	int field = object ? model_field(object->class, "current_operations") : -1;

	if (!operation_guard(op, guard)) {
		call_fail(call, "OTHER_OPERATION_IN_PROGRESS", guard->class->name, guard->ref,
			  NULL);
		return false;
	}
	if (field >= 0) {
		/* Without a task, the object's own reference is the key. */
		snprintf(op->key, sizeof(op->key), "%s", *call->task ? call->task : object->ref);
		strcpy(op->object, object->ref);
		store_set(object, field,
			  value_map_with(store_get(object, field), op->key, value_string(name)));
	}
	op->journal = store_journal_begin(object ? object->ref : guard->ref, name, call->task);
	return true;
}

static void unguard(struct operation *op)
{
	char *place = *op->guard ? find(op->guard) : NULL;

	if (place) {
		strcpy(ended[n_ended++ % ENDED], place);
		*place = 0;
	}
	*op->guard = 0;
}

void operation_end(struct operation *op)
{
	struct object *object = *op->object ? store_find(NULL, op->object) : NULL;

	if (object) {
		int field = model_field(object->class, "current_operations");

		store_set(object, field, value_map_without(store_get(object, field), op->key));
	}
	if (op->journal)
		store_journal_end(op->journal);
	unguard(op);
}

void operation_drop(struct operation *op)
{
	store_lock();
	unguard(op);
	store_unlock();
}
