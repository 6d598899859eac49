// SPDX-License-Identifier: GPL-2.0-only
/*
 * VDIs. The record comes before the image and goes after it, and the journal has what is on its
 * way: a daemon that died meanwhile removes what was half made (recovery.c).
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alloc.h"
#include "generic.h"
#include "operation.h"
#include "storage.h"
#include "task.h"

#define SECTOR 512

bool vdi_in_use(const struct object *vdi)
{
	struct value *set = store_get(vdi, F_VDI_VBDs);

	for (size_t i = 0; i < value_size(set); i++) {
		const struct object *vbd = store_find(CLASS(VBD), value_text(value_item(set, i)));

		if (store_is(vbd, F_VBD_currently_attached) ||
		    operation_busy(store_text(vbd, F_VBD_VM)))
			return true;
	}
	return false;
}

static void *failed(struct call *call, char *why)
{
	if (task_cancelled(call))
		call_fail(call, "TASK_CANCELLED", call->task, NULL);
	else
		call_fail(call, "SR_BACKEND_FAILURE", "xapid", why, NULL);
	free(why);
	return NULL;
}

/* The driver and place of an SR, if it can be written; or the call failed. The lock is held. */
static const struct storage_driver *writable(struct call *call, const struct object *sr,
					     char **place)
{
	const struct storage_driver *driver;

	*place = NULL;
	if (!sr)
		return call_fail(call, "HANDLE_INVALID", "SR", NULL_REF, NULL);
	driver = storage_driver(store_text(sr, F_SR_type));
	if (!driver || driver->read_only)
		return call_fail(call, "SR_OPERATION_NOT_SUPPORTED", sr->ref, NULL);
	*place = storage_place(call, sr);
	return *place ? driver : NULL;
}

/* An image on its way. */
struct making {
	const struct storage_driver *driver;
	char *place, *location;
	char ref[48], sr[48];
	struct operation op;
	uint64_t size;
	long long *journal; /* if not NULL, the journal's entry goes on, and is put there */
};

static void free_making(struct making *m)
{
	free(m->place);
	free(m->location);
}

/* Make the record of a new image in an SR, guarded. In a transaction. */
static struct object *new_vdi(struct call *call, struct object *sr, struct making *m)
{
	struct object *vdi;

	m->driver = writable(call, sr, &m->place);
	if (!m->driver)
		return NULL;
	vdi = store_create(CLASS(VDI));
	m->location = alloc_printf("%s.raw", store_text(vdi, F_VDI_uuid));
	store_set_text(vdi, F_VDI_location, m->location);
	store_set_ref(vdi, F_VDI_SR, sr);
	strcpy(m->ref, vdi->ref);
	strcpy(m->sr, sr->ref);
	return operation_begin(call, &m->op, vdi, NULL, "create") ? vdi : NULL;
}

/* The image is there, or not: keep the record, or not. Return: the reference, or NULL. */
static struct value *made(struct call *call, struct making *m, char *why)
{
	struct object *vdi;

	store_begin();
	vdi = store_find(CLASS(VDI), m->ref);
	if (vdi && why)
		store_delete(vdi);
	if (m->journal && !why) {
		*m->journal = m->op.journal;
		m->op.journal = 0;
	}
	operation_end(&m->op);
	if (!store_commit() && !why)
		why = alloc_printf("the database cannot be written");
	operation_drop(&m->op);
	if (why)
		return failed(call, why);
	storage_refresh(m->sr);
	return value_string(m->ref);
}

static bool good_size(struct call *call, const struct value *size)
{
	if (value_kind(size) == VALUE_INT && value_number(size) > 0 &&
	    value_number(size) < (1ll << 50))
		return true;
	call_fail(call, "INVALID_VALUE", "virtual_size", "it is not between 1 and 2^50", NULL);
	return false;
}

static uint64_t rounded(int64_t size)
{
	return ((uint64_t)size + SECTOR - 1) / SECTOR * SECTOR;
}

static bool begin_create(struct call *call, const struct value *record, struct making *m)
{
	const struct value *sr = value_lookup(record, "SR");
	struct object *vdi;

	if (!good_size(call, value_lookup(record, "virtual_size")))
		return false;
	m->size = rounded(value_number(value_lookup(record, "virtual_size")));
	store_begin();
	vdi = new_vdi(call, sr ? store_find(CLASS(SR), value_text(sr)) : NULL, m);
	if (!vdi) {
		store_abort();
		return false;
	}
	generic_fill(vdi, record);
	store_set_int(vdi, F_VDI_virtual_size, (int64_t)m->size);
	if (store_commit())
		return true;
	call_fail(call, "INTERNAL_ERROR", "the database cannot be written", NULL);
	return false;
}

struct value *vdi_create(struct call *call, const struct value *record, long long *journal)
{
	struct making m = {.journal = journal};
	struct value *ref = NULL;

	if (begin_create(call, record, &m))
		ref = made(call, &m, m.driver->create(m.place, m.location, m.size));
	else
		operation_drop(&m.op);
	free_making(&m);
	return ref;
}

static struct value *create(struct call *call)
{
	return vdi_create(call, call_arg(call, 1), NULL);
}

