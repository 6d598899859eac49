// SPDX-License-Identifier: GPL-2.0-only
/* Messages about data sources: the figures of rrd.c, by their names. All of them are recorded. */
#include <math.h>
#include <string.h>

#include "rrd.h"

/* The uuid of the host or VM of argument 1. Takes the store's lock. Return: false: it failed. */
static bool uuid_of(struct call *call, char uuid[37])
{
	const struct object *object;

	store_lock();
	object = call_object(call, 1);
	strcpy(uuid, object ? store_text(object, object->class->uuid) : "");
	store_unlock();
	return object;
}

static struct value *describe(const struct rrd_source *s)
{
	struct value *v = value_map();

	value_map_add(v, "name_label", value_string(s->name));
	value_map_add(v, "name_description", value_string(s->kind->description));
	value_map_add(v, "enabled", value_bool(true));
	value_map_add(v, "standard", value_bool(true));
	value_map_add(v, "units", value_string(s->kind->units));
	value_map_add(v, "min", value_float(s->kind->min));
	value_map_add(v, "max", value_float(isinf(s->kind->max) ? 1e300 : s->kind->max));
	value_map_add(v, "value", value_float(isnan(s->value) ? 0 : s->value));
	value_map_seal(v);
	return v;
}

static struct value *get_data_sources(struct call *call)
{
	const struct rrd_owner *owner;
	struct value *set;
	char uuid[37];

	if (!uuid_of(call, uuid))
		return NULL;
	set = value_set();
	rrd_lock();
	owner = rrd_find(uuid);
	for (int i = 0; owner && owner->live && i < owner->n; i++)
		value_add(set, describe(owner->sources[i]));
	rrd_unlock();
	return set;
}

/* Do something with the source that argument 2 names. */
static struct value *with_source(struct call *call, struct value *(*fn)(struct rrd_source *s))
{
	const struct rrd_owner *owner;
	struct rrd_source *s = NULL;
	struct value *result = NULL;
	char uuid[37];

	if (!uuid_of(call, uuid))
		return NULL;
	rrd_lock();
	owner = rrd_find(uuid);
	if (owner && owner->live)
		s = rrd_source(owner, call_text(call, 2));
	if (s)
		result = fn(s);
	rrd_unlock();
	return s ? result
		 : call_fail(call, "INVALID_VALUE", "data_source", call_text(call, 2), NULL);
}

static struct value *value_of(struct rrd_source *s)
{
	return value_float(isnan(s->value) ? 0 : s->value);
}

static struct value *nothing(struct rrd_source *s)
{
	(void)s;
	return NULL;
}

static struct value *forget(struct rrd_source *s)
{
	for (int i = 0; i < RRD_ROWS; i++)
		s->row[i] = NAN;
	return NULL;
}

static struct value *query_data_source(struct call *call)
{
	return with_source(call, value_of);
}

static struct value *record_data_source(struct call *call)
{
	return with_source(call, nothing);
}

static struct value *forget_data_source_archives(struct call *call)
{
	return with_source(call, forget);
}

const struct api rrd_api[] = {
	{"VM.get_data_sources", get_data_sources, CALL_FREE},
	{"VM.query_data_source", query_data_source, CALL_FREE},
	{"VM.record_data_source", record_data_source, CALL_FREE},
	{"VM.forget_data_source_archives", forget_data_source_archives, CALL_FREE},
	{"host.get_data_sources", get_data_sources, CALL_FREE},
	{"host.query_data_source", query_data_source, CALL_FREE},
	{"host.record_data_source", record_data_source, CALL_FREE},
	{"host.forget_data_source_archives", forget_data_source_archives, CALL_FREE},
	{0},
};
