/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netback's parser over a ring's worth of slots, packet after packet. A plan lies within its pages
 * and adds up.
 */
/* sources: backends/netback/tx_parse.c */
#include "../../backends/netback/tx_parse.h"
#include "quiet.h"

static void check_packet(const struct tx_plan *plan)
{
	unsigned int sum = 0;

	CLAIM(plan->pieces >= 1 && plan->pieces <= TX_PIECES_MAX &&
	      plan->slots == plan->pieces + plan->extras);
	CLAIM(plan->size >= TX_SIZE_MIN &&
	      (!plan->gso_size) == (plan->gso_type == XEN_NETIF_GSO_TYPE_NONE));
	CLAIM(plan->gso_type <= XEN_NETIF_GSO_TYPE_TCPV6);
	for (unsigned int i = 0; i < plan->pieces; i++) {
		CLAIM(plan->piece[i].offset + plan->piece[i].size <= XEN_NETIF_PAGE_SIZE);
		sum += plan->piece[i].size;
	}
	CLAIM(sum == plan->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int available = (unsigned int)(size / sizeof(union netif_tx_slot)), at = 0,
		     slots = 0;
	union netif_tx_slot *slot = malloc(available * sizeof(*slot) + 1);
	struct tx_plan plan;

	memcpy(slot, data, available * sizeof(*slot));
	while (at < available) {
		enum tx_verdict verdict = tx_parse(&slot[at], available - at, &plan);

		if (verdict == TX_BROKEN) {
			CLAIM(plan.why);
			break;
		}
		CLAIM(plan.slots >= 1 && plan.slots <= available - at &&
		      plan.extras < XEN_NETIF_EXTRA_TYPE_MAX);
		CLAIM(plan.extras < plan.slots && (verdict == TX_DROP) == (plan.why != NULL));
		CLAIM((verdict == TX_COMMAND) == (plan.mcast_add + plan.mcast_del == 1));
		if (verdict == TX_PACKET)
			check_packet(&plan);
		slots += plan.slots;
		at += plan.slots;
	}
	CLAIM(slots <= available);
	free(slot);
	return 0;
}
