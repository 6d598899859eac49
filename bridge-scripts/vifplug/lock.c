// SPDX-License-Identifier: GPL-2.0-only
/*
 * flock() on a file below /run/xen, which the shell scripts take too. The kernel lets go of it when
 * the process ends, however it ends, so there is no stale lock. The holder writes its process id
 * into the file for the message of those who waited in vain.
 */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "report.h"

static int held = -1;

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/*
 * flock() with a limit: asked again and again, since an alarm could ring between two system calls
 * and be lost.
 */
static int flock_within(int fd, unsigned int seconds)
{
	const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };
	long long end = now_ms() + seconds * 1000LL;

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (now_ms() >= end)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
	return 0;
}

/**
 * lock_take() - hold the lock until lock_release() or the end of the process
 * @folder: where the file is; made if it is missing
 * @name: of the bridge, or whatever is to be locked
 * @seconds: how long to wait
 * @who: the interface, for the message
 *
 * Return: true, or false with fail() called.
 */
bool lock_take(const char *folder, const char *name, unsigned int seconds, const char *who)
{
	char path[300], holder[12] = "";
	int fd, error;

	snprintf(path, sizeof(path), "%s/shoji-%s.lock", folder, name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 && errno == ENOENT && mkdir(folder, 0755) == 0)
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail("%s: the lock file %s cannot be opened: %s", who, path,
			    strerror(errno));
	error = flock_within(fd, seconds);
	if (error == -ETIMEDOUT) {
		if (pread(fd, holder, sizeof(holder) - 1, 0) < 0)
			holder[0] = '\0';
		return fail("%s: the lock %s was not free within %u s; process %d holds it (look "
			    "what it waits for, or raise SHOJI_LOCK_SECONDS)",
			    who, path, seconds, atoi(holder));
	}
	if (error)
		return fail("%s: the lock %s cannot be taken: %s", who, path, strerror(-error));
	/* The id is a courtesy to the next message: a full disk is no reason to fail. */
	snprintf(holder, sizeof(holder), "%-10d\n", getpid());
	if (pwrite(fd, holder, strlen(holder), 0) < 0)
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
