// SPDX-License-Identifier: GPL-2.0-only
/*
 * devcycle DOMID COUNT [BRIDGE [SCRIPT]]: attach a vif and a vbd to a guest and detach them, COUNT
 * times, as libxl does, but in one process. A cycle writes the two folders in one transaction, runs
 * the hotplug script, waits until both ends are Connected, sets Closing, waits until both ends are
 * Closed, runs the script again, and removes the folders. Device numbers rotate, so that a guest
 * that still releases one device does not meet its number again.
 *
 * The vbd is /dev/ram15 of Domain-0. The program prints "cycles N" and the time of each step. When
 * a cycle fails it prints the step that did not end, and exits with 1.
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

#define PATIENCE 20 /* s, for a state */
#define DEVICES	 8

enum { INIT_WAIT = 2, CONNECTED = 4, CLOSING, CLOSED };

struct device {
	const char *type;
	int number; /* vif: handle; vbd: as xvdj is 51856 */
	char front[96], back[96];
};

static struct xs_handle *xs;
static int domid;
static const char *bridge = "xenbr0", *script = "/etc/xen/scripts/vif-bridge";

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

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

/* Wait until the state in both folders is @state; only the backend's with @front_too false. */
static bool reached(const struct device *d, int state, bool front_too)
{
	struct pollfd pfd = {.fd = xs_fileno(xs), .events = POLLIN};
	double end = now() + PATIENCE;
	char **event;

	while (now() < end) {
		while ((event = xs_check_watch(xs)))
			free(event);
		if (state_of(d->back) == state && (!front_too || state_of(d->front) == state))
			return true;
		poll(&pfd, 1, 200);
	}
	fprintf(stderr, "%s: state %d was not reached: backend %d, frontend %d\n", d->back, state,
		state_of(d->back), state_of(d->front));
	return false;
}

/* The frontend's folder is the guest's, the backend's is ours; each reads the other's. */
static bool own(xs_transaction_t t, const char *folder, int owner, int reader)
{
	struct xs_permissions perms[] = {{.id = owner, .perms = XS_PERM_NONE},
					 {.id = reader, .perms = XS_PERM_READ}};

	return xs_mkdir(xs, t, folder) && xs_set_permissions(xs, t, folder, perms, 2);
}

static bool write_vif(xs_transaction_t t, const struct device *d)
{
	bool ok = true;

	for (int end = 0; end < 2; end++) {
		const char *folder = end ? d->back : d->front;

		ok &= put(t, folder, "mac", "00:16:3e:00:33:%02x", d->number);
		ok &= put(t, folder, "handle", "%d", d->number);
	}
	return ok && put(t, d->back, "script", "%s", script) &&
	       put(t, d->back, "bridge", "%s", bridge) && put(t, d->back, "type", "vif");
}

static bool write_vbd(xs_transaction_t t, const struct device *d)
{
	struct stat st;

	if (stat("/dev/ram15", &st))
		return false;
	return put(t, d->front, "virtual-device", "%d", d->number) &&
	       put(t, d->front, "device-type", "disk") && put(t, d->back, "params", "/dev/ram15") &&
	       put(t, d->back, "dev", "xvd%c", 'a' + (d->number - 51712) / 16) &&
	       put(t, d->back, "type", "phy") && put(t, d->back, "mode", "w") &&
	       put(t, d->back, "device-type", "disk") && put(t, d->back, "removable", "0") &&
	       put(t, d->back, "bootable", "0") &&
	       put(t, d->back, "physical-device", "%x:%x", major(st.st_rdev), minor(st.st_rdev)) &&
	       put(t, d->back, "hotplug-status", "connected");
}

static bool write_device(xs_transaction_t t, const struct device *d)
{
	return own(t, d->front, domid, 0) && own(t, d->back, 0, domid) &&
	       put(t, d->front, "backend", "%s", d->back) && put(t, d->front, "backend-id", "0") &&
	       put(t, d->back, "frontend", "%s", d->front) &&
	       put(t, d->back, "frontend-id", "%d", domid) && put(t, d->back, "online", "1") &&
	       (strcmp(d->type, "vif") ? write_vbd(t, d) : write_vif(t, d)) &&
	       put(t, d->front, "state", "1") && put(t, d->back, "state", "1");
}

