// SPDX-License-Identifier: GPL-2.0-only
/*
 * netbench: small packets and round trips. (Streams are measured by iperf3; the one here carries
 * markers.)
 *
 *   netbench server [--port=5300] [--seconds=600] [--background]
 *   netbench rr     --to=ADDRESS    request and response over TCP, one at a time
 *   netbench echo   --to=ADDRESS    the same over UDP: what ping would see
 *   netbench send   --to=ADDRESS    UDP datagrams to the server: counted there
 *   netbench recv   --to=ADDRESS    UDP datagrams from the server: counted here
 *   netbench stream --to=ADDRESS    TCP to the server in one stream, 64 KiB a write (for `cost`)
 * Options: --port= --seconds=3 --count= --size=64 --row=NAME --prefix=NAME. --mark=ID
 *
 * Only datagrams that arrived count. A client opens one TCP connection and says in a line what it
 * wants; the server has a process for each, which ends with its connection. Every wait has an end.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/bench.h"

#define MAX_SIZE     1472  /* a datagram without fragments */
#define WAIT_SECONDS 10    /* for an answer that must come */
#define ECHO_WAIT_MS 1000  /* for one datagram, which may be lost */
#define BATCH        32    /* datagrams a system call */
#define STREAM_UNIT  65536 /* bytes a write */
#define SLICES       10

static struct {
	const char *to, *row;
	uint64_t count;
	unsigned int port, seconds, size;
	bool background;
} options = {.port = 5300, .size = 64};

static char payload[MAX_SIZE];

/* ---- sockets ---- */

static struct sockaddr_in address_of(const char *text, unsigned int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

	if (text && inet_pton(AF_INET, text, &address.sin_addr) != 1)
		fail_usage("--to=%s is not an IPv4 address", text);
	return address;
}

static void set_timeout(int fd, unsigned int ms)
{
	struct timeval limit = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

static int new_socket(int type)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		fail(errno, "socket");
	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	set_timeout(fd, WAIT_SECONDS * 1000);
	return fd;
}

static unsigned int bind_any(int fd, unsigned int port)
{
	struct sockaddr_in address = address_of(NULL, port);
	socklen_t length = sizeof(address);
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		fail(errno, "port %u (another server?)", port);
	getsockname(fd, (struct sockaddr *)&address, &length);
	return ntohs(address.sin_port);
}

/* What the network brings is to be counted, not what the reader was quick enough for. */
static void big_buffer(int fd)
{
	int room = 4 << 20;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room,
			   sizeof(room)); /* not root: as much as is allowed */
}

/* Without it the buffers grow by what the kernel sees of the traffic: no two streams are alike. */
static void fixed_window(int fd)
{
	int room = 256 << 10;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
}

static void connect_to(int fd, const struct sockaddr_in *address)
{
	char text[INET_ADDRSTRLEN];

	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return;
	inet_ntop(AF_INET, &address->sin_addr, text, sizeof(text));
	fail(errno, "%s port %u (is `netbench server` running there?)", text,
	     ntohs(address->sin_port));
}

/* ---- the conversation: lines over TCP ---- */

static void say(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(int fd, const char *format, ...)
{
	char line[128];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (send(fd, line, length, MSG_NOSIGNAL) != length)
		fail(errno, "the connection broke while saying '%.20s'", line);
}

/* One line without its end; false when the other side closed or was silent too long. */
static bool hear(int fd, char *line, size_t room)
{
	size_t used = 0;
	char byte;

	while (used < room - 1 && recv(fd, &byte, 1, 0) == 1) {
		if (byte == '\n') {
			line[used] = 0;
			return true;
		}
		line[used++] = byte;
	}
	return false;
}

static bool readable(int fd, int timeout_ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, timeout_ms) > 0;
}

/* ---- counting and sending datagrams ---- */

struct tally {
	uint64_t total;
	uint64_t count, ns; /* those after the first batch, and from that batch to the last */
	struct samples slices;
};

/* How long a call waits for the first datagram. */
static void set_patience(int fd, unsigned int ms)
{
	struct timeval patience = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		fail(errno, "SO_RCVTIMEO");
}

/*
 * Count what arrives on `udp` until it is quiet and `control` speaks. The sender works for
 * `seconds`.
 */
