// SPDX-License-Identifier: GPL-2.0-only
/*
 * A domain's memory in a file, by libxl. The file holds the stream that `xl save` writes, without
 * the configuration that `xl save` writes before it: that one is in the store.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "xl/xl.h"

char *xl_save(unsigned int domid, const char *path)
{
	struct xl xl;
	char *why = xl_open(&xl);
	int fd;

	if (why)
		return why;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		why = alloc_printf("%s: %s", path, strerror(errno));
	} else {
		why = xl_why(&xl, libxl_domain_suspend(xl.ctx, domid, fd, 0, NULL), "the memory");
		if (!why && fsync(fd))
			why = alloc_printf("%s: %s", path, strerror(errno));
		if (why) /* of a domain that has not suspended itself it changes nothing */
			libxl_domain_resume(xl.ctx, domid, 1, NULL);
		close(fd);
	}
	xl_close(&xl);
	return why;
}

char *xl_wake(unsigned int domid)
{
	struct xl xl;
	char *why = xl_open(&xl);

	if (why)
		return why;
	why = xl_why(&xl, libxl_domain_resume(xl.ctx, domid, 1, NULL), "the domain");
	xl_close(&xl);
	return why;
}

char *xl_restore(const struct backend_config *config, const char *path, unsigned int *domid)
{
	libxl_domain_restore_params params;
	libxl_domain_config d;
	struct xl xl;
	char *why = xl_open(&xl);
	uint32_t id = (uint32_t)INVALID_DOMID;
	int fd;

	if (why)
		return why;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		why = alloc_printf("%s: %s", path, strerror(errno));
		xl_close(&xl);
		return why;
	}
	xl_build(&xl, config, &d);
	libxl_domain_restore_params_init(&params);
	params.stream_version = 2;
	why = xl_why(&xl, libxl_domain_create_restore(xl.ctx, &d, &id, fd, -1, &params, NULL, NULL),
		     "the domain");
	if (why && id != (uint32_t)INVALID_DOMID)
		libxl_domain_destroy(xl.ctx, id, NULL);
	libxl_domain_restore_params_dispose(&params);
	libxl_domain_config_dispose(&d);
	close(fd);
	xl_close(&xl);
	*domid = id;
	return why;
}
