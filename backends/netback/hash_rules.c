// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a frontend sets about hashing, judged. Pure: no kernel calls, no shared memory; built and
 * tested in user space as well.
 *
 * 1. A request is a private copy, and so is the list that it names: hash_rules_needs() says how
 *    many bytes of the frontend's page that is, a page's worth at most, before anything is copied.
 * 2. Offsets and counts are checked without a sum that could wrap (XSA-270), against the sizes that
 *    are set and not those that are asked for.
 * 3. Every entry of the table is a queue when it is set, and is taken modulo the queues that there
 *    are when it is used.
 * 4. A request that is refused changes nothing.
 */
#include "hash_rules.h"

#ifdef __KERNEL__
#include <linux/nospec.h>
#include <linux/string.h>
#else
#include <string.h>
#define array_index_nospec(index, size) (index)
#endif

/**
 * hash_range_fits() - do @count entries from @offset on lie within @size? No sum that could wrap.
 * @offset: the first entry
 * @count: how many
 * @size: entries that there are
 *
 * Return: whether they do.
 *
 * Context: any.
 */
bool hash_range_fits(uint32_t offset, uint32_t count, uint32_t size)
{
	return count <= size && offset <= size - count;
}

/**
 * hash_rules_needs() - how many bytes of the page at data[0] a request needs
 * @rules: that are set
 * @req: private copy of the request
 * @bytes: is set to it; 0: none
 *
 * Return: XEN_NETIF_CTRL_STATUS_SUCCESS, or the status to answer with.
 *
 * Context: any.
 */
uint32_t hash_rules_needs(const struct hash_rules *rules, const struct xen_netif_ctrl_request *req,
			  unsigned int *bytes)
{
	*bytes = 0;
	switch (req->type) {
	case XEN_NETIF_CTRL_TYPE_SET_HASH_KEY:
		if (req->data[1] > HASH_KEY_MAX)
			return XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW;
		*bytes = req->data[1];
		return XEN_NETIF_CTRL_STATUS_SUCCESS;
	case XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING:
		if (!hash_range_fits(req->data[2], req->data[1], rules->mapping_size))
			return XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW;
		if (!req->data[1])
			return XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
		*bytes = req->data[1] * sizeof(rules->mapping[0]);
		return XEN_NETIF_CTRL_STATUS_SUCCESS;
	default:
		return XEN_NETIF_CTRL_STATUS_SUCCESS;
	}
}

static uint32_t set_mapping(struct hash_rules *rules, const struct xen_netif_ctrl_request *req,
			    const uint32_t *list, unsigned int queues)
{
	uint32_t i;

	for (i = 0; i < req->data[1]; i++)
		if (list[i] >= queues)
			return XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	memcpy(&rules->mapping[array_index_nospec(req->data[2], HASH_MAPPING_MAX)], list,
	       req->data[1] * sizeof(*list));
	return XEN_NETIF_CTRL_STATUS_SUCCESS;
}

/**
 * hash_rules_set() - do what a request says
 * @rules: changed on success only
 * @req: private copy of the request
 * @list: private copy of the bytes that hash_rules_needs() named, aligned for words
 * @queues: that the vif has
 *
 * Return: the status to answer with.
 *
 * Context: any.
 */
uint32_t hash_rules_set(struct hash_rules *rules, const struct xen_netif_ctrl_request *req,
			const void *list, unsigned int queues)
{
	unsigned int bytes;
	uint32_t status = hash_rules_needs(rules, req, &bytes);

	if (status != XEN_NETIF_CTRL_STATUS_SUCCESS)
		return status;
	switch (req->type) {
	case XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM:
		if (req->data[0] > XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ)
			return XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
		rules->algorithm = req->data[0];
		return XEN_NETIF_CTRL_STATUS_SUCCESS;
	case XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS:
		if (req->data[0] & ~HASH_TYPES || !rules->algorithm)
			return XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
		rules->flags = req->data[0];
		return XEN_NETIF_CTRL_STATUS_SUCCESS;
	case XEN_NETIF_CTRL_TYPE_SET_HASH_KEY:
		memset(rules->key, 0, sizeof(rules->key));
		memcpy(rules->key, list, bytes);
		rules->key_size = bytes;
		return XEN_NETIF_CTRL_STATUS_SUCCESS;
	case XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE:
		if (req->data[0] > HASH_MAPPING_MAX)
			return XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
		rules->mapping_size = req->data[0];
		memset(rules->mapping, 0, sizeof(rules->mapping));
		return XEN_NETIF_CTRL_STATUS_SUCCESS;
	case XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING:
		return set_mapping(rules, req, list, queues);
	default:
		return XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED;
	}
}

/**
 * hash_rules_queue() - choose the queue for a packet
 * @rules: that are set
 * @value: the packet's hash
 * @queues: that the vif has
 *
 * Return: below @queues.
 *
 * Context: any.
 */
unsigned int hash_rules_queue(const struct hash_rules *rules, uint32_t value, unsigned int queues)
{
	if (!rules->mapping_size)
		return value % queues;
	return rules->mapping[value % rules->mapping_size] % queues;
}

/**
 * hash_toeplitz() - the Toeplitz hash
 * @key: of the hash; one shorter than the data needs counts as continued with zeros
 * @key_size: bytes
 * @data: what is hashed
 * @size: bytes
 *
 * Return: the hash.
 *
 * Context: any.
 */
uint32_t hash_toeplitz(const uint8_t *key, unsigned int key_size, const uint8_t *data,
		       unsigned int size)
{
	unsigned int i, bit, next = 0;
	uint64_t window = 0;
	uint32_t hash = 0;

	for (i = 0; i < 8; i++, next++)
		window = window << 8 | (next < key_size ? key[next] : 0);
	for (i = 0; i < size; i++, next++) {
		for (bit = 0; bit < 8; bit++) {
			if (data[i] & 0x80 >> bit)
				hash ^= window >> 32;
			window <<= 1;
		}
		window |= next < key_size ? key[next] : 0;
	}
	return hash;
}
