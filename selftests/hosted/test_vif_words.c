/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: both spellings of VLANs in a vif's configuration are parsed, anything else is refused, and
 * the antispoof rules contain nothing that was not parsed.
 */
/* sources: bridge-scripts/vifplug/vlan.c bridge-scripts/vifplug/antispoof.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../bridge-scripts/vifplug/antispoof.h"
#include "../../bridge-scripts/vifplug/vlan.h"

static unsigned int number, failures;
static char why[200];

static void result(bool good, const char *claim)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, claim);
	failures += !good;
}

/* The set as a text: "10pu,20-30". */
static const char *spelled(const struct vlan_set *set)
{
	static char text[400];
	size_t length = 0;
	unsigned int i;

	text[0] = '\0';
	for (i = 0; i < set->count; i++)
		length += snprintf(text + length, sizeof(text) - length, "%s%u-%u%s%s",
				   i ? "," : "", set->term[i].first, set->term[i].last,
				   set->term[i].pvid ? "p" : "", set->term[i].untagged ? "u" : "");
	return text;
}

static bool key_is(const char *text, const char *expected)
{
	struct vlan_set set;

	return vlan_parse(text, &set, why, sizeof(why)) && !strcmp(spelled(&set), expected);
}

static bool bridge_is(const char *text, const char *name, const char *expected)
{
	char got[BRIDGE_NAME_MAX + 1];
	struct vlan_set set;

	return vlan_parse_bridge(text, got, &set, why, sizeof(why)) && !strcmp(got, name) &&
	       !strcmp(spelled(&set), expected);
}

/*
 * Every text of a list that ends with NULL is refused, with the text in the cause and nothing in
 * the set.
 */
static bool all_refused(const char *const *texts, bool bridge)
{
	char name[BRIDGE_NAME_MAX + 1];
	struct vlan_set set;

	for (; *texts; texts++) {
		bool good = bridge ? vlan_parse_bridge(*texts, name, &set, why, sizeof(why)) :
				     vlan_parse(*texts, &set, why, sizeof(why));

		if (good || set.count || !strstr(why, *texts)) {
			printf("# '%s' was taken: %s\n", *texts, why);
			return false;
		}
	}
	return true;
}

static void test_vlans(void)
{
	static const char *const bad_keys[] = {
		"",      "0",      "4095",  "99999999999", "-1",      "10-",
		"30-20", "10-20p", "10/10", "10-20/15",    "10p/20p", "10x",
		"1/",    "/1",     "1//2",  " 1",          NULL};
	static const char *const bad_bridges[] = {"",
						  ".10",
						  ":10",
						  "sixteen-letters-",
						  "xenbr0.0",
						  "xenbr0.4095",
						  "xenbr0:",
						  "xenbr0:10:",
						  "xenbr0.10:10",
						  "xenbr0:10/20",
						  NULL};
	char many[200] = "";
	int i;

	result(key_is("10", "10-10") && key_is("10p", "10-10pu") && key_is("10u", "10-10u") &&
		       key_is("4094", "4094-4094"),
	       "one VLAN: tagged, for untagged frames, leaving untagged");
	result(key_is("10p/20-30,40", "10-10pu,20-30,40-40"),
	       "terms are parted by slashes or commas");
	result(all_refused(bad_keys, false),
	       "what is no VLAN is refused, with the text in the cause");
	for (i = 1; i <= VLAN_TERMS + 1; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "%s%d", i > 1 ? "/" : "",
			 i);
	result(!key_is(many, "") && strstr(why, "too many"),
	       "more terms than there is room for are refused");
	result(bridge_is("xenbr0", "xenbr0", "") && bridge_is("br.lan", "br.lan", "") &&
		       bridge_is("a.b.c", "a.b.c", ""),
	       "a bridge without VLANs keeps its name, dots and all");
	result(bridge_is("xenbr0.10", "xenbr0", "10-10pu") &&
		       bridge_is("br.lan.7", "br.lan", "7-7pu"),
	       "a number behind the last dot is the VLAN of untagged frames");
	result(bridge_is("xenbr0:20:30", "xenbr0", "20-20,30-30") &&
		       bridge_is("xenbr0.10:20-30:40,50", "xenbr0", "10-10pu,20-30,40-40,50-50"),
	       "those behind colons are tagged");
	/* "xenbr0.10p" has no number behind its dot, and is a name like another. */
	result(bridge_is("xenbr0.10p", "xenbr0.10p", ""),
	       "what is no number behind a dot belongs to the name");
	result(all_refused(bad_bridges, true),
	       "names and VLANs that are none are refused, with the text in the cause");
}

