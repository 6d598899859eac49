/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands about the host and the pool. */
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "rpc.h"
#include "store.h"
#include "text.h"
#include "verbs.h"

/* host-data-source-list, vm-data-source-list: records that are no objects. */
static void data_sources(const struct verb *verb, const struct args *args,
			 const struct found *object)
{
	static const char *const names[] = {"name_label", "name_description", "enabled",
					    "standard", "min", "max", "units"};
	static const struct scalar plain = {TYPE_FLOAT, NULL};
	json_t *list = rpc_call(verb->call, json_pack("[s]", object->ref)), *item;
	size_t i;

	(void)args;
	json_array_foreach(list, i, item) {
		struct row rows[sizeof(names) / sizeof(names[0])];
		size_t count = 0;

		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
			rows[count++] = (struct row){
				names[j], scalar_text(&plain, json_object_get(item, names[j]))};
		format_record(stdout, rows, count);
	}
	json_decref(list);
}

/* This program has a connection, and no pool of ours has a second host that could take over. */
static void not_in_emergency(const struct verb *verb, const struct args *args,
			     const struct found *none)
{
	(void)verb, (void)args, (void)none;
	puts("false");
}

/* The keys of host.cpu_info. */
static void cpu_info(const struct verb *verb, const struct args *args, const struct found *host)
{
	json_t *info = json_object_get(host->record, "cpu_info"), *item;
	struct row *rows = calloc(json_object_size(info) + 1, sizeof(*rows));
	size_t count = 0;
	const char *key;

	(void)verb, (void)args;
	if (!rows)
		fail("there is no memory left");
	json_object_foreach(info, key, item)
		rows[count++] = (struct row){key, json_string_value(item)};
	format_record(stdout, rows, count);
	free(rows);
}

/* The VMs that keep a host from being emptied, and why. */
static void preventing(const struct verb *verb, const struct args *args, const struct found *none)
{
	json_t *map = rpc_call(verb->call, verb_takes(verb->takes, args, false)), *reason;
	const char *vm;

	(void)none;
	json_object_foreach(map, vm, reason)
		printf("%s : %s\n", store_uuid(model_class("VM"), vm),
		       json_string_value(json_array_get(reason, 0)));
	json_decref(map);
}

#define HOST(name, optional, help, call)                                                           \
	{name, "", optional, help, verb_call, call, "", "host"}

const struct verb host_verbs[] = {
	HOST("host-enable", "", "Let VMs start on hosts", "host.enable"),
	HOST("host-disable", "", "Let no further VMs start on hosts", "host.disable"),
	HOST("host-evacuate", "", "Move or suspend all VMs of hosts", "host.evacuate"),
	HOST("host-shutdown", "", "Shut hosts down; they must be disabled", "host.shutdown"),
	HOST("host-reboot", "", "Reboot hosts; they must be disabled", "host.reboot"),
	HOST("host-dmesg", "", "Print the hypervisor's messages", "host.dmesg"),
	HOST("host-compute-free-memory", "", "Print the memory that a VM could have",
	     "host.compute_free_memory"),
	HOST("host-compute-memory-overhead", "", "Print the memory that virtualization takes",
	     "host.compute_memory_overhead"),
	HOST("host-syslog-reconfigure", "", "Make the host's logging setting take effect",
	     "host.syslog_reconfigure"),
	HOST("host-sync-data", "", "Write the host's measures to disk", "host.sync_data"),
	HOST("host-get-server-certificate", "", "Print the server's TLS certificate",
	     "host.get_server_certificate"),
	HOST("host-refresh-pack-info", "", "Read the host's software versions anew",
	     "host.refresh_pack_info"),
	HOST("host-restart-agent", "", "Restart the daemon; VMs run on", "host.restart_agent"),
	{"host-cpu-info", "", "", "Print what is known of the CPUs", cpu_info, NULL, NULL, "host"},
	{"host-send-debug-keys", "keys", "", "Send debug keys to the hypervisor", verb_call,
	 "host.send_debug_keys", "keys", "host"},
	{"host-set-hostname-live", "host-uuid host-name", "", "Change the host's name", verb_call,
	 "host.set_hostname_live", "host-uuid@host host-name", NULL},
	{"host-management-reconfigure", "pif-uuid", "", "Use another interface for management",
	 verb_call, "host.management_reconfigure", "pif-uuid@PIF", NULL},
	{"host-get-vms-which-prevent-evacuation", "uuid", "",
	 "Print the VMs that cannot leave the host, and why", preventing,
	 "host.get_vms_which_prevent_evacuation", "uuid@host", NULL},
	{"host-is-in-emergency-mode", "", "", "Print whether the host has lost its pool",
	 not_in_emergency, NULL, NULL, NULL},
	{"host-data-source-list", "", "", "List the measures of hosts", data_sources,
	 "host.get_data_sources", NULL, "host"},
	{"host-data-source-query", "data-source", "", "Print one measure of hosts", verb_call,
	 "host.query_data_source", "data-source", "host"},
	{"host-data-source-record", "data-source", "", "Keep a history of a measure of hosts",
	 verb_call, "host.record_data_source", "data-source", "host"},
	{"host-data-source-forget", "data-source", "", "Drop the history of a measure of hosts",
	 verb_call, "host.forget_data_source_archives", "data-source", "host"},
	{"vm-data-source-list", "", "", "List the measures of VMs", data_sources,
	 "VM.get_data_sources", NULL, "vm"},
	{"pool-sync-database", "", "", "Write the database to disk", verb_call,
	 "pool.sync_database", "", NULL},
	{NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};