/* --- Destroy --- */

bool vdi_remove(struct call *call, const char *ref)
{
	const struct storage_driver *driver = NULL;
	struct operation op = {0};
	char *place = NULL, *location = NULL, *why, sr_ref[48] = "";
	struct object *vdi, *sr;

	store_begin();
	vdi = store_find(CLASS(VDI), ref);
	sr = vdi ? store_ref(vdi, F_VDI_SR) : NULL;
	if (!vdi)
		call_fail(call, "HANDLE_INVALID", "VDI", ref, NULL);
	else if (vdi_in_use(vdi))
		call_fail(call, "VDI_IN_USE", ref, "destroy", NULL);
	else
		driver = writable(call, sr, &place);
	if (driver && operation_begin(call, &op, vdi, vdi, "destroy")) {
		location = alloc_text(store_text(vdi, F_VDI_location),
				      strlen(store_text(vdi, F_VDI_location)));
		strcpy(sr_ref, sr->ref);
		store_commit();
	} else {
		store_abort();
		free(place);
		return false;
	}
	why = driver->destroy(place, location);
	free(place);
	free(location);
	store_begin();
	operation_end(&op);
	vdi = store_find(CLASS(VDI), ref);
	if (vdi && !why)
		store_delete(vdi);
	store_commit();
	operation_drop(&op);
	storage_refresh(sr_ref);
	if (why)
		failed(call, why);
	return !call_failed(call);
}

void vdi_drop(const struct call *call, const char *ref, long long journal)
{
	struct call quiet = {.message = call->message};

	vdi_remove(&quiet, ref);
	value_put(quiet.error);
	store_begin();
	if (journal)
		store_journal_end(journal);
	store_commit();
}

static struct value *destroy(struct call *call)
{
	vdi_remove(call, call_text(call, 1));
	return NULL;
}

static struct value *forget(struct call *call)
{
	struct object *vdi = call_object(call, 1);

	if (vdi && (vdi_in_use(vdi) || operation_busy(vdi->ref)))
		return call_fail(call, "VDI_IN_USE", vdi->ref, "forget", NULL);
	if (vdi)
		store_delete(vdi);
	return NULL;
}

/* --- Resize --- */

static struct value *resize_to(struct call *call, bool online)
{
	const struct storage_driver *driver = NULL;
	struct operation op = {0};
	char *place = NULL, *location = NULL, *why, sr_ref[48] = "";
	struct object *vdi;
	uint64_t size;

	if (!good_size(call, call_arg(call, 2)))
		return NULL;
	size = rounded(value_number(call_arg(call, 2)));
	store_begin();
	vdi = call_object(call, 1);
	if (vdi && !online && vdi_in_use(vdi))
		call_fail(call, "VDI_IN_USE", vdi->ref, "resize", NULL);
	else if (vdi && size < (uint64_t)store_int(vdi, F_VDI_virtual_size))
		call_fail(call, "INVALID_VALUE", "size", "an image does not shrink", NULL);
	else if (vdi)
		driver = writable(call, store_ref(vdi, F_VDI_SR), &place);
	if (!driver || !operation_begin(call, &op, vdi, vdi, online ? "resize_online" : "resize")) {
		store_abort();
		free(place);
		return NULL;
	}
	location = alloc_text(store_text(vdi, F_VDI_location),
			      strlen(store_text(vdi, F_VDI_location)));
	strcpy(sr_ref, store_text(vdi, F_VDI_SR));
	store_commit();
	why = driver->resize(place, location, size);
	free(place);
	free(location);
	store_begin();
	operation_end(&op);
	vdi = store_find(CLASS(VDI), call_text(call, 1));
	if (vdi && !why)
		store_set_int(vdi, F_VDI_virtual_size, (int64_t)size);
	store_commit();
	operation_drop(&op);
	storage_refresh(sr_ref);
	return why ? failed(call, why) : NULL;
}

static struct value *resize(struct call *call)
{
	return resize_to(call, false);
}

static struct value *resize_online(struct call *call)
{
	return resize_to(call, true);
}

/* --- Copy --- */

static void describe_copy(struct object *copy, const struct object *vdi, enum vdi_copy_kind kind)
{
	static const int fields[] = {
		F_VDI_name_label,   F_VDI_name_description, F_VDI_virtual_size,  F_VDI_type,
		F_VDI_other_config, F_VDI_sm_config,        F_VDI_xenstore_data, F_VDI_tags};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		store_set(copy, fields[i], value_get(store_get(vdi, fields[i])));
	if (kind == VDI_SNAPSHOT) {
		store_set_bool(copy, F_VDI_is_a_snapshot, true);
		store_set_ref(copy, F_VDI_snapshot_of, vdi);
		store_set(copy, F_VDI_snapshot_time, value_time(time(NULL)));
	}
}

/* Two guards: the original cannot go while it is copied. */
static bool begin_copy(struct call *call, const char *ref, const char *sr_ref,
		       enum vdi_copy_kind kind, struct making *m, struct operation *source,
		       struct storage_copy *c)
{
	static const char *const names[] = {"copy", "clone", "snapshot"};
	struct object *vdi = store_find(CLASS(VDI), ref), *copy, *sr;

