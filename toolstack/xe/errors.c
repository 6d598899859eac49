/* SPDX-License-Identifier: GPL-2.0-only */
/* What an error of the server means, for the user. */
#include "rpc.h"

#include <ctype.h>
#include <string.h>

#include "store.h"
#include "text.h"

/* The sentence of each error, and what its parameters are. */
static const struct {
	const char *code, *sentence, *labels;
} known[] = {
	{"SESSION_AUTHENTICATION_FAILED", "Authentication failed: user or password is wrong", ""},
	{"SESSION_INVALID", "The session has ended", "session"},
	{"UUID_INVALID", "There is no object with this UUID", "class uuid"},
	{"HANDLE_INVALID", "There is no such object any more", "class reference"},
	{"VM_BAD_POWER_STATE", "The VM is in another power state than this needs",
	 "vm expected actual"},
	{"OTHER_OPERATION_IN_PROGRESS", "Another operation holds the object", "class object"},
	{"OPERATION_NOT_ALLOWED", "This is not possible now", "reason"},
	{"OPERATION_BLOCKED", "The operation is blocked by the VM's blocked-operations",
	 "object reason"},
	{"VM_IS_TEMPLATE", "The VM is a template", "vm"},
	{"VM_IS_SNAPSHOT", "The VM is a snapshot", "vm"},
	{"VM_REQUIRES_SR", "The VM needs a storage repository that this host has not",
	 "vm sr"},
	{"VM_NO_VCPUS", "The VM has no vCPUs", "vm"},
	{"VM_MISSING_PV_DRIVERS", "The guest has no PV drivers that answer", "vm"},
	{"VM_LACKS_FEATURE", "The guest lacks a feature", "vm"},
	{"VM_SHUTDOWN_TIMEOUT", "The guest did not shut down in time", "vm timeout"},
	{"HOST_NOT_ENOUGH_FREE_MEMORY", "The host has not enough free memory",
	 "needed available"},
	{"DEVICE_ALREADY_ATTACHED", "The device is attached already", "device"},
	{"DEVICE_ALREADY_DETACHED", "The device is not attached", "device"},
	{"DEVICE_ALREADY_EXISTS", "The VM has a device of this number already", "device"},
	{"DEVICE_DETACH_REJECTED", "The guest does not give the device up", "class device reason"},
	{"DEVICE_DETACH_TIMEOUT", "The guest did not give the device up in time", "class device"},
	{"DEVICE_NOT_ATTACHED", "The device is not attached", "vbd"},
	{"INVALID_DEVICE", "There is no device of this name", "device"},
	{"VBD_IS_EMPTY", "The drive is empty", "vbd"},
	{"VBD_NOT_EMPTY", "The drive is not empty", "vbd"},
	{"VBD_NOT_REMOVABLE_MEDIA", "The VBD has no removable medium", "vbd"},
	{"VDI_IN_USE", "The VDI is in use", "vdi operation"},
	{"VDI_READONLY", "The VDI can only be read", "vdi"},
	{"VDI_TOO_SMALL", "The VDI is too small", "vdi size"},
	{"VDI_MISSING", "The VDI is not in its storage repository", "sr vdi"},
	{"SR_FULL", "The storage repository has not enough room", "requested maximum"},
	{"SR_HAS_NO_PBDS", "The storage repository is attached to no host", "sr"},
	{"SR_HAS_PBD", "The storage repository is attached to a host", "sr"},
	{"SR_NOT_EMPTY", "The storage repository has VDIs", ""},
	{"SR_UNKNOWN_DRIVER", "There is no storage repository of this type", "type"},
	{"SR_BACKEND_FAILURE", "The storage repository failed", "status output error"},
	{"NETWORK_CONTAINS_PIF", "A host's interface is in the network", "pif"},
	{"NETWORK_CONTAINS_VIF", "A guest's interface is in the network", "vif"},
	{"NETWORK_IN_USE", "The network is in use", "network"},
	{"PIF_VLAN_EXISTS", "The interface has this VLAN already", "pif"},
	{"VLAN_TAG_INVALID", "The number of the VLAN is wrong", "vlan"},
	{"MAC_INVALID", "This is no MAC address", "mac"},
	{"MAP_DUPLICATE_KEY", "The map has this key already", "class field object key"},
	{"FIELD_TYPE_ERROR", "The value has the wrong type", "field"},
	{"VALUE_NOT_SUPPORTED", "The value is not supported", "field value reason"},
	{"INVALID_VALUE", "The value is wrong", "field value"},
	{"MESSAGE_METHOD_UNKNOWN", "The server does not have this call", "method"},
	{"MESSAGE_PARAMETER_COUNT_MISMATCH", "The call has a wrong number of parameters",
	 "method expected received"},
	{"NOT_IMPLEMENTED", "The server does not implement this", "method"},
	{"PERMISSION_DENIED", "You are not allowed to do this", "reason"},
	{"INTERNAL_ERROR", "The server failed", "reason"},
	{"IMPORT_ERROR", "The import failed", "reason"},
	{"EVENTS_LOST", "Events were lost", ""},
	{"TASK_CANCELLED", "The task was cancelled", "task"},
	{"LICENCE_RESTRICTION", "The server's licence does not have this", "feature"},
	{"HOST_DISABLED", "The host lets no further VMs start", "host"},
	{"BOOTLOADER_FAILED", "The bootloader finds no kernel on the guest's disk", "vm reason"},
	{"EVENT_FROM_TOKEN_PARSE_FAILURE", "The server does not know this token", "token"},
	{"MALFORMED_REQUEST", "The server does not understand the request", "reason"},
	{"MEMORY_CONSTRAINT_VIOLATION", "The limits of memory do not fit together", "constraint"},
	{"NETWORK_ALREADY_CONNECTED", "The network has an interface of the host already",
	 "host pif"},
	{"PBD_EXISTS", "The host has the storage repository already", "sr host pbd"},
	{"PIF_IS_VLAN", "The interface is a VLAN itself", "pif"},
	{"SESSION_NOT_REGISTERED", "The session has registered for no events", "session"},
	{"SR_NOT_ATTACHED", "The storage repository is not attached", "sr"},
	{"SR_OPERATION_NOT_SUPPORTED", "The storage repository cannot do this", "sr"},
	{"SR_UUID_EXISTS", "There is a storage repository of this UUID already", "uuid"},
	{"TOO_MANY_PENDING_TASKS", "Too many tasks run", ""},
	{"VDI_IO_ERROR", "The VDI's content cannot be read or written", "vdi"},
	{"VM_FAILED_SHUTDOWN_ACKNOWLEDGMENT", "The guest does not react to the request", "vm"},
	{"VM_REVERT_FAILED", "The VM cannot be what the snapshot was", "vm snapshot"},
	{"XENAPI_MISSING_PLUGIN", "The host has no such plug-in", "plugin"},
};

