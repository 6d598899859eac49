/* SPDX-License-Identifier: GPL-2.0-only */
/* The backend that stands on libxl: what its files share. */
#ifndef XAPID_XL_H
#define XAPID_XL_H

#include <libxl.h>
#include <xentoollog.h>

#include "backend.h"

/* A libxl context for one operation, and the last error that libxl logged in it. */
struct xl {
	libxl_ctx *ctx;
	xentoollog_logger logger;
	char error[512];
};

/** xl_open(): Begin an operation. Return: NULL, or why not, to be freed; xl_close() is due then. */
char *xl_open(struct xl *xl);
/** xl_close(): End it. */
void xl_close(struct xl *xl);
/** xl_why(): Return: NULL for 0, else what went wrong, to be freed. */
char *xl_why(const struct xl *xl, int result, const char *what);

/** xl_build(): Write a configuration in libxl's form; libxl_domain_config_dispose() frees it. */
void xl_build(struct xl *xl, const struct backend_config *config, libxl_domain_config *d);
/** xl_disk(): Describe a disk in libxl's form. */
void xl_disk(const struct backend_disk *disk, libxl_device_disk *d);
/** xl_nic(): Describe an interface in libxl's form. Return: false if its address is none. */
bool xl_nic(const struct backend_nic *nic, libxl_device_nic *n);

/* xl_device.c */

/** xl_plug_disk(): backend.plug_disk. */
char *xl_plug_disk(unsigned int domid, const struct backend_disk *disk);
/** xl_unplug_disk(): backend.unplug_disk. */
char *xl_unplug_disk(unsigned int domid, const char *device, bool force);
/** xl_change_disk(): backend.change_disk. */
char *xl_change_disk(unsigned int domid, const struct backend_disk *disk, bool was_empty);
/** xl_plug_nic(): backend.plug_nic. */
char *xl_plug_nic(unsigned int domid, const struct backend_nic *nic);
/** xl_unplug_nic(): backend.unplug_nic. */
char *xl_unplug_nic(unsigned int domid, int device, bool force);

/* xl_bridge.c */

/** xl_add_bridge(): backend.add_bridge. */
char *xl_add_bridge(const char *name);
/** xl_drop_bridge(): backend.drop_bridge. */
char *xl_drop_bridge(const char *name);

/* xl_host.c */

/** xl_cpu_times(): backend.cpu_times. */
char *xl_cpu_times(int domid, uint64_t *ns, int max, int *n);
/** xl_log(): backend.log. */
char *xl_log(bool clear, char **text);

/* xl_save.c */

/** xl_save(): backend.save. */
char *xl_save(unsigned int domid, const char *path);
/** xl_wake(): backend.wake. */
char *xl_wake(unsigned int domid);
/** xl_restore(): backend.restore. */
char *xl_restore(const struct backend_config *config, const char *path, unsigned int *domid);

#endif
