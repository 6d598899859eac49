// SPDX-License-Identifier: GPL-2.0-only
/*
 * hvbench: asks /dev/hvbench (the module hvbench.ko) for samples and prints what they say.
 *
 *   hvbench local [--only=hypercall,ctxsw,timer,vcpus]     this domain alone
 *   hvbench offer --to=DOMID [--pages=64] [--seconds=600] [--background]
 *                 prints "offer DOMID GREF PORT" and holds the offer until it is killed or the time
 *                 is over; with --background it prints "pid PID" too and returns
 *   hvbench peer --offer=DOMID:GREF:PORT [--only=domains,map,unmap,copy]
 *                 against another domain's offer
 * Options: --samples=N --cpu=N --other=N --prefix=NAME. --mark=ID
 *
 * A test that this machine cannot do (one vCPU only) is left out with a line on stderr; any other
 * failure ends the program with exit code 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/bench.h"
#include "hvbench/hvbench_abi.h"

static struct {
	const char *only, *offer;
	unsigned int to, pages, seconds, samples, cpu, other;
	bool background;
} options = {.to = 0, .pages = 64, .seconds = 600, .samples = 1000, .cpu = 0, .other = 1};

static int device;

struct test {
	const char *group; /* for --only */
	const char *row;
	unsigned int test, batch;
	unsigned int divide; /* take the n-th part of --samples: slow tests */
};

static const struct test local_tests[] = {
	{"hypercall", "hv.hypercall", HVBENCH_HYPERCALL, 0, 1},
	{"vcpus", "hv.evtchn.pingpong.vcpus", HVBENCH_VCPUS, 0, 1},
	{"ctxsw", "hv.ctxsw", HVBENCH_CTXSW, 0, 4},
	{"timer", "hv.timer.latency", HVBENCH_TIMER, 0, 1},
	{},
};

static const struct test peer_tests[] = {
	{"domains", "hv.evtchn.pingpong.domains", HVBENCH_DOMAINS, 0, 1},
	{"map", "hv.grant.map.1", HVBENCH_MAP, 1, 4},
	{"map", "hv.grant.map.16", HVBENCH_MAP, 16, 4},
	{"map", "hv.grant.map.64", HVBENCH_MAP, 64, 4},
	{"unmap", "hv.grant.unmap.1", HVBENCH_UNMAP, 1, 4},
	{"unmap", "hv.grant.unmap.16", HVBENCH_UNMAP, 16, 4},
	{"unmap", "hv.grant.unmap.64", HVBENCH_UNMAP, 64, 4},
	{"copy", "hv.grant.copy.1", HVBENCH_COPY, 1, 4},
	{"copy", "hv.grant.copy.16", HVBENCH_COPY, 16, 4},
	{"copy", "hv.grant.copy.64", HVBENCH_COPY, 64, 4},
	{},
};

static void open_device(void)
{
	device = open("/dev/hvbench", O_RDWR | O_CLOEXEC);
	if (device < 0)
		fail(errno, "/dev/hvbench (is the module loaded: insmod hvbench.ko?)");
}

/* Is `group` one of the words of --only? Without the option everything is. */
static bool chosen(const char *group)
{
	size_t length = strlen(group);
	const char *at = options.only;

	if (!at)
		return true;
	while ((at = strstr(at, group))) {
		bool starts = at == options.only || at[-1] == ',';

		if (starts && (at[length] == 0 || at[length] == ','))
			return true;
		at += length;
	}
	return false;
}

static void explain(const struct test *test)
{
	switch (errno) {
	case ENODEV:
		fprintf(stderr, "hvbench: %s left out: vCPU %u or %u is not there\n", test->row,
			options.cpu, options.other);
		return;
	case ETIMEDOUT:
		fail(0, "%s: no answer for 2 s: did the other side stop offering?", test->row);
	case EREMOTEIO:
		fail(0, "%s: the hypervisor refused a grant: did the other side stop offering?",
		     test->row);
	case EBADMSG: fail(0, "%s: a page mapped or copied holds the wrong content", test->row);
	}
	fail(errno, "%s", test->row);
}

/*
 * A guest whose clock the hypervisor emulates can see it stand still: what was measured then is no
 * time.
 */
static bool clock_stood_still(const struct test *test, const uint64_t *ns, unsigned int n)
{
	unsigned int still = 0;

	for (unsigned int i = 0; i < n; i++)
		still += ns[i] < 20;
	if (still * 20 <= n)
		return false;
	fprintf(stderr,
		"hvbench: %s left out: the clock stood still in %u of %u samples (measure in "
		"Domain-0, "
		"or give the guest tsc_mode=\"native\")\n",
		test->row, still, n);
	return true;
}

