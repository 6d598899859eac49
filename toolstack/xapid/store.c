// SPDX-License-Identifier: GPL-2.0-only
/*
 * The store. A transaction keeps what it replaced in a log: an abort plays it backwards, a commit
 * writes to the database what the log names. Sessions live in memory only: a client logs in again.
 */
#include "store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "alloc.h"
#include "codec_jsonrpc.h"
#include "db.h"
#include "log.h"
#include "relations.h"

enum { BUCKETS = 4096, DELETIONS = 8192 };

enum what { SET, CREATED, DELETED };

struct change {
	enum what what;
	struct object *object;
	int field;
	struct value *old; /* of SET */
};

struct journal {
	long long id;
	char *ref, *op, *task;
};

TAILQ_HEAD(objects, object);
SLIST_HEAD(bucket, object);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards everything below */
static pthread_cond_t committed;
static struct objects classes[CLASSES], changes;
static int counts[CLASSES];
static struct bucket buckets[BUCKETS];
static void (*hooks[CLASSES])(struct object *);
static struct change *log_entries;
static size_t log_n, log_room;
static bool journal_failed; /* in this transaction */
static uint64_t generation, wakes;
static struct deletion deletions[DELETIONS]; /* a ring */
static uint64_t n_deletions;
static struct journal *begun;
static size_t n_begun;

static struct bucket *bucket_of(const char *ref)
{
	uint32_t hash = 2166136261u;

	for (; *ref; ref++)
		hash = (hash ^ (unsigned char)*ref) * 16777619u;
	return &buckets[hash % BUCKETS];
}

static int number(const struct class *class)
{
	return (int)(class - model_classes);
}

static bool transient(const struct class *class)
{
	return class == CLASS(session);
}

void store_lock(void)
{
	pthread_mutex_lock(&lock);
}

void store_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

/* --- Look-ups --- */

struct object *store_find(const struct class *class, const char *ref)
{
	struct object *object;

	SLIST_FOREACH (object, bucket_of(ref), of_bucket)
		if (!strcmp(object->ref, ref))
			return !class || object->class == class ? object : NULL;
	return NULL;
}

struct object *store_by_uuid(const struct class *class, const char *uuid)
{
	struct object *object;

	if (class->uuid < 0)
		return NULL;
	TAILQ_FOREACH (object, &classes[number(class)], of_class)
		if (!strcmp(store_text(object, class->uuid), uuid))
			return object;
	return NULL;
}

struct object *store_first(const struct class *class)
{
	return TAILQ_FIRST(&classes[number(class)]);
}

struct object *store_next(const struct object *object)
{
	return TAILQ_NEXT(object, of_class);
}

int store_count(const struct class *class)
{
	return counts[number(class)];
}

struct value *store_get(const struct object *object, int field)
{
	return object->fields[field];
}

const char *store_text(const struct object *object, int field)
{
	return value_text(object->fields[field]);
}

int64_t store_int(const struct object *object, int field)
{
	return value_number(object->fields[field]);
}

bool store_is(const struct object *object, int field)
{
	return value_is(object->fields[field]);
}

struct object *store_ref(const struct object *object, int field)
{
	return store_find(object->class->fields[field].type->of, store_text(object, field));
}

struct value *store_record(const struct object *object)
{
	struct value *record = value_map();

	for (int i = 0; i < object->class->n_fields; i++)
		value_map_add_static(record, object->class->fields[i].name,
				     value_get(object->fields[i]));
	return record;
}

/* --- Changes --- */

static void note(enum what what, struct object *object, int field, struct value *old)
{
	if (log_n == log_room) {
		log_room = log_room ? 2 * log_room : 64;
		log_entries = alloc_resize(log_entries, log_room * sizeof(*log_entries));
	}
	log_entries[log_n++] = (struct change){what, object, field, old};
	object->touched = true;
}

static void link_object(struct object *object)
{
	SLIST_INSERT_HEAD(bucket_of(object->ref), object, of_bucket);
	TAILQ_INSERT_TAIL(&classes[number(object->class)], object, of_class);
	TAILQ_INSERT_TAIL(&changes, object, by_change);
	counts[number(object->class)]++;
}

