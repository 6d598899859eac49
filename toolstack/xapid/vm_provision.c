// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM.provision: a clone of a template becomes a VM, with the disks that other_config:disks
 * describes:
 *
 *     <provision>
 *       <disk device="0" size="8589934592" sr="" bootable="true" type="system"/>
 *     </provision>
 *
 * `sr` is an SR's uuid, and empty for the pool's default SR. The disks are made first; their VBDs
 * come, and the entry goes, in one transaction at the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "alloc.h"
#include "storage.h"
#include "vm.h"

enum { DISKS = 16, XML_BYTES = 65536 };

struct disk {
	int device;
	bool bootable, system;
	struct value *record; /* of the VDI */
	char vdi[48];
	long long journal;
};

struct provision {
	struct call *call;
	struct operation op;
	char vm[48];
	struct disk disks[DISKS];
	int n;
};

/* An attribute, "" if it is not there. */
static void attribute(xmlNode *node, const char *name, char *text, size_t n)
{
	xmlChar *value = xmlGetProp(node, BAD_CAST name);

	snprintf(text, n, "%s", value ? (char *)value : "");
	xmlFree(value);
}

/* The SR that an entry names; NULL if there is none. */
static const struct object *sr_of(const char *uuid)
{
	return *uuid ? store_by_uuid(CLASS(SR), uuid)
		     : store_ref(store_first(CLASS(pool)), F_pool_default_SR);
}

/* Return: why the entry is none, or NULL. The lock is held. */
static const char *read_disk(xmlNode *node, struct object *vm, struct disk *d)
{
	char device[16], size[32], sr[48], bootable[8], type[16], *end;
	const struct object *where;
	long long bytes;

	attribute(node, "device", device, sizeof(device));
	attribute(node, "size", size, sizeof(size));
	attribute(node, "sr", sr, sizeof(sr));
	attribute(node, "bootable", bootable, sizeof(bootable));
	attribute(node, "type", type, sizeof(type));
	bytes = strtoll(size, &end, 10);
	if (!*size || *end || bytes <= 0)
		return "a size is no number";
	d->device = (int)strtol(device, &end, 10);
	if (!*device || *end || d->device < 0 || d->device >= DISKS)
		return "a device is no number from 0 to 15";
	where = sr_of(sr);
	if (!where)
		return *sr ? "there is no SR of this uuid" : "the pool has no default SR";
	d->bootable = !strcmp(bootable, "true");
	d->system = strcmp(type, "user");
	d->record = value_map();
	value_map_add(d->record, "SR", value_string(where->ref));
	value_map_add(d->record, "name_label",
		      value_format("%s %d", store_text(vm, F_VM_name_label), d->device));
	value_map_add(d->record, "name_description", value_string("Made for a template"));
	value_map_add(d->record, "type", value_string(d->system ? "system" : "user"));
	value_map_add(d->record, "virtual_size", value_int(bytes));
	value_map_seal(d->record);
	return NULL;
}

static const char *read_disks(struct provision *p, xmlDoc *document, struct object *vm)
{
	xmlNode *root = xmlDocGetRootElement(document);
	const char *why = NULL;

	if (!root || strcmp((const char *)root->name, "provision"))
		return "it is no <provision>";
	for (xmlNode *node = root->children; node && !why; node = node->next) {
		if (node->type != XML_ELEMENT_NODE)
			continue;
		if (strcmp((const char *)node->name, "disk"))
			why = "it has an element that is no <disk>";
		else if (p->n == DISKS)
			why = "it has more than 16 disks";
		else
			why = read_disk(node, vm, &p->disks[p->n++]);
	}
	return why;
}

