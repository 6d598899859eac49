// SPDX-License-Identifier: GPL-2.0-only
/*
 * usbench: what user space pays the kernel, and under a hypervisor the kernel pays it.
 *
 *   usbench [--only=NAME] [--seconds=N] [--samples=N] [--cpu=N] [--prefix=NAME.] [--mark=ID]
 *
 * NAME: syscall signal pipe fork exec pagefault ctxsw. Each test ends after `samples` samples or
 * `seconds`, whichever comes first. Children that a failure leaves behind end by themselves: their
 * pipe closes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/bench.h"

#define CALLS_PER_SAMPLE 200
#define SIGNALS_PER_SAMPLE 50
#define PAGES_PER_SAMPLE 256
#define PAGE             4096UL

static uint64_t limit_ns = 1000000000;
static uint64_t limit_samples = 1000;
static int pin_cpu;
static struct samples samples;

/* A test does `ops` operations each time it is called. */
typedef void (*operation)(void *context);

static void measure(const char *name, operation run, void *context, unsigned int ops)
{
	uint64_t begin, end, deadline;

	run(context); /* once unmeasured: first touches and lazy set-up */
	samples_clear(&samples);
	deadline = clock_ns() + limit_ns;
	mark_begin();
	do {
		begin = clock_ns();
		run(context);
		end = clock_ns();
		samples_add(&samples, (end - begin) / 1000.0 / ops);
	} while (samples.n < limit_samples && end < deadline);
	mark_end();
	row_print(&(struct row){
		.name = name, .unit = "us", .samples = &samples, .ops = (uint64_t)samples.n * ops});
}

static void null_syscalls(void *context)
{
	(void)context;
	for (int i = 0; i < CALLS_PER_SAMPLE; i++)
		syscall(SYS_getppid);
}

static void test_syscall(void)
{
	measure("us.syscall", null_syscalls, NULL, CALLS_PER_SAMPLE);
}

static volatile sig_atomic_t signals_taken;

static void take_signal(int number)
{
	(void)number;
	signals_taken++;
}

/* The process to itself: delivery on the way out of kill(), the handler, and sigreturn. */
static void send_signals(void *context)
{
	sig_atomic_t before = signals_taken;

	(void)context;
	for (int i = 0; i < SIGNALS_PER_SAMPLE; i++)
		kill(getpid(), SIGUSR1);
	if (signals_taken - before != SIGNALS_PER_SAMPLE)
		fail(0, "%d signals of %d came", (int)(signals_taken - before), SIGNALS_PER_SAMPLE);
}

static void test_signal(void)
{
	struct sigaction action = {.sa_handler = take_signal}, before;

	if (sigaction(SIGUSR1, &action, &before))
		fail(errno, "sigaction");
	measure("us.signal", send_signals, NULL, SIGNALS_PER_SAMPLE);
	sigaction(SIGUSR1, &before, NULL);
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail(errno, "cannot pin to CPU %d (choose one with --cpu=)", cpu);
}

struct pair {
	int to_child[2], to_parent[2];
	pid_t child;
};

