// SPDX-License-Identifier: GPL-2.0-only
/*
 * The whole database over HTTP. A restored one waits in the folder as xapid.db.restored until the
 * daemon starts: objects in memory cannot be exchanged under the clients that use them.
 */
#include "dump.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "db.h"
#include "log.h"
#include "session.h"

enum { LARGEST = 1 << 30 };

struct restore {
	int fd;
	size_t n;
	bool failed;
	char *path;
};

static const char *state;

void dump_setup(const char *folder)
{
	state = folder;
}

static char *file(const char *name)
{
	return alloc_printf("%s/%s", state, name);
}

bool dump_swap(void)
{
	char *restored = file("xapid.db.restored"), *db = file("xapid.db"), *kept;
	bool swapped = true;

	if (!access(restored, F_OK)) {
		char *wal = file("xapid.db-wal"), *shm = file("xapid.db-shm");

		kept = file("xapid.db.before");
		/* The log belongs to the old file; an orderly end left none. */
		swapped = (!rename(db, kept) || errno == ENOENT) &&
			  (!unlink(wal) || errno == ENOENT) && (!unlink(shm) || errno == ENOENT) &&
			  !rename(restored, db);
		log_warning("the restored database is %s", swapped ? "in use" : "not usable");
		free(kept);
		free(wal);
		free(shm);
	}
	free(restored);
	free(db);
	return swapped;
}

int dump_open(const char *session)
{
	char *path = file("xapid.db.dump");
	bool made = false;
	int fd = -1;

	store_lock();
	unlink(path);
	if (session_use(session))
		made = db_copy_to(path);
	store_unlock();
	if (made)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	unlink(path);
	free(path);
	return fd;
}

struct restore *restore_open(const char *session)
{
	struct restore *r;
	bool known;

	store_lock();
	known = session_use(session);
	store_unlock();
	if (!known)
		return NULL;
	r = alloc_zero(sizeof(*r));
	r->path = file("xapid.db.XXXXXX");
	r->fd = mkstemp(r->path);
	r->failed = r->fd < 0;
	return r;
}

void restore_write(struct restore *r, const char *data, size_t n)
{
	r->n += n;
	if (r->n > LARGEST || (!r->failed && write(r->fd, data, n) != (ssize_t)n))
		r->failed = true;
}

const char *restore_close(struct restore *r, bool keep)
{
	char *restored = file("xapid.db.restored");
	const char *why = NULL;

	if (r->failed || fsync(r->fd))
		why = "it could not be written";
	else
		why = db_check(r->path);
	if (r->fd >= 0)
		close(r->fd);
	if (why || !keep || rename(r->path, restored))
		unlink(r->path);
	free(restored);
	free(r->path);
	free(r);
	return why;
}
