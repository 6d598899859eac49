// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claim: netback's hash yields the published verification values, no setting of a frontend reaches
 * beyond the arrays (XSA-270), and no choice of grant references makes a lookup in the pool long.
 */
/* sources: backends/netback/hash_rules.c backends/netback/pool_table.c */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../backends/netback/hash_rules.h"
#include "../../backends/netback/pool_table.h"

static int number, failures;
static struct hash_rules rules;

static void result(bool good, const char *claim)
{
	failures += !good;
	printf("%sok %d - %s\n", good ? "" : "not ", ++number, claim);
}

/* The key and the values that Microsoft publishes for receive side scaling. */
static const uint8_t key[HASH_KEY_MAX] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
	0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
	0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

static void test_toeplitz(void)
{
	/* 66.9.149.187:2794 to 161.142.100.80:1766, then 199.92.111.2:14230 to 65.69.140.83:4739 */
	static const uint8_t one[] = {66,  9,  149,       187,        161,       142,
				      100, 80, 2794 >> 8, 2794 & 255, 1766 >> 8, 1766 & 255};
	static const uint8_t two[] = {199, 92, 111,        2,           65,        69,
				      140, 83, 14230 >> 8, 14230 & 255, 4739 >> 8, 4739 & 255};
	/* 3ffe:2501:200:1fff::7 port 2794 to 3ffe:2501:200:3::1 port 1766 */
	static const uint8_t six[] = {
		0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00,      0x1f,       0xff,      0,
		0,    0,    0,    0,    0,    0,         7,          0x3f,      0xfe,
		0x25, 0x01, 0x02, 0x00, 0x00, 0x03,      0,          0,         0,
		0,    0,    0,    0,    1,    2794 >> 8, 2794 & 255, 1766 >> 8, 1766 & 255};
	const uint8_t extended[40] = {key[0], key[1], key[2], key[3]};
	uint8_t *tight = malloc(4);

	result(hash_toeplitz(key, 40, one, 8) == 0x323e8fc2 &&
		       hash_toeplitz(key, 40, two, 8) == 0xd718262a,
	       "the published values of IPv4 addresses");
	result(hash_toeplitz(key, 40, one, 12) == 0x51ccc178 &&
		       hash_toeplitz(key, 40, two, 12) == 0xc626b0ea,
	       "with ports");
	result(hash_toeplitz(key, 40, six, 32) == 0x2cc18cd5 &&
		       hash_toeplitz(key, 40, six, 36) == 0x40207d3d,
	       "and of IPv6");
	memcpy(tight, key, 4);
	result(hash_toeplitz(tight, 4, six, 36) == hash_toeplitz(extended, 40, six, 36) &&
		       hash_toeplitz(tight, 0, six, 36) == 0,
	       "a short key is continued with zeros, and not read beyond its end");
	free(tight);
}

static struct xen_netif_ctrl_request request(unsigned int type, uint32_t a, uint32_t b, uint32_t c)
{
	return (struct xen_netif_ctrl_request){.type = (uint16_t)type, .data = {a, b, c}};
}

/* The list is an exact heap copy, so that the sanitizer sees a read beyond what was announced. */
static uint32_t set(const struct xen_netif_ctrl_request *req, const void *list, unsigned int queues)
{
	struct hash_rules before = rules;
	unsigned int bytes;
	uint32_t status = hash_rules_needs(&rules, req, &bytes);
	void *copy;

	if (status)
		return memcmp(&before, &rules, sizeof(rules)) ? 0 : status;
	copy = malloc(bytes + !bytes);
	if (bytes)
		memcpy(copy, list, bytes);
	status = hash_rules_set(&rules, req, copy, queues);
	free(copy);
	if (status && memcmp(&before, &rules, sizeof(rules)))
		return 0; /* it was refused and changed something: no test expects success then */
	return status;
}