/* What @write does for both, at once. */
static bool transact(const struct device *d, bool (*write)(xs_transaction_t, const struct device *))
{
	for (int tries = 0; tries < 50; tries++) {
		xs_transaction_t t = xs_transaction_start(xs);
		bool ok = write(t, &d[0]) && write(t, &d[1]);

		if (xs_transaction_end(xs, t, !ok) && ok)
			return true;
	}
	fprintf(stderr, "%s: xenstore refuses it\n", d->back);
	return false;
}

static bool close_device(xs_transaction_t t, const struct device *d)
{
	return put(t, d->back, "online", "0") && put(t, d->back, "state", "%d", CLOSING);
}

static bool remove_device(xs_transaction_t t, const struct device *d)
{
	return xs_rm(xs, t, d->front) && xs_rm(xs, t, d->back);
}

static bool hotplug(const struct device *vif, const char *what)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "script=%s XENBUS_TYPE=vif XENBUS_BASE_PATH=backend XENBUS_PATH=backend/vif/%d/%d "
		 "vif=vif%d.%d %s %s type_if=vif",
		 script, domid, vif->number, domid, vif->number, script, what);
	if (system(command) == 0)
		return true;
	fprintf(stderr, "%s: %s %s failed\n", vif->back, script, what);
	return false;
}

static void name(struct device *d, const char *type, int number)
{
	d->type = type;
	d->number = number;
	snprintf(d->front, sizeof(d->front), "/local/domain/%d/device/%s/%d", domid, type, number);
	snprintf(d->back, sizeof(d->back), "/local/domain/0/backend/%s/%d/%d", type, domid, number);
}

enum { BEGIN, ONLINE, CONNECT, CLOSE, OFFLINE, STEPS };
static const char *const steps[STEPS] = {"begin", "script", "connect", "close", "script"};

static bool step(int which, const struct device *d)
{
	switch (which) {
	case BEGIN:
		return transact(d, write_device) && reached(&d[0], INIT_WAIT, false);
	case ONLINE:
		return hotplug(&d[0], "online");
	case CONNECT:
		return reached(&d[0], CONNECTED, true) && reached(&d[1], CONNECTED, true);
	case CLOSE:
		return transact(d, close_device) && reached(&d[0], CLOSED, true) &&
		       reached(&d[1], CLOSED, true);
	default:
		return hotplug(&d[0], "offline") && transact(d, remove_device);
	}
}

/* @spent: seconds in each step, added to. */
static bool cycle(int n, double *spent)
{
	struct device d[2];
	int i;

	name(&d[0], "vif", 1 + n % DEVICES);
	name(&d[1], "vbd", 51712 + 16 * (8 + n % DEVICES));
	for (i = 0; i < STEPS; i++) {
		double start = now();

		if (!step(i, d))
			return false;
		spent[i] += now() - start;
	}
	return true;
}

int main(int argc, char **argv)
{
	double spent[STEPS] = {0};
	char token[96];
	int n, i, count;

	if (argc < 3 || argc > 5 || (domid = atoi(argv[1])) <= 0) {
		fprintf(stderr, "usage: devcycle DOMID COUNT [BRIDGE [SCRIPT]]\n");
		return 2;
	}
	count = atoi(argv[2]);
	bridge = argc > 3 ? argv[3] : bridge;
	script = argc > 4 ? argv[4] : script;
	xs = xs_open(0);
	if (!xs) {
		perror("devcycle: cannot reach xenstore");
		return 1;
	}
	for (n = 0; n < 2; n++) {
		snprintf(token, sizeof(token), "/local/domain/0/backend/%s/%d", n ? "vbd" : "vif",
			 domid);
		xs_watch(xs, token, "back");
	}
	snprintf(token, sizeof(token), "/local/domain/%d/device", domid);
	xs_watch(xs, token, "front");
	for (n = 0; n < count && cycle(n, spent); n++)
		;
	printf("cycles %d", n);
	for (i = 0; i < STEPS && n; i++)
		printf(", %s %.2f s", steps[i], spent[i] / n);
	putchar('\n');
	return n != count;
}