static void unlink_object(struct object *object)
{
	SLIST_REMOVE(bucket_of(object->ref), object, object, of_bucket);
	TAILQ_REMOVE(&classes[number(object->class)], object, of_class);
	TAILQ_REMOVE(&changes, object, by_change);
	counts[number(object->class)]--;
}

static void free_object(struct object *object)
{
	for (int i = 0; i < object->class->n_fields; i++)
		value_put(object->fields[i]);
	free(object->fields);
	free(object);
}

static struct object *new_object(const struct class *class, const char *ref)
{
	struct object *object = alloc_zero(sizeof(*object));

	object->class = class;
	snprintf(object->ref, sizeof(object->ref), "%s", ref);
	object->fields = alloc_zero(class->n_fields * sizeof(*object->fields));
	for (int i = 0; i < class->n_fields; i++)
		object->fields[i] = model_default(class, i);
	link_object(object);
	return object;
}

/* A random UUID (RFC 4122, version 4) as text. */
static void make_uuid(char text[37])
{
	unsigned char b[16];

	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		abort();
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	snprintf(text, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
		 b[13], b[14], b[15]);
}

struct object *store_create(const struct class *class)
{
	char uuid[37], ref[48];
	struct object *object;

	make_uuid(uuid);
	snprintf(ref, sizeof(ref), "OpaqueRef:%s", uuid);
	object = new_object(class, ref);
	note(CREATED, object, -1, NULL);
	if (class->uuid >= 0) {
		make_uuid(uuid);
		store_set_text(object, class->uuid, uuid);
	}
	return object;
}

static void replace(struct object *object, int field, struct value *value)
{
	note(SET, object, field, object->fields[field]);
	object->fields[field] = value;
}

/* Put the object into, or take it out of, the set on the other side of a relation. */
static void other_side(const struct relation *r, const char *target, const char *ref, bool in)
{
	struct object *other = store_find(&model_classes[r->target], target);
	struct value *set;

	if (!other)
		return;
	set = other->fields[r->set];
	if (value_has(set, ref) != in)
		replace(other, r->set, in ? value_set_with(set, ref) : value_set_without(set, ref));
}

void store_set(struct object *object, int field, struct value *value)
{
	const struct relation *r = relation_of(number(object->class), field);

	if (value_equal(object->fields[field], value)) {
		value_put(value);
		return;
	}
	if (r) {
		other_side(r, store_text(object, field), object->ref, false);
		other_side(r, value_text(value), object->ref, true);
	}
	replace(object, field, value);
}

void store_set_text(struct object *object, int field, const char *text)
{
	store_set(object, field, value_string(text));
}

void store_set_int(struct object *object, int field, int64_t i)
{
	store_set(object, field, value_int(i));
}

void store_set_bool(struct object *object, int field, bool b)
{
	store_set(object, field, value_bool(b));
}

void store_set_ref(struct object *object, int field, const struct object *other)
{
	store_set(object, field, value_string(other ? other->ref : NULL_REF));
}

void store_touch(struct object *object)
{
	note(SET, object, 0, value_get(object->fields[0]));
}

/* Set the reference of each member of a set to null. */
static void release(struct object *object, const struct relation *r)
{
	struct value *set = value_get(object->fields[r->set]);

	for (size_t i = 0; i < value_size(set); i++) {
		struct object *member =
			store_find(&model_classes[r->source], value_text(value_item(set, i)));

		if (member)
			store_set_ref(member, r->ref, NULL);
	}
	value_put(set);
}

void store_delete(struct object *object)
{
	const struct relation *r;

	for (int i = 0; (r = relation_at(i)); i++) {
		if (r->source == number(object->class))
			store_set_ref(object, r->ref, NULL);
		if (r->target == number(object->class))
			release(object, r);
	}
	note(DELETED, object, -1, NULL);
	unlink_object(object);
}

/* --- Transactions --- */

void store_begin(void)
{
	store_lock();
	journal_failed = false;
	if (!db_begin())
		journal_failed = true;
}

