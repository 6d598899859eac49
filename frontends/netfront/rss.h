/* SPDX-License-Identifier: GPL-2.0-only */
/* Which queue a received packet takes; see rss.c. */
#ifndef SHOJI_NETFRONT_RSS_H
#define SHOJI_NETFRONT_RSS_H

#include <linux/ethtool.h>
#include <linux/version.h>
#include <xen/grant_table.h>

#define RSS_TABLE 128
#define RSS_KEY	  40

struct net_rss {
	bool set; /* by the administrator: the backend is told */
	u8 key[RSS_KEY];
	u32 table[RSS_TABLE];
};

struct netfront;

void rss_init(struct netfront *nf);
int rss_tell(struct netfront *nf, void *page, grant_ref_t ref);
u32 rss_table_size(struct net_device *dev);
u32 rss_key_size(struct net_device *dev);
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
int rss_get(struct net_device *dev, u32 *table, u8 *key, u8 *function);
int rss_set(struct net_device *dev, const u32 *table, const u8 *key, const u8 function);
#else
int rss_get(struct net_device *dev, struct ethtool_rxfh_param *param);
int rss_set(struct net_device *dev, struct ethtool_rxfh_param *param,
	    struct netlink_ext_ack *extack);
#endif
int rss_get_rings(struct net_device *dev, struct ethtool_rxnfc *info, u32 *rules);

#endif
