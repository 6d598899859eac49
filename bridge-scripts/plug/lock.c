// SPDX-License-Identifier: GPL-2.0-only
/*
 * flock() on a file below /run/xen, which the shell scripts take too. The kernel lets go of it when
 * the process ends, however it ends, so there is no stale lock. The holder writes its process id
 * into the file, so that those who wait see whether it is still the same one, and name it when they
 * have waited in vain.
 *
 * A queue that moves is waited for: many devices may come at once. Waiting ends when one holder has
 * kept the lock for too long, or when the toolstack is about to give up.
 */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "report.h"

/* How often a waiting process looks at who holds the lock, and at the clock. */
#define LOOK_MS 100

static int held = -1;

static int holder_of(int fd)
{
	char text[12] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 ? atoi(text) : 0;
}

static void look(int signal)
{
	(void)signal;
}

/*
 * A signal ends flock() from time to time. It may come between two system calls and be lost, but
 * it comes again.
 */
static void set_looks(unsigned int ms)
{
	const struct itimerval often = {{0, ms * 1000}, {0, ms * 1000}};
	const struct sigaction action = {.sa_handler = look};

	if (ms)
		sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

/* Return: 0, -errno, or -ETIMEDOUT with the holder and how long it was waited for. */
static int wait_for(int fd, const struct settings *settings, int *holder, unsigned int *waited_ms)
{
	long long began = now_ms(), since = began, now;
	int error, next;

	*holder = holder_of(fd);
	set_looks(LOOK_MS);
	for (;;) {
		error = flock(fd, LOCK_EX) ? -errno : 0;
		if (error != -EINTR)
			break;
		now = now_ms();
		next = holder_of(fd);
		if (next != *holder)
			since = now;
		*holder = next;
		*waited_ms = now - began;
		error = -ETIMEDOUT;
		if (now >= settings->end_ms || now - since >= settings->lock_seconds * 1000LL)
			break;
	}
	set_looks(0);
	return error;
}

static int open_file(const char *folder, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 && errno == ENOENT && (mkdir(folder, 0755) == 0 || errno == EEXIST))
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return fd;
}

/**
 * lock_take() - hold the lock until lock_release() or the end of the process
 * @settings: the folder, which is made if it is missing, and how long to wait
 * @name: of the bridge, or whatever is to be locked
 * @who: the device, for the message
 *
 * Uses SIGALRM while it waits. Return: true, or false with fail() called.
 */
bool lock_take(const struct settings *settings, const char *name, const char *who)
{
	unsigned int waited_ms = 0;
	char path[300], id[12];
	int fd, error, holder = 0;

	snprintf(path, sizeof(path), "%s/shoji-%s.lock", settings->run, name);
	fd = open_file(settings->run, path);
	if (fd < 0)
		return fail("%s: the lock file %s cannot be opened: %s", who, path,
			    strerror(errno));
	error = flock(fd, LOCK_EX | LOCK_NB) ? -errno : 0;
	if (error == -EWOULDBLOCK)
		error = wait_for(fd, settings, &holder, &waited_ms);
	if (error)
		close(fd);
	if (error == -ETIMEDOUT)
		return fail("%s: the lock %s was not free within %u s; process %d holds it (look "
			    "what it waits for, or raise SHOJI_LOCK_SECONDS)",
			    who, path, waited_ms / 1000, holder);
	if (error)
		return fail("%s: the lock %s cannot be taken: %s", who, path, strerror(-error));
	/* Without the id the others cannot tell holders apart, and no more. */
	snprintf(id, sizeof(id), "%-10d\n", getpid());
	if (pwrite(fd, id, strlen(id), 0) < 0)
		note("%s: %s: %s", who, path, strerror(errno));
	held = fd;
	return true;
}

/** lock_release() - let the next one in, before anything slow is started */
void lock_release(void)
{
	if (held >= 0)
		close(held);
	held = -1;
}
