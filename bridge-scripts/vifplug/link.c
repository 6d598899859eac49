// SPDX-License-Identifier: GPL-2.0-only
/*
 * rtnetlink with libnl-3's messages alone. libnl-route-3 would know these messages by name, but
 * loading and linking it takes longer than all that is done here. Errors are the kernel's own, as
 * -errno: libnl's codes lose half of them.
 *
 * One socket for the life of the process; each function sends one request and reads its answer to
 * the end.
 */
#include "link.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "plug/report.h"

static struct nl_sock *sock;

/* Where the answer to a request goes. */
struct answer {
	struct link *link;	/* to be filled; NULL when only success is of interest */
	int error;
};

/**
 * link_open() - open the socket
 * @who: the interface, for the message
 *
 * Return: true, or false with fail() called.
 */
bool link_open(const char *who)
{
	int error;

	sock = nl_socket_alloc();
	if (!sock)
		return fail("%s: no memory for a netlink socket", who);
	error = nl_connect(sock, NETLINK_ROUTE);
	return error == 0 || fail("%s: netlink: %s", who, nl_geterror(error));
}

static void read_bridge(struct nlattr *info, struct link *link)
{
	struct nlattr *tb[IFLA_INFO_MAX + 1], *br[IFLA_BR_MAX + 1];

	if (nla_parse_nested(tb, IFLA_INFO_MAX, info, NULL) || !tb[IFLA_INFO_KIND])
		return;
	link->is_bridge = strcmp(nla_get_string(tb[IFLA_INFO_KIND]), "bridge") == 0;
	if (!link->is_bridge || !tb[IFLA_INFO_DATA] ||
	    nla_parse_nested(br, IFLA_BR_MAX, tb[IFLA_INFO_DATA], NULL))
		return;
	link->vlan_filtering = br[IFLA_BR_VLAN_FILTERING] && nla_get_u8(br[IFLA_BR_VLAN_FILTERING]);
	if (br[IFLA_BR_VLAN_DEFAULT_PVID])
		link->vlan_default = nla_get_u16(br[IFLA_BR_VLAN_DEFAULT_PVID]);
}

static int on_link(struct nl_msg *msg, void *arg)
{
	struct answer *answer = arg;
	struct nlattr *tb[IFLA_MAX + 1];
	struct nlmsghdr *header = nlmsg_hdr(msg);
	struct ifinfomsg *info = nlmsg_data(header);

	if (!answer->link || header->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_parse(header, sizeof(*info), tb, IFLA_MAX, NULL))
		return NL_OK;
	memset(answer->link, 0, sizeof(*answer->link));
	answer->link->index = info->ifi_index;
	answer->link->flags = info->ifi_flags;
	if (tb[IFLA_IFNAME])
		snprintf(answer->link->name, sizeof(answer->link->name), "%s",
			 nla_get_string(tb[IFLA_IFNAME]));
	if (tb[IFLA_MTU])
		answer->link->mtu = nla_get_u32(tb[IFLA_MTU]);
	if (tb[IFLA_MASTER])
		answer->link->master = nla_get_u32(tb[IFLA_MASTER]);
	if (tb[IFLA_ADDRESS] && nla_len(tb[IFLA_ADDRESS]) == 6)
		memcpy(answer->link->mac, nla_data(tb[IFLA_ADDRESS]), 6);
	if (tb[IFLA_LINKINFO])
		read_bridge(tb[IFLA_LINKINFO], answer->link);
	return NL_OK;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *message, void *arg)
{
	struct answer *answer = arg;

	(void)from;
	answer->error = message->error;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct answer *answer = arg;

	(void)msg;
	answer->error = 0;
	return NL_STOP;
}

/*
 * Send the message and read until the kernel has said yes or no. Frees @msg. Return: 0 or -errno.
 */
static int ask(struct nl_msg *msg, struct link *link)
{
	struct answer answer = { .link = link, .error = -EIO };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int sent = cb ? nl_send_auto(sock, msg) : -1;

	nlmsg_free(msg);
	if (sent >= 0) {
		nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_link, &answer);
		nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, &answer);
		nl_cb_err(cb, NL_CB_CUSTOM, on_error, &answer);
		while (answer.error == -EIO && nl_recvmsgs(sock, cb) >= 0)
			;
	}
	nl_cb_put(cb);
	return answer.error;
}

/*
 * A request about one interface. @family: AF_UNSPEC, or AF_BRIDGE for what a bridge knows of its
 * port.
 */
