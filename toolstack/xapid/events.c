// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events. There is no queue for a client: a token is the generation up to which it has seen
 * everything, and what is newer is found in the store, which keeps the objects in the order of
 * their last change, and a list of the last deletions. A client that changes cannot keep up with
 * thus sees the last state of each object. A token that is older than the list, or of another life
 * of the daemon, is answered with EVENTS_LOST.
 */
#include "events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "session.h"

enum { LONGEST = 3600 };

static bool stopping;

void events_stop(void)
{
	store_lock();
	stopping = true;
	store_unlock();
	store_wake();
}

/* The life of the daemon that a token is of. */
static unsigned long life(void)
{
	static unsigned long mark;

	if (!mark)
		mark = (unsigned long)time(NULL) * 1000003u + (unsigned long)getpid();
	return mark;
}

/* Whether a client that asked for these classes wants to hear of this object. */
static bool wanted(const struct value *classes, const struct class *class, const char *ref)
{
	for (size_t i = 0; i < value_size(classes); i++) {
		const char *want = value_text(value_item(classes, i));
		size_t n = strcspn(want, "/");

		if (!strcmp(want, "*"))
			return true;
		if (strncasecmp(want, class->name, n) || class->name[n])
			continue;
		if (!want[n] || !strcmp(want + n + 1, ref))
			return true;
	}
	return false;
}

static struct value *event(uint64_t generation, const struct class *class, const char *ref,
			   const char *operation, const struct object *object)
{
	struct value *v = value_map();
	const char *uuid = object && class->uuid >= 0 ? store_text(object, class->uuid) : "";

	value_map_add_static(v, "class", value_string(class->lower));
	value_map_add_static(v, "id", value_int((int64_t)generation));
	value_map_add_static(v, "obj_uuid", value_string(uuid));
	value_map_add_static(v, "operation", value_string(operation));
	value_map_add_static(v, "ref", value_string(ref));
	if (object)
		value_map_add_static(v, "snapshot", store_record(object));
	value_map_add_static(v, "timestamp", value_time(time(NULL)));
	return v;
}

/* All events for these classes that are newer than a generation, the deletions first. */
static struct value *newer(const struct value *classes, uint64_t from)
{
	struct value *set = value_set();
	struct object *object = NULL, *last = NULL;
	const struct deletion *d;

	for (unsigned int i = 0; from && (d = store_deletion(i)) && d->generation > from; i++)
		if (wanted(classes, d->class, d->ref))
			value_add(set, event(d->generation, d->class, d->ref, "del", NULL));
	while ((object = store_changed(object)) && object->modified > from)
		last = object;
	for (object = last; object; object = TAILQ_NEXT(object, by_change))
		if (wanted(classes, object->class, object->ref))
			value_add(set, event(object->modified, object->class, object->ref,
					     object->created > from ? "add" : "mod", object));
	return set;
}

static struct value *token_of(uint64_t generation)
{
	return value_format("%020llu,%lu", (unsigned long long)generation, life());
}

static struct timespec deadline(double seconds)
{
	struct timespec t;

	if (!(seconds > 0))
		seconds = 0;
	if (seconds > LONGEST)
		seconds = LONGEST;
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += (time_t)seconds;
	t.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

/*
 * Wait until there are events behind a generation, or until a time. The lock is held, and given up
 * while it waits. NULL if the session ended meanwhile, or the daemon ends.
 */
static struct value *wait_for(const struct call *call, const struct value *classes, uint64_t from,
			      const struct timespec *until)
{
	for (;;) {
		struct value *set = newer(classes, from);
		bool waited;

		if (value_size(set))
			return set;
		from = store_generation(); /* nothing of interest up to here */
		waited = store_wait(until);
		if (stopping || !session_use(call->session)) {
			value_put(set);
			return NULL;
		}
		if (!waited)
			return set;
		value_put(set);
	}
}

static struct value *batch(const struct value *classes, struct value *events)
{
	struct value *v = value_map(), *counts = value_map();

