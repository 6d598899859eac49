// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which queue a received packet takes: the backend decides, by a Toeplitz hash whose key and table
 * `ethtool -X` sets here. They are told over the control ring, again after each connection; a
 * backend that does not know the messages goes on as before.
 */
#include <linux/ethtool.h>
#include <linux/version.h>

#include "netfront.h"

#define HASH_TYPES                                                           \
	(XEN_NETIF_CTRL_HASH_TYPE_IPV4 | XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP | \
	 XEN_NETIF_CTRL_HASH_TYPE_IPV6 | XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP)

/*
 * Tell the backend, if there is anything to tell. @page: granted as @ref, a scratch page. Returns
 * XEN_NETIF_CTRL_STATUS_* or a negative error. The control ring's work.
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

/* As every device begins: a random key, queue after queue. Process context. */
void rss_init(struct netfront *nf)
{
	unsigned int i;

	mutex_init(&nf->rss_lock);
	netdev_rss_key_fill(nf->rss.key, sizeof(nf->rss.key));
	for (i = 0; i < RSS_TABLE; i++)
		nf->rss.table[i] = ethtool_rxfh_indir_default(i, netfront_max_queues);
}

u32 rss_table_size(struct net_device *dev)
{
	return RSS_TABLE;
}

u32 rss_key_size(struct net_device *dev)
{
	return RSS_KEY;
}

static void get(struct netfront *nf, u32 *table, u8 *key)
{
	mutex_lock(&nf->rss_lock);
	if (table)
		memcpy(table, nf->rss.table, sizeof(nf->rss.table));
	if (key)
		memcpy(key, nf->rss.key, sizeof(nf->rss.key));
	mutex_unlock(&nf->rss_lock);
}

static int set(struct netfront *nf, const u32 *table, const u8 *key, u8 function)
{
	if (function != ETH_RSS_HASH_NO_CHANGE && function != ETH_RSS_HASH_TOP)
		return -EOPNOTSUPP;
	if (!nf->ctrl)
		return -EOPNOTSUPP; /* the backend has no control ring */
	mutex_lock(&nf->rss_lock);
	if (table)
		memcpy(nf->rss.table, table, sizeof(nf->rss.table));
	if (key)
		memcpy(nf->rss.key, key, sizeof(nf->rss.key));
	nf->rss.set = true;
	mutex_unlock(&nf->rss_lock);
	if (nf->connected)
		schedule_work(&nf->pool_work); /* netfront_quiet() ends it after that; connecting
						  tells it all the same */
	return 0;
}

/* Under rtnl. The kernel passes a structure since 6.8. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
int rss_get(struct net_device *dev, u32 *table, u8 *key, u8 *function)
{
	get(netdev_priv(dev), table, key);
	if (function)
		*function = ETH_RSS_HASH_TOP;
	return 0;
}

int rss_set(struct net_device *dev, const u32 *table, const u8 *key, const u8 function)
{
	return set(netdev_priv(dev), table, key, function);
}
#else
int rss_get(struct net_device *dev, struct ethtool_rxfh_param *param)
{
	get(netdev_priv(dev), param->indir, param->key);
	param->hfunc = ETH_RSS_HASH_TOP;
	return 0;
}

int rss_set(struct net_device *dev, struct ethtool_rxfh_param *param,
	    struct netlink_ext_ack *extack)
{
	return set(netdev_priv(dev), param->indir, param->key, param->hfunc);
}
#endif

int rss_get_rings(struct net_device *dev, struct ethtool_rxnfc *info, u32 *rules)
{
	struct netfront *nf = netdev_priv(dev);

	if (info->cmd != ETHTOOL_GRXRINGS)
		return -EOPNOTSUPP;
	info->data = nf->queues.nr;
	return 0;
}
