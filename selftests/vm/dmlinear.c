// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmlinear: device-mapper devices that pass every request to another device until they are
 * suspended.
 *
 *	dmlinear create NAME DEVICE    prints the new device's node
 *	dmlinear suspend NAME          requests from now on wait, and count against no limit
 *	dmlinear resume NAME           passes them on
 *	dmlinear remove NAME
 */
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* What an ioctl of the device mapper takes, with room for one target and its parameters. */
struct request {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char params[128];
};

static int control;

static int ask(struct request *r, unsigned long what, const char *name)
{
	r->head.version[0] = DM_VERSION_MAJOR;
	r->head.data_size = sizeof(*r);
	r->head.data_start = sizeof(r->head);
	snprintf(r->head.name, sizeof(r->head.name), "%s", name);
	return ioctl(control, what, r);
}

static int create(const char *name, const char *device)
{
	struct request r = {0};
	uint64_t bytes;
	int fd = open(device, O_RDONLY);

	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &bytes) || ask(&r, DM_DEV_CREATE, name))
		return -1;
	close(fd);
	r = (struct request){.head.target_count = 1, .target.length = bytes / 512};
	strcpy(r.target.target_type, "linear");
	snprintf(r.params, sizeof(r.params), "%s 0", device);
	r.target.next = sizeof(r.target) + sizeof(r.params);
	if (ask(&r, DM_TABLE_LOAD, name))
		return -1;
	r = (struct request){0}; /* to suspend without the flag is to resume */
	if (ask(&r, DM_DEV_SUSPEND, name))
		return -1;
	printf("/dev/dm-%u\n", minor(r.head.dev));
	return 0;
}

int main(int argc, char **argv)
{
	struct request r = {0};
	int rc = -1;

	control = open("/dev/mapper/control", O_RDWR);
	if (argc == 4 && !strcmp(argv[1], "create")) {
		rc = create(argv[2], argv[3]);
	} else if (argc == 3 && !strcmp(argv[1], "suspend")) {
		r.head.flags = DM_SUSPEND_FLAG | DM_SKIP_LOCKFS_FLAG;
		rc = ask(&r, DM_DEV_SUSPEND, argv[2]);
	} else if (argc == 3 && !strcmp(argv[1], "resume")) {
		rc = ask(&r, DM_DEV_SUSPEND, argv[2]);
	} else if (argc == 3 && !strcmp(argv[1], "remove")) {
		rc = ask(&r, DM_DEV_REMOVE, argv[2]);
	} else {
		fprintf(stderr,
			"usage: dmlinear create NAME DEVICE | suspend, resume, remove NAME\n");
		return 2;
	}
	if (rc)
		perror(argv[2]);
	return !!rc;
}
