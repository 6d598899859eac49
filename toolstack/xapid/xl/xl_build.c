// SPDX-License-Identifier: GPL-2.0-only
/* A configuration in libxl's form. Each text that libxl frees is a copy of ours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxl_utils.h>

#include "alloc.h"
#include "xl/xl.h"

/* A copy, NULL for an empty text, which libxl takes for "not given". */
static char *given(const char *s)
{
	return *s ? alloc_text(s, strlen(s)) : NULL;
}

void xl_disk(const struct backend_disk *disk, libxl_device_disk *d)
{
	libxl_device_disk_init(d);
	d->pdev_path = given(disk->path);
	d->vdev = given(disk->device);
	d->format = *disk->path ? LIBXL_DISK_FORMAT_RAW : LIBXL_DISK_FORMAT_EMPTY;
	d->is_cdrom = disk->cdrom;
	d->removable = disk->cdrom;
	d->readwrite = !disk->read_only;
	if (disk->block)
		d->backend = LIBXL_DISK_BACKEND_PHY;
}

bool xl_nic(const struct backend_nic *nic, libxl_device_nic *n)
{
	unsigned int b[6];

	libxl_device_nic_init(n);
	if (sscanf(nic->mac, "%2x:%2x:%2x:%2x:%2x:%2x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) !=
	    6)
		return false;
	for (int i = 0; i < 6; i++)
		n->mac[i] = (uint8_t)b[i];
	n->devid = nic->device;
	n->bridge = given(nic->bridge);
	n->ip = given(nic->addresses);
	n->nictype = LIBXL_NIC_TYPE_VIF;
	if (nic->mtu > 0)
		n->mtu = nic->mtu;
	if (nic->rate) {
		n->rate_bytes_per_interval = nic->rate;
		n->rate_interval_usecs = 50000;
	}
	return true;
}

static void add_devices(const struct backend_config *config, libxl_domain_config *d)
{
	d->disks = alloc_zero(config->n_disks * sizeof(*d->disks));
	for (int i = 0; i < config->n_disks; i++)
		if (*config->disks[i].path || config->hvm) /* a PV guest has no empty drive */
			xl_disk(&config->disks[i], &d->disks[d->num_disks++]);
	d->nics = alloc_zero(config->n_nics * sizeof(*d->nics));
	for (int i = 0; i < config->n_nics; i++)
		if (xl_nic(&config->nics[i], &d->nics[d->num_nics]))
			d->num_nics++;
}

/* "ARGUMENT ARGUMENT ..." as libxl's list. */
static libxl_string_list split(const char *text)
{
	char *copy = alloc_text(text, strlen(text)), *rest = copy, *word;
	libxl_string_list list = NULL;
	int n = 0;

	while ((word = strsep(&rest, " "))) {
		if (!*word)
			continue;
		list = alloc_resize(list, (n + 2) * sizeof(*list));
		list[n++] = alloc_text(word, strlen(word));
		list[n] = NULL;
	}
	free(copy);
	return list;
}

static void add_boot(const struct backend_config *config, libxl_domain_build_info *b)
{
	if (config->hvm) {
		b->u.hvm.boot = given(config->boot_order);
		return;
	}
	b->kernel = given(config->kernel);
	b->ramdisk = given(config->ramdisk);
	b->cmdline = given(config->arguments);
	if (!b->kernel) {
		b->bootloader = given(config->bootloader);
		b->bootloader_args = split(config->bootloader_arguments);
	}
}

static void add_xenstore(const struct backend_config *config, libxl_domain_create_info *c)
{
	int n = 0;

	if (!config->n_xenstore)
		return;
	c->xsdata = alloc_zero((2 * config->n_xenstore + 1) * sizeof(*c->xsdata));
	for (int i = 0; i < config->n_xenstore; i++) {
		const struct backend_pair *p = &config->xenstore[i];

		c->xsdata[n++] = alloc_text(p->key, strlen(p->key));
		c->xsdata[n++] = alloc_text(p->value, strlen(p->value));
	}
}

/* A domain's name is its own; two VMs may have the same. */
static char *free_name(struct xl *xl, const struct backend_config *config)
{
	uint32_t other;

	if (*config->name && libxl_name_to_domid(xl->ctx, config->name, &other))
		return alloc_text(config->name, strlen(config->name));
	return alloc_printf("%s-%.8s", config->name, config->uuid);
}

void xl_build(struct xl *xl, const struct backend_config *config, libxl_domain_config *d)
{
	libxl_domain_type type = config->hvm ? LIBXL_DOMAIN_TYPE_HVM : LIBXL_DOMAIN_TYPE_PV;
	libxl_domain_build_info *b = &d->b_info;

	libxl_domain_config_init(d);
	d->c_info.type = type;
	d->c_info.name = free_name(xl, config);
	libxl_uuid_from_string(&d->c_info.uuid, config->uuid);
	add_xenstore(config, &d->c_info);
	libxl_domain_build_info_init_type(b, type);
	b->max_vcpus = config->vcpus_max;
	libxl_cpu_bitmap_alloc(xl->ctx, &b->avail_vcpus, config->vcpus_max);
	for (int i = 0; i < config->vcpus; i++)
		libxl_bitmap_set(&b->avail_vcpus, i);
	b->max_memkb = config->memory_max >> 10;
	b->target_memkb = config->memory_target >> 10;
	add_boot(config, b);
	add_devices(config, d);
	d->on_poweroff = d->on_reboot = d->on_crash = LIBXL_ACTION_ON_SHUTDOWN_PRESERVE;
}
