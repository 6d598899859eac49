/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netfront's parser over a ring, from any index on. A plan lies within its pages, adds up, and
 * waits only for what may come.
 */
/* sources: frontends/netfront/rx_parse.c */
#include "../../frontends/netfront/rx_parse.h"
#include "quiet.h"

#define SIZE 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	uint32_t first = (uint32_t)take(&in, 4), cons = first;
	unsigned int left = (unsigned int)(in.size / 8 < SIZE ? in.size / 8 : SIZE);
	union netif_rx_slot ring[SIZE] = {0};
	struct rx_plan plan;

	for (unsigned int i = 0; i < left; i++)
		memcpy(&ring[(first + i) % SIZE], in.data + i * 8, 8);
	while (left) {
		enum rx_verdict verdict = rx_parse(ring, SIZE, cons, left, &plan);
		unsigned int sum = 0;

		if (verdict == RX_BROKEN || verdict == RX_MORE) {
			CLAIM(verdict == RX_MORE ? left < SIZE : plan.why != NULL);
			break;
		}
		CLAIM(plan.slots >= 1 && plan.slots <= left && plan.pieces <= RX_PIECES_MAX);
		CLAIM((verdict == RX_DROP) == (plan.why != NULL));
		for (unsigned int i = 0; i < plan.pieces; i++) {
			CLAIM(plan.piece[i].offset + plan.piece[i].size <= XEN_NETIF_PAGE_SIZE);
			CLAIM(plan.piece[i].index - cons < plan.slots);
			sum += plan.piece[i].size;
		}
		CLAIM(sum == plan.size);
		CLAIM(verdict != RX_PACKET ||
		      (plan.size >= RX_SIZE_MIN && plan.gso_type <= XEN_NETIF_GSO_TYPE_TCPV6));
		cons += plan.slots;
		left -= plan.slots;
	}
	return 0;
}