static void echo_until_closed(int in, int out)
{
	char byte;

	while (read(in, &byte, 1) == 1) {
		if (write(out, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

static void pair_start(struct pair *pair)
{
	if (pipe(pair->to_child) || pipe(pair->to_parent))
		fail(errno, "pipe");
	pair->child = fork();
	if (pair->child < 0)
		fail(errno, "fork");
	if (pair->child == 0) {
		close(pair->to_child[1]);
		close(pair->to_parent[0]);
		echo_until_closed(pair->to_child[0], pair->to_parent[1]);
	}
	close(pair->to_child[0]);
	close(pair->to_parent[1]);
}

static void wait_for(pid_t child, const char *what)
{
	int status;

	if (waitpid(child, &status, 0) != child)
		fail(errno, "waiting for the %s child", what);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail(0, "the %s child ended with status %#x", what, status);
}

static void pair_stop(struct pair *pair)
{
	close(pair->to_child[1]);
	close(pair->to_parent[0]);
	wait_for(pair->child, "pipe");
}

static void round_trip(void *context)
{
	struct pair *pair = context;
	char byte = 'x';

	if (write(pair->to_child[1], &byte, 1) != 1 || read(pair->to_parent[0], &byte, 1) != 1)
		fail(errno, "the pipe's other end is gone");
}

static void test_pipe(void)
{
	struct pair pair;

	pair_start(&pair);
	measure("us.pipe", round_trip, &pair, 1);
	pair_stop(&pair);
}

/* Two processes on one CPU: each round trip is two switches of address space. */
static void test_ctxsw(void)
{
	struct pair pair;
	cpu_set_t before;

	sched_getaffinity(0, sizeof(before), &before);
	pin(pin_cpu); /* the child inherits it */
	pair_start(&pair);
	measure("us.ctxsw", round_trip, &pair, 2);
	pair_stop(&pair);
	sched_setaffinity(0, sizeof(before), &before);
}

static void fork_exit_wait(void *context)
{
	pid_t child = fork();

	(void)context;
	if (child < 0)
		fail(errno, "fork");
	if (child == 0)
		_exit(0);
	wait_for(child, "fork");
}

static void test_fork(void)
{
	measure("us.fork", fork_exit_wait, NULL, 1);
}

/* The program that is executed is this one, told to leave at once. */
static void exec_exit_wait(void *context)
{
	pid_t child = vfork(); /* the parent's address space is not copied: exec is what counts */

	(void)context;
	if (child < 0)
		fail(errno, "vfork");
	if (child == 0) {
		execl("/proc/self/exe", "usbench", "--leave", (char *)NULL);
		_exit(126);
	}
	wait_for(child, "exec (is /proc mounted?)");
}

static void test_exec(void)
{
	measure("us.exec", exec_exit_wait, NULL, 1);
}

static void touch_pages(void *context)
{
	char *area = context;

	for (size_t i = 0; i < PAGES_PER_SAMPLE; i++)
		*(volatile char *)(area + i * PAGE) = 1;
	/*
	 * Gives the memory back, not the page tables, so the next sample faults again and nothing
	 * else.
	 */
	if (madvise(area, PAGES_PER_SAMPLE * PAGE, MADV_DONTNEED))
		fail(errno, "madvise");
}

static void test_pagefault(void)
{
	size_t size = PAGES_PER_SAMPLE * PAGE;
	char *area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		fail(errno, "mmap of %zu bytes", size);
	madvise(area, size,
		MADV_NOHUGEPAGE); /* where there are none it is refused, which is as good */
	measure("us.pagefault", touch_pages, area, PAGES_PER_SAMPLE);
	munmap(area, size);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{"syscall", test_syscall}, {"signal", test_signal}, {"pipe", test_pipe},
	{"fork", test_fork},       {"exec", test_exec},     {"pagefault", test_pagefault},
	{"ctxsw", test_ctxsw},
};

static void run_tests(const char *only)
{
	bool found = false;

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (only && strcmp(only, tests[i].name))
			continue;
		found = true;
		tests[i].run();
	}
	if (!found)
		fail_usage("--only=%s is none of: syscall signal pipe fork exec pagefault ctxsw",
			   only);
}

int main(int argc, char **argv)
{
	const char *only = NULL, *value;

	if (argc == 2 && !strcmp(argv[1], "--leave"))
		return 0;
	bench_start("usbench");
	for (int i = 1; i < argc; i++) {
		if (bench_option(argv[i]))
			continue;
		if ((value = option_value(argv[i], "only")))
			only = value;
		else if ((value = option_value(argv[i], "seconds")))
			limit_ns = option_number(value, "seconds", 1, 600) * 1000000000u;
		else if ((value = option_value(argv[i], "samples")))
			limit_samples = option_number(value, "samples", 1, 10000000);
		else if ((value = option_value(argv[i], "cpu")))
			pin_cpu = option_number(value, "cpu", 0, 1023);
		else
			fail_usage("'%s' is not understood; options: --only=NAME --seconds=N "
				   "--samples=N "
				   "--cpu=N --prefix=NAME. --mark=ID",
				   argv[i]);
	}
	signal(SIGPIPE, SIG_IGN); /* a vanished child is told by write(), with a message */
	run_tests(only);
	return 0;
}
