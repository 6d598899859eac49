// SPDX-License-Identifier: GPL-2.0-only
/* Storage: the drivers, and where an SR and a VDI are. */
#include "storage.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"

static const struct storage_driver *const drivers[] = {&storage_file, &storage_iso};

enum { DRIVERS = sizeof(drivers) / sizeof(*drivers) };

const struct storage_driver *storage_driver(const char *type)
{
	for (int i = 0; i < DRIVERS; i++)
		if (!strcmp(drivers[i]->type, type))
			return drivers[i];
	return NULL;
}

struct value *storage_types(void)
{
	struct value *set = value_set();

	for (int i = 0; i < DRIVERS; i++)
		value_add(set, value_string(drivers[i]->type));
	return set;
}

char *storage_place(struct call *call, const struct object *sr)
{
	const struct storage_driver *driver = storage_driver(store_text(sr, F_SR_type));
	struct value *set = store_get(sr, F_SR_PBDs);
	const struct object *pbd =
		value_size(set) ? store_find(CLASS(PBD), value_text(value_item(set, 0))) : NULL;
	const struct value *place;

	if (!pbd)
		return call_fail(call, "SR_HAS_NO_PBDS", sr->ref, NULL);
	if (!store_is(pbd, F_PBD_currently_attached))
		return call_fail(call, "SR_NOT_ATTACHED", sr->ref, NULL);
	place = driver ? value_lookup(store_get(pbd, F_PBD_device_config), driver->key) : NULL;
	if (!place)
		return call_fail(call, "SR_UNKNOWN_DRIVER", store_text(sr, F_SR_type), NULL);
	return alloc_text(value_text(place), strlen(value_text(place)));
}

char *storage_path(struct call *call, const struct object *vdi, bool *block)
{
	const struct object *sr = store_ref(vdi, F_VDI_SR);
	const struct storage_driver *driver;
	char *place, *path;

	if (!sr)
		return call_fail(call, "HANDLE_INVALID", "SR", store_text(vdi, F_VDI_SR), NULL);
	if (store_is(vdi, F_VDI_missing))
		return call_fail(call, "VDI_MISSING", sr->ref, vdi->ref, NULL);
	place = storage_place(call, sr);
	if (!place)
		return NULL;
	driver = storage_driver(store_text(sr, F_SR_type));
	path = driver->path(place, store_text(vdi, F_VDI_location));
	if (block)
		*block = driver->block;
	free(place);
	return path;
}

/* The sum of the VDIs' sizes. */
static int64_t allocated(const struct object *sr)
{
	struct value *set = store_get(sr, F_SR_VDIs);
	int64_t sum = 0;

	for (size_t i = 0; i < value_size(set); i++)
		sum += store_int(store_find(CLASS(VDI), value_text(value_item(set, i))),
				 F_VDI_virtual_size);
	return sum;
}

void storage_refresh(const char *ref)
{
	struct call none = {0};
	const struct storage_driver *driver = NULL;
	uint64_t size = 0, used = 0;
	struct object *sr;
	char *place = NULL, *why;

	store_lock();
	sr = store_find(CLASS(SR), ref);
	if (sr) {
		driver = storage_driver(store_text(sr, F_SR_type));
		place = storage_place(&none, sr);
	}
	store_unlock();
	value_put(none.error);
	if (!driver || !place)
		return;
	why = driver->sizes(place, &size, &used);
	free(place);
	store_begin();
	sr = store_find(CLASS(SR), ref);
	if (sr && !why) {
		store_set_int(sr, F_SR_physical_size, (int64_t)size);
		store_set_int(sr, F_SR_physical_utilisation, (int64_t)used);
		store_set_int(sr, F_SR_virtual_allocation, allocated(sr));
	}
	store_commit();
	free(why);
}
