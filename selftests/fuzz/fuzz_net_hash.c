/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A frontend's requests about hashing, one after the other. Claims: no more than the announced
 * length is read, and a packet's queue exists (XSA-270).
 */
/* sources: backends/netback/hash_rules.c */
#include "../../backends/netback/hash_rules.h"
#include "quiet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	unsigned int queues = 1 + (unsigned int)take(&in, 1) % 8;
	struct hash_rules rules = {0};

	while (in.size) {
		struct xen_netif_ctrl_request req = {.type = (uint16_t)take(&in, 1)};
		struct hash_rules before = rules;
		unsigned int bytes, i;
		uint8_t *list;
		uint32_t status;

		for (i = 0; i < 3; i++)
			req.data[i] = (uint32_t)take(&in, 4);
		status = hash_rules_needs(&rules, &req, &bytes);
		CLAIM(bytes <= XEN_NETIF_PAGE_SIZE && (!status || !bytes));
		list = malloc(bytes + !bytes);
		for (i = 0; i < bytes; i++)
			list[i] = (uint8_t)take(&in, 1);
		if (!status)
			status = hash_rules_set(&rules, &req, list, queues);
		free(list);
		CLAIM(status <= XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW);
		CLAIM(!status || !memcmp(&rules, &before, sizeof(rules)));
		CLAIM(rules.key_size <= HASH_KEY_MAX && rules.mapping_size <= HASH_MAPPING_MAX &&
		      !(rules.flags & ~HASH_TYPES));
		for (i = 0; i < HASH_MAPPING_MAX; i++)
			CLAIM(rules.mapping[i] < queues &&
			      (i < rules.mapping_size || !rules.mapping[i]));
		CLAIM(hash_rules_queue(&rules,
				       hash_toeplitz(rules.key, rules.key_size, data,
						     size < 36 ? (unsigned int)size : 36),
				       queues) < queues);
	}
	return 0;
}
