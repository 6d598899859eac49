/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: the network protocol's constants, structures and rings in include/xen/io/netif.h are those
 * of the Xen 4.17 interface.
 */
/* sources: selftests/hosted/net_reference.c */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <xen/io/netif.h>

#include "net_reference.h"

#define SLOTS_AT(type)   offsetof(struct type, slot)
#define SLOT_BYTES(type) sizeof(((struct type *)0)->slot[0])
#define TX_SLOTS_AT      SLOTS_AT(netif_tx_ring)
#define TX_SLOT_BYTES    SLOT_BYTES(netif_tx_ring)
#define TX_SLOTS         NET_RING_SIZE
#define RX_SLOTS_AT      SLOTS_AT(netif_rx_ring)
#define RX_SLOT_BYTES    SLOT_BYTES(netif_rx_ring)
#define RX_SLOTS         NET_RING_SIZE
#define CTRL_SLOTS_AT    SLOTS_AT(netif_ctrl_ring)
#define CTRL_SLOT_BYTES  SLOT_BYTES(netif_ctrl_ring)
#define CTRL_SLOTS       CTRL_RING_SIZE
#define REQ_PROD_AT      offsetof(struct ring_shared, req.prod)
#define REQ_EVENT_AT     offsetof(struct ring_shared, req.event)
#define RSP_PROD_AT      offsetof(struct ring_shared, rsp.prod)
#define RSP_EVENT_AT     offsetof(struct ring_shared, rsp.event)

static const struct abi_number ours[] = {
#include "net_list.h"
};

int main(void)
{
	const unsigned int count = sizeof(ours) / sizeof(ours[0]);
	unsigned int wrong = 0;
	bool same = count == net_reference_count;

	printf("1..2\n");
	printf("%sok 1 - both tables have the same length\n", same ? "" : "not ");
	for (unsigned int i = 0; same && i < count; i++) {
		if (ours[i].value == net_reference[i].value)
			continue;
		wrong++;
		printf("# %s: %llx here, %llx in libxen-dev\n", ours[i].what, ours[i].value,
		       net_reference[i].value);
	}
	printf("%sok 2 - %u numbers of the network protocol are libxen-dev's\n",
	       wrong || !same ? "not " : "", count);
	return wrong || !same;
}
