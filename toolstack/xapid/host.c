// SPDX-License-Identifier: GPL-2.0-only
/* The messages of the classes host and pool: there is one of each. */
#include "host.h"

#include <stdlib.h>
#include <time.h>

#include "backend.h"
#include "generic.h"
#include "setup.h"
#include "store.h"

static struct value *set_enabled(struct call *call, bool enabled)
{
	struct object *host = call_object(call, 1);

	if (host)
		store_set_bool(host, F_host_enabled, enabled);
	return NULL;
}

static struct value *enable(struct call *call)
{
	return set_enabled(call, true);
}

static struct value *disable(struct call *call)
{
	return set_enabled(call, false);
}

static struct value *get_servertime(struct call *call)
{
	return call_object(call, 1) ? value_time(time(NULL)) : NULL;
}

static struct value *get_server_localtime(struct call *call)
{
	time_t t = time(NULL);
	struct tm tm;
	char text[32];

	if (!call_object(call, 1))
		return NULL;
	localtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y%m%dT%H:%M:%S", &tm);
	return value_datetime(text);
}

static struct value *list_methods(struct call *call)
{
	struct value *set = value_set();

	(void)call;
	for (unsigned int i = 0; i < model_n_messages; i++)
		value_add(set, value_string(model_messages[i].name));
	return set;
}

static struct value *compute_free_memory(struct call *call)
{
	struct backend_host b;
	char *why = backend->host(&b);

	free(why);
	return value_int(why ? 0 : (int64_t)b.memory_free);
	(void)call;
}

static struct value *compute_memory_overhead(struct call *call)
{
	return call_object(call, 1) ? value_int(0) : NULL;
}

static struct value *get_management_interface(struct call *call)
{
	struct object *pif = store_first(CLASS(PIF));

	if (!call_object(call, 1))
		return NULL;
	while (pif && !store_is(pif, F_PIF_management))
		pif = store_next(pif);
	return value_string(pif ? pif->ref : NULL_REF);
}

static struct value *empty_set(struct call *call)
{
	return call_object(call, 1) ? value_set() : NULL;
}

static struct value *empty_map(struct call *call)
{
	return call_object(call, 1) ? value_map() : NULL;
}

static struct value *never(struct call *call)
{
	return call_object(call, 1) ? value_bool(false) : NULL;
}

static struct value *hypervisor_log(struct call *call, bool clear)
{
	char *why, *text = NULL;
	struct value *v;
	bool here;

	store_lock();
	here = call_object(call, 1);
	store_unlock();
	if (!here)
		return NULL;
	why = backend->log(clear, &text);
	v = why ? call_fail(call, "INTERNAL_ERROR", why, NULL) : value_string(text);
	free(text);
	free(why);
	return v;
}

static struct value *dmesg(struct call *call)
{
	return hypervisor_log(call, false);
}

static struct value *dmesg_clear(struct call *call)
{
	return hypervisor_log(call, true);
}

/* There are no plugins. */
static struct value *call_plugin(struct call *call)
{
	if (!call_object(call, 1))
		return NULL;
	return call_fail(call, "XENAPI_MISSING_PLUGIN", call_text(call, 2), NULL);
}

/* Each transaction is on the disk when its call returns. */
static struct value *sync_database(struct call *call)
{
	(void)call;
	return NULL;
}

static struct value *get_license_state(struct call *call)
{
	struct value *map;

	if (!call_object(call, 1))
		return NULL;
	map = value_map();
	value_map_add(map, "edition", value_string("free"));
	value_map_add(map, "expiry", value_string("never"));
	return map;
}

const struct api host_api[] = {
	{"host.enable", enable, CALL_WRITE},
	{"host.disable", disable, CALL_WRITE},
	{"host.get_servertime", get_servertime, CALL_READ},
	{"host.get_server_localtime", get_server_localtime, CALL_READ},
	{"host.list_methods", list_methods, CALL_READ},
	{"host.compute_free_memory", compute_free_memory, CALL_FREE},
	{"host.compute_memory_overhead", compute_memory_overhead, CALL_READ},
	{"host.get_management_interface", get_management_interface, CALL_READ},
	{"host.get_uncooperative_resident_VMs", empty_set, CALL_READ},
	{"host.get_vms_which_prevent_evacuation", empty_map, CALL_READ},
	{"host.has_extension", never, CALL_READ},
	{"host.dmesg", dmesg, CALL_FREE},
	{"host.dmesg_clear", dmesg_clear, CALL_FREE},
	{"host.call_plugin", call_plugin, CALL_READ},
	{"pool.sync_database", sync_database, CALL_READ},
	{"pool.get_license_state", get_license_state, CALL_READ},
	{"pool.has_extension", never, CALL_READ},
	{0},
};