static struct nl_msg *request(int type, int family, int index, unsigned int flags,
			      unsigned int mask)
{
	struct ifinfomsg info = {
		.ifi_family = family, .ifi_index = index, .ifi_flags = flags, .ifi_change = mask};
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_ACK);

	if (msg && nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/**
 * link_get() - look an interface up
 * @name: of the interface
 * @link: filled on success; its index is 0 after an error
 *
 * Return: 0, -ENODEV when there is none of that name, or another -errno.
 */
int link_get(const char *name, struct link *link)
{
	struct nl_msg *msg;

	link->index = 0;
	if (!*name || strlen(name) >= IFNAMSIZ)
		return -ENODEV;
	msg = request(RTM_GETLINK, AF_UNSPEC, 0, 0, 0);
	if (!msg)
		return -ENOMEM;
	/* Without the statistics of its virtual functions and queues, which can be long. */
	if (nla_put_string(msg, IFLA_IFNAME, name) ||
	    nla_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return ask(msg, link);
}

/**
 * link_change() - change an interface
 * @link: which, by its index: a name may move to another interface meanwhile
 * @change: what
 *
 * The kernel changes in this order: address, MTU, name, bridge, flags; it stops at the first that
 * it refuses. Return: 0 or -errno.
 */
int link_change(const struct link *link, const struct link_change *change)
{
	struct nl_msg *msg =
		request(RTM_SETLINK, AF_UNSPEC, link->index, change->flags, change->flags_mask);
	int bad = 0;

	if (!msg)
		return -ENOMEM;
	if (change->name)
		bad |= nla_put_string(msg, IFLA_IFNAME, change->name);
	if (change->mac)
		bad |= nla_put(msg, IFLA_ADDRESS, 6, change->mac);
	if (change->mtu)
		bad |= nla_put_u32(msg, IFLA_MTU, change->mtu);
	if (change->master)
		bad |= nla_put_u32(msg, IFLA_MASTER, change->master > 0 ? change->master : 0);
	if (bad) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return ask(msg, NULL);
}

/**
 * link_no_ipv6_address() - let the kernel make no link-local address for it
 * @link: a bridge's port, whose traffic is the guest's and not this domain's
 *
 * Return: 0 or -errno; a kernel without IPv6 refuses, which is as good.
 */
int link_no_ipv6_address(const struct link *link)
{
	struct nl_msg *msg = request(RTM_SETLINK, AF_UNSPEC, link->index, 0, 0);
	struct nlattr *spec, *inet6;

	if (!msg)
		return -ENOMEM;
	spec = nla_nest_start(msg, IFLA_AF_SPEC);
	inet6 = spec ? nla_nest_start(msg, AF_INET6) : NULL;
	if (!inet6 || nla_put_u8(msg, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	nla_nest_end(msg, inet6);
	nla_nest_end(msg, spec);
	return ask(msg, NULL);
}

static int put_vlan(struct nl_msg *msg, unsigned int vid, unsigned int flags)
{
	struct bridge_vlan_info info = { .vid = vid, .flags = flags };

	return nla_put(msg, IFLA_BRIDGE_VLAN_INFO, sizeof(info), &info);
}

static int put_term(struct nl_msg *msg, const struct vlan_term *term)
{
	unsigned int flags = (term->pvid ? BRIDGE_VLAN_INFO_PVID : 0) |
			     (term->untagged ? BRIDGE_VLAN_INFO_UNTAGGED : 0);

	if (term->first == term->last)
		return put_vlan(msg, term->first, flags);
	return put_vlan(msg, term->first, flags | BRIDGE_VLAN_INFO_RANGE_BEGIN) |
	       put_vlan(msg, term->last, flags | BRIDGE_VLAN_INFO_RANGE_END);
}

/**
 * link_vlans() - put a port into its VLANs, and out of the one that the bridge gives to each port
 * @link: a port of a bridge that filters VLANs
 * @set: the VLANs; not empty
 * @remove: a VLAN to leave, 0 for none
 *
 * Return: 0 or -errno.
 */
int link_vlans(const struct link *link, const struct vlan_set *set, unsigned int remove)
{
	const struct vlan_set gone = {.count = 1, .term = {{.first = remove, .last = remove}}};
	const struct vlan_set *const sets[] = { &gone, set };
	const int types[] = { RTM_DELLINK, RTM_SETLINK };
	int step, error = 0;

	for (step = remove ? 0 : 1; step < 2 && !error; step++) {
		struct nl_msg *msg = request(types[step], AF_BRIDGE, link->index, 0, 0);
		struct nlattr *spec = msg ? nla_nest_start(msg, IFLA_AF_SPEC) : NULL;
		int bad = !spec;
		unsigned int i;

		for (i = 0; !bad && i < sets[step]->count; i++)
			bad = put_term(msg, &sets[step]->term[i]);
		if (bad) {
			nlmsg_free(msg);
			return -ENOMEM;
		}
		nla_nest_end(msg, spec);
		error = ask(msg, NULL);
	}
	return error;
}