#define SET(type, a, b, c, list)                                               \
	({                                                                     \
		struct xen_netif_ctrl_request req =                            \
			request(XEN_NETIF_CTRL_TYPE_SET_HASH_##type, a, b, c); \
		set(&req, list, 2);                                            \
	})

static void test_rules(void)
{
	static uint32_t table[1024];
	unsigned int i;

	for (i = 0; i < 1024; i++)
		table[i] = i & 1;
	result(SET(FLAGS, HASH_TYPES, 0, 0, NULL) == XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER,
	       "no types without an algorithm");
	result(SET(ALGORITHM, 2, 0, 0, NULL) == XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER &&
		       SET(ALGORITHM, 0xffffffff, 0, 0, NULL) ==
			       XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER &&
		       !SET(ALGORITHM, 1, 0, 0, NULL),
	       "one algorithm is known");
	result(SET(FLAGS, HASH_TYPES + 1, 0, 0, NULL) == XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER &&
		       !SET(FLAGS, HASH_TYPES, 0, 0, NULL),
	       "and four types");
	result(SET(KEY, 0, 41, 0, table) == XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW &&
		       SET(KEY, 0, 0xffffffff, 0, table) == XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW &&
		       !SET(KEY, 0, 40, 0, key) && !memcmp(rules.key, key, 40),
	       "XSA-270: a key longer than its array is refused, one as long is taken");
	result(!SET(KEY, 0, 3, 0, key) && rules.key_size == 3 && rules.key[3] == 0 &&
		       !SET(KEY, 0, 0, 0, NULL) && !rules.key[0],
	       "a shorter key leaves nothing of the one before");
	result(SET(MAPPING, 0, 1, 0, table) == XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW,
	       "XSA-270: no entries in a table of no size");
	result(SET(MAPPING_SIZE, 129, 0, 0, NULL) == XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER &&
		       SET(MAPPING_SIZE, 0xffffffff, 0, 0, NULL) ==
			       XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER &&
		       !SET(MAPPING_SIZE, 128, 0, 0, NULL),
	       "XSA-270: a table larger than its array is refused");
	result(!SET(MAPPING, 0, 128, 0, table) && rules.mapping[127] == 1 &&
		       !SET(MAPPING, 0, 1, 127, table) && rules.mapping[127] == 0,
	       "all of the table at once, or its last entry");
	result(SET(MAPPING, 0, 128, 1, table) == XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW &&
		       SET(MAPPING, 0, 1, 128, table) == XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW &&
		       SET(MAPPING, 0, 129, 0, table) == XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW &&
		       SET(MAPPING, 0, 2, 0xffffffff, table) ==
			       XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW &&
		       SET(MAPPING, 0, 0xffffffff, 2, table) ==
			       XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW &&
		       SET(MAPPING, 0, 0x40000001, 0, table) ==
			       XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW,
	       "XSA-270: an offset and a count beyond it, also where their sum or their bytes "
	       "wrap");
	result(SET(MAPPING, 0, 0, 0, NULL) == XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER,
	       "no entries are no request");
	table[1] = 2;
	result(SET(MAPPING, 0, 2, 0, table) == XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER &&
		       rules.mapping[0] == 0,
	       "XSA-270: an entry that is no queue: nothing of the list is taken");
	result(!SET(MAPPING_SIZE, 4, 0, 0, NULL) &&
		       SET(MAPPING, 0, 5, 0, table) == XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW &&
		       rules.mapping[127] == 0,
	       "a smaller table: what was beyond is gone and cannot be set");
}

static void test_queue(void)
{
	unsigned int i, bad = 0;

	memset(&rules, 0, sizeof(rules));
	for (i = 0; i < 1000; i++)
		bad += hash_rules_queue(&rules, i * 2654435761u, 3) >= 3;
	rules.mapping_size = 128;
	for (i = 0; i < 128; i++)
		rules.mapping[i] = 0xffffffff - i;
	for (i = 0; i < 1000; i++)
		bad += hash_rules_queue(&rules, i * 2654435761u, 3) >= 3;
	result(!bad, "the queue of a packet is one that exists, whatever stands in the table");
}

/* Step backwards through the multiplication: references that all belong to the same cell. */
static void test_pool(void)
{
	unsigned int bits = pool_table_bits(1024), entered = 0, i, wrong = 0, crowded = 0;
	struct pool_table *table = calloc(1, sizeof(*table) + (sizeof(struct pool_cell) << bits));
	uint32_t inverse = 1;
	char page[1024];

	for (i = 0; i < 5; i++)
		inverse *= 2 - 2654435769u * inverse;
	table->bits = bits;
	result(2654435769u * inverse == 1 && bits == 12 && pool_table_bits(1) == 6 &&
		       pool_table_bits(0) == 6,
	       "a table has four cells a page, 64 at least");
	for (i = 0; i < 1024; i++)
		entered += pool_enter(table, i * inverse, &page[i], true) == POOL_ENTERED;
	result(entered == POOL_PROBES, "references that were chosen for one cell are refused after "
				       "as many steps as a lookup takes");
	for (i = 0; i < 1024; i++)
		wrong += pool_find(table, i * inverse, true) != (i < entered ? &page[i] : NULL);
	result(!wrong, "and a lookup finds those that were taken and no other");
	memset(table->cell, 0, sizeof(struct pool_cell) << bits);
	for (i = 0; i < 1024; i++)
		crowded += pool_enter(table, 8 + i, &page[i], i & 1) != POOL_ENTERED;
	for (i = 0; i < 1024; i++)
		wrong += pool_find(table, 8 + i, false) != &page[i] ||
			 pool_find(table, 8 + i, true) != (i & 1 ? &page[i] : NULL);
	result(!crowded && !wrong, "references in a row, as frontends have them, all fit; those "
				   "granted read-only are not found for writing");
	result(pool_enter(table, 500, page, true) == POOL_THERE_ALREADY &&
		       pool_find(table, 2000, false) == NULL && pool_find(NULL, 8, false) == NULL,
	       "twice is refused; others, and an empty pool, have nothing");
	free(table);
}

int main(void)
{
	printf("1..22\n");
	test_toeplitz();
	test_rules();
	test_queue();
	test_pool();
	return failures != 0;
}
