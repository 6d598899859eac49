// SPDX-License-Identifier: GPL-2.0-only
/* The host's CPUs and the hypervisor's log. How long a CPU was idle, libxenctrl alone tells. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <xenctrl.h>

#include "alloc.h"
#include "text.h"
#include "xl/xl.h"

enum { CPUS = 256 };

/* A CPU of the host runs when it is not idle. */
static char *host_times(uint64_t *ns, int max, int *n)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	xc_cpuinfo_t info[CPUS];
	struct timespec t;
	uint64_t now;
	int result;

	*n = 0;
	if (!xc)
		return alloc_printf("the hypervisor does not answer");
	result = xc_getcpuinfo(xc, max < CPUS ? max : CPUS, info, n);
	clock_gettime(CLOCK_MONOTONIC, &t);
	now = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	xc_interface_close(xc);
	if (result)
		return alloc_printf("the CPUs: failed");
	for (int i = 0; i < *n; i++)
		ns[i] = now > info[i].idletime ? now - info[i].idletime : 0;
	return NULL;
}

char *xl_cpu_times(int domid, uint64_t *ns, int max, int *n)
{
	libxl_vcpuinfo *info;
	struct xl xl;
	char *why;
	int vcpus = 0, cpus = 0;

	*n = 0;
	if (domid < 0)
		return host_times(ns, max, n);
	why = xl_open(&xl);
	if (why)
		return why;
	info = libxl_list_vcpu(xl.ctx, (uint32_t)domid, &vcpus, &cpus);
	why = xl_why(&xl, info ? 0 : -1, "the vCPUs");
	for (int i = 0; info && i < vcpus && *n < max; i++)
		ns[(*n)++] = info[i].vcpu_time;
	if (info)
		libxl_vcpuinfo_list_free(info, vcpus);
	xl_close(&xl);
	return why;
}

char *xl_log(bool clear, char **text)
{
	libxl_xen_console_reader *reader;
	struct text all = {0};
	struct xl xl;
	char *why = xl_open(&xl), *line;
	int got = 1;

	*text = NULL;
	if (why)
		return why;
	text_add(&all, "", 0);
	reader = libxl_xen_console_read_start(xl.ctx, clear);
	while (reader && (got = libxl_xen_console_read_line(xl.ctx, reader, &line)) > 0)
		text_add(&all, line, strlen(line));
	why = xl_why(&xl, reader ? got : -1, "the log");
	if (reader)
		libxl_xen_console_read_finish(xl.ctx, reader);
	xl_close(&xl);
	if (why) {
		free(all.s);
		return why;
	}
	text_clean(all.s, all.n);
	*text = all.s;
	return NULL;
}