static void count_datagrams(int udp, int control, unsigned int seconds, struct tally *tally)
{
	static char buffers[BATCH][MAX_SIZE];
	struct mmsghdr messages[BATCH] = {};
	struct iovec parts[BATCH];
	uint64_t first = 0, slice_began = 0, slice_count = 0, last = 0, now = clock_ns();
	uint64_t limit = now + (seconds + WAIT_SECONDS) * 1000000000ULL;
	uint64_t slice = (seconds < 10 ? seconds : 10) * 1000000000ULL / SLICES;
	int n;

	for (int i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){buffers[i], MAX_SIZE};
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	set_patience(udp, 100);
	while (now < limit) {
		n = recvmmsg(udp, messages, BATCH, MSG_WAITFORONE, NULL);
		now = clock_ns();
		if (n <= 0) {
			if (readable(control, 0))
				break;
			continue;
		}
		last = now;
		tally->total += n;
		if (!first) {
			/*
			 * The clock begins with this batch, so what it brought was not sent in that
			 * time.
			 */
			first = slice_began = now;
			continue;
		}
		tally->count += n;
		slice_count += n;
		if (now - slice_began >= slice) {
			samples_add(&tally->slices, slice_count * 1e9 / (now - slice_began));
			slice_began = now, slice_count = 0;
		}
	}
	tally->ns = last - first;
}

/*
 * Send for `seconds`, or `count` datagrams, as fast as the stack takes them. Returns how many it
 * took.
 */