static void run_test(const struct test *test)
{
	unsigned int wanted = options.samples > test->divide ? options.samples / test->divide : 1;
	uint64_t *ns = calloc(wanted, sizeof(*ns));
	struct hvbench_run run = {
		.test = test->test,
		.batch = test->batch,
		.cpu = options.cpu,
		.other = options.other,
		.samples = wanted,
		.buffer = (uintptr_t)ns,
	};
	struct samples samples = {};
	int err;

	if (!ns)
		fail(0, "no memory for %u samples", wanted);
	mark_begin();
	err = ioctl(device, HVBENCH_IOC_RUN, &run);
	mark_end();
	if (err) {
		explain(test);
	} else if (!clock_stood_still(test, ns, run.samples)) {
		for (unsigned int i = 0; i < run.samples; i++)
			samples_add(&samples, ns[i] / 1000.0 / run.ops);
		row_print(&(struct row){.name = test->row,
					.unit = "us",
					.samples = &samples,
					.ops = (uint64_t)run.samples * run.ops});
	}
	free(samples.value);
	free(ns);
}

static void run_tests(const struct test *tests)
{
	unsigned int ran = 0;

	for (; tests->row; tests++) {
		if (!chosen(tests->group))
			continue;
		run_test(tests);
		ran++;
	}
	if (!ran)
		fail_usage("--only=%s names no test of this command", options.only);
}

static void run_local(void)
{
	open_device();
	run_tests(local_tests);
}

static void run_peer(void)
{
	struct hvbench_peer peer = {};
	char end;

	if (!options.offer ||
	    sscanf(options.offer, "%u:%u:%u%c", &peer.domid, &peer.gref, &peer.port, &end) != 3)
		fail_usage(
			"--offer=DOMID:GREF:PORT is needed, as `hvbench offer` printed it there");
	open_device();
	if (ioctl(device, HVBENCH_IOC_PEER, &peer))
		fail(errno,
		     "connecting to the offer %s (is it still held, and made for this domain?)",
		     options.offer);
	run_tests(peer_tests);
}

/* Killed or out of time: the device is closed by exit, which takes the offer back. */
static void hold_offer(void)
{
	alarm(options.seconds);
	for (;;)
		pause();
}

static void offer_in_background(void)
{
	pid_t child = fork();

	if (child < 0)
		fail(errno, "fork");
	if (child > 0) {
		printf("pid %d\n", (int)child);
		/* The child holds the device too; nothing is withdrawn by leaving. */
		_exit(fflush(stdout) ? 1 : 0);
	}
	setsid();
	/* Who started it may be waiting for its output to close. */
	if (!freopen("/dev/null", "r", stdin) || !freopen("/dev/null", "w", stdout) ||
	    !freopen("/dev/null", "w", stderr))
		_exit(1);
	hold_offer();
}

static void run_offer(void)
{
	struct hvbench_offer offer = {.domid = options.to, .pages = options.pages};

	open_device();
	if (ioctl(device, HVBENCH_IOC_OFFER, &offer))
		fail(errno, "offering %u pages to domain %u", options.pages, options.to);
	printf("offer %u %u %u\n", offer.self, offer.gref, offer.port);
	fflush(stdout);
	if (options.background)
		offer_in_background();
	hold_offer();
}

static void parse_one(const char *argument)
{
	const char *value;

	if (bench_option(argument))
		return;
	if ((value = option_value(argument, "only")))
		options.only = value;
	else if ((value = option_value(argument, "offer")))
		options.offer = value;
	else if ((value = option_value(argument, "to")))
		options.to = option_number(value, "to", 0, 0x7fef);
	else if ((value = option_value(argument, "pages")))
		options.pages = option_number(value, "pages", 1, HVBENCH_MAX_PAGES);
	else if ((value = option_value(argument, "seconds")))
		options.seconds = option_number(value, "seconds", 1, 86400);
	else if ((value = option_value(argument, "samples")))
		options.samples = option_number(value, "samples", 1, HVBENCH_MAX_SAMPLES);
	else if ((value = option_value(argument, "cpu")))
		options.cpu = option_number(value, "cpu", 0, 1023);
	else if ((value = option_value(argument, "other")))
		options.other = option_number(value, "other", 0, 1023);
	else if (strcmp(argument, "--background") == 0)
		options.background = true;
	else
		fail_usage("'%s' is not understood; options: --only= --offer= --to= --pages= "
			   "--seconds= "
			   "--samples= --cpu= --other= --background --prefix= --mark=",
			   argument);
}

int main(int argc, char **argv)
{
	bench_start("hvbench");
	for (int i = 2; i < argc; i++)
		parse_one(argv[i]);
	if (argc > 1 && !strcmp(argv[1], "local"))
		run_local();
	else if (argc > 1 && !strcmp(argv[1], "offer"))
		run_offer();
	else if (argc > 1 && !strcmp(argv[1], "peer"))
		run_peer();
	else
		fail_usage("usage: hvbench local|offer|peer [OPTIONS]");
	return 0;
}
