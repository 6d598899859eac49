// SPDX-License-Identifier: GPL-2.0-only
/*
 * netcheck: does the data that arrives equal the data that was sent? Every byte of a stream and of
 * a datagram follows from its position.
 *
 *	netcheck serve                     in the background; TCP and UDP port 5400
 *	netcheck send ADDRESS MIB          a TCP stream to the server, which checks it
 *	netcheck recv ADDRESS MIB          a TCP stream from the server, checked here
 *	netcheck udp  ADDRESS COUNT SIZE   datagrams there and back, checked here; up to a tenth
 *	                                   may be lost
 *
 * An address is of IPv4 or IPv6. Prints one line, "ok ..." or "bad ..."; exits 0 or 1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PORT  5400
#define CHUNK 65536

struct order {
	uint64_t bytes;
	uint32_t receive; /* 1: the client wants to receive */
	uint32_t seed;
};

static uint64_t word(uint64_t seed, uint64_t index)
{
	uint64_t x = (index + 1) * 0x9e3779b97f4a7c15u ^ seed << 32;

	x ^= x >> 29;
	return x * 0xbf58476d1ce4e5b9u;
}

static void fill(uint8_t *to, size_t bytes, uint64_t seed, uint64_t at)
{
	for (size_t i = 0; i < bytes; i++, at++)
		to[i] = (uint8_t)(word(seed, at / 8) >> at % 8 * 8);
}

/* All sockets are of IPv6, which knows IPv4's addresses as ::ffff:1.2.3.4. */
static struct sockaddr_in6 address(const char *text)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
	char mapped[INET6_ADDRSTRLEN];

	if (!text)
		return a;
	snprintf(mapped, sizeof(mapped), "%s%s", strchr(text, ':') ? "" : "::ffff:", text);
	if (inet_pton(AF_INET6, mapped, &a.sin6_addr) != 1)
		exit(2);
	return a;
}

static int open_socket(int type)
{
	struct timeval limit = {.tv_sec = 60}; /* a guest may be saved and restored meanwhile */
	int fd = socket(AF_INET6, type, 0), on = 1, off = 0;

	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return fd;
}

/*
 * Saving a guest freezes its tasks, by a signal that ends a call which has a time limit: such a
 * call is made again.
 */
