// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which queue a received packet takes: the backend decides, by a Toeplitz hash whose key and table
 * `ethtool -X` sets here. They are told over the control ring, again after each connection; a
 * backend that does not know the messages goes on as before.
 */
#include "netfront.h"

#include <linux/ethtool.h>

#define HASH_TYPES                                                           \
	(XEN_NETIF_CTRL_HASH_TYPE_IPV4 | XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP | \
	 XEN_NETIF_CTRL_HASH_TYPE_IPV6 | XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP)

/**
 * rss_tell() - tell the backend what the administrator has set, if anything
 * @nf: a connected device with a control ring
 * @page: a scratch page
 * @ref: its grant to the backend
 *
 * Return: XEN_NETIF_CTRL_STATUS_* or a negative error of ctrl_ask().
 *
 * Context: process, offer_work; sleeps.
 */
int rss_tell(struct netfront *nf, void *page, grant_ref_t ref)
{
	struct net_rss rss;
	unsigned int i;
	u32 *table = page;
	int status;

	mutex_lock(&nf->rss_lock);
	rss = nf->rss;
	mutex_unlock(&nf->rss_lock);
	if (!rss.set)
		return 0;
	status = ctrl_ask(nf, XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM,
			  XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ, 0, 0);
	memcpy(page, rss.key, sizeof(rss.key));
	if (!status)
		status = ctrl_ask(nf, XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, ref, sizeof(rss.key), 0);
	if (!status)
		status = ctrl_ask(nf, XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE, RSS_TABLE, 0, 0);
	for (i = 0; i < RSS_TABLE; i++)
		table[i] = rss.table[i] % nf->queues.nr; /* there may be fewer than there were */
	if (!status)
		status = ctrl_ask(nf, XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, ref, RSS_TABLE, 0);
	if (!status)
		status = ctrl_ask(nf, XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS, HASH_TYPES, 0, 0);
	return status;
}

/**
 * rss_init() - every device begins with a random key, and a table of queue after queue
 * @nf: the device, before it is registered
 *
 * Context: process.
 */
void rss_init(struct netfront *nf)
{
	unsigned int i;

	mutex_init(&nf->rss_lock);
	netdev_rss_key_fill(nf->rss.key, sizeof(nf->rss.key));
	for (i = 0; i < RSS_TABLE; i++)
		nf->rss.table[i] = ethtool_rxfh_indir_default(i, netfront_max_queues);
}

/**
 * rss_read() - for ethtool -x
 * @nf: the device
 * @table: RSS_TABLE entries are written; may be NULL
 * @key: RSS_KEY bytes are written; may be NULL
 *
 * Context: process, under rtnl; sleeps.
 */
void rss_read(struct netfront *nf, u32 *table, u8 *key)
{
	mutex_lock(&nf->rss_lock);
	if (table)
		memcpy(table, nf->rss.table, sizeof(nf->rss.table));
	if (key)
		memcpy(key, nf->rss.key, sizeof(nf->rss.key));
	mutex_unlock(&nf->rss_lock);
}

/**
 * rss_write() - for ethtool -X; the caller has the backend told (offer.c)
 * @nf: the device
 * @table: RSS_TABLE entries; NULL: as it is
 * @key: RSS_KEY bytes; NULL: as it is
 * @function: ETH_RSS_HASH_TOP or ETH_RSS_HASH_NO_CHANGE
 *
 * Return: 0; -EOPNOTSUPP for another function, and without a control ring.
 *
 * Context: process, under rtnl; sleeps.
 */
int rss_write(struct netfront *nf, const u32 *table, const u8 *key, u8 function)
{
	if (function != ETH_RSS_HASH_NO_CHANGE && function != ETH_RSS_HASH_TOP)
		return -EOPNOTSUPP;
	if (!nf->ctrl)
		return -EOPNOTSUPP;
	mutex_lock(&nf->rss_lock);
	if (table)
		memcpy(nf->rss.table, table, sizeof(nf->rss.table));
	if (key)
		memcpy(nf->rss.key, key, sizeof(nf->rss.key));
	nf->rss.set = true;
	mutex_unlock(&nf->rss_lock);
	return 0;
}
