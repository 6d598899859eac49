// SPDX-License-Identifier: GPL-2.0-only
/* SRs and PBDs. A host has one PBD for each SR, and the SR can be used while that is plugged. */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "generic.h"
#include "operation.h"
#include "storage.h"

static void *failed(struct call *call, char *why)
{
	call_fail(call, "SR_BACKEND_FAILURE", "xapid", why, NULL);
	free(why);
	return NULL;
}

/* The driver of a type that a call names, with its place in device_config; or it failed. */
static const struct storage_driver *driver_for(struct call *call, const char *type,
					       const struct value *config, const char **place)
{
	const struct storage_driver *driver = storage_driver(type);
	const struct value *v = driver ? value_lookup(config, driver->key) : NULL;

	if (!driver)
		return call_fail(call, "SR_UNKNOWN_DRIVER", type, NULL);
	if (!v)
		return call_fail(call, "SR_BACKEND_FAILURE", "xapid",
				 "device_config lacks what says where the SR is", driver->key,
				 NULL);
	*place = value_text(v);
	return driver;
}

static struct object *make_pbd(struct object *sr, struct object *host, struct value *config)
{
	struct object *pbd = store_create(CLASS(PBD));

	store_set_ref(pbd, F_PBD_SR, sr);
	store_set_ref(pbd, F_PBD_host, host);
	store_set(pbd, F_PBD_device_config, value_get(config));
	return pbd;
}

/* Whether another SR of this type is in the same place; then the call failed. */
static bool taken(struct call *call, const struct storage_driver *driver, const char *place)
{
	for (struct object *pbd = store_first(CLASS(PBD)); pbd; pbd = store_next(pbd)) {
		const struct object *sr = store_ref(pbd, F_PBD_SR);
		const struct value *v =
			value_lookup(store_get(pbd, F_PBD_device_config), driver->key);

		if (sr && v && !strcmp(store_text(sr, F_SR_type), driver->type) &&
		    !strcmp(value_text(v), place)) {
			call_fail(call, "SR_BACKEND_FAILURE", "xapid", "another SR is there",
				  sr->ref, NULL);
			return true;
		}
	}
	return false;
}

static struct value *create(struct call *call)
{
	struct value *config = call_arg(call, 2);
	const struct storage_driver *driver;
	struct object *sr, *host;
	const char *place;
	char *why;

	driver = driver_for(call, call_text(call, 6), config, &place);
	if (!driver)
		return NULL;
	why = driver->attach(place, !driver->read_only);
	if (why)
		return failed(call, why);
	store_begin();
	host = call_object(call, 1);
	if (!host || taken(call, driver, place)) {
		store_abort();
		return NULL;
	}
	sr = store_create(CLASS(SR));
	store_set_text(sr, F_SR_name_label, call_text(call, 4));
	store_set_text(sr, F_SR_name_description, call_text(call, 5));
	store_set_text(sr, F_SR_type, call_text(call, 6));
	store_set_text(sr, F_SR_content_type,
		       driver->read_only     ? "iso"
		       : *call_text(call, 7) ? call_text(call, 7)
					     : "user");
	store_set_bool(sr, F_SR_shared, value_is(call_arg(call, 8)));
	store_set(sr, F_SR_sm_config, value_get(call_arg(call, 9)));
	store_set_bool(make_pbd(sr, host, config), F_PBD_currently_attached, true);
	struct value *ref = value_string(sr->ref);
	if (!store_commit()) {
		value_put(ref);
		return call_fail(call, "INTERNAL_ERROR", "the database cannot be written", NULL);
	}
	storage_refresh(value_text(ref));
	return ref;
}

static struct value *introduce(struct call *call)
{
	struct object *sr;

	if (!storage_driver(call_text(call, 4)))
		return call_fail(call, "SR_UNKNOWN_DRIVER", call_text(call, 4), NULL);
	if (*call_text(call, 1) && store_by_uuid(CLASS(SR), call_text(call, 1)))
		return call_fail(call, "SR_UUID_EXISTS", call_text(call, 1), NULL);
	sr = store_create(CLASS(SR));
	if (*call_text(call, 1))
		store_set_text(sr, F_SR_uuid, call_text(call, 1));
	store_set_text(sr, F_SR_name_label, call_text(call, 2));
	store_set_text(sr, F_SR_name_description, call_text(call, 3));
	store_set_text(sr, F_SR_type, call_text(call, 4));
	store_set_text(sr, F_SR_content_type, call_text(call, 5));
	store_set_bool(sr, F_SR_shared, value_is(call_arg(call, 6)));
	store_set(sr, F_SR_sm_config, value_get(call_arg(call, 7)));
	return value_string(sr->ref);
}