/* A parameter; of a reference, the object's UUID and name where it still exists. */
static void print_parameter(const char *label, size_t length, const char *value)
{
	const char *shown = strncmp(value, "OpaqueRef:", 10) == 0 ? store_describe(value) : value;

	fprintf(stderr, "%.*s: %s\n", (int)length, label, shown);
}

/* A code that is not in the table, as words: "HOST_DISABLED" is "Host disabled". */
static const char *words_of(const char *code)
{
	char *words = text_swap(code, '_', ' ');

	for (char *at = words; *at; at++)
		*at = at == words ? *at : (char)tolower((unsigned char)*at);
	return words;
}

void rpc_print_error(const json_t *error)
{
	const char *code = json_string_value(json_array_get(error, 0)), *labels = "", *sentence;
	size_t count = json_array_size(error);

	code = code ? code : "without a code";
	sentence = words_of(code);
	fflush(stdout);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].code, code) != 0)
			continue;
		sentence = known[i].sentence;
		labels = known[i].labels;
	}
	fprintf(stderr, "%s.\nError code: %s\n", sentence, code);
	for (size_t i = 1; i < count; i++) {
		const char *value = json_string_value(json_array_get(error, i));
		size_t length = strcspn(labels, " ");

		if (length)
			print_parameter(labels, length, value ? value : "");
		else
			print_parameter("parameter", 9, value ? value : "");
		labels += length;
		labels += strspn(labels, " ");
	}
}
