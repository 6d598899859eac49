// SPDX-License-Identifier: GPL-2.0-only
/* Disks and interfaces of a domain that runs, by libxl. */
#include <stdlib.h>

#include <libxl_utils.h>

#include "alloc.h"
#include "xl/xl.h"

char *xl_plug_disk(unsigned int domid, const struct backend_disk *disk)
{
	libxl_device_disk d;
	struct xl xl;
	char *why = xl_open(&xl);

	if (why)
		return why;
	xl_disk(disk, &d);
	why = xl_why(&xl, libxl_device_disk_add(xl.ctx, domid, &d, NULL), "the disk");
	libxl_device_disk_dispose(&d);
	xl_close(&xl);
	return why;
}

char *xl_unplug_disk(unsigned int domid, const char *device, bool force)
{
	libxl_device_disk d;
	struct xl xl;
	char *why = xl_open(&xl);
	int result;

	if (why)
		return why;
	result = libxl_vdev_to_device_disk(xl.ctx, domid, device, &d);
	if (!result) {
		result = force ? libxl_device_disk_destroy(xl.ctx, domid, &d, NULL)
			       : libxl_device_disk_remove(xl.ctx, domid, &d, NULL);
		libxl_device_disk_dispose(&d);
	}
	why = xl_why(&xl, result, "the disk");
	xl_close(&xl);
	return why;
}

/* libxl changes the medium of an HVM guest's drive alone. */
static bool is_hvm(unsigned int domid)
{
	libxl_dominfo info;
	struct xl xl;
	char *why = xl_open(&xl);
	bool hvm = false;

	if (why) {
		free(why);
		return false;
	}
	libxl_dominfo_init(&info);
	if (!libxl_domain_info(xl.ctx, &info, domid))
		hvm = info.domain_type == LIBXL_DOMAIN_TYPE_HVM;
	libxl_dominfo_dispose(&info);
	xl_close(&xl);
	return hvm;
}

char *xl_change_disk(unsigned int domid, const struct backend_disk *disk, bool was_empty)
{
	libxl_device_disk d;
	struct xl xl;
	char *why;

	if (!is_hvm(domid)) {
		why = was_empty ? NULL : xl_unplug_disk(domid, disk->device, false);
		return why || !*disk->path ? why : xl_plug_disk(domid, disk);
	}
	why = xl_open(&xl);
	if (why)
		return why;
	xl_disk(disk, &d);
	why = xl_why(&xl, libxl_cdrom_insert(xl.ctx, domid, &d, NULL), "the drive");
	libxl_device_disk_dispose(&d);
	xl_close(&xl);
	return why;
}

char *xl_plug_nic(unsigned int domid, const struct backend_nic *nic)
{
	libxl_device_nic n;
	struct xl xl;
	char *why = xl_open(&xl);

	if (why)
		return why;
	why = xl_nic(nic, &n)
		      ? xl_why(&xl, libxl_device_nic_add(xl.ctx, domid, &n, NULL), "the interface")
		      : alloc_printf("%s is no address", nic->mac);
	libxl_device_nic_dispose(&n);
	xl_close(&xl);
	return why;
}

char *xl_unplug_nic(unsigned int domid, int device, bool force)
{
	libxl_device_nic n;
	struct xl xl;
	char *why = xl_open(&xl);
	int result;

	if (why)
		return why;
	result = libxl_devid_to_device_nic(xl.ctx, domid, device, &n);
	if (!result) {
		result = force ? libxl_device_nic_destroy(xl.ctx, domid, &n, NULL)
			       : libxl_device_nic_remove(xl.ctx, domid, &n, NULL);
		libxl_device_nic_dispose(&n);
	}
	why = xl_why(&xl, result, "the interface");
	xl_close(&xl);
	return why;
}
