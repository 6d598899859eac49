// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules, as text for nft. One table, "bridge shoji", for all vifs: a map from the interface to
 * its chain, so that a frame costs one look-up however many vifs there are, and a chain for each
 * vif. They stand before the bridge learns an address: in prerouting, and in input for the
 * link-local frames that never pass prerouting.
 *
 * 1. Every text is one transaction of nft, and may be run again: it adds what is missing and
 *    refills the chain.
 * 2. The chain ends with a drop only when addresses were given; with the MAC alone the rest passes.
 * 3. Nothing from the configuration reaches the text unparsed: addresses and the MAC are written
 *    anew from their binary form.
 */
#include "antispoof.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ADDRESSES_MAX 32

struct address {
	int family;
	unsigned int prefix;
	unsigned char bytes[16];
};

struct addresses {
	unsigned int count;
	struct address list[ADDRESSES_MAX];
};

struct text {
	char *at;
	size_t left;
	bool full;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text->at, text->left, format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= text->left) {
		text->full = true;
		return;
	}
	text->at += length;
	text->left -= length;
}

static unsigned int bits(const struct address *address)
{
	return address->family == AF_INET ? 32 : 128;
}

/* Decimal digits and nothing else, at most @limit. */
static bool prefix_of(const char *word, unsigned int limit, unsigned int *prefix)
{
	unsigned int value = 0;

	if (!*word)
		return false;
	for (; *word; word++) {
		if (*word < '0' || *word > '9')
			return false;
		value = value * 10 + (*word - '0');
		if (value > limit)
			return false;
	}
	*prefix = value;
	return true;
}

/* "10.0.0.5", "10.0.0.0/24", "2001:db8::5": @word is cut at its slash. */
static bool address_of(char *word, struct address *address)
{
	char *slash = strchr(word, '/');

	if (slash)
		*slash++ = '\0';
	address->family = strchr(word, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(address->family, word, address->bytes) != 1)
		return false;
	address->prefix = bits(address);
	return !slash || prefix_of(slash, bits(address), &address->prefix);
}

static bool addresses_of(const char *text, struct addresses *all, char *why, size_t why_size)
{
	static const char parting[] = " ,\t";
	char word[80];
	size_t length;

	memset(all, 0, sizeof(*all));
	for (text += strspn(text, parting); *text;
	     text += length + strspn(text + length, parting)) {
		length = strcspn(text, parting);
		snprintf(word, sizeof(word), "%.*s", (int)length, text);
		if (all->count == ADDRESSES_MAX) {
			snprintf(why, why_size, "ip= names more than %d addresses", ADDRESSES_MAX);
			return false;
		}
		if (length >= sizeof(word) || !address_of(word, &all->list[all->count++])) {
			snprintf(why, why_size, "'%.*s' in ip= is no address",
				 (int)(length < 64 ? length : 64), text);
			return false;
		}
	}
	return true;
}

static bool mac_of(const char *text, uint8_t *mac)
{
	char end;

	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%c", &mac[0], &mac[1], &mac[2],
		      &mac[3], &mac[4], &mac[5], &end) == 6;
}

/* The link-local address that a guest makes from its MAC: its neighbours are resolved with it. */
static void link_local(const uint8_t *mac, struct address *address)
{
	const uint8_t bytes[16] = {0xfe,       0x80,   0,      0,    0,    0,      0,      0,
				   mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]};

	address->family = AF_INET6;
	address->prefix = 128;
	memcpy(address->bytes, bytes, sizeof(bytes));
}

static const char *chain_of(const struct antispoof *who)
{
	static char name[40];

	snprintf(name, sizeof(name), "vif-%u-%u%.8s", who->domain, who->device, who->suffix);
	return name;
}

