// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules are put in before the interface joins the bridge and taken out after it has left. A
 * note below /run/xen, with the interface's name in it, says that there are rules: a detach without
 * a note starts no nft, and one that comes after the settings were changed still cleans up.
 */
#include "guard.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "antispoof.h"
#include "plug/report.h"
#include "spawn.h"
#include "plug/store.h"

#define RULES_SIZE 16384

static int nft(const char *rules, char *answer, unsigned int answer_size)
{
	char program[] = "nft", option[] = "-f", input[] = "-";
	char *argv[] = { program, option, input, NULL };

	return spawn_with_input(argv, rules, answer, answer_size);
}

static void note_path(const struct device *device, const struct settings *settings, char *path,
		      size_t size)
{
	snprintf(path, size, "%s/shoji-antispoof-%u.%u%s", settings->run, device->domain,
		 device->number, device->tap ? "-emu" : "");
}

static bool write_note(const struct device *device, const struct settings *settings,
		       const char *interface)
{
	char path[300];
	FILE *file;

	note_path(device, settings, path, sizeof(path));
	file = fopen(path, "we");
	if (!file)
		return fail("%s: %s cannot be written: %s", interface, path, strerror(errno));
	fprintf(file, "%s\n", interface);
	return fclose(file) == 0 ||
	       fail("%s: %s cannot be written: %s", interface, path, strerror(errno));
}

/*
 * A map's entry that a killed run left behind, with the name but another chain, would stop the
 * transaction.
 */
static void drop_stale(const char *interface)
{
	char rules[100], answer[4];

	snprintf(rules, sizeof(rules), "delete element bridge shoji vifs { \"%s\" }\n", interface);
	nft(rules, answer, sizeof(answer));
}

/**
 * guard_raise() - put the rules in, if the settings and the configuration ask for any
 * @device: the device, whose "ip" and "mac" are read from xenstore
 * @settings: the mode
 * @interface: the interface's name from now on
 * @raised: whether there are rules now that were not wanted to be left there on failure
 *
 * Return: true, or false with fail() called.
 */
bool guard_raise(const struct device *device, const struct settings *settings,
		 const char *interface, bool *raised)
{
	const char *ip = store_read("ip");
	struct antispoof who = {.domain = device->domain,
				.device = device->number,
				.interface = interface,
				.suffix = device->tap ? "-emu" : "",
				.addresses = ip};
	static char rules[RULES_SIZE];
	char why[200];
	int result;

	if (settings->antispoof == ANTISPOOF_NO || (settings->antispoof == ANTISPOOF_IP && !*ip))
		return true;
	who.mac = store_read("mac");
	if (!antispoof_rules(&who, rules, sizeof(rules), why, sizeof(why)))
		return fail("%s: %s (correct the guest's vif line)", interface, why);
	if (!write_note(device, settings, interface))
		return false;
	*raised = true;
	result = nft(rules, why, sizeof(why));
	if (result > 0) {
		drop_stale(interface);
		result = nft(rules, why, sizeof(why));
	}
	if (result == -ENOENT)
		return fail("%s: ip= needs nft for its antispoof rules, and there is none (install "
			    "nftables, or set SHOJI_ANTISPOOF=no in /etc/xen/shoji.conf)",
			    interface);
	if (result)
		return fail("%s: nft refused the antispoof rules: %s", interface,
			    result < 0 ? strerror(-result) : why);
	return true;
}

/**
 * guard_lower() - take the rules out, if there are any
 * @device: the device
 * @settings: where the note is
 *
 * Failure is told in the log: rules for an interface that is gone are harmless.
 */
void guard_lower(const struct device *device, const struct settings *settings)
{
	char path[300], interface[32] = "", rules[1024], why[200];
	struct antispoof who = {.domain = device->domain,
				.device = device->number,
				.interface = interface,
				.suffix = device->tap ? "-emu" : ""};
	FILE *file;
	int result;

	note_path(device, settings, path, sizeof(path));
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(interface, 16, file))
		interface[strcspn(interface, "\n")] = '\0';
	fclose(file);
	antispoof_removal(&who, rules, sizeof(rules));
	result = nft(rules, why, sizeof(why));
	if (result)
		note("%s: the antispoof rules stay: %s", interface,
		     result < 0 ? strerror(-result) : why);
	unlink(path);
}
