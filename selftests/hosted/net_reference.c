/* SPDX-License-Identifier: GPL-2.0-only */
/* The network protocol as Debian's libxen-dev has it, for test_net_layout.c. */
#include "net_reference.h"
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define __XEN_TOOLS__             1
#define __XEN_INTERFACE_VERSION__ __XEN_LATEST_INTERFACE_VERSION__
#pragma GCC diagnostic ignored "-Wundef"
#include "/usr/include/xen/xen-compat.h"
#include "/usr/include/xen/xen.h"
#include "/usr/include/xen/grant_table.h"
#include "/usr/include/xen/io/netif.h"

#define SLOTS_AT(type)   offsetof(struct type, ring)
#define SLOT_BYTES(type) sizeof(((struct type *)0)->ring[0])
#define SLOTS(type)      __RING_SIZE((struct type *)0, 4096)
#define TX_SLOTS_AT      SLOTS_AT(netif_tx_sring)
#define TX_SLOT_BYTES    SLOT_BYTES(netif_tx_sring)
#define TX_SLOTS         SLOTS(netif_tx_sring)
#define RX_SLOTS_AT      SLOTS_AT(netif_rx_sring)
#define RX_SLOT_BYTES    SLOT_BYTES(netif_rx_sring)
#define RX_SLOTS         SLOTS(netif_rx_sring)
#define CTRL_SLOTS_AT    SLOTS_AT(xen_netif_ctrl_sring)
#define CTRL_SLOT_BYTES  SLOT_BYTES(xen_netif_ctrl_sring)
#define CTRL_SLOTS       SLOTS(xen_netif_ctrl_sring)
#define REQ_PROD_AT      offsetof(struct netif_tx_sring, req_prod)
#define REQ_EVENT_AT     offsetof(struct netif_tx_sring, req_event)
#define RSP_PROD_AT      offsetof(struct netif_tx_sring, rsp_prod)
#define RSP_EVENT_AT     offsetof(struct netif_tx_sring, rsp_event)

const struct abi_number net_reference[] = {
#include "net_list.h"
};
const unsigned int net_reference_count = sizeof(net_reference) / sizeof(net_reference[0]);