static ssize_t send_again(int fd, const void *from, size_t bytes)
{
	ssize_t n;

	do
		n = send(fd, from, bytes, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n;
}

static ssize_t recv_again(int fd, void *to, size_t bytes, int flags)
{
	ssize_t n;

	do
		n = recv(fd, to, bytes, flags);
	while (n < 0 && errno == EINTR);
	return n;
}

/* A connection goes on being made after such a signal, and another call waits for it. */
static int connect_again(int fd, const struct sockaddr_in6 *a)
{
	while (connect(fd, (const void *)a, sizeof(*a)))
		if (errno != EINTR)
			return errno == EISCONN ? 0 : -1;
	return 0;
}

static int put(int fd, uint64_t bytes, uint32_t seed)
{
	static uint8_t buffer[CHUNK];

	for (uint64_t at = 0; at < bytes;) {
		size_t n = bytes - at < CHUNK ? bytes - at : CHUNK;

		fill(buffer, n, seed, at);
		for (size_t done = 0; done < n;) {
			ssize_t k = send_again(fd, buffer + done, n - done);

			if (k <= 0)
				return -1;
			done += (size_t)k;
		}
		at += n;
	}
	return 0;
}

/* Where the stream is first wrong, or @bytes; what is missing at the end is wrong, too. */
static uint64_t check(int fd, uint64_t bytes, uint32_t seed)
{
	static uint8_t got[CHUNK], want[CHUNK];

	for (uint64_t at = 0; at < bytes;) {
		ssize_t n = recv_again(fd, got, bytes - at < CHUNK ? bytes - at : CHUNK, 0);

		if (n <= 0)
			return at;
		fill(want, (size_t)n, seed, at);
		for (ssize_t i = 0; i < n; i++)
			if (got[i] != want[i])
				return at + (uint64_t)i;
		at += (uint64_t)n;
	}
	return bytes;
}

static void serve_stream(int fd)
{
	struct order order;
	uint64_t right;

	if (recv(fd, &order, sizeof(order), MSG_WAITALL) != sizeof(order))
		return;
	if (order.receive) {
		put(fd, order.bytes, order.seed);
		return;
	}
	right = check(fd, order.bytes, order.seed);
	send(fd, &right, sizeof(right), MSG_NOSIGNAL);
}

static void serve(void)
{
	static uint8_t datagram[65536];
	struct sockaddr_in6 any = address(NULL), from;
	int listener = open_socket(SOCK_STREAM), udp = open_socket(SOCK_DGRAM), fd;

	if (bind(listener, (void *)&any, sizeof(any)) || listen(listener, 16) ||
	    bind(udp, (void *)&any, sizeof(any))) {
		perror("netcheck: bind");
		exit(1);
	}
	signal(SIGCHLD, SIG_IGN);
	if (daemon(0, 0))
		exit(1);
	for (;;) {
		struct pollfd polls[2] = {{.fd = listener, .events = POLLIN},
					  {.fd = udp, .events = POLLIN}};
		socklen_t length = sizeof(from);
		ssize_t n;

		poll(polls, 2, -1);
		if (polls[1].revents &&
		    (n = recvfrom(udp, datagram, sizeof(datagram), 0, (void *)&from, &length)) > 0)
			sendto(udp, datagram, (size_t)n, 0, (void *)&from, length);
		if (!polls[0].revents || (fd = accept(listener, NULL, NULL)) < 0)
			continue;
		if (!fork()) {
			serve_stream(fd);
			exit(0);
		}
		close(fd);
	}
}

static int stream(const char *to, uint64_t bytes, bool receive)
{
	struct order order = {bytes, receive, (uint32_t)getpid()};
	struct sockaddr_in6 a = address(to);
	int fd = open_socket(SOCK_STREAM);
	const char *why = "";
	uint64_t right = 0;

	if (connect_again(fd, &a) || send_again(fd, &order, sizeof(order)) != sizeof(order)) {
		printf("bad: cannot connect to %s\n", to);
		return 1;
	}
	if (receive)
		right = check(fd, bytes, order.seed);
	else if (put(fd, bytes, order.seed) ||
		 recv_again(fd, &right, sizeof(right), MSG_WAITALL) != sizeof(right)) {
		right = 0;
		why = strerror(errno);
	}
	printf("%s %llu of %llu bytes are right%s%s\n", right == bytes ? "ok" : "bad",
	       (unsigned long long)right, (unsigned long long)bytes, *why ? ": " : "", why);
	return right != bytes;
}

static int datagrams(const char *to, unsigned int count, unsigned int size)
{
	static uint8_t sent[65536], got[65536];
	struct timeval limit = {.tv_usec = 500000};
	struct sockaddr_in6 a = address(to);
	int fd = open_socket(SOCK_DGRAM);
	unsigned int right = 0, wrong = 0, answered;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (void *)&a, sizeof(a)))
		return 1;
	for (unsigned int i = 0; i < count; i++) {
		/* All sizes up to the one that was asked for, the largest one every second time. */
		size_t bytes = i % 2 ? size : 8 + i * 37 % (size - 7);
		ssize_t n;

		fill(sent, bytes, i, 0);
		memcpy(sent, &i, sizeof(i));
		if (send(fd, sent, bytes, 0) != (ssize_t)bytes)
			continue;
		/* Late answers to earlier ones are passed over. */
		do {
			n = recv(fd, got, sizeof(got), 0);
			memcpy(&answered, got, sizeof(answered));
		} while (n >= 4 && answered < i);
		if (n == (ssize_t)bytes && !memcmp(got, sent, bytes))
			right++;
		else if (n > 0)
			wrong++;
	}
	printf("%s %u of %u datagrams came back right, %u wrong\n",
	       !wrong && right >= count - count / 10 ? "ok" : "bad", right, count, wrong);
	return wrong || right < count - count / 10;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 2 && !strcmp(argv[1], "serve"))
		serve();
	if (argc == 4 && (!strcmp(argv[1], "send") || !strcmp(argv[1], "recv")))
		return stream(argv[2], strtoull(argv[3], NULL, 0) << 20, argv[1][0] == 'r');
	if (argc == 5 && !strcmp(argv[1], "udp"))
		return datagrams(argv[2], (unsigned int)atoi(argv[3]), (unsigned int)atoi(argv[4]));
	fprintf(stderr, "usage: netcheck serve | send ADDRESS MIB | recv ADDRESS MIB | udp ADDRESS "
			"COUNT SIZE\n");
	return 2;
}