static void undo(void)
{
	while (log_n) {
		struct change *c = &log_entries[--log_n];

		c->object->touched = false;
		if (c->what == SET) {
			value_put(c->object->fields[c->field]);
			c->object->fields[c->field] = c->old;
		} else if (c->what == DELETED) {
			link_object(c->object);
		} else {
			unlink_object(c->object);
			free_object(c->object);
		}
	}
}

void store_abort(void)
{
	undo();
	db_abort();
	store_unlock();
}

static bool save_field(const struct object *object, int field)
{
	const char *name = object->class->fields[field].name;
	struct value *initial = model_default(object->class, field);
	bool same = value_equal(initial, object->fields[field]), saved;
	char *json = same ? NULL : json_write(object->fields[field]);

	saved = db_put_field(object->ref, name, json);
	free(json);
	value_put(initial);
	return saved;
}

/* Whether a later entry sets the same field again, or deletes the object. */
static bool superseded(size_t i)
{
	for (size_t j = i + 1; j < log_n; j++)
		if (log_entries[j].object == log_entries[i].object &&
		    (log_entries[j].what == DELETED ||
		     log_entries[j].field == log_entries[i].field))
			return true;
	return false;
}

static bool save(void)
{
	for (size_t i = 0; i < log_n; i++) {
		struct change *c = &log_entries[i];

		if (transient(c->object->class))
			continue;
		if (c->what == CREATED && !db_put_object(c->object->ref, c->object->class->name))
			return false;
		if (c->what == DELETED && !db_delete_object(c->object->ref))
			return false;
		if (c->what == SET && !superseded(i) && !save_field(c->object, c->field))
			return false;
	}
	return true;
}

/* The log is done with: number the changed objects, free what was replaced and deleted. */
static void publish(void)
{
	generation++;
	for (size_t i = 0; i < log_n; i++) {
		struct change *c = &log_entries[i];
		struct object *object = c->object;

		value_put(c->old);
		if (c->what == CREATED)
			object->created = generation;
		if (c->what == DELETED) {
			struct deletion *d = &deletions[n_deletions++ % DELETIONS];

			*d = (struct deletion){.generation = generation, .class = object->class};
			memcpy(d->ref, object->ref, sizeof(d->ref));
		} else if (object->touched && store_find(object->class, object->ref) == object) {
			object->touched = false;
			object->modified = generation;
			TAILQ_REMOVE(&changes, object, by_change);
			TAILQ_INSERT_TAIL(&changes, object, by_change);
		}
	}
	for (size_t i = 0; i < log_n; i++)
		if (log_entries[i].what == DELETED)
			free_object(log_entries[i].object);
	log_n = 0;
}

static void run_hooks(void)
{
	/* Hooks append to the log, and what they append is looked at, too. */
	for (size_t i = 0; i < log_n; i++) {
		struct object *object = log_entries[i].object;
		void (*hook)(struct object *) = hooks[number(object->class)];

		if (hook && store_find(object->class, object->ref) == object)
			hook(object);
	}
}

bool store_commit(void)
{
	bool saved;

	run_hooks();
	saved = !journal_failed && save() && db_commit();
	if (!saved) {
		store_abort();
		return false;
	}
	if (log_n) {
		publish();
		pthread_cond_broadcast(&committed);
	}
	store_unlock();
	return true;
}

void store_hook(const struct class *class, void (*fn)(struct object *object))
{
	hooks[number(class)] = fn;
}

long long store_journal_begin(const char *ref, const char *op, const char *task)
{
	long long id = db_journal_begin(ref, op, task ? task : "");

	if (!id)
		journal_failed = true;
	return id;
}

void store_journal_end(long long id)
{
	if (!db_journal_end(id))
		journal_failed = true;
}

void store_journal(void (*fn)(long long id, const char *ref, const char *op, const char *task))
{
	for (size_t i = 0; i < n_begun; i++) {
		fn(begun[i].id, begun[i].ref, begun[i].op, begun[i].task);
		free(begun[i].ref);
		free(begun[i].op);
		free(begun[i].task);
	}
	free(begun);
	begun = NULL;
	n_begun = 0;
}