static void rule(struct text *text, const struct antispoof *who, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void rule(struct text *text, const struct antispoof *who, const char *format, ...)
{
	char words[200];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	add(text, "add rule bridge shoji %s %s\n", chain_of(who), words);
}

/* "10.0.0.0/24", in the text's static form that nft reads. */
static const char *written(const struct address *address)
{
	static char word[INET6_ADDRSTRLEN + 4];
	char plain[INET6_ADDRSTRLEN];

	inet_ntop(address->family, address->bytes, plain, sizeof(plain));
	if (address->prefix == bits(address))
		snprintf(word, sizeof(word), "%s", plain);
	else
		snprintf(word, sizeof(word), "%s/%u", plain, address->prefix);
	return word;
}

static void rules_ip4(struct text *text, const struct antispoof *who, const struct addresses *all)
{
	unsigned int i;

	/*
	 * A probe for a double address comes from 0.0.0.0, and so does the search for a DHCP
	 * server.
	 */
	rule(text, who, "arp saddr ip 0.0.0.0 accept");
	rule(text, who, "ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept");
	for (i = 0; i < all->count; i++) {
		if (all->list[i].family != AF_INET)
			continue;
		rule(text, who, "arp saddr ip %s accept", written(&all->list[i]));
		rule(text, who, "ip saddr %s accept", written(&all->list[i]));
	}
}

static void rules_ip6(struct text *text, const struct antispoof *who, const struct addresses *all)
{
	bool network = false;
	unsigned int i, byte;

	rule(text, who, "icmpv6 type { nd-router-advert, nd-redirect } counter drop");
	for (i = 0; i < all->count; i++)
		network |= all->list[i].family == AF_INET6 && all->list[i].prefix < 128;
	/*
	 * A neighbour advertisement names its owner in bytes 8 to 23. Of a network, any address may
	 * be named.
	 */
	if (!network) {
		add(text, "add rule bridge shoji %s icmpv6 type nd-neighbor-advert @th,64,128 != {",
		    chain_of(who));
		for (i = 0; i < all->count; i++) {
			if (all->list[i].family != AF_INET6)
				continue;
			add(text, " 0x");
			for (byte = 0; byte < 16; byte++)
				add(text, "%02x", all->list[i].bytes[byte]);
			add(text, ",");
		}
		add(text, " } counter drop\n");
	}
	rule(text, who,
	     "ip6 saddr :: icmpv6 type { nd-neighbor-solicit, mld-listener-report, "
	     "mld2-listener-report } accept");
	for (i = 0; i < all->count; i++)
		if (all->list[i].family == AF_INET6)
			rule(text, who, "ip6 saddr %s accept", written(&all->list[i]));
}

/* The table, its map and its hooks, which all vifs share, and an empty chain for this one. */
static void rules_frame(struct text *text, const struct antispoof *who)
{
	static const char *const hooks[] = { "prerouting", "input" };
	unsigned int i;

	add(text,
	    "add table bridge shoji\nadd map bridge shoji vifs { type ifname : verdict ; }\n");
	for (i = 0; i < 2; i++)
		add(text, "add chain bridge shoji %s { type filter hook %s priority -300 ; }\n"
		    "flush chain bridge shoji %s\nadd rule bridge shoji %s iifname vmap @vifs\n",
		    hooks[i], hooks[i], hooks[i], hooks[i]);
	add(text, "add chain bridge shoji %s\nflush chain bridge shoji %s\n", chain_of(who),
	    chain_of(who));
	add(text, "add element bridge shoji vifs { \"%s\" : jump %s }\n", who->interface,
	    chain_of(who));
}

/**
 * antispoof_rules() - the rules for one vif
 * @who: the vif; its interface has no character that nft would read as an end of the name
 * @text: the transaction for `nft -f -`
 * @size: of @text, in bytes
 * @why: the cause of an error
 * @why_size: of @why, in bytes
 *
 * Return: true; false when the MAC or an address is none, or the text has no room.
 */
bool antispoof_rules(const struct antispoof *who, char *text, size_t size, char *why,
		     size_t why_size)
{
	struct text out = { .at = text, .left = size };
	struct addresses all;
	uint8_t mac[6];
	unsigned int i, v4 = 0, v6 = 0;

	if (!mac_of(who->mac, mac)) {
		snprintf(why, why_size, "'%.32s' is no MAC address", who->mac);
		return false;
	}
	if (!addresses_of(who->addresses, &all, why, why_size))
		return false;
	for (i = 0; i < all.count; i++)
		*(all.list[i].family == AF_INET ? &v4 : &v6) += 1;
	if (v6 && all.count < ADDRESSES_MAX)
		link_local(mac, &all.list[all.count++]);
	rules_frame(&out, who);
	rule(&out, who, "ether saddr != %02x:%02x:%02x:%02x:%02x:%02x counter drop", mac[0], mac[1],
	     mac[2], mac[3], mac[4], mac[5]);
	rule(&out, who, "arp saddr ether != %02x:%02x:%02x:%02x:%02x:%02x counter drop", mac[0],
	     mac[1], mac[2], mac[3], mac[4], mac[5]);
	if (v4)
		rules_ip4(&out, who, &all);
	if (v6)
		rules_ip6(&out, who, &all);
	if (all.count)
		rule(&out, who, "counter drop");
	if (out.full)
		snprintf(why, why_size, "the rules for ip= are too long");
	return !out.full;
}

/**
 * antispoof_removal() - take the rules of one vif away
 * @who: the vif; mac and addresses are not looked at
 * @text: the transaction for `nft -f -`, which also succeeds when nothing was there
 * @size: of @text, in bytes
 *
 * Return: true; false when the text has no room.
 */
bool antispoof_removal(const struct antispoof *who, char *text, size_t size)
{
	struct text out = { .at = text, .left = size };

	rules_frame(&out, who);
	add(&out, "delete element bridge shoji vifs { \"%s\" }\ndelete chain bridge shoji %s\n",
	    who->interface, chain_of(who));
	return !out.full;
}
