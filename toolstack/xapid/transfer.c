// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bytes of a VDI over HTTP, raw or as a VHD. A raw image that is shorter than the VDI leaves
 * the rest as it was.
 */
#include "transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "operation.h"
#include "session.h"
#include "storage.h"
#include "task.h"
#include "vhd.h"

struct transfer {
	int fd;
	uint64_t size, at;
	bool import, failed;
	struct vhd *vhd; /* NULL if it is raw */
	struct operation op;
	char vdi[48], sr[48], task[48];
};

static struct object *find_vdi(const char *name)
{
	struct object *vdi = store_find(CLASS(VDI), name);

	return vdi ? vdi : store_by_uuid(CLASS(VDI), name);
}

/* In a transaction: check and guard. Return: the image's path, or NULL after a failure. */
static char *begin(struct call *call, const struct transfer_request *r, struct transfer *t)
{
	struct object *vdi = find_vdi(r->vdi), *sr;
	const struct storage_driver *driver;

	if (!session_use(r->session))
		return call_fail(call, "SESSION_INVALID", r->session, NULL);
	if (r->format && strcmp(r->format, "raw") && strcmp(r->format, "vhd"))
		return call_fail(call, "NOT_IMPLEMENTED", r->format, NULL);
	if (!vdi)
		return call_fail(call, "HANDLE_INVALID", "VDI", r->vdi, NULL);
	if (vdi_in_use(vdi) && (r->import || !store_is(vdi, F_VDI_read_only)))
		return call_fail(call, "VDI_IN_USE", vdi->ref, r->import ? "import" : "export",
				 NULL);
	sr = store_ref(vdi, F_VDI_SR);
	driver = sr ? storage_driver(store_text(sr, F_SR_type)) : NULL;
	if (r->import && (!driver || driver->read_only || store_is(vdi, F_VDI_read_only)))
		return call_fail(call, "VDI_READONLY", vdi->ref, NULL);
	if (!operation_begin(call, &t->op, vdi, NULL, r->import ? "import" : "export"))
		return NULL;
	strcpy(t->vdi, vdi->ref);
	strcpy(t->sr, sr ? sr->ref : "");
	t->size = (uint64_t)store_int(vdi, F_VDI_virtual_size);
	t->import = r->import;
	if (r->task && store_find(CLASS(task), r->task))
		strcpy(t->task, r->task);
	return storage_path(call, vdi, NULL);
}

static void end(struct transfer *t, const struct value *error)
{
	struct value *nothing = value_void();
	struct object *task;

	store_begin();
	operation_end(&t->op);
	task = *t->task ? store_find(CLASS(task), t->task) : NULL;
	if (task)
		task_end(task, error, nothing);
	store_commit();
	operation_drop(&t->op);
	value_put(nothing);
}

/* Return: whether the image can be what is wanted. */
static bool begin_vhd(const struct transfer_request *r, struct transfer *t)
{
	if (!r->format || strcmp(r->format, "vhd"))
		return true;
	t->vhd = r->import ? vhd_import(t->fd, t->size) : vhd_export(t->fd, t->size);
	return t->vhd;
}

struct transfer *transfer_open(const struct transfer_request *request, struct value **why)
{
	struct transfer *t = alloc_zero(sizeof(*t));
	struct call call = {0};
	char *path;

	store_begin();
	path = begin(&call, request, t);
	if (path && store_commit()) {
		t->fd = open(path, (request->import ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
		if (t->fd >= 0 && begin_vhd(request, t)) {
			free(path);
			return t;
		}
		call_fail(&call, "SR_BACKEND_FAILURE", "xapid", path,
			  t->fd < 0 ? strerror(errno) : "it is too large for a VHD", NULL);
		if (t->fd >= 0)
			close(t->fd);
		end(t, call.error);
	} else if (!path) {
		store_abort();
	}
	operation_drop(&t->op);
	free(path);
	free(t);
	*why = call.error;
	return NULL;
}

uint64_t transfer_size(const struct transfer *t)
{
	return t->vhd ? vhd_size(t->vhd) : t->size;
}

ssize_t transfer_read(struct transfer *t, uint64_t at, char *data, size_t n)
{
	ssize_t got = t->vhd ? vhd_read(t->vhd, at, data, n) : pread(t->fd, data, n, (off_t)at);

	t->failed = t->failed || got < 0;
	return got;
}

bool transfer_write(struct transfer *t, const char *data, size_t n)
{
	if (t->vhd) {
		t->failed = !vhd_write(t->vhd, data, n) || t->failed;
		return !t->failed;
	}
	while (n && !t->failed) {
		ssize_t put = t->at + n > t->size ? -1 : pwrite(t->fd, data, n, (off_t)t->at);

		if (put < 0) {
			t->failed = true;
			break;
		}
		t->at += (uint64_t)put;
		data += put;
		n -= (size_t)put;
	}
	return !t->failed;
}

void transfer_abandon(struct transfer *t)
{
	t->failed = true;
}

bool transfer_close(struct transfer *t)
{
	bool whole = !t->failed && (!t->vhd || !t->import || vhd_complete(t->vhd));
	bool done = whole && (!t->import || !fsync(t->fd));
	struct value *error = NULL;

	close(t->fd);
	vhd_free(t->vhd);
	if (!done) {
		error = value_set();
		value_add(error, value_string("VDI_IO_ERROR"));
		value_add(error, value_string("the transfer did not come to its end"));
	}
	end(t, error);
	if (t->import)
		storage_refresh(t->sr);
	value_put(error);
	free(t);
	return done;
}
