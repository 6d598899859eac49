// SPDX-License-Identifier: GPL-2.0-only
/*
 * netseen: the state of the TCP and UDP packets that an interface receives: whether their checksums
 * are complete and right or left to the receiver, and whether they are larger than the wire's
 * segments.
 *
 *	netseen INTERFACE COUNT FILE    in the background: read COUNT packets, for at most 10 s,
 *	                                then write one line into FILE
 *
 * The line is "V4 PARTIAL LARGE WRONG V6 PARTIAL LARGE WRONG": the number of IPv4 packets, and of
 * those with an incomplete checksum, with more than 1514 bytes, and with a wrong checksum; then of
 * IPv6.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define FRAME 70000

struct seen {
	unsigned int all, partial, large, wrong;
};

static uint32_t sum(uint32_t from, const uint8_t *data, size_t bytes)
{
	for (size_t i = 0; i + 1 < bytes; i += 2)
		from += (uint32_t)data[i] << 8 | data[i + 1];
	if (bytes % 2)
		from += (uint32_t)data[bytes - 1] << 8;
	while (from >> 16)
		from = (from & 0xffff) + (from >> 16);
	return from;
}

/*
 * Where the TCP or UDP header is, how much follows, and the sum of the pseudo header; 0 for
 * anything else.
 */
static size_t payload(const uint8_t *ip, size_t bytes, size_t *length, uint32_t *pseudo)
{
	if (bytes >= 40 && ip[0] >> 4 == 6) {
		*length = (size_t)ip[4] << 8 | ip[5];
		*pseudo = sum((uint32_t)*length + ip[6], ip + 8, 32);
		return ip[6] == IPPROTO_TCP || ip[6] == IPPROTO_UDP ? 40 : 0;
	}
	if (bytes < 20 || ip[0] >> 4 != 4 ||
	    ((ip[6] & 0x3f) | ip[7])) /* a fragment has no whole sum */
		return 0;
	*length = ((size_t)ip[2] << 8 | ip[3]) - (ip[0] & 15) * 4u;
	*pseudo = sum((uint32_t)*length + ip[9], ip + 12, 8);
	return ip[9] == IPPROTO_TCP || ip[9] == IPPROTO_UDP ? (ip[0] & 15) * 4u : 0;
}

static void look(const uint8_t *ip, size_t bytes, bool partial, struct seen seen[2])
{
	size_t length, at;
	uint32_t pseudo;
	struct seen *s;

	at = payload(ip, bytes, &length, &pseudo);
	if (!at || at + length > bytes)
		return;
	s = &seen[ip[0] >> 4 == 6];
	s->all++;
	s->partial += partial;
	s->large += bytes > 1500;
	s->wrong += !partial && sum(pseudo, ip + at, length) != 0xffff;
}

static bool receive(int fd, struct seen seen[2])
{
	static uint8_t frame[FRAME];
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct sockaddr_ll from;
	struct iovec iov = {frame, sizeof(frame)};
	struct msghdr m = {.msg_name = &from,
			   .msg_namelen = sizeof(from),
			   .msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &m, 0);
	struct tpacket_auxdata aux = {.tp_status = 0};

	if (n < 0)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA)
			memcpy(&aux, CMSG_DATA(c), sizeof(aux));
	if (from.sll_pkttype != PACKET_OUTGOING)
		look(frame, (size_t)n, aux.tp_status & TP_STATUS_CSUMNOTREADY, seen);
	return true;
}

int main(int argc, char **argv)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	struct timeval limit = {.tv_sec = 1};
	struct seen seen[2] = {{0}, {0}};
	int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL)), on = 1, buffer = 8 << 20;
	time_t end;
	FILE *out;

	if (argc != 4) {
		fprintf(stderr, "usage: netseen INTERFACE COUNT FILE\n");
		return 2;
	}
	to.sll_ifindex = (int)if_nametoindex(argv[1]);
	setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
	if (!to.sll_ifindex || bind(fd, (void *)&to, sizeof(to))) {
		perror("netseen: bind");
		return 1;
	}
	if (daemon(0, 0))
		return 1;
	for (end = time(NULL) + 10;
	     time(NULL) < end && seen[0].all + seen[1].all < (unsigned int)atoi(argv[2]);)
		receive(fd, seen);
	out = fopen(argv[3], "w");
	if (!out)
		return 1;
	for (int i = 0; i < 2; i++)
		fprintf(out, "%u %u %u %u%c", seen[i].all, seen[i].partial, seen[i].large,
			seen[i].wrong, i ? '\n' : ' ');
	return fclose(out) != 0;
}
