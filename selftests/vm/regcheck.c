// SPDX-License-Identifier: GPL-2.0-only
/*
 * regcheck SECONDS SEED: keep a value in a vector register for about a millisecond at a time, and
 * check that it is still there. A hypervisor or an emulator that mixes up the registers of two
 * vCPUs fails within seconds when more vCPUs are busy than there are CPUs. Prints "looks N lost N";
 * exit code 1 if a value was lost.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SPINS 200000u

/* Put @in into xmm7, wait, take it back. Nothing between the two touches a vector register. */
static void hold(const uint32_t in[4], uint32_t out[4])
{
	asm volatile("movdqu %1, %%xmm7\n\t"
		     "mov %2, %%ecx\n"
		     "1:\tdec %%ecx\n\t"
		     "jnz 1b\n\t"
		     "movdqu %%xmm7, %0"
		     : "=m"(*(uint32_t (*)[4])out)
		     : "m"(*(const uint32_t (*)[4])in), "i"(SPINS)
		     : "ecx", "xmm7");
}

int main(int argc, char **argv)
{
	unsigned long looks = 0, lost = 0;
	uint32_t in[4], out[4];
	time_t end;

	if (argc != 3) {
		fprintf(stderr, "usage: regcheck SECONDS SEED\n");
		return 2;
	}
	end = time(NULL) + atoi(argv[1]);
	while (time(NULL) < end) {
		in[0] = in[1] = in[2] = in[3] = (uint32_t)atoi(argv[2]) + looks;
		hold(in, out);
		if (memcmp(in, out, sizeof(in)) != 0 && lost++ < 3)
			printf("lost: put %08x, found %08x %08x %08x %08x\n", in[0], out[0], out[1],
			       out[2], out[3]);
		looks++;
	}
	printf("looks %lu lost %lu\n", looks, lost);
	return lost != 0;
}
