// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values of the API. Memory that cannot be had ends the daemon: requests are bounded (http.c), so
 * that happens when the host has none left, and the unit starts the daemon again. Texts and keys
 * are cleaned when they are made (text.h): every value can be written in both wire formats.
 */
#include "value.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "text.h"

struct entry {
	const char *key; /* NULL in a set */
	struct value *item;
};

struct value {
	atomic_uint refs;
	enum value_kind kind;
	bool static_keys;
	union {
		int64_t i; /* boolean, too */
		double f;
		char *s;
		struct {
			struct entry *entries;
			size_t n, room;
		};
	};
};

static struct value *make(enum value_kind kind)
{
	struct value *v = alloc_zero(sizeof(*v));

	v->kind = kind;
	atomic_init(&v->refs, 1);
	return v;
}

struct value *value_void(void)
{
	return make(VALUE_VOID);
}

struct value *value_bool(bool b)
{
	struct value *v = make(VALUE_BOOL);

	v->i = b;
	return v;
}

struct value *value_int(int64_t i)
{
	struct value *v = make(VALUE_INT);

	v->i = i;
	return v;
}

struct value *value_float(double f)
{
	struct value *v = make(VALUE_FLOAT);

	v->f = f;
	return v;
}

struct value *value_string(const char *s)
{
	struct value *v = make(VALUE_STRING);
	size_t n = s ? strlen(s) : 0;

	v->s = alloc_text(s ? s : "", n);
	text_clean(v->s, n);
	return v;
}

struct value *value_format(const char *format, ...)
{
	struct value *v = make(VALUE_STRING);
	va_list args;

	va_start(args, format);
	v->s = alloc_vprintf(format, args);
	va_end(args);
	text_clean(v->s, strlen(v->s));
	return v;
}

struct value *value_datetime(const char *s)
{
	struct value *v = value_string(s);

	v->kind = VALUE_DATETIME;
	return v;
}

struct value *value_time(int64_t seconds)
{
	time_t t = seconds;
	struct tm tm;
	char text[32];

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y%m%dT%H:%M:%SZ", &tm);
	return value_datetime(text);
}

struct value *value_set(void)
{
	return make(VALUE_SET);
}

struct value *value_map(void)
{
	return make(VALUE_MAP);
}

struct value *value_get(struct value *v)
{
	if (v)
		atomic_fetch_add_explicit(&v->refs, 1, memory_order_relaxed);
	return v;
}

