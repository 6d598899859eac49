/* SPDX-License-Identifier: GPL-2.0-only */
/* One event for all that is sent in one round of softirqs. See net_batch.c. */
#ifndef SHOJI_COMMON_NET_BATCH_H
#define SHOJI_COMMON_NET_BATCH_H

#include "../include/xen/io/types.h"

struct napi_struct;

/*
 * Whether the end of @napi's poll tells the peer of this packet; it is counted in @batched then.
 * False: the caller tells at once. In ndo_start_xmit, under the lock of the netdev's queue.
 */
bool net_batch(struct napi_struct *napi, const int *poll_cpu, unsigned int *batched);

#endif
