// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which multicast addresses a frontend wants, when it has asked for only those (request-
 * multicast-control).
 */
#include "netback.h"

#include <linux/etherdevice.h>

static int mcast_index(const struct vif *vif, const u8 *addr)
{
	unsigned int i;

	for (i = 0; i < vif->mcast_count; i++)
		if (ether_addr_equal_unaligned(vif->mcast[i], addr))
			return i;
	return -1;
}

/**
 * mcast_add() - the frontend joins a group
 * @vif: the device
 * @addr: the group's address, 6 bytes; one that is there stays
 *
 * Return: false for a full list, or an address that is none of a group.
 *
 * Context: BH; takes mcast_lock.
 */
bool mcast_add(struct vif *vif, const u8 *addr)
{
	bool there;

	if (!is_multicast_ether_addr(addr))
		return false;
	spin_lock(&vif->mcast_lock);
	there = mcast_index(vif, addr) >= 0;
	if (!there && vif->mcast_count < MCAST_MAX) {
		memcpy(vif->mcast[vif->mcast_count++], addr, ETH_ALEN);
		there = true;
	}
	spin_unlock(&vif->mcast_lock);
	return there;
}

/**
 * mcast_del() - the frontend leaves a group
 * @vif: the device
 * @addr: the group's address, 6 bytes; one that is not there is no error
 *
 * Context: BH; takes mcast_lock.
 */
void mcast_del(struct vif *vif, const u8 *addr)
{
	int i;

	spin_lock(&vif->mcast_lock);
	i = mcast_index(vif, addr);
	if (i >= 0)
		memcpy(vif->mcast[i], vif->mcast[--vif->mcast_count], ETH_ALEN);
	spin_unlock(&vif->mcast_lock);
}

/**
 * mcast_wanted() - is a packet for this frontend?
 * @vif: the device
 * @dest: the packet's destination, 6 bytes
 *
 * Return: false for a group that the frontend has not joined, when it asked for its groups only.
 *
 * Context: BH; takes mcast_lock.
 */
bool mcast_wanted(struct vif *vif, const u8 *dest)
{
	bool wanted;

	if (!READ_ONCE(vif->mcast_filter) || !is_multicast_ether_addr(dest) ||
	    is_broadcast_ether_addr(dest))
		return true;
	spin_lock(&vif->mcast_lock);
	wanted = mcast_index(vif, dest) >= 0;
	spin_unlock(&vif->mcast_lock);
	return wanted;
}
