/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The store: every object of the API in memory, backed by the database.
 *
 * One lock guards all of it. A reader holds it between store_lock() and store_unlock(); a writer
 * between store_begin() and store_commit() or store_abort(). Each commit is one generation: the
 * changed objects carry its number, and event.c finds by it what a client has not seen.
 * References between two classes are kept on both sides: who sets VBD.VM changes VM.VBDs, too.
 */
#ifndef XAPID_STORE_H
#define XAPID_STORE_H

#include <sys/queue.h>

#include <time.h>

#include "model.h"

#define NULL_REF    "OpaqueRef:NULL"
#define CLASS(name) (&model_classes[CLASS_##name])

struct object {
	const struct class *class;
	char ref[48];               /* OpaqueRef:UUID */
	uint64_t created, modified; /* generations */
	struct value **fields;
	bool touched;                  /* by the transaction that runs */
	TAILQ_ENTRY(object) of_class;  /* of the same class, in the order of their creation */
	TAILQ_ENTRY(object) by_change; /* all, the last changed one last */
	SLIST_ENTRY(object) of_bucket;
};

/** store_open(): Load the database at path. Return: success. */
bool store_open(const char *path);
/** store_close(): Forget everything and close the database. */
void store_close(void);

/** store_lock(): Begin to read. */
void store_lock(void);
/** store_unlock(): End it; borrowed pointers are void from here on. */
void store_unlock(void);
/** store_begin(): Begin a transaction; it holds the lock. */
void store_begin(void);
/**
 * store_commit() - end a transaction
 *
 * Return: true if it is on the disk. If not, everything it did is undone.
 */
bool store_commit(void);
/** store_abort(): End a transaction; everything it did is undone. */
void store_abort(void);

/** store_find(): Return: the object of this reference, of this class (NULL: any), or NULL. */
struct object *store_find(const struct class *class, const char *ref);
/** store_by_uuid(): Return: the object of a class with this uuid, or NULL. */
struct object *store_by_uuid(const struct class *class, const char *uuid);
/** store_first(): Return: the oldest object of a class, or NULL. */
struct object *store_first(const struct class *class);
/** store_next(): Return: the next one of its class, or NULL. */
struct object *store_next(const struct object *object);
/** store_count(): Return: how many objects a class has. */
int store_count(const struct class *class);

/** store_create(): Return: a new object with defaults and a new uuid. In a transaction. */
struct object *store_create(const struct class *class);
/** store_delete(): Delete an object; references to it become null. In a transaction. */
void store_delete(struct object *object);
/** store_touch(): Let an object be seen as changed. In a transaction. */
void store_touch(struct object *object);

/** store_set(): Set a field; the value, of the field's type, is taken over. In a transaction. */
void store_set(struct object *object, int field, struct value *value);
/** store_set_text(): Set a string, reference or enumeration; NULL for the empty string. */
void store_set_text(struct object *object, int field, const char *text);
/** store_set_int(): Set an integer. */
void store_set_int(struct object *object, int field, int64_t i);
/** store_set_bool(): Set a boolean. */
void store_set_bool(struct object *object, int field, bool b);
/** store_set_ref(): Set a reference; NULL is the null reference. */
void store_set_ref(struct object *object, int field, const struct object *other);

/** store_get(): Return: a field's value, borrowed. */
struct value *store_get(const struct object *object, int field);
/** store_text(): Return: a field's text, borrowed. */
const char *store_text(const struct object *object, int field);
/** store_int(): Return: a field's integer. */
int64_t store_int(const struct object *object, int field);
/** store_is(): Return: whether a boolean field is true. */
bool store_is(const struct object *object, int field);
/** store_ref(): Return: the object that a field refers to, or NULL. */
struct object *store_ref(const struct object *object, int field);
/** store_record(): Return: all fields as a map, a new reference. */
struct value *store_record(const struct object *object);

/**
 * store_hook() - compute fields before each commit
 * @fn: called for each object of the class that the transaction changed; it may change more
 */
void store_hook(const struct class *class, void (*fn)(struct object *object));

/** store_journal_begin(): As db_journal_begin(), in a transaction. */
long long store_journal_begin(const char *ref, const char *op, const char *task);
/** store_journal_end(): As db_journal_end(), in a transaction. */
void store_journal_end(long long id);
/** store_journal(): Give what had not ended when the store was opened to fn. */
void store_journal(void (*fn)(long long id, const char *ref, const char *op, const char *task));

/** store_generation(): Return: the number of the last commit. */
uint64_t store_generation(void);
/** store_wait(): Wait for a commit, up to a time of CLOCK_MONOTONIC. Return: false at that time. */
bool store_wait(const struct timespec *until);
/** store_wake(): Let everyone who waits look again. */
void store_wake(void);
/** store_changed(): Return: the object changed last, or, given one, the one changed before it. */
struct object *store_changed(const struct object *after);

struct deletion {
	uint64_t generation;
	const struct class *class;
	char ref[48];
};

/** store_deletion(): Return: deletion i, 0 the newest; NULL behind the oldest that is kept. */
const struct deletion *store_deletion(unsigned int i);
/** store_complete_since(): Return: the first generation since which all deletions are kept. */
uint64_t store_complete_since(void);

#endif
