/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the command line's names and fields differ from the data model's. */
#include "rules.h"

#include <string.h>

#define NAMED(class, field, name)                                                                  \
	{class, field, name, FROM_RECORD, NULL, NULL, NULL}
#define HIDDEN(class, field) \
	{class, field, NULL, FROM_RECORD, NULL, NULL, NULL}
/* A reference: the UUID of its object, and that object's name. */
#define WITH_NAME(class, field, uuid, label)                                                       \
	{class, field, uuid, FROM_RECORD, NULL, NULL, NULL},                                       \
		{class, field, label, FROM_NAME, NULL, NULL, NULL}
#define OTHER(class, via, other, name)                                                             \
	{class, NULL, name, FROM_OTHER, via, other, NULL}
#define CALL(class, call, name)                                                                    \
	{class, NULL, name, FROM_CALL, NULL, NULL, call}

const struct field_rule field_rules[] = {
	NAMED("VM", "suspend_VDI", "suspend-VDI-uuid"),
	NAMED("VM", "suspend_SR", "suspend-SR-uuid"),
	NAMED("VM", "consoles", "console-uuids"),
	NAMED("VM", "domid", "dom-id"),
	NAMED("VM", "bios_strings", "bios-strings"),
	HIDDEN("VM", "metrics"),
	HIDDEN("VM", "guest_metrics"),
	HIDDEN("VM", "last_booted_record"),
	OTHER("VM", "metrics", "memory_actual", "memory-actual"),
	OTHER("VM", "metrics", "VCPUs_number", "VCPUs-number"),
	OTHER("VM", "metrics", "VCPUs_utilisation", "VCPUs-utilisation"),
	OTHER("VM", "metrics", "start_time", "start-time"),
	OTHER("VM", "metrics", "install_time", "install-time"),
	OTHER("VM", "guest_metrics", "os_version", "os-version"),
	OTHER("VM", "guest_metrics", "PV_drivers_version", "PV-drivers-version"),
	OTHER("VM", "guest_metrics", "PV_drivers_up_to_date", "PV-drivers-up-to-date"),
	OTHER("VM", "guest_metrics", "PV_drivers_detected", "PV-drivers-detected"),
	OTHER("VM", "guest_metrics", "memory", "memory"),
	OTHER("VM", "guest_metrics", "disks", "disks"),
	OTHER("VM", "guest_metrics", "networks", "networks"),
	OTHER("VM", "guest_metrics", "other", "other"),
	OTHER("VM", "guest_metrics", "live", "live"),
	OTHER("VM", "guest_metrics", "last_updated", "guest-metrics-last-updated"),
	OTHER("VM", "guest_metrics", "can_use_hotplug_vbd", "can-use-hotplug-vbd"),
	OTHER("VM", "guest_metrics", "can_use_hotplug_vif", "can-use-hotplug-vif"),
	CALL("VM", "get_possible_hosts", "possible-hosts"),
	CALL("VM", "get_allowed_VBD_devices", "allowed-VBD-devices"),
	CALL("VM", "get_allowed_VIF_devices", "allowed-VIF-devices"),

	WITH_NAME("VBD", "VM", "vm-uuid", "vm-name-label"),
	WITH_NAME("VBD", "VDI", "vdi-uuid", "vdi-name-label"),
	HIDDEN("VBD", "metrics"),
	OTHER("VBD", "metrics", "io_read_kbs", "io_read_kbs"),
	OTHER("VBD", "metrics", "io_write_kbs", "io_write_kbs"),

	WITH_NAME("VIF", "VM", "vm-uuid", "vm-name-label"),
	WITH_NAME("VIF", "network", "network-uuid", "network-name-label"),
	HIDDEN("VIF", "metrics"),
	OTHER("VIF", "metrics", "io_read_kbs", "io_read_kbs"),
	OTHER("VIF", "metrics", "io_write_kbs", "io_write_kbs"),

	WITH_NAME("VDI", "SR", "sr-uuid", "sr-name-label"),
	NAMED("VDI", "VBDs", "vbd-uuids"),
	NAMED("VDI", "crash_dumps", "crashdump-uuids"),

	WITH_NAME("PBD", "host", "host-uuid", "host-name-label"),
	WITH_NAME("PBD", "SR", "sr-uuid", "sr-name-label"),

	WITH_NAME("PIF", "network", "network-uuid", "network-name-label"),
	WITH_NAME("PIF", "host", "host-uuid", "host-name-label"),
	NAMED("PIF", "ip_configuration_mode", "IP-configuration-mode"),
	NAMED("PIF", "ipv6_configuration_mode", "IPv6-configuration-mode"),
	NAMED("PIF", "ipv6_gateway", "IPv6-gateway"),
	NAMED("PIF", "VLAN_master_of", "vlan-master-of"),
	NAMED("PIF", "VLAN_slave_of", "vlan-slave-of"),
	HIDDEN("PIF", "metrics"),
	OTHER("PIF", "metrics", "carrier", "carrier"),
	OTHER("PIF", "metrics", "vendor_name", "vendor-name"),
	OTHER("PIF", "metrics", "device_name", "device-name"),
	OTHER("PIF", "metrics", "speed", "speed"),
	OTHER("PIF", "metrics", "duplex", "duplex"),
	OTHER("PIF", "metrics", "pci_bus_path", "pci-bus-path"),
	OTHER("PIF", "metrics", "io_read_kbs", "io_read_kbs"),
	OTHER("PIF", "metrics", "io_write_kbs", "io_write_kbs"),

	NAMED("network", "VIFs", "VIF-uuids"),
	NAMED("network", "PIFs", "PIF-uuids"),

	NAMED("host", "suspend_image_sr", "suspend-image-sr-uuid"),
	NAMED("host", "crash_dump_sr", "crash-dump-sr-uuid"),
	NAMED("host", "resident_VMs", "resident-vms"),
	HIDDEN("host", "metrics"),
	OTHER("host", "metrics", "memory_total", "memory-total"),
	OTHER("host", "metrics", "memory_free", "memory-free"),
	OTHER("host", "metrics", "live", "host-metrics-live"),
	CALL("host", "compute_free_memory", "memory-free-computed"),

	WITH_NAME("host_cpu", "host", "host-uuid", "host-name-label"),

	NAMED("pool", "suspend_image_SR", "suspend-image-SR"),
	NAMED("pool", "crash_dump_SR", "crash-dump-SR"),

	NAMED("message", "cls", "class"),

	WITH_NAME("console", "VM", "vm-uuid", "vm-name-label"),
	{NULL, NULL, NULL, FROM_RECORD, NULL, NULL, NULL},
};

