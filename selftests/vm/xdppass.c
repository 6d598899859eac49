// SPDX-License-Identifier: GPL-2.0-only
/*
 * xdppass INTERFACE on|off [generic]: attach an XDP program that passes every packet, in the driver
 * (or before the stack), or detach it.
 */
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int load(void)
{
	struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (unsigned long)code,
		.insn_cnt = 2,
		.license = (unsigned long)"GPL",
	};

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static void put(struct nlattr *to, int type, const void *value, unsigned int bytes)
{
	to->nla_type = type;
	to->nla_len = NLA_HDRLEN + bytes;
	memcpy((char *)to + NLA_HDRLEN, value, bytes);
}

int main(int argc, char **argv)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
		struct nlattr xdp;
		char inside[16];
	} message = {.head = {.nlmsg_len = sizeof(message), .nlmsg_type = RTM_SETLINK,
			      .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK}};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[1024];
	} answer;
	int program = -1, flags = XDP_FLAGS_DRV_MODE,
	    link = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	if (argc < 3)
		return 2;
	if (argc > 3)
		flags = XDP_FLAGS_SKB_MODE;
	if (!strcmp(argv[2], "on")) {
		program = load();
		if (program < 0) {
			perror("xdppass: loading the program");
			return 1;
		}
	}
	message.info.ifi_index = if_nametoindex(argv[1]);
	message.xdp.nla_type = IFLA_XDP | NLA_F_NESTED;
	message.xdp.nla_len = NLA_HDRLEN + sizeof(message.inside);
	put((struct nlattr *)message.inside, IFLA_XDP_FD, &program, 4);
	put((struct nlattr *)(message.inside + 8), IFLA_XDP_FLAGS, &flags, 4);
	if (send(link, &message, sizeof(message), 0) < 0 ||
	    recv(link, &answer, sizeof(answer), 0) < 0) {
		perror("xdppass: netlink");
		return 1;
	}
	if (answer.error.error)
		fprintf(stderr, "xdppass: %s: %s\n", argv[1], strerror(-answer.error.error));
	return answer.error.error != 0;
}
