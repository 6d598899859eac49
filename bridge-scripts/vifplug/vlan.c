// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two spellings. The vif key "vlan" of newer toolstacks: terms parted by "/" or ",", each a VLAN or
 * a range "20-30", with "p" behind it for the VLAN of untagged frames and "u" for one that leaves
 * untagged ("10p/20-30"). And the one that Open vSwitch users know, in the bridge's name:
 * "xenbr0.10" (untagged, VLAN 10), "xenbr0.10:20-30:40" (that, and tagged ones), "xenbr0:20:30"
 * (tagged ones only).
 *
 * Invariants of what is returned: 1 <= first <= last <= 4094; at most one term is the PVID, and it
 * is no range; no two terms overlap.
 */
#include "vlan.h"

#include <stdio.h>
#include <string.h>

/* Digits at *text, which moves behind them; 0 for no number, or one beyond a VLAN's. */
static unsigned int number(const char **text)
{
	unsigned int value = 0;

	if (**text < '0' || **text > '9')
		return 0;
	while (**text >= '0' && **text <= '9') {
		value = value * 10 + (*(*text)++ - '0');
		if (value > VLAN_MAX)
			return 0;
	}
	return value;
}

/* Why a term cannot be added to the set, or NULL. */
static const char *objection(const struct vlan_set *set, const struct vlan_term *term)
{
	unsigned int i;

	if (set->count == VLAN_TERMS)
		return "too many VLANs and ranges (32 at most)";
	if (term->first > term->last)
		return "a range runs from the smaller to the larger VLAN";
	if (term->pvid && term->first != term->last)
		return "only one VLAN can take the untagged frames, not a range";
	for (i = 0; i < set->count; i++) {
		if (term->first <= set->term[i].last && set->term[i].first <= term->last)
			return "a VLAN is named twice";
		if (term->pvid && set->term[i].pvid)
			return "only one VLAN can take the untagged frames";
	}
	return NULL;
}

/* One term at *text, which moves behind it. */
static const char *term_at(const char **text, bool native, struct vlan_set *set)
{
	struct vlan_term term = { .pvid = native, .untagged = native };
	const char *why;

	term.first = number(text);
	term.last = term.first;
	if (term.first && **text == '-') {
		(*text)++;
		term.last = number(text);
	}
	if (!term.first || !term.last)
		return "a VLAN is a number from 1 to 4094";
	for (; !native && (**text == 'p' || **text == 'u'); (*text)++) {
		term.pvid |= **text == 'p';
		term.untagged = true;
	}
	why = objection(set, &term);
	if (!why)
		set->term[set->count++] = term;
	return why;
}

/* Terms parted by any of @separators, to the end of the text. */
static const char *terms(const char *text, const char *separators, struct vlan_set *set)
{
	const char *why;

	do {
		why = term_at(&text, false, set);
		if (why)
			return why;
		if (!*text)
			return NULL;
	} while (strchr(separators, *text++));
	return "something else than a VLAN, a range or a separator stands there";
}

static bool refuse(const char *text, const char *because, struct vlan_set *set, char *why,
		   size_t why_size)
{
	set->count = 0;
	snprintf(why, why_size, "'%.64s': %s", text, because);
	return false;
}

/**
 * vlan_parse() - read the vif key "vlan"
 * @text: its value
 * @set: what it says; empty after an error
 * @why: the cause of an error, with the text
 * @why_size: of @why, in bytes
 *
 * Return: true, or false with @why filled.
 */
bool vlan_parse(const char *text, struct vlan_set *set, char *why, size_t why_size)
{
	const char *because;

	memset(set, 0, sizeof(*set));
	because = terms(text, "/,", set);
	return because ? refuse(text, because, set, why, why_size) : true;
}

/**
 * vlan_parse_bridge() - part a bridge's name from the VLANs behind it
 * @text: the vif's "bridge"
 * @name: the bridge alone; room for BRIDGE_NAME_MAX + 1 bytes
 * @set: the VLANs; none when only a name was given, and after an error
 * @why: the cause of an error, with the text
 * @why_size: of @why, in bytes
 *
 * A bridge may have a dot in its name: the caller looks for the whole text first. What stands
 * behind the last dot is a VLAN only if it is a number, so that the message about "br.lan" names a
 * missing bridge, not a wrong VLAN.
 *
 * Return: true, or false with @why filled.
 */
bool vlan_parse_bridge(const char *text, char *name, struct vlan_set *set, char *why,
		       size_t why_size)
{
	size_t length = strcspn(text, ":");
	const char *trunks = text + length, *dot, *because = NULL;

	memset(set, 0, sizeof(*set));
	for (dot = trunks; dot > text && dot[-1] >= '0' && dot[-1] <= '9'; dot--)
		;
	if (dot > text && dot[-1] == '.' && dot < trunks) {
		length = dot - 1 - text;
		because = term_at(&dot, true, set);
	}
	if (length == 0 || length > BRIDGE_NAME_MAX)
		return refuse(text, "a bridge's name has 1 to 15 characters", set, why, why_size);
	memcpy(name, text, length);
	name[length] = '\0';
	if (!because && *trunks == ':')
		because = terms(trunks + 1, ":,", set);
	return because ? refuse(text, because, set, why, why_size) : true;
}