	if (!vdi)
		return call_fail(call, "HANDLE_INVALID", "VDI", ref, NULL);
	c->live = vdi_in_use(vdi) && !store_is(vdi, F_VDI_read_only);
	c->from = storage_path(call, vdi, NULL);
	if (!c->from || !operation_begin(call, source, vdi, vdi, names[kind]))
		return false;
	sr = sr_ref ? store_find(CLASS(SR), sr_ref) : store_ref(vdi, F_VDI_SR);
	copy = new_vdi(call, sr, m);
	if (!copy)
		return false;
	describe_copy(copy, vdi, kind);
	c->size = m->size = (uint64_t)store_int(vdi, F_VDI_virtual_size);
	c->place = m->place;
	c->location = m->location;
	return true;
}

static void end_source(struct operation *source)
{
	store_begin();
	operation_end(source);
	store_commit();
	operation_drop(source);
}

struct value *vdi_copy(struct call *call, const char *ref, const char *sr, enum vdi_copy_kind kind,
		       bool still, long long *journal)
{
	struct making m = {.journal = journal};
	struct operation source = {0};
	struct storage_copy c = {0};
	struct value *copy = NULL;

	store_begin();
	if (!begin_copy(call, ref, sr, kind, &m, &source, &c)) {
		store_abort();
	} else if (store_commit()) {
		c.live = c.live && !still;
		copy = made(call, &m, m.driver->copy(&c, call));
		end_source(&source);
	}
	operation_drop(&m.op);
	operation_drop(&source);
	free(c.from);
	free_making(&m);
	return copy;
}

static struct value *copy_vdi(struct call *call)
{
	const char *into = call_text(call, 4), *sr = call_text(call, 2);

	if (*into && strcmp(into, NULL_REF))
		return call_fail(call, "NOT_IMPLEMENTED", "VDI.copy into a VDI", NULL);
	return vdi_copy(call, call_text(call, 1), strcmp(sr, NULL_REF) ? sr : NULL, VDI_COPY, false,
			NULL);
}

static struct value *clone_vdi(struct call *call)
{
	return vdi_copy(call, call_text(call, 1), NULL, VDI_CLONE, false, NULL);
}

static struct value *snapshot(struct call *call)
{
	return vdi_copy(call, call_text(call, 1), NULL, VDI_SNAPSHOT, false, NULL);
}

/* --- The rest --- */

static struct value *introduce(struct call *call)
{
	struct object *sr = call_object(call, 4), *vdi;
	const char *uuid = call_text(call, 1), *location = call_text(call, 9);

	if (!sr)
		return NULL;
	if (!*location || *location == '.' || strchr(location, '/'))
		return call_fail(call, "INVALID_VALUE", "location", location, NULL);
	if (*uuid && store_by_uuid(CLASS(VDI), uuid))
		return call_fail(call, "UUID_INVALID", "VDI", uuid, NULL);
	vdi = store_create(CLASS(VDI));
	if (*uuid)
		store_set_text(vdi, F_VDI_uuid, uuid);
	store_set_text(vdi, F_VDI_name_label, call_text(call, 2));
	store_set_text(vdi, F_VDI_name_description, call_text(call, 3));
	store_set_ref(vdi, F_VDI_SR, sr);
	store_set(vdi, F_VDI_type, value_get(call_arg(call, 5)));
	store_set(vdi, F_VDI_sharable, value_get(call_arg(call, 6)));
	store_set(vdi, F_VDI_read_only, value_get(call_arg(call, 7)));
	store_set(vdi, F_VDI_other_config, value_get(call_arg(call, 8)));
	store_set_text(vdi, F_VDI_location, location);
	return value_string(vdi->ref);
}

static struct value *update(struct call *call)
{
	char sr[48] = "";
	struct object *vdi;

	store_lock();
	vdi = call_object(call, 1);
	if (vdi)
		strcpy(sr, store_text(vdi, F_VDI_SR));
	store_unlock();
	if (vdi)
		storage_refresh(sr);
	return NULL;
}

const struct api vdi_api[] = {
	{"VDI.create", create, CALL_FREE},
	{"VDI.destroy", destroy, CALL_FREE},
	{"VDI.forget", forget, CALL_WRITE},
	{"VDI.resize", resize, CALL_FREE},
	{"VDI.resize_online", resize_online, CALL_FREE},
	{"VDI.copy", copy_vdi, CALL_FREE},
	{"VDI.clone", clone_vdi, CALL_FREE},
	{"VDI.snapshot", snapshot, CALL_FREE},
	{"VDI.introduce", introduce, CALL_WRITE},
	{"VDI.update", update, CALL_FREE},
	{"VDI.set_name_label", generic_set, CALL_WRITE},
	{"VDI.set_name_description", generic_set, CALL_WRITE},
	{"VDI.set_sharable", generic_set, CALL_WRITE},
	{"VDI.set_read_only", generic_set, CALL_WRITE},
	{"VDI.set_on_boot", generic_set, CALL_WRITE},
	{"VDI.set_allow_caching", generic_set, CALL_WRITE},
	{0},
};
