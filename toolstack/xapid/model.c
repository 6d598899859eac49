// SPDX-License-Identifier: GPL-2.0-only
/* The data model: look-ups, defaults, and what came over the wire made what a type wants. */
#include "model.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NULL_REF "OpaqueRef:NULL"

const struct message *model_message(const char *name)
{
	unsigned int low = 0, high = model_n_messages;

	while (low < high) {
		unsigned int middle = low + (high - low) / 2;
		int order = strcmp(name, model_messages[middle].name);

		if (!order)
			return &model_messages[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct class *model_class(const char *name)
{
	for (int i = 0; i < CLASSES; i++)
		if (!strcmp(name, model_classes[i].name) || !strcmp(name, model_classes[i].lower))
			return &model_classes[i];
	return NULL;
}

int model_field(const struct class *class, const char *name)
{
	for (int i = 0; i < class->n_fields; i++)
		if (!strcmp(class->fields[i].name, name))
			return i;
	return -1;
}

/* Defaults that are not the empty value of the type. */
static const struct {
	int class, field;
	const char *value;
} defaults[] = {
	{CLASS_VM, F_VM_actions_after_crash, "restart"},
	{CLASS_VM, F_VM_actions_after_reboot, "restart"},
	{CLASS_VM, F_VM_actions_after_shutdown, "destroy"},
	{CLASS_VM, F_VM_power_state, "Halted"},
	{CLASS_VM, F_VM_domid, "-1"},
	{CLASS_VM, F_VM_VCPUs_max, "1"},
	{CLASS_VM, F_VM_VCPUs_at_startup, "1"},
	{CLASS_VM, F_VM_HVM_shadow_multiplier, "1"},
	{CLASS_VM, F_VM_version, "0"},
	{CLASS_VM, F_VM_domain_type, "unspecified"},
	{CLASS_VM_metrics, F_VM_metrics_current_domain_type, "unspecified"},
	{CLASS_VM_guest_metrics, F_VM_guest_metrics_can_use_hotplug_vbd, "unspecified"},
	{CLASS_VM_guest_metrics, F_VM_guest_metrics_can_use_hotplug_vif, "unspecified"},
	{CLASS_VIF, F_VIF_locking_mode, "network_default"},
	{CLASS_network, F_network_MTU, "1500"},
	{CLASS_network, F_network_managed, "1"},
	{CLASS_network, F_network_default_locking_mode, "unlocked"},
	{CLASS_PIF, F_PIF_VLAN, "-1"},
	{CLASS_PIF, F_PIF_MTU, "1500"},
	{CLASS_PIF, F_PIF_igmp_snooping_status, "unknown"},
	{CLASS_PIF, F_PIF_managed, "1"},
	{CLASS_VDI, F_VDI_type, "user"},
	{CLASS_VDI, F_VDI_managed, "1"},
	{CLASS_VDI, F_VDI_on_boot, "persist"},
	{CLASS_VBD, F_VBD_type, "Disk"},
	{CLASS_VBD, F_VBD_mode, "RW"},
	{CLASS_host, F_host_enabled, "1"},
	{CLASS_host, F_host_display, "enabled"},
	{CLASS_task, F_task_status, "pending"},
	{CLASS_VMPP, F_VMPP_backup_retention_value, "1"},
};

static struct value *empty(const struct type *type)
{
	switch (type->kind) {
	case TYPE_INT: return value_int(0);
	case TYPE_FLOAT: return value_float(0);
	case TYPE_BOOL: return value_bool(false);
	case TYPE_DATETIME: return value_datetime("19700101T00:00:00Z");
	case TYPE_ENUM: return value_string(type->values[0]);
	case TYPE_REF: return value_string(NULL_REF);
	case TYPE_SET: return value_set();
	case TYPE_MAP:
	case TYPE_RECORD: return value_map();
	case TYPE_VOID: return value_void();
	case TYPE_STRING: break;
	}
	return value_string("");
}

struct value *model_default(const struct class *class, int field)
{
	const struct type *type = class->fields[field].type;

	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++) {
		if (&model_classes[defaults[i].class] != class || defaults[i].field != field)
			continue;
		if (type->kind == TYPE_BOOL)
			return value_bool(true);
		if (type->kind == TYPE_INT)
			return value_int(atoll(defaults[i].value));
		if (type->kind == TYPE_FLOAT)
			return value_float(atof(defaults[i].value));
		return value_string(defaults[i].value);
	}
	return empty(type);
}

static struct value *coerce_int(struct value *in)
{
	const char *text = value_text(in);
	double f = value_real(in);
	char *end;
	long long i;

	if (value_kind(in) == VALUE_INT)
		return value_get(in);
	if (value_kind(in) == VALUE_FLOAT) /* a JSON client writes 1073741824.0 */
		return f == (double)(int64_t)f ? value_int((int64_t)f) : NULL;
	if (value_kind(in) != VALUE_STRING || !*text || strchr(" \t\r\n\v\f", *text))
		return NULL;
	errno = 0;
	i = strtoll(text, &end, 10);
	return *end || errno ? NULL : value_int(i);
}

static struct value *coerce_float(struct value *in)
{
	const char *text = value_text(in);
	char *end;
	double f;

	if (value_kind(in) == VALUE_FLOAT || value_kind(in) == VALUE_INT)
		return value_float(value_real(in));
	if (value_kind(in) != VALUE_STRING || !*text)
		return NULL;
	f = strtod(text, &end);
	return *end || !isfinite(f) ? NULL : value_float(f);
}

static struct value *coerce_enum(const struct type *type, struct value *in)
{
	for (int i = 0; value_kind(in) == VALUE_STRING && type->values[i]; i++)
		if (!strcasecmp(type->values[i], value_text(in)))
			return value_string(type->values[i]);
	return NULL;
}

static struct value *coerce_set(const struct type *type, struct value *in)
{
	struct value *out = value_kind(in) == VALUE_SET ? value_set() : NULL;

	for (size_t i = 0; out && i < value_size(in); i++) {
		struct value *item = model_coerce(type->item, value_item(in, i));

		if (!item) {
			value_put(out);
			return NULL;
		}
		value_add(out, item);
	}
	return out;
}

/* The type of a map's or a record's entry; NULL to leave the entry out. */
static const struct type *type_at(const struct type *type, const char *key)
{
	int field;

	if (type->kind == TYPE_MAP)
		return type->item;
	field = type->of ? model_field(type->of, key) : -1;
	return field < 0 ? NULL : type->of->fields[field].type;
}

/* Whether a map's key is of the key's type: a number, or a value of an enumeration. */
static bool key_fits(const struct type *type, const char *key)
{
	struct value *text, *fit;

	if (type->kind != TYPE_MAP || type->key->kind == TYPE_STRING || type->key->kind == TYPE_REF)
		return true;
	text = value_string(key);
	fit = model_coerce(type->key, text);
	value_put(text);
	value_put(fit);
	return fit;
}

static struct value *coerce_map(const struct type *type, struct value *in)
{
	struct value *out = value_kind(in) == VALUE_MAP ? value_map() : NULL;

	for (size_t i = 0; out && i < value_size(in); i++) {
		const char *key = value_key(in, i);
		const struct type *of = type_at(type, key);
		struct value *item;

		if (!of)
			continue;
		item = key_fits(type, key) ? model_coerce(of, value_item(in, i)) : NULL;
		if (!item) {
			value_put(out);
			return NULL;
		}
		value_map_add(out, key, item);
	}
	if (out)
		value_map_seal(out);
	return out;
}

/* The two forms that clients write: 20260131T12:00:00Z and 2026-01-31T12:00:00Z. */
static struct value *coerce_datetime(struct value *in)
{
	int year, month, day, hour, minute, second, end = 0;
	const char *text = value_text(in);
	char made[96];

	if (sscanf(text, "%4d%2d%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second,
		   &end) != 6 &&
	    sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second,
		   &end) != 6)
		return NULL;
	if ((text[end] && strcmp(text + end, "Z")) || month < 1 || month > 12 || day < 1 ||
	    day > 31 || hour < 0 || hour > 24 || minute < 0 || minute > 59 || second < 0 ||
	    second > 60 || year < 0)
		return NULL;
	snprintf(made, sizeof(made), "%04d%02d%02dT%02d:%02d:%02dZ", year, month, day, hour, minute,
		 second);
	return value_datetime(made);
}

struct value *model_coerce(const struct type *type, struct value *in)
{
	enum value_kind kind = value_kind(in);

	switch (type->kind) {
	case TYPE_INT: return coerce_int(in);
	case TYPE_FLOAT: return coerce_float(in);
	case TYPE_ENUM: return coerce_enum(type, in);
	case TYPE_DATETIME: return coerce_datetime(in);
	case TYPE_SET: return coerce_set(type, in);
	case TYPE_MAP:
	case TYPE_RECORD: return coerce_map(type, in);
	case TYPE_BOOL: return kind == VALUE_BOOL ? value_get(in) : NULL;
	case TYPE_VOID: return value_void();
	case TYPE_STRING: break;
	case TYPE_REF: break;
	}
	/* XML-RPC has no text but as a string; an empty one may have been no value at all. */
	if (kind == VALUE_VOID)
		return value_string("");
	return kind == VALUE_STRING ? value_get(in) : NULL;
}