	for (int i = 0; i < CLASSES; i++)
		if (wanted(classes, &model_classes[i], ""))
			value_map_add_static(counts, model_classes[i].lower,
					     value_int(store_count(&model_classes[i])));
	value_map_seal(counts);
	value_map_add_static(v, "events", events);
	value_map_add_static(v, "token", token_of(store_generation()));
	value_map_add_static(v, "valid_ref_counts", counts);
	return v;
}

static struct value *from(struct call *call)
{
	struct timespec until = deadline(value_real(call_arg(call, 3)));
	const char *token = call_text(call, 2);
	unsigned long long generation = 0;
	unsigned long of;
	struct value *events, *result = NULL;

	if (*token && (sscanf(token, "%llu,%lu", &generation, &of) != 2))
		return call_fail(call, "EVENT_FROM_TOKEN_PARSE_FAILURE", token, NULL);
	store_lock();
	if (*token && (of != life() || generation < store_complete_since() ||
		       generation > store_generation()))
		call_fail(call, "EVENTS_LOST", NULL);
	else if (!(events = wait_for(call, call_arg(call, 1), generation, &until)))
		call_fail(call, "SESSION_INVALID", call->session, NULL);
	else
		result = batch(call_arg(call, 1), events);
	store_unlock();
	return result;
}

/* The token is of before the event, so that event.from with it returns at once. */
static struct value *inject(struct call *call)
{
	const struct class *class = model_class(call_text(call, 1));
	struct object *object = class ? store_find(class, call_text(call, 2)) : NULL;

	if (!object)
		return call_fail(call, "HANDLE_INVALID", call_text(call, 1), call_text(call, 2),
				 NULL);
	store_touch(object);
	return token_of(store_generation());
}

static struct value *get_current_id(struct call *call)
{
	(void)call;
	return value_int((int64_t)store_generation());
}

static struct value *subscribe(struct call *call)
{
	struct session *s = session_find(call->session);
	struct value *classes;

	if (!s) /* it ended since the call was let in */
		return call_fail(call, "SESSION_INVALID", call->session, NULL);
	classes = value_get(s->classes);
	if (!classes) {
		classes = value_set();
		s->seen = store_generation();
	}
	for (size_t i = 0; i < value_size(call_arg(call, 1)); i++) {
		struct value *old = classes;

		classes = value_set_with(old, value_text(value_item(call_arg(call, 1), i)));
		value_put(old);
	}
	value_put(s->classes);
	s->classes = classes;
	return NULL;
}

static struct value *unsubscribe(struct call *call)
{
	struct session *s = session_find(call->session);

	for (size_t i = 0; s && i < value_size(call_arg(call, 1)); i++) {
		struct value *old = s->classes;

		s->classes = value_set_without(old, value_text(value_item(call_arg(call, 1), i)));
		value_put(old);
	}
	if (s && !value_size(s->classes)) {
		value_put(s->classes);
		s->classes = NULL;
	}
	return NULL;
}

static struct value *next(struct call *call)
{
	struct timespec until = deadline(LONGEST);
	struct value *events = NULL, *classes;
	struct session *s;

	store_lock();
	s = session_find(call->session);
	if (!s || !s->classes) {
		call_fail(call, "SESSION_NOT_REGISTERED", call->session, NULL);
	} else if (s->seen < store_complete_since()) {
		call_fail(call, "EVENTS_LOST", NULL);
		s->seen = store_generation();
	} else {
		classes = value_get(s->classes);
		events = wait_for(call, classes, s->seen, &until);
		value_put(classes);
		s = session_find(call->session);
		if (events && s)
			s->seen = store_generation();
		else
			call_fail(call, "SESSION_INVALID", call->session, NULL);
	}
	store_unlock();
	return events;
}

const struct api events_api[] = {
	{"event.from", from, CALL_FREE},
	{"event.inject", inject, CALL_WRITE},
	{"event.get_current_id", get_current_id, CALL_READ},
	{"event.register", subscribe, CALL_WRITE},
	{"event.unregister", unsubscribe, CALL_WRITE},
	{"event.next", next, CALL_FREE},
	{0},
};
