// SPDX-License-Identifier: GPL-2.0-only
/*
 * grantask DOMID REF SECONDS: use a guest's grants as a backend does, by Domain-0's own hypercalls.
 * It copies from entry REF of that domain to entry REF + 1 and back, sixteen copies in a batch, a
 * batch every 2 ms, and prints
 *
 *	copies N okay N eagain N other N longest_us N
 *
 * Linux sleeps when a copy returns GNTST_eagain (gnttab_batch_copy()), in whatever context it is.
 * Exit code 1 when no copy succeeded.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <xen/grant_table.h>

#define BATCH 16

/* The kernel's interface: a hypercall with up to five arguments. */
struct privcmd_call {
	uint64_t op, arg[5];
};
#define PRIVCMD_CALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_call))

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void fill(struct gnttab_copy *c, unsigned int domid, uint32_t ref)
{
	unsigned int i;

	for (i = 0; i < BATCH; i++) {
		memset(&c[i], 0, sizeof(c[i]));
		c[i].source.u.ref =
			ref + i % 2; /* another one than the last, which would be kept */
		c[i].source.domid = (domid_t)domid;
		c[i].dest.u.ref = ref + 1 - i % 2;
		c[i].dest.domid = (domid_t)domid;
		c[i].dest.offset = (uint16_t)(i * 64);
		c[i].len = 64;
		c[i].flags = GNTCOPY_source_gref | GNTCOPY_dest_gref;
		c[i].status = 1; /* no answer is positive */
	}
}

int main(int argc, char **argv)
{
	static struct gnttab_copy copies[BATCH] __attribute__((aligned(4096)));
	struct privcmd_call call = {__HYPERVISOR_grant_table_op,
				    {GNTTABOP_copy, (uint64_t)(uintptr_t)copies, BATCH}};
	uint64_t okay = 0, eagain = 0, other = 0, longest = 0, end;
	int fd = open("/dev/xen/privcmd", O_RDWR);

	if (argc != 4 || fd < 0 || mlock(copies, sizeof(copies))) {
		fprintf(stderr, "usage: grantask DOMID REF SECONDS, in Domain-0\n");
		return 2;
	}
	end = now_us() + strtoull(argv[3], NULL, 0) * 1000000;
	while (now_us() < end) {
		uint64_t began;
		unsigned int i;

		fill(copies, (unsigned int)atoi(argv[1]), (uint32_t)atoi(argv[2]));
		began = now_us();
		if (ioctl(fd, PRIVCMD_CALL, &call) < 0) {
			perror("grant copy");
			return 2;
		}
		began = now_us() - began;
		longest = began > longest ? began : longest;
		for (i = 0; i < BATCH; i++) {
			okay += copies[i].status == GNTST_okay;
			eagain += copies[i].status == GNTST_eagain;
			other += copies[i].status != GNTST_okay && copies[i].status != GNTST_eagain;
		}
		usleep(2000);
	}
	printf("copies %llu okay %llu eagain %llu other %llu longest_us %llu\n",
	       (unsigned long long)(okay + eagain + other), (unsigned long long)okay,
	       (unsigned long long)eagain, (unsigned long long)other, (unsigned long long)longest);
	return !okay;
}
