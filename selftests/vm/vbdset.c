// SPDX-License-Identifier: GPL-2.0-only
/*
 * vbdset attach|detach DOMID FIRST COUNT: many vbds of a guest at once, as libxl makes them, but in
 * one process and without its hotplug script. Disk number N (0: xvda) is /dev/ramN of Domain-0.
 *
 * attach writes the folders of all disks and waits until both ends of each are Connected; detach
 * sets Closing, waits until both ends are Closed, and removes the folders. When one does not get
 * there within PATIENCE the program names it and exits with 1.
 */
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <xenstore.h>

#define PATIENCE 120 /* s, for all */

enum { CONNECTED = 4, CLOSING, CLOSED };

struct disk {
	int number; /* as xenstore has it */
	char front[96], back[96], params[32];
};

static struct xs_handle *xs;
static int domid;

__attribute__((format(printf, 4, 5))) static bool put(xs_transaction_t t, const char *folder,
						      const char *key, const char *format, ...)
{
	char path[160], value[128];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	snprintf(path, sizeof(path), "%s/%s", folder, key);
	return xs_write(xs, t, path, value, strlen(value));
}

static void name(struct disk *d, int index)
{
	/* The numbers of the first sixteen, and those behind them, by Xen's convention. */
	d->number = index < 16 ? 202 << 8 | index << 4 : 1 << 28 | index << 8;
	snprintf(d->front, sizeof(d->front), "/local/domain/%d/device/vbd/%d", domid, d->number);
	snprintf(d->back, sizeof(d->back), "/local/domain/0/backend/vbd/%d/%d", domid, d->number);
	snprintf(d->params, sizeof(d->params), "/dev/ram%d", index);
}

/* The frontend's folder is the guest's, the backend's is ours; each reads the other's. */
static bool own(xs_transaction_t t, const char *folder, int owner, int reader)
{
	struct xs_permissions perms[] = {{.id = owner, .perms = XS_PERM_NONE},
					 {.id = reader, .perms = XS_PERM_READ}};

	return xs_mkdir(xs, t, folder) && xs_set_permissions(xs, t, folder, perms, 2);
}

static bool write_disk(xs_transaction_t t, const struct disk *d)
{
	struct stat st;

	if (stat(d->params, &st))
		return false;
	return own(t, d->front, domid, 0) && own(t, d->back, 0, domid) &&
	       put(t, d->front, "backend", "%s", d->back) && put(t, d->front, "backend-id", "0") &&
	       put(t, d->front, "virtual-device", "%d", d->number) &&
	       put(t, d->front, "device-type", "disk") &&
	       put(t, d->back, "frontend", "%s", d->front) &&
	       put(t, d->back, "frontend-id", "%d", domid) && put(t, d->back, "online", "1") &&
	       put(t, d->back, "params", "%s", d->params) && put(t, d->back, "type", "phy") &&
	       put(t, d->back, "mode", "w") && put(t, d->back, "device-type", "disk") &&
	       put(t, d->back, "physical-device", "%x:%x", major(st.st_rdev), minor(st.st_rdev)) &&
	       put(t, d->back, "hotplug-status", "connected") && put(t, d->front, "state", "1") &&
	       put(t, d->back, "state", "1");
}

static bool close_disk(xs_transaction_t t, const struct disk *d)
{
	return put(t, d->back, "online", "0") && put(t, d->back, "state", "%d", CLOSING);
}

static bool remove_disk(xs_transaction_t t, const struct disk *d)
{
	return xs_rm(xs, t, d->front) && xs_rm(xs, t, d->back);
}

static bool transact(const struct disk *d, bool (*write)(xs_transaction_t, const struct disk *))
{
	for (int tries = 0; tries < 50; tries++) {
		xs_transaction_t t = xs_transaction_start(xs);
		bool ok = write(t, d);

		if (xs_transaction_end(xs, t, !ok) && ok)
			return true;
	}
	fprintf(stderr, "%s: xenstore refuses it\n", d->back);
	return false;
}

static int state_of(const char *folder)
{
	char path[160], *value;
	unsigned int length;
	int state;

	snprintf(path, sizeof(path), "%s/state", folder);
	value = xs_read(xs, XBT_NULL, path, &length);
	state = value ? atoi(value) : 0;
	free(value);
	return state;
}

static bool reached(const struct disk *d, int state, time_t end)
{
	do {
		if (state_of(d->back) == state && state_of(d->front) == state)
			return true;
		poll(NULL, 0, 100);
	} while (time(NULL) < end);
	fprintf(stderr, "%s: state %d was not reached: backend %d, frontend %d\n", d->back, state,
		state_of(d->back), state_of(d->front));
	return false;
}

int main(int argc, char **argv)
{
	bool attach = argc == 5 && !strcmp(argv[1], "attach");
	int first = argc == 5 ? atoi(argv[3]) : 0, count = argc == 5 ? atoi(argv[4]) : 0;
	struct disk *disks = calloc(count ? count : 1, sizeof(*disks));
	time_t end = time(NULL) + PATIENCE;
	bool ok = true;

	xs = xs_open(0);
	if (!xs || !disks || !count) {
		fprintf(stderr, "usage: vbdset attach|detach DOMID FIRST COUNT\n");
		return 1;
	}
	domid = atoi(argv[2]);
	for (int i = 0; i < count && ok; i++) {
		name(&disks[i], first + i);
		ok = transact(&disks[i], attach ? write_disk : close_disk);
	}
	for (int i = 0; i < count && ok; i++)
		ok = reached(&disks[i], attach ? CONNECTED : CLOSED, end);
	for (int i = 0; i < count && ok && !attach; i++)
		ok = transact(&disks[i], remove_disk);
	return !ok;
}