static bool says(json_t *record, const char *field)
{
	return json_is_true(json_object_get(record, field));
}

static bool is_vm(json_t *record)
{
	return !says(record, "is_a_template") && !says(record, "is_a_snapshot");
}

static bool is_template(json_t *record)
{
	return says(record, "is_a_template") && !says(record, "is_a_snapshot");
}

static bool is_snapshot(json_t *record)
{
	return says(record, "is_a_snapshot");
}

const struct shown_class class_rules[] = {
	{"vm", "VM", "uuid name-label power-state", is_vm},
	{"template", "VM", "uuid name-label name-description", is_template},
	{"snapshot", "VM", "uuid name-label name-description snapshot-of snapshot-time",
	 is_snapshot},
	{"host", "host", "uuid name-label name-description", NULL},
	{"host-cpu", "host_cpu", "uuid number vendor speed utilisation", NULL},
	{"pool", "pool", "uuid name-label name-description master default-SR", NULL},
	{"sr", "SR", "uuid name-label name-description type content-type", NULL},
	{"pbd", "PBD", "uuid host-uuid sr-uuid device-config currently-attached", NULL},
	{"vdi", "VDI", "uuid name-label name-description sr-uuid virtual-size sharable read-only",
	 NULL},
	{"vbd", "VBD", "uuid vm-uuid vm-name-label vdi-uuid empty device", NULL},
	{"vif", "VIF", "uuid vm-uuid device MAC network-uuid network-name-label", NULL},
	{"network", "network", "uuid name-label name-description bridge", NULL},
	{"pif", "PIF", "uuid device currently-attached VLAN network-uuid", NULL},
	{"vlan", "VLAN", "uuid tagged-PIF untagged-PIF tag", NULL},
	{"task", "task", "uuid name-label name-description status progress", NULL},
	{"console", "console", "uuid vm-uuid vm-name-label protocol location", NULL},
	{"message", "message", "uuid name priority class obj-uuid timestamp body", NULL},
	{"patch", "pool_patch", NULL, NULL},
	{"update", "pool_update", NULL, NULL},
	{NULL, NULL, NULL, NULL},
};