/* Whether no PBD of the SR is plugged and no VDI is in use; or the call failed. */
static bool unused(struct call *call, const struct object *sr)
{
	struct value *set = store_get(sr, F_SR_PBDs);

	for (size_t i = 0; i < value_size(set); i++)
		if (store_is(store_find(CLASS(PBD), value_text(value_item(set, i))),
			     F_PBD_currently_attached))
			call_fail(call, "SR_HAS_PBD", sr->ref, NULL);
	set = store_get(sr, F_SR_VDIs);
	for (size_t i = 0; i < value_size(set); i++) {
		const struct object *vdi = store_find(CLASS(VDI), value_text(value_item(set, i)));

		if (vdi_in_use(vdi) || operation_busy(vdi->ref))
			call_fail(call, "VDI_IN_USE", vdi->ref, "destroy", NULL);
	}
	return !call_failed(call);
}

/* Forget an SR with its VDIs and PBDs; what is on the disk stays. */
static struct value *forget(struct call *call)
{
	struct object *sr = call_object(call, 1);
	struct value *set;

	if (!sr || !unused(call, sr))
		return NULL;
	set = value_get(store_get(sr, F_SR_VDIs));
	for (size_t i = 0; i < value_size(set); i++)
		store_delete(store_find(CLASS(VDI), value_text(value_item(set, i))));
	value_put(set);
	set = value_get(store_get(sr, F_SR_PBDs));
	for (size_t i = 0; i < value_size(set); i++)
		store_delete(store_find(CLASS(PBD), value_text(value_item(set, i))));
	value_put(set);
	store_delete(sr);
	return NULL;
}

/* Destroying the SR destroys nothing that is not empty: the VDIs have to be gone. */
static struct value *destroy(struct call *call)
{
	struct object *sr = call_object(call, 1);

	if (sr && value_size(store_get(sr, F_SR_VDIs)))
		return call_fail(call, "SR_NOT_EMPTY", sr->ref, NULL);
	return forget(call);
}

/* --- Scan --- */

/* Bring a VDI up to its image, or make one of an image that a user put there. */
static void found(struct object *sr, const struct storage_driver *driver,
		  const struct storage_image *image)
{
	struct value *set = store_get(sr, F_SR_VDIs);
	struct object *vdi = NULL;

	for (size_t i = 0; i < value_size(set) && !vdi; i++) {
		vdi = store_find(CLASS(VDI), value_text(value_item(set, i)));
		if (strcmp(store_text(vdi, F_VDI_location), image->location))
			vdi = NULL;
	}
	if (!vdi) {
		vdi = store_create(CLASS(VDI));
		store_set_text(vdi, F_VDI_location, image->location);
		store_set_text(vdi, F_VDI_name_label, image->location);
		store_set_bool(vdi, F_VDI_read_only, driver->read_only);
		store_set_bool(vdi, F_VDI_sharable, driver->read_only);
		store_set_ref(vdi, F_VDI_SR, sr);
	}
	store_set_bool(vdi, F_VDI_missing, false);
	store_set_int(vdi, F_VDI_virtual_size, (int64_t)image->size);
	store_set_int(vdi, F_VDI_physical_utilisation, (int64_t)image->used);
}

/* VDIs whose image is gone: those of an ISO SR go, too; others are marked. */
static void lost(struct object *sr, const struct storage_driver *driver,
		 const struct storage_image *images, int n)
{
	struct value *set = value_get(store_get(sr, F_SR_VDIs));

	for (size_t i = 0; i < value_size(set); i++) {
		struct object *vdi = store_find(CLASS(VDI), value_text(value_item(set, i)));
		bool there = operation_busy(vdi->ref);

		for (int j = 0; j < n && !there; j++)
			there = !strcmp(store_text(vdi, F_VDI_location), images[j].location);
		if (!there && driver->read_only && !vdi_in_use(vdi))
			store_delete(vdi);
		else if (!there)
			store_set_bool(vdi, F_VDI_missing, true);
	}
	value_put(set);
}

/* Whether an image is being made or destroyed by an operation that runs. */
static bool in_flux(const struct object *sr, const char *location)
{
	struct value *set = store_get(sr, F_SR_VDIs);

	for (size_t i = 0; i < value_size(set); i++) {
		const struct object *vdi = store_find(CLASS(VDI), value_text(value_item(set, i)));

		if (operation_busy(vdi->ref) && !strcmp(store_text(vdi, F_VDI_location), location))
			return true;
	}
	return false;
}

static struct value *scan(struct call *call)
{
	const struct storage_driver *driver = NULL;
	struct storage_image *images = NULL;
	char *place = NULL, *why;
	struct operation op;
	struct object *sr;
	int n = 0;

	store_begin();
	sr = call_object(call, 1);
	if (sr && operation_begin(call, &op, sr, sr, "scan")) {
		place = storage_place(call, sr);
		driver = storage_driver(store_text(sr, F_SR_type));
		if (!place || !store_commit()) {
			if (!place)
				store_abort();
			operation_drop(&op);
			free(place);
			return NULL;
		}
	} else {
		store_abort();
		return NULL;
	}
	why = driver->scan(place, &images, &n);
	store_begin();
	sr = store_find(CLASS(SR), call_text(call, 1));
	if (sr && !why) {
		for (int i = 0; i < n; i++)
			if (!in_flux(sr, images[i].location))
				found(sr, driver, &images[i]);
		lost(sr, driver, images, n);
	}
	operation_end(&op);
	store_commit();
	operation_drop(&op);
	for (int i = 0; i < n; i++)
		free(images[i].location);
	free(images);
	free(place);
	if (why)
		return failed(call, why);
	storage_refresh(call_text(call, 1));
	return NULL;
}

