/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects of the server: their records, asked for once, and the names of references. */
#ifndef XE_STORE_H
#define XE_STORE_H

#include <jansson.h>

#include "model.h"

/* All records of @class, by reference; the store's own. NULL: the server lists none. */
json_t *store_records(const struct model_class *class);
/* The record of @ref, the store's own; NULL: there is no such object. */
json_t *store_record(const struct model_class *class, const char *ref);
/* The UUID of @ref; "<not in database>" for none. */
const char *store_uuid(const struct model_class *class, const char *ref);
/* The name of @ref; "<not in database>" for none. */
const char *store_name(const struct model_class *class, const char *ref);
/* The reference of the object of @class with @uuid. The program ends when there is none. */
const char *store_by_uuid(const struct model_class *class, const char *uuid);
/*
 * The reference of the object of @class that @given names, by UUID or by name. The program ends
 * when none has this name, or several have.
 */
const char *store_by_name(const struct model_class *class, const char *given);
/* @ref as "UUID (name)", of whichever class it is among those that the store holds. */
const char *store_describe(const char *ref);
/* Forget all records: the next look asks the server again. */
void store_forget(void);

#endif
