/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands about VDIs, storage repositories and their attachment to the host. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rpc.h"
#include "store.h"
#include "text.h"
#include "verbs.h"

/* A file that is made, and not complete yet. */
static const char *unfinished;

static void remove_unfinished(void)
{
	if (unfinished)
		unlink(unfinished);
}

/* The file of filename=; "-" or none is standard output or input. */
static FILE *open_file(const struct args *args, const char *key, bool read)
{
	const char *name = args_get(args, key);
	FILE *file;

	if (!name || strcmp(name, "-") == 0)
		return read ? stdin : stdout;
	file = fopen(name, read ? "re" : "wxe");
	if (!file)
		fail("%s: %s", name, strerror(errno));
	if (!read) {
		unfinished = text("%s", name);
		atexit(remove_unfinished);	/* called before the one that frees the name */
	}
	return file;
}

static void close_file(FILE *file, const char *what)
{
	if (ferror(file) || fclose(file) != 0)
		fail("%s was not written completely: %s", what, strerror(errno));
	unfinished = NULL;
}

/* The path of a transfer of a VDI's content. */
static const char *vdi_path(const struct args *args, const char *call)
{
	const char *vdi = store_by_uuid(model_class("VDI"), args_need(args, "uuid"));
	const char *format = args_get(args, "format");

	format = format ? format : "raw";
	if (strcmp(format, "raw") != 0 && strcmp(format, "vhd") != 0)
		fail_usage("The parameter format is raw or vhd, not '%s'", format);
	return text("/%s?vdi=%s&format=%s", call, rpc_escape(vdi), format);
}

static void vdi_export(const struct verb *verb, const struct args *args, const struct found *none)
{
	const char *path = vdi_path(args, verb->call);
	FILE *file = open_file(args, "filename", false);

	(void)none;
	rpc_transfer(path, file, false, args_flag(args, "progress"));
	close_file(file, "the export");
}

static void vdi_import(const struct verb *verb, const struct args *args, const struct found *none)
{
	const char *path = vdi_path(args, verb->call);
	FILE *file = open_file(args, "filename", true);

	(void)none;
	rpc_transfer(path, file, true, args_flag(args, "progress"));
	fclose(file);
}

static void vdi_resize(const struct verb *verb, const struct args *args, const struct found *none)
{
	json_t *params = verb_takes("uuid@VDI disk-size@int", args, false);

	(void)verb, (void)none;
	rpc_do(args_flag(args, "online") ? "VDI.resize_online" : "VDI.resize", params);
}

static void db_dump(const struct verb *verb, const struct args *args, const struct found *none)
{
	FILE *file = open_file(args, "file-name", false);

	(void)verb, (void)none;
	rpc_transfer("/pool/xmldbdump", file, false, false);
	close_file(file, "the dump");
}

static void db_restore(const struct verb *verb, const struct args *args, const struct found *none)
{
	FILE *file = open_file(args, "file-name", true);
	bool dry = args_flag(args, "dry-run");

	(void)verb, (void)none;
	rpc_transfer(dry ? "/pool/xmldbrestore?dry_run=true" : "/pool/xmldbrestore", file, true,
		     false);
	fclose(file);
	if (!dry)
		puts("The daemon uses it from its next start: systemctl restart xapid");
}

/* The parameter as given, or the only host there is. */
static const char *the_host(const struct args *args)
{
	const char *given = args_get(args, "host-uuid"), *ref, *found = NULL_REF;
	json_t *record;

	if (given)
		return store_by_name(model_class("host"), given);
	json_object_foreach(store_records(model_class("host")), ref, record)
		found = ref;
	return found;
}

/* A call whose first parameter is the host. */
static void with_host(const struct verb *verb, const struct args *args, const struct found *none)
{
	json_t *params = verb_takes(verb->takes, args, false), *result;

	(void)none;
	json_array_insert_new(params, 0, json_string(the_host(args)));
	result = rpc_call(verb->call, params);
	verb_print("SR", result);
	json_decref(result);
}

static void pbd_create(const struct verb *verb, const struct args *args, const struct found *none)
{
	json_t *record = verb_takes(verb->takes, args, true), *pbd;

	(void)none;
	json_object_set_new(record, "host", json_string(the_host(args)));
	pbd = rpc_call("PBD.create", json_pack("[o]", record));
	verb_print("PBD", pbd);
	json_decref(pbd);
}

/* sr-destroy and sr-forget want the SR detached: its PBDs are unplugged first. */
static void sr_end(const struct verb *verb, const struct args *args, const struct found *none)
{
	const char *sr = store_by_uuid(model_class("SR"), args_need(args, "uuid"));
	json_t *record = store_record(model_class("SR"), sr), *item;
	size_t i;

	(void)none;
	json_array_foreach(json_object_get(record, "PBDs"), i, item) {
		json_t *pbd = store_record(model_class("PBD"), json_string_value(item));

		if (json_is_true(json_object_get(pbd, "currently_attached")))
			rpc_do("PBD.unplug", json_pack("[O]", item));
	}
	rpc_do(verb->call, json_pack("[s]", sr));
}

