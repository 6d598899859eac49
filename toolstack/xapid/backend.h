/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What runs domains: libxl (xl/), or a simulation for the tests (sim.c). Functions may block, and
 * are called without the store's lock, from several threads; for one domain, by one at a time. A
 * function that can fail returns NULL when it succeeded, else a text, which the caller frees.
 */
#ifndef XAPID_BACKEND_H
#define XAPID_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct backend_disk {
	const char *path;   /* of the image, "" for an empty drive */
	const char *device; /* "xvda" */
	bool read_only, cdrom;
	bool block; /* the path is a block device's */
};

struct backend_nic {
	int device;
	const char *mac, *bridge;
	int mtu;
	unsigned int rate;     /* bytes per 50 ms, 0 for no limit */
	const char *addresses; /* those that the guest is held to, blanks between; "" for all */
};

struct backend_pair {
	const char *key, *value;
};

struct backend_config {
	const char *uuid, *name;
	uint64_t memory_max, memory_target; /* bytes */
	int vcpus_max, vcpus;
	bool hvm;
	const char *kernel, *ramdisk, *arguments;      /* PV */
	const char *bootloader, *bootloader_arguments; /* PV without a kernel */
	const char *boot_order;                        /* HVM */
	struct backend_disk *disks;
	int n_disks;
	struct backend_nic *nics;
	int n_nics;
	struct backend_pair *xenstore; /* keys vm-data/..., below /local/domain/N */
	int n_xenstore;
};

enum backend_state { DOMAIN_RUNNING, DOMAIN_PAUSED, DOMAIN_SHUTDOWN };
enum backend_reason { REASON_POWEROFF, REASON_REBOOT, REASON_SUSPEND, REASON_CRASH };

struct backend_domain {
	unsigned int domid;
	char uuid[37], name[128];
	enum backend_state state;
	enum backend_reason reason;  /* of a shutdown */
	uint64_t memory, memory_max; /* bytes */
	int vcpus, vcpus_max;
	bool hvm;
	uint64_t cpu_ns;
};

struct backend_host {
	int cpus, sockets, cores_per_socket, threads_per_core;
	uint64_t memory, memory_free; /* bytes */
	int khz;
	char hypervisor[64], version[64], capabilities[256];
};

struct backend {
	const char *name;
	/* Make the connection to the hypervisor. state: the daemon's folder. */
	char *(*open)(const char *state);
	void (*close)(void);
	char *(*host)(struct backend_host *host);
	/* All domains, an array that the caller frees, without Domain-0's. */
	char *(*list)(struct backend_domain **domains, int *n);
	/* Returns when a domain may have changed, or after a time. */
	void (*wait)(int milliseconds);
	/* Build and start; nothing of the domain is left after a failure. */
	char *(*create)(const struct backend_config *config, bool paused, unsigned int *domid);
	char *(*destroy)(unsigned int domid);
	char *(*pause)(unsigned int domid);
	char *(*unpause)(unsigned int domid);
	/*
	 * Save a domain's memory to the beginning of a file that is there. The domain is suspended
	 * then, until wake() or destroy(); after a failure it goes on.
	 */
	char *(*save)(unsigned int domid, const char *path);
	/* Let a suspended domain go on. */
	char *(*wake)(unsigned int domid);
	/* Build a domain of what save() wrote; it is paused. Nothing is left after a failure. */
	char *(*restore)(const struct backend_config *config, const char *path,
			 unsigned int *domid);
	/* Ask the guest; returns when it was asked. */
	char *(*shutdown)(unsigned int domid, bool reboot);
	char *(*set_memory)(unsigned int domid, uint64_t bytes);
	char *(*set_vcpus)(unsigned int domid, int vcpus);
	char *(*plug_disk)(unsigned int domid, const struct backend_disk *disk);
	char *(*unplug_disk)(unsigned int domid, const char *device, bool force);
	/*
	 * Another medium, or with an empty path none, in a drive. A PV guest's drive is a disk
	 * that is there while it has a medium.
	 */
	char *(*change_disk)(unsigned int domid, const struct backend_disk *disk, bool was_empty);
	/*
	 * Make a bridge without a card, unless it is there; take one away, if it is there. Both are
	 * short, and may be called with the lock.
	 */
	char *(*add_bridge)(const char *name);
	char *(*drop_bridge)(const char *name);
	char *(*plug_nic)(unsigned int domid, const struct backend_nic *nic);
	char *(*unplug_nic)(unsigned int domid, int device, bool force);
	/* Nanoseconds that each virtual CPU of a domain ran; of domain -1, each CPU of the host. */
	char *(*cpu_times)(int domid, uint64_t *ns, int max, int *n);
	/* The hypervisor's log, to be freed; clear: it begins anew. */
	char *(*log)(bool clear, char **text);
	/* What the guest says of itself in xenstore, to be freed; NULL if it does not. */
	char *(*read_guest)(unsigned int domid, const char *path);
	/* The guest's terminal as a path, to be freed; NULL if there is none. */
	char *(*terminal)(unsigned int domid);
};

extern const struct backend backend_sim, backend_xl;
extern const struct backend *backend; /* the one in use */

#endif