/* --- Generations --- */

uint64_t store_generation(void)
{
	return generation;
}

bool store_wait(const struct timespec *until)
{
	uint64_t from = generation, woken = wakes;

	while (generation == from && wakes == woken)
		if (pthread_cond_timedwait(&committed, &lock, until))
			return false;
	return true;
}

void store_wake(void)
{
	store_lock();
	wakes++;
	pthread_cond_broadcast(&committed);
	store_unlock();
}

struct object *store_changed(const struct object *after)
{
	return after ? TAILQ_PREV(after, objects, by_change) : TAILQ_LAST(&changes, objects);
}

const struct deletion *store_deletion(unsigned int i)
{
	if (i >= DELETIONS || i >= n_deletions)
		return NULL;
	return &deletions[(n_deletions - 1 - i) % DELETIONS];
}

uint64_t store_complete_since(void)
{
	return n_deletions <= DELETIONS ? 0 : deletions[n_deletions % DELETIONS].generation;
}

/* --- Opening --- */

static void load_object(const char *ref, const char *class)
{
	const struct class *of = model_class(class);

	if (!of || strlen(ref) >= sizeof(((struct object *)0)->ref)) {
		log_warning("database: %s is of no known class: %s", ref, class);
		return;
	}
	new_object(of, ref)->created = generation;
}

static void load_field(const char *ref, const char *name, const char *json, size_t n)
{
	struct object *object = store_find(NULL, ref);
	int field = object ? model_field(object->class, name) : -1;
	struct value *read = field < 0 ? NULL : json_read(json, n), *value = NULL;

	if (read)
		value = model_coerce(object->class->fields[field].type, read);
	value_put(read);
	if (!value) {
		log_warning("database: %s has no field %s, or it is of another type", ref, name);
		return;
	}
	value_put(object->fields[field]);
	object->fields[field] = value;
}

static void load_journal(long long id, const char *ref, const char *op, const char *task)
{
	begun = alloc_resize(begun, (n_begun + 1) * sizeof(*begun));
	begun[n_begun++] =
		(struct journal){id, alloc_text(ref, strlen(ref)), alloc_text(op, strlen(op)),
				 alloc_text(task, strlen(task))};
}

static void put_field(struct object *object, int field, struct value *value)
{
	value_put(object->fields[field]);
	object->fields[field] = value;
}

/*
 * Both sides of a relation are in the database; what counts is the reference. A file that someone
 * has changed by hand cannot make a set name what is not there.
 */
static void join(const struct relation *r)
{
	const struct class *source = &model_classes[r->source], *target = &model_classes[r->target];
	struct object *o;

	for (o = store_first(target); o; o = store_next(o))
		put_field(o, r->set, value_set());
	for (o = store_first(source); o; o = store_next(o)) {
		struct object *other = store_find(target, store_text(o, r->ref));

		if (other)
			put_field(other, r->set, value_set_with(other->fields[r->set], o->ref));
		else
			put_field(o, r->ref, value_string(NULL_REF));
	}
}

bool store_open(const char *path)
{
	const struct db_reader reader = {load_object, load_field, load_journal};
	pthread_condattr_t monotonic;
	bool opened;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&committed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	for (int i = 0; i < CLASSES; i++)
		TAILQ_INIT(&classes[i]);
	TAILQ_INIT(&changes);
	generation = 1;
	opened = db_open(path) && db_load(&reader);
	for (int i = 0; relation_at(i); i++)
		join(relation_at(i));
	for (struct object *o = TAILQ_FIRST(&changes); o; o = TAILQ_NEXT(o, by_change))
		o->modified = generation;
	return opened;
}

void store_close(void)
{
	struct object *object;

	while ((object = TAILQ_FIRST(&changes))) {
		unlink_object(object);
		free_object(object);
	}
	free(log_entries);
	log_entries = NULL;
	log_n = log_room = 0;
	n_deletions = 0;
	db_close();
	pthread_cond_destroy(&committed);
}