static uint64_t send_datagrams(int udp, unsigned int seconds, uint64_t count, unsigned int size)
{
	struct mmsghdr messages[BATCH] = {};
	struct iovec part = {payload, size};
	uint64_t limit = clock_ns() + seconds * 1000000000ULL, sent = 0;

	for (int i = 0; i < BATCH; i++) {
		messages[i].msg_hdr.msg_iov = &part;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (clock_ns() < limit && (!count || sent < count)) {
		unsigned int want = count && count - sent < BATCH ? count - sent : BATCH;
		int n = sendmmsg(udp, messages, want, 0);

		if (n > 0)
			sent += n;
		else if (errno != ENOBUFS && errno != EAGAIN && errno != ECONNREFUSED &&
			 errno != EINTR)
			fail(errno, "sending datagrams");
	}
	return sent;
}

/* ---- the server ---- */

static bool receive_all(int fd, char *buffer, size_t size)
{
	size_t got = 0;

	while (got < size) {
		ssize_t n = recv(fd, buffer + got, size - got, 0);

		if (n <= 0)
			return false;
		got += n;
	}
	return true;
}

static void serve_rr(int control, unsigned int size)
{
	say(control, "ready\n");
	while (receive_all(control, payload, size)) {
		if (send(control, payload, size, MSG_NOSIGNAL) != (ssize_t)size)
			return;
	}
}

/* Echo until the client's connection closes. */
static void serve_echo(int control)
{
	int udp = new_socket(SOCK_DGRAM);
	struct pollfd fds[2] = {{.fd = udp, .events = POLLIN}, {.fd = control, .events = POLLIN}};

	say(control, "port %u\n", bind_any(udp, 0));
	while (poll(fds, 2, options.seconds * 1000) > 0 && !fds[1].revents) {
		struct sockaddr_in from;
		socklen_t length = sizeof(from);
		ssize_t n = recvfrom(udp, payload, MAX_SIZE, MSG_DONTWAIT, (struct sockaddr *)&from,
				     &length);

		if (n > 0)
			sendto(udp, payload, n, 0, (struct sockaddr *)&from, length);
	}
}

static void serve_sink(int control, unsigned int seconds)
{
	int udp = new_socket(SOCK_DGRAM);
	struct tally tally = {};

	big_buffer(udp);
	say(control, "port %u\n", bind_any(udp, 0));
	count_datagrams(udp, control, seconds, &tally);
	say(control, "counted %llu %llu %llu %.4f\n", (unsigned long long)tally.total,
	    (unsigned long long)tally.count, (unsigned long long)tally.ns,
	    samples_spread(&tally.slices));
}

static void serve_source(int control, unsigned int port, unsigned int seconds, uint64_t count,
			 unsigned int size)
{
	int udp = new_socket(SOCK_DGRAM);
	struct sockaddr_in peer;
	socklen_t length = sizeof(peer);

	if (getpeername(control, (struct sockaddr *)&peer, &length))
		fail(errno, "who is there?");
	peer.sin_port = htons(port);
	connect_to(udp, &peer);
	say(control, "sent %llu\n", (unsigned long long)send_datagrams(udp, seconds, count, size));
}

/* Read until the client has sent all that it announced, and say so. */
static void serve_stream(int control, uint64_t units)
{
	static char buffer[STREAM_UNIT];
	uint64_t left = units * STREAM_UNIT;
	ssize_t n = 1;

	fixed_window(control);
	while (left && n > 0) {
		n = recv(control, buffer, left < sizeof(buffer) ? left : sizeof(buffer), 0);
		left -= n > 0 ? n : 0;
	}
	say(control, "got %llu\n", (unsigned long long)(units * STREAM_UNIT - left));
}

static void serve(int control)
{
	unsigned int size = 0, seconds = 0, port = 0;
	unsigned long long count = 0;
	char line[128], word[16] = "";

	if (!hear(control, line, sizeof(line)) ||
	    sscanf(line, "%15s %u %u %u %llu", word, &size, &seconds, &port, &count) < 1)
		return;
	if (size == 0 || size > MAX_SIZE || seconds > 3600)
		say(control, "refused: size %u or seconds %u\n", size, seconds);
	else if (!strcmp(word, "rr"))
		serve_rr(control, size);
	else if (!strcmp(word, "echo"))
		serve_echo(control);
	else if (!strcmp(word, "send"))
		serve_sink(control, seconds);
	else if (!strcmp(word, "stream"))
		serve_stream(control, count);
	else if (!strcmp(word, "recv"))
		serve_source(control, port, seconds, count, size);
	else
		say(control, "refused: no service '%s'\n", word);
}

static void accept_one(int listener)
{
	int control = accept4(listener, NULL, NULL, SOCK_CLOEXEC), on = 1;

	if (control < 0 || fork() != 0) {
		if (control >= 0)
			close(control);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* the server's end is its children's */
	close(listener);
	setsockopt(control, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	set_timeout(control, WAIT_SECONDS * 1000);
	serve(control);
	exit(0);
}

static void to_background(void)
{
	pid_t child = fork();

	if (child < 0)
		fail(errno, "fork");
	if (child > 0) {
		printf("server %d\n", (int)child);
		exit(0);
	}
	setsid();
	/* Who started it may be waiting for its output to close. */
	if (!freopen("/dev/null", "r", stdin) || !freopen("/dev/null", "w", stdout) ||
	    !freopen("/dev/null", "w", stderr))
		exit(1);
}

static void run_server(void)
{
	int listener = new_socket(SOCK_STREAM);
	uint64_t limit;

	options.seconds = options.seconds ? options.seconds : 600;
	bind_any(listener, options.port);
	if (listen(listener, 16))
		fail(errno, "listening on port %u", options.port);
	if (options.background)
		to_background();
	signal(SIGCHLD, SIG_IGN); /* nobody asks how they ended */
	limit = clock_ns() + options.seconds * 1000000000ULL;
	while (clock_ns() < limit) {
		if (readable(listener, 1000))
			accept_one(listener);
	}
}

/* ---- the clients ---- */

static int ask(const char *service, unsigned int port)
{
	struct sockaddr_in address = address_of(options.to, options.port);
	int control = new_socket(SOCK_STREAM);

	set_timeout(control, (options.seconds + 2 * WAIT_SECONDS) * 1000);
	connect_to(control, &address);
	say(control, "%s %u %u %u %llu\n", service, options.size, options.seconds, port,
	    (unsigned long long)options.count);
	return control;
}

static void expect(int control, char *line, size_t room, const char *word)
{
	if (!hear(control, line, room))
		fail(0, "the server at %s went silent (expected '%s')", options.to, word);
	if (strncmp(line, word, strlen(word)))
		fail(0, "the server at %s said '%s' (expected '%s')", options.to, line, word);
}

static int connect_udp(int control)
{
	struct sockaddr_in address;
	unsigned int port;
	char line[128];
	int udp = new_socket(SOCK_DGRAM);

	expect(control, line, sizeof(line), "port ");
	if (sscanf(line, "port %u", &port) != 1)
		fail(0, "the server said '%s'", line);
	address = address_of(options.to, port);
	connect_to(udp, &address);
	return udp;
}

static bool more(uint64_t deadline, uint64_t done)
{
	return clock_ns() < deadline && (!options.count || done < options.count);
}

static void print_round_trips(const char *name, const struct samples *s, uint64_t ns, uint64_t lost)
{
	char row[96], counters[96];

	snprintf(counters, sizeof(counters), "\"mean\":%.6g,\"lost\":%llu", samples_mean(s),
		 (unsigned long long)lost);
	snprintf(row, sizeof(row), "%s.latency", options.row ? options.row : name);
	row_print(&(struct row){
		.name = row, .unit = "us", .samples = s, .counters = counters, .ops = s->n});
	snprintf(row, sizeof(row), "%s.rate", options.row ? options.row : name);
	row_print(&(struct row){
		.name = row, .unit = "1/s", .higher_is_better = true, .rate = s->n * 1e9 / ns});
}

static void run_rr(void)
{
	struct samples samples = {};
	int control = ask("rr", 0);
	uint64_t begin, deadline, sent;
	char line[128];

	expect(control, line, sizeof(line), "ready");
	begin = clock_ns();
	deadline = begin + options.seconds * 1000000000ULL;
	mark_begin();
	while (more(deadline, samples.n)) {
		sent = clock_ns();
		if (send(control, payload, options.size, MSG_NOSIGNAL) != (ssize_t)options.size ||
		    !receive_all(control, payload, options.size))
			fail(errno, "%s stopped answering after %zu answers", options.to,
			     samples.n);
		samples_add(&samples, (clock_ns() - sent) / 1000.0);
	}
	mark_end();
	print_round_trips("net.rr", &samples, clock_ns() - begin, 0);
}

static void run_echo(void)
{
	struct samples samples = {};
	int control = ask("echo", 0), udp = connect_udp(control);
	uint64_t begin = clock_ns(), deadline = begin + options.seconds * 1000000000ULL, sent,
		 lost = 0;
	uint32_t number = 0, answer = 0;

	set_timeout(udp, ECHO_WAIT_MS);
	mark_begin();
	while (more(deadline, samples.n)) {
		number++;
		memcpy(payload, &number, sizeof(number));
		sent = clock_ns();
		if (send(udp, payload, options.size, 0) < 0)
			fail(errno, "sending to %s", options.to);
		do { /* an answer that comes after its time is thrown away */
			if (recv(udp, payload, MAX_SIZE, 0) < 0) {
				lost++;
				break;
			}
			memcpy(&answer, payload, sizeof(answer));
		} while (answer != number);
		if (answer == number)
			samples_add(&samples, (clock_ns() - sent) / 1000.0);
	}
	mark_end();
	if (samples.n == 0)
		fail(0, "%s answered none of %llu datagrams", options.to, (unsigned long long)lost);
	print_round_trips("net.echo", &samples, clock_ns() - begin, lost);
}

static void print_datagrams(const char *name, const struct tally *tally, double spread,
			    uint64_t sent)
{
	char counters[128];

	if (tally->ns == 0)
		fail(0, "%llu datagrams arrived, of %llu that were sent: too few to take a rate",
		     (unsigned long long)tally->total, (unsigned long long)sent);
	snprintf(counters, sizeof(counters), "\"sent\":%llu,\"received\":%llu",
		 (unsigned long long)sent, (unsigned long long)tally->total);
	row_print(&(struct row){.name = options.row ? options.row : name,
				.unit = "1/s",
				.higher_is_better = true,
				.rate = tally->count * 1e9 / tally->ns,
				.spread = spread,
				.ops = tally->total,
				.counters = counters});
}

static void run_send(void)
{
	int control = ask("send", 0), udp = connect_udp(control);
	unsigned long long total, count, ns;
	struct tally tally = {};
	double spread;
	char line[128];
	uint64_t sent;

	mark_begin();
	sent = send_datagrams(udp, options.seconds, options.count, options.size);
	say(control, "end\n");
	expect(control, line, sizeof(line), "counted ");
	mark_end();
	if (sscanf(line, "counted %llu %llu %llu %lf", &total, &count, &ns, &spread) != 4)
		fail(0, "the server said '%s'", line);
	tally.total = total, tally.count = count, tally.ns = ns;
	print_datagrams("net.udp.send", &tally, spread, sent);
}

static void run_recv(void)
{
	int udp = new_socket(SOCK_DGRAM), control;
	struct tally tally = {};
	unsigned long long sent;
	char line[128];

	big_buffer(udp);
	mark_begin();
	control = ask("recv", bind_any(udp, 0));
	count_datagrams(udp, control, options.seconds, &tally);
	expect(control, line, sizeof(line), "sent ");
	mark_end();
	if (sscanf(line, "sent %llu", &sent) != 1)
		fail(0, "the server said '%s'", line);
	print_datagrams("net.udp.recv", &tally, samples_spread(&tally.slices), sent);
}

static void run_stream(void)
{
	static char unit[STREAM_UNIT];
	unsigned long long got = 0;
	uint64_t begin, sent;
	char line[128];
	int control;

	if (!options.count)
		options.count = 256;
	control = ask("stream", 0);
	fixed_window(control);
	mark_begin();
	begin = clock_ns();
	for (sent = 0; sent < options.count; sent++) {
		for (size_t done = 0; done < sizeof(unit);) {
			ssize_t n = send(control, unit + done, sizeof(unit) - done, MSG_NOSIGNAL);

			if (n <= 0)
				fail(errno, "sending to %s", options.to);
			done += n;
		}
	}
	expect(control, line, sizeof(line), "got ");
	mark_end();
	if (sscanf(line, "got %llu", &got) != 1 || got != options.count * STREAM_UNIT)
		fail(0, "the server got %llu bytes of %llu", got,
		     (unsigned long long)options.count * STREAM_UNIT);
	row_print(&(struct row){.name = options.row ? options.row : "net.stream",
				.unit = "Mbit/s",
				.higher_is_better = true,
				.rate = got * 8e3 / (clock_ns() - begin),
				.ops = options.count});
}

static const struct {
	const char *name;
	void (*run)(void);
} roles[] = {
	{"server", run_server}, {"rr", run_rr},     {"echo", run_echo},
	{"send", run_send},     {"recv", run_recv}, {"stream", run_stream},
};

static void parse_one(const char *argument)
{
	const char *value;

	if (bench_option(argument))
		return;
	if ((value = option_value(argument, "to")))
		options.to = value;
	else if ((value = option_value(argument, "row")))
		options.row = value;
	else if ((value = option_value(argument, "port")))
		options.port = option_number(value, "port", 1, 65535);
	else if ((value = option_value(argument, "seconds")))
		options.seconds = option_number(value, "seconds", 1, 3600);
	else if ((value = option_value(argument, "count")))
		options.count = option_number(value, "count", 1, UINT32_MAX);
	else if ((value = option_value(argument, "size")))
		options.size = option_number(value, "size", 1, MAX_SIZE);
	else if (strcmp(argument, "--background") == 0)
		options.background = true;
	else
		fail_usage("'%s' is not understood; options: --to= --port= --seconds= --count= "
			   "--size= --row= "
			   "--background --prefix= --mark=",
			   argument);
}

int main(int argc, char **argv)
{
	bench_start("netbench");
	for (int i = 2; i < argc; i++)
		parse_one(argv[i]);
	for (size_t i = 0; argc > 1 && i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (strcmp(argv[1], roles[i].name))
			continue;
		if (roles[i].run != run_server && !options.to)
			fail_usage("--to=ADDRESS is needed");
		if (roles[i].run != run_server && !options.seconds)
			options.seconds = options.count ? 60 : 3;
		if (roles[i].run == run_echo && options.size < 4)
			fail_usage("--size=%u: an echo carries its number, so 4 at least",
				   options.size);
		roles[i].run();
		return 0;
	}
	fail_usage("usage: netbench server|rr|echo|send|recv|stream [--to=ADDRESS] [OPTIONS]");
}
