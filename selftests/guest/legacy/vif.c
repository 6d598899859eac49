// SPDX-License-Identifier: GPL-2.0-only
/* A network card: it asks for the hardware address of 10.9.0.1 (ARP) until it is answered. */
#include <xen/io/netif.h>
#include <xen/io/xenbus.h>

#include "legacy.h"

#define DIR	"device/vif/0"
#define BUFFERS 64u

struct arp {
	uint8_t to[6], from[6], type[2];
	uint8_t kind[6];	/* Ethernet, IPv4, sizes of both addresses */
	uint8_t operation[2];
	uint8_t sender[6], sender_ip[4];
	uint8_t target[6], target_ip[4];
};

static const uint8_t own_ip[4] = {10, 9, 0, 77}, dom0_ip[4] = {10, 9, 0, 1};
static const uint8_t arp_type[8] = {8, 6, 0, 1, 8, 0, 6, 4};
static uint8_t mac[6];
static volatile struct netif_tx_ring *tx;
static volatile struct netif_rx_ring *rx;
static char *buffer[BUFFERS], *packet;
static uint32_t rx_gref[BUFFERS], packet_gref, port;
static uint32_t tx_taken, rx_taken;
static uint8_t answer[6];

static unsigned int hex(char c)
{
	return (unsigned int)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10) & 15;
}

static bool read_mac(void)
{
	char text[18];

	if (!store_get(DIR, "mac", text, sizeof(text)) || length(text) != 17)
		return false;
	for (unsigned int i = 0; i < 6; i++)
		mac[i] = (uint8_t)(hex(text[i * 3]) << 4 | hex(text[i * 3 + 1]));
	return true;
}

static void offer(unsigned int id)
{
	uint32_t prod = rx->head.req.prod;

	rx->slot[prod % NET_RING_SIZE].req.id = (uint16_t)id;
	rx->slot[prod % NET_RING_SIZE].req.gref = rx_gref[id];
	__atomic_store_n(&rx->head.req.prod, prod + 1, __ATOMIC_SEQ_CST);
}

static void connect(void)
{
	tx = page_new();
	rx = page_new();
	tx->head.req.event = tx->head.rsp.event = rx->head.req.event = rx->head.rsp.event = 1;
	packet = page_new();
	packet_gref = grant_page_of(packet, true);
	port = port_for_dom0();
	for (unsigned int i = 0; i < BUFFERS; i++) {
		buffer[i] = page_new();
		rx_gref[i] = grant_page_of(buffer[i], false);
		offer(i);
	}
	claim("vif: the backend waits", backend_reaches(DIR, XENBUS_INIT_WAIT));
	store_put_number(DIR, "tx-ring-ref", grant_page_of((void *)tx, false));
	store_put_number(DIR, "rx-ring-ref", grant_page_of((void *)rx, false));
	store_put_number(DIR, "event-channel", port);
	store_put_number(DIR, "request-rx-copy", 1);
	store_put_number(DIR, "feature-rx-notify", 1);
	store_put_number(DIR, "state", XENBUS_CONNECTED);
	claim("vif: the backend connects", backend_reaches(DIR, XENBUS_CONNECTED));
}

static bool sent(void *arg)
{
	(void)arg;
	return __atomic_load_n(&tx->head.rsp.prod, __ATOMIC_SEQ_CST) != tx_taken;
}

/* Send the question; the answer's status. */
static int send(void)
{
	volatile struct netif_tx_request *r = &tx->slot[tx_taken % NET_RING_SIZE].req;
	volatile struct netif_tx_response *a = &tx->slot[tx_taken % NET_RING_SIZE].rsp;
	struct arp *p = (struct arp *)packet;

	memset(p->to, 0xff, 6);
	memcpy(p->from, mac, 6);
	memcpy(p->type, arp_type, 8);
	p->operation[1] = 1;
	memcpy(p->sender, mac, 6);
	memcpy(p->sender_ip, own_ip, 4);
	memcpy(p->target_ip, dom0_ip, 4);
	r->gref = packet_gref;
	r->offset = 0;
	r->flags = 0;
	r->id = 5;
	r->size = 60;
	tx->head.rsp.event = tx_taken + 1;
	__atomic_store_n(&tx->head.req.prod, tx_taken + 1, __ATOMIC_SEQ_CST);
	notify(port);
	if (!wait_for(sent, NULL, 10))
		return -99;
	tx_taken++;
	return a->id == 5 ? a->status : -98;
}

static bool is_answer(const struct arp *p)
{
	return memcmp(p->type, arp_type, 8) == 0 && p->operation[1] == 2 &&
	       memcmp(p->sender_ip, dom0_ip, 4) == 0 && memcmp(p->target_ip, own_ip, 4) == 0;
}

/* All that has come; true once the answer was among it. */
static bool received(void *arg)
{
	static bool found;

	(void)arg;
	while (__atomic_load_n(&rx->head.rsp.prod, __ATOMIC_SEQ_CST) != rx_taken) {
		struct netif_rx_response a = rx->slot[rx_taken++ % NET_RING_SIZE].rsp;
		struct arp *p = (struct arp *)(buffer[a.id % BUFFERS] + a.offset);

		if (a.status >= (int)sizeof(*p) && is_answer(p)) {
			memcpy(answer, p->sender, 6);
			found = true;
		}
		offer(a.id % BUFFERS);
		rx->head.rsp.event = rx_taken + 1;
		notify(port);
	}
	return found;
}

void vif_run(void)
{
	static const char digits[] = "0123456789abcdef";
	unsigned int tries = 0;
	bool good = true;
	char text[12];

	if (!read_mac())
		return;
	connect();
	while (good && tries++ < 20 && !received(NULL)) {
		good = send() == NETIF_RSP_OKAY;
		if (wait_for(received, NULL, 1))
			break;
	}
	claim("vif: packets are sent", good && tx_taken > 0);
	claim("vif: the answer to one is received", received(NULL));
	claim("vif: events came for them", event_count[port] > 0);
	for (unsigned int i = 0; i < 12; i++)
		text[i] = digits[answer[i / 2] >> (i & 1 ? 0 : 4) & 15];
	note("hardware address of 10.9.0.1", text, 12);
}
