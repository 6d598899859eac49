// SPDX-License-Identifier: GPL-2.0-only
/* xapid: the options, and the order in which the parts start and stop. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libxml/parser.h>
#include <systemd/sd-daemon.h>

#include "alloc.h"
#include "allowed.h"
#include "auth.h"
#include "backend.h"
#include "certificate.h"
#include "console.h"
#include "dispatch.h"
#include "dump.h"
#include "events.h"
#include "http.h"
#include "log.h"
#include "monitor.h"
#include "recovery.h"
#include "rrd.h"
#include "setup.h"
#include "store.h"
#include "vm.h"

enum { DRAIN_SECONDS = 20 };

static const char usage[] =
	"usage: xapid [OPTION...]\n"
	"  --state DIR      the database, certificate and local storage (/var/lib/xapid)\n"
	"  --socket PATH    the local socket (/run/xapid/xapid.socket)\n"
	"  --listen ADDR    HTTPS on ADDRESS:PORT (:443); \"\" for none\n"
	"  --backend NAME   what runs domains: xl, or sim, a simulation for tests (xl)\n"
	"  --group NAME     whose members may log in as root may (xapid)\n"
	"  --pam-dir DIR    PAM's service file xapid from there, not from /etc/pam.d\n"
	"  --sys DIR        the kernel's description of interfaces (/sys)\n"
	"  --shutdown-seconds N  how long a guest may take to shut down (120)\n"
	"  --messages       print which messages of the model work, and end\n";

static struct {
	const char *state, *socket, *listen, *backend, *group, *pam, *sys;
	int shutdown_seconds;
} options = {"/var/lib/xapid", "/run/xapid/xapid.socket", ":443", "xl", "xapid", NULL, "/sys", 120};

/* The table of messages, for the documentation. */
static void print_messages(void)
{
	for (unsigned int i = 0; i < model_n_messages; i++)
		printf("%s %s\n", model_messages[i].name, dispatch_state(i));
}

static void parse(int argc, char **argv)
{
	static const struct option longs[] = {
		{"state", required_argument, NULL, 's'},
		{"socket", required_argument, NULL, 'u'},
		{"listen", required_argument, NULL, 'l'},
		{"backend", required_argument, NULL, 'b'},
		{"group", required_argument, NULL, 'g'},
		{"pam-dir", required_argument, NULL, 'p'},
		{"sys", required_argument, NULL, 'y'},
		{"shutdown-seconds", required_argument, NULL, 't'},
		{"messages", no_argument, NULL, 'm'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0) {
		switch (c) {
		case 's': options.state = optarg; break;
		case 'u': options.socket = optarg; break;
		case 'l': options.listen = *optarg ? optarg : NULL; break;
		case 'b': options.backend = optarg; break;
		case 'g': options.group = optarg; break;
		case 'p': options.pam = optarg; break;
		case 'y': options.sys = optarg; break;
		case 't': options.shutdown_seconds = atoi(optarg); break;
		case 'm':
			dispatch_setup();
			print_messages();
			exit(0);
		case 'h': fputs(usage, stdout); exit(0);
		default: fputs(usage, stderr); exit(2);
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		exit(2);
	}
}

static bool choose_backend(void)
{
	static const struct backend *const all[] = {&backend_xl, &backend_sim};
	char *why;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!strcmp(all[i]->name, options.backend))
			backend = all[i];
	if (!backend) {
		log_error("there is no backend %s", options.backend);
		return false;
	}
	why = backend->open(options.state);
	if (why)
		log_error("%s", why);
	free(why);
	return !why;
}

/* The state belongs to one daemon at a time; the lock goes with the process. */
static bool lock_state(void)
{
	char *path = alloc_printf("%s/lock", options.state);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	bool locked = fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB);

	if (!locked)
		log_error("%s: %s", path,
			  errno == EWOULDBLOCK ? "another xapid runs" : strerror(errno));
	free(path);
	return locked;
}

static bool open_database(void)
{
	char *path;
	bool opened;

	if (mkdir(options.state, 0700) && errno != EEXIST)
		log_error("%s: %m", options.state);
	if (!lock_state())
		return false;
	path = alloc_printf("%s/xapid.db", options.state);
	dump_setup(options.state);
	opened = dump_swap() && store_open(path);
	free(path);
	return opened;
}

static bool serve(char **pem)
{
	struct http_options http = {
		.socket = options.socket, .socket_fd = -1, .listen = options.listen};
	char *path = alloc_printf("%s/xapid.pem", options.state);

	*pem = options.listen ? certificate_get(path) : NULL;
	free(path);
	if (options.listen && !*pem)
		return false;
	if (sd_listen_fds(1) > 0)
		http.socket_fd = SD_LISTEN_FDS_START;
	http.certificate = http.key = *pem;
	return http_start(&http);
}

/*
 * The signal that ends the daemon is not blocked, but comes by a pipe: hotplug scripts and device
 * models are started from here, and would inherit what is blocked.
 */
static int ending[2];

static void on_signal(int signal)
{
	char c = (char)signal;

	if (write(ending[1], &c, 1) < 0)
		_exit(1);
}

static bool catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	signal(SIGPIPE, SIG_IGN);
	return !pipe2(ending, O_CLOEXEC) && !sigaction(SIGTERM, &action, NULL) &&
	       !sigaction(SIGINT, &action, NULL);
}

static void wait_for_signal(void)
{
	char c;

	while (read(ending[0], &c, 1) < 0)
		;
	sd_notify(0, "STOPPING=1");
}

int main(int argc, char **argv)
{
	struct setup_options setup;
	char *pem = NULL;
	bool started;

	parse(argc, argv);
	setup = (struct setup_options){options.state, options.sys};
	xmlInitParser();
	auth_setup(options.pam, options.group);
	dispatch_setup();
	allowed_setup();
	vm_power_setup(options.shutdown_seconds);
	started = catch_signals() && open_database() && choose_backend() && setup_objects(&setup);
	if (started) {
		monitor_sync();
		recovery_run();
		started = serve(&pem) && monitor_start() && rrd_start(options.sys);
	}
	if (started) {
		sd_notify(0, "READY=1");
		log_info("xapid is ready");
		vm_power_on(options.state);
		wait_for_signal();
	}
	events_stop();
	console_stop();
	http_stop();
	monitor_stop();
	rrd_stop();
	if (!dispatch_drain(DRAIN_SECONDS))
		_exit(0); /* the journal has what they were doing */
	store_close();
	if (backend)
		backend->close();
	free(pem);
	return started ? 0 : 1;
}
