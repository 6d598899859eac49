// SPDX-License-Identifier: GPL-2.0-only
/*
 * labagent: run a command in a guest from Domain-0, over xenstore alone, so that it works while the
 * network or the disks are what is being tested.
 *
 *   labagent serve                      in the guest: answer requests until killed
 *   labagent wait DOMID SECONDS         in Domain-0: wait until the guest's agent is up
 *   labagent run DOMID SECONDS COMMAND  in Domain-0: run COMMAND by sh in the guest; its output
 *                                       and exit code
 *
 * Exit codes beside the command's own: 124 out of time, 125 the guest is gone, 126 xenstore failed.
 *
 * Nodes, all below /local/domain/DOMID/data/lab:
 *   ready            "1" once the agent watches
 *   req/ID           "COMMAND", written by Domain-0; ID is unique among the requests under way
 *   out/ID/N         chunk N of the output (standard output and error together)
 *   done/ID          "STATUS CHUNKS", written last, so that its reader finds all chunks
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

/* xenstored refuses a guest's node of more than 2,048 bytes, names included. */
#define CHUNK	  1500
#define CHUNK_MAX 400
#define PATH_SIZE 128

enum { EXIT_TIME = 124, EXIT_GONE = 125, EXIT_STORE = 126 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int complain(const char *what)
{
	fprintf(stderr, "labagent: %s: %s\n", what, strerror(errno));
	return EXIT_STORE;
}

__attribute__((format(printf, 3, 4))) static bool put(struct xs_handle *xs, const char *path,
						      const char *format, ...)
{
	char value[CHUNK];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	return length >= 0 && (size_t)length < sizeof(value) &&
	       xs_write(xs, XBT_NULL, path, value, length);
}

/* ---- the guest's side ---- */

/* Read the command's output and put it into the store; returns the number of chunks, or -1. */
static int store_output(struct xs_handle *xs, const char *id, int fd)
{
	char path[PATH_SIZE], chunk[CHUNK];
	size_t have = 0;
	int chunks = 0;
	ssize_t got;

	for (;;) {
		got = read(fd, chunk + have, sizeof(chunk) - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got > 0)
			have += got;
		if (have == sizeof(chunk) || (got <= 0 && have)) {
			/* Past the limit the command still runs to its end, unheard. */
			if (chunks < CHUNK_MAX) {
				snprintf(path, sizeof(path), "data/lab/out/%s/%d", id, chunks);
				if (!xs_write(xs, XBT_NULL, path, chunk, have))
					return -1;
				chunks++;
			}
			have = 0;
		}
		if (got <= 0)
			return chunks;
	}
}

/*
 * In a child of the agent: run one request and answer it. A connection of its own, so that requests
 * may overlap.
 */
static int answer(const char *id, char *command)
{
	struct xs_handle *xs = xs_open(0);
	char path[PATH_SIZE];
	int ends[2], status = 0, chunks;
	pid_t pid;

	if (!xs || pipe(ends))
		return complain("answer");
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	chunks = store_output(xs, id, ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || chunks < 0)
		status = EXIT_STORE << 8;
	snprintf(path, sizeof(path), "data/lab/done/%s", id);
	put(xs, path, "%d %d", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
	    chunks < 0 ? 0 : chunks);
	xs_close(xs);
	return 0;
}

/* Take every request that waits: read it, remove it, answer it in a child. */
static void take_requests(struct xs_handle *xs)
{
	unsigned int count = 0, length, i;
	char **ids = xs_directory(xs, XBT_NULL, "data/lab/req", &count);
	char path[PATH_SIZE], *command;

	for (i = 0; ids && i < count; i++) {
		snprintf(path, sizeof(path), "data/lab/req/%s", ids[i]);
		command = xs_read(xs, XBT_NULL, path, &length);
		/* The node may be there before its value is. */
		if (!command || !length) {
			free(command);
			continue;
		}
		xs_rm(xs, XBT_NULL, path);
		if (fork() == 0)
			_exit(answer(ids[i], command));
		free(command);
	}
	free(ids);
}

static int serve(void)
{
	struct xs_handle *xs = xs_open(0);
	unsigned int count;
	char **event;

	if (!xs)
		return complain("cannot reach xenstore");
	if (!xs_mkdir(xs, XBT_NULL, "data/lab/req"))
		return complain("mkdir data/lab/req");
	if (!xs_watch(xs, "data/lab/req", "req"))
		return complain("watch data/lab/req");
	if (!put(xs, "data/lab/ready", "1"))
		return complain("data/lab/ready");
	for (;;) {
		event = xs_read_watch(xs, &count);
		if (!event)
			return complain("watch");
		free(event);
		take_requests(xs);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

/* ---- Domain-0's side ---- */

/* Wait until @path exists. Returns 0, or one of the exit codes above. */
static int wait_for(struct xs_handle *xs, int domid, const char *path, double seconds)
{
	double end = now() + seconds;
	struct pollfd pfd = {.fd = xs_fileno(xs), .events = POLLIN};
	char home[PATH_SIZE];
	unsigned int count;
	char *value, **event;
	int left;

	snprintf(home, sizeof(home), "/local/domain/%d/domid", domid);
	if (!xs_watch(xs, path, "path") || !xs_watch(xs, "@releaseDomain", "release"))
		return complain("watch");
	for (;;) {
		while ((event = xs_check_watch(xs)))
			free(event);
		value = xs_read(xs, XBT_NULL, path, &count);
		if (value) {
			free(value);
			return 0;
		}
		value = xs_read(xs, XBT_NULL, home, &count);
		if (!value)
			return EXIT_GONE;
		free(value);
		left = (int)((end - now()) * 1000);
		if (left <= 0)
			return EXIT_TIME;
		/*
		 * A dead guest whose nodes stay (on_crash=preserve) gives no further event: look
		 * again each second.
		 */
		poll(&pfd, 1, left < 1000 ? left : 1000);
	}
}

static int print_answer(struct xs_handle *xs, int domid, const char *id)
{
	char path[PATH_SIZE], *value;
	int status = EXIT_STORE, chunks = 0, i;
	unsigned int length;

	snprintf(path, sizeof(path), "/local/domain/%d/data/lab/done/%s", domid, id);
	value = xs_read(xs, XBT_NULL, path, &length);
	if (!value || sscanf(value, "%d %d", &status, &chunks) != 2)
		status = EXIT_STORE;
	free(value);
	xs_rm(xs, XBT_NULL, path);
	/* The guest wrote this number: bounded by what an agent writes. */
	for (i = 0; i < chunks && i < CHUNK_MAX; i++) {
		snprintf(path, sizeof(path), "/local/domain/%d/data/lab/out/%s/%d", domid, id, i);
		value = xs_read(xs, XBT_NULL, path, &length);
		if (value)
			fwrite(value, 1, length, stdout);
		free(value);
	}
	snprintf(path, sizeof(path), "/local/domain/%d/data/lab/out/%s", domid, id);
	xs_rm(xs, XBT_NULL, path);
	return status & 0xff;
}

static int run(struct xs_handle *xs, int domid, double seconds, const char *command)
{
	char path[PATH_SIZE], id[32];
	int rc;

	if (strlen(command) >= CHUNK) {
		fprintf(stderr,
			"labagent: the command is longer than %d characters: put it in a file\n",
			CHUNK);
		return EXIT_STORE;
	}
	snprintf(id, sizeof(id), "%d", (int)getpid());
	snprintf(path, sizeof(path), "/local/domain/%d/data/lab/req/%s", domid, id);
	if (!put(xs, path, "%s", command))
		return complain(path);
	snprintf(path, sizeof(path), "/local/domain/%d/data/lab/done/%s", domid, id);
	rc = wait_for(xs, domid, path, seconds);
	if (!rc)
		return print_answer(xs, domid, id);
	fprintf(stderr, "labagent: domain %d: %s\n", domid,
		rc == EXIT_TIME ? "no answer in time" : "the domain is gone");
	return rc;
}

int main(int argc, char **argv)
{
	struct xs_handle *xs;
	char path[PATH_SIZE];

	if (argc == 2 && !strcmp(argv[1], "serve"))
		return serve();
	if (argc < 4 || (strcmp(argv[1], "run") && strcmp(argv[1], "wait")) ||
	    (!strcmp(argv[1], "run") != (argc == 5))) {
		fprintf(stderr,
			"usage: labagent serve | wait DOMID SECONDS | run DOMID SECONDS COMMAND\n");
		return 2;
	}
	xs = xs_open(0);
	if (!xs)
		return complain("cannot reach xenstore");
	if (argc == 5)
		return run(xs, atoi(argv[2]), atof(argv[3]), argv[4]);
	snprintf(path, sizeof(path), "/local/domain/%d/data/lab/ready", atoi(argv[2]));
	return wait_for(xs, atoi(argv[2]), path, atof(argv[3]));
}
