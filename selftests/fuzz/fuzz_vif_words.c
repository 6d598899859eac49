/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words of a vif's configuration, in lines: bridge, vlan, mac, ip. Claims: a parsed value is within
 * its bounds, and the rules contain no other words.
 */
/* sources: bridge-scripts/vifplug/vlan.c bridge-scripts/vifplug/antispoof.c */
#include "../../bridge-scripts/vifplug/antispoof.h"
#include "../../bridge-scripts/vifplug/vlan.h"

#include "quiet.h"

static void check_set(const struct vlan_set *set)
{
	unsigned int i, j, pvids = 0;

	CLAIM(set->count <= VLAN_TERMS);
	for (i = 0; i < set->count; i++) {
		const struct vlan_term *term = &set->term[i];

		CLAIM(term->first >= 1 && term->first <= term->last && term->last <= VLAN_MAX);
		CLAIM(!term->pvid || term->first == term->last);
		pvids += term->pvid;
		for (j = 0; j < i; j++)
			CLAIM(term->last < set->term[j].first || set->term[j].last < term->first);
	}
	CLAIM(pvids <= 1);
}

/* No character that ends a word or a line for nft, but those of the rules' own text. */
static void check_rules(const char *rules)
{
	CLAIM(strspn(rules, "abcdefghijklmnopqrstuvwxyz0123456789 .:,!=@/_-{};\"\n") ==
	      strlen(rules));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char rules[16384];
	char *text = malloc(size + 1), *line[4] = {"", "", "", ""}, *rest = text, why[160] = "",
	     name[BRIDGE_NAME_MAX + 1];
	struct antispoof who = { .domain = 1, .suffix = "", .interface = "vif1.0" };
	struct vlan_set set;

	memcpy(text, data, size);
	text[size] = '\0';
	for (int i = 0; i < 4 && rest; i++)
		line[i] = strsep(&rest, "\n");
	if (vlan_parse_bridge(line[0], name, &set, why, sizeof(why)))
		CLAIM(*name && strlen(name) <= BRIDGE_NAME_MAX && strlen(name) <= strlen(line[0]));
	check_set(&set);
	vlan_parse(line[1], &set, why, sizeof(why));
	check_set(&set);
	who.mac = line[2];
	who.addresses = line[3];
	if (antispoof_rules(&who, rules, sizeof(rules), why, sizeof(why)))
		check_rules(rules);
	CLAIM(strlen(why) < sizeof(why));
	free(text);
	return 0;
}
