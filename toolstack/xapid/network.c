// SPDX-License-Identifier: GPL-2.0-only
/*
 * Networks and PIFs. A network is a bridge. The default one is xenbr0, which `shoji-setup` makes
 * with a card on it; a network that a client creates gets a bridge of its own, made when the first
 * VIF needs it and without a card.
 */
#include "network.h"

#include <dirent.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "backend.h"
#include "generic.h"
#include "log.h"

#define DEFAULT_BRIDGE "xenbr0"

static const char *sys = "/sys";

void network_setup(const char *folder)
{
	sys = folder;
}

/* A line of one of an interface's files; "" if there is none. */
static void read_file(const char *device, const char *file, char *text, size_t n)
{
	char *path = alloc_printf("%s/class/net/%s/%s", sys, device, file);
	FILE *f = fopen(path, "re");

	*text = 0;
	if (f && fgets(text, (int)n, f))
		text[strcspn(text, "\n")] = 0;
	if (f)
		fclose(f);
	free(path);
}

static bool has(const char *device, const char *file)
{
	char *path = alloc_printf("%s/class/net/%s/%s", sys, device, file);
	bool there = !access(path, F_OK);

	free(path);
	return there;
}

/* The bridge that a card is a port of; "" if it is none's. */
static void bridge_of(const char *device, char *bridge, size_t n)
{
	char *path = alloc_printf("%s/class/net/%s/master", sys, device), target[256];
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	const char *name;

	free(path);
	*bridge = 0;
	if (length <= 0)
		return;
	target[length] = 0;
	name = strrchr(target, '/');
	name = name ? name + 1 : target;
	if (has(name, "bridge"))
		snprintf(bridge, n, "%.*s", (int)n - 1, name);
}

static struct object *network_of(const char *bridge)
{
	struct object *n;

	for (n = store_first(CLASS(network)); n; n = store_next(n))
		if (!strcmp(store_text(n, F_network_bridge), bridge))
			return n;
	return NULL;
}

static struct object *make_network(const char *bridge)
{
	struct object *network = network_of(bridge);
	char *name;

	if (network)
		return network;
	network = store_create(CLASS(network));
	name = alloc_printf("Network of the bridge %s", bridge);
	store_set_text(network, F_network_name_label, name);
	free(name);
	store_set_text(network, F_network_bridge, bridge);
	return network;
}

static struct object *pif_of(const char *device)
{
	struct object *pif;

	for (pif = store_first(CLASS(PIF)); pif; pif = store_next(pif))
		if (store_is(pif, F_PIF_physical) && !strcmp(store_text(pif, F_PIF_device), device))
			return pif;
	return NULL;
}

/* The first IPv4 address of an interface. */
static void set_address(struct object *pif, const char *interface)
{
	char ip[INET_ADDRSTRLEN] = "", mask[INET_ADDRSTRLEN] = "";
	struct ifaddrs *all, *a;

	if (getifaddrs(&all))
		return;
	for (a = all; a; a = a->ifa_next) {
		if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET ||
		    strcmp(a->ifa_name, interface))
			continue;
		inet_ntop(AF_INET, &((struct sockaddr_in *)a->ifa_addr)->sin_addr, ip, sizeof(ip));
		inet_ntop(AF_INET, &((struct sockaddr_in *)a->ifa_netmask)->sin_addr, mask,
			  sizeof(mask));
		break;
	}
	freeifaddrs(all);
	store_set_text(pif, F_PIF_IP, ip);
	store_set_text(pif, F_PIF_netmask, mask);
	store_set_text(pif, F_PIF_ip_configuration_mode, *ip ? "Static" : "None");
}

