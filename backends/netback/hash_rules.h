/* SPDX-License-Identifier: GPL-2.0-only */
/* What a frontend may set about hashing, and the Toeplitz hash. Pure: see hash_rules.c. */
#ifndef SHOJI_NETBACK_HASH_RULES_H
#define SHOJI_NETBACK_HASH_RULES_H

#include "include/xen/io/netif.h"

#define HASH_KEY_MAX     40  /* bytes */
#define HASH_MAPPING_MAX 128 /* entries */
#define HASH_TYPES                                                           \
	(XEN_NETIF_CTRL_HASH_TYPE_IPV4 | XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP | \
	 XEN_NETIF_CTRL_HASH_TYPE_IPV6 | XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP)

struct hash_rules {
	uint32_t algorithm, flags;       /* XEN_NETIF_CTRL_HASH_* */
	uint32_t key_size, mapping_size; /* bytes; entries, 0: hash modulo queues */
	uint8_t key[HASH_KEY_MAX];
	uint32_t mapping[HASH_MAPPING_MAX];
};

/* Whether @count entries from @offset on lie within @size. */
bool hash_range_fits(uint32_t offset, uint32_t count, uint32_t size);
/*
 * Set @bytes to what a request needs of the page at its data[0]; returns
 * XEN_NETIF_CTRL_STATUS_SUCCESS, or the status to answer with.
 */
uint32_t hash_rules_needs(const struct hash_rules *rules, const struct xen_netif_ctrl_request *req,
			  unsigned int *bytes);
/*
 * Do what a request says, with @list, the bytes that hash_rules_needs() named; returns the
 * status to answer with. @rules changes on success only.
 */
uint32_t hash_rules_set(struct hash_rules *rules, const struct xen_netif_ctrl_request *req,
			const void *list, unsigned int queues);
/* The queue, below @queues, for a packet of hash @value. */
unsigned int hash_rules_queue(const struct hash_rules *rules, uint32_t value, unsigned int queues);
/* The Toeplitz hash of @size bytes; a key that is too short counts as continued with zeros. */
uint32_t hash_toeplitz(const uint8_t *key, unsigned int key_size, const uint8_t *data,
		       unsigned int size);

#endif