/* Whether other_config:disks is understood; or the call failed. The lock is held. */
static bool plan(struct provision *p, struct object *vm)
{
	const struct value *entry = value_lookup(store_get(vm, F_VM_other_config), "disks");
	const char *xml = entry ? value_text(entry) : "", *why = "it is no XML";
	xmlDoc *document;

	if (!*xml)
		return true;
	document =
		strlen(xml) > XML_BYTES
			? NULL
			: xmlReadMemory(xml, (int)strlen(xml), NULL, NULL,
					XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (document)
		why = document->intSubset ? "it has a document type" : read_disks(p, document, vm);
	xmlFreeDoc(document);
	if (why)
		call_fail(p->call, "INVALID_VALUE", "other_config:disks", why, NULL);
	return !why;
}

/* The places of the new disks are free, and each is named once; or the call failed. */
static bool places_are_free(struct provision *p, const struct object *vm)
{
	struct value *set = store_get(vm, F_VM_VBDs);
	unsigned int used = 0;

	for (size_t i = 0; i < value_size(set); i++) {
		const struct object *vbd = store_find(CLASS(VBD), value_text(value_item(set, i)));

		used |= 1u << (atoi(store_text(vbd, F_VBD_userdevice)) & 31);
	}
	for (int i = 0; i < p->n; i++) {
		char name[12];

		snprintf(name, sizeof(name), "%d", p->disks[i].device);
		if (used & (1u << p->disks[i].device)) {
			call_fail(p->call, "DEVICE_ALREADY_EXISTS", name, NULL);
			return false;
		}
		used |= 1u << p->disks[i].device;
	}
	return true;
}

static bool begin(struct provision *p)
{
	struct object *vm;

	store_begin();
	vm = call_object(p->call, 1);
	if (vm && store_is(vm, F_VM_is_a_snapshot))
		call_fail(p->call, "VM_IS_SNAPSHOT", vm->ref, NULL);
	else if (vm && store_is(vm, F_VM_is_default_template))
		call_fail(p->call, "OPERATION_NOT_ALLOWED", "Clone the template first", NULL);
	else if (vm && vm_check_state(p->call, vm, "Halted|Suspended") && plan(p, vm) &&
		 places_are_free(p, vm) && operation_begin(p->call, &p->op, vm, vm, "provision")) {
		strcpy(p->vm, vm->ref);
		if (store_commit())
			return true;
		call_fail(p->call, "INTERNAL_ERROR", "the database cannot be written", NULL);
		operation_drop(&p->op);
		return false;
	}
	store_abort();
	return false;
}

static bool make_disks(struct provision *p)
{
	for (int i = 0; i < p->n; i++) {
		struct disk *d = &p->disks[i];
		struct value *ref = vdi_create(p->call, d->record, &d->journal);

		if (!ref)
			return false;
		strcpy(d->vdi, value_text(ref));
		value_put(ref);
	}
	return true;
}

static void add_vbd(struct object *vm, const struct disk *d)
{
	struct object *vbd = store_create(CLASS(VBD));
	char name[8];

	snprintf(name, sizeof(name), "%d", d->device);
	store_set_text(vbd, F_VBD_userdevice, name);
	snprintf(name, sizeof(name), "xvd%c", 'a' + d->device);
	store_set_text(vbd, F_VBD_device, name);
	store_set_bool(vbd, F_VBD_bootable, d->bootable);
	store_set_text(vbd, F_VBD_mode, "RW");
	store_set_text(vbd, F_VBD_type, "Disk");
	store_set_bool(vbd, F_VBD_unpluggable, !d->system);
	store_set_bool(vbd, F_VBD_empty, false);
	store_set_ref(vbd, F_VBD_metrics, store_create(CLASS(VBD_metrics)));
	store_set_ref(vbd, F_VBD_VDI, store_find(CLASS(VDI), d->vdi));
	store_set_ref(vbd, F_VBD_VM, vm);
}

static void finish(struct provision *p, bool made)
{
	struct object *vm;

	store_begin();
	vm = store_find(CLASS(VM), p->vm);
	made = made && vm;
	if (made) {
		for (int i = 0; i < p->n; i++) {
			add_vbd(vm, &p->disks[i]);
			store_journal_end(p->disks[i].journal);
		}
		store_set(vm, F_VM_other_config,
			  value_map_without(store_get(vm, F_VM_other_config), "disks"));
		store_set_bool(vm, F_VM_is_a_template, false);
	}
	operation_end(&p->op);
	if (!store_commit()) {
		made = false;
		call_fail(p->call, "INTERNAL_ERROR", "the database cannot be written", NULL);
	}
	operation_drop(&p->op);
	for (int i = 0; i < p->n && !made; i++)
		if (*p->disks[i].vdi)
			vdi_drop(p->call, p->disks[i].vdi, p->disks[i].journal);
}

static struct value *provision(struct call *call)
{
	struct provision p = {.call = call};

	if (begin(&p))
		finish(&p, make_disks(&p));
	for (int i = 0; i < p.n; i++)
		value_put(p.disks[i].record);
	return NULL;
}

const struct api vm_provision_api[] = {
	{"VM.provision", provision, CALL_FREE},
	{0},
};