static void make_pif(struct object *host, const char *device)
{
	struct object *pif = pif_of(device), *metrics;
	char mac[32], number[16], bridge[64], carrier[16];

	read_file(device, "address", mac, sizeof(mac));
	read_file(device, "mtu", number, sizeof(number));
	read_file(device, "carrier", carrier, sizeof(carrier));
	bridge_of(device, bridge, sizeof(bridge));
	if (!pif) {
		pif = store_create(CLASS(PIF));
		store_set_ref(pif, F_PIF_metrics, store_create(CLASS(PIF_metrics)));
	}
	metrics = store_ref(pif, F_PIF_metrics);
	store_set_text(pif, F_PIF_device, device);
	store_set_text(pif, F_PIF_MAC, mac);
	store_set_int(pif, F_PIF_MTU, atoi(number));
	store_set_ref(pif, F_PIF_host, host);
	store_set_bool(pif, F_PIF_physical, true);
	store_set_bool(pif, F_PIF_currently_attached, true);
	store_set_ref(pif, F_PIF_network, *bridge ? make_network(bridge) : NULL);
	set_address(pif, *bridge ? bridge : device);
	if (metrics)
		store_set_bool(metrics, F_PIF_metrics_carrier, *carrier == '1');
	if (*store_text(pif, F_PIF_IP) && !*store_text(host, F_host_address)) {
		store_set_text(host, F_host_address, store_text(pif, F_PIF_IP));
		store_set_bool(pif, F_PIF_management, true);
	}
}

void network_scan(struct object *host)
{
	char *path = alloc_printf("%s/class/net", sys);
	DIR *dir = opendir(path);
	struct dirent *entry;

	free(path);
	make_network(DEFAULT_BRIDGE);
	while (dir && (entry = readdir(dir))) {
		if (*entry->d_name == '.')
			continue;
		if (has(entry->d_name, "bridge"))
			make_network(entry->d_name);
		else if (has(entry->d_name, "device") && strncmp(entry->d_name, "vif", 3))
			make_pif(host, entry->d_name);
	}
	if (dir)
		closedir(dir);
}

bool network_own(const char *bridge)
{
	size_t n = strncmp(bridge, "xapi", 4) ? 0 : strspn(bridge + 4, "0123456789");

	return n && !bridge[4 + n];
}

/* A name for a bridge that no network has yet. */
static void free_bridge(char *name, size_t n)
{
	int i = 0;

	do
		snprintf(name, n, "xapi%d", i++);
	while (network_of(name) || has(name, "ifindex"));
}

static struct value *create(struct call *call)
{
	const struct value *record = call_arg(call, 1);
	struct object *network = store_create(CLASS(network));
	char bridge[16];

	generic_fill(network, record);
	if (!*store_text(network, F_network_bridge)) {
		free_bridge(bridge, sizeof(bridge));
		store_set_text(network, F_network_bridge, bridge);
	}
	if (strlen(store_text(network, F_network_bridge)) >= IFNAMSIZ)
		return call_fail(call, "INVALID_VALUE", "bridge",
				 store_text(network, F_network_bridge), NULL);
	return value_string(network->ref);
}

static struct value *destroy(struct call *call)
{
	struct object *network = call_object(call, 1);
	char *why = NULL;

	if (!network)
		return NULL;
	if (value_size(store_get(network, F_network_PIFs)))
		return call_fail(call, "NETWORK_CONTAINS_PIF",
				 value_text(value_item(store_get(network, F_network_PIFs), 0)),
				 NULL);
	if (value_size(store_get(network, F_network_VIFs)))
		return call_fail(call, "NETWORK_CONTAINS_VIF",
				 value_text(value_item(store_get(network, F_network_VIFs), 0)),
				 NULL);
	if (network_own(store_text(network, F_network_bridge)))
		why = backend->drop_bridge(store_text(network, F_network_bridge));
	if (why) /* the next start of the host takes it away */
		log_warning("%s", why);
	free(why);
	store_delete(network);
	return NULL;
}

static struct value *set_default_locking_mode(struct call *call)
{
	struct object *network = call_object(call, 1);

	if (network)
		store_set(network, F_network_default_locking_mode, value_get(call_arg(call, 2)));
	return NULL;
}

static struct value *scan(struct call *call)
{
	struct object *host = call_object(call, 1);

	if (host)
		network_scan(host);
	return NULL;
}

const struct api network_api[] = {
	{"network.create", create, CALL_WRITE},
	{"network.destroy", destroy, CALL_WRITE},
	{"network.set_default_locking_mode", set_default_locking_mode, CALL_WRITE},
	{"PIF.scan", scan, CALL_WRITE},
	{0},
};