static struct value *get_supported_types(struct call *call)
{
	(void)call;
	return storage_types();
}

static struct value *update(struct call *call)
{
	storage_refresh(call_text(call, 1));
	return NULL;
}

/* --- PBDs --- */

static struct value *create_pbd(struct call *call)
{
	const struct value *record = call_arg(call, 1);
	const struct value *sr = value_lookup(record, "SR"), *host = value_lookup(record, "host");
	struct object *pbd;

	if (!sr || !store_find(CLASS(SR), value_text(sr)))
		return call_fail(call, "HANDLE_INVALID", "SR", value_text(sr), NULL);
	if (!host || !store_find(CLASS(host), value_text(host)))
		return call_fail(call, "HANDLE_INVALID", "host", value_text(host), NULL);
	if (value_size(store_get(store_find(CLASS(SR), value_text(sr)), F_SR_PBDs)))
		return call_fail(call, "PBD_EXISTS", value_text(sr), value_text(host), NULL);
	pbd = store_create(CLASS(PBD));
	generic_fill(pbd, record);
	return value_string(pbd->ref);
}

static struct value *destroy_pbd(struct call *call)
{
	struct object *pbd = call_object(call, 1);

	if (pbd && store_is(pbd, F_PBD_currently_attached))
		return call_fail(call, "OPERATION_NOT_ALLOWED", "the PBD is plugged", NULL);
	if (pbd)
		store_delete(pbd);
	return NULL;
}

static struct value *plug_pbd(struct call *call)
{
	const struct storage_driver *driver = NULL;
	struct object *pbd, *sr = NULL;
	const char *found_place;
	char *place = NULL, *why;

	store_lock();
	pbd = call_object(call, 1);
	sr = pbd ? store_ref(pbd, F_PBD_SR) : NULL;
	if (sr)
		driver = driver_for(call, store_text(sr, F_SR_type),
				    store_get(pbd, F_PBD_device_config), &found_place);
	if (driver)
		place = alloc_text(found_place, strlen(found_place));
	store_unlock();
	if (!place)
		return NULL;
	why = driver->attach(place, false);
	free(place);
	if (why)
		return failed(call, why);
	store_begin();
	pbd = store_find(CLASS(PBD), call_text(call, 1));
	if (pbd)
		store_set_bool(pbd, F_PBD_currently_attached, true);
	store_commit();
	return NULL;
}

static struct value *unplug_pbd(struct call *call)
{
	struct object *pbd = call_object(call, 1), *sr = pbd ? store_ref(pbd, F_PBD_SR) : NULL;
	struct value *set = sr ? store_get(sr, F_SR_VDIs) : NULL;

	for (size_t i = 0; i < value_size(set); i++) {
		const struct object *vdi = store_find(CLASS(VDI), value_text(value_item(set, i)));

		if (vdi_in_use(vdi) || operation_busy(vdi->ref))
			return call_fail(call, "VDI_IN_USE", vdi->ref, "unplug", NULL);
	}
	if (pbd)
		store_set_bool(pbd, F_PBD_currently_attached, false);
	return NULL;
}

static struct value *set_device_config(struct call *call)
{
	struct object *pbd = call_object(call, 1);

	if (pbd && store_is(pbd, F_PBD_currently_attached))
		return call_fail(call, "OPERATION_NOT_ALLOWED", "the PBD is plugged", NULL);
	if (pbd)
		store_set(pbd, F_PBD_device_config, value_get(call_arg(call, 2)));
	return NULL;
}

const struct api sr_api[] = {
	{"SR.create", create, CALL_FREE},
	{"SR.introduce", introduce, CALL_WRITE},
	{"SR.forget", forget, CALL_WRITE},
	{"SR.destroy", destroy, CALL_WRITE},
	{"SR.scan", scan, CALL_FREE},
	{"SR.update", update, CALL_FREE},
	{"SR.get_supported_types", get_supported_types, CALL_READ},
	{"SR.set_name_label", generic_set, CALL_WRITE},
	{"SR.set_name_description", generic_set, CALL_WRITE},
	{"SR.set_shared", generic_set, CALL_WRITE},
	{"PBD.create", create_pbd, CALL_WRITE},
	{"PBD.destroy", destroy_pbd, CALL_WRITE},
	{"PBD.plug", plug_pbd, CALL_FREE},
	{"PBD.unplug", unplug_pbd, CALL_WRITE},
	{"PBD.set_device_config", set_device_config, CALL_WRITE},
	{0},
};
