// SPDX-License-Identifier: GPL-2.0-only
/* A guest's console over HTTP. xenconsoled gives each guest a terminal; several may read it. */
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "backend.h"
#include "session.h"
#include "vm.h"

enum { PART = 4096, WAIT_MS = 1000 };

static atomic_bool stopping;

/* The VM of a console's, or a VM's own, reference or uuid. The lock is held. */
static const struct object *vm_of(const char *name)
{
	const struct object *console = store_find(CLASS(console), name);
	const struct object *vm = store_find(CLASS(VM), name);

	if (!console)
		console = store_by_uuid(CLASS(console), name);
	if (console)
		return store_ref(console, F_console_VM);
	return vm ? vm : store_by_uuid(CLASS(VM), name);
}

int console_open(const char *session, const char *name, int *status)
{
	const struct object *vm;
	struct termios raw;
	int domid = -1, fd;
	char *path;

	store_lock();
	*status = session_use(session) ? 404 : 403;
	vm = *status == 404 ? vm_of(name) : NULL;
	if (vm)
		domid = vm_domid(vm);
	store_unlock();
	if (domid <= 0)
		return -1;
	path = backend->terminal((unsigned int)domid);
	fd = path ? open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK) : -1;
	free(path);
	if (fd >= 0 && !tcgetattr(fd, &raw)) {
		cfmakeraw(&raw);
		tcsetattr(fd, TCSANOW, &raw);
	}
	return fd;
}

/* All of it goes to the guest, which may be slow to take it. */
static bool to_guest(int terminal, const char *data, long n)
{
	while (n > 0 && !stopping) {
		long put = write(terminal, data, (size_t)n);

		if (put < 0 && errno != EAGAIN)
			return false;
		if (put < 0)
			poll(&(struct pollfd){.fd = terminal, .events = POLLOUT}, 1, WAIT_MS);
		data += put > 0 ? put : 0;
		n -= put > 0 ? put : 0;
	}
	return true;
}

static bool to_client(const struct console_peer *peer, const char *data, long n)
{
	while (n > 0) {
		long put = peer->write(peer->state, data, (unsigned long)n);

		if (put <= 0)
			return false;
		data += put;
		n -= put;
	}
	return true;
}

void console_run(int terminal, const struct console_peer *peer)
{
	struct pollfd fds[2] = {{.fd = terminal, .events = POLLIN},
				{.fd = peer->fd, .events = POLLIN}};
	char part[PART];
	long n;

	while (!stopping) {
		bool waiting = peer->waiting(peer->state);

		if (poll(fds, 2, waiting ? 0 : WAIT_MS) < 0 && errno != EINTR)
			return;
		if (fds[0].revents) {
			n = read(terminal, part, sizeof(part));
			if ((n <= 0 && errno != EAGAIN) || (n > 0 && !to_client(peer, part, n)))
				return;
		}
		if (waiting || fds[1].revents) {
			n = peer->read(peer->state, part, sizeof(part));
			if (n <= 0 || !to_guest(terminal, part, n))
				return;
		}
	}
}

void console_stop(void)
{
	stopping = true;
}