#define ONE(name, help, call, takes)                                                               \
	{name, "uuid", "", help, verb_call, call, takes, NULL}

const struct verb storage_verbs[] = {
	{"vdi-create", "sr-uuid name-label virtual-size",
	 "name-description type sharable read-only other-config: xenstore-data: sm-config: tags",
	 "Create a VDI", verb_create, "VDI.create",
	 "name-label>name_label name-description>name_description? sr-uuid>SR@SR "
	 "virtual-size>virtual_size@int type>type?user sharable>sharable@bool?false "
	 "read-only>read_only@bool?false other-config>other_config@map "
	 "xenstore-data>xenstore_data@map sm-config>sm_config@map tags>tags@set", NULL},
	ONE("vdi-destroy", "Destroy a VDI", "VDI.destroy", "uuid@VDI"),
	ONE("vdi-forget", "Forget a VDI, and keep its content", "VDI.forget", "uuid@VDI"),
	ONE("vdi-update", "Read a VDI's properties anew", "VDI.update", "uuid@VDI"),
	{"vdi-clone", "uuid", "driver-params:", "Clone a VDI", verb_call, "VDI.clone",
	 "uuid@VDI driver-params@map", NULL},
	{"vdi-snapshot", "uuid", "driver-params:", "Take a snapshot of a VDI", verb_call,
	 "VDI.snapshot", "uuid@VDI driver-params@map", NULL},
	{"vdi-copy", "uuid", "sr-uuid base-vdi-uuid into-vdi-uuid",
	 "Copy a VDI, into a new one or an existing one", verb_call, "VDI.copy",
	 "uuid@VDI sr-uuid@SR? base-vdi-uuid@VDI? into-vdi-uuid@VDI?", NULL},
	{"vdi-resize", "uuid disk-size", "--online", "Change the size of a VDI", vdi_resize, NULL,
	 NULL, NULL},
	{"vdi-import", "uuid", "filename format --progress",
	 "Write a file, raw or VHD, into a VDI", vdi_import, "import_raw_vdi", NULL, NULL},
	{"vdi-export", "uuid", "filename format --progress",
	 "Write a VDI's content into a new file, raw or VHD", vdi_export, "export_raw_vdi", NULL,
	 NULL},
	{"sr-create", "name-label type",
	 "name-description content-type host-uuid physical-size device-config: --shared sm-config:",
	 "Create a storage repository, and attach it to the host", with_host, "SR.create",
	 "device-config@map physical-size@int?0 name-label name-description? type content-type? "
	 "shared@bool?false sm-config@map", NULL},
	{"sr-introduce", "uuid name-label type",
	 "name-description content-type --shared sm-config:",
	 "Make a storage repository known that exists", verb_call, "SR.introduce",
	 "uuid name-label name-description? type content-type? shared@bool?false sm-config@map",
	 NULL},
	{"sr-probe", "type", "host-uuid device-config: sm-config:",
	 "Print what storage of this type finds", with_host, "SR.probe",
	 "device-config@map type sm-config@map", NULL},
	ONE("sr-scan", "Look which VDIs a storage repository has", "SR.scan", "uuid@SR"),
	ONE("sr-update", "Read a storage repository's properties anew", "SR.update", "uuid@SR"),
	{"sr-destroy", "uuid", "", "Destroy a storage repository and what it holds", sr_end,
	 "SR.destroy", NULL, NULL},
	{"sr-forget", "uuid", "", "Forget a storage repository, and keep what it holds", sr_end,
	 "SR.forget", NULL, NULL},
	{"sr-types", "", "", "List the types of storage repositories", verb_call,
	 "SR.get_supported_types", "", NULL},
	{"pbd-create", "sr-uuid", "host-uuid device-config: other-config:",
	 "Say how the host reaches a storage repository", pbd_create, NULL,
	 "sr-uuid>SR@SR device-config>device_config@map other-config>other_config@map", NULL},
	ONE("pbd-destroy", "Destroy a PBD", "PBD.destroy", "uuid@PBD"),
	ONE("pbd-plug", "Attach a storage repository to the host", "PBD.plug", "uuid@PBD"),
	ONE("pbd-unplug", "Detach a storage repository from the host", "PBD.unplug", "uuid@PBD"),
	{"pool-dump-database", "file-name", "", "Write the database into a new file", db_dump, NULL,
	 NULL, NULL},
	{"pool-restore-database", "file-name", "--dry-run", "Replace the database by a dump",
	 db_restore, NULL, NULL, NULL},
	{NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};
