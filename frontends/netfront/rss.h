/* SPDX-License-Identifier: GPL-2.0-only */
/* Which queue a received packet takes. See rss.c. */
#ifndef SHOJI_NETFRONT_RSS_H
#define SHOJI_NETFRONT_RSS_H

#include <linux/types.h>
#include <xen/grant_table.h>

#define RSS_TABLE 128
#define RSS_KEY	  40

/**
 * struct net_rss - the Toeplitz hash by which the backend chooses a queue
 * @set: by the administrator: the backend is told
 * @key: of the hash
 * @table: of queues, by the hash modulo RSS_TABLE
 */
struct net_rss {
	bool set;
	u8 key[RSS_KEY];
	u32 table[RSS_TABLE];
};

struct netfront;

/*
 * A random key, and a table of queue after queue, before the device is registered. Process
 * context.
 */
void rss_init(struct netfront *nf);
/*
 * Tell the backend the key and the table, if the administrator has set them; @page is scratch,
 * granted as @ref. XEN_NETIF_CTRL_STATUS_* or the error of ctrl_ask(). In offer_work; sleeps.
 */
int rss_tell(struct netfront *nf, void *page, grant_ref_t ref);
/* For ethtool -x: copy the table and the key, each where it is not NULL. Under rtnl; sleeps. */
void rss_read(struct netfront *nf, u32 *table, u8 *key);
/*
 * For ethtool -X: 0; -EOPNOTSUPP for another hash function, and without a control ring. NULL:
 * leave as it is. The caller has the backend told (offer.c). Under rtnl; sleeps.
 */
int rss_write(struct netfront *nf, const u32 *table, const u8 *key, u8 function);

#endif