static char rules[16384];

static bool make(const char *mac, const char *addresses)
{
	const struct antispoof who = {.domain = 3,
				      .device = 1,
				      .suffix = "",
				      .interface = "web0",
				      .mac = mac,
				      .addresses = addresses};

	return antispoof_rules(&who, rules, sizeof(rules), why, sizeof(why));
}

/* Every word of ip= that is no address makes the whole refused, with the word in the cause. */
static bool addresses_refused(const char *const *words)
{
	char text[100];

	for (; *words; words++) {
		snprintf(text, sizeof(text), "192.0.2.1 %s", *words);
		if (make("00:16:3e:00:00:01", text) || !strstr(why, *words)) {
			printf("# '%s' was taken: %s\n", *words, why);
			return false;
		}
	}
	return true;
}

static void test_rules(void)
{
	static const char *const bad[] = {
		"192.0.2", "192.0.2.256", "192.0.2.1/33", "192.0.2.1/",     "192.0.2.1/8x",
		"host",    "fd00::1::2",  "fd00::1/129",  "192.0.2.1;drop", "}",
		NULL};
	static const char *const bad_macs[] = {"", "00:16:3e", "00:16:3e:00:00:0g",
					       "00:16:3e:00:00:01:02", NULL};
	char text[600] = "";
	struct antispoof who = {.domain = 3,
				.device = 1,
				.suffix = "",
				.interface = "web0",
				.mac = "00:16:3e:00:00:01",
				.addresses = "192.0.2.1"};
	int i;
	bool good = true;

	result(make("00:16:3E:00:00:0A", "") &&
		       strstr(rules, "ether saddr != 00:16:3e:00:00:0a counter drop") &&
		       !strstr(rules, "vif-3-1 counter drop"),
	       "a MAC alone drops other MACs, and nothing else");
	result(make("00:16:3e:00:00:01", "192.0.2.1 192.0.2.64/26") &&
		       strstr(rules, "ip saddr 192.0.2.1 accept") &&
		       strstr(rules, "arp saddr ip 192.0.2.64/26 accept") &&
		       strstr(rules, "vif-3-1 counter drop") && !strstr(rules, "ip6"),
	       "addresses and networks are let through, and the rest dropped");
	result(make("02:16:3e:00:00:01", "2001:db8::1") &&
		       strstr(rules, "0x20010db8000000000000000000000001") &&
		       strstr(rules, "ip6 saddr fe80::16:3eff:fe00:1 accept") &&
		       !strstr(rules, "arp saddr ip"),
	       "an IPv6 address brings the link-local one, and the neighbour's target");
	result(make("02:16:3e:00:00:01", "2001:db8::/64") && !strstr(rules, "@th,64,128") &&
		       strstr(rules, "ip6 saddr 2001:db8::/64 accept"),
	       "in a network any neighbour may be named");
	result(addresses_refused(bad), "what is no address is refused, with the word in the cause");
	for (i = 0; bad_macs[i]; i++)
		good &= !make(bad_macs[i], "") && strstr(why, bad_macs[i]);
	result(good, "what is no MAC is refused");
	for (i = 0; i < 33; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "192.0.2.%d ", i);
	result(!make("00:16:3e:00:00:01", text) && strstr(why, "more than 32"),
	       "more addresses than there is room for are refused");
	result(!antispoof_rules(&who, rules, 300, why, sizeof(why)),
	       "rules that do not fit are refused, not cut");
	result(antispoof_removal(&who, rules, sizeof(rules)) &&
		       strstr(rules, "delete chain bridge shoji vif-3-1\n") &&
		       strstr(rules, "delete element bridge shoji vifs { \"web0\" }"),
	       "the removal names its own chain and element");
}

int main(void)
{
	printf("1..18\n");
	test_vlans();
	test_rules();
	return failures != 0;
}