void value_put(struct value *v)
{
	/* The release of each holder's reads pairs with the acquire of the one that frees. */
	if (!v || atomic_fetch_sub_explicit(&v->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (v->kind == VALUE_STRING || v->kind == VALUE_DATETIME) {
		free(v->s);
	} else if (v->kind == VALUE_SET || v->kind == VALUE_MAP) {
		for (size_t i = 0; i < v->n; i++) {
			if (!v->static_keys)
				free((char *)v->entries[i].key);
			value_put(v->entries[i].item);
		}
		free(v->entries);
	}
	free(v);
}

/* The key is taken over. */
static void put_entry(struct value *v, const char *key, struct value *item)
{
	if (v->n == v->room) {
		v->room = v->room ? 2 * v->room : 4;
		v->entries = alloc_resize(v->entries, v->room * sizeof(*v->entries));
	}
	v->entries[v->n++] = (struct entry){key, item};
}

static void append(struct value *v, const char *key, struct value *item)
{
	char *copy = key ? alloc_text(key, strlen(key)) : NULL;

	if (copy)
		text_clean(copy, strlen(copy));
	put_entry(v, copy, item);
}

void value_add(struct value *set, struct value *item)
{
	append(set, NULL, item);
}

void value_map_add(struct value *map, const char *key, struct value *item)
{
	append(map, key, item);
}

void value_map_add_static(struct value *map, const char *key, struct value *item)
{
	map->static_keys = true;
	put_entry(map, key, item);
}

struct place {
	struct entry entry;
	size_t at;
};

static int by_key(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = strcmp(x->entry.key, y->entry.key);

	return order ? order : x->at < y->at ? -1 : 1;
}

void value_map_seal(struct value *map)
{
	struct place *places;
	size_t kept = 0;

	if (map->n < 2)
		return;
	places = alloc_zero(map->n * sizeof(*places));
	for (size_t i = 0; i < map->n; i++)
		places[i] = (struct place){map->entries[i], i};
	qsort(places, map->n, sizeof(*places), by_key);
	for (size_t i = 0; i < map->n; i++) {
		if (i + 1 < map->n && !strcmp(places[i].entry.key, places[i + 1].entry.key)) {
			if (!map->static_keys)
				free((char *)places[i].entry.key);
			value_put(places[i].entry.item);
		} else {
			map->entries[kept++] = places[i].entry;
		}
	}
	map->n = kept;
	free(places);
}

struct value *value_map_without(const struct value *map, const char *key)
{
	struct value *v = value_map();

	for (size_t i = 0; i < value_size(map); i++)
		if (strcmp(map->entries[i].key, key))
			append(v, map->entries[i].key, value_get(map->entries[i].item));
	return v;
}

struct value *value_map_with(const struct value *map, const char *key, struct value *item)
{
	struct value *v = value_map_without(map, key);

	append(v, key, item);
	value_map_seal(v);
	return v;
}

struct value *value_set_without(const struct value *set, const char *s)
{
	struct value *v = value_set();

	for (size_t i = 0; i < value_size(set); i++)
		if (strcmp(value_text(set->entries[i].item), s))
			append(v, NULL, value_get(set->entries[i].item));
	return v;
}

struct value *value_set_with(const struct value *set, const char *s)
{
	struct value *v = value_set_without(set, s);

	append(v, NULL, value_string(s));
	return v;
}

enum value_kind value_kind(const struct value *v)
{
	return v ? v->kind : VALUE_VOID;
}

bool value_is(const struct value *v)
{
	return v && v->kind == VALUE_BOOL && v->i;
}

int64_t value_number(const struct value *v)
{
	return v && v->kind == VALUE_INT ? v->i : 0;
}

double value_real(const struct value *v)
{
	return v && v->kind == VALUE_FLOAT ? v->f : (double)value_number(v);
}

const char *value_text(const struct value *v)
{
	return v && (v->kind == VALUE_STRING || v->kind == VALUE_DATETIME) ? v->s : "";
}

size_t value_size(const struct value *v)
{
	return v && (v->kind == VALUE_SET || v->kind == VALUE_MAP) ? v->n : 0;
}

struct value *value_item(const struct value *v, size_t i)
{
	return v->entries[i].item;
}

const char *value_key(const struct value *v, size_t i)
{
	return v->entries[i].key;
}

struct value *value_lookup(const struct value *map, const char *key)
{
	size_t low = 0, high = value_kind(map) == VALUE_MAP ? map->n : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(key, map->entries[middle].key);

		if (!order)
			return map->entries[middle].item;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

bool value_has(const struct value *set, const char *s)
{
	for (size_t i = 0; i < value_size(set); i++)
		if (!strcmp(value_text(set->entries[i].item), s))
			return true;
	return false;
}

bool value_equal(const struct value *a, const struct value *b)
{
	if (a == b)
		return true;
	if (!a || !b || a->kind != b->kind)
		return false;
	switch (a->kind) {
	case VALUE_VOID: return true;
	case VALUE_BOOL:
	case VALUE_INT: return a->i == b->i;
	case VALUE_FLOAT: return a->f == b->f;
	case VALUE_DATETIME:
	case VALUE_STRING: return !strcmp(a->s, b->s);
	case VALUE_SET:
	case VALUE_MAP: break;
	}
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const struct entry *x = &a->entries[i], *y = &b->entries[i];

		if ((x->key && strcmp(x->key, y->key)) || !value_equal(x->item, y->item))
			return false;
	}
	return true;
}
