/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values of the API: what the codecs read and write, what the store keeps in fields.
 *
 * A value is built by one thread and is constant from then on: threads share it by counting
 * references, and need no lock to read it. A function that takes a value "over" consumes the
 * caller's reference.
 */
#ifndef XAPID_VALUE_H
#define XAPID_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_kind {
	VALUE_VOID, /* a call's empty result; an empty string on the wire */
	VALUE_BOOL,
	VALUE_INT,
	VALUE_FLOAT,
	VALUE_DATETIME, /* text as on the wire: 20260131T12:00:00Z */
	VALUE_STRING,
	VALUE_SET,
	VALUE_MAP, /* keys are strings; sorted, each once, after value_map_seal() */
};

struct value;

/** value_void(): Return: the empty result, a new reference. */
struct value *value_void(void);
/** value_bool(): Return: a new boolean. */
struct value *value_bool(bool b);
/** value_int(): Return: a new integer. */
struct value *value_int(int64_t i);
/** value_float(): Return: a new number. */
struct value *value_float(double f);
/** value_string(): Return: a new string, a copy of s; NULL gives the empty string. */
struct value *value_string(const char *s);
/** value_format(): Return: a new string, made as by printf. */
struct value *value_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** value_datetime(): Return: a new time, a copy of the text s. */
struct value *value_datetime(const char *s);
/** value_time(): Return: a new time, of seconds since 1970 (UTC). */
struct value *value_time(int64_t seconds);
/** value_set(): Return: a new empty set. */
struct value *value_set(void);
/** value_map(): Return: a new empty map. */
struct value *value_map(void);

/** value_get(): Return: v, with one more reference. NULL stays NULL. */
struct value *value_get(struct value *v);
/** value_put(): Give one reference back; the last one frees v. NULL is allowed. */
void value_put(struct value *v);

/** value_add(): Append to a set that only the caller has; item is taken over. */
void value_add(struct value *set, struct value *item);
/** value_map_add(): Append to a map that only the caller has, without a look for the same key. */
void value_map_add(struct value *map, const char *key, struct value *item);
/** value_map_add_static(): The same, to a map whose keys all outlive it, and are not copied. */
void value_map_add_static(struct value *map, const char *key, struct value *item);
/** value_map_seal(): Sort a map by key; of entries with the same key the last one stays. */
void value_map_seal(struct value *map);
/** value_map_with(): Return: a new map, that has item at key and else what map has. */
struct value *value_map_with(const struct value *map, const char *key, struct value *item);
/** value_map_without(): Return: a new map without key. */
struct value *value_map_without(const struct value *map, const char *key);
/** value_set_with(): Return: a new set that has the string s (once) behind what set has. */
struct value *value_set_with(const struct value *set, const char *s);
/** value_set_without(): Return: a new set without the string s. */
struct value *value_set_without(const struct value *set, const char *s);

/** value_kind(): Return: what v is. */
enum value_kind value_kind(const struct value *v);
/** value_is(): Return: whether v is a true boolean. */
bool value_is(const struct value *v);
/** value_number(): Return: the integer, 0 of another kind. */
int64_t value_number(const struct value *v);
/** value_real(): Return: the number as a float, also of an integer; 0 of another kind. */
double value_real(const struct value *v);
/** value_text(): Return: the text of a string or time, valid as long as v; "" of another kind. */
const char *value_text(const struct value *v);
/** value_size(): Return: the entries of a set or map, 0 of another kind. */
size_t value_size(const struct value *v);
/** value_item(): Return: entry i of a set or map, borrowed. */
struct value *value_item(const struct value *v, size_t i);
/** value_key(): Return: the key of entry i of a map. */
const char *value_key(const struct value *v, size_t i);
/** value_lookup(): Return: the entry of a sealed map, borrowed, or NULL. */
struct value *value_lookup(const struct value *map, const char *key);
/** value_has(): Return: whether a set has the string s. */
bool value_has(const struct value *set, const char *s);
/** value_equal(): Return: whether both are the same, the order in sets included. */
bool value_equal(const struct value *a, const struct value *b);

#endif
